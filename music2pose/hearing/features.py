"""Turn a song into numbers, 25 rows a second: spectrum, onsets, loudness, place in beat and bar."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import expit

from music2pose.hearing.audio import SAMPLE_RATE, Sound
from music2pose.hearing.bars import BEATS_PER_BAR
from music2pose.hearing.beat_network import HEARD_FPS
from music2pose.hearing.beats import BeatGrid, listen_for_beats, track_beats
from music2pose.hearing.given_beats import BeatMarks, marked_grid
from music2pose.hearing.onsets import Onsets, onset_plans, onset_strength, onsets_from
from music2pose.hearing.spectrum import (
    MelPlan,
    mel_filters,
    mel_spectrograms,
    reference_power,
)

FEATURE_FPS = 25
"""Feature frames per second: one hop is exactly 960 samples."""
NUM_MELS = 64
MEL_RANGE_DB = 80.0
LOUDNESS_RANGE_DB = 60.0
"""What lies further below the song's reference is 0, silence."""

_MEL_HOP = SAMPLE_RATE // FEATURE_FPS
_MEL_N_FFT = 2048
_ROWS_AT_ONCE = 1024
"""So many rows are put on a decibel scale together, to save memory."""


class _Listened(NamedTuple):
    """What a song sounds like.

    Shape:
        power: (T, 64) of the mel bands at ``FEATURE_FPS``
        beats: (N, 2) logits at ``HEARD_FPS``, see ``listen_for_beats``
    """

    power: np.ndarray
    onsets: Onsets
    beats: np.ndarray


@dataclass(frozen=True)
class SongFeatures:
    """``FEATURE_FPS`` rows per second; row k is centred on k / ``FEATURE_FPS``.

    Shape:
        mel: (T, 64) float32, log-mel in [0, 1]: 0 is 80 dB below the song's own loudness reference
        onset: (T,) float32 in [0, 1], how much starts to sound now
        loudness: (T,) float32 in [0, 1], 0 is silence
        activation: (T, 2) float32 in [0, 1], how likely, by the sound, a beat, a bar starts now
        beat_phase: (T,) float32 in [0, 1), 0 on a beat
        bar_phase: (T,) float32 in [0, 1), 0 on a downbeat
    """

    mel: np.ndarray
    onset: np.ndarray
    loudness: np.ndarray
    activation: np.ndarray
    beat_phase: np.ndarray
    bar_phase: np.ndarray
    grid: BeatGrid
    seconds: float
    """Exact length of the song."""

    def __len__(self) -> int:
        return len(self.mel)


def extract_features(
    sound: Sound,
    bpm: float | None = None,
    first_beat: float | None = None,
    marks: BeatMarks | None = None,
) -> SongFeatures:
    """Return what the dancer hears of a song, its beats found by listening or given.

    Args:
        sound: the song; it is listened to once.
        bpm: beats per minute; an exactly even grid replaces the tracked beats.
        first_beat: seconds at which a beat falls and a bar begins.
        marks: beats from elsewhere, which are taken instead.

    Raises:
        MusicError: ``bpm`` or ``first_beat`` is impossible.
    """
    listened = _listened(sound)
    if marks is not None:
        grid = marked_grid(marks, listened.beats, sound.seconds)
    else:
        grid = track_beats(listened.beats, sound.seconds, bpm, first_beat)
    return _features(sound, listened, grid)


def features_from_grid(sound: Sound, grid: BeatGrid) -> SongFeatures:
    """Return what the dancer hears of a song whose beats are known."""
    return _features(sound, _listened(sound), grid)


def _listened(sound: Sound) -> _Listened:
    """Hear a song in one go."""
    num_frames = max(1, round(sound.seconds * FEATURE_FPS))
    filters = mel_filters(SAMPLE_RATE, _MEL_N_FFT, NUM_MELS)
    mel_plan = MelPlan(num_frames, _MEL_HOP, _MEL_N_FFT, filters)
    plans = (*onset_plans(sound.seconds), mel_plan)
    *for_onsets, power = mel_spectrograms(sound.blocks(), plans)
    onsets = onsets_from(*for_onsets)
    return _Listened(power, onsets, listen_for_beats(onsets))


def _features(sound: Sound, listened: _Listened, grid: BeatGrid) -> SongFeatures:
    power = listened.power
    total = power.sum(axis=1)
    frame_times = np.arange(len(power)) / FEATURE_FPS
    return SongFeatures(
        mel=relative_level(power, reference_power(power.max(axis=1)), MEL_RANGE_DB),
        onset=onset_strength(listened.onsets, len(power), FEATURE_FPS),
        loudness=relative_level(total, reference_power(total), LOUDNESS_RANGE_DB),
        activation=activation_of(listened.beats, len(power)),
        beat_phase=beat_phase(grid, frame_times),
        bar_phase=bar_phase(grid, frame_times),
        grid=grid,
        seconds=sound.seconds,
    )


def activation_of(logits: np.ndarray, num_frames: int) -> np.ndarray:
    """Return how likely a beat, a bar starts in each feature frame: the likeliest moment counts.

    Shape:
        logits: (N, 2) at ``HEARD_FPS``, none of a silent song
        returns: (T, 2) float32
    """
    each = HEARD_FPS // FEATURE_FPS
    heard = np.full((num_frames * each, 2), -np.inf)
    heard[: len(logits)] = logits[: len(heard)]
    return expit(heard.reshape(num_frames, each, 2).max(axis=1)).astype(np.float32)


def relative_level(power: np.ndarray, reference: float, range_db: float) -> np.ndarray:
    """Return power on a decibel scale: 1 is the reference, 0 is ``range_db`` below it or less.

    Shape:
        power: (T, ...), not negative
        returns: the same shape, float32 in [0, 1]

    >>> relative_level(np.array([0.0, 1e-4, 1.0, 9.0]), reference=1.0, range_db=80.0).tolist()
    [0.0, 0.5, 1.0, 1.0]
    """
    floor = 10 ** (-range_db / 10)
    level = np.empty(power.shape, np.float32)
    for rows in range(0, len(power), _ROWS_AT_ONCE):
        part = slice(rows, rows + _ROWS_AT_ONCE)
        decibels = 10 * np.log10(np.maximum(power[part] / reference, floor))
        level[part] = np.clip(1 + decibels / range_db, 0, 1)
    return level


def beat_phase(grid: BeatGrid, times: np.ndarray) -> np.ndarray:
    """Return where each time falls between two beats, from 0 (on the beat) up to 1.

    Shape:
        times: (T,) seconds
        returns: (T,) float32 in [0, 1)

    >>> beats = BeatGrid(np.array([1.0, 2.0, 3.0]), np.array([2.0]), bpm=60.0, confidence=1.0)
    >>> beat_phase(beats, np.array([0.5, 1.0, 2.25, 9.75])).tolist()
    [0.5, 0.0, 0.25, 0.75]
    """
    return _wrapped(position_among(grid.beat_times, times))


def bar_phase(grid: BeatGrid, times: np.ndarray) -> np.ndarray:
    """Return where each time falls between two downbeats, every beat of a bar counting the same.

    A song with fewer than two downbeats has bars of four beats.

    Shape:
        times: (T,) seconds
        returns: (T,) float32 in [0, 1)

    >>> beats = BeatGrid(np.arange(9.0), np.array([0.0, 3.0, 6.0]), bpm=60.0, confidence=1.0)
    >>> bar_phase(beats, np.array([0.0, 1.5, 3.0, 7.5])).tolist()
    [0.0, 0.5, 0.0, 0.5]
    """
    downbeats = np.round(position_among(grid.beat_times, grid.downbeat_times))
    if len(downbeats) < 2:
        first = downbeats[0] if len(downbeats) else 0.0
        downbeats = np.array([first, first + BEATS_PER_BAR])
    return _wrapped(position_among(downbeats, position_among(grid.beat_times, times)))


def position_among(marks: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Return at which mark each time lies, counted from 0, with fractions between two marks.

    Before the first and after the last mark the nearest interval goes on.

    Shape:
        marks: (N,) increasing, at least two
        times: (T,)
        returns: (T,) float64

    >>> position_among(np.array([1.0, 2.0, 4.0]), np.array([0.0, 1.5, 3.0, 6.0])).tolist()
    [-1.0, 0.5, 1.5, 3.0]
    """
    interval = np.searchsorted(marks, times, side="right") - 1
    interval = interval.clip(0, len(marks) - 2)
    return interval + (times - marks[interval]) / np.diff(marks)[interval]


def _wrapped(position: np.ndarray) -> np.ndarray:
    """Return the fraction of each position; what rounds up to 1 is 0."""
    fraction = (position % 1.0).astype(np.float32)
    fraction[fraction >= 1] = 0
    return fraction
