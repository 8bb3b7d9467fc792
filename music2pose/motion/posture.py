"""Turn a dancer's joints into places and axes to which the parts of a body are fastened."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from music2pose.motion.motion import (
    Body,
    body_frame,
    frame_of,
    head_frame,
    hip_centre,
    leg_length,
    lower_foot,
    unit,
)
from music2pose.pose import JOINT

BODY_SIDES = ("right", "left")
OUTWARD = {"right": -1.0, "left": 1.0}
SPINE_BEND = 0.42
"""Where between hips and neck the waist lies."""
FOOT_LENGTH = 0.15
"""Metres from the ankle to the ball of the toes."""
STEEPEST_TOES = 0.8
"""How far the toes point down while they stay on the floor: the sine of the foot's tilt."""
LIFTED = (0.05, 0.22)
"""Metres of an ankle above where it stands: the foot is flat below, and hangs free above."""
HANGING = 0.45
"""How much a free foot follows its shin, against standing square on it."""
STRAIGHT_TELLS = 0.25
"""How much a straight knee, against one bent by a right angle, says where a free foot points."""
KNEE_TELLS = 0.08
"""Metres by which a knee must be bent to say as much about the foot's heading as the hips do."""


@dataclass(frozen=True)
class Posture:
    """Where each named place of a body is, and how it is turned.

    Shape:
        origin: name -> (T, 3) metres
        axes: name -> (T, 3, 3), rows. In the middle of the body they point left, up and forward;
            in limbs outward (away from the body), along the bone and forward. A left limb is the
            mirror image of a right one, so one table of offsets serves both.
    """

    origin: dict[str, np.ndarray]
    axes: dict[str, np.ndarray]
    scale: float
    """Size of the body against ``Body()``."""

    def part(self, start: int, stop: int) -> "Posture":
        """Return frames ``start`` to ``stop`` (not included)."""
        origin = {name: values[start:stop] for name, values in self.origin.items()}
        axes = {name: values[start:stop] for name, values in self.axes.items()}
        return Posture(origin, axes, self.scale)

    def place(self, name: str, offset: Sequence[float]) -> np.ndarray:
        """Return (T, 3): the point ``offset``, in metres of the average body, from a place."""
        return self.origin[name] + self.scale * (np.array(offset) @ self.axes[name])


def posture(joints: np.ndarray) -> Posture:
    """Return the posture of the joints (T, 18, 3) of ``music2pose.motion.motion.Motion``.

    What eighteen joints do not tell is taken as it most often is: hands go on where forearms
    point, and feet are flat while they stand, hang in the air, and head where the knees point.
    """
    joints = joints.astype(np.float64)
    hips, neck = hip_centre(joints), joints[:, JOINT["neck"]]
    spine = unit(neck - hips)
    across = {part: joints[:, JOINT[f"left_{part}"]] - joints[:, JOINT[f"right_{part}"]]
              for part in ("shoulder", "hip")}  # fmt: skip
    ears = (joints[:, JOINT["left_ear"]] + joints[:, JOINT["right_ear"]]) / 2
    origin = {
        "pelvis": hips,
        "waist": hips + SPINE_BEND * (neck - hips),
        "chest": neck,
        "head": ears,
    }
    axes = {
        "pelvis": _rows(frame_of(across["hip"], spine)),
        "waist": _rows(body_frame(joints)),
        "chest": _rows(frame_of(across["shoulder"], spine)),
        "head": _rows(head_frame(joints)),
    }
    size = leg_length(joints) + float(np.median(np.linalg.norm(neck - hips, axis=-1)))
    scale = size / (Body().leg + Body().torso)
    for side in BODY_SIDES:
        _add_arm(origin, axes, joints, side)
        _add_leg(origin, axes, joints, side, scale)
    return Posture(origin, axes, scale)


def _rows(frame: np.ndarray) -> np.ndarray:
    return np.swapaxes(frame, -1, -2)


def _add_arm(origin: dict, axes: dict, joints: np.ndarray, side: str) -> None:
    """At rest an arm points to the side: its outward axis is up, its bone the chest's outward."""
    shoulder, elbow, wrist = (
        joints[:, JOINT[f"{side}_{part}"]] for part in ("shoulder", "elbow", "wrist")
    )
    left, up, forward = np.moveaxis(axes["chest"], 1, 0)
    rest = np.stack([up, OUTWARD[side] * left, forward], axis=1)
    upper = _turned(rest, unit(elbow - shoulder))
    fore = _turned(upper, unit(wrist - elbow))
    origin |= {f"{side}_shoulder": shoulder, f"{side}_elbow": elbow, f"{side}_wrist": wrist}
    axes |= {f"{side}_shoulder": upper, f"{side}_elbow": fore, f"{side}_wrist": fore}


def _add_leg(origin: dict, axes: dict, joints: np.ndarray, side: str, scale: float) -> None:
    hip, knee, ankle = (joints[:, JOINT[f"{side}_{part}"]] for part in ("hip", "knee", "ankle"))
    left, up, forward = np.moveaxis(axes["pelvis"], 1, 0)
    rest = np.stack([OUTWARD[side] * left, -up, forward], axis=1)
    thigh = _turned(rest, unit(knee - hip, (0, -1, 0)))
    shin = _turned(thigh, unit(ankle - knee, (0, -1, 0)))
    origin |= {f"{side}_hip": hip, f"{side}_knee": knee, f"{side}_ankle": ankle}
    axes |= {f"{side}_hip": thigh, f"{side}_knee": shin}
    along = unit(ankle - hip, (0, -1, 0))
    bend = (knee - hip) - ((knee - hip) * along).sum(-1, keepdims=True) * along
    heading = forward * (1 - np.abs(forward[:, 1:2])) + bend / (KNEE_TELLS * scale)
    heading = unit(heading * [1, 0, 1] + 1e-4 * shin[:, 2], (0, 0, 1))
    standing = standing_height(joints, scale)
    # The front of the shin is where the thigh lies, or where the leg looks while it is straight.
    front = thigh[:, 1] + STRAIGHT_TELLS * shin[:, 2]
    square = unit(front - (front * shin[:, 1]).sum(-1, keepdims=True) * shin[:, 1], (0, 0, 1))
    hanging = unit(square + HANGING * shin[:, 1])
    foot = _Foot(ankle[:, 1], heading, hanging, shin[:, 1])
    axes[f"{side}_ankle"] = _foot_axes(foot, standing, scale, side)


def standing_height(joints: np.ndarray, scale: float) -> float:
    """Return how high the ankle of this body is over the sole, as its own standing shows."""
    usual = Body().ankle_height * scale
    lowest = float(np.percentile(lower_foot(joints), 10))
    return float(np.clip(lowest, 0.85 * usual, 1.2 * usual))


class _Foot(NamedTuple):
    """What is known of a foot.

    Shape:
        height: (T,) metres of the ankle
        heading: (T, 3) level, where the toes of a standing foot point
        hanging: (T, 3) where the toes of a free foot point
        shin: (T, 3) pointing down the leg
    """

    height: np.ndarray
    heading: np.ndarray
    hanging: np.ndarray
    shin: np.ndarray


def _foot_axes(foot: _Foot, standing: float, scale: float, side: str) -> np.ndarray:
    """Return the foot's axes (T, 3, 3), rows outward, up (out of the shoe) and towards the toes.

    A foot whose heel rises keeps its toes on the floor as far as it can.

    Args:
        standing: height in metres of the ankle while the foot is flat on the floor.
    """
    length = FOOT_LENGTH * scale
    lift = (foot.height - standing)[:, None]
    drop = np.clip(lift, 0.0, STEEPEST_TOES * length) / length
    flat = foot.heading * np.sqrt(1 - drop**2) - drop * np.array([0, 1, 0])
    share = np.clip((lift - LIFTED[0]) / (LIFTED[1] - LIFTED[0]), 0, 1)
    share = share * share * (3 - 2 * share)  # smoothstep
    toes = unit((1 - share) * flat + share * foot.hanging, (0, 0, 1))
    # Toes stay above the floor, but never quite upright, where a foot has no heading.
    steep = np.maximum(toes[:, 1], np.clip(-lift[:, 0] / length, -0.95, 0.9))
    level = unit(toes * [1, 0, 1] + 1e-6 * foot.heading, (0, 0, 1))
    toes = level * np.sqrt(1 - steep**2)[:, None] + steep[:, None] * np.array([0, 1, 0])
    # Up is square on the toes, as upright as that allows, or against the shin where toes hang.
    upright = unit(np.array([0, 1.0, 0]) * (1 - share) - share * foot.shin)
    outward = unit(np.cross(upright, toes), (1, 0, 0))  # to the left of the foot
    up = np.cross(toes, outward)
    return np.stack([OUTWARD[side] * outward, up, toes], axis=1)


def _turned(axes: np.ndarray, bone: np.ndarray) -> np.ndarray:
    """Return ``axes`` (T, 3, 3) turned the shortest way so that the second becomes ``bone``.

    The rotation that takes one direction to another by the least angle, from their cross and dot
    product (Rodrigues). scipy's ``Rotation.align_vectors`` finds such a rotation for one pair of
    directions a call, not for (T,) of them.
    """
    start = axes[:, 1]
    cross = np.cross(start, bone)
    cosine = (start * bone).sum(-1)
    share = 1 / np.maximum(1 + cosine, 1e-3)
    turned = [
        axis * cosine[:, None]
        + np.cross(cross, axis)
        + cross * ((cross * axis).sum(-1) * share)[:, None]
        for axis in np.moveaxis(axes, 1, 0)
    ]
    turned[1] = bone
    return np.stack([unit(axis) for axis in turned], axis=1)
