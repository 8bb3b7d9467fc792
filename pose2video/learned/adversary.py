"""The opponent of the picture networks: where it looks, how it judges, and both sides' losses."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from music2pose.losses import Objective, feature_matching_loss, gradient_penalty
from pose2video.learned.discriminator import (
    DiscriminatorConfig,
    DiscriminatorOutput,
    MultiScaleDiscriminator,
    PatchDiscriminator,
)
from pose2video.learned.losses import person_weights
from pose2video.pose_inputs import detail_centres, skeleton_pictures

DETAIL_SIDE = 0.18
"""Side of the squares around face and hands, as a share of the picture."""
DETAIL_ZOOM = 1.4
"""How much larger these are shown."""


class Judged(NamedTuple):
    """What a picture is judged by.

    Shape:
        condition: (B, C, H, W), the skeleton, and the frame before where one is used
        near: (B, 1, H, W), 1 on the person, 0 far from it
        details: (B, N, 2), where face and hands are, fractions of the picture
    """

    condition: Tensor
    near: Tensor
    details: Tensor


class Verdict(NamedTuple):
    """What one discriminator says of a batch.

    Shape:
        output: logits and feature maps
        patches: for each of its pictures the logits that count, 1-dimensional
    """

    output: DiscriminatorOutput
    patches: list[Tensor]


class Adversary(nn.Module):
    """Judges the whole picture at several scales, and face and hands once more, enlarged.

    A face is a hundredth of the picture. Everybody Dance Now (Chan et al. 2019) gave it a
    discriminator of its own; here hands are seen by the same one.
    """

    def __init__(self, config: DiscriminatorConfig) -> None:
        super().__init__()
        self.whole = MultiScaleDiscriminator(config)
        self.details = PatchDiscriminator(config)

    def forward(self, pictures: Tensor, judged: Judged) -> list[Verdict]:
        """Judge ``pictures`` (B, 3, H, W): one verdict for each scale, and one for the details.

        The stage is the same in real and painted pictures. Judged as well, it would be most of
        every verdict and say nothing; so only patches near the person count.
        """
        verdicts = [
            Verdict(output, patches_near(output.logits, judged.near))
            for output in self.whole(pictures, judged.condition)
        ]
        shown = torch.cat([pictures, judged.condition], dim=1)
        close = self.details(enlarged(shown, judged.details))
        return [*verdicts, Verdict(close, [*close.logits.float().view(len(pictures), -1)])]


def what_is_judged(
    keypoints: Tensor, confidence: Tensor, previous: Tensor | None, size: int
) -> Judged:
    """Return what the opponent sees beside pictures of ``size`` pixels in these poses."""
    skeletons = skeleton_pictures(keypoints, confidence, size)
    parts = [skeletons] if previous is None else [skeletons, previous]
    near = person_weights(keypoints, confidence, size, amount=1.0) - 1
    return Judged(torch.cat(parts, dim=1), near, detail_centres(keypoints, confidence))


def patches_near(logits: Tensor, near: Tensor) -> list[Tensor]:
    """Return, for each picture, the logits (B, 1, H', W') of patches where ``near`` is high."""
    places = F.adaptive_max_pool2d(near, logits.shape[-2:]) > 0.5
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


def discriminator_loss(
    adversary: nn.Module, objective: Objective, real: Tensor, fake: Tensor, judged: Judged
) -> Tensor:
    """Tell real pictures from painted ones, every picture counting the same."""
    per_picture = [
        objective.discriminator(*patches)
        for verdicts in zip(adversary(real, judged), adversary(fake, judged), strict=True)
        for patches in zip(*(verdict.patches for verdict in verdicts), strict=True)
    ]
    return torch.stack(per_picture).mean()


def slope_penalty(
    adversary: nn.Module, objective: Objective, real: Tensor, fake: Tensor, judged: Judged
) -> Tensor:
    """Hold the opponent's slope: R1 at real pictures, WGAN-GP between real and painted."""
    looked_at = real
    if objective.penalty_norm > 0:
        looked_at = torch.lerp(real, fake, torch.rand(len(fake), 1, 1, 1, device=fake.device))
    looked_at = looked_at.detach().requires_grad_()
    logits = [verdict.output.logits.flatten(2) for verdict in adversary(looked_at, judged)]
    return objective.penalty_weight * gradient_penalty(logits, looked_at, objective.penalty_norm)


def adversarial_terms(
    adversary: nn.Module, objective: Objective, real: Tensor, fake: Tensor, judged: Judged
) -> dict[str, Tensor]:
    """Return the generator's losses: be taken for real, and look alike to every layer."""
    on_fake = adversary(fake, judged)
    with torch.no_grad():
        on_real = adversary(real, judged)
    patches = [row for verdict in on_fake for row in verdict.patches]
    matching = [
        feature_matching_loss(r.output.feature_maps, f.output.feature_maps)
        for r, f in zip(on_real, on_fake, strict=True)
    ]
    return {
        "adversarial": torch.stack([objective.generator(row) for row in patches]).mean(),
        "feature_matching": torch.stack(matching).mean().float(),
    }
