"""The trainer of picture networks: it learns, resumes exactly, and each objective does its part."""

import copy
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from accelerate import Accelerator
from torch import nn

from music2pose.losses import OBJECTIVES
from pose2video import RenderError
from pose2video.learned import train as training
from pose2video.learned.adversary import what_is_judged
from pose2video.learned.data import Batch, ClipSampler, empty_stage
from pose2video.learned.generator import PICTURE_PRESETS, PictureGenerator
from pose2video.learned.networks import GeneratorInput, GeneratorOutput
from pose2video.learned.train import (
    LossWeights,
    Plan,
    TrainConfig,
    TrainState,
    draw_plan,
    frame_before,
    generator_terms,
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
def test_every_kind_learns_to_paint_its_performer(kind, performer, monkeypatch):
    monkeypatch.setattr(training, "WARM_UP_STEPS", 4)
    config = TrainConfig(num_steps=16, batch_size=3, g_learning_rate=3e-3, schedule="constant")
    state = state_of(kind, config, LossWeights(perceptual=0, pose=0, adversarial=0))
    state.painter.backdrop.copy_(empty_stage(performer, 64))
    losses = [report["reconstruction"] for report in train(state, sampler_of(state, performer))]
    assert np.mean(losses[-4:]) < 0.75 * np.mean(losses[:2])


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
    for name in ("generator", "discriminator", "ema"):
        pairs = zip(getattr(state, name).parameters(), getattr(resumed, name).parameters(),
                    strict=True)  # fmt: skip
        assert all(torch.equal(a, b) for a, b in pairs), name


def test_a_training_draws_the_batch_of_each_step(performer):
    state = state_of("vector", replace(SHORT, num_steps=5))
    state.step, drawn = 2, []
    sampler = sampler_of(state, performer)
    batch = sampler.batch
    sampler.batch = lambda step: drawn.append(step) or batch(step)  # type: ignore[method-assign]
    assert len([*train(state, sampler)]) == 3
    assert drawn == [2, 3, 4]


# What a step does.


def discriminator_slope(state: TrainState, batch: Batch) -> float:
    """Return how steep the discriminator is at real pictures: the mean norm of its gradient."""
    real = batch.pictures[:, -1].clone().requires_grad_()
    judged = what_is_judged(batch.keypoints[:, -1], batch.confidence[:, -1], None, 64)
    logits = [
        verdict.output.logits.mean((1, 2, 3)).sum() for verdict in state.discriminator(real, judged)
    ]
    (slope,) = torch.autograd.grad(torch.stack(logits).sum(), real)
    return float(slope.flatten(1).norm(dim=1).mean())


@pytest.mark.parametrize("objective", ["hinge", "wgan"])
def test_a_gradient_penalty_keeps_the_discriminator_flat(objective, performer):
    slopes = []
    for penalty in (0.0, 3000.0):
        config = replace(SHORT, num_steps=1000, objective=objective, gradient_penalty=penalty)
        state = state_of("vanilla", config)
        state.step = 101  # warmed up, and from now on it is the discriminator's turn alone
        state.config = replace(config, g_every=1000)
        sampler = sampler_of(state, performer)
        for _ in range(8):
            train_step(state, sampler.batch(0))
        slopes.append(discriminator_slope(state, sampler.batch(0)))
    assert slopes[1] < 0.35 * slopes[0]


def test_after_one_step_the_mean_of_the_weights_lies_near_the_old_ones(performer):
    config = replace(SHORT, ema_decay=0.9)
    state = state_of(config=config)
    state.step = 500  # long enough for the decay to be the configured one
    sampler = sampler_of(state, performer)
    old = [p.clone() for p in state.ema.parameters()]
    train_step(state, sampler.batch(0))
    steps = []
    for before, new, mean in zip(old, state.painter.parameters(), state.ema.parameters(),
                                 strict=True):  # fmt: skip
        assert torch.allclose(mean, before + 0.1 * (new - before), atol=1e-6)
        steps.append(float((new.detach() - before).abs().max()))
    assert max(steps) > 1e-4


@pytest.fixture(scope="module")
def critic() -> PoseEstimator:
    torch.manual_seed(0)
    return PoseEstimator(ESTIMATOR_PRESETS["tiny"]).eval().requires_grad_(False)


TERMS = ("reconstruction", "structure", "perceptual", "adversarial", "feature_matching", "pose",
         "kl", "cover")  # fmt: skip


@pytest.mark.parametrize("name", TERMS)
def test_every_term_moves_the_generator_and_as_much_as_it_weighs(name, performer, critic):
    """With all other weights at nothing, that term alone is the loss, and it has a gradient."""
    weights = LossWeights(**{term: 0.0 for term in TERMS} | {"adversarial": 1e-9, name: 3.0})
    state = state_of("spade", weights=weights, critic=critic)
    nn.init.constant_(state.painter.network.tail.head.bias, 8)
    report = train_step(state, sampler_of(state, performer).batch(0))
    assert report[name] != 0
    assert report["generator"] == pytest.approx(3 * report[name], rel=1e-4)
    slope = sum(float(p.grad.abs().sum()) for p in state.painter.parameters() if p.grad is not None)
    assert slope > 0


def test_a_perfect_painter_has_nothing_left_to_learn_from_pictures(performer, critic):
    """The network's picture is held against the one of the pose that it was shown."""
    state = state_of(weights=LossWeights(), critic=critic)
    batch = sampler_of(state, performer).batch(3)
    paint, seen = state.generator.forward, []

    def perfect(shown: GeneratorInput) -> GeneratorOutput:
        seen.append(shown)
        painted = paint(shown)
        return painted._replace(pictures=batch.pictures[:, -1] + 0 * painted.pictures)

    state.generator.forward = perfect  # type: ignore[method-assign]
    report = train_step(state, batch)
    for name in ("reconstruction", "structure", "perceptual", "feature_matching"):
        assert report[name] == pytest.approx(0, abs=1e-4), name
    assert torch.equal(seen[-1].keypoints, batch.keypoints[:, -1])
    assert torch.equal(seen[-1].confidence, batch.confidence[:, -1])


@pytest.mark.parametrize("name", ["person_weight", "detail_weight"])
def test_faults_cost_more_where_the_configuration_says(name, performer):
    usual = {"person_weight": 0.0, "detail_weight": 0.0}
    plain, careful = (
        state_of(config=replace(SHORT, **usual | {name: weight})) for weight in (0.0, 8.0)
    )
    batch = sampler_of(plain, performer).batch(0)
    shown = GeneratorInput(batch.keypoints[:, -1], batch.confidence[:, -1])
    real = batch.pictures[:, -1]

    def cost(state: TrainState, fakes: torch.Tensor) -> float:
        terms = generator_terms(state, shown, GeneratorOutput(fakes), real)
        return float(terms["reconstruction"])

    face, corner = real.clone(), real.clone()
    for picture, (x, y) in zip(face, (shown.keypoints[:, 0] * 64).long().tolist(), strict=True):
        picture[:, y - 2 : y + 2, x - 2 : x + 2] += 0.5
    corner[:, :, 1:5, 1:5] += 0.5
    assert cost(plain, face) == pytest.approx(cost(plain, corner), rel=1e-3)
    assert cost(careful, face) > 4 * cost(careful, corner)


def test_the_generators_turn_does_not_move_the_discriminator(performer):
    """Its own step comes from real and painted pictures alone."""
    grads = []
    for g_every in (1, 2):
        state = state_of(config=replace(SHORT, g_every=g_every, ema_decay=0.0))
        state.step = 1
        train_step(state, sampler_of(state, performer).batch(0))
        grads.append([p.grad for p in state.discriminator.parameters()])
    for with_turn, without in zip(*grads, strict=True):
        assert torch.allclose(with_turn, without, rtol=1e-3, atol=1e-6)


def test_gradients_are_clipped_and_each_network_has_its_rate(performer):
    config = replace(SHORT, clip_norm=1e-3, g_learning_rate=4e-3, d_learning_rate=1e-3)
    state = state_of(config=config)
    state.rate_factor, state.step = 0.5, 30
    factor = 0.5 * rate_at(config, 30)
    assert 0 < factor < 1
    before = [[p.clone() for p in module.parameters()]
              for module in (state.painter, state.discriminator)]  # fmt: skip
    train_step(state, sampler_of(state, performer).batch(0))
    for module, old, rate in zip(
        (state.painter, state.discriminator), before, (4e-3, 1e-3), strict=True
    ):
        grads = torch.cat([p.grad.flatten() for p in module.parameters() if p.grad is not None])
        assert float(grads.norm()) == pytest.approx(1e-3, rel=0.01)
        pairs = zip(module.parameters(), old, strict=True)
        step = max(float((p.detach() - q.detach()).abs().max()) for p, q in pairs)
        assert step == pytest.approx(rate * factor, rel=0.05)  # Adam's first step is its rate


def test_the_older_the_network_the_more_it_is_led_on_by_its_own_frames(performer):
    """Never before ``own_from``, half of the time from twice that on; 1 to 8 frames."""
    config = replace(SHORT, num_steps=1000, own_from=0.1)
    state = state_of(config=config)
    batch = sampler_of(state, performer).batch(0)
    plans = {}
    for state.step in (90, 150, 900):
        plans[state.step] = [
            draw_plan(state, batch, torch.Generator().manual_seed(seed)) for seed in range(300)
        ]
    own = {step: np.array([plan.own_frames for plan in some]) for step, some in plans.items()}
    assert [(frames > 0).mean() for frames in own.values()] == pytest.approx(
        [0, 0.25, 0.5], abs=0.08
    )
    assert {*own[900]} == {*range(9)}
    drawn = plans[900]
    dropped, stale = (
        torch.cat(rows).float().mean()
        for rows in ([plan.dropped for plan in drawn], [plan.stale for plan in drawn])
    )
    assert (dropped, stale) == (pytest.approx(0.1, abs=0.04), pytest.approx(0.15, abs=0.04))
    loud = torch.stack([plan.noise.std((1, 2, 3)) for plan in drawn]).flatten()
    assert loud.max() < 0.16 and loud.mean() == pytest.approx(0.075, abs=0.01)


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
    noisy = plan_for(batch, 0)._replace(noise=torch.full_like(real, 0.25))
    assert torch.equal(frame_before(state, batch, noisy), real + 0.25)
    own = frame_before(state, batch, plan_for(batch, 2))
    assert not own.requires_grad
    by_hand = batch.pictures[:, -4]
    with torch.no_grad():
        for frame in (-3, -2):  # the frame to be painted is the last one
            shown = GeneratorInput(batch.keypoints[:, frame], batch.confidence[:, frame], by_hand)
            by_hand = state.painter(shown).pictures
    assert torch.equal(own, by_hand)
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
