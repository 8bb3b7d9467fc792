"""Turn beat times that come from elsewhere into the beats of a song, without listening for them."""

import logging
import math
from dataclasses import dataclass, replace

import numpy as np

from music2pose import MusicError
from music2pose.hearing.bars import bars_continued
from music2pose.hearing.beats import BPM_LIMITS, BeatGrid, covering, heard_bars

logger = logging.getLogger(__name__)

LONGEST_INTERVAL = 3.0
"""Seconds; where the next beat is further away than this, beats are left out."""
SHORTEST_INTERVAL = 0.05
"""Seconds; closer marks are no beats."""
_STEADY_BEATS = 9
"""A tempo is measured over this many beats."""
_ODD_INTERVAL = 0.25
"""An interval that differs by this share from those around it is no change of tempo."""
_SAME_TEMPO = 0.03
"""Tempi that differ by this share or less are one."""


@dataclass(frozen=True)
class BeatMarks:
    """Beat times as a file has them.

    Shape:
        times: (N,) seconds, at least two, increasing; the first may be negative in a chart, whose
            beats need not begin with the song
        is_downbeat: (N,) bool; None where the file does not say where bars begin
        num_beats: (N,) int, how many beats it is to the next mark; 1 nearly everywhere
    """

    name: str
    """What errors and warnings call them: the name of the file."""
    times: np.ndarray
    is_downbeat: np.ndarray | None
    num_beats: np.ndarray
    start: float = 0.0
    """Seconds into the song from which the times count."""

    def after(self, start: float) -> "BeatMarks":
        """Return the same beats for a piece of the song, which begins ``start`` seconds into it."""
        return replace(self, times=self.times - start, start=self.start + start)


def beat_marks(
    name: str,
    times: np.ndarray,
    is_downbeat: np.ndarray | None = None,
    num_beats: np.ndarray | None = None,
) -> BeatMarks:
    """Return marks once it is sure that they are beats.

    Raises:
        MusicError: there are fewer than two, they do not increase, or no music is so fast or slow.
    """
    if len(times) < 2:
        raise MusicError(f"{name} has {len(times)} beats; give at least 2")
    intervals = np.diff(times)
    closest = int(intervals.argmin())
    if intervals[closest] < SHORTEST_INTERVAL:
        raise MusicError(
            f"{name}: the beats at {times[closest]:.3f} and {times[closest + 1]:.3f} s are "
            f"less than {SHORTEST_INTERVAL:g} s apart; give the times of beats, increasing"
        )
    (low, high), bpm = BPM_LIMITS, 60 / float(np.median(intervals))
    if not low <= bpm <= high:
        raise MusicError(
            f"{name} has {bpm:.3g} beats per minute; give {low:g} to {high:g}, times in seconds"
        )
    if is_downbeat is not None and not is_downbeat.any():
        is_downbeat = None
    if num_beats is None:
        num_beats = np.ones(len(times), int)
    return BeatMarks(name, times, is_downbeat, num_beats)


def marked_grid(marks: BeatMarks, heard: np.ndarray, seconds: float) -> BeatGrid:
    """Return the grid of a song of which some or all beats are known.

    Beats go on evenly to the ends of the song and through what the file leaves out, with a logged
    warning. Where the file does not say where bars begin, that is found by listening.

    Args:
        heard: from ``beats.listen_for_beats``, (T, 2).
    """
    times, is_given, is_downbeat = _filled(marks)
    _warn_of_gaps(marks, seconds)
    beat_times, index = covering(times, seconds, 0.0)
    if is_downbeat is None:
        logger.warning("%s does not say where bars begin; found by listening", marks.name)
        starts_bar = heard_bars(heard, beat_times)
    else:
        starts_bar = bars_continued(is_downbeat, index, is_given)
    bpm = 60 / float(np.median(np.diff(beat_times)))
    return BeatGrid(beat_times, beat_times[starts_bar], bpm, confidence=1.0)


def _filled(marks: BeatMarks) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Return all beats from the first mark to the last, which ones are marks, and the downbeats."""
    num_beats = marks.num_beats[:-1].copy()
    intervals = np.diff(marks.times) / num_beats
    is_gap = intervals > LONGEST_INTERVAL
    usual = float(np.median(intervals[~is_gap]))
    num_beats[is_gap] = np.round(intervals[is_gap] / usual * num_beats[is_gap])
    index = np.concatenate([[0], np.cumsum(num_beats)])
    times = np.interp(np.arange(index[-1] + 1), index, marks.times)
    is_given = np.zeros(len(times), bool)
    is_given[index] = True
    if marks.is_downbeat is None:
        return times, is_given, None
    is_downbeat = np.zeros(len(times), bool)
    is_downbeat[index] = marks.is_downbeat
    return times, is_given, is_downbeat


def _warn_of_gaps(marks: BeatMarks, seconds: float) -> None:
    """Say where a piece of ``seconds`` has no beats of the file."""
    inside = marks.times[(marks.times > 0) & (marks.times < seconds)]
    edges = np.concatenate([[0.0], inside, [seconds]])
    for gap in np.flatnonzero(np.diff(edges) > LONGEST_INTERVAL):
        begin, end = edges[gap : gap + 2] + marks.start
        logger.warning(
            "%s has no beats from %.2f to %.2f s; they go on evenly there", marks.name, begin, end
        )


def tempo_range(beat_times: np.ndarray) -> tuple[float, float]:
    """Return the slowest and the fastest tempo that lasts for some beats, in beats per minute.

    A single long or short interval does not count, nor does a player's wavering by a few
    thousandths of a second.

    Shape:
        beat_times: (N,) increasing seconds, at least two

    >>> slow, fast = np.arange(0, 20, 1.0), np.arange(20, 40, 0.5)
    >>> tempo_range(slow), tempo_range(np.concatenate([slow, fast]))
    ((60.0, 60.0), (60.0, 120.0))
    """
    intervals = np.diff(beat_times)
    reach = min(_STEADY_BEATS, len(intervals))
    windows = np.lib.stride_tricks.sliding_window_view(intervals, reach)
    usual = np.median(windows, axis=1, keepdims=True)
    is_odd = np.abs(windows / usual - 1) > _ODD_INTERVAL
    steady = np.where(is_odd, usual, windows).mean(axis=1)
    low, high = 60 / float(steady.max()), 60 / float(steady.min())
    if math.log(high / low) < _SAME_TEMPO:
        low = high = 60 / float(np.median(intervals))
    return low, high
