"""What the dancer wears and how the stage is lit: looks to choose from, by name."""

from dataclasses import dataclass, fields

from pose2video import RenderError

Direction = tuple[float, float, float]


@dataclass(frozen=True)
class Light:
    """Light from far away; directions are seen from the camera."""

    colour: str
    strength: float
    towards: Direction
    """Where it comes from: to the camera's right, up, and towards the camera."""
    softness: float = 0.08
    """Half the angle, in radians, under which the lamp is seen; blurs the edge of shadows."""


@dataclass(frozen=True)
class Wardrobe:
    """Colours as on the web; right and left are the dancer's own."""

    skin: str = "#dc9470"
    hair: str = "#3a2622"
    eyes: str = "#221a1e"
    lips: str = "#b0483f"
    top: str = "#f0e8dc"
    emblem: str = "#f2a541"
    back: str = "#f2a541"
    right_sleeve: str = "#e4572e"
    left_sleeve: str = "#17a398"
    right_leg: str = "#2e4374"
    left_leg: str = "#4a6fb5"
    stripe: str = "#f4efe6"
    right_shoe: str = "#e4572e"
    left_shoe: str = "#17a398"
    sole: str = "#fbf7ef"
    sleeve: float = 0.55
    """How much of the upper arm a sleeve covers; up to 2 includes the forearm."""
    gloss: float = 0.15
    """How much cloth and skin shine, from 0 to 1."""


@dataclass(frozen=True)
class Look:
    """A dancer in clothes on a stage under lights."""

    says: str
    backdrop: str
    wardrobe: Wardrobe
    key: Light
    fill: Light
    rims: tuple[Light, Light]
    sky: str
    """Colour of the light from all around above, and below."""
    ground: str
    ambient: float
    haze: str
    """Colour of the air; it veils what is far or low."""
    fog: float
    """How much of the dancer's feet the fog on the floor veils, from 0 to 1."""
    reflection: float
    """How much the floor mirrors, from 0 to 1."""
    exposure: float = 1.0

    def __post_init__(self) -> None:
        for name in ("fog", "reflection"):
            if not 0 <= getattr(self, name) <= 1:
                raise RenderError(f"{name} must be from 0 to 1, got {getattr(self, name)}")


LOOKS: dict[str, Look] = {
    "clay": Look(
        "a figure of modelling clay in a warm photo studio",
        backdrop="studio",
        wardrobe=Wardrobe(),
        key=Light("#fff1dc", 2.5, (-0.55, 0.75, 0.6), 0.10),
        fill=Light("#bcd7ff", 0.45, (0.8, 0.25, 0.6)),
        rims=(Light("#ffe2c0", 1.4, (0.75, 0.45, -0.6)), Light("#d8e6ff", 0.9, (-0.8, 0.35, -0.6))),
        sky="#dfeaff", ground="#e9b690", ambient=0.62,
        haze="#f3c9a5", fog=0.0, reflection=0.0,
    ),
    "neon": Look(
        "a night club: violet haze, light tubes, a floor that mirrors",
        backdrop="club",
        wardrobe=Wardrobe(
            skin="#d99a7c", hair="#1b1730", top="#f5f3ff", emblem="#ff2e88", back="#ff2e88",
            right_sleeve="#ff3d81", left_sleeve="#1fd6ff", right_leg="#5b4bd6",
            left_leg="#b9a7ff", stripe="#e9ff70", right_shoe="#ff3d81", left_shoe="#1fd6ff",
            sole="#ffffff", sleeve=0.6, gloss=0.45,
        ),
        key=Light("#ffe9f4", 1.9, (-0.45, 0.8, 0.65), 0.07),
        fill=Light("#5a6bff", 0.65, (0.85, 0.1, 0.5)),
        rims=(Light("#ff2ea6", 4.2, (0.85, 0.25, -0.5)), Light("#18d4ff", 4.2, (-0.85, 0.3, -0.5))),
        sky="#5b4bd0", ground="#b02a8f", ambient=0.42,
        haze="#3a1c78", fog=0.18, reflection=0.45,
    ),
    "street": Look(
        "a painted wall in the evening sun",
        backdrop="wall",
        wardrobe=Wardrobe(
            skin="#a86b4c", hair="#191411", top="#ffcf3f", emblem="#20242c", back="#20242c",
            right_sleeve="#f6f4ee", left_sleeve="#d7263d", right_leg="#2f3640",
            left_leg="#56606e", stripe="#ffcf3f", right_shoe="#f6f4ee", left_shoe="#d7263d",
            sole="#fdfcf8", sleeve=1.75, gloss=0.2,
        ),
        key=Light("#ffd9a0", 3.0, (0.6, 0.62, 0.6), 0.035),
        fill=Light("#9fc4ff", 0.55, (-0.8, 0.4, 0.5)),
        rims=(Light("#ffc27a", 1.8, (0.9, 0.35, -0.35)), Light("#9cc8ff", 0.7, (-0.85, 0.4, -0.5))),
        sky="#a9ccff", ground="#a58a72", ambient=0.6,
        haze="#ffd7a8", fog=0.0, reflection=0.0,
    ),
    "theatre": Look(
        "a red curtain, polished boards and a spotlight",
        backdrop="curtain",
        wardrobe=Wardrobe(
            skin="#f0b896", hair="#7a3b1d", top="#1d2a4d", emblem="#ffd166", back="#ffd166",
            right_sleeve="#ffd166", left_sleeve="#e8eef7", right_leg="#e8eef7",
            left_leg="#b9c7dd", stripe="#d1495b", right_shoe="#d1495b", left_shoe="#2a9d8f",
            sole="#fff8ea", sleeve=1.7, gloss=0.3,
        ),
        key=Light("#fff0d0", 2.6, (-0.35, 0.9, 0.6), 0.05),
        fill=Light("#ffb38a", 0.4, (0.8, 0.2, 0.6)),
        rims=(Light("#ffd9a0", 2.6, (0.7, 0.5, -0.6)), Light("#ffd9a0", 2.2, (-0.7, 0.5, -0.6))),
        sky="#ffd9b8", ground="#8a3f22", ambient=0.42,
        haze="#5a1c18", fog=0.06, reflection=0.22,
    ),
}  # fmt: skip


def look_named(name: str) -> Look:
    """Return a look.

    Raises:
        RenderError: there is none of that name.
    """
    if name not in LOOKS:
        raise RenderError(f"no look is called {name!r}; choose one of {', '.join(LOOKS)}")
    return LOOKS[name]


def linear(colour: str) -> tuple[float, float, float]:
    """Return a web colour as shares of light (IEC 61966-2-1, sRGB).

    >>> [round(value, 3) for value in linear("#ff8000")]
    [1.0, 0.216, 0.0]
    """
    shares = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return red, green, blue


def colours(wardrobe: Wardrobe) -> dict[str, tuple[float, float, float]]:
    """Return every colour of a wardrobe as shares of light."""
    values = {field.name: getattr(wardrobe, field.name) for field in fields(wardrobe)}
    return {name: linear(value) for name, value in values.items() if isinstance(value, str)}
