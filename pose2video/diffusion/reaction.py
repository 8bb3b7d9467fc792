"""How much happens in the music: a curve that guidance and ControlNet can follow."""

import numpy as np

from music2pose.hearing.features import FEATURE_FPS, SongFeatures

HALF_LIFE_SECONDS = 0.17
"""An onset counts half as much this long after it: about two painted frames."""
BEAT_SHARE = 0.4
"""How much the beat counts beside the onsets; it is silent where the song is."""
LOUD_PERCENTILE = 95
"""Percentile of a song's own moments that counts as strong as it gets; above it, it is clipped."""
AVERAGE = 0.5
"""The pulse of a moment like all others, which changes nothing."""
MOST_NOISES_PER_SECOND = 2.0
"""Whole noises by which the phase grows in a second that is as strong as it gets."""


def pulse(song: SongFeatures, times: np.ndarray) -> np.ndarray:
    """Return how much happens at each time: 0.5 is the song's average, and changes nothing.

    It rises at once with an onset or a beat and dies away after it.

    Shape:
        times: (T,) seconds
        returns: (T,) float32 in [0, 1]
    """
    curve = (1 - BEAT_SHARE) * decaying(song.onset) + BEAT_SHARE * beat_accent(song)
    curve = curve - curve.mean()
    curve = curve / max(float(np.percentile(np.abs(curve), LOUD_PERCENTILE)), 1e-3)
    # The next one, never the one before: a picture on a beat shows the beat.
    frames = np.clip(np.ceil(times * FEATURE_FPS - 1e-6).astype(int), 0, len(curve) - 1)
    return (0.5 + 0.5 * np.clip(curve, -1, 1))[frames].astype(np.float32)


def noise_phase(strength: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Return the phase of the noise at each time: it grows in strong moments and rests in others.

    Shape:
        strength: (T,) a pulse, as above
        times: (T,) increasing seconds
        returns: (T,) from 0, never less than before
    """
    speed = MOST_NOISES_PER_SECOND * np.clip((strength - AVERAGE) / (1 - AVERAGE), 0, None)
    return np.cumsum(speed * np.diff(times, prepend=times[:1]))


def decaying(onset: np.ndarray) -> np.ndarray:
    """Return the largest of all onsets so far, each halved every HALF_LIFE_SECONDS.

    Shape:
        onset, returns: (T,)
    """
    keep = 0.5 ** (1 / (HALF_LIFE_SECONDS * FEATURE_FPS))
    level, levels = 0.0, []
    for value in onset.tolist():
        level = max(value, keep * level)
        levels.append(level)
    return np.array(levels)


def beat_accent(song: SongFeatures) -> np.ndarray:
    """Return 1 on every beat of a loud song, less between beats and where it is soft.

    Shape:
        returns: (T,)
    """
    return song.loudness * (1 - song.beat_phase) ** 2
