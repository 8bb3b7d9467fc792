"""What the trainers share: a state that goes on exactly, checked updates, running means.

A trainer is a module with ``new_state``, which makes its ``TrainState``, and with
``train_step(state, batch)``, which takes one step and returns every loss by name; ``train`` calls
it. The trainers are ``music2pose.train`` (the dancer), ``pose2video.learned.train`` (renderers),
``pose2video.nadsnet.train`` (the pose estimator) and ``music2pose.lifting.train`` (the lifter). The
first two, which are GANs, have ``discriminator_loss``, ``generator_terms`` and
``set_learning_rates`` as well, all of their state.
"""

import copy
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Protocol, Self, TypeVar

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.optim import Optimizer

from music2pose.train_settings import LossWeights, TrainingSettings

WARM_UP_STEPS = 100
"""Over which the learning rates rise."""
STEP_DECAY = 0.8
"""What a ``step`` schedule multiplies the learning rates by at every epoch."""
PLATEAU_PATIENCE = 3
"""Validations without a better one that a ``plateau`` schedule bears."""
PLATEAU_DECAY = 0.5
"""What it multiplies the learning rates by at the next one."""
GAN_BETAS = (0.5, 0.999)
"""Of Adam, usual for GANs since DCGAN (Radford et al. 2016)."""

Losses = dict[str, float]


class Movable(Protocol):
    """Tensors of a batch, which can be brought to a device."""

    def to(self, device: torch.device, /) -> Self: ...


StateT = TypeVar("StateT", bound="TrainState")
NetworkT = TypeVar("NetworkT", bound=nn.Module)
BatchT = TypeVar("BatchT", bound=Movable)
DrawnT = TypeVar("DrawnT", bound=Movable, covariant=True)


class BatchSampler(Protocol[DrawnT]):
    """Draws the batch of a step; the same for the same step, so that a resumed run sees it too."""

    def batch(self, step: int) -> DrawnT: ...


@dataclass
class Plateau:
    """Lowers the learning rates when the validation score, which should rise, does not."""

    factor: float = 1.0
    best: float = -math.inf
    stale: int = 0

    def update(self, score: float) -> None:
        self.stale = 0 if score > self.best else self.stale + 1
        self.best = max(self.best, score)
        if self.stale > PLATEAU_PATIENCE:
            self.factor, self.stale = self.factor * PLATEAU_DECAY, 0


@dataclass(kw_only=True)
class TrainState:
    """Everything a checkpoint needs to go on exactly where it stopped.

    Each trainer adds its networks and optimisers, perhaps wrapped for several devices.
    """

    config: TrainingSettings
    weights: LossWeights
    accelerator: Accelerator
    ema: nn.Module
    """The network with the running mean of its weights; this is what is shipped."""
    step: int = 0
    skipped: int = 0
    """Updates left out because a loss or its gradient was not finite, or far too long."""
    plateau: Plateau = field(default_factory=Plateau)

    PARTS: ClassVar[tuple[str, ...]] = ("ema",)
    """Networks and optimisers that a checkpoint holds."""
    NUMBERS: ClassVar[tuple[str, ...]] = ("step", "skipped")
    """Counters that it holds beside them."""

    @property
    def learning_rate(self) -> float:
        """The current one of what is shipped, whose optimiser stands before others in ``PARTS``."""
        optimizers = (getattr(self, name) for name in self.PARTS if name.endswith("optimizer"))
        return next(optimizers).param_groups[0]["lr"]

    def unwrapped(self, name: str) -> Any:
        """Return a network or optimiser as it was before it was prepared for its devices."""
        part = getattr(self, name)
        return self.accelerator.unwrap_model(part) if isinstance(part, nn.Module) else part

    def state_dict(self) -> dict[str, Any]:
        """Return tensors and plain numbers only, so that it loads without unpickling code."""
        parts = {name: self.unwrapped(name).state_dict() for name in self.PARTS}
        numbers = {name: getattr(self, name) for name in self.NUMBERS}
        return parts | numbers | {"plateau": asdict(self.plateau)}

    def load_state_dict(self, saved: Mapping[str, Any]) -> None:
        for name in self.PARTS:
            self.unwrapped(name).load_state_dict(saved[name])
        for name in self.NUMBERS:
            setattr(self, name, saved[name])
        self.plateau = Plateau(**saved["plateau"])


def with_mean(network: NetworkT, trained: NetworkT | None = None) -> tuple[NetworkT, NetworkT]:
    """Return a network and the running mean of its weights, both as ``trained`` if it is given."""
    if trained is not None:
        network.load_state_dict(trained.state_dict())
    return network, copy.deepcopy(network).requires_grad_(False).eval()


def train(
    state: StateT, sampler: BatchSampler[BatchT], train_step: Callable[[StateT, BatchT], Losses]
) -> Iterator[Losses]:
    """Train to the end of the schedule, yielding the losses after every step.

    The caller logs, saves, validates and stops.
    """
    while state.step < state.config.num_steps:
        yield train_step(state, sampler.batch(state.step).to(state.accelerator.device))


def learning_rate_factor(
    config: TrainingSettings, step: int, num_steps: int, plateau: float = 1.0
) -> float:
    """Return what the learning rates are multiplied by at ``step`` of ``num_steps``.

    It depends on the step, and on what ``plateau`` has come to, alone: so a resumed run has the
    same rates.

    >>> learning_rate_factor(TrainingSettings(), 49, 1000)  # half of the warm-up
    0.5
    """
    progress = step / num_steps
    factors = {
        "constant": 1.0,
        "plateau": plateau,
        "linear": min(1.0, 2 * (1 - progress)),  # falls to nothing over the second half
        "cosine": config.final_rate
        + (1 - config.final_rate) * 0.5 * (1 + math.cos(math.pi * progress)),
        "step": STEP_DECAY ** (step // config.steps_per_epoch),
    }
    return min(1.0, (step + 1) / WARM_UP_STEPS) * factors[config.schedule]


def set_learning_rate(optimizer: Optimizer, rate: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = rate


def weighted_sum(terms: Mapping[str, Tensor], weights: Mapping[str, float]) -> Tensor:
    """Return the loss: every term, a scalar, times its weight."""
    return torch.stack([weights[name] * term for name, term in terms.items()]).sum()


def update(
    state: TrainState,
    loss: Tensor,
    network: nn.Module,
    optimizer: Optimizer,
    max_norm: float = math.inf,
) -> float | None:
    """Take one step down ``loss``; what is returned, and left out, is as in ``take_step``.

    A loss that is not finite is left out as well.
    """
    optimizer.zero_grad(set_to_none=True)
    if not torch.isfinite(loss):
        state.skipped += 1
        return None
    state.accelerator.backward(loss)
    return take_step(state, network, optimizer, max_norm)


def take_step(
    state: TrainState, network: nn.Module, optimizer: Optimizer, max_norm: float = math.inf
) -> float | None:
    """Take one step down the gradients collected, clipped, and return how long they were.

    Leave out and count a step whose gradient is not finite or longer than ``max_norm``, and return
    None: clipped to the usual length it would still lead anywhere.
    """
    norm = state.accelerator.clip_grad_norm_(network.parameters(), state.config.clip_norm)
    length = math.nan if norm is None else float(norm)
    if not math.isfinite(length) or length > max_norm:
        state.skipped += 1
        return None
    optimizer.step()
    return length


@torch.no_grad()
def update_ema(state: TrainState, network: nn.Module) -> None:
    """Move the running mean of the weights; young means follow faster. Buffers are copied.

    diffusers' ``EMAModel`` has the same warm-up, but copies at the first step, keeps bare
    parameters that must be copied into a network before each validation, and knows no buffers;
    ``torch.optim.swa_utils`` has no warm-up.
    """
    decay = min(state.config.ema_decay, (1 + state.step) / (10 + state.step))
    for mean, value in zip(state.ema.parameters(), network.parameters(), strict=True):
        mean.lerp_(value, 1 - decay)
    for kept, value in zip(state.ema.buffers(), network.buffers(), strict=True):
        kept.copy_(value)


@contextmanager
def frozen(network: nn.Module) -> Iterator[None]:
    """Let gradients through ``network`` without collecting any on its parameters."""
    network.requires_grad_(False)
    try:
        yield
    finally:
        network.requires_grad_(True)
