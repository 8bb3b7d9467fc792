"""From what a scene says of a dancer to the shapes and materials of one."""

from collections.abc import Iterable
from dataclasses import replace

from pose2video.stage.figures.animals import SPECIES, animal
from pose2video.stage.figures.bodies import built, fitted, head, human
from pose2video.stage.figures.colouring import coloured
from pose2video.stage.figures.creatures import CREATURES
from pose2video.stage.figures.dresser import Dresser
from pose2video.stage.figures.fabrics import LIT, mixed, shaded, with_lamps
from pose2video.stage.figures.kinds import Kind
from pose2video.stage.figures.looks import with_look
from pose2video.stage.figures.taste import AGES, Taste, completed, taste_of
from pose2video.stage.materials import Material
from pose2video.stage.pieces import Face, Figure, Piece
from prompts.scene.scene import Figure as Asked
from prompts.scene.scene import Item

CALM = 0.55
"""Size of the eyes in faces of people of light, which have little else."""


def figure_of(asked: Asked, seed: int) -> Figure:
    """Return the dancer that a scene asks for; a seed chooses what it leaves open."""
    taste = taste_of(asked, seed)
    kind = coloured(with_look(_kind(asked, taste), asked, seed), asked)
    worn = completed(asked, taste) if kind.dressed else asked.wears
    proportions = built(_builds(asked, taste, kind), kind.proportions)
    dresser = Dresser(asked, taste, kind, proportions.bust)
    dresser.dress(worn)
    dresser.grow(_hair(asked, taste, kind), worn)
    face = _with_eyes(_face(asked, taste, kind), asked, kind)
    pieces, materials = _lit(dresser.pieces, dresser.materials, face)
    face = replace(face, head=proportions.head)
    return Figure(fitted(pieces, proportions), materials, face, kind.casts_shadow)


def _kind(asked: Asked, taste: Taste) -> Kind:
    if asked.body in SPECIES:
        return animal(asked.body)
    if asked.body in CREATURES:
        return CREATURES[asked.body]()
    skin = Material(taste.skin, soft=0.35, shine=0.28, rough=0.48)
    bust = 1.0 if taste.is_woman else 0.0
    return Kind((*human(bust), *head()), {"skin": skin}, dressed=True)


def _builds(asked: Asked, taste: Taste, kind: Kind) -> tuple[str, ...]:
    """Return the builds of a dancer; others than people have no age or sex unless it is said."""
    has_age = kind.dressed or bool(set(AGES) & set(asked.build))
    return (*((taste.build,) if has_age else ()), *(b for b in asked.build if b not in AGES))


def _hair(asked: Asked, taste: Taste, kind: Kind) -> Item | None:
    """Return the hair that a head has, if any: one if only its colour is said."""
    flames = asked.material == "fire"
    usual = Item("spiky" if flames else taste.hair) if kind.dressed else None
    said = asked.hair
    if said is None or said.kind or usual is None:
        return said if said and said.kind else usual
    return replace(said, kind="short" if taste.hair == "bald" else taste.hair)


def _face(asked: Asked, taste: Taste, kind: Kind) -> Face:
    """Return what is painted on the head."""
    if not kind.dressed:
        return kind.face
    if asked.material in LIT:
        return Face(eyes=CALM)
    she, child = float(taste.is_woman), taste.build == "child"
    rose = mixed(taste.skin, "#a3263a", 0.34 + 0.28 * she)
    hair = asked.hair.colour if asked.hair and asked.hair.colour else taste.hair_colour
    size = 1.18 if child else 1.0 + 0.08 * she
    return Face(taste.iris, shaded(rose, 0.92), shaded(hair, 0.8), size, she)


def _with_eyes(face: Face, asked: Asked, kind: Kind) -> Face:
    """Return a face whose eyes are as was said, or glow as the body does."""
    if asked.material in LIT:
        face = replace(face, glow=1.0, iris="#ffffff")
    for item in asked.wears:
        if item.kind == "eyes":
            natural = kind.dressed or asked.body in SPECIES
            lit = bool(item.material) or not item.colour or not natural
            colour = item.colour or "#6ff2ff"
            lips = face.lips if natural else colour
            face = replace(face, iris=colour, lips=lips, glow=float(lit))
    return face


def _lit(
    pieces: Iterable[Piece], materials: dict[str, Material], face: Face
) -> tuple[tuple[Piece, ...], dict[str, Material]]:
    """Return pieces whose heads' lamps or eyes can glow, and the materials of all that are used."""
    found, used = [], {}
    for piece in pieces:
        name, material = piece.material, materials[piece.material]
        lamp = face.lips if piece.face == "visor" else face.iris if face.glow else ""
        if piece.face and lamp:
            name, material = f"{name} with lamps", with_lamps(material, lamp)
        found.append(piece.but(material=name))
        used[name] = material
    return tuple(found), used
