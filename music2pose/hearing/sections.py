"""Cut a song into sections: stretches of bars that sound alike, those that return alike in name."""

from dataclasses import dataclass

import numpy as np
from scipy.fft import dct

from music2pose.hearing.features import FEATURE_FPS, SongFeatures

NUM_TIMBRES = 13
"""Cepstral coefficients of a bar: the rough shape of its spectrum, not its notes."""
LEVEL_WEIGHT = 4.0
"""How much loudness and onsets count beside one of those."""
SECTION_COST = 5.0
"""What one more section must explain; all costs are in units of what differs between neighbouring
bars. Fitted, like the others, on 24 synthesised songs; ``benchmarks/sections.py`` uses others."""
ODD_COST = 4.0
"""Added for a section of an odd number of bars, and again where it is no multiple of four."""
LIKENESS = 3.0
"""Most that two sections of one name differ."""
MIN_NOISE = 0.1
MIN_PART_SECONDS = 0.5
"""Bars that the song's ends cut shorter than this belong to their neighbour."""


@dataclass(frozen=True)
class SongSection:
    """A stretch of a song."""

    start: float
    """Seconds; the first section starts at 0, each of the others on a downbeat."""
    label: str
    """A, B, C... in order of appearance; sections that sound alike have the same one."""


def detect_sections(song: SongFeatures) -> list[SongSection]:
    """Return the sections of a song, in order; a song that never changes is one."""
    starts = bar_starts(song)
    bars = describe_bars(song, starts)
    cuts = best_cuts(bars)
    labels = label_sections(bars, cuts)
    return [SongSection(float(starts[k]), label) for k, label in zip(cuts, labels, strict=True)]


def nearest_bar(song: SongFeatures, section: SongSection) -> int:
    """Return the number of the bar, counted from 1, that starts nearest to a section's start.

    A song in which no bar starts is all in the first.
    """
    distances = np.abs(song.grid.downbeat_times - section.start)
    return int(distances.argmin()) + 1 if len(distances) else 1


def bar_starts(song: SongFeatures) -> np.ndarray:
    """Return where bars begin: (N,) increasing seconds, the first one 0."""
    downbeats = song.grid.downbeat_times
    is_inside = (downbeats > MIN_PART_SECONDS) & (downbeats < song.seconds - MIN_PART_SECONDS)
    return np.concatenate([[0.0], downbeats[is_inside]])


def describe_bars(song: SongFeatures, starts: np.ndarray) -> np.ndarray:
    """Return how each bar sounds, and how much that varies within it.

    One unit is how far the sound of a bar usually is from that of the bar before.

    Shape:
        starts: (N,)
        returns: (N, D) float64
    """
    cepstrum = np.asarray(dct(song.mel, norm="ortho", axis=1))[:, :NUM_TIMBRES]
    rows = np.column_stack([cepstrum, LEVEL_WEIGHT * song.loudness, LEVEL_WEIGHT * song.onset])
    frames = np.minimum(np.round(starts * FEATURE_FPS).astype(int), len(song) - 1)
    counts = np.diff([*frames, len(song)])[:, None]
    means = np.add.reduceat(rows, frames) / counts
    variances = np.add.reduceat(rows**2, frames) / counts - means**2
    bars = np.column_stack([means, np.sqrt(variances.clip(0))])
    if len(bars) < 2:
        return bars
    steps = (np.diff(bars, axis=0) ** 2).sum(axis=1)
    return bars / max(np.sqrt(np.median(steps) / 2), MIN_NOISE)


def best_cuts(bars: np.ndarray) -> np.ndarray:
    """Return the bars at which sections start, so that bars are most like their section's mean.

    Optimal partitioning by dynamic programming (https://doi.org/10.1109/LSP.2001.838216): what is
    least is the squared distance of all bars to their section's mean, plus a cost per section.

    Shape:
        bars: (N, D)
        returns: (S,) increasing, the first one 0
    """
    num_bars = len(bars)
    sums = np.concatenate([np.zeros((1, bars.shape[1])), np.cumsum(bars, axis=0)])
    squares = np.concatenate([[0.0], np.cumsum((bars**2).sum(axis=1))])
    least, came_from = np.full(num_bars + 1, np.inf), np.zeros(num_bars + 1, int)
    least[0] = 0
    for end in range(1, num_bars + 1):
        starts = np.arange(end)
        lengths = end - starts
        scatter = squares[end] - squares[:end]
        scatter -= ((sums[end] - sums[:end]) ** 2).sum(axis=1) / lengths
        odd = 0 if end == num_bars else ODD_COST * ((lengths % 2 > 0) * 1 + (lengths % 4 > 0))
        costs = least[:end] + scatter + SECTION_COST + odd
        came_from[end] = costs.argmin()
        least[end] = costs[came_from[end]]
    cuts, end = [], num_bars
    while end > 0:
        end = int(came_from[end])
        cuts.append(end)
    return np.array(cuts[::-1])


def label_sections(bars: np.ndarray, cuts: np.ndarray) -> list[str]:
    """Return a letter for every section, the same for those that sound alike.

    Shape:
        bars: (N, D)
        cuts: (S,)
    """
    lengths = np.diff([*cuts, len(bars)])
    means = np.add.reduceat(bars, cuts) / lengths[:, None]
    groups: list[list[int]] = []
    labels = []
    for section, mean in enumerate(means):
        centres = [np.average(means[g], axis=0, weights=lengths[g]) for g in groups]
        distances = [float(np.linalg.norm(mean - centre)) for centre in centres]
        if not distances or min(distances) > LIKENESS:
            groups.append([])
            distances.append(0.0)
        nearest = int(np.argmin(distances))
        groups[nearest].append(section)
        labels.append(letters(nearest))
    return labels


def letters(number: int) -> str:
    """
    >>> letters(0), letters(25), letters(26)
    ('A', 'Z', 'AA')
    """
    before, last = divmod(number, 26)
    return (letters(before - 1) if before else "") + chr(ord("A") + last)
