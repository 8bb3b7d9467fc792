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
from music2pose.training import learning_rate_factor, train
from pose2video import RenderError
from pose2video.learned import train as training
from pose2video.learned.data import ClipSampler, PictureBatch, empty_stage
from pose2video.learned.discriminator import condition_on_pose
from pose2video.learned.generator import PICTURE_PRESETS, PictureGenerator
from pose2video.learned.networks import GeneratorInput, GeneratorOutput
from pose2video.learned.train import (
    FramePlan,
    RendererState,
    draw_frame_plan,
    frame_before,
    generator_terms,
    loss_weights_of,
    new_state,
    train_step,
)
from pose2video.learned.train_settings import RendererLossWeights, RendererTraining
from pose2video.nadsnet.estimator import ESTIMATOR_PRESETS, PoseEstimator
from pose2video.performer.performer import Performer
from tests.pose2video.made_performer import made_performer

SHORT = RendererTraining(num_steps=40, batch_size=2, adversarial_from=0.0, own_from=0.0)
ALONE = RendererLossWeights(perceptual=0, pose=0)


@pytest.fixture(scope="module")
def performer(tmp_path_factory) -> Performer:
    return made_performer(tmp_path_factory.mktemp("performers") / "doll", 40, 64)


def state_of(
    kind: str = "gan",
    config: RendererTraining = SHORT,
    weights: RendererLossWeights = ALONE,
    estimator: PoseEstimator | None = None,
) -> RendererState:
    torch.manual_seed(0)
    generator = PictureGenerator(replace(PICTURE_PRESETS["tiny"], kind=kind))
    return new_state(
        generator, config, weights, Accelerator(cpu=True, mixed_precision="no"), estimator
    )


def sampler_of(state: RendererState, performer: Performer) -> ClipSampler:
    run = state.picture_generator.network.frames_per_run
    return ClipSampler([performer], 64, state.config.batch_size, run, seed=0)


@pytest.mark.parametrize("kind", ["vector", "vanilla", "gan", "spade"])
def test_every_kind_learns_to_paint_its_performer(kind, performer, monkeypatch):
    monkeypatch.setattr("music2pose.training.WARM_UP_STEPS", 4)
    config = RendererTraining(num_steps=16, batch_size=3, g_learning_rate=3e-3, schedule="constant")
    state = state_of(kind, config, RendererLossWeights(perceptual=0, pose=0, adversarial=0))
    state.picture_generator.backdrop.copy_(empty_stage(performer, 64))
    losses = [
        report["reconstruction"]
        for report in train(state, sampler_of(state, performer), train_step)
    ]
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
    original = training.take_step

    def noted(
        state: RendererState, module: nn.Module, optimizer: torch.optim.Optimizer
    ) -> float | None:
        turns.append((state.step, "d" if module is state.discriminator else "g"))
        return original(state, module, optimizer)

    monkeypatch.setattr(training, "take_step", noted)
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
    assert len([*train(state, sampler, train_step)]) == 3
    assert drawn == [2, 3, 4]


# What a step does.


def discriminator_slope(state: RendererState, batch: PictureBatch) -> float:
    """Return how steep the discriminator is at real pictures: the mean norm of its gradient."""
    real = batch.pictures[:, -1].clone().requires_grad_()
    condition = condition_on_pose(batch.keypoints[:, -1], batch.confidence[:, -1], None, 64)
    logits = [
        scale.output.logits.mean((1, 2, 3)).sum() for scale in state.discriminator(real, condition)
    ]
    (slope,) = torch.autograd.grad(torch.stack(logits).sum(), real)
    return float(slope.flatten(1).norm(dim=1).mean())


@pytest.mark.parametrize("objective", ["hinge", pytest.param("wgan", marks=pytest.mark.slow)])
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
    for before, new, mean in zip(old, state.picture_generator.parameters(), state.ema.parameters(),
                                 strict=True):  # fmt: skip
        assert torch.allclose(mean, before + 0.1 * (new - before), atol=1e-6)
        steps.append(float((new.detach() - before).abs().max()))
    assert max(steps) > 1e-4


@pytest.fixture(scope="module")
def estimator() -> PoseEstimator:
    torch.manual_seed(0)
    return PoseEstimator(ESTIMATOR_PRESETS["tiny"]).eval().requires_grad_(False)


TERMS = ("reconstruction", "structure", "perceptual", "adversarial", "feature_matching", "pose",
         "kl", "cover")  # fmt: skip


@pytest.mark.parametrize("name", TERMS)
def test_every_term_moves_the_generator_and_as_much_as_it_weighs(name, performer, estimator):
    """With all other weights at nothing, that term alone is the loss, and it has a gradient."""
    weights = RendererLossWeights(
        **{term: 0.0 for term in TERMS} | {"adversarial": 1e-9, name: 3.0}
    )
    state = state_of("spade", weights=weights, estimator=estimator)
    nn.init.constant_(state.picture_generator.network.tail.head.bias, 8)
    report = train_step(state, sampler_of(state, performer).batch(0))
    assert report[name] != 0
    assert report["generator"] == pytest.approx(3 * report[name], rel=1e-4)
    slope = sum(
        float(p.grad.abs().sum())
        for p in state.picture_generator.parameters()
        if p.grad is not None
    )
    assert slope > 0


def test_a_perfect_painter_has_nothing_left_to_learn_from_pictures(performer, estimator):
    """The network's picture is held against the one of the pose that it was shown."""
    state = state_of(weights=RendererLossWeights(), estimator=estimator)
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

    def cost(state: RendererState, fakes: torch.Tensor) -> float:
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
    rates = {"g_learning_rate": 4e-3, "d_learning_rate": 1e-3}
    config = replace(SHORT, clip_norm=1e-3, schedule="plateau", **rates)
    state = state_of(config=config)
    state.plateau.factor, state.step = 0.5, 30
    factor = learning_rate_factor(config, 30, config.num_steps, plateau=0.5)
    assert 0 < factor < 1
    before = [[p.clone() for p in module.parameters()]
              for module in (state.picture_generator, state.discriminator)]  # fmt: skip
    train_step(state, sampler_of(state, performer).batch(0))
    for module, old, rate in zip(
        (state.picture_generator, state.discriminator), before, (4e-3, 1e-3), strict=True
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
            draw_frame_plan(state, batch, torch.Generator().manual_seed(seed))
            for seed in range(300)
        ]
    own = {step: np.array([plan.own_frames for plan in some]) for step, some in plans.items()}
    assert [(frames > 0).mean() for frames in own.values()] == pytest.approx(
        [0, 0.25, 0.5], abs=0.08
    )
    assert {*own[900]} == {*range(9)}
    drawn = plans[900]
    dropped, unrelated = (
        torch.cat(rows).float().mean()
        for rows in ([plan.dropped for plan in drawn], [plan.unrelated for plan in drawn])
    )
    assert (dropped, unrelated) == (pytest.approx(0.1, abs=0.04), pytest.approx(0.15, abs=0.04))
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
    pairs = zip(
        whole.picture_generator.parameters(), cut.picture_generator.parameters(), strict=True
    )
    for a, b in pairs:
        assert torch.allclose(a.grad, b.grad, rtol=1e-2, atol=1e-4 * float(b.grad.abs().max()))


def plan_for(
    batch: PictureBatch, own_frames: int, dropped: bool = False, unrelated: bool = False
) -> FramePlan:
    size = len(batch.keypoints)
    return FramePlan(
        own_frames, torch.zeros_like(batch.references), torch.full((size,), dropped),
        torch.full((size,), unrelated), torch.zeros(size, 8),
    )  # fmt: skip


def test_the_frame_before_is_real_dropped_unrelated_or_the_networks_own(performer):
    state = state_of()
    batch = sampler_of(state, performer).batch(0)
    real = batch.pictures[:, -2]
    assert torch.equal(frame_before(state, batch, plan_for(batch, 0)), real)
    assert frame_before(state, batch, plan_for(batch, 0, dropped=True)).abs().sum() == 0
    unrelated = frame_before(state, batch, plan_for(batch, 0, unrelated=True))
    assert torch.equal(unrelated, batch.references)
    noisy = plan_for(batch, 0)._replace(noise=torch.full_like(real, 0.25))
    assert torch.equal(frame_before(state, batch, noisy), real + 0.25)
    own = frame_before(state, batch, plan_for(batch, 2))
    assert not own.requires_grad
    by_hand = batch.pictures[:, -4]
    with torch.no_grad():
        for frame in (-3, -2):  # the frame to be painted is the last one
            shown = GeneratorInput(batch.keypoints[:, frame], batch.confidence[:, frame], by_hand)
            by_hand = state.picture_generator(shown).pictures
    assert torch.equal(own, by_hand)
    assert frame_before(state_of("vanilla"), batch, plan_for(batch, 0)) is None


def test_the_estimator_judges_but_does_not_learn(performer):
    torch.manual_seed(0)
    estimator = PoseEstimator(ESTIMATOR_PRESETS["tiny"])
    before = copy.deepcopy(estimator.state_dict())
    state = state_of(weights=RendererLossWeights(perceptual=0), estimator=estimator)
    report = train_step(state, sampler_of(state, performer).batch(0))
    assert report["pose"] > 0
    assert all(torch.equal(estimator.state_dict()[name], before[name]) for name in before)


def test_a_gradient_that_is_not_finite_is_left_out_and_counted(performer):
    state = state_of("vanilla")
    batch = sampler_of(state, performer).batch(0)
    before = [p.clone() for p in state.picture_generator.parameters()]
    train_step(state, batch._replace(pictures=batch.pictures * float("nan")))
    assert state.skipped >= 1
    pairs = zip(state.picture_generator.parameters(), before, strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


def test_rates_rise_hold_and_fall():
    linear = RendererTraining(num_steps=1000)
    assert learning_rate_factor(linear, 0, 1000) < 0.02
    assert learning_rate_factor(linear, 400, 1000) == 1
    assert learning_rate_factor(linear, 750, 1000) == 0.5
    assert learning_rate_factor(linear, 999, 1000) < 0.01
    constant = replace(linear, schedule="constant")
    assert learning_rate_factor(constant, 999, 1000, plateau=0.5) == 1
    plateau = replace(linear, schedule="plateau")
    assert learning_rate_factor(plateau, 999, 1000, plateau=0.5) == 0.5


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"objective": "x"}, "hinge"),
        ({"schedule": "x"}, "plateau"),
        ({"batch_size": 3, "accumulation": 2}, "equal parts"),
        ({"num_steps": 0}, "--steps 0"),
        ({"placement": 2}, "--placement 2 .* give 0 to 0.3"),
        ({"g_learning_rate": 0}, "--learning-rate 0"),
    ],
)
def test_settings_that_cannot_be_are_refused(wrong, named):
    with pytest.raises(RenderError, match=named):
        RendererTraining(**wrong)


def test_plain_kinds_need_no_discriminator_and_unknown_terms_are_named():
    assert loss_weights_of("vanilla", {}).adversarial == 0
    assert loss_weights_of("gan", {"kl": 2}).kl == 2
    with pytest.raises(RenderError, match="feature_matching"):
        loss_weights_of("gan", {"x": 1})
