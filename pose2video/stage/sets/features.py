"""What is to be seen besides: each feature can be added to any place.

Under a ceiling, what belongs to the sky becomes a piece of scenery in front of the wall.
"""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np

from pose2video.stage.materials import Material
from pose2video.stage.sets.city import city_ridges
from pose2video.stage.sets.nature import sea_for
from pose2video.stage.sets.things import (
    BLACK,
    Solids,
    bonfire,
    candles,
    columns,
    crowd,
    glowing,
    lanterns,
    leaves,
    mirror_ball,
    palm,
    sign,
    towers,
    tree,
)
from pose2video.stage.sets.told import Told, darker
from pose2video.stage.staging import Beam, Bulb, Place, Ridge, ball, box, cylinder, tube

PROP_Z = -3.1
"""Metres: where scenery stands in front of a wall."""
MOON = Material("#dfe6f5", glow=0.85, glow_colour="#e8eefc", rough=1.0)


def with_solids(place: Place, solids: Solids, bulbs: tuple[Bulb, ...] = ()) -> Place:
    """Return a place with more things and lamps in it."""
    return replace(place, solids=(*place.solids, *solids), bulbs=(*place.bulbs, *bulbs))


def signs(place: Place, told: Told) -> Place:
    """Three neon signs."""
    first, second = told.tints[:2]
    made = (
        *sign((-1.8, 2.1, -2.95), (0.5, 1.5), first), *sign((1.85, 2.2, -2.95), (0.5, 1.3), second),
        *sign((0.35, 2.72, -3.1), (1.5, 0.36), second))  # fmt: skip
    if not place.closed:
        made += tuple(tube((x, 0, -3.02), (x, 1.6, -3.02), 0.035, BLACK) for x in (-1.8, 1.85))
        made += (tube((-1.8, 2.72, -3.15), (1.85, 2.72, -3.15), 0.03, BLACK),)
    bulbs = (Bulb((-1.7, 2.1, -2.5), first, 1.2, 1.6), Bulb((1.7, 2.2, -2.5), second, 1.2, 1.6))
    return with_solids(place, made, bulbs)


def paper_lanterns(place: Place, told: Told) -> Place:
    """A string of paper lanterns."""
    colour = told.tints[0] if told.light_said else "#ff5a36"
    spots = [(0.86 * k, 2.25 + 0.03 * k * k, -2.85 - 0.12 * (k % 2)) for k in range(-5, 6)]
    made, bulbs = lanterns(spots, colour)
    cord = tuple(
        tube((a[0], a[1] + 0.24, -2.9), (b[0], b[1] + 0.24, -2.9), 0.012, BLACK) for a,
        b in pairwise(spots))  # fmt: skip
    return with_solids(place, (*made, *cord), bulbs[::3])


def skyline(place: Place, told: Told) -> Place:
    """Towers on the horizon; in a room, a wide window with a city outside."""
    if not place.closed:
        near = towers(
            [(-11, -32), (-4, -38), (3.5, -34), (10, -30), (17, -36), (-18, -30)], (9, 19),
            told.rng, 1.6 if told.dark else 0.5)  # fmt: skip
        return with_solids(
            replace(place, sky=replace(place.sky, ridges=(*place.sky.ridges, *city_ridges(told)))),
            near)  # fmt: skip
    sky = {"day": "#9cc4ea", "dawn": "#f0b8b0", "sunset": "#f08a52", "night": "#101a3c"}[told.time]
    made: list = [
        box((0, 2.1, -3.28), (7.2, 2.9, 0.1), glowing(sky, 0.7)),
        *(
            box((x, 2.1, -3.1), (0.07, 2.9, 0.06), BLACK)
            for x in (-3.6, -1.2, 1.2, 3.6))]  # fmt: skip
    for k in range(11):
        tall = 0.7 + 1.6 * told.near(0.1, 1.0)
        face = Material(
            "#222a44" if told.dark else "#56637f", "#ffdf9f", "windows", 6.5, glow=2.0 if told.dark
            else 0.5)  # fmt: skip
        made.append(box((-3.3 + 0.66 * k, 0.65 + tall / 2, -3.22), (0.6, tall, 0.08), face))
    return with_solids(place, tuple(made))


def moon(place: Place, told: Told) -> Place:
    """A great full moon."""
    if place.closed:
        made = (ball((-1.5, 2.45, PROP_Z), (0.5, 0.5, 0.08), MOON),)
        return with_solids(place, made, (Bulb((-1.5, 2.45, -2.6), "#dfe8ff", 0.8, 1.5),))
    hidden = replace(place.sky, sun_strength=0.0) if told.dark else place.sky
    return with_solids(replace(place, sky=hidden), (ball((-7.5, 10.0, -52), 3.2, MOON),))


def sun(place: Place, told: Told) -> Place:
    """A great sun, low where it rises or sets."""
    colour = {
        "day": "#fff0b8", "dawn": "#ffc490", "sunset": "#ff9a4a",
        "night": "#ff7a3c"}[told.time]  # fmt: skip
    if place.closed:
        return with_solids(
            place, (ball((1.3, 2.3, PROP_Z), (0.8, 0.8, 0.08), glowing(colour, 2.6)),),
            (Bulb((1.5, 2.9, -2.5), colour, 1.0, 1.8),))  # fmt: skip
    at = (0.1, 0.17, -1.0) if told.time == "day" else (0.08, 0.09, -1.0)
    return replace(
        place,
        sky=replace(
            place.sky, sun=colour, sun_at=at, sun_size=0.06, sun_strength=4.5, sun_glow=0.3),
        bloom=place.bloom + 0.15)  # fmt: skip


def stars(place: Place, told: Told) -> Place:
    """A sky full of stars; in a room, stars that hang on threads."""
    if not place.closed:
        sky = place.sky if told.dark else replace(place.sky, strength=0.55 * place.sky.strength)
        return replace(place, sky=replace(sky, stars=2.2, clouds=0.4 * place.sky.clouds))
    made: Solids = ()
    for _ in range(26):
        x, y, size = told.near(-4.2, 4.2), told.near(1.7, 3.1), told.near(0.03, 0.075)
        made += (ball((x, y, -3.05), (size, size, 0.03), glowing("#fff3c4", 3.0)),)
    return with_solids(place, made)


def clouds(place: Place, told: Told) -> Place:
    """Heaps of white cloud."""
    tone = {"day": "#ffffff", "dawn": "#ffd6d0", "sunset": "#ffb08a", "night": "#5a6a9c"}[told.time]
    puff = Material(
        tone, darker(tone, 0.88), "leaves", 0.25, rough=1.0, shine=0.0, soft=1.0, glow=0.12,
        glow_colour=tone)  # fmt: skip
    spots = (
        ((-2.3, 2.6, 0.5), (0.3, 2.9, 0.4), (2.2, 2.4, 0.55)) if place.closed
        else ((-7.0, 7.0, 1.9), (1.0, 8.4, 1.5), (7.5, 6.4, 2.1), (-17, 8, 2.4)))  # fmt: skip
    far = PROP_Z if place.closed else -30.0
    deep = 0.2 if place.closed else 1.0
    made: Solids = ()
    for x, y, s in spots:
        for dx, dy, wide in (
            (0, 0, 1.0), (-1.0, -0.2, 0.68), (1.05, -0.18, 0.72), (0.4, 0.42, 0.68)):  # fmt: skip
            made += (
                ball(
                    (x + dx * s, y + dy * s, far), (wide * s, 0.62 * wide * s, wide * s * deep),
                    puff, 0.12, 2.2 / s),)  # fmt: skip
    return with_solids(
        replace(place, sky=replace(place.sky, clouds=max(place.sky.clouds, 0.6))),
        made)  # fmt: skip


def aurora(place: Place, told: Told) -> Place:
    """Green curtains of light in the sky; in a room, of cloth that glows."""
    if not place.closed:
        return replace(
            place, sky=replace(place.sky, aurora=1.7, clouds=0.1, stars=max(place.sky.stars, 0.8)),
            bloom=place.bloom + 0.1)  # fmt: skip
    made = tuple(
        box(
            (-3.4 + 0.68 * k, 2.5 + 0.25 * np.sin(1.1 * k), PROP_Z - 0.1), (0.62, 1.7, 0.05),
            Material("#0b3a2c", ("#38ffa0", "#5fd0ff", "#9a7bff")[k % 3], "folds", 1.4, glow=0.9))
        for k in range(11))  # fmt: skip
    return with_solids(place, made)


def with_columns(place: Place, told: Told) -> Place:
    """Marble columns at both sides."""
    marble = Material("#efe9de", "#c3b8a8", "marble", 0.35, rough=0.35, shine=0.35)
    spots = [
        (side * x, z) for side in (-1, 1) for x,
        z in ((1.75, -2.95), (2.95, -2.9), (2.5, -5.2))]  # fmt: skip
    return with_solids(place, columns(spots, 4.2, 0.26, marble))


def trees(place: Place, told: Told) -> Place:
    """Trees; in a room, young ones in pots."""
    green = leaves("#3f7d3a")
    if not place.closed:
        spots = [(-2.1, -4.3), (2.5, -5.0), (-7.0, -8.0), (7.4, -8.6), (-9, -2), (9, -2)]
        return with_solids(
            place,
            tuple(
                solid for at in spots
                for solid in tree(at, told.near(3.6, 5.0), green, told.rng)))  # fmt: skip
    made: Solids = ()
    for x in (-2.75, -1.75, 1.75, 2.75):
        made += (
            cylinder((x, 0, -2.85), 0.2, 0.4, Material("#a65c3c", rough=0.8), 0.27),
            tube((x, 0.4, -2.85), (x, 1.5, -2.85), 0.04, leaves("#6a4a2c")),
            ball((x, 1.95, -2.85), (0.5, 0.62, 0.4), green, 0.33, 6.0))  # fmt: skip
    return with_solids(place, made)


def palms(place: Place, told: Told) -> Place:
    """Palms at both sides."""
    spots = (((-1.9, -3.6), 2.5), ((2.1, -3.9), 2.7), ((-3.6, -3.2), 2.9), ((3.9, -3.2), 2.5))
    return with_solids(
        place,
        tuple(solid for at, tall in spots for solid in palm(at, tall, told.rng)))  # fmt: skip


def mountains(place: Place, told: Told) -> Place:
    """Snowy mountains far away; in a room, painted ones."""
    tone = {"day": "#7d97c0", "dawn": "#9a88b0", "sunset": "#6e4a78", "night": "#1d2950"}[told.time]
    if not place.closed:
        far = (
            Ridge("mountains", tone, 0.13, 0.24, 4.0, 21, 0.4),
            Ridge("mountains", darker(tone, 0.8), 0.09, 0.2, 5.0, 8, 0.25))  # fmt: skip
        return replace(place, sky=replace(place.sky, ridges=(*far, *place.sky.ridges)))
    snow, made = Material("#f4f7fc", rough=1.0), ()
    for x, tall, wide in ((-3.2, 2.9, 1.5), (-1.2, 2.2, 1.3), (0.9, 3.1, 1.7), (3.1, 2.5, 1.4)):
        rock = Material(tone, rough=1.0)
        made += tuple(
            box(
                (x, tall * (k + 0.5) / 12, -3.2 + 0.001 * k),
                (2 * wide * (1 - k / 12), tall / 12, 0.12), snow if k > 7 else rock)
            for k in range(12))  # fmt: skip
    return with_solids(place, made)


def sea(place: Place, told: Told) -> Place:
    """The sea to the horizon; in a room, waves of painted boards."""
    if not place.closed:
        return with_solids(
            place,
            (
                box((0, 0.0, -204.5), (700, 0.06, 400), sea_for(told)),
                box(
                    (0, 0.005, -4.5), (700, 0.07, 0.12),
                    Material("#ffffff", rough=0.9))))  # fmt: skip
    made: Solids = ()
    for row in range(3):
        tone = Material(("#1c6fa8", "#2f93c4", "#6cc5dd")[row], rough=0.6)
        made += tuple(
            ball(
                (-4.6 + 0.84 * k + 0.42 * (row % 2), 0.62 - 0.24 * row, -3.2 + 0.17 * row),
                (0.48, 0.42, 0.05), tone) for k in range(12))  # fmt: skip
    return with_solids(place, made)


def people(place: Place, told: Told) -> Place:
    """People who watch from behind."""
    return with_solids(
        place,
        crowd(
            told.rng, 14, 2.7 if place.closed else 3.2, 0.32 if place.closed
            else 0.8))  # fmt: skip


def with_mirror_ball(place: Place, told: Told) -> Place:
    """A mirror ball and its beams."""
    first, second = told.tints[:2]
    beams = tuple(
        Beam((0.0, 2.55, -2.7), (x, y, z), (first, second)[k % 2], 0.22, 0.28) for k,
        (x, y, z) in enumerate(
            (
                (-3.6, 0, 0.2), (3.6, 0, 0.2), (-2.6, 0.1, -3.0), (2.6, 0.1, -3.0), (-3.8, 2.4, -1),
                (3.8, 2.4, -1))))  # fmt: skip
    return with_solids(replace(place, beams=(*place.beams, *beams)), mirror_ball((0.0, 2.55, -2.7)))


def with_candles(place: Place, told: Told) -> Place:
    """Candles on the floor at both sides and behind."""
    spots = [(-4.4 + 0.52 * k, -2.6 - 0.3 * (k % 3) * 0.8) for k in range(18)]
    return with_solids(place, *candles(spots, told.rng))


def fire(place: Place, told: Told) -> Place:
    """Two fires."""
    one, light = bonfire((-1.8, -2.95), 0.45)
    two, more = bonfire((1.85, -2.95), 0.45)
    return with_solids(place, (*one, *two), (*light, *more))


def lasers(place: Place, told: Told) -> Place:
    """Thin beams that cross behind the dancer."""
    beams = []
    for k in range(5):
        for side in (-1, 1):
            colour = told.tints[(k + (side > 0)) % len(told.tints)]
            beams.append(
                Beam(
                    (side * 2.2, 0.3, -3.0), (side * (2.6 - 1.5 * k), 4.6 - 0.12 * k, -2.4), colour,
                    2.2, 0.045))  # fmt: skip
    lamps = tuple(box((side * 2.2, 0.15, -3.0), (0.3, 0.4, 0.3), BLACK) for side in (-1, 1))
    return with_solids(replace(place, beams=(*place.beams, *beams)), lamps)


FEATURES: dict[str, Callable[[Place, Told], Place]] = {
    "signs": signs, "lanterns": paper_lanterns, "skyline": skyline, "moon": moon,
    "stars": stars, "sun": sun, "clouds": clouds, "aurora": aurora,
    "columns": with_columns, "trees": trees, "palms": palms, "mountains": mountains,
    "sea": sea, "crowd": people, "mirror-ball": with_mirror_ball, "candles": with_candles,
    "fire": fire, "lasers": lasers}  # fmt: skip
