"""Songs of clicks whose beats are known, and somebody who sways as no model would."""

from collections.abc import Iterable

import numpy as np

from music2pose.pose import PoseSequence

SONG_SECONDS = 1.5
STANDING = np.array([
    (0.50, 0.20), (0.50, 0.28), (0.44, 0.28), (0.41, 0.38), (0.40, 0.48), (0.56, 0.28),
    (0.59, 0.38), (0.60, 0.48), (0.46, 0.50), (0.46, 0.66), (0.46, 0.82), (0.54, 0.50),
    (0.54, 0.66), (0.54, 0.82), (0.49, 0.18), (0.51, 0.18), (0.47, 0.19), (0.53, 0.19),
], dtype=np.float32)  # fmt: skip
"""Somebody who stands in the middle of a square canvas, (18, 2)."""


def clicks_at(times: Iterable[float], seconds: float, sample_rate: int = 24_000) -> np.ndarray:
    """Return silence with a short click at each of ``times`` (seconds)."""
    decay = np.arange(round(0.1 * sample_rate)) / sample_rate
    click = 0.5 * np.exp(-decay * 60) * np.sin(2 * np.pi * 900 * decay)
    samples = np.zeros(round(seconds * sample_rate), np.float32)
    for time in times:
        part = samples[round(time * sample_rate) :][: len(click)]
        part += click[: len(part)]
    return samples


def clicks(seconds: float, sample_rate: int = 24_000) -> np.ndarray:
    """Return two short clicks a second, the first at 0."""
    times = np.arange(round(seconds * sample_rate)) / sample_rate % 0.5
    return (0.5 * np.exp(-times * 60) * np.sin(2 * np.pi * 900 * times)).astype(np.float32)


def swaying(num_frames: int, fps: float, seed: int = 0, aspect: float = 1.0) -> PoseSequence:
    """Return somebody who sways once a second; the seed shifts the sway."""
    keypoints = np.repeat(STANDING[None], num_frames, axis=0)
    keypoints[:, :, 0] += 0.05 * np.sin(2 * np.pi * np.arange(num_frames) / fps + seed)[:, None]
    keypoints[:, :, 0] += (aspect - 1) / 2
    return PoseSequence(keypoints, np.ones((num_frames, 18), np.float32), fps, aspect)
