"""The losses of a training step of the dancer: the discriminator's, and each of the generator's."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from music2pose import losses
from music2pose.data.dataset import Batch
from music2pose.discriminator import DiscriminatorOutput
from music2pose.hearing.features import NUM_MELS
from music2pose.listener import POSE_STRIDE, SOUND_REACH
from music2pose.losses import OBJECTIVES
from music2pose.pose_maps import draw_pose_maps
from music2pose.rollout import Plan, Prior, Rollout
from music2pose.training import frozen

MISMATCH_WEIGHT = 0.5
"""How much real dances with the wrong music count against generated ones with the right one."""


class OwnDances(NamedTuple):
    """The streams that dance with the codes of their own moves, and so have true poses.

    Shape:
        fake, real: (B_own, T + 1, 18, 2), generated and true keypoints
        fake_confidence, seen: (B_own, T + 1, 18), their confidences
    """

    fake: Tensor
    fake_confidence: Tensor
    real: Tensor
    seen: Tensor


def prior_terms(batch: Batch, prior: Prior, plan: Plan) -> dict[str, Tensor]:
    """Return the losses of pose prior, move encoder and listener, each a scalar.

    A stream with swapped codes dances other moves than its true poses, and has nothing to be
    compared with.
    """
    own = ~plan.swapped
    true, seen = batch.keypoints[own, 1:], batch.confidence[own, 1:]
    return {
        "pose_prior": losses.position_loss(prior.keypoints[own], true, seen),
        "kl": losses.kl_loss(*prior.codes),
        "pulse": losses.pulse_loss(prior.told[..., :2], batch.position[:, 1:], has_pulse(batch)),
        "manner": losses.manner_loss(prior.told[..., 2:], batch.manner),
    }


def prior_motion_terms(batch: Batch, prior: Prior, plan: Plan) -> dict[str, Tensor]:
    """Return the losses of how the pose prior's guesses move from frame to frame, each a scalar.

    Whoever is told the beats rests on them, whatever it dances and hears, and so does who hears
    them; with swapped codes it hears the sound of those.
    """
    fake, real, seen = prior.keypoints, batch.keypoints[:, 1:], batch.confidence[:, 1:]
    own, told = ~plan.swapped, plan.beats_told | (plan.is_heard & ~plan.swapped)
    return {
        "velocity": losses.motion_loss(fake[own], real[own], seen[own], order=1),
        "beat": losses.beat_loss(fake[told], real[told], batch.position[told, 1:]),
    }


def has_pulse(batch: Batch) -> Tensor:
    """Return where there is a beat to be heard, (B, T): where beats are known, and anything sounds.

    Some songs are silent from end to end, though they are danced to in time.
    """
    sounds = (batch.sound[..., :NUM_MELS] > 0).any(-1).any(-1)
    return (batch.beats[..., -1] > 0) & sounds[:, None]


def dance_discriminator_loss(
    discriminator: nn.Module, objective_name: str, batch: Batch, plan: Plan, fake: Tensor
) -> Tensor:
    """Tell real dances from generated ones, and from real ones to other or shifted music.

    Shape:
        fake: (B_swapped, T + 1, 18, 2), the streams with swapped codes
    """
    objective = OBJECTIVES[objective_name]
    music = discriminator_music(batch)
    half = len(batch.keypoints) // 2
    other_music = tuple(
        torch.cat([part.roll(1, 0)[:half], part.roll(plan.shift, 1)[half:]]) for part in music
    )
    real_outputs = discriminator(batch.keypoints, *music)
    fake_outputs = discriminator(fake, *(part[plan.swapped] for part in music))
    mismatched_outputs = discriminator(batch.keypoints, *other_music)
    per_scale = [
        objective.discriminator(real.logits, fake.logits)
        + MISMATCH_WEIGHT * objective.discriminator(real.logits, mismatched.logits)
        for real, fake, mismatched in zip(
            real_outputs, fake_outputs, mismatched_outputs, strict=True
        )
    ]
    return torch.stack(per_scale).mean()


def dance_gradient_penalty(
    discriminator: nn.Module, objective_name: str, batch: Batch, plan: Plan, fake: Tensor
) -> Tensor:
    """Return the gradient penalty: R1 at real dances, or WGAN-GP between real and generated ones.

    Shape:
        fake: (B_swapped, T + 1, 18, 2), the streams with swapped codes
    """
    objective = OBJECTIVES[objective_name]
    music = tuple(part[plan.swapped] for part in discriminator_music(batch))
    inputs = losses.penalty_inputs(objective, batch.keypoints[plan.swapped], fake)
    logits = [output.logits for output in discriminator(inputs, *music)]
    return objective.penalty_weight * losses.gradient_penalty(
        logits, inputs, objective.penalty_norm
    )


def discriminator_music(batch: Batch) -> tuple[Tensor, Tensor]:
    """Return what the discriminator hears beside T + 1 poses; silence with the one before the run.

    Shape:
        returns: spectrogram (B, T + 1, 64), beats (B, T + 1, 8)
    """
    run = slice(SOUND_REACH, -SOUND_REACH, POSE_STRIDE)
    spectrogram = F.pad(batch.sound[:, run, :NUM_MELS], (0, 0, 1, 0))
    return spectrogram, F.pad(batch.beats, (0, 0, 1, 0))


def own_dances(batch: Batch, plan: Plan, rollout: Rollout) -> OwnDances:
    """Return the streams that dance with the codes of their own moves."""
    own = ~plan.swapped
    fake, real = rollout.keypoints[own], batch.keypoints[own]
    return OwnDances(fake, rollout.confidence[own], real, batch.confidence[own])


def pose_maps(own: OwnDances, size: int) -> tuple[Tensor, Tensor]:
    """Draw generated and true poses, but for those before the run.

    Shape:
        returns: two of (B_own, T, 18, size, size), in [0, 1]
    """
    return (
        draw_pose_maps(own.fake[:, 1:], own.fake_confidence[:, 1:], size),
        draw_pose_maps(own.real[:, 1:], own.seen[:, 1:], size),
    )


def reconstruction_terms(batch: Batch, rollout: Rollout, own: OwnDances) -> dict[str, Tensor]:
    """Return the losses between generated dances and true ones, and of the memory, each a scalar.

    Only confidences, the beat and the memory count where a stream dances with swapped codes.
    """
    fake, _, real, seen = own
    return {
        "position": losses.position_loss(fake, real, seen),
        "velocity": losses.motion_loss(fake, real, seen, order=1),
        "acceleration": losses.motion_loss(fake, real, seen, order=2),
        "confidence": losses.confidence_loss(rollout.confidence[:, 1:], batch.confidence[:, 1:]),
        "bone": losses.bone_loss(fake, real),
        "foot_slide": losses.foot_slide_loss(fake, real),
        "beat": losses.beat_loss(rollout.keypoints, batch.keypoints, batch.position),
        "recall": losses.recall_loss(rollout.recalled, rollout.wanted, rollout.was_told),
    }


def statistics_terms(batch: Batch, plan: Plan, rollout: Rollout) -> dict[str, Tensor]:
    """Return the losses between the statistics of generated and true dances, each a scalar.

    They need no true pose for each frame, so that dances with swapped codes are held to them.
    """
    fake, real, swapped = rollout.keypoints, batch.keypoints, plan.swapped
    return {
        "speed": losses.speed_loss(fake, real),
        "spread": losses.spread_loss(fake[swapped], real[swapped]),
        "torso": losses.torso_loss(fake[swapped], real[swapped]),
        "limb_variation": losses.limb_variation_loss(fake[swapped], real[swapped]),
    }


def dance_adversarial_terms(
    discriminator: nn.Module, objective_name: str, batch: Batch, plan: Plan, fake: Tensor
) -> dict[str, Tensor]:
    """Return what the discriminator says of generated dances, and how alike they look to it.

    Features are compared by their means over batch and time, as a dance with swapped codes has no
    true one. No gradient is left on the discriminator.

    Shape:
        fake: (B_swapped, T + 1, 18, 2), the streams with swapped codes
    """
    objective = OBJECTIVES[objective_name]
    music = tuple(part[plan.swapped] for part in discriminator_music(batch))
    with frozen(discriminator):
        fake_outputs: list[DiscriminatorOutput] = discriminator(fake, *music)
        real_outputs = discriminator(batch.keypoints[plan.swapped], *music)
    adversarial = [objective.generator(output.logits) for output in fake_outputs]
    matching = [
        losses.feature_matching_loss(
            [features.mean((0, 2)) for features in real.feature_maps],
            [features.mean((0, 2)) for features in fake.feature_maps],
        )
        for real, fake in zip(real_outputs, fake_outputs, strict=True)
    ]
    return {
        "adversarial": torch.stack(adversarial).mean(),
        "feature_matching": torch.stack(matching).mean(),
    }
