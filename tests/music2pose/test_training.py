"""What all trainers share: checked steps, running means, schedules."""

import math

import pytest
import torch
from accelerate import Accelerator
from torch import nn

from music2pose.discriminator import MultiScaleDiscriminator, PatchDiscriminator
from music2pose.train_settings import DancerTraining, LossWeights, TrainingSettings
from music2pose.training import (
    Plateau,
    TrainState,
    frozen,
    learning_rate_factor,
    take_step,
    update,
    update_ema,
)


def tiny_network(value: float) -> nn.BatchNorm1d:
    network = nn.BatchNorm1d(2)
    nn.init.constant_(network.weight, value)
    network.running_mean.fill_(value)
    return network


def state_of(network: nn.Module, **changes) -> TrainState:
    return TrainState(
        config=TrainingSettings(**changes),
        weights=LossWeights(),
        accelerator=Accelerator(cpu=True),
        ema=tiny_network(0.0).requires_grad_(False),
    )


@pytest.mark.parametrize(("step", "share"), [(0, 0.9), (90, 0.09), (10_000, 0.002)])
def test_the_running_mean_follows_fast_at_first_and_knows_all_buffers(step, share):
    network = tiny_network(1.0)
    state = state_of(network)
    state.step = step
    update_ema(state, network)
    assert state.ema.weight.tolist() == pytest.approx([share, share])
    assert torch.equal(state.ema.running_mean, network.running_mean)


def test_a_step_is_clipped_and_says_how_long_its_gradient_was():
    network = tiny_network(1.0)
    state, optimizer = state_of(network, clip_norm=0.5), torch.optim.SGD(network.parameters(), 1.0)
    loss = 3 * network.weight[0] + 4 * network.weight[1]
    assert update(state, loss, network, optimizer) == pytest.approx(5)
    assert network.weight.tolist() == pytest.approx([1 - 0.3, 1 - 0.4])
    assert state.skipped == 0


@pytest.mark.parametrize(("scale", "max_norm"), [(math.nan, math.inf), (math.inf, 9.0), (1, 0.5)])
def test_a_step_that_is_not_finite_or_too_long_is_left_out_and_counted(scale, max_norm):
    network = tiny_network(1.0)
    state, optimizer = state_of(network), torch.optim.SGD(network.parameters(), 1.0)
    assert update(state, scale * network.weight.sum(), network, optimizer, max_norm) is None
    for parameter in network.parameters():
        parameter.grad = torch.full_like(parameter, scale)
    assert take_step(state, network, optimizer, max_norm) is None
    assert state.skipped == 2
    assert network.weight.tolist() == [1, 1]


def test_a_frozen_network_lets_gradients_through_and_keeps_none():
    network = nn.Linear(2, 1)
    x = torch.ones(1, 2, requires_grad=True)
    with frozen(network):
        network(x).sum().backward()
    assert x.grad is not None
    assert network.weight.grad is None
    assert network.weight.requires_grad


def test_a_plateau_halves_the_rates_after_four_validations_that_were_no_better():
    plateau = Plateau()
    factors = []
    for score in (0.5, 0.4, 0.5, 0.3, 0.4, 0.4, 0.6):
        plateau.update(score)
        factors.append(plateau.factor)
    assert factors == [1, 1, 1, 1, 0.5, 0.5, 0.5]
    assert plateau.best == 0.6


def test_a_cosine_falls_to_its_last_rate_and_steps_fall_at_every_epoch():
    cosine = DancerTraining(schedule="cosine")
    assert learning_rate_factor(cosine, 500, 1000) == pytest.approx((1 + cosine.final_rate) / 2)
    assert learning_rate_factor(cosine, 1000, 1000) == pytest.approx(cosine.final_rate)
    steps = DancerTraining(schedule="step", steps_per_epoch=200)
    assert [learning_rate_factor(steps, step, 1000) for step in (199, 200, 400)] == pytest.approx(
        [1, 0.8, 0.64]
    )


@pytest.mark.parametrize("convolution", [nn.Conv1d, nn.Conv2d])
def test_each_scale_sees_half_of_the_one_before_along_time_or_both_sides(convolution):
    def patches() -> PatchDiscriminator:
        return PatchDiscriminator(
            [convolution(3, 4, 4, stride=2, padding=1)], convolution(4, 1, 3, padding=1)
        )

    sides = 1 if convolution is nn.Conv1d else 2
    outputs = MultiScaleDiscriminator(patches() for _ in range(2))(torch.rand(2, 3, *sides * [32]))
    assert [out.logits.shape for out in outputs] == [(2, 1, *sides * [16]), (2, 1, *sides * [8])]
    assert [out.feature_maps[0].shape for out in outputs] == [
        (2, 4, *sides * [16]),
        (2, 4, *sides * [8]),
    ]
