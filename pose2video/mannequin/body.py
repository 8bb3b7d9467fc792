"""Dress a posture in tapered capsules: the body of the dancer, as a signed distance field."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import torch
from torch import Tensor

from music2pose.motion.posture import BODY_SIDES, Posture, posture

Point = tuple[str, float, float, float]
"""A place of the posture, and metres of the average body along its axes."""


class Part(IntEnum):
    """What a point of the surface belongs to; limbs are the dancer's own right and left."""

    HEAD = 0
    HAIR = 1
    NECK = 2
    TORSO = 3
    HIPS = 4
    RIGHT_UPPER_ARM = 5
    RIGHT_FOREARM = 6
    RIGHT_HAND = 7
    LEFT_UPPER_ARM = 8
    LEFT_FOREARM = 9
    LEFT_HAND = 10
    RIGHT_THIGH = 11
    RIGHT_SHIN = 12
    RIGHT_FOOT = 13
    LEFT_THIGH = 14
    LEFT_SHIN = 15
    LEFT_FOOT = 16


GROUPS = (0, 0, 0, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5)
"""For each ``Part`` the head, trunk, arm or leg that it belongs to."""


@dataclass(frozen=True)
class Capsule:
    """A ball that is drawn from ``start`` to ``end`` while its radius changes, in metres.

    Painted patterns are laid out along the axes of the place at which it starts.
    """

    part: Part
    start: Point
    end: Point
    start_radius: float
    end_radius: float


def _limbs(side: str) -> tuple[Capsule, ...]:
    upper_arm, forearm, hand, thigh, shin, foot = (
        Part[f"{side.upper()}_{name}"]
        for name in ("UPPER_ARM", "FOREARM", "HAND", "THIGH", "SHIN", "FOOT")
    )
    shoulder, elbow, wrist = (f"{side}_{name}" for name in ("shoulder", "elbow", "wrist"))
    hip, knee, ankle = (f"{side}_{name}" for name in ("hip", "knee", "ankle"))
    x = -1.0 if side == "right" else 1.0
    return (
        Capsule(Part.TORSO, ("chest", 0.075 * x, -0.105, 0),
                ("waist", 0.05 * x, 0, 0), 0.088, 0.084),
        Capsule(Part.HIPS, ("waist", 0.05 * x, 0, 0),
                ("pelvis", 0.066 * x, 0.02, -0.004), 0.084, 0.092),
        Capsule(Part.HIPS, ("pelvis", 0.07 * x, -0.02, -0.045),
                ("pelvis", 0.075 * x, -0.03, -0.045), 0.078, 0.078),
        Capsule(Part.TORSO, ("chest", 0.06 * x, -0.05, 0),
                (shoulder, -0.012, 0.0, 0), 0.062, 0.056),
        Capsule(Part.TORSO, ("chest", 0.03 * x, 0.025, -0.018),
                (shoulder, 0.0, 0.0, 0), 0.042, 0.052),
        Capsule(upper_arm, (shoulder, 0, 0, 0), (elbow, 0, 0, 0), 0.060, 0.040),
        Capsule(forearm, (elbow, 0, 0, 0), (wrist, 0, 0, 0), 0.040, 0.030),
        Capsule(forearm, (elbow, 0, 0.05, 0.008), (elbow, 0, 0.12, 0.006), 0.036, 0.032),
        Capsule(hand, (wrist, 0, 0.01, 0.008), (wrist, -0.012, 0.085, 0.026), 0.026, 0.024),
        Capsule(hand, (wrist, 0, 0.01, -0.008), (wrist, -0.012, 0.085, -0.020), 0.026, 0.023),
        Capsule(hand, (wrist, -0.012, 0.085, 0.020), (wrist, -0.035, 0.155, 0.014), 0.023, 0.015),
        Capsule(hand, (wrist, -0.012, 0.085, -0.016), (wrist, -0.038, 0.145, -0.014), 0.022, 0.014),
        Capsule(hand, (wrist, -0.004, 0.025, 0.026), (wrist, -0.022, 0.085, 0.062), 0.019, 0.013),
        Capsule(thigh, (hip, 0, 0, 0), (knee, 0, 0, 0.004), 0.088, 0.052),
        Capsule(shin, (knee, 0, 0.0, 0.004), (knee, 0, 0.355, -0.006), 0.052, 0.055),
        Capsule(shin, (knee, 0, 0.10, -0.018), (knee, 0, 0.20, -0.014), 0.046, 0.042),
        Capsule(foot, (ankle, 0, 0.02, -0.012), (ankle, 0, -0.028, 0.06), 0.043, 0.041),
        Capsule(foot, (ankle, 0, -0.03, -0.035), (ankle, 0.004, -0.038, 0.14), 0.040, 0.036),
        Capsule(foot, (ankle, 0.016, -0.055, -0.045), (ankle, 0.022, -0.055, 0.14), 0.0215, 0.0215),
        Capsule(foot, (ankle, -0.016, -0.055, -0.045),
                (ankle, -0.012, -0.055, 0.15), 0.0215, 0.0215),
    )  # fmt: skip


CAPSULES: tuple[Capsule, ...] = (
    Capsule(Part.TORSO, ("chest", 0, -0.11, 0.014), ("waist", 0, 0, 0.01), 0.096, 0.09),
    Capsule(Part.HIPS, ("waist", 0, 0, 0.01), ("pelvis", 0, 0.0, 0.004), 0.09, 0.096),
    Capsule(Part.NECK, ("chest", 0, -0.02, -0.012), ("head", 0, -0.05, -0.018), 0.054, 0.048),
    Capsule(Part.HEAD, ("head", 0, 0.03, 0.004), ("head", 0, 0.01, 0.016), 0.094, 0.088),
    Capsule(Part.HEAD, ("head", 0, -0.02, 0.022), ("head", 0, -0.068, 0.042), 0.075, 0.046),
    Capsule(Part.HEAD, ("head", 0, 0.0, 0.092), ("head", 0, -0.026, 0.104), 0.011, 0.015),
    Capsule(Part.HEAD, ("head", 0.09, 0.005, -0.002),
            ("head", 0.088, -0.015, -0.002), 0.018, 0.014),
    Capsule(Part.HEAD, ("head", -0.09, 0.005, -0.002),
            ("head", -0.088, -0.015, -0.002), 0.018, 0.014),
    Capsule(Part.HAIR, ("head", 0, 0.056, -0.016), ("head", 0, 0.0, -0.042), 0.102, 0.080),
    Capsule(Part.HAIR, ("head", 0.04, 0.10, 0.045), ("head", -0.045, 0.085, 0.052), 0.032, 0.030),
    Capsule(Part.HAIR, ("head", 0, 0.135, -0.075), ("head", 0, 0.15, -0.085), 0.045, 0.045),
    *_limbs("right"),
    *_limbs("left"),
)  # fmt: skip

START_RADII = np.array([capsule.start_radius for capsule in CAPSULES])
END_RADII = np.array([capsule.end_radius for capsule in CAPSULES])
CAPSULE_PARTS = np.array([capsule.part for capsule in CAPSULES])
CAPSULE_GROUPS = np.array(GROUPS)[CAPSULE_PARTS]
PLACE_NAMES = ("pelvis", "waist", "chest", "head",
          *(f"{side}_{part}" for side in BODY_SIDES
            for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")))  # fmt: skip
"""Names of the postures' places; patterns are painted in their axes."""
CAPSULE_PLACES = np.array([PLACE_NAMES.index(capsule.start[0]) for capsule in CAPSULES])


@dataclass(frozen=True)
class CapsuleBody:
    """The capsules of one body at one moment, in metres.

    Shape:
        start: (P, 3); along: (P, 3) from start to end
        radius: (P,) at the start; taper: (P,) what it gains up to the end
        origin: (Q, 3), axes: (Q, 3, 3) the ``PLACE_NAMES`` and their axes in rows
    """

    start: Tensor
    along: Tensor
    radius: Tensor
    taper: Tensor
    origin: Tensor
    axes: Tensor

    def mirrored_in_floor(self) -> "CapsuleBody":
        """Return the body as a floor at y = 0 reflects it."""
        flip = self.start.new_tensor([1.0, -1.0, 1.0])
        return CapsuleBody(
            self.start * flip, self.along * flip, self.radius, self.taper,
            self.origin * flip, self.axes * flip,
        )  # fmt: skip


def capsule_bodies(joints: np.ndarray, device: str = "cpu") -> list[CapsuleBody]:
    """Return the body at every moment of ``joints`` (T, 18, 3) in metres, on ``device``."""
    pose = posture(joints)
    start = _placed(pose, [capsule.start for capsule in CAPSULES])
    end = _placed(pose, [capsule.end for capsule in CAPSULES])
    origin = np.stack([pose.origin[name] for name in PLACE_NAMES], axis=1)
    axes = np.stack([pose.axes[name] for name in PLACE_NAMES], axis=1)

    def on_device(array: np.ndarray) -> Tensor:
        return torch.tensor(array, dtype=torch.float32, device=device)

    radius, last = on_device(START_RADII * pose.scale), on_device(END_RADII * pose.scale)
    arrays = map(on_device, (start, end - start, origin, axes / pose.scale))
    return [
        CapsuleBody(first, along, radius, last - radius, places, turned)
        for first, along, places, turned in zip(*arrays, strict=True)
    ]


def _placed(pose: Posture, points: list[Point]) -> np.ndarray:
    """Return where points of a posture are, (T, P, 3) metres."""
    return np.stack([pose.place(name, offset) for name, *offset in points], axis=1)
