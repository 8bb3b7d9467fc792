"""The dancers as a signed distance field: shapes that melt into each other within their groups."""

import math
from typing import NamedTuple

import numpy as np

from pose2video.stage.compiled import called_by_loops, compiled
from pose2video.stage.tiles import Tiles
from pose2video.stage.view import View, along, pixel_of, ray_of

ROUND, BOX, CONE, RING = range(4)
"""A ball drawn from start to end while its radius changes, a box, a flat-ended cone, a torus."""
CLOSE = 0.05
"""Pixels from half a pixel inside the surface at which a ray has arrived."""
LEAST_STEP = 0.5
"""Pixels by which a ray goes on at least, so that it does not creep along surfaces."""
MOST_STEPS = 48
MOST_NEAR = 96
"""Shapes that one ray may come near."""
STEP = 1e-3
"""Metres between the points whose distances tell how a surface faces."""


START, ALONG, RADIUS, GROWTH, SQUARE, ROUNDING, AXES, HALF, ORIGIN = 0, 3, 6, 7, 8, 9, 10, 19, 22
"""Columns of the table of shapes: where a round shape begins, or the middle of another one; the way
to its end; its radius, and how much it grows up to there; 1 / length squared; rounding of edges;
its own axes in rows; half the sides of a box, or how much wider or thinner another shape is along
its axes; where the axes of its pattern begin."""
MIDDLE, REACH, KIND, GROUP, BLEND, MATERIAL, PART, LIMB, FACE = 25, 28, 29, 30, 31, 32, 33, 34, 35
"""A ball around it; one of the kinds; the group within which shapes melt, and how near they must be
for it; numbers of its material, its part of the body and its limb; the row of its face."""
COLUMNS = 49


class Near(NamedTuple):
    """What one ray may meet: shapes, whether they are plain round ones, and then their parabolas.

    Shape:
        shape: (N,) int64; plain: (N,) bool; row: (N, 7)
    """

    shape: np.ndarray
    plain: np.ndarray
    row: np.ndarray


@compiled
def nothing_near() -> Near:
    """Return room for what one ray may meet."""
    return Near(
        np.empty(MOST_NEAR, np.int64), np.empty(MOST_NEAR, np.bool_), np.empty((MOST_NEAR, 7))
    )


@called_by_loops
def is_plain(shapes: np.ndarray, i: int) -> bool:
    """Return whether a shape is a round one that is as wide as it is thick."""
    return shapes[i, 29] == 0 and shapes[i, 19] == 1.0 and shapes[i, 21] == 1.0


@called_by_loops
def distance_to(shapes: np.ndarray, i: int, x: float, y: float, z: float) -> float:
    """Return metres from a point to shape ``i``, below 0 inside; never more than it is."""
    x, y, z = x - shapes[i, 0], y - shapes[i, 1], z - shapes[i, 2]
    kind = shapes[i, 29]
    if kind == 0:
        dx, dy, dz = shapes[i, 3], shapes[i, 4], shapes[i, 5]
        share = min(max((x * dx + y * dy + z * dz) * shapes[i, 8], 0.0), 1.0)
        x, y, z = x - share * dx, y - share * dy, z - share * dz
        radius = shapes[i, 6] + share * shapes[i, 7]
        if shapes[i, 19] == 1.0 and shapes[i, 21] == 1.0:
            return math.sqrt(x * x + y * y + z * z) - radius
        return _flattened(shapes, i, x, y, z, radius)
    return _of_edges(shapes, i, kind, x, y, z)


@called_by_loops
def _flattened(shapes: np.ndarray, i: int, x: float, y: float, z: float, radius: float) -> float:
    """Return the distance to a round shape that is wider or thinner along its axes."""
    wide, thin = shapes[i, 19], shapes[i, 21]
    u = (shapes[i, 10] * x + shapes[i, 11] * y + shapes[i, 12] * z) * (1.0 / wide - 1.0)
    w = (shapes[i, 16] * x + shapes[i, 17] * y + shapes[i, 18] * z) * (1.0 / thin - 1.0)
    x += u * shapes[i, 10] + w * shapes[i, 16]
    y += u * shapes[i, 11] + w * shapes[i, 17]
    z += u * shapes[i, 12] + w * shapes[i, 18]
    return (math.sqrt(x * x + y * y + z * z) - radius) * min(wide, thin, 1.0)


@called_by_loops
def _of_edges(shapes: np.ndarray, i: int, kind: float, x: float, y: float, z: float) -> float:
    """Return the distance to a box, cone or ring."""
    u = shapes[i, 10] * x + shapes[i, 11] * y + shapes[i, 12] * z
    v = shapes[i, 13] * x + shapes[i, 14] * y + shapes[i, 15] * z
    w = shapes[i, 16] * x + shapes[i, 17] * y + shapes[i, 18] * z
    if kind == 1:
        return _to_box(shapes, i, u, v, w)
    thin = shapes[i, 21]
    if kind == 2:
        return _to_cone(shapes, i, u, v, w / thin) * min(thin, 1.0)
    flat = shapes[i, 20]
    ring = math.sqrt(u * u + w * w / (thin * thin)) - shapes[i, 6]
    tube = math.sqrt(ring * ring + v * v / (flat * flat)) - shapes[i, 9]
    return tube * min(flat, thin, 1.0)


@called_by_loops
def _to_box(shapes: np.ndarray, i: int, u: float, v: float, w: float) -> float:
    rounding = shapes[i, 9]
    u = abs(u) - shapes[i, 19] + rounding
    v = abs(v) - shapes[i, 20] + rounding
    w = abs(w) - shapes[i, 21] + rounding
    outside = math.sqrt(max(u, 0.0) ** 2 + max(v, 0.0) ** 2 + max(w, 0.0) ** 2)
    return outside + min(max(u, v, w), 0.0) - rounding


@called_by_loops
def _to_cone(shapes: np.ndarray, i: int, u: float, v: float, w: float) -> float:
    """Return the distance to a cone with flat ends along the second axis (Quilez, "Distance
    functions"), of height ``half[1]`` to both sides of its middle."""
    rounding = shapes[i, 9]
    low = shapes[i, 6] - rounding
    high = low + shapes[i, 7]
    height = shapes[i, 20] - rounding
    side = math.sqrt(u * u + w * w)
    cap_x = side - min(side, low if v < 0 else high)
    cap_y = abs(v) - height
    slope = high - low
    share = ((high - side) * slope + (height - v) * 2 * height) / (slope**2 + 4 * height**2)
    share = min(max(share, 0.0), 1.0)
    edge_x = side - high + slope * share
    edge_y = v - height + 2 * height * share
    inside = -1.0 if edge_x < 0 and cap_y < 0 else 1.0
    nearest = min(cap_x * cap_x + cap_y * cap_y, edge_x * edge_x + edge_y * edge_y)
    return inside * math.sqrt(nearest) - rounding


@called_by_loops
def _melted(best: float, depth: float, blend: float) -> float:
    if depth == 0.0:
        return best
    return blend * (1.0 - math.sqrt(math.sqrt(depth)))


@called_by_loops
def nearest_shape(shapes: np.ndarray, near: Near, count: int, point: tuple) -> int:
    """Return the shape whose surface is nearest to a point."""
    x, y, z = point
    found, best = 0, 1e9
    for k in range(count):
        away = distance_to(shapes, near.shape[k], x, y, z)
        if away < best:
            found, best = near.shape[k], away
    return found


@called_by_loops
def surface_at(shapes: np.ndarray, near: Near, count: int, point: tuple) -> tuple:
    """Return the shape whose surface is nearest to a point, and how the surface faces there.

    The normal of a smooth union is the mean of those of its shapes, each as heavy as the union's
    derivative by its distance.
    """
    x, y, z = point
    found = nearest_shape(shapes, near, count, point)
    group, blend = shapes[found, 30], shapes[found, 31]
    u, v, w = 0.0, 0.0, 0.0
    for k in range(count):
        i = near.shape[k]
        if shapes[i, 30] != group:
            continue
        away = distance_to(shapes, i, x, y, z)
        if away < blend:
            weight = (1.0 - away / blend) ** 3
            a, b, c = _slope(shapes, i, x, y, z)
            u, v, w = u + weight * a, v + weight * b, w + weight * c
    length = math.sqrt(u * u + v * v + w * w) + 1e-12
    return found, u / length, v / length, w / length


@called_by_loops
def _slope(shapes: np.ndarray, i: int, x: float, y: float, z: float) -> tuple:
    """Return the direction, of length 1, in which the distance to a shape grows."""
    if is_plain(shapes, i):
        u, v, w = x - shapes[i, 0], y - shapes[i, 1], z - shapes[i, 2]
        dx, dy, dz = shapes[i, 3], shapes[i, 4], shapes[i, 5]
        share = min(max((u * dx + v * dy + w * dz) * shapes[i, 8], 0.0), 1.0)
        u, v, w = u - share * dx, v - share * dy, w - share * dz
    else:
        step = STEP
        a = distance_to(shapes, i, x + step, y - step, z - step)
        b = distance_to(shapes, i, x - step, y - step, z + step)
        c = distance_to(shapes, i, x - step, y + step, z - step)
        d = distance_to(shapes, i, x + step, y + step, z + step)
        u, v, w = a - b - c + d, -a - b + c + d, -a + b - c + d
    length = math.sqrt(u * u + v * v + w * w) + 1e-12
    return u / length, v / length, w / length


@called_by_loops
def along_ray(
    shapes: np.ndarray, listed: np.ndarray, near: Near, ray: tuple, spread: float
) -> tuple:
    """Write to ``near`` which of the ``listed`` shapes a ray may meet.

    Args:
        ray: origin and direction, six numbers.
        spread: metres a metre beside the ray where shapes count as well.

    Returns:
        how many; how far along the ray the first begins and the last ends
    """
    count, first, last = 0, 1e9, 0.0
    for i in listed:
        plain = is_plain(shapes, i)
        wider = spread * reach_of(shapes, i, ray)
        start, end = (
            _past_round(shapes, i, near, count, ray, wider)
            if plain
            else _past_ball(shapes, i, ray, wider)
        )
        if start < end and count < MOST_NEAR:
            first, last = min(first, start), max(last, end)
            near.shape[count] = i
            near.plain[count] = plain
            count += 1
    return count, max(first, 0.05), last


@called_by_loops
def reach_of(shapes: np.ndarray, i: int, ray: tuple) -> float:
    """Return metres from where a ray starts to the far end of a shape."""
    x, y, z = shapes[i, 25] - ray[0], shapes[i, 26] - ray[1], shapes[i, 27] - ray[2]
    return math.sqrt(x * x + y * y + z * z) + shapes[i, 28]


@called_by_loops
def _past_ball(shapes: np.ndarray, i: int, ray: tuple, wider: float) -> tuple:
    """Return where a ray enters and leaves the ball around a shape; first the later where never."""
    x, y, z = shapes[i, 25] - ray[0], shapes[i, 26] - ray[1], shapes[i, 27] - ray[2]
    ahead = x * ray[3] + y * ray[4] + z * ray[5]
    radius = shapes[i, 28] + wider
    inside = radius * radius - (x * x + y * y + z * z - ahead * ahead)
    if inside <= 0:
        return 1.0, 0.0
    half = math.sqrt(inside)
    return ahead - half, ahead + half


@called_by_loops
def _past_round(shapes: np.ndarray, i: int, near: Near, k: int, ray: tuple, wider: float) -> tuple:
    """Return between which distances a ray may meet a round shape; first the larger where never.

    Along a ray the squared distance to the shape's axis is a parabola in pieces; its coefficients
    are written to row ``k`` of ``near``.
    """
    x, y, z = ray[0] - shapes[i, 0], ray[1] - shapes[i, 1], ray[2] - shapes[i, 2]
    ax, ay, az = shapes[i, 3], shapes[i, 4], shapes[i, 5]
    onward = x * ray[3] + y * ray[4] + z * ray[5]
    behind = x * ax + y * ay + z * az
    gain = ax * ray[3] + ay * ray[4] + az * ray[5]
    square = x * x + y * y + z * z
    long = 1.0 / shapes[i, 8]
    share = min(max((behind - onward * gain) / max(long - gain * gain, 1e-9), 0.0), 1.0)
    passed = share * gain - onward
    aside = (
        square
        + passed * (2 * onward + passed)
        + share * (share * long - 2 * (behind + passed * gain))
    )
    widest = shapes[i, 6] + share * shapes[i, 7] + 0.5 * shapes[i, 31] + wider
    if aside > widest * widest:
        return 1.0, 0.0
    row = near.row
    row[k, 0], row[k, 1], row[k, 2] = square, 2 * onward, behind * shapes[i, 8]
    row[k, 3], row[k, 4] = gain * shapes[i, 8], long
    row[k, 5], row[k, 6] = shapes[i, 6], shapes[i, 7]
    reach = max(shapes[i, 6], shapes[i, 6] + shapes[i, 7]) + 0.5 * shapes[i, 31]
    return min(-onward, gain - onward) - reach, max(-onward, gain - onward) + reach


@called_by_loops
def _field_on_ray(shapes: np.ndarray, near: Near, count: int, t: float, ray: tuple) -> float:
    """Return metres from the point ``t`` metres along a ray to the dancers; only ``near`` counts.

    Within a group a smooth union, by the 4-norm of how deep a point lies within reach of each
    shape; those out of reach have no part in it, so leaving them out changes nothing.
    """
    x, y, z = along(ray, t)
    nearest, best, depth, group, blend = 1e9, 1e9, 0.0, -1.0, 1.0
    row = near.row
    for k in range(count):
        i = near.shape[k]
        if shapes[i, 30] != group:
            nearest = min(nearest, _melted(best, depth, blend))
            best, depth, group, blend = 1e9, 0.0, shapes[i, 30], shapes[i, 31]
        if near.plain[k]:
            place = row[k, 2] + t * row[k, 3]
            share = min(max(place, 0.0), 1.0)
            away = row[k, 0] + t * (row[k, 1] + t) + row[k, 4] * share * (share - 2.0 * place)
            away = math.sqrt(max(away, 1e-10)) - row[k, 5] - share * row[k, 6]
        else:
            away = distance_to(shapes, i, x, y, z)
        best = min(best, away)
        if away < blend:
            deep = 1.0 - away / blend
            deep *= deep
            depth += deep * deep
    return min(nearest, _melted(best, depth, blend))


@called_by_loops
def march(shapes: np.ndarray, near: Near, count: int, span: tuple, ray: tuple) -> tuple:
    """Follow a ray to the dancers, by sphere tracing (Hart 1996).

    A ray meets the surface if it comes half a pixel deep into it. If it comes less deep, or passes
    at less than half a pixel, a share of the pixel is covered: the edge is smooth by one ray.

    Args:
        span: how far along the ray to look, from and to; and metres a metre of a pixel's side.

    Returns:
        how far along the ray the surface begins that is met, below 0 for never; how far an edge is
        passed before, and which share of the pixel it covers; how many pixels there were at least
        beside the ray, to that edge or to anything where nothing is met
    """
    passed, end, pixel = span
    lowest, low, at, share, edge = 1e9, 1e9, 0.0, 0.0, 0.0
    outside, high = passed, 1e9
    for _ in range(MOST_STEPS):
        wide = pixel * passed
        away = _field_on_ray(shapes, near, count, passed, ray) / wide + 0.5
        if away < CLOSE:
            inside = (high - 0.5) / (high - away)
            return outside + (passed - outside) * inside, edge, share, lowest
        if away > 0.5:
            outside, high = passed, away
        if away < low:
            low, at = away, passed
        elif away > low + 0.1:
            lowest = min(lowest, low)
            if 1.0 - low > share:
                share, edge = 1.0 - low, at
            low = away
        passed += max(away, LEAST_STEP) * wide
        if passed > end:
            break
    if 1.0 - low > share:
        share, edge = 1.0 - low, at
    return -1.0, edge, share, min(lowest, low)


@compiled
def narrowed(view: View, tiles: Tiles, shapes: np.ndarray, kept: np.ndarray) -> None:
    """Write to ``kept`` (N,) which things of all tiles' lists some ray of the tile may meet."""
    near = nothing_near()
    side = tiles.side
    spread = (0.71 * side + 1.0) * pixel_of(view)
    for tile in range(len(tiles.first) - 1):
        x, y = tile % tiles.across * side + side / 2, tile // tiles.across * side + side / 2
        ray = ray_of(view, x, y)
        for k in range(tiles.first[tile], tiles.first[tile + 1]):
            i = tiles.things[k]
            kept[k] = _near_beam(shapes, i, near, ray, spread)


@called_by_loops
def _near_beam(shapes: np.ndarray, i: int, near: Near, ray: tuple, spread: float) -> bool:
    """Return whether a shape may be met by rays up to ``spread`` metres a metre beside one."""
    if not is_plain(shapes, i):
        return True
    start, end = _past_round(shapes, i, near, 0, ray, spread * reach_of(shapes, i, ray))
    return start < end
