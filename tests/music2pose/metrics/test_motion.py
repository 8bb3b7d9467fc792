"""Every measure of motion finds the one fault that was built into a dancer, and nothing else."""

import math
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.baselines import repeat_one_move
from music2pose import MusicError
from music2pose.metrics.features import (
    GEOMETRY,
    diversity,
    features_of,
    frechet_distance,
    shrunk_covariance,
)
from music2pose.metrics.motion import (
    BONE_NAMES,
    average_motion,
    compare_dances,
    energy_ratio,
    flip_count,
    foot_slide,
    frozen_share,
    jitter,
    motion_report,
    off_canvas_share,
    over_long_share,
    slowest_speed,
)
from music2pose.pose import MIRRORED, NUM_JOINTS, mirrored
from tests.dancers import TORSO, improvised, joint, sequence, standing, swaying, times

RATES = pytest.mark.parametrize("fps", [12.5, 25.0, 60.0])


def swinging(name: str, hz: float, amount: float, seconds=20.0, fps=25.0) -> np.ndarray:
    """Somebody who stands and swings one joint sideways."""
    keypoints = standing(seconds, fps)
    keypoints[:, joint(name), 0] += amount * np.sin(2 * np.pi * hz * times(seconds, fps))
    return keypoints


def dances(num: int, seed: int, seconds: float = 24.0, **options) -> list:
    rng = np.random.default_rng(seed)
    return [improvised(seconds, rng, **options) for _ in range(num)]


def compared(fake, real):
    return compare_dances(fake, real, np.random.default_rng(0))


def test_slowest_stretch_worked_by_hand():
    speed = np.array([4.0, 4, 4, 1, 1, 1, 1, 4, 4, 4])
    assert slowest_speed(speed, fps=1, seconds=4) == pytest.approx(1)
    assert slowest_speed(speed, fps=1, seconds=5) == pytest.approx(8 / 5)
    assert slowest_speed(speed, fps=1, seconds=100) == pytest.approx(2.8)  # the whole dance


@RATES
def test_a_dancer_who_stops_for_five_of_twenty_seconds(fps):
    keypoints = standing(20, fps)
    still = (times(20, fps) >= 10) & (times(20, fps) < 15)
    moves = np.cumsum(np.where(still, 0, 0.4 / fps))
    keypoints[..., 0] += 0.1 * np.abs(moves % 2 - 1)[:, None]
    report = motion_report(sequence(keypoints, fps))
    assert report.slowest == pytest.approx(0, abs=1e-3)
    assert report.mean_speed == pytest.approx(0.75 * 0.04 / TORSO, rel=0.03)


def test_half_of_the_time_frozen():
    speed = np.concatenate([np.full(500, 0.8), np.zeros(500)])
    assert frozen_share(speed, fps=25) == pytest.approx(0.5, abs=0.02)


def test_a_frozen_dancer_is_flagged_and_breaks_nothing():
    report = motion_report(sequence(standing(20)))
    assert report.is_still
    assert report.frozen_share == 1
    assert report.mean_speed == report.jitter == report.flips_per_minute == 0
    for figure in (report.foot_slide, report.torso_variation, report.limb_variation):
        assert figure == pytest.approx(0)


@RATES
@pytest.mark.parametrize("hz", [1.0, 2.0])
def test_jitter_of_a_swing_is_its_frequency(fps, hz):
    assert jitter(sequence(swinging("nose", hz, 0.05, fps=fps), fps)) == pytest.approx(hz, rel=0.05)


def test_trembling_is_jitter_and_as_much_at_any_rate():
    found = {}
    for fps in (25.0, 60.0):
        dance = improvised(20, np.random.default_rng(0), fps)
        noise = np.random.default_rng(1).normal(0, 0.004, dance.keypoints.shape)
        shaking = replace(dance, keypoints=(dance.keypoints + noise).astype(np.float32))
        assert jitter(dance) < 1.5
        found[fps] = jitter(shaking)
    assert found[25.0] > 5
    assert found[60.0] == pytest.approx(found[25.0], rel=0.15)


def test_torso_variation_of_a_stretching_torso():
    """A sine of a tenth of the length has a standard deviation of 0.1 / sqrt(2)."""
    keypoints = standing(20)
    keypoints[:, joint("neck"), 1] += 0.1 * TORSO * np.sin(2 * np.pi * times(20, 25) / 2)
    assert motion_report(sequence(keypoints)).torso_variation == pytest.approx(
        0.1 / math.sqrt(2), rel=0.02
    )


def test_only_the_stretching_bone_varies():
    keypoints = standing(20)
    forearm = keypoints[:, joint("left_wrist")] - keypoints[:, joint("left_elbow")]
    stretch = 0.2 * np.sin(2 * np.pi * times(20, 25) / 4)[:, None]
    keypoints[:, joint("left_wrist")] += stretch * forearm
    report = motion_report(sequence(keypoints))
    variation = dict(zip(BONE_NAMES, report.bone_variation, strict=True))
    assert variation.pop("left_elbow-left_wrist") == pytest.approx(0.2 / math.sqrt(2), rel=0.02)
    assert max(variation.values()) < 1e-6
    assert report.limb_variation == pytest.approx(0.2 / math.sqrt(2) / 13, rel=0.02)


@pytest.mark.parametrize(("stretch", "expected"), [(1.2, 0.0), (1.3, 0.05 / 13)])
def test_bones_are_over_long_above_a_quarter_more(stretch, expected):
    keypoints = standing(20)
    shin = keypoints[:25, joint("left_ankle")] - keypoints[:25, joint("left_knee")]
    keypoints[:25, joint("left_ankle")] += (stretch - 1) * shin  # 25 of 500 frames
    assert over_long_share(sequence(keypoints)) == pytest.approx(expected)


def test_a_limb_turned_away_is_not_over_long():
    assert over_long_share(improvised(20, np.random.default_rng(0), amount=0.02)) == 0


def test_joints_off_canvas():
    keypoints = standing(10)
    keypoints[:, joint("left_wrist"), 0] = 1.01
    keypoints[:125, joint("nose"), 1] = -0.01
    poses = sequence(keypoints)
    assert off_canvas_share(poses) == pytest.approx(1.5 / NUM_JOINTS)
    assert off_canvas_share(replace(poses, aspect=1.5)) == pytest.approx(0.5 / NUM_JOINTS)
    poses.confidence[:, joint("left_wrist")] = 0
    assert off_canvas_share(poses) == pytest.approx(0.5 / (NUM_JOINTS - 1))


@RATES
def test_exchanged_sides_are_flips(fps):
    dance = improvised(20, np.random.default_rng(0), fps)
    keypoints = dance.keypoints.copy()
    swapped = slice(round(5 * fps), round(8 * fps))
    keypoints[swapped] = keypoints[swapped][:, MIRRORED]
    legs = [joint(name) for name in ("right_ankle", "left_ankle")]
    keypoints[round(12 * fps) :, legs] = keypoints[round(12 * fps) :, legs[::-1]]
    poses = replace(dance, keypoints=keypoints)
    assert flip_count(poses) == 3  # in, out, and the ankles
    assert motion_report(poses).flips_per_minute == pytest.approx(9)
    assert flip_count(dance) == 0


@RATES
def test_crossing_legs_are_no_flip(fps):
    keypoints = standing(20, fps)
    swing = 0.15 * np.sin(2 * np.pi * times(20, fps))
    keypoints[:, joint("right_ankle"), 0] += swing
    keypoints[:, joint("left_ankle"), 0] -= swing
    assert flip_count(sequence(keypoints, fps)) == 0


@RATES
def test_only_the_standing_foot_slides(fps):
    time = times(20, fps)
    keypoints = standing(20, fps)
    keypoints[:, joint("left_ankle"), 0] += 0.03 * np.abs(time % 2 - 1)  # low: slides
    keypoints[:, joint("right_ankle"), 0] += 0.3 * np.abs(time % 2 - 1)  # high: does not count
    keypoints[:, joint("right_ankle"), 1] -= 0.4 * TORSO
    assert foot_slide(sequence(keypoints, fps)) == pytest.approx(0.03 / TORSO, rel=0.05)


def test_a_foot_that_swings_up_does_not_slide():
    keypoints = standing(20)
    steps = np.maximum(np.sin(2 * np.pi * times(20, 25)), 0)  # off the ground half of the time
    keypoints[:, joint("left_ankle"), 1] -= 0.1 * steps
    keypoints[:, joint("left_ankle"), 0] += 0.1 * steps
    assert foot_slide(sequence(keypoints)) < 0.05


def test_without_feet_there_is_no_foot_slide():
    poses = swaying(np.arange(1, 9.0), 10)
    poses.confidence[:, [joint("right_ankle"), joint("left_ankle")]] = 0
    report = motion_report(poses)
    assert math.isnan(report.foot_slide)
    assert math.isfinite(report.limb_variation)
    assert math.isfinite(average_motion([report, motion_report(sequence(standing(10)))]).foot_slide)


def test_energy_of_the_end_against_the_start():
    time = times(90, 25)
    keypoints = standing(90)
    keypoints[..., 0] += (np.where(time < 45, 0.1, 0.05) * np.sin(2 * np.pi * time))[:, None]
    assert energy_ratio(sequence(keypoints)) == pytest.approx(0.25, rel=0.01)
    halves = sequence(keypoints[20 * 25 : 70 * 25])  # 50 s: 25 s against 25 s
    assert energy_ratio(halves) == pytest.approx(0.25, rel=0.05)


def test_size_place_and_mirror_do_not_matter():
    poses = improvised(20, np.random.default_rng(1))
    usual = motion_report(poses)
    small = replace(poses, keypoints=0.4 * poses.keypoints + np.float32(0.3))
    for other in (motion_report(small), motion_report(mirrored(poses))):
        for name, value in usual._asdict().items():
            if name != "bone_variation":
                assert getattr(other, name) == pytest.approx(value, rel=5e-3, abs=1e-3), name


@pytest.mark.parametrize("fps", [12.5, 60.0])
def test_the_frame_rate_does_not_matter(fps):
    usual = motion_report(improvised(40, np.random.default_rng(2), 25.0))
    report = motion_report(improvised(40, np.random.default_rng(2), fps))
    for name, value in usual._asdict().items():
        if name != "bone_variation":
            assert getattr(report, name) == pytest.approx(value, rel=0.08, abs=0.01), name


def test_kinetic_features_of_a_swing():
    """x = A sin(wt): mean squared speed A^2 w^2 / 2, mean |acceleration| A w^2 2 / pi."""
    size, omega = 0.05 / TORSO, 2 * np.pi
    kinetic = features_of(sequence(swinging("right_wrist", 1.0, 0.05))).kinetic
    assert kinetic.shape == (5, 54)
    rows = kinetic.reshape(5, NUM_JOINTS, 3)
    wrist = rows[2, joint("right_wrist")]
    assert wrist == pytest.approx(
        [(size * omega) ** 2 / 2, 0, size * omega**2 * 2 / np.pi], rel=0.03
    )
    assert np.delete(rows, joint("right_wrist"), axis=1) == pytest.approx(0, abs=1e-6)


def test_kinetic_features_do_not_depend_on_place_size_or_rate():
    usual = features_of(improvised(20, np.random.default_rng(3)))
    moved = improvised(20, np.random.default_rng(3), fps=60.0)
    moved = replace(moved, keypoints=0.5 * moved.keypoints + np.float32(2))
    for ours, theirs in zip(usual, features_of(moved), strict=True):
        assert theirs == pytest.approx(ours, rel=0.05, abs=0.06)


def test_geometric_features_tell_what_the_body_does():
    keypoints = standing(8)
    keypoints[100:150, joint("right_wrist")] = (0.40, 0.05)  # up for half of the second window
    keypoints[:, joint("left_ankle")] = (0.44, 0.85)  # a foot raised, across the other
    geometric = features_of(sequence(keypoints)).geometric
    first, second = (dict(zip(GEOMETRY, row, strict=True)) for row in geometric)
    assert second["right hand above head"] == second["right hand above neck"] == 0.5
    assert first["right hand above head"] == 0 == second["left hand above head"]
    assert first["left foot raised"] == 1 > first["right foot raised"]
    assert first["facing the viewer"] == 1
    assert first["low"] == first["leaning left"] == first["hands wide"] == 0
    mirror = features_of(mirrored(sequence(keypoints))).geometric
    assert dict(zip(GEOMETRY, mirror[1], strict=True))["left hand above head"] == 0.5


def test_unseen_joints_have_no_features():
    poses = improvised(8, np.random.default_rng(0))
    poses.confidence[:, joint("left_ankle")] = 0
    kinetic, geometric = features_of(poses)
    assert np.isnan(kinetic.reshape(2, NUM_JOINTS, 3)[:, joint("left_ankle")]).all()
    assert np.isnan(geometric[:, list(GEOMETRY).index("feet wide")]).all()
    assert np.isfinite(geometric[:, list(GEOMETRY).index("hands wide")]).all()
    report = compared([poses], dances(4, 1))
    assert math.isfinite(report.frechet_kinetic.value)


def test_frechet_distance_worked_by_hand():
    """In one dimension: (m1 - m2)^2 + (s1 - s2)^2."""
    one, other = np.array([[-1.0], [1.0]]), np.array([[1.0], [5.0]])
    assert frechet_distance(one, other) == pytest.approx(3**2 + (1 - 2) ** 2)
    assert frechet_distance(one, one) == pytest.approx(0, abs=1e-9)


def test_frechet_distance_of_correlated_gaussians():
    """Equal eigenvectors: the deviations along them are subtracted."""
    rng = np.random.default_rng(0)
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    one, other = (rng.normal(size=(20000, 3)) * np.array(s) @ turn for s in ([1, 2, 3], [2, 2, 1]))
    assert frechet_distance(one, other) == pytest.approx(1 + 0 + 4, rel=0.05)


def test_diversity_is_the_mean_distance_of_pairs():
    rows = np.array([[0.0, 0.0], [3.0, 0.0], [3.0, 4.0]])
    assert diversity(rows, np.random.default_rng(0)) == pytest.approx((3 + 4 + 5) / 3)
    assert math.isnan(diversity(rows[:1], np.random.default_rng(0)))


def test_few_samples_give_a_finite_distance():
    rng = np.random.default_rng(0)
    for rows in (1, 2, 10):
        assert math.isfinite(
            frechet_distance(rng.normal(size=(rows, 54)), rng.normal(size=(5, 54)))
        )


def test_shrinkage_is_ledoit_and_wolfs():
    covariance = pytest.importorskip("sklearn.covariance")
    rows = np.random.default_rng(0).normal(size=(30, 12)) * np.arange(1, 13)
    assert shrunk_covariance(rows) == pytest.approx(covariance.ledoit_wolf(rows)[0])


def test_dances_of_one_kind_are_as_far_apart_as_halves_of_it():
    report = compared(dances(12, 0), dances(12, 1))
    assert report.windows == report.reference_windows == 12 * 6
    assert report.frechet_kinetic.value < 1.5 * report.halves_kinetic
    assert report.frechet_geometric.value < 1.5 * report.halves_geometric
    assert report.frechet_kinetic.low <= report.frechet_kinetic.value <= report.frechet_kinetic.high
    for ratio in (report.speed_ratio, report.diversity_kinetic, report.variety_kinetic):
        assert ratio == pytest.approx(1, abs=0.2)
    assert report.limb_variation_ratio == pytest.approx(1, abs=0.15)
    assert report.slowest_ratio == pytest.approx(1, abs=0.2)
    still = [
        replace(d, keypoints=d.keypoints[[0] * 100 + [*range(100, len(d))]]) for d in dances(4, 0)
    ]
    assert compared(still, dances(4, 1)).slowest_ratio < 0.1


def test_trembling_dances_are_far_away_and_too_diverse():
    rng = np.random.default_rng(0)
    shaking = [
        replace(d, keypoints=(d.keypoints + rng.normal(0, 0.01, d.keypoints.shape)).astype("f4"))
        for d in dances(8, 0)
    ]
    report = compared(shaking, dances(8, 1))
    assert report.frechet_kinetic.low > 5 * report.halves_kinetic
    assert report.diversity_kinetic > 1.4


def test_timid_dances_are_not_diverse():
    timid = [repeat_one_move(d, 2, 8, 24) for d in dances(8, 0, amount=0.0125)]
    report = compared(timid, dances(8, 1))
    assert report.speed_ratio == pytest.approx(0.25, abs=0.05)
    assert report.diversity_kinetic < 0.5
    assert report.frechet_kinetic.low > 2 * report.halves_kinetic


def test_a_dance_that_repeats_one_move_has_no_variety():
    moves = [repeat_one_move(d, 2, 2, 24) for d in dances(8, 0)]
    report = compared(moves, dances(8, 1))
    assert report.variety_kinetic < 0.1
    assert report.variety_geometric < 0.1


def test_a_comparison_needs_whole_windows():
    with pytest.raises(MusicError, match="none of the 1 dances lasts 4 s"):
        compared([sequence(standing(3))], dances(2, 0))
