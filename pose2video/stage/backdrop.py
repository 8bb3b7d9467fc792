"""Draw the set behind the dancers: floor, solids and sky, with the air between."""

import math
from typing import NamedTuple

import numpy as np

from pose2video.stage.compiled import called_by_loops, compiled
from pose2video.stage.light import Lights, reflected_around, shine, surface_light
from pose2video.stage.materials import BUMP, METAL, ROUGH, SHINE
from pose2video.stage.noise import smooth
from pose2video.stage.patterns import pattern
from pose2video.stage.sky import sky_light
from pose2video.stage.solids import NOTHING, meet_solid
from pose2video.stage.tiles import Tiles, listed
from pose2video.stage.view import View, along, ray_of

FLOOR = -1
"""What stands for the floor where solids have numbers."""
SKY = -2
MIRRORS_BELOW, MIRRORS_FROM = 0.4, 0.2
"""A floor less rough than the first, that shines more than the second, shows images of things."""


class Air(NamedTuple):
    """What lies between things and the eye.

    Shape:
        fog: (3,) its light
        beams: (B, 10) visible light: from, the way to its end, colour, width there in metres
    """

    fog: np.ndarray
    density: float
    """A metre."""
    low: float
    """Share of the fog that lies near the floor."""
    beams: np.ndarray


class Moment(NamedTuple):
    """How all is lit, and when: seconds, by which what moves by itself moves."""

    lights: Lights
    time: float


class Window(NamedTuple):
    """What is seen, and which things in each tile of it."""

    camera: View
    tiles: Tiles
    below: Tiles
    """Of which things a mirroring floor may show images in each tile."""


class Sheet(NamedTuple):
    """The set alone, as one view sees it.

    Shape:
        light: (H, W, 3) float32, and the same with smooth edges
        depth: (H, W) float32 metres along the ray
        thing: (H, W) int16 the number of what is seen, ``FLOOR`` or ``SKY``
    """

    light: np.ndarray
    smooth: np.ndarray
    depth: np.ndarray
    thing: np.ndarray


class Set(NamedTuple):
    """Everything but the dancers, as the drawing loops read it.

    Shape:
        solids: (S, 8), kinds and materials of the solids: (S,)
        table: (M, ROW) the set's materials; that of the floor is the first
        sky, ridges: rows as of ``pose2video.stage.sky``
        shaded: (N, N) how much of the key light reaches the floor, over ``extent`` metres
    """

    solids: np.ndarray
    kinds: np.ndarray
    materials: np.ndarray
    table: np.ndarray
    sky: np.ndarray
    ridges: np.ndarray
    shaded: np.ndarray
    extent: float
    air: Air
    has_floor: bool


@called_by_loops
def meet_set(place: Set, ids: np.ndarray, ray: tuple) -> tuple:
    """Return how far along a ray something is, its normal, and its number, ``SKY`` for nothing."""
    best, nx, ny, nz, found = NOTHING, 0.0, 1.0, 0.0, SKY
    if place.has_floor and ray[4] < -1e-4:
        best, found = -ray[1] / ray[4], FLOOR
        if best < 0:
            best, found = NOTHING, SKY
    for i in ids:
        passed, x, y, z = meet_solid(int(place.kinds[i]), place.solids[i], ray)
        if passed < best:
            best, nx, ny, nz, found = passed, x, y, z, i
    return best, nx, ny, nz, found


@called_by_loops
def set_light(place: Set, moment: Moment, ids: np.ndarray, below: np.ndarray, ray: tuple) -> tuple:
    """Return the light that comes along a ray, how far it came, and from what.

    Args:
        ids: the solids that may be met.
        below: those of which a mirroring floor may show images along this ray.
    """
    passed, nx, ny, nz, found = meet_set(place, ids, ray)
    direction = (ray[3], ray[4], ray[5])
    if found == SKY:
        light = sky_light(place.sky, place.ridges, direction, moment.time)
        passed = 60.0
        light = _through_air(place.air, light, ray, passed, 0.35)
        return light[0], light[1], light[2], NOTHING, found
    point = along(ray, passed)
    if found == FLOOR:
        light = _floor_light(place, moment, below, point, direction, passed)
    else:
        light = _solid_light(place, moment, found, point, (nx, ny, nz), direction)
    light = _through_air(place.air, light, ray, passed, 1.0)
    return light[0], light[1], light[2], passed, found


@called_by_loops
def painted(material: np.ndarray, x: float, y: float, z: float, time: float) -> tuple:
    """Return the colour of a material at a place, and how much of it glows there."""
    scale = material[9 + 1]
    kind = int(material[9])
    share = pattern(kind, x * scale, y * scale, z * scale, time)
    glow = share if kind else 1.0
    return (
        material[0] + share * (material[3] - material[0]),
        material[1] + share * (material[4] - material[1]),
        material[2] + share * (material[5] - material[2]),
        glow,
    )


@called_by_loops
def _floor_light(
    place: Set, moment: Moment, below: np.ndarray, point: tuple, direction: tuple, passed: float
) -> tuple:
    material = place.table[0]
    albedo = painted(material, point[0], 0.0, point[2], moment.time)
    far = math.exp(-0.02 * passed)  # fine patterns are lost in the distance
    albedo = _faded(material, albedo, far)
    side = place.shaded.shape[0]
    u = min(max(point[0] / place.extent + 0.5, 0.0), 1.0) * side
    v = min(max(point[2] / place.extent + 0.5, 0.0), 1.0) * side
    visible = 1.0 * place.shaded[min(int(v), side - 1), min(int(u), side - 1)]
    tilt = material[BUMP] * (albedo[3] - 0.5) * far
    normal = (0.25 * tilt, math.sqrt(1.0 - 0.08 * tilt * tilt), 0.15 * tilt)
    open_to = (visible, 0.55 + 0.45 * visible)
    light = surface_light(moment.lights, material, albedo, normal, (direction, point, open_to))
    if material[ROUGH] > MIRRORS_BELOW or material[SHINE] < MIRRORS_FROM or len(below) == 0:
        return light
    return _mirroring(place, moment, below, (point, normal, direction), albedo, light)


@called_by_loops
def _mirroring(
    place: Set, moment: Moment, below: np.ndarray, seen: tuple, albedo: tuple, light: tuple
) -> tuple:
    """Return the floor's light with the solids' own images instead of what is seen around.

    Args:
        seen: place, normal, and direction of the ray that met the floor.
    """
    point, normal, direction = seen
    material = place.table[0]
    share, rx, ry, rz = shine(moment.lights, material, normal, direction)
    if ry < 0.01:
        return light
    way = (rx, ry, rz)
    passed, nx, ny, nz, found = meet_set(place, below, (*point, *way))
    if found == SKY:
        image = sky_light(place.sky, place.ridges, way, moment.time)
    else:
        there = (point[0] + passed * rx, point[1] + passed * ry, point[2] + passed * rz)
        image = _solid_light(place, moment, found, there, (nx, ny, nz), way)
    around = reflected_around(moment.lights.environment, way, material[ROUGH])
    share *= 1.0 - 0.8 * material[ROUGH] / MIRRORS_BELOW
    metal = material[METAL]
    return (
        light[0] + share * (1.0 + metal * (albedo[0] - 1.0)) * (image[0] - around[0]),
        light[1] + share * (1.0 + metal * (albedo[1] - 1.0)) * (image[1] - around[1]),
        light[2] + share * (1.0 + metal * (albedo[2] - 1.0)) * (image[2] - around[2]),
    )


@called_by_loops
def _faded(material: np.ndarray, albedo: tuple, share: float) -> tuple:
    """Return a pattern's colour, with ``1 - share`` of it the mean of both colours."""
    mean = 0.35
    return (
        albedo[0] * share + (1 - share) * (material[0] + mean * (material[3] - material[0])),
        albedo[1] * share + (1 - share) * (material[1] + mean * (material[4] - material[1])),
        albedo[2] * share + (1 - share) * (material[2] + mean * (material[5] - material[2])),
        albedo[3],
    )


@called_by_loops
def _solid_light(
    place: Set, moment: Moment, found: int, point: tuple, normal: tuple, direction: tuple
) -> tuple:
    row, material = place.solids[found], place.table[place.materials[found]]
    x, y, z = point[0] - row[0], point[1], point[2] - row[2]
    if place.kinds[found] == 0:
        x, z = row[6] * x - row[7] * z, row[7] * x + row[6] * z
    away = math.sqrt(point[0] ** 2 + point[1] ** 2 + point[2] ** 2)
    far = math.exp(-0.02 * away)  # fine patterns are lost in the distance
    albedo = _faded(material, painted(material, x, y, z, moment.time), far)
    if material[BUMP] > 0:
        tilt = 0.3 * material[BUMP] * (albedo[3] - 0.5) * far
        normal = (normal[0] + tilt, normal[1] + 0.7 * tilt, normal[2] + 0.6 * tilt)
        scale = 1.0 / math.sqrt(normal[0] ** 2 + normal[1] ** 2 + normal[2] ** 2)
        normal = (normal[0] * scale, normal[1] * scale, normal[2] * scale)
    # What stands on the floor is darker at its foot.
    open_sky = 0.55 + 0.45 * smooth(0.0, 0.6, point[1])
    open_to = (open_sky, open_sky)
    return surface_light(moment.lights, material, albedo, normal, (direction, point, open_to))


@called_by_loops
def _through_air(air: Air, light: tuple, ray: tuple, passed: float, share: float) -> tuple:
    """Return light after its way through fog and beams.

    Args:
        share: how much of the fog counts; less for the sky, which has a haze of its own.
    """
    veil = 0.0
    if air.density > 0:
        lowest = max(min(ray[1], ray[1] + passed * ray[4]), 0.0)
        thick = air.density * (1.0 - air.low + air.low * math.exp(-1.6 * lowest))
        veil = share * (1.0 - math.exp(-thick * min(passed, 80.0)))
    r = light[0] + veil * (air.fog[0] - light[0])
    g = light[1] + veil * (air.fog[1] - light[1])
    b = light[2] + veil * (air.fog[2] - light[2])
    for k in range(len(air.beams)):
        glow = _beam(air.beams[k], ray, passed)
        r, g, b = r + glow * air.beams[k, 6], g + glow * air.beams[k, 7], b + glow * air.beams[k, 8]
    return r, g, b


@called_by_loops
def _beam(beam: np.ndarray, ray: tuple, passed: float) -> float:
    """Return how brightly a beam shines where a ray passes it at its nearest."""
    ax, ay, az = beam[3], beam[4], beam[5]
    x, y, z = ray[0] - beam[0], ray[1] - beam[1], ray[2] - beam[2]
    long, along = ax * ax + ay * ay + az * az, ax * ray[3] + ay * ray[4] + az * ray[5]
    ahead, behind = x * ray[3] + y * ray[4] + z * ray[5], x * ax + y * ay + z * az
    width = max(long - along * along, 1e-6)
    share = min(max((behind - along * ahead) / width, 0.02), 1.0)
    t = min(max(share * along - ahead, 0.0), passed)
    u, v, w = x + t * ray[3] - share * ax, y + t * ray[4] - share * ay, z + t * ray[5] - share * az
    radius = beam[9] * (0.12 + 0.88 * share)
    square = (u * u + v * v + w * w) / (radius * radius)
    return math.exp(-2.2 * square) * (1.0 - 0.75 * share)


@compiled
def draw_set(
    first: int, stop: int, place: Set, moment: Moment, window: Window, sheet: Sheet
) -> None:
    """Draw rows of the set."""
    for y in range(first, stop):
        for x in range(window.camera.width):
            ray = ray_of(window.camera, x + 0.5, y + 0.5)
            ids, below = listed(window.tiles, x, y), listed(window.below, x, y)
            r, g, b, passed, found = set_light(place, moment, ids, below, ray)
            sheet.light[y, x, 0], sheet.light[y, x, 1], sheet.light[y, x, 2] = r, g, b
            sheet.depth[y, x], sheet.thing[y, x] = min(passed, 1e4), found


EDGE_POINTS = ((-0.3, -0.15), (0.3, 0.15))
"""Where pixels at edges are looked at as well, from their middle."""


@compiled
def smooth_edges(
    first: int, stop: int, place: Set, moment: Moment, window: Window, sheet: Sheet
) -> None:
    """Write rows of the set with pixels at the edges of things looked at in three points."""
    for y in range(first, stop):
        for x in range(window.camera.width):
            share = 1 / 3 if _is_edge(sheet.thing, x, y) else 1.0
            for k in range(3):
                sheet.smooth[y, x, k] = share * sheet.light[y, x, k]
            if share == 1.0:
                continue
            ids, below = listed(window.tiles, x, y), listed(window.below, x, y)
            for point in EDGE_POINTS:
                ray = ray_of(window.camera, x + 0.5 + point[0], y + 0.5 + point[1])
                r, g, b, _passed, _found = set_light(place, moment, ids, below, ray)
                sheet.smooth[y, x, 0] += r / 3
                sheet.smooth[y, x, 1] += g / 3
                sheet.smooth[y, x, 2] += b / 3


@called_by_loops
def _is_edge(thing: np.ndarray, x: int, y: int) -> bool:
    """Return whether a pixel shows another thing than one beside it."""
    height, width = thing.shape
    here = thing[y, x]
    beside = thing[y, min(x + 1, width - 1)] != here or thing[y, max(x - 1, 0)] != here
    return beside or thing[min(y + 1, height - 1), x] != here or thing[max(y - 1, 0), x] != here


@compiled
def look_around(
    first: int, stop: int, place: Set, moment: Moment, rays: np.ndarray, out: np.ndarray
) -> None:
    """Write the light that comes along rays, (N, 6) origins and directions: (N, 3)."""
    everything = np.arange(len(place.kinds))
    for k in range(first, stop):
        ray = (rays[k, 0], rays[k, 1], rays[k, 2], rays[k, 3], rays[k, 4], rays[k, 5])
        seen = set_light(place, moment, everything, everything[:0], ray)
        out[k, 0], out[k, 1], out[k, 2] = seen[0], seen[1], seen[2]


@compiled
def shade_floor(
    first: int, stop: int, place: Set, key: np.ndarray, softness: float, out: np.ndarray
) -> None:
    """Write how much of the key light reaches rows of the floor past the solids, (N, N)."""
    side = out.shape[0]
    everything = np.arange(len(place.kinds))
    for row in range(first, stop):
        for column in range(side):
            x = ((column + 0.5) / side - 0.5) * place.extent
            z = ((row + 0.5) / side - 0.5) * place.extent
            free = 0.0
            for k in range(9):
                u, v = (k % 3 - 1) * softness, (k // 3 - 1) * softness
                dx, dy, dz = key[0] + u, key[1], key[2] + v
                scale = 1.0 / math.sqrt(dx * dx + dy * dy + dz * dz)
                ray = (x, 1e-3, z, dx * scale, dy * scale, dz * scale)
                free += meet_set(place, everything, ray)[0] >= NOTHING
            out[row, column] = free / 9.0
