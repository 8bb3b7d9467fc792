"""Turn onsets into beats: the tempo of a song, where its beats fall and which ones start a bar."""

from dataclasses import dataclass

import numpy as np

from music2pose.onsets import Onsets

BEATS_PER_BAR = 4
DEFAULT_BPM = 100.0
"""The tempo of a song in which no beat can be heard."""


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


def even_grid(
    seconds: float, bpm: float, first_downbeat: float = 0.0, confidence: float = 0.0
) -> BeatGrid:
    """Return evenly spaced beats through a whole song, in bars of four.

    >>> even_grid(seconds=3.0, bpm=60.0, first_downbeat=1.0).beat_times.tolist()
    [0.0, 1.0, 2.0, 3.0]
    """
    period = 60 / bpm
    first = int(np.ceil(-first_downbeat / period - 1e-6))
    last = max(int(np.floor((seconds - first_downbeat) / period + 1e-6)), first + 1)
    index = np.arange(first, last + 1)
    beat_times = np.maximum(first_downbeat + index * period, 0.0)
    return BeatGrid(beat_times, beat_times[index % BEATS_PER_BAR == 0], bpm, confidence)


def track_beats(
    onsets: Onsets, seconds: float, bpm: float | None = None, first_beat: float | None = None
) -> BeatGrid:
    """Return where the beats of a song are."""
    return even_grid(seconds, bpm or DEFAULT_BPM, first_beat or 0.0)
