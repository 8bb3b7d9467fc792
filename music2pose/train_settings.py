"""What can be set for trainings, and for the dancer's; light, as the command line reads it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import ClassVar, Self

from music2pose import MusicError
from music2pose.settings import Settings, option

OBJECTIVE_NAMES = ("hinge", "bce", "lsgan", "wgan")
"""The keys of ``music2pose.losses.OBJECTIVES``, which needs torch."""
LEARNING_RATES = (1e-12, 1.0)


@dataclass(frozen=True, kw_only=True)
class TrainingSettings(Settings):
    """What every training has; the defaults are its own."""

    num_steps: int = option(10_000, "updates in all", within=(1, math.inf), flag="--steps")
    batch_size: int = option(16, "examples in one update", within=(1, math.inf))
    steps_per_epoch: int = option(
        250, "updates between validations", within=(1, math.inf), flag="--epoch-steps"
    )
    schedule: str = option("constant", "how the learning rates change", choices=("constant",))
    ema_decay: float = 0.998
    """Of the running mean of the weights, which is what is shipped, at every step."""
    clip_norm: float = 1.0
    """Longer gradients are shortened to this length."""
    seed: int = option(0, "the same seed trains the same network", within=(0, 2**31 - 1))

    final_rate: ClassVar[float] = 0.0
    """What a cosine schedule brings the learning rates down to, as a share of the highest."""


@dataclass(frozen=True)
class LossWeights:
    """Base of the dataclasses whose fields are loss terms, and how much each counts."""

    error: ClassVar[type[ValueError]] = MusicError

    @classmethod
    def changed(cls, weights: Mapping[str, float]) -> Self:
        """Return the usual weights with some of them changed.

        Raises:
            ``error``: there is no such term, or its weight is negative or not finite.
        """
        names = [item.name for item in fields(cls)]
        for name, value in weights.items():
            if name not in names:
                raise cls.error(f"no loss term {name!r}; choose from {', '.join(names)}")
            if not 0 <= value < math.inf:
                raise cls.error(f"the weight of {name} must be 0 or more, got {value}")
        return cls(**weights)


@dataclass(frozen=True)
class DancerLossWeights(LossWeights):
    """How much each term counts for the pose generator."""

    adversarial: float = 1.0
    feature_matching: float = 1.0
    pose_map: float = 2.0
    perceptual: float = 0.1
    """Only where the weights of VGG19 can be had."""
    position: float = 1.0
    pose_prior: float = 1.0
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
    kl: float = 0.001
    recall: float = 2.0
    pulse: float = 1.0
    manner: float = 5.0


@dataclass(frozen=True, kw_only=True)
class DancerTraining(TrainingSettings):
    """How the pose generator is trained: listener, codes and pose prior, then unrolled dances."""

    num_steps: int = option(9600, "updates in all", within=(1, math.inf), flag="--steps")
    batch_size: int = option(16, "streams trained side by side", within=(4, math.inf))
    steps_per_epoch: int = option(
        200, "updates between validations", within=(1, math.inf), flag="--epoch-steps"
    )
    objective: str = option("hinge", "of the discriminator", choices=OBJECTIVE_NAMES)
    schedule: str = option(
        "cosine", "how the learning rates fall; step: x0.8 an epoch", choices=("cosine", "step")
    )
    g_learning_rate: float = option(
        3e-4, "of the generator, at its highest", within=LEARNING_RATES, flag="--learning-rate"
    )
    d_learning_rate: float = option(
        2e-4, "of the discriminator, at its highest",
        within=LEARNING_RATES, flag="--critic-learning-rate",
    )  # fmt: skip
    prior_share: float = 0.875
    """Share of the steps, short ones at the start, that train only listener, move encoder and pose
    prior: no dance is unrolled yet. The shares below are of the training after them, but for
    ``swapped_codes_from``, which is of each of the two."""
    prior_learning_rate: float = 2e-3
    num_frames: int = 32
    """Frames unrolled before the gradient is cut: 2.56 s."""
    windows_per_run: int = 4
    """How many unrolls a stream dances on, keeping the ConvLSTM's state, before it starts anew."""
    teacher_forcing_until: float = 0.2
    """Share of the training over which scheduled sampling replaces the true previous poses (teacher
    forcing, probability 1 at the start) by the generator's own (probability 0 from then on)."""
    swapped_codes_from: float = 0.25
    """Share after which half of the streams dance with the codes of other dances; once they are
    unrolled, the discriminator judges these."""
    refined_from: float = 0.6
    """Share of the training after which beats and bones count for more."""
    gradient_penalty: float = 1.0
    """Times the objective's usual one."""
    pose_noise: float = 0.012
    """Largest standard deviation of the noise on the previous pose, as a share of the canvas."""
    hidden_share: float = 0.15
    """Share of the frames whose previous pose is hidden: music, codes and the ConvLSTM's state must
    be enough."""
    max_norm_factor: float = 20.0
    """A gradient so many times longer than usual comes from a chaotic unroll and is left out."""
    patience: int = 5
    """After so many updates left out in a row the generator goes back to its running mean."""

    final_rate: ClassVar[float] = 0.05

    @property
    def prior_steps(self) -> int:
        """Steps that train only listener, move encoder and pose prior."""
        return round(self.prior_share * self.num_steps)

    def progress(self, step: int) -> float:
        """Return how much of its part of the training, that of the prior or the rest, is done at
        ``step``, in [0, 1]."""
        if step < self.prior_steps:
            return step / self.prior_steps
        return (step - self.prior_steps) / max(1, self.num_steps - self.prior_steps)
