"""Train the lifting network on bodies whose directions are known."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.optim import Optimizer

from music2pose.lifting.data import LifterBatch
from music2pose.lifting.network import LifterConfig, LiftingNetwork
from music2pose.lifting.train_settings import LifterLossWeights, LifterTraining
from music2pose.training import (
    Losses,
    TrainState,
    learning_rate_factor,
    set_learning_rate,
    update,
    update_ema,
    weighted_sum,
    with_mean,
)


@dataclass(kw_only=True)
class LifterState(TrainState):
    """The training of the lifter."""

    config: LifterTraining
    weights: LifterLossWeights
    ema: LiftingNetwork
    network: nn.Module  # a LiftingNetwork, perhaps wrapped for several devices
    optimizer: Optimizer

    PARTS = ("network", "optimizer", "ema")


def new_state(
    network_config: LifterConfig,
    config: LifterTraining,
    weights: LifterLossWeights,
    accelerator: Accelerator,
    trained: LiftingNetwork | None = None,
) -> LifterState:
    """Return a network and its optimiser, the same for the same seed.

    Args:
        trained: a lifting network to go on from, of the same size.
    """
    torch.manual_seed(config.seed)
    network, ema = with_mean(LiftingNetwork(network_config), trained)
    optimizer = torch.optim.AdamW(
        network.parameters(), config.learning_rate, weight_decay=config.weight_decay
    )
    network, optimizer = accelerator.prepare(network, optimizer)
    return LifterState(
        config=config,
        weights=weights,
        accelerator=accelerator,
        ema=ema.to(accelerator.device),
        network=network,
        optimizer=optimizer,
    )


def train_step(state: LifterState, batch: LifterBatch) -> Losses:
    """Take one step on one batch; return every loss by name."""
    config = state.config
    factor = learning_rate_factor(config, state.step, config.num_steps, state.plateau.factor)
    set_learning_rate(state.optimizer, config.learning_rate * factor)
    state.network.train()
    with state.accelerator.autocast():
        found = state.network(batch.inputs)
    terms = direction_terms(found.float(), batch)
    loss = weighted_sum(terms, asdict(state.weights))
    if update(state, loss, state.network, state.optimizer) is not None:
        update_ema(state, state.unwrapped("network"))
    state.step += 1
    return {name: term.item() for name, term in {"loss": loss, **terms}.items()}


def direction_terms(found: Tensor, batch: LifterBatch) -> dict[str, Tensor]:
    """Return how far directions are from the true ones, each a mean over what is real.

    ``direction`` is the chord between unit vectors, near the angle in radians; ``certainty`` the
    squared distance of the vectors as they are, so that an unsure one becomes short, its mean over
    all that may be true; ``change`` the chord between the steps from frame to frame.

    Shape:
        found: (B, T, 17, 3)
    """
    made = nn.functional.normalize(found, dim=-1, eps=1e-6)
    real = batch.real.float()[..., None]
    both = real[:, 1:] * real[:, :-1]
    steps = made.diff(dim=1) - batch.directions.diff(dim=1)
    return {
        "direction": _mean(_length(made - batch.directions), real),
        "certainty": _mean((found - batch.directions).square().sum(-1), real),
        "change": _mean(_length(steps), both),
    }


def _length(vectors: Tensor) -> Tensor:
    return (vectors.square().sum(-1) + 1e-6).sqrt()


def _mean(values: Tensor, weight: Tensor) -> Tensor:
    weight = weight.expand_as(values)
    return (values * weight).sum() / weight.sum().clamp(min=1)


@torch.no_grad()
def judge(network: LiftingNetwork, batches: Sequence[LifterBatch]) -> dict[str, float]:
    """Return mean and 95th percentile, in degrees, of the angles by which bones are wrong.

    The world's up is judged by itself.
    """
    angles = []
    for batch in batches:
        made = nn.functional.normalize(network(batch.inputs), dim=-1, eps=1e-6)
        cosine = (made * batch.directions).sum(-1)[batch.real].clamp(-1, 1)
        angles.append(cosine.arccos().rad2deg())
    every = torch.cat(angles).cpu().numpy()
    bones = every[:, :-1]
    mean = float(bones.mean())
    return {
        "mean_angle": mean,
        "angle_95": float(np.percentile(bones, 95)),
        "up_angle": float(every[:, -1].mean()),
        "score": -mean,
    }
