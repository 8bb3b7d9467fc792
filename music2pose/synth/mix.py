"""Tracks become one waveform: placing, balance, filter and level curves, ducking, room, limiter."""

import numpy as np
from scipy.signal import butter, lfilter, oaconvolve, sosfilt


def add_sound(track: np.ndarray, sound: np.ndarray, start: int, gain: float) -> None:
    """Add ``sound`` (N,) to ``track`` (S,) in place; what lies outside is dropped."""
    begin, end = max(start, 0), min(start + len(sound), len(track))
    if begin < end:
        track[begin:end] += gain * sound[begin - start : end - start]


def loud_part(track: np.ndarray, sample_rate: int) -> float:
    """Return the root mean square that the loudest tenth of 0.4-s windows exceeds.

    Shape:
        track: (S,)
    """
    window = int(0.4 * sample_rate)
    usable = len(track) // window * window
    blocks = track[:usable].reshape(-1, window) if usable else track[None]
    return float(np.quantile(np.sqrt((blocks**2).mean(1)), 0.9))


def stepped(starts: np.ndarray, values: np.ndarray, glides: np.ndarray, length: int) -> np.ndarray:
    """Return the curve (length,) that holds each value (N,) from its start (N,) on.

    It moves to a value over the ``glides`` (N,) samples before its start.
    """
    begins = np.maximum(starts[1:] - glides[1:], starts[:-1])
    places = np.stack([begins, starts[1:]], 1).ravel()
    levels = np.stack([values[:-1], values[1:]], 1).ravel()
    curve = np.interp(np.arange(length), [0, *places], [values[0], *levels])
    return curve.astype(np.float32)


def filtered(track: np.ndarray, kind: str, hz: float, sample_rate: int) -> np.ndarray:
    """Return ``track`` (S,) through a second-order ``kind`` ("lowpass", "highpass") at ``hz``."""
    band = butter(2, min(hz, 0.45 * sample_rate), kind, fs=sample_rate, output="sos")
    return np.asarray(sosfilt(band, track), dtype=np.float32)


def duck(kicks: np.ndarray, length: int, depth: float, seconds: float, rate: int) -> np.ndarray:
    """Return the gain (length,) that dips by ``depth`` at each kick and recovers in ``seconds``."""
    impulses = np.zeros(length, dtype=np.float32)
    impulses[kicks[(kicks >= 0) & (kicks < length)]] = 1
    decay = float(np.exp(-1 / (seconds * rate)))
    recovery = np.asarray(lfilter([1.0], [1.0, -decay], impulses), dtype=np.float32)
    return 1 - depth * np.minimum(recovery, 1)


def reverberated(
    send: np.ndarray, seconds: float, sample_rate: int, rng: np.random.Generator
) -> np.ndarray:
    """Return what a room that falls by 60 dB in ``seconds`` adds to ``send`` (S,), as (S,)."""
    time = np.arange(int(seconds * sample_rate)) / sample_rate
    tail = rng.standard_normal(len(time)) * 10 ** (-3 * time / seconds)
    tail = filtered(tail * np.minimum(time / 0.008, 1), "lowpass", 5000, sample_rate)
    tail = filtered(tail, "highpass", 150, sample_rate)
    tail /= np.sqrt((tail**2).sum()) + 1e-9
    return oaconvolve(send, tail)[: len(send)].astype(np.float32)


def limited(mix: np.ndarray, peak: float) -> np.ndarray:
    """Return ``mix`` (S,) scaled to ``peak``, what is loud rounded off by tanh."""
    loudest = float(np.quantile(np.abs(mix), 0.9995)) + 1e-9
    rounded = np.tanh(1.2 * np.clip(mix / loudest, -1.1, 1.1)) / np.tanh(1.2 * 1.1)
    return (peak * rounded).astype(np.float32)
