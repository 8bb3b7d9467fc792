"""What the camera goes by: bars with their energy, heard in a song or seen in a dance."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from music2pose.hearing.bars import BEATS_PER_BAR
from music2pose.hearing.features import FEATURE_FPS, LOUDNESS_RANGE_DB, SongFeatures
from music2pose.hearing.sections import bar_starts, detect_sections

LOUDER_DB = 3.6
"""Decibels by which a bar is clearly louder than another."""
LONGEST_BAR = 8.0
"""Seconds; longer bars were not found but left over."""
DANCE_BAR = 2.0
"""Seconds of a dance without a song that count as a bar."""
SNAP = 0.5
"""Seconds by which such a bar may begin earlier or later, where the body rests."""
STANDS = 0.05
"""Metres a second of a body that stands."""
SPREAD = 0.04
"""Least deviation between bars that counts as one of energy."""


@dataclass(frozen=True)
class Bars:
    """The bars of a song, or what stands for them in a dance.

    Shape:
        starts: (N,) increasing seconds, the first 0
        energy: (N,) from 0, calm, to 1, wild; 0.5 is usual
        level: (N,) how loud it is; 1 more is clearly louder
        is_section: (N,) bool, where another section begins; the first is one
    """

    starts: np.ndarray
    energy: np.ndarray
    level: np.ndarray
    is_section: np.ndarray
    seconds: float

    def __len__(self) -> int:
        return len(self.starts)

    def time(self, bar: int) -> float:
        """Return when a bar begins; the one after the last is the end."""
        return float(self.starts[bar]) if bar < len(self) else self.seconds


def heard_bars(song: SongFeatures) -> Bars:
    """Return the bars of a song; every four beats are one where bars were not heard."""
    starts = bar_starts(song)
    if np.diff([*starts, song.seconds]).max() > LONGEST_BAR:
        beats = song.grid.beat_times[::BEATS_PER_BAR]
        starts = np.concatenate([[0.0], beats[(beats > 0) & (beats < song.seconds)]])
    loudness = _means(song.loudness.astype(float), starts * FEATURE_FPS)
    onset = _means(song.onset.astype(float), starts * FEATURE_FPS)
    sections = [section.start for section in detect_sections(song)]
    return Bars(
        starts,
        _beside_the_rest(0.5 * loudness + 2 * onset),
        loudness * LOUDNESS_RANGE_DB / LOUDER_DB,
        np.isin(starts, sections),
        song.seconds,
    )


def danced_bars(joints: np.ndarray, fps: float) -> Bars:
    """Return what stands for bars in a dance of which no song is known.

    They begin where the body rests, about every two seconds; a section begins where it moves
    twice as fast as before, or half as fast.

    Shape:
        joints: (T, J, 3) metres
    """
    seconds = len(joints) / fps
    steps = np.linalg.norm(np.diff(joints, axis=0, prepend=joints[:1]), axis=-1).mean(axis=1)
    speed = gaussian_filter1d(steps * fps, 0.1 * fps, mode="nearest")
    starts = [0.0]
    while (middle := starts[-1] + DANCE_BAR) + SNAP < seconds:
        first, stop = round((middle - SNAP) * fps), round((middle + SNAP) * fps) + 1
        starts.append((first + int(speed[first:stop].argmin())) / fps)
    mean = _means(speed, np.array(starts) * fps)
    level = np.log2(np.maximum(mean, STANDS))
    changes = [k == 0 or abs(_change(level, k)) >= 1 for k in range(len(level))]
    return Bars(np.array(starts), _beside_the_rest(0.2 * level), level, np.array(changes), seconds)


def _change(level: np.ndarray, bar: int) -> float:
    """Return by how much the two bars from ``bar`` on are louder than the two before it."""
    return float(level[bar : bar + 2].mean() - level[max(bar - 2, 0) : bar].mean())


def rise(bars: Bars, bar: int) -> float:
    """Return by how much it becomes louder with a bar, over two bars; 0 for the first."""
    return _change(bars.level, bar) if bar else 0.0


def _means(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return the mean (N,) of the values from each place, in frames, to the next."""
    frames = np.minimum(np.round(places).astype(int), len(values) - 1)
    return np.add.reduceat(values, frames) / np.maximum(np.diff([*frames, len(values)]), 1)


def _beside_the_rest(values: np.ndarray) -> np.ndarray:
    """Return each value from 0 to 1 by how it stands beside all of them, 0.5 for the mean."""
    return 1 / (1 + np.exp(-1.5 * (values - values.mean()) / max(float(values.std()), SPREAD)))
