"""Dances and songs of which it is known what a camera should make of them."""

from functools import cache

import numpy as np

from benchmarks.cameras import Balls, surface
from music2pose.hearing.beats import even_grid
from music2pose.hearing.features import FEATURE_FPS, NUM_MELS, SongFeatures
from music2pose.motion.motion import Motion
from music2pose.moves.perform import perform_move

BAR_SECONDS = 2.0


def song_of(levels: list[float]) -> SongFeatures:
    """Return a song of 120 BPM, each bar as loud as given, in 6 dB steps: 1 is the loudest."""
    frames = round(BAR_SECONDS * FEATURE_FPS)
    loudness = np.repeat(np.array(levels, np.float32), frames)
    times = np.arange(len(loudness)) / FEATURE_FPS
    mel = np.outer(loudness, np.linspace(1, 0.5, NUM_MELS)).astype(np.float32)
    seconds = len(levels) * BAR_SECONDS
    phase = (times / 0.5 % 1).astype(np.float32), (times / BAR_SECONDS % 1).astype(np.float32)
    flat, nothing = np.full(len(times), 0.2, np.float32), np.zeros((len(times), 2), np.float32)
    grid = even_grid(seconds, 120)
    return SongFeatures(mel, flat, loudness, nothing, *phase, grid, seconds)


BUILDS_UP = [0.82] * 4 + [0.72] * 4 + [0.95] * 8
"""A verse, a build of four bars from second 8 on, and a drop at second 16."""


def moved(joints: np.ndarray, fps: float) -> Motion:
    return Motion(joints.astype(np.float32), fps, "made", "made")


@cache
def dance(kind: str, fps: float = 12.5) -> Motion:
    """Return 32 seconds of a dance."""
    names = ("grapevine", "star_jump", "lunge_clap", "running_man")
    parts = [perform_move(name, 16, 120.0, fps).joints for name in names]
    joints = np.concatenate(parts).astype(float)
    times = np.arange(len(joints))[:, None] / fps
    if kind == "travelling":
        joints[..., 0] += 2 * np.sin(0.7 * times)
        joints[..., 2] += np.sin(0.5 * times)
    if kind == "on the floor":
        share = np.clip(np.linspace(-1, 3, len(joints)), 0, 1)[:, None]
        c, s = np.cos(1.5 * share), np.sin(1.5 * share)
        x, y = joints[..., 0].copy(), joints[..., 1].copy()
        joints[..., 0], joints[..., 1] = c * x + s * y, c * y - s * x
        joints[..., 1] -= np.minimum(joints[..., 1].min(axis=1, keepdims=True) - 0.1, 0)
    if kind == "standing":
        joints[:] = joints[:1]
    return moved(joints, fps)


@cache
def surface_of(kind: str) -> Balls:
    return surface(dance(kind))
