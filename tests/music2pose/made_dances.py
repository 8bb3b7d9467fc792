"""Small dances and trainings made on the spot."""

import numpy as np
from accelerate import Accelerator

from music2pose.data.choreography import build_library, choreograph
from music2pose.data.dataset import Dance, RunSampler
from music2pose.data.pairs import song
from music2pose.discriminator import DiscriminatorConfig
from music2pose.generator import PRESETS
from music2pose.motion.motion import Motion
from music2pose.moves.perform import perform_move
from music2pose.train import LossWeights, TrainConfig, TrainState, new_state

TINY = TrainConfig(
    num_steps=40, sketch_share=0.0, batch_size=4, num_frames=8, windows_per_run=2, given_until=0.3,
    free_from=0.5,
)  # fmt: skip
CRITIC = DiscriminatorConfig(width=8, num_layers=2, num_scales=2)


def moves() -> list[Motion]:
    rng = np.random.default_rng(0)
    return [perform_move(name, beats=16, rng=rng) for name in ("two_step", "lasso", "twist")]


def made_dances(count: int = 3, seconds: float = 8.0) -> list[Dance]:
    library = build_library(moves())
    return [
        choreograph(f"dance_{seed}", song(seed, seconds), library, np.random.default_rng(seed))
        for seed in range(count)
    ]


def tiny_state(config: TrainConfig = TINY, weights: LossWeights | None = None) -> TrainState:
    accelerator = Accelerator(cpu=True, mixed_precision="no")
    weights = weights or LossWeights(perceptual=0.0)
    return new_state(PRESETS["tiny"], CRITIC, config, weights, accelerator)


def tiny_sampler(dances: list[Dance], config: TrainConfig = TINY) -> RunSampler:
    return RunSampler(
        dances, config.batch_size, config.num_frames, config.windows_per_run, config.seed
    )
