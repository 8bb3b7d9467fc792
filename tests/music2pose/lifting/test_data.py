"""What the lifter learns from: pictures of known bodies, changed, filmed and spoiled."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from music2pose.lifting.data import LiftingPairs, lifting_pairs
from music2pose.lifting.inputs import NUM_INPUTS, network_inputs
from music2pose.lifting.train_settings import LifterTraining
from music2pose.motion.camera import Camera, project
from music2pose.motion.motion import BONES, ROOT
from music2pose.moves.perform import perform_move
from music2pose.pose import JOINT, NUM_JOINTS

PLAIN = LifterTraining(
    batch_size=6, num_frames=40, mixed_arms=0, tumbled=0, drifting=0, any_camera=0, faulty=0
)
MOVES = [perform_move(name, bpm=100) for name in ("lasso", "twist", "two_step")]


def pairs(**changes) -> LiftingPairs:
    return lifting_pairs(MOVES, replace(PLAIN, **changes))


def seen(inputs: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Keypoints (B, T, 18, 2), y up, and confidence, as the network is told them."""
    places = inputs[..., : 2 * NUM_JOINTS].unflatten(-1, (NUM_JOINTS, 2)).numpy()
    return places, inputs[..., 2 * NUM_JOINTS : 3 * NUM_JOINTS].numpy()


def test_bones_point_in_the_picture_where_they_point_before_the_camera():
    batch = pairs().batch(0)
    places, _ = seen(batch.inputs)
    real = batch.real.numpy()
    for bone, (parent, child) in enumerate(BONES):
        if parent == ROOT:
            continue
        flat = (places[:, :, child] - places[:, :, parent])[real]
        true = batch.directions[:, :, bone, :2].numpy()[real]
        clear = np.linalg.norm(true, axis=-1) > 0.6
        cosine = (
            (flat * true).sum(-1) / np.linalg.norm(flat, axis=-1) / np.linalg.norm(true, axis=-1)
        )
        assert cosine[clear].mean() > 0.98
    up = batch.directions[:, :, -1].numpy()
    assert (up[..., 1] > 0.97).all() and np.abs(up[..., 0]).max() < 1e-6


def test_the_same_step_draws_the_same_and_another_seed_others():
    one, again, other = pairs().batch(3), pairs().batch(3), pairs(seed=5).batch(3)
    assert all(torch.equal(a, b) for a, b in zip(one, again, strict=True))
    assert not torch.equal(one.inputs, other.inputs)


def test_arms_of_another_hang_on_the_own_chest():
    plain, mixed = pairs().batch(1), pairs(mixed_arms=1).batch(1)
    arms = [2, 3, 5, 6]
    rest = [bone for bone in range(16) if bone not in arms]
    assert torch.allclose(plain.directions[:, :, rest], mixed.directions[:, :, rest], atol=1e-5)
    assert (plain.directions[:, :, arms] - mixed.directions[:, :, arms]).abs().mean() > 0.1


def test_tumbling_bodies_point_any_way_and_faults_hide_joints():
    tumbled = pairs(tumbled=1).batch(0).directions[:, 0, 0]
    assert tumbled[:, 1].min() < 0.3
    _, confidence = seen(pairs(faulty=1, batch_size=32).batch(0).inputs)
    assert 0.02 < (confidence == 0).mean() < 0.4
    assert 0 < confidence[confidence > 0].min() < 1


def test_a_window_longer_than_its_take_is_unseen_beyond_it():
    batch = lifting_pairs([MOVES[0].part(0, 40)], PLAIN).batch(0)
    assert not batch.real.all()
    _, confidence = seen(batch.inputs)
    assert (confidence[~batch.real.numpy()] == 0).all()


def test_place_and_size_in_the_picture_do_not_reach_the_network():
    poses = project(MOVES[0], Camera())
    near = network_inputs(poses.keypoints, poses.confidence)
    far = network_inputs(poses.keypoints * 0.3 + 2.0, poses.confidence)
    assert near.shape == (len(poses), NUM_INPUTS)
    assert np.allclose(near, far, atol=1e-3)


@pytest.mark.parametrize("hidden", [["right_hip"], ["right_hip", "left_hip"], list(JOINT)])
def test_what_is_not_seen_is_not_told(hidden):
    poses = project(MOVES[0].part(0, 30), Camera())
    for joint in map(JOINT.__getitem__, hidden):
        poses.confidence[:, joint] = 0
    elsewhere = poses.keypoints + np.where(poses.confidence[..., None] > 0, 0, 7).astype(np.float32)
    told, other = (network_inputs(k, poses.confidence) for k in (poses.keypoints, elsewhere))
    assert np.allclose(told, other, atol=1e-4)
    assert np.isfinite(told).all()
