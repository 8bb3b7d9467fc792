"""Read the timing of rhythm games' charts, StepMania's and osu!'s, as the beats of their song."""

import math
import re
from bisect import bisect
from typing import NamedTuple

import numpy as np

from checkpoints.foreign import short
from music2pose import MusicError
from music2pose.hearing.bars import BEATS_PER_BAR
from music2pose.hearing.given_beats import BeatMarks, beat_marks

_WARP_SECONDS = 0.02
"""Beats of a chart that come this fast after another are passed over, as in a warp."""
_MOST_BEATS = 1_000_000
_SLOWEST_BPM = 1e-6
_LARGEST = 1e12
"""No number in a chart is larger."""
_STOP_ERROR = 0.1
"""A stop that lasts a whole number of beats, up to this part of one, is music that goes on."""
_OSU_HEAD = re.compile(r"\s*osu file format v(\d{1,4})")
_OLD_OSU, _OLD_OSU_SECONDS = 5, 0.024
"""Before this version of the format, the game played charts this much later than they say."""


# StepMania: https://github.com/stepmania/stepmania/wiki/sm and .../ssc


class _Timing(NamedTuple):
    """The timing of a StepMania chart; each array has rows of a beat and a value, in their order.

    Shape:
        bpms, stops, delays, warps: (K, 2); seconds for stops and delays, beats for warps
        bars: (K, 2), from a beat on, the beats of a bar
    """

    offset: float
    bpms: np.ndarray
    stops: np.ndarray
    delays: np.ndarray
    warps: np.ndarray
    bars: np.ndarray


def is_stepmania(text: str) -> bool:
    return re.search(r"(?:^|;)[ \t]*#BPMS[ \t]*:", text, re.MULTILINE | re.IGNORECASE) is not None


def stepmania_marks(text: str, name: str, until: float) -> BeatMarks:
    """Return the beats of an ``.sm`` or ``.ssc`` file up to ``until`` seconds.

    Beat 0 is at minus the offset. A stop comes after the beat that it is on, a delay before it.
    Where an ``.ssc`` has timing both of the song and of its charts, the song's counts, else that of
    the first chart that has one.

    Raises:
        MusicError: a number in it is none, or the tempo is impossible.
    """
    timing = _read_timing(text, name)
    count = 1024
    while (times := _times(timing, np.arange(count, dtype=float)))[-1] <= until:
        if count >= _MOST_BEATS:
            raise MusicError(f"{name} has a tempo that no music has; check its #BPMS")
        count = min(4 * count, _MOST_BEATS)
    kept = _in_time(times)
    kept = kept[times[kept] <= until + 60 / timing.bpms[-1, 1]]
    times = times[kept]
    return beat_marks(name, times, _bar_lines(timing, kept), _beats_between(timing, kept, times))


def _read_timing(text: str, name: str) -> _Timing:
    song, *charts = _sections(text)
    own = next((part for part in (song, *charts) if "BPMS" in part), {})
    missing = _Tag("", 1)
    offset = own.get("OFFSET", song.get("OFFSET", _Tag("0", 1)))
    bpms, stops, delays, warps, bars = (
        _table(own.get(key, missing), key, name)
        for key in ("BPMS", "STOPS", "DELAYS", "WARPS", "TIMESIGNATURES")
    )
    if not len(bpms) or np.abs(bpms[:, 1]).min() < _SLOWEST_BPM or bpms[-1, 1] < 0:
        line = own.get("BPMS", missing).line
        raise MusicError(f"{name} line {line}: #BPMS gives no tempo; it must be a list of BEAT=BPM")
    if (bars[:, 1:] < 1).any():
        line = own["TIMESIGNATURES"].line
        raise MusicError(f"{name} line {line}: a bar of #TIMESIGNATURES has no beats")
    lengths = bars[:, 1] * BEATS_PER_BAR / bars[:, 2]
    seconds = _number(offset.text, name, offset.line)
    return _Timing(seconds, bpms, stops, delays, warps, np.column_stack([bars[:, 0], lengths]))


class _Tag(NamedTuple):
    text: str
    line: int


def _sections(text: str) -> list[dict[str, _Tag]]:
    """Return the tags of the song and of each chart that has tags of its own."""
    sections: list[dict[str, _Tag]] = [{}]
    text = re.sub(r"//[^\n]*", "", text)
    line_ends = [end.start() for end in re.finditer("\n", text)]
    for tag in re.finditer(r"(?:^|;)[ \t]*#(\w+)[ \t]*:([^;#]*)", text, re.MULTILINE):
        key = tag[1].upper()
        if key == "NOTEDATA":
            sections.append({})
        elif tag[2].strip():
            sections[-1].setdefault(key, _Tag(tag[2], bisect(line_ends, tag.start(1)) + 1))
    return sections


def _table(tag: _Tag, key: str, name: str) -> np.ndarray:
    """Return the rows of ``0.000=120.000,64.000=90.000``, by beat."""
    columns = 3 if key == "TIMESIGNATURES" else 2
    entries = [part.strip() for part in tag.text.split(",") if part.strip()]
    rows = [[_number(value, name, tag.line) for value in part.split("=")] for part in entries]
    if any(len(row) != columns for row in rows):
        form = "=".join(["BEAT", *["NUMBER"] * (columns - 1)])
        raise MusicError(f"{name} line {tag.line}: #{key} must be a list of {form}")
    table = np.array(rows).reshape(len(rows), columns)
    return table[table[:, 0].argsort(kind="stable")]


def _number(text: str, name: str, line: int) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not abs(value) <= _LARGEST:
        raise MusicError(f"{name} line {line}: {short(text.strip())} is not a number")
    return value


def _times(timing: _Timing, beats: np.ndarray) -> np.ndarray:
    """Return when beats are reached, in seconds; those in a warp all at once."""
    begin, end = _merged(timing.warps)
    warped = _played(timing.bpms, end) - _played(timing.bpms, begin)
    before = np.searchsorted(begin, beats, side="right")
    total = np.concatenate([[0.0], np.cumsum(warped)])[before]
    if len(begin):
        current = np.maximum(before - 1, 0)
        inside = (before > 0) & (beats < end[current])
        rest = _played(timing.bpms, end[current]) - _played(timing.bpms, beats)
        total = total - np.where(inside, rest, 0.0)
    pauses = _sum_before(timing.stops, beats, "left") + _sum_before(timing.delays, beats, "right")
    return _played(timing.bpms, beats) - total + pauses - timing.offset


def _played(bpms: np.ndarray, beats: np.ndarray) -> np.ndarray:
    """Return how long it takes from beat 0 at these tempi alone."""
    starts = np.concatenate([[0.0], bpms[1:, 0]])
    periods = 60 / bpms[:, 1]
    reached = np.concatenate([[0.0], np.cumsum(np.diff(starts) * periods[:-1])])
    part = np.maximum(np.searchsorted(starts, beats, side="right") - 1, 0)
    return reached[part] + (beats - starts[part]) * periods[part]


def _sum_before(pauses: np.ndarray, beats: np.ndarray, side: str) -> np.ndarray:
    total = np.concatenate([[0.0], np.cumsum(pauses[:, 1])])
    return total[np.searchsorted(pauses[:, 0], beats, side=side)]  # type: ignore[call-overload]


def _merged(warps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where warps begin and end, those that overlap as one."""
    begin = warps[:, 0]
    end = np.maximum.accumulate(begin + np.maximum(warps[:, 1], 0))
    is_new = np.concatenate([[True], begin[1:] > end[:-1]])[: len(warps)]
    is_last = np.concatenate([is_new[1:], [True]])[: len(warps)]
    return begin[is_new], end[is_last]


def _in_time(times: np.ndarray) -> np.ndarray:
    """Return which beats are ever heard: not those that a warp or a negative tempo passes over.

    Of beats at one time the last one is taken, where the song goes on.
    """
    kept: list[int] = []
    latest = -math.inf
    for beat, time in enumerate(times):
        if time > latest + _WARP_SECONDS:
            kept.append(beat)
            latest = time
        elif time >= latest - 1e-6:
            kept[-1] = beat
    return np.array(kept)


def _bar_lines(timing: _Timing, beats: np.ndarray) -> np.ndarray:
    """Return which beats begin a bar; bars have four beats where the chart says nothing."""
    bars = timing.bars if len(timing.bars) else np.array([[0.0, BEATS_PER_BAR]])
    part = np.maximum(np.searchsorted(bars[:, 0], beats, side="right") - 1, 0)
    return (beats - bars[part, 0]) % bars[part, 1] == 0


def _beats_between(timing: _Timing, beats: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Return how many beats of music it is to the next one: several where music fills a stop."""
    has_stop = _sum_before(timing.stops, beats + 1, "left") > _sum_before(
        timing.stops, beats, "left"
    )
    part = np.maximum(np.searchsorted(timing.bpms[:, 0], beats, side="right") - 1, 0)
    passed = np.diff(times, append=times[-1:]) * np.abs(timing.bpms[part, 1]) / 60
    is_whole = np.abs(passed - np.round(passed)) <= _STOP_ERROR
    return np.where(has_stop & is_whole, np.maximum(np.round(passed), 1), 1).astype(int)


# osu!: https://osu.ppy.sh/wiki/en/Client/File_formats/osu_(file_format)


def is_osu(text: str) -> bool:
    return _OSU_HEAD.match(text) is not None


def osu_marks(text: str, name: str, until: float) -> BeatMarks:
    """Return the beats of an ``.osu`` file up to ``until`` seconds.

    Every line of [TimingPoints] that is not inherited begins a bar; its beats go on to the next.

    Raises:
        MusicError: there is no such line, or a number in one is none.
    """
    points = _timing_points(text, name)
    if not points:
        raise MusicError(f"{name} has no tempo in its [TimingPoints]; give another chart")
    times, is_downbeat, total = [], [], 0
    ends = [*(point.start for point in points[1:]), until + points[-1].period]
    for point, end in zip(points, ends, strict=True):
        end = min(end, until + point.period)
        count = max(math.ceil((end - point.start) / point.period - 0.5), 0)
        if (total := total + count) > _MOST_BEATS:
            raise MusicError(f"{name} has a tempo that no music has; check its [TimingPoints]")
        number = np.arange(count)
        times.append(point.start + number * point.period)
        is_downbeat.append(number % point.metre == 0)
    return beat_marks(name, np.concatenate(times), np.concatenate(is_downbeat))


class _TimingPoint(NamedTuple):
    start: float
    period: float
    metre: int


def _timing_points(text: str, name: str) -> list[_TimingPoint]:
    """Return the lines that give a tempo, in their order; of two at once the last."""
    head = _OSU_HEAD.match(text)
    assert head is not None
    later = _OLD_OSU_SECONDS if int(head[1]) < _OLD_OSU else 0.0
    points: dict[float, _TimingPoint] = {}
    section = ""
    for line, content in enumerate(map(str.strip, text.splitlines()), 1):
        if content.startswith("["):
            section = content
        elif section == "[TimingPoints]" and content and not content.startswith("//"):
            point = _timing_point(content.split(","), name, line, later)
            if point is not None:
                points[point.start] = point
    return sorted(points.values())


def _timing_point(fields: list[str], name: str, line: int, later: float) -> _TimingPoint | None:
    """Return a point; None where the line is inherited and only changes the speed of notes."""
    if len(fields) < 2:
        raise MusicError(f"{name} line {line}: a timing point has a time and the length of a beat")
    if len(fields) > 6 and fields[6].strip() == "0":
        return None
    start, period = (_number(field, name, line) / 1000 for field in fields[:2])
    if period <= 0:
        return None
    metre = _number(fields[2], name, line) if len(fields) > 2 else BEATS_PER_BAR
    return _TimingPoint(start + later, period, max(int(metre), 1))
