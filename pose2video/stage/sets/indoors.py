"""Rooms: studio, room, gallery, ballroom, theatre, club, disco, warehouse, subway."""

from dataclasses import replace

from pose2video.stage.materials import Material
from pose2video.stage.sets.air import WINDOW_LIGHT, darkened, inside
from pose2video.stage.sets.things import (
    BLACK,
    STEEL,
    Solids,
    bench,
    ceiling,
    columns,
    glowing,
    mirror_ball,
    painting,
    sign,
    walls,
)
from pose2video.stage.sets.told import Told, darker, mixed
from pose2video.stage.staging import Beam, Bulb, Lamp, Place, Sky, ball, box, cylinder, tube

GOLD = Material("#d8a548", rough=0.3, metal=0.85, shine=0.9)
BACK = -3.25
"""Metres: just before the wall behind."""


def studio(told: Told) -> Place:
    """A roll of coloured paper hangs behind and runs on over the floor; two soft lamps stand by."""
    usual = ("#e8a98f", "#8fb8c9", "#d9b65f", "#b7a3d6", "#e58f7a")[int(told.rng.integers(5))]
    paper = told.made(Material(told.colour(usual), rough=0.9, shine=0.08))
    lamp, stand = glowing("#fff3e2", 1.7), Material("#1b1b1e", rough=0.5)
    lamps: Solids = ()
    for x, turn in ((-3.05, -28.0), (3.05, 28.0)):
        lamps += (
            box((x, 2.35, -2.6), (0.95, 1.25, 0.22), stand, -turn),
            box((x * 0.985, 2.35, -2.52), (0.85, 1.15, 0.18), lamp, -turn),
            tube((x, 0.1, -2.7), (x, 2.0, -2.7), 0.025, stand),
            tube((x - 0.3, 0.03, -2.55), (x, 0.5, -2.7), 0.018, stand),
            tube((x + 0.3, 0.03, -2.55), (x, 0.5, -2.7), 0.018, stand))  # fmt: skip
    wall = box((0, 3, -3.5), (30, 6, 0.2), paper)
    around = Sky(darker(paper.colour, 0.8), paper.colour, 0.9)
    return inside(
        told, floor=paper, solids=(wall, *lamps), sky=around, softness=0.16,
        exposure=0.82)  # fmt: skip


def void(told: Told) -> Place:
    """Nothing but one colour, a little darker towards the edges."""
    colour = told.colour("#2d3350" if told.dark else "#aeb9c6")
    plain = told.made(Material(colour, rough=0.7, shine=0.15))
    sky = Sky(darker(colour, 0.75), colour, 0.95, curve=0.8)
    return inside(
        told, floor=plain, sky=sky, fog=colour, density=0.02, softness=0.2, closed=False,
        ambient=0.75)  # fmt: skip


def room(told: Told) -> Place:
    """A living room: papered wall, window with curtains, sofa, lamp, picture, plant."""
    wall = told.made(Material(told.colour("#7f9c93"), rough=0.9, shine=0.05))
    white, wood = (
        Material("#f2efe8", rough=0.7),
        Material("#9c6a3f", "#5b3a20", "planks", rough=0.45))  # fmt: skip
    cloth = Material("#c4694a", rough=0.9, soft=0.4)
    light, dim = WINDOW_LIGHT[told.time], told.time == "night"
    things = (
        *walls(wall), box((0, 0.09, BACK), (9.6, 0.18, 0.1), white),
        box((-1.75, 2.15, BACK), (1.75, 2.05, 0.1), white),
        box((-1.75, 2.15, BACK + 0.03), (1.55, 1.85, 0.1), glowing(light, 0.5 if dim else 1.5)),
        box((-1.75, 2.15, BACK + 0.06), (0.06, 1.85, 0.1), white),
        box((-1.75, 2.2, BACK + 0.06), (1.55, 0.06, 0.1), white),
        *(
            box(
                (x, 1.95, BACK + 0.1), (0.5, 2.9, 0.12),
                Material("#efe2c6", "#cdb994", "folds", 2.2, soft=0.6)) for x in (-2.85, -0.65)),
        tube((-3.2, 3.42, BACK + 0.12), (-0.3, 3.42, BACK + 0.12), 0.03, GOLD), *_sofa(1.6, cloth),
        *painting((1.55, 2.35, BACK), (1.15, 0.85), Material("#e9c46a", "#264653", "mural", 1.6)),
        cylinder((3.2, 0, -2.9), 0.17, 0.04, BLACK),
        tube((3.2, 0, -2.9), (3.2, 1.75, -2.9), 0.022, GOLD),
        cylinder((3.2, 1.65, -2.9), 0.3, 0.42, glowing("#ffd9a0", 2.0), 0.17),
        cylinder((-3.55, 0, -2.8), 0.22, 0.42, Material("#b0643c", rough=0.8), 0.28),
        *(
            tube(
                (-3.55, 0.4, -2.8), (-3.55 + x, 1.3 + y, -2.8 + z), 0.07,
                Material("#3f7d4a", rough=0.6, soft=0.4)) for x, y,
            z in (
                (-0.4, 0, 0.1), (0.4, 0.1, 0), (-0.15, 0.4, 0.2), (0.2, 0.35, -0.2),
                (0.05, 0.0, 0.45))))  # fmt: skip
    return inside(
        told, floor=wood, solids=things,
        bulbs=(Bulb((3.2, 1.9, -2.6), "#ffbf73", 0.9, 1.3),))  # fmt: skip


def _sofa(x: float, cloth: Material) -> Solids:
    parts = [
        box((x, 0.3, -2.85), (2.2, 0.32, 0.75), cloth),
        box((x, 0.72, -3.15), (2.2, 0.62, 0.2), cloth)]  # fmt: skip
    parts += [
        tube((x + s * 1.1, 0.55, -3.1), (x + s * 1.1, 0.55, -2.55), 0.14, cloth)
        for s in (-1, 1)]  # fmt: skip
    parts += [
        ball((x + s * 0.55, 0.66, -2.85), (0.28, 0.24, 0.16), Material("#f0d9a8", rough=0.9))
        for s in (-1, 1)]  # fmt: skip
    return tuple(parts)


def gallery(told: Told) -> Place:
    """White walls with lit paintings in golden frames, a statue, a bench, a wooden floor."""
    wall = told.made(Material(told.colour("#efece6"), rough=0.95, shine=0.03))
    arts = (
        Material("#e63946", "#1d3557", "mural", 1.5),
        Material("#f4a261", "#264653", "camouflage", 0.35),
        Material("#ffd166", "#073b4c", "marble", 0.6))  # fmt: skip
    marble = Material("#f6f4f0", "#c5c1bb", "marble", 0.5, rough=0.3)
    things = (
        *walls(wall), *ceiling(Material("#d8d5cf"), 4.6),
        box((0, 0.07, BACK), (9.6, 0.14, 0.06), BLACK),
        *painting((-2.35, 1.95, BACK), (1.35, 1.6), arts[0]),
        *painting((0.0, 2.05, BACK), (1.7, 1.2), arts[1]),
        *painting((2.25, 1.95, BACK), (1.2, 1.6), arts[2]),
        *(cylinder((x, 3.95, -2.6), 0.07, 0.3, BLACK, 0.11) for x in (-2.35, 0.0, 2.25)),
        *(ball((x, 3.94, -2.6), 0.06, glowing("#fff2d8", 4.0)) for x in (-2.35, 0.0, 2.25)),
        tube((-4, 4.3, -2.6), (4, 4.3, -2.6), 0.03, BLACK),
        box((3.75, 0.5, -2.7), (0.55, 1.0, 0.55), Material("#fafafa")),
        ball((3.75, 1.22, -2.7), (0.2, 0.25, 0.18), marble),
        ball((3.75, 1.56, -2.7), (0.12, 0.16, 0.13), marble),
        *bench((-3.3, -2.75), 1.2, Material("#3a2a20")))  # fmt: skip
    floor = Material("#b98c5c", "#7c5530", "planks", rough=0.3, shine=0.4)
    bulbs = tuple(Bulb((x, 3.2, -2.7), "#fff0d0", 0.6, 1.2) for x in (-2.35, 0.0, 2.25))
    return inside(told, floor=floor, solids=things, bulbs=bulbs)


def ballroom(told: Told) -> Place:
    """Tall windows between gilded columns, chandeliers, and a floor of black and white marble."""
    wall = told.made(Material(told.colour("#e9dcc0"), rough=0.8))
    pane = glowing(WINDOW_LIGHT[told.time], 0.55 if told.dark else 1.35)
    cloth = Material("#8e1f33", "#4c0d1b", "folds", 2.6, rough=0.8, soft=0.4)
    made: Solids = walls(wall, 6.0)
    for x in (-3.15, -1.05, 1.05, 3.15):
        made += (
            box((x, 2.05, BACK), (1.2, 3.1, 0.08), GOLD),
            box((x, 2.05, BACK + 0.03), (1.06, 2.95, 0.08), pane),
            ball((x, 3.55, BACK + 0.02), (0.6, 0.55, 0.08), GOLD),
            ball((x, 3.55, BACK + 0.04), (0.52, 0.47, 0.08), pane),
            box((x, 2.05, BACK + 0.06), (0.05, 2.95, 0.08), GOLD),
            box((x, 2.6, BACK + 0.06), (1.06, 0.05, 0.08), GOLD))  # fmt: skip
        made += tuple(
            box((x + s * 0.62, 2.0, BACK + 0.1), (0.26, 3.3, 0.1), cloth)
            for s in (-1, 1))  # fmt: skip
    made += columns(
        [(x, -2.95) for x in (-4.2, -2.1, 0.0, 2.1, 4.2)], 4.3, 0.17,
        Material("#f3ead6", "#cdbb97", "marble", 0.5, rough=0.3))  # fmt: skip
    made += (
        box((0, 4.45, -3.0), (9.8, 0.3, 0.7), wall),
        box((0, 4.3, -2.64), (9.8, 0.07, 0.05), GOLD))  # fmt: skip
    bulbs: tuple[Bulb, ...] = ()
    for x in (-1.9, 1.9):
        more, bulb = _chandelier((x, 2.95, -2.6))
        made, bulbs = made + more, (*bulbs, bulb)
    floor = Material("#f0e9dc", "#1d1a1c", "chequer", 1.25, rough=0.12, shine=0.7)
    lights = inside(told, floor=floor, solids=made, bulbs=bulbs, bloom=0.4)
    return replace(
        lights, key=replace(lights.key, colour=mixed(lights.key.colour, "#ffcf8a", 0.4)),
        ambient=0.85)  # fmt: skip


def _chandelier(at: tuple[float, float, float]) -> tuple[Solids, Bulb]:
    x, y, z = at
    flame = glowing("#ffdc9a", 4.0)
    made = [
        tube((x, y, z), (x, y + 2.0, z), 0.02, GOLD),
        ball((x, y - 0.05, z), (0.12, 0.16, 0.12), GOLD)]  # fmt: skip
    for side, deep in (
        (-0.5, 0), (0.5, 0), (-0.26, 0.35), (0.26, 0.35), (-0.26, -0.3),
        (0.26, -0.3)):  # fmt: skip
        made += [
            tube((x, y, z), (x + side, y + 0.06, z + deep), 0.018, GOLD),
            ball((x + side, y + 0.17, z + deep), (0.04, 0.09, 0.04), flame)]  # fmt: skip
    return tuple(made), Bulb((x, y, z), "#ffcb84", 1.2, 1.6)


def theatre(told: Told) -> Place:
    """Red curtains and a golden arch, boards, footlights, and two beams on the dancer."""
    colour = told.colour("#a3152a")
    cloth = Material(colour, darker(colour, 0.3), "folds", 1.7, rough=0.85, soft=0.35, rim=0.08)
    side = cloth.but(scale=2.6, colour=darker(colour, 0.85))
    lamps = tuple(
        ball((0.55 * k, 0.1, -2.75), 0.075, glowing("#ffd79a", 3.4))
        for k in range(-7, 8))  # fmt: skip
    things = (
        box((0, 3, WALL), (12, 6.4, 0.2), cloth),
        *(box((s * 3.55, 2.6, -2.95), (0.95, 5.4, 0.3), side) for s in (-1, 1)),
        *(cylinder((s * 4.35, 0, -2.75), 0.3, 4.4, GOLD) for s in (-1, 1)),
        *(ball((x, 3.2, -2.95), (0.85, 0.5, 0.2), side) for x in (-2.9, -1.45, 0.0, 1.45, 2.9)),
        tube((-4.2, 3.5, -2.8), (4.2, 3.5, -2.8), 0.16, GOLD),
        *(
            tube((x, 2.85, -2.74), (x, 2.65, -2.74), 0.035, GOLD)
            for x in (-2.18, -0.72, 0.72, 2.18)), *lamps,
        box((0, 0.05, -2.9), (9.0, 0.1, 0.14), BLACK))  # fmt: skip
    beams = (
        Beam((-3.2, 6.2, -1.0), (0, 0, 0), "#fff0d0", 0.16, 0.95),
        Beam((3.2, 6.2, -1.0), (0, 0, 0), "#ffe2c0", 0.16, 0.95))  # fmt: skip
    floor = Material("#a8713f", "#5a351b", "planks", rough=0.35, shine=0.4)
    bulbs = tuple(Bulb((x, 0.3, -2.7), "#ffb860", 0.8, 1.2) for x in (-3, 0, 3))
    base = darkened(told, floor=floor, solids=things, beams=beams, bulbs=bulbs, pool=2.6)
    return replace(
        base, key=Lamp("#ffe7c6", 2.1, (-0.35, 0.9, 0.5)), fog="#2a1010",
        rims=(
            Lamp("#ffd9a0", 2.4, (0.8, 0.4, -0.6)),
            Lamp("#ff9a8a", 2.0, (-0.8, 0.4, -0.6))))  # fmt: skip


WALL = -3.4


def club(told: Told) -> Place:
    """A dark hall: bars of light on the wall, a disc jockey's desk, a truss with beams."""
    first, second = told.tints[:2]
    wall = told.made(Material(told.colour("#1b1624"), rough=0.6, shine=0.3))
    made: Solids = walls(wall)
    for k in range(-5, 6):
        tall = 2.2 + 0.22 * (5 - abs(k))
        made += (
            box(
                (0.78 * k, 0.6 + tall / 2, BACK), (0.09, tall, 0.06),
                glowing((first, second)[k % 2], 2.4)),)  # fmt: skip
    desk = Material("#131018", second, "lattice", 2.2, glow=1.6)
    made += (
        box((0, 0.6, -2.85), (2.1, 1.2, 0.5), desk),
        box((0, 1.23, -2.85), (2.2, 0.07, 0.56), STEEL),
        *(cylinder((x, 1.27, -2.85), 0.2, 0.04, BLACK) for x in (-0.6, 0.6)),
        *(box((x, 0.8, -2.8), (0.85, 1.6, 0.6), BLACK) for x in (-2.9, 2.9)),
        *(
            cylinder((x, 1.62, -2.8), 0.28, 0.03, glowing(first, 1.2))
            for x in (-2.9, 2.9)))  # fmt: skip
    rig, beams = truss(told.tints, 5, 0.3)
    floor = Material("#17141f", rough=0.16, shine=0.7)
    bulbs = (Bulb((-2.4, 2.2, -2.6), first, 1.2, 1.6), Bulb((2.4, 2.2, -2.6), second, 1.2, 1.6))
    return darkened(told, floor=floor, solids=(*made, *rig), beams=beams, bulbs=bulbs)


def truss(tints: tuple[str, ...], count: int, strength: float) -> tuple[Solids, tuple[Beam, ...]]:
    """Return a bar of lamps over the back of the stage, and their beams."""
    made: list = [tube((-4.6, y, -2.7), (4.6, y, -2.7), 0.035, STEEL) for y in (3.1, 3.3)]
    beams = []
    for k in range(count):
        x = (k - (count - 1) / 2) * 7.4 / max(count - 1, 1)
        colour = tints[k % len(tints)]
        made += [
            cylinder((x, 2.82, -2.65), 0.13, 0.28, BLACK, 0.08),
            ball((x, 2.82, -2.62), (0.1, 0.05, 0.1), glowing(colour, 5.0))]  # fmt: skip
        beams.append(
            Beam(
                (x, 2.85, -2.6), (0.35 * x + (-1.6 if k % 2 else 1.6), 0.0, 0.4), colour, strength,
                0.75))  # fmt: skip
    return tuple(made), tuple(beams)


def disco(told: Told) -> Place:
    """A floor of lit tiles, a mirror ball, and walls of shining discs."""
    first, second = told.tints[:2]
    wall = told.made(Material(told.colour("#3c1b52"), rough=0.5))
    disc = Material(
        mixed(first, "#ffffff", 0.2), rough=0.25, metal=0.6, shine=1.0, glow=0.5,
        glow_colour=first)  # fmt: skip
    made: Solids = walls(wall)
    for row in range(3):
        for k in range(-4, 5):
            tone = disc.but(
                glow_colour=(first, second, "#ffd23f")[(k + row) % 3],
                colour=(first, second, "#ffd23f")[(k + row) % 3])  # fmt: skip
            made += (
                ball(
                    (0.98 * k + 0.49 * (row % 2), 1.2 + 0.95 * row, BACK), (0.36, 0.36, 0.06),
                    tone),)  # fmt: skip
    rig, beams = truss((first, "#ffd23f", second), 5, 0.2)
    made += (*mirror_ball((0.0, 2.8, -2.6)), *rig)
    floor = Material(
        "#20122c", mixed(first, second, 0.35), "lit-tiles", 0.8, rough=0.14, shine=0.55, glow=1.1,
        glow_colour=first)  # fmt: skip
    bulbs = (Bulb((-2.2, 0.3, -1.8), first, 0.9, 1.8), Bulb((2.2, 0.3, -1.8), second, 0.9, 1.8))
    return darkened(told, floor=floor, solids=made, beams=beams, bulbs=bulbs, ambient=1.0)


def warehouse(told: Told) -> Place:
    """Bricks, high barred windows, steel posts, crates and barrels, hanging lamps, dusty light."""
    wall = told.made(
        Material(
            told.colour("#8a5140"), "#5d4a41", "bricks", rough=0.95, shine=0.05,
            bump=0.5))  # fmt: skip
    pane, frame = (
        glowing(WINDOW_LIGHT[told.time], 0.45 if told.dark else 1.3),
        Material("#2c2f31", rough=0.6))  # fmt: skip
    rust, crate = (
        Material("#6d4a33", "#8b6a50", "grain", rough=0.8),
        Material("#a47a4a", "#6b4a28", "planks", 1.6))  # fmt: skip
    made: Solids = walls(wall, 6.0)
    made += _barred_windows(pane, frame)
    for x in (-1.65, 1.65):
        made += (
            box((x, 2.7, -3.0), (0.3, 5.4, 0.06), frame),
            box((x, 2.7, -2.86), (0.06, 5.4, 0.28), frame))  # fmt: skip
    made += (
        box((-3.5, 0.5, -2.7), (1.0, 1.0, 0.9), crate, 8),
        box((-2.6, 0.35, -2.75), (0.7, 0.7, 0.7), crate, -14),
        box((-3.4, 1.35, -2.75), (0.75, 0.7, 0.7), crate, -10),
        *(cylinder((x, 0, z), 0.3, 0.9, rust) for x, z in ((2.7, -2.75), (3.4, -2.65))),
        cylinder((3.05, 0.0, -3.05), 0.3, 0.9, Material("#2d5f73", rough=0.6)),
        cylinder((3.05, 0.9, -3.05), 0.3, 0.9, rust),
        tube((-4.8, 4.3, -3.1), (4.8, 4.3, -3.1), 0.1, STEEL))  # fmt: skip
    for x in (-2.2, 2.2):
        made += (
            tube((x, 2.95, -2.5), (x, 6, -2.5), 0.012, BLACK),
            cylinder((x, 2.7, -2.5), 0.32, 0.24, frame, 0.05),
            ball((x, 2.7, -2.5), 0.1, glowing("#ffe0a8", 4.0)))  # fmt: skip
    beams = tuple(
        Beam((x, 3.9, -3.1), (x + 1.5, 0, 0.8), WINDOW_LIGHT[told.time], 0.12, 0.7)
        for x in (-3.3, 0.0, 3.3))  # fmt: skip
    floor = Material("#77736d", "#55524e", "asphalt", rough=0.7, shine=0.2)
    base = inside(
        told, floor=floor, solids=made, beams=() if told.dark else beams, fog="#9c9488",
        density=0.02)  # fmt: skip
    return replace(base, fog="#2c2a33" if told.dark else "#8f887d")


def _barred_windows(pane: Material, frame: Material) -> Solids:
    made: Solids = ()
    for x in (-3.3, 0.0, 3.3):
        made += (box((x, 2.6, BACK), (2.2, 1.6, 0.08), pane),)
        made += tuple(
            box((x + d, 2.6, BACK + 0.05), (0.05, 1.6, 0.08), frame)
            for d in (-1.1, -0.55, 0.0, 0.55, 1.1))  # fmt: skip
        made += tuple(
            box((x, 2.6 + d, BACK + 0.05), (2.2, 0.05, 0.08), frame)
            for d in (-0.8, -0.27, 0.27, 0.8))  # fmt: skip
    return made


def subway(told: Told) -> Place:
    """A platform: a train with lit windows, tiles, a yellow line, posts, the station's name."""
    colour = told.colour("#d5322e")
    tiles = told.made(Material("#e9ebe6", "#9ba3a0", "tiles", 2.6, rough=0.3, shine=0.4))
    steel = Material("#c3c9ce", "#8d959c", "brushed", rough=0.3, metal=0.55, shine=0.7)
    pane, dark = glowing("#fff1cf", 1.5), Material("#16181c", rough=0.4)
    made: Solids = (box((0, 3.0, -5.6), (16, 6, 0.2), tiles), *walls(tiles)[1:])
    made += (
        box((0, 1.55, -4.1), (13, 2.75, 1.6), steel),
        box((0, 0.62, -3.28), (13, 0.3, 0.05), Material(colour, rough=0.4)),
        box((0, 2.62, -3.28), (13, 0.12, 0.05), Material(colour, rough=0.4)),
        box((0, 0.1, -4.1), (13, 0.3, 1.5), dark))  # fmt: skip
    for x in (-4.2, -2.6, -0.1, 1.5, 4.0):
        made += (
            box((x, 1.75, -3.28), (1.15, 0.85, 0.06), dark),
            box((x, 1.75, -3.265), (1.03, 0.73, 0.06), pane))  # fmt: skip
    for x in (-1.35, 2.75):
        made += (box((x, 1.4, -3.27), (1.15, 2.15, 0.06), dark),)
        made += tuple(box((x + s * 0.285, 1.4, -3.255), (0.53, 2.05, 0.06), steel) for s in (-1, 1))
        made += tuple(box((x + s * 0.285, 1.75, -3.24), (0.36, 0.8, 0.06), pane) for s in (-1, 1))
    made += (
        box(
            (0, 0.011, -2.62), (14, 0.02, 0.3),
            Material("#f2c21b", "#c79a10", "dotted", 0.6)),)  # fmt: skip
    made += tuple(box((x, 2.2, -2.75), (0.34, 4.4, 0.34), tiles) for x in (-3.5, 3.5))
    made += (
        *ceiling(Material("#565b60"), 3.9),
        *(
            tube((x, 3.72, -2.4), (x + 1.7, 3.72, -2.4), 0.05, glowing("#f2fbff", 3.4))
            for x in (-4.2, -0.85, 2.5)))  # fmt: skip
    made += sign((-3.5, 2.62, -2.5), (1.5, 0.34), "#ffffff")
    made += (box((0, 3.02, -3.2), (4.2, 0.4, 0.1), Material("#12151b")),)
    made += (
        box(
            (0, 3.02, -3.14), (3.9, 0.26, 0.05),
            Material("#12151b", "#ffb42e", "signs", 0.9, glow=2.2)),)  # fmt: skip
    floor = Material("#6d7276", "#54585c", "tiles", 1.6, rough=0.32, shine=0.45)
    base = inside(told, floor=floor, solids=made, sky=Sky("#4a5054", "#6b7275", 0.8))
    return replace(base, key=Lamp("#eef6ff", 1.75, (-0.3, 0.9, 0.55)), bloom=0.35)
