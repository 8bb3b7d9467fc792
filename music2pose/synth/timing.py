"""Beats into seconds: a tempo that may wander, and swing."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Timeline:
    """Where every beat is, exactly: the beat period is 60 / bpm * (1 + drift * w(beat)).

    w is a sum of three slow sines that stays within [-1, 1], so its integral is known in closed
    form. Beat 0 starts the first bar, ``lead_seconds`` into the song.
    """

    bpm: float
    drift: float
    lead_seconds: float
    weights: tuple[float, ...]
    """Share of each sine; they add up to 1."""
    cycles_per_beat: tuple[float, ...]
    phases: tuple[float, ...]

    @classmethod
    def draw(
        cls, bpm: float, drift: float, lead_seconds: float, rng: np.random.Generator
    ) -> "Timeline":
        weights = rng.dirichlet((3.0, 3.0, 1.0))
        cycles = 1 / rng.uniform((12, 24, 48), (24, 48, 96))
        phases = rng.uniform(0, 2 * np.pi, 3)
        return cls(bpm, drift, lead_seconds, tuple(weights), tuple(cycles), tuple(phases))

    def seconds(self, beats: np.ndarray) -> np.ndarray:
        """Return the times (N,) of ``beats`` (N,), which may lie between whole beats."""
        beats = np.asarray(beats, dtype=np.float64)
        wander = np.zeros_like(beats)
        for weight, cycles, phase in zip(
            self.weights, self.cycles_per_beat, self.phases, strict=True
        ):
            rate = 2 * np.pi * cycles
            wander += weight / rate * (np.cos(phase) - np.cos(rate * beats + phase))
        return self.lead_seconds + 60 / self.bpm * (beats + self.drift * wander)

    def beats_within(self, seconds: float) -> np.ndarray:
        """Return the whole beats (N,) that fall in [0, seconds), those before beat 0 included."""
        shortest = 60 / self.bpm * (1 - self.drift)
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
