"""What things are made of: a few numbers for each material, the same for bodies and sets."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pose2video.stage.patterns import PATTERNS

COLOUR, SECOND, GLOW_COLOUR = 0, 3, 6
"""Where a row of the table holds colours, three numbers each."""
PATTERN, SCALE, ROUGH, METAL, SHINE, GLOW, GLASS, RIM, SOFT, BUMP = range(9, 19)
"""And its single numbers."""
ROW = 19


@dataclass(frozen=True)
class Material:
    """Colours are as on the web; shares are from 0 to 1."""

    colour: str = "#c8c8c8"
    second: str = ""
    """What a pattern shows between the colour; empty: the colour, darker."""
    pattern: str = "plain"
    scale: float = 1.0
    """How fine the pattern is."""
    rough: float = 0.6
    """0 reflects like a mirror, 1 like chalk."""
    metal: float = 0.0
    """Share of a metal, whose reflections have its colour."""
    shine: float = 0.3
    """How strongly light and surroundings are reflected, beside what metal does."""
    glow: float = 0.0
    """Light that it gives off by itself: a pattern's second colour, or a plain one's colour."""
    glow_colour: str = ""
    """Empty: the second colour, or a plain one's colour."""
    glass: float = 0.0
    """Share of what is behind that shines through."""
    rim: float = 0.0
    """Light at the edges, as of velvet, a ghost or a hologram."""
    soft: float = 0.15
    """How far light creeps around the edge of shadow, as in skin, wax or cloth."""
    bump: float = 0.0
    """How much the pattern stands out."""

    def but(self, **changes: object) -> "Material":
        return replace(self, **changes)

    def row(self) -> np.ndarray:
        """Return the material as the drawing loops read it, (``ROW``,) float64."""
        base = linear(self.colour)
        second = linear(self.second) if self.second else base * 0.55
        own = base if self.pattern == "plain" else second
        glow = linear(self.glow_colour) if self.glow_colour else own
        numbers = (self.scale, self.rough, self.metal, self.shine, self.glow, self.glass,
                   self.rim, self.soft, self.bump)  # fmt: skip
        return np.array([*base, *second, *glow, PATTERNS.index(self.pattern), *numbers], np.float64)


PLAIN = Material()


def linear(colour: str) -> np.ndarray:
    """Return a web colour as shares of light, (3,) (IEC 61966-2-1, sRGB).

    >>> linear("#ff8000").round(3).tolist()
    [1.0, 0.216, 0.0]
    """
    shares = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(shares < 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)


def table(materials: Sequence[Material]) -> np.ndarray:
    """Return the rows of materials, (M, ``ROW``) float64."""
    return np.stack([material.row() for material in materials])
