"""The trainer of picture networks: it learns, resumes exactly, and each objective does its part."""

import copy
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from accelerate import Accelerator

from music2pose.losses import OBJECTIVES
from pose2video import RenderError
from pose2video.learned import train as training
from pose2video.learned.data import Batch, ClipSampler, empty_stage
from pose2video.learned.generator import PICTURE_PRESETS, PictureGenerator
from pose2video.learned.train import (
    LossWeights,
    Plan,
    TrainConfig,
    TrainState,
    frame_before,
    new_state,
    rate_at,
    train,
    train_step,
)
from pose2video.nadsnet.estimator import ESTIMATOR_PRESETS, PoseEstimator
from pose2video.performer.performer import Performer
from tests.pose2video.made_performer import made_performer

SHORT = TrainConfig(num_steps=40, batch_size=2, adversarial_from=0.0, own_from=0.0)
ALONE = LossWeights(perceptual=0, pose=0)


@pytest.fixture(scope="module")
def performer(tmp_path_factory) -> Performer:
    return made_performer(tmp_path_factory.mktemp("performers") / "doll", 40, 64)


def state_of(
    kind: str = "gan",
    config: TrainConfig = SHORT,
    weights: LossWeights = ALONE,
    critic: PoseEstimator | None = None,
) -> TrainState:
    torch.manual_seed(0)
    generator = PictureGenerator(replace(PICTURE_PRESETS["tiny"], kind=kind))
    return new_state(
        generator, config, weights, Accelerator(cpu=True, mixed_precision="no"), critic
    )


def sampler_of(state: TrainState, performer: Performer) -> ClipSampler:
    run = state.painter.network.frames_per_run
    return ClipSampler([performer], 64, state.config.batch_size, run, seed=0)


@pytest.mark.parametrize("kind", ["vector", "vanilla", "gan", "spade"])
def test_every_kind_learns_to_paint_its_performer(kind, performer):
    config = TrainConfig(num_steps=40, batch_size=4, g_learning_rate=3e-3, schedule="constant")
    state = state_of(kind, config, LossWeights(perceptual=0, pose=0, adversarial=0))
    state.painter.backdrop.copy_(empty_stage(performer, 64))
    losses = [report["reconstruction"] for report in train(state, sampler_of(state, performer))]
    assert np.mean(losses[-8:]) < 0.75 * np.mean(losses[:4])


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_every_objective_trains_both_networks(objective, performer):
    state = state_of(config=replace(SHORT, objective=objective))
    before = copy.deepcopy(state.discriminator.state_dict())
    report = train_step(state, sampler_of(state, performer).batch(0))
    assert {"discriminator", "adversarial", "feature_matching", "structure", "cover"} <= {*report}
    assert all(math.isfinite(loss) for loss in report.values())
    after = state.discriminator.state_dict()
    assert any(not torch.equal(after[name], before[name]) for name in before)
    assert state.config.penalty_times == (objective in ("wgan", "bce"))


def test_each_network_takes_its_turns(performer, monkeypatch):
    state = state_of(config=replace(SHORT, d_every=2, g_every=3))
    turns = []
    original = training.update

    def noted(state: TrainState, module: torch.nn.Module, optimizer: torch.optim.Optimizer) -> bool:
        turns.append((state.step, "d" if module is state.discriminator else "g"))
        return original(state, module, optimizer)

    monkeypatch.setattr(training, "update", noted)
    sampler = sampler_of(state, performer)
    for step in range(5):
        train_step(state, sampler.batch(step))
    assert turns == [(0, "d"), (0, "g"), (2, "d"), (3, "g"), (4, "d")]


def test_a_resumed_training_goes_on_as_if_nothing_had_happened(performer, tmp_path):
    state = state_of()
    sampler = sampler_of(state, performer)
    for step in range(2):
        train_step(state, sampler.batch(step))
    torch.save(state.state_dict(), tmp_path / "state.pt")
    resumed = state_of(config=SHORT)
    resumed.load_state_dict(torch.load(tmp_path / "state.pt", weights_only=True))
    assert resumed.step == 2
    batch = sampler.batch(2)
    assert train_step(resumed, batch) == train_step(state, batch)


def test_cutting_a_batch_into_parts_changes_nothing_but_memory(performer):
    whole, cut = (
        state_of("vanilla", replace(SHORT, accumulation=parts, batch_size=4)) for parts in (1, 2)
    )
    cut.load_state_dict(whole.state_dict())
    batch = sampler_of(whole, performer).batch(0)
    for state in (whole, cut):
        train_step(state, batch)
    pairs = zip(whole.painter.parameters(), cut.painter.parameters(), strict=True)
    for a, b in pairs:
        assert torch.allclose(a.grad, b.grad, rtol=1e-2, atol=1e-4 * float(b.grad.abs().max()))


def plan_for(batch: Batch, own_frames: int, dropped: bool = False, stale: bool = False) -> Plan:
    size = len(batch.keypoints)
    return Plan(
        own_frames, torch.zeros_like(batch.references), torch.full((size,), dropped),
        torch.full((size,), stale), torch.zeros(size, 8),
    )  # fmt: skip


def test_the_frame_before_is_real_dropped_stale_or_the_networks_own(performer):
    state = state_of()
    batch = sampler_of(state, performer).batch(0)
    real = batch.pictures[:, -2]
    assert torch.equal(frame_before(state, batch, plan_for(batch, 0)), real)
    assert frame_before(state, batch, plan_for(batch, 0, dropped=True)).abs().sum() == 0
    stale = frame_before(state, batch, plan_for(batch, 0, stale=True))
    assert torch.equal(stale, batch.references)
    own = frame_before(state, batch, plan_for(batch, 2))
    assert not own.requires_grad
    assert (own - real).abs().mean() > 0.01
    assert frame_before(state_of("vanilla"), batch, plan_for(batch, 0)) is None


def test_the_critic_judges_but_does_not_learn(performer):
    torch.manual_seed(0)
    critic = PoseEstimator(ESTIMATOR_PRESETS["tiny"])
    before = copy.deepcopy(critic.state_dict())
    state = state_of(weights=LossWeights(perceptual=0), critic=critic)
    report = train_step(state, sampler_of(state, performer).batch(0))
    assert report["pose"] > 0
    assert all(torch.equal(critic.state_dict()[name], before[name]) for name in before)


def test_a_gradient_that_is_not_finite_is_left_out_and_counted(performer):
    state = state_of("vanilla")
    batch = sampler_of(state, performer).batch(0)
    before = [p.clone() for p in state.painter.parameters()]
    train_step(state, batch._replace(pictures=batch.pictures * float("nan")))
    assert state.skipped >= 1
    pairs = zip(state.painter.parameters(), before, strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


def test_rates_rise_hold_and_fall():
    config = TrainConfig(num_steps=1000)
    assert rate_at(config, 0) < 0.02
    assert rate_at(config, 400) == 1
    assert rate_at(config, 999) < 0.01
    assert rate_at(replace(config, schedule="constant"), 999) == 1


def test_a_plateau_halves_the_rates():
    state = state_of("vector", replace(SHORT, schedule="plateau"))
    assert state.note_score(0.5)
    for _ in range(4):
        assert not state.note_score(0.4)
    assert state.rate_factor == 0.5
    assert state.best_score == 0.5


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"objective": "x"}, "hinge"),
        ({"schedule": "x"}, "plateau"),
        ({"batch_size": 3, "accumulation": 2}, "equal parts"),
        ({"num_steps": 0}, "num_steps"),
        ({"placement": 2}, "placement"),
        ({"g_learning_rate": 0}, "g_learning_rate"),
    ],
)
def test_settings_that_cannot_be_are_refused(wrong, named):
    with pytest.raises(RenderError, match=named):
        TrainConfig(**wrong)


def test_plain_kinds_need_no_opponent_and_unknown_terms_are_named():
    assert LossWeights.for_kind("vanilla", {}).adversarial == 0
    assert LossWeights.for_kind("gan", {"kl": 2}).kl == 2
    with pytest.raises(RenderError, match="feature_matching"):
        LossWeights.for_kind("gan", {"x": 1})
