"""What beats, tempi and bars are recognised by: numbers read off the onsets along a pulse."""

import math

import numpy as np
from scipy import ndimage
from scipy.signal import oaconvolve

from music2pose.hearing.onsets import ONSET_FPS, Onsets

NUM_CHANNELS = 5
"""Four onset bands and the change of harmony."""
PHASES = 24
"""A beat is looked at in this many steps, which holds halves, thirds and quarters."""
TEMPLATE_BEATS = 3
"""A beat is recognised by what happens from one beat before it to two beats after it."""
CANDIDATE_BPM = (55.0, 205.0)
METRES = (3, 4)

_SMOOTHING_FRAMES = (1.5, 1.5, 1.5, 1.5, 3.0)
"""Standard deviation of the Gaussian over each channel; harmony is looked at less often."""
_LOUDEST = 3.0
"""Times its usual level up to which an onset counts, so that no single one decides."""
_TEMPO_BANDS = np.array([1.5, 1.0, 1.0, 0.5])
"""How much each band counts for the tempo: kick and bass most, hi-hats least. These and the
numbers below, up to the candidates, are judged by ``python -m benchmarks.tempo``."""
_LAGS = 820
"""The longest lag that is looked at, 8.2 s."""
_WINDOW = 1024
"""Frames; see ``autocorrelation``."""
_NUM_PEAKS = 6
"""So many of the tempi that repeat best become candidates."""
_RELATIVES = (2, 1 / 2, 3 / 2, 2 / 3, 3, 1 / 3, 4 / 3, 3 / 4)
_SAME_TEMPO = 0.03
"""Candidates that differ by this share or less are one."""
# Of the period of a beat: parts of it, and up to four beats.
_LAG_MULTIPLES = (1 / 4, 1 / 3, 1 / 2, 2 / 3, 3 / 4, 1, 4 / 3, 3 / 2, 2, 3, 4)
_TEMPO_CENTRES = np.arange(-1.0, 1.01, 0.25)
"""Octaves around ``_MIDDLE_BPM``."""
_MIDDLE_BPM = 110.0
_BAR_REACH = 4
"""A downbeat is recognised by the beats up to this many before and after it."""


def rhythm_channels(onsets: Onsets) -> np.ndarray:
    """Return onsets above their surroundings, each channel in units of its own usual level.

    The level is that of the song and of the ten seconds around, half each, so that a quiet
    verse counts nearly as much as a loud chorus.

    Shape:
        returns: (N, 5) float64 in [0, 3]
    """
    raw = np.column_stack([onsets.bands, onsets.harmony]).astype(np.float64)
    for column, sigma in zip(raw.T, _SMOOTHING_FRAMES, strict=True):
        column[:] = ndimage.gaussian_filter1d(column, sigma)
    raw = np.maximum(raw - ndimage.uniform_filter1d(raw, ONSET_FPS + 1, axis=0), 0)
    around = np.sqrt(ndimage.uniform_filter1d(raw**2, 10 * ONSET_FPS + 1, axis=0))
    usual = 0.5 * around + 0.5 * np.sqrt((raw**2).mean(axis=0))
    return np.minimum(raw / (usual + 1e-9), _LOUDEST)


def beat_evidence(channels: np.ndarray, period: float, template: np.ndarray) -> np.ndarray:
    """Return how much each frame looks like a beat of a pulse of ``period`` frames.

    Shape:
        channels: (N, 5)
        template: (5, 72) weights of the channels at 24 steps a beat, from one beat before on
        returns: (N,); of the 24 places within one beat, the beat is at one with probability
            proportional to exp(evidence)
    """
    before, after = math.ceil(period), math.ceil((TEMPLATE_BEATS - 1) * period)
    steps = (np.arange(-before, after + 1) / period + 1) * PHASES
    places = np.arange(template.shape[1])
    evidence = np.zeros(len(channels))
    for channel, weights in zip(channels.T, template, strict=True):
        kernel = np.interp(steps, places, weights, left=0, right=0) * PHASES / period
        evidence += oaconvolve(np.pad(channel, (before, after)), kernel[::-1], mode="valid")
    return evidence


def autocorrelation(channels: np.ndarray) -> np.ndarray:
    """Return how alike the onsets are to themselves some frames later, on average over windows.

    Windows last ten seconds, so that a wandering tempo does not blur the peaks.

    Shape:
        returns: (820,) from -1 to 1; entry k is for a lag of k frames
    """
    onset = ndimage.gaussian_filter1d(channels[:, :4] @ _TEMPO_BANDS, 2.0)
    onset = np.pad(onset, (0, max(_WINDOW - len(onset), 0)))
    windows = np.lib.stride_tricks.sliding_window_view(onset, _WINDOW)[:: _WINDOW // 2]
    windows = windows - windows.mean(axis=1, keepdims=True)
    power = np.abs(np.fft.rfft(windows, 2 * _WINDOW, axis=1)) ** 2
    products = np.fft.irfft(power, axis=1)[:, :_LAGS]
    energy = products[:, :1]
    likeness = products / (energy + 1e-9) / (1 - np.arange(_LAGS) / _WINDOW)
    weights = np.minimum(energy, np.median(energy)) + 1e-9
    return (likeness * weights).sum(axis=0) / weights.sum()


def tempo_candidates(likeness: np.ndarray) -> np.ndarray:
    """Return the tempi worth a closer look, in beats per minute.

    They are those at which the first four multiples of the period repeat best, and the tempi that
    are in a simple ratio to the best one.

    Shape:
        likeness: (820,) from ``autocorrelation``
        returns: (K,)
    """
    grid = np.exp(np.arange(np.log(45), np.log(240), 0.005))
    comb = _at_lags(likeness, 60 * ONSET_FPS / grid[:, None] * np.arange(1, 5)).mean(axis=1)
    mild_prior = 0.05 * (np.log2(grid / _MIDDLE_BPM) / 1.2) ** 2
    is_peak = comb == ndimage.maximum_filter1d(comb, 5)
    peaks = np.flatnonzero(is_peak)
    best = grid[peaks[np.argsort((mild_prior - comb)[peaks])][:_NUM_PEAKS]]
    chosen: list[float] = []
    for bpm in (*best, *(best[0] * ratio for ratio in _RELATIVES)):
        is_new = all(abs(bpm / other - 1) > _SAME_TEMPO for other in chosen)
        if CANDIDATE_BPM[0] <= bpm <= CANDIDATE_BPM[1] and is_new:
            chosen.append(float(bpm))
    return np.array(chosen)


def _at_lags(likeness: np.ndarray, lags: np.ndarray) -> np.ndarray:
    return np.interp(lags, np.arange(_LAGS), likeness)


def fold(channels: np.ndarray, beats: np.ndarray) -> np.ndarray:
    """Return the channels beat by beat, each beat in 24 steps.

    Shape:
        channels: (N, C)
        beats: (B + 1,) increasing positions in frames
        returns: (B, 24, C)
    """
    steps = np.arange(PHASES) / PHASES
    position = (beats[:-1, None] + np.diff(beats)[:, None] * steps).ravel()
    frames = np.arange(len(channels))
    folded = [np.interp(position, frames, channel) for channel in channels.T]
    return np.stack(folded, axis=-1).reshape(-1, PHASES, channels.shape[1])


def log_share(evidence: np.ndarray, beats: np.ndarray) -> np.ndarray:
    """Return the log-probability of each beat among the 24 places of its interval; (B,)."""
    folded = fold(evidence[:, None], beats)[..., 0]
    highest = folded.max(axis=1, keepdims=True)
    return folded[:, 0] - highest[:, 0] - np.log(np.exp(folded - highest).sum(axis=1))


def tempo_cues(
    channels: np.ndarray,
    evidence: np.ndarray,
    likeness: np.ndarray,
    beats: np.ndarray,
    bpm: float,
    bar_weights: np.ndarray,
) -> np.ndarray:
    """Return what tells whether ``bpm``, with the beats that fit it best, is the right tempo.

    These are: how well the beats fit; what happens, on average, within a beat; how alike a beat
    is to the next four; how well the song repeats at multiples of the period; how well the beats
    make bars of each metre; the tempo itself.

    Shape:
        beats: (B,) in frames, B of at least 5
        returns: (136,)
    """
    folded = fold(channels, beats)
    blurred = 0.5 * folded + 0.25 * np.roll(folded, 1, axis=1) + 0.25 * np.roll(folded, -1, axis=1)
    profile = blurred.mean(axis=0)[::2].T.ravel()
    fit = (evidence[beats[:-1].astype(int)].mean(), log_share(evidence, beats).mean())
    repeats = _at_lags(likeness, 60 * ONSET_FPS / bpm * np.array(_LAG_MULTIPLES))
    octave = np.log2(bpm / _MIDDLE_BPM)
    tempo = np.exp(-0.5 * ((octave - _TEMPO_CENTRES) / 0.25) ** 2)
    scores = [bar_scores(channels, beats, *each) for each in zip(METRES, bar_weights, strict=True)]
    bars = [cue for score in scores for cue in (score.max(), score.max() - score.mean())]
    return np.concatenate([fit, profile, _alternation(folded), repeats, bars, tempo])


def _alternation(folded: np.ndarray) -> np.ndarray:
    """Return spread and likeness to the next four beats, on and between beats; (50,)."""
    cues = []
    for channel in range(folded.shape[2]):
        for phase in (0, PHASES // 2):
            around = folded[:, [phase - 1, phase, phase + 1], channel].mean(axis=1)
            cues += [_spread(around), *(_likeness_after(around, lag) for lag in (1, 2, 3, 4))]
    return np.array(cues)


def _spread(values: np.ndarray) -> float:
    return float(np.sqrt(values.var() + 0.02))


def _likeness_after(values: np.ndarray, lag: int) -> float:
    """Return the correlation of a sequence with itself ``lag`` steps later."""
    if len(values) <= lag:
        return 0.0
    centred = values - values.mean()
    return float((centred[lag:] * centred[:-lag]).mean() / _spread(values) ** 2)


def bar_cues(channels: np.ndarray, beats: np.ndarray, metre: int) -> np.ndarray:
    """Return what tells whether bars of ``metre`` beats start at beat 0, 1, ...

    Shape:
        beats: (B + 1,) in frames
        returns: (metre, 100): 9 beats around the downbeats of 10 numbers each, and 10 numbers that
            say how alike beats are one and two bars apart
    """
    folded = fold(channels, beats)
    on_and_off = [
        folded[:, [phase - 1, phase, phase + 1]].max(axis=1) for phase in (0, PHASES // 2)
    ]
    beat_rows = np.concatenate(on_and_off, axis=1)  # (B, 10)
    beat_rows = beat_rows - beat_rows.mean(axis=0)
    padded = np.pad(beat_rows, ((_BAR_REACH, _BAR_REACH), (0, 0)))
    around = np.concatenate(
        [padded[shift : shift + len(beat_rows)] for shift in range(2 * _BAR_REACH + 1)], axis=1
    )  # (B, 90)
    periodic = [
        _likeness_after(column, lag)
        for column in beat_rows[:, :NUM_CHANNELS].T
        for lag in (metre, 2 * metre)
    ]
    rows = []
    for first in range(metre):
        downbeats = around[first::metre]
        mean = downbeats.mean(axis=0) if len(downbeats) else np.zeros(around.shape[1])
        rows.append(np.concatenate([mean, periodic]))
    return np.array(rows)


def bar_scores(
    channels: np.ndarray, beats: np.ndarray, metre: int, weights: np.ndarray
) -> np.ndarray:
    """Return how well bars of ``metre`` beats that start at beat 0, 1, ... fit.

    Shape:
        weights: (101,), the last one a constant
        returns: (metre,), log-odds up to a constant that all metres share
    """
    return bar_cues(channels, beats, metre) @ weights[:-1] + weights[-1]
