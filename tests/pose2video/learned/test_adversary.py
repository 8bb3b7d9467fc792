"""The opponent of the picture networks looks where it should, and tells faults there."""

import math

import pytest
import torch
from torch import nn

from music2pose.losses import OBJECTIVES
from pose2video.learned.adversary import (
    Adversary,
    Judged,
    Verdict,
    adversarial_terms,
    discriminator_loss,
    enlarged,
    patches_near,
    slope_penalty,
    what_is_judged,
)
from pose2video.learned.discriminator import DiscriminatorConfig, DiscriminatorOutput
from pose2video.pictures import to_tensor
from pose2video.pose_inputs import skeleton_pictures
from tests.pose2video.made_performer import dancing, doll

SIZE = 128
HINGE = OBJECTIVES["hinge"]


@pytest.fixture(scope="module")
def pictures() -> torch.Tensor:
    keypoints = dancing(2).keypoints
    return torch.cat([to_tensor(doll(pose, SIZE)[None]) for pose in keypoints])


@pytest.fixture(scope="module")
def judged() -> Judged:
    poses = dancing(2)
    return what_is_judged(torch.tensor(poses.keypoints), torch.tensor(poses.confidence), None, SIZE)


@pytest.fixture
def adversary() -> Adversary:
    torch.manual_seed(0)
    return Adversary(DiscriminatorConfig(width=8)).eval()  # a spectral norm changes as it trains


def test_there_is_a_verdict_for_each_scale_and_one_for_face_and_hands(adversary, pictures, judged):
    *scales, details = adversary(pictures, judged)
    assert [verdict.output.logits.shape[-1] for verdict in scales] == [16, 8]
    assert len(details.output.logits) == 3 * len(pictures)
    assert len(details.patches) == len(pictures)


def test_a_detail_is_shown_larger_around_its_middle():
    picture = torch.zeros(1, 1, 100, 100)
    picture[0, 0, 28:32, 68:72] = 1  # around x = 0.7, y = 0.3
    shown = enlarged(picture, torch.tensor([[[0.7, 0.3], [0.2, 0.2]]]))
    assert shown.shape[:2] == (2, 1)
    rows, columns = torch.nonzero(shown[0, 0] > 0.5, as_tuple=True)
    middle = (shown.shape[-1] - 1) / 2
    assert rows.float().mean() == pytest.approx(middle, abs=0.5)
    assert columns.float().mean() == pytest.approx(middle, abs=0.5)
    assert shown[0].sum() > 1.5 * picture.sum()
    assert shown[1].sum() == 0


def test_patches_of_the_empty_stage_do_not_count():
    logits = torch.arange(16.0).view(1, 1, 4, 4)
    near = torch.zeros(1, 1, 32, 32)
    near[..., 9:15, 20:23] = 0.9  # within row 1, column 2
    near[..., 30, 1] = 0.4
    (patches,) = patches_near(logits, near)
    assert patches.tolist() == [6.0]


def test_what_a_picture_is_judged_by_is_its_skeleton_and_the_frame_before(pictures):
    poses = dancing(2)
    keypoints, confidence = torch.tensor(poses.keypoints), torch.tensor(poses.confidence)
    before = pictures.flip(0)
    judged = what_is_judged(keypoints, confidence, before, SIZE)
    assert torch.equal(judged.condition[:, :3], skeleton_pictures(keypoints, confidence, SIZE))
    assert torch.equal(judged.condition[:, 3:], before)
    face, right, left = (judged.details[0] * SIZE).tolist()
    for place in (face, right, left):
        column, row = (int(value) for value in place)
        assert judged.near[0, 0, row, column] > 0.5
    assert judged.near[0, 0, :8].max() < 0.1  # above the head there is nobody


class Linear(nn.Module):
    """Judges by one weighted sum over all places, and keeps what it was shown."""

    def __init__(self, weight: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(weight))
        self.seen: list[torch.Tensor] = []

    def forward(self, pictures: torch.Tensor, judged: Judged) -> list[Verdict]:
        self.seen.append(pictures.detach())
        logits = self.weight * pictures.sum((1, 2, 3)).view(-1, 1, 1, 1)
        rows = [*logits.flatten(1)]
        return [Verdict(DiscriminatorOutput(logits, [pictures * self.weight]), rows)]


@pytest.mark.parametrize(("objective", "goal"), [("hinge", 0.0), ("bce", 0.0), ("wgan", 1.0)])
def test_the_slope_of_the_discriminator_is_held_where_the_objective_says(objective, goal, judged):
    """R1 at real pictures; WGAN-GP at one place between each real picture and its painted one."""
    real, fake = torch.zeros(2, 3, 4, 4), torch.ones(2, 3, 4, 4)
    adversary = Linear(0.5)
    slope = 0.5 * math.sqrt(3 * 4 * 4)
    found = slope_penalty(adversary, OBJECTIVES[objective], real, fake, judged)
    expected = slope**2 if goal == 0 else (slope - goal) ** 2
    assert found.item() == pytest.approx(OBJECTIVES[objective].penalty_weight * expected, rel=1e-4)
    (seen,) = adversary.seen
    places = seen.flatten(1)
    assert torch.equal(places, places[:, :1].expand_as(places))
    assert (places == 0).all() if goal == 0 else (0 < places[0, 0] != places[1, 0] < 1)
    found.backward()
    assert adversary.weight.grad is not None and adversary.weight.grad > 0


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_the_discriminator_raises_what_is_real_and_the_generator_what_is_painted(objective, judged):
    adversary, rule = Linear(0.01), OBJECTIVES[objective]
    real, fake = torch.ones(2, 3, 4, 4), -torch.ones(2, 3, 4, 4).requires_grad_()
    discriminator_loss(adversary, rule, real, fake.detach(), judged).backward()
    assert adversary.weight.grad is not None
    assert adversary.weight.grad < 0  # a larger weight lifts real pictures and lowers painted ones
    painted = fake.detach().requires_grad_()
    adversarial_terms(adversary, rule, real, painted, judged)["adversarial"].backward()
    assert painted.grad is not None
    assert (painted.grad < 0).all()


def test_a_spoilt_face_is_found_out(adversary, pictures, judged):
    spoilt = pictures.clone()
    for picture, (x, y) in zip(spoilt, (judged.details[:, 0] * SIZE).long().tolist(), strict=True):
        picture[:, y - 3 : y + 3, x - 3 : x + 3] = -1
    optimizer = torch.optim.Adam(adversary.parameters(), 2e-2, (0.5, 0.999))
    for _ in range(25):
        optimizer.zero_grad()
        discriminator_loss(adversary, HINGE, pictures, spoilt, judged).backward()
        optimizer.step()
    true_faces, spoilt_faces = (
        adversary(x, judged)[-1].output.logits.unflatten(0, (-1, 3))[:, 0]
        for x in (pictures, spoilt)
    )
    assert true_faces.min() > 0.5
    assert spoilt_faces.max() < -0.5


def test_the_generator_is_drawn_to_what_is_real(adversary, pictures, judged):
    fake = pictures.mean(0, keepdim=True).expand_as(pictures).clone().requires_grad_()
    terms = adversarial_terms(adversary, HINGE, pictures, fake, judged)
    assert terms["feature_matching"] > 0
    torch.stack([*terms.values()]).sum().backward()
    assert fake.grad is not None
    assert fake.grad.abs().sum() > 0
    same = adversarial_terms(adversary, HINGE, pictures, pictures, judged)
    assert same["feature_matching"] == 0
