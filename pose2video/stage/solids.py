"""Rays against the simple solids of a set: each is met in closed form."""

import math

import numpy as np

from pose2video.stage.compiled import called_by_loops
from pose2video.stage.noise import noise3

SOLID_KINDS = ("box", "cylinder", "ball", "tube")
"""A box turned about the vertical, a cone or cylinder that stands, an ellipsoid, a bar with round
ends. By their number in the drawing loops."""
NOTHING = 1e9
"""Metres to what a ray never meets."""


@called_by_loops
def meet_solid(kind: int, row: np.ndarray, ray: tuple) -> tuple:
    """Return how far along a ray a solid is met, ``NOTHING`` where it is not, and its normal.

    Shape:
        row: (8,) of a box: middle, half sides, cosine and sine of its turn; of a cylinder: middle
            of its foot, radius below, height, radius above; of a ball: middle, radii; of a tube:
            one end, the way to the other, radius; a ball that is ragged like leaves or cloud tells
            behind its radii how much of it is missing, and how many holes there are a metre
    """
    if kind == 0:
        return _meet_box(row, ray)
    if kind == 1:
        return _meet_cylinder(row, ray)
    if kind == 2:
        return _meet_ball(row, ray)
    return _meet_tube(row, ray)


@called_by_loops
def _meet_box(row: np.ndarray, ray: tuple) -> tuple:
    cosine, sine = row[6], row[7]
    x, y, z = ray[0] - row[0], ray[1] - row[1], ray[2] - row[2]
    ox, oz = cosine * x - sine * z, sine * x + cosine * z
    dx, dz = cosine * ray[3] - sine * ray[5], sine * ray[3] + cosine * ray[5]
    u, v, w = _inverse(dx), _inverse(ray[4]), _inverse(dz)
    mid_x, mid_y, mid_z = -ox * u, -y * v, -oz * w
    near_x = mid_x - abs(u) * row[3]
    near_y = mid_y - abs(v) * row[4]
    near_z = mid_z - abs(w) * row[5]
    near = max(near_x, near_y, near_z)
    far = min(mid_x + abs(u) * row[3], mid_y + abs(v) * row[4], mid_z + abs(w) * row[5])
    if near > far or near < 1e-4:
        return NOTHING, 0.0, 0.0, 0.0
    if near == near_y:
        return near, 0.0, -math.copysign(1.0, ray[4]), 0.0
    side_x = -math.copysign(1.0, dx) if near == near_x else 0.0
    side_z = 0.0 if near == near_x else -math.copysign(1.0, dz)
    return near, cosine * side_x + sine * side_z, 0.0, cosine * side_z - sine * side_x


@called_by_loops
def _inverse(value: float) -> float:
    return 1.0 / (value if abs(value) > 1e-9 else 1e-9)


@called_by_loops
def _meet_cylinder(row: np.ndarray, ray: tuple) -> tuple:
    """A standing cone or cylinder: its side, or its flat top."""
    x, y, z = ray[0] - row[0], ray[1] - row[1], ray[2] - row[2]
    dx, dy, dz = ray[3], ray[4], ray[5]
    height = row[4]
    slope = (row[5] - row[3]) / height
    radius = row[3] + slope * y
    a = dx * dx + dz * dz - slope * slope * dy * dy
    b = x * dx + z * dz - radius * slope * dy
    c = x * x + z * z - radius * radius
    inside = b * b - a * c
    if inside > 0 and abs(a) > 1e-12:
        passed = (-b - math.copysign(math.sqrt(inside), a)) / a
        level = y + passed * dy
        if passed > 1e-4 and 0 <= level <= height:
            nx, nz = x + passed * dx, z + passed * dz
            scale = 1.0 / math.sqrt(nx * nx + nz * nz + 1e-12)
            tilt = 1.0 / math.sqrt(1 + slope * slope)
            return passed, nx * scale * tilt, -slope * tilt, nz * scale * tilt
    if dy < 0 and y > height:
        passed = (height - y) / dy
        u, w = x + passed * dx, z + passed * dz
        if u * u + w * w < row[5] * row[5]:
            return passed, 0.0, 1.0, 0.0
    return NOTHING, 0.0, 0.0, 0.0


@called_by_loops
def _meet_ball(row: np.ndarray, ray: tuple) -> tuple:
    x, y, z = (ray[0] - row[0]) / row[3], (ray[1] - row[1]) / row[4], (ray[2] - row[2]) / row[5]
    dx, dy, dz = ray[3] / row[3], ray[4] / row[4], ray[5] / row[5]
    a, b = dx * dx + dy * dy + dz * dz, x * dx + y * dy + z * dz
    inside = b * b - a * (x * x + y * y + z * z - 1.0)
    if inside < 0:
        return NOTHING, 0.0, 0.0, 0.0
    reach = math.sqrt(inside) / a
    passed, way = -b / a - reach, 1.0
    if row[6] > 0 and _missing(row, ray, passed, reach):
        passed, way = passed + 2.0 * reach, -1.0
        if _missing(row, ray, passed, reach):
            return NOTHING, 0.0, 0.0, 0.0
    if passed < 1e-4:
        return NOTHING, 0.0, 0.0, 0.0
    nx = (x + passed * dx) / row[3]
    ny = (y + passed * dy) / row[4]
    nz = (z + passed * dz) / row[5]
    scale = way / math.sqrt(nx * nx + ny * ny + nz * nz)
    return passed, nx * scale, ny * scale, nz * scale


@called_by_loops
def _missing(row: np.ndarray, ray: tuple, passed: float, reach: float) -> bool:
    """Return whether a ragged ball has a hole where a ray meets it; more so at its outline."""
    x, y, z = ray[0] + passed * ray[3], ray[1] + passed * ray[4], ray[2] + passed * ray[5]
    fine = row[7]
    there = 0.65 * noise3(x * fine, y * fine, z * fine)
    there += 0.35 * noise3(x * 2.3 * fine, y * 2.3 * fine, z * 2.3 * fine)
    inside = min(reach / max(min(row[3], row[4], row[5]), 1e-6), 1.0)
    return there < row[6] + 0.32 * (1.0 - inside) - 0.06


@called_by_loops
def _meet_tube(row: np.ndarray, ray: tuple) -> tuple:
    """A bar with round ends (Quilez, "Capsule - intersection")."""
    ax, ay, az, radius = row[3], row[4], row[5], row[6]
    x, y, z = ray[0] - row[0], ray[1] - row[1], ray[2] - row[2]
    dx, dy, dz = ray[3], ray[4], ray[5]
    long, along = ax * ax + ay * ay + az * az, ax * dx + ay * dy + az * dz
    behind, ahead = ax * x + ay * y + az * z, x * dx + y * dy + z * dz
    square = x * x + y * y + z * z
    a = long - along * along
    b = long * ahead - behind * along
    c = long * square - behind * behind - radius * radius * long
    inside = b * b - a * c
    if inside < 0:
        return NOTHING, 0.0, 0.0, 0.0
    passed = (-b - math.sqrt(inside)) / max(a, 1e-9)
    share = (behind + passed * along) / long
    if share < 0 or share > 1:
        end = 0.0 if share < 0 else 1.0
        x, y, z = x - end * ax, y - end * ay, z - end * az
        ahead = x * dx + y * dy + z * dz
        inside = ahead * ahead - (x * x + y * y + z * z - radius * radius)
        if inside < 0:
            return NOTHING, 0.0, 0.0, 0.0
        passed, share = -ahead - math.sqrt(inside), 0.0
    if passed < 1e-4:
        return NOTHING, 0.0, 0.0, 0.0
    nx = (x + passed * dx - share * ax) / radius
    ny = (y + passed * dy - share * ay) / radius
    nz = (z + passed * dz - share * az) / radius
    return passed, nx, ny, nz
