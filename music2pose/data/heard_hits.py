"""Guess which drums are hit when in a song of which no score is known."""

import numpy as np
from scipy.signal import find_peaks

from music2pose.data.manner import Played
from music2pose.hearing.features import FEATURE_FPS, SongFeatures

BANDS = {"kick": slice(0, 5), "snare": slice(14, 44), "hat": slice(46, 64)}
"""Mel bands in which each drum is loudest: up to 0.2 kHz, 0.6 to 4.3 kHz, above 4.5 kHz."""
FAINTEST_RISE = 0.02
"""Of the range of the spectrogram; whatever rises by less is no hit."""
STRONGEST = 0.98
"""The share of a band's peaks that are weaker than what counts as a strongest one: so a drum that
is rarely struck is heard as well as one that never rests."""
LEAST_RISE = 0.25
"""Of the strongest rises of a band, what still is a hit."""


def heard_hits(features: SongFeatures) -> Played:
    """Return hits of kick, snare and hat: sudden rises of their bands.

    Shape:
        returns: instrument -> (N, 3): seconds, strength up to 1, and 0
    """
    return {name: _hits(features.mel[:, bands]) for name, bands in BANDS.items()}


def _hits(level: np.ndarray) -> np.ndarray:
    """Return when a band (T, C) rises suddenly, (N, 3)."""
    rise = np.diff(level, axis=0, prepend=level[:1]).clip(0).mean(1)
    peaks, found = find_peaks(rise, height=FAINTEST_RISE, distance=3)
    if not len(peaks):
        return np.zeros((0, 3))
    strongest = float(np.quantile(found["peak_heights"], STRONGEST))
    peaks = peaks[found["peak_heights"] >= LEAST_RISE * strongest]
    strength = np.minimum(rise[peaks] / strongest, 1)
    return np.stack([peaks / FEATURE_FPS, strength, np.zeros(len(peaks))], axis=1)
