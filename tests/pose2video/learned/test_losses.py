"""Likeness of pictures: where it counts, and what raises or lowers it."""

import pytest
import torch

from music2pose.pose import JOINT
from pose2video.learned.losses import (
    detail_spots,
    person_weights,
    reconstruction_loss,
    structural_similarity,
    structure_loss,
    weighted_similarity,
)
from tests.pose2video.made_performer import dancing


@pytest.fixture
def picture() -> torch.Tensor:
    torch.manual_seed(0)
    coarse = torch.rand(2, 3, 8, 8) * 2 - 1
    return torch.nn.functional.interpolate(coarse, (64, 64), mode="bilinear")


def test_a_picture_is_entirely_like_itself_and_less_like_a_noisy_or_blurred_one(picture):
    assert torch.allclose(structural_similarity(picture, picture), torch.tensor(1.0), atol=1e-4)
    means = [
        structural_similarity(picture + amount * torch.randn_like(picture), picture).mean()
        for amount in (0.02, 0.1, 0.5)
    ]
    assert 1 > means[0] > means[1] > means[2] > -1
    noisy = picture + 0.2 * torch.randn_like(picture)
    blurred = torch.nn.functional.avg_pool2d(noisy, 5, stride=1, padding=2)
    assert structural_similarity(blurred, noisy).mean() < 0.9


def test_the_measure_is_symmetric_and_ignores_the_order_of_the_batch(picture):
    a, b = picture, picture.flip(-1)
    assert torch.allclose(structural_similarity(a, b), structural_similarity(b, a), atol=1e-5)
    weights = torch.ones(2, 1, 64, 64)
    one, other = weighted_similarity(a, b, weights)
    assert torch.allclose(weighted_similarity(a.flip(0), b.flip(0), weights)[0], other)
    assert one != other


def test_faults_on_the_person_cost_more(picture):
    poses = dancing(2)
    pose = torch.tensor(poses.keypoints), torch.tensor(poses.confidence)
    weights = person_weights(*pose, 64, 4.0)
    column, row = (poses.keypoints[0, JOINT["neck"]] * 64).astype(int)
    assert weights[0, 0, row, column] > 4.5
    assert weights[0, 0, 2, 2] < 1.01
    on_person, off_person = picture.clone(), picture.clone()
    on_person[0, :, row - 3 : row + 3, column - 3 : column + 3] += 0.5
    off_person[0, :, 4:10, 4:10] += 0.5
    for loss in (
        lambda fake: reconstruction_loss(fake, picture, weights, squared=False),
        lambda fake: reconstruction_loss(fake, picture, weights, squared=True),
        lambda fake: structure_loss(fake, picture, weights),
    ):
        assert loss(on_person) > 2 * loss(off_person)


def test_face_and_hands_are_picked_out():
    poses = dancing(1)
    spots = detail_spots(torch.tensor(poses.keypoints), torch.tensor(poses.confidence), 64)[0, 0]
    for joint in ("nose", "right_wrist", "left_wrist"):
        column, row = (poses.keypoints[0, JOINT[joint]] * 64).astype(int)
        assert spots[row, column] > 0.3
    column, row = (poses.keypoints[0, JOINT["right_hip"]] * 64).astype(int)
    assert spots[row, column] < 0.1
