"""Dancers built so that what they do is known: they sway, stretch, tremble and stand."""

import numpy as np

from music2pose.pose import JOINT, JOINTS, PoseSequence

TORSO = 0.25
STANDING = np.array(
    [
        (0.50, 0.22), (0.50, 0.30),
        (0.44, 0.30), (0.42, 0.42), (0.41, 0.53),
        (0.56, 0.30), (0.58, 0.42), (0.59, 0.53),
        (0.46, 0.55), (0.455, 0.755), (0.45, 0.96),
        (0.54, 0.55), (0.545, 0.755), (0.55, 0.96),
        (0.49, 0.205), (0.51, 0.205), (0.475, 0.215), (0.525, 0.215),
    ]
)  # fmt: skip
"""Somebody who faces the viewer, arms down; the torso is a quarter of the canvas high."""


def sequence(keypoints: np.ndarray, fps: float = 25.0) -> PoseSequence:
    confidence = np.ones(keypoints.shape[:2], np.float32)
    return PoseSequence(keypoints.astype(np.float32), confidence, fps)


def times(seconds: float, fps: float) -> np.ndarray:
    return np.arange(round(seconds * fps)) / fps


def standing(seconds: float = 20.0, fps: float = 25.0) -> np.ndarray:
    return np.tile(STANDING, (round(seconds * fps), 1, 1))


def swaying(
    turns: np.ndarray, seconds: float, fps: float = 25.0, amount: float = 0.05
) -> PoseSequence:
    """A body that sways from side to side, at rest exactly at each of the ``turns`` (seconds)."""
    turns = np.concatenate([[turns[0] - 0.5], turns, [turns[-1] + 0.5]])
    sway = np.cos(np.pi * np.interp(times(seconds, fps), turns, np.arange(len(turns))))
    keypoints = standing(seconds, fps)
    keypoints[..., 0] += amount * sway[:, None]
    return sequence(keypoints, fps)


def drifting_beats(seconds: float, bpm: float = 110.0, drift: float = 0.06) -> np.ndarray:
    """Beats of a tempo that swings by ``drift`` around ``bpm`` once in 17 seconds."""
    beats = [0.3]
    while beats[-1] < seconds:
        tempo = bpm * (1 + drift * np.sin(2 * np.pi * beats[-1] / 17))
        beats.append(beats[-1] + 60 / tempo)
    return np.array(beats[:-1])


def random_turns(seconds: float, rng: np.random.Generator, mean: float = 0.55) -> np.ndarray:
    """Moments that have nothing to do with any music, at least 0.25 s apart."""
    return np.cumsum(0.25 + rng.exponential(mean - 0.25, round(seconds / mean) + 5))


def improvised(
    seconds: float, rng: np.random.Generator, fps: float = 25.0, amount: float = 0.05
) -> PoseSequence:
    """A body whose joints all swing on their own, each with its own rates between 0.3 and 1.5 Hz.

    The motion is a function of time alone, so another ``fps`` shows the same dance.
    """
    rates = rng.uniform(0.3, 1.5, (3, len(JOINTS), 2))
    phases = rng.uniform(0, 2 * np.pi, rates.shape)
    heights = amount * rng.uniform(0.3, 1.0, rates.shape) / 3
    angle = 2 * np.pi * rates[..., None] * times(seconds, fps) + phases[..., None]
    swings = (heights[..., None] * np.sin(angle)).sum(axis=0)
    return sequence(STANDING + np.moveaxis(swings, -1, 0), fps)


def joint(name: str) -> int:
    return JOINT[name]
