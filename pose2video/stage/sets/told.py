"""What a stage is told: colours, what it is made of, the time, and chance."""

from dataclasses import dataclass

import numpy as np

from pose2video.stage.materials import Material
from prompts.scene import scene

MADE_OF = {
    "clay": Material("#b5683f", rough=0.95, shine=0.05, pattern="grain"),
    "marble": Material("#ece8e2", "#a8a6ac", "marble", 0.35, rough=0.22, shine=0.5),
    "stone": Material("#8d8a83", "#5f5c57", "rock", rough=0.9, shine=0.1, bump=0.4),
    "wood": Material("#8c5a33", "#4e2e18", "planks", rough=0.6, shine=0.25),
    "chrome": Material("#d8dce2", rough=0.12, metal=1.0, shine=1.0),
    "gold": Material("#f0b23c", rough=0.2, metal=1.0, shine=1.0),
    "silver": Material("#dfe3e8", rough=0.22, metal=1.0, shine=1.0),
    "bronze": Material("#a8672e", rough=0.35, metal=1.0, shine=1.0),
    "glass": Material("#cfe8ee", rough=0.08, shine=1.0),
    "crystal": Material("#c9b8ff", "#f2ecff", "cracks", 0.5, rough=0.08, shine=1.0, rim=0.25),
    "ice": Material("#bfe4f7", "#f4fbff", "ice", 0.5, rough=0.12, shine=0.9, rim=0.15),
    "water": Material("#2f86b4", "#a9dcee", "water", rough=0.08, shine=1.0, bump=0.5),
    "lava": Material("#1c1210", "#ff5a12", "cracks", 0.4, glow=2.4, rough=0.8),
    "fire": Material("#8a1c06", "#ffb13c", "flames", 0.5, glow=2.0, rough=0.9),
    "paper": Material("#f3ead9", "#d5c8b2", "papers", 0.5, rough=1.0, shine=0.02),
    "knitted": Material("#c9706a", "#8a3f3c", "knit", 0.25, rough=1.0, shine=0.0),
    "plush": Material("#d9a0b4", "#b3768c", "fur", 0.5, rough=1.0, rim=0.2),
    "hologram": Material("#0a2f3a", "#3ff2ff", "scan-lines", 0.06, glow=0.6, rim=0.5),
    "wireframe": Material("#05070c", "#39ff88", "lattice", 1.0, glow=1.6),
    "neon": Material("#120a1e", "#ff2fd0", "lattice", 0.8, glow=2.2),
    "jelly": Material("#e0457e", rough=0.1, shine=0.9, soft=0.6, rim=0.3),
    "shadow": Material("#0c0c10", rough=1.0, shine=0.02),
}  # fmt: skip
"""What a whole place is made of where that is said: walls, ground, columns."""
PALETTES = (
    ("#ff2fa8", "#21d4fd"),
    ("#8a3cff", "#ff8a1f"),
    ("#19f0b4", "#ff3d6e"),
    ("#3d6bff", "#ff4fd8"),
)
"""Colours of lamps where none are said."""


@dataclass(frozen=True)
class Told:
    """What a function that makes a place is told."""

    place: scene.Place
    time: str
    tints: tuple[str, ...]
    """Colours of lamps, two or more."""
    rng: np.random.Generator
    light_said: bool = False
    """Whether these colours were asked for."""

    @property
    def dark(self) -> bool:
        return self.time == "night"

    def colour(self, usual: str) -> str:
        """Return the colour that the place was asked for, or its usual one."""
        return self.place.colour or usual

    def made(self, usual: Material) -> Material:
        """Return what the place mostly consists of, as it was asked for."""
        material = MADE_OF.get(self.place.material, usual)
        if not self.place.colour:
            return material
        second = darker(self.place.colour, 0.62) if material.second else ""
        return material.but(colour=self.place.colour, second=second)

    def near(self, low: float, high: float) -> float:
        """Return a number by chance."""
        return float(self.rng.uniform(low, high))


def told_of(asked: scene.Scene, time: str, rng: np.random.Generator) -> Told:
    """Return what a stage is told of a scene."""
    said = asked.light.colours
    tints = said * 2 if len(said) == 1 else said or PALETTES[int(rng.integers(len(PALETTES)))]
    return Told(asked.place, time, tints, rng, bool(said))


def darker(colour: str, share: float) -> str:
    """Return a colour made darker (below 1), or lighter (above).

    >>> darker("#ff8000", 0.5)
    '#804000'
    """
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{min(int(part * share + 0.5), 255):02x}" for part in parts)


def mixed(first: str, second: str, share: float) -> str:
    """Return a colour between two.

    >>> mixed("#000000", "#ffffff", 0.5)
    '#808080'
    """
    pairs = ((int(first[i : i + 2], 16), int(second[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{int(a + share * (b - a) + 0.5):02x}" for a, b in pairs)
