"""What the networks are told about the music, cut from a song's features."""

from typing import NamedTuple

import numpy as np

from music2pose.beats import BeatGrid
from music2pose.features import FEATURE_FPS, SongFeatures, position_among

FASTEST_DANCE_BPM = 150.0
"""Above this a dancer moves on every second beat."""
REFERENCE_BPM = 110.0
SPECTROGRAM_COLUMNS = 32
"""Feature frames that one pose sees, centred on it: 1.28 s."""
NUM_BEAT_CHANNELS = 8
BEATS_PER_MOVE = 2
"""A new noise code every two danced beats."""


class Conditioning(NamedTuple):
    """What is heard at each feature frame of a song.

    Shape:
        spectrogram: (T, 64) log-mel in [0, 1]
        beats: (T, 8), see ``beat_channels``
        phase: (T,) in [0, 1), 0 on a beat that is danced
        moves: (T,) which move, of two danced beats, a frame belongs to; never negative
    """

    spectrogram: np.ndarray
    beats: np.ndarray
    phase: np.ndarray
    moves: np.ndarray


def condition_on(features: SongFeatures) -> Conditioning:
    """Gather what the networks are told about a song."""
    times = np.arange(len(features)) / FEATURE_FPS
    position = position_among(danced_beats(features.grid), times)
    moves = np.floor(position / BEATS_PER_MOVE).astype(np.int64)
    phase = (position % 1).astype(np.float32)
    return Conditioning(features.mel, beat_channels(features, phase), phase, moves - moves.min())


def danced_beats(grid: BeatGrid) -> np.ndarray:
    """Return the beats a dancer marks: all of them, or every second one of a fast song.

    Every second beat is counted from the downbeats, so that as many of them as possible are kept.
    """
    if grid.bpm <= FASTEST_DANCE_BPM:
        return grid.beat_times
    halves = [grid.beat_times[parity::2] for parity in (0, 1)]
    downbeats_kept = [np.isin(half, grid.downbeat_times).sum() for half in halves]
    return halves[int(downbeats_kept[1] > downbeats_kept[0])]


def beat_channels(features: SongFeatures, phase: np.ndarray) -> np.ndarray:
    """Stack what is known of the rhythm.

    Shape:
        phase: (T,) of the danced beats
        returns: (T, 8) float32: sine and cosine of the beat and of the bar, onset strength,
            loudness, tempo in octaves from 110 BPM, confidence of the tempo
    """
    beat, bar = 2 * np.pi * phase, 2 * np.pi * features.bar_phase
    tempo = np.full(len(features), np.log2(features.grid.bpm / REFERENCE_BPM))
    confidence = np.full(len(features), features.grid.confidence)
    columns = (
        np.sin(beat), np.cos(beat), np.sin(bar), np.cos(bar),
        features.onset, features.loudness, tempo, confidence,
    )  # fmt: skip
    return np.stack(columns, axis=1).astype(np.float32)


def spectrogram_windows(spectrogram: np.ndarray, frames: np.ndarray) -> np.ndarray:
    """Cut the second of spectrogram around each of ``frames``; silence lies beyond both ends.

    Shape:
        spectrogram: (T, 64)
        frames: (N,) feature frame numbers
        returns: (N, 64, 32)
    """
    half = SPECTROGRAM_COLUMNS // 2
    padded = np.pad(spectrogram, ((half, half), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, SPECTROGRAM_COLUMNS, axis=0)
    return windows[frames]
