"""Cut a take of motion capture down to what is dance: no T-pose, no waiting, no faults."""

import logging
from collections.abc import Iterator

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from music2pose.motion.mending import mended
from music2pose.motion.motion import (
    BONES,
    HEAD_BONES,
    Body,
    Motion,
    body_frame,
    bone_directions,
    hip_centre,
)
from music2pose.motion.skeletons import SIDES
from music2pose.pose import JOINT

logger = logging.getLogger(__name__)

SOUND_SECONDS = {"60_06": (0.0, 0.0), "60_07": (0.0, 25.4), "60_10": (6.2, 60.0)}
"""The seconds to keep of published takes with known faults: 60_06 and the end of 60_07 have the
head wrong, 60_10 trembles at its start."""


STANDING_SPEED = 0.22
"""Metres per second, the mean of all joints, below which a dancer stands."""
IDLE_SPEED = 0.5
"""Metres per second that no single joint reaches in an idle."""
SHORTEST_SECONDS = 1.5
"""Shorter pieces between two faults are left out."""
SHORTEST_IDLE_SECONDS = 1.2
FASTEST_BONE = {"torso": 800.0, "axis": 1450.0, "limb": 2500.0}
"""Degrees per second that no dancer reaches: the spine; shoulders, hips and head; arms and legs."""
FASTEST_ROOT = 6.0
"""Metres per second."""
LOWEST_HIPS, LOWEST_NECK = 0.25, 0.15
"""Metres above the lower ankle, and above the hips, of a body that is upright."""
LONGEST_DIP_SECONDS = 0.2
"""For which a body that is not upright still counts as such."""


def cleaned(motion: Motion) -> Iterator[Motion]:
    """Yield the parts of a take that are a dance, and its still ends under a name with ``_idle``.

    Short faults are mended. A leading T-pose, standing at the start and the end, jumps of the data,
    published faults, and what is not danced upright are cut out; where that lies in the middle, the
    parts are called ``_part1``, ``_part2``...
    """
    first, last = SOUND_SECONDS.get(motion.name, (0.0, motion.seconds))
    begins = int(_leading_t_pose(motion).sum())
    if begins == len(motion):
        return
    motion = mended(motion.part(begins, len(motion)))
    usable = ~impossible(motion) & _on_the_feet(motion)
    times = (begins + np.arange(len(motion))) / motion.fps
    usable &= (times >= first) & (times < last)
    runs = [run for run in _runs(usable) if run[1] - run[0] >= SHORTEST_SECONDS * motion.fps]
    for number, (start, stop) in enumerate(runs, 1):
        part = motion.part(start, stop, f"_part{number}" if len(runs) > 1 else "")
        yield from _without_still_ends(part)


def impossible(motion: Motion) -> np.ndarray:
    """Return (T,) bool: frames within 0.1 s of a move that no body can make."""
    directions = bone_directions(motion).astype(np.float64)
    cosine = np.clip((directions[1:] * directions[:-1]).sum(-1), -1, 1)
    too_fast = np.degrees(np.arccos(cosine)) * motion.fps > _fastest_bones()
    root = np.diff(hip_centre(motion.joints), axis=0) * motion.fps
    fault = too_fast.any(axis=1) | (np.linalg.norm(root, axis=-1) > FASTEST_ROOT)
    faults = np.append(fault, False) | np.append(False, fault)
    return maximum_filter1d(faults, 2 * round(0.1 * motion.fps) + 1, mode="constant")


def upright(motion: Motion) -> np.ndarray:
    """Return (T,) bool: the hips are above the lower foot, and the shoulders above the hips.

    Kicks over the head, squats and bows to the level of the hips are; lying, handstands, flips and
    what is danced on hands and feet are not. A dip that is soon over counts as upright.
    """
    joints = motion.joints
    hips, neck = hip_centre(joints)[:, 1], joints[:, JOINT["neck"], 1]
    feet = joints[:, [JOINT[f"{side}_ankle"] for side in SIDES], 1].min(axis=1)
    stands = (hips - feet > LOWEST_HIPS) & (neck - hips > LOWEST_NECK)
    for start, stop in _runs(~stands):
        stands[start:stop] = stop - start < LONGEST_DIP_SECONDS * motion.fps
    return stands


def _on_the_feet(motion: Motion) -> np.ndarray:
    """Return ``upright`` and log how much of the take is not."""
    stands = upright(motion)
    if not stands.all():
        seconds = (~stands).sum() / motion.fps
        logger.warning("left out: %.1f s of %s that are not danced upright", seconds, motion.name)
    return stands


def _fastest_bones() -> np.ndarray:
    """Return (16,) the limits of ``FASTEST_BONE`` in the order of the bones."""
    axis = {JOINT[f"{side}_{part}"] for side in SIDES for part in ("shoulder", "hip")}
    kinds = ["axis" if child in axis else "limb" for _, child in BONES]
    kinds = ["torso", *kinds[1:], *("axis" for _ in HEAD_BONES)]
    return np.array([FASTEST_BONE[kind] for kind in kinds])


def _leading_t_pose(motion: Motion) -> np.ndarray:
    """Return (T,) bool: the first frames, as long as both arms are stretched out sideways."""
    directions = bone_directions(motion)
    arms = [index for index, (_, child) in enumerate(BONES) if child in T_POSE_JOINTS]
    left = body_frame(motion.joints.astype(np.float64))[..., 0]
    sideways = np.abs(np.einsum("tbi,ti->tb", directions[:, arms], left)).min(axis=1)
    return np.logical_and.accumulate(sideways > np.cos(np.radians(35)))


T_POSE_JOINTS = tuple(JOINT[f"{side}_{part}"] for side in SIDES for part in ("elbow", "wrist"))


def _runs(flags: np.ndarray) -> list[tuple[int, int]]:
    """Return (start, stop) of every run of true values.

    >>> _runs(np.array([True, True, False, True]))
    [(0, 2), (3, 4)]
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(int), [0]])))
    return [(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]


def _without_still_ends(motion: Motion) -> Iterator[Motion]:
    """Yield the motion without standing at its ends, and what stood long enough as idles."""
    speeds = smoothed_speeds(motion.joints, motion.fps, 0.1)
    moves = speeds.mean(1) > STANDING_SPEED
    calm = (speeds.max(1) < IDLE_SPEED) & _stands(motion.joints)
    steady = [run for run in _runs(moves) if run[1] - run[0] >= 0.4 * motion.fps]
    start, stop = (steady[0][0], steady[-1][1]) if steady else (0, 0)
    if stop - start >= SHORTEST_SECONDS * motion.fps:
        yield motion.part(start, stop)
    for place, ends in (("start", (0, start)), ("end", (stop, len(motion)))):
        still = [run for run in _runs(calm[slice(*ends)])
                 if run[1] - run[0] >= SHORTEST_IDLE_SECONDS * motion.fps]  # fmt: skip
        for run in still[:1]:
            yield motion.part(ends[0] + run[0], ends[0] + run[1], f"_{place}_idle")


def _stands(joints: np.ndarray) -> np.ndarray:
    """Return (T,) bool: on nearly straight legs, the hands below the shoulders."""
    shoulders = joints[:, JOINT["neck"], 1]
    hands = joints[:, [JOINT["left_wrist"], JOINT["right_wrist"]], 1].max(axis=1)
    straight = Body().ankle_height + 0.92 * Body().leg
    return (hip_centre(joints)[:, 1] > straight) & (hands < shoulders - 0.1)


def smoothed_speeds(joints: np.ndarray, fps: float, smooth_seconds: float) -> np.ndarray:
    """Return (T, 18) the speed of each joint in metres per second, smoothed by a Gaussian."""
    if len(joints) < 2:
        return np.zeros(joints.shape[:2])
    speed = np.linalg.norm(np.gradient(joints.astype(np.float64), axis=0), axis=-1) * fps
    return gaussian_filter1d(speed, smooth_seconds * fps, axis=0)
