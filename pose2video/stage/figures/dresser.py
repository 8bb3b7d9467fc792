"""Put clothes on a body, one after the other, in colours that were said or go well."""

from collections.abc import Iterable
from dataclasses import replace

from pose2video.stage.figures.clothes import GARMENTS, Garment, covers
from pose2video.stage.figures.colouring import toned
from pose2video.stage.figures.extras import EXTRAS
from pose2video.stage.figures.fabrics import LIT, cloth, contrast, lightness, matter, mixed, shaded
from pose2video.stage.figures.hairs import BELOW_HATS, HAIRS, below_hat
from pose2video.stage.figures.kinds import Kind
from pose2video.stage.figures.taste import Taste
from pose2video.stage.materials import Material
from pose2video.stage.pieces import Piece
from prompts.scene.scene import (
    BEARDS,
    FOOTWEAR,
    HATS,
    LEGWEAR,
    OVER_TOPS,
    TOPS,
    WHOLE,
    Figure,
    Item,
)

CROWNING = ("crown",)
"""Hats that hair stands out of."""
USUAL = {
    "crown": ("#ffc94a", "#e0364f"), "armour": ("#cfd5dc", "#e0b04a"), "halo": ("#ffe58a", ""),
    "glasses": ("#1d1d22", ""), "sunglasses": ("#18181c", ""), "horns": ("#3d2b2a", ""),
    "wings": ("#ffffff", "#e6edf7"), "tutu": ("#f7b7cf", "#fbe3ec"), "suit": ("#27314c", ""),
    "tie": ("#c8324a", ""), "mask": ("#1c1d22", ""), "boots": ("#4d3424", "#2b1c14"),
    "headphones": ("#23252d", ""), "top-hat": ("#17171b", "#a5283c"),
    "wizard-hat": ("#4438a0", "#f0c54a"), "cowboy-hat": ("#8f5f36", "#4a2f1c"),
    "coat": ("#b98a54", "#5a3b24"), "horned-helmet": ("#9aa1aa", "#efe2c4"),
    "helmet": ("#d33b34", "#ffffff"),
    "gown": ("#8e2c52", "#e0b04a"), "robe": ("#4a3f8c", "#e0b04a"),
    "leggings": ("#22242e", ""), "cape": ("#b3202f", ""), "backpack": ("#3f6f8f", "#d98c4a"),
    "kimono": ("#34508f", "#d8434e"), "cat-ears": ("#22202a", ""), "rabbit-ears": ("#f6f1ee", ""),
}  # fmt: skip
"""Colours of what has some of its own, whatever the outfit's."""
OF_METAL = {"crown": "gold", "armour": "silver", "horned-helmet": "silver"}
GLOWING = ("halo",)
WHITE_SOLES = ("trainers",)
TRIMMED_IN_PALETTE = ("headphones", "hat", "cap", "dress", "kimono", "scarf")
TRIMMED_IN_CONTRAST = ("shirt", "beanie", "hoodie")
TRIM_DEPTHS = {"tutu": 0.9}
"""How dark trim is against the cloth, where that is not the usual."""
DEPTHS = {"trousers": 0.9, "shorts": 0.9, "skirt": 0.92, "leggings": 0.9, "trainers": 0.8}
"""How dark clothes of a statue are, so that their edges are seen."""
COMMON = {
    "metal": Material("#d9b45a", rough=0.25, metal=1.0),
    "dark": Material("#0c0c10", rough=0.06, shine=1.0),
    "pink": Material("#f0a3ad", rough=0.9, soft=0.4),
}
"""What small parts of clothes are made of, whatever colour the clothes are."""


class Dresser:
    """Puts clothes on a body.

    Args:
        bust: of the body's proportions.
    """

    def __init__(self, asked: Figure, taste: Taste, kind: Kind, bust: float) -> None:
        self.asked, self.taste, self.kind, self.bust = asked, taste, kind, bust
        self.worn: list[Piece] = []
        self.hidden: set[str] = set()
        self.materials = {**COMMON, **kind.materials}

    @property
    def pieces(self) -> list[Piece]:
        """What is seen of the body, and everything on it."""
        return [*(p for p in self.kind.pieces if not covers(self.hidden, p)), *self.worn]

    def dress(self, items: Iterable[Item]) -> None:
        """Put on some items; tops below a jacket are only seen where it is open."""
        items = list(items)
        below = TOPS if any(item.kind in OVER_TOPS for item in items) else ()
        for item in items:
            if item.kind in below:
                continue
            if item.kind in GARMENTS:
                self._put_on(item, GARMENTS[item.kind](self.bust))
            elif item.kind in EXTRAS:
                self._put_on(item, Garment(tuple(EXTRAS[item.kind]())))

    def _put_on(self, item: Item, garment: Garment) -> None:
        self.hidden |= set(garment.hides)
        is_beard = item.kind in BEARDS
        self.materials |= {item.kind: self._beard(item)} if is_beard else self._cloths(item)
        self.worn += [_named(piece, item.kind) for piece in garment.pieces]

    def _cloths(self, item: Item) -> dict[str, Material]:
        """Return the materials of an item: cloth, trim, cuffs, and what shows below."""
        if self.asked.material and item not in self.asked.wears:
            return self._carved(item.kind)
        colour, second = self._colours(item)
        made_of = item.material or OF_METAL.get(item.kind, "")
        made = cloth(
            colour, item.second if item.pattern or item.material else "", item.pattern, made_of
        )
        if item.kind in GLOWING and not item.material:
            made = made.but(glow=1.6)
        return {
            item.kind: made,
            f"{item.kind} trim": cloth(second or self._trim(item.kind, colour)),
            f"{item.kind} cuffs": made.but(colour=shaded(colour, 0.8)),
            f"{item.kind} under": self._under(),
        }

    def _carved(self, kind: str) -> dict[str, Material]:
        """Return the matter of the body for clothes that belong to a statue."""
        depths = {"": 1.0, " trim": 0.8, " cuffs": 0.9, " under": 0.75}
        return {
            f"{kind}{part}": self._of_body(depth * DEPTHS.get(kind, 0.96))
            for part, depth in depths.items()
        }

    def _of_body(self, factor: float) -> Material:
        return toned(self.materials[self.kind.main[0]], self.asked.material, factor)

    def _colours(self, item: Item) -> tuple[str, str]:
        """Return the colours of an item's cloth and trim; empty where trim follows the cloth."""
        usual, second = USUAL.get(item.kind, ("", ""))
        if item.colour:
            return item.colour, item.second
        if item.material:
            made = matter(item.material)
            return (made.second if item.material in LIT else made.colour), item.second
        return usual or self.taste.colours[_turn_of(item.kind)], item.second or second

    def _trim(self, kind: str, colour: str) -> str:
        if kind in WHITE_SOLES:
            return "#fbfaf6" if lightness(colour) < 0.9 else "#d9d4c8"
        if kind in TRIMMED_IN_PALETTE:
            return self.taste.colours[3]
        return (
            contrast(colour)
            if kind in TRIMMED_IN_CONTRAST
            else shaded(colour, TRIM_DEPTHS.get(kind, 0.72))
        )

    def _under(self) -> Material:
        """Return the cloth of the top that is worn below a jacket, a suit or a coat."""
        for item in self.asked.wears:
            if item.kind in TOPS:
                colour, second = self._colours(item)
                return cloth(colour, second if item.pattern else "", item.pattern, item.material)
        return cloth("#f4f1ea")

    def grow(self, hair: Item | None, worn: Iterable[Item]) -> None:
        """Let hair grow, flat where a hat sits."""
        made = self._hair(hair)
        shaved = made.but(pattern="plain", colour=mixed(made.colour, self.taste.skin, 0.35))
        ribbon = cloth(self.taste.colours[3])
        if self.asked.material:
            shaved, ribbon = made, made
        self.materials |= {"hair": made, "ribbon": ribbon, "shaved": shaved}
        if hair is None:
            return
        if {item.kind for item in worn} & set(HATS) - set(CROWNING):
            self.worn += below_hat(HAIRS[BELOW_HATS.get(hair.kind, hair.kind)]())
        else:
            self.worn += HAIRS[hair.kind]()

    def _beard(self, item: Item) -> Material:
        """Return what a beard is made of: it has the colour of the hair unless one is said."""
        colour = self.asked.hair.colour if self.asked.hair else ""
        return self._hair(item if item.colour else replace(item, colour=colour))

    def _hair(self, hair: Item | None) -> Material:
        """Return what hair is made of."""
        said = hair or Item("")
        if said.material:
            return cloth(said.colour, said.second, "", said.material)
        if self.asked.material and not said.colour:
            return self._of_body(0.85)
        colour = said.colour or self.taste.hair_colour
        strands = cloth(colour, said.second or shaded(colour, 0.78))
        return strands.but(rough=0.55, shine=0.32, soft=0.3, pattern="fur", scale=0.9)


def _named(piece: Piece, kind: str) -> Piece:
    """Return a piece of a garment with names of its own, so that it melts with no other garment."""
    material = piece.material
    if material not in COMMON:
        material = kind if material == "cloth" else f"{kind} {material}"
    return piece.but(material=material, group=f"{kind} {piece.group}")


def _turn_of(kind: str) -> int:
    """Return which colour of a palette is for a garment."""
    turns = ((*TOPS, *OVER_TOPS, *WHOLE), LEGWEAR, FOOTWEAR)
    return next((turn for turn, kinds in enumerate(turns) if kind in kinds), 3)
