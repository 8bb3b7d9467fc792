"""Read beat times from a file that somebody else made, and write those that were heard."""

import json
import math
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from checkpoints.foreign import ForeignFileError, parsed_json, read_text, short
from music2pose import MusicError
from music2pose.hearing.bars import usual_metre
from music2pose.hearing.beats import BeatGrid
from music2pose.hearing.charts import is_osu, is_stepmania, osu_marks, stepmania_marks
from music2pose.hearing.given_beats import (
    LONGEST_INTERVAL,
    BeatMarks,
    beat_marks,
    tempo_range,
)

LARGEST_FILE = 16 << 20
"""Bytes; the charts of long songs have three millions."""
LABELS_ENDING = ".labels.txt"
ACCEPTED = (
    "give one time in seconds a line, Audacity labels, a .json of the beats command, "
    "or a chart (.sm, .ssc, .osu)"
)
_DOWNBEAT_LABELS = {"1", "downbeat", "bar"}
_DECIMAL_COMMA = re.compile(r"\s*\d+,\d{2,}(\s|$)")
"""How a line with a decimal comma begins; after a time in whole seconds, a place has one digit."""
_MOST_BEATS_IN_BAR = 64
_NEAR_BEAT = 0.02
"""Seconds within which a downbeat is one of the beats."""


def read_beats(path: Path, until: float, song_seconds: float | None = None) -> BeatMarks:
    """Return the beats in a file, which is known by its content and not by its name.

    Args:
        path: lines of a time in seconds, or of a time and the place in the bar, 1 being a
            downbeat; Audacity's labels, where "1", "bar" or "downbeat" is one; what
            ``beats_as_json`` wrote; a chart of StepMania (.sm, .ssc) or osu!.
        until: charts go on for ever; their beats are wanted up to here, in seconds.
        song_seconds: the length of the whole song, where it is known.

    Raises:
        MusicError: the file cannot be read, is of no such kind, or its beats are impossible or lie
            after the end of the song.
    """
    text = _text_of(path)
    if is_osu(text):
        return osu_marks(text, path.name, until)
    if is_stepmania(text):
        return stepmania_marks(text, path.name, until)
    latest = math.inf if song_seconds is None else song_seconds + LONGEST_INTERVAL
    read = _marks_of_json if text.lstrip()[:1] in ("{", "[") else _marks_of_lines
    return read(text, path.name, latest)


def _text_of(path: Path) -> str:
    try:
        text = read_text(path, LARGEST_FILE, errors="replace")  # names of songs are in any coding
    except ForeignFileError as error:
        raise MusicError(f"{path} cannot be read: {error}; {ACCEPTED}") from error
    if "\0" in text:
        raise MusicError(f"{path.name} is not text; {ACCEPTED}")
    return re.sub(r"\r\n?", "\n", text.removeprefix("\ufeff"))


class _Row(NamedTuple):
    line: int
    time: float
    mark: str


def _marks_of_lines(text: str, name: str, latest: float) -> BeatMarks:
    rows = [_row(content, line, name) for line, content in _contents(text)]
    for before, row in pairwise([_Row(0, -1.0, ""), *rows]):
        if row.time <= before.time:
            raise MusicError(
                f"{name} line {row.line}: {row.time:g} s does not come after {before.time:g} s; "
                "give increasing times"
            )
        if row.time > latest:
            raise MusicError(f"{name} line {row.line}: {_too_late(row.time, latest)}")
    times = np.array([row.time for row in rows])
    return beat_marks(name, times, _downbeats_among([row.mark for row in rows]))


def _contents(text: str) -> list[tuple[int, str]]:
    """Return the lines that say something, with their numbers, decimal commas made points."""
    contents = [
        (line, content)
        for line, content in enumerate(text.split("\n"), 1)
        if content.strip() and not content.lstrip().startswith(("#", "\\"))
    ]  # a backslash begins the frequencies of an Audacity label
    if all(_DECIMAL_COMMA.match(content) for _, content in contents):
        return [(line, content.replace(",", ".")) for line, content in contents]
    return contents


def _too_late(time: float, latest: float) -> str:
    return (
        f"{time:g} s is past the end of the song ({latest - LONGEST_INTERVAL:.2f} s); "
        "give the beats of this song, in seconds"
    )


def _row(content: str, line: int, name: str) -> _Row:
    """Return a time and what is said of it, from columns that tabs, commas or blanks part."""
    content = content.strip(" ")
    fields = content.split("\t") if "\t" in content else re.split(r"[,;\s]+", content, maxsplit=2)
    try:
        time = float(fields[0])
    except ValueError:
        time = np.nan
    if not 0 <= time < np.inf:
        raise MusicError(
            f"{name} line {line}: {short(fields[0])} is not a time in seconds; {ACCEPTED}"
        )
    mark = fields[2] if len(fields) > 2 else "".join(fields[1:2])
    return _Row(line, time, mark.strip().strip('"').lower())


def _downbeats_among(marks: list[str]) -> np.ndarray:
    """Return which beats are the first of a bar, (N,) bool, by their places or labels."""
    try:
        places = [float(mark) for mark in marks]
    except ValueError:
        return np.array([mark in _DOWNBEAT_LABELS for mark in marks])
    if all(place in range(_MOST_BEATS_IN_BAR + 1) for place in places):
        return np.array(places) == 1
    return np.zeros(len(marks), bool)


def _marks_of_json(text: str, name: str, latest: float) -> BeatMarks:
    try:
        content = parsed_json(text)
    except ForeignFileError as error:
        raise MusicError(f"{name} is damaged JSON: {error}; {ACCEPTED}") from error
    content = content if isinstance(content, dict) else {"beats": content}
    times = _numbers(content.get("beats"), "beats", name)
    downbeats = _numbers(content.get("downbeats", []), "downbeats", name)
    if len(times) and times[-1] > latest:
        raise MusicError(f"{name}: {_too_late(times[-1], latest)}")
    nearest = np.searchsorted((times[1:] + times[:-1]) / 2, downbeats)
    if len(times) and (np.abs(times[nearest] - downbeats) > _NEAR_BEAT).any():
        raise MusicError(f"{name}: one of the downbeats is none of the beats")
    return beat_marks(name, times, np.isin(np.arange(len(times)), nearest))


def _numbers(values: Any, key: str, name: str) -> np.ndarray:
    """Return a list of increasing seconds as an array."""
    is_list = isinstance(values, list) and all(type(value) in (int, float) for value in values)
    if not is_list or not all(0 <= value < 1e9 for value in values):
        raise MusicError(f"{name}: {key} must be a list of times in seconds")
    times = np.array(values, float)
    if (np.diff(times) <= 0).any():
        raise MusicError(f"{name}: {key} must increase")
    return times


class BeatSummary(NamedTuple):
    """What was heard, in short."""

    bpm: float
    bpm_range: tuple[float, float]
    """Equal where the tempo stays the same."""
    metre: int
    """Beats in a bar."""
    confidence: float
    num_beats: int

    def line(self) -> str:
        """Return it for people."""
        low, high = self.bpm_range
        tempo = f"{self.bpm:.1f} BPM" if low == high else f"{low:.1f} to {high:.1f} BPM"
        return (
            f"{tempo}, {self.metre} beats a bar, confidence {self.confidence:.2f}, "
            f"{self.num_beats} beats"
        )


def summary_of(grid: BeatGrid) -> BeatSummary:
    """Return tempo, metre and number of the beats of a grid."""
    slowest, fastest = (round(bpm, 3) for bpm in tempo_range(grid.beat_times))
    metre = usual_metre(np.searchsorted(grid.beat_times, grid.downbeat_times))
    bpm, confidence = round(grid.bpm, 3), round(grid.confidence, 3)
    return BeatSummary(bpm, (slowest, fastest), metre, confidence, len(grid.beat_times))


def places_in_bar(grid: BeatGrid) -> np.ndarray:
    """Return the place of each beat in its bar, (N,) counted from 1.

    >>> grid = BeatGrid(np.arange(6.0), np.array([1.0, 4.0]), bpm=60.0, confidence=1.0)
    >>> places_in_bar(grid).tolist()
    [3, 1, 2, 3, 1, 2]
    """
    downbeats = np.searchsorted(grid.beat_times, grid.downbeat_times)
    metre = usual_metre(downbeats)
    first = int(downbeats[0]) if len(downbeats) else 0
    starts = np.concatenate([np.arange(first - metre, -metre, -metre)[::-1], [first], downbeats])
    index = np.arange(len(grid.beat_times))
    return index - starts[np.searchsorted(starts, index, side="right") - 1] + 1


def beats_as_text(grid: BeatGrid, title: str, start: float = 0.0) -> str:
    """Return lines of a time and the place in the bar, ``start`` added to all times."""
    head = f"# beats of {title}\n# {summary_of(grid).line()}\n# seconds, place in the bar\n"
    pairs = zip(grid.beat_times + start, places_in_bar(grid), strict=True)
    return head + "".join(f"{time:.4f}\t{place}\n" for time, place in pairs)


def beats_as_labels(grid: BeatGrid, title: str, start: float = 0.0) -> str:
    """Return a label track of Audacity, whose labels are the places in the bar."""
    pairs = zip(grid.beat_times + start, places_in_bar(grid), strict=True)
    return "".join(f"{time:.6f}\t{time:.6f}\t{place}\n" for time, place in pairs)


def beats_as_json(grid: BeatGrid, title: str, start: float = 0.0) -> str:
    """Return tempo, metre, beats and downbeats as a JSON object."""
    known = summary_of(grid)._asdict()
    del known["num_beats"]
    beats, downbeats = (
        (times + start).round(6).tolist() for times in (grid.beat_times, grid.downbeat_times)
    )
    return json.dumps({"song": title, **known, "beats": beats, "downbeats": downbeats}) + "\n"


def writer_for(name: str) -> Callable[[BeatGrid, str, float], str]:
    """Return what makes the text of a file of this name."""
    if name.lower().endswith(LABELS_ENDING):
        return beats_as_labels
    return beats_as_json if name.lower().endswith(".json") else beats_as_text
