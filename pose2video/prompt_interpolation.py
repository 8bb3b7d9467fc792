"""Interpolate prompts: the moments of a schedule become the weights of its texts over time."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from music2pose.hearing.moments import SongTimes, moment_seconds
from prompts import PromptError
from prompts.schedule import PromptSchedule


class Keyframe(NamedTuple):
    """A text that is reached at a time."""

    seconds: float
    text: str


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
