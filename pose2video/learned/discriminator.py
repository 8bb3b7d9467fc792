"""The discriminator of the picture networks: what it is given, where it looks, and its losses."""

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from music2pose.discriminator import (
    DiscriminatorOutput,
    MultiScaleDiscriminator,
    PatchDiscriminator,
)
from music2pose.layers import initialise
from music2pose.losses import Objective, feature_matching_loss, gradient_penalty, penalty_inputs
from pose2video.learned.losses import person_weights
from pose2video.pose_inputs import detail_centres, skeleton_pictures

DETAIL_SIDE = 0.18
"""Side of the squares around face and hands, as a share of the picture."""
DETAIL_ZOOM = 1.4
"""How much these are enlarged."""
NEAR_PERSON = 0.5
"""Patches count where the person's weight, 1 on it and 0 far from it, is above this."""


@dataclass(frozen=True)
class PictureDiscriminatorConfig:
    condition_channels: int = 3
    """Of what the picture was made from: its skeleton, and the frame before where one is used."""
    width: int = 32
    """Channels after the first layer; every later layer doubles them."""
    num_layers: int = 3
    num_scales: int = 2
    """How many sizes are judged: the full picture, half, a quarter."""
    has_spectral_norm: bool = True


class Condition(NamedTuple):
    """What a picture is judged by.

    Shape:
        maps: (B, C, H, W), the skeleton, and the frame before where one is used
        near: (B, 1, H, W), 1 on the person, 0 far from it
        details: (B, N, 2), where face and hands are, fractions of the picture
    """

    maps: Tensor
    near: Tensor
    details: Tensor


class ScaleOutput(NamedTuple):
    """What the discriminator of one scale, or of the details, says of a batch.

    Shape:
        output: logits and feature maps
        patches: for each of its pictures the logits that count, 1-dimensional
    """

    output: DiscriminatorOutput
    patches: list[Tensor]


class PictureDiscriminator(nn.Module):
    """Judges the whole picture at several scales, and face and hands once more, enlarged.

    A face is a hundredth of the picture. Everybody Dance Now (Chan et al. 2019) gave it a
    discriminator of its own; here hands are seen by the same one.
    """

    def __init__(self, config: PictureDiscriminatorConfig) -> None:
        super().__init__()
        self.whole = MultiScaleDiscriminator(
            picture_patches(config) for _ in range(config.num_scales)
        )
        self.details = picture_patches(config)

    def forward(self, pictures: Tensor, condition: Condition) -> list[ScaleOutput]:
        """Judge ``pictures`` (B, 3, H, W): one output for each scale, and one for the details.

        Only patches near the person count: the stage is the same in real and generated pictures,
        and most of their patches would show nothing but it.
        """
        outputs = [
            ScaleOutput(output, patches_near(output.logits, condition.near))
            for output in self.whole(torch.cat([pictures, condition.maps], dim=1))
        ]
        details = enlarged(torch.cat([pictures, condition.maps], dim=1), condition.details)
        close = self.details(details)
        return [*outputs, ScaleOutput(close, [*close.logits.float().view(len(pictures), -1)])]


def picture_patches(config: PictureDiscriminatorConfig) -> PatchDiscriminator:
    """Return a discriminator of the patches of pictures and their conditions."""
    widths = [3 + config.condition_channels]
    widths += [config.width << index for index in range(config.num_layers)]
    layers: list[nn.Module] = [
        nn.Conv2d(c_in, c_out, 4, stride=2, padding=1) for c_in, c_out in pairwise(widths)
    ]
    layers.append(nn.Conv2d(widths[-1], 1, 3, padding=1))
    for layer in layers:
        initialise(layer)
    if config.has_spectral_norm:  # first and last stay free, or the logits would take long to grow
        layers[1:-1] = [spectral_norm(layer) for layer in layers[1:-1]]
    return PatchDiscriminator(layers[:-1], layers[-1])


def condition_on_pose(
    keypoints: Tensor, confidence: Tensor, previous: Tensor | None, size: int
) -> Condition:
    """Return what the discriminator is given beside pictures of ``size`` pixels in these poses.

    Shape:
        keypoints: (B, 18, 2), fractions of the picture
        confidence: (B, 18)
        previous: (B, 3, size, size), the frame before, for networks that use it
    """
    skeletons = skeleton_pictures(keypoints, confidence, size)
    parts = [skeletons] if previous is None else [skeletons, previous]
    near = person_weights(keypoints, confidence, size, amount=1.0) - 1
    return Condition(torch.cat(parts, dim=1), near, detail_centres(keypoints, confidence))


def patches_near(logits: Tensor, near: Tensor) -> list[Tensor]:
    """Return, for each picture, the logits of patches where ``near`` is high.

    Shape:
        logits: (B, 1, H', W')
        near: (B, 1, H, W)
        returns: B of any length
    """
    places = F.adaptive_max_pool2d(near, logits.shape[-2:]) > NEAR_PERSON
    return [picture[chosen] for picture, chosen in zip(logits.float(), places, strict=True)]


def enlarged(pictures: Tensor, centres: Tensor) -> Tensor:
    """Cut the squares around ``centres`` out of pictures, and enlarge them.

    Shape:
        pictures: (B, C, S, S)
        centres: (B, N, 2), fractions of the picture
        returns: (B * N, C, s, s), the details of one picture after each other
    """
    count, size = centres.shape[1], round(pictures.shape[-1] * DETAIL_SIDE * DETAIL_ZOOM)
    steps = DETAIL_SIDE * ((torch.arange(size, device=centres.device) + 0.5) / size - 0.5)
    offsets = torch.stack(torch.meshgrid(steps, steps, indexing="xy"), dim=-1)
    places = 2 * (centres[:, :, None, None] + offsets) - 1  # (B, N, s, s, 2)
    cut = F.grid_sample(
        pictures, places.flatten(1, 2).to(pictures), padding_mode="border", align_corners=False
    )
    return cut.unflatten(2, (count, size)).transpose(1, 2).flatten(0, 1)


def picture_discriminator_loss(
    discriminator: nn.Module, objective: Objective, real: Tensor, fake: Tensor, condition: Condition
) -> Tensor:
    """Tell real pictures from generated ones, every picture counting the same.

    Shape:
        real, fake: (B, 3, H, W), in [-1, 1]
    """
    per_picture = [
        objective.discriminator(*patches)
        for outputs in zip(
            discriminator(real, condition), discriminator(fake, condition), strict=True
        )
        for patches in zip(*(output.patches for output in outputs), strict=True)
    ]
    return torch.stack(per_picture).mean()


def picture_gradient_penalty(
    discriminator: nn.Module, objective: Objective, real: Tensor, fake: Tensor, condition: Condition
) -> Tensor:
    """Return the gradient penalty: R1 at real pictures, or WGAN-GP between real and generated.

    Shape:
        real, fake: (B, 3, H, W), in [-1, 1]
    """
    inputs = penalty_inputs(objective, real, fake)
    logits = [each.output.logits.flatten(2) for each in discriminator(inputs, condition)]
    return objective.penalty_weight * gradient_penalty(logits, inputs, objective.penalty_norm)


def picture_adversarial_terms(
    discriminator: nn.Module, objective: Objective, real: Tensor, fake: Tensor, condition: Condition
) -> dict[str, Tensor]:
    """Return the generator's losses: be taken for real, and look alike to every layer.

    Shape:
        real, fake: (B, 3, H, W), in [-1, 1]
    """
    on_fake = discriminator(fake, condition)
    with torch.no_grad():
        on_real = discriminator(real, condition)
    patches = [row for each in on_fake for row in each.patches]
    matching = [
        feature_matching_loss(r.output.feature_maps, f.output.feature_maps)
        for r, f in zip(on_real, on_fake, strict=True)
    ]
    return {
        "adversarial": torch.stack([objective.generator(row) for row in patches]).mean(),
        "feature_matching": torch.stack(matching).mean().float(),
    }
