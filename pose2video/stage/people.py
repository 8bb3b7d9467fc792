"""Draw the dancers over the set: what each ray meets, its colour, its shadow and its light.

Rays are followed to every second pixel of every second row. A pixel between four of them that met
one and the same shape, near each other and far from any edge, takes the mean of their places and
of how the surface faces; others have a ray of their own. Colour and light are found in each pixel.
"""

import math
from typing import NamedTuple

import numpy as np

from pose2video.stage.backdrop import Moment, Window, painted
from pose2video.stage.compiled import called_by_loops, compiled
from pose2video.stage.faces import face
from pose2video.stage.field import (
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
from pose2video.stage.materials import BUMP, GLASS, SOFT
from pose2video.stage.shadows import lit_by, openness
from pose2video.stage.tiles import listed
from pose2video.stage.view import along, pixel_of, ray_of

NOBODY = -1
UNKNOWN, AWAY, EDGE, BUSY, WHOLE = range(5)
"""What is known of a pixel: nothing, or that nobody is there; nobody in the next ones either; it
is covered in part, and its light is there; it shows one shape with others near; only that one."""
BESIDE = 2.5
"""Pixels around a ray in which a pixel between may meet something else."""
LEAST_FACING = 0.3
"""Cosine between the way to the eye and how the rim of a surface faces in the mean of a pixel."""
SAME_DEPTH = 0.03
"""Metres by which neighbouring pixels of one surface differ at most."""
SAME_SHADE = 0.2
"""Share of the lamp by which they do."""
OTHER_COLOUR = 0.25
"""Share of their brightness by which pixels differ between which colour has an edge."""
COLOUR_POINTS = ((-0.375, -0.25), (0.25, -0.375), (0.125, 0.375))
"""Where pixels at edges of colour are looked at as well, from their middle; each in its own row."""


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


class Subject(NamedTuple):
    """The dancers, how they are lit, and how they are seen."""

    people: People
    moment: Moment
    window: Window


class Layers(NamedTuple):
    """What one frame shows, pixel by pixel.

    Shape:
        light: (H, W, 3) float32, linear, 1 is a white wall in the key light
        behind: (H, W, 3) float32 the same of the set without dancers, but with their shadows
        albedo: (H, W, 3) float32 colour of the dancers' surface without light
        normal: (H, W, 3) float32, in the world; 0 where no dancer is
        depth: (H, W) float32 metres from the camera along the ray
        part: (H, W) int16 what of a dancer is seen, ``NOBODY`` beside them
        shape: (H, W) int16 the number of the shape that is
        open_to: (H, W, 2) float32 shares of the key light and of the surroundings that reach it
        known: (H, W) uint8, ``UNKNOWN`` to ``WHOLE``
    """

    light: np.ndarray
    behind: np.ndarray
    albedo: np.ndarray
    normal: np.ndarray
    depth: np.ndarray
    part: np.ndarray
    shape: np.ndarray
    open_to: np.ndarray
    known: np.ndarray


def empty_layers(height: int, width: int) -> Layers:
    """Return layers to draw into."""
    light, behind, albedo, normal = np.zeros((4, height, width, 3), np.float32)
    depth = np.zeros((height, width), np.float32)
    part, shape = np.full((2, height, width), NOBODY, np.int16)
    open_to = np.zeros((height, width, 2), np.float32)
    known = np.zeros((height, width), np.uint8)
    return Layers(light, behind, albedo, normal, depth, part, shape, open_to, known)


@compiled
def trace_people(first: int, stop: int, subject: Subject, between: bool, out: Layers) -> None:
    """Find what rows of pixels show of the dancers, over the set that ``out`` holds.

    Args:
        between: whether those between every second pixel of every second row are found, or these.
    """
    near = nothing_near()
    window, around = subject.window, 0.5 if between else BESIDE
    for y in range(first, stop):
        for x in range(window.camera.width):
            if (x % 2 + y % 2 > 0) != between:
                continue
            shapes = listed(window.tiles, x, y)
            if len(shapes) and not (between and _follows(out, x, y)):
                _trace(subject, (x, y), shapes, near, around, out)


@called_by_loops
def _follows(out: Layers, x: int, y: int) -> bool:
    """Return whether a pixel follows from the four around it; then write it."""
    height, width = out.part.shape
    up, left = y - y % 2, x - x % 2
    down, right = up + 2 * (y % 2), left + 2 * (x % 2)
    if down >= height or right >= width:
        return False
    known, shape = out.known[up, left], out.shape[up, left]
    for row in (up, down):
        for column in (left, right):
            if out.known[row, column] != known or out.shape[row, column] != shape:
                return False
    if known != WHOLE:
        return known == AWAY
    if max(_apart(out, up, left, down, right), _apart(out, up, right, down, left)) > 1.0:
        return False
    _write_mean(out, (x, y), (up, left, down, right))
    return True


@called_by_loops
def _apart(out: Layers, y: int, x: int, row: int, column: int) -> float:
    """Return how far two pixels differ in place and shadow; above 1 they are of two surfaces."""
    place = abs(out.depth[y, x] - out.depth[row, column]) / SAME_DEPTH
    shade = abs(out.open_to[y, x, 0] - out.open_to[row, column, 0]) / SAME_SHADE
    return max(place, shade)


@called_by_loops
def _write_mean(out: Layers, pixel: tuple, around: tuple) -> None:
    """Write to a pixel the mean of those at the corners around it, of one surface."""
    (x, y), (up, left, down, right) = pixel, around
    out.shape[y, x], out.part[y, x] = out.shape[up, left], out.part[up, left]
    out.known[y, x] = WHOLE
    above, below = out.depth[up, left] + out.depth[up, right], out.depth[down, left]
    out.depth[y, x] = 0.25 * (above + below + out.depth[down, right])
    length = 0.0
    for k in range(3):
        above = out.normal[up, left, k] + out.normal[up, right, k]
        total = above + out.normal[down, left, k] + out.normal[down, right, k]
        out.normal[y, x, k] = total
        length += total * total
    for k in range(3):
        out.normal[y, x, k] /= math.sqrt(length)
    for k in range(2):
        above = out.open_to[up, left, k] + out.open_to[up, right, k]
        below = out.open_to[down, left, k] + out.open_to[down, right, k]
        out.open_to[y, x, k] = 0.25 * (above + below)


class Met(NamedTuple):
    """What a ray meets; see ``march``."""

    passed: float
    edge: float
    share: float
    beside: float
    count: int


@called_by_loops
def meet_people(
    people: People, shapes: np.ndarray, near: Near, ray: tuple, pixel: float, around: float
) -> Met:
    """Return what a ray meets of some ``shapes``, and write those to ``near``.

    Args:
        pixel: metres a metre of a pixel's side.
        around: pixels beside the ray in which shapes are looked for.
    """
    count, start, end = along_ray(people.shapes, shapes, near, ray, around * pixel)
    if count == 0:
        return Met(-1.0, 0.0, 0.0, around, 0)
    passed, edge, share, beside = march(people.shapes, near, count, (start, end, pixel), ray)
    return Met(passed, edge, share, beside - 0.5, count)


class Surface(NamedTuple):
    """A place on the dancers: the shape, how it faces, shares of key light and surroundings."""

    shape: int
    normal: tuple
    open_to: tuple


@called_by_loops
def _surface(
    people: People, lights: Lights, near: Near, count: int, ray: tuple, passed: float
) -> Surface:
    point = along(ray, passed)
    shape, nx, ny, nz = surface_at(people.shapes, near, count, point)
    normal = _in_the_mean((nx, ny, nz), ray)
    key = lights.lamps[0]
    visible = 1.0
    soft = people.table[int(people.shapes[shape, MATERIAL]), SOFT]
    if nx * key[0] + ny * key[1] + nz * key[2] > -soft:
        limb = people.shapes[shape, LIMB]
        visible = lit_by(people.shades, point, (key[0], key[1], key[2]), lights.softness, limb)
    around = openness(people.shades, point, normal)
    low = math.exp(-max(point[1], 0.0) / 0.25) * (0.5 - 0.5 * ny)
    return Surface(shape, normal, (visible, around * (1.0 - 0.6 * low)))


@called_by_loops
def _in_the_mean(normal: tuple, ray: tuple) -> tuple:
    """Return how a surface faces in the mean of a pixel: nowhere as far aside as its very rim."""
    facing = -(normal[0] * ray[3] + normal[1] * ray[4] + normal[2] * ray[5])
    tilt = max(LEAST_FACING - facing, 0.0)
    u, v = normal[0] - tilt * ray[3], normal[1] - tilt * ray[4]
    w = normal[2] - tilt * ray[5]
    length = math.sqrt(u * u + v * v + w * w)
    return u / length, v / length, w / length


class Seen(NamedTuple):
    """What a ray sees of a dancer."""

    light: tuple
    albedo: tuple
    normal: tuple


@called_by_loops
def _seen(people: People, moment: Moment, surface: Surface, ray: tuple, passed: float) -> Seen:
    material = people.table[int(people.shapes[surface.shape, MATERIAL])]
    if material[BUMP] > 0:
        place = local_place(people.shapes, surface.shape, along(ray, passed))
        normal = _bumped(material, surface.normal, place, moment.time)
        surface = Surface(surface.shape, normal, surface.open_to)
    return _painted(people, moment, surface, ray, passed)


@called_by_loops
def _painted(people: People, moment: Moment, surface: Surface, ray: tuple, passed: float) -> Seen:
    """Return what is seen of a surface that faces exactly as it says."""
    material = people.table[int(people.shapes[surface.shape, MATERIAL])]
    point = along(ray, passed)
    x, y, z = local_place(people.shapes, surface.shape, point)
    albedo = painted(material, x, y, z, moment.time)
    if people.shapes[surface.shape, FACE] > 0:
        albedo = face(people.shapes[surface.shape, FACE:], albedo, x, y, z, moment.time)
    seen = ((ray[3], ray[4], ray[5]), point, surface.open_to)
    light = surface_light(moment.lights, material, albedo, surface.normal, seen)
    return Seen(light, albedo, surface.normal)


@called_by_loops
def seen_people(
    people: People, moment: Moment, near: Near, met: Met, ray: tuple, passed: float
) -> Seen:
    """Return what a ray sees of the dancers where it met them."""
    surface = _surface(people, moment.lights, near, met.count, ray, passed)
    return _seen(people, moment, surface, ray, passed)


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
def _bumped(material: np.ndarray, n: tuple, place: tuple, time: float) -> tuple:
    """Return a normal tilted by how a material's pattern rises along the three axes."""
    x, y, z = place
    step = 0.004
    here = painted(material, x, y, z, time)[3]
    u = here - painted(material, x + step, y, z, time)[3]
    v = here - painted(material, x, y + step, z, time)[3]
    w = here - painted(material, x, y, z + step, time)[3]
    strength = material[BUMP]
    u, v, w = n[0] + strength * u, n[1] + strength * v, n[2] + strength * w
    length = math.sqrt(u * u + v * v + w * w) + 1e-9
    return u / length, v / length, w / length


@called_by_loops
def _trace(
    subject: Subject, pixel: tuple, shapes: np.ndarray, near: Near, around: float, out: Layers
) -> None:
    """Follow the ray of one pixel, among shapes up to some pixels ``around``, and write it."""
    x, y = pixel
    people, view = subject.people, subject.window.camera
    ray = ray_of(view, x + 0.5, y + 0.5)
    met = meet_people(people, shapes, near, ray, pixel_of(view), around)
    is_met = 0 < met.passed < out.depth[y, x]
    has_edge = met.share > 0 and met.edge < out.depth[y, x]
    is_alone = met.beside >= BESIDE
    if is_met:
        surface = _write_surface(subject, pixel, near, met.count, (ray, met.passed, 1.0), out)
        out.known[y, x] = WHOLE if is_alone else BUSY
        if has_edge:
            _write_light(subject, pixel, surface, (ray, met.passed, 1.0), out)
    if has_edge:
        edge = (ray, met.edge, met.share)
        surface = _write_surface(subject, pixel, near, met.count, edge, out)
        _write_light(subject, pixel, surface, edge, out)
        out.known[y, x] = EDGE
    elif met.passed < 0 and is_alone:
        out.known[y, x] = AWAY


@called_by_loops
def _write_surface(
    subject: Subject, pixel: tuple, near: Near, count: int, met: tuple, out: Layers
) -> Surface:
    """Return the surface that a pixel shows, and write it if it covers most of the pixel.

    Args:
        met: the ray, how far along it the surface is met, and the share that it covers.
    """
    (x, y), (ray, passed, share) = pixel, met
    people = subject.people
    surface = _surface(people, subject.moment.lights, near, count, ray, passed)
    if share >= 0.5:
        out.depth[y, x], out.shape[y, x] = passed, surface.shape
        out.part[y, x] = int(people.shapes[surface.shape, PART])
        for k in range(3):
            out.normal[y, x, k] = surface.normal[k]
        for k in range(2):
            out.open_to[y, x, k] = surface.open_to[k]
    return surface


@called_by_loops
def _write_light(subject: Subject, pixel: tuple, surface: Surface, met: tuple, out: Layers) -> None:
    """Mix the light of a surface into a pixel; see ``_write_surface``."""
    (x, y), (ray, passed, share) = pixel, met
    seen = _seen(subject.people, subject.moment, surface, ray, passed)
    light = _with_glass(subject, surface.shape, seen, out.behind, pixel)
    for k in range(3):
        out.light[y, x, k] += share * (light[k] - out.light[y, x, k])
        if share >= 0.5:
            out.albedo[y, x, k], out.normal[y, x, k] = seen.albedo[k], seen.normal[k]


@called_by_loops
def _with_glass(
    subject: Subject, shape: int, seen: Seen, behind: np.ndarray, pixel: tuple
) -> tuple:
    """Return the light of a surface with what shines through it, bent by its slope."""
    people, view = subject.people, subject.window.camera
    glass = people.table[int(people.shapes[shape, MATERIAL]), GLASS]
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
def light_people(first: int, stop: int, subject: Subject, out: Layers) -> None:
    """Write colour and light of the pixels of rows where ``trace_people`` has found surfaces."""
    view = subject.window.camera
    for y in range(first, stop):
        for x in range(view.width):
            if out.known[y, x] >= BUSY:
                met = (ray_of(view, x + 0.5, y + 0.5), 1.0 * out.depth[y, x], 1.0)
                _write_light(subject, (x, y), _found(out, x, y), met, out)


@called_by_loops
def _found(out: Layers, x: int, y: int) -> Surface:
    """Return the surface that a pixel shows."""
    n, open_to = out.normal[y, x], out.open_to[y, x]
    normal = (1.0 * n[0], 1.0 * n[1], 1.0 * n[2])
    return Surface(0 + out.shape[y, x], normal, (1.0 * open_to[0], 1.0 * open_to[1]))


@compiled
def smooth_colours(first: int, stop: int, subject: Subject, out: Layers) -> None:
    """Look at pixels of rows in four points each where a surface, there flat, changes colour."""
    near = nothing_near()
    for y in range(first, stop):
        for x in range(subject.window.camera.width):
            if out.known[y, x] >= BUSY and _changes_colour(out, x, y):
                shapes = listed(subject.window.tiles, x, y)
                r, g, b = _in_points(subject, (x, y), shapes, near, out)
                light = out.light[y, x]
                light[0] = 0.25 * (light[0] + r)
                light[1] = 0.25 * (light[1] + g)
                light[2] = 0.25 * (light[2] + b)


@called_by_loops
def _in_points(
    subject: Subject, pixel: tuple, shapes: np.ndarray, near: Near, out: Layers
) -> tuple:
    """Return the sum of the light of a surface in the ``COLOUR_POINTS`` of a pixel."""
    x, y = pixel
    people, view = subject.people, subject.window.camera
    ray = ray_of(view, x + 0.5, y + 0.5)
    count = along_ray(people.shapes, shapes, near, ray, pixel_of(view))[0]
    surface, passed = _found(out, x, y), float(out.depth[y, x])
    r, g, b = 0.0, 0.0, 0.0
    for point in COLOUR_POINTS:
        beside = ray_of(view, x + 0.5 + point[0], y + 0.5 + point[1])
        away = passed * _facing(surface.normal, ray) / _facing(surface.normal, beside)
        away = min(max(away, passed - SAME_DEPTH), passed + SAME_DEPTH)
        shape = nearest_shape(people.shapes, near, count, along(beside, away))
        there = Surface(shape, surface.normal, surface.open_to)
        seen = _painted(people, subject.moment, there, beside, away)
        light = _with_glass(subject, shape, seen, out.behind, pixel)
        r, g, b = r + light[0], g + light[1], b + light[2]
    return r, g, b


@called_by_loops
def _facing(normal: tuple, ray: tuple) -> float:
    """Return how much a surface faces the eye, never less than a little."""
    return max(-(normal[0] * ray[3] + normal[1] * ray[4] + normal[2] * ray[5]), 0.05)


@called_by_loops
def _changes_colour(out: Layers, x: int, y: int) -> bool:
    """Return whether a pixel and one beside it show another colour in the same place."""
    height, width = out.part.shape
    for dy, dx in ((0, 1), (1, 0), (0, -1), (-1, 0)):
        row, column = min(max(y + dy, 0), height - 1), min(max(x + dx, 0), width - 1)
        if out.part[row, column] == NOBODY:
            continue
        if abs(out.depth[y, x] - out.depth[row, column]) > SAME_DEPTH:
            continue
        for k in range(3):
            one, other = out.albedo[y, x, k], out.albedo[row, column, k]
            if abs(one - other) > OTHER_COLOUR * (0.1 + max(one, other)):
                return True
    return False
