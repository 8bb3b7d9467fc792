"""A director who knows the song: where to cut, what to show and how the camera moves.

Builds push in and drops open up, quiet stretches are seen from near, breaks from a camera that
goes around; all else changes between a few framings, more often the more happens. A cut changes
the view by 30 degrees or more (Thompson and Bowen, "Grammar of the Shot", 2009), so that it is
seen as one, and the camera stays on the side of the audience.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from pose2video.stage.bars import Bars, rise

WIDEST_ANGLE = 1.15
"""Radians from straight ahead that the camera never passes: the set has a back."""
USUAL_ANGLE, CREW_ANGLE = 0.95, 0.7
"""The same for the start of a shot of one dancer, and of several, who would hide each other."""
LEAST_CHANGE = 0.6
"""Radians between two shots; 30 degrees, and some for what the camera turns by itself."""
SHORTEST, LONGEST = 1.8, 12.0
"""Seconds of a shot; the longest as far as bars allow."""
BUILD_SECONDS = 8.5
"""Longest push in."""
WILD, LIVELY = 0.6, 0.35
"""Energies from which shots last two bars, and four; else eight."""
LASTING = {"drop": 2, "break": 8}
"""Bars that shots of some stretches last whatever happens in them."""
LOUD_QUARTER, ALMOST = 75, 0.35
"""A drop arrives in the loudest quarter of a song, or not much below."""
QUIET = 1.3
"""How far below it is quiet."""
QUIETER = ("quiet", "break")
"""What is quiet at an end of the song, and what is in its midst."""
ORBIT_SPEED = 0.11
"""Radians a second around the dancer in a break."""


@dataclass(frozen=True)
class Framing:
    """What a moment of a shot shows; see ``Ask``."""

    closeness: float = 0.0
    fill: float = 0.9
    lift: float = 0.0
    """Metres over the usual height of the camera."""
    lens: float = 1.0
    """Against the usual focal length."""


WIDE = Framing(fill=0.64, lens=0.85)
WHOLE = Framing()
NEAR = Framing(closeness=1.0, fill=0.86, lift=0.15)
LOW = Framing(fill=0.9, lift=-0.8, lens=0.7)
LOW_WIDE = Framing(fill=0.6, lift=-0.85, lens=0.6)
HIGH = Framing(fill=0.82, lift=0.9, lens=0.9)

PLAYED = {
    "whole": (replace(WHOLE, fill=0.84), WHOLE),
    "near": (replace(NEAR, fill=0.8), NEAR),
    "low": (LOW, LOW),
    "high": (HIGH, replace(HIGH, fill=0.76)),
    "wide": (WIDE, replace(WIDE, fill=0.7)),
}
"""Framings at the start and the end of usual shots, by name."""
MOVED = {
    "opening": (WIDE, replace(WHOLE, fill=0.84)),
    "build": (WIDE, replace(NEAR, fill=0.92)),
    "drop": (LOW, LOW_WIDE),
    "quiet": (replace(NEAR, fill=0.76), NEAR),
    "break": (replace(WHOLE, fill=0.82), Framing(closeness=0.35, fill=0.86)),
}
"""The same of those that moments of the song ask for."""

FRONTAL = ("build", "drop")
"""Those that are seen from as near to straight ahead as the shot before allows."""
LIKE = {"opening": "whole", "drop": "low", "quiet": "near"}
"""Those of them that end like a usual one."""


@dataclass(frozen=True)
class Planned:
    """A shot from one bar to another; ``kind`` is a key of ``PLAYED`` or ``MOVED``."""

    start: float
    stop: float
    kind: str
    bearing: tuple[float, float]
    """Radians at its start and end."""
    moves_until: float
    """Seconds at which it is at its end's framing."""

    @property
    def framings(self) -> tuple[Framing, Framing]:
        return MOVED[self.kind] if self.kind in MOVED else PLAYED[self.kind]


def direct(bars: Bars, ahead: float, seed: int, angle: float = USUAL_ANGLE) -> list[Planned]:
    """Return the shots of a film, one after the other, each from a bar's start to another's.

    Args:
        ahead: radians at which the camera usually stands.
        seed: the same gives the same film.
        angle: radians to each side of that within which shots begin.
    """
    rng = np.random.default_rng(seed)
    shots: list[Planned] = []
    for first, stop, kind in stretches(bars):
        for start, end in _cuts(bars, first, stop, kind, rng):
            name = _name(kind, start == first, start == 0, shots, rng)
            last = shots[-1].bearing[1] if shots else None
            span = bars.time(start), bars.time(end)
            opened = max(bars.time(start + 1), span[0] + SHORTEST)
            until = opened if name == "drop" else span[1]
            possible = _possible(last, ahead, angle)
            middle = int(np.abs(possible - ahead).argmin())
            bearing = possible[middle] if name in FRONTAL else rng.choice(possible)
            turn = _turn(name, float(bearing), ahead, span[1] - span[0])
            shots.append(Planned(*span, name, turn, until))
    return shots


def stretches(bars: Bars) -> Iterator[tuple[int, int, str]]:
    """Yield (bar, bar after it, kind) of what is filmed in one way: build, drop, quiet, break or
    play."""
    loud = float(np.percentile(bars.level, LOUD_QUARTER))
    drops = _drops(bars, loud)
    for first, stop in pairwise(_sections(bars, drops)):
        is_quiet = bars.level[first:stop].mean() < loud - QUIET
        is_between = first > 0 and stop < len(bars)
        kind = "drop" if first in drops else QUIETER[is_between] if is_quiet else "play"
        build = _build_start(bars, first, stop) if stop in drops else stop
        if first < build:
            yield first, build, kind
        if build < stop:
            yield build, stop, "build"


def _drops(bars: Bars, loud: float) -> list[int]:
    """Return the bars with which the music bursts out: much louder, and among the loudest."""
    rises = [rise(bars, bar) for bar in range(len(bars))]
    return [
        bar
        for bar in range(1, len(bars))
        if rises[bar] >= max(1.0, *rises[bar - 1 : bar + 2])
        and bars.level[bar : bar + 2].max() >= loud - ALMOST
    ]


def _sections(bars: Bars, drops: list[int]) -> list[int]:
    """Return where something else begins, and the end; what is too short for a shot is left out."""
    kept = [0]
    for bar in sorted({*np.flatnonzero(bars.is_section).tolist(), *drops}):
        is_short = bars.time(bar) - bars.time(kept[-1]) < SHORTEST
        if is_short and bar in drops and kept[-1] not in (0, *drops):
            kept[-1] = bar
        elif not is_short and bars.seconds - bars.time(bar) >= SHORTEST:
            kept.append(bar)
    return [*kept, len(bars)]


def _build_start(bars: Bars, first: int, stop: int) -> int:
    """Return the bar from which a section builds up to what follows it."""
    return next(k for k in range(first, stop) if bars.time(stop) - bars.time(k) <= BUILD_SECONDS
                or k == stop - 1)  # fmt: skip


def _cuts(
    bars: Bars, first: int, stop: int, kind: str, rng: np.random.Generator
) -> Iterator[tuple[int, int]]:
    """Yield the first bar of each shot of a stretch, and the bar after it."""
    while first < stop:
        count = stop - first if kind == "build" else _num_bars(bars, first, stop, kind, rng)
        rest = stop - first - count
        end = stop if rest <= count // 2 else first + count
        yield first, end
        first = end


def _num_bars(bars: Bars, first: int, stop: int, kind: str, rng: np.random.Generator) -> int:
    """Return how many bars a shot lasts, by how much happens in them."""
    energy = float(bars.energy[first : min(first + 4, stop)].mean())
    count = 2 if energy >= WILD else 4 if energy >= LIVELY else 8
    if kind in LASTING:
        count = LASTING[kind]
    elif rng.random() < 0.25:
        count *= 2
    each = (bars.time(stop) - bars.time(first)) / (stop - first)
    while count > 1 and count * each > LONGEST:
        count //= 2
    while count * each < SHORTEST:
        count *= 2
    return min(count, stop - first)


def _name(
    kind: str, is_first: bool, is_opening: bool, shots: list[Planned], rng: np.random.Generator
) -> str:
    """Return what kind of shot comes next; no two usual ones in a row are of the same."""
    if is_opening and kind != "build":
        return "opening"
    if kind in MOVED and (kind != "drop" or is_first):
        return kind
    last = shots[-1].kind if shots else ""
    return str(rng.choice([name for name in PLAYED if name != LIKE.get(last, last)]))


def _possible(last: float | None, ahead: float, angle: float) -> np.ndarray:
    """Return from where the next shot may be seen (N,), far enough from where the last ended."""
    if last is None:
        return np.array([ahead])
    possible = ahead + np.linspace(-angle, angle, 39)
    far = np.abs(possible - last) >= LEAST_CHANGE
    return possible[far & (np.abs(possible) <= WIDEST_ANGLE)]


def _turn(name: str, start: float, ahead: float, seconds: float) -> tuple[float, float]:
    """Return from where to where the camera goes around the dancer: across the middle, or to it."""
    side = 1.0 if start > ahead else -1.0
    speed = ORBIT_SPEED if name == "break" else 0.03
    way = min(speed * seconds, 1.5 if name == "break" else 0.25)
    return start, float(np.clip(start - side * way, -WIDEST_ANGLE, WIDEST_ANGLE))
