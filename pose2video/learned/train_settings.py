"""What can be set for the training of a picture network; light, as the command line reads it."""

import math
from dataclasses import dataclass
from typing import ClassVar

from music2pose.settings import option
from music2pose.train_settings import (
    LEARNING_RATES,
    OBJECTIVE_NAMES,
    LossWeights,
    TrainingSettings,
)
from pose2video import RenderError


@dataclass(frozen=True)
class RendererLossWeights(LossWeights):
    """How much each term counts for the generator."""

    error = RenderError

    reconstruction: float = 20.0
    structure: float = 2.0
    perceptual: float = 4.0
    """By VGG19 or the pose estimator, where one of them can be had."""
    adversarial: float = 1.0
    feature_matching: float = 4.0
    pose: float = 0.1
    """Does the pose estimator, where there is one, find the pose that was asked for?"""
    kl: float = 0.01
    cover: float = 0.05
    """Keeps a network from being too sure of the empty stage to learn otherwise."""


@dataclass(frozen=True, kw_only=True)
class RendererTraining(TrainingSettings):
    """How a picture network is trained: by comparison, then against a discriminator as well."""

    error: ClassVar = RenderError

    num_steps: int = option(8000, "updates in all", within=(1, math.inf), flag="--steps")
    batch_size: int = option(4, "frames painted in one update", within=(1, math.inf))
    accumulation: int = option(
        1, "parts that a batch is cut into, for small memories", within=(1, math.inf)
    )
    objective: str = option("hinge", "of the discriminator", choices=OBJECTIVE_NAMES)
    schedule: str = option(
        "linear",
        "linear: learning rates fall to nothing over the second half; plateau: they halve when "
        "validation gets no better",
        choices=("linear", "plateau", "constant"),
    )
    g_learning_rate: float = option(
        2e-3, "of the generator, at its highest", within=LEARNING_RATES, flag="--learning-rate"
    )
    d_learning_rate: float = option(
        1e-3, "of the discriminator, at its highest",
        within=LEARNING_RATES, flag="--critic-learning-rate",
    )  # fmt: skip
    g_every: int = option(
        1, "steps from one update of the generator to the next",
        within=(1, math.inf), flag="--generator-every",
    )  # fmt: skip
    d_every: int = option(
        1, "steps from one update of the discriminator to the next",
        within=(1, math.inf), flag="--critic-every",
    )  # fmt: skip
    adversarial_from: float = option(
        0.4, "share of the training after which the discriminator joins in",
        within=(0, 1), flag="--critic-from",
    )  # fmt: skip
    gradient_penalty: float | None = option(
        None, "on the discriminator, times the objective's usual one",
        within=(0, math.inf), none="1 for wgan and bce, else 0",
    )  # fmt: skip
    squared: bool = option(False, "reconstruct by MSE instead of L1")
    mirror: bool = option(False, "learn from mirror images too")
    placement: float = option(
        0.0, "largest shift and change of scale, as a share of the picture", within=(0, 0.3)
    )
    person_weight: float = 4.0
    """How much more the person counts than the stage."""
    detail_weight: float = 8.0
    """How much face and hands count beyond that."""
    own_from: float = 0.1
    """Share of the training after which the network is given frames of its own as the ones before
    (scheduled sampling)."""
    clip_norm: float = 10.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.batch_size % self.accumulation:
            raise RenderError(
                f"a batch of {self.batch_size} cannot be cut into {self.accumulation} equal parts"
            )

    @property
    def penalty_times(self) -> float:
        """How many times its usual weight the gradient penalty has."""
        if self.gradient_penalty is not None:
            return self.gradient_penalty
        return 1.0 if self.objective in ("wgan", "bce") else 0.0
