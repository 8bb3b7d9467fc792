"""How surfaces answer light: from lamps, from the whole set around them, and their own."""

import math
from typing import NamedTuple

import numpy as np

from pose2video.stage.compiled import called_by_loops
from pose2video.stage.materials import GLOW, GLOW_COLOUR, METAL, RIM, ROUGH, SHINE, SOFT

ENVIRONMENT_SIDE = 64
"""Of the square maps of the surroundings, in pixels."""
RIMS_ON_SETS = np.array([[1.0], [1.0], [0.12], [0.12]])
"""Shares of key, fill and rims that light the set."""
SHARPNESS = (1.0, 40.0, 8.0, 2.0)
"""Exponents of the lobes by which the maps are blurred; the first is not."""


class Lights(NamedTuple):
    """All light on a stage.

    Shape:
        lamps: (4, 6) key, fill and two rims: directions towards them, and their light
        around: (9, 3) light from all around, in spherical harmonics
        environment: (4, N, N, 3) float32, what is seen from the dancer, ever more blurred, as
            octahedral maps
        bulbs: (L, 7) places, light, and metres of reach, of small lamps in the set
    """

    lamps: np.ndarray
    softness: float
    around: np.ndarray
    environment: np.ndarray
    bulbs: np.ndarray

    def for_sets(self) -> "Lights":
        """Return the light of the set itself: the rims are there for the dancers."""
        return self._replace(lamps=self.lamps * RIMS_ON_SETS)


@called_by_loops
def diffuse_around(around: np.ndarray, n: tuple) -> tuple:
    """Return the light that falls on a matt surface from all around (Ramamoorthi, Hanrahan 2001).

    Shape:
        around: (9, 3), with the cosine lobe already in
    """
    x, y, z = n
    basis = (1.0, y, z, x, x * y, y * z, 3 * z * z - 1, x * z, x * x - y * y)
    r, g, b = 0.0, 0.0, 0.0
    for k in range(9):
        r += around[k, 0] * basis[k]
        g += around[k, 1] * basis[k]
        b += around[k, 2] * basis[k]
    return max(r, 0.0), max(g, 0.0), max(b, 0.0)


def spherical_harmonics(directions: np.ndarray, light: np.ndarray) -> np.ndarray:
    """Return (9, 3), as ``diffuse_around`` reads it, of light seen along even directions (N, 3)."""
    x, y, z = directions.T
    basis = np.stack([0 * x + 1, y, z, x, x * y, y * z, 3 * z * z - 1, x * z, x * x - y * y])
    scale = np.array([0.282095, 0.488603, 0.488603, 0.488603, 1.092548, 1.092548, 0.315392,
                      1.092548, 0.546274])  # fmt: skip
    lobe = np.array([1, 2 / 3, 2 / 3, 2 / 3, 1 / 4, 1 / 4, 1 / 4, 1 / 4, 1 / 4])
    weights = 4 * math.pi / len(directions) * basis @ light
    return (scale**2 * lobe)[:, None] * weights


@called_by_loops
def octahedral(direction: tuple) -> tuple:
    """Return where in a square map a direction lies, twice 0 to 1 (Engelhardt 2008)."""
    x, y, z = direction
    scale = 1.0 / (abs(x) + abs(y) + abs(z) + 1e-12)
    u, v = x * scale, z * scale
    if y < 0:
        u, v = (1.0 - abs(v)) * math.copysign(1.0, u), (1.0 - abs(u)) * math.copysign(1.0, v)
    return 0.5 + 0.5 * u, 0.5 + 0.5 * v


def octahedral_directions(side: int) -> np.ndarray:
    """Return the directions (side * side, 3) of the middles of a map's pixels."""
    v, u = (np.mgrid[0:side, 0:side] + 0.5) / side * 2 - 1
    y = 1 - abs(u) - abs(v)
    back = np.maximum(-y, 0)
    x, z = u - np.copysign(back, u), v - np.copysign(back, v)
    directions = np.stack([x, y, z], -1).reshape(-1, 3)
    return directions / np.linalg.norm(directions, axis=1, keepdims=True)


@called_by_loops
def reflected_around(environment: np.ndarray, direction: tuple, rough: float) -> tuple:
    """Return what a surface of some roughness reflects of the surroundings along a direction."""
    side = environment.shape[1]
    u, v = octahedral(direction)
    u = min(max(u * side - 0.5, 0.0), side - 1.001)
    v = min(max(v * side - 0.5, 0.0), side - 1.001)
    level = min(max(rough * 3.0, 0.0), 2.999)
    k, column, row = int(level), int(u), int(v)
    share, p, q = level - k, u - column, v - row
    total = (0.0, 0.0, 0.0)
    for step in range(2):
        image = environment[k + step]
        weight = share if step else 1.0 - share
        a, b = weight * (1 - q) * (1 - p), weight * (1 - q) * p
        c, d = weight * q * (1 - p), weight * q * p
        one, two = image[row, column], image[row, column + 1]
        three, four = image[row + 1, column], image[row + 1, column + 1]
        total = (
            total[0] + a * one[0] + b * two[0] + c * three[0] + d * four[0],
            total[1] + a * one[1] + b * two[1] + c * three[1] + d * four[1],
            total[2] + a * one[2] + b * two[2] + c * three[2] + d * four[2],
        )
    return total


@called_by_loops
def bulb_light(bulbs: np.ndarray, point: tuple, n: tuple) -> tuple:
    """Return the light of the set's small lamps on a matt surface."""
    r, g, b = 0.0, 0.0, 0.0
    for k in range(len(bulbs)):
        x, y, z = bulbs[k, 0] - point[0], bulbs[k, 1] - point[1], bulbs[k, 2] - point[2]
        square = x * x + y * y + z * z
        away = math.sqrt(square) + 1e-6
        turned = (x * n[0] + y * n[1] + z * n[2]) / away
        reach = bulbs[k, 6] * bulbs[k, 6]
        strength = max(0.25 + 0.75 * turned, 0.0) * reach / (reach + 4.0 * square)
        r += strength * bulbs[k, 3]
        g += strength * bulbs[k, 4]
        b += strength * bulbs[k, 5]
    return r, g, b


@called_by_loops
def matt_light(lights: Lights, n: tuple, soft: float, open_to: tuple) -> tuple:
    """Return the light that falls on a matt surface.

    Args:
        soft: how far light creeps around the edge of shadow.
        open_to: shares from 0 to 1 of the key light, and of the surroundings, that reach it.
    """
    r, g, b = diffuse_around(lights.around, n)
    r, g, b = r * open_to[1], g * open_to[1], b * open_to[1]
    for k in range(2):
        lamp = lights.lamps[k]
        turned = n[0] * lamp[0] + n[1] * lamp[1] + n[2] * lamp[2]
        wrap = soft if k == 0 else max(soft, 0.4)
        strength = max((turned + wrap) / (1.0 + wrap), 0.0) * open_to[k]
        r, g, b = r + strength * lamp[3], g + strength * lamp[4], b + strength * lamp[5]
    return r, g, b


@called_by_loops
def shine(lights: Lights, material: np.ndarray, n: tuple, d: tuple) -> tuple:
    """Return how much a surface mirrors, and the direction into which it does.

    Args:
        d: the direction of the ray that met the surface.

    Returns:
        share of mirrored light (Schlick's Fresnel, dimmer where rough); direction, three numbers
    """
    facing = -(n[0] * d[0] + n[1] * d[1] + n[2] * d[2])
    edge = min(max(1.0 - facing, 0.0), 1.0)
    edge = edge * edge * edge * edge * edge
    share = material[SHINE] * (0.09 + (1.0 - 0.7 * material[ROUGH]) * 0.6 * edge)
    share = share + (1.0 - share) * material[METAL] * (0.85 + 0.15 * edge)
    return share, d[0] + 2 * facing * n[0], d[1] + 2 * facing * n[1], d[2] + 2 * facing * n[2]


@called_by_loops
def glint(lights: Lights, material: np.ndarray, r: tuple, visible: float) -> float:
    """Return how strongly the key light glints along a mirrored direction."""
    key = lights.lamps[0]
    towards = max(r[0] * key[0] + r[1] * key[1] + r[2] * key[2], 0.0)
    rough = max(material[ROUGH], 0.06)
    power = 2.0 / (rough * rough * rough)
    return visible * math.exp(power * (towards - 1.0)) * (0.25 + 0.04 * power)


@called_by_loops
def rim_light(lights: Lights, n: tuple, d: tuple) -> tuple:
    """Return the light of the two lamps behind the dancer, which edges catch."""
    edge = min(max(1.0 + n[0] * d[0] + n[1] * d[1] + n[2] * d[2], 0.0), 1.0)
    edge = edge * edge
    r, g, b = 0.0, 0.0, 0.0
    for k in range(2, 4):
        lamp = lights.lamps[k]
        strength = edge * max(n[0] * lamp[0] + n[1] * lamp[1] + n[2] * lamp[2], 0.0)
        r, g, b = r + strength * lamp[3], g + strength * lamp[4], b + strength * lamp[5]
    return r, g, b


@called_by_loops
def surface_light(
    lights: Lights, material: np.ndarray, albedo: tuple, normal: tuple, seen: tuple
) -> tuple:
    """Return the light that an opaque surface sends back along a ray.

    Args:
        albedo: colour, three shares, and how much of it glows.
        seen: direction of the ray, place, shares of key light and of surroundings that reach it.
    """
    d, point, open_to = seen
    falls = matt_light(lights, normal, material[SOFT], open_to)
    bulbs = bulb_light(lights.bulbs, point, normal)
    share, rx, ry, rz = shine(lights, material, normal, d)
    mirror, spark = (0.0, 0.0, 0.0), 0.0
    if share > 0.004:
        mirror = reflected_around(lights.environment, (rx, ry, rz), material[ROUGH])
        spark = glint(lights, material, (rx, ry, rz), open_to[0]) * min(2 * share, 1.0)
    rim = rim_light(lights, normal, d)
    metal = material[METAL]
    edge = min(max(1.0 + normal[0] * d[0] + normal[1] * d[1] + normal[2] * d[2], 0.0), 1.0)
    velvet = material[RIM] * edge * edge
    total = (0.0, 0.0, 0.0)
    for k in range(3):
        matt = albedo[k] * (falls[k] + bulbs[k] * open_to[1]) * (1.0 - share)
        tint = 1.0 + metal * (albedo[k] - 1.0)
        glossy = tint * (
            share * mirror[k] * (0.4 + 0.6 * open_to[1]) + spark * lights.lamps[0, 3 + k]
        )
        edges = rim[k] * (0.25 + 0.5 * albedo[k]) * open_to[1]
        glow = (material[GLOW] * albedo[3] + velvet) * material[GLOW_COLOUR + k]
        total = (total[1], total[2], matt + glossy + edges + glow)
    return total
