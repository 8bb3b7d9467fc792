"""Numbers that look random and are the same for the same place: hashes and smooth noise."""

import math

from pose2video.stage.compiled import called_by_loops


@called_by_loops
def chance(x: int, y: int, z: int) -> float:
    """Return a number from 0 to 1 for three whole numbers (an integer hash after Wang, 2007)."""
    value = (x * 374761393 + y * 668265263 + z * 1274126177) & 0xFFFFFFFF
    value = ((value ^ (value >> 13)) * 1274126177) & 0xFFFFFFFF
    value = ((value ^ (value >> 16)) * 2246822519) & 0xFFFFFFFF
    return (value ^ (value >> 15)) / 4294967296.0


@called_by_loops
def smooth(low: float, high: float, value: float) -> float:
    """Return 0 below ``low``, 1 above ``high`` and a smooth step between (GLSL's smoothstep)."""
    share = min(max((value - low) / (high - low), 0.0), 1.0)
    return share * share * (3.0 - 2.0 * share)


@called_by_loops
def noise2(x: float, y: float, seed: int) -> float:
    """Return smooth noise from 0 to 1 in two dimensions, one bump a unit (value noise)."""
    left, low = math.floor(x), math.floor(y)
    u, v = x - left, y - low
    u, v = u * u * (3 - 2 * u), v * v * (3 - 2 * v)
    i, j = int(left), int(low)
    first = chance(i, j, seed) * (1 - u) + chance(i + 1, j, seed) * u
    second = chance(i, j + 1, seed) * (1 - u) + chance(i + 1, j + 1, seed) * u
    return first * (1 - v) + second * v


@called_by_loops
def noise3(x: float, y: float, z: float) -> float:
    """Return smooth noise from 0 to 1 in three dimensions, one bump a unit (value noise)."""
    below = math.floor(z)
    w = z - below
    w = w * w * (3 - 2 * w)
    layer = int(below)
    return noise2(x, y, layer) * (1 - w) + noise2(x, y, layer + 1) * w


@called_by_loops
def rough2(x: float, y: float, seed: int, octaves: int) -> float:
    """Return noise of several scales, each half as large and strong as the one before (0 to 1)."""
    total, size = 0.0, 0.0
    strength = 1.0
    for octave in range(octaves):
        total += strength * noise2(x, y, seed + octave)
        size += strength
        x, y, strength = 2.03 * x + 17.3, 2.01 * y - 9.1, 0.5 * strength
    return total / size


@called_by_loops
def rough3(x: float, y: float, z: float, octaves: int) -> float:
    """Return noise of several scales in three dimensions, from 0 to 1."""
    total, size = 0.0, 0.0
    strength = 1.0
    for _ in range(octaves):
        total += strength * noise3(x, y, z)
        size += strength
        x, y, z, strength = 2.03 * x + 7.7, 2.01 * y - 3.1, 2.02 * z + 5.3, 0.5 * strength
    return total / size
