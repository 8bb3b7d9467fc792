"""Which solids may be seen in each tile of a picture, by the corners of boxes around them."""

from collections.abc import Sequence

import numpy as np

from pose2video.stage.tiles import Tiles, listed_in
from pose2video.stage.view import View

CORNERS = np.array(np.meshgrid([-1, 1], [-1, 1], [-1, 1])).reshape(3, 8).T
NEAR = 0.05
"""Metres before the camera; what reaches nearer may be anywhere in the picture."""


def corners_of(kind: str, numbers: Sequence[float]) -> np.ndarray:
    """Return the corners (8, 3) of a box around a solid; see ``meet_solid`` for its numbers."""
    row = np.array(numbers)
    if kind == "cylinder":
        wide = max(row[3], row[5])
        return row[:3] + [0, row[4] / 2, 0] + CORNERS * [wide, row[4] / 2, wide]
    if kind == "tube":
        return row[:3] + row[3:6] / 2 + CORNERS * (abs(row[3:6]) / 2 + row[6])
    sides = CORNERS * row[3:6]
    if kind == "box":
        cosine, sine = row[6], row[7]
        sides = np.stack([
            cosine * sides[:, 0] + sine * sides[:, 2], sides[:, 1],
            cosine * sides[:, 2] - sine * sides[:, 0],
        ], axis=1)  # fmt: skip
    return row[:3] + sides


def outlined(view: View, corners: np.ndarray, side: int) -> Tiles:
    """Return for tiles of ``side`` pixels which boxes may be seen in each, in their order.

    Shape:
        corners: (N, 8, 3)
    """
    seen = (corners - view.origin) @ view.axes.T
    ahead = -seen[..., 2]
    scale = view.focal / np.maximum(ahead, NEAR)
    places = np.stack(
        [view.centre_x + seen[..., 0] * scale, view.centre_y - seen[..., 1] * scale], -1
    )
    low = np.floor((places.min(1) * view.height - 1) / side)
    high = np.floor((places.max(1) * view.height + 1) / side) + 1
    tiles = np.array([-(-view.width // side), -(-view.height // side)])
    near = ahead.min(1, keepdims=True) < NEAR
    low, high = np.where(near, 0, low).clip(0, tiles), np.where(near, tiles, high).clip(0, tiles)
    hidden = ahead.max(1, keepdims=True) < 0
    boxes = np.stack([low, np.where(hidden, low, high)], -1).reshape(-1, 4)
    return listed_in(boxes.astype(np.int64), side, int(tiles[0]), int(tiles[1]))
