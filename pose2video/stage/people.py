"""Draw the dancers over the set: what each ray meets, its colour, its shadow and its light."""

import math
from typing import NamedTuple

import numpy as np

from pose2video.stage.backdrop import FLOOR, Moment, Sheet, Window, painted
from pose2video.stage.compiled import called_by_loops, compiled
from pose2video.stage.faces import face
from pose2video.stage.field import (
    CLOSE,
    FACE,
    LIMB,
    MATERIAL,
    PART,
    Near,
    along_ray,
    march,
    nearest_shape,
    nothing_near,
    surface_at,
)
from pose2video.stage.light import Lights, surface_light
from pose2video.stage.materials import BUMP, GLASS, ROUGH, SHINE, SOFT
from pose2video.stage.shadows import lit_by, openness
from pose2video.stage.tiles import listed
from pose2video.stage.view import View, ray_of

NOBODY = -1
EDGE_DEPTH = 0.03
"""Metres between neighbouring pixels that make an edge."""
EDGE_POINTS = ((-0.375, -0.25), (0.25, -0.375), (0.125, 0.375))
"""Where pixels at edges are looked at as well, from their middle; each in a row of its own."""
SHADOW_MARGIN = 0.7
"""Metres around the bodies' shadows in which the floor is darkened."""
KEY_SHARE = 0.58
"""How much of the light on the floor the key light gives."""
MIRROR_DEPTH = 0.9
"""Metres of height over which a mirror image fades."""


class People(NamedTuple):
    """All dancers at one moment.

    Shape:
        shapes: (P, COLUMNS), those of a group together; see ``pose2video.stage.field``
        shades: (C, 9) capsules that cast shadows; see ``pose2video.stage.shadows``
        table: (M, ROW) their materials
    """

    shapes: np.ndarray
    shades: np.ndarray
    table: np.ndarray


class Layers(NamedTuple):
    """What one frame shows, pixel by pixel.

    Shape:
        light: (H, W, 3) float32, linear, 1 is a white wall in the key light
        behind: (H, W, 3) float32 the same of the set without dancers, but with their shadows
        albedo: (H, W, 3) float32 colour of the dancers' surface without light
        normal: (H, W, 3) float32, in the world; 0 where no dancer is
        depth: (H, W) float32 metres from the camera along the ray
        part: (H, W) int16 what of a dancer is seen, ``NOBODY`` beside them
        edge: (H, W) uint8 where something ends: 1 a shape, 2 a colour
    """

    light: np.ndarray
    behind: np.ndarray
    albedo: np.ndarray
    normal: np.ndarray
    depth: np.ndarray
    part: np.ndarray
    edge: np.ndarray


def empty_layers(height: int, width: int) -> Layers:
    """Return layers to draw into."""
    light, behind, albedo, normal = np.zeros((4, height, width, 3), np.float32)
    depth = np.zeros((height, width), np.float32)
    part = np.full((height, width), NOBODY, np.int16)
    return Layers(light, behind, albedo, normal, depth, part, np.zeros((height, width), np.uint8))


@compiled
def draw_people(
    first: int, stop: int, people: People, moment: Moment, window: Window, out: Layers
) -> None:
    """Draw rows of the dancers over the set that ``out`` holds."""
    near = nothing_near()
    view = window.camera
    close = CLOSE / (view.focal * view.height)
    for y in range(first, stop):
        for x in range(view.width):
            shapes = listed(window.tiles, x, y)
            if len(shapes) == 0:
                continue
            ray = ray_of(view, x + 0.5, y + 0.5)
            passed, count = meet_people(people, shapes, near, ray, close)
            if passed < 0 or passed > out.depth[y, x]:
                continue
            seen = _seen(people, moment, near, count, passed, ray)
            light = _with_glass(people, seen, out.behind, view, (x, y))
            for k in range(3):
                out.light[y, x, k] = light[k]
                out.albedo[y, x, k] = seen.albedo[k]
                out.normal[y, x, k] = seen.normal[k]
            out.depth[y, x] = passed
            out.part[y, x] = int(people.shapes[seen.shape, PART])


class Seen(NamedTuple):
    """What a ray sees of a dancer."""

    light: tuple
    albedo: tuple
    normal: tuple
    shape: int


@called_by_loops
def meet_people(
    people: People, listed_shapes: np.ndarray, near: Near, ray: tuple, close: float
) -> tuple:
    """Return how far along a ray a dancer is met, below 0 for nobody, and how many are ``near``."""
    count, start, end = along_ray(people.shapes, listed_shapes, near, ray)
    if count == 0:
        return -1.0, 0
    passed = march(people.shapes, near, count, (start, end, close), ray)
    return passed, count


@called_by_loops
def _seen(
    people: People, moment: Moment, near: Near, count: int, passed: float, ray: tuple
) -> Seen:
    time, lights = moment.time, moment.lights
    direction = (ray[3], ray[4], ray[5])
    point = (ray[0] + passed * ray[3], ray[1] + passed * ray[4], ray[2] + passed * ray[5])
    shape, nx, ny, nz = surface_at(people.shapes, near, count, point)
    normal = (nx, ny, nz)
    material = people.table[int(people.shapes[shape, MATERIAL])]
    x, y, z = local_place(people.shapes, shape, point)
    albedo = painted(material, x, y, z, time)
    height = albedo[3]
    if people.shapes[shape, FACE] > 0:
        albedo = face(people.shapes[shape, FACE:], albedo, x, y, z, time)
    bump = material[BUMP]
    if bump > 0:
        normal = _bumped(material, normal, (x, y, z), height, time)
    key = lights.lamps[0]
    visible = 1.0
    towards = (key[0], key[1], key[2])
    if normal[0] * key[0] + normal[1] * key[1] + normal[2] * key[2] > -material[SOFT]:
        visible = lit_by(people.shades, point, towards, lights.softness, people.shapes[shape, LIMB])
    around = openness(people.shades, point, normal)
    low = math.exp(-max(point[1], 0.0) / 0.25) * (0.5 - 0.5 * normal[1])
    open_to = (visible, around * (1.0 - 0.6 * low))
    light = surface_light(lights, material, albedo, normal, (direction, point, open_to))
    return Seen(light, albedo, normal, shape)


@called_by_loops
def local_place(shapes: np.ndarray, i: int, point: tuple) -> tuple:
    """Return a point in the axes of a shape's pattern, in metres."""
    x, y, z = point[0] - shapes[i, 22], point[1] - shapes[i, 23], point[2] - shapes[i, 24]
    return (
        shapes[i, 10] * x + shapes[i, 11] * y + shapes[i, 12] * z,
        shapes[i, 13] * x + shapes[i, 14] * y + shapes[i, 15] * z,
        shapes[i, 16] * x + shapes[i, 17] * y + shapes[i, 18] * z,
    )


@called_by_loops
def _bumped(material: np.ndarray, n: tuple, place: tuple, here: float, time: float) -> tuple:
    """Return a normal tilted by how a material's pattern rises along the three axes."""
    x, y, z = place
    step = 0.004
    u = here - painted(material, x + step, y, z, time)[3]
    v = here - painted(material, x, y + step, z, time)[3]
    w = here - painted(material, x, y, z + step, time)[3]
    strength = material[BUMP]
    u, v, w = n[0] + strength * u, n[1] + strength * v, n[2] + strength * w
    length = math.sqrt(u * u + v * v + w * w) + 1e-9
    return u / length, v / length, w / length


@called_by_loops
def _with_glass(people: People, seen: Seen, behind: np.ndarray, view: View, pixel: tuple) -> tuple:
    """Return the light of a surface with what shines through it, bent by its slope."""
    glass = people.table[int(people.shapes[seen.shape, MATERIAL]), GLASS]
    if glass <= 0:
        return seen.light
    n, a = seen.normal, view.axes
    right = n[0] * a[0, 0] + n[1] * a[0, 1] + n[2] * a[0, 2]
    up = n[0] * a[1, 0] + n[1] * a[1, 1] + n[2] * a[1, 2]
    bend = 0.05 * view.height
    x = min(max(int(pixel[0] - bend * right), 0), view.width - 1)
    y = min(max(int(pixel[1] + bend * up), 0), view.height - 1)
    edge = right * right + up * up
    share = glass * (1.0 - 0.75 * edge * edge)
    total = (0.0, 0.0, 0.0)
    for k in range(3):
        tint = 0.35 + 0.65 * min(seen.albedo[k] * 1.6, 1.0)
        total = (total[1], total[2], seen.light[k] * (1.0 - share) + share * tint * behind[y, x, k])
    return total


@compiled
def mark_edges(first: int, stop: int, layers: Layers) -> None:
    """Write which pixels of rows differ from a neighbour in part, depth or colour."""
    height, width = layers.part.shape
    for y in range(first, stop):
        for x in range(width):
            found = 0
            for dy, dx in ((0, 1), (1, 0), (0, -1), (-1, 0)):
                row, column = y + dy, x + dx
                if 0 <= row < height and 0 <= column < width:
                    found |= _differs(layers, y, x, row, column)
            layers.edge[y, x] = found


@called_by_loops
def _differs(layers: Layers, y: int, x: int, row: int, column: int) -> int:
    here, there = layers.part[y, x], layers.part[row, column]
    if here == NOBODY and there == NOBODY:
        return 0
    if here != there or abs(layers.depth[y, x] - layers.depth[row, column]) > EDGE_DEPTH:
        return 1
    away = 0.0
    for k in range(3):
        one, other = layers.albedo[y, x, k], layers.albedo[row, column, k]
        away = max(away, abs(one - other) / (0.1 + max(one, other)))
    return 2 if away > 0.25 else 0


EDGE_POINTS = ((-0.375, -0.25), (0.25, -0.375), (0.125, 0.375))
"""Where pixels at edges are looked at as well, from their middle; each in a row of its own."""


@compiled
def smooth_people(
    first: int, stop: int, people: People, moment: Moment, window: Window, out: Layers
) -> None:
    """Look at pixels at the edges of dancers in four points each.

    Where the edge is one of shape alone, points on one surface share their light.
    """
    near = nothing_near()
    for y in range(first, stop):
        for x in range(window.camera.width):
            if out.edge[y, x] > 0:
                light = _in_four_points(people, moment, window, near, (x, y), out)
                for k in range(3):
                    out.light[y, x, k] = light[k]


@called_by_loops
def _in_four_points(
    people: People, moment: Moment, window: Window, near: Near, pixel: tuple, out: Layers
) -> tuple:
    """Return the mean light of a pixel over its middle and the ``EDGE_POINTS``."""
    view, (x, y) = window.camera, pixel
    shapes, behind = listed(window.tiles, x, y), out.behind[y, x]
    middle = out.light[y, x]
    r, g, b = 1.0 * middle[0], 1.0 * middle[1], 1.0 * middle[2]
    light, part, depth = (r, g, b), int(out.part[y, x]), 1.0 * out.depth[y, x]
    for point in EDGE_POINTS:
        ray = ray_of(view, x + 0.5 + point[0], y + 0.5 + point[1])
        close = CLOSE / (view.focal * view.height)
        passed, count = meet_people(people, shapes, near, ray, close)
        if passed < 0:
            r, g, b = r + behind[0], g + behind[1], b + behind[2]
            continue
        where = (ray[0] + passed * ray[3], ray[1] + passed * ray[4], ray[2] + passed * ray[5])
        found = int(people.shapes[nearest_shape(people.shapes, near, count, where), PART])
        if out.edge[y, x] > 1 or found != part or abs(passed - depth) > EDGE_DEPTH:
            seen = _seen(people, moment, near, count, passed, ray)
            light = _with_glass(people, seen, out.behind, view, pixel)
            part, depth = found, passed
        r, g, b = r + light[0], g + light[1], b + light[2]
    return r / 4, g / 4, b / 4


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
            passed = sheet.depth[y, x]
            u, w = ray[0] + passed * ray[3], ray[2] + passed * ray[5]
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
    close = CLOSE / (window.camera.focal * window.camera.height)
    for y in range(first, stop):
        for x in range(window.camera.width):
            shapes = listed(window.tiles, x, y)
            ray = ray_of(window.camera, x + 0.5, y + 0.5)
            if sheet.thing[y, x] != FLOOR or len(shapes) == 0 or ray[4] > -1e-3:
                continue
            passed, count = meet_people(people, shapes, near, ray, close)
            if passed < 0:
                continue
            seen = _seen(people, moment, near, count, passed, ray)
            deep = math.exp(min(ray[1] + passed * ray[4], 0.0) / MIRROR_DEPTH)
            edge = (1.0 + ray[4]) ** 3
            share = floor[SHINE] * (1.0 - floor[ROUGH]) * (0.45 + 0.55 * edge) * deep
            for k in range(3):
                sheet.smooth[y, x, k] += share * (seen.light[k] - sheet.smooth[y, x, k])
