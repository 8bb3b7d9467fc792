"""Loss terms that compare pictures: tensors in, one scalar tensor out, no weights inside."""

import torch.nn.functional as F
from torch import Tensor

from pose2video.metrics.ssim import window_similarity
from pose2video.pose_inputs import detail_centres, skeleton_maps, spots

BODY_SIGMA = 0.05
"""How far around a skeleton the person counts, as a share of the canvas."""
DETAIL_SIGMA = 0.035
"""How far around their middles face and hands reach, as a share of the canvas."""
WINDOW, STRIDE = 7, 3
"""Pixels along each side over which likeness of structure is measured, and between windows."""
CERTAIN_LOGIT = 6.0
"""Logits of 6 are 99.75 %."""
DYNAMIC_RANGE = 2.0
"""Colours run from -1 to 1."""


def person_weights(keypoints: Tensor, confidence: Tensor, size: int, amount: float) -> Tensor:
    """Return how much each pixel counts: 1 far from the person, 1 + ``amount`` on it.

    Shape:
        keypoints: (B, 18, 2), fractions of the picture
        confidence: (B, 18)
        returns: (B, 1, size, size)
    """
    near = skeleton_maps(keypoints, confidence, size // 4, BODY_SIGMA).amax(1, keepdim=True)
    return 1 + amount * F.interpolate(near, (size, size), mode="bilinear")


def detail_spots(keypoints: Tensor, confidence: Tensor, size: int) -> Tensor:
    """Return where face and hands are: 1 in their middles, falling off to 0.

    Shape:
        keypoints: (B, 18, 2), fractions of the picture
        confidence: (B, 18)
        returns: (B, 1, size, size)
    """
    drawn = spots(detail_centres(keypoints, confidence), size // 4, DETAIL_SIGMA)
    return F.interpolate(drawn.amax(1, keepdim=True), (size, size), mode="bilinear")


def reconstruction_loss(fake: Tensor, real: Tensor, weights: Tensor, squared: bool) -> Tensor:
    """Weighted mean absolute, or squared, difference of pictures.

    Shape:
        fake, real: (B, 3, H, W)
        weights: (B, 1, H, W)

    >>> import torch
    >>> one = torch.ones(1, 3, 2, 2)
    >>> reconstruction_loss(3 * one, one, one[:, :1], squared=True).item()
    4.0
    """
    difference = fake - real
    difference = difference.square() if squared else difference.abs()
    return ((weights * difference).mean((1, 2, 3)) / weights.mean((1, 2, 3))).mean()


def cover_loss(logits: Tensor) -> Tensor:
    """Mean squared excess of logits over what is certain enough.

    Early on an empty stage beats any bad painting. A network that became sure of it everywhere
    would have no gradient left to learn otherwise.

    >>> import torch
    >>> cover_loss(torch.tensor([-8.0, 0.0, 6.0])).item()
    1.3333333730697632
    """
    return F.relu(logits.abs() - CERTAIN_LOGIT).square().mean()


def structural_similarity(fake: Tensor, real: Tensor) -> Tensor:
    """Return how alike pictures are all over, 1 being equal (SSIM, Wang et al. 2004).

    Over square windows of seven pixels, one every three; one map for all three colours.

    Shape:
        fake, real: (B, 3, H, W), in [-1, 1]
        returns: (B, 1, (H - 4) // 3, (W - 4) // 3)
    """
    windows = window_similarity(fake, real, _square_means, DYNAMIC_RANGE)
    return windows.mean(1, keepdim=True)


def _square_means(pictures: Tensor) -> Tensor:
    return F.avg_pool2d(pictures, WINDOW, STRIDE)


def structure_loss(fake: Tensor, real: Tensor, weights: Tensor) -> Tensor:
    """Return 1 minus the weighted mean likeness of structure.

    Shape:
        fake, real: (B, 3, H, W), in [-1, 1]
        weights: (B, 1, H, W)

    >>> import torch
    >>> picture = torch.rand(1, 3, 16, 16)
    >>> structure_loss(picture, picture, torch.ones(1, 1, 16, 16)).abs().item() < 1e-5
    True
    """
    return 1 - weighted_similarity(fake, real, weights).mean()


def weighted_similarity(fake: Tensor, real: Tensor, weights: Tensor) -> Tensor:
    """Return the likeness of structure of each pair of pictures.

    Shape:
        fake, real: (B, 3, H, W), in [-1, 1]
        weights: (B, 1, H, W)
        returns: (B,)
    """
    likeness = structural_similarity(fake, real)
    weights = _square_means(weights)
    return (weights * likeness).sum((1, 2, 3)) / weights.sum((1, 2, 3))


def relative_sharpness(fake: Tensor, real: Tensor, weights: Tensor) -> float:
    """Return how much fine structure pictures have against the true ones: below 1 is blurred.

    It is the ratio of the weighted mean differences between neighbouring pixels.

    Shape:
        fake, real: (B, 3, H, W)
        weights: (B, 1, H, W)

    >>> import torch
    >>> blurred, true = torch.tensor([0.0, 0.5, 0.5, 1.0]), torch.tensor([0.0, 0.0, 1.0, 0.0])
    >>> ones = torch.ones(1, 1, 4, 4)
    >>> relative_sharpness(blurred.expand(1, 3, 4, 4), true.expand(1, 3, 4, 4), ones)
    0.5
    """
    return (_steepness(fake, weights) / _steepness(real, weights)).item()


def _steepness(pictures: Tensor, weights: Tensor) -> Tensor:
    across, down = (
        weights.narrow(axis, 1, weights.shape[axis] - 1) * pictures.diff(dim=axis).abs()
        for axis in (2, 3)
    )
    return across.mean() + down.mean()
