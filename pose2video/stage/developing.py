"""From light to a picture: what shines over its edges, the curve of film, eight bits."""

import cv2
import numpy as np

from pose2video.stage.compiled import compiled, in_bands

BLOOM_FROM = 0.9
"""Light above which a place shines over its edges."""


def bloomed(light: np.ndarray, strength: float) -> np.ndarray:
    """Return light (H, W, 3) with a glow around what is very bright."""
    if strength <= 0:
        return light
    height, width = light.shape[:2]
    small = cv2.resize(
        light, (max(width // 4, 1), max(height // 4, 1)), interpolation=cv2.INTER_AREA
    )
    bright = np.minimum(np.maximum(small - BLOOM_FROM, 0), 4.0)
    glow = cv2.GaussianBlur(bright, (0, 0), height / 130) + 0.6 * cv2.GaussianBlur(
        bright, (0, 0), height / 40
    )
    return light + strength * cv2.resize(glow, (width, height), interpolation=cv2.INTER_LINEAR)


def displayed(light: np.ndarray, exposure: float = 1.0) -> np.ndarray:
    """Return (H, W, 3) float32 from 0 to 1, sRGB, of light: what a screen shows.

    The filmic curve of Narkowicz, "ACES filmic tone mapping curve" (2015).
    """
    out = np.empty_like(light)
    in_bands(_displayed, len(light), light, 0.75 * exposure, out)
    return out


@compiled
def _displayed(first: int, stop: int, light: np.ndarray, exposure: float, out: np.ndarray) -> None:
    for y in range(first, stop):
        for x in range(light.shape[1]):
            for k in range(3):
                value = light[y, x, k] * exposure
                value = (value * (2.51 * value + 0.03)) / (value * (2.43 * value + 0.59) + 0.14)
                value = min(max(value, 0.0), 1.0)
                out[y, x, k] = (
                    value * 12.92 if value < 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
                )


def eight_bits(shown: np.ndarray) -> np.ndarray:
    """Return (H, W, 3) uint8 of a picture (0 to 1), with faint noise so that nothing shows bands."""
    height, width = shown.shape[:2]
    noise = _dither(height, width)
    return (shown * 255 + noise[..., None]).round().clip(0, 255).astype(np.uint8)


def _dither(height: int, width: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    first, second = rng.random((2, height, width), dtype=np.float32)
    return 0.5 * (first - second)
