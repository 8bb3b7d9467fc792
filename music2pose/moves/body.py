"""From the numbers of a pose to joints: two-bone legs that reach the floor, arms by direction."""

from collections.abc import Callable

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

from music2pose.motion.motion import Body, from_directions, unit
from music2pose.moves.tracks import Score

STRAIGHT = 0.992
"""Largest share of its length to which a leg stretches."""
TIGHTEST_ELBOW = 145.0
"""Degrees by which an elbow can fold."""
STEP_HEIGHT = 0.09
"""Metres by which a foot is lifted at most on its way."""
SOFTNESS = 0.05
"""Beats over which the arms' ways are rounded."""


def joints_of(score: Score, beat: np.ndarray, body: Body) -> np.ndarray:
    """Return the joints (T, 18, 3) of ``body`` dancing ``score`` at the times ``beat`` (T,)."""

    def number(name: str) -> np.ndarray:  # (T,)
        return score.number(name, beat)

    turn = number("turn")
    hips = rotation(turn + number("hip"), 0 * turn, -number("hip_roll"))
    chest = rotation(turn + number("chest"), number("lean"), number("tilt"))
    head = rotation(turn + number("head"), number("nod"), number("head_tilt"))
    feet = {side: score.foot(f"foot_{side}", beat, STEP_HEIGHT) for side in "lr"}
    root = hip_path(score, number, hips, feet, beat, body)
    sides = {}
    for side, sign in (("l", 1.0), ("r", -1.0)):
        shrug = np.radians(number(f"shrug_{side}"))
        across = np.stack([sign * np.cos(shrug), np.sin(shrug), 0 * shrug], axis=-1)
        upper, fore = (
            softened(unit(part * [sign, 1, 1]), beat) for part in score.arm(f"arm_{side}", beat)
        )
        ankle = ankle_of(feet[side], body, number("hop"))
        pelvis = hips.apply([sign, 0, 0])
        thigh, shin = leg(
            root + body.hip * pelvis, ankle, knee_way(turn + number(f"knee_{side}")), body
        )
        sides[side] = [
            chest.apply(across), chest.apply(upper), chest.apply(open_elbow(upper, fore)),
            pelvis, thigh, shin,
        ]  # fmt: skip
    right, left = sides["r"], sides["l"]
    neck = unit(chest.apply([0, 0.65, 0]) + head.apply([0, 0.35, 0.05]))
    directions = [chest.apply([0, 1, 0]), *right[:3], *left[:3], *right[3:], *left[3:],
                  neck, head.apply([0, 0, 1]), head.apply([1, 0, 0])]  # fmt: skip
    return from_directions(np.stack(directions, axis=1), root, body)


def softened(directions: np.ndarray, beat: np.ndarray) -> np.ndarray:
    """Return an arm's directions (T, 3) without the jerk of reversing at once."""
    frames = SOFTNESS / max(float(beat[-1]) / max(len(beat) - 1, 1), 1e-6)
    return unit(gaussian_filter1d(directions, frames, axis=0, mode="wrap"))


def rotation(left: np.ndarray, forward: np.ndarray, over: np.ndarray) -> Rotation:
    """Return rotations, degrees (T,): heading to the left, leaning forward, leaning left."""
    return Rotation.from_euler("YXZ", np.stack([left, forward, -over], axis=-1), degrees=True)


def hip_path(
    score: Score,
    number: Callable[[str], np.ndarray],
    hips: Rotation,
    feet: dict[str, np.ndarray],
    beat: np.ndarray,
    body: Body,
) -> np.ndarray:
    """Return the root (T, 3): over the feet as the weight says, as high as the legs reach."""
    share = 0.5 + 0.45 * number("weight")[:, None]
    ground = feet["r"][:, :2] * (1 - share) + feet["l"][:, :2] * share
    root = np.zeros((len(beat), 3))
    root[:, 0] = ground[:, 0] + number("x")
    root[:, 2] = ground[:, 1] + number("z")
    bounce = score.bounce[np.floor(beat).astype(int) % score.beats]
    give = bounce * (0.5 + 0.5 * np.cos(2 * np.pi * (beat - 0.03)))
    standing = body.ankle_height + STRAIGHT * body.leg
    height = standing - np.maximum(number("drop"), 0.0) - give
    for side, sign in (("l", 1.0), ("r", -1.0)):
        joint = root + hips.apply([sign * body.hip, 0, 0])
        gap = joint[:, [0, 2]] - feet[side][:, :2]
        rise = np.sqrt(np.maximum((STRAIGHT * body.leg) ** 2 - (gap**2).sum(-1), 0.01))
        lifted = feet[side][:, 2]
        reach = body.ankle_height + rise + lifted + 2 * lifted - (joint - root)[:, 1]
        height = soft_minimum(height, reach)
    root[:, 1] = height + number("hop")
    return root


def soft_minimum(first: np.ndarray, second: np.ndarray, width: float = 0.02) -> np.ndarray:
    """Return a little less than the smaller of two heights, without a kink where they cross.

    Shape:
        first, second, returns: (T,) metres
    """
    return 0.5 * (first + second - np.sqrt((first - second) ** 2 + width**2))


def ankle_of(foot: np.ndarray, body: Body, hop: np.ndarray) -> np.ndarray:
    """Return the ankle's place (T, 3) from x, z and lift (T, 3)."""
    return np.stack([foot[:, 0], body.ankle_height + foot[:, 2] + hop, foot[:, 1]], axis=-1)


def knee_way(degrees: np.ndarray) -> np.ndarray:
    """Return where a knee bends to (T, 3): forward along its heading, or up if the leg is level."""
    angle = np.radians(degrees)
    return np.stack([np.sin(angle), np.full_like(angle, 0.4), np.cos(angle)], axis=-1)


def leg(
    hip: np.ndarray, ankle: np.ndarray, way: np.ndarray, body: Body
) -> tuple[np.ndarray, np.ndarray]:
    """Return thigh and shin directions (T, 3) that bring the ankle there, by the law of cosines.

    An ankle out of reach is approached as far as the leg is long.
    """
    span = ankle - hip
    shortest = abs(body.thigh - body.shin) + 0.25 * body.leg
    length = np.clip(np.linalg.norm(span, axis=-1), shortest, STRAIGHT * body.leg)[:, None]
    along = unit(span, (0, -1, 0))
    bend = unit(way - (way * along).sum(-1, keepdims=True) * along, (0, 0, 1))
    cosine = (body.thigh**2 + length**2 - body.shin**2) / (2 * body.thigh * length)
    cosine = np.clip(cosine, -1, 1)
    thigh = cosine * along + np.sqrt(1 - cosine**2) * bend
    return thigh, unit(length * along - body.thigh * thigh)


def open_elbow(upper: np.ndarray, fore: np.ndarray) -> np.ndarray:
    """Return the forearm (T, 3), turned away from the upper arm where the elbow folds too far."""
    along = (upper * fore).sum(-1, keepdims=True)
    aside = unit(fore - along * upper, (0, 0, 1))
    tightest = np.radians(TIGHTEST_ELBOW)
    folded = np.minimum(np.arccos(np.clip(along, -1, 1)), tightest)
    return np.cos(folded) * upper + np.sin(folded) * aside
