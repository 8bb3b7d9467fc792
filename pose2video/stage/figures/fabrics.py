"""What bodies and clothes are made of: materials by name, cloth, and colours that go well."""

import colorsys
from typing import Any

import numpy as np

from pose2video.stage.materials import Material

MATERIALS = {
    "clay": Material("#c9704c", "#a85a3c", "grain", rough=0.85, soft=0.3, shine=0.2, bump=0.12),
    "marble": Material("#f4f1ec", "#d6d1d6", "marble", 1.5, rough=0.22, shine=0.6, soft=0.4),
    "stone": Material("#b3ada3", "#8a847a", "grain", 0.8, rough=0.95, shine=0.1, bump=0.3),
    "wood": Material("#cf9a60", "#94602f", "wood", 0.5, rough=0.45, shine=0.45),
    "chrome": Material("#e2e8ee", rough=0.04, metal=1.0),
    "gold": Material("#fbc45a", rough=0.15, metal=1.0),
    "silver": Material("#dfe3e8", rough=0.2, metal=1.0),
    "bronze": Material("#c9884f", rough=0.3, metal=0.92),
    "glass": Material("#d8f0f4", rough=0.03, shine=1.0, glass=0.78, rim=0.25),
    "crystal": Material("#c4b2ff", "#f3eaff", "ice", 2.0, rough=0.05, shine=1.0, glass=0.5, rim=0.6,
                        bump=0.35),
    "ice": Material("#9edcf5", "#ffffff", "ice", 1.4, rough=0.1, shine=0.9, glass=0.4, rim=0.45,
                    soft=0.6, bump=0.2),
    "water": Material("#2f9fdc", "#c5f1ff", "water", 3.0, rough=0.04, shine=1.0, glass=0.6,
                      rim=0.35),
    "lava": Material("#241211", "#ff5812", "cracks", 1.5, rough=0.9, shine=0.15, glow=3.2),
    "fire": Material("#e23b0a", "#ffc636", "flames", 1.3, rough=1.0, shine=0.0, glow=2.2, rim=1.1,
                     glow_colour="#ff9a24"),
    "paper": Material("#f7f2e6", "#e4dbc8", "checked", 0.62, rough=1.0, shine=0.05, soft=0.45,
                      bump=1.2),
    "knitted": Material("#d9534f", "", "knit", 0.8, rough=1.0, shine=0.05, soft=0.4, bump=0.35),
    "plush": Material("#f2a7c3", "#e08fb0", "fur", 1.0, rough=1.0, shine=0.05, soft=0.5, rim=0.35,
                      bump=0.2),
    "hologram": Material("#06222e", "#43dfff", "scan-lines", 0.8, rough=0.4, shine=0.2, glow=0.75,
                         glass=0.5, rim=2.0),
    "wireframe": Material("#04070b", "#2dffa2", "wires", 1.6, rough=0.6, shine=0.2, glow=2.4,
                          glass=0.3, rim=0.25),
    "neon": Material("#0b0813", "#ff2bd1", "circuit", 0.9, rough=0.25, shine=0.7, glow=2.6,
                     rim=2.2),
    "jelly": Material("#ff5c93", rough=0.06, shine=1.0, glass=0.45, soft=0.9, rim=0.45),
    "shadow": Material("#070609", rough=1.0, shine=0.0, soft=0.0, rim=0.02,
                       glow_colour="#3a3048"),
}  # fmt: skip
"""By the names of ``prompts.scene.scene.MATERIALS``."""
LIT = {"lava": 0.16, "fire": 0.6, "hologram": 0.16, "wireframe": 0.05, "neon": 0.08}
"""Those whose colour is that of their light, and how dark they are where they do not shine."""
SECONDS = {"plush": 0.84, "paper": 0.86, "marble": 0.86}
"""How light the second colour of some matter is against the first, beside the usual shade."""
GRIMACING = ("lava", "fire", "wireframe", "neon")
"""Those in whose pattern a face would be lost."""
FOLDED = ("paper",)
"""Those whose second colour is only the shade of their facets."""
PAINTED = ("clay", "paper", "knitted", "plush")
"""What toys are made of, each part in a colour of its own."""
HAVE_FACES = ("plush", "knitted")
"""Those of dolls, whose eyes are buttons."""

PATTERNS: dict[str, dict[str, Any]] = {
    "striped": {}, "checked": {"scale": 1.2}, "dotted": {"scale": 1.1}, "floral": {"scale": 1.5},
    "sparkly": {"rough": 0.3, "shine": 0.8, "glow": 0.9, "metal": 0.35},
    "camouflage": {"scale": 1.3}, "gradient": {"scale": 2.0},
    "pleated": {"pattern": "folds", "scale": 16.0, "bump": 0.6},
}  # fmt: skip
"""What a pattern changes of cloth beside its colours."""
SHADES = {"camouflage": 0.45, "pleated": 0.5}
"""Patterns in two depths of one colour, and how dark the second is."""

SKINS = (
    "#f3c9a9", "#e8b18c", "#d99a70", "#c68457", "#a9683f", "#8a5130", "#6b3d24", "#f0bfa0",
)  # fmt: skip
HAIR_COLOURS = (
    "#1c1412", "#2b1b14", "#4a2c1a", "#6b4226", "#8f5a2d", "#c58b45", "#e0b46a", "#a13f22",
    "#17171c",
)  # fmt: skip
BRIGHT_HAIR = ("#e8628f", "#4fa3d9", "#7a5bd0", "#38b59b")
IRISES = ("#4a2d18", "#5f3d1e", "#35566e", "#3f6a4a", "#6b5a2a", "#2f4a7a")

OUTFITS = (
    ("#e5483f", "#27406e", "#f5f3ee", "#f2c14e"),
    ("#f2b632", "#2f3a56", "#f5f3ee", "#d94f46"),
    ("#2a9d8f", "#28323f", "#f4a261", "#e9c46a"),
    ("#f7f3ea", "#3d5a80", "#ee6c4d", "#293241"),
    ("#7b5ea7", "#26263a", "#f5f3ee", "#f2c14e"),
    ("#ef7a85", "#4a5d8f", "#ffffff", "#ffd7a8"),
    ("#3f88c5", "#e9e3d5", "#d72638", "#f49d37"),
    ("#1f7a5c", "#d8c5a0", "#3a2a20", "#e07a5f"),
    ("#ff8552", "#35475f", "#e6e6e6", "#8fd3c7"),
    ("#1d1f27", "#c43d4b", "#f4f4f4", "#f2c14e"),
    ("#9ed8c6", "#4c5568", "#ff8c6b", "#ffffff"),
    ("#d64f7f", "#20243a", "#f7d6e0", "#5bc0be"),
    ("#f4ead2", "#9a5b3c", "#2f4858", "#d98c4a"),
    ("#5b7fda", "#1f2333", "#f2f2f2", "#f25f5c"),
    ("#c8553d", "#2b3a3f", "#f1e9da", "#e9b44c"),
)
"""Colours of top, legs, shoes and what is added, which go well together."""


def matter(name: str, colour: str = "", second: str = "") -> Material:
    """Return a material by name, in a colour of one's own or in its usual one."""
    usual = MATERIALS[name]
    if not colour:
        return usual.but(second=second or usual.second)
    if name in LIT:
        dark = second or shaded(colour, LIT[name])
        return usual.but(colour=dark, second=colour, glow_colour=colour)
    if usual.second:
        said = "" if name in FOLDED else second
        second = said or shaded(colour, SECONDS.get(name, 0.62))
    return usual.but(colour=colour, second=second)


def cloth(colour: str, second: str = "", pattern: str = "", material: str = "") -> Material:
    """Return cloth of a colour, with a pattern in a second colour, or made of something else."""
    if material:
        made = matter(material, colour, second)
        if pattern in PATTERNS and made.pattern == "plain":
            return made.but(pattern=pattern, second=second or contrast(made.colour))
        return made
    plain = Material(colour, second, rough=0.85, shine=0.16, soft=0.25)
    if pattern not in PATTERNS:
        return plain
    depth = SHADES.get(pattern)
    between = second or (shaded(colour, depth) if depth else contrast(colour))
    return plain.but(**{"pattern": pattern, "second": between, **PATTERNS[pattern]})


def shaded(colour: str, factor: float) -> str:
    """Return a colour darker (below 1) or lighter, its hue kept.

    >>> shaded("#804020", 0.5)
    '#402010'
    """
    return "#" + "".join(
        f"{min(255, round(int(colour[i : i + 2], 16) * factor)):02x}" for i in (1, 3, 5)
    )


def lightness(colour: str) -> float:
    """Return how light a colour looks, from 0 to 1 (luma of Rec. 601)."""
    shares = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return float(shares @ [0.299, 0.587, 0.114])


def contrast(colour: str) -> str:
    """Return a colour that stands out from another as part of a pattern: cream, or a deep tone."""
    hue, light, full = colorsys.rgb_to_hls(*(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)))
    if lightness(colour) < 0.62:
        return "#fbf4e6"
    red, green, blue = colorsys.hls_to_rgb(hue, 0.35 * light, 0.8 * full)
    return f"#{round(255 * red):02x}{round(255 * green):02x}{round(255 * blue):02x}"


def mixed(one: str, other: str, share: float) -> str:
    """Return a colour between two.

    >>> mixed("#000000", "#ffffff", 0.5)
    '#808080'
    """
    pairs = ((int(one[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + share * (b - a)):02x}" for a, b in pairs)


def with_lamps(material: Material, colour: str) -> Material:
    """Return the material of a head whose eyes give off light where its face says so."""
    if material.glow or material.pattern != "plain":
        return material
    # A pattern without size shows nothing of its second colour, so that only the eyes glow.
    return material.but(pattern="checked", scale=0.0, glow=2.2, glow_colour=colour)
