"""Keypoints drawn as the pictures and maps that networks are shown, in batches."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from music2pose.pose import JOINT, LIMBS, NUM_JOINTS, VISIBLE
from music2pose.pose_maps import pixel_centres
from pose2video.draw import draw_skeleton

NUM_LIMBS = len(LIMBS)
HEATMAP_SIGMA = 7 / 384
LIMB_SIGMA = 0.022
FIELD_HALF_WIDTH = 1.5 / 96
"""Sizes are shares of the canvas, so that maps of every size show the same."""
HEAD_JOINTS = [JOINT[name] for name in ("nose", "right_eye", "left_eye", "right_ear", "left_ear")]
TO_HAND = 1.3
"""How far the middle of a hand is from the elbow, in forearms."""


def joint_heatmaps(
    keypoints: Tensor, confidence: Tensor, size: int, sigma: float = HEATMAP_SIGMA
) -> Tensor:
    """Draw a Gaussian spot at each joint that is seen; other maps stay empty. Differentiable.

    Args:
        keypoints: x and y as fractions of a square canvas; joints may lie outside.
        confidence: joints below ``VISIBLE`` are not drawn, the others in full.
        sigma: radius of a spot, as a share of the canvas.

    Shape:
        keypoints: (B, 18, 2)
        confidence: (B, 18)
        returns: (B, 18, size, size), in [0, 1]
    """
    return joints_seen(confidence)[..., None, None] * spots(keypoints, size, sigma)


def spots(places: Tensor, size: int, sigma: float) -> Tensor:
    """Draw a Gaussian spot at each place.

    Shape:
        places: (B, N, 2), fractions of a square canvas
        returns: (B, N, size, size), in [0, 1]
    """
    offset = (places[..., None] - pixel_centres(size).to(places)) / sigma  # (B, N, 2, size)
    spot_x, spot_y = torch.exp(-0.5 * offset.square()).unbind(-2)
    return spot_y[..., :, None] * spot_x[..., None, :]


def detail_centres(keypoints: Tensor, confidence: Tensor) -> Tensor:
    """Return the middles of the face and of the right and left hand; unseen ones are at the neck.

    Shape:
        keypoints: (B, 18, 2), fractions of a square canvas
        confidence: (B, 18)
        returns: (B, 3, 2)
    """
    seen = joints_seen(confidence)[..., None]
    head, head_seen = keypoints[:, HEAD_JOINTS], seen[:, HEAD_JOINTS]
    face = (head * head_seen).sum(1) / head_seen.sum(1).clamp(min=1)
    known, places = [head_seen.amax(1)], [face]
    for side in ("right", "left"):
        elbow, wrist = JOINT[f"{side}_elbow"], JOINT[f"{side}_wrist"]
        known.append(seen[:, elbow] * seen[:, wrist])
        places.append(torch.lerp(keypoints[:, elbow], keypoints[:, wrist], TO_HAND))
    neck = keypoints[:, JOINT["neck"], None]
    return torch.where(torch.stack(known, 1) > 0, torch.stack(places, 1), neck)


def skeleton_maps(
    keypoints: Tensor, confidence: Tensor, size: int, sigma: float = LIMB_SIGMA
) -> Tensor:
    """Draw how near each place is to each limb: 1 on the limb, falling off as a Gaussian.

    Even a small map tells to a fraction of its pixels where a limb lies. Differentiable.

    Shape:
        keypoints: (B, 18, 2), fractions of a square canvas
        confidence: (B, 18)
        returns: (B, 17, size, size), in [0, 1]; limbs that are not seen are empty
    """
    across, beyond, _ = limb_coordinates(keypoints, size)
    nearness = torch.exp(-0.5 * (across.square() + beyond.square()) / sigma**2)
    return limbs_seen(confidence)[..., None, None] * nearness


def part_affinity_fields(
    keypoints: Tensor, confidence: Tensor, size: int, half_width: float = FIELD_HALF_WIDTH
) -> Tensor:
    """Draw along each limb the unit vector from its first joint to its second (Cao et al. 2017).

    The band's edge is smooth over one map pixel, so that it is differentiable.

    Args:
        half_width: of the band, as a share of the canvas.

    Shape:
        keypoints: (B, 18, 2), fractions of a square canvas
        confidence: (B, 18)
        returns: (B, 34, size, size), in [-1, 1]; x and y of limb l are channels 2 l and 2 l + 1
    """
    across, beyond, direction = limb_coordinates(keypoints, size)
    inside = half_width - torch.maximum(across.abs(), beyond)
    band = (inside * size + 0.5).clamp(0, 1) * limbs_seen(confidence)[..., None, None]
    return (direction[..., None, None] * band[:, :, None]).flatten(1, 2)


def skeleton_pictures(keypoints: Tensor, confidence: Tensor, size: int) -> Tensor:
    """Draw the coloured skeleton just as ``pose2video.draw`` does; gives no gradient.

    Shape:
        keypoints: (B, 18, 2), fractions of a square canvas
        confidence: (B, 18)
        returns: (B, 3, size, size), RGB in [-1, 1], black where nothing is
    """
    rows = zip(keypoints.detach().float().cpu(), confidence.detach().float().cpu(), strict=True)
    drawn = np.stack([draw_skeleton(k.numpy(), c.numpy(), size, size) for k, c in rows])
    return torch.tensor(drawn).to(keypoints.device).permute(0, 3, 1, 2) / 127.5 - 1


def limb_coordinates(keypoints: Tensor, size: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return where each place of a map lies beside each limb, in shares of the canvas.

    Shape:
        keypoints: (B, 18, 2)
        returns: distance across the limb's line (B, 17, size, size), signed; distance beyond its
            ends along it (B, 17, size, size), 0 between them; unit direction (B, 17, 2)
    """
    start, end = limb_ends(keypoints)
    vector = end - start
    length = _vector_length(vector)
    direction = vector / length.clamp(min=1e-4)[..., None]
    x, y = _offsets((start + end) / 2, size)
    u, v = direction[..., None, None].unbind(2)
    beyond = F.relu((u * x + v * y).abs() - length[..., None, None] / 2)
    # A limb seen end-on has no direction: its places are as far off as from a point.
    pointlike = (length < 1e-4)[..., None, None]
    across = torch.where(pointlike, (x.square() + y.square() + 1e-12).sqrt(), v * x - u * y)
    return across, beyond, direction


def _offsets(centres: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """Return x (B, N, 1, size) and y (B, N, size, 1) of the map's places around ``centres``."""
    places = pixel_centres(size).to(centres)
    x, y = (places - centres[..., axis : axis + 1] for axis in range(2))
    return x[..., None, :], y[..., :, None]


def limb_ends(keypoints: Tensor) -> tuple[Tensor, Tensor]:
    """Return where each limb starts and ends: (B, 18, 2) -> twice (B, 17, 2)."""
    start, end = torch.tensor(LIMBS, device=keypoints.device).unbind(1)
    return keypoints[:, start], keypoints[:, end]


def joints_seen(confidence: Tensor) -> Tensor:
    """Return 1 for joints that count and 0 for others: (B, 18) -> (B, 18)."""
    assert confidence.shape[-1] == NUM_JOINTS
    return (confidence >= VISIBLE).to(confidence.dtype)


def limbs_seen(confidence: Tensor) -> Tensor:
    """Return 1 for limbs both of whose joints count: (B, 18) -> (B, 17)."""
    start, end = torch.tensor(LIMBS, device=confidence.device).unbind(1)
    seen = joints_seen(confidence)
    return seen[:, start] * seen[:, end]


def _vector_length(vectors: Tensor) -> Tensor:
    return (vectors.square().sum(-1) + 1e-12).sqrt()
