"""A few colours in place of all: tables from every colour to the nearest of a palette."""

import cv2
import numpy as np

from pose2video.stage.compiled import compiled, in_bands

SIDE = 32
"""Steps of red, green and blue in a table."""


def uniform(colours: np.ndarray) -> np.ndarray:
    """Return colours (..., 3), sRGB from 0 to 1, in axes in which equal ways look equally far.

    Ottosson, "A perceptual color space for image processing" (2020): Oklab.
    """
    linear = np.where(colours < 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    cones = linear @ np.array([[0.4122214708, 0.2119034982, 0.0883024619],
                               [0.5363325363, 0.6806995451, 0.2817188376],
                               [0.0514459929, 0.1073969566, 0.6299787005]])  # fmt: skip
    return np.cbrt(cones) @ np.array([[0.2104542553, 1.9779984951, 0.0259040371],
                                      [0.7936177850, -2.4285922050, 0.7827717662],
                                      [-0.0040720468, 0.4505937099, -0.8086757660]])  # fmt: skip


def table_to(inks: list[str], soft: float, hue: float = 1.0) -> np.ndarray:
    """Return for every colour, (``SIDE``, ``SIDE``, ``SIDE``, 3) uint8, the ink to print it with.

    Args:
        soft: how far inks mix between two, in Oklab's unit; near 0 each colour has one.
        hue: how much more a wrong hue counts than a wrong lightness.
    """
    steps = (np.arange(SIDE) + 0.5) / SIDE
    asked = uniform(np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(-1, 3))
    colours = np.array([[int(ink[i : i + 2], 16) for i in (1, 3, 5)] for ink in inks]) / 255
    scale = np.array([1.0, hue, hue])
    away = np.linalg.norm((asked[:, None] - uniform(colours)) * scale, axis=-1)
    weight = np.exp(-0.5 * ((away - away.min(1, keepdims=True)) / max(soft, 1e-4)) ** 2)
    mixed = (weight / weight.sum(1, keepdims=True)) @ colours
    return (255 * mixed + 0.5).astype(np.uint8).reshape(SIDE, SIDE, SIDE, 3)


def printed(picture: np.ndarray, table: np.ndarray, dither: np.ndarray) -> np.ndarray:
    """Return a picture (H, W, 3) in the colours of a table; ``dither`` (H, W) is added first."""
    out = np.empty_like(picture)
    in_bands(_printed, len(picture), picture, table, dither, out)
    return out


@compiled
def _printed(
    first: int,
    stop: int,
    picture: np.ndarray,
    table: np.ndarray,
    dither: np.ndarray,
    out: np.ndarray,
) -> None:
    for y in range(first, stop):
        for x in range(dither.shape[1]):
            more = dither[y, x]
            r = int(min(max(picture[y, x, 0] + more, 0.0), 255.0)) >> 3
            g = int(min(max(picture[y, x, 1] + more, 0.0), 255.0)) >> 3
            b = int(min(max(picture[y, x, 2] + more, 0.0), 255.0)) >> 3
            for k in range(3):
                out[y, x, k] = table[r, g, b, k]


def richer(picture: np.ndarray, colours: float, light: float = 1.0) -> np.ndarray:
    """Return a picture with colours that many times as strong, and more light."""
    grey = np.tile([0.299, 0.587, 0.114], (3, 1))
    return cv2.transform(picture, light * (colours * np.eye(3) + (1 - colours) * grey))
