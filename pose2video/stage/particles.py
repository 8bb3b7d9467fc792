"""Draw what falls, rises and hangs in the air into finished layers.

Nothing is remembered from frame to frame: where a particle is follows from its number and the time,
so any frame can be drawn by itself.
"""

import math
from typing import NamedTuple

import numpy as np

from pose2video.stage.compiled import called_by_loops, compiled, in_bands
from pose2video.stage.noise import chance
from pose2video.stage.people import Layers
from pose2video.stage.view import View, seen_at

AROUND = (4.5, 4.5, 5.0)
"""Half the width and depth of the box that particles fill, and its height, in metres."""
MIDDLE_Z = -1.2
"""Where that box has its middle, so that few particles come close to the camera."""
NEAREST = 0.9
"""Metres from the camera within which particles fade away."""
SHAPES = ("soft", "flat", "ring")
"""A soft spot or streak, a small flat thing that tumbles, a bubble."""
COUNT, SEED, VELOCITY, SWAY, SWAYS, SIZE, STREAK, COLOUR, SECOND, OPACITY, SHAPE, FLICKER, TOP = (
    0, 1, 2, 5, 6, 7, 8, 9, 12, 15, 16, 17, 18,
)  # fmt: skip
"""Where a row holds a weather's numbers; velocity and colours take three."""
WEATHER_ROW = 19


class Shot(NamedTuple):
    """What particles are drawn into.

    Shape:
        depth: (H, W); light: (H, W, 3), as of ``Layers``
    """

    camera: View
    time: float
    depth: np.ndarray
    light: np.ndarray


def fall(layers: Layers, view: View, rows: np.ndarray, time: float) -> None:
    """Draw weather into the light of finished layers, behind what is nearer to the camera.

    Args:
        rows: see ``weather_rows``.
        time: in seconds.
    """
    if len(rows):
        in_bands(_fall, view.height, rows, Shot(view, time, layers.depth, layers.light))


@compiled
def _fall(first: int, stop: int, rows: np.ndarray, shot: Shot) -> None:
    for kind in range(len(rows)):
        row = rows[kind]
        for number in range(int(row[COUNT])):
            _draw(first, stop, row, number, shot)


@called_by_loops
def _place(row: np.ndarray, number: int, time: float) -> tuple:
    """Return where a particle is at a time, and how far up its box that is, from 0 to 1."""
    seed = int(row[SEED])
    speed = 0.75 + 0.5 * chance(number, seed, 4)
    width, depth, height = 2 * AROUND[0], 2 * AROUND[1], row[TOP]
    swing = row[SWAY] * math.sin(row[SWAYS] * time * speed + 6.28 * chance(number, seed, 5))
    swing_z = row[SWAY] * math.cos(0.8 * row[SWAYS] * time + 6.28 * chance(number, seed, 6))
    x = chance(number, seed, 1) * width + row[VELOCITY] * speed * time + swing
    y = chance(number, seed, 2) * height + row[VELOCITY + 1] * speed * time
    z = chance(number, seed, 3) * depth + row[VELOCITY + 2] * speed * time + 0.6 * swing_z
    y -= height * math.floor(y / height)
    x -= width * math.floor(x / width) + AROUND[0]
    z -= depth * math.floor(z / depth) + AROUND[1] - MIDDLE_Z
    return x, y, z, y / height


@compiled
def _draw(first: int, stop: int, row: np.ndarray, number: int, shot: Shot) -> None:
    """Draw the part of a particle that lies in some rows."""
    view, seed = shot.camera, int(row[SEED])
    x, y, z, way = _place(row, number, shot.time)
    px, py, ahead = seen_at(view, x, y, z)
    if ahead < 0.4:
        return
    tail = 0.5 * row[STREAK]
    back = (x - row[2] * tail, y - row[3] * tail, z - row[4] * tail)
    qx, qy, _ = seen_at(view, back[0], back[1], back[2])
    radius = row[SIZE] * (0.6 + 0.8 * chance(number, seed, 7)) * view.focal * view.height / ahead
    thin = min(radius / 0.7, 1.0)
    opacity = row[OPACITY] * (thin if tail > 0 else thin * thin)
    opacity *= min(max((ahead - 0.4) / NEAREST, 0.0), 1.0)
    opacity *= min(12.0 * way, 12.0 * (1.0 - way), 1.0)
    if row[FLICKER] > 0:
        pulse = 0.5 + 0.5 * math.sin(3.1 * shot.time + 6.28 * chance(number, seed, 8))
        opacity *= 1.0 - row[FLICKER] * (1.0 - pulse * pulse)
    u, v, w = x - view.origin[0], y - view.origin[1], z - view.origin[2]
    away = math.sqrt(u * u + v * v + w * w)
    spot = (px, py, qx - px, qy - py, max(radius, 0.7), away, opacity)
    shape = (row[SHAPE], 6.28 * chance(number, seed, 10) + 2.2 * shot.time, chance(number, seed, 9))
    _splat(first, stop, row, spot, shape, shot)


@compiled
def _splat(first: int, stop: int, row: np.ndarray, spot: tuple, shape: tuple, shot: Shot) -> None:
    """Blend a particle's colour into what is farther away than it."""
    px, py, dx, dy, radius, away, opacity = spot
    low = max(int(min(py, py + dy) - radius), first)
    high = min(int(max(py, py + dy) + radius) + 2, stop)
    left = max(int(min(px, px + dx) - radius), 0)
    right = min(int(max(px, px + dx) + radius) + 2, shot.light.shape[1])
    long = dx * dx + dy * dy
    for y in range(low, high):
        for x in range(left, right):
            if shot.depth[y, x] < away:
                continue
            u, v = x + 0.5 - px, y + 0.5 - py
            if long > 1e-6:
                along = min(max((u * dx + v * dy) / long, 0.0), 1.0)
                u, v = u - along * dx, v - along * dy
            share = opacity * _cover(shape, u / radius, v / radius, radius)
            for k in range(3):
                colour = row[COLOUR + k] + shape[2] * (row[SECOND + k] - row[COLOUR + k])
                shot.light[y, x, k] += share * (colour - shot.light[y, x, k])


@called_by_loops
def _cover(shape: tuple, u: float, v: float, radius: float) -> float:
    """Return how much of a point a particle covers; u and v are its radii from the middle."""
    if shape[0] == 1:
        turn = shape[1] * 0.37
        flat = max(abs(math.sin(shape[1])), 0.22)
        along, across = (
            u * math.cos(turn) + v * math.sin(turn),
            v * math.cos(turn) - u * math.sin(turn),
        )
        across /= flat
        edge = max(1.0 - math.sqrt(along * along + 1.6 * across * across), 0.0)
        return min(edge * radius * flat, 1.0)
    square = u * u + v * v
    if shape[0] == 2:
        ring = math.exp(-24.0 * (math.sqrt(square) - 0.82) ** 2) * (0.55 - 0.3 * v)
        glint = math.exp(-26.0 * ((u + 0.35) ** 2 + (v + 0.38) ** 2))
        return min(ring + glint, 1.0) * (1.0 if square < 1.0 else 0.0)
    rest = max(1.0 - square, 0.0)
    return rest * rest
