"""Train a picture network on a performer, alone or against a discriminator."""

import copy
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from accelerate import Accelerator
from torch import Tensor, nn
from torch.optim import Optimizer

from music2pose.losses import OBJECTIVES, kl_loss
from music2pose.training import (
    GAN_BETAS,
    Losses,
    TrainState,
    frozen,
    learning_rate_factor,
    set_learning_rate,
    take_step,
    update_ema,
    weighted_sum,
)
from pose2video.learned.data import PictureBatch
from pose2video.learned.discriminator import (
    Condition,
    PictureDiscriminator,
    PictureDiscriminatorConfig,
    condition_on_pose,
    picture_adversarial_terms,
    picture_discriminator_loss,
    picture_gradient_penalty,
)
from pose2video.learned.generator import PictureGenerator, network_of_kind
from pose2video.learned.losses import (
    cover_loss,
    detail_spots,
    person_weights,
    reconstruction_loss,
    structure_loss,
)
from pose2video.learned.networks import MAX_OWN_FRAMES, GeneratorInput, GeneratorOutput
from pose2video.learned.perceptual import PicturesDistance, load_distance
from pose2video.learned.train_settings import RendererLossWeights, RendererTraining
from pose2video.nadsnet.estimator import PoseEstimator
from pose2video.nadsnet.losses import pose_consistency

MAX_OWN_SHARE = 0.5
"""Of the steps, late in the training, that give the network frames of its own."""
PREVIOUS_NOISE = 0.15
"""Largest standard deviation of the noise on the frame before; pictures are in [-1, 1]."""
DROPPED_SHARE, UNRELATED_SHARE = 0.1, 0.15
"""Of the frames before that are left out, and that another time's frame replaces."""


class FramePlan(NamedTuple):
    """All that is random about one step.

    Shape:
        noise: (B, 3, S, S), on the frame before
        dropped: (B,) whether there is no frame before, as at the start of a dance
        unrelated: (B,) whether another time's frame is given instead, which must leave no ghost
        code_noise: (B, C)
    """

    own_frames: int
    noise: Tensor
    dropped: Tensor
    unrelated: Tensor
    code_noise: Tensor


@dataclass(kw_only=True)
class RendererState(TrainState):
    """The training of a picture network."""

    config: RendererTraining
    weights: RendererLossWeights
    ema: PictureGenerator
    generator: nn.Module  # a PictureGenerator, perhaps wrapped for several devices
    discriminator: nn.Module
    g_optimizer: Optimizer
    d_optimizer: Optimizer
    estimator: PoseEstimator | None = None
    """What says whether the poses asked for are seen; None switches it off."""
    distance: PicturesDistance | None = None
    """What the perceptual loss compares by; None switches it off."""

    PARTS = ("generator", "discriminator", "g_optimizer", "d_optimizer", "ema")

    @property
    def picture_generator(self) -> PictureGenerator:
        """The generator as it was before it was prepared for its devices."""
        return self.unwrapped("generator")

    def is_adversarial(self) -> bool:
        """Return whether the discriminator has joined in by now."""
        started = self.step >= self.config.adversarial_from * self.config.num_steps
        return self.weights.adversarial > 0 and started


def loss_weights_of(kind: str, changed: Mapping[str, float]) -> RendererLossWeights:
    """Return the usual weights of a kind of network with some of them changed.

    Raises:
        RenderError: there is no such kind, or no such term.
    """
    return RendererLossWeights.changed({**network_of_kind(kind).loss_weights, **changed})


def new_state(
    generator: PictureGenerator,
    config: RendererTraining,
    weights: RendererLossWeights,
    accelerator: Accelerator,
    estimator: PoseEstimator | None = None,
) -> RendererState:
    """Return a generator's discriminator and optimisers, the same for the same seed."""
    torch.manual_seed(config.seed)
    discriminator = PictureDiscriminator(
        PictureDiscriminatorConfig(
            condition_channels=6 if generator.uses_previous else 3,
            has_spectral_norm=config.objective != "wgan",
        )
    )
    for network in (generator, discriminator):
        network.to(memory_format=torch.channels_last)  # half as fast again on a CPU
    if estimator is not None:
        estimator.to(accelerator.device).eval().requires_grad_(False)
    g_optimizer = torch.optim.Adam(generator.parameters(), config.g_learning_rate, GAN_BETAS)
    d_optimizer = torch.optim.Adam(discriminator.parameters(), config.d_learning_rate, GAN_BETAS)
    ema = copy.deepcopy(generator).requires_grad_(False).eval().to(accelerator.device)
    prepared = accelerator.prepare(generator, discriminator, g_optimizer, d_optimizer)
    return RendererState(
        config=config,
        weights=weights,
        accelerator=accelerator,
        ema=ema,
        generator=prepared[0],
        discriminator=prepared[1],
        g_optimizer=prepared[2],
        d_optimizer=prepared[3],
        estimator=estimator,
        distance=load_distance(estimator, accelerator.device) if weights.perceptual else None,
    )


def train_step(state: RendererState, batch: PictureBatch) -> Losses:
    """Update discriminator and generator on one batch; return every loss by name."""
    config = state.config
    set_learning_rates(state)
    torch.manual_seed(config.seed + state.step)
    rng = torch.Generator().manual_seed(config.seed + state.step)
    is_d_turn = state.is_adversarial() and state.step % config.d_every == 0
    is_g_turn = not state.is_adversarial() or state.step % config.g_every == 0
    for optimizer in (state.g_optimizer, state.d_optimizer):
        optimizer.zero_grad(set_to_none=True)
    means: Losses = {}
    for part in batch.parts(config.accumulation):
        for name, loss in collect_gradients(state, part, rng, is_d_turn, is_g_turn).items():
            means[name] = means.get(name, 0.0) + loss.item() / config.accumulation
    if is_d_turn:
        take_step(state, state.discriminator, state.d_optimizer)
    if is_g_turn and take_step(state, state.generator, state.g_optimizer) is not None:
        update_ema(state, state.picture_generator)
    state.step += 1
    return means


def collect_gradients(
    state: RendererState,
    batch: PictureBatch,
    rng: torch.Generator,
    is_d_turn: bool,
    is_g_turn: bool,
) -> dict[str, Tensor]:
    """Generate one part of a batch and add up the gradients of whose turn it is."""
    accelerator, share = state.accelerator, 1 / state.config.accumulation
    plan = draw_frame_plan(state, batch, rng)
    previous = frame_before(state, batch, plan)
    given = GeneratorInput(
        batch.keypoints[:, -1], batch.confidence[:, -1], previous,
        reference=batch.references, code_noise=plan.code_noise,
    )  # fmt: skip
    with accelerator.autocast():
        generated: GeneratorOutput = state.generator(given)
    generated = generated._replace(pictures=generated.pictures.float())
    real, condition = batch.pictures[:, -1], None
    if state.is_adversarial():
        condition = condition_on_pose(given.keypoints, given.confidence, previous, real.shape[-1])
    found: dict[str, Tensor] = {}
    if is_d_turn and condition is not None:
        fake = generated.pictures.detach()
        found["discriminator"] = discriminator_loss(state, real, fake, condition)
        accelerator.backward(share * found["discriminator"])
    if is_g_turn:
        terms = generator_terms(state, given, generated, real)
        if condition is not None:
            terms |= adversarial_terms(state, real, generated.pictures, condition)
        found["generator"] = weighted_sum(terms, asdict(state.weights))
        accelerator.backward(share * found["generator"])
        found |= terms
    return {name: loss.detach() for name, loss in found.items()}


def draw_frame_plan(state: RendererState, batch: PictureBatch, rng: torch.Generator) -> FramePlan:
    """Draw what is random about this step: the later, the more frames are the network's own."""
    size, progress = len(batch.keypoints), state.step / state.config.num_steps
    start = state.config.own_from
    own_share = MAX_OWN_SHARE * min(1.0, max(0.0, progress - start) / max(start, 1e-6))
    is_own = float(torch.rand(1, generator=rng)) < own_share
    own_frames = int(torch.randint(1, MAX_OWN_FRAMES + 1, (1,), generator=rng)) if is_own else 0
    amplitude = PREVIOUS_NOISE * torch.rand(size, 1, 1, 1, generator=rng)
    chance = torch.rand(size, generator=rng)
    noise = torch.randn(batch.references.shape, generator=rng)
    channels = state.picture_generator.config.code_channels
    code_noise = torch.randn(size, channels, generator=rng)
    drawn = (
        amplitude * noise, chance < DROPPED_SHARE, chance > 1 - UNRELATED_SHARE, code_noise,
    )  # fmt: skip
    return FramePlan(own_frames, *(part.to(batch.references.device) for part in drawn))


def frame_before(state: RendererState, batch: PictureBatch, plan: FramePlan) -> Tensor | None:
    """Return the frame before the last as the network is given it: real, disturbed, or its own.

    In a video it is given its own last frame; a network that learned only from real ones would add
    its errors up to drift, and would leave ghosts of old poses.

    Shape:
        returns: (B, 3, S, S), or None for networks that do not use it
    """
    if not state.picture_generator.uses_previous:
        return None
    first = batch.pictures.shape[1] - 2 - plan.own_frames
    previous = batch.pictures[:, first] + plan.noise
    previous = torch.where(plan.unrelated[:, None, None, None], batch.references, previous)
    previous = torch.where(plan.dropped[:, None, None, None], 0, previous)
    for frame in range(first + 1, first + 1 + plan.own_frames):
        given = GeneratorInput(batch.keypoints[:, frame], batch.confidence[:, frame], previous)
        with torch.no_grad(), state.accelerator.autocast():
            previous = state.picture_generator(given).pictures.float()
    return previous


def discriminator_loss(
    state: RendererState, real: Tensor, fake: Tensor, condition: Condition
) -> Tensor:
    """Return what the discriminator is updated by, its gradient penalty included.

    Shape:
        real, fake: (B, 3, S, S), in [-1, 1]
    """
    given = state.discriminator, OBJECTIVES[state.config.objective], real, fake, condition
    with state.accelerator.autocast():
        loss = picture_discriminator_loss(*given)
    if state.config.penalty_times == 0:
        return loss
    return loss + state.config.penalty_times * picture_gradient_penalty(*given)


def adversarial_terms(
    state: RendererState, real: Tensor, fake: Tensor, condition: Condition
) -> dict[str, Tensor]:
    """Return the generator's losses by the discriminator, on which no gradient is left."""
    objective = OBJECTIVES[state.config.objective]
    with frozen(state.discriminator), state.accelerator.autocast():
        return picture_adversarial_terms(state.discriminator, objective, real, fake, condition)


def generator_terms(
    state: RendererState, given: GeneratorInput, generated: GeneratorOutput, real: Tensor
) -> dict[str, Tensor]:
    """Return the generator's losses but for the discriminator's, before weighting.

    Shape:
        real: (B, 3, S, S), in [-1, 1]
    """
    config, fake = state.config, generated.pictures
    pose = given.keypoints, given.confidence
    weights = person_weights(*pose, real.shape[-1], config.person_weight)
    weights = weights + config.detail_weight * detail_spots(*pose, real.shape[-1])
    terms = {
        "reconstruction": reconstruction_loss(fake, real, weights, config.squared),
        "structure": structure_loss(fake, real, weights),
    }
    if generated.cover is not None:
        terms["cover"] = cover_loss(generated.cover.float())
    if state.distance is not None:
        terms["perceptual"] = state.distance(fake, real)
    if state.estimator is not None and state.weights.pose > 0:
        size = state.estimator.config.picture_size
        resized = F.interpolate(fake, (size, size), mode="bilinear", antialias=True)
        terms["pose"] = torch.stack(
            [*pose_consistency(state.estimator, resized, *pose).values()]
        ).sum()
    if generated.style is not None:
        mean, log_variance = (part[:, None] for part in generated.style)
        terms["kl"] = kl_loss(mean, log_variance, torch.ones_like(mean[..., 0]))
    return terms


def set_learning_rates(state: RendererState) -> None:
    """Set both learning rates from step and plateau, so that a resumed run has the same ones."""
    config = state.config
    factor = learning_rate_factor(config, state.step, config.num_steps, state.plateau.factor)
    set_learning_rate(state.g_optimizer, config.g_learning_rate * factor)
    set_learning_rate(state.d_optimizer, config.d_learning_rate * factor)
