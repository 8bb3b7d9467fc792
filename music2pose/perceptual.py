"""A perceptual loss on pose maps: how different they look to a network that knows pictures."""

import logging
from collections.abc import Callable
from urllib.error import URLError

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from music2pose.pose import NUM_JOINTS

logger = logging.getLogger(__name__)

PictureFeatures = Callable[[Tensor], Tensor]  # (N, 3, H, W) in [0, 1] -> features

VGG19_LAYERS = {
    "relu1_1": 1, "relu2_1": 6, "relu3_1": 11, "relu4_1": 20, "relu5_1": 29, "relu5_4": 35,
}  # fmt: skip
"""Numbers of torchvision's layers by the names of the paper (Simonyan & Zisserman 2015)."""
PICTURE_SIZE = 64
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


def load_vgg19(device: torch.device) -> PictureFeatures | None:
    """Return the features of VGG19 at relu5_4, or None where its weights cannot be had."""
    network = load_vgg19_features(("relu5_4",), device)
    if network is None:
        logger.warning("perceptual loss is off: VGG19 cannot be had")
        return None
    return lambda pictures: network(normalised(pictures))["relu5_4"]


def load_vgg19_features(names: tuple[str, ...], device: torch.device) -> nn.Module | None:
    """Return what gives the maps of some of VGG19's layers by name, trained on ImageNet.

    The weights come from torchvision's cache or its server; where neither has them, this says so
    in one line and returns None.
    """
    from torchvision.models import VGG19_Weights, vgg19
    from torchvision.models.feature_extraction import create_feature_extractor

    url = VGG19_Weights.IMAGENET1K_V1.url
    try:
        weights = torch.hub.load_state_dict_from_url(
            url, map_location="cpu", progress=False, weights_only=True
        )
    except (URLError, OSError) as error:
        logger.info("VGG19 cannot be had from %s (%s)", url, error)
        return None
    network = vgg19()
    network.load_state_dict(weights)
    wanted = {f"features.{VGG19_LAYERS[name]}": name for name in names}
    return create_feature_extractor(network, wanted).to(device).eval().requires_grad_(False)


def normalised(pictures: Tensor) -> Tensor:
    """Bring pictures (N, 3, H, W) in [0, 1] to the spread that ImageNet's networks expect."""
    mean, std = (
        torch.tensor(values, device=pictures.device)[:, None, None]
        for values in (IMAGENET_MEAN, IMAGENET_STD)
    )
    return (pictures - mean) / std


def perceptual_loss(features: PictureFeatures, fake_maps: Tensor, real_maps: Tensor) -> Tensor:
    """Mean squared difference of the features of two sets of pose maps, drawn in colour.

    Shape:
        fake_maps, real_maps: (N, 18, H, W), in [0, 1]
    """
    return F.mse_loss(features(in_colour(fake_maps)), features(in_colour(real_maps)))


def in_colour(maps: Tensor) -> Tensor:
    """Paint pose maps as pictures, each joint in a hue of its own: (N, 18, H, W) -> (N, 3, 64, 64).

    >>> in_colour(torch.zeros(2, 18, 16, 16)).shape
    torch.Size([2, 3, 64, 64])
    """
    hue = torch.arange(NUM_JOINTS, device=maps.device) / NUM_JOINTS
    offsets = torch.tensor([0.0, 1 / 3, 2 / 3], device=maps.device)
    colours = 0.5 + 0.5 * torch.cos(2 * torch.pi * (hue[:, None] - offsets))  # (18, 3)
    pictures = torch.einsum("njhw,jc->nchw", maps, colours).clamp(max=1)
    return F.interpolate(pictures, (PICTURE_SIZE, PICTURE_SIZE), mode="bilinear")
