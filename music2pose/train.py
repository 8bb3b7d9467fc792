"""Train the pose generator against its discriminator, unrolled through time."""

import copy
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import NamedTuple

import torch
import torch.nn.functional as F
from accelerate import Accelerator
from torch import Tensor, nn
from torch.optim import Optimizer

from music2pose import MusicError, losses
from music2pose.data.dataset import Batch, RunSampler
from music2pose.discriminator import (
    DiscriminatorConfig,
    DiscriminatorOutput,
    MultiScaleDiscriminator,
)
from music2pose.generator import GeneratorConfig, Pose, PoseGenerator
from music2pose.layers import State
from music2pose.loss_weights import ChangeableWeights
from music2pose.losses import OBJECTIVES
from music2pose.move_encoder import Codes
from music2pose.perceptual import PictureFeatures, load_vgg19, perceptual_loss
from music2pose.pose import NUM_JOINTS
from music2pose.pose_maps import draw_pose_maps

WARM_UP_STEPS = 100
"""Over which the learning rates rise and the usual length of the gradient is found."""
REFINEMENT = {"beat": 2.5, "bone": 2.0}
"""How many times as much these terms count late in the training."""
PERCEPTUAL_STRIDE = 16
"""One frame in so many is looked at as a picture."""


@dataclass(frozen=True)
class LossWeights(ChangeableWeights):
    """How much each term counts for the generator."""

    adversarial: float = 1.0
    feature_matching: float = 1.0
    pose_map: float = 2.0
    perceptual: float = 0.1
    """Only where the weights of VGG19 can be had."""
    position: float = 1.0
    sketch: float = 1.0
    velocity: float = 2.0
    acceleration: float = 0.5
    confidence: float = 0.2
    bone: float = 1.0
    torso: float = 2.0
    limb_variation: float = 0.3
    foot_slide: float = 0.3
    beat: float = 10.0
    speed: float = 1.0
    spread: float = 1.0
    kl: float = 0.003


@dataclass(frozen=True)
class TrainConfig:
    num_steps: int = 7200
    sketch_share: float = 0.55
    """Share of the steps, short ones, that teach only codes and sketches: no dance is unrolled yet.
    The shares below are of the training after them."""
    batch_size: int = 16
    num_frames: int = 32
    """Frames unrolled before the gradient is cut: 2.56 s."""
    windows_per_run: int = 4
    """How many unrolls a stream dances on, keeping its memory, before it starts anew."""
    given_until: float = 0.2
    """Share of the training over which given poses give way to the generator's own."""
    free_from: float = 0.25
    """Share of the training after which half of the streams dance other dances' moves, judged by
    the critic."""
    refined_from: float = 0.6
    """Share of the training after which beats and bones count for more."""
    objective: str = "hinge"
    gradient_penalty: float = 1.0
    """Times the objective's usual one."""
    sketch_learning_rate: float = 1e-3
    g_learning_rate: float = 3e-4
    d_learning_rate: float = 2e-4
    schedule: str = "cosine"
    """``cosine``, or ``step``: x0.8 at every epoch."""
    steps_per_epoch: int = 200
    pose_noise: float = 0.012
    """Largest spread of the noise on the previous pose, as a share of the canvas."""
    blind_share: float = 0.15
    """Share of the frames whose previous pose is hidden: music, code and memory must do."""
    ema_decay: float = 0.998
    clip_norm: float = 1.0
    broken_factor: float = 20.0
    """A gradient so many times longer than usual is from a dance gone chaotic and says nothing."""
    patience: int = 5
    """After so many useless gradients in a row the generator goes back to its running mean."""
    seed: int = 0

    def __post_init__(self) -> None:
        if self.objective not in OBJECTIVES:
            raise MusicError(
                f"unknown objective {self.objective!r}; choose one of {', '.join(OBJECTIVES)}"
            )
        if self.schedule not in ("cosine", "step"):
            raise MusicError(f"unknown schedule {self.schedule!r}; choose cosine or step")
        least = {"num_steps": 1, "batch_size": 4, "num_frames": 8, "steps_per_epoch": 1, "seed": 0}
        for name, low in least.items():
            if getattr(self, name) < low:
                raise MusicError(f"{name} must be at least {low}, got {getattr(self, name)}")
        for name in ("g_learning_rate", "d_learning_rate"):
            if not 0 < getattr(self, name) < 1:
                raise MusicError(f"{name} must be between 0 and 1, got {getattr(self, name)}")

    @property
    def sketch_steps(self) -> int:
        return round(self.sketch_share * self.num_steps)

    def progress(self, step: int) -> float:
        """Return how much of the training after the sketches is done at ``step``, in [0, 1]."""
        return max(0, step - self.sketch_steps) / max(1, self.num_steps - self.sketch_steps)


class Carry(NamedTuple):
    """Where a stream of training stands between two windows."""

    pose: Pose
    memory: State

    def detached(self) -> "Carry":
        """Cut the gradient: the next window does not reach back into this one."""
        h, c = self.memory
        return Carry(Pose(*(part.detach() for part in self.pose)), (h.detach(), c.detach()))


class Sketch(NamedTuple):
    """What is guessed of a run before any dancing, and the codes that it is guessed from."""

    keypoints: Tensor  # (B, T, 18, 2)
    codes: Codes


class Rollout(NamedTuple):
    """A run as the generator danced it; shapes as in ``Batch``, frame 0 being the pose before."""

    keypoints: Tensor  # (B, T + 1, 18, 2)
    confidence: Tensor  # (B, T + 1, 18)
    sketch: "Sketch"
    carry: Carry


class Unroller(nn.Module):
    """The generator danced through a run of frames."""

    def __init__(self, generator: PoseGenerator) -> None:
        super().__init__()
        self.generator = generator

    def forward(
        self, batch: Batch, plan: "Plan", carry: Carry | None, dancing: bool = True
    ) -> Rollout | Sketch:
        """Dance through ``batch``, on from ``carry`` or from the given first pose, or sketch it."""
        codes = self.generator.move_encoder(
            batch.near_keypoints, batch.near_moves, batch.near_progress
        )
        danced_codes = exchanged(codes, codes.sample(plan.code_noise), plan)
        each_frame = batch.moves[..., None].expand(-1, -1, danced_codes.shape[-1])
        condition = self.generator.condition(
            batch.windows, batch.beats, danced_codes.gather(1, each_frame)
        )
        sketch = Sketch(self.generator.sketcher(condition), codes)
        if not dancing:
            return sketch

        given = Pose(batch.keypoints[:, 0], batch.confidence[:, 0])
        pose, memory = (given, None) if carry is None else carry
        danced = [pose]
        for frame in range(batch.moves.shape[1]):
            use_given = plan.given[:, frame, None]
            previous = Pose(
                torch.where(use_given[..., None], batch.keypoints[:, frame], pose.keypoints),
                torch.where(use_given, batch.confidence[:, frame], pose.confidence),
            )
            previous = disturb(previous, plan, frame)
            pose, memory = self.generator(previous, condition[:, frame], memory)
            danced.append(pose)
        assert memory is not None
        keypoints, confidence = (torch.stack(parts, 1) for parts in zip(*danced, strict=True))
        return Rollout(keypoints, confidence, sketch, Carry(pose, memory))


def exchanged(codes: Codes, drawn: Tensor, plan: "Plan") -> Tensor:
    """Give the free streams the codes of another stream's moves, one after the other.

    Its first and last move are not used, as they may be seen only in part.

    Shape:
        drawn, returns: (B, M, C)
    """
    whole_moves = (codes.valid.sum(1) - 2).clamp(min=1).long()[plan.donor]  # (B,)
    order = torch.arange(drawn.shape[1], device=drawn.device)
    taken = 1 + order % whole_moves[:, None]  # (B, M)
    others = drawn[plan.donor].gather(1, taken[..., None].expand_as(drawn))
    return torch.where(plan.free[:, None, None], others, drawn)


class Plan(NamedTuple):
    """All that is random about one unroll, drawn before it starts.

    Shape:
        given: (B, T) whether the real previous pose is shown instead of the generator's own
        free: (B,) whether a stream dances moves of another dance instead of its own
        donor: (B,) whose moves a free stream dances
        code_noise: (B, M, C)
        pose_noise: (B, T, 18, 2)
        placement: (B, T, 3), scale and shift of the previous pose
        hidden: (B, T, 18), joints missing from the previous pose
    """

    given: Tensor
    free: Tensor
    donor: Tensor
    code_noise: Tensor
    pose_noise: Tensor
    placement: Tensor
    hidden: Tensor


def draw_plan(
    batch: Batch, config: TrainConfig, noise_channels: int, step: int, rng: torch.Generator
) -> Plan:
    """Draw the plan of training step ``step``."""
    size, frames = batch.moves.shape
    num_moves = int(batch.near_moves.max()) + 1
    progress = config.progress(step)
    given_share = max(0.0, 1 - progress / config.given_until)
    free = torch.arange(size) < (size // 2 if progress >= config.free_from else 0)
    given = torch.rand(size, frames, generator=rng) < given_share
    amplitude = config.pose_noise * torch.rand(size, 1, 1, 1, generator=rng)
    cropped = torch.rand(size, frames, 1, generator=rng) < 0.05
    away = int(torch.randint(1, size, (1,), generator=rng))
    blind = torch.rand(size, frames, 1, generator=rng) < config.blind_share
    plan = Plan(
        given=given & ~free[:, None],
        free=free,
        donor=(torch.arange(size) + away) % size,
        code_noise=torch.randn(size, num_moves, noise_channels, generator=rng),
        pose_noise=amplitude * torch.randn(size, frames, NUM_JOINTS, 2, generator=rng),
        placement=0.03 * torch.randn(size, frames, 3, generator=rng) * cropped,
        hidden=(torch.rand(size, frames, NUM_JOINTS, generator=rng) < 0.01) | blind,
    )
    return Plan(*(part.to(batch.beats.device) for part in plan))


def disturb(pose: Pose, plan: Plan, frame: int) -> Pose:
    """Move, jitter and hide joints of the previous pose, so that errors of its own are no news."""
    scale, shift = plan.placement[:, frame, :1], plan.placement[:, frame, 1:]
    placed = (pose.keypoints - 0.5) * (1 + scale[..., None]) + 0.5 + shift[:, None]
    return Pose(placed + plan.pose_noise[:, frame], pose.confidence * ~plan.hidden[:, frame])


def augment_music(batch: Batch, rng: torch.Generator) -> Batch:
    """Disturb what is heard: noise, masked times and bands, and at times no music or no beats."""
    windows, beats = batch.windows.clone(), batch.beats.clone()
    size, _, mels, columns = windows.shape
    windows += 0.03 * torch.randn(windows.shape, generator=rng).to(windows)
    for index in range(size):
        band = int(torch.randint(mels - 8, (1,), generator=rng))
        column = int(torch.randint(columns - 4, (1,), generator=rng))
        chance = torch.rand(4, generator=rng)
        if chance[0] < 0.3:
            windows[index, :, band : band + 8] = 0
        if chance[1] < 0.3:
            windows[index, :, :, column : column + 4] = 0
        if chance[2] < 0.1:
            windows[index] = 0
        if chance[3] < 0.15:
            beats[index] = 0
    return batch._replace(windows=windows.clamp(0, 1), beats=beats)


@dataclass
class TrainState:
    """Everything a checkpoint needs to go on exactly where it stopped."""

    config: TrainConfig
    unroller: nn.Module  # an Unroller, perhaps wrapped for several devices
    discriminator: nn.Module
    g_optimizer: Optimizer
    d_optimizer: Optimizer
    ema: PoseGenerator
    """The running mean of the generator's weights; this is what is shipped."""
    accelerator: Accelerator
    step: int = 0
    skipped: int = 0
    """Updates left out because a loss or its gradient was not finite, or far too long."""
    skipped_in_a_row: int = 0
    usual_norm: float = math.inf
    """Running mean of the length of the generator's gradient."""
    carry: Carry | None = None
    weights: LossWeights = field(default_factory=LossWeights)
    picture_features: PictureFeatures | None = None
    """What the perceptual loss compares; None switches it off."""

    @property
    def generator(self) -> PoseGenerator:
        return self.accelerator.unwrap_model(self.unroller).generator

    def state_dict(self) -> dict[str, object]:
        """Return tensors and plain numbers only, so that it loads without unpickling code."""
        parts = {name: getattr(self, name) for name in self._modules()}
        parts["unroller"] = self.accelerator.unwrap_model(self.unroller)
        parts["discriminator"] = self.accelerator.unwrap_model(self.discriminator)
        carry = None if self.carry is None else [list(part) for part in self.carry]
        return {name: part.state_dict() for name, part in parts.items()} | {
            "step": self.step,
            "skipped": self.skipped,
            "skipped_in_a_row": self.skipped_in_a_row,
            "usual_norm": self.usual_norm,
            "carry": carry,
        }

    def load_state_dict(self, saved: dict) -> None:
        for name in self._modules():
            part = getattr(self, name)
            if isinstance(part, nn.Module):
                part = self.accelerator.unwrap_model(part)
            part.load_state_dict(saved[name])
        for name in ("step", "skipped", "skipped_in_a_row", "usual_norm"):
            setattr(self, name, saved[name])
        if saved["carry"] is not None:
            device = self.accelerator.device
            pose, memory = ([part.to(device) for part in parts] for parts in saved["carry"])
            self.carry = Carry(Pose(*pose), (memory[0], memory[1]))

    @staticmethod
    def _modules() -> tuple[str, ...]:
        return ("unroller", "discriminator", "g_optimizer", "d_optimizer", "ema")


def new_state(
    generator_config: GeneratorConfig,
    discriminator_config: DiscriminatorConfig,
    config: TrainConfig,
    weights: LossWeights,
    accelerator: Accelerator,
    trained: PoseGenerator | None = None,
) -> TrainState:
    """Return networks and their optimisers, the same for the same seed.

    Args:
        trained: a generator to go on from, which then decides the generator's size.
    """
    torch.manual_seed(config.seed)
    unroller = Unroller(PoseGenerator(generator_config) if trained is None else trained)
    unroller.train()
    discriminator = MultiScaleDiscriminator(discriminator_config)
    ema = copy.deepcopy(unroller.generator).requires_grad_(False).eval()
    betas = (0.5, 0.999)
    g_optimizer = torch.optim.Adam(unroller.parameters(), config.g_learning_rate, betas)
    d_optimizer = torch.optim.Adam(discriminator.parameters(), config.d_learning_rate, betas)
    prepared = accelerator.prepare(unroller, discriminator, g_optimizer, d_optimizer)
    return TrainState(
        config,
        *prepared,
        ema=ema.to(accelerator.device),
        accelerator=accelerator,
        weights=weights,
        picture_features=load_vgg19(accelerator.device) if weights.perceptual else None,
    )


def train(state: TrainState, sampler: RunSampler) -> Iterator[dict[str, float]]:
    """Train to the end of the schedule, yielding the losses after every step.

    The caller logs, saves, validates and stops.
    """
    while state.step < state.config.num_steps:
        batch = sampler.batch(state.step).to(state.accelerator.device)
        if sampler.starts_anew(state.step):
            state.carry = None
        yield train_step(state, batch)


def train_step(state: TrainState, batch: Batch) -> dict[str, float]:
    """Update the discriminator, then the generator, on one batch; return every loss by name."""
    config = state.config
    set_learning_rates(state)
    if state.step < config.sketch_steps:
        return sketch_step(state, batch)
    torch.manual_seed(config.seed + state.step)  # dropout
    rng = torch.Generator().manual_seed(config.seed + state.step)
    heard = augment_music(batch, rng)
    plan = draw_plan(heard, config, state.generator.config.noise_channels, state.step, rng)

    with state.accelerator.autocast():
        rollout = state.unroller(heard, plan, state.carry)
    report: dict[str, Tensor] = {}
    fake = rollout.keypoints[plan.free] if plan.free.any() else None
    if fake is not None and state.weights.adversarial > 0:
        d_loss = discriminator_loss(state, batch, plan, fake.detach())
        report["discriminator"] = d_loss
        update(state, d_loss, state.discriminator, state.d_optimizer)

    terms = generator_terms(state, batch, plan, rollout)
    g_loss = weighted_sum(terms, state)
    report |= {"generator": g_loss, **terms}
    warm = state.step >= config.sketch_steps + WARM_UP_STEPS
    limit = config.broken_factor * state.usual_norm if warm else math.inf
    norm = update(state, g_loss, state.unroller, state.g_optimizer, limit)
    if norm is not None:
        is_first = math.isinf(state.usual_norm)
        state.usual_norm = norm if is_first else 0.95 * state.usual_norm + 0.05 * norm
        update_ema(state.ema, state.generator, config.ema_decay, state.step)
        state.carry, state.skipped_in_a_row = rollout.carry.detached(), 0
    else:
        state.carry, state.skipped_in_a_row = None, state.skipped_in_a_row + 1
    if state.skipped_in_a_row == config.patience:
        state.generator.load_state_dict(state.ema.state_dict())
        state.skipped_in_a_row = 0
    state.step += 1
    return {name: loss.item() for name, loss in report.items()}


def sketch_step(state: TrainState, batch: Batch) -> dict[str, float]:
    """Teach the codes of moves and the sketches made of them; return every loss by name."""
    config = state.config
    rng = torch.Generator().manual_seed(config.seed + state.step)
    heard = augment_music(batch, rng)
    plan = draw_plan(heard, config, state.generator.config.noise_channels, state.step, rng)
    with state.accelerator.autocast():
        sketch = state.unroller(heard, plan, None, dancing=False)
    terms = sketch_terms(batch, sketch, plan)
    update(state, weighted_sum(terms, state), state.unroller, state.g_optimizer)
    update_ema(state.ema, state.generator, config.ema_decay, state.step)
    state.step += 1
    return {name: term.item() for name, term in terms.items()}


def sketch_terms(batch: Batch, sketch: Sketch, plan: Plan) -> dict[str, Tensor]:
    own = ~plan.free
    real, seen = batch.keypoints[own, 1:], batch.confidence[own, 1:]
    return {
        "sketch": losses.position_loss(sketch.keypoints[own], real, seen),
        "kl": losses.kl_loss(*sketch.codes),
    }


def discriminator_loss(state: TrainState, batch: Batch, plan: Plan, fake: Tensor) -> Tensor:
    """Tell real dances from generated ones, and from real ones danced to other music."""
    objective = OBJECTIVES[state.config.objective]
    music = music_of(batch)
    other_music = tuple(part.roll(1, 0) for part in music)
    real_outputs = state.discriminator(batch.keypoints, *music)
    fake_outputs = state.discriminator(fake, *(part[plan.free] for part in music))
    wrong_outputs = state.discriminator(batch.keypoints, *other_music)
    per_scale = [
        objective.discriminator(real.logits, fake.logits)
        + 0.5 * objective.discriminator(real.logits, wrong.logits)
        for real, fake, wrong in zip(real_outputs, fake_outputs, wrong_outputs, strict=True)
    ]
    penalty = gradient_penalty(state, batch, plan, fake)
    return torch.stack(per_scale).mean() + state.config.gradient_penalty * penalty


def gradient_penalty(state: TrainState, batch: Batch, plan: Plan, fake: Tensor) -> Tensor:
    """Hold the discriminator's slope: R1 at real dances, WGAN-GP between real and fake ones."""
    objective = OBJECTIVES[state.config.objective]
    judged = batch.keypoints[plan.free]
    if objective.penalty_norm > 0:
        judged = torch.lerp(judged, fake, torch.rand(len(fake), 1, 1, 1, device=fake.device))
    judged = judged.detach().requires_grad_()
    outputs = state.discriminator(judged, *(part[plan.free] for part in music_of(batch)))
    logits = [output.logits for output in outputs]
    penalty = losses.gradient_penalty(logits, judged, objective.penalty_norm)
    return objective.penalty_weight * penalty


def music_of(batch: Batch) -> tuple[Tensor, Tensor]:
    """Return the spectrogram and beats that the discriminator hears beside T + 1 poses."""
    centre = batch.windows.shape[-1] // 2
    spectrogram = F.pad(batch.windows[..., centre], (0, 0, 1, 0))
    return spectrogram, F.pad(batch.beats, (0, 0, 1, 0))


def generator_terms(
    state: TrainState, batch: Batch, plan: Plan, rollout: Rollout
) -> dict[str, Tensor]:
    """Return the generator's losses before weighting, each a scalar."""
    free, led = plan.free, ~plan.free
    fake, real = rollout.keypoints, batch.keypoints
    led_fake, led_real = fake[led], real[led]
    seen = batch.confidence[led]
    size = state.generator.config.map_size
    fake_maps = draw_pose_maps(led_fake[:, 1:], rollout.confidence[led][:, 1:], size)
    real_maps = draw_pose_maps(led_real[:, 1:], seen[:, 1:], size)
    terms = {
        "pose_map": losses.pose_map_loss(fake_maps, real_maps),
        "position": losses.position_loss(led_fake, led_real, seen),
        "velocity": losses.motion_loss(led_fake, led_real, seen, order=1),
        "acceleration": losses.motion_loss(led_fake, led_real, seen, order=2),
        "confidence": losses.confidence_loss(rollout.confidence[:, 1:], batch.confidence[:, 1:]),
        "bone": losses.bone_loss(led_fake, led_real),
        "foot_slide": losses.foot_slide_loss(led_fake, led_real),
        "beat": losses.beat_loss(fake, real, batch.beat_position),
        **sketch_terms(batch, rollout.sketch, plan),
    }
    if state.picture_features is not None:
        some = slice(state.step % PERCEPTUAL_STRIDE, None, PERCEPTUAL_STRIDE)
        terms["perceptual"] = perceptual_loss(
            state.picture_features,
            fake_maps[:, some].flatten(0, 1),
            real_maps[:, some].flatten(0, 1),
        )
    if free.any():
        terms["speed"] = losses.speed_loss(fake, real)
        terms["spread"] = losses.spread_loss(fake[free], real[free])
        terms["torso"] = losses.torso_loss(fake[free], real[free])
        terms["limb_variation"] = losses.limb_variation_loss(fake[free], real[free])
        if state.weights.adversarial > 0:
            terms |= adversarial_terms(state, batch, plan, fake[free])
    return terms


def weighted_sum(terms: dict[str, Tensor], state: TrainState) -> Tensor:
    weights = asdict(state.weights)
    if state.config.progress(state.step) >= state.config.refined_from:
        for name, factor in REFINEMENT.items():
            weights[name] *= factor
    return torch.stack([weights[name] * term for name, term in terms.items()]).sum()


def adversarial_terms(
    state: TrainState, batch: Batch, plan: Plan, fake: Tensor
) -> dict[str, Tensor]:
    objective = OBJECTIVES[state.config.objective]
    music = tuple(part[plan.free] for part in music_of(batch))
    with frozen(state.discriminator):
        fake_outputs: list[DiscriminatorOutput] = state.discriminator(fake, *music)
        real_outputs = state.discriminator(batch.keypoints[plan.free], *music)
    pairs = list(zip(real_outputs, fake_outputs, strict=True))
    adversarial = [objective.generator(output.logits) for output in fake_outputs]
    matching = [
        losses.feature_matching_loss(
            [features.mean((0, 2)) for features in real.feature_maps],
            [features.mean((0, 2)) for features in fake.feature_maps],
        )
        for real, fake in pairs
    ]
    return {
        "adversarial": torch.stack(adversarial).mean(),
        "feature_matching": torch.stack(matching).mean(),
    }


def update(
    state: TrainState,
    loss: Tensor,
    module: nn.Module,
    optimizer: Optimizer,
    limit: float = math.inf,
) -> float | None:
    """Take one step down ``loss`` and return the length of its gradient.

    Leave out and count a step whose gradient is not finite or above ``limit``, and return None. A
    recurrent dance can turn chaotic: its gradient explodes, and even a clipped step along it
    would only do harm.
    """
    optimizer.zero_grad(set_to_none=True)
    if torch.isfinite(loss):
        state.accelerator.backward(loss)
        norm = state.accelerator.clip_grad_norm_(module.parameters(), state.config.clip_norm)
        length = float("nan") if norm is None else float(norm)
        if math.isfinite(length) and length <= limit:
            optimizer.step()
            return length
    state.skipped += 1
    return None


def set_learning_rates(state: TrainState) -> None:
    """Set both learning rates from the step alone, so that a resumed run has the same ones."""
    config = state.config
    sketching = state.step < config.sketch_steps
    factor = learning_rate_factor(config, state.step)
    g_rate = config.sketch_learning_rate if sketching else config.g_learning_rate
    pairs = ((state.g_optimizer, g_rate), (state.d_optimizer, config.d_learning_rate))
    for optimizer, rate in pairs:
        for group in optimizer.param_groups:
            group["lr"] = rate * factor


def learning_rate_factor(config: TrainConfig, step: int) -> float:
    """Return what the learning rates are multiplied by at ``step``."""
    if step < config.sketch_steps:
        return 1 - 0.9 * step / config.sketch_steps
    progress, step = config.progress(step), step - config.sketch_steps
    warm_up = min(1.0, (step + 1) / WARM_UP_STEPS)
    if config.schedule == "step":
        return warm_up * 0.8 ** (step // config.steps_per_epoch)
    return warm_up * (0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * progress)))


@torch.no_grad()
def update_ema(ema: nn.Module, module: nn.Module, decay: float, step: int) -> None:
    """Move the running mean of the weights; young means follow faster."""
    decay = min(decay, (1 + step) / (10 + step))
    for mean, value in zip(ema.parameters(), module.parameters(), strict=True):
        mean.lerp_(value, 1 - decay)


@contextmanager
def frozen(module: nn.Module) -> Iterator[None]:
    """Let gradients through ``module`` without collecting any on its parameters."""
    module.requires_grad_(False)
    try:
        yield
    finally:
        module.requires_grad_(True)
