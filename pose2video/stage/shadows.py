"""How the dancers keep light from each other and from the floor, in closed form.

A body casts its shadow as few capsules, not as all the shapes it is drawn with. Their table holds
in each row the start of one, the way to its end, its radius, what that grows, and its limb.
"""

import math

import numpy as np

from pose2video.stage.compiled import called_by_loops

OCCLUSION = 0.55
"""How strongly near parts keep the light of the surroundings away."""


@called_by_loops
def passing(shades: np.ndarray, i: int, point: tuple, towards: tuple) -> tuple:
    """Return how far along a line it comes nearest to a capsule, and metres outside of it then."""
    ax, ay, az = shades[i, 3], shades[i, 4], shades[i, 5]
    x = point[0] - shades[i, 0]
    y = point[1] - shades[i, 1]
    z = point[2] - shades[i, 2]
    ahead = -(x * towards[0] + y * towards[1] + z * towards[2])
    gain = ax * towards[0] + ay * towards[1] + az * towards[2]
    behind = x * ax + y * ay + z * az
    width = max(ax * ax + ay * ay + az * az - gain * gain, 1e-9)
    share = min(max((behind + ahead * gain) / width, 0.0), 1.0)
    t = ahead + share * gain
    u = x + t * towards[0] - share * ax
    v = y + t * towards[1] - share * ay
    w = z + t * towards[2] - share * az
    gap = math.sqrt(u * u + v * v + w * w)
    return t, gap - (shades[i, 6] + share * shades[i, 7])


@called_by_loops
def lit_by(
    shades: np.ndarray, point: tuple, towards: tuple, softness: float, group: float
) -> float:
    """Return how much of a lamp a point sees, from 0 to 1.

    A capsule that passes the line to the lamp at a distance hides a share of the lamp's disc.

    Args:
        softness: half the angle in radians under which the lamp is seen.
        group: the limb that the point lies on, which casts no shadow on itself; -1 for the floor.
    """
    hidden = 0.0
    near, ramp = (0.0, 0.02) if group < 0 else (0.05, 0.1)
    for i in range(len(shades)):
        if shades[i, 8] == group:
            continue
        passed, gap = passing(shades, i, point, towards)
        if passed <= near:
            continue
        share = min(max(0.5 - 0.5 * gap / max(softness * passed, 1e-3), 0.0), 1.0)
        share = share * share * (3.0 - 2.0 * share) * min((passed - near) / ramp, 1.0)
        hidden = max(hidden, share)
    return 1.0 - hidden


@called_by_loops
def openness(shades: np.ndarray, point: tuple, normal: tuple) -> float:
    """Return how open the surroundings of a point are, from 0 to 1.

    Every capsule counts as a ball at its nearest point, which hides the cosine-weighted share of
    the sky that a ball does (after Quilez, "Sphere ambient occlusion").
    """
    hidden = 0.0
    for i in range(len(shades)):
        x = shades[i, 0] - point[0]
        y = shades[i, 1] - point[1]
        z = shades[i, 2] - point[2]
        ax, ay, az = shades[i, 3], shades[i, 4], shades[i, 5]
        share = -(x * ax + y * ay + z * az) / (ax * ax + ay * ay + az * az + 1e-9)
        share = min(max(share, 0.0), 1.0)
        x, y, z = x + share * ax, y + share * ay, z + share * az
        facing = normal[0] * x + normal[1] * y + normal[2] * z
        if facing <= 0:
            continue
        square = x * x + y * y + z * z + 1e-6
        radius = shades[i, 6] + share * shades[i, 7]
        hidden += min(radius * radius / square, 1.0) * facing / math.sqrt(square)
    return math.exp(-OCCLUSION * hidden)
