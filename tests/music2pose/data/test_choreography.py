"""Dances made to order land on the beats, join smoothly, and keep a body in one piece."""

from dataclasses import replace

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
    pose_distance,
)
from music2pose.data.pairs import silence, song
from music2pose.hearing.features import FEATURE_FPS
from music2pose.metrics.beats import beat_report
from music2pose.metrics.motion import motion_report
from music2pose.motion.motion import Body
from music2pose.pose import JOINT
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


def test_the_dancer_has_the_build_that_is_asked_for(library):
    def torso_to_leg(body: Body) -> float:
        dance = choreograph("dance", silence(4.0), library, np.random.default_rng(0), body)
        neck, hip, knee = (
            dance.poses.keypoints[:, JOINT[name]] for name in ("neck", "right_hip", "right_knee")
        )
        lengths = (np.linalg.norm(way, axis=-1) for way in (neck - hip, hip - knee))
        return float(np.divide(*(np.median(length) for length in lengths)))

    usual = Body()
    long = replace(usual, torso=1.3 * usual.torso)
    assert torso_to_leg(long) > 1.2 * torso_to_leg(usual)


def test_pieces_are_joined_where_the_poses_are_near(library):
    beats, config = np.arange(0, 60, 0.5), ChoreographyConfig(repeat_chance=0.0)
    rng = np.random.default_rng(0)
    phrases = plan_marks(beats, np.full(len(beats), 0.5), library, rng, config)
    ends = [phrase.frames[-1] for phrase in phrases[:-1]]
    joins = [
        pose_distance(library, phrase.frames[:1], end)[0]
        for phrase, end in zip(phrases[1:], ends, strict=True)
    ]
    anywhere = [pose_distance(library, library.rest, end).mean() for end in ends]
    assert np.mean(joins) < 0.6 * np.mean(anywhere)


def test_a_phrase_is_danced_again_in_the_mirror(library):
    beats, config = np.arange(0, 30, 0.5), ChoreographyConfig((4, 4), repeat_chance=1.0)
    rng = np.random.default_rng(0)
    phrases = plan_marks(beats, np.full(len(beats), 0.5), library, rng, config)
    once, again = phrases[0].frames, phrases[1].frames
    spine = 0  # the first bone: a mirror turns its way aside round and leaves the rest
    one, other = library.directions[once, spine], library.directions[again, spine]
    assert np.abs(one[:, 0]).max() > 0.01
    assert other == pytest.approx(one * [-1, 1, 1], abs=1e-4)
