"""Dances made to order land on the beats, join smoothly, and keep a body in one piece."""

import numpy as np
import pytest

from music2pose.conditioning import danced_beats
from music2pose.data.choreography import (
    ChoreographyConfig,
    build_library,
    choreograph,
    eased,
    land_on_beats,
    plan_marks,
)
from music2pose.data.pairs import silence, song
from music2pose.hearing.features import FEATURE_FPS
from music2pose.metrics.beats import beat_report
from music2pose.metrics.motion import motion_report
from tests.music2pose.made_dances import moves


@pytest.fixture(scope="module")
def library():
    return build_library(moves())


@pytest.fixture(scope="module")
def dances(library):
    songs = [song(seed, 20.0) for seed in (0, 2, 4)]
    rng = np.random.default_rng(0)
    return [(s, choreograph("dance", s, library, rng)) for s in songs]


def test_the_body_rests_on_the_beats(dances):
    rng = np.random.default_rng(0)
    for features, dance in dances:
        report = beat_report(dance.poses, danced_beats(features.grid), rng)
        assert report.coherence > 0.55
        assert report.shift_gain > 0.25


def test_pieces_join_without_a_jump(dances, library):
    fastest = library.speed.max() * 3
    for _, dance in dances:
        steps = np.linalg.norm(np.diff(dance.poses.keypoints, axis=0), axis=-1)
        assert steps.max() < 0.25
        assert steps.mean(1).max() * FEATURE_FPS < fastest


def test_torso_and_bones_keep_their_length(dances):
    for _, dance in dances:
        report = motion_report(dance.poses)
        assert report.torso_variation < 0.08
        assert report.over_long_share < 0.02
        assert report.off_canvas_share < 0.02


def test_a_dance_is_as_long_as_its_song(dances):
    for features, dance in dances:
        assert len(dance.poses) == len(dance.music.progress) == len(features)


def test_the_same_seed_choreographs_the_same(library):
    features = song(5, 10.0)
    one, two, other = (
        choreograph("dance", features, library, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert np.array_equal(one.poses.keypoints, two.poses.keypoints)
    assert not np.array_equal(one.poses.keypoints, other.poses.keypoints)


def test_phrases_follow_one_another_and_stay_inside_their_takes(library):
    beats = np.arange(0, 30, 0.5)
    energy = np.full(len(beats), 0.5)
    rng = np.random.default_rng(0)
    phrases = plan_marks(beats, energy, library, rng, ChoreographyConfig())
    covered = 0
    for phrase in phrases:
        assert phrase.first_beat == covered
        covered += len(phrase.frames) - 1
        assert (np.diff(phrase.frames) > 0).all()
        assert len(set(library.take[phrase.frames])) == 1
    assert covered == len(beats) - 1


def test_landing_prefers_moments_of_rest_near_the_beat(library):
    start = int(library.rest[library.remaining[library.rest] > 120][0])
    frames = land_on_beats(library, start, np.full(6, 13.0), ChoreographyConfig())
    pace = np.diff(frames) / 13.0
    assert ((pace >= 0.65) & (pace <= 1.45)).all()
    assert library.speed[frames[1:]].mean() < library.speed[start : frames[-1]].mean()


def test_busy_music_is_danced_faster(library):
    config = ChoreographyConfig(repeat_chance=0.0)
    beats = np.arange(0, 200, 0.5)
    speeds = []
    for level in (0.05, 0.95):
        rng = np.random.default_rng(0)
        phrases = plan_marks(beats, np.full(len(beats), level), library, rng, config)
        paces = [library.speed[p.frames[0] : p.frames[-1]].mean() for p in phrases]
        speeds.append(np.mean(paces))
    assert speeds[1] > 1.1 * speeds[0]


def test_silence_has_an_even_grid():
    features = silence(5.0)
    assert features.loudness.max() == 0
    assert features.grid.confidence == 0


def test_ease_dwells_on_the_beat():
    phase = np.linspace(0, 1, 101)
    speed = np.diff(eased(phase, 0.4))
    assert speed[0] < 0.65 / 100
    assert speed[50] > 1.35 / 100
    assert np.all(speed > 0)
