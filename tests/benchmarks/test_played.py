"""What is said to be played in a synthesised song is what sounds."""

import numpy as np
import pytest

from benchmarks.played import played
from music2pose.synth.song import SongSpec, synthesise


def test_a_kick_on_every_beat_is_where_the_beats_are():
    form = (("chorus", 4),)
    spec = SongSpec(
        3, 8.0, bpm=120.0, beats_per_bar=4, swing=0.0, drift=0.0, style="house", form=form,
        fills=False, lead_seconds=0.0,
    )  # fmt: skip
    song = synthesise(spec)
    kicks = played(song)["kick"][:, 0]
    missed = np.abs(song.beat_times[:12, None] - kicks).min(axis=1)
    assert missed == pytest.approx(0, abs=1e-6)


def test_hits_are_where_the_sound_rises():
    spec = SongSpec(10**15 + 1, 20.0, bpm=100.0, drift=0.04, swing=0.5, jitter_seconds=0.0, room=0)
    song = synthesise(spec)
    events = played(song)
    snares = events["snare"][events["snare"][:, 1] > 0.6, 0]
    power = np.convolve(np.diff(song.waveform) ** 2, np.ones(240), "same")  # what is high, by 10 ms
    at = (snares[(snares > 0.1) & (snares < 19.9)] * song.sample_rate).astype(int)
    rises = power[at + 240] > 2 * power[at - 480]
    assert len(at) >= 5
    assert rises.mean() > 0.9


def test_notes_of_the_bass_are_within_the_song():
    song = synthesise(SongSpec(10**15 + 1, 20.0, style="house"))
    rows = played(song)["bass"]
    assert len(rows) > 10
    assert (np.diff(rows[:, 0]) >= 0).all()
    assert rows[:, 0].min() >= 0
    assert rows[:, 0].max() < 20
    assert 0 < rows[:, 1].min() <= rows[:, 1].max() <= 1
