"""What falls, rises and hangs in the air: rain, snow, petals, embers, smoke and the like."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pose2video.stage.light import Lights
from pose2video.stage.materials import linear
from pose2video.stage.particles import SHAPES, WEATHER_ROW
from prompts.scene.scene import Item, Scene


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
    top: float = 5.0
    """Metres over the floor up to which they fill the air."""

    def row(self, falls: np.ndarray) -> np.ndarray:
        """Return the numbers that the drawing loop reads, of the light (3,) that falls on them."""
        light = np.full(3, self.glow) if self.glow else falls
        colours = linear(self.colour) * light, linear(self.second or self.colour) * light
        return np.array([
            self.count, self.seed, *self.velocity, self.sway, self.sways, self.size, self.streak,
            *colours[0], *colours[1], self.opacity, SHAPES.index(self.shape), self.flicker,
            self.top,
        ])  # fmt: skip


KINDS = {
    "rain": Weather("#c9d8ea", count=1300, velocity=(0.5, -8.5, 0.2), size=0.0035, streak=0.035,
                    opacity=0.8),
    "snow": Weather("#ffffff", count=1700, velocity=(0.15, -0.75, 0.1), sway=0.22, sways=1.1,
                    size=0.014, opacity=0.95),
    "petals": Weather("#ffb7cf", "#fff0f5", count=420, velocity=(0.35, -0.55, 0.1), sway=0.35,
                      sways=1.3, size=0.026, shape="flat"),
    "leaves": Weather("#d9541e", "#e8b23a", count=260, velocity=(0.3, -0.7, 0.1), sway=0.4,
                      sways=1.5, size=0.042, shape="flat"),
    "embers": Weather("#ff5a14", "#ffc04a", count=340, velocity=(0.15, 0.7, 0.0), sway=0.25,
                      sways=1.7, size=0.013, streak=0.03, glow=4.0, flicker=0.6),
    "bubbles": Weather("#d6f0ff", "#ffffff", count=130, velocity=(0.0, 0.45, 0.0), sway=0.12,
                       sways=1.9, size=0.034, shape="ring", opacity=0.85),
    "fireflies": Weather("#d8ff5a", "#ffe98a", count=170, velocity=(0.05, 0.03, 0.04), sway=0.5,
                         sways=0.7, size=0.02, glow=3.2, flicker=1.0, top=2.6),
    "confetti": Weather("#ff2d6f", "#24c8ff", count=900, velocity=(0.1, -0.9, 0.0), sway=0.25,
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
