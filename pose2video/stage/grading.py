"""The mood of the finished picture's colours: vivid, pastel, dark, sepia and the like."""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

BRIGHTNESS = np.array([0.2126, 0.7152, 0.0722])
"""Shares of red, green and blue in how bright a colour looks (ITU-R BT.709)."""


class Grade(NamedTuple):
    """What is done to every pixel, in this order."""

    colourful: float = 1.0
    """0 leaves only greys."""
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    contrast: float = 1.0
    """Around middle grey."""
    lift: float = 0.0
    """What is added to black; white stays."""
    gamma: float = 1.0
    """Above 1 darkens."""


GRADES = {
    "vivid": Grade(1.45, contrast=1.08),
    "pastel": Grade(0.88, (1.0, 0.99, 1.0), 0.88, 0.14, 0.85),
    "dark": Grade(0.92, (0.96, 0.98, 1.02), 1.1, 0.0, 1.5),
    "monochrome": Grade(0.0, contrast=1.15),
    "sepia": Grade(0.0, (1.07, 0.93, 0.72), 1.0, 0.03),
    "warm": Grade(1.05, (1.1, 1.0, 0.84)),
    "cold": Grade(0.92, (0.86, 0.98, 1.12)),
}


def graded(picture: np.ndarray, grades: Sequence[str]) -> np.ndarray:
    """Return a picture (H, W, 3), uint8 sRGB, in the moods that are named.

    >>> graded(np.uint8([[[230, 50, 25]]]), ["monochrome"]).std(-1).item()
    0.0
    """
    for name in grades:
        picture = _graded(picture, GRADES[name])
    return picture


def _graded(picture: np.ndarray, grade: Grade) -> np.ndarray:
    keep = grade.colourful
    mix = keep * np.eye(3) + (1 - keep) * np.tile(BRIGHTNESS, (3, 1))
    mix = grade.contrast * np.array(grade.tint)[:, None] * mix
    offset = np.full((3, 1), 127.5 * (1 - grade.contrast))
    mixed = cv2.transform(picture, np.hstack([mix, offset]))
    if grade.gamma == 1 and grade.lift == 0:
        return mixed
    curve = grade.lift + (1 - grade.lift) * np.linspace(0, 1, 256) ** grade.gamma
    return cv2.LUT(mixed, (255 * curve).round().astype(np.uint8))
