"""Discriminators that tell photographs of a performer from painted ones, at several scales."""

from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from music2pose.discriminator import DiscriminatorOutput
from music2pose.layers import LEAK, initialise


@dataclass(frozen=True)
class DiscriminatorConfig:
    condition_channels: int = 3
    """Of what the picture was made from: its skeleton, and the frame before where one is used."""
    width: int = 32
    """Channels after the first layer; every later layer doubles them."""
    num_layers: int = 3
    num_scales: int = 2
    """How many sizes are judged: the full picture, half, a quarter."""
    has_spectral_norm: bool = True


class PatchDiscriminator(nn.Module):
    """Judge every patch of a picture separately (PatchGAN, Isola et al. 2017).

    Shape:
        x: (B, C_in, H, W)
    """

    def __init__(self, config: DiscriminatorConfig) -> None:
        super().__init__()
        widths = [3 + config.condition_channels]
        widths += [config.width << index for index in range(config.num_layers)]
        layers: list[nn.Module] = [
            nn.Conv2d(c_in, c_out, 4, stride=2, padding=1) for c_in, c_out in pairwise(widths)
        ]
        layers.append(nn.Conv2d(widths[-1], 1, 3, padding=1))
        for layer in layers:
            initialise(layer)
        if config.has_spectral_norm:  # the ends stay free, or it would take long to say anything
            layers[1:-1] = [spectral_norm(layer) for layer in layers[1:-1]]
        self.layers, self.head = nn.ModuleList(layers[:-1]), layers[-1]

    def forward(self, x: Tensor) -> DiscriminatorOutput:
        feature_maps = []
        for layer in self.layers:
            x = F.leaky_relu(layer(x), LEAK)
            feature_maps.append(x)
        return DiscriminatorOutput(self.head(x), feature_maps)


class MultiScaleDiscriminator(nn.Module):
    """One discriminator per scale; number ``i`` sees the picture ``2**i`` times smaller.

    Shape:
        pictures: (B, 3, H, W)
        condition: (B, C, H, W)
        returns: ``num_scales`` outputs, logits (B, 1, H', W') halving from one to the next
    """

    def __init__(self, config: DiscriminatorConfig) -> None:
        super().__init__()
        self.config = config
        self.discriminators = nn.ModuleList(
            PatchDiscriminator(config) for _ in range(config.num_scales)
        )

    def forward(self, pictures: Tensor, condition: Tensor) -> list[DiscriminatorOutput]:
        x = torch.cat([pictures, condition], dim=1)
        outputs = []
        for discriminator in self.discriminators:
            outputs.append(discriminator(x))
            x = F.avg_pool2d(x, kernel_size=2)
        return outputs
