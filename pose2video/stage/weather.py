"""What falls, rises and hangs in the air: rain, snow, petals, embers, smoke and the like.

Nothing is remembered from frame to frame: where a particle is follows from its number and the time,
so any frame can be drawn by itself.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pose2video.stage.compiled import called_by_loops, compiled, in_bands
from pose2video.stage.light import Lights
from pose2video.stage.materials import linear
from pose2video.stage.noise import chance
from pose2video.stage.people import Layers
from pose2video.stage.view import View, seen_at
from prompts.scene.scene import Item, Scene

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


@dataclass(frozen=True)
class Weather:
    """Particles of one kind."""

    colour: str
    second: str = ""
    """Particles have colours from the first to this one; empty: all are alike."""
    count: int = 400
    seed: int = 1
    velocity: tuple[float, float, float] = (0.0, -1.0, 0.0)
    """Metres a second."""
    sway: float = 0.0
    """Metres to each side."""
    sways: float = 1.0
    """A second, in radians."""
    size: float = 0.01
    """Radius in metres."""
    streak: float = 0.0
    """Seconds of their way that a picture shows, as one of a slow shutter does."""
    opacity: float = 1.0
    shape: str = "soft"
    flicker: float = 0.0
    glow: float = 0.0
    """Light of their own; 0: they show the light that falls on them."""
    top: float = AROUND[2]
    """Metres over the floor up to which they fill the air."""

    def row(self, falls: np.ndarray) -> np.ndarray:
        """Return the numbers that the drawing loop reads, of the light (3,) that falls on them."""
        light = np.full(3, self.glow) if self.glow else falls
        colours = linear(self.colour) * light, linear(self.second or self.colour) * light
        return np.array([
            self.count, self.seed, *self.velocity, self.sway, self.sways, self.size, self.streak,
            *colours[0], *colours[1], self.opacity, SHAPES.index(self.shape), self.flicker, self.top,
        ])  # fmt: skip


KINDS = {
    "rain": Weather("#c9d8ea", count=1300, velocity=(0.5, -8.5, 0.2), size=0.0035, streak=0.035,
                    opacity=0.8),
    "snow": Weather("#ffffff", count=1100, velocity=(0.15, -0.75, 0.1), sway=0.22, sways=1.1,
                    size=0.014, opacity=0.95),
    "petals": Weather("#ffb7cf", "#fff0f5", count=260, velocity=(0.35, -0.55, 0.1), sway=0.35,
                      sways=1.3, size=0.026, shape="flat"),
    "leaves": Weather("#d9541e", "#e8b23a", count=150, velocity=(0.3, -0.7, 0.1), sway=0.4,
                      sways=1.5, size=0.042, shape="flat"),
    "embers": Weather("#ff5a14", "#ffc04a", count=260, velocity=(0.15, 0.7, 0.0), sway=0.25,
                      sways=1.7, size=0.009, streak=0.03, glow=4.0, flicker=0.6),
    "bubbles": Weather("#d6f0ff", "#ffffff", count=130, velocity=(0.0, 0.45, 0.0), sway=0.12,
                       sways=1.9, size=0.034, shape="ring", opacity=0.85),
    "fireflies": Weather("#d8ff5a", "#ffe98a", count=110, velocity=(0.05, 0.03, 0.04), sway=0.5,
                         sways=0.7, size=0.014, glow=3.2, flicker=1.0, top=2.6),
    "confetti": Weather("#ff2d6f", "#24c8ff", count=420, velocity=(0.1, -0.9, 0.0), sway=0.25,
                        sways=2.1, size=0.02, shape="flat"),
    "dust": Weather("#fff0d0", count=320, velocity=(0.08, 0.02, 0.03), sway=0.3, sways=0.4,
                    size=0.007, opacity=0.55),
    "smoke": Weather("#d5d8de", count=26, velocity=(0.16, 0.07, 0.0), sway=0.25, sways=0.35,
                     size=0.75, opacity=0.13, top=2.4),
}  # fmt: skip
"""Fog and haze have no particles: they are in the air of a place."""


def weather_of(scene: Scene) -> tuple[Weather, ...]:
    """Return the particles that a scene asks for."""
    return tuple(
        _asked(KINDS[item.kind], item, number)
        for number, item in enumerate(scene.weather)
        if item.kind in KINDS and item.kind not in scene.without
    )


def _asked(usual: Weather, item: Item, number: int) -> Weather:
    count = int(np.clip(usual.count * item.strength, 0, 2000))
    colour = item.colour or usual.colour
    second = item.second or ("" if item.colour else usual.second)
    return replace(usual, colour=colour, second=second, count=count, seed=1 + number)


def weather_rows(weather: Sequence[Weather], lights: Lights) -> np.ndarray:
    """Return weather as ``fall`` draws it in some light, (K, ``WEATHER_ROW``)."""
    falls = np.maximum(lights.around[0], 0) + 0.4 * lights.lamps[:, 3:].sum(0) + 0.04
    rows = [kind.row(falls) for kind in weather]
    return np.array(rows, np.float64).reshape(-1, WEATHER_ROW)


def fall(layers: Layers, view: View, rows: np.ndarray, time: float) -> None:
    """Draw weather into the light of finished layers, behind what is nearer to the camera.

    Args:
        rows: see ``weather_rows``.
        time: in seconds.
    """
    if len(rows):
        in_bands(_fall, view.height, rows, view, time, layers.depth, layers.light)


@compiled
def _fall(
    first: int, stop: int, rows: np.ndarray, view: View, time: float, depth: np.ndarray,
    light: np.ndarray,
) -> None:  # fmt: skip
    for kind in range(len(rows)):
        row = rows[kind]
        for number in range(int(row[COUNT])):
            _draw(first, stop, row, number, view, time, depth, light)


@called_by_loops
def _place(row: np.ndarray, number: int, time: float) -> tuple:
    """Return where a particle is at a time, and the share of its way down or up that it has gone."""
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
def _draw(
    first: int, stop: int, row: np.ndarray, number: int, view: View, time: float,
    depth: np.ndarray, light: np.ndarray,
) -> None:  # fmt: skip
    """Draw the part of a particle that lies in some rows."""
    x, y, z, way = _place(row, number, time)
    px, py, ahead = seen_at(view, x, y, z)
    if ahead < 0.4:
        return
    tail = 0.5 * row[STREAK]
    qx, qy, _ = seen_at(
        view, x - row[VELOCITY] * tail, y - row[VELOCITY + 1] * tail, z - row[VELOCITY + 2] * tail
    )
    size = row[SIZE] * (0.6 + 0.8 * chance(number, int(row[SEED]), 7))
    radius = size * view.focal * view.height / ahead
    thin = min(radius / 0.7, 1.0)
    opacity = row[OPACITY] * (thin if tail > 0 else thin * thin)
    opacity *= min(max((ahead - 0.4) / NEAREST, 0.0), 1.0) * min(
        12.0 * way, 12.0 * (1.0 - way), 1.0
    )
    if row[FLICKER] > 0:
        pulse = 0.5 + 0.5 * math.sin(3.1 * time + 6.28 * chance(number, int(row[SEED]), 8))
        opacity *= 1.0 - row[FLICKER] * (1.0 - pulse * pulse)
    radius = max(radius, 0.7)
    away = math.sqrt(
        (x - view.origin[0]) ** 2 + (y - view.origin[1]) ** 2 + (z - view.origin[2]) ** 2
    )
    tone, spin = chance(number, int(row[SEED]), 9), 6.28 * chance(number, int(row[SEED]), 10)
    shape = (row[SHAPE], spin + 2.2 * time, tone)
    _splat(first, stop, row, (px, py, qx - px, qy - py, radius, away, opacity), shape, depth, light)


@compiled
def _splat(
    first: int, stop: int, row: np.ndarray, spot: tuple, shape: tuple, depth: np.ndarray,
    light: np.ndarray,
) -> None:  # fmt: skip
    px, py, dx, dy, radius, away, opacity = spot
    low = max(int(math.floor(min(py, py + dy) - radius)), first)
    high = min(int(math.ceil(max(py, py + dy) + radius)) + 1, stop)
    left = max(int(math.floor(min(px, px + dx) - radius)), 0)
    right = min(int(math.ceil(max(px, px + dx) + radius)) + 1, light.shape[1])
    long = dx * dx + dy * dy
    tone = shape[2]
    r = row[COLOUR] + tone * (row[SECOND] - row[COLOUR])
    g = row[COLOUR + 1] + tone * (row[SECOND + 1] - row[COLOUR + 1])
    b = row[COLOUR + 2] + tone * (row[SECOND + 2] - row[COLOUR + 2])
    for y in range(low, high):
        for x in range(left, right):
            if depth[y, x] < away:
                continue
            u, v = x + 0.5 - px, y + 0.5 - py
            if long > 1e-6:
                along = min(max((u * dx + v * dy) / long, 0.0), 1.0)
                u, v = u - along * dx, v - along * dy
            share = opacity * _cover(shape, u / radius, v / radius, radius)
            if share > 0.002:
                light[y, x, 0] += share * (r - light[y, x, 0])
                light[y, x, 1] += share * (g - light[y, x, 1])
                light[y, x, 2] += share * (b - light[y, x, 2])


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
