"""Whoever danced it: retargeted, it is the performer's body that does the move, in its place."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest

from music2pose.pose import LIMBS, MIRRORED, PoseSequence
from pose2video.retarget import Build, measure_build, retarget_poses, size_ratio
from tests.pose2video.other_bodies import LOWER_FOOT, in_other_proportions
from tests.stand_in import STANDING


def dancing(num_frames: int = 120, seed: int = 0, travel: float = 0.04) -> PoseSequence:
    """Somebody whose arms and legs swing by smooth random angles; limbs keep their lengths."""
    rng = np.random.default_rng(seed)
    times = np.arange(num_frames) / 25
    body = np.repeat(STANDING[None].astype(float), num_frames, axis=0)
    for parent, child in LIMBS:
        waves = rng.uniform(0.3, 1.5, 3)[:, None] * times + rng.uniform(0, 2 * np.pi, 3)[:, None]
        angle = 0.4 * np.sin(waves).mean(axis=0)
        cos, sin = np.cos(angle), np.sin(angle)
        limb = STANDING[child] - STANDING[parent]
        turned = np.stack([cos * limb[0] - sin * limb[1], sin * limb[0] + cos * limb[1]], axis=1)
        body[:, child] = body[:, parent] + turned
    body[..., 1] += (0.82 - body[:, LOWER_FOOT, 1].max(axis=1))[:, None]  # stands on the floor
    body[..., 1] -= 0.06 * np.clip(np.sin(2 * np.pi * times), 0, None)[:, None] ** 2  # and hops
    middle = body[:, [8, 11], 0].mean(axis=1)
    body[..., 0] += (0.5 + travel * np.sin(2 * times) - middle)[:, None]
    return PoseSequence(body.astype(np.float32), np.ones((num_frames, 18), np.float32), 25.0)


def error(a: PoseSequence, b: PoseSequence) -> float:
    """The largest distance of two joints, as a share of a body 0.64 canvas heights tall."""
    return float(np.linalg.norm(a.keypoints - b.keypoints, axis=-1).max() / 0.64)


@pytest.mark.parametrize("scale", [0.3, 1.0, 1.7])
def test_a_moved_and_scaled_copy_comes_back(scale):
    own = dancing()
    other = replace(own, keypoints=own.keypoints * np.float32(scale) + [1.3, -0.2], aspect=16 / 9)
    back = retarget_poses(other, measure_build(own))
    assert error(back, own) < 1e-3 and back.aspect == 1


@pytest.mark.parametrize("factors", [
    {"knee": 1.3, "ankle": 1.3},
    {"elbow": 0.8, "wrist": 0.75},
    {"shoulder": 1.25, "hip": 1.1, "nose": 1.2, "eye": 1.2, "ear": 1.2},
])  # fmt: skip
def test_a_copy_in_other_proportions_comes_back(factors):
    own = dancing()
    other = in_other_proportions(own, factors)
    assert error(other, own) > 0.05
    assert error(retarget_poses(other, measure_build(own)), own) < 0.02


def test_another_dance_by_another_body_is_danced_in_the_performers_proportions():
    own = dancing(seed=0)
    other = in_other_proportions(dancing(seed=5), {"knee": 1.3, "ankle": 1.2, "wrist": 0.8})
    other = replace(other, keypoints=other.keypoints * np.float32(0.5))
    back = measure_build(retarget_poses(other, measure_build(own)))
    assert back.lengths == pytest.approx(measure_build(own).lengths, rel=0.02)
    assert back.floor == pytest.approx(0.82, abs=0.01)


def test_limbs_keep_their_directions():
    other = in_other_proportions(dancing(seed=3), {"knee": 1.2, "elbow": 0.8})
    back = retarget_poses(other, measure_build(dancing(seed=1)))
    for parent, child in LIMBS:
        before = other.keypoints[:, child] - other.keypoints[:, parent]
        after = back.keypoints[:, child] - back.keypoints[:, parent]
        cosine = (before * after).sum(axis=1) / np.linalg.norm(before, axis=1)
        assert (cosine / np.linalg.norm(after, axis=1)).min() > 0.9999


def test_limbs_that_a_dancer_often_points_at_the_camera_are_not_taken_for_short():
    own = dancing()
    foreshortened = own.keypoints.copy()
    share = np.abs(np.sin(np.arange(len(own)) / 7))[:, None]  # of the forearms' length that is seen
    for elbow, wrist in ((3, 4), (6, 7)):
        forearm = foreshortened[:, wrist] - foreshortened[:, elbow]
        foreshortened[:, wrist] = foreshortened[:, elbow] + share * forearm
    seen = measure_build(replace(own, keypoints=foreshortened))
    assert seen.lengths == pytest.approx(measure_build(own).lengths, rel=0.03)


def test_who_comes_nearer_keeps_proportions_and_a_usual_size():
    """From half to one and a half times the size; the mean body is the one that is measured."""
    own = dancing(400)
    nearer = np.linspace(0.5, 1.5, 400)[:, None, None].astype(np.float32)
    seen = measure_build(replace(own, keypoints=own.keypoints * nearer))
    assert seen.lengths == pytest.approx(measure_build(own).lengths, rel=0.1)


def test_a_hop_stays_a_hop_and_feet_stay_on_the_floor():
    own, other = dancing(seed=0), dancing(seed=2)
    small = replace(other, keypoints=other.keypoints * np.float32(0.4) + [0.2, 0.5])
    foot = retarget_poses(small, measure_build(own)).keypoints[:, LOWER_FOOT, 1].max(axis=1)
    assert foot == pytest.approx(other.keypoints[:, LOWER_FOOT, 1].max(axis=1), abs=0.01)


def test_who_walks_far_stays_on_the_performers_stage():
    build = measure_build(dancing(travel=0.04))
    hips = retarget_poses(dancing(seed=4, travel=0.9), build).keypoints[:, [8, 11], 0].mean(axis=1)
    assert 0.35 < hips.min() < 0.45 and 0.55 < hips.max() < 0.65


def test_joints_that_are_not_seen_do_not_count():
    own, poses = dancing(), dancing()
    poses.keypoints[30:60, [6, 7]] = 7.0
    poses.confidence[30:60, [6, 7]] = 0
    poses.keypoints[:, 17] = -3.0
    poses.confidence[:, 17] = 0
    back = retarget_poses(poses, measure_build(own))
    seen = poses.confidence > 0
    assert np.abs(back.keypoints - own.keypoints)[seen].max() < 1e-3
    assert np.array_equal(back.confidence, poses.confidence)


def test_a_dancer_seen_to_the_waist_is_fitted_by_the_neck():
    own, poses = dancing(), dancing()
    legs = [9, 10, 12, 13]
    poses.keypoints[:, legs], poses.confidence[:, legs] = 0, 0
    poses = replace(poses, keypoints=poses.keypoints * np.float32(2) - 0.1)
    back = retarget_poses(poses, measure_build(own))
    arms = [2, 3, 4, 5, 6, 7]
    assert np.abs(back.keypoints - own.keypoints)[:, arms].max() < 0.02
    assert np.isfinite(back.keypoints).all()


def test_nobody_and_a_single_frame_are_no_problem():
    own = dancing()
    nobody = PoseSequence(own.keypoints[:2], 0 * own.confidence[:2], 25.0)
    assert np.isfinite(retarget_poses(nobody, measure_build(own)).keypoints).all()
    assert np.isfinite(retarget_poses(own, measure_build(nobody)).keypoints).all()
    one = PoseSequence(own.keypoints[:1], own.confidence[:1], 25.0)
    assert len(retarget_poses(one, measure_build(own))) == 1


def test_a_build_survives_json_and_knows_its_size():
    build = measure_build(dancing())
    again = json.loads(json.dumps(asdict(build)))
    assert Build(**again | {"lengths": tuple(again["lengths"])}) == build
    double = measure_build(replace(dancing(), keypoints=dancing().keypoints * np.float32(2)))
    assert size_ratio(build, double) == pytest.approx(2)


def test_right_and_left_are_equally_long():
    lengths = measure_build(dancing()).lengths
    for limb, (parent, child) in enumerate(LIMBS):
        other = LIMBS.index((MIRRORED[parent], MIRRORED[child]))
        assert lengths[limb] == lengths[other]
