"""What pulls a training step: which streams count for which term, and that every term counts."""

import math
from dataclasses import asdict, fields, replace

import pytest
import torch
from torch import Tensor

from music2pose.data.dataset import MARGIN, Batch
from music2pose.generator import POSE_PRESETS, Pose
from music2pose.losses import OBJECTIVES
from music2pose.move_encoder import Codes
from music2pose.rollout import Carry, Plan, Prior, Rollout, draw_plan
from music2pose.terms import (
    dance_adversarial_terms,
    dance_gradient_penalty,
    discriminator_music,
    prior_motion_terms,
)
from music2pose.train import REFINEMENT, discriminator_loss, generator_terms, term_weights
from music2pose.train_settings import DancerLossWeights
from music2pose.training import weighted_sum
from tests.music2pose.made_dances import (
    COUNT_UNIT,
    TINY,
    counting_dance,
    made_dances,
    tiny_sampler,
    tiny_state,
)

SWAPPED = replace(TINY, swapped_codes_from=0.0)
NOISE = POSE_PRESETS["tiny"].noise_channels
OF_OWN_STREAMS = {"pose_map", "position", "velocity", "acceleration", "bone", "foot_slide"}
OF_SWAPPED_STREAMS = {"spread", "torso", "limb_variation"}
OF_ALL_STREAMS = {"beat", "speed"}


@pytest.fixture(scope="module")
def batch() -> Batch:
    return tiny_sampler(made_dances(count=1)).batch(0)


@pytest.fixture(scope="module")
def plan(batch) -> Plan:
    """Streams 0 and 1 dance swapped codes, 2 and 3 their own."""
    return draw_plan(batch, SWAPPED, NOISE, 1, torch.Generator().manual_seed(0))


def as_danced(batch: Batch, keypoints: Tensor, prior: Tensor | None = None) -> Rollout:
    """A rollout of a generator that danced ``keypoints``, and remembered and heard all."""
    size, frames = batch.moves.shape
    zeros = torch.zeros(size, 3, NOISE)
    carry = Carry(Pose(keypoints[:, -1], batch.confidence[:, -1]), (zeros, zeros))
    guess = keypoints[:, 1:] if prior is None else prior
    codes = Codes(zeros, zeros, torch.ones(size, 3))
    angle = 2 * math.pi * batch.position[:, 1:]
    pulse = torch.stack([angle.sin(), angle.cos()], -1)
    guessed = Prior(guess, codes, torch.cat([pulse, batch.manner], -1))
    wanted = torch.ones(size, frames, NOISE)
    was_told = torch.ones(size, frames, dtype=torch.bool)
    return Rollout(keypoints, batch.confidence, wanted, wanted, was_told, guessed, carry)


def disturbed(batch: Batch, streams: slice) -> Tensor:
    """The batch's own dances, some of them trembling and smaller."""
    keypoints = batch.keypoints.clone()
    noise = torch.randn(keypoints.shape, generator=torch.Generator().manual_seed(0))
    keypoints[streams] = (0.25 + 0.5 * keypoints + 0.05 * noise)[streams]
    return keypoints


def test_a_real_dance_costs_nothing_but_what_a_discriminator_finds(batch, plan):
    terms = generator_terms(tiny_state(SWAPPED), batch, plan, as_danced(batch, batch.keypoints))
    costly = {name for name, value in terms.items() if value > 1e-3}
    # the confidence's cross entropy has a floor; real feet slide a little, real torsos vary
    assert costly <= {"adversarial", "confidence", "foot_slide", "torso"}
    assert terms["feature_matching"] == 0
    assert set(terms) | {"perceptual"} == {item.name for item in fields(DancerLossWeights)}


def test_streams_are_held_to_their_own_dance_but_not_with_swapped_codes(batch, plan):
    state = tiny_state(SWAPPED, DancerLossWeights(adversarial=0, perceptual=0))
    swapped, own = slice(0, 2), slice(2, 4)
    real = generator_terms(state, batch, plan, as_danced(batch, batch.keypoints))

    def dearer_for(streams: slice) -> set[str]:
        terms = generator_terms(state, batch, plan, as_danced(batch, disturbed(batch, streams)))
        return {name for name, value in terms.items() if value > real[name] + 1e-3}

    assert dearer_for(swapped) == OF_SWAPPED_STREAMS | OF_ALL_STREAMS
    assert dearer_for(own) == OF_OWN_STREAMS | OF_ALL_STREAMS | {"pose_prior"}


def test_the_pose_prior_counts_only_in_streams_with_their_own_codes(batch, plan):
    state = tiny_state(SWAPPED, DancerLossWeights(adversarial=0, perceptual=0))
    for stream, costs in ((0, False), (3, True)):
        prior = batch.keypoints[:, 1:].clone()
        prior[stream] += 0.1
        rollout = as_danced(batch, batch.keypoints, prior)
        terms = generator_terms(state, batch, plan, rollout)
        assert (terms["pose_prior"] > 1) == costs


def test_the_beat_of_a_dance_is_counted_by_its_own_music(batch, plan):
    """The same two dances are as far apart in every phase, but not when all music stands still."""
    state = tiny_state(SWAPPED, DancerLossWeights(adversarial=0, perceptual=0))
    rollout = as_danced(batch, disturbed(batch, slice(0, 4)))
    standing = batch._replace(position=torch.zeros_like(batch.position))
    assert (batch.position[:, -1] - batch.position[:, 0]).min() > 0.5
    assert generator_terms(state, batch, plan, rollout)["beat"] > 1e-3
    assert generator_terms(state, standing, plan, rollout)["beat"] < 1e-6


def test_what_was_told_is_to_be_remembered_in_every_stream(batch, plan):
    state = tiny_state(SWAPPED, DancerLossWeights(adversarial=0, perceptual=0))
    danced = as_danced(batch, batch.keypoints)
    for stream in (0, 3):  # with swapped codes, and with its own
        recalled = danced.recalled.clone()
        recalled[stream, 5] += 2.0
        rollout = danced._replace(recalled=recalled)
        assert generator_terms(state, batch, plan, rollout)["recall"].item() == pytest.approx(
            2.0**2 / (4 * TINY.num_frames)
        )
        was_told = danced.was_told.clone()
        was_told[stream, :6] = False
        rollout = rollout._replace(was_told=was_told)
        assert generator_terms(state, batch, plan, rollout)["recall"] == 0


def told_otherwise(danced: Rollout, pulse: Tensor, manner: Tensor) -> Rollout:
    return danced._replace(prior=danced.prior._replace(told=torch.cat([pulse, manner], -1)))


def test_the_pulse_is_to_be_that_of_the_frame_where_there_is_one(batch, plan):
    state = tiny_state(SWAPPED, DancerLossWeights(adversarial=0, perceptual=0))
    danced = as_danced(batch, batch.keypoints)
    pulse, manner = danced.prior.told.split([2, 7], -1)
    turned = told_otherwise(danced, -pulse, manner)
    assert generator_terms(state, batch, plan, turned)["pulse"].item() == pytest.approx(4)
    assert generator_terms(state, batch, plan, turned)["manner"] == 0
    shifted = told_otherwise(danced, pulse.roll(1, 1), manner)
    assert generator_terms(state, batch, plan, shifted)["pulse"] > 0.01
    beats = batch.beats.clone()
    beats[..., -1] = 0  # nobody knows of a beat
    silent = batch._replace(beats=beats)
    assert generator_terms(state, silent, plan, turned)["pulse"] == 0


def test_guesses_move_like_own_dances_and_rest_on_the_beats_that_are_told(batch, plan):
    """Streams 0 and 1 dance swapped codes, to the sound of these; 1 alone is told the beats."""
    heard = torch.tensor([True, False, False, True])
    plan = plan._replace(beats_told=torch.tensor([False, True, False, False]), is_heard=heard)
    real = as_danced(batch, batch.keypoints).prior
    fine = prior_motion_terms(batch, real, plan)
    assert max(fine.values()) < 1e-6
    for stream, dearer in enumerate([set(), {"beat"}, {"velocity"}, {"beat", "velocity"}]):
        guess = disturbed(batch, slice(stream, stream + 1))[:, 1:]
        terms = prior_motion_terms(batch, real._replace(keypoints=guess), plan)
        assert {name for name, value in terms.items() if value > 1e-3} == dearer, stream


def test_in_silence_there_is_no_pulse_to_be_told(batch, plan):
    """A song of which nothing is heard counts for nothing, one with a single sound as before."""
    state = tiny_state(SWAPPED, DancerLossWeights(adversarial=0, perceptual=0))
    danced = as_danced(batch, batch.keypoints)
    pulse, manner = danced.prior.told.split([2, 7], -1)
    pulse = pulse * torch.tensor([1.0, -1.0, 1.0, 1.0])[:, None, None]  # stream 1 tells it wrongly
    turned = told_otherwise(danced, pulse, manner)
    assert generator_terms(state, batch, plan, turned)["pulse"].item() == pytest.approx(1)
    muted = batch._replace(sound=batch.sound.clone())
    muted.sound[1] = 0
    assert generator_terms(state, muted, plan, turned)["pulse"] < 1e-10
    muted.sound[1, 40, 7] = 0.1
    assert generator_terms(state, muted, plan, turned)["pulse"].item() == pytest.approx(1)


def test_the_manner_is_to_be_told_where_it_is_known(batch, plan):
    state = tiny_state(SWAPPED, DancerLossWeights(adversarial=0, perceptual=0))
    danced = as_danced(batch, batch.keypoints)
    pulse, manner = danced.prior.told.split([2, 7], -1)
    assert manner.std() > 0.05
    away = told_otherwise(danced, pulse, manner + 0.25)
    assert generator_terms(state, batch, plan, away)["manner"].item() == pytest.approx(0.25)
    assert generator_terms(state, batch, plan, away)["pulse"] < 1e-10
    known = batch._replace(manner=batch.manner.clone())
    known.manner[1:] = math.nan
    away = told_otherwise(danced, pulse, torch.cat([manner[:1] - 0.5, manner[1:] + 9]))
    assert generator_terms(state, known, plan, away)["manner"].item() == pytest.approx(0.5)
    known.manner[:] = math.nan
    assert generator_terms(state, known, plan, away)["manner"] == 0


def test_every_term_reaches_the_generator(batch, plan):
    state = tiny_state(SWAPPED)
    state.picture_features = lambda pictures: pictures
    rollout = state.unroller(batch, plan, None)
    terms = generator_terms(state, batch, plan, rollout)
    assert set(terms) == {item.name for item in fields(DancerLossWeights)}
    parameters = list(state.generator.parameters())
    for name, term in terms.items():
        gradients = torch.autograd.grad(term, parameters, retain_graph=True, allow_unused=True)
        assert any(g is not None and g.abs().max() > 0 for g in gradients), name


def test_terms_count_as_their_weights_say_and_some_more_late_in_the_training():
    weights = DancerLossWeights(
        **{item.name: 2.0**k for k, item in enumerate(fields(DancerLossWeights))}
    )
    state = tiny_state(replace(TINY, num_steps=100, refined_from=0.6))
    state.weights = weights
    terms = {name: torch.tensor(1.0) for name in asdict(weights)}
    for step, factors in ((59, {}), (60, REFINEMENT)):
        state.step = step
        expected = sum(value * factors.get(name, 1) for name, value in asdict(weights).items())
        assert weighted_sum(terms, term_weights(state)).item() == pytest.approx(expected)
    assert REFINEMENT["beat"] > 1


def test_pictures_of_the_dance_are_compared_a_few_frames_a_step_and_all_in_time(batch, plan):
    state, seen = tiny_state(SWAPPED), []

    def watching(pictures: Tensor) -> Tensor:
        seen.append(len(pictures))
        return pictures

    state.picture_features = watching
    alike = generator_terms(state, batch, plan, as_danced(batch, batch.keypoints))
    other = generator_terms(state, batch, plan, as_danced(batch, disturbed(batch, slice(2, 4))))
    assert alike["perceptual"] == 0
    assert other["perceptual"] > 1e-4
    assert seen == [
        2,
        2,
        2,
        2,
    ]  # one frame of each stream with its own codes, of the dance and of the real one
    state.step = 7
    with_last_frame = disturbed(batch, slice(2, 4))
    with_last_frame[:, :8] = batch.keypoints[:, :8]  # frame 7 of the run is the last of 8
    rollout = as_danced(batch, with_last_frame)
    assert generator_terms(state, batch, plan, rollout)["perceptual"] > 1e-4


def test_the_discriminator_hears_the_music_of_the_frame_that_it_sees():
    counted = tiny_sampler([counting_dance()]).batch(0)
    shown = counted.keypoints[..., 1, 0]
    spectrogram, beats = discriminator_music(counted)
    assert (shown[:, 1:] > 2 * MARGIN * COUNT_UNIT).all()
    assert torch.equal(spectrogram[:, 1:, 5], shown[:, 1:])
    assert torch.equal(beats[:, 1:, 2], shown[:, 1:])
    assert not spectrogram[:, 0].any()
    assert not beats[:, 0].any()


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_the_discriminator_tells_real_from_made_and_right_from_wrong_music(batch, plan, objective):
    config = replace(SWAPPED, gradient_penalty=0.0, objective=objective)
    state = tiny_state(config)
    fake = disturbed(batch, slice(0, 4))[:2]
    spectrogram, beats = discriminator_music(batch)
    judge, rule = state.discriminator, OBJECTIVES[objective].discriminator
    real = judge(batch.keypoints, spectrogram, beats)
    made = judge(fake, spectrogram[:2], beats[:2])
    poses = TINY.num_frames + 1
    later = [(k - plan.shift) % poses for k in range(poses)]
    wrong = [
        torch.stack([part[3], part[0], part[2, later], part[3, later]])
        for part in (spectrogram, beats)
    ]  # that of other dances for one half, and its own too late for the other
    to_other_music = judge(batch.keypoints, *wrong)
    expected = torch.stack(
        [
            rule(r.logits, m.logits) + 0.5 * rule(r.logits, o.logits)
            for r, m, o in zip(real, made, to_other_music, strict=True)
        ]
    ).mean()
    judged = discriminator_loss(state, batch, plan, fake)
    assert judged.item() == pytest.approx(expected.item(), rel=1e-5)


@pytest.mark.parametrize(
    ("objective", "target", "weight"), [("hinge", 0, 0.01), ("lsgan", 0, 0.01), ("wgan", 1, 10)]
)
def test_the_penalty_is_on_the_slope_at_real_dances(batch, plan, objective, target, weight):
    state = tiny_state(replace(SWAPPED, objective=objective, gradient_penalty=3.0))
    real = batch.keypoints[:2]
    spectrogram, beats = (part[:2] for part in discriminator_music(batch))
    norms = []
    for b in range(2):
        at = real[b : b + 1].clone().requires_grad_()
        outputs = state.discriminator(at, spectrogram[b : b + 1], beats[b : b + 1])
        (slope,) = torch.autograd.grad(sum(out.logits.mean() for out in outputs), at)
        norms.append(slope.norm())
    expected = weight * torch.stack([(norm - target) ** 2 for norm in norms]).mean()
    assert expected > 0
    # between a real dance and itself lies that dance
    penalty = dance_gradient_penalty(state.discriminator, objective, batch, plan, real)
    assert penalty.item() == pytest.approx(expected.item(), rel=1e-4)
    with_penalty = discriminator_loss(state, batch, plan, real)
    state.config = replace(state.config, gradient_penalty=0.0)
    without = discriminator_loss(state, batch, plan, real)
    assert (with_penalty - without).item() == pytest.approx(3 * expected.item(), rel=1e-2)


def test_the_generator_is_pulled_to_what_the_discriminator_takes_for_real(batch, plan):
    state = tiny_state(SWAPPED)
    fake = disturbed(batch, slice(0, 4))[:2]
    spectrogram, beats = (part[:2] for part in discriminator_music(batch))
    outputs = state.discriminator(fake, spectrogram, beats)
    terms = dance_adversarial_terms(state.discriminator, state.config.objective, batch, plan, fake)
    expected = -torch.stack([out.logits.mean() for out in outputs]).mean()
    assert terms["adversarial"].item() == pytest.approx(expected.item(), rel=1e-5)
    assert terms["feature_matching"] > 0.01
    assert all(p.requires_grad for p in state.discriminator.parameters())
