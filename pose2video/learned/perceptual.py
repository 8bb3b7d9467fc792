"""How different two pictures look: by VGG19 where it can be had, else by the pose critic."""

import logging
from collections.abc import Callable
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor

from music2pose.perceptual import load_vgg19_layers, normalised
from pose2video.nadsnet.estimator import PoseEstimator
from pose2video.nadsnet.losses import perceptual_distance

logger = logging.getLogger(__name__)

PicturesDistance = Callable[[Tensor, Tensor], Tensor]  # (fake, real) in [-1, 1] -> scalar

LAYERS = (0, 2, 7, 12, 21, 30)
"""Where VGG19 is cut: after relu1_1, relu2_1, relu3_1, relu4_1 and relu5_1."""
LAYER_WEIGHTS = (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1.0)


def load_distance(critic: PoseEstimator | None, device: torch.device) -> PicturesDistance | None:
    """Return the best distance that can be had here, and say in one line which one it is."""
    layers = load_vgg19_layers(device)
    if layers is not None:
        logger.info("perceptual loss: VGG19")
        return lambda fake, real: vgg_distance(layers, fake, real)
    if critic is not None:
        logger.warning("perceptual loss: by the pose critic's features, as VGG19 cannot be had")
        return lambda fake, real: perceptual_distance(critic, fake, real)
    logger.warning("perceptual loss is off: neither VGG19 nor a pose critic can be had")
    return None


def vgg_distance(layers: torch.nn.Sequential, fake: Tensor, real: Tensor) -> Tensor:
    """Weighted mean absolute difference of VGG19's features (Johnson et al. 2016)."""
    x, goal = (normalised((pictures + 1) / 2) for pictures in (fake, real))
    total = fake.new_zeros(())
    for (start, end), weight in zip(pairwise(LAYERS), LAYER_WEIGHTS, strict=True):
        x = layers[start:end](x)
        with torch.no_grad():
            goal = layers[start:end](goal)
        total = total + weight * F.l1_loss(x, goal)
    return total
