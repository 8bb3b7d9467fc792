"""Show training pictures elsewhere, larger, tilted, mirrored, in other colours and sharpness."""

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from music2pose.pose import MIRRORED
from pose2video.nadsnet.targets import capsule_masks

SCALE_RANGE = (0.7, 1.4)
SHIFT = 0.12
"""Largest, along each axis, as a share of the picture."""
TILT = 12.0
"""Largest, in degrees."""
CLUTTER_SHARE = 0.25
"""Of the pictures, how many get another background."""
BODY_ROOM = 1.8
"""Around the body the old background stays, to so many times the limbs' thickness."""
BLUR_SHARE = 0.3
MASK_SIZE = 32


class EstimatorBatch(NamedTuple):
    """Pictures as the pose estimator is given them, with their poses.

    Shape:
        pictures: (B, 3, S, S), float in [-1, 1]
        keypoints: (B, 18, 2), fractions of the picture
        confidence: (B, 18); joints outside the picture have 0
    """

    pictures: Tensor
    keypoints: Tensor
    confidence: Tensor

    def to(self, device: torch.device) -> "EstimatorBatch":
        return EstimatorBatch(*(part.to(device) for part in self))


class Placement(NamedTuple):
    """How each picture is shown: what is seen at q on the new canvas was at ``matrix q + offset``.

    Both canvases run from -1 to 1.

    Shape:
        matrix: (B, 2, 2)
        offset: (B, 2)
        mirrored: (B,) bool; the matrix mirrors, too
    """

    matrix: Tensor
    offset: Tensor
    mirrored: Tensor


def augmented(
    pictures: Tensor, keypoints: Tensor, confidence: Tensor, size: int, rng: torch.Generator
) -> EstimatorBatch:
    """Return the pictures at ``size``, placed and coloured anew.

    Shape:
        pictures: (B, 3, S, S), float in [-1, 1]
        keypoints: (B, 18, 2), fractions of the picture
        confidence: (B, 18)
    """
    placement = random_placement(len(pictures), rng)
    placed = EstimatorBatch(
        place_pictures(pictures, placement, size, rng),
        *place_keypoints(keypoints, confidence, placement),
    )
    placed = placed._replace(pictures=change_background(placed, rng))
    return placed._replace(pictures=recoloured(placed.pictures, rng))


def random_placement(count: int, rng: torch.Generator) -> Placement:
    low, high = (math.log(scale) for scale in SCALE_RANGE)
    scale = torch.empty(count).uniform_(low, high, generator=rng).exp()
    angle = torch.empty(count).uniform_(-TILT, TILT, generator=rng) * math.pi / 180
    shift = torch.empty(count, 2).uniform_(-2 * SHIFT, 2 * SHIFT, generator=rng)
    mirrored = torch.rand(count, generator=rng) < 0.5
    cos, sin = angle.cos() / scale, angle.sin() / scale
    sign = torch.where(mirrored, -1.0, 1.0)
    matrix = torch.stack([sign * cos, -sign * sin, sin, cos], dim=1).unflatten(1, (2, 2))
    return Placement(matrix, -(matrix @ shift[..., None])[..., 0], mirrored)


def place_pictures(
    pictures: Tensor, placement: Placement, size: int, rng: torch.Generator
) -> Tensor:
    """Return (B, 3, size, size); what lay outside is one colour, or runs on from the border."""
    count = len(pictures)
    theta = torch.cat([placement.matrix, placement.offset[..., None]], dim=2)
    grid = F.affine_grid(theta, [count, 3, size, size], align_corners=False)
    shown = F.grid_sample(pictures, grid, padding_mode="border", align_corners=False)
    outside = (grid.abs() > 1).any(-1)[:, None]
    outside &= torch.rand(count, 1, 1, 1, generator=rng) < 0.5
    color = 2 * torch.rand(count, 3, 1, 1, generator=rng) - 1
    return torch.where(outside, color, shown)


def place_keypoints(
    keypoints: Tensor, confidence: Tensor, placement: Placement
) -> tuple[Tensor, Tensor]:
    """Return keypoints and confidence as they are on the new canvas.

    A mirrored body keeps its own right and left: its joints change places, so that its right is
    again where right is seen.

    Shape:
        keypoints: (B, 18, 2), fractions of the picture
        confidence: (B, 18); joints that come to lie outside get 0
    """
    inverse = torch.linalg.inv(placement.matrix)
    offset = 2 * keypoints - 1 - placement.offset[:, None]
    placed = (offset @ inverse.transpose(1, 2) + 1) / 2
    swapped = placement.mirrored[:, None]
    placed = torch.where(swapped[..., None], placed[:, MIRRORED], placed)
    confidence = torch.where(swapped, confidence[:, MIRRORED], confidence)
    inside = ((placed >= 0) & (placed <= 1)).all(-1)
    return placed, confidence * inside


def change_background(batch: EstimatorBatch, rng: torch.Generator) -> Tensor:
    """Return pictures (B, 3, S, S), some with smooth noise in place of their backgrounds."""
    pictures, keypoints, confidence = batch
    count, size = len(pictures), pictures.shape[-1]
    body = capsule_masks(keypoints, confidence, MASK_SIZE, BODY_ROOM)
    body = F.interpolate(body, size, mode="bilinear")
    cells = int(torch.randint(2, MASK_SIZE, (1,), generator=rng))
    noise = 2 * torch.rand(count, 3, cells, cells, generator=rng) - 1
    noise = F.interpolate(noise, size, mode="bilinear")
    strength = torch.rand(count, 2, 1, 1, generator=rng)
    alpha = strength[:, :1] * (strength[:, 1:] < CLUTTER_SHARE)
    return torch.lerp(pictures, noise, alpha * (1 - body))


def recoloured(pictures: Tensor, rng: torch.Generator) -> Tensor:
    """Return pictures (B, 3, S, S) in other light, colours and sharpness, with a little noise."""
    count, size = len(pictures), pictures.shape[-1]

    def drawn(low: float, high: float, channels: int = 1) -> Tensor:
        return torch.empty(count, channels, 1, 1).uniform_(low, high, generator=rng)

    grey = pictures.mean(1, keepdim=True)
    x = torch.lerp(grey, pictures, drawn(0.2, 1.4))
    x = (x - grey.mean((2, 3), keepdim=True)) * drawn(0.6, 1.3) + grey.mean((2, 3), keepdim=True)
    x = x * drawn(0.8, 1.2, 3) + drawn(-0.3, 0.3) + drawn(-0.08, 0.08, 3)
    cells = round(size / float(torch.empty(1).uniform_(1.2, 2.5, generator=rng)))
    blurred = torch.rand(count, generator=rng) < BLUR_SHARE
    soft = F.interpolate(x[blurred], cells, mode="bilinear")
    x[blurred] = F.interpolate(soft, size, mode="bilinear")
    noise = torch.randn(x.shape, generator=rng) * drawn(0, 0.08)
    return (x + noise).clamp(-1, 1)
