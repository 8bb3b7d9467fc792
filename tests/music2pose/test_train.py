"""Training: one batch is learned, state is carried, and a resumed run is the uninterrupted one."""

import math
from dataclasses import replace
from itertools import islice
from urllib.error import URLError

import numpy as np
import pytest
import torch

from music2pose import MusicError
from music2pose.generator import PRESETS, Pose
from music2pose.move_encoder import Codes
from music2pose.perceptual import load_vgg19
from music2pose.train import (
    LossWeights,
    TrainConfig,
    augment_music,
    disturb,
    draw_plan,
    exchanged,
    learning_rate_factor,
    new_state,
    train,
    train_step,
)
from tests.music2pose.made_dances import CRITIC, TINY, made_dances, tiny_sampler, tiny_state

NOISE = PRESETS["tiny"].noise_channels


@pytest.fixture(scope="module")
def dances():
    return made_dances()


def test_one_batch_can_be_learned_by_heart(dances):
    config = replace(TINY, num_steps=400, free_from=1.0, given_until=1.0, g_learning_rate=2e-3)
    state, batch = tiny_state(config), tiny_sampler(dances, config).batch(0)
    history = [train_step(state, batch)["position"] for _ in range(66)]
    assert np.mean(history[-5:]) < 0.6 * history[0]


def test_resuming_gives_the_losses_that_would_have_come(dances, tmp_path):
    sampler = tiny_sampler(dances)
    whole = tiny_state()
    expected = list(islice(train(whole, sampler), 24))
    first = tiny_state()
    list(islice(train(first, sampler), 21))  # stops inside a run
    torch.save(first.state_dict(), tmp_path / "state.pt")
    second = tiny_state()
    second.load_state_dict(torch.load(tmp_path / "state.pt", weights_only=True))
    assert second.step == 21
    assert list(islice(train(second, sampler), 3)) == expected[21:]


def test_the_second_half_trains_against_a_critic(dances):
    state = tiny_state(replace(TINY, num_steps=8))
    names = [set(losses) for losses in train(state, tiny_sampler(dances))]
    assert "adversarial" not in names[0]
    assert {"adversarial", "feature_matching", "discriminator", "speed"} <= names[-1]


def test_the_generator_loss_leaves_no_gradient_on_the_discriminator(dances):
    config = replace(TINY, free_from=0.0)
    batch = tiny_sampler(dances, config).batch(0)
    gradients = []
    for adversarial in (1.0, 1000.0):
        state = tiny_state(config, LossWeights(adversarial=adversarial, perceptual=0))
        train_step(state, batch)
        gradients.append([p.grad.clone() for p in state.discriminator.parameters()])
    assert all(torch.equal(a, b) for a, b in zip(*gradients, strict=True))


def test_a_switched_off_critic_is_not_trained(dances):
    state = tiny_state(replace(TINY, free_from=0.0), LossWeights(adversarial=0, perceptual=0))
    losses = train_step(state, tiny_sampler(dances).batch(0))
    assert "discriminator" not in losses
    assert all(p.grad is None for p in state.discriminator.parameters())


def test_an_update_that_is_not_finite_is_left_out_and_counted(dances):
    state, batch = tiny_state(), tiny_sampler(dances).batch(0)
    before = [p.clone() for p in state.generator.parameters()]
    broken = batch._replace(keypoints=batch.keypoints.clone())
    broken.keypoints[0, 3, 5] = math.nan
    train_step(state, broken)
    assert state.skipped == 1
    assert all(torch.equal(a, b) for a, b in zip(before, state.generator.parameters(), strict=True))


def test_a_generator_gone_astray_goes_back_to_its_running_mean(dances):
    state, sampler = tiny_state(replace(TINY, num_steps=200, patience=3)), tiny_sampler(dances)
    state.step, state.usual_norm = 100, 1e-9  # whatever comes is far too long
    with torch.no_grad():
        for parameter in state.generator.parameters():
            parameter.add_(1.0)
    steps = train(state, sampler)
    for _ in range(2):
        next(steps)
    pairs = list(zip(state.generator.parameters(), state.ema.parameters(), strict=True))
    assert not any(torch.equal(a, b) for a, b in pairs)
    next(steps)
    assert all(torch.equal(a, b) for a, b in pairs)
    assert state.skipped >= 3


def test_codes_and_sketches_are_learned_before_any_dance_is_unrolled(dances):
    config = replace(TINY, num_steps=100, sketch_share=0.6)
    state, sampler = tiny_state(config), tiny_sampler(dances, config)
    u_net = [p.clone() for p in state.generator.up1.parameters()]
    history = list(islice(train(state, sampler), 61))
    assert set(history[0]) == {"sketch", "kl"}
    assert history[59]["sketch"] < 0.7 * history[0]["sketch"]
    assert "position" in history[60]
    after = state.generator.up1.parameters()
    assert not any(torch.equal(a, b) for a, b in zip(u_net, after, strict=True))


def test_free_streams_dance_the_whole_moves_of_another_stream(dances):
    drawn = torch.arange(2.0)[:, None, None] * 100 + torch.arange(6.0)[:, None]  # (2, 6, 1)
    valid = torch.tensor([[1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 0, 0]])
    codes = Codes(drawn, drawn, valid.float())
    plan = draw_plan(tiny_sampler(dances).batch(0), TINY, 1, TINY.num_steps, torch.Generator())
    plan = plan._replace(free=torch.tensor([True, False]), donor=torch.tensor([1, 0]))
    given = exchanged(codes, drawn, plan)
    assert given[0, :, 0].tolist() == [101, 102, 101, 102, 101, 102]
    assert torch.equal(given[1], drawn[1])


def test_streams_dance_on_where_the_window_before_ended(dances):
    sampler, config = tiny_sampler(dances), TINY
    first, second = sampler.batch(0), sampler.batch(1)
    assert torch.equal(first.keypoints[:, -1], second.keypoints[:, 0])
    assert not torch.equal(second.keypoints[:, -1], sampler.batch(2).keypoints[:, 0])
    state = tiny_state(replace(config, given_until=1e-9))
    steps = train(state, sampler)
    next(steps)
    assert state.carry is not None
    assert not state.carry.pose.keypoints.requires_grad
    ended = state.carry.pose.keypoints
    next(steps)
    assert not torch.equal(ended, state.carry.pose.keypoints)


def test_given_poses_give_way_to_own_ones(dances):
    batch = tiny_sampler(dances).batch(0)
    rng = torch.Generator().manual_seed(0)
    config = TrainConfig(num_steps=1000, sketch_share=0.0, given_until=0.4, free_from=0.9)
    shares = [
        draw_plan(batch, config, NOISE, step, rng).given.float().mean().item()
        for step in (0, 200, 400, 800)
    ]
    assert shares[0] == 1
    assert 0.2 < shares[1] < 0.8
    assert shares[2:] == [0, 0]


def test_previous_poses_are_disturbed_and_targets_are_not(dances):
    batch = tiny_sampler(dances).batch(0)
    plan = draw_plan(batch, TrainConfig(), NOISE, 0, torch.Generator().manual_seed(0))
    pose = Pose(batch.keypoints[:, 0], batch.confidence[:, 0])
    moved = disturb(pose, plan, 0).keypoints - pose.keypoints
    assert 0.001 < moved.std() < 0.05


def test_music_is_disturbed_and_at_times_silent(dances):
    batch = tiny_sampler(dances, replace(TINY, batch_size=64)).batch(0)
    heard = augment_music(batch, torch.Generator().manual_seed(0))
    loudness = heard.windows.mean((1, 2, 3))
    beats = heard.beats.abs().sum((1, 2))
    assert 0.02 < (loudness == 0).float().mean() < 0.25
    assert 0.04 < (beats == 0).float().mean() < 0.3
    assert torch.equal(heard.keypoints, batch.keypoints)


def test_learning_rates_warm_up_and_fall():
    config = TrainConfig(num_steps=2000, sketch_share=0.5)
    cosine = [learning_rate_factor(config, step) for step in (1000, 1200, 1999)]
    assert cosine[0] < 0.02
    assert cosine[1] > 0.8
    assert cosine[2] < 0.06
    assert learning_rate_factor(config, 999) < 0.2 < learning_rate_factor(config, 0)
    steps = TrainConfig(sketch_share=0.0, schedule="step", steps_per_epoch=100)
    assert learning_rate_factor(steps, 250) == pytest.approx(0.8**2)


@pytest.mark.parametrize("objective", ["hinge", "bce", "lsgan", "wgan"])
def test_each_objective_takes_steps(dances, objective):
    state = tiny_state(replace(TINY, free_from=0.0, objective=objective))
    steps = train(state, tiny_sampler(dances))
    assert all(math.isfinite(value) for _ in range(2) for value in next(steps).values())
    assert state.skipped == 0


def test_wrong_settings_are_named():
    with pytest.raises(MusicError, match="hinge"):
        TrainConfig(objective="magic")
    with pytest.raises(MusicError, match="foot_slide"):
        LossWeights.changed({"feet": 1.0})


def test_pictures_are_compared_where_a_network_for_them_is_there(dances):
    state = tiny_state()
    state.picture_features = lambda pictures: pictures.mean((2, 3))
    assert train_step(state, tiny_sampler(dances).batch(0))["perceptual"] > 0


def test_without_its_weights_the_perceptual_loss_is_off_and_says_so(monkeypatch, caplog):
    def unreachable(*_: object, **__: object) -> None:
        raise URLError("no network")

    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", unreachable)
    assert load_vgg19(torch.device("cpu")) is None
    assert len(caplog.records) == 1
    assert "perceptual loss is off" in caplog.text


def test_training_goes_on_from_trained_weights(dances):
    first = tiny_state()
    train_step(first, tiny_sampler(dances).batch(0))
    accelerator = first.accelerator
    weights = LossWeights(perceptual=0)
    second = new_state(PRESETS["base"], CRITIC, TINY, weights, accelerator, first.generator)
    pairs = zip(first.generator.parameters(), second.generator.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)
