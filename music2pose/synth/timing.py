"""Beats into seconds: a tempo that may wander, and swing."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


class TempoChange(NamedTuple):
    """From ``beat`` on the tempo goes to ``bpm``, evenly in its period, within ``num_beats``."""

    beat: float
    bpm: float
    num_beats: float = 0.0
    """0 is at once."""


@dataclass(frozen=True)
class Timeline:
    """Where every beat is, exactly: the beat period is 60 / bpm * (r(beat) + drift * w(beat)).

    w is a sum of three slow sines that stays within [-1, 1], r is 1 up to the first change of tempo
    and made of straight lines after it, so both integrals are known in closed form. Beat 0 starts
    the first bar, ``lead_seconds`` into the song.
    """

    bpm: float
    drift: float
    lead_seconds: float
    weights: tuple[float, ...]
    """Share of each sine; they add up to 1."""
    cycles_per_beat: tuple[float, ...]
    phases: tuple[float, ...]
    changes: tuple[TempoChange, ...] = ()
    """In the order of their beats, none of which lies before the end of the change before it."""

    @classmethod
    def draw(
        cls,
        bpm: float,
        drift: float,
        lead_seconds: float,
        rng: np.random.Generator,
        changes: tuple[TempoChange, ...] = (),
    ) -> "Timeline":
        weights = rng.dirichlet((3.0, 3.0, 1.0))
        cycles = 1 / rng.uniform((12, 24, 48), (24, 48, 96))
        phases = rng.uniform(0, 2 * np.pi, 3)
        return cls(bpm, drift, lead_seconds, tuple(weights), tuple(cycles), tuple(phases), changes)

    def seconds(self, beats: np.ndarray) -> np.ndarray:
        """Return the times (N,) of ``beats`` (N,), which may lie between whole beats."""
        beats = np.asarray(beats, dtype=np.float64)
        wander = np.zeros_like(beats)
        for weight, cycles, phase in zip(
            self.weights, self.cycles_per_beat, self.phases, strict=True
        ):
            rate = 2 * np.pi * cycles
            wander += weight / rate * (np.cos(phase) - np.cos(rate * beats + phase))
        return self.lead_seconds + 60 / self.bpm * (self._paced(beats) + self.drift * wander)

    def _paced(self, beats: np.ndarray) -> np.ndarray:
        """Return the integral (N,) of r, the period as a share of the first one, from beat 0 on."""
        paced, ratio = beats.copy(), 1.0
        for change in self.changes:
            step = self.bpm / change.bpm - ratio
            past = np.maximum(beats - change.beat, 0)
            ramp = np.minimum(past, change.num_beats)
            if change.num_beats:
                paced += step * (ramp**2 / (2 * change.num_beats))
            paced += step * (past - ramp)
            ratio += step
        return paced

    def beats_within(self, seconds: float) -> np.ndarray:
        """Return the whole beats (N,) that fall in [0, seconds), those before beat 0 included."""
        fastest = max([self.bpm, *(change.bpm for change in self.changes)])
        shortest = 60 / fastest * (1 - self.drift * fastest / self.bpm)
        first = -int(np.ceil(self.lead_seconds / shortest))
        last = int(np.ceil(seconds / shortest)) + 1
        beats = np.arange(first, last + 1)
        times = self.seconds(beats)
        return beats[(times >= 0) & (times < seconds)]


def swung(beats: np.ndarray, swing: float) -> np.ndarray:
    """Move off-beats late: at swing 1 the half-beat falls on 2/3 (a triplet), whole beats stay.

    Shape:
        beats, returns: (N,)

    >>> swung(np.array([0.0, 0.5, 1.0]), 1.0).round(3).tolist()
    [0.0, 0.667, 1.0]
    """
    beats = np.asarray(beats, dtype=np.float64)
    whole = np.floor(beats)
    part = beats - whole
    middle = 0.5 + swing / 6
    early = part * middle / 0.5
    late = middle + (part - 0.5) * (1 - middle) / 0.5
    return whole + np.where(part < 0.5, early, late)
