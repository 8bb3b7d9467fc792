"""Discriminators that tell real dancing from generated, each at its own rate through time."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from music2pose.conditioning import NUM_BEAT_CHANNELS
from music2pose.hearing.features import NUM_MELS
from music2pose.layers import LEAK, initialise
from music2pose.pose import LIMBS, NUM_JOINTS

MOTION_CHANNELS = 3 * 2 * NUM_JOINTS + 2 * len(LIMBS)
"""Position, velocity and acceleration of each joint, and each limb as a vector."""


@dataclass(frozen=True)
class MotionDiscriminatorConfig:
    width: int = 64
    """Channels after the first layer; every later layer doubles them."""
    num_layers: int = 3
    """Layers of one discriminator; each but the first halves the rate."""
    num_scales: int = 3
    """How many rates are judged: every frame, every second, every fourth."""


class DiscriminatorOutput(NamedTuple):
    """What one discriminator says, places being times (T') or pixels (H', W')."""

    logits: Tensor  # (B, 1, *places), one for each patch; never probabilities
    feature_maps: list[Tensor]  # one (B, C, *places) per layer


class PatchDiscriminator(nn.Module):
    """Judge every patch of a picture, or short run of frames, separately (Isola et al. 2017).

    Shape:
        x: (B, C, H, W) or (B, C, T)
    """

    def __init__(self, layers: Iterable[nn.Module], head: nn.Module) -> None:
        super().__init__()
        self.layers, self.head = nn.ModuleList(layers), head

    def forward(self, x: Tensor) -> DiscriminatorOutput:
        feature_maps = []
        for layer in self.layers:
            x = F.leaky_relu(layer(x), LEAK)
            feature_maps.append(x)
        return DiscriminatorOutput(self.head(x), feature_maps)


class MultiScaleDiscriminator(nn.Module):
    """One discriminator per scale; number ``i`` sees ``2**i`` times fewer places.

    As in pix2pixHD (Wang et al. 2018).

    Shape:
        x: (B, C, H, W) or (B, C, T)
        returns: one output for each scale, its places halving from one to the next
    """

    def __init__(self, discriminators: Iterable[PatchDiscriminator]) -> None:
        super().__init__()
        self.discriminators = nn.ModuleList(discriminators)

    def forward(self, x: Tensor) -> list[DiscriminatorOutput]:
        halve = F.avg_pool1d if x.ndim == 3 else F.avg_pool2d
        outputs = []
        for discriminator in self.discriminators:
            outputs.append(discriminator(x))
            x = halve(x, kernel_size=2)
        return outputs


class MotionDiscriminator(nn.Module):
    """Tell real dancing from generated, at several rates.

    The generator draws poses as maps, but a map holds no more than its keypoints, so the dance is
    judged as keypoints through time, beside the spectrogram and the beats it is danced to.

    Shape:
        keypoints: (B, T, 18, 2)
        spectrogram: (B, T, 64)
        beats: (B, T, 10)
        returns: ``num_scales`` outputs, T' halving from one to the next
    """

    def __init__(self, config: MotionDiscriminatorConfig) -> None:
        super().__init__()
        self.config = config
        self.hearing = nn.Conv1d(NUM_MELS, config.width // 2, 3, padding=1)
        in_channels = MOTION_CHANNELS + config.width // 2 + NUM_BEAT_CHANNELS
        self.scales = MultiScaleDiscriminator(
            motion_patches(in_channels, config) for _ in range(config.num_scales)
        )
        self.apply(initialise)

    def forward(
        self, keypoints: Tensor, spectrogram: Tensor, beats: Tensor
    ) -> list[DiscriminatorOutput]:
        heard = F.leaky_relu(self.hearing(spectrogram.transpose(1, 2)), LEAK)
        x = torch.cat([motion_channels(keypoints), heard, beats.transpose(1, 2)], dim=1)
        return self.scales(x)


def motion_patches(in_channels: int, config: MotionDiscriminatorConfig) -> PatchDiscriminator:
    """Return a discriminator of short runs of frames."""
    widths = [config.width << i for i in range(config.num_layers)]
    layers = [nn.Conv1d(in_channels, widths[0], 3, padding=1)]
    layers += [nn.Conv1d(c_in, c_out, 4, stride=2, padding=1) for c_in, c_out in pairwise(widths)]
    return PatchDiscriminator(layers, nn.Conv1d(widths[-1], 1, 3, padding=1))


def motion_channels(keypoints: Tensor) -> Tensor:
    """Describe a dance as channels through time, each of about unit spread.

    Shape:
        keypoints: (B, T, 18, 2), in [0, 1]
        returns: (B, C, T)
    """
    position = 4 * (keypoints - 0.5)
    velocity = 30 * torch.diff(keypoints, dim=1, prepend=keypoints[:, :1])
    acceleration = torch.diff(velocity, dim=1, prepend=velocity[:, :1])
    start, end = torch.tensor(LIMBS, device=keypoints.device).unbind(1)
    limbs = 6 * (keypoints[:, :, end] - keypoints[:, :, start])
    channels = torch.cat([position, velocity, acceleration, limbs], dim=2)
    return channels.flatten(2).transpose(1, 2)
