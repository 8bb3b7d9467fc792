"""Places without walls or houses, on the earth and off it."""

from dataclasses import replace

import numpy as np

from pose2video.stage.materials import Material
from pose2video.stage.sets.air import outside
from pose2video.stage.sets.things import (
    BARK,
    Solids,
    bushes,
    glowing,
    leaves,
    palm,
    pine,
    ring,
    rocks,
    tree,
)
from pose2video.stage.sets.told import Told, darker, mixed
from pose2video.stage.staging import Beam, Bulb, Lamp, Place, Ridge, Sky, ball, box, cylinder, tube

FAR = {"day": "#86a8cc", "dawn": "#a596bd", "sunset": "#7c5480", "night": "#18234a"}
"""The colour of far hills."""
SEA = Material("#1f6f97", "#7fc3d6", "water", 0.5, rough=0.08, metal=0.3, shine=1.0, bump=0.6)


def sea_for(told: Told) -> Material:
    """Return water in the colours of the time."""
    deep, bright = {
        "day": ("#1673a3", "#7fd0e0"), "dawn": ("#4a6f9a", "#e8b8b4"),
        "sunset": ("#3a4f96", "#ffb884"), "night": ("#0a1738", "#3a5aa0")}[told.time]  # fmt: skip
    return SEA.but(colour=deep, second=bright)


def shade(told: Told, colour: str) -> str:
    """Return a far thing's colour as it is at this time."""
    return mixed(
        colour, FAR[told.time],
        {"day": 0.35, "dawn": 0.5, "sunset": 0.6, "night": 0.9}[told.time])  # fmt: skip


def beach(told: Told) -> Place:
    """Sand, foam and the sea to the horizon, palms at both sides."""
    sand = told.made(
        Material(
            told.colour("#e6c896"), "#c9a672", "sand", 0.5, rough=0.95, shine=0.05,
            bump=0.25))  # fmt: skip
    wet = Material(darker(sand.colour, 0.7), rough=0.3, shine=0.5)
    made: Solids = (
        box((0, 0.0, -204.2), (700, 0.05, 400), sea_for(told)),
        box((0, 0.0, -4.0), (700, 0.02, 0.9), wet),
        box((0, 0.005, -4.45), (700, 0.06, 0.16), Material("#ffffff", rough=0.9, glow=0.1)),
        box((0, 0.005, -6.2), (700, 0.07, 0.1), Material("#eef6f8", rough=0.9)))  # fmt: skip
    made += (
        palm((-3.3, -3.3), 4.3, told.rng) + palm((3.9, -3.6), 3.6, told.rng) + palm(
            (-5.6, -2.2), 3.2, told.rng))  # fmt: skip
    stone = Material("#6d6259", "#463f3a", "rock", rough=0.9)
    made += rocks([(5.6, -5.2), (-6.5, -6.0)], 0.5, stone, told.rng)
    made += bushes(
        [(-3.9, -2.9), (4.6, -3.0), (-7.0, 1.0), (7.2, 0.6)], 0.5, leaves("#4f7a3c"),
        told.rng)  # fmt: skip
    air = outside(told, floor=sand, solids=made, density=0.005)
    isle = Ridge("hills", shade(told, "#5a7a8c"), -0.02, 0.06, 1.2, 9)
    return replace(air, sky=replace(air.sky, ridges=(isle,)))


def forest(told: Told) -> Place:
    """Tall trunks one behind the other in green mist, ferns, and shafts of light."""
    green = told.colour("#4f8a3a")
    foliage, dark = leaves(green), leaves(darker(green, 0.6))
    rng = told.rng
    made: Solids = ()
    for k, (x, z) in enumerate(ring(rng, 26, 3.6, 11.0, 2.3)):
        thick = told.near(0.17, 0.36)
        made += (
            cylinder((x, -0.05, z), 1.5 * thick, 0.5, BARK, thick),
            cylinder((x, 0.4, z), thick, 9.0, BARK, 0.6 * thick))  # fmt: skip
        if k % 2:
            made += (
                ball(
                    (x, told.near(4.4, 5.6), z), (1.7, 1.1, 1.6), foliage if k % 4 == 1 else dark,
                    0.36, 4.0),)  # fmt: skip
    for x, y, z in (
        (-3.0, 3.2, -7.0), (2.8, 3.4, -7.5), (0.2, 4.2, -10.5), (-5.5, 3.6, -9.5),
        (5.6, 3.6, -9.5)):  # fmt: skip
        made += (ball((x, y, z), (2.1, 1.05, 1.7), foliage, 0.37, 4.0),)
    made += bushes(ring(rng, 9, 3.4, 7.0, 1.6), 0.5, foliage, rng)
    made += bushes(ring(rng, 9, 5.0, 9.0, 2.2), 0.7, dark, rng)
    made += rocks(
        [(-3.4, -3.2), (4.2, -4.4)], 0.42, Material("#6b7a52", "#4b5145", "rock", rough=0.95),
        rng)  # fmt: skip
    ground = Material("#54613a", "#7d6238", "litter", 0.7, rough=0.95, shine=0.03)
    sun = {"day": "#fff3c4", "dawn": "#ffd9b8", "sunset": "#ffb066", "night": "#8fa8e8"}[told.time]
    beams = tuple(
        Beam((x, 7.5, -6.5), (x + 2.0, 0, -1.5 - 0.3 * k), sun, 0.34, 0.6) for k,
        x in enumerate((-4.5, -2.2, 0.6, 3.0)))  # fmt: skip
    air = outside(told, floor=ground, solids=made, beams=beams)
    mist = mixed(mixed(green, air.fog, 0.35), "#f0f0b8", 0.3) if not told.dark else "#16283a"
    sky = replace(
        air.sky, top=mist, horizon=mixed(mist, "#ffffff", 0.25) if not told.dark else mist,
        clouds=0.0, ridges=(Ridge("trees", darker(mist, 0.6), 0.3, 0.3, 4.0, 3),))  # fmt: skip
    return replace(air, sky=sky, fog=mist, density=0.022)


def jungle(told: Told) -> Place:
    """Palms, hanging vines, great leaves, red flowers and a waterfall."""
    green = told.colour("#2f9a45")
    rng, bright, deep = told.rng, leaves(green), leaves(darker(green, 0.55))
    made: Solids = ()
    for at, tall in (
        ((-2.0, -4.3), 2.6), ((2.3, -4.6), 2.9), ((-5.4, -6.0), 4.6),
        ((5.6, -6.4), 4.4)):  # fmt: skip
        made += palm(at, tall, rng, darker(green, 0.9))
    made += bushes(
        [
            (-2.7, -3.3), (-4.0, -3.0), (2.9, -3.2), (4.3, -3.1), (-1.9, -5.4), (2.3, -5.6),
            (-6.0, -2.0), (6.2, -1.8)], 0.85, bright, rng)  # fmt: skip
    made += bushes(
        [(-3.4, -6.5), (0.6, -8.5), (4.6, -7.6), (-8.0, -4.0), (8.0, -4.5)], 1.6, deep,
        rng)  # fmt: skip
    for x, y, z in (
        (-2.9, 4.4, -4.6), (2.6, 4.7, -5.0), (0.2, 5.3, -7.0), (-6, 5, -7),
        (6.2, 5, -7)):  # fmt: skip
        made += (ball((x, y, z), (2.3, 1.0, 1.7), deep, 0.35, 4.0),)
    vine = Material("#3f6a2c", "#284a1c", "striped", 0.4, rough=0.9)
    for k in range(7):
        x, low = -3.6 + 1.25 * k, told.near(1.9, 3.0)
        made += (
            tube((x, 6.0, -4.6), (x + 0.2, low, -4.4), 0.035, vine),
            ball((x + 0.2, low, -4.4), (0.11, 0.16, 0.11), bright))  # fmt: skip
    flower = Material("#ff3355", "#ffb02e", "floral", 1.2, rough=0.7, soft=0.5)
    made += tuple(
        ball((x, y, z), 0.11, flower) for x, y,
        z in (
            (-2.4, 0.75, -2.75), (-3.4, 1.0, -2.5), (2.6, 0.8, -2.7), (3.7, 0.95, -2.5),
            (2.1, 0.85, -5.0), (-1.6, 0.9, -4.7)))  # fmt: skip
    made += _waterfall()
    ground = Material("#4b4a24", "#2f6b2c", "leaves", 0.5, rough=0.95, shine=0.05)
    air = outside(told, floor=ground, solids=made)
    mist = mixed(air.fog, green, 0.35)
    ridges = (Ridge("trees", darker(mist, 0.55), 0.28, 0.25, 3.0, 8),)
    return replace(air, sky=replace(air.sky, ridges=ridges), fog=mist, density=0.022)


def _waterfall() -> Solids:
    """Return a fall over a wall of rock, with spray at its foot."""
    made: Solids = ()
    fall = Material("#b9e6f2", "#ffffff", "folds", 2.4, rough=0.4, glow=0.25)
    made += (
        box((0.4, 3.5, -9.6), (1.7, 7.0, 0.3), fall),
        box(
            (0.4, 3.6, -10.2), (12, 7.4, 1.0),
            Material("#4c5a44", "#2c382b", "rock", 0.7, rough=0.95)),
        ball(
            (0.4, 0.2, -9.2), (1.5, 0.5, 0.6), Material("#e8f8fc", glow=0.2), 0.3,
            4.0))  # fmt: skip
    return made


def meadow(told: Told) -> Place:
    """Grass full of flowers, rolling hills, one great tree and a fence."""
    green = told.colour("#6fae3f")
    rng = told.rng
    grass = Material(green, darker(green, 0.62), "grass", 0.8, rough=0.95, shine=0.04, bump=0.25)
    made: Solids = (
        *tree((4.6, -7.5), 5.6, leaves(darker(green, 0.85)), rng),
        *tree((-9, -17), 5.0, leaves(darker(green, 0.7)), rng))  # fmt: skip
    petals = ("#ffffff", "#ffd23f", "#ff5d8f", "#8f6bff", "#ff7043")
    for k in range(34):
        angle, away = float(rng.uniform(-1.9, 1.9)), float(rng.uniform(2.9, 8.0))
        x, z = away * np.sin(angle), -away * np.cos(angle)
        tall = told.near(0.2, 0.42)
        made += (
            tube((x, 0, z), (x, tall, z), 0.012, leaves(green)),
            ball((x, tall, z), (0.07, 0.05, 0.07), Material(petals[k % 5], soft=0.5)))  # fmt: skip
    for x in (-6.0, -4.2, -2.4):
        made += (box((x, 0.5, -6.6), (0.12, 1.0, 0.12), Material("#a58a63")),)
    made += tuple(box((-4.2, y, -6.6), (4.4, 0.1, 0.06), Material("#a58a63")) for y in (0.45, 0.8))
    air = outside(told, floor=grass, solids=made)
    hills = (
        Ridge("mountains", shade(told, "#7a93ae"), 0.03, 0.12, 4.0, 3, 0.4),
        Ridge("hills", shade(told, darker(green, 0.9)), 0.0, 0.14, 1.8, 2),
        Ridge("hills", darker(shade(told, green), 0.85), -0.02, 0.09, 2.6, 6))  # fmt: skip
    return replace(air, sky=replace(air.sky, ridges=hills))


def snow(told: Told) -> Place:
    """Snow, firs that carry it, a cabin with lit windows, white hills."""
    white = told.made(
        Material(
            told.colour("#f2f6fc"), "#c9d8ee", "snow", 0.8, rough=0.75, shine=0.2, soft=0.5,
            bump=0.2))  # fmt: skip
    needles, wood = (
        Material("#2c5446", rough=0.9),
        Material("#6d4a30", "#432b1a", "planks", 1.8, rough=0.9))  # fmt: skip
    made: Solids = ()
    for x, z in [(-2.9, -3.9), (3.1, -4.2), *ring(told.rng, 12, 6.0, 16.0, 2.5)]:
        made += pine((x, z), told.near(2.9, 4.6), needles, white)
    made += (box((-5.2, 0.8, -7.6), (2.6, 1.6, 2.0), wood, 12),)
    made += tuple(
        box((-5.2, 1.65 + 0.2 * k, -7.6), (3.0 - 0.1 * k, 0.2, 2.5 - 0.55 * k), white, 12)
        for k in range(5))  # fmt: skip
    made += tuple(
        box((x, 0.9, -6.5 + 0.2 * (x + 5.2)), (0.45, 0.5, 0.1), glowing("#ffc066", 2.0), 12)
        for x in (-5.75, -4.75))  # fmt: skip
    made += (cylinder((-4.6, 2.1, -7.6), 0.18, 0.9, Material("#5a4a44", rough=0.9)),)
    made += tuple(
        ball((x, 0.0, z), (1.1, 0.28, 0.7), white) for x,
        z in ((-3.7, -3.0), (3.9, -3.2), (1.4, -6.0)))  # fmt: skip
    air = outside(
        told, floor=white, solids=made,
        bulbs=(Bulb((-5.2, 1.0, -5.9), "#ffb45a", 1.0, 1.4),))  # fmt: skip
    hills = (
        Ridge("mountains", shade(told, "#93a9cc"), 0.04, 0.2, 4.0, 5, 0.8),
        Ridge(
            "hills", mixed(shade(told, "#dce6f4"), "#ffffff", 0.0 if told.dark else 0.4), 0.0, 0.1,
            2.0, 4))  # fmt: skip
    return replace(air, sky=replace(air.sky, ridges=hills), exposure=0.78 * air.exposure)


def mountains(told: Told) -> Place:
    """A ledge of rock high up, boulders and firs, and rows of snowy peaks."""
    stone = told.made(
        Material(
            told.colour("#8d8780"), "#5c5a5a", "rock", 0.5, rough=0.95, shine=0.05,
            bump=0.4))  # fmt: skip
    made = rocks(
        [
            (-3.1, -3.2), (3.5, -3.0), (-5.0, -4.6), (5.4, -4.8), (0.8, -6.0), (-7.0, 0.5),
            (7.0, 0.2)], 0.65, stone, told.rng)  # fmt: skip
    for x, z in ((-3.6, -5.0), (-5.4, -6.4), (4.4, -5.6), (6.4, -7.2), (-8, -4), (8.5, -3)):
        made += pine((x, z), told.near(2.4, 3.8), Material("#34543f", rough=0.9))
    made += (
        box((0, -0.3, -7.4), (11, 0.75, 1.2), stone, 4),
        box((-4, -0.2, -8.2), (6, 0.9, 1.6), stone, -14))  # fmt: skip
    air = outside(told, floor=stone, solids=made)
    far = FAR[told.time]
    rows = (
        Ridge("mountains", darker(far, 0.7), 0.07, 0.19, 4.0, 21, 0.5),
        Ridge("mountains", darker(far, 0.8), 0.04, 0.15, 5.0, 8, 0.3),
        Ridge("mountains", darker(far, 0.66), -0.02, 0.1, 6.0, 13),
        Ridge("trees", darker(far, 0.42), -0.05, 0.05, 6.0, 2))  # fmt: skip
    return replace(air, sky=replace(air.sky, ridges=rows, clouds=0.6 * air.sky.clouds))


def desert(told: Told) -> Place:
    """Rippled sand, dunes, tall cacti, red table mountains."""
    sand = told.made(
        Material(
            told.colour("#e2ab67"), "#c07f45", "sand", 0.45, rough=0.95, shine=0.04,
            bump=0.35))  # fmt: skip
    rock = Material("#b5603a", "#8a3f28", "rock", 0.35, rough=0.95, shine=0.03)
    cactus = Material("#4f8046", "#345a32", "folds", 3.0, rough=0.8, soft=0.3)
    made: Solids = ()
    for x, z, s in ((-3.1, -3.8, 1.0), (3.6, -5.2, 1.25), (-6.4, -8.5, 1.3), (7.5, -3.0, 1.1)):
        made += (
            tube((x, 0, z), (x, 2.1 * s, z), 0.2 * s, cactus),
            tube((x, 1.0 * s, z), (x - 0.5 * s, 1.1 * s, z), 0.13 * s, cactus),
            tube(
                (x - 0.5 * s, 1.1 * s, z), (x - 0.52 * s, 1.65 * s, z), 0.13 * s, cactus),
            tube((x, 0.75 * s, z), (x + 0.46 * s, 0.85 * s, z), 0.12 * s, cactus),
            tube(
                (x + 0.46 * s, 0.85 * s, z), (x + 0.48 * s, 1.35 * s, z), 0.12 * s,
                cactus))  # fmt: skip
    for x, z, wide, tall in (
        (-7, -46, 3.8, 7.0), (9, -58, 5.5, 9.0), (20, -24, 3.0, 6.5),
        (-26, -14, 4, 7)):  # fmt: skip
        made += (
            cylinder((x, 0, z), 1.5 * wide, 0.4 * tall, rock, 1.05 * wide),
            cylinder((x, 0.4 * tall, z), wide, 0.6 * tall, rock, 0.9 * wide))  # fmt: skip
    made += rocks([(2.9, -3.2), (-4.6, -3.4), (5.6, -6.8)], 0.36, rock, told.rng)
    bone = Material("#efe6d2", rough=0.8)
    made += (
        ball((-2.6, 0.12, -2.8), (0.16, 0.13, 0.22), bone),
        tube((-2.7, 0.2, -2.8), (-3.0, 0.42, -2.85), 0.03, bone),
        tube((-2.5, 0.2, -2.8), (-2.2, 0.42, -2.85), 0.03, bone))  # fmt: skip
    air = outside(told, floor=sand, solids=made)
    dune = shade(told, sand.colour)
    return replace(
        air,
        sky=replace(
            air.sky, clouds=0.2,
            ridges=(
                Ridge("hills", mixed(dune, air.sky.horizon, 0.4), 0.0, 0.12, 1.6, 14),
                Ridge("hills", darker(dune, 0.88), -0.03, 0.1, 2.4, 16))))  # fmt: skip


def garden(told: Told) -> Place:
    """A Japanese garden: cherry trees in blossom, a pond with a red bridge, stone lanterns."""
    pink = told.colour("#ffb0cb")
    blossom = Material(
        pink, darker(pink, 0.75), "leaves", 0.7, rough=0.9, soft=0.7, shine=0.05, glow=0.06,
        glow_colour=pink)  # fmt: skip
    rng, red, stone = (
        told.rng, Material("#c8301f", rough=0.5),
        Material("#9b978f", "#716e69", "rock", rough=0.95))  # fmt: skip
    made: Solids = ()
    for at, tall in (
        ((-3.5, -3.9), 4.0), ((3.7, -4.4), 4.3), ((-7.0, -8.5), 5.0), ((7.4, -9.0), 5.0),
        ((1.2, -13.5), 4.6), ((-9, -1.5), 4.5), ((9, -1.5), 4.5)):  # fmt: skip
        made += tree(at, tall, blossom, rng)
    made += (
        box(
            (0, 0.0, -8.3), (13, 0.03, 4.0),
            Material(
                "#3f7f8c", "#8fc4c4", "water", 0.8, rough=0.08, shine=0.9, bump=0.3)),)  # fmt: skip
    made += _bridge(red)
    lanterns, bulbs = _stone_lanterns(stone, told.dark)
    made += lanterns
    made += bushes(
        [(-4.4, -3.0), (4.6, -3.2), (-5.2, -5.5), (5.4, -5.6)], 0.5, leaves("#4f8a44"),
        rng)  # fmt: skip
    ground = Material("#7fa653", pink, "litter", 0.9, rough=0.95, shine=0.04)
    air = outside(told, floor=ground, solids=made, bulbs=bulbs)
    return replace(
        air,
        sky=replace(
            air.sky,
            ridges=(
                Ridge("mountains", shade(told, "#8aa4c8"), 0.02, 0.17, 3.4, 31, 0.7),
                Ridge(
                    "hills", shade(told, mixed("#5f8f55", pink, 0.35)), 0.0, 0.09, 2.4,
                    6))))  # fmt: skip


def _stone_lanterns(stone: Material, dark: bool) -> tuple[Solids, tuple[Bulb, ...]]:
    made: Solids = ()
    bulbs: tuple[Bulb, ...] = ()
    for x, z in ((-2.75, -2.9), (2.8, -3.0)):
        made += (
            cylinder((x, 0, z), 0.22, 0.12, stone), cylinder((x, 0.12, z), 0.09, 0.6, stone),
            box((x, 0.78, z), (0.4, 0.1, 0.4), stone),
            box((x, 0.95, z), (0.26, 0.26, 0.26), glowing("#ffd08a", 1.8 if dark else 0.7)),
            cylinder((x, 1.08, z), 0.34, 0.22, stone, 0.05))  # fmt: skip
        bulbs += (Bulb((x, 1.0, z + 0.3), "#ffb866", 1.0 if dark else 0.3, 1.2),)
    return made, bulbs


def _bridge(red: Material) -> Solids:
    """Return an arched bridge with a rail."""
    made: Solids = ()
    for k in range(9):
        x = -2.0 + 0.5 * k
        y = 0.25 + 0.75 * (1 - (x / 2.2) ** 2)
        made += (
            box((x, y, -7.2), (0.52, 0.12, 1.1), red),
            tube((x, y, -6.65), (x, y + 0.55, -6.65), 0.035, red))  # fmt: skip
        if k:
            before = 0.25 + 0.75 * (1 - ((x - 0.5) / 2.2) ** 2)
            made += (tube((x - 0.5, before + 0.55, -6.65), (x, y + 0.55, -6.65), 0.04, red),)
    return made


def volcano(told: Told) -> Place:
    """Black rock with glowing cracks, a burning mountain, lava that runs down, a red sky."""
    crust = told.made(
        Material(
            "#241c1c", told.colour("#ff5a14"), "cracks", 0.2, glow=0.5, rough=0.85,
            shine=0.12))  # fmt: skip
    lava = Material("#c22a06", told.colour("#ffb13c"), "flames", 0.5, glow=1.6, rough=0.9)
    stone = Material("#2e2626", "#191414", "rock", 0.8, rough=0.95, shine=0.06)
    made: Solids = (
        cylinder((-2.2, -1, -30), 13.0, 7.0, stone, 2.4),
        ball((-2.2, 6.1, -30), (2.2, 0.6, 2.2), lava, 0.0),
        tube((-2.4, 5.9, -27.6), (-3.2, 2.9, -22.8), 0.3, lava),
        tube((-3.2, 2.9, -22.8), (-2.4, 0.0, -17.5), 0.4, lava),
        tube((-1.4, 5.8, -27.8), (-0.2, 3.4, -24.0), 0.22, lava))  # fmt: skip
    made += _smoke()
    made += (
        box((0, 0.01, -6.4), (30, 0.03, 1.3), lava),
        box((-3.5, 0.01, -9.5), (1.2, 0.03, 5), lava, 20))  # fmt: skip
    made += rocks(
        [(-3.2, -3.4), (3.6, -3.6), (-5.4, -5.0), (5.8, -5.2), (1.0, -8.0), (-7, 0), (7.2, 0.4)],
        0.75, stone, told.rng)  # fmt: skip
    made += tuple(
        cylinder((x, 0, z), 0.7, tall, stone, 0.08) for x, z,
        tall in (
            (-4.8, -8.0, 3.2), (5.2, -8.6, 2.6), (-8.5, -11, 4.5), (9.4, -10.5, 4.0)))  # fmt: skip
    low = {"day": 1.0, "dawn": 0.85, "sunset": 0.85, "night": 0.6}[told.time]
    sky = Sky(
        "#3a1d24", "#e0552a", 0.75 * low, (0, 0.3, -1), "#ff8a4a", 1.0, 0.001, 0.5,
        clouds=0.75, cloud="#33191c", curve=0.4,
        ridges=(Ridge("mountains", "#2a171b", 0.02, 0.16, 2.0, 17),))  # fmt: skip
    return Place(
        floor=crust, solids=made, sky=sky, key=Lamp("#ffb488", 1.6, (-0.6, 0.65, 0.6)),
        fill=Lamp("#ff5a3c", 0.5, (0.8, 0.1, 0.5)),
        rims=(Lamp("#ff6a1f", 3.4, (0.8, 0.1, -0.6)), Lamp("#ff8a3a", 3.0, (-0.8, 0.1, -0.6))),
        ambient=0.8, exposure=1.2, fog="#5a2418", density=0.014, low=0.4,
        bulbs=(
            Bulb((-2.5, 0.3, -5.6), "#ff6a1f", 2.0, 2.0),
            Bulb((2.5, 0.3, -5.6), "#ff6a1f", 2.0, 2.0)), bloom=0.4)  # fmt: skip


def _smoke() -> Solids:
    """Return the cloud over the mountain."""
    made: Solids = ()
    made += tuple(
        ball(
            (-2.2 + dx, y - 2.0, -30 + dx), (w, 0.75 * w, w),
            Material("#3b2a2c", "#1c1416", "leaves", 0.15, rough=1, shine=0), 0.33, 0.9) for dx, y,
        w in ((0, 13.5, 2.2), (-1.4, 16.0, 3.0), (1.6, 18.6, 3.8)))  # fmt: skip
    return made


def moon(told: Told) -> Place:
    """Grey craters under a black sky of stars, the earth above, a flag and a lander."""
    dust = told.made(
        Material(
            told.colour("#a3a09c"), "#5f5d5c", "craters", 0.55, rough=1.0, shine=0.02,
            bump=0.6))  # fmt: skip
    foil, white = (
        Material("#d8a23c", rough=0.3, metal=0.9, shine=0.9),
        Material("#e9e9ea", rough=0.6))  # fmt: skip
    earth = Material(
        "#1f5fae", "#e8f2fb", "camouflage", 0.045, rough=0.6, soft=0.2, rim=0.5, glow=0.18,
        glow_colour="#4f9cff")  # fmt: skip
    made: Solids = (
        ball((-9.0, 11.0, -52), 4.2, earth),
        *rocks(
            [(-3.2, -3.4), (3.4, -2.9), (5.8, -6.0), (-6.0, -5.0), (1.0, -9.0)], 0.45, dust,
            told.rng))  # fmt: skip
    made += _lander(foil, white)
    made += (
        tube((-2.7, 0, -3.4), (-2.7, 2.3, -3.4), 0.025, white),
        box(
            (-2.2, 2.0, -3.4), (0.95, 0.56, 0.02),
            Material(told.tints[0], "#ffffff", "striped", 0.6, glow=0.1)))  # fmt: skip
    sky = Sky(
        "#020206", "#05060d", 1.0, (0.6, 0.5, 0.6), stars=1.6,
        ridges=(
            Ridge("hills", "#6f6d6b", -0.02, 0.1, 1.8, 41),
            Ridge("hills", "#8b8885", -0.04, 0.09, 2.6, 47)))  # fmt: skip
    return Place(
        floor=dust, solids=made, sky=sky, key=Lamp("#fffaf0", 2.5, (-0.7, 0.55, 0.5)),
        fill=Lamp("#7fa8ff", 0.3, (0.8, 0.3, 0.6)),
        rims=(Lamp("#ffffff", 2.0, (0.8, 0.5, -0.6)), Lamp("#6fa0ff", 2.4, (-0.8, 0.4, -0.6))),
        ambient=0.55, softness=0.02, bloom=0.2)  # fmt: skip


def _lander(foil: Material, white: Material) -> Solids:
    """Return what brought the dancer here, on four legs."""
    made: Solids = ()
    made += (
        box((4.6, 1.75, -7.6), (1.9, 1.0, 1.7), foil, 20),
        ball((4.6, 2.75, -7.6), (0.85, 0.75, 0.8), white),
        cylinder((4.6, 3.4, -7.6), 0.1, 0.5, white))  # fmt: skip
    made += tuple(
        tube(
            (4.6 + 0.8 * x, 1.4, -7.6 + 0.7 * z), (4.6 + 1.7 * x, 0.05, -7.6 + 1.2 * z), 0.06, foil)
        for x in (-1, 1) for z in (-1, 1))  # fmt: skip
    made += tuple(
        cylinder((4.6 + 1.7 * x, 0, -7.6 + 1.2 * z), 0.26, 0.06, foil) for x in (-1, 1)
        for z in (-1, 1))  # fmt: skip
    return made


def space(told: Told) -> Place:
    """A dark mirror among stars and coloured clouds of gas, a ringed planet, a ring of light."""
    first, second = told.tints[:2]
    gas = told.colour("#7a3cff")
    planet = Material(
        "#e0a05a", "#8c4f3a", "striped", 0.012, rough=0.8, soft=0.2, rim=0.4,
        glow_colour="#ff9a5a")  # fmt: skip
    ringed = Material("#d8b98a", rough=0.9, glow=0.25)
    made: Solids = (
        ball((5.5, 8.2, -34), 4.4, planet), ball((5.5, 8.2, -34), (8.4, 0.16, 8.4), ringed),
        ball(
            (-9.5, 7.6, -40), 1.7,
            Material("#7fd6e8", "#2f6f9c", "camouflage", 0.25, rim=0.4)))  # fmt: skip
    angles = np.linspace(0, 2 * np.pi, 25)
    for a, b in zip(angles[:-1].tolist(), angles[1:].tolist(), strict=True):
        made += (
            tube(
                (3.1 * np.cos(a), 0.015, 3.1 * np.sin(a)),
                (3.1 * np.cos(b), 0.015, 3.1 * np.sin(b)), 0.028,
                glowing(first, 2.4)),)  # fmt: skip
    sky = Sky(
        "#050312", "#0b0824", 1.0, (-0.5, 0.35, -0.8), told.colour("#ff4fa0"), 1.3, 0.0009, 0.0,
        cloud=gas, stars=1.8, nebula=1.0)  # fmt: skip
    floor = Material("#0b0a18", rough=0.1, shine=0.8)
    return Place(
        floor=floor, solids=made, sky=sky, key=Lamp("#e6e2ff", 1.7, (-0.5, 0.7, 0.65)),
        fill=Lamp(second, 0.45, (0.8, 0.2, 0.6)),
        rims=(Lamp(first, 3.2, (0.8, 0.4, -0.6)), Lamp(second, 3.0, (-0.8, 0.4, -0.6))),
        ambient=0.9, bloom=0.5, exposure=1.1)  # fmt: skip


def underwater(told: Told) -> Place:
    """The bottom of a blue sea: rippling light on sand, corals, weeds, fish, shafts of light."""
    deep = told.colour("#1479ad")
    dim = {"day": 1.0, "dawn": 0.85, "sunset": 0.8, "night": 0.55}[told.time]
    sand = told.made(
        Material(
            "#8fb3a8", "#e8fbf2", "caustics", 0.8, rough=0.9, shine=0.05, glow=0.28 * dim,
            glow_colour="#bff4ff"))  # fmt: skip
    stone, weed = (
        Material("#3f5f66", "#2a4047", "rock", rough=0.95),
        Material("#2f8f5a", "#1d5f3f", "folds", rough=0.8, soft=0.5))  # fmt: skip
    rng = told.rng
    made = rocks(
        [(-3.3, -3.5), (3.7, -3.8), (-5.8, -5.4), (6.0, -5.6), (0.4, -8.6)], 0.75, stone,
        rng)  # fmt: skip
    for k, (x, z) in enumerate(
        (
            (-2.8, -3.0), (-4.1, -3.4), (3.0, -3.1), (4.4, -3.4), (-1.6, -5.2),
            (1.9, -5.6))):  # fmt: skip
        coral = Material(
            ("#ff6f61", "#ffb03b", "#d65db1", "#ff9aa2")[k % 4], rough=0.8, soft=0.5,
            glow=0.12)  # fmt: skip
        for angle in (-0.75, -0.3, 0.15, 0.6):
            tip = (
                x + 0.62 * np.sin(angle), 0.75 * np.cos(angle) + 0.15,
                z + 0.1 * np.cos(5 * angle))  # fmt: skip
            made += (tube((x, 0, z), tip, 0.062, coral), ball(tip, 0.085, coral))
    made += _weeds_and_fish(told, weed)
    beams = tuple(
        Beam((x, 8.0, -3.5), (x + 1.6, 0.0, -1.5 + 0.3 * k), "#c8f6ff", 0.17 * dim, 0.8) for k,
        x in enumerate((-4.2, -2.0, 0.4, 2.6)))  # fmt: skip
    bright = mixed(deep, "#bff4ff", 0.55)
    return Place(
        floor=sand, solids=made, sky=Sky(bright, deep, dim, curve=0.6),
        key=Lamp("#c9f4ff", 1.8 * dim, (-0.3, 0.9, 0.45)),
        fill=Lamp("#4fc3e8", 0.5, (0.8, 0.2, 0.6)),
        rims=(Lamp("#b8f2ff", 2.4, (0.7, 0.7, -0.5)), Lamp("#6fd6ff", 1.8, (-0.8, 0.4, -0.6))),
        ambient=0.8, fog=deep, density=0.075, beams=beams, bloom=0.35, softness=0.2)  # fmt: skip


def _weeds_and_fish(told: Told, weed: Material) -> Solids:
    made: Solids = ()
    for k in range(8):
        x, z, tall = (
            (-1 if k % 2 else 1) * told.near(2.7, 5.2), -told.near(3.2, 6.5),
            told.near(1.3, 2.8))  # fmt: skip
        bend = told.near(-0.35, 0.35)
        made += (
            tube((x, 0, z), (x + bend, 0.5 * tall, z), 0.055, weed),
            tube((x + bend, 0.5 * tall, z), (x, tall, z), 0.04, weed))  # fmt: skip
    for k in range(7):
        x, y, z = told.near(-4.5, 4.5), told.near(1.5, 3.9), -told.near(3.2, 7.5)
        fish = Material(
            ("#ffb02e", "#ff6b4a", "#ffe14f", "#7fe3ff")[k % 4], "#ffffff", "striped", 0.35,
            rough=0.4, shine=0.5)  # fmt: skip
        made += (
            ball((x, y, z), (0.24, 0.12, 0.06), fish),
            ball((x - 0.26, y, z), (0.09, 0.12, 0.03), fish))  # fmt: skip
    return made
