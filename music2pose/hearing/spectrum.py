"""Turn samples into mel spectrograms, block by block: a song is never in memory as a whole.

librosa's ``filters.mel`` and ``feature.melspectrogram`` give the same numbers (a test holds them
together, and ``onset.onset_strength_multi`` with the flux of ``onsets``) and take about as long:
0.37 s of processor time against 0.28 s for a song of 3 minutes. But the first call imports numba
and its compiled parts: 0.9 s, where all of hearing that song takes 1.1 s, and 18 s in a process
that cannot keep numba's cache, as in a read-only container. And librosa holds the spectrum of a
whole song before it becomes mel bands: 2.4 GB for the onsets of an hour.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

_FRAMES_AT_ONCE = 64
"""So few stay in the processor's cache: 0.28 s for a song of 3 minutes, against 0.43 s with 512."""
_ACTIVE_SHARE = 1e-6
_SILENCE_POWER = 1e-10
"""A song in which no mel band reaches this is silent: a sine below one step of 16-bit audio."""


class MelPlan(NamedTuple):
    """A mel spectrogram to be made.

    Shape:
        filters: (n_mels, n_fft // 2 + 1)
    """

    num_frames: int
    hop_length: int
    n_fft: int
    filters: np.ndarray


def mel_spectrograms(blocks: Iterable[np.ndarray], plans: Sequence[MelPlan]) -> list[np.ndarray]:
    """Return the power in each mel band; frame k is centred on sample ``k * hop_length``.

    The song is gone through once for all plans. What lies before and after it counts as silence. A
    full-scale sine gives about 0.25 in the band of its frequency, whatever ``n_fft``.

    Shape:
        blocks: the song's samples in their order, (N,) float32
        returns: for each plan (num_frames, n_mels) float32
    """
    analyses = [_Analysis(plan) for plan in plans]
    for block in blocks:
        for analysis in analyses:
            analysis.take(block)
    return [analysis.finish() for analysis in analyses]


class _Analysis:
    """A mel spectrogram while the song is gone through, of a few frames at once."""

    def __init__(self, plan: MelPlan) -> None:
        self.plan = plan
        self.mel = np.empty((plan.num_frames, len(plan.filters)), np.float32)
        self.weights = np.ascontiguousarray(plan.filters.T)
        window = np.hanning(plan.n_fft + 1)[:-1].astype(np.float32)
        self.window = window / window.sum()
        self.done = 0
        self.waiting = [np.zeros(plan.n_fft // 2, np.float32)]
        self.num_waiting = plan.n_fft // 2

    def take(self, block: np.ndarray) -> None:
        """Hear the next samples, (N,)."""
        self.waiting.append(block)
        self.num_waiting += len(block)
        while self.done < self.plan.num_frames and self.num_waiting >= self._needed():
            self._analyse()

    def finish(self) -> np.ndarray:
        """Return the whole spectrogram, silence following the last sample."""
        while self.done < self.plan.num_frames:
            self.take(np.zeros(self._needed(), np.float32))
        return self.mel

    def _count(self) -> int:
        return min(_FRAMES_AT_ONCE, self.plan.num_frames - self.done)

    def _needed(self) -> int:
        return (self._count() - 1) * self.plan.hop_length + self.plan.n_fft

    def _analyse(self) -> None:
        samples, count = np.concatenate(self.waiting), self._count()
        part = samples[: self._needed()]
        frames = np.lib.stride_tricks.sliding_window_view(part, self.plan.n_fft)
        spectrum = np.fft.rfft(frames[:: self.plan.hop_length] * self.window, axis=1)
        power = np.square(spectrum.real) + np.square(spectrum.imag)
        self.mel[self.done : self.done + count] = power @ self.weights
        self.done += count
        self.waiting = [samples[count * self.plan.hop_length :]]
        self.num_waiting = len(self.waiting[0])


def mel_filters(
    sample_rate: int, n_fft: int, n_mels: int, low_hz: float = 30.0, high_hz: float = 11_000.0
) -> np.ndarray:
    """Return triangular filters evenly spaced on the mel scale, m = 2595 log10(1 + f / 700).

    The peak of each triangle is 1. A band narrower than the spacing of the spectrum is widened
    to it, so that no band is empty.

    Shape:
        returns: (n_mels, n_fft // 2 + 1) float32
    """
    low, high = (2595 * np.log10(1 + hz / 700) for hz in (low_hz, high_hz))
    edges = 700 * (10 ** (np.linspace(low, high, n_mels + 2) / 2595) - 1)
    bin_hz = sample_rate / n_fft
    frequencies = np.arange(n_fft // 2 + 1) * bin_hz
    centre = edges[1:-1, None]
    rise = (frequencies - centre) / np.maximum(centre - edges[:-2, None], bin_hz)
    fall = (centre - frequencies) / np.maximum(edges[2:, None] - centre, bin_hz)
    return np.clip(1 + np.minimum(rise, fall), 0, 1).astype(np.float32)


def semitone_filters(
    sample_rate: int, n_fft: int, low_hz: float = 55.0, num_notes: int = 60
) -> np.ndarray:
    """Return triangular filters on the notes of the tempered scale, from A1 up.

    Shape:
        returns: (num_notes, n_fft // 2 + 1) float32
    """
    frequencies = np.arange(n_fft // 2 + 1) * sample_rate / n_fft
    notes = low_hz * 2 ** (np.arange(num_notes) / 12)
    distance = 12 * np.abs(np.log2(np.maximum(frequencies, 1) / notes[:, None]))
    return np.maximum(1 - distance, 0).astype(np.float32)


def reference_power(loudest: np.ndarray) -> float:
    """Return the one power that levels of a song are compared with, robust to single clicks.

    It is the 99th percentile over the frames that lie within 60 dB of the loudest one, and no less
    than what counts as silence, so that the noise floor of an empty recording stays silent.

    Shape:
        loudest: (T,) power per frame
    """
    active = loudest[loudest >= _ACTIVE_SHARE * loudest.max()]
    return max(float(np.percentile(active, 99)), _SILENCE_POWER)
