"""Where the drums of a song stop for a bar or more: found in sound, or known of what is played."""

from typing import NamedTuple

import librosa
import numpy as np

from music2pose.hearing.audio import Waveform
from music2pose.metrics.body import body_speed
from music2pose.pose import PoseSequence

BEATS_OF_BAR = 4
"""Files of beats do not say how long a bar is; most have four beats."""
QUIET_DB = -10.0
"""Drums that are so far below the song's median bar have stopped."""
NEAR_DB = 5.0
"""Around a break the drums are no further below the median bar than this."""
AROUND_SECONDS = 4.0
"""What the dance in a break is compared with, on each side of it."""
SETTLE_SECONDS = 0.25
"""What a body is given to come to rest after the last hit."""
LONGEST_SECONDS = 20.0
"""What is longer is a part of the song and no break in it."""
_HOP = 480
_N_FFT = 2048
_BANDS = 64


class Break(NamedTuple):
    """Seconds of the song from the last hit, or the bar that has none, to the next hit."""

    start: float
    stop: float

    def after(self, start: float) -> "Break":
        """Return the same break in a piece that begins ``start`` seconds into the song."""
        return Break(self.start - start, self.stop - start)


def breaks_heard(sound: Waveform, beats: np.ndarray) -> list[Break]:
    """Return the breaks of a recording of which the beats are known.

    A bar, any four beats in a row, is quiet where what is percussive in it has ``QUIET_DB`` against
    the median bar; a break is quiet bars in a row, with drums near the median around it.

    Shape:
        beats: (N,) increasing seconds
    """
    if len(beats) < 4 * BEATS_OF_BAR:
        return []
    power = percussive_power(sound)
    level = 10 * np.log10(power_between(power, beats) + 1e-12)
    bars = np.lib.stride_tricks.sliding_window_view(10 ** (level / 10), BEATS_OF_BAR).mean(1)
    bar_level = 10 * np.log10(bars + 1e-12)
    usual = float(np.median(bar_level))
    quiet = np.zeros(len(level), bool)
    for first in np.flatnonzero(bar_level < usual + QUIET_DB):
        quiet[first : first + BEATS_OF_BAR] = True
    found = [Break(float(beats[first]), float(beats[last])) for first, last in runs(quiet)]
    return [item for item in found if _is_between_drums(item, beats, level, usual)]


def percussive_power(sound: Waveform) -> np.ndarray:
    """Return the power of what is percussive in a sound, (T,), 50 times a second.

    By the medians over time and over frequency of a mel spectrogram (Fitzgerald 2010, librosa).
    """
    mel = librosa.feature.melspectrogram(
        y=sound.samples, sr=sound.sample_rate, n_fft=_N_FFT, hop_length=_HOP, n_mels=_BANDS, power=1
    )
    return (librosa.decompose.hpss(mel)[1] ** 2).sum(axis=0)


def power_between(power: np.ndarray, beats: np.ndarray) -> np.ndarray:
    """Return the mean power from each beat to the next.

    A beat begins 40 ms early, as the window that first sees its hit does.

    Shape:
        power: (T,), 50 times a second
        beats: (N,) seconds
        returns: (N - 1,)
    """
    edges = np.round((beats - 0.04) * 24_000 / _HOP).astype(int).clip(0, len(power))
    sums = np.concatenate([[0.0], np.cumsum(power)])
    return np.diff(sums[edges]) / np.maximum(np.diff(edges), 1)


def runs(mask: np.ndarray) -> list[tuple[int, int]]:
    """Return where each run of true values starts, and where it has stopped.

    >>> runs(np.array([True, False, True, True]))
    [(0, 1), (2, 4)]
    """
    steps = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]])))
    return [(int(start), int(stop)) for start, stop in steps.reshape(-1, 2)]


def _is_between_drums(item: Break, beats: np.ndarray, level: np.ndarray, usual: float) -> bool:
    """Return whether the beats go on around a break, with drums near the median bar."""
    first, last = item.start - AROUND_SECONDS, item.stop + AROUND_SECONDS
    is_inside = beats[0] <= first and last <= beats[-1]
    if not is_inside or item.stop - item.start > LONGEST_SECONDS:
        return False
    starts = beats[:-1]
    before = (starts >= first) & (starts < item.start)
    after = (starts >= item.stop) & (starts < last)
    sides = [10 * np.log10((10 ** (level[side] / 10)).mean()) for side in (before, after)]
    return min(sides) > usual - NEAR_DB


def breaks_played(hits: np.ndarray, bar_seconds: float, seconds: float) -> list[Break]:
    """Return the breaks of a song of which every hit of a drum is known.

    Shape:
        hits: (N,) seconds, in any order
    """
    times = np.sort(hits)
    gaps = np.flatnonzero(np.diff(times) > 0.95 * bar_seconds)
    found = [Break(float(times[gap]), float(times[gap + 1])) for gap in gaps]
    return [
        item
        for item in found
        if item.start > AROUND_SECONDS
        and item.stop < seconds - AROUND_SECONDS
        and item.stop - item.start < LONGEST_SECONDS
    ]


def speeds_of_break(poses: PoseSequence, found: list[Break], number: int) -> tuple[float, float]:
    """Return the mean speed of a body in one of the breaks of a dance, and around it.

    The first ``SETTLE_SECONDS`` of a break do not count. Around it are ``AROUND_SECONDS`` on each
    side that are in no other break.

    Shape:
        returns: body units per second, twice
    """
    speed = body_speed(poses)
    times = (np.arange(len(speed)) + 0.5) / poses.fps
    now = found[number]
    inside = (times >= now.start + SETTLE_SECONDS) & (times < now.stop)
    around = (times >= now.start - AROUND_SECONDS) & (times < now.stop + AROUND_SECONDS)
    for item in found:
        around &= (times < item.start) | (times >= item.stop)
    return float(speed[inside].mean()), float(speed[around].mean())
