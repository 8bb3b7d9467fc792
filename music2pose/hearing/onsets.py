"""Turn a song into onsets and levels: what starts to sound and what sounds, 100 times a second."""

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
NUM_BANDS = 40
NOTES_FPS = 25
NUM_NOTES = 60
LEVEL_STEPS = 200
"""Levels are kept in steps of 1 / 200, up to 255 of them."""
BAND_EDGES_HZ = (200.0, 800.0, 3200.0)
"""Where the low band (kick, bass), the two middle ones and the high one (hi-hat) meet."""

_ONSET_HOP = SAMPLE_RATE // ONSET_FPS
_ONSET_N_FFT = 1024
_COMPRESSION = 1e4
"""What is 40 dB below the song's reference is compressed to the knee of the logarithm."""
_LAG_FRAMES = 2
"""A rise is measured over 20 ms."""
_LOUDEST_SHARE = 98
"""Percentile of the onset peaks that counts as a full onset."""
_FAINTEST_ONSET = 0.02
"""Onset strength below which a song has no onsets, only noise; not amplified any further."""

_NOTES_N_FFT = 4096
_NOTES_STRIDE = ONSET_FPS // NOTES_FPS
_NOTES_COMPRESSION = 1e3
_ROWS_AT_ONCE = 1024
"""So many rows of a spectrogram are compressed and compared together, to save memory."""


@dataclass(frozen=True)
class Onsets:
    """Spectral flux of a song, and how loud its bands and notes are.

    Shape:
        bands: (N, 4) float32, not negative, from low to high; row k is at k / ONSET_FPS seconds.
            1 is a rise from 40 dB below the song's reference, or less, to the reference everywhere
            in the band
        level: (N, 40) uint8, how loud each mel band is: 200 is the song's reference, 0 silence
        notes: (ceil(N / 4), 60) uint8, how loud each note from A1 up is, 25 times a second
    """

    bands: np.ndarray
    level: np.ndarray
    notes: np.ndarray

    @property
    def strength(self) -> np.ndarray:
        """(N,) mean over the bands."""
        return self.bands.mean(axis=1)

    def __len__(self) -> int:
        return len(self.bands)


def find_onsets(sound: Sound) -> Onsets:
    """Return where something starts to sound, and what sounds."""
    return onsets_from(*mel_spectrograms(sound.blocks(), onset_plans(sound.seconds)))


def onset_plans(seconds: float) -> tuple[MelPlan, MelPlan]:
    """Return which two spectrograms ``onsets_from`` wants of a song."""
    num_frames = max(1, round(seconds * ONSET_FPS))
    num_looks = -(-num_frames // _NOTES_STRIDE)
    mel = mel_filters(SAMPLE_RATE, _ONSET_N_FFT, NUM_BANDS)
    notes = semitone_filters(SAMPLE_RATE, _NOTES_N_FFT, num_notes=NUM_NOTES)
    return (
        MelPlan(num_frames, _ONSET_HOP, _ONSET_N_FFT, mel),
        MelPlan(num_looks, _ONSET_HOP * _NOTES_STRIDE, _NOTES_N_FFT, notes),
    )


def onsets_from(mel_power: np.ndarray, note_power: np.ndarray) -> Onsets:
    """Return the onsets of a song of which the spectrograms of ``onset_plans`` are known."""
    bands, level = _flux(mel_power)
    return Onsets(bands, level, _note_levels(note_power))


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
        part = power[early : first + _ROWS_AT_ONCE]
        level = _level(part, reference, _COMPRESSION).astype(np.float32)
        before = np.zeros_like(level)
        before[_LAG_FRAMES:] = ndimage.maximum_filter1d(level[:-_LAG_FRAMES], 3, axis=1)
        flux = np.maximum(level - before, 0)[first - early :]
        now = slice(first, first + len(flux))
        bands[now] = np.add.reduceat(flux, first_of_band, axis=1) / counts
        levels[now] = _stored(level[first - early :])
    return bands, levels


def _note_levels(power: np.ndarray) -> np.ndarray:
    """Return the level of each note, (N, 60) uint8."""
    reference = reference_power(power.max(axis=1))
    levels = np.empty(power.shape, np.uint8)
    for first in range(0, len(power), _ROWS_AT_ONCE):
        now = slice(first, first + _ROWS_AT_ONCE)
        levels[now] = _stored(_level(power[now], reference, _NOTES_COMPRESSION))
    return levels


def _level(power: np.ndarray, reference: float, compression: float) -> np.ndarray:
    """Return powers on a logarithmic scale from silence, 0, to the reference, 1; any shape."""
    return np.log1p(compression * power / reference) / np.log1p(compression)


def _stored(level: np.ndarray) -> np.ndarray:
    return np.clip(np.round(level * LEVEL_STEPS), 0, 255).astype(np.uint8)


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
