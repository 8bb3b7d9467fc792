"""Music to move to; apart from ``stand_in``, which is loaded before threads are limited."""

import numpy as np

from music2pose.synth.song import SongSpec, synthesise


def tune(seconds: float) -> np.ndarray:
    """Return the beginning of a synthesised chorus at 120 BPM: something to move to."""
    form = (("chorus", 8),)
    return synthesise(SongSpec(4, seconds, 120.0, 4, form=form, lead_seconds=0.0)).waveform
