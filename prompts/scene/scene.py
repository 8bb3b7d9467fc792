"""What stands on the stage: a scene in plain data, without the words that asked for it.

An empty text, an empty tuple or ``None`` says that nothing was said; whoever draws the scene then
chooses. All other names are of the tuples below, in lower case with hyphens.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

Colour = str
"""As in ``#rrggbb``."""

BODIES = (
    "human", "robot", "mannequin", "skeleton", "ghost", "alien", "astronaut", "knight", "cat",
    "dog", "fox", "wolf", "bear", "panda", "rabbit", "mouse", "tiger", "lion",
)  # fmt: skip
"""``mannequin`` is the wooden one of artists; animals stand upright, with their head and tail."""
MATERIALS = (
    "clay", "marble", "stone", "wood", "chrome", "gold", "silver", "bronze", "glass", "crystal",
    "ice", "water", "lava", "fire", "paper", "knitted", "plush", "hologram", "wireframe", "neon",
    "jelly", "shadow",
)  # fmt: skip
HATS = (
    "hat", "cap", "beanie", "top-hat", "cowboy-hat", "wizard-hat", "crown", "helmet",
    "horned-helmet",
)  # fmt: skip
"""One of them fits on a head; ``hat`` is a plain one with a brim."""
TOPS = ("t-shirt", "shirt", "tank-top", "hoodie", "sweater")
OVER_TOPS = ("jacket", "suit", "coat", "armour")
WHOLE = ("dress", "gown", "kimono", "robe")
LEGWEAR = ("trousers", "shorts", "leggings", "skirt", "tutu")
FOOTWEAR = ("trainers", "boots")
ADDED = (
    "cape", "scarf", "gloves", "tie", "headband", "halo", "glasses", "sunglasses", "headphones",
    "mask", "wings", "horns", "cat-ears", "rabbit-ears", "beard", "long-beard", "eyes", "backpack",
)  # fmt: skip
"""Beside clothes; ``eyes`` are said where they have a colour of their own or glow (neon)."""
BEARDS = ("beard", "long-beard")
WEARS = (*HATS, *TOPS, *OVER_TOPS, *WHOLE, *LEGWEAR, *FOOTWEAR, *ADDED)
HAIRS = (
    "short", "long", "bob", "afro", "curly", "ponytail", "buns", "braids", "twintails", "mohawk",
    "spiky", "bald",
)  # fmt: skip
BUILDS = ("woman", "man", "child", "slim", "broad", "stout", "tall", "short")
PATTERNS = (
    "plain", "striped", "checked", "dotted", "floral", "sparkly", "camouflage", "gradient",
    "pleated",
)  # fmt: skip
STAGES = (
    "studio", "club", "disco", "theatre", "street", "alley", "rooftop", "beach", "forest",
    "jungle", "meadow", "snow", "mountains", "desert", "moon", "space", "underwater", "temple",
    "ruins", "castle", "stadium", "subway", "warehouse", "ballroom", "garden", "gallery",
    "volcano", "void", "room",
)  # fmt: skip
"""``void`` is a plain background; ``garden`` has cherry trees in blossom."""
FEATURES = (
    "signs", "lanterns", "skyline", "moon", "stars", "sun", "clouds", "aurora", "columns",
    "trees", "palms", "mountains", "sea", "crowd", "mirror-ball", "candles", "fire", "lasers",
)  # fmt: skip
TIMES = ("day", "dawn", "sunset", "night")
LIGHTS = (
    "candle", "spotlight", "neon", "moonlight", "storm", "soft", "dramatic", "backlit",
    "stage-lights", "firelight", "golden",
)  # fmt: skip
WEATHERS = (
    "rain", "snow", "fog", "haze", "petals", "leaves", "embers", "bubbles", "fireflies",
    "confetti", "dust", "smoke",
)  # fmt: skip
GRADES = ("vivid", "pastel", "dark", "monochrome", "sepia", "warm", "cold")
MOST_DANCERS = 5


@dataclass(frozen=True)
class Item:
    """A thing worn, grown or falling from the sky: a t-shirt, long hair, rain."""

    kind: str
    """Of ``WEARS``, ``HAIRS`` or ``WEATHERS``; empty for hair of which only the colour is said."""
    colour: Colour = ""
    second: Colour = ""
    pattern: str = ""
    material: str = ""
    strength: float = 1.0
    """1 as usual; how much there is of rain, or how strongly the word was meant."""


@dataclass(frozen=True)
class Figure:
    """Who dances."""

    body: str = ""
    material: str = ""
    """What the body is made of where it is not what such bodies are made of."""
    colour: Colour = ""
    second: Colour = ""
    pattern: str = ""
    skin: Colour = ""
    hair: Item | None = None
    build: tuple[str, ...] = ()
    """Of them ``woman`` and ``man`` together are a couple."""
    wears: tuple[Item, ...] = ()
    strength: float = 1.0


@dataclass(frozen=True)
class Place:
    """Where they dance, and what is to be seen there."""

    stage: str = ""
    colour: Colour = ""
    material: str = ""
    features: tuple[str, ...] = ()


@dataclass(frozen=True)
class Light:
    """When it is, and what shines."""

    time: str = ""
    kinds: tuple[str, ...] = ()
    colours: tuple[Colour, ...] = ()


@dataclass(frozen=True)
class Scene:
    """All that the stage is told."""

    figure: Figure = field(default_factory=Figure)
    dancers: int | None = None
    """1 to ``MOST_DANCERS``."""
    place: Place = field(default_factory=Place)
    light: Light = field(default_factory=Light)
    weather: tuple[Item, ...] = ()
    wet: float = 0.0
    """How far the ground reflects, from 0 (dry) to 1 (a sheet of water)."""
    grade: tuple[str, ...] = ()
    painting: str = ""
    """A style's name, of ``prompts.style_names()``; empty is the stage's own look."""
    painting_strength: float = 1.0
    without: tuple[str, ...] = ()
    """Names that must not be drawn, not even where the stage is free to choose."""

    def as_dict(self) -> dict[str, Any]:
        """Return the scene as JSON can hold it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Scene":
        """Return the scene that ``as_dict`` wrote, also if it went through JSON.

        >>> Scene.from_dict(Scene(dancers=2).as_dict()) == Scene(dancers=2)
        True
        """
        figure = _frozen(values["figure"])
        figure["hair"] = Item(**figure["hair"]) if figure["hair"] else None
        figure["wears"] = tuple(Item(**item) for item in figure["wears"])
        parts = {
            "figure": Figure(**figure),
            "place": Place(**_frozen(values["place"])),
            "light": Light(**_frozen(values["light"])),
            "weather": tuple(Item(**item) for item in values["weather"]),
        }
        return cls(**_frozen(values) | parts)


def _frozen(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values with tuples for the lists that JSON makes of them."""
    return {name: tuple(item) if isinstance(item, list) else item for name, item in values.items()}
