"""What is seen far away: the sky, its lights and clouds, and ridges on the horizon."""

import math

import numpy as np

from pose2video.stage.compiled import called_by_loops
from pose2video.stage.noise import chance, noise2, rough2, rough3, smooth

TOP, HORIZON, SUN_AT, SUN_COLOUR, CLOUD_COLOUR = 0, 3, 6, 9, 12
"""Where the row of a sky holds colours and directions, three numbers each."""
SUN_SIZE, SUN_GLOW, STARS, CLOUDS, AURORA, CURVE, NEBULA = range(15, 22)
SKY_ROW = 22
RIDGE_KINDS = ("mountains", "hills", "trees", "towers", "sea")
"""By their number in the drawing loops; a ridge's row is its colour, kind, height and roughness as
tangents of elevation, how many bumps around, a seed, and how much light its windows give, or how
far down mountains are covered with snow."""
RIDGE_ROW = 9


@called_by_loops
def sky_light(sky: np.ndarray, ridges: np.ndarray, direction: tuple, time: float) -> tuple:
    """Return the light, three numbers, that comes from far away along a direction."""
    _dx, dy, _dz = direction
    up = min(max(dy, 0.0), 1.0) ** sky[CURVE]
    r = sky[3] + (sky[0] - sky[3]) * up
    g = sky[4] + (sky[1] - sky[4]) * up
    b = sky[5] + (sky[2] - sky[5]) * up
    if sky[STARS] > 0:
        star = _stars(direction, sky[STARS])
        star *= 1.0 if sky[NEBULA] > 0 else smooth(0.02, 0.2, dy)
        r, g, b = r + star, g + star, b + 1.1 * star
    if sky[NEBULA] > 0:
        one, two = _nebula(direction)
        one, two = one * sky[NEBULA], two * sky[NEBULA]
        r += one * sky[12] + two * sky[9]
        g += one * sky[13] + two * sky[10]
        b += one * sky[14] + two * sky[11]
    if sky[AURORA] > 0:
        wave = _aurora(direction, time) * sky[AURORA]
        r, g, b = r + 0.12 * wave, g + 0.9 * wave, b + 0.45 * wave
    if sky[SUN_SIZE] > 0:
        sun = _sun(sky, direction)
        r, g, b = r + sun * sky[9], g + sun * sky[10], b + sun * sky[11]
    if sky[CLOUDS] > 0:
        cover, lit = _clouds(direction, sky[CLOUDS]), 0.35 * _sunned(sky, direction)
        r += (sky[12] + lit * sky[9] - r) * cover
        g += (sky[13] + lit * sky[10] - g) * cover
        b += (sky[14] + lit * sky[11] - b) * cover
    for k in range(len(ridges)):
        r, g, b = _over_ridge(ridges[k], direction, (r, g, b), (sky[3], sky[4], sky[5]))
    return r, g, b


@called_by_loops
def _sun(sky: np.ndarray, direction: tuple) -> float:
    towards = direction[0] * sky[6] + direction[1] * sky[7] + direction[2] * sky[8]
    away = math.acos(min(max(towards, -1.0), 1.0))
    size = sky[SUN_SIZE]
    disc = 1.0 - smooth(0.94 * size, 1.06 * size, away) if size > 0 else 0.0
    halo = 0.55 * math.exp(-away / 0.1) + 0.3 * math.exp(-away / 0.45)
    return disc + sky[SUN_GLOW] * halo


@called_by_loops
def _sunned(sky: np.ndarray, direction: tuple) -> float:
    """Return how much of the sun's light clouds in a direction catch."""
    towards = direction[0] * sky[6] + direction[1] * sky[7] + direction[2] * sky[8]
    return sky[SUN_GLOW] * math.exp(2.2 * (towards - 1.0))


@called_by_loops
def _nebula(direction: tuple) -> tuple:
    """Return how brightly clouds of two colours among the stars shine."""
    x, y, z = direction
    band = math.exp(-3.0 * (y - 0.55 * x - 0.1) ** 2)
    first = rough3(x * 2.1 + 5.0, y * 2.1, z * 2.1, 5)
    second = rough3(x * 1.7 - 3.0, y * 1.7, z * 1.7 + 8.0, 4)
    dark = smooth(0.35, 0.6, rough3(x * 3.1, y * 3.1, z * 3.1 + 2.0, 4))
    return band * dark * smooth(0.4, 0.75, first), band * dark * smooth(0.5, 0.8, second)


@called_by_loops
def _stars(direction: tuple, amount: float) -> float:
    around = math.atan2(direction[0], direction[2]) * 70.0
    up = math.asin(min(max(direction[1], -1.0), 1.0)) * 70.0
    column, row = math.floor(around), math.floor(up)
    if chance(int(column), int(row), 77) > 0.16 * amount:
        return 0.0
    u = around - column - 0.2 - 0.6 * chance(int(column), int(row), 78)
    v = up - row - 0.2 - 0.6 * chance(int(column), int(row), 79)
    bright = chance(int(column), int(row), 80)
    return 3.2 * bright * bright * math.exp(-(u * u + v * v) * 60.0)


@called_by_loops
def _aurora(direction: tuple, time: float) -> float:
    around = math.atan2(direction[0], -direction[2])
    curtain = 0.13 + 0.06 * math.sin(3.0 * around + 0.15 * time) + 0.03 * math.sin(7.0 * around)
    above = direction[1] - curtain
    ray = 0.6 + 0.4 * noise2(around * 26.0 + 0.2 * time, 0.0, 5)
    return ray * (math.exp(-above * 8.0) if above > 0 else math.exp(above * 45.0))


@called_by_loops
def _clouds(direction: tuple, amount: float) -> float:
    up = direction[1]
    if up < 0.015:
        return 0.0
    x, z = direction[0] / (up + 0.12), direction[2] / (up + 0.12)
    cover = rough2(x * 0.9, z * 0.9, 3, 4)
    return smooth(1.05 - amount, 1.35 - amount, cover + 0.32) * smooth(0.015, 0.12, up) * 0.9


@called_by_loops
def _over_ridge(ridge: np.ndarray, direction: tuple, behind: tuple, haze: tuple) -> tuple:
    """Return the light with a ridge, hazy at its foot, in front of what is behind it."""
    across = math.sqrt(direction[0] ** 2 + direction[2] ** 2) + 1e-9
    rise = direction[1] / across
    if rise > ridge[4] + ridge[5] or rise < -0.05:
        return behind
    around = math.atan2(direction[0], -direction[2]) * ridge[6]
    top = ridge[4] + ridge[5] * _skyline(int(ridge[3]), around, int(ridge[7]))
    cover = 1.0 - smooth(top - 0.003, top + 0.003, rise)
    veil = 0.45 * (1.0 - min(max(rise / top, 0.0), 1.0))
    r, g, b = ridge[0], ridge[1], ridge[2]
    if ridge[3] == 0 and ridge[8] > 0:
        line = top - ridge[8] * ridge[5] * (0.35 + 0.5 * noise2(around * 9.0, rise * 40.0, 7))
        snow = smooth(line - 0.008, line + 0.008, rise)
        snow *= 0.75 + 0.25 * noise2(around * 14.0, rise * 60.0, 8)
        lit = 0.45 + 0.55 * max(haze[0], haze[1], haze[2])
        r, g, b = r + (lit - r) * snow, g + (lit - g) * snow, b + (1.05 * lit - b) * snow
    r, g, b = r + (haze[0] - r) * veil, g + (haze[1] - g) * veil, b + (haze[2] - b) * veil
    if ridge[3] > 0 and ridge[8] > 0:
        column, row = math.floor(around * 9.0), math.floor(rise * 90.0)
        lit = chance(int(column), int(row), int(ridge[7]))
        u, v = abs(around * 9.0 - column - 0.5), abs(rise * 90.0 - row - 0.5)
        glow = ridge[8] * (lit > 0.62) * (u < 0.26) * (v < 0.26) * lit
        r, g, b = r + glow, g + 0.78 * glow, b + 0.45 * glow
    return (
        behind[0] + (r - behind[0]) * cover,
        behind[1] + (g - behind[1]) * cover,
        behind[2] + (b - behind[2]) * cover,
    )


@called_by_loops
def _skyline(kind: int, around: float, seed: int) -> float:
    """Return how high a ridge is in a direction, from 0 to 1."""
    if kind == 0:
        return abs(2 * noise2(around, 0.0, seed) - 1) * 0.6 + 0.4 * rough2(around * 3, 0.5, seed, 4)
    if kind == 1:
        return rough2(around, 0.0, seed, 2)
    if kind == 2:
        tree = around * 6.0 - math.floor(around * 6.0) - 0.5
        tall = 0.4 + 0.6 * chance(math.floor(around * 6.0), 0, seed)
        return max(tall * (1.0 - 1.6 * abs(tree)), 0.3) + 0.08 * noise2(around * 60.0, 0.0, seed)
    if kind == 3:
        near = chance(math.floor(around * 2.0), 1, seed)
        far = 0.7 * chance(math.floor(around * 3.3 + 0.4), 2, seed)
        return max(near * near, far)
    return 0.0
