"""The lifting network: what it sees, what it learns, and that a training can be stopped."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from accelerate import Accelerator

from checkpoints import CheckpointError
from checkpoints.store import load_model
from music2pose.lifting.data import LifterBatch, LiftingPairs, lifting_pairs
from music2pose.lifting.inputs import NUM_INPUTS
from music2pose.lifting.lift import load_lifter
from music2pose.lifting.network import LIFTER_PRESETS, NUM_DIRECTIONS, LifterConfig, LiftingNetwork
from music2pose.lifting.train import LifterState, direction_terms, judge, new_state, train_step
from music2pose.lifting.train_settings import LifterLossWeights, LifterTraining
from music2pose.motion.camera import Camera, project
from music2pose.moves.perform import perform_move
from music2pose.pose import mirrored

SHORT = LifterTraining(num_steps=40, batch_size=4, num_frames=24, learning_rate=3e-3)


@pytest.fixture(scope="module")
def pairs() -> LiftingPairs:
    return lifting_pairs([perform_move("lasso")], replace(SHORT, faulty=0, any_camera=0))


def tiny_state(config: LifterTraining = SHORT) -> LifterState:
    accelerator = Accelerator(cpu=True, mixed_precision="no")
    return new_state(LIFTER_PRESETS["tiny"], config, LifterLossWeights(), accelerator)


def test_a_frame_depends_on_those_within_reach_alone():
    torch.manual_seed(0)
    network = LiftingNetwork(LifterConfig(8, (1, 2, 1)))
    for block in network.blocks:
        torch.nn.init.normal_(block.tell.weight, std=0.5)
    inputs = torch.randn(1, 30, NUM_INPUTS)
    changed = inputs.clone()
    changed[0, 15] += 1
    moved = (network(inputs) - network(changed)).abs().amax((0, 2, 3)) > 1e-6
    assert network(inputs).shape == (1, 30, NUM_DIRECTIONS, 3)
    assert moved.nonzero().flatten().tolist() == list(range(15 - 4, 15 + 4 + 1))
    assert network.config.reach == 4


def test_some_steps_on_one_batch_learn_it(pairs):
    state, batch = tiny_state(replace(SHORT, num_steps=400, ema_decay=0.9)), pairs.batch(0)
    before = judge(state.ema, [batch])
    for _ in range(80):
        train_step(state, batch)
    after = judge(state.ema, [batch])
    assert after["mean_angle"] < 0.5 * before["mean_angle"]
    assert after["score"] == -after["mean_angle"] and after["angle_95"] > after["mean_angle"]


def test_a_known_angle_costs_its_chord_and_unreal_frames_cost_nothing():
    true = torch.tensor([0.0, 0, 1]).expand(1, 2, NUM_DIRECTIONS, 3)
    angle = np.radians(60)
    turned = torch.tensor([np.sin(angle), 0, np.cos(angle)], dtype=torch.float32).expand_as(true)
    real = torch.tensor([[True, False]])
    found = torch.stack([turned[:, 0], -true[:, 0]], dim=1)
    terms = direction_terms(found, LifterBatch(torch.zeros(1, 2, NUM_INPUTS), true, real))
    assert terms["direction"] == pytest.approx(1.0, abs=1e-3)  # 2 sin 30
    assert terms["certainty"] == pytest.approx(1.0, abs=1e-3)
    assert terms["change"] == 0


@pytest.mark.parametrize("name", ["direction", "certainty", "change"])
def test_each_term_counts_as_much_as_it_weighs(pairs, name):
    state = tiny_state()
    none = {"direction": 0.0, "certainty": 0.0, "change": 0.0}
    state.weights = LifterLossWeights(**none | {name: 3.0})
    losses = train_step(state, pairs.batch(0))
    assert losses["loss"] == pytest.approx(3 * losses[name], rel=1e-5)


def test_a_resumed_training_goes_on_as_if_nothing_had_happened(pairs):
    whole, first = tiny_state(), tiny_state()
    for step in range(4):
        if step == 2:
            saved = copy.deepcopy(first.state_dict())
            first = tiny_state()
            first.load_state_dict(saved)
        for state in (whole, first):
            train_step(state, pairs.batch(step))
    for a, b in zip(whole.ema.parameters(), first.ema.parameters(), strict=True):
        assert torch.equal(a, b)


def test_weights_are_kept_in_half_precision_and_turn_no_bone(tmp_path, pairs):
    state = tiny_state()
    for step in range(10):
        train_step(state, pairs.batch(step))
    state.ema.save_pretrained(tmp_path, config=state.ema.config)
    again = load_model(LiftingNetwork, tmp_path)
    assert (tmp_path / "model.safetensors").stat().st_size < 2.6 * sum(
        value.numel() for value in state.ema.parameters()
    ) + 4000
    assert next(again.parameters()).dtype == next(state.ema.parameters()).dtype == torch.float32
    inputs = pairs.batch(0).inputs
    assert (again(inputs) - state.ema(inputs)).abs().max() < 0.01


def test_the_shipped_lifter_knows_a_mirror_image():
    lifter = load_lifter()
    poses = project(perform_move("sprinkler", fps=25), Camera(yaw=0.2))
    other = mirrored(poses)
    here, there = (lifter.directions(p.keypoints, p.confidence) for p in (poses, other))
    right_arm, left_arm = here[:, 2], there[:, 5]
    assert np.allclose(right_arm * [-1, 1, 1], left_arm, atol=1e-4)
    face_left = here[:, 15] * [1, -1, -1]
    assert np.allclose(face_left, there[:, 15], atol=1e-4)
    assert np.linalg.norm(here, axis=-1).max() <= 1 + 1e-6


def test_a_folder_that_holds_another_model_is_refused():
    with pytest.raises(CheckpointError, match="does not hold a LiftingNetwork"):
        load_lifter("checkpoints/beats")
