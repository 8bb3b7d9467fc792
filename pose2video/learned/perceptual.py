"""How different two pictures look: by VGG19 where it can be had, else by the pose estimator."""

import logging
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from music2pose.perceptual import load_vgg19_features, normalised
from pose2video.nadsnet.estimator import PoseEstimator
from pose2video.nadsnet.losses import perceptual_distance

logger = logging.getLogger(__name__)

PicturesDistance = Callable[[Tensor, Tensor], Tensor]  # (fake, real) in [-1, 1] -> scalar

LAYER_WEIGHTS = {
    "relu1_1": 1 / 32, "relu2_1": 1 / 16, "relu3_1": 1 / 8, "relu4_1": 1 / 4, "relu5_1": 1.0,
}  # fmt: skip
"""As in pix2pixHD (Wang et al. 2018)."""


def load_distance(estimator: PoseEstimator | None, device: torch.device) -> PicturesDistance | None:
    """Return the best distance that can be had here, and say in one line which one it is."""
    features = load_vgg19_features(tuple(LAYER_WEIGHTS), device)
    if features is not None:
        logger.info("perceptual loss: VGG19")
        return lambda fake, real: vgg_distance(features, fake, real)
    if estimator is not None:
        logger.warning("perceptual loss: by the pose estimator's features; VGG19 cannot be had")
        return lambda fake, real: perceptual_distance(estimator, fake, real)
    logger.warning("perceptual loss is off: neither VGG19 nor a pose estimator can be had")
    return None


def vgg_distance(features: nn.Module, fake: Tensor, real: Tensor) -> Tensor:
    """Weighted mean absolute difference of VGG19's features (Johnson et al. 2016).

    Shape:
        fake, real: (B, 3, H, W), in [-1, 1]
    """
    found = features(normalised((fake + 1) / 2))
    with torch.no_grad():
        goal = features(normalised((real + 1) / 2))
    total = fake.new_zeros(())
    for name, weight in LAYER_WEIGHTS.items():
        total = total + weight * F.l1_loss(found[name], goal[name])
    return total
