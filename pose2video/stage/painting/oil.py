"""Oil: brush strokes along the forms, large ones first, with the ridges that bristles leave."""

import math
from typing import NamedTuple

import cv2
import numpy as np

from pose2video.stage.compiled import called_by_loops, compiled, in_bands
from pose2video.stage.painting.shot import Shot
from pose2video.stage.painting.smoothing import enlarged, patched
from pose2video.stage.painting.surfaces import clouds, kept, noise


class Brush(NamedTuple):
    """Strokes of one size, in pixels of a picture 512 high."""

    gap: float
    """From stroke to stroke."""
    long: float
    wide: float
    """Half the length and width of a stroke."""
    detail: float
    """How much there must be to see where it is used; 0 for everywhere."""


BRUSHES = (
    Brush(13.5, 19.0, 5.8, 0.0),
    Brush(6.6, 8.8, 2.9, 12.0),
    Brush(3.1, 3.8, 1.3, 23.0),
)
FIRM, FINE = 90.0, 12.0
"""Slopes, squared, of forms that strokes in the set, and on dancers, follow only half: soft shadows
must not turn the strokes of the set."""
BRISTLES = 64
"""Side of the square texture of bristles."""


@kept
def strokes(height: int, width: int, number: int) -> np.ndarray:
    """Return where a brush touches the canvas and how, (N, 6) float32, in the order it does.

    Columns: x, y, cosine and sine of twice the angle that it takes where the picture suggests
    none, how much lighter its paint is, in grey levels, and a row of the texture of bristles.
    """
    brush, unit = BRUSHES[number], height / 512
    gap = max(brush.gap * unit, 1.0)
    rng = np.random.default_rng(40 + number)
    y, x = np.mgrid[0:height:gap, 0:width:gap].reshape(2, -1) + gap / 2
    x, y = x + gap * rng.uniform(-0.5, 0.5, x.shape), y + gap * rng.uniform(-0.5, 0.5, y.shape)
    x, y = np.clip(x, 0, width - 1), np.clip(y, 0, height - 1)
    field = clouds(height, width, 120 * unit + 2, 50, 2)[y.astype(int), x.astype(int)]
    angle = 2 * (0.55 + 0.5 * field + rng.normal(0, 0.18, x.shape))
    tone = rng.normal(0, 1, x.shape)
    rows = np.stack(
        [x, y, np.cos(angle), np.sin(angle), tone, rng.integers(0, BRISTLES, x.shape)], 1
    )
    return rng.permutation(rows).astype(np.float32)


@kept
def bristles() -> np.ndarray:
    """Return how much paint bristles leave across and along a stroke, (N, N) from 0 to 1."""
    drawn_out = cv2.GaussianBlur(
        noise(BRISTLES, BRISTLES, 1.0, 60), (0, 0), sigmaX=10.0, sigmaY=1.05
    )
    return np.clip(0.5 + 0.3 * drawn_out / drawn_out.std(), 0, 1).astype(np.float32)


def oil(shot: Shot) -> np.ndarray:
    """Thick strokes, coarse in the background and ever finer where there is much to see.

    The set is painted as if nobody stood before it, so that its strokes lie still.
    """
    height, width = shot.size
    picture = cv2.GaussianBlur(shot.plain, (0, 0), max(0.7 * shot.unit, 0.4))
    cover = cv2.GaussianBlur(shot.mask, (0, 0), max(0.8 * shot.unit, 0.4))
    canvas = _ground(shot, picture, cover)
    seen = canvas.copy()
    relief = np.zeros((height, width), np.float32)
    flows, detail = _flows(shot, cover)
    for number, brush in enumerate(BRUSHES):
        table = strokes(height, width, number)
        used = _used(table, detail, brush.detail)
        size = (
            max(brush.long * shot.unit, 1.2),
            max(brush.wide * shot.unit, 0.7),
            max(shot.unit, 1.0),
        )
        strokes_of = (used, size, bristles())
        in_bands(_stroked, height, strokes_of, (seen, cover, flows), canvas, relief)
    out = np.empty_like(canvas)
    in_bands(_varnished, height, canvas, relief, _weave(height, width), out)
    return out


def _ground(shot: Shot, picture: np.ndarray, cover: np.ndarray) -> np.ndarray:
    behind = enlarged(patched(shot.scenery, 2.0 * shot.unit), shot.size)
    return cv2.copyTo(
        picture, np.where(cover > 100, np.uint8(255), np.uint8(0)), np.ascontiguousarray(behind)
    )


def _flows(shot: Shot, cover: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return how forms run in set and dancers, (2, H / 4, W / 4, 2), and detail, (H, W)."""
    small = max(shot.size[1] // 4, 1), max(shot.size[0] // 4, 1)
    share = cv2.resize(cover, small, interpolation=cv2.INTER_AREA)
    free = 1.0 - cv2.dilate(share, np.ones((3, 3), np.uint8)).astype(np.float32) / 255
    scenery = cv2.resize(shot.scenery, small, interpolation=cv2.INTER_AREA)
    plain = cv2.resize(shot.plain, small, interpolation=cv2.INTER_AREA)
    behind, calm = _flow(scenery, free, FIRM, shot.unit)
    front, busy = _flow(plain, np.ones_like(free), FINE, shot.unit)
    detail = np.where(share > 100, np.maximum(busy, 20.0), calm)
    detail = cv2.resize(detail, shot.size[::-1], interpolation=cv2.INTER_NEAREST)
    return np.stack([behind, front]), detail


def _used(table: np.ndarray, detail: np.ndarray, least: float) -> np.ndarray:
    """Return the strokes that are made, (M, 7): the last column says how strongly."""
    there = detail[table[:, 1].astype(int), table[:, 0].astype(int)]
    strength = np.clip((there - least) / (0.4 * least), 0, 1) if least else np.ones(len(table))
    return np.column_stack([table, strength])[strength > 0].astype(np.float32)


@kept
def _weave(height: int, width: int) -> np.ndarray:
    """Return the relief of canvas, (H, W) float32."""
    unit = height / 512
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) * (2 * np.pi / max(3.2 * unit, 2.0))
    return (
        0.5 * (np.sin(x) * np.cos(0.5 * y) + np.sin(y)) + 0.5 * noise(height, width, 1.0, 61)
    ).astype(np.float32)


def _flow(
    picture: np.ndarray, free: np.ndarray, weak: float, unit: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return how strongly and in which direction, as cosine and sine of twice the angle, forms run
    in what is free (1) of a picture, (H, W, 2) float32, and how much detail there is, (H, W).

    Args:
        weak: slopes, squared, of forms that strokes follow only half.
    """
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    across = free * cv2.Sobel(grey, cv2.CV_32F, 1, 0, ksize=3, scale=0.25)
    down = free * cv2.Sobel(grey, cv2.CV_32F, 0, 1, ksize=3, scale=0.25)
    soft = max(2.2 * unit, 0.6)
    strength = cv2.GaussianBlur(across * across + down * down, (0, 0), soft)
    cosine = cv2.GaussianBlur(down * down - across * across, (0, 0), soft)
    sine = cv2.GaussianBlur(-2 * across * down, (0, 0), soft)
    share = 1.0 / (strength + weak)
    return np.stack([cosine * share, sine * share], -1), np.sqrt(strength)


@compiled
def _stroked(
    first: int, stop: int, brush: tuple, seen: tuple, canvas: np.ndarray, relief: np.ndarray
) -> None:
    """Draw all strokes of a brush that touch rows of the canvas."""
    table, size, texture = brush
    long, wide, scale = size
    picture, cover, flows = seen
    reach = long + wide
    for i in range(len(table)):
        if table[i, 1] < first - reach or table[i, 1] > stop + reach:
            continue
        x, y = int(table[i, 0]), int(table[i, 1])
        own = cover[y, x] / 255.0
        flow = flows[int(own > 0.39)]
        run = flow[min(y // 4, flow.shape[0] - 1), min(x // 4, flow.shape[1] - 1)]
        rest = 1.0 - min(np.sqrt(run[0] * run[0] + run[1] * run[1]) * 1.6, 1.0)
        angle = 0.5 * np.arctan2(run[1] + rest * table[i, 3], run[0] + rest * table[i, 2])
        tone = table[i, 4] * (11.0 - 6.0 * own)
        r, g, b = picture[y, x, 0] + tone, picture[y, x, 1] + tone, picture[y, x, 2] + 0.8 * tone
        at = (table[i, 0], table[i, 1], long, wide, scale, np.cos(angle), np.sin(angle))
        paint = (r, g, b, own, int(table[i, 5]), table[i, 6])
        _stroke((first, stop), at, paint, (picture, cover, texture), canvas, relief)


@called_by_loops
def _stroke(
    rows: tuple, at: tuple, paint: tuple, seen: tuple, canvas: np.ndarray, relief: np.ndarray
) -> None:
    """Draw one stroke; it ends where the picture has another colour, and at dancers' outlines."""
    middle_x, middle_y, long, wide, scale, c, s = at
    r, g, b, own, row, strength = paint
    picture, cover, texture = seen
    colour = (r, g, b)
    half_y = abs(s) * long + abs(c) * wide
    top, bottom = max(int(middle_y - half_y), rows[0]), min(int(middle_y + half_y) + 1, rows[1])
    steep, level = max(abs(c), 1e-6), max(abs(s), 1e-6)
    for y in range(top, bottom):
        v = y - middle_y
        # Where the stroke's four sides cross this row.
        ends, sides = -s * v / math.copysign(steep, c), c * v / math.copysign(level, s)
        low = max(ends - long / steep, sides - wide / level) + middle_x
        high = min(ends + long / steep, sides + wide / level) + middle_x
        for x in range(max(int(low) + 1, 0), min(int(high) + 1, canvas.shape[1])):
            u = x - middle_x
            along, across = (c * u + s * v) / long, (c * v - s * u) / wide
            bristle, way = row + wide * (across + 1.0) / scale, long * (along + 1.0) / scale
            left = texture[int(bristle) & 63, int(way) & 63]
            edge = min((1.0 - abs(across)) * wide, 1.0) * min(
                (1.0 - abs(along)) * 5.0 * (0.25 + left), 1.0
            )
            other = abs(colour[0] - picture[y, x, 0]) + abs(colour[1] - picture[y, x, 1])
            other += abs(colour[2] - picture[y, x, 2])
            same = min(max((150.0 - other) / 70.0, 0.0), 1.0)
            share = edge * same * max(1.0 - 2.5 * abs(own - cover[y, x] / 255.0), 0.0)
            if share <= 0.02:
                continue
            share *= strength * (0.72 + 0.28 * left)
            lighter = 16.0 * (left - 0.5)
            for k in range(3):
                value = canvas[y, x, k] + share * (colour[k] + lighter - canvas[y, x, k])
                canvas[y, x, k] = int(min(max(value + 0.5, 0.0), 255.0))
            relief[y, x] += share * (left + 0.35 * (1.0 - across * across) - relief[y, x])


@compiled
def _varnished(
    first: int,
    stop: int,
    canvas: np.ndarray,
    relief: np.ndarray,
    weave: np.ndarray,
    out: np.ndarray,
) -> None:
    """Light the relief of the paint from the upper left, and deepen the colours."""
    for y in range(first, stop):
        up = max(y - 1, 0)
        for x in range(relief.shape[1]):
            left = max(x - 1, 0)
            slope = 2.0 * relief[y, x] - relief[up, x] - relief[y, left]
            light = 22.0 * min(max(slope, -0.7), 0.7) + 1.3 * weave[y, x]
            r, g, b = float(canvas[y, x, 0]), float(canvas[y, x, 1]), float(canvas[y, x, 2])
            grey = 0.3 * r + 0.59 * g + 0.11 * b
            out[y, x, 0] = int(min(max(grey + 1.18 * (r - grey) + light, 0.0), 255.0))
            out[y, x, 1] = int(min(max(grey + 1.18 * (g - grey) + light, 0.0), 255.0))
            out[y, x, 2] = int(min(max(grey + 1.18 * (b - grey) + 0.9 * light - 4.0, 0.0), 255.0))
