"""The discriminator of the picture networks looks where it should, and tells faults there."""

import math

import pytest
import torch
from torch import nn

from music2pose.discriminator import DiscriminatorOutput
from music2pose.losses import OBJECTIVES
from pose2video.learned.discriminator import (
    Condition,
    PictureDiscriminator,
    PictureDiscriminatorConfig,
    ScaleOutput,
    condition_on_pose,
    enlarged,
    patches_near,
    picture_adversarial_terms,
    picture_discriminator_loss,
    picture_gradient_penalty,
)
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
def condition() -> Condition:
    poses = dancing(2)
    return condition_on_pose(
        torch.tensor(poses.keypoints), torch.tensor(poses.confidence), None, SIZE
    )


@pytest.fixture
def discriminator() -> PictureDiscriminator:
    torch.manual_seed(0)
    return PictureDiscriminator(
        PictureDiscriminatorConfig(width=8)
    ).eval()  # a spectral norm changes as it trains


def test_there_is_an_output_for_each_scale_and_one_for_face_and_hands(
    discriminator, pictures, condition
):
    *scales, details = discriminator(pictures, condition)
    assert [output.output.logits.shape[-1] for output in scales] == [16, 8]
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


def test_what_a_picture_is_conditioned_on_is_its_skeleton_and_the_frame_before(pictures):
    poses = dancing(2)
    keypoints, confidence = torch.tensor(poses.keypoints), torch.tensor(poses.confidence)
    before = pictures.flip(0)
    condition = condition_on_pose(keypoints, confidence, before, SIZE)
    assert torch.equal(condition.maps[:, :3], skeleton_pictures(keypoints, confidence, SIZE))
    assert torch.equal(condition.maps[:, 3:], before)
    face, right, left = (condition.details[0] * SIZE).tolist()
    for place in (face, right, left):
        column, row = (int(value) for value in place)
        assert condition.near[0, 0, row, column] > 0.5
    assert condition.near[0, 0, :8].max() < 0.1  # above the head there is nobody


class Linear(nn.Module):
    """Judges by one weighted sum over all places, and keeps what it was shown."""

    def __init__(self, weight: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(weight))
        self.seen: list[torch.Tensor] = []

    def forward(self, pictures: torch.Tensor, condition: Condition) -> list[ScaleOutput]:
        self.seen.append(pictures.detach())
        logits = self.weight * pictures.sum((1, 2, 3)).view(-1, 1, 1, 1)
        rows = [*logits.flatten(1)]
        return [ScaleOutput(DiscriminatorOutput(logits, [pictures * self.weight]), rows)]


@pytest.mark.parametrize(("objective", "goal"), [("hinge", 0.0), ("bce", 0.0), ("wgan", 1.0)])
def test_the_slope_of_the_discriminator_is_held_where_the_objective_says(
    objective, goal, condition
):
    """R1 at real pictures; WGAN-GP at one place between each real picture and its painted one."""
    real, fake = torch.zeros(2, 3, 4, 4), torch.ones(2, 3, 4, 4)
    discriminator = Linear(0.5)
    slope = 0.5 * math.sqrt(3 * 4 * 4)
    found = picture_gradient_penalty(discriminator, OBJECTIVES[objective], real, fake, condition)
    expected = slope**2 if goal == 0 else (slope - goal) ** 2
    assert found.item() == pytest.approx(OBJECTIVES[objective].penalty_weight * expected, rel=1e-4)
    (seen,) = discriminator.seen
    places = seen.flatten(1)
    assert torch.equal(places, places[:, :1].expand_as(places))
    assert (places == 0).all() if goal == 0 else (0 < places[0, 0] != places[1, 0] < 1)
    found.backward()
    assert discriminator.weight.grad is not None and discriminator.weight.grad > 0


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_the_discriminator_raises_what_is_real_and_the_generator_what_is_painted(
    objective, condition
):
    discriminator, rule = Linear(0.01), OBJECTIVES[objective]
    real, fake = torch.ones(2, 3, 4, 4), -torch.ones(2, 3, 4, 4).requires_grad_()
    picture_discriminator_loss(discriminator, rule, real, fake.detach(), condition).backward()
    assert discriminator.weight.grad is not None
    assert (
        discriminator.weight.grad < 0
    )  # a larger weight lifts real pictures and lowers painted ones
    painted = fake.detach().requires_grad_()
    picture_adversarial_terms(discriminator, rule, real, painted, condition)[
        "adversarial"
    ].backward()
    assert painted.grad is not None
    assert (painted.grad < 0).all()


def test_a_spoilt_face_is_found_out(discriminator, pictures, condition):
    spoilt = pictures.clone()
    for picture, (x, y) in zip(
        spoilt, (condition.details[:, 0] * SIZE).long().tolist(), strict=True
    ):
        picture[:, y - 3 : y + 3, x - 3 : x + 3] = -1
    optimizer = torch.optim.Adam(discriminator.parameters(), 2e-2, (0.5, 0.999))
    for _ in range(25):
        optimizer.zero_grad()
        picture_discriminator_loss(discriminator, HINGE, pictures, spoilt, condition).backward()
        optimizer.step()
    true_faces, spoilt_faces = (
        discriminator(x, condition)[-1].output.logits.unflatten(0, (-1, 3))[:, 0]
        for x in (pictures, spoilt)
    )
    assert true_faces.min() > 0.5
    assert spoilt_faces.max() < -0.5


def test_the_generator_is_drawn_to_what_is_real(discriminator, pictures, condition):
    fake = pictures.mean(0, keepdim=True).expand_as(pictures).clone().requires_grad_()
    terms = picture_adversarial_terms(discriminator, HINGE, pictures, fake, condition)
    assert terms["feature_matching"] > 0
    torch.stack([*terms.values()]).sum().backward()
    assert fake.grad is not None
    assert fake.grad.abs().sum() > 0
    same = picture_adversarial_terms(discriminator, HINGE, pictures, pictures, condition)
    assert same["feature_matching"] == 0
