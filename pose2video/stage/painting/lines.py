"""Lines where things end: around dancers, inside them, and in the set behind."""

import math
from functools import cache

import cv2
import numpy as np

from pose2video.stage.compiled import called_by_loops, compiled, in_bands
from pose2video.stage.painting.shot import Shot

BEND = (1.5, 4.5)
"""Bend of depth, in pixels' widths a pixel, from which a line is drawn, and fully."""
TURN = (0.35, 0.95)
"""1 less the cosine between the normals on both sides of a pixel, likewise."""
BORDER = (0.3, 0.6)
"""Share by which the colours of two parts differ, likewise."""


def dancers_lines(shot: Shot, outer: float, inner: float) -> tuple[np.ndarray, np.ndarray]:
    """Return how dark lines around and inside of the dancers are, each (H, W) uint8.

    Args:
        outer, inner: widths in pixels of a picture 512 high.
    """
    height, width = shot.size
    around = np.zeros((height, width), np.uint8)
    within = np.zeros((height, width), np.uint8)
    step = max(round(shot.unit), 1)
    layers = shot.layers
    seen = (layers.part, layers.depth, layers.normal, layers.albedo)
    in_bands(_mark, height, seen, step, around, within)
    return drawn(around, outer * shot.unit), drawn(within, inner * shot.unit)


@compiled
def _mark(
    first: int, stop: int, seen: tuple, step: int, around: np.ndarray, within: np.ndarray
) -> None:
    part = seen[0]
    height, width = part.shape
    for y in range(first, stop):
        up, down = max(y - 1, 0), min(y + 1, height - 1)
        for x in range(width):
            left, right = max(x - 1, 0), min(x + 1, width - 1)
            here = part[y, x] < 0
            beside = here != (part[y, left] < 0) or here != (part[y, right] < 0)
            if beside or here != (part[up, x] < 0) or here != (part[down, x] < 0):
                around[y, x] = 255
            if not here:
                across = _ridge(seen, y, x, (0, step))
                along = _ridge(seen, y, x, (step, 0))
                within[y, x] = int(255.0 * max(across, along))


@called_by_loops
def _ridge(seen: tuple, y: int, x: int, step: tuple) -> float:
    """Return from 0 to 1 how clearly one thing ends at a pixel, between two on both sides of it."""
    part, depth, normal, albedo = seen
    height, width = part.shape
    up, left = max(y - step[0], 0), max(x - step[1], 0)
    down, right = min(y + step[0], height - 1), min(x + step[1], width - 1)
    if part[up, left] < 0 or part[down, right] < 0:
        return 0.0
    pixel = depth[y, x] * (step[0] + step[1]) / (1.7 * height)
    bend = abs(depth[up, left] + depth[down, right] - 2.0 * depth[y, x]) / pixel
    cosine, colour = 0.0, 0.0
    for k in range(3):
        one, other = albedo[up, left, k], albedo[down, right, k]
        cosine += normal[up, left, k] * normal[down, right, k]
        colour = max(colour, abs(one - other) / (0.08 + max(one, other)))
    # Patterns of one part are painted, not drawn.
    border = colour if part[up, left] != part[down, right] else 0.0
    return max(_share(bend, BEND), _share(1.0 - cosine, TURN), _share(border, BORDER))


@called_by_loops
def _share(value: float, between: tuple) -> float:
    return min(max((value - between[0]) / (between[1] - between[0]), 0.0), 1.0)


def drawn(marks: np.ndarray, width: float) -> np.ndarray:
    """Return smooth lines (H, W) uint8, about ``width`` pixels wide, along marks two pixels wide.

    Fainter marks make thinner lines, and lines end in points.
    """
    width = max(width, 0.8)
    soft = max(0.75, 0.45 * width)
    return cv2.LUT(cv2.GaussianBlur(marks, (0, 0), soft), _tones(width, soft))


@cache
def _tones(width: float, soft: float) -> np.ndarray:
    """Return how dark a blurred mark is: a line's edge is where a full mark's blur says so."""

    def blurred(away: float) -> float:
        spread = soft * math.sqrt(2)
        return 127.5 * (math.erf((away + 1) / spread) - math.erf((away - 1) / spread))

    low, high = blurred(width / 2 + 0.55), blurred(max(width / 2 - 0.55, 0.0))
    share = np.clip((np.arange(256) - low) / max(high - low, 1e-3), 0, 1)
    return (255 * share * share * (3 - 2 * share)).astype(np.uint8)


def scenery_lines(shot: Shot, width: float, gain: float) -> np.ndarray:
    """Return how dark the lines of the set are, (H, W) uint8; none on the dancers.

    Differences of blurs, as in Winnemoeller, Kyprianidis, Olsen, "XDoG" (2012).
    """
    height, columns = shot.size
    grey = cv2.cvtColor(shot.scenery, cv2.COLOR_RGB2GRAY)
    soft = max(0.5 * width * shot.unit, 0.6)
    near = cv2.GaussianBlur(grey, (0, 0), soft)
    far = cv2.GaussianBlur(grey, (0, 0), 1.8 * soft)
    dark = cv2.subtract(far, near)
    ink = cv2.LUT(dark, _lifted(gain))
    ink = cv2.resize(ink, (columns, height), interpolation=cv2.INTER_LINEAR)
    return cv2.bitwise_and(ink, cv2.bitwise_not(shot.mask))


@cache
def _lifted(gain: float) -> np.ndarray:
    share = np.clip((np.arange(256) - 2.0) * gain / 255, 0, 1)
    return (255 * share * share * (3 - 2 * share)).astype(np.uint8)


def inked(picture: np.ndarray, lines: np.ndarray, ink: tuple[float, float, float]) -> np.ndarray:
    """Return a picture with lines (H, W) uint8 drawn over it in a colour."""
    out = np.empty_like(picture)
    in_bands(_inked, len(picture), picture, lines, ink, out)
    return out


@compiled
def _inked(
    first: int, stop: int, picture: np.ndarray, lines: np.ndarray, ink: tuple, out: np.ndarray
) -> None:
    for y in range(first, stop):
        for x in range(lines.shape[1]):
            share = lines[y, x] / 255.0
            for k in range(3):
                out[y, x, k] = int(picture[y, x, k] + share * (ink[k] - picture[y, x, k]) + 0.5)
