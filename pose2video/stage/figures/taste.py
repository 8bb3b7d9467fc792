"""What a dancer is like where nothing was said: outfits and looks that go well."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pose2video.stage.figures.fabrics import HAIR_COLOURS, IRISES, OUTFITS, SKINS, shaded
from prompts.scene.scene import BEARDS, FOOTWEAR, LEGWEAR, OVER_TOPS, TOPS, WHOLE, Figure, Item

Value = TypeVar("Value")

SHE = (
    (("tank-top", ""), ("leggings", ""), ("trainers", "")),
    (("dress", ""), ("boots", "")),
    (("hoodie", ""), ("shorts", ""), ("trainers", "")),
    (("t-shirt", ""), ("skirt", "checked"), ("boots", "")),
    (("jacket", ""), ("leggings", ""), ("trainers", "")),
    (("sweater", "striped"), ("trousers", ""), ("trainers", "")),
    (("shirt", ""), ("skirt", ""), ("boots", "")),
    (("t-shirt", "striped"), ("trousers", ""), ("trainers", "")),
    (("dress", "dotted"), ("trainers", "")),
)
HE = (
    (("t-shirt", ""), ("trousers", ""), ("trainers", "")),
    (("hoodie", ""), ("trousers", ""), ("trainers", "")),
    (("jacket", ""), ("trousers", ""), ("trainers", "")),
    (("tank-top", ""), ("shorts", ""), ("trainers", "")),
    (("shirt", "checked"), ("trousers", ""), ("boots", "")),
    (("sweater", ""), ("trousers", ""), ("trainers", "")),
    (("t-shirt", "striped"), ("shorts", ""), ("trainers", "")),
    (("shirt", ""), ("trousers", ""), ("trainers", "")),
)
"""Outfits of garments with their patterns."""
HER_HAIR = ("ponytail", "bob", "long", "afro", "buns", "curly", "braids", "long", "short")
HIS_HAIR = ("short", "curly", "spiky", "afro", "short", "bald", "short", "mohawk", "bob")
AGES = ("woman", "man", "child")
FOR_HER = ("dress", "gown", "kimono", "skirt", "tutu")
DARK_SKIN_HAIR = ("#17110f", "#221713", "#2b1b14", "#17171c")


@dataclass(frozen=True)
class Taste:
    """All that a seed chooses."""

    build: str
    skin: str
    hair: str
    hair_colour: str
    iris: str
    colours: tuple[str, str, str, str]
    """Of top, legs, shoes and what is added."""
    outfit: tuple[tuple[str, str], ...]

    @property
    def is_woman(self) -> bool:
        return self.build == "woman"


def taste_of(asked: Figure, seed: int) -> Taste:
    """Return the looks of a dancer; neighbouring seeds differ, and so do every seventh.

    Steps without a common factor with the length of a list pass through all of it, so eight seeds
    in a row have eight outfits, where random draws would repeat some.
    """
    build = _build(asked, seed)
    she = build == "woman" or (build == "child" and seed % 2 == 0)
    skin = asked.skin or _nth(SKINS, 3 * seed + 1)
    dark = SKINS.index(skin) in (4, 5, 6) if skin in SKINS else False
    half = seed // 2
    return Taste(
        build, skin,
        _nth(HER_HAIR, half + 4 * (seed // 18)) if she else _nth(HIS_HAIR, half + 4 * (seed // 18)),
        _hair_colour(asked, dark, seed),
        IRISES[0] if dark else _nth(IRISES, 5 * seed + 1),
        _colours(asked, seed),
        _nth(SHE, 2 * half + half // 9) if she else _nth(HE, 3 * half),
    )  # fmt: skip


def _build(asked: Figure, seed: int) -> str:
    if "child" in asked.build:
        return "child"
    said = [build for build in ("woman", "man") if build in asked.build]
    if said:
        return said[seed % len(said)]
    kinds = {item.kind for item in asked.wears}
    if kinds & set(BEARDS):
        return "man"
    if kinds & set(FOR_HER):
        return "woman"
    return "woman" if seed % 2 == 0 else "man"


def _hair_colour(asked: Figure, dark: bool, seed: int) -> str:
    """Return the colour of hair; it is that of a beard where that is said."""
    return _said(asked, BEARDS) or _nth(DARK_SKIN_HAIR if dark else HAIR_COLOURS, 5 * seed + 2)


def _said(asked: Figure, kinds: Container[str]) -> str:
    """Return the colour that is said of one of some things, if any."""
    return next((item.colour for item in asked.wears if item.kind in kinds), "")


def _colours(asked: Figure, seed: int) -> tuple[str, str, str, str]:
    """Return the palette of a seed, or one around the colour that is said of the whole dancer."""
    if not asked.colour or asked.material:
        return _nth(OUTFITS, 4 * seed)
    second = asked.second or shaded(asked.colour, 0.45)
    return asked.colour, second, "#f5f3ee", asked.second or "#f5f3ee"


def _nth(values: Sequence[Value], number: int) -> Value:
    return values[number % len(values)]


SLOTS = (
    (*TOPS, *OVER_TOPS, *WHOLE),
    (*LEGWEAR, "suit", *WHOLE),
    (*FOOTWEAR, "armour"),
)
"""What covers the chest, the legs and the feet: one of each is enough."""
BARE_ARMS = ("t-shirt", "tank-top", "dress")
WRISTBAND = "wristband"
"""Worn by people with bare arms on the right, so that the arms are told apart."""
FALLBACK = ("t-shirt", "trousers", "trainers")


def completed(asked: Figure, taste: Taste) -> tuple[Item, ...]:
    """Return all that people wear: what is said, and the rest of an outfit.

    A dress of the outfit is worn only where neither top nor trousers are said. A tutu has a top of
    its colour.
    """
    said = {item.kind for item in asked.wears}
    usual = _usual(asked, taste, said)
    added = {}
    for names, fallback in zip(SLOTS, FALLBACK, strict=True):
        if not said & set(names):
            kind = next((kind for kind in usual if kind in names), fallback)
            colour = _said(asked, ("tutu",)) if kind in TOPS else ""
            added[kind] = Item(kind, colour, pattern=usual.get(kind, ""))
    if not asked.material and (said | set(added)) & set(BARE_ARMS):
        added[WRISTBAND] = Item(WRISTBAND)
    return (*asked.wears, *added.values())


def _usual(asked: Figure, taste: Taste, said: set[str]) -> dict[str, str]:
    """Return garments, and their patterns, that fit to what is said."""
    usual = {"leggings": ""} if "armour" in said else dict(taste.outfit)
    if said & {*SLOTS[0], *SLOTS[1]}:
        usual = {kind: pattern for kind, pattern in usual.items() if kind not in WHOLE}
    if asked.pattern and not asked.material:
        usual |= {kind: asked.pattern for kind in usual if kind in SLOTS[0]}
    return usual
