"""True maps of a pose, for the pose estimator to find: heatmaps, affinity fields and the mask."""

import torch
from torch import Tensor

from music2pose.motion.motion import Body
from music2pose.pose import LIMBS
from pose2video.nadsnet.estimator import PoseMaps
from pose2video.pose_inputs import (
    joint_heatmaps,
    limb_coordinates,
    limbs_seen,
    part_affinity_fields,
)

SPOT_RADIUS = 1.25
"""Standard deviation of a joint's spot, in map pixels."""
FIELD_HALF_WIDTH_PIXELS = 1.0
"""Of a limb's band, in map pixels."""

TRUNK_RADIUS, HEAD_RADIUS, ARM_RADIUS, LEG_RADIUS = 0.3, 0.32, 0.13, 0.17
"""Radii of the body's parts, in torso lengths."""
LIMB_RADII = (
    *(6 * [ARM_RADIUS]),  # shoulders, upper arms and forearms
    *(2 * [TRUNK_RADIUS, LEG_RADIUS, LEG_RADIUS]),  # neck to hip, thigh and shin of each side
    ARM_RADIUS,  # neck to nose
    *(4 * [HEAD_RADIUS]),
)
"""Of each of ``LIMBS``."""


def draw_targets(keypoints: Tensor, confidence: Tensor, size: int) -> PoseMaps:
    """Return the true maps of poses on a square canvas; the mask is one of capsules, in [0, 1].

    Args:
        size: height and width of the maps.

    Shape:
        keypoints: (B, 18, 2), fractions of the canvas
        confidence: (B, 18)
    """
    return PoseMaps(
        joint_heatmaps(keypoints, confidence, size, SPOT_RADIUS / size),
        part_affinity_fields(keypoints, confidence, size, FIELD_HALF_WIDTH_PIXELS / size),
        capsule_masks(keypoints, confidence, size),
    )


def capsule_masks(
    keypoints: Tensor, confidence: Tensor, size: int, thickness: float = 1.0
) -> Tensor:
    """Return roughly where the body is: a capsule around every limb, soft over one map pixel.

    Args:
        thickness: makes all capsules thicker or thinner than those of an average body.

    Shape:
        keypoints: (B, 18, 2), fractions of a square canvas
        confidence: (B, 18)
        returns: (B, 1, size, size), in [0, 1]
    """
    across, beyond, _ = limb_coordinates(keypoints, size)
    distance = (across.square() + beyond.square()).sqrt()
    radii = torch.tensor(LIMB_RADII).to(keypoints) * body_sizes(keypoints, confidence)[:, None]
    inside = (thickness * radii[..., None, None] - distance) * size + 0.5
    covered = inside.clamp(0, 1) * limbs_seen(confidence)[..., None, None]
    return covered.amax(1, keepdim=True)


def body_sizes(keypoints: Tensor, confidence: Tensor) -> Tensor:
    """Return the torso length that the longest part of each body speaks for.

    A torso that leans towards the viewer looks short; its legs then tell how large the body is.

    Shape:
        keypoints: (B, 18, 2)
        confidence: (B, 18)
        returns: (B,), in the units of ``keypoints``
    """
    body = Body()
    hip = (body.torso**2 + body.hip**2) ** 0.5
    lengths = {(1, 8): hip, (1, 11): hip, (8, 9): body.thigh, (11, 12): body.thigh,
               (9, 10): body.shin, (12, 13): body.shin}  # fmt: skip
    start, end = torch.tensor(LIMBS, device=keypoints.device).unbind(1)
    apparent = (keypoints[:, end] - keypoints[:, start]).norm(dim=-1) * limbs_seen(confidence)
    estimates = [
        apparent[:, LIMBS.index(limb)] * (body.torso / length) for limb, length in lengths.items()
    ]
    return torch.stack(estimates).amax(0)
