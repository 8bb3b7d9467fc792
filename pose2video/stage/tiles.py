"""Which things may be seen in each tile of a picture, so that a ray need not ask all of them."""

from typing import NamedTuple

import numpy as np

from pose2video.stage.compiled import compiled
from pose2video.stage.view import View, seen_at


class Tiles(NamedTuple):
    """Lists of things, one for each tile, row by row.

    Shape:
        first: (N + 1,) where each tile's list begins in ``things``
    """

    side: int
    across: int
    first: np.ndarray
    things: np.ndarray


def tiles_of(view: View, middle: np.ndarray, reach: np.ndarray, side: int) -> Tiles:
    """Return for tiles of ``side`` pixels which balls may be seen in each, in their order.

    Shape:
        middle: (P, 3); reach: (P,) metres
    """
    across, down = -(-view.width // side), -(-view.height // side)
    boxes = np.empty((len(middle), 4), np.int64)
    _boxes(view, middle, reach, side, boxes)
    return listed_in(boxes, side, across, down)


def listed_in(boxes: np.ndarray, side: int, across: int, down: int) -> Tiles:
    """Return the lists of things of which each lies in some tiles.

    Shape:
        boxes: (N, 4) columns from and to, rows from and to
    """
    counts = np.zeros(across * down + 1, np.int64)
    _count(boxes, across, counts)
    first = counts.cumsum()
    things = np.empty(first[-1], np.int64)
    _fill(boxes, across, first.copy(), things)
    return Tiles(side, across, first, things)


@compiled
def _boxes(view: View, middle: np.ndarray, reach: np.ndarray, side: int, boxes: np.ndarray) -> None:
    """Write the tiles, from and to, in which each ball is seen: the whole picture where near."""
    across, down = -(-view.width // side), -(-view.height // side)
    for i in range(len(middle)):
        x, y, ahead = seen_at(view, middle[i, 0], middle[i, 1], middle[i, 2])
        boxes[i] = (0, across, 0, down)
        if ahead < -reach[i]:
            boxes[i] = 0
        elif ahead > 1.5 * reach[i]:
            radius = reach[i] * view.focal * view.height / np.sqrt(ahead**2 - reach[i] ** 2)
            radius *= 1.0 + 0.35 * abs(x - view.width / 2) / view.height / view.focal
            boxes[i, 0] = min(max(int((x - radius) // side), 0), across)
            boxes[i, 1] = min(max(int((x + radius) // side) + 1, 0), across)
            boxes[i, 2] = min(max(int((y - radius) // side), 0), down)
            boxes[i, 3] = min(max(int((y + radius) // side) + 1, 0), down)


@compiled
def _count(boxes: np.ndarray, across: int, counts: np.ndarray) -> None:
    for i in range(len(boxes)):
        for row in range(boxes[i, 2], boxes[i, 3]):
            for column in range(boxes[i, 0], boxes[i, 1]):
                counts[row * across + column + 1] += 1


@compiled
def _fill(boxes: np.ndarray, across: int, place: np.ndarray, things: np.ndarray) -> None:
    for i in range(len(boxes)):
        for row in range(boxes[i, 2], boxes[i, 3]):
            for column in range(boxes[i, 0], boxes[i, 1]):
                tile = row * across + column
                things[place[tile]] = i
                place[tile] += 1


@compiled
def listed(tiles: Tiles, x: int, y: int) -> np.ndarray:
    """Return the things of the tile that holds a pixel."""
    tile = (y // tiles.side) * tiles.across + x // tiles.side
    return tiles.things[tiles.first[tile] : tiles.first[tile + 1]]


def without(tiles: Tiles, kept: np.ndarray) -> Tiles:
    """Return the lists with only the things that are ``kept``, (N,) bool."""
    passed = np.concatenate([[0], kept.cumsum()])
    return tiles._replace(first=passed[tiles.first], things=tiles.things[kept])
