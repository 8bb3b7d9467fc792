"""The plan of a song: its sections, how full each one is, and what its breaks leave standing."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from music2pose.synth.styles import Style


@dataclass(frozen=True)
class Level:
    """How full a kind of section is, each from 0 (silent) to 1."""

    drums: float
    bass: float
    chords: float
    lead: float
    brightness: float
    room: float
    """Reverb in addition to the song's own."""


LEVELS = {
    "intro": Level(0.6, 0.0, 0.75, 0.0, 0.35, 0.2),
    "verse": Level(0.8, 0.75, 0.6, 0.65, 0.55, 0.0),
    "build": Level(0.7, 0.4, 0.75, 0.0, 0.2, 0.15),
    "chorus": Level(1.0, 1.0, 1.0, 1.0, 1.0, 0.05),
    "break": Level(0.8, 0.0, 0.65, 0.5, 0.3, 0.35),
    "outro": Level(0.55, 0.6, 0.6, 0.0, 0.35, 0.2),
}

BREAK_KINDS = ("chords and lead", "chords", "drums", "chords and hats")
LIVE_BODY = ("verse", "chorus", "verse", "chorus", "break", "chorus")
CLUB_BODY = ("verse", "build", "chorus", "break", "build", "chorus")


@dataclass(frozen=True)
class Section:
    """Some bars of a song that are played alike."""

    name: str
    """A key of LEVELS."""
    start_bar: int
    num_bars: int


@dataclass(frozen=True)
class SongPlan:
    """What every player needs to know of the song."""

    style: Style
    sections: tuple[Section, ...]
    break_kind: str
    """One of BREAK_KINDS."""
    has_fills: bool
    has_pause: bool
    """The last beat before a chorus that was built up to is silent."""

    @property
    def num_steps(self) -> int:
        """Steps, a quarter of a beat each, in a bar."""
        return 4 * self.style.beats_per_bar

    @property
    def num_bars(self) -> int:
        return self.sections[-1].start_bar + self.sections[-1].num_bars

    def bars(self) -> Iterator[tuple[Section, int, int]]:
        """Yield (section, bar of the song, steps that are played in it)."""
        for section in self.sections:
            last = section.start_bar + section.num_bars - 1
            for bar in range(section.start_bar, last + 1):
                pauses = section.name == "build" and bar == last and self.has_pause
                yield section, bar, self.num_steps - 4 * pauses


def draw_song_plan(
    style: Style,
    sections: tuple[Section, ...],
    has_fills: bool,
    rng: np.random.Generator,
) -> SongPlan:
    kind = BREAK_KINDS[rng.integers(len(BREAK_KINDS))]
    return SongPlan(style, sections, kind, has_fills, has_pause=bool(rng.random() < 0.7))


def draw_sections(
    num_bars: int, is_electronic: bool, has_breaks: bool, rng: np.random.Generator
) -> tuple[Section, ...]:
    """Fill ``num_bars`` bars with an intro, a body that repeats and an outro."""
    sizes = [size for size in (8, 4, 2) if num_bars >= 3.5 * size][:2] or [1]
    size = sizes[0] if rng.random() < 0.7 else sizes[-1]
    body = list(CLUB_BODY if is_electronic else LIVE_BODY)
    if not has_breaks:
        body.remove("break")
    half = max(1, size // 2)
    lengths = {"intro": max(1, size // int(rng.choice((1, 2, 4)))), "build": half, "break": half}
    form = [("intro", lengths["intro"])]
    left = num_bars - lengths["intro"] - half
    while left > 0:
        name = body[(len(form) - 1) % len(body)]
        length = lengths.get(name, size)
        length = length if left - length >= half else left
        form.append((name, length))
        left -= length
    return lay_sections([*form, ("outro", half)], num_bars)


def lay_sections(form: list[tuple[str, int]], num_bars: int) -> tuple[Section, ...]:
    """Lay ``form``, pairs of name and bars, end to end; the last takes up what is left.

    >>> [s.start_bar for s in lay_sections([("intro", 2), ("verse", 4), ("outro", 1)], 9)]
    [0, 2, 6]
    """
    sections, start = [], 0
    for index, (name, length) in enumerate(form):
        is_last = index == len(form) - 1
        length = num_bars - start if is_last else min(length, num_bars - start)
        if length > 0:
            sections.append(Section(name, start, length))
            start += length
    return tuple(sections)
