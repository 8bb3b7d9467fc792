"""Notes and hits become one waveform: placing, balance, ducking, room and limiter."""

import numpy as np
from scipy.signal import butter, lfilter, oaconvolve, sosfilt


def place(track: np.ndarray, sound: np.ndarray, start: int, gain: float) -> None:
    """Add ``sound`` (N,) to ``track`` (S,) in place; what lies outside is dropped."""
    begin, end = max(start, 0), min(start + len(sound), len(track))
    if begin < end:
        track[begin:end] += gain * sound[begin - start : end - start]


def loud_part(track: np.ndarray, sample_rate: int) -> float:
    """Return the level that the loudest tenth of 0.4-s windows exceeds, as a root mean square."""
    window = max(1, int(0.4 * sample_rate))
    usable = len(track) // window * window
    blocks = track[:usable].reshape(-1, window) if usable else track[None]
    return float(np.quantile(np.sqrt((blocks.astype(np.float64) ** 2).mean(1)), 0.9))


def step_curve(starts: list[int], values: list[float], length: int, glide: int) -> np.ndarray:
    """Return (length,) that holds each value from its start on, moving over ``glide`` samples."""
    points, levels = [0], [values[0]]
    for start, before, value in zip(starts[1:], values, values[1:], strict=False):
        points += [max(start - glide, points[-1]), start]
        levels += [before, value]
    return np.interp(np.arange(length), points, levels).astype(np.float32)


def lowpass(track: np.ndarray, hz: float, sample_rate: int) -> np.ndarray:
    band = butter(2, min(hz, 0.45 * sample_rate), "lowpass", fs=sample_rate, output="sos")
    return sosfilt(band, track).astype(np.float32)


def duck(
    kicks: list[int], length: int, depth: float, seconds: float, sample_rate: int
) -> np.ndarray:
    """Return the gain (length,) that dips by ``depth`` at each kick and recovers in ``seconds``."""
    impulses = np.zeros(length, dtype=np.float32)
    impulses[[k for k in kicks if 0 <= k < length]] = 1
    decay = float(np.exp(-1 / (seconds * sample_rate)))
    return 1 - depth * np.minimum(lfilter([1.0], [1.0, -decay], impulses), 1).astype(np.float32)


def reverberate(
    send: np.ndarray, seconds: float, sample_rate: int, rng: np.random.Generator
) -> np.ndarray:
    """Return the sound of a room that falls by 60 dB in ``seconds``, without the direct sound."""
    time = np.arange(int(seconds * sample_rate)) / sample_rate
    tail = rng.standard_normal(len(time)) * 10 ** (-3 * time / seconds)
    tail *= np.minimum(time / 0.008, 1)
    tail = lowpass(tail, 5000, sample_rate)
    tail /= np.sqrt((tail**2).sum()) + 1e-9
    return oaconvolve(send, tail)[: len(send)].astype(np.float32)


def limit(mix: np.ndarray, peak: float) -> np.ndarray:
    """Round off what is loud: tanh, scaled so that nothing exceeds ``peak``."""
    loudest = float(np.quantile(np.abs(mix), 0.999)) + 1e-9
    return (peak * np.tanh(mix / loudest * 0.9)).astype(np.float32)
