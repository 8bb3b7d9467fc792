"""A training run is danced step by step as its plan says; every step is written out here again."""

import copy

import pytest
import torch
from torch import Tensor, nn

from music2pose.data.dataset import MARGIN, Batch
from music2pose.generator import POSE_PRESETS, Pose, PoseGenerator
from music2pose.layers import State
from music2pose.move_encoder import Codes
from music2pose.rollout import Carry, Plan, Rollout, Unroller, draw_plan
from music2pose.train_settings import DancerTraining
from tests.music2pose.made_dances import TINY, counting_dance, made_dances, tiny_sampler

CONFIG = POSE_PRESETS["tiny"]
FRAMES = TINY.num_frames
SAME = {"atol": 1e-5}


@pytest.fixture(scope="module")
def batch() -> Batch:
    return tiny_sampler(made_dances(count=1)).batch(0)


@pytest.fixture(scope="module")
def generator() -> PoseGenerator:
    torch.manual_seed(0)
    model = PoseGenerator(CONFIG).eval()
    return model.requires_grad_(False)


def draw(seed: int, *size: int) -> Tensor:
    return torch.randn(*size, generator=torch.Generator().manual_seed(seed))


def quiet_plan(batch: Batch) -> Plan:
    """A plan with codes at their mean, and nothing teacher forced, swapped, disturbed or hidden."""
    size, frames = batch.moves.shape
    num_moves = int(batch.near_moves.max()) + 1
    return Plan(
        teacher_forced=torch.zeros(size, frames, dtype=torch.bool),
        swapped=torch.zeros(size, dtype=torch.bool),
        code_source=torch.arange(size).roll(1),
        code_noise=torch.zeros(size, num_moves, CONFIG.noise_channels),
        pose_noise=torch.zeros(size, frames, 18, 2),
        placement=torch.zeros(size, frames, 3),
        hidden=torch.zeros(size, frames, 18, dtype=torch.bool),
    )


def full_plan(batch: Batch) -> Plan:
    """A plan that makes use of everything."""
    size, frames = batch.moves.shape
    quiet = quiet_plan(batch)
    return quiet._replace(
        teacher_forced=draw(1, size, frames) > 0,
        code_noise=draw(2, *quiet.code_noise.shape),
        pose_noise=0.03 * draw(3, size, frames, 18, 2),
        placement=0.1 * draw(4, size, frames, 3),
        hidden=draw(5, size, frames, 18) > 0.8,
    )


def codes_of(generator: PoseGenerator, batch: Batch, plan: Plan) -> Tensor:
    codes = generator.move_encoder(batch.near_keypoints, batch.near_moves, batch.near_progress)
    return codes.mean + (codes.log_variance / 2).exp() * plan.code_noise


def by_hand(
    generator: PoseGenerator,
    batch: Batch,
    plan: Plan,
    codes: Tensor,
    pose: Pose | None = None,
    memory: State | None = None,
) -> tuple[Tensor, Pose, State | None]:
    """Dance one stream after the other, one frame after the other: (B, T, 18, 2)."""
    size, frames = batch.moves.shape
    start = pose or Pose(batch.keypoints[:, 0], batch.confidence[:, 0])
    streams, ends, memories = [], [], []
    for b in range(size):
        previous = Pose(start.keypoints[b], start.confidence[b])
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
            heard = generator.condition(
                batch.windows[b : b + 1, t : t + 1],
                batch.beats[b : b + 1, t : t + 1],
                codes[b, batch.moves[b, t]][None, None],
            )
            made, state = generator(shown, heard[:, 0], state)
            previous = Pose(made.keypoints[0], made.confidence[0])
            danced.append(previous.keypoints)
        streams.append(torch.stack(danced))
        ends.append(previous)
        memories.append(state)
    end = Pose(*(torch.stack(parts) for parts in zip(*ends, strict=True)))
    return torch.stack(streams), end, tuple(torch.cat(p) for p in zip(*memories, strict=True))


def unroll(generator: PoseGenerator, *arguments) -> Rollout:
    with torch.no_grad():
        return Unroller(generator)(*arguments)


@pytest.mark.parametrize(
    "used",
    ["nothing", "teacher_forced", "code_noise", "pose_noise", "placement", "hidden", "everything"],
)
def test_a_run_is_the_steps_that_its_plan_asks_for(generator, batch, used):
    quiet, full = quiet_plan(batch), full_plan(batch)
    plan = {"nothing": quiet, "everything": full}.get(used)
    plan = plan or quiet._replace(**{used: getattr(full, used)})
    rollout = unroll(generator, batch, plan, None)
    expected, end, memory = by_hand(generator, batch, plan, codes_of(generator, batch, plan))
    assert torch.equal(rollout.keypoints[:, 0], batch.keypoints[:, 0])
    assert torch.allclose(rollout.keypoints[:, 1:], expected, **SAME)
    assert torch.allclose(rollout.carry.pose.keypoints, end.keypoints, **SAME)
    assert torch.allclose(rollout.carry.state[0], memory[0], atol=1e-4)
    if used != "nothing":
        plain = unroll(generator, batch, quiet, None)
        assert (plain.keypoints - rollout.keypoints).abs().max() > 100 * SAME["atol"]


def test_a_run_goes_on_from_the_pose_and_the_state_that_are_carried(generator, batch):
    plan = quiet_plan(batch)
    pose = Pose(batch.keypoints[:, 5] + 0.1, batch.confidence[:, 5])
    shape = (len(batch.keypoints), CONFIG.hidden_channels, 2, 2)
    carry = Carry(pose, (draw(6, *shape).tanh(), draw(7, *shape)))
    rollout = unroll(generator, batch, plan, carry)
    codes = codes_of(generator, batch, plan)
    expected, _, _ = by_hand(generator, batch, plan, codes, pose, carry.state)
    assert torch.equal(rollout.keypoints[:, 0], pose.keypoints)
    assert torch.allclose(rollout.keypoints[:, 1:], expected, **SAME)


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
        batch.windows[:, start:stop], batch.beats[:, start:stop],
        batch.near_keypoints[:, near], batch.near_moves[:, near], batch.near_progress[:, near],
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


def test_each_move_is_danced_by_its_own_code_in_order(generator, batch, monkeypatch):
    generator = with_known_codes(generator)
    heard = []
    condition = generator.condition

    def listening(windows: Tensor, beats: Tensor, codes: Tensor) -> Tensor:
        heard.append(codes)
        return condition(windows, beats, codes)

    monkeypatch.setattr(generator, "condition", listening)
    near_moves = torch.arange(FRAMES + 2 * MARGIN).expand(len(batch.moves), -1) // 3
    batch = batch._replace(near_moves=near_moves)
    unroll(generator, batch, quiet_plan(batch), None)
    table = KnownCodes()(batch.near_keypoints, near_moves, batch.near_progress).mean
    assert len(set(batch.moves[0].tolist())) > 2
    for b, frame in ((0, 0), (1, 2), (2, 5), (3, FRAMES - 1)):
        assert torch.equal(heard[0][b, frame], table[b, batch.moves[b, frame]])


def test_a_swapped_stream_dances_the_codes_of_another_one(generator, batch):
    plan = full_plan(batch)._replace(swapped=torch.tensor([True, True, False, False]))
    codes = codes_of(generator, batch, plan)
    valid = generator.move_encoder(
        batch.near_keypoints, batch.near_moves, batch.near_progress
    ).valid.bool()
    danced = codes.clone()
    for stream in (0, 1):
        donor = int(plan.code_source[stream])
        whole = codes[donor][valid[donor]][1:-1]
        for move in range(danced.shape[1]):
            danced[stream, move] = whole[move % len(whole)]
    rollout = unroll(generator, batch, plan, None)
    expected, _, _ = by_hand(generator, batch, plan, danced)
    assert torch.allclose(rollout.keypoints[:, 1:], expected, **SAME)
    own = unroll(generator, batch, plan._replace(swapped=torch.zeros(4, dtype=torch.bool)), None)
    assert (own.keypoints[:2] - rollout.keypoints[:2]).abs().max() > 0.01
    assert torch.allclose(own.keypoints[2:], rollout.keypoints[2:], **SAME)


def test_the_pose_prior_is_given_the_same_music_and_codes_as_the_dance(generator, batch):
    plan = full_plan(batch)
    with torch.no_grad():
        prior = Unroller(generator)(batch, plan, None, prior_only=True)
    codes = codes_of(generator, batch, plan)
    in_order = torch.stack([codes[b, batch.moves[b]] for b in range(len(codes))])
    heard = generator.condition(batch.windows, batch.beats, in_order)
    assert torch.allclose(prior.keypoints, generator.sketcher(heard), **SAME)
    assert torch.equal(unroll(generator, batch, plan, None).prior.keypoints, prior.keypoints)


def drawn(step: int, **changes) -> Plan:
    config = DancerTraining(**{"num_steps": 1000, "prior_share": 0.0, **changes})
    batch = tiny_sampler([counting_dance()], DancerTraining(batch_size=64, num_frames=8)).batch(0)
    return draw_plan(batch, config, CONFIG.noise_channels, step, torch.Generator().manual_seed(1))


def test_half_of_the_streams_have_swapped_codes_from_the_asked_moment_on_and_no_teacher():
    before, after = (
        drawn(step, swapped_codes_from=0.5, teacher_forcing_until=1.0) for step in (499, 500)
    )
    assert not before.swapped.any()
    assert after.swapped.sum() == 32
    assert not after.teacher_forced[after.swapped].any()
    assert 0.3 < after.teacher_forced[~after.swapped].float().mean() < 0.7
    assert (after.code_source != torch.arange(64)).all()


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
