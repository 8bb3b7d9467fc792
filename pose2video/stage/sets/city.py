"""Built places out of doors: street, alley, rooftop, stadium, castle, temple, ruins."""

from dataclasses import replace

import numpy as np

from pose2video.stage.materials import Material
from pose2video.stage.sets.air import outside
from pose2video.stage.sets.things import (
    BLACK,
    STEEL,
    Solids,
    bushes,
    glowing,
    leaves,
    rocks,
    sign,
    towers,
    tree,
)
from pose2video.stage.sets.told import Told, darker
from pose2video.stage.staging import Beam, Bulb, Place, Ridge, Solid, ball, box, cylinder, tube

SKYLINES = {"day": "#8fa6c4", "dawn": "#8a7fa6", "sunset": "#5a4068", "night": "#141c3a"}


def city_ridges(told: Told) -> tuple[Ridge, ...]:
    """Return two rows of far towers, their windows lit when it is dark."""
    lit = {"day": 0.0, "dawn": 0.12, "sunset": 0.45, "night": 1.0}[told.time]
    tone = SKYLINES[told.time]
    seed = int(told.rng.integers(1, 99))
    return (
        Ridge("towers", tone, 0.06, 0.34, 5.0, seed, 0.6 * lit),
        Ridge("towers", darker(tone, 0.72), 0.03, 0.22, 7.0, seed + 1, lit))  # fmt: skip


def street(told: Told) -> Place:
    """A road between houses and shops, with street lamps and signs, and towers at its end."""
    lit = {"day": 0.0, "dawn": 0.5, "sunset": 1.1, "night": 1.3}[told.time]
    made: Solids = (*_houses(told, -1, lit), *_houses(told, 1, lit))
    if told.dark or told.time == "sunset":
        made += _street_signs(told)
    made += _road_marks()
    made += towers([(-3.5, -40.0), (3.8, -44.0), (0.2, -58.0)], (14, 24), told.rng, lit)
    lamps = [(side * 3.2, 3.5, z) for side in (-1, 1) for z in (-3.0, -9.0)] if lit else []
    bulbs = tuple(Bulb(at, "#ffc88a", 0.45 * lit, 2.0) for at in lamps)
    dry = Material("#5b5c60", "#46474b", "asphalt", rough=0.85, shine=0.15, bump=0.12)
    wet = Material("#34363c", "#202226", "asphalt", rough=0.2, shine=0.55, bump=0.12)
    air = outside(told, floor=wet if told.dark else dry, solids=made, bulbs=bulbs)
    return replace(air, sky=replace(air.sky, ridges=city_ridges(told)))


def _road_marks() -> Solids:
    """Return a crossing behind the dancer and the line along the road."""
    paint = Material("#e8e6df", rough=0.9)
    crossing = tuple(box((0.62 * k, 0.006, -3.6), (0.34, 0.012, 1.7), paint) for k in range(-5, 6))
    middle = tuple(
        box((0, 0.005, z), (0.14, 0.01, 1.5), paint)
        for z in (-7.0, -10.5, -14.0, -18.0))  # fmt: skip
    return (*crossing, *middle)


FACADES = ("#b5654a", "#c9b08a", "#7b8aa0", "#a0766a", "#8c9a84")


def _houses(told: Told, side: int, lit: float) -> Solids:
    """Return one side of a street: pavement, houses with shops and awnings, lamps."""
    pavement = Material("#9a9a96", "#77777a", "tiles", 1.0)
    made: Solids = (box((side * 5.2, 0.06, -14), (3.6, 0.12, 30), pavement),)
    shop = glowing("#ffd9a0", max(0.3, 0.5 * lit))
    for k, z in enumerate((-3.6, -9.4, -15.6, -22.0)):
        height = 6.5 + 1.5 * ((k + side) % 3) + told.near(0, 2)
        tone = told.made(Material(FACADES[(2 * k + side) % 5])).colour
        wall = Material(tone, "#ffdf9f", "windows", 1.15, glow=lit, rough=0.8)
        awning = Material(FACADES[(k + 3) % 5], "#f4f0e6", "striped", 0.25)
        made += (
            box((side * 7.6, height / 2, z), (4.4, height, 5.6), wall),
            box((side * 5.38, 1.15, z), (0.1, 1.9, 4.2), shop),
            box((side * 5.0, 2.45, z), (0.9, 0.1, 4.4), awning))  # fmt: skip
    for z in (-3.2, -9.0, -15.0):
        made += _street_lamp(side * 3.75, z, lit)
    return made


def _street_signs(told: Told) -> Solids:
    colours = ("#ff3d7f", "#2de2e6", "#ffd23f", "#8aff80")
    first = int(told.rng.integers(4))
    spots = (
        (-4.95, 3.6, -3.2), (4.95, 3.9, -4.4), (-4.95, 4.6, -7.6), (4.95, 3.5, -8.4),
        (-4.95, 3.9, -12.5))  # fmt: skip
    signs = (sign(at, (0.75, 1.9), colours[(first + k) % 4]) for k, at in enumerate(spots))
    return tuple(solid for made in signs for solid in made)


def _street_lamp(x: float, z: float, lit: float) -> Solids:
    arm = x - 0.75 * float(np.sign(x))
    return (
        tube((x, 0, z), (x, 3.9, z), 0.05, BLACK), tube((x, 3.9, z), (arm, 4.05, z), 0.035, BLACK),
        ball((arm, 3.97, z), (0.16, 0.09, 0.16), glowing("#ffdba6", 0.6 + 1.8 * lit)))  # fmt: skip


def alley(told: Told) -> Place:
    """Close brick walls, a fire escape, bins, a bare lamp and neon signs over wet ground."""
    brick = told.made(
        Material(
            told.colour("#7d4436"), "#4a3a36", "bricks", rough=0.9, shine=0.12,
            bump=0.5))  # fmt: skip
    first, second = told.tints[:2]
    made: Solids = ()
    for side in (-1, 1):
        made += (box((side * 3.6, 4.5, -7.6), (1.6, 9, 9.6), brick),)
        made += tuple(
            box(
                (side * 2.77, y, z), (0.08, 1.3, 0.9), glowing("#ffcf8f", 1.3)
                if (z + y + side) % 2 > 1 else Material("#1b2230", rough=0.15, shine=0.8))
            for z in (-4.2, -7.0) for y in (3.2, 5.6))  # fmt: skip
    made += (box((0, 5, -14), (9, 10, 0.4), brick.but(colour=darker(brick.colour, 0.7))),)
    made += _fire_escape()
    made += (
        box((2.25, 0.55, -4.1), (0.95, 1.0, 1.5), Material("#2f5a46", rough=0.6)),
        box((2.25, 1.09, -4.1), (1.0, 0.08, 1.55), BLACK),
        cylinder((-2.35, 0, -3.3), 0.3, 0.85, STEEL),
        cylinder((-2.35, 0.85, -3.3), 0.33, 0.07, STEEL),
        tube((2.7, 0, -3.0), (2.7, 8, -3.0), 0.07, Material("#57504a", rough=0.6)),
        box((1.7, 0.25, -3.3), (0.5, 0.5, 0.5), Material("#a5804f", rough=0.9), 20),
        ball((0, 3.6, -13.6), 0.16, glowing("#ffd9a0", 4.0)))  # fmt: skip
    made += sign((2.45, 3.5, -3.1), (0.55, 1.9), first) + sign(
        (-2.35, 2.35, -3.2), (0.8, 0.45), second)  # fmt: skip
    bulbs = (
        Bulb((2.0, 3.4, -2.7), first, 1.5, 2.0), Bulb((-2.0, 2.3, -2.8), second, 1.1, 1.6),
        Bulb((0, 3.4, -12.6), "#ffcf8f", 1.6, 2.5))  # fmt: skip
    ground = Material("#3d3d42", "#26262b", "cobbles", rough=0.24, shine=0.5, bump=0.3)
    return outside(told, floor=ground, solids=made, bulbs=bulbs, density=0.02)


def _fire_escape() -> Solids:
    made: Solids = ()
    for level in (2.9, 5.0):
        made += (
            box((-2.3, level, -5.3), (0.95, 0.06, 2.6), BLACK),
            tube(
                (-1.85, level + 0.85, -6.6), (-1.85, level + 0.85, -4.0), 0.025,
                BLACK))  # fmt: skip
        made += tuple(
            tube((-1.85, level, z), (-1.85, level + 0.85, z), 0.018, BLACK)
            for z in np.linspace(-6.5, -4.1, 7).tolist())  # fmt: skip
    made += tuple(
        tube((-1.95 - d, 2.9, -4.3), (-1.95 - d, 5.0, -6.2), 0.03, BLACK)
        for d in (0.0, 0.5))  # fmt: skip
    return made


def rooftop(told: Told) -> Place:
    """A flat roof over a city: parapet, water tower, vents, a string of lamps, towers."""
    lit = {"day": 0.1, "dawn": 0.6, "sunset": 1.1, "night": 1.8}[told.time]
    brick = told.made(Material(told.colour("#8b5a4a"), "#5c4038", "bricks", 1.0, rough=0.9))
    wood = Material("#7a5236", "#4a2f1e", "planks", 2.2, rough=0.9)
    made: Solids = (
        box((0, 0.4, -3.5), (14, 0.8, 0.3), brick),
        box((0, 0.83, -3.5), (14.1, 0.08, 0.42), Material("#b9b2a8")))  # fmt: skip
    made += tuple(
        tube((-3.2 + x, 0, -9.5 + z), (-3.1 + 0.6 * x, 2.1, -9.5 + z), 0.05, BLACK)
        for x in (-0.7, 0.7) for z in (-0.5, 0.5))  # fmt: skip
    made += (
        cylinder((-3.1, 2.0, -9.5), 0.85, 1.35, wood),
        cylinder((-3.1, 3.35, -9.5), 1.0, 0.65, Material("#3d3431"), 0.05))  # fmt: skip
    made += (
        box((3.4, 0.55, -2.85), (1.2, 0.9, 0.8), STEEL),
        cylinder((3.4, 1.0, -2.85), 0.3, 0.06, BLACK),
        tube((2.55, 0.8, -3.3), (2.55, 3.9, -3.3), 0.02, BLACK),
        tube((2.2, 3.5, -3.3), (2.9, 3.5, -3.3), 0.015, BLACK),
        tube((2.3, 3.2, -3.3), (2.8, 3.2, -3.3), 0.015, BLACK),
        cylinder((-2.75, 0, -2.9), 0.12, 0.9, STEEL),
        cylinder((-2.75, 0.9, -2.9), 0.22, 0.12, STEEL, 0.05))  # fmt: skip
    warm = glowing("#ffd08a", 1.0 + 2.2 * min(lit, 1.0))
    for k in range(15):
        x = -4.4 + 0.63 * k
        made += (
            ball(
                (x, 2.75 + 0.022 * (x - 0.1) ** 2 + 0.16 * abs((k % 7) - 3) / 3, -3.2), 0.055,
                warm),)  # fmt: skip
    near = [
        (x + told.near(-1, 1), -z) for x,
        z in (
            (-9.5, 17), (-3.2, 26), (2.6, 21), (9.0, 15), (15, 22), (-16, 24), (-21, 9), (20, 8),
            (6.2, 33))]  # fmt: skip
    made += towers(near, (6, 15), told.rng, lit)
    roof = Material("#5d5a5c", "#47454a", "tiles", 0.9, rough=0.55, shine=0.3)
    bulbs = tuple(Bulb((x, 2.9, -3.0), "#ffb866", 0.35 * lit, 1.4) for x in (-3, 0, 3))
    air = outside(told, floor=roof, solids=made, bulbs=bulbs)
    return replace(air, sky=replace(air.sky, ridges=city_ridges(told)))


def stadium(told: Told) -> Place:
    """A mown pitch with lines, stands full of people all around, and floodlights."""
    colour = told.colour("#2f9a45")
    lights, beams = _floodlights(0.16 if told.dark else 0.0)
    line = Material("#f2f4ee", rough=0.9)
    goal = [tube((x, 0, -10.5), (x, 2.2, -10.5), 0.06, line) for x in (-2.4, 2.4)]
    goal.append(tube((-2.4, 2.2, -10.5), (2.4, 2.2, -10.5), 0.06, line))
    flat = [
        ((0, -3.0), (24, 0.12)), ((0, -8.0), (9, 0.12)), ((-4.5, -9.5), (0.12, 3)),
        ((4.5, -9.5), (0.12, 3))]  # fmt: skip
    lines = [box((x, 0.005, z), (wide, 0.01, long), line) for (x, z), (wide, long) in flat]
    mown = Material(darker(colour, 0.84), darker(colour, 0.6), "grass", rough=0.9, shine=0.06)
    stripes = [box((0, 0.001, z), (26, 0.004, 1.1), mown) for z in (-3.9, -6.1, -8.3, -10.5)]
    pitch = Material(colour, darker(colour, 0.66), "grass", 1.0, rough=0.9, shine=0.06)
    made = (*_stands(), *lights, *goal, *lines, *stripes)
    air = outside(told, floor=pitch, solids=made, beams=beams)
    return replace(air, key=replace(air.key, colour="#eef3ff", strength=1.9)) if told.dark else air


def _stands() -> Solids:
    """Return rows of people in five blocks around, roofs over them and boards before them."""
    people = Material("#28324d", "#c9b39c", "crowd", 1.5, rough=0.9, glow=0.1)
    made: list[Solid] = []
    for turn in (-76, -38, 0, 38, 76):
        side, back = -float(np.sin(np.radians(turn))), -float(np.cos(np.radians(turn)))
        for k in range(4):
            away, sides = 13.0 + 2.0 * k, (11.4 + 1.5 * k, 1.2, 2.0)
            made.append(box((away * side, 0.8 + 1.2 * k, away * back), sides, people, turn))
        colour = ("#ffd23f", "#2de2e6", "#ff3d7f")[turn % 3]
        board = Material("#101626", colour, "signs", 0.7, glow=1.4)
        made.append(box((11.9 * side, 0.4, 11.9 * back), (9.8, 0.8, 0.1), board, turn))
        roof = (21.0 * side, 6.3, 21.0 * back)
        made.append(box(roof, (20, 0.3, 5.0), Material("#d5dae2"), turn))
    return tuple(made)


def _floodlights(strength: float) -> tuple[Solids, tuple[Beam, ...]]:
    made: list[Solid] = []
    lamp = glowing("#f4f8ff", 4.0)
    for x in (-4.6, 4.6):
        made += [
            tube((x, 0, -12.6), (x, 4.1, -12.6), 0.1, STEEL),
            box((x, 4.35, -12.5), (1.5, 0.85, 0.14), BLACK)]  # fmt: skip
        spots = ((x + 0.34 * (k % 4 - 1.5), 4.18 + 0.34 * (k // 4), -12.42) for k in range(8))
        made += [ball(at, 0.12, lamp) for at in spots]
    beams = (Beam((x, 4.3, -12.3), (0.25 * x, 0, 1), "#dfe9ff", strength, 2.6) for x in (-4.6, 4.6))
    return tuple(made), tuple(beams)


def castle(told: Told) -> Place:
    """A courtyard: battlements, two round towers with blue roofs, a gate, banners, torches."""
    stone = told.made(
        Material(
            told.colour("#a59d8f"), "#77706a", "bricks", 0.55, rough=0.95, shine=0.05,
            bump=0.5))  # fmt: skip
    flag = Material("#c01f30", "#e8c34a", "gradient")
    made: Solids = (
        box((0, 1.3, -9.2), (16, 2.6, 0.8), stone),
        *(
            box((-6.2 + 0.62 * k, 2.8, -8.95), (0.36, 0.44, 0.4), stone)
            for k in range(21)))  # fmt: skip
    made += _castle_towers(stone, flag)
    gate = Material("#4a3220", "#2a1b0f", "planks", 1.4, rough=0.8)
    made += (
        box((0, 0.9, -8.78), (1.7, 1.8, 0.08), gate),
        ball((0, 1.8, -8.79), (0.85, 0.62, 0.06), gate),
        *(box((x, 1.75, -8.76), (0.52, 1.15, 0.05), flag) for x in (-1.75, 1.75)))  # fmt: skip
    bulbs: tuple[Bulb, ...] = ()
    for x in (-1.2, 1.2):
        made += (
            tube((x, 1.2, -8.7), (x, 1.6, -8.5), 0.05, BLACK),
            ball((x, 1.75, -8.48), (0.1, 0.2, 0.1), glowing("#ffa64a", 3.0)))  # fmt: skip
        bulbs += (Bulb((x, 1.8, -8.1), "#ff9440", 1.4 if told.dark else 0.5, 1.6),)
    barrel = Material("#7a5230", "#4d321c", "planks", 2.0)
    made += tuple(
        cylinder((x, 0, z), 0.32, 0.75, barrel) for x,
        z in ((-2.7, -3.4), (-3.4, -3.7), (3.3, -3.8)))  # fmt: skip
    ground = Material("#8f887c", "#5f5a52", "cobbles", rough=0.85, shine=0.12, bump=0.3)
    air = outside(told, floor=ground, solids=made, bulbs=bulbs)
    hill = Ridge("mountains", "#7f95ad" if not told.dark else "#141d2c", 0.04, 0.14, 3.4, 4, 0.3)
    return replace(air, sky=replace(air.sky, ridges=(hill,)))


def _castle_towers(stone: Material, flag: Material) -> Solids:
    """Return two round towers with flags at the wall, and the keep behind it."""
    roof, made = Material("#35569a", "#24406f", "scales", 0.12, rough=0.7), ()
    for x, tall in ((-3.3, 3.3), (3.3, 3.6)):
        made += (
            cylinder((x, 0, -8.9), 0.95, tall, stone), cylinder((x, tall, -8.9), 1.08, 0.28, stone),
            cylinder((x, tall + 0.28, -8.9), 1.16, 1.35, roof, 0.02),
            tube((x, tall + 1.6, -8.9), (x, tall + 2.1, -8.9), 0.025, BLACK),
            box((x + 0.26, tall + 1.95, -8.9), (0.5, 0.26, 0.03), flag),
            box((x, 2.4, -7.95), (0.18, 0.6, 0.1), BLACK))  # fmt: skip
    made += (
        box((0.4, 3.0, -13.0), (3.6, 6.0, 3.0), stone),
        *(box((-1.0 + 0.7 * k, 6.15, -11.6), (0.4, 0.4, 0.4), stone) for k in range(5)),
        cylinder((0.4, 5.4, -15.0), 1.0, 1.8, stone),
        cylinder((0.4, 7.2, -15.0), 1.2, 2.0, roof, 0.02))  # fmt: skip
    return made


def temple(told: Told) -> Place:
    """A whole Greek temple of marble: steps, columns, a gable, fires in bowls, cypresses."""
    marble = told.made(
        Material(
            told.colour("#efe6d2"), "#cdbfa6", "marble", 0.3, rough=0.6, shine=0.2))  # fmt: skip
    made: Solids = tuple(
        box((0, 0.12 + 0.22 * k, -10.4), (9.0 - 0.6 * k, 0.24, 5.2 - 0.6 * k), marble)
        for k in range(3))  # fmt: skip
    fluted = marble.but(pattern="folds", scale=3.6)
    for x in (-3.25, -1.95, -0.65, 0.65, 1.95, 3.25):
        made += (
            cylinder((x, 0.68, -8.8), 0.3, 2.1, fluted, 0.24),
            cylinder((x, 2.76, -8.8), 0.24, 0.14, marble, 0.38),
            box((x, 2.95, -8.8), (0.8, 0.12, 0.8), marble))  # fmt: skip
    made += (
        box((0, 3.24, -10.2), (7.9, 0.46, 3.9), marble),
        box((0, 1.9, -11.6), (6.6, 2.5, 0.3), marble.but(colour=darker(marble.colour, 0.6))),
        box((0, 1.6, -11.4), (1.5, 1.9, 0.1), Material("#2e231a", rough=0.9)))  # fmt: skip
    made += tuple(
        box((0, 3.55 + 0.17 * k, -10.2), (8.3 - 1.18 * k, 0.17, 4.1), marble)
        for k in range(7))  # fmt: skip
    made += (ball((0, 3.85, -8.13), (0.42, 0.34, 0.05), GILT),)
    flame, bulbs = Material("#ff5a10", "#ffd25a", "flames", glow=3.2), ()
    for x in (-2.6, 2.6):
        made += (
            cylinder((x, 0, -3.3), 0.12, 0.85, GILT, 0.09),
            cylinder((x, 0.85, -3.3), 0.1, 0.2, GILT, 0.32),
            ball((x, 1.2, -3.3), (0.2, 0.32, 0.2), flame, 0.25, 6.0))  # fmt: skip
        bulbs += (Bulb((x, 1.3, -3.0), "#ff9a40", 1.2 if told.dark else 0.6, 1.4),)
    green = leaves("#3c5a35")
    made += tuple(
        ball((x, 2.2, z), (0.6, 2.3, 0.6), green, 0.3, 5.0) for x,
        z in (
            (-5.2, -8.4), (5.2, -8.2), (-6.6, -11.0), (6.8, -11.5), (-9.5, -2.0),
            (9.5, -2.5)))  # fmt: skip
    floor = Material("#c2b69e", "#948872", "tiles", 0.85, rough=0.6, shine=0.25)
    air = outside(told, floor=floor, solids=made, bulbs=bulbs)
    hills = Ridge("mountains", "#8d93b4" if not told.dark else "#1a2344", 0.02, 0.1, 3.6, 7)
    return replace(air, sky=replace(air.sky, ridges=(hills,)))


GILT = Material("#c9963c", rough=0.35, metal=0.85, shine=0.8)


def ruins(told: Told) -> Place:
    """Broken columns and an arch, fallen drums, and grass and ivy over them."""
    stone = told.made(
        Material(
            told.colour("#b3a68d"), "#7d735f", "rock", 0.8, rough=0.95, shine=0.04,
            bump=0.5))  # fmt: skip
    rng, ivy = told.rng, leaves("#4c7038")
    made: Solids = ()
    for x, z, tall in (
        (-1.9, -4.3, 2.3), (-4.6, -6.2, 4.6), (-1.6, -7.5, 1.3), (2.1, -4.5, 1.3), (4.9, -5.4, 3.4),
        (6.6, -8.8, 4.8), (-7.2, -9.0, 2.2)):  # fmt: skip
        made += (
            cylinder((x, 0, z), 0.52, 0.2, stone), cylinder((x, 0.2, z), 0.37, tall, stone, 0.33),
            ball((x + 0.08, 0.2 + tall, z), (0.3, 0.16, 0.28), stone))  # fmt: skip
    made += (
        cylinder((-4.6, 4.8, -6.2), 0.34, 0.18, stone, 0.52),
        box((-4.6, 5.08, -6.2), (1.1, 0.2, 1.1), stone))  # fmt: skip
    made += _broken_arch(stone)
    made += _fallen(stone)
    made += rocks([(5.6, -3.4), (-5.2, -3.6), (0.6, -6.0)], 0.4, stone, rng)
    made += bushes(
        [
            (-1.5, -4.6), (2.5, -4.7), (-4.4, -5.8), (3.6, -8.4), (6.0, -6.0), (-6.5, -5.0),
            (0.0, -8.6)], 0.55, ivy, rng)  # fmt: skip
    made += (
        ball((-1.75, 2.0, -4.05), (0.3, 0.75, 0.25), ivy, 0.42, 6.0),
        ball((2.4, 1.9, -8.6), (0.6, 0.8, 0.5), ivy, 0.42, 5.0))  # fmt: skip
    made += tree((-8.5, -13.0), 6.0, ivy, rng) + tree((9.5, -12.0), 5.0, ivy, rng)
    ground = Material("#a09272", "#5d6b3a", "grass", 0.6, rough=0.95, shine=0.03, bump=0.2)
    air = outside(told, floor=ground, solids=made)
    far = {"day": "#8ea2b0", "dawn": "#a48fa8", "sunset": "#7d4d68", "night": "#18213f"}[told.time]
    return replace(
        air,
        sky=replace(
            air.sky,
            ridges=(
                Ridge("mountains", far, 0.02, 0.16, 1.4, 11),
                Ridge("hills", darker(far, 0.7), 0.01, 0.06, 2.2, 5))))  # fmt: skip


def _fallen(stone: Material) -> Solids:
    made: Solids = ()
    made += (
        tube((1.7, 0.32, -4.6), (2.6, 0.32, -5.4), 0.34, stone),
        tube((-3.2, 0.3, -4.9), (-2.1, 0.3, -5.2), 0.33, stone),
        box((4.0, 0.25, -3.2), (0.8, 0.5, 0.6), stone, 25),
        box((-3.6, 0.2, -2.9), (0.7, 0.42, 0.5), stone, -18))  # fmt: skip
    return made


def _broken_arch(stone: Material) -> Solids:
    """Return two piers, most of the arch between them, and what is left of a wall."""
    made: Solids = ()
    angles = np.linspace(0.15, np.pi * 0.74, 9)
    for a in angles.tolist():
        made += (
            box(
                (1.2 + 1.15 * np.cos(a), 1.6 + 0.95 * np.sin(a), -9.0), (0.46, 0.46, 0.8), stone,
                0.0),)  # fmt: skip
    made += (
        box((2.35, 0.8, -9.0), (0.6, 1.7, 0.85), stone),
        box((0.1, 0.8, -9.0), (0.6, 1.6, 0.85), stone),
        box((-1.6, 0.6, -9.6), (2.4, 1.2, 0.7), stone))  # fmt: skip
    return made
