"""Small dances and trainings made on the spot, and dances whose every number tells its frame."""

from functools import cache

import numpy as np
from accelerate import Accelerator

from music2pose.conditioning import NUM_ACTIVATIONS, NUM_BEAT_CHANNELS, Conditioning
from music2pose.data.choreography import build_library, choreograph
from music2pose.data.dataset import Dance, RunSampler
from music2pose.data.pairs import song
from music2pose.discriminator import MotionDiscriminatorConfig
from music2pose.generator import POSE_PRESETS
from music2pose.hearing.audio import SAMPLE_RATE, Waveform
from music2pose.hearing.features import FEATURE_FPS, NUM_MELS
from music2pose.listener import NUM_MANNERS
from music2pose.motion.motion import Motion
from music2pose.moves.perform import perform_move
from music2pose.pose import NUM_JOINTS, PoseSequence
from music2pose.train import DancerState, new_state
from music2pose.train_settings import DancerLossWeights, DancerTraining

TINY = DancerTraining(
    num_steps=40, prior_share=0.0, batch_size=4, num_frames=8, windows_per_run=2,
    teacher_forcing_until=0.3, swapped_codes_from=0.5,
)  # fmt: skip
DISCRIMINATOR = MotionDiscriminatorConfig(width=8, num_layers=2, num_scales=2)


@cache
def moves() -> list[Motion]:
    rng = np.random.default_rng(0)
    return [perform_move(name, beats=16, rng=rng) for name in ("two_step", "lasso", "twist")]


@cache
def made_dances(count: int = 3, seconds: float = 8.0) -> list[Dance]:
    library = build_library(moves())
    return [
        choreograph(f"dance_{seed}", song(seed, seconds), library, np.random.default_rng(seed))
        for seed in range(count)
    ]


def tiny_state(
    config: DancerTraining = TINY, weights: DancerLossWeights | None = None
) -> DancerState:
    accelerator = Accelerator(cpu=True, mixed_precision="no")
    weights = weights or DancerLossWeights(perceptual=0.0)
    return new_state(POSE_PRESETS["tiny"], DISCRIMINATOR, config, weights, accelerator)


def tiny_sampler(dances: list[Dance], config: DancerTraining = TINY) -> RunSampler:
    return RunSampler(
        dances, config.batch_size, config.num_frames, config.windows_per_run, config.seed
    )


COUNTED_MOVE = 16
"""Frames that a move of a counting dance lasts; it has two beats."""
COUNTED_SECTION = 64
COUNT_UNIT = 1 / 1024
"""Of the canvas; what a counting dance moves in a frame. Exact in every float, half ones too."""
PLAIN_LOWER = 0.25
"""So much lower on the canvas is the plain dance of a counting one."""


def counting_dance(num_frames: int = 400, name: str = "counting") -> Dance:
    """A dance and its music that both say at every frame k which frame it is.

    All joints are at ``k * COUNT_UNIT`` from the left, joint j at height j / 32; spectrogram,
    activation, beats, energy and manner hold ``k * COUNT_UNIT`` everywhere; a move lasts 16 frames,
    a section 64.
    """
    count = np.arange(num_frames)
    value = (count * COUNT_UNIT).astype(np.float32)
    heights = np.tile(np.arange(NUM_JOINTS, dtype=np.float32) / 32, (num_frames, 1))
    sideways = np.tile(value[:, None], (1, NUM_JOINTS))
    keypoints = np.stack([sideways, heights], axis=-1)
    plain = np.stack([sideways, heights + np.float32(PLAIN_LOWER)], axis=-1)
    music = Conditioning(
        spectrogram=np.tile(value[:, None], (1, NUM_MELS)),
        activation=np.tile(value[:, None], (1, NUM_ACTIVATIONS)),
        beats=np.tile(value[:, None], (1, NUM_BEAT_CHANNELS)),
        energy=value,
        position=2 * count / COUNTED_MOVE,
        moves=count // COUNTED_MOVE,
        progress=(count % COUNTED_MOVE / COUNTED_MOVE).astype(np.float32),
        sections=count // COUNTED_SECTION,
        kinds=count // COUNTED_SECTION % 2,
    )
    seen = np.ones(keypoints.shape[:2], np.float32)
    poses, plain = (PoseSequence(each, seen.copy(), FEATURE_FPS) for each in (keypoints, plain))
    families = np.array([f"move_{k}" for k in music.moves])
    return Dance(name, poses, music, plain, families, np.tile(value[:, None], (1, NUM_MANNERS)))


def click_track(times: np.ndarray, seconds: float) -> Waveform:
    """A song that is silent but for bursts of noise of 15 ms that start at ``times``."""
    rng = np.random.default_rng(0)
    burst = (0.5 * rng.uniform(-1, 1, round(0.015 * SAMPLE_RATE))).astype(np.float32)
    samples = np.zeros(round(seconds * SAMPLE_RATE) + len(burst), np.float32)
    for start in np.round(np.asarray(times) * SAMPLE_RATE).astype(int):
        samples[start : start + len(burst)] = burst
    return Waveform(samples[: round(seconds * SAMPLE_RATE)])
