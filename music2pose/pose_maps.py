"""Keypoints drawn as one picture per joint, and read back again; both differentiable."""

import math

import torch
from torch import Tensor

FAINTEST = -35.0
"""Logarithm of what counts as nothing in a map: products of smaller numbers are not exact any more,
and processors take many times as long for them."""


def draw_pose_maps(keypoints: Tensor, confidence: Tensor, size: int, sigma: float = 1.0) -> Tensor:
    """Draw each joint as a Gaussian spot as bright as its confidence.

    Args:
        keypoints: x and y as fractions of a square canvas.
        sigma: radius of a spot in map pixels.

    Shape:
        keypoints: (..., J, 2)
        confidence: (..., J), in [0, 1]
        returns: (..., J, size, size), in [0, 1]
    """
    centres = pixel_centres(size).to(keypoints)
    offset = (keypoints[..., None] - centres) * (size / sigma)  # (..., J, 2, size)
    spot_x, spot_y = (-0.5 * offset.square()).clamp(min=FAINTEST).exp().unbind(-2)
    return confidence[..., None, None] * spot_y[..., :, None] * spot_x[..., None, :]


def guess_pose_maps(keypoints: Tensor, size: int, sigma: float = 2.0) -> Tensor:
    """Return logits that ``read_pose_maps`` reads as these keypoints, at an even confidence.

    They are the logarithms of Gaussians with a mean of one over the map. What is added to them
    multiplies the Gaussians: it moves the joint, and more easily the larger ``sigma``.

    Shape:
        keypoints: (..., J, 2), as fractions of a square canvas
        returns: (..., J, size, size)
    """
    offset = (keypoints[..., None] - pixel_centres(size).to(keypoints)) * (size / sigma)
    across, down = (-0.5 * offset.square()).clamp(min=FAINTEST).unbind(-2)
    level = math.log(size**2 / (2 * math.pi * sigma**2))
    return level + down[..., :, None] + across[..., None, :]


def read_pose_maps(logits: Tensor) -> tuple[Tensor, Tensor]:
    """Read sub-pixel keypoints and confidences from maps of logits.

    The position is the mean place under a softmax (integral regression, Sun et al. 2018). A
    softmax ignores the level of its logits, so the level is free to say how certain the joint is.

    Shape:
        logits: (..., J, H, W), H = W
        returns: keypoints (..., J, 2) in [0, 1] and confidence (..., J) in [0, 1]

    >>> maps = torch.zeros(1, 4, 4).index_put((torch.tensor([0]), torch.tensor([2]),
    ...     torch.tensor([1])), torch.tensor(50.0))
    >>> keypoints, _ = read_pose_maps(maps)
    >>> keypoints.tolist()  # second column, third row
    [[0.375, 0.625]]
    """
    logits = logits.float()
    size = logits.shape[-1]
    highest = logits.amax((-2, -1), keepdim=True).detach()
    weights = (logits - highest).clamp(min=FAINTEST).exp()
    across, down = weights.sum(-2), weights.sum(-1)  # (..., J, size)
    total = across.sum(-1)
    centres = pixel_centres(size).to(logits)
    place = torch.stack([across @ centres, down @ centres], dim=-1) / total[..., None]
    level = highest[..., 0, 0] + (total / size**2).log()
    return place, level.sigmoid()


def pixel_centres(size: int) -> Tensor:
    """Return where the middle of each map pixel lies on a canvas of length one: (size,)."""
    return (torch.arange(size) + 0.5) / size
