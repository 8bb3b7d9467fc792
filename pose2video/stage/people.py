"""Draw the dancers over the set: what each ray meets, its colour, its shadow and its light."""

import math
from typing import NamedTuple

import numpy as np

from pose2video.stage.backdrop import painted
from pose2video.stage.compiled import compiled
from pose2video.stage.faces import face
from pose2video.stage.field import (
    CLOSE,
    Near,
    along_ray,
    march,
    nothing_near,
    surface_at,
)
from pose2video.stage.light import Lights, surface_light
from pose2video.stage.shadows import lit_by, openness
from pose2video.stage.tiles import Tiles, listed
from pose2video.stage.view import View, ray_of

NOBODY = -1
EDGE_DEPTH = 0.03
"""Metres between neighbouring pixels that make an edge."""


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
        albedo: (H, W, 3) float32 colour of the dancers' surface without light
        normal: (H, W, 3) float32, in the world; 0 where no dancer is
        depth: (H, W) float32 metres from the camera along the ray
        part: (H, W) int16 what of a dancer is seen, ``NOBODY`` beside them
    """

    light: np.ndarray
    albedo: np.ndarray
    normal: np.ndarray
    depth: np.ndarray
    part: np.ndarray


def empty_layers(height: int, width: int) -> Layers:
    """Return layers to draw into."""
    planes = (np.zeros((height, width, 3), np.float32) for _ in range(3))
    return Layers(*planes, np.zeros((height, width), np.float32),
                  np.full((height, width), NOBODY, np.int16))  # fmt: skip


@compiled
def draw_people(
    first: int, stop: int, people: People, lights: Lights, view: View, tiles: Tiles, time: float,
    out: Layers,
) -> None:  # fmt: skip
    """Draw rows of the dancers over the set that ``out`` holds."""
    near = nothing_near()
    close = CLOSE / (view.focal * view.height)
    for y in range(first, stop):
        for x in range(view.width):
            out.part[y, x] = NOBODY
            shapes = listed(tiles, x, y)
            if len(shapes) == 0:
                continue
            ray = ray_of(view, x + 0.5, y + 0.5)
            passed, count = meet_people(people, shapes, near, ray, close)
            if passed < 0 or passed > out.depth[y, x]:
                continue
            seen = _seen(people, lights, near, count, passed, ray, time)
            glass = people.table[int(people.shapes[seen.shape, 32]), 15]
            light = seen.light
            if glass > 0:
                light = _through_glass(out.light, view, (x, y), seen, glass)
            for k in range(3):
                out.light[y, x, k] = light[k]
                out.albedo[y, x, k] = seen.albedo[k]
                out.normal[y, x, k] = seen.normal[k]
            out.depth[y, x] = passed
            out.part[y, x] = int(people.shapes[seen.shape, 33])


class Seen(NamedTuple):
    """What a ray sees of a dancer."""

    light: tuple
    albedo: tuple
    normal: tuple
    shape: int


@compiled
def meet_people(
    people: People, listed_shapes: np.ndarray, near: Near, ray: tuple, close: float
) -> tuple:
    """Return how far along a ray a dancer is met, below 0 for nobody, and how many are ``near``."""
    count, start, end = along_ray(people.shapes, listed_shapes, near, ray)
    if count == 0:
        return -1.0, 0
    passed = march(people.shapes, near, count, (start, end, close), ray)
    return passed, count


@compiled
def _seen(
    people: People, lights: Lights, near: Near, count: int, passed: float, ray: tuple, time: float
) -> Seen:
    direction = (ray[3], ray[4], ray[5])
    point = (ray[0] + passed * ray[3], ray[1] + passed * ray[4], ray[2] + passed * ray[5])
    shape, nx, ny, nz = surface_at(people.shapes, near, count, point)
    normal = (nx, ny, nz)
    material = people.table[int(people.shapes[shape, 32])]
    x, y, z = local_place(people.shapes, shape, point)
    albedo = painted(material, x, y, z, time)
    if people.shapes[shape, 35] > 0:
        albedo = face(people.shapes[shape, 35:49], albedo, x, y, z, time)
    bump = material[18]
    if bump > 0:
        normal = _bumped(material, normal, (x, y, z), albedo[3], time)
    key = lights.lamps[0]
    visible = 1.0
    towards = (key[0], key[1], key[2])
    if normal[0] * key[0] + normal[1] * key[1] + normal[2] * key[2] > -material[17]:
        visible = lit_by(people.shades, point, towards, lights.softness, people.shapes[shape, 34])
    around = openness(people.shades, point, normal)
    low = math.exp(-max(point[1], 0.0) / 0.25) * (0.5 - 0.5 * normal[1])
    open_to = (visible, around * (1.0 - 0.6 * low))
    light = surface_light(lights, material, albedo, normal, (direction, point, open_to))
    return Seen(light, albedo, normal, shape)


@compiled
def local_place(shapes: np.ndarray, i: int, point: tuple) -> tuple:
    """Return a point in the axes of a shape's pattern, in metres."""
    x, y, z = point[0] - shapes[i, 22], point[1] - shapes[i, 23], point[2] - shapes[i, 24]
    return (
        shapes[i, 10] * x + shapes[i, 11] * y + shapes[i, 12] * z,
        shapes[i, 13] * x + shapes[i, 14] * y + shapes[i, 15] * z,
        shapes[i, 16] * x + shapes[i, 17] * y + shapes[i, 18] * z,
    )


@compiled
def _bumped(material: np.ndarray, n: tuple, place: tuple, here: float, time: float) -> tuple:
    """Return a normal tilted by how a material's pattern rises along the three axes."""
    x, y, z = place
    step = 0.004
    u = here - painted(material, x + step, y, z, time)[3]
    v = here - painted(material, x, y + step, z, time)[3]
    w = here - painted(material, x, y, z + step, time)[3]
    strength = material[18]
    u, v, w = n[0] + strength * u, n[1] + strength * v, n[2] + strength * w
    length = math.sqrt(u * u + v * v + w * w) + 1e-9
    return u / length, v / length, w / length


@compiled
def _through_glass(behind: np.ndarray, view: View, pixel: tuple, seen: Seen, glass: float) -> tuple:
    """Return the light of a surface with what is behind it bent by its slope, in the picture."""
    n, a = seen.normal, view.axes
    right = n[0] * a[0, 0] + n[1] * a[0, 1] + n[2] * a[0, 2]
    up = n[0] * a[1, 0] + n[1] * a[1, 1] + n[2] * a[1, 2]
    bend = 0.05 * view.height
    x = min(max(int(pixel[0] - bend * right), 0), view.width - 1)
    y = min(max(int(pixel[1] + bend * up), 0), view.height - 1)
    edge = right * right + up * up
    share = glass * (1.0 - 0.75 * edge * edge)
    light = seen.light
    total = (0.0, 0.0, 0.0)
    for k in range(3):
        tint = 0.35 + 0.65 * min(seen.albedo[k] * 1.6, 1.0)
        total = (total[1], total[2], light[k] * (1.0 - share) + share * tint * behind[y, x, k])
    return total


@compiled
def mark_edges(first: int, stop: int, layers: Layers, edge: np.ndarray) -> None:
    """Write which pixels of rows differ from a neighbour in part, depth, facing or colour."""
    height, width = layers.part.shape
    for y in range(first, stop):
        for x in range(width):
            edge[y, x] = 0
            for dy, dx in ((0, 1), (1, 0), (0, -1), (-1, 0)):
                row, column = y + dy, x + dx
                if 0 <= row < height and 0 <= column < width:
                    edge[y, x] |= _differs(layers, y, x, row, column)


@compiled
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


EDGE_POINTS = ((-0.375, -0.125), (0.125, -0.375), (0.375, 0.125), (-0.125, 0.375))
"""Where pixels at edges are looked at again, from their middle: each in its own row and column."""


@compiled
def smooth_people(
    first: int, stop: int, people: People, lights: Lights, view: View, tiles: Tiles, time: float,
    behind: np.ndarray, edge: np.ndarray, out: Layers,
) -> None:  # fmt: skip
    """Look again at pixels at the edges of dancers, in four points each.

    Where the edge is one of shape alone, points on one surface share their light.

    Shape:
        behind: (H, W, 3) the set without dancers
    """
    near = nothing_near()
    close = CLOSE / (view.focal * view.height)
    for y in range(first, stop):
        for x in range(view.width):
            if edge[y, x] == 0:
                continue
            shapes = listed(tiles, x, y)
            r, g, b = 0.0, 0.0, 0.0
            light, shape, depth = (0.0, 0.0, 0.0), -1, 0.0
            for point in EDGE_POINTS:
                ray = ray_of(view, x + 0.5 + point[0], y + 0.5 + point[1])
                passed, count = meet_people(people, shapes, near, ray, close)
                if passed < 0:
                    r, g, b = r + behind[y, x, 0], g + behind[y, x, 1], b + behind[y, x, 2]
                    continue
                where = (
                    ray[0] + passed * ray[3],
                    ray[1] + passed * ray[4],
                    ray[2] + passed * ray[5],
                )
                found = surface_at(people.shapes, near, count, where)[0]
                if edge[y, x] > 1 or found != shape or abs(passed - depth) > EDGE_DEPTH:
                    seen = _seen(people, lights, near, count, passed, ray, time)
                    glass = people.table[int(people.shapes[seen.shape, 32]), 15]
                    light, shape, depth = seen.light, seen.shape, passed
                    if glass > 0:
                        light = _through_glass(behind, view, (x, y), seen, glass)
                r, g, b = r + light[0], g + light[1], b + light[2]
            out.light[y, x, 0], out.light[y, x, 1], out.light[y, x, 2] = r / 4, g / 4, b / 4


@compiled
def shade_by_people(
    first: int, stop: int, people: People, lights: Lights, view: View, box: np.ndarray,
    depth: np.ndarray, thing: np.ndarray, light: np.ndarray,
) -> None:  # fmt: skip
    """Darken rows of the set's floor by the dancers' shadows.

    Shape:
        box: (4,) metres of the floor, from x to x and from z to z, in which shadows fall
        thing: (H, W) what is seen, -1 for the floor
    """
    key = lights.lamps[0]
    towards = (key[0], key[1], key[2])
    for y in range(first, stop):
        for x in range(view.width):
            if thing[y, x] != -1:
                continue
            ray = ray_of(view, x + 0.5, y + 0.5)
            passed = depth[y, x]
            u, w = ray[0] + passed * ray[3], ray[2] + passed * ray[5]
            if not (box[0] < u < box[1] and box[2] < w < box[3]):
                continue
            point = (u, 0.0, w)
            visible = lit_by(people.shades, point, towards, lights.softness, -1)
            around = openness(people.shades, point, (0.0, 1.0, 0.0))
            share = around * (0.42 + 0.58 * visible)
            for k in range(3):
                light[y, x, k] *= share


@compiled
def mirror_people(
    first: int, stop: int, people: People, lights: Lights, view: View, tiles: Tiles, time: float,
    floor: np.ndarray, thing: np.ndarray, light: np.ndarray,
) -> None:  # fmt: skip
    """Add the mirror image of the dancers to rows of a polished floor.

    Args:
        people: as the floor reflects them; ``lights`` too.
        floor: row of the floor's material.
    """
    near = nothing_near()
    close = CLOSE / (view.focal * view.height)
    for y in range(first, stop):
        for x in range(view.width):
            shapes = listed(tiles, x, y)
            if thing[y, x] != -1 or len(shapes) == 0:
                continue
            ray = ray_of(view, x + 0.5, y + 0.5)
            if ray[4] > -1e-3:
                continue
            passed, count = meet_people(people, shapes, near, ray, close)
            if passed < 0:
                continue
            seen = _seen(people, lights, near, count, passed, ray, time)
            depth = max(-(ray[1] + passed * ray[4]), 0.0)
            edge = 1.0 + ray[4]
            share = floor[12] * (1.0 - floor[10]) * (0.45 + 0.55 * edge**3) * math.exp(-depth / 0.9)
            for k in range(3):
                light[y, x, k] += share * (seen.light[k] - light[y, x, k])
