"""Train the pose generator against its discriminator, unrolled through time."""

import copy
import math
from dataclasses import asdict, dataclass
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.optim import Optimizer

from music2pose import losses, terms
from music2pose.data.dataset import Batch
from music2pose.discriminator import MotionDiscriminator, MotionDiscriminatorConfig
from music2pose.generator import GeneratorConfig, Pose, PoseGenerator
from music2pose.perceptual import PictureFeatures, load_vgg19, perceptual_loss
from music2pose.rollout import Carry, Plan, Rollout, Unroller, augment_music, draw_plan
from music2pose.train_settings import DancerLossWeights, DancerTraining
from music2pose.training import (
    GAN_BETAS,
    WARM_UP_STEPS,
    Losses,
    TrainState,
    learning_rate_factor,
    set_learning_rate,
    update,
    update_ema,
    weighted_sum,
)

REFINEMENT = {"beat": 2.5, "bone": 2.0}
"""How many times as much these terms count late in the training."""
PERCEPTUAL_STRIDE = 16
"""One frame in so many is compared as a picture."""
NEW_NORM_SHARE = 0.05
"""What a gradient's norm counts in the running mean of them."""
PRIOR_FALL = 0.9
"""How much of its learning rate the prior's training loses from its first step to its last."""


@dataclass(kw_only=True)
class DancerState(TrainState):
    """The training of the pose generator."""

    config: DancerTraining
    weights: DancerLossWeights
    ema: PoseGenerator
    unroller: nn.Module  # an Unroller, perhaps wrapped for several devices
    discriminator: nn.Module
    g_optimizer: Optimizer
    d_optimizer: Optimizer
    skipped_in_a_row: int = 0
    usual_norm: float = math.inf
    """Running mean of the norm of the generator's gradient."""
    carry: Carry | None = None
    picture_features: PictureFeatures | None = None
    """What the perceptual loss compares; None switches it off."""

    PARTS = ("unroller", "discriminator", "g_optimizer", "d_optimizer", "ema")
    NUMBERS = ("step", "skipped", "skipped_in_a_row", "usual_norm")

    @property
    def generator(self) -> PoseGenerator:
        return self.unwrapped("unroller").generator

    def state_dict(self) -> dict[str, Any]:
        carry = None if self.carry is None else [list(part) for part in self.carry]
        return super().state_dict() | {"carry": carry}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        super().load_state_dict(saved)
        if saved["carry"] is not None:
            device = self.accelerator.device
            pose, (h, c) = ([part.to(device) for part in parts] for parts in saved["carry"])
            self.carry = Carry(Pose(*pose), (h, c))


def new_state(
    generator_config: GeneratorConfig,
    discriminator_config: MotionDiscriminatorConfig,
    config: DancerTraining,
    weights: DancerLossWeights,
    accelerator: Accelerator,
    trained: PoseGenerator | None = None,
) -> DancerState:
    """Return networks and their optimisers, the same for the same seed.

    Args:
        trained: a generator to go on from, which then decides the generator's size.
    """
    torch.manual_seed(config.seed)
    unroller = Unroller(PoseGenerator(generator_config) if trained is None else trained)
    unroller.train()
    discriminator = MotionDiscriminator(discriminator_config)
    ema = copy.deepcopy(unroller.generator).requires_grad_(False).eval()
    g_optimizer = torch.optim.Adam(unroller.parameters(), config.g_learning_rate, GAN_BETAS)
    d_optimizer = torch.optim.Adam(discriminator.parameters(), config.d_learning_rate, GAN_BETAS)
    unroller, discriminator, g_optimizer, d_optimizer = accelerator.prepare(
        unroller, discriminator, g_optimizer, d_optimizer
    )
    return DancerState(
        config=config,
        weights=weights,
        accelerator=accelerator,
        ema=ema.to(accelerator.device),
        unroller=unroller,
        discriminator=discriminator,
        g_optimizer=g_optimizer,
        d_optimizer=d_optimizer,
        picture_features=load_vgg19(accelerator.device) if weights.perceptual else None,
    )


def train_step(state: DancerState, batch: Batch) -> Losses:
    """Update the discriminator, then the generator, on one batch; return every loss by name."""
    config = state.config
    set_learning_rates(state)
    torch.manual_seed(config.seed + state.step)  # dropout
    rng = torch.Generator().manual_seed(config.seed + state.step)
    heard = augment_music(batch, rng)
    plan = draw_plan(heard, config, state.generator.config.noise_channels, state.step, rng)
    if state.step < config.prior_steps:
        found = prior_step(state, batch, heard, plan)
    else:
        found = unrolled_step(state, batch, heard, plan)
    state.step += 1
    return {name: loss.item() for name, loss in found.items()}


def prior_step(state: DancerState, batch: Batch, heard: Batch, plan: Plan) -> dict[str, Tensor]:
    """Update listener, move encoder and pose prior alone.

    Args:
        heard: the batch with its music disturbed, which the networks are given.
    """
    with state.accelerator.autocast():
        prior = state.unroller(heard, plan, None, prior_only=True)
    found = terms.prior_terms(batch, prior, plan) | terms.prior_motion_terms(batch, prior, plan)
    loss = weighted_sum(found, term_weights(state))
    update(state, loss, state.unroller, state.g_optimizer)
    update_ema(state, state.generator)
    return found


def unrolled_step(state: DancerState, batch: Batch, heard: Batch, plan: Plan) -> dict[str, Tensor]:
    """Unroll the generator through time, and update the discriminator and then the generator.

    Args:
        heard: the batch with its music disturbed, which the networks are given.
    """
    if state.step % state.config.windows_per_run == 0:  # the batch begins new runs
        state.carry = None
    with state.accelerator.autocast():
        rollout = state.unroller(heard, plan, state.carry)
    found: dict[str, Tensor] = {}
    if plan.swapped.any() and state.weights.adversarial > 0:
        fake = rollout.keypoints[plan.swapped].detach()
        found["discriminator"] = discriminator_loss(state, batch, plan, fake)
        update(state, found["discriminator"], state.discriminator, state.d_optimizer)
    g_terms = generator_terms(state, batch, plan, rollout)
    found |= {"generator": weighted_sum(g_terms, term_weights(state)), **g_terms}
    norm = update(state, found["generator"], state.unroller, state.g_optimizer, longest_norm(state))
    if norm is None:
        recover(state)
    else:
        keep(state, norm, rollout.carry)
    return found


def keep(state: DancerState, norm: float, carry: Carry) -> None:
    """Take note of an update that was made, and dance on from where it ended."""
    is_first = math.isinf(state.usual_norm)
    mean = (1 - NEW_NORM_SHARE) * state.usual_norm + NEW_NORM_SHARE * norm
    state.usual_norm = norm if is_first else mean
    update_ema(state, state.generator)
    state.carry, state.skipped_in_a_row = carry.detached(), 0


def recover(state: DancerState) -> None:
    """Take note of an update that was left out; after too many, go back to the running mean.

    A recurrent network can turn chaotic: its gradient explodes at every step from then on.
    """
    state.carry, state.skipped_in_a_row = None, state.skipped_in_a_row + 1
    if state.skipped_in_a_row == state.config.patience:
        state.generator.load_state_dict(state.ema.state_dict())
        state.skipped_in_a_row = 0


def longest_norm(state: DancerState) -> float:
    """Return the gradient norm above which an update is left out; any is let through at first."""
    is_warm = state.step >= state.config.prior_steps + WARM_UP_STEPS
    return state.config.max_norm_factor * state.usual_norm if is_warm else math.inf


def discriminator_loss(state: DancerState, batch: Batch, plan: Plan, fake: Tensor) -> Tensor:
    """Return what the discriminator is updated by, its gradient penalty included.

    Shape:
        fake: (B_swapped, T + 1, 18, 2), the streams with swapped codes
    """
    given = state.discriminator, state.config.objective, batch, plan, fake
    loss = terms.dance_discriminator_loss(*given)
    return loss + state.config.gradient_penalty * terms.dance_gradient_penalty(*given)


def generator_terms(
    state: DancerState, batch: Batch, plan: Plan, rollout: Rollout
) -> dict[str, Tensor]:
    """Return the generator's losses before weighting, each a scalar."""
    own = terms.own_dances(batch, plan, rollout)
    fake_maps, real_maps = terms.pose_maps(own, state.generator.config.map_size)
    found = {
        "pose_map": losses.pose_map_loss(fake_maps, real_maps),
        **terms.reconstruction_terms(batch, rollout, own),
        **terms.prior_terms(batch, rollout.prior, plan),
    }
    if state.picture_features is not None:
        some = slice(state.step % PERCEPTUAL_STRIDE, None, PERCEPTUAL_STRIDE)
        maps = (each[:, some].flatten(0, 1) for each in (fake_maps, real_maps))
        found["perceptual"] = perceptual_loss(state.picture_features, *maps)
    if plan.swapped.any():
        found |= terms.statistics_terms(batch, plan, rollout)
        if state.weights.adversarial > 0:
            fake = rollout.keypoints[plan.swapped]
            found |= terms.dance_adversarial_terms(
                state.discriminator, state.config.objective, batch, plan, fake
            )
    return found


def term_weights(state: DancerState) -> dict[str, float]:
    """Return how much each term counts at this step."""
    weights = asdict(state.weights)
    if state.config.progress(state.step) >= state.config.refined_from:
        for name, factor in REFINEMENT.items():
            weights[name] *= factor
    return weights


def set_learning_rates(state: DancerState) -> None:
    """Set both learning rates from the step alone, so that a resumed run has the same ones."""
    config, prior_steps = state.config, state.config.prior_steps
    if state.step < prior_steps:
        rate = config.prior_learning_rate * min(1.0, (state.step + 1) / WARM_UP_STEPS)
        factor = 1 - PRIOR_FALL * state.step / prior_steps
    else:
        rate = config.g_learning_rate
        num_steps = max(1, config.num_steps - prior_steps)
        factor = learning_rate_factor(config, state.step - prior_steps, num_steps)
    set_learning_rate(state.g_optimizer, rate * factor)
    set_learning_rate(state.d_optimizer, config.d_learning_rate * factor)
