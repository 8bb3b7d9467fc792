"""Give a body the colours, pattern and matter that were said of it."""

from dataclasses import replace

from pose2video.stage.figures.fabrics import (
    GRIMACING,
    HAVE_FACES,
    LIT,
    PAINTED,
    cloth,
    lightness,
    matter,
    mixed,
    shaded,
)
from pose2video.stage.figures.kinds import Kind
from pose2video.stage.materials import Material
from pose2video.stage.pieces import Piece
from prompts.scene.scene import Figure

FOLLOWING = ("points", "mane", "grey", "mail")
"""Materials of bodies that are made of what the rest is made of, beside the named ones."""


def coloured(kind: Kind, asked: Figure) -> Kind:
    """Return a body as it was asked for; people whose matter is not said keep skin and clothes."""
    if kind.dressed and not asked.material:
        return kind
    if asked.material:
        return replace(kind, materials=_of_matter(kind, asked), pieces=_with_face(kind, asked))
    materials = dict(kind.materials)
    for name in kind.main:
        materials[name] = recoloured(materials[name], asked.colour or asked.skin)
        if asked.pattern:
            materials[name] = cloth(materials[name].colour, asked.second, asked.pattern)
    for name in kind.second:
        materials[name] = recoloured(materials[name], asked.second)
    return replace(kind, materials=materials)


def _of_matter(kind: Kind, asked: Figure) -> dict[str, Material]:
    """Return the materials of a body of some matter."""
    said, usual = asked.colour or asked.skin, kind.materials
    is_toy = asked.material in PAINTED and not kind.dressed and not said
    of_toys = {name: _of_toy(material, asked.material) for name, material in usual.items()}
    main = matter(asked.material, said, asked.second)
    main = of_toys[kind.main[0]] if is_toy else main
    calm = mixed(main.colour, main.second or main.colour, 0.12)
    face = main.but(pattern="plain", colour=calm, glow=0.0, rim=0.0)
    others = {
        name: of_toys[name] if is_toy else toned(main, asked.material, _depth(usual[name], kind))
        for name in {*kind.second, *FOLLOWING} & set(usual)
    }
    return usual | others | dict.fromkeys(kind.main, main) | {"face": face}


def _of_toy(usual: Material, name: str) -> Material:
    """Return a part of a toy: made of some matter, in the colour and stripes that it always has."""
    made = matter(name, usual.colour)
    if usual.pattern != "tiger":
        return made
    return made.but(pattern=usual.pattern, scale=usual.scale, second=usual.second)


def _with_face(kind: Kind, asked: Figure) -> tuple[Piece, ...]:
    """Return the pieces with the face that fits what the body is made of."""
    lit = "alien" if asked.material in LIT else "carved"
    face = "doll" if asked.material in HAVE_FACES else lit
    matter = {"material": "face"} if asked.material in GRIMACING else {}
    return tuple(p.but(face=face, **matter) if p.face == "human" else p for p in kind.pieces)


def _depth(usual: Material, kind: Kind) -> float:
    """Return how dark a part of a body is against the main one, within what still looks good."""
    main = kind.materials[kind.main[0]]
    return min(max(lightness(usual.colour) / max(lightness(main.colour), 0.05), 0.45), 1.15)


def toned(material: Material, name: str, factor: float) -> Material:
    """Return the same matter, of some name, a little darker or lighter."""
    if name in LIT:
        return material
    second = shaded(material.second, factor) if material.second else ""
    return material.but(colour=shaded(material.colour, factor), second=second)


def recoloured(material: Material, colour: str) -> Material:
    """Return a material in another colour, if any; fur keeps its depth, stripes their colour."""
    if not colour:
        return material
    second = shaded(colour, 0.87) if material.pattern == "fur" else material.second
    return material.but(colour=colour, second=second)
