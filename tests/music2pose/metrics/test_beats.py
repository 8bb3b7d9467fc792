"""Dancers who hit every beat, miss them by a constant, ignore them or stand are told apart."""

from dataclasses import replace

import numpy as np
import pytest

from music2pose import MusicError
from music2pose.metrics.beats import (
    average_beats,
    bas_bailando,
    beat_align_fact,
    beat_coverage,
    beat_report,
    best_lag_score,
    f_measure,
    kinematic_beats,
    phase_coherence,
    shifted_scores,
    strict_minima,
)
from music2pose.metrics.body import STILL_SPEED, body_scale, body_speed
from tests.dancers import (
    TORSO,
    drifting_beats,
    improvised,
    joint,
    random_turns,
    sequence,
    standing,
    swaying,
    times,
)

SECONDS = 40.0


def report(poses, beats, seed=0):
    return beat_report(poses, beats, np.random.default_rng(seed))


@pytest.mark.parametrize("fps", [12.5, 25.0, 60.0])
def test_speed_is_in_torsos_per_second_at_any_rate(fps):
    keypoints = standing(4, fps)
    keypoints[..., 0] += 0.1 * times(4, fps)[:, None]
    assert body_speed(sequence(keypoints, fps)) == pytest.approx(0.1 / TORSO, rel=1e-3)


def test_a_joint_that_is_not_seen_does_not_count():
    poses = swaying(np.arange(1, 9.0), 10)
    keypoints, confidence = poses.keypoints.copy(), poses.confidence.copy()
    keypoints[:, joint("left_ear")] = np.random.default_rng(0).random((len(poses), 2))
    confidence[:, joint("left_ear")] = 0.14
    unsure = replace(poses, keypoints=keypoints, confidence=confidence)
    assert body_speed(unsure) == pytest.approx(body_speed(poses), abs=1e-4)


def test_a_short_gap_is_bridged_and_a_long_one_left_out():
    keypoints = standing(4)
    keypoints[:, joint("right_wrist"), 0] += 0.1 * times(4, 25)
    steady = body_speed(sequence(keypoints))
    for frames, expected in ((5, steady[50]), (20, 0.0)):
        gap = slice(45, 45 + frames)
        broken = sequence(keypoints)
        broken.keypoints[gap, joint("right_wrist")] = 0
        broken.confidence[gap, joint("right_wrist")] = 0
        assert body_speed(broken)[47] == pytest.approx(expected, rel=1e-3, abs=1e-9)


def test_a_dance_without_a_torso_is_refused():
    poses = sequence(standing(2))
    poses.confidence[:, joint("neck")] = 0.1
    with pytest.raises(MusicError, match="none of the 50 frames shows the neck and both hips"):
        body_scale(poses)


@pytest.mark.parametrize("fps", [12.5, 25.0, 30.0, 60.0])
@pytest.mark.parametrize("direction", ["bailando", "fact"])
def test_the_body_is_slowest_where_it_turns(fps, direction):
    turns = drifting_beats(SECONDS)[2:-2]
    found = kinematic_beats(swaying(turns, SECONDS, fps), direction)
    nearest = np.abs(found[:, None] - turns).min(axis=0)
    assert len(found) == pytest.approx(len(turns), abs=2)
    assert nearest.max() < 0.025


def test_minima_worked_by_hand():
    speed = np.array([3.0, 1, 2, 0, 3])
    assert strict_minima(speed, 1, fps=1) == pytest.approx([1.5 + 1 / 6, 3.5 - 0.1])
    assert strict_minima(speed, 2, fps=1) == pytest.approx([3.5 - 0.1])
    assert strict_minima(np.array([0.0, 1, 2, 1, 0]), 1, fps=1).size == 0  # ends
    assert strict_minima(np.array([2.0, 1, 1, 2]), 1, fps=1) == pytest.approx([2.0])
    assert strict_minima(np.array([2.0, 1, 1, 0.5, 0, 0, 0, 1]), 1, fps=1).size == 0  # flat


def test_both_scores_worked_by_hand():
    kinematic, beats = np.array([1.0, 2.05]), np.array([1.0, 2.0, 3.0])
    near = np.exp(-0.5)  # 50 ms is one standard deviation
    assert bas_bailando(kinematic, beats) == pytest.approx((1 + near + 0) / 3)
    assert beat_align_fact(kinematic, beats) == pytest.approx((1 + near) / 2)


def test_each_direction_is_blind_to_what_the_other_sees():
    beats = np.arange(1, 20.0)
    too_many, too_few = np.arange(1, 20, 0.25), beats[::3]
    assert bas_bailando(too_many, beats) == 1 > 0.3 > beat_align_fact(too_many, beats)
    assert beat_align_fact(too_few, beats) == 1 > 0.4 > bas_bailando(too_few, beats)


def test_random_beats_score_what_theory_says():
    """A minimum every d seconds gives sigma sqrt(2 pi) / d, 0.25 for half a second."""
    kinematic = np.arange(0.2, 60, 0.5)
    music = np.sort(np.random.default_rng(1).uniform(0, 60, 100))
    null = shifted_scores(music, kinematic, 60.0)
    assert np.median(null) == pytest.approx(0.25, abs=0.01)


def test_all_shifts_at_once_are_each_shift_alone():
    rng = np.random.default_rng(2)
    beats, kinematic = np.sort(rng.uniform(1, 19, 30)), np.sort(rng.uniform(1, 19, 25))
    scores = shifted_scores(beats, kinematic, 20.0)
    for shift in (0, 137, 2500):
        moved = np.sort((beats + shift * 0.005) % 20)
        wrapped = np.concatenate([kinematic - 20, kinematic, kinematic + 20])
        assert scores[shift] == pytest.approx(bas_bailando(wrapped, moved), abs=0.01)


def test_a_dancer_on_every_beat_of_a_drifting_tempo():
    beats = drifting_beats(SECONDS)
    result = report(swaying(beats, SECONDS), beats)
    assert result.bas > 0.95
    assert result.fact > 0.9
    assert result.best_lag_score > result.best_lag_null + 0.4
    assert result.shift_gain > 0.5
    assert result.permutation_gain > 0.4
    assert result.coherence > 0.98
    assert result.f_measure > 0.95
    assert result.coverage > 0.95
    assert result.kinematic_per_second == pytest.approx(110 / 60, rel=0.05)
    assert not result.is_still


@pytest.mark.parametrize("seed", range(4))
def test_a_dancer_at_random_times_is_at_chance(seed):
    turns = random_turns(SECONDS, np.random.default_rng(seed))
    result = report(swaying(turns, SECONDS), drifting_beats(SECONDS))
    assert abs(result.bas - result.bas_null) < 0.12
    assert abs(result.best_lag_score - result.best_lag_null) < 0.15
    assert abs(result.permutation_gain) < 0.12
    assert result.coherence < 3 * result.coherence_null
    assert abs(result.f_measure - result.f_measure_null) < 0.2
    assert abs(result.coverage - result.coverage_null) < 0.2


@pytest.mark.parametrize("lag", [-0.15, 0.12])
def test_a_constant_lag_is_found_and_costs_only_the_plain_score(lag):
    beats = drifting_beats(SECONDS)
    result = report(swaying(beats + lag, SECONDS), beats)
    assert result.bas < 0.3
    assert result.best_lag == pytest.approx(lag, abs=0.011)
    assert result.best_lag_score > 0.95
    assert result.coherence > 0.95


def test_a_frozen_dancer_is_flagged():
    result = report(sequence(standing(SECONDS)), drifting_beats(SECONDS))
    assert result.is_still
    assert (result.bas, result.fact, result.best_lag_score, result.coherence) == (0, 0, 0, 0)
    assert result.kinematic_per_second == 0


def test_a_dancer_who_barely_sways_on_the_beat_scores_well_and_is_flagged():
    beats = drifting_beats(SECONDS)
    result = report(swaying(beats, SECONDS, amount=0.005), beats)
    assert result.bas > 0.9
    assert 0 < result.mean_speed < STILL_SPEED
    assert result.is_still


def test_jitter_raises_the_plain_score_and_the_rate_of_slow_downs_but_not_the_gain():
    beats = drifting_beats(SECONDS)
    turns = random_turns(SECONDS, np.random.default_rng(3), mean=0.9)
    calm = swaying(turns, SECONDS, amount=0.02)
    noise = np.random.default_rng(0).normal(0, 0.004, calm.keypoints.shape)
    shaking = replace(calm, keypoints=(calm.keypoints + noise).astype(np.float32))
    before, after = report(calm, beats), report(shaking, beats)
    assert after.kinematic_per_second > 1.5 * before.kinematic_per_second
    assert after.bas_null > before.bas_null + 0.08
    assert after.permutation_gain < 0.12


def test_another_tempo_is_not_in_phase():
    result = report(swaying(np.arange(0.3, 40, 0.6), SECONDS), np.arange(0.1, 40, 0.5))
    assert result.coherence < 0.1
    assert result.permutation_gain < 0.05


def test_an_even_dance_to_an_even_beat_is_no_better_than_its_own_shuffle():
    beats = np.arange(0.3, 40, 0.5)
    result = report(swaying(beats, SECONDS), beats)
    assert result.bas > 0.95
    assert result.permutation_gain == pytest.approx(0, abs=0.05)


def test_coherence_worked_by_hand():
    beats = np.array([0.0, 1.0, 3.0, 4.0])  # intervals of 1, 2 and 1 s
    coherence, null = phase_coherence(np.array([0.0, 1.5]), beats)  # phases 0 and 1/4
    assert coherence == pytest.approx(np.sqrt(2) / 2)
    assert null == pytest.approx(np.sqrt(np.pi / 8))
    steady, _ = phase_coherence(np.array([0.25, 1.5, 3.25, 9.0]), beats)  # 9.0 is outside
    assert steady == pytest.approx(1)


def test_f_measure_and_coverage_worked_by_hand():
    kinematic, beats = np.array([1.0, 1.05, 2.09, 3.2]), np.array([1.02, 2.0, 3.0])
    assert f_measure(kinematic, beats) == pytest.approx(2 * 1 / 7)  # each beat is met once
    assert beat_coverage(kinematic, beats) == pytest.approx(2 / 3)


def test_best_lag_stays_within_half_a_beat():
    beats = np.arange(1, 30, 0.5)
    score, lag = best_lag_score(beats + 0.4, beats)
    assert lag == pytest.approx(-0.1, abs=0.01)
    assert score > 0.95


@pytest.mark.parametrize("fps", [12.5, 60.0])
def test_the_frame_rate_does_not_matter(fps):
    beats = drifting_beats(SECONDS)
    turns = beats + np.random.default_rng(5).normal(0, 0.05, len(beats))
    result, usual = (report(swaying(turns, SECONDS, rate), beats) for rate in (fps, 25.0))
    for figure in ("bas", "fact", "best_lag_score", "coherence", "shift_gain", "f_measure"):
        assert getattr(result, figure) == pytest.approx(getattr(usual, figure), abs=0.06), figure
    assert result.kinematic_per_second == pytest.approx(usual.kinematic_per_second, rel=0.05)
    assert result.mean_speed == pytest.approx(usual.mean_speed, rel=0.05)


def test_size_and_place_on_the_canvas_do_not_matter():
    beats = drifting_beats(20)
    poses = improvised(20, np.random.default_rng(0))
    small = replace(poses, keypoints=0.3 * poses.keypoints + np.float32(0.6))
    assert report(small, beats) == pytest.approx(report(poses, beats), abs=0.01)


def test_no_beats_or_one_frame_give_zeros():
    nothing = report(sequence(standing(1)[:1]), np.array([0.0, 0.5]))
    assert nothing.is_still
    silent = report(swaying(np.arange(1, 9.0), 10), np.zeros(0))
    assert (silent.bas, silent.fact, silent.best_lag_score, silent.coherence) == (0, 0, 0, 0)
    assert all(np.isfinite(nothing)) and all(np.isfinite(silent))


def test_the_mean_of_two_reports():
    beats = drifting_beats(20)
    one, other = report(swaying(beats, 20), beats), report(sequence(standing(20)), beats)
    mean = average_beats([one, other])
    assert mean.bas == pytest.approx(one.bas / 2)
    assert mean.mean_speed == pytest.approx(one.mean_speed / 2)


@pytest.mark.parametrize("beats", [[1.0, 1.0], [2.0, 1.0], [0.0, float("nan")]])
def test_beats_must_increase(beats):
    with pytest.raises(ValueError, match="increasing seconds"):
        report(sequence(standing(4)), np.array(beats))
