"""Resolve a schedule of prompts to frames: moments become seconds, and seconds shares of texts."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from music2pose.hearing.features import SongFeatures
from music2pose.hearing.sections import SongSection, detect_sections
from prompts import PromptError
from prompts.schedule import Moment, Schedule


class Stop(NamedTuple):
    """A text that is reached at a time."""

    seconds: float
    text: str


class Marks(NamedTuple):
    """What moments of a song refer to.

    Shape:
        beats: (N,) seconds
        bars: (M,) seconds
    """

    seconds: float
    """How long the video is."""
    beats: np.ndarray
    bars: np.ndarray
    sections: Sequence[SongSection]


def marks_of(song: SongFeatures) -> Marks:
    """Return the moments of a song that prompts can name."""
    grid = song.grid
    return Marks(song.seconds, grid.beat_times, grid.downbeat_times, detect_sections(song))


def resolve(schedule: Schedule, marks: Marks) -> list[Stop]:
    """Return the texts in the order in which they are reached.

    Raises:
        PromptError: a moment lies past the end of the song, or two of them are one.
    """
    stops = sorted(
        (time, key.moment.written, key.text)
        for key in schedule.keys
        for time in moment_seconds(key.moment, marks)
    )
    for (before, first, _), (after, second, _) in pairwise(stops):
        if before == after:
            raise PromptError(
                f"prompts at {first!r} and {second!r} are at the same moment, {after:.2f} s; "
                "leave one out"
            )
    return [Stop(time, text) for time, _, text in stops]


def moment_seconds(moment: Moment, marks: Marks) -> list[float]:
    """Return when a moment is; a name of sections stands for all of them."""
    if moment.unit == "second":
        if moment.number > marks.seconds:
            raise past_the_end(moment, f"the video is {marks.seconds:.1f} s long")
        return [moment.number]
    times = {
        "beat": marks.beats,
        "bar": marks.bars,
        "section": [section.start for section in marks.sections],
        "name": [section.start for section in marks.sections],
    }[moment.unit]
    if not len(times):
        raise PromptError(
            f"the prompt at {moment.written!r} needs a song to be found in; give --audio SONG, "
            "or moments in seconds"
        )
    if moment.unit == "name":
        names = {section.label for section in marks.sections}
        if moment.name not in names:
            raise past_the_end(moment, f"the song's sections are {', '.join(sorted(names))}")
        return [section.start for section in marks.sections if section.label == moment.name]
    if moment.number > len(times):
        raise past_the_end(moment, f"the song has {len(times)} {moment.unit}s")
    return [max(0.0, float(times[int(moment.number) - 1]))]


def past_the_end(moment: Moment, fact: str) -> PromptError:
    return PromptError(f"no prompt can be at {moment.written!r}: {fact}; give an earlier moment")


class Travel(NamedTuple):
    """Which texts are said, and how much each counts when.

    Shape:
        shares: (T, len(texts)) float32; those of a time add up to 1
    """

    texts: list[str]
    shares: np.ndarray


def travel(stops: Sequence[Stop], times: np.ndarray, hold: float) -> Travel:
    """Return how the texts of ``stops`` follow each other.

    Between two stops the first text stands for a share ``hold`` of the time, then it fades into
    the second. Before the first stop and after the last one their own text stands alone. A text
    that returns is one text.

    Shape:
        times: (T,) seconds

    >>> stops = [Stop(0.0, "day"), Stop(10.0, "night")]
    >>> travel(stops, np.array([0.0, 5.0, 7.5, 10.0, 99.0]), hold=0.5).shares.tolist()
    [[1.0, 0.0], [1.0, 0.0], [0.5, 0.5], [0.0, 1.0], [0.0, 1.0]]
    """
    reached = np.array([stop.seconds for stop in stops])
    before = np.clip(np.searchsorted(reached, times, side="right") - 1, 0, len(stops) - 1)
    after = np.minimum(before + 1, len(stops) - 1)
    length = np.maximum(reached[after] - reached[before], 1e-9)
    progress = np.clip((times - reached[before]) / length, 0, 1)
    fading = np.clip((progress - hold) / max(1 - hold, 1e-9), 0, 1)
    texts = list(dict.fromkeys(stop.text for stop in stops))
    number = np.array([texts.index(stop.text) for stop in stops])
    shares = np.zeros((len(times), len(texts)), np.float32)
    rows = np.arange(len(times))
    np.add.at(shares, (rows, number[before]), 1 - fading)
    np.add.at(shares, (rows, number[after]), fading)
    return Travel(texts, shares)
