"""Training: one batch is learned, state is carried, and a resumed run is the uninterrupted one."""

import math
from collections.abc import Iterable
from dataclasses import fields, replace
from itertools import islice
from urllib.error import URLError

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from music2pose import MusicError
from music2pose.data.dataset import Batch
from music2pose.generator import POSE_PRESETS, Pose
from music2pose.hearing.features import NUM_MELS
from music2pose.move_encoder import Codes
from music2pose.perceptual import load_vgg19
from music2pose.rollout import Rollout, augment_music, disturb, draw_plan, swap_codes
from music2pose.terms import discriminator_music
from music2pose.train import DancerState, new_state, set_learning_rates, train_step
from music2pose.train_settings import DancerLossWeights, DancerTraining
from music2pose.training import train
from tests.music2pose.made_dances import DISCRIMINATOR, TINY, made_dances, tiny_sampler, tiny_state

NOISE = POSE_PRESETS["tiny"].noise_channels
NOTHING = {item.name: 0.0 for item in fields(DancerLossWeights)}
"""Weights with which no term counts."""


LONG = replace(TINY, num_steps=2000, swapped_codes_from=0.0, teacher_forcing_until=0.1)
WARM = 150
"""A step at which the rates of a long training have risen and a quarter is teacher forced."""


@pytest.fixture(scope="module")
def dances():
    return made_dances()


def copied(module: nn.Module) -> list[Tensor]:
    return [parameter.detach().clone() for parameter in module.parameters()]


def norm(gradients: Iterable[Tensor | None]) -> float:
    return math.sqrt(sum(float(g.square().sum()) for g in gradients if g is not None))


def slope_at_real_dances(state: DancerState, batch: Batch) -> float:
    """How steep the discriminator is where the dances are real."""
    real = batch.keypoints.clone().requires_grad_()
    outputs = state.discriminator(real, *discriminator_music(batch))
    (slope,) = torch.autograd.grad(sum(out.logits.mean() for out in outputs), real)
    return slope.norm().item()


def learning_rate_at(config: DancerTraining, step: int) -> float:
    state = tiny_state(config)
    state.step = step
    set_learning_rates(state)
    return state.learning_rate


def test_one_batch_can_be_learned_by_heart(dances):
    config = replace(
        TINY, num_steps=400, swapped_codes_from=1.0, teacher_forcing_until=1.0, g_learning_rate=3e-3
    )
    weights = DancerLossWeights(**(NOTHING | {"position": 1.0, "pose_prior": 1.0}))
    state, batch = tiny_state(config, weights), tiny_sampler(dances, config).batch(0)
    state.step = 100  # the rates have risen
    history = [train_step(state, batch)["position"] for _ in range(9)]
    assert np.mean(history[-3:]) < 0.75 * history[0]


def test_resuming_gives_the_losses_that_would_have_come(dances, tmp_path):
    config = replace(TINY, num_steps=4)  # a discriminator from step 2 on
    sampler = tiny_sampler(dances, config)
    whole = tiny_state(config)
    expected = list(train(whole, sampler, train_step))
    first = tiny_state(config)
    list(islice(train(first, sampler, train_step), 3))  # stops inside a run
    torch.save(first.state_dict(), tmp_path / "state.pt")
    second = tiny_state(config)
    second.load_state_dict(torch.load(tmp_path / "state.pt", weights_only=True))
    assert second.step == 3
    assert list(train(second, sampler, train_step)) == expected[3:]
    assert "adversarial" in expected[3]


def test_a_large_gradient_penalty_flattens_the_discriminator(dances):
    slopes = []
    for penalty in (0.0, 1e4):
        state = tiny_state(replace(LONG, gradient_penalty=penalty, d_learning_rate=6e-3))
        state.step, batch = WARM, tiny_sampler(dances, LONG).batch(0)
        before = slope_at_real_dances(state, batch)
        for _ in range(4):
            train_step(state, batch)
        slopes.append(slope_at_real_dances(state, batch) / before)
    assert slopes[1] < 0.5
    assert slopes[1] < 0.5 * slopes[0]


@pytest.mark.parametrize(("config", "step"), [(LONG, WARM), (replace(LONG, prior_share=0.5), 0)])
def test_the_running_mean_follows_by_its_formula(dances, config, step):
    state = tiny_state(replace(config, ema_decay=0.9))
    state.step, batch = step, tiny_sampler(dances, LONG).batch(0)
    with torch.no_grad():
        for mean in state.ema.parameters():
            mean.add_(0.1)
    old = copied(state.ema)
    train_step(state, batch)
    decay = min(0.9, (1 + step) / (10 + step))
    assert decay in (0.9, 0.1)  # the young mean follows faster
    for before, now, weights in zip(
        old, state.ema.parameters(), state.generator.parameters(), strict=True
    ):
        assert torch.allclose(now, decay * before + (1 - decay) * weights, atol=1e-6)
    if step:
        long = tiny_state(LONG)
        long.step, old = WARM * 100, copied(long.ema)
        train_step(long, batch)
        pairs = list(zip(old, long.ema.parameters(), long.generator.parameters(), strict=True))
        moved = math.sqrt(sum(float((a - b).square().sum()) for a, b, _ in pairs))
        away = math.sqrt(sum(float((a - c).square().sum()) for a, _, c in pairs))
        assert 0 < moved < 0.01 * away


@pytest.mark.parametrize(
    ("step", "g_rate", "d_rate"),
    [
        (0, 4e-3 / 100, None),
        (99, 4e-3 * 0.911, None),
        (1000, 1e-3 / 100, 2e-3 / 100),
        (1099, 1e-3 * 0.977, 2e-3 * 0.977),
    ],
)
def test_weights_move_by_the_rates_of_the_step(dances, step, g_rate, d_rate):
    """The first update of Adam moves every weight that has a gradient by the rate itself."""
    config = replace(
        LONG, prior_share=0.5, prior_learning_rate=4e-3, g_learning_rate=1e-3,
        d_learning_rate=2e-3,
    )  # fmt: skip
    state = tiny_state(config)
    state.step, batch = step, tiny_sampler(dances, LONG).batch(0)
    networks = ((state.generator, g_rate), (state.discriminator, d_rate))
    before = [copied(network) for network, _ in networks]
    train_step(state, batch)
    for (network, rate), old in zip(networks, before, strict=True):
        steps = torch.cat(
            [(p - q).abs().flatten() for p, q in zip(network.parameters(), old, strict=True)]
        )
        if rate is None:
            assert not steps.any()
        else:
            assert steps[steps > 0].median().item() == pytest.approx(rate, rel=0.02)


def test_gradients_are_clipped(dances):
    state = tiny_state(replace(LONG, clip_norm=1e-2))
    state.step = WARM
    train_step(state, tiny_sampler(dances, LONG).batch(0))
    for network in (state.generator, state.discriminator):
        assert norm(p.grad for p in network.parameters()) == pytest.approx(1e-2, rel=1e-3)


def test_the_generator_hears_disturbed_music_and_is_judged_by_the_clean_one(dances):
    for prior_share in (0.0, 0.5):
        state, heard, judged = tiny_state(replace(LONG, prior_share=prior_share)), [], []
        state.unroller.register_forward_pre_hook(lambda _, inputs, h=heard: h.append(inputs[0]))
        state.discriminator.register_forward_pre_hook(
            lambda _, inputs, j=judged: j.append(inputs[1])
        )
        batch = tiny_sampler(dances, LONG).batch(0)
        train_step(state, batch)
        noise = heard[0].sound[..., :NUM_MELS] - batch.sound[..., :NUM_MELS]
        assert noise.abs().mean() > 0.01
        assert torch.equal(heard[0].keypoints, batch.keypoints)
        if not prior_share:
            clean = frames_of(discriminator_music(batch)[0])
            assert set().union(*(frames_of(spectrogram) for spectrogram in judged)) == clean


def frames_of(spectrogram: Tensor) -> set[tuple[float, ...]]:
    return {tuple(frame.tolist()) for frame in spectrogram.flatten(0, 1)}


def test_every_step_draws_another_plan_and_the_same_step_the_same_one(dances):
    plans = []
    for step in (WARM, WARM, WARM + 1):
        state = tiny_state(LONG)
        state.step = step
        state.unroller.register_forward_pre_hook(lambda _, inputs: plans.append(inputs[1]))
        train_step(state, tiny_sampler(dances, LONG).batch(0))
    for name in ("teacher_forced", "code_noise", "pose_noise", "hidden"):
        one, same, other = (getattr(plan, name) for plan in plans)
        assert torch.equal(one, same), name
        assert not torch.equal(one, other), name
        assert one.any(), name


def test_windows_of_a_run_carry_pose_and_state_and_a_new_run_starts_without(dances):
    state, carried, ended = tiny_state(), [], []

    def watch(_: nn.Module, inputs: tuple, rollout: Rollout) -> None:
        carried.append(inputs[2])
        ended.append(rollout.carry)

    state.unroller.register_forward_hook(watch)
    list(islice(train(state, tiny_sampler(dances), train_step), 4))
    assert carried[0] is None and carried[2] is None
    for window in (1, 3):
        before = ended[window - 1]
        assert torch.equal(carried[window].pose.keypoints, before.pose.keypoints)
        assert torch.equal(carried[window].pose.confidence, before.pose.confidence)
        for ours, theirs in zip(carried[window].state, before.state, strict=True):
            assert torch.equal(ours, theirs)
            assert not ours.requires_grad


def test_the_dancer_is_trained_with_dropout_and_its_mean_without(dances):
    state = tiny_state()
    assert state.generator.training
    assert not state.ema.training
    assert not any(p.requires_grad for p in state.ema.parameters())


def test_the_second_half_trains_against_a_discriminator(dances):
    state = tiny_state(replace(TINY, num_steps=4))
    names = [set(losses) for losses in train(state, tiny_sampler(dances), train_step)]
    assert "adversarial" not in names[0]
    assert {"adversarial", "feature_matching", "discriminator", "speed"} <= names[-1]


def test_the_generator_loss_leaves_no_gradient_on_the_discriminator(dances):
    config = replace(TINY, swapped_codes_from=0.0)
    batch = tiny_sampler(dances, config).batch(0)
    gradients = []
    for adversarial in (1.0, 1000.0):
        state = tiny_state(config, DancerLossWeights(adversarial=adversarial, perceptual=0))
        train_step(state, batch)
        gradients.append([p.grad.clone() for p in state.discriminator.parameters()])
    assert all(torch.equal(a, b) for a, b in zip(*gradients, strict=True))


def test_a_switched_off_discriminator_is_not_trained(dances):
    state = tiny_state(
        replace(TINY, swapped_codes_from=0.0), DancerLossWeights(adversarial=0, perceptual=0)
    )
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
    steps = train(state, sampler, train_step)
    for _ in range(2):
        next(steps)
    pairs = list(zip(state.generator.parameters(), state.ema.parameters(), strict=True))
    assert not any(torch.equal(a, b) for a, b in pairs)
    next(steps)
    assert all(torch.equal(a, b) for a, b in pairs)
    assert state.skipped >= 3


def test_codes_and_pose_prior_are_learned_before_any_dance_is_unrolled(dances):
    config = replace(TINY, num_steps=40, prior_share=0.6, prior_learning_rate=2e-2)
    state, sampler = tiny_state(config), tiny_sampler(dances, config)
    u_net = [p.clone() for p in state.generator.head.parameters()]
    history = list(islice(train(state, sampler, train_step), 25))
    assert set(history[0]) == {"pose_prior", "kl", "pulse", "manner", "velocity", "beat"}
    assert history[23]["pose_prior"] < 0.7 * history[0]["pose_prior"]
    assert "position" in history[24]
    after = state.generator.head.parameters()
    assert not any(torch.equal(a, b) for a, b in zip(u_net, after, strict=True))


def test_swapped_streams_dance_the_whole_moves_of_another_stream(dances):
    drawn = torch.arange(2.0)[:, None, None] * 100 + torch.arange(6.0)[:, None]  # (2, 6, 1)
    valid = torch.tensor([[1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 0, 0]])
    codes = Codes(drawn, drawn, valid.float())
    plan = draw_plan(tiny_sampler(dances).batch(0), TINY, 1, TINY.num_steps, torch.Generator())
    plan = plan._replace(swapped=torch.tensor([True, False]), code_source=torch.tensor([1, 0]))
    given = swap_codes(codes, drawn, plan)
    assert given[0, :, 0].tolist() == [101, 102, 101, 102, 101, 102]
    assert torch.equal(given[1], drawn[1])


def test_streams_dance_on_where_the_window_before_ended(dances):
    sampler, config = tiny_sampler(dances), TINY
    first, second = sampler.batch(0), sampler.batch(1)
    assert torch.equal(first.keypoints[:, -1], second.keypoints[:, 0])
    assert not torch.equal(second.keypoints[:, -1], sampler.batch(2).keypoints[:, 0])
    state = tiny_state(replace(config, teacher_forcing_until=1e-9))
    steps = train(state, sampler, train_step)
    next(steps)
    assert state.carry is not None
    assert not state.carry.pose.keypoints.requires_grad
    ended = state.carry.pose.keypoints
    next(steps)
    assert not torch.equal(ended, state.carry.pose.keypoints)


def test_teacher_forcing_gives_way_to_own_poses(dances):
    batch = tiny_sampler(dances).batch(0)
    rng = torch.Generator().manual_seed(0)
    config = DancerTraining(
        num_steps=1000, prior_share=0.0, teacher_forcing_until=0.4, swapped_codes_from=0.9
    )
    shares = [
        draw_plan(batch, config, NOISE, step, rng).teacher_forced.float().mean().item()
        for step in (0, 200, 400, 800)
    ]
    assert shares[0] == 1
    assert 0.2 < shares[1] < 0.8
    assert shares[2:] == [0, 0]


def test_previous_poses_are_disturbed_and_targets_are_not(dances):
    batch = tiny_sampler(dances).batch(0)
    plan = draw_plan(batch, DancerTraining(), NOISE, 0, torch.Generator().manual_seed(0))
    pose = Pose(batch.keypoints[:, 0], batch.confidence[:, 0])
    plan.hidden[0, 0, 4] = True
    shown = disturb(pose, plan, 0)
    assert 0.001 < (shown.keypoints - pose.keypoints).std() < 0.05
    assert torch.equal(shown.confidence == 0, plan.hidden[:, 0])


def test_music_is_noisy_and_masked_and_silence_stays_silence(dances):
    batch = tiny_sampler(dances, replace(TINY, batch_size=64)).batch(0)
    batch.sound[:2] = 0
    heard = augment_music(batch, torch.Generator().manual_seed(0))
    assert not heard.sound[:2].any()
    for name in ("keypoints", "beats", "energy", "position", "near_plain", "near_moves"):
        assert torch.equal(getattr(heard, name), getattr(batch, name)), name
    level, clean = heard.sound[2:, :, :NUM_MELS], batch.sound[2:, :, :NUM_MELS]
    assert ((level >= 0) & (level <= 1)).all()
    noise = (level - clean)[:, 1:] - (level - clean)[:, :-1]  # from frame to frame, without tilt
    assert noise[(level[:, 1:] > 0) & (level[:, :-1] > 0)].abs().median() > 0.02


def masked(heard: Tensor) -> tuple[Tensor, Tensor]:
    """Which bands, (B, 64), and which frames, (B, T), hold nothing but a mean."""
    bands = (heard == heard[:, :1]).all(1)
    rest = heard.masked_fill(bands[:, None], 0)
    same = (rest[:, 1:] == rest[:, :-1]).all(2)
    return bands, F.pad(same, (1, 0)) | F.pad(same, (0, 1))


def test_masks_take_eight_bands_and_eight_frames_of_level_and_deviation_alike(dances, monkeypatch):
    """A mask leaves no gap, which would be silence, but the mean of its band."""
    batch = tiny_sampler(dances, replace(TINY, batch_size=256)).batch(0)
    monkeypatch.setattr("music2pose.rollout.BACKGROUND_CHANCE", 0.0)
    level = 0.4 + 0.2 * torch.rand(batch.sound[..., :NUM_MELS].shape)
    activation = batch.sound[..., 2 * NUM_MELS :]
    batch = batch._replace(sound=torch.cat([level, 4 * level - 2, activation], -1))
    heard = augment_music(batch, torch.Generator().manual_seed(0)).sound[..., : 2 * NUM_MELS]
    (bands, times), (same_bands, same_times) = (masked(part) for part in heard.chunk(2, -1))
    assert torch.equal(bands, same_bands)
    assert torch.equal(times, same_times)
    some, few = bands.sum(-1), times.sum(-1)
    assert set(some.tolist()) == set(few.tolist()) == {0, 8}
    assert (some == 8).float().mean() == pytest.approx(0.5, abs=0.07)
    assert (few == 8).float().mean() == pytest.approx(0.5, abs=0.07)
    assert ((some == 8) & (few == 8)).float().mean() == pytest.approx(0.25, abs=0.07)
    relative, clean = heard[..., NUM_MELS:], 4 * level - 2
    mean = clean.mean(1, keepdim=True).expand_as(clean)
    hidden = bands[:, None] | times[..., None]
    assert torch.allclose(relative[hidden], mean[hidden], atol=1e-5)
    assert torch.equal(relative[~hidden], clean[~hidden])
    assert heard[..., :NUM_MELS].min() > 0.1


def test_records_differ_in_the_balance_of_their_bands(dances):
    batch = tiny_sampler(dances, replace(TINY, batch_size=64)).batch(0)
    batch = batch._replace(sound=torch.full_like(batch.sound, 0.5))
    level = augment_music(batch, torch.Generator().manual_seed(0)).sound[..., :NUM_MELS]
    heard = level > 0
    tilt = (level * heard).sum(1) / heard.sum(1).clamp(min=1) - 0.5
    tilt = tilt[heard.any(1).all(1)]  # (B, 64), of those without masked bands
    ends = tilt[:, [0, -1]]
    assert 0.1 < ends.abs().max() < 0.13
    assert ends.std(0).min() > 0.05
    straight = ends[:, :1] + (ends[:, 1:] - ends[:, :1]) * torch.linspace(0, 1, NUM_MELS)
    assert (tilt - straight).abs().mean() < 0.005


def test_beats_are_heard_less_clearly_than_they_are_played(dances):
    batch = tiny_sampler(dances, replace(TINY, batch_size=64)).batch(0)
    sound = torch.zeros_like(batch.sound)
    sound[:-8, ::5, 2 * NUM_MELS :] = 1.0  # eight songs of which nothing is heard
    heard = augment_music(batch._replace(sound=sound), torch.Generator().manual_seed(0))
    beats, between = (heard.sound[:-8, first::5, 2 * NUM_MELS :] for first in (0, 2))
    assert 0 <= heard.sound[..., 2 * NUM_MELS :].min() <= heard.sound.max() <= 1
    each = beats.mean((1, 2))
    assert 0.3 < each.min() < 0.45 < 0.9 < each.max()
    lost = (beats < 0.5) & (each > 0.75)[:, None, None]  # by both, beat and bar, of one frame
    assert 0.01 < lost.float().mean() < 0.1
    assert (lost[..., 0] == lost[..., 1]).float().mean() > 0.95
    assert 0.01 < between.mean() < 0.05
    assert not heard.sound[-8:].any()


def test_learning_rates_warm_up_and_fall():
    config = replace(TINY, num_steps=2000, prior_share=0.5, g_learning_rate=1e-2)
    cosine = [learning_rate_at(config, step) / 1e-2 for step in (1000, 1200, 1999)]
    assert cosine[0] < 0.02
    assert cosine[1] > 0.8
    assert cosine[2] < 0.06
    steps = (0, 49, 99, 999)  # it rises over a hundred steps, and falls by nine tenths over all
    prior = [learning_rate_at(config, step) / config.prior_learning_rate for step in steps]
    expected = [0.01, 0.5 * (1 - 0.9 * 0.049), 1 - 0.9 * 0.099, 0.1]
    assert prior == pytest.approx(expected, abs=0.002)
    steps = replace(config, prior_share=0.0, schedule="step", steps_per_epoch=100)
    assert learning_rate_at(steps, 250) == pytest.approx(1e-2 * 0.8**2)


@pytest.mark.parametrize("objective", ["hinge", "bce", "lsgan", "wgan"])
def test_each_objective_takes_steps(dances, objective):
    state = tiny_state(replace(TINY, swapped_codes_from=0.0, objective=objective))
    steps = train(state, tiny_sampler(dances), train_step)
    assert all(math.isfinite(value) for value in next(steps).values())
    assert state.skipped == 0


def test_wrong_settings_are_named():
    with pytest.raises(MusicError, match="hinge"):
        DancerTraining(objective="magic")
    with pytest.raises(MusicError, match="foot_slide"):
        DancerLossWeights.changed({"feet": 1.0})


def test_pictures_are_compared_where_a_network_for_them_is_there(dances):
    state = tiny_state()
    state.picture_features = lambda pictures: pictures.mean((2, 3))
    pulled = []
    for weight in (0.0, 1.0):
        state.weights, state.step = DancerLossWeights(**(NOTHING | {"perceptual": weight})), 0
        assert train_step(state, tiny_sampler(dances).batch(0))["perceptual"] > 0
        pulled.append(state.usual_norm)
        state.usual_norm = math.inf
    assert pulled[0] == 0 < pulled[1]


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
    weights = DancerLossWeights(perceptual=0)
    second = new_state(
        POSE_PRESETS["base"], DISCRIMINATOR, TINY, weights, accelerator, first.generator
    )
    pairs = zip(first.generator.parameters(), second.generator.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)
