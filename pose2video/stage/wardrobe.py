"""From what a scene says of a dancer to the shapes and materials of one."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from pose2video.stage.figures.animals import SPECIES, animal
from pose2video.stage.figures.bodies import built, fitted, head, human
from pose2video.stage.figures.clothes import GARMENTS, Garment, covers
from pose2video.stage.figures.creatures import CREATURES
from pose2video.stage.figures.extras import EXTRAS
from pose2video.stage.figures.fabrics import (
    BRIGHT_HAIR,
    HAVE_FACES,
    LIT,
    cloth,
    contrast,
    lightness,
    matter,
    mixed,
    shaded,
    with_lamps,
)
from pose2video.stage.figures.hairs import BELOW_HATS, HAIRS, below_hat
from pose2video.stage.figures.kinds import Kind
from pose2video.stage.figures.taste import Taste, completed, taste_of
from pose2video.stage.materials import Material
from pose2video.stage.pieces import Face, Figure, Piece
from prompts.scene.scene import HATS, TOPS, Item
from prompts.scene.scene import Figure as Asked

OVER = ("jacket", "suit", "coat", "armour")
CROWNING = ("crown",)
"""Hats that hair stands out of."""
USUAL = {
    "crown": ("#ffc94a", "#e0364f", "gold"), "armour": ("#cfd5dc", "#e0b04a", "silver"),
    "halo": ("#ffe58a", "", ""), "glasses": ("#1d1d22", "", ""), "sunglasses": ("#18181c", "", ""),
    "horns": ("#3d2b2a", "", ""), "wings": ("#ffffff", "#e6edf7", ""), "tutu": ("#f7b7cf", "#fbe3ec", ""),
    "suit": ("#27314c", "", ""), "tie": ("#c8324a", "", ""), "mask": ("#1c1d22", "", ""),
    "boots": ("#4d3424", "#2b1c14", ""), "headphones": ("#23252d", "", ""), "top-hat": ("#17171b", "#a5283c", ""),
    "wizard-hat": ("#4438a0", "#f0c54a", ""), "cowboy-hat": ("#8f5f36", "#4a2f1c", ""),
    "coat": ("#b98a54", "#5a3b24", ""), "helmet": ("#d33b34", "#ffffff", ""), "gown": ("#8e2c52", "#e0b04a", ""),
    "leggings": ("#22242e", "", ""), "cape": ("#b3202f", "", ""), "backpack": ("#3f6f8f", "#d98c4a", ""),
    "kimono": ("#34508f", "#d8434e", ""), "cat-ears": ("#22202a", "", ""), "rabbit-ears": ("#f6f1ee", "", ""),
}  # fmt: skip
"""Colour, second colour and material of what has colours of its own, whatever the outfit's."""
TURN = {"top": 0, "legs": 1, "shoes": 2, "added": 3}
GLOWING = ("halo",)
WHITE_SOLES = ("trainers",)
COMMON = {
    "metal": Material("#d9b45a", rough=0.25, metal=1.0), "dark": Material("#0c0c10", rough=0.06, shine=1.0),
    "pink": Material("#f0a3ad", rough=0.9, soft=0.4),
}  # fmt: skip
"""What small parts of clothes are made of, whatever colour the clothes are."""


def figure_of(asked: Asked, seed: int) -> Figure:
    """Return the dancer that a scene asks for; a seed chooses what it leaves open."""
    taste = taste_of(asked, seed)
    kind = _of_material(_kind(asked, taste), asked)
    worn = completed(asked, taste) if kind.dressed else asked.wears
    build = (taste.build, *(b for b in asked.build if b not in ("woman", "man", "child")))
    proportions = built(build if kind.dressed else asked.build, kind.proportions)
    dresser = _Dresser(asked, taste, kind, proportions.bust)
    for item in _layered(worn):
        dresser.put_on(item)
    dresser.put_hair(_hair(asked, taste, kind), worn)
    pieces = (*dresser.body(), *dresser.pieces)
    face = replace(_face(asked, taste, kind), head=proportions.head)
    materials = dict(dresser.materials)
    pieces = _lit_faces(pieces, materials, face)
    return Figure(fitted(pieces, proportions), _used(pieces, materials), face, kind.casts_shadow)


def _kind(asked: Asked, taste: Taste) -> Kind:
    if asked.body in SPECIES:
        return animal(asked.body)
    if asked.body in CREATURES:
        return CREATURES[asked.body]()
    skin = Material(taste.skin, soft=0.35, shine=0.28, rough=0.48)
    bust = 1.0 if taste.is_woman else 0.0
    return Kind((*human(bust), *head()), {"skin": skin}, dressed=True)


def _of_material(kind: Kind, asked: Asked) -> Kind:
    """Return a body in the colours and of the material that were said."""
    if kind.dressed and not asked.material:
        return kind
    materials = dict(kind.materials)
    colour = asked.colour or asked.skin
    if asked.material:
        main = matter(asked.material, colour, asked.second)
        for name, usual in kind.materials.items():
            if name in (*kind.main, *kind.second, "points", "mane", "grey", "mail"):
                materials[name] = main if name in kind.main else _tone(main, asked.material, _depth(usual, kind))
    elif colour:
        for name in kind.main:
            materials[name] = _recoloured(materials[name], colour)
    if asked.second:
        for name in kind.second:
            materials[name] = _recoloured(materials[name], asked.second)
    if asked.pattern and not asked.material:
        for name in kind.main:
            base = materials[name].colour
            materials[name] = cloth(base, asked.second, asked.pattern)
    return replace(kind, materials=materials, pieces=_with_face(kind, asked))


def _with_face(kind: Kind, asked: Asked) -> tuple[Piece, ...]:
    """Return the pieces with the face that fits what the body is made of."""
    if not asked.material:
        return kind.pieces
    face = "doll" if asked.material in HAVE_FACES else "carved"
    return tuple(p.but(face=face) if p.face == "human" else p for p in kind.pieces)


def _depth(usual: Material, kind: Kind) -> float:
    """Return how dark another part of a body is against the main one, within what still looks good."""
    main = kind.materials[kind.main[0]]
    return min(max(lightness(usual.colour) / max(lightness(main.colour), 0.05), 0.45), 1.15)


def _tone(main: Material, name: str, factor: float) -> Material:
    """Return the same matter a little darker or lighter."""
    if name in LIT:
        return main
    second = shaded(main.second, factor) if main.second else ""
    return main.but(colour=shaded(main.colour, factor), second=second)


def _recoloured(material: Material, colour: str) -> Material:
    if material.pattern in ("plain", "tiger"):
        return material.but(colour=colour)
    return material.but(colour=colour, second=shaded(colour, 0.8) if material.second else "")


def _layered(worn: Iterable[Item]) -> list[Item]:
    """Return the items in the order in which they are put on, without tops that nothing is seen of."""
    items = list(worn)
    over = any(item.kind in OVER for item in items)
    return [item for item in items if item.kind not in TOPS or not over]


class _Dresser:
    """Puts clothes on a body, one after the other."""

    def __init__(self, asked: Asked, taste: Taste, kind: Kind, bust: float) -> None:
        self.asked, self.taste, self.kind, self.bust = asked, taste, kind, bust
        self.pieces: list[Piece] = []
        self.hidden: set[str] = set()
        self.materials = {**COMMON, **kind.materials}

    def body(self) -> list[Piece]:
        """Return what is seen of the body."""
        return [piece for piece in self.kind.pieces if not covers(self.hidden, piece)]

    def put_on(self, item: Item) -> None:
        if item.kind not in GARMENTS and item.kind not in EXTRAS:
            return
        if item.kind in GARMENTS:
            garment = GARMENTS[item.kind](self.bust)
        else:
            garment = Garment(tuple(EXTRAS[item.kind]()))
        self.hidden |= set(garment.hides)
        self.materials |= self._cloths(item)
        self.pieces += [_named(piece, item.kind) for piece in garment.pieces]

    def _cloths(self, item: Item) -> dict[str, Material]:
        """Return the materials of an item: cloth, trim and what shows below."""
        kind = item.kind
        colour, second, made_of = self._colours(item)
        if self._is_statue(item):
            factor = {"trousers": 0.9, "shorts": 0.9, "skirt": 0.92, "leggings": 0.9, "trainers": 0.8}.get(kind, 0.96)
            main = self.materials[self.kind.main[0]]
            whole = _tone(main, self.asked.material, factor)
            trim = _tone(main, self.asked.material, 0.8 * factor)
            return {kind: whole, f"{kind} trim": trim, f"{kind} cuffs": trim, f"{kind} under": _tone(main, self.asked.material, 0.75)}
        made = cloth(colour, second if item.pattern or made_of else "", item.pattern, made_of)
        if kind in GLOWING and not item.material:
            made = made.but(glow=1.6)
        trim = item.second or second or self._trim(kind, colour)
        under = self._under()
        return {
            kind: made, f"{kind} trim": cloth(trim), f"{kind} cuffs": made.but(colour=shaded(colour, 0.8)),
            f"{kind} under": under,
        }  # fmt: skip

    def _is_statue(self, item: Item) -> bool:
        said = any(item == worn for worn in self.asked.wears)
        return bool(self.asked.material) and not said

    def _trim(self, kind: str, colour: str) -> str:
        if kind in WHITE_SOLES:
            return "#fbfaf6" if lightness(colour) < 0.9 else "#d9d4c8"
        if kind in ("headphones", "hat", "cap", "dress", "kimono", "scarf"):
            return self.taste.colours[3]
        if kind in ("shirt", "beanie", "hoodie"):
            return contrast(colour)
        return shaded(colour, 0.72)

    def _under(self) -> Material:
        """Return the cloth of the top that is worn below a jacket, a suit or a coat."""
        for item in self.asked.wears:
            if item.kind in TOPS:
                colour, second, made_of = self._colours(item)
                return cloth(colour, second if item.pattern else "", item.pattern, made_of)
        return cloth("#f4f1ea")

    def _colours(self, item: Item) -> tuple[str, str, str]:
        """Return colour, second colour and material of an item."""
        own = USUAL.get(item.kind, ("", "", ""))
        usual = own[0] or self.taste.colours[TURN[_turn_of(item.kind)]]
        made_of = item.material or ("" if item.colour and own[2] not in ("gold", "silver") else own[2])
        if item.colour and not item.material and own[2]:
            made_of = own[2]
        colour = item.colour or ("" if item.material else usual)
        if item.material:
            return colour or self._colour_of(item.material), item.second, made_of
        return colour, item.second or ("" if item.colour else own[1]), made_of

    def _colour_of(self, material: str) -> str:
        made = matter(material)
        return made.second if material in LIT else made.colour

    def put_hair(self, hair: Item | None, worn: Sequence[Item]) -> None:
        """Grow hair, and give hair-coloured things their colour."""
        colour = (hair and hair.colour) or self.taste.hair_colour
        made = cloth(colour, (hair and hair.second) or "", "", (hair and hair.material) or "")
        if not (hair and hair.material):
            made = made.but(rough=0.42, shine=0.45, soft=0.3, second=shaded(colour, 0.78), pattern="fur", scale=0.9)
        if self.asked.material and not (hair and (hair.colour or hair.material)):
            made = _tone(self.materials[self.kind.main[0]], self.asked.material, 0.85)
        shaved = made.but(pattern="plain", colour=mixed(made.colour, self.taste.skin, 0.35))
        ribbon = cloth(self.taste.colours[3])
        if self.asked.material:
            shaved, ribbon = made, made
        self.materials |= {"hair": made, "ribbon": ribbon, "shaved": shaved}
        if hair is None:
            return
        hats = {item.kind for item in worn} & set(HATS) - set(CROWNING)
        name = BELOW_HATS.get(hair.kind, hair.kind) if hats else hair.kind
        grown = HAIRS[name]()
        self.pieces += below_hat(grown) if hats else grown


def _named(piece: Piece, kind: str) -> Piece:
    """Return a piece of a garment with names of its own, so that it melts with no other garment."""
    material = {"cloth": kind}.get(piece.material, f"{kind} {piece.material}")
    if piece.material in (*COMMON, "hair"):
        material = piece.material
    return piece.but(material=material, group=f"{kind} {piece.group}")


def _turn_of(kind: str) -> str:
    if kind in ("trousers", "shorts", "leggings", "skirt", "tutu"):
        return "legs"
    if kind in ("trainers", "boots"):
        return "shoes"
    tops = (*TOPS, *OVER, "dress", "gown", "kimono")
    return "top" if kind in tops else "added"


def _hair(asked: Asked, taste: Taste, kind: Kind) -> Item | None:
    """Return the hair that a head has, if any."""
    if asked.hair is not None and (asked.hair.kind or kind.dressed):
        return replace(asked.hair, kind=asked.hair.kind or _with_hair(taste.hair))
    return Item(taste.hair) if kind.dressed else None


def _with_hair(kind: str) -> str:
    """Return hair for somebody whose hair has a colour: never none at all."""
    return "short" if kind == "bald" else kind


def _face(asked: Asked, taste: Taste, kind: Kind) -> Face:
    """Return what is painted on the head."""
    face = kind.face
    if kind.dressed:
        rose = mixed(taste.skin, "#a3263a", 0.62 if taste.is_woman else 0.34)
        hair = asked.hair.colour if asked.hair and asked.hair.colour else taste.hair_colour
        brows = "#2b1b14" if hair in BRIGHT_HAIR else shaded(hair, 0.8)
        face = replace(face, iris=taste.iris, lips=shaded(rose, 0.92), brows=brows,
                       lashes=1.0 if taste.is_woman else 0.0, eyes=1.08 if taste.is_woman else 1.0)  # fmt: skip
        if taste.build == "child":
            face = replace(face, eyes=1.18, lashes=0.5 * face.lashes)
    if asked.material in LIT:
        face = replace(face, glow=1.0, iris="#ffffff")
    for item in asked.wears:
        if item.kind == "eyes":
            colour = item.colour or "#6ff2ff"
            lit = bool(item.material) or not item.colour or not (kind.dressed or asked.body in SPECIES)
            face = replace(face, iris=colour, lips=face.lips if kind.dressed else colour, glow=1.0 if lit else 0.0)
    return face


def _lit_faces(pieces: Iterable[Piece], materials: dict[str, Material], face: Face) -> tuple[Piece, ...]:
    """Return the pieces with heads whose lamps or eyes can glow."""
    found = []
    for piece in pieces:
        lamp = face.lips if piece.face == "visor" else face.iris if face.glow else ""
        if piece.face and lamp and piece.material in materials:
            name = f"{piece.material} with lamps"
            materials[name] = with_lamps(materials[piece.material], lamp)
            found.append(piece.but(material=name))
        else:
            found.append(piece)
    return tuple(found)


def _used(pieces: Iterable[Piece], materials: dict[str, Material]) -> dict[str, Material]:
    names = {piece.material for piece in pieces}
    return {name: material for name, material in materials.items() if name in names}


