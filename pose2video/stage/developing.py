"""From light to a picture: what shines over its edges, the curve of film, grain, eight bits."""

from dataclasses import dataclass
from functools import cache, lru_cache

import cv2
import numpy as np

from pose2video.stage.compiled import called_by_loops, compiled, in_bands

BLOOM_FROM = 1.5
"""Light above which a place shines over its edges."""
STEPS = 8191
"""Places of a curve's table: light x stands at ``x / (x + KNEE) * STEPS``."""
KNEE = 0.5
Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Film:
    """How light becomes a picture."""

    bloom: float = 1.0
    """Of the set's own bloom."""
    vignette: float = 0.0
    """Share of light that is lost in the corners."""
    grain: float = 0.0
    """Deviation, in grey levels, of a grain that stands still."""
    contrast: float = 0.0
    """0 is the film's own; the curve is steeper by this share in its middle."""
    colours: float = 1.0
    """0 is grey."""
    shadows: Colour = (0.0, 0.0, 0.0)
    """Added to red, green and blue in the dark, from 0 to 1."""
    highlights: Colour = (1.0, 1.0, 1.0)
    """By which red, green and blue are multiplied in the light."""


PLAIN = Film(bloom=0.0)
"""What the set and the dancers look like, for paintings to start from."""
OWN = Film(vignette=0.22, grain=1.1)
"""The look of the stage where no way of painting was asked for."""


def developed(light: np.ndarray, exposure: float, bloom: float, film: Film) -> np.ndarray:
    """Return the picture (H, W, 3), uint8 sRGB, of light: what a screen shows.

    Shape:
        light: (H, W, 3) float32, linear; 1 is a white wall in the key light
    """
    height, width = light.shape[:2]
    bloom *= film.bloom
    glow = glow_around(light) if bloom > 0 else light
    out = np.empty((height, width, 3), np.uint8)
    amounts = (exposure, bloom, film.vignette, film.colours)
    noise = _grain(height, width, film.grain)
    in_bands(_developed, height, (light, glow), amounts, (curves(film), noise), out)
    return out


def glow_around(light: np.ndarray) -> np.ndarray:
    """Return the glow (H, W, 3) around what is very bright."""
    height, width = light.shape[:2]
    size = max(width // 4, 1), max(height // 4, 1)
    small = cv2.resize(light, size, interpolation=cv2.INTER_AREA)
    bright = np.clip(small - BLOOM_FROM, 0, 4)
    wide = cv2.resize(bright, (size[0] // 2 + 1, size[1] // 2 + 1), interpolation=cv2.INTER_AREA)
    wide = cv2.resize(cv2.GaussianBlur(wide, (0, 0), height / 80), size)
    glow = cv2.GaussianBlur(bright, (0, 0), height / 130) + 0.6 * wide
    return cv2.resize(glow, (width, height), interpolation=cv2.INTER_LINEAR)


@compiled
def _developed(
    first: int, stop: int, seen: tuple, amounts: tuple, tables: tuple, out: np.ndarray
) -> None:
    light, glow = seen
    curve, noise = tables
    exposure, bloom, vignette, colours = amounts
    height, width = noise.shape
    for y in range(first, stop):
        v = (2.0 * y + 1.0) / height - 1.0
        for x in range(width):
            u = (2.0 * x + 1.0) / width - 1.0
            corner = 0.5 * (u * u + v * v)
            gain = exposure * (1.0 - vignette * corner * corner)
            r = gain * (light[y, x, 0] + bloom * glow[y, x, 0])
            g = gain * (light[y, x, 1] + bloom * glow[y, x, 1])
            b = gain * (light[y, x, 2] + bloom * glow[y, x, 2])
            grey = (1.0 - colours) * brightness(r, g, b)
            dither = noise[y, x]
            out[y, x, 0] = on_curve(curve[0], grey + colours * r, dither)
            out[y, x, 1] = on_curve(curve[1], grey + colours * g, dither)
            out[y, x, 2] = on_curve(curve[2], grey + colours * b, dither)


@called_by_loops
def on_curve(curve: np.ndarray, value: float, dither: float) -> int:
    """Return the grey level that a curve's table shows for light, with noise added."""
    value = min(max(value, 0.0), 1e6)
    shown = curve[int(value / (value + KNEE) * STEPS)]
    return int(min(max(shown + dither + 0.5, 0.0), 255.0))


@called_by_loops
def brightness(r: float, g: float, b: float) -> float:
    """Return how bright light is (ITU-R BT.709)."""
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


@cache
def curves(film: Film) -> np.ndarray:
    """Return grey levels (3, ``STEPS`` + 1) float32 of red, green and blue, for ever more light.

    The filmic curve of Narkowicz, "ACES filmic tone mapping curve" (2015), in sRGB.
    """
    place = np.minimum(np.arange(STEPS + 1) / STEPS, 1 - 1e-6)
    light = 0.75 * KNEE * place / (1 - place)
    shown = light * (2.51 * light + 0.03) / (light * (2.43 * light + 0.59) + 0.14)
    shown = np.clip(shown, 0, 1)
    shown = np.where(shown < 0.0031308, shown * 12.92, 1.055 * shown ** (1 / 2.4) - 0.055)
    steep = shown + film.contrast * (shown * shown * (3 - 2 * shown) - shown)
    dark = np.array(film.shadows)[:, None] * (1 - steep) ** 2 * np.minimum(4 * steep + 0.25, 1)
    bright = 1 + (np.array(film.highlights)[:, None] - 1) * steep
    return (255 * np.clip(steep * bright + dark, 0, 1)).astype(np.float32)


@lru_cache(maxsize=8)
def _grain(height: int, width: int, strength: float) -> np.ndarray:
    """Return noise (H, W) in grey levels: grain, and what keeps soft changes from showing bands."""
    rng = np.random.default_rng(0)
    first, second, third = rng.random((3, height, width), dtype=np.float32)
    noise = 0.5 * (first - second)
    if strength > 0:
        clumps = cv2.GaussianBlur(third - 0.5, (0, 0), max(height / 900, 0.4))
        noise += strength * clumps / clumps.std()
    return noise
