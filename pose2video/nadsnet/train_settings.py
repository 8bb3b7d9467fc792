"""What can be set for the training of the pose estimator; light, as the command line reads it."""

import math
from dataclasses import dataclass
from typing import ClassVar

from music2pose.settings import option
from music2pose.train_settings import LEARNING_RATES, LossWeights, TrainingSettings
from pose2video import RenderError

ARM_CHANGES = ("slight", "high")
"""The keys of ``limb_poses.ARM_ANGLES``, which needs torch."""


@dataclass(frozen=True)
class EstimatorLossWeights(LossWeights):
    """How much each kind of map counts."""

    error = RenderError

    heatmap: float = 1.0
    affinity: float = 0.5
    mask: float = 0.2


@dataclass(frozen=True, kw_only=True)
class EstimatorTraining(TrainingSettings):
    """How the pose estimator is trained."""

    error: ClassVar = RenderError

    batch_size: int = option(16, "pictures in one update", within=(2, math.inf))
    learning_rate: float = option(1e-3, "at its highest", within=LEARNING_RATES)
    schedule: str = option(
        "plateau",
        "plateau: the learning rate halves when validation gets no better; cosine: it falls to "
        "nothing",
        choices=("plateau", "cosine"),
    )
    weight_decay: float = 0.02
    figures: float = option(
        0.25, "share of drawn figures in a batch, where there are other pictures", within=(0, 1)
    )
    empty: float = option(0.08, "share of pictures without anybody in a batch", within=(0, 1))
    num_figures: int = 4000
    limb_poses: str | None = option(
        None, "half of each batch is drawn by --generator with other arms", choices=ARM_CHANGES
    )
