"""Turn what sounds into beats: the tempo of a song, where its beats fall and which start a bar."""

import math
from dataclasses import dataclass

import numpy as np

from music2pose import MusicError
from music2pose.hearing.bars import BEATS_PER_BAR, bars_continued, find_bars, usual_metre
from music2pose.hearing.beat_network import HEARD_FPS, BeatNetwork, hear_beats, load_beat_network
from music2pose.hearing.onsets import Onsets
from music2pose.hearing.pulse import (
    beat_gain,
    even_reading,
    gains_at,
    highest_near,
    read_pulse,
    smoothed,
)

DEFAULT_BPM = 100.0
"""The tempo of silence, and of what is too short to tell."""
BPM_LIMITS = (20.0, 400.0)

_CONTRASTS = (0.2, 0.55)
"""How much likelier beats are than places between them where nothing, where all is certain."""
_EARLY_SECONDS = 0.05
"""Many songs start on a beat; one that is heard this much before the start is at the start."""


@dataclass(frozen=True)
class BeatGrid:
    """Where the beats of a song are.

    Shape:
        beat_times: (N,) increasing seconds, at least two; they cover the whole song, so a song
            with no audible beat gets an even grid and confidence near 0
        downbeat_times: (M,) the subset of ``beat_times`` that starts a bar
    """

    beat_times: np.ndarray
    downbeat_times: np.ndarray
    bpm: float
    """Median tempo in beats per minute."""
    confidence: float
    """From 0 (a guess) to 1 (certain)."""


def even_grid(
    seconds: float,
    bpm: float,
    first_downbeat: float = 0.0,
    confidence: float = 0.0,
    beats_per_bar: int = BEATS_PER_BAR,
) -> BeatGrid:
    """Return evenly spaced beats through a whole song.

    >>> even_grid(seconds=3.0, bpm=60.0, first_downbeat=1.0).beat_times.tolist()
    [0.0, 1.0, 2.0, 3.0]
    """
    period = 60 / bpm
    first = int(np.ceil(-first_downbeat / period - 1e-6))
    last = max(int(np.floor((seconds - first_downbeat) / period + 1e-6)), first + 1)
    index = np.arange(first, last + 1)
    beat_times = np.maximum(first_downbeat + index * period, 0.0)
    return BeatGrid(beat_times, beat_times[index % beats_per_bar == 0], bpm, confidence)


def track_beats(
    heard: np.ndarray,
    seconds: float,
    bpm: float | None = None,
    first_beat: float | None = None,
) -> BeatGrid:
    """Return where the beats of a song are.

    Args:
        heard: what was heard in it, from ``listen_for_beats``.
        seconds: its length.
        bpm: its tempo, where known: the grid is then exactly even.
        first_beat: a time at which a bar starts, where known.

    Raises:
        MusicError: ``bpm`` or ``first_beat`` is impossible.
    """
    _check_hints(seconds, bpm, first_beat)
    beats = _audible_beats(heard[:, 0], bpm)
    if len(beats) < 2:
        return even_grid(seconds, bpm or DEFAULT_BPM, first_beat or 0.0)
    starts_bar, beat_times = _bars_at(heard, beats), beats / HEARD_FPS
    if first_beat is not None:
        beat_times, starts_bar = _begun_at(first_beat, beat_times, starts_bar)
    is_heard = bpm is None and first_beat is None
    covered, index = covering(beat_times, seconds, _EARLY_SECONDS if is_heard else 0.0)
    tempo = bpm or 60 / float(np.median(np.diff(beat_times)))
    starts_bar = bars_continued(starts_bar, index)
    return BeatGrid(covered, covered[starts_bar], tempo, confidence_of(heard[:, 0], beats))


def _begun_at(
    first_beat: float, beat_times: np.ndarray, starts_bar: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return beats (B,), moved so that one falls on ``first_beat``, and bars that begin with it."""
    metre = usual_metre(np.flatnonzero(starts_bar))
    nearest = int(np.abs(beat_times - first_beat).argmin())
    moved = beat_times + (first_beat - beat_times[nearest])
    return moved, (np.arange(len(moved)) - nearest) % metre == 0


def heard_bars(heard: np.ndarray, beat_times: np.ndarray) -> np.ndarray:
    """Return which of some beats start a bar, from what was heard (T, 2).

    Shape:
        beat_times: (B,) seconds
        returns: (B,) bool
    """
    return _bars_at(heard, beat_times * HEARD_FPS)


def listen_for_beats(onsets: Onsets, network: BeatNetwork | None = None) -> np.ndarray:
    """Return the logits (T, 2), at ``HEARD_FPS``, that beats, that bars start; none (0, 2) of a
    song that is silent.

    Args:
        network: what listens; the one that ships if not given.
    """
    if not onsets.bands.any():
        return np.empty((0, 2))
    return hear_beats(network or load_beat_network(), onsets)


def _audible_beats(logits: np.ndarray, bpm: float | None) -> np.ndarray:
    """Return the beats (B,) in frames, exactly even if the tempo is given or if none is heard.

    Shape:
        logits: (T,)
    """
    if not len(logits):
        return np.empty(0)
    gain = beat_gain(logits)
    if bpm is not None:
        return even_reading(gain, [60 * HEARD_FPS / bpm], nearby=0.0).beats
    reading = read_pulse(gain)
    if reading.gain <= 0:
        return even_reading(gain, [60 * HEARD_FPS / DEFAULT_BPM], nearby=0.0).beats
    return reading.beats if reading.is_even else smoothed(reading.beats)


def _bars_at(heard: np.ndarray, beats: np.ndarray) -> np.ndarray:
    """Return which beats (B,), in frames, start a bar."""
    return find_bars(highest_near(heard[:, 1], beats))


def confidence_of(logits: np.ndarray, beats: np.ndarray) -> float:
    """Return from 0 to 1 how clearly beats are heard where they are and not half-way between.

    Shape:
        logits: (T,)
        beats: (B,) frames
    """
    likely = 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
    on_beats = highest_near(likely, beats)
    between = gains_at(likely, (beats[1:] + beats[:-1]) / 2)
    contrast = float(on_beats.mean() - between.mean())
    unclear, clear = _CONTRASTS
    return min(max((contrast - unclear) / (clear - unclear), 0.0), 1.0)


def _check_hints(seconds: float, bpm: float | None, first_beat: float | None) -> None:
    low, high = BPM_LIMITS
    if bpm is not None and not low <= bpm <= high:
        raise MusicError(f"bpm {bpm:g} is not a tempo; give {low:g} to {high:g} beats per minute")
    if first_beat is not None and not 0 <= first_beat <= seconds:
        raise MusicError(
            f"first beat {first_beat:g} s is not in the song; give 0 to {seconds:g} seconds"
        )


def covering(beat_times: np.ndarray, seconds: float, early: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the beats within the song, continued evenly to both ends, and their old indices.

    A beat up to ``early`` seconds before the start is taken to be at the start.
    """
    before = beat_times[1] - beat_times[0]
    after = beat_times[-1] - beat_times[-2]
    num_before = max(math.floor((beat_times[0] + early + 1e-6) / before), 0)
    num_after = max(math.floor((seconds - beat_times[-1]) / after + 1e-6), 0)
    times = np.concatenate(
        [
            beat_times[0] - before * np.arange(num_before, 0, -1),
            beat_times,
            beat_times[-1] + after * np.arange(1, num_after + 1),
        ]
    )
    index = np.arange(len(times)) - num_before
    inside = (times >= -early - 1e-6) & (times <= seconds)
    if np.count_nonzero(inside) < 2:
        inside = np.arange(len(times)) >= len(times) - 2
    return np.maximum(times[inside], 0.0), index[inside]
