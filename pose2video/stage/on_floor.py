"""What the dancers do to the floor: their shadows on it, and their images in it."""

import math

import numpy as np

from pose2video.stage.backdrop import FLOOR, Moment, Sheet, Window
from pose2video.stage.compiled import called_by_loops, compiled
from pose2video.stage.field import nothing_near
from pose2video.stage.light import Lights
from pose2video.stage.materials import ROUGH, SHINE
from pose2video.stage.people import People, meet_people, seen_people
from pose2video.stage.shadows import lit_by, openness
from pose2video.stage.tiles import listed
from pose2video.stage.view import View, along, pixel_of, ray_of

SHADOW_MARGIN = 0.7
"""Metres around the bodies' shadows in which the floor is darkened."""
KEY_SHARE = 0.58
"""How much of the light on the floor the key light gives."""
MIRROR_DEPTH = 0.9
"""Metres of height over which a mirror image fades."""


@compiled
def shade_by_people(
    first: int, stop: int, people: People, moment: Moment, view: View, sheet: Sheet
) -> None:
    """Darken rows of the set's floor by the dancers' shadows."""
    key = moment.lights.lamps[0]
    towards = (key[0], key[1], key[2])
    west, east, north, south = _reached(people.shades, towards)
    for y in range(first, stop):
        for x in range(view.width):
            if sheet.thing[y, x] != FLOOR:
                continue
            ray = ray_of(view, x + 0.5, y + 0.5)
            u, _, w = along(ray, sheet.depth[y, x])
            if west < u < east and north < w < south:
                share = _floor_share(people, moment.lights, (u, 0.0, w))
                for k in range(3):
                    sheet.smooth[y, x, k] *= share


@called_by_loops
def _floor_share(people: People, lights: Lights, point: tuple) -> float:
    """Return by how much the dancers darken a point of the floor, from 0 to 1."""
    key = lights.lamps[0]
    visible = lit_by(people.shades, point, (key[0], key[1], key[2]), lights.softness, -1.0)
    around = openness(people.shades, point, (0.0, 1.0, 0.0))
    return around * (1 - KEY_SHARE + KEY_SHARE * visible)


@called_by_loops
def _reached(shades: np.ndarray, towards: tuple) -> tuple:
    """Return the part of the floor, from x to x and from z to z, in which shadows fall."""
    west, east, north, south = 1e9, -1e9, 1e9, -1e9
    up = max(towards[1], 0.2)
    for i in range(len(shades)):
        for end in range(2):
            x, z = shades[i, 0] + end * shades[i, 3], shades[i, 2] + end * shades[i, 5]
            height = shades[i, 1] + end * shades[i, 4]
            u, w = x - towards[0] / up * height, z - towards[2] / up * height
            west, east = min(west, x, u), max(east, x, u)
            north, south = min(north, z, w), max(south, z, w)
    margin = SHADOW_MARGIN
    return west - margin, east + margin, north - margin, south + margin


@compiled
def mirror_people(
    first: int, stop: int, people: People, moment: Moment, window: Window, sheet: Sheet
) -> None:
    """Add the mirror image of the dancers to rows of a polished floor.

    Args:
        people: as the floor reflects them, with the floor's material as the last of their table;
            the lights of ``moment`` as well.
    """
    near = nothing_near()
    floor = people.table[-1]
    pixel = pixel_of(window.camera)
    for y in range(first, stop):
        for x in range(window.camera.width):
            shapes = listed(window.tiles, x, y)
            ray = ray_of(window.camera, x + 0.5, y + 0.5)
            if sheet.thing[y, x] != FLOOR or len(shapes) == 0 or ray[4] > -1e-3:
                continue
            met = meet_people(people, shapes, near, ray, pixel, 0.5)
            passed, cover = (met.passed, 1.0) if met.passed > 0 else (met.edge, met.share)
            if cover <= 0:
                continue
            seen = seen_people(people, moment, near, met, ray, passed)
            deep = math.exp(min(ray[1] + passed * ray[4], 0.0) / MIRROR_DEPTH)
            edge = (1.0 + ray[4]) ** 3
            share = floor[SHINE] * (1.0 - floor[ROUGH]) * (0.45 + 0.55 * edge) * deep * cover
            for k in range(3):
                sheet.smooth[y, x, k] += share * (seen.light[k] - sheet.smooth[y, x, k])
