"""Train a picture network on a performer, alone or against a discriminator."""

import copy
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from accelerate import Accelerator
from torch import Tensor, nn
from torch.optim import Optimizer

from music2pose.loss_weights import ChangeableWeights
from music2pose.losses import OBJECTIVES, kl_loss
from music2pose.train import frozen
from pose2video import RenderError
from pose2video.learned.adversary import (
    Adversary,
    Judged,
    adversarial_terms,
    discriminator_loss,
    slope_penalty,
    what_is_judged,
)
from pose2video.learned.data import Batch, ClipSampler
from pose2video.learned.discriminator import DiscriminatorConfig
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
from pose2video.nadsnet.estimator import PoseEstimator
from pose2video.nadsnet.losses import pose_consistency

WARM_UP_STEPS = 100
SCHEDULES = ("linear", "plateau", "constant")
PLATEAU_PATIENCE = 4
"""Validations without a better one after which the rates are halved."""


@dataclass(frozen=True)
class LossWeights(ChangeableWeights):
    """How much each term counts for the generator."""

    error = RenderError

    reconstruction: float = 20.0
    structure: float = 2.0
    perceptual: float = 4.0
    """By VGG19 or the pose critic, where one of them can be had."""
    adversarial: float = 1.0
    feature_matching: float = 4.0
    pose: float = 0.1
    """Does the pose critic, where there is one, see the pose that was asked for?"""
    kl: float = 0.01
    cover: float = 0.05
    """Keeps a network from being too sure of the empty stage to learn otherwise."""

    @classmethod
    def for_kind(cls, kind: str, changed: Mapping[str, float]) -> "LossWeights":
        """Return the usual weights of a kind of network with some of them changed.

        Raises:
            RenderError: there is no such kind, or no such term.
        """
        return cls.changed({**network_of_kind(kind).loss_weights, **changed})


@dataclass(frozen=True)
class TrainConfig:
    num_steps: int = 8000
    batch_size: int = 4
    accumulation: int = 1
    """Parts that a batch is cut into, for small memories."""
    objective: str = "hinge"
    squared: bool = False
    """Reconstruct by MSE instead of L1."""
    person_weight: float = 4.0
    """How much more the person counts than the stage."""
    detail_weight: float = 8.0
    """How much face and hands count beyond that."""
    gradient_penalty: float | None = None
    """Times the objective's usual one; None: 1 for wgan and bce, else 0."""
    adversarial_from: float = 0.4
    """Share of the training after which the discriminator joins in."""
    d_every: int = 1
    g_every: int = 1
    """Each network is updated at one step in so many."""
    g_learning_rate: float = 2e-3
    d_learning_rate: float = 1e-3
    schedule: str = "linear"
    """``linear``: falls to nothing over the second half; ``plateau``: halves; ``constant``."""
    steps_per_epoch: int = 250
    own_from: float = 0.1
    """Share of the training after which the network is led on by its own frames."""
    ema_decay: float = 0.998
    clip_norm: float = 10.0
    mirror: bool = False
    placement: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.objective not in OBJECTIVES:
            raise RenderError(
                f"unknown objective {self.objective!r}; choose one of {', '.join(OBJECTIVES)}"
            )
        if self.schedule not in SCHEDULES:
            raise RenderError(
                f"unknown schedule {self.schedule!r}; choose one of {', '.join(SCHEDULES)}"
            )
        counts = ("num_steps", "batch_size", "accumulation", "d_every", "g_every")
        for name, low in {**dict.fromkeys((*counts, "steps_per_epoch"), 1), "seed": 0}.items():
            if getattr(self, name) < low:
                raise RenderError(f"{name} must be at least {low}, got {getattr(self, name)}")
        if self.batch_size % self.accumulation:
            raise RenderError(
                f"a batch of {self.batch_size} cannot be cut into {self.accumulation} equal parts"
            )
        for name in ("g_learning_rate", "d_learning_rate"):
            if not 0 < getattr(self, name) < 1:
                raise RenderError(f"{name} must be between 0 and 1, got {getattr(self, name)}")
        for name, most in (("placement", 0.3), ("adversarial_from", 1.0), ("own_from", 1.0)):
            if not 0 <= getattr(self, name) <= most:
                raise RenderError(f"{name} must be from 0 to {most}, got {getattr(self, name)}")

    @property
    def penalty_times(self) -> float:
        if self.gradient_penalty is not None:
            return self.gradient_penalty
        return 1.0 if self.objective in ("wgan", "bce") else 0.0


class Plan(NamedTuple):
    """All that is random about one step.

    Shape:
        noise: (B, 3, S, S), on the frame before
        dropped: (B,) whether there is no frame before, as at the start of a dance
        stale: (B,) whether another time's frame is shown instead, which must leave no ghost
        code_noise: (B, C)
    """

    own_frames: int
    noise: Tensor
    dropped: Tensor
    stale: Tensor
    code_noise: Tensor


@dataclass
class TrainState:
    """Everything a checkpoint needs to go on exactly where it stopped."""

    config: TrainConfig
    weights: LossWeights
    generator: nn.Module  # a PictureGenerator, perhaps wrapped for several devices
    discriminator: nn.Module
    g_optimizer: Optimizer
    d_optimizer: Optimizer
    ema: PictureGenerator
    accelerator: Accelerator
    critic: PoseEstimator | None = None
    distance: PicturesDistance | None = None
    """What the perceptual loss compares by; None switches it off."""
    step: int = 0
    skipped: int = 0
    """Updates left out because a gradient was not finite."""
    best_score: float = -math.inf
    stale_validations: int = 0
    rate_factor: float = 1.0
    """What the plateau schedule has brought the learning rates down to."""

    NETWORKS = ("generator", "discriminator", "g_optimizer", "d_optimizer", "ema")
    NUMBERS = ("step", "skipped", "best_score", "stale_validations", "rate_factor")

    @property
    def painter(self) -> PictureGenerator:
        return self.accelerator.unwrap_model(self.generator)

    def part(self, name: str) -> nn.Module | Optimizer:
        found = getattr(self, name)
        is_network = isinstance(found, nn.Module)
        return self.accelerator.unwrap_model(found) if is_network else found

    def state_dict(self) -> dict[str, object]:
        """Return tensors and plain numbers only, so that it loads without unpickling code."""
        saved: dict[str, object] = {name: getattr(self, name) for name in self.NUMBERS}
        saved.update((name, self.part(name).state_dict()) for name in self.NETWORKS)
        return saved

    def load_state_dict(self, saved: dict) -> None:
        for name in self.NETWORKS:
            self.part(name).load_state_dict(saved[name])
        for name in self.NUMBERS:
            setattr(self, name, saved[name])

    def is_adversarial(self) -> bool:
        """Return whether the discriminator has joined in by now."""
        started = self.step >= self.config.adversarial_from * self.config.num_steps
        return self.weights.adversarial > 0 and started

    def note_score(self, score: float) -> bool:
        """Take in a validation; return whether it is the best so far."""
        is_best = score > self.best_score
        self.stale_validations = 0 if is_best else self.stale_validations + 1
        self.best_score = max(score, self.best_score)
        if self.config.schedule == "plateau" and self.stale_validations == PLATEAU_PATIENCE:
            self.rate_factor, self.stale_validations = self.rate_factor / 2, 0
        return is_best


def new_state(
    generator: PictureGenerator,
    config: TrainConfig,
    weights: LossWeights,
    accelerator: Accelerator,
    critic: PoseEstimator | None = None,
) -> TrainState:
    """Return a generator's opponents and optimisers, the same for the same seed."""
    torch.manual_seed(config.seed)
    condition_channels = 6 if generator.uses_previous else 3
    has_spectral_norm = config.objective != "wgan"
    discriminator = Adversary(
        DiscriminatorConfig(condition_channels, has_spectral_norm=has_spectral_norm)
    )
    for network in (generator, discriminator):
        network.to(memory_format=torch.channels_last)  # half as fast again on a CPU
    if critic is not None:
        critic.to(accelerator.device).eval().requires_grad_(False)
    betas = (0.5, 0.999)
    g_optimizer = torch.optim.Adam(generator.parameters(), config.g_learning_rate, betas)
    d_optimizer = torch.optim.Adam(discriminator.parameters(), config.d_learning_rate, betas)
    ema = copy.deepcopy(generator).requires_grad_(False).eval().to(accelerator.device)
    prepared = accelerator.prepare(generator, discriminator, g_optimizer, d_optimizer)
    distance = load_distance(critic, accelerator.device) if weights.perceptual else None
    return TrainState(
        config, weights, *prepared, ema=ema, accelerator=accelerator, critic=critic,
        distance=distance,
    )  # fmt: skip


def train(state: TrainState, sampler: ClipSampler) -> Iterator[dict[str, float]]:
    """Train to the end of the schedule, yielding the losses after every step."""
    while state.step < state.config.num_steps:
        yield train_step(state, sampler.batch(state.step).to(state.accelerator.device))


def train_step(state: TrainState, batch: Batch) -> dict[str, float]:
    """Update discriminator and generator on one batch; return every loss by name."""
    config = state.config
    set_learning_rates(state)
    torch.manual_seed(config.seed + state.step)
    rng = torch.Generator().manual_seed(config.seed + state.step)
    is_d_turn = state.is_adversarial() and state.step % config.d_every == 0
    is_g_turn = not state.is_adversarial() or state.step % config.g_every == 0
    for optimizer in (state.g_optimizer, state.d_optimizer):
        optimizer.zero_grad(set_to_none=True)
    report: dict[str, float] = {}
    for part in batch.parts(config.accumulation):
        for name, loss in collect_gradients(state, part, rng, is_d_turn, is_g_turn).items():
            report[name] = report.get(name, 0.0) + loss.item() / config.accumulation
    if is_d_turn:
        update(state, state.discriminator, state.d_optimizer)
    if is_g_turn and update(state, state.generator, state.g_optimizer):
        update_ema(state.ema, state.painter, config.ema_decay, state.step)
    state.step += 1
    return report


def collect_gradients(
    state: TrainState, batch: Batch, rng: torch.Generator, is_d_turn: bool, is_g_turn: bool
) -> dict[str, Tensor]:
    """Paint one part of a batch and add up the gradients of whose turn it is."""
    accelerator, share = state.accelerator, 1 / state.config.accumulation
    plan = draw_plan(state, batch, rng)
    previous = frame_before(state, batch, plan)
    shown = GeneratorInput(
        batch.keypoints[:, -1], batch.confidence[:, -1], previous,
        reference=batch.references, code_noise=plan.code_noise,
    )  # fmt: skip
    with accelerator.autocast():
        painted: GeneratorOutput = state.generator(shown)
    fake, real = painted.pictures.float(), batch.pictures[:, -1]
    judged = None
    if state.is_adversarial():
        judged = what_is_judged(shown.keypoints, shown.confidence, previous, fake.shape[-1])
    report: dict[str, Tensor] = {}
    if is_d_turn and judged is not None:
        report["discriminator"] = opponents_loss(state, real, fake.detach(), judged)
        accelerator.backward(share * report["discriminator"])
    if is_g_turn:
        terms = generator_terms(state, shown, painted._replace(pictures=fake), real)
        if judged is not None:
            objective = OBJECTIVES[state.config.objective]
            with frozen(state.discriminator), accelerator.autocast():
                terms |= adversarial_terms(state.discriminator, objective, real, fake, judged)
        weights = asdict(state.weights)
        total = torch.stack([weights[name] * term for name, term in terms.items()]).sum()
        accelerator.backward(share * total)
        report |= {"generator": total, **terms}
    return {name: loss.detach() for name, loss in report.items()}


def draw_plan(state: TrainState, batch: Batch, rng: torch.Generator) -> Plan:
    """Draw what is random about this step: the later, the more frames are the network's own."""
    size, progress = len(batch.keypoints), state.step / state.config.num_steps
    start = state.config.own_from
    own_share = 0.5 * min(1.0, max(0.0, progress - start) / max(start, 1e-6))
    is_own = float(torch.rand(1, generator=rng)) < own_share
    own_frames = int(torch.randint(1, MAX_OWN_FRAMES + 1, (1,), generator=rng)) if is_own else 0
    amplitude = 0.15 * torch.rand(size, 1, 1, 1, generator=rng)
    chance = torch.rand(size, generator=rng)
    noise = torch.randn(batch.references.shape, generator=rng)
    channels = state.painter.config.code_channels
    code_noise = torch.randn(size, channels, generator=rng)
    plan = Plan(own_frames, amplitude * noise, chance < 0.1, chance > 0.85, code_noise)
    return Plan(own_frames, *(part.to(batch.references.device) for part in plan[1:]))


def frame_before(state: TrainState, batch: Batch, plan: Plan) -> Tensor | None:
    """Return the frame before the last as the network is shown it: real, disturbed, or its own.

    What it will be shown when it dances alone is its own last frame; a network that learned only
    from real ones would add its errors up to drift, and would leave ghosts of old poses.
    """
    if not state.painter.uses_previous:
        return None
    first = batch.pictures.shape[1] - 2 - plan.own_frames
    previous = batch.pictures[:, first] + plan.noise
    previous = torch.where(plan.stale[:, None, None, None], batch.references, previous)
    previous = torch.where(plan.dropped[:, None, None, None], 0, previous)
    for frame in range(first + 1, first + 1 + plan.own_frames):
        shown = GeneratorInput(batch.keypoints[:, frame], batch.confidence[:, frame], previous)
        with torch.no_grad(), state.accelerator.autocast():
            previous = state.painter(shown).pictures.float()
    return previous


def opponents_loss(state: TrainState, real: Tensor, fake: Tensor, judged: Judged) -> Tensor:
    """Return what the discriminator learns from: its verdicts, and how steep they are."""
    objective = OBJECTIVES[state.config.objective]
    with state.accelerator.autocast():
        loss = discriminator_loss(state.discriminator, objective, real, fake, judged)
    if state.config.penalty_times == 0:
        return loss
    penalty = slope_penalty(state.discriminator, objective, real, fake, judged)
    return loss + state.config.penalty_times * penalty


def generator_terms(
    state: TrainState, shown: GeneratorInput, painted: GeneratorOutput, real: Tensor
) -> dict[str, Tensor]:
    """Return the generator's losses but for the discriminator's, before weighting."""
    config, fake = state.config, painted.pictures
    pose = shown.keypoints, shown.confidence
    weights = person_weights(*pose, real.shape[-1], config.person_weight)
    weights = weights + config.detail_weight * detail_spots(*pose, real.shape[-1])
    terms = {
        "reconstruction": reconstruction_loss(fake, real, weights, config.squared),
        "structure": structure_loss(fake, real, weights),
    }
    if painted.cover is not None:
        terms["cover"] = cover_loss(painted.cover.float())
    if state.distance is not None:
        terms["perceptual"] = state.distance(fake, real)
    if state.critic is not None and state.weights.pose > 0:
        size = state.critic.config.picture_size
        looked_at = F.interpolate(fake, (size, size), mode="bilinear", antialias=True)
        seen = pose_consistency(state.critic, looked_at, *pose)
        terms["pose"] = torch.stack([*seen.values()]).sum()
    if painted.style is not None:
        mean, log_variance = (part[:, None] for part in painted.style)
        terms["kl"] = kl_loss(mean, log_variance, torch.ones_like(mean[..., 0]))
    return terms


def update(state: TrainState, module: nn.Module, optimizer: Optimizer) -> bool:
    """Take one step down the gradients collected; leave out one that is not finite."""
    norm = state.accelerator.clip_grad_norm_(module.parameters(), state.config.clip_norm)
    if norm is None or not math.isfinite(float(norm)):
        state.skipped += 1
        return False
    optimizer.step()
    return True


def set_learning_rates(state: TrainState) -> None:
    """Set both learning rates from step and schedule, so that a resumed run has the same ones."""
    config = state.config
    factor = state.rate_factor * rate_at(config, state.step)
    pairs = (
        (state.g_optimizer, config.g_learning_rate),
        (state.d_optimizer, config.d_learning_rate),
    )
    for optimizer, rate in pairs:
        for group in optimizer.param_groups:
            group["lr"] = rate * factor


def rate_at(config: TrainConfig, step: int) -> float:
    """Return what the learning rates are multiplied by at ``step``.

    >>> rate_at(TrainConfig(num_steps=1000), 499), rate_at(TrainConfig(num_steps=1000), 750)
    (1.0, 0.5)
    """
    warm_up = min(1.0, (step + 1) / WARM_UP_STEPS)
    if config.schedule != "linear":
        return warm_up
    return warm_up * min(1.0, 2 * (1 - step / config.num_steps))


@torch.no_grad()
def update_ema(ema: nn.Module, module: nn.Module, decay: float, step: int) -> None:
    """Move the running mean of the weights; young means follow faster. Buffers are copied."""
    decay = min(decay, (1 + step) / (10 + step))
    for mean, value in zip(ema.parameters(), module.parameters(), strict=True):
        mean.lerp_(value, 1 - decay)
    for kept, value in zip(ema.buffers(), module.buffers(), strict=True):
        kept.copy_(value)
