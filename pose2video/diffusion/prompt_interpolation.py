"""Interpolate prompts: moments of a schedule become seconds, and seconds the weights of texts."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from music2pose.hearing.features import SongFeatures
from music2pose.hearing.sections import SongSection, detect_sections
from prompts import PromptError
from prompts.schedule import Moment, PromptSchedule


class Keyframe(NamedTuple):
    """A text that is reached at a time."""

    seconds: float
    text: str


class SongTimes(NamedTuple):
    """What moments of a song refer to.

    Shape:
        beats: (N,) seconds
        bars: (M,) seconds
    """

    seconds: float
    """How long the video is."""
    beats: Sequence[float] | np.ndarray = ()
    bars: Sequence[float] | np.ndarray = ()
    sections: Sequence[SongSection] = ()


def song_times(song: SongFeatures) -> SongTimes:
    """Return the times of a song that prompts can name."""
    grid = song.grid
    return SongTimes(song.seconds, grid.beat_times, grid.downbeat_times, detect_sections(song))


def resolve_keyframes(schedule: PromptSchedule, times: SongTimes) -> list[Keyframe]:
    """Return the texts in the order in which they are reached.

    Raises:
        PromptError: a moment lies past the end of the song, or two of them are one.
    """
    reached = sorted(
        (seconds, item.moment.written, item.text)
        for item in schedule.prompts
        for seconds in moment_seconds(item.moment, times)
    )
    for (before, first, _), (after, second, _) in pairwise(reached):
        if before == after:
            raise PromptError(
                f"prompts at {first!r} and {second!r} are at the same moment, {after:.2f} s; "
                "leave one out"
            )
    return [Keyframe(seconds, text) for seconds, _, text in reached]


def check_moments(schedule: PromptSchedule, seconds: float) -> None:
    """Make sure that no moment in seconds lies past the end; others need the song to be heard.

    Raises:
        PromptError: one does.
    """
    for item in schedule.prompts:
        if item.moment.unit == "second":
            moment_seconds(item.moment, SongTimes(seconds))


def moment_seconds(moment: Moment, times: SongTimes) -> list[float]:
    """Return when a moment is; a name of sections stands for all of them.

    Raises:
        PromptError: it is never.
    """
    if moment.unit == "second":
        if moment.number > times.seconds:
            raise past_the_end(moment, f"the video is {times.seconds:.1f} s long")
        return [moment.number]
    starts = [section.start for section in times.sections]
    counted = {"beat": times.beats, "bar": times.bars, "section": starts, "name": starts}
    if not len(counted[moment.unit]):
        raise PromptError(
            f"the prompt at {moment.written!r} needs a song to be found in; give --audio SONG, "
            "or moments in seconds"
        )
    if moment.unit == "name":
        return section_seconds(moment, times.sections)
    if moment.number > len(counted[moment.unit]):
        raise past_the_end(moment, f"the song has {len(counted[moment.unit])} {moment.unit}s")
    return [max(0.0, float(counted[moment.unit][int(moment.number) - 1]))]


def section_seconds(moment: Moment, sections: Sequence[SongSection]) -> list[float]:
    """Return when all sections of one name begin.

    Raises:
        PromptError: none has that name.
    """
    found = [section.start for section in sections if section.label == moment.name]
    if not found:
        names = ", ".join(sorted({section.label for section in sections}))
        raise past_the_end(moment, f"the song's sections are {names}")
    return found


def past_the_end(moment: Moment, fact: str) -> PromptError:
    return PromptError(f"no prompt can be at {moment.written!r}: {fact}; give an earlier moment")


class PromptWeights(NamedTuple):
    """Which texts a video follows, and how much each counts when.

    Shape:
        weights: (T, len(texts)) float32; those of a time add up to 1
    """

    texts: list[str]
    weights: np.ndarray


def interpolate_prompts(
    keyframes: Sequence[Keyframe], times: np.ndarray, hold: float
) -> PromptWeights:
    """Return how much the texts of ``keyframes`` count at each time.

    Between two keyframes the first text stands for a share ``hold`` of the time, then it fades into
    the second. Before the first keyframe and after the last one their own text stands alone. A text
    that returns is one text.

    Shape:
        times: (T,) seconds

    >>> keyframes = [Keyframe(0.0, "day"), Keyframe(10.0, "night")]
    >>> times = np.array([0.0, 5.0, 7.5, 10.0, 99.0])
    >>> interpolate_prompts(keyframes, times, hold=0.5).weights.tolist()
    [[1.0, 0.0], [1.0, 0.0], [0.5, 0.5], [0.0, 1.0], [0.0, 1.0]]
    """
    reached = np.array([keyframe.seconds for keyframe in keyframes])
    before = np.clip(np.searchsorted(reached, times, side="right") - 1, 0, len(keyframes) - 1)
    after = np.minimum(before + 1, len(keyframes) - 1)
    length = np.maximum(reached[after] - reached[before], 1e-9)
    progress = np.clip((times - reached[before]) / length, 0, 1)
    fading = np.clip((progress - hold) / max(1 - hold, 1e-9), 0, 1)
    texts = list(dict.fromkeys(keyframe.text for keyframe in keyframes))
    number = np.array([texts.index(keyframe.text) for keyframe in keyframes])
    weights = np.zeros((len(times), len(texts)), np.float32)
    rows = np.arange(len(times))
    np.add.at(weights, (rows, number[before]), 1 - fading)
    np.add.at(weights, (rows, number[after]), fading)
    return PromptWeights(texts, weights)
