"""Show a square picture in another format: whole, not stretched, its surroundings carried on."""

import cv2
import numpy as np

FADE = 0.15
"""How far the border's last pixels stay sharp as they are carried on, in picture sides."""
SOFT = 0.08
"""How soft they are further out, in picture sides."""


def fitted(picture: np.ndarray, width: int, height: int) -> np.ndarray:
    """Return ``picture`` as large as it fits, in the middle; beside it the border grows soft.

    Shape:
        picture: (S, S, 3) uint8
        returns: (height, width, 3) uint8
    """
    side = min(width, height)
    if len(picture) != side:
        smaller = side < len(picture)
        how = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
        picture = cv2.resize(picture, (side, side), interpolation=how)
    if width == height:
        return picture
    if width > height:
        return _widened(picture, width)
    return np.ascontiguousarray(_widened(picture.swapaxes(0, 1), height).swapaxes(0, 1))


def _widened(picture: np.ndarray, width: int) -> np.ndarray:
    side = len(picture)
    left = (width - side) // 2
    shown = np.empty((side, width, 3), np.uint8)
    shown[:, left : left + side] = picture
    shown[:, :left] = _beside(picture[:, 0], left)[:, ::-1]
    shown[:, left + side :] = _beside(picture[:, -1], width - side - left)
    return shown


def _beside(edge: np.ndarray, width: int) -> np.ndarray:
    """Return columns (S, width, 3) that go on from ``edge`` (S, 3), ever softer."""
    soft = cv2.GaussianBlur(edge[:, None].astype(np.float32), (0, 0), max(SOFT * len(edge), 0.5))
    sharp = np.exp(-np.arange(1, width + 1) / (FADE * len(edge)))[:, None].astype(np.float32)
    return np.rint(soft + sharp * (edge[:, None] - soft)).clip(0, 255).astype(np.uint8)
