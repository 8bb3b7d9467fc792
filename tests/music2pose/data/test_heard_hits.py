"""Hits guessed in songs of which no score is known, against songs of which it is."""

from pathlib import Path

import numpy as np
import pytest

from music2pose.data.heard_hits import heard_hits
from music2pose.hearing.audio import SAMPLE_RATE, Waveform
from music2pose.hearing.beats import BeatGrid
from music2pose.hearing.features import FEATURE_FPS, features_from_grid
from music2pose.synth.song import Song, SongSpec, synthesise

DRUMS_ONLY = SongSpec(
    seed=5, seconds=16, style="house", bpm=120, swing=0, drift=0, breaks=False, fills=False,
    lead_seconds=0.3, jitter_seconds=0, level_db=0, hiss=0, room=0.1, form=(("chorus", 8),),
)  # fmt: skip


@pytest.fixture(scope="module")
def made() -> Song:
    return synthesise(DRUMS_ONLY)


@pytest.fixture(scope="module")
def heard(made) -> dict[str, np.ndarray]:
    grid = BeatGrid(made.beat_times, made.downbeat_times, made.bpm, 1.0)
    return heard_hits(features_from_grid(Waveform(made.waveform, made.sample_rate, Path()), grid))


def found_share(true: np.ndarray, found: np.ndarray, within: float = 0.06) -> float:
    return float(np.mean([np.abs(found - moment).min() < within for moment in true]))


def test_kicks_are_heard_where_they_are_played(made, heard):
    kicks = made.played["kick"][:, 0]
    assert found_share(kicks, heard["kick"][:, 0]) > 0.9
    anywhere = np.random.default_rng(0).uniform(1, 15, 200)
    assert found_share(anywhere, heard["kick"][:, 0]) < 0.6


def test_snares_and_claps_are_heard_where_they_are_played(made, heard):
    played = [made.played[name] for name in ("snare", "clap") if name in made.played]
    snares = np.concatenate(played)[:, 0]
    assert len(snares) > 5
    assert found_share(snares, heard["snare"][:, 0]) > 0.9


def test_hits_have_strengths_up_to_one_and_come_in_order(heard):
    assert set(heard) == {"kick", "snare", "hat"}
    for name, rows in heard.items():
        assert rows.shape == (len(rows), 3), name
        assert (np.diff(rows[:, 0]) > 0).all(), name
        assert rows[:, 1].min() > 0.2 and rows[:, 1].max() == 1, name
        assert not rows[:, 2].any(), name


def test_bands_that_rise_one_after_the_other_are_hits_of_their_own_drums(made):
    grid = BeatGrid(made.beat_times, made.downbeat_times, made.bpm, 1.0)
    features = features_from_grid(Waveform(made.waveform, made.sample_rate, Path()), grid)
    features.mel[:] = 0
    assert all(len(rows) == 0 for rows in heard_hits(features).values())
    drums = {"kick": (20, slice(0, 5)), "snare": (28, slice(14, 44)), "hat": (36, slice(46, 64))}
    moments = {name: np.arange(first, 380, 25) for name, (first, _) in drums.items()}
    for name, (_, bands) in drums.items():
        for frame in moments[name]:
            features.mel[frame : frame + 4, bands] = 0.6
    found = heard_hits(features)
    for name, frames in moments.items():
        assert found[name][:, 0].tolist() == (frames / FEATURE_FPS).tolist(), name


def test_a_drum_that_is_rarely_struck_is_heard(made):
    """Every three seconds, in a minute that hums faintly otherwise."""
    grid = BeatGrid(np.arange(0, 60, 0.5), np.arange(0, 60, 2.0), 120.0, 1.0)
    features = features_from_grid(Waveform(np.zeros(60 * SAMPLE_RATE, np.float32)), grid)
    rng = np.random.default_rng(0)
    features.mel[:] = 0.1 + 0.01 * rng.random(features.mel.shape)
    struck = np.arange(40, 1480, 3 * 25)
    for frame in struck:
        features.mel[frame : frame + 4, 0:5] += 0.5
    found = heard_hits(features)["kick"]
    assert found[:, 0].tolist() == (struck / FEATURE_FPS).tolist()
    assert found[:, 1].min() > 0.9
