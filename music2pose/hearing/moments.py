"""When a moment that words name is in a song: its beats, bars and sections become seconds."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from music2pose.hearing.features import SongFeatures
from music2pose.hearing.sections import SongSection, detect_sections
from prompts import PromptError
from prompts.moments import Moment


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
    """Return the times of a song that moments can name."""
    grid = song.grid
    return SongTimes(song.seconds, grid.beat_times, grid.downbeat_times, detect_sections(song))


def moment_seconds(moment: Moment, times: SongTimes) -> list[float]:
    """Return when a moment is; a name of sections stands for all of them.

    Raises:
        PromptError: it is never.
    """
    if moment.unit == "second":
        if moment.number > times.seconds:
            raise _past_the_end(moment, f"the video is {times.seconds:.1f} s long")
        return [moment.number]
    starts = [section.start for section in times.sections]
    counted = {"beat": times.beats, "bar": times.bars, "section": starts, "name": starts}
    if not len(counted[moment.unit]):
        raise PromptError(
            f"{moment.written!r} needs a song to be found in; give --audio SONG, or moments in "
            "seconds"
        )
    if moment.unit == "name":
        return _section_seconds(moment, times.sections)
    if moment.number > len(counted[moment.unit]):
        raise _past_the_end(moment, f"the song has {len(counted[moment.unit])} {moment.unit}s")
    return [max(0.0, float(counted[moment.unit][int(moment.number) - 1]))]


def _section_seconds(moment: Moment, sections: Sequence[SongSection]) -> list[float]:
    """Return when all sections of one name begin.

    Raises:
        PromptError: none has that name.
    """
    found = [section.start for section in sections if section.label == moment.name]
    if not found:
        names = ", ".join(sorted({section.label for section in sections}))
        raise PromptError(f"nothing can be at {moment.written!r}: the song's sections are {names}")
    return found


def _past_the_end(moment: Moment, fact: str) -> PromptError:
    return PromptError(f"nothing can be at {moment.written!r}: {fact}; give an earlier moment")
