"""Give a pose other arms: rotated about shoulder and elbow, as long as before."""

import math

import torch
from torch import Tensor

from music2pose.pose import JOINT

ARM_ANGLES = {"slight": (12.0, 20.0), "high": (120.0, 120.0)}
"""How far, in degrees, an arm turns at most about the shoulder, and its forearm about the elbow."""


def changed_arms(keypoints: Tensor, amount: str, rng: torch.Generator) -> Tensor:
    """Return the poses with both arms turned by angles of their own; nothing else moves.

    Args:
        amount: ``slight`` or ``high``.

    Shape:
        keypoints: (B, 18, 2), in isotropic units
        returns: (B, 18, 2)
    """
    limits = torch.tensor(ARM_ANGLES[amount]) * math.pi / 180
    changed = keypoints.clone()
    for side in ("right", "left"):
        shoulder, elbow, wrist = (
            JOINT[f"{side}_{part}"] for part in ("shoulder", "elbow", "wrist")
        )
        drawn = (2 * torch.rand(len(keypoints), 2, generator=rng) - 1) * limits
        at_shoulder, at_elbow = drawn.to(keypoints).unbind(1)
        for joint in (elbow, wrist):
            changed[:, joint] = turned(changed[:, joint], changed[:, shoulder], at_shoulder)
        changed[:, wrist] = turned(changed[:, wrist], changed[:, elbow], at_elbow)
    return changed


def turned(points: Tensor, centres: Tensor, angles: Tensor) -> Tensor:
    """Return ``points`` (B, 2) turned about ``centres`` (B, 2) by ``angles`` (B,) in radians.

    >>> turned(torch.tensor([[1.0, 0.0]]), torch.zeros(1, 2), torch.tensor([math.pi])).round()
    tensor([[-1., -0.]])
    """
    x, y = (points - centres).unbind(1)
    cos, sin = angles.cos(), angles.sin()
    return centres + torch.stack([cos * x - sin * y, sin * x + cos * y], dim=1)
