"""What the networks are told about the music, cut from a song's features."""

from typing import NamedTuple

import numpy as np

from music2pose.hearing.beats import BeatGrid
from music2pose.hearing.features import FEATURE_FPS, SongFeatures, position_among

FASTEST_DANCE_BPM = 150.0
"""Above this a dancer moves on every second beat."""
REFERENCE_BPM = 110.0
"""The tempo that is told to the networks as 0 octaves."""
SPECTROGRAM_COLUMNS = 32
"""Feature frames that one pose sees, centred on it: 1.28 s."""
NUM_BEAT_CHANNELS = 10
BEATS_PER_MOVE = 2
"""A new noise code every two danced beats."""


class Conditioning(NamedTuple):
    """What is heard at each feature frame of a song.

    Shape:
        spectrogram: (T, 64) log-mel in [0, 1]
        beats: (T, 10), see ``beat_channels``
        moves: (T,) which move, of two danced beats, a frame belongs to; never negative
        progress: (T,) in [0, 1), how far through its move a frame is
    """

    spectrogram: np.ndarray
    beats: np.ndarray
    moves: np.ndarray
    progress: np.ndarray

    @property
    def beat_position(self) -> np.ndarray:
        """How many danced beats have passed, (T,); a whole number on a beat."""
        return BEATS_PER_MOVE * (self.moves + self.progress.astype(np.float64))


def condition_on(features: SongFeatures) -> Conditioning:
    """Gather what the networks are told about a song."""
    times = np.arange(len(features)) / FEATURE_FPS
    position = position_among(danced_beats(features.grid), times) / BEATS_PER_MOVE
    moves = np.floor(position).astype(np.int64)
    progress = (position - moves).astype(np.float32)
    beats = beat_channels(features, progress)
    return Conditioning(features.mel, beats, moves - moves.min(), progress)


def danced_beats(grid: BeatGrid) -> np.ndarray:
    """Return the beats a dancer marks: all of them, or every second one of a fast song.

    Every second beat is counted from the downbeats, so that as many of them as possible are kept.

    Shape:
        returns: (N,) increasing seconds
    """
    if grid.bpm <= FASTEST_DANCE_BPM:
        return grid.beat_times
    halves = [grid.beat_times[parity::2] for parity in (0, 1)]
    downbeats_kept = [np.isin(half, grid.downbeat_times).sum() for half in halves]
    return halves[int(downbeats_kept[1] > downbeats_kept[0])]


def beat_channels(features: SongFeatures, progress: np.ndarray) -> np.ndarray:
    """Stack what is known of the rhythm.

    Shape:
        progress: (T,) through the moves
        returns: (T, 10) float32: sine and cosine of the beat, of the bar and of the move, onset
            strength, loudness, tempo in octaves from 110 BPM, confidence of the tempo
    """
    move, bar = 2 * np.pi * progress, 2 * np.pi * features.bar_phase
    beat = BEATS_PER_MOVE * move
    tempo = np.full(len(features), np.log2(features.grid.bpm / REFERENCE_BPM))
    confidence = np.full(len(features), features.grid.confidence)
    columns = (
        np.sin(beat), np.cos(beat), np.sin(bar), np.cos(bar), np.sin(move), np.cos(move),
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
    first, last = int(frames.min()) - half, int(frames.max()) + half
    around = spectrogram[max(first, 0) : last]
    padded = np.pad(around, ((max(-first, 0), max(last - len(spectrogram), 0)), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, SPECTROGRAM_COLUMNS, axis=0)
    return windows[frames - first - half]
