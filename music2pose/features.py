"""Turn a song into what the dancer hears: one row of numbers per pose frame."""

from dataclasses import dataclass

import numpy as np

SAMPLE_RATE = 24_000
"""Every song is resampled to this before it is analysed."""
FEATURE_FPS = 25
"""Feature frames per second: one hop is exactly 960 samples."""
NUM_MELS = 64


@dataclass(frozen=True)
class BeatGrid:
    """Where the beats of a song are.

    Shape:
        beat_times: (N,) increasing seconds, at least two; they cover the whole song, so a song
            with no audible beat gets an even grid at the prior tempo and confidence near 0
        downbeat_times: (M,) the subset of ``beat_times`` that starts a bar
    """

    beat_times: np.ndarray
    downbeat_times: np.ndarray
    bpm: float
    """Median tempo in beats per minute."""
    confidence: float
    """From 0 (a guess) to 1 (certain)."""


@dataclass(frozen=True)
class SongFeatures:
    """One row per pose frame, ``FEATURE_FPS`` rows per second; row k is centred on k / fps.

    Shape:
        mel: (T, 64) float32, log-mel in [0, 1]: 0 is 80 dB below the song's own loudness reference
        onset: (T,) float32 in [0, 1], how much starts to sound now
        loudness: (T,) float32 in [0, 1], 0 is silence
        beat_phase: (T,) float32 in [0, 1), 0 on a beat
        bar_phase: (T,) float32 in [0, 1), 0 on a downbeat
    """

    mel: np.ndarray
    onset: np.ndarray
    loudness: np.ndarray
    beat_phase: np.ndarray
    bar_phase: np.ndarray
    grid: BeatGrid
    seconds: float
    """Exact length of the song."""

    def __len__(self) -> int:
        return len(self.mel)
