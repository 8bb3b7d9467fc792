"""A training run is danced step by step as its plan says; every step is written out here again."""

import copy
from functools import cache
from typing import NamedTuple

import pytest
import torch
from torch import Tensor, nn

from music2pose.conditioning import NUM_SOUND_CHANNELS
from music2pose.data.dataset import MARGIN, Batch
from music2pose.generator import POSE_PRESETS, Pose, PoseGenerator
from music2pose.layers import State
from music2pose.listener import (
    NUM_MANNERS,
    POSE_STRIDE,
    SOUND_REACH,
    UNSURE,
    with_harmonics,
)
from music2pose.move_encoder import Codes
from music2pose.rollout import (
    Carry,
    Plan,
    Rollout,
    Unroller,
    draw_plan,
    with_background,
)
from music2pose.train_settings import DancerTraining
from tests.music2pose.made_dances import TINY, counting_dance, made_dances, tiny_sampler

CONFIG = POSE_PRESETS["tiny"]
FRAMES = TINY.num_frames
MOVE = 5
"""Poses that a move of these streams lasts."""
EAR = 2 * SOUND_REACH + 1
SAME = {"atol": 1e-4}


@pytest.fixture(scope="module")
def batch() -> Batch:
    """Four streams whose moves begin at other poses of the run, and which are asked for energy."""
    batch = tiny_sampler(made_dances(count=1)).batch(0)
    size, near = batch.near_moves.shape
    count = torch.arange(near) + torch.arange(size)[:, None]
    energy = draw(9, *batch.energy.shape).clamp(-1, 1)
    return batch._replace(
        near_moves=count // MOVE, near_progress=count % MOVE / MOVE, energy=energy
    )


@pytest.fixture(scope="module")
def generator() -> PoseGenerator:
    """An untrained one whose ear reaches as far as a trained one's."""
    torch.manual_seed(0)
    model = PoseGenerator(CONFIG).eval()
    model.listener.unheard.data = draw(10, CONFIG.condition_channels)
    nn.init.xavier_normal_(model.head.weight, gain=0.06)  # faint: steps blow up no last digits
    model.prior.layers[-1].weight.data *= 0.1  # its guesses lie on the canvas
    for block in (*model.listener.pulse_ear.blocks, *model.listener.manner_ear.blocks):
        nn.init.normal_(block.mix.weight, std=0.03)
    return model.requires_grad_(False)


def draw(seed: int, *size: int) -> Tensor:
    return torch.randn(*size, generator=torch.Generator().manual_seed(seed))


def quiet_plan(batch: Batch) -> Plan:
    """A plan with codes at their mean, all heard, and nothing forced, swapped, late or hidden."""
    size, frames = batch.moves.shape
    num_moves = int(batch.near_moves.max()) + 1
    return Plan(
        teacher_forced=torch.zeros(size, frames, dtype=torch.bool),
        code_given=torch.zeros(size, frames, dtype=torch.bool),
        is_heard=torch.ones(size, dtype=torch.bool),
        beats_told=torch.ones(size, dtype=torch.bool),
        late=torch.zeros(size, dtype=torch.long),
        swapped=torch.zeros(size, dtype=torch.bool),
        code_source=torch.arange(size).roll(1),
        code_noise=torch.zeros(size, num_moves, CONFIG.noise_channels),
        pose_noise=torch.zeros(size, frames, 18, 2),
        placement=torch.zeros(size, frames, 3),
        hidden=torch.zeros(size, frames, 18, dtype=torch.bool),
        shift=3,
    )


def full_plan(batch: Batch) -> Plan:
    """A plan that makes use of everything."""
    size, frames = batch.moves.shape
    quiet = quiet_plan(batch)
    return quiet._replace(
        teacher_forced=draw(1, size, frames) > 0,
        code_given=draw(11, size, frames) > 0.5,
        is_heard=torch.tensor([True, False, True, False]),
        beats_told=torch.tensor([False, True, True, False]),
        late=torch.tensor([3, -4, 0, 6]),
        code_noise=draw(2, *quiet.code_noise.shape),
        pose_noise=0.03 * draw(3, size, frames, 18, 2),
        placement=0.1 * draw(4, size, frames, 3),
        hidden=draw(5, size, frames, 18) > 0.8,
    )


def codes_of(generator: PoseGenerator, batch: Batch, plan: Plan) -> Tensor:
    codes = generator.move_encoder(batch.near_plain, batch.near_moves, batch.near_progress)
    return codes.mean + (codes.log_variance / 2).exp() * plan.code_noise


def move_at(batch: Batch, plan: Plan, b: int, t: int) -> int:
    """Which move a stream is told to dance at a pose: that of as many poses ago as it is late."""
    return int(batch.near_moves[b, MARGIN + t - int(plan.late[b])])


def is_given(batch: Batch, plan: Plan, b: int, t: int, goes_on: bool) -> bool:
    """Whether the code is given: over the first two poses of a move, or where the plan says."""
    begins = move_at(batch, plan, b, t) != move_at(batch, plan, b, t - 2)
    return begins or bool(plan.code_given[b, t]) or (t == 0 and not goes_on)


def heard_at(generator: PoseGenerator, batch: Batch, plan: Plan, b: int, t: int) -> Tensor:
    """What a stream hears at a pose, (C,)."""
    ear = generator.listener
    told = ear.listen(batch.sound[b : b + 1, POSE_STRIDE * t : POSE_STRIDE * t + EAR])[0, 0]
    beats = batch.beats[b, t] if plan.beats_told[b] else torch.zeros_like(batch.beats[b, t])
    if plan.is_heard[b] and not beats.any():  # the pulse of the sound stands in for them
        beats[:2] = told[:2] / (told[:2].square().sum() + UNSURE**2).sqrt()
    heard = ear.manner(told[2:]) if plan.is_heard[b] else ear.unheard
    return heard + ear.beats(with_harmonics(beats)) + ear.energy(batch.energy[b, t][None])


class Danced(NamedTuple):
    """What dancing by hand gave: poses (B, T, 18, 2), and what was remembered after each."""

    keypoints: Tensor
    recalled: Tensor
    wanted: Tensor
    was_told: Tensor
    end: Pose
    state: State


def by_hand(
    generator: PoseGenerator,
    batch: Batch,
    plan: Plan,
    codes: Tensor,
    pose: Pose | None = None,
    memory: State | None = None,
) -> Danced:
    """Dance one stream after the other, one frame after the other."""
    size, frames = batch.moves.shape
    start = pose or Pose(batch.keypoints[:, 0], batch.confidence[:, 0])
    streams, ends, memories = [], [], []
    for b in range(size):
        previous, told_once = Pose(start.keypoints[b], start.confidence[b]), False
        state = None if memory is None else (memory[0][b : b + 1], memory[1][b : b + 1])
        danced = []
        for t in range(frames):
            if plan.teacher_forced[b, t]:
                previous = Pose(batch.keypoints[b, t], batch.confidence[b, t])
            scale, aside, down = plan.placement[b, t]
            x, y = previous.keypoints.unbind(-1)
            placed = torch.stack(
                [(x - 0.5) * (1 + scale) + 0.5 + aside, (y - 0.5) * (1 + scale) + 0.5 + down], -1
            )
            seen = torch.where(plan.hidden[b, t], 0.0, previous.confidence)
            shown = Pose((placed + plan.pose_noise[b, t])[None], seen[None])
            code = codes[b, move_at(batch, plan, b, t)]
            is_told = is_given(batch, plan, b, t, goes_on=memory is not None)
            told_once |= is_told
            told = code[None] if is_told else torch.full_like(code[None], torch.nan)
            made, state = generator(
                shown, heard_at(generator, batch, plan, b, t)[None], told, state
            )
            previous = Pose(made.keypoints[0], made.confidence[0])
            kept = generator.recalled(state[1].mean((2, 3)))[0]
            danced.append((previous.keypoints, kept, code, torch.tensor(told_once)))
        streams.append([torch.stack(parts) for parts in zip(*danced, strict=True)])
        ends.append(previous)
        memories.append(state)
    end = Pose(*(torch.stack(parts) for parts in zip(*ends, strict=True)))
    state = tuple(torch.cat(p) for p in zip(*memories, strict=True))
    return Danced(*(torch.stack(p) for p in zip(*streams, strict=True)), end, state)


def unroll(generator: PoseGenerator, *arguments) -> Rollout:
    with torch.no_grad():
        return Unroller(generator)(*arguments)


@pytest.mark.parametrize(
    "used",
    ["nothing", "teacher_forced", "code_given", "is_heard", "beats_told", "late",
     "code_noise", "pose_noise", "placement", "hidden", "everything"],
)  # fmt: skip
def test_a_run_is_the_steps_that_its_plan_asks_for(generator, batch, used):
    quiet, full = quiet_plan(batch), full_plan(batch)
    plan = {"nothing": quiet, "everything": full}.get(used)
    plan = plan or quiet._replace(**{used: getattr(full, used)})
    rollout = unroll(generator, batch, plan, None)
    expected = by_hand(generator, batch, plan, codes_of(generator, batch, plan))
    assert torch.equal(rollout.keypoints[:, 0], batch.keypoints[:, 0])
    assert torch.allclose(rollout.keypoints[:, 1:], expected.keypoints, **SAME)
    assert torch.allclose(rollout.recalled, expected.recalled, atol=1e-4)
    assert torch.allclose(rollout.wanted, expected.wanted, **SAME)
    assert torch.equal(rollout.was_told, expected.was_told)
    assert torch.allclose(rollout.carry.pose.keypoints, expected.end.keypoints, **SAME)
    assert torch.allclose(rollout.carry.state[0], expected.state[0], atol=1e-4)
    if used != "nothing":
        plain = unroll(generator, batch, quiet, None)
        assert (plain.keypoints - rollout.keypoints).abs().max() > 5 * SAME["atol"]


def test_a_run_goes_on_from_the_pose_and_the_state_that_are_carried(generator, batch):
    plan = quiet_plan(batch)
    pose = Pose(batch.keypoints[:, 5] + 0.1, batch.confidence[:, 5])
    shape = (len(batch.keypoints), CONFIG.hidden_channels, 2, 2)
    carry = Carry(pose, (draw(6, *shape).tanh(), draw(7, *shape)))
    rollout = unroll(generator, batch, plan, carry)
    codes = codes_of(generator, batch, plan)
    expected = by_hand(generator, batch, plan, codes, pose, carry.state)
    assert torch.equal(rollout.keypoints[:, 0], pose.keypoints)
    assert torch.allclose(rollout.keypoints[:, 1:], expected.keypoints, **SAME)
    assert torch.equal(rollout.was_told, expected.was_told)
    assert not rollout.was_told[:, 0].all()  # a run that goes on is not told anew


def test_without_its_state_a_run_dances_other_poses(generator, batch):
    plan = quiet_plan(batch)
    pose = Pose(batch.keypoints[:, 0], batch.confidence[:, 0])
    shape = (len(batch.keypoints), CONFIG.hidden_channels, 2, 2)
    one, other = (
        unroll(generator, batch, plan, Carry(pose, (draw(k, *shape).tanh(), draw(k + 1, *shape))))
        for k in (20, 30)
    )
    assert (one.keypoints[:, 1:] - other.keypoints[:, 1:]).abs().max() > 0.01


def test_sound_and_beats_that_are_hidden_make_no_difference(generator, batch):
    plan = quiet_plan(batch)._replace(
        is_heard=torch.tensor([True, False, True, False]),
        beats_told=torch.tensor([False, True, True, False]),
    )
    plain = unroll(generator, batch, plan, None).keypoints
    in_silence = unroll(generator, batch._replace(sound=0 * batch.sound), plan, None).keypoints
    without_beats = unroll(generator, batch._replace(beats=0 * batch.beats), plan, None).keypoints
    for changed, moves in ((in_silence, plan.is_heard), (without_beats, plan.beats_told)):
        away = (changed - plain).abs().amax((1, 2, 3))
        assert torch.equal(away > 1e-4, moves)
        assert (away[~moves] == 0).all()


def test_codes_are_read_off_the_plain_dance(generator, batch):
    other = batch._replace(near_plain=batch.near_plain.flip(0))
    plan = quiet_plan(batch)
    assert not torch.allclose(
        unroll(generator, other, plan, None).wanted, unroll(generator, batch, plan, None).wanted
    )
    teacher = plan._replace(teacher_forced=torch.ones_like(plan.teacher_forced))
    danced = batch._replace(keypoints=batch.keypoints.flip(0))
    assert torch.equal(
        unroll(generator, danced, teacher, None).wanted,
        unroll(generator, batch, teacher, None).wanted,
    )


class KnownCodes(nn.Module):
    """Stands in for the move encoder: the codes of the moves are known, wherever they are cut."""

    def forward(self, keypoints: Tensor, moves: Tensor, progress: Tensor) -> Codes:
        size, num_moves = len(moves), int(moves.max()) + 1
        mean = draw(8, 1, 64, CONFIG.noise_channels)[:, :num_moves].expand(size, -1, -1)
        return Codes(mean, torch.zeros_like(mean), torch.ones(size, num_moves))


def with_known_codes(generator: PoseGenerator) -> PoseGenerator:
    model = copy.deepcopy(generator)
    model.move_encoder = KnownCodes()  # type: ignore[assignment]
    return model


def part(batch: Batch, start: int, stop: int) -> Batch:
    """Frames ``start`` to ``stop`` of a batch, its moves counted as before."""
    near = slice(start, stop + 2 * MARGIN)
    return Batch(
        batch.keypoints[:, start : stop + 1], batch.confidence[:, start : stop + 1],
        batch.sound[:, POSE_STRIDE * start : POSE_STRIDE * (stop - 1) + EAR],
        batch.beats[:, start:stop], batch.energy[:, start:stop],
        batch.position[:, start : stop + 1], batch.manner[:, start:stop],
        batch.near_plain[:, near], batch.near_moves[:, near], batch.near_progress[:, near],
    )  # fmt: skip


def test_two_windows_are_one_long_run(generator, batch):
    generator = with_known_codes(generator)
    whole = unroll(generator, batch, quiet_plan(batch), None)
    first, second = part(batch, 0, 3), part(batch, 3, FRAMES)
    before = unroll(generator, first, quiet_plan(first), None)
    after = unroll(generator, second, quiet_plan(second), before.carry)
    assert torch.allclose(before.keypoints, whole.keypoints[:, :4], **SAME)
    assert torch.allclose(after.keypoints, whole.keypoints[:, 3:], **SAME)
    forgetful = unroll(generator, second, quiet_plan(second), None)
    assert (forgetful.keypoints[:, -1] - whole.keypoints[:, -1]).abs().max() > 0.005


def test_each_move_is_danced_by_its_own_code_in_order(generator, batch):
    generator = with_known_codes(generator)
    rollout = unroll(generator, batch, quiet_plan(batch), None)
    table = KnownCodes()(batch.near_plain, batch.near_moves, batch.near_progress).mean
    assert len(set(batch.moves[0].tolist())) > 1
    for b in range(4):
        for frame in range(FRAMES):
            assert torch.equal(rollout.wanted[b, frame], table[b, batch.moves[b, frame]])


def test_late_codes_are_those_of_the_move_before(generator, batch):
    """With moves of five poses, five poses late is one move late, at every pose."""
    plan = quiet_plan(batch)
    codes = codes_of(generator, batch, plan)
    late = unroll(generator, batch, plan._replace(late=torch.tensor([MOVE, -MOVE, 0, MOVE])), None)
    for b, away in enumerate((-1, 1, 0, -1)):
        for frame in range(FRAMES):
            wanted = codes[b, batch.moves[b, frame] + away]
            assert torch.allclose(late.wanted[b, frame], wanted, **SAME)


def test_a_code_is_given_over_two_poses_and_then_not(generator, batch, monkeypatch):
    told = []
    step = generator.forward

    def listening(previous: Pose, heard: Tensor, code: Tensor, state: State | None = None):
        told.append(code)
        return step(previous, heard, code, state)

    monkeypatch.setattr(generator, "forward", listening)
    rollout = unroll(generator, batch, quiet_plan(batch), None)
    given = ~torch.stack(told, 1).isnan().any(-1)  # (B, T)
    for b in range(4):  # the pose with number k of a stream is (20 + b + k) % 5 poses into its move
        within = [(MARGIN + b + k) % MOVE for k in range(FRAMES)]
        assert given[b].tolist() == [k == 0 or place < 2 for k, place in enumerate(within)]
    known = torch.stack(told, 1)[given]
    assert torch.equal(known, rollout.wanted[given])


def test_a_swapped_stream_dances_the_codes_of_another_one(generator, batch):
    plan = full_plan(batch)._replace(swapped=torch.tensor([True, True, False, False]))
    codes = codes_of(generator, batch, plan)
    valid = generator.move_encoder(
        batch.near_plain, batch.near_moves, batch.near_progress
    ).valid.bool()
    danced = codes.clone()
    for stream in (0, 1):
        donor = int(plan.code_source[stream])
        whole = codes[donor][valid[donor]][1:-1]
        for move in range(danced.shape[1]):
            danced[stream, move] = whole[move % len(whole)]
    rollout = unroll(generator, batch, plan, None)
    expected = by_hand(generator, batch, plan, danced)
    assert torch.allclose(rollout.keypoints[:, 1:], expected.keypoints, **SAME)
    own = unroll(generator, batch, plan._replace(swapped=torch.zeros(4, dtype=torch.bool)), None)
    assert (own.keypoints[:2] - rollout.keypoints[:2]).abs().max() > 0.01
    assert torch.allclose(own.keypoints[2:], rollout.keypoints[2:], **SAME)


def test_the_pose_prior_is_given_the_same_music_and_codes_as_the_dance(generator, batch):
    plan = full_plan(batch)
    with torch.no_grad():
        prior = Unroller(generator)(batch, plan, None, prior_only=True)
    codes = codes_of(generator, batch, plan)
    for b in range(4):
        for t in (0, 3, FRAMES - 1):
            heard = heard_at(generator, batch, plan, b, t)
            guessed = generator.prior(
                generator.condition(heard, codes[b, move_at(batch, plan, b, t)])
            )
            assert torch.allclose(prior.keypoints[b, t], guessed, **SAME)
    assert torch.equal(unroll(generator, batch, plan, None).prior.keypoints, prior.keypoints)


def test_pulse_and_manner_are_told_by_the_sound_alone_whether_heard_or_not(generator, batch):
    plan = full_plan(batch)
    told = unroll(generator, batch, plan, None).prior.told
    ear = generator.listener
    assert told.shape == (*batch.moves.shape, 2 + NUM_MANNERS)
    assert torch.allclose(told, ear.listen(batch.sound), **SAME)
    blind = batch._replace(beats=-batch.beats, energy=-batch.energy, manner=-batch.manner)
    assert torch.equal(unroll(generator, blind, plan, None).prior.told, told)
    deaf = batch._replace(sound=0 * batch.sound)
    assert (unroll(generator, deaf, plan, None).prior.told - told).abs().max() > 0.01


@cache
def large_batch() -> Batch:
    return tiny_sampler([counting_dance()], DancerTraining(batch_size=64, num_frames=8)).batch(0)


def drawn(step: int, **changes) -> Plan:
    config = DancerTraining(**{"num_steps": 1000, "prior_share": 0.0, **changes})
    return draw_plan(
        large_batch(), config, CONFIG.noise_channels, step, torch.Generator().manual_seed(1)
    )


def test_while_only_the_prior_is_trained_codes_are_swapped_from_the_same_share_on():
    """Of 800 steps of the prior and 200 others."""
    swapped = [
        int(drawn(step, prior_share=0.8, swapped_codes_from=0.25).swapped.sum())
        for step in (0, 199, 200, 799, 800, 849, 850, 999)
    ]
    assert swapped == [0, 0, 32, 32, 0, 0, 32, 32]


def test_in_the_background_of_a_third_of_songs_another_one_plays_more_quietly():
    """Loud and quiet songs side by side; one in four is silent."""
    levels = torch.tensor([0.9, 0.0, 0.2, 0.9] * 64)
    sound = levels[:, None, None].expand(-1, 3, NUM_SOUND_CHANNELS).clone()
    mixed = with_background(sound, torch.Generator().manual_seed(0))
    assert torch.equal(mixed[levels == 0], sound[levels == 0])
    assert torch.equal(mixed[levels == 0.9], sound[levels == 0.9])  # what is louder covers it
    after_loud = sound.clone()
    after_loud[2::4] = 0.2
    after_loud[1::4] = 0.9
    mixed = with_background(after_loud, torch.Generator().manual_seed(0))[2::4]
    changed = mixed[:, 0, 0] > 0.2
    assert changed.float().mean() == pytest.approx(0.3, abs=0.12)
    behind = 0.9 - mixed[changed]
    assert 0.15 < behind[..., :64].min() < behind[..., :64].max() < 0.35
    assert (mixed[changed][..., 64:] == 0.2).all()  # by so many spreads it is below its usual level
    assert torch.equal(mixed[~changed], after_loud[2::4][~changed])


def test_half_of_the_streams_have_swapped_codes_from_the_asked_moment_on_and_no_teacher():
    before, after = (
        drawn(step, swapped_codes_from=0.5, teacher_forcing_until=1.0) for step in (499, 500)
    )
    assert not before.swapped.any()
    assert after.swapped.sum() == 32
    assert not after.teacher_forced[after.swapped].any()
    assert 0.3 < after.teacher_forced[~after.swapped].float().mean() < 0.7
    assert (after.code_source != torch.arange(64)).all()


def test_codes_are_given_everywhere_at_first_and_then_only_where_moves_begin():
    shares = [
        drawn(step, teacher_forcing_until=0.5).code_given.float().mean().item()
        for step in (0, 250, 500, 900)
    ]
    assert shares[0] == 1
    assert shares[1] == pytest.approx(0.5, abs=0.1)
    assert shares[2:] == [0, 0]


def test_what_a_stream_hears_and_is_told_is_the_same_through_a_run_of_windows():
    plans = [drawn(step) for step in range(8)]  # runs of four windows
    for name in ("is_heard", "beats_told", "late"):
        one = [getattr(plan, name) for plan in plans]
        assert all(torch.equal(one[0], each) for each in one[1:4]), name
        assert all(torch.equal(one[4], each) for each in one[5:]), name
        assert not torch.equal(one[0], one[4]), name
        assert not torch.equal(one[0], getattr(drawn(0, seed=1), name)), name


def test_a_third_is_not_told_the_beats_an_eighth_hears_nothing_and_codes_come_late():
    plans = [drawn(4 * run) for run in range(40)]
    is_heard, beats_told, late = (
        torch.cat([getattr(plan, name) for plan in plans])
        for name in ("is_heard", "beats_told", "late")
    )
    assert (~is_heard).float().mean() == pytest.approx(0.12, abs=0.02)
    assert (~beats_told).float().mean() == pytest.approx(0.35, abs=0.03)
    assert (~is_heard & ~beats_told).float().mean() == pytest.approx(0.12 * 0.35, abs=0.015)
    assert not late[beats_told].any()
    counts = torch.bincount(late[~beats_told] + 6, minlength=13) / (~beats_told).sum()
    in_time = 0.5 + 0.5 / 13
    assert counts.tolist() == pytest.approx([*[0.5 / 13] * 6, in_time, *[0.5 / 13] * 6], abs=0.04)


def test_the_discriminator_is_shown_music_that_is_shifted_by_some_poses():
    rngs = [torch.Generator().manual_seed(seed) for seed in range(20)]
    shifts = {draw_plan(large_batch(), TINY, CONFIG.noise_channels, 0, rng).shift for rng in rngs}
    assert shifts == {3, 4}  # of 8: as far from 0 as from the whole run


def test_shares_of_noise_and_hiding_are_those_asked_for():
    plan = drawn(0, hidden_share=0.3, pose_noise=0.02)
    blind = plan.hidden.all(-1)
    assert blind.float().mean() == pytest.approx(0.3, abs=0.06)
    assert plan.hidden[~blind].float().mean() == pytest.approx(0.01, abs=0.005)
    spread = plan.pose_noise.flatten(1).std(1)
    assert 0.018 < spread.max() < 0.022
    assert spread.min() < 0.002
    moved = plan.placement.abs().sum(-1) > 0
    assert moved.float().mean() == pytest.approx(0.05, abs=0.03)
    assert plan.code_noise.std() == pytest.approx(1.0, abs=0.1)
