"""Turn a song into onsets and changes of harmony: what starts to sound, 100 times a second."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from music2pose.hearing.audio import SAMPLE_RATE, Sound
from music2pose.hearing.spectrum import (
    MelPlan,
    mel_filters,
    mel_spectrograms,
    reference_power,
    semitone_filters,
)

ONSET_FPS = 100
NOTES_FPS = 25
NUM_NOTES = 60
LEVEL_STEPS = 200
"""Levels are kept in steps of 1 / 200, up to 255 of them."""
BAND_EDGES_HZ = (200.0, 800.0, 3200.0)
"""Where the low band (kick, bass), the two middle ones and the high one (hi-hat) meet."""

_ONSET_HOP = SAMPLE_RATE // ONSET_FPS
_ONSET_N_FFT = 1024
NUM_BANDS = 40
_COMPRESSION = 1e4
"""What is 40 dB below the song's reference is compressed to the knee of the logarithm."""
_LAG_FRAMES = 2
"""A rise is measured over 20 ms."""
_LOUDEST_SHARE = 98
"""Percentile of the onset peaks that counts as a full onset."""
_FAINTEST_ONSET = 0.02
"""Onset strength below which a song has no onsets, only noise; not amplified any further."""

_HARMONY_N_FFT = 4096
_HARMONY_STRIDE = 4
"""Harmony is looked at every fourth onset frame."""
_HARMONY_FRAMES = 6
"""A change of harmony compares a quarter of a second with the quarter before."""
_HARMONY_COMPRESSION = 1e3
_ROWS_AT_ONCE = 1024
"""So many rows of a spectrogram are compressed and compared together, to save memory."""


@dataclass(frozen=True)
class Onsets:
    """Spectral flux of a song.

    Shape:
        bands: (N, 4) float32, not negative, from low to high; row k is at k / ONSET_FPS seconds.
            1 is a rise from 40 dB below the song's reference, or less, to the reference everywhere
            in the band
        harmony: (N,) float32, not negative, how much the sounding notes differ after this moment
            from those before it
        level: (N, 40) uint8, how loud each mel band is: 200 is the song's reference, 0 silence
        notes: (ceil(N / 4), 60) uint8, how loud each note from A1 up is, 25 times a second
    """

    bands: np.ndarray
    harmony: np.ndarray
    level: np.ndarray
    notes: np.ndarray

    @property
    def strength(self) -> np.ndarray:
        """(N,) mean over the bands."""
        return self.bands.mean(axis=1)

    def __len__(self) -> int:
        return len(self.bands)


def find_onsets(sound: Sound) -> Onsets:
    """Return where something starts to sound and where the harmony changes."""
    return onsets_from(*mel_spectrograms(sound.blocks(), onset_plans(sound.seconds)))


def onset_plans(seconds: float) -> tuple[MelPlan, MelPlan]:
    """Return which two spectrograms ``onsets_from`` wants of a song."""
    num_frames = max(1, round(seconds * ONSET_FPS))
    num_looks = -(-num_frames // _HARMONY_STRIDE)
    mel = mel_filters(SAMPLE_RATE, _ONSET_N_FFT, NUM_BANDS)
    notes = semitone_filters(SAMPLE_RATE, _HARMONY_N_FFT, num_notes=NUM_NOTES)
    return (
        MelPlan(num_frames, _ONSET_HOP, _ONSET_N_FFT, mel),
        MelPlan(num_looks, _ONSET_HOP * _HARMONY_STRIDE, _HARMONY_N_FFT, notes),
    )


def onsets_from(mel_power: np.ndarray, note_power: np.ndarray) -> Onsets:
    """Return the onsets of a song of which the spectrograms of ``onset_plans`` are known."""
    bands, level = _flux(mel_power)
    harmony, notes = _harmony_change(note_power, len(mel_power))
    return Onsets(bands, harmony, level, notes)


def _flux(power: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the onsets of each band and the level of each mel band.

    Onsets are the rise of the log-mel spectrum over 20 ms against its loudest neighbour band.

    The comparison with neighbours keeps vibrato and glides from counting as onsets (the SuperFlux
    idea of Boeck and Widmer, 2013).
    """
    reference = reference_power(power.max(axis=1))
    filters = mel_filters(SAMPLE_RATE, _ONSET_N_FFT, NUM_BANDS)
    peak_hz = filters.argmax(axis=1) * SAMPLE_RATE / _ONSET_N_FFT
    first_of_band = np.searchsorted(peak_hz, (0, *BAND_EDGES_HZ))
    counts = np.diff([*first_of_band, NUM_BANDS]).astype(np.float32)
    bands = np.empty((len(power), len(counts)), np.float32)
    levels = np.empty(power.shape, np.uint8)
    for first in range(0, len(power), _ROWS_AT_ONCE):
        early = max(first - _LAG_FRAMES, 0)
        level = np.log1p(_COMPRESSION * power[early : first + _ROWS_AT_ONCE] / reference)
        level /= np.log1p(_COMPRESSION)
        before = np.zeros_like(level)
        before[_LAG_FRAMES:] = ndimage.maximum_filter1d(level[:-_LAG_FRAMES], 3, axis=1)
        flux = np.maximum(level - before, 0)[first - early :]
        now = slice(first, first + len(flux))
        bands[now] = np.add.reduceat(flux, first_of_band, axis=1) / counts
        levels[now] = _stored(level[first - early :])
    return bands, levels


def _stored(level: np.ndarray) -> np.ndarray:
    return np.clip(np.round(level * LEVEL_STEPS), 0, 255).astype(np.uint8)


def _harmony_change(power: np.ndarray, num_frames: int) -> tuple[np.ndarray, np.ndarray]:
    """Return how much the next quarter of a second differs from the one before, and the notes."""
    num_looks, reach = len(power), _HARMONY_FRAMES
    reference = reference_power(power.max(axis=1))
    change = np.empty(num_looks)
    notes = np.empty(power.shape, np.uint8)
    for first in range(0, num_looks, _ROWS_AT_ONCE):
        early = max(first - reach, 0)
        level = np.log1p(
            _HARMONY_COMPRESSION * power[early : first + _ROWS_AT_ONCE + reach] / reference
        )
        total = np.cumsum(np.vstack([np.zeros_like(level[:1]), level]), axis=0, dtype=np.float64)
        now = np.arange(first - early, min(_ROWS_AT_ONCE, num_looks - first) + first - early)
        after, before = np.minimum(now + reach, len(level)), np.maximum(now - reach, 0)
        mean_after = (total[after] - total[now]) / (after - now)[:, None]
        mean_before = (total[now] - total[before]) / np.maximum(now - before, 1)[:, None]
        change[first : first + len(now)] = np.abs(mean_after - mean_before).mean(axis=1)
        notes[first : first + len(now)] = _stored(level[now] / np.log1p(_HARMONY_COMPRESSION))
    frames = np.arange(num_frames) / _HARMONY_STRIDE
    return np.interp(frames, np.arange(num_looks), change).astype(np.float32), notes


def onset_strength(onsets: Onsets, num_frames: int, fps: float) -> np.ndarray:
    """Return the strongest onset around each pose frame, 1 being a strong one of this song.

    Shape:
        returns: (T,) float32 in [0, 1]
    """
    strength = onsets.strength
    peaks = strength[(strength == ndimage.maximum_filter1d(strength, 11)) & (strength > 0)]
    full = max(np.percentile(peaks, _LOUDEST_SHARE) if len(peaks) else 0, _FAINTEST_ONSET)
    width = round(ONSET_FPS / fps)
    widest = ndimage.maximum_filter1d(strength, width)
    centres = np.round(np.arange(num_frames) * ONSET_FPS / fps).astype(int)
    return np.minimum(widest[centres.clip(0, len(widest) - 1)] / full, 1).astype(np.float32)
