"""Put pictures side by side, each under its name."""

from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

MOST_COLUMNS = 4
LABEL_SHARE = 0.09
"""Height of the strip for a name, in heights of a picture."""
SMALLEST_LABEL = 14
GROUND, INK = (24, 24, 28), (235, 235, 235)


def side_by_side(pictures: Sequence[np.ndarray], names: Sequence[str]) -> np.ndarray:
    """Return pictures of one size in rows of up to four, each under a strip with its name.

    Shape:
        pictures: each (H, W, 3) uint8 RGB
        returns: (rows (H + strip), columns W, 3) uint8 RGB
    """
    height, width = pictures[0].shape[:2]
    cells = [
        np.concatenate([label(name, width, label_height(height)), picture])
        for name, picture in zip(names, pictures, strict=True)
    ]
    columns = grid_columns(len(cells))
    while len(cells) % columns:
        cells.append(np.full_like(cells[0], GROUND))
    rows = [np.concatenate(cells[k : k + columns], axis=1) for k in range(0, len(cells), columns)]
    return np.concatenate(rows)


def grid_columns(count: int) -> int:
    """Return how many pictures stand in a row, so that rows are about equally long.

    >>> [grid_columns(count) for count in (1, 4, 5, 7)]
    [1, 4, 3, 4]
    """
    rows = -(-count // MOST_COLUMNS)
    return -(-count // rows)


def label_height(height: int) -> int:
    """Return the height of a strip for a name, always even."""
    return max(SMALLEST_LABEL, round(LABEL_SHARE * height)) // 2 * 2


@lru_cache(maxsize=64)
def label(name: str, width: int, height: int) -> np.ndarray:
    """Return a name as a strip, (height, width, 3) uint8, cut off where it is too long."""
    strip = Image.new("RGB", (width, height), GROUND)
    font = ImageFont.load_default(size=0.62 * height)
    ImageDraw.Draw(strip).text((0.35 * height, height / 2), name, INK, font, anchor="lm")
    return np.asarray(strip)


def largest_inside(aspect: float, width: int, height: int) -> tuple[int, int]:
    """Return width and height of the largest picture of an aspect that fits.

    >>> largest_inside(16 / 9, 256, 256), largest_inside(0.5, 256, 128)
    ((256, 144), (64, 128))
    """
    return (
        max(1, min(width, round(height * aspect))),
        max(1, min(height, round(width / aspect))),
    )


def letterboxed(picture: np.ndarray, width: int, height: int) -> np.ndarray:
    """Return the whole picture as large as it fits in (height, width, 3), on a dark ground."""
    rows, columns = picture.shape[:2]
    inner = largest_inside(columns / rows, width, height)
    how = cv2.INTER_AREA if inner[1] < rows else cv2.INTER_CUBIC
    small = picture if inner == (columns, rows) else cv2.resize(picture, inner, interpolation=how)
    shown = np.full((height, width, 3), GROUND, np.uint8)
    top, left = (height - inner[1]) // 2, (width - inner[0]) // 2
    shown[top : top + inner[1], left : left + inner[0]] = small
    return shown
