"""Loss terms worked out by hand, and what each must and must not punish."""

import math

import pytest
import torch

from music2pose import losses
from music2pose.pose import JOINT

STILL = torch.full((1, 9, 18, 2), 0.5)
PHASE = torch.arange(9)[None] / 8 % 1.0


def moving(speeds: list[float]) -> torch.Tensor:
    """Return a dance (1, T, 18, 2) whose joints all move right by ``speeds`` per frame."""
    way = torch.tensor([0.0, *speeds]).cumsum(0)
    return torch.stack([0.1 + way, torch.full_like(way, 0.5)], -1)[None, :, None].expand(
        -1, -1, 18, -1
    )


@pytest.mark.parametrize("name", losses.OBJECTIVES)
def test_a_better_judge_and_a_better_forger_lose_less(name):
    objective = losses.OBJECTIVES[name]
    low, high = torch.tensor([-0.5]), torch.tensor([0.8])
    assert objective.discriminator(high, low) < objective.discriminator(low, high)
    assert objective.generator(high) < objective.generator(low)


def test_gradient_penalty_of_a_known_slope():
    x = torch.randn(3, 4, requires_grad=True)
    logits = [(3 * x.sum(1))[:, None, None]]  # slope 3 in each of 4 directions: norm 6
    assert losses.gradient_penalty(logits, x, target_norm=0.0).item() == pytest.approx(36)
    assert losses.gradient_penalty(logits, x, target_norm=1.0).item() == pytest.approx(25)


def test_position_and_motion_are_in_percent_of_the_canvas():
    real, seen = moving([0.0] * 8), torch.ones(1, 9, 18)
    fake = real + torch.tensor([0.02, 0.0])
    assert losses.position_loss(fake, real, seen).item() == pytest.approx(1.0, rel=1e-4)
    assert losses.motion_loss(fake, real, seen, order=1).item() == pytest.approx(0, abs=1e-5)
    drifting = moving([0.01] * 8)
    assert losses.motion_loss(drifting, real, seen, 1).item() == pytest.approx(0.5, rel=1e-4)
    assert losses.motion_loss(drifting, real, seen, 2).item() == pytest.approx(0, abs=1e-4)


def test_joints_that_were_not_seen_do_not_count():
    real, seen = STILL.clone(), torch.ones(1, 9, 18)
    fake = real.clone()
    fake[:, :, 4] = 0.9
    seen[:, :, 4] = 0
    assert losses.position_loss(fake, real, seen).item() == 0


def test_stretched_bones_cost_and_moved_bodies_do_not():
    real = torch.rand(1, 4, 18, 2, generator=torch.Generator().manual_seed(0))
    assert losses.bone_loss(real + 0.1, real).item() == pytest.approx(0, abs=1e-4)
    assert losses.bone_loss(real * 1.2, real).item() > 1


def test_only_a_foot_that_should_stand_may_not_slide():
    real, fake = STILL.clone(), STILL.clone()
    ankle = JOINT["left_ankle"]
    fake[:, :, ankle] = moving([0.02] * 8)[:, :, 0]
    assert losses.foot_slide_loss(fake, real).item() == pytest.approx(1.0, abs=0.01)  # of 2 ankles
    stepping = fake.clone()
    assert losses.foot_slide_loss(fake, stepping).item() == pytest.approx(0, abs=0.01)


def test_beat_loss_sees_when_the_body_moves_and_not_how_fast():
    early = moving([0.04, 0.03, 0.01, 0, 0, 0, 0.01, 0.03])
    assert losses.beat_loss(early * 0.5, early, PHASE).item() == pytest.approx(0, abs=1e-3)
    late = moving([0, 0, 0.01, 0.03, 0.04, 0.03, 0.01, 0])
    assert losses.beat_loss(late, early, PHASE).item() > 0.3


def test_beat_loss_by_hand():
    one_jump = moving([0.1, 0, 0, 0, 0, 0, 0, 0])  # all of the motion ends at phase 1/8
    other_jump = moving([0, 0, 0, 0, 0.1, 0, 0, 0])  # at phase 5/8: opposite, then equal again
    expected = (2.0**2 + 0.0**2) / 2
    assert losses.beat_loss(other_jump, one_jump, PHASE).item() == pytest.approx(expected, rel=1e-2)


def test_half_the_speed_is_one_octave_off():
    fast, slow = moving([0.04] * 8), moving([0.02] * 8)
    octaves = math.log2((2 + 0.05) / (4 + 0.05))
    assert losses.speed_loss(slow, fast).item() == pytest.approx(octaves**2, rel=1e-3)


def test_a_dancer_who_stays_in_one_place_lacks_spread():
    rng = torch.Generator().manual_seed(0)
    real = torch.rand(8, 16, 18, 2, generator=rng)
    assert losses.spread_loss(real.flip(0), real).item() == pytest.approx(0, abs=1e-4)
    assert losses.spread_loss(0.5 + 0.1 * (real - 0.5), real).item() > 10
    middle = real.mean(1, keepdim=True)
    all_in_one_place = real - middle + middle.mean(0)
    assert losses.spread_loss(all_in_one_place, real).item() > 5
    assert losses.spread_loss(middle + 0.5 * (real - middle), real).item() > 10


def test_a_torso_may_vary_as_much_as_real_ones_and_no_more():
    real = torch.rand(1, 1, 18, 2, generator=torch.Generator().manual_seed(0)).expand(2, 9, -1, -1)
    fake = real.clone()
    fake[..., JOINT["neck"], :] += torch.linspace(0, 0.1, 9)[None, :, None]
    assert losses.torso_loss(real, fake).item() == 0
    assert losses.torso_loss(fake, real).item() > 1


def test_limbs_may_be_foreshortened_as_real_ones_are_and_no_more():
    real = torch.rand(2, 9, 18, 2, generator=torch.Generator().manual_seed(0))
    mean = real.mean(1, keepdim=True)
    assert losses.limb_variation_loss(mean + 0.5 * (real - mean), real).item() < 2
    assert losses.limb_variation_loss(mean + 2.0 * (real - mean), real).item() > 50


def test_kl_by_hand():
    mean, log_variance = torch.tensor([[[2.0, 0.0]]]), torch.zeros(1, 1, 2)
    assert losses.kl_loss(mean, log_variance, torch.ones(1, 1)).item() == pytest.approx(2.0)
    two = torch.cat([mean, torch.full_like(mean, 9.0)], 1)
    valid = torch.tensor([[1.0, 0.0]])
    assert losses.kl_loss(two, torch.zeros(1, 2, 2), valid).item() == pytest.approx(2.0)


def test_recall_by_hand():
    wanted = torch.zeros(1, 3, 2, requires_grad=True)
    recalled = torch.tensor([[[1.0, 3.0], [5.0, 5.0], [0.0, 2.0]]], requires_grad=True)
    was_told = torch.tensor([[True, False, True]])
    loss = losses.recall_loss(recalled, wanted, was_told)
    assert loss.item() == pytest.approx(((1 + 9) / 2 + (0 + 4) / 2) / 2)
    loss.backward()
    assert wanted.grad is None  # the codes do not come to what is remembered
    assert recalled.grad[0, 0].any()
    assert not recalled.grad[0, 1].any()


def test_pulse_by_hand():
    position = torch.tensor([[3.0, 0.25, 7.5, 1.0]])
    true = torch.tensor([[[0.0, 1.0], [1.0, 0.0], [0.0, -1.0], [0.0, 1.0]]])
    known = torch.tensor([[True, True, True, False]])
    assert losses.pulse_loss(true, position, known).item() == pytest.approx(0, abs=1e-10)
    silent = torch.zeros_like(true)
    assert losses.pulse_loss(silent, position, known).item() == pytest.approx(1)
    assert losses.pulse_loss(-true, position, known).item() == pytest.approx(4)
    assert losses.pulse_loss(-true, position, ~known).item() == pytest.approx(4)
    assert losses.pulse_loss(-true, position, known & ~known).item() == 0


def test_manner_by_hand():
    told = torch.zeros(2, 1, 7, requires_grad=True)
    true = torch.full((2, 1, 7), math.nan)
    true[0, 0, :3] = torch.tensor([0.5, -0.25, 0.0])  # of the other stream nothing is known
    loss = losses.manner_loss(told, true)
    assert loss.item() == pytest.approx(0.75 / 3)
    loss.backward()
    assert torch.allclose(told.grad[0, 0, :3], torch.tensor([-1 / 3, 1 / 3, 0.0]))
    assert not told.grad[0, 0, 3:].any()
    assert not told.grad[1].any()
    assert losses.manner_loss(told, torch.full_like(true, math.nan)).item() == 0


def test_standing_still_gives_a_finite_gradient():
    fake = STILL.clone().requires_grad_()
    real = moving([0.01] * 8)
    total = losses.beat_loss(fake, real, PHASE) + losses.speed_loss(fake, real)
    total = total + losses.foot_slide_loss(fake, real) + losses.bone_loss(fake, real)
    total.backward()
    assert torch.isfinite(fake.grad).all()
