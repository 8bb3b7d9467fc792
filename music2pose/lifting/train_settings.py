"""What can be set for the training of the lifter; light, as the command line reads it."""

import math
from dataclasses import dataclass

from music2pose.settings import option
from music2pose.train_settings import LEARNING_RATES, LossWeights, TrainingSettings


@dataclass(frozen=True)
class LifterLossWeights(LossWeights):
    """How much each term counts."""

    direction: float = 1.0
    certainty: float = 0.5
    change: float = 1.0


@dataclass(frozen=True, kw_only=True)
class LifterTraining(TrainingSettings):
    """How the lifter is trained."""

    num_steps: int = option(12_000, "updates in all", within=(1, math.inf), flag="--steps")
    batch_size: int = option(16, "windows in one update", within=(1, math.inf))
    steps_per_epoch: int = option(
        500, "updates between validations", within=(1, math.inf), flag="--epoch-steps"
    )
    learning_rate: float = option(1e-3, "at its highest", within=LEARNING_RATES)
    schedule: str = option("cosine", "how the learning rate falls", choices=("cosine",))
    weight_decay: float = 0.02
    num_frames: int = 96
    """Of a window, 3.84 s."""
    written_share: float = option(
        0.35, "of the windows, those of written moves beside recorded takes", within=(0, 1)
    )
    mixed_arms: float = 0.25
    """Share of the windows whose arms are those of another."""
    tumbled: float = 0.05
    """Share of the windows whose body is turned any way, head down or lying."""
    drifting: float = 0.15
    """Share of the windows whose body also crosses the floor."""
    any_camera: float = 0.2
    """Share of the windows filmed from any side instead of from ahead."""
    faulty: float = 0.5
    """Share of the windows whose keypoints are as bad as those found in pictures."""
