"""How far maps are from the true ones: to train the pose estimator, and losses of what it finds."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from pose2video.nadsnet.estimator import PoseEstimator, PoseMaps
from pose2video.nadsnet.targets import SPOT_RADIUS, draw_targets

SPOT_ENERGY = math.pi * SPOT_RADIUS**2
"""Sum of the squares of one joint's spot."""
FOREGROUND = 3.0
"""How much more a map counts where something should be than where nothing should."""
JOINT_WEIGHTS = (1, 1, 1, 2, 3, 1, 2, 3, 1, 1.5, 1.5, 1, 1.5, 1.5, 1, 1, 1, 1)
"""How much each joint counts: those that move most, and are hardest to find, the most."""
DICE_SMOOTHING = 1.0


def heatmap_loss(found: Tensor, true: Tensor) -> Tensor:
    """Return the squared error per joint against a spot's own energy: about 1 for empty maps.

    Shape:
        found, true: (B, 18, H, W)
    """
    weighted = (1 + FOREGROUND * true) * (found - true).square()
    per_joint = weighted.sum((-2, -1)).mean(0) * torch.tensor(JOINT_WEIGHTS).to(found)
    return per_joint.sum() / sum(JOINT_WEIGHTS) / SPOT_ENERGY / (1 + FOREGROUND)


def affinity_loss(found: Tensor, true: Tensor) -> Tensor:
    """Return the squared error against the energy of the true fields: about 1 for empty ones.

    Shape:
        found, true: (B, 34, H, W)
    """
    weighted = (1 + FOREGROUND * true.abs()) * (found - true).square()
    energy = ((1 + FOREGROUND * true.abs()) * true.square()).sum()
    return weighted.sum() / (energy + 1.0)


def mask_loss(logits: Tensor, true: Tensor) -> Tensor:
    """Return binary cross entropy plus Dice loss (Milletari et al. 2016), the mean over pictures.

    Shape:
        logits, true: (B, 1, H, W); ``true`` in [0, 1]
    """
    found = logits.sigmoid()
    common = (found * true).sum((1, 2, 3))
    both = found.sum((1, 2, 3)) + true.sum((1, 2, 3))
    dice = 1 - (2 * common + DICE_SMOOTHING) / (both + DICE_SMOOTHING)
    return F.binary_cross_entropy_with_logits(logits, true) + dice.mean()


def map_terms(found: PoseMaps, true: PoseMaps) -> dict[str, Tensor]:
    """Return the three losses between found and true maps (B, C, H, W); the true mask in [0, 1]."""
    return {
        "heatmap": heatmap_loss(found.heatmaps, true.heatmaps),
        "affinity": affinity_loss(found.affinity_fields, true.affinity_fields),
        "mask": mask_loss(found.mask, true.mask),
    }


def pose_consistency(
    estimator: PoseEstimator, pictures: Tensor, keypoints: Tensor, confidence: Tensor
) -> dict[str, Tensor]:
    """Return how far what a pose estimator finds in drawn pictures is from the poses asked for.

    The estimator should be in evaluation mode with no gradients on its weights (``load_model`` and
    ``requires_grad_(False)``); gradients reach the pictures.

    Shape:
        pictures: (B, 3, S, S), float in [-1, 1]
        keypoints: (B, 18, 2), fractions of the picture
        confidence: (B, 18)
    """
    found = estimator(pictures)
    return map_terms(found, draw_targets(keypoints, confidence, found.heatmaps.shape[-1]))


def perceptual_distance(estimator: PoseEstimator, fake: Tensor, real: Tensor) -> Tensor:
    """Return how differently two sets of pictures look to the estimator's backbone.

    The mean absolute difference of its features, averaged over its four levels.

    Shape:
        fake, real: (B, 3, S, S), float in [-1, 1]
    """
    seen = [maps.detach() for maps in estimator.features(real)]
    pairs = zip(estimator.features(fake), seen, strict=True)
    distances = [F.l1_loss(maps, goal) for maps, goal in pairs]
    return sum(distances[1:], distances[0]) / len(distances)
