"""Things that places are composed of: walls, trees, towers, lamps, crowds."""

from collections.abc import Iterable

import numpy as np

from pose2video.stage.materials import Material
from pose2video.stage.sets.told import darker
from pose2video.stage.staging import Bulb, Solid, ball, box, cylinder, tube

Solids = tuple[Solid, ...]
WALL_Z, WALL_X = -3.4, 4.9
"""Where the walls of rooms stand, in metres."""
BARK = Material("#4a3527", "#2a1c13", "bark", rough=0.95, shine=0.05)
SHIRTS = ("#31405f", "#5a2f3f", "#2f4f47", "#4a4458", "#6a5238", "#3b3b44")
BLACK = Material("#15151a", rough=0.7, shine=0.2)
STEEL = Material("#8f979f", rough=0.35, metal=0.9, shine=0.8)


def glowing(colour: str, strength: float = 2.0) -> Material:
    """Return a lamp's or a neon tube's surface."""
    return Material(darker(colour, 0.6), glow=strength, glow_colour=colour, rough=0.6, shine=0.1)


def leaves(colour: str) -> Material:
    """Return foliage."""
    return Material(colour, darker(colour, 0.45), "leaves", 1.3, rough=0.9, shine=0.08, soft=0.5)


def walls(material: Material, height: float = 5.2) -> Solids:
    """Return a wall behind, and one on each side that ends before it hides the dancer."""
    sides = (box((x, height / 2, -1.0), (0.2, height, 4.9), material) for x in (-WALL_X, WALL_X))
    return (box((0, height / 2, WALL_Z), (2 * WALL_X, height, 0.2), material), *sides)


def ceiling(material: Material, height: float = 4.4) -> Solids:
    """Return the part of a ceiling that keeps no light from the dancer."""
    return (box((0, height, -2.2), (2 * WALL_X, 0.15, 2.4), material),)


def columns(
    places: Iterable[tuple[float, float]], height: float, radius: float, material: Material
) -> Solids:
    """Return round columns with base and capital at places (x, z)."""
    made: Solids = ()
    for x, z in places:
        made += (
            cylinder((x, 0, z), 1.35 * radius, 0.16, material),
            cylinder((x, 0.16, z), radius, height - 0.4, material, 0.85 * radius),
            cylinder((x, height - 0.26, z), 0.9 * radius, 0.14, material, 1.35 * radius),
            box((x, height - 0.06, z), (2.9 * radius, 0.14, 2.9 * radius), material))  # fmt: skip
    return made


def ring(
    rng: np.random.Generator, count: int, near: float, far: float, spread: float = 2.3
) -> list[tuple[float, float]]:
    """Return places (x, z) all around, within ``spread`` radians of straight behind the dancer."""
    angles = np.linspace(-spread, spread, count) + rng.uniform(-0.6, 0.6, count) * spread / count
    away = near + (far - near) * rng.uniform(0, 1, count) ** 0.8
    away = np.where(abs(angles) > 1.2, np.maximum(away, 9.0), away)
    return [
        (float(a * np.sin(t)), float(-a * np.cos(t))) for t,
        a in zip(angles, away, strict=True)]  # fmt: skip


def tree(
    at: tuple[float, float], tall: float, foliage: Material, rng: np.random.Generator
) -> Solids:
    """Return a tree with a round crown of four ragged balls."""
    x, z = at
    stem = 0.45 * tall
    lean = float(rng.uniform(-0.25, 0.25))
    wide = 0.26 * tall
    fine = 3.2 if -z > 9 else 6.0
    crown = [(0.0, 0.82, 1.0), (-0.62, 0.66, 0.82), (0.66, 0.64, 0.8), (0.12, 0.58, 0.9)]
    made = [tube((x, -0.1, z), (x + lean, stem + 0.2 * tall, z), 0.032 * tall, BARK)]
    for k, (side, up, size) in enumerate(crown):
        middle = (x + lean + side * wide, up * tall, z + 0.3 * wide * (k % 2))
        made.append(
            ball(
                middle, (wide * size, 0.72 * wide * size, wide * size), foliage, 0.36,
                fine))  # fmt: skip
    return tuple(made)


def pine(
    at: tuple[float, float], tall: float, needles: Material, cap: Material | None = None
) -> Solids:
    """Return a fir of three cones, with snow on each if there is a ``cap``."""
    x, z = at
    made = [cylinder((x, 0, z), 0.035 * tall, 0.3 * tall, BARK)]
    for low, high, wide in ((0.16, 0.58, 0.23), (0.38, 0.8, 0.175), (0.6, 1.0, 0.12)):
        foot, length, radius = low * tall, (high - low) * tall, wide * tall
        made.append(cylinder((x, foot, z), radius, length, needles, 0.0))
        if cap is not None:
            made.append(
                cylinder(
                    (x, foot + 0.42 * length, z), 0.61 * radius, 0.6 * length, cap,
                    0.0))  # fmt: skip
    return tuple(made)


def palm(
    at: tuple[float, float], tall: float, rng: np.random.Generator, leaf: str = "#2f7a3a"
) -> Solids:
    """Return a palm: a bent stem and drooping fronds."""
    x, z = at
    lean = float(rng.uniform(-0.9, 0.9))
    top = (x + lean, tall, z)
    knee = (x + 0.3 * lean, 0.5 * tall, z)
    stem = Material("#7a5a3a", "#4d3522", "striped", 0.35, rough=0.9)
    frond = Material(leaf, darker(leaf, 0.6), "folds", rough=0.8, soft=0.5)
    made = [tube((x, -0.1, z), knee, 0.13, stem), tube(knee, top, 0.1, stem)]
    for angle in np.arange(8) * 0.785 + float(rng.uniform(0, 1)):
        out, side = float(np.cos(angle)), float(np.sin(angle))
        bend = (top[0] + 0.85 * out, tall + 0.32, z + 0.85 * side)
        tip = (top[0] + 1.75 * out, tall - 0.35, z + 1.75 * side)
        made += [tube(top, bend, 0.09, frond), tube(bend, tip, 0.06, frond)]
    return tuple(made)


def bushes(
    places: Iterable[tuple[float, float]], size: float, foliage: Material, rng: np.random.Generator
) -> Solids:
    """Return low ragged balls."""
    made = []
    for x, z in places:
        wide = size * float(rng.uniform(0.7, 1.3))
        made.append(ball((x, 0.35 * wide, z), (wide, 0.75 * wide, wide), foliage, 0.34, 9.0))
    return tuple(made)


def rocks(
    places: Iterable[tuple[float, float]], size: float, material: Material, rng: np.random.Generator
) -> Solids:
    """Return boulders."""
    made = []
    for x, z in places:
        a, b, c = (size * rng.uniform(0.6, 1.3, 3)).tolist()
        made += [
            ball((x, 0.2 * b, z), (a, 0.8 * b, c), material),
            ball(
                (x + 0.8 * a, 0.05, z + 0.3), (0.55 * a, 0.45 * b, 0.6 * c),
                material)]  # fmt: skip
    return tuple(made)


def towers(
    places: Iterable[tuple[float, float]],
    tall: tuple[float, float],
    rng: np.random.Generator,
    lit: float,
) -> Solids:
    """Return buildings with windows, of which some are lit."""
    made = []
    for x, z in places:
        height, wide, deep = float(rng.uniform(*tall)), *rng.uniform(3.0, 5.5, 2).tolist()
        tone = ("#2b3350", "#3a3d4c", "#453a42", "#28384a")[int(rng.integers(4))]
        light = ("#ffd9a0", "#ffe9c8", "#bfe0ff")[int(rng.integers(3))]
        face = Material(tone, light, "windows", 1.1, glow=lit, rough=0.6)
        made.append(
            box(
                (x, height / 2, z), (wide, height, deep), face,
                float(rng.uniform(-12, 12))))  # fmt: skip
    return tuple(made)


def sign(
    at: tuple[float, float, float], sides: tuple[float, float], colour: str, turn: float = 0.0
) -> Solids:
    """Return a sign with glowing letters in a glowing frame."""
    x, y, z = at
    wide, tall = sides
    face = Material("#0d0b14", colour, "signs", 0.55, glow=2.6, rough=0.5)
    rim = glowing(colour, 1.8)
    return (
        box((x, y, z), (wide + 0.08, tall + 0.08, 0.06), rim, turn),
        box((x, y, z + 0.03), (wide, tall, 0.06), face, turn))  # fmt: skip


def lanterns(
    places: Iterable[tuple[float, float, float]], colour: str, size: float = 0.2
) -> tuple[Solids, tuple[Bulb, ...]]:
    """Return paper lanterns and the light that they give."""
    paper, cap = glowing(colour, 1.7), Material("#2a1712", rough=0.8)
    made, bulbs = [], []
    for x, y, z in places:
        made += [
            ball((x, y, z), (size, 1.1 * size, size), paper),
            cylinder((x, y + size, z), 0.4 * size, 0.08, cap),
            cylinder((x, y - 1.28 * size, z), 0.35 * size, 0.12, cap)]  # fmt: skip
        bulbs.append(Bulb((x, y, z), colour, 0.5, 1.2))
    return tuple(made), tuple(bulbs)


def crowd(rng: np.random.Generator, count: int, near: float, deep: float) -> Solids:
    """Return people who watch, in two rows behind, ``deep`` metres apart; some raise an arm."""
    made = []
    for k in range(count):
        row = k % 2
        x = (k - (count - 1) / 2) * 0.5 + float(rng.uniform(-0.1, 0.1))
        z, up = -near - deep * row, float(rng.uniform(-0.08, 0.1)) + 0.12 * row
        cloth = Material(SHIRTS[int(rng.integers(len(SHIRTS)))], rough=0.9, shine=0.1)
        skin = Material(
            ("#8a5a44", "#c98f6f", "#5d3b2e")[int(rng.integers(3))], rough=0.7,
            soft=0.3)  # fmt: skip
        made += [
            ball((x, 1.52 + up, z), (0.115, 0.145, 0.12), skin),
            ball((x, 1.6 + up, z - 0.03), (0.12, 0.11, 0.12), BLACK),
            tube((x, 0.3, z), (x, 1.12 + up, z), 0.2, cloth),
            tube((x - 0.13, 1.24 + up, z), (x + 0.13, 1.24 + up, z), 0.09, cloth)]  # fmt: skip
        if k % 3 == 0:
            made.append(tube((x + 0.2, 1.22 + up, z), (x + 0.32, 1.85 + up, z + 0.1), 0.055, skin))
    return tuple(made)


def mirror_ball(at: tuple[float, float, float], size: float = 0.36) -> Solids:
    """Return a ball of small mirrors that hangs."""
    x, y, z = at
    facets = Material(
        "#f4f6ff", "#5a5f78", "checked", 1.1, rough=0.08, metal=0.9, shine=1.0, glow=0.35,
        glow_colour="#ffffff")  # fmt: skip
    return (ball(at, size, facets), tube((x, y + size, z), (x, y + 3, z), 0.015, BLACK))


def candles(
    places: Iterable[tuple[float, float]], rng: np.random.Generator
) -> tuple[Solids, tuple[Bulb, ...]]:
    """Return candles that stand on the floor in places (x, z), with flames."""
    wax, flame = (
        Material("#efe3c8", soft=0.7, glow=0.25, glow_colour="#ff9a3c"),
        glowing("#ffc46a", 5.0))  # fmt: skip
    made, bulbs = [], []
    for k, (x, z) in enumerate(places):
        tall = float(rng.uniform(0.25, 0.75))
        made += [
            cylinder((x, 0, z), 0.055, tall, wax),
            ball((x, tall + 0.07, z), (0.026, 0.065, 0.026), flame)]  # fmt: skip
        if k % 4 == 0:
            bulbs.append(Bulb((x, tall + 0.1, z), "#ff9440", 1.1, 1.0))
    return tuple(made), tuple(bulbs)


def bonfire(at: tuple[float, float], size: float = 0.5) -> tuple[Solids, tuple[Bulb, ...]]:
    """Return burning logs."""
    x, z = at
    flame = Material("#ff5a10", "#ffd25a", "flames", 0.8, glow=3.4, rough=1.0, shine=0.0)
    core = glowing("#ffd27a", 4.0)
    logs = (
        tube((x - size, 0.08, z), (x + size, 0.16, z + 0.15), 0.08, BARK),
        tube((x - 0.7 * size, 0.08, z + 0.3), (x + 0.8 * size, 0.2, z - 0.2), 0.08, BARK),
        tube((x, 0.08, z + 0.4), (x + 0.1, 0.25, z - 0.3), 0.08, BARK))  # fmt: skip
    tongues = tuple(
        ball(
            (x + a * size, (0.2 + up) * 2 * size, z),
            (w * size, tall * size, w * size), flame, 0.3, 4.0 / size) for a, up, w,
        tall in (
            (0, 0.28, 0.5, 1.15), (-0.4, 0.12, 0.36, 0.75), (0.42, 0.14, 0.34, 0.8)))  # fmt: skip
    heart = (ball((x, 0.55 * size, z + 0.05), (0.28 * size, 0.5 * size, 0.2 * size), core),)
    return (*logs, *tongues, *heart), (Bulb((x, 1.2 * size, z), "#ff7a28", 2.4, 1.8),)


def painting(at: tuple[float, float, float], sides: tuple[float, float], art: Material) -> Solids:
    """Return a picture in a golden frame."""
    x, y, z = at
    gold = Material("#c9973f", rough=0.35, metal=0.8, shine=0.8)
    frame = box((x, y, z), (sides[0] + 0.16, sides[1] + 0.16, 0.07), gold)
    return (frame, box((x, y, z + 0.02), (*sides, 0.07), art))


def bench(at: tuple[float, float], wide: float, material: Material) -> Solids:
    """Return a plain bench."""
    x, z = at
    legs = (box((x + side * 0.4 * wide, 0.2, z), (0.08, 0.4, 0.35), material) for side in (-1, 1))
    return (box((x, 0.43, z), (wide, 0.08, 0.42), material), *legs)
