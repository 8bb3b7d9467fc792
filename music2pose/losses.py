"""Loss terms as pure functions: tensors in, one scalar tensor out, no weights inside.

Keypoint distances are in percent of the canvas, so that the terms have similar sizes. Logits may
have any shape.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from music2pose.pose import JOINT, LIMBS

PERCENT = 100.0
EMPTY = 0.01
"""A pixel of a pose map that is no brighter lies beside all spots: 3 standard deviations away."""
CERTAINTY = 1e-5
"""Confidences are kept so far from 0 and 1, where their cross entropy would be infinite."""
STILL = 0.4
"""A real ankle slower than this, in percent of the canvas per frame, stands on the floor."""


class Objective(NamedTuple):
    """A GAN's loss functions; both take logits."""

    discriminator: Callable[[Tensor, Tensor], Tensor]  # (real, fake)
    generator: Callable[[Tensor], Tensor]  # (fake)
    penalty_norm: float = 0.0
    """Gradient norm that the penalty asks for: 0 at real samples, 1 between real and fake ones."""
    penalty_weight: float = 0.01
    """Times the penalty: for WGAN-GP as in Gulrajani et al. 2017, for R1 of this project's own."""


def hinge_discriminator_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Push real logits above 1 and fake logits below -1 (Lim & Ye 2017).

    >>> hinge_discriminator_loss(torch.tensor([1.0]), torch.tensor([0.0])).item()
    1.0
    """
    return F.relu(1 - real_logits).mean() + F.relu(1 + fake_logits).mean()


def linear_generator_loss(fake_logits: Tensor) -> Tensor:
    """Push fake logits up; the generator's side of hinge and Wasserstein.

    >>> linear_generator_loss(torch.tensor([1.0, 3.0])).item()
    -2.0
    """
    return -fake_logits.mean()


def bce_discriminator_loss(
    real_logits: Tensor, fake_logits: Tensor, smoothing: float = 0.1
) -> Tensor:
    """Cross entropy with one-sided label smoothing: real is 1 - smoothing (Salimans et al. 2016).

    >>> zero = torch.zeros(1)
    >>> round(bce_discriminator_loss(zero, zero).item(), 4)  # 2 ln 2
    1.3863
    """
    real_labels = torch.full_like(real_logits, 1 - smoothing)
    real = F.binary_cross_entropy_with_logits(real_logits, real_labels)
    return real + F.softplus(fake_logits).mean()


def bce_generator_loss(fake_logits: Tensor) -> Tensor:
    """Cross entropy of the fake being real; the non-saturating form (Goodfellow et al. 2014)."""
    return F.softplus(-fake_logits).mean()


def least_squares_discriminator_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Pull real logits to 1 and fake ones to 0 (LSGAN, Mao et al. 2017).

    >>> least_squares_discriminator_loss(torch.tensor([3.0]), torch.tensor([1.0])).item()
    5.0
    """
    return (real_logits - 1).square().mean() + fake_logits.square().mean()


def least_squares_generator_loss(fake_logits: Tensor) -> Tensor:
    """Pull fake logits to 1."""
    return (fake_logits - 1).square().mean()


def wasserstein_discriminator_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Widen the gap between real and fake; needs a gradient penalty (WGAN, Arjovsky et al. 2017).

    >>> wasserstein_discriminator_loss(torch.tensor([3.0]), torch.tensor([1.0])).item()
    -2.0
    """
    return fake_logits.mean() - real_logits.mean()


OBJECTIVES = {
    "hinge": Objective(hinge_discriminator_loss, linear_generator_loss),
    "bce": Objective(bce_discriminator_loss, bce_generator_loss),
    "lsgan": Objective(least_squares_discriminator_loss, least_squares_generator_loss),
    "wgan": Objective(wasserstein_discriminator_loss, linear_generator_loss, 1.0, 10.0),
}


def penalty_inputs(objective: Objective, real: Tensor, fake: Tensor) -> Tensor:
    """Return the samples at which the gradient penalty is taken, with ``requires_grad``.

    Shape:
        real, fake, returns: (B, ...): the real samples, or each at a random place on the line to
            its fake one
    """
    if objective.penalty_norm > 0:
        share = torch.rand(len(fake), *(1 for _ in fake.shape[1:]), device=fake.device)
        real = torch.lerp(real, fake, share)
    return real.detach().requires_grad_()


def gradient_penalty(logits: list[Tensor], inputs: Tensor, target_norm: float) -> Tensor:
    """Return the squared norm of the discriminator's gradient less ``target_norm``, the batch mean.

    With 0 at real samples this is R1 (Mescheder et al. 2018); with 1 between real and fake ones it
    is WGAN-GP (Gulrajani et al. 2017).

    Shape:
        logits: one (B, 1, T') per scale, computed from ``inputs``
        inputs: (B, ...) with ``requires_grad``
    """
    total = torch.stack([scale.mean(dim=(1, 2)).sum() for scale in logits]).sum()
    (gradient,) = torch.autograd.grad(total, inputs, create_graph=True)
    squared_norm = gradient.flatten(1).square().sum(1)
    if target_norm == 0:
        return squared_norm.mean()
    # A root has no finite slope at nothing.
    return ((squared_norm + 1e-12).sqrt() - target_norm).square().mean()


def feature_matching_loss(real_maps: list[Tensor], fake_maps: list[Tensor]) -> Tensor:
    """Mean absolute difference between the feature maps of real and fake.

    Shape:
        real_maps, fake_maps: one of any shape per layer

    >>> feature_matching_loss([torch.zeros(2)], [torch.full((2,), 3.0)]).item()
    3.0
    """
    pairs = zip(real_maps, fake_maps, strict=True)
    return torch.stack([F.l1_loss(fake, real.detach()) for real, fake in pairs]).mean()


def pose_map_loss(fake_maps: Tensor, real_maps: Tensor, black_weight: float = 0.1) -> Tensor:
    """L1 between pose maps; black pixels of the real map count ``black_weight`` as much.

    Shape:
        fake_maps, real_maps: (..., J, H, W), in [0, 1]

    >>> pose_map_loss(torch.tensor([1.0, 1.0]), torch.tensor([0.0, 0.0])).item()
    1.0
    >>> round(pose_map_loss(torch.tensor([1.0, 1.0]), torch.tensor([0.0, 1.0])).item(), 4)
    0.0909
    """
    weight = torch.where(real_maps > EMPTY, 1.0, black_weight)
    return (weight * (fake_maps - real_maps).abs()).sum() / weight.sum()


def position_loss(fake: Tensor, real: Tensor, seen: Tensor) -> Tensor:
    """Mean distance of the joints along each axis, in percent of the canvas.

    Shape:
        fake, real: (B, T, 18, 2)
        seen: (B, T, 18), how much each joint counts
    """
    return PERCENT * weighted_mean((fake - real).abs().mean(-1), seen)


def motion_loss(fake: Tensor, real: Tensor, seen: Tensor, order: int) -> Tensor:
    """Mean distance of the velocities (order 1) or accelerations (2), in percent per frame.

    Shape:
        fake, real: (B, T, 18, 2)
        seen: (B, T, 18), how much each joint counts
    """
    difference = torch.diff(fake - real, n=order, dim=1)
    return PERCENT * weighted_mean(difference.abs().mean(-1), seen[:, order:])


def confidence_loss(fake: Tensor, real: Tensor) -> Tensor:
    """Cross entropy between the two confidences.

    Shape:
        fake, real: (B, T, 18), in [0, 1]
    """
    fake = fake.clamp(CERTAINTY, 1 - CERTAINTY)
    return -(real * fake.log() + (1 - real) * (1 - fake).log()).mean()


def bone_loss(fake: Tensor, real: Tensor) -> Tensor:
    """Mean difference of the limb lengths in the picture, in percent of the canvas.

    Shape:
        fake, real: (B, T, 18, 2)
    """
    return PERCENT * F.l1_loss(limb_lengths(fake), limb_lengths(real))


def foot_slide_loss(fake: Tensor, real: Tensor) -> Tensor:
    """How fast the ankles move while the real ones stand, in percent of the canvas per frame.

    Shape:
        fake, real: (B, T, 18, 2)
    """
    ankles = [JOINT["right_ankle"], JOINT["left_ankle"]]
    fake_speed, real_speed = (PERCENT * speeds(x[:, :, ankles]) for x in (fake, real))
    return weighted_mean(fake_speed, (real_speed < STILL).to(fake_speed.dtype))


def beat_loss(fake: Tensor, real: Tensor, phase: Tensor) -> Tensor:
    """How differently the speed of the body is spread over the beat.

    The speed-weighted mean of exp(i phase) and of its second harmonic say when in a beat the body
    moves and how sharply it does so; both are pulled towards those of the real dance.

    Shape:
        fake, real: (B, T, 18, 2)
        phase: (B, T), a whole number on a beat
    """
    harmonics = torch.arange(1, 3, device=phase.device)
    angle = 2 * math.pi * harmonics[:, None, None] * phase[:, 1:]
    wheel = torch.polar(torch.ones_like(angle), angle)  # (2, B, T - 1)
    return (speed_phase(fake, wheel) - speed_phase(real, wheel)).abs().square().mean()


def speed_phase(keypoints: Tensor, wheel: Tensor) -> Tensor:
    """Return the speed-weighted mean of ``wheel`` (N, B, T - 1) over time: (N, B)."""
    speed = speeds(keypoints).mean(-1)  # (B, T - 1)
    return (wheel * speed).sum(-1) / (speed.sum(-1) + 1e-6)


def speed_loss(fake: Tensor, real: Tensor) -> Tensor:
    """How many octaves the mean speed of a run is away from that of the real run, squared.

    Shape:
        fake, real: (B, T, 18, 2)
    """
    fake_speed, real_speed = (PERCENT * speeds(x).mean((1, 2)) + 0.05 for x in (fake, real))
    return torch.log2(fake_speed / real_speed).square().mean()


def spread_loss(fake: Tensor, real: Tensor) -> Tensor:
    """How much less or more of the canvas each joint uses, in percent of the canvas.

    Spreads are compared over the whole batch: within the runs, and of the runs' mean poses.

    Shape:
        fake, real: (B, T, 18, 2)
    """
    within = F.l1_loss(fake.std(1).mean(0), real.std(1).mean(0))
    between = F.l1_loss(fake.mean(1).std(0), real.mean(1).std(0))
    return PERCENT * (within + between)


def torso_loss(fake: Tensor, real: Tensor) -> Tensor:
    """How much more the torso's length varies within a run than in real runs, in percent.

    Shape:
        fake, real: (B, T, 18, 2)
    """
    fake_variation, real_variation = (torso_lengths(x).std(1) for x in (fake, real))
    return PERCENT * F.relu(fake_variation - real_variation.mean()).mean()


def limb_variation_loss(fake: Tensor, real: Tensor) -> Tensor:
    """How much more the limbs' lengths vary within runs than in real runs, in percent, summed.

    Turning limbs are foreshortened and do vary; each limb may do so as much as the real ones.

    Shape:
        fake, real: (B, T, 18, 2)
    """
    fake_variation, real_variation = (limb_lengths(x).std(1).mean(0) for x in (fake, real))
    return PERCENT * F.relu(fake_variation - real_variation).sum()


def kl_loss(mean: Tensor, log_variance: Tensor, valid: Tensor) -> Tensor:
    """Divergence of the noise codes from the unit Gaussian, in nats per code (VAE).

    Shape:
        mean, log_variance: (B, M, C)
        valid: (B, M), 1 for moves that occur
    """
    divergence = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(-1)
    return weighted_mean(divergence, valid)


def recall_loss(recalled: Tensor, wanted: Tensor, was_told: Tensor) -> Tensor:
    """Mean squared difference between remembered codes and those that were given; only the memory
    learns from it.

    Shape:
        recalled, wanted: (B, T, C)
        was_told: (B, T), whether a code was given to be remembered
    """
    difference = (recalled - wanted.detach()).square().mean(-1)
    return weighted_mean(difference, was_told.to(difference.dtype))


def pulse_loss(pulse: Tensor, position: Tensor, is_known: Tensor) -> Tensor:
    """How far the beat that the sound tells is from the true one, in the plane of its phase.

    Shape:
        pulse: (B, T, 2), sine and cosine
        position: (B, T), a whole number on a beat
        is_known: (B, T), whether there is a beat to be heard
    """
    angle = 2 * math.pi * position
    true = torch.stack([angle.sin(), angle.cos()], -1)
    return weighted_mean((pulse - true).square().sum(-1), is_known.to(pulse.dtype))


def manner_loss(told: Tensor, true: Tensor) -> Tensor:
    """Mean absolute difference between how music asks to be danced, and how it was heard to.

    Shape:
        told, true: (B, T, 7); what is NaN in ``true`` is not known
    """
    is_known = ~true.isnan()
    difference = (told - true.nan_to_num()).abs()
    return weighted_mean(difference, is_known.to(told.dtype))


def torso_lengths(keypoints: Tensor) -> Tensor:
    """Return the distance from the neck to the middle of the hips: (..., 18, 2) -> (...)."""
    hips = (keypoints[..., JOINT["right_hip"], :] + keypoints[..., JOINT["left_hip"], :]) / 2
    return length(keypoints[..., JOINT["neck"], :] - hips)


def limb_lengths(keypoints: Tensor) -> Tensor:
    """Return the length of every limb in the picture: (..., 18, 2) -> (..., 17)."""
    start, end = torch.tensor(LIMBS, device=keypoints.device).unbind(1)
    return length(keypoints[..., end, :] - keypoints[..., start, :])


def speeds(keypoints: Tensor) -> Tensor:
    """Return the distance every joint moves from frame to frame: (B, T, J, 2) -> (B, T - 1, J)."""
    return length(torch.diff(keypoints, dim=1))


def length(vectors: Tensor) -> Tensor:
    """Return Euclidean lengths whose gradient stays finite at zero: (..., 2) -> (...)."""
    return (vectors.square().sum(-1) + 1e-10).sqrt()


def weighted_mean(values: Tensor, weights: Tensor) -> Tensor:
    """Return the mean of values that count by their weights, 0 where none counts: (...) -> ()."""
    return (values * weights).sum() / weights.sum().clamp(min=1e-6)
