"""What networks are shown of a pose: in the right place, of the right shape, differentiable."""

import numpy as np
import pytest
import torch
from torch import Tensor

from music2pose.pose import JOINT, LIMBS
from pose2video.draw import draw_skeleton
from pose2video.pose_inputs import (
    detail_centres,
    joint_heatmaps,
    part_affinity_fields,
    skeleton_maps,
    skeleton_pictures,
)
from tests.stand_in import swaying


@pytest.fixture
def pose() -> tuple[Tensor, Tensor]:
    poses = swaying(3, 25)
    return torch.tensor(poses.keypoints), torch.tensor(poses.confidence)


@pytest.mark.parametrize("size", [64, 96])
def test_heatmaps_are_brightest_at_their_joints_at_every_size(pose, size):
    keypoints, confidence = pose
    maps = joint_heatmaps(keypoints, confidence, size)
    assert maps.shape == (3, 18, size, size)
    row, column = np.unravel_index(int(maps[1, 4].argmax()), (size, size))
    found = (np.array([column, row]) + 0.5) / size
    assert np.abs(found - keypoints[1, 4].numpy()).max() <= 0.5 / size + 1e-6


def test_face_and_hands_are_where_the_head_is_and_beyond_the_wrists(pose):
    keypoints, confidence = pose
    face, right, left = detail_centres(keypoints, confidence).unbind(1)
    assert (face - keypoints[:, JOINT["nose"]]).norm(dim=1).max() < 0.05
    for hand, side in ((right, "right"), (left, "left")):
        elbow, wrist = (keypoints[:, JOINT[f"{side}_{part}"]] for part in ("elbow", "wrist"))
        assert ((hand - elbow).norm(dim=1) > (wrist - elbow).norm(dim=1)).all()
        assert ((hand - wrist).norm(dim=1) < 0.5 * (wrist - elbow).norm(dim=1)).all()


def test_details_that_are_not_seen_are_looked_for_at_the_neck(pose):
    keypoints, confidence = pose
    hidden = confidence.clone()
    hidden[:, [JOINT[name] for name in ("nose", "right_eye", "left_eye")]] = 0
    hidden[:, [JOINT[name] for name in ("right_ear", "left_ear", "left_wrist")]] = 0
    face, right, left = detail_centres(keypoints, hidden).unbind(1)
    neck = keypoints[:, JOINT["neck"]]
    assert torch.equal(face, neck)
    assert torch.equal(left, neck)
    assert torch.equal(right, detail_centres(keypoints, confidence)[:, 1])


def test_affinity_fields_point_from_a_limbs_first_joint_to_its_second(pose):
    keypoints, confidence = pose
    fields = part_affinity_fields(keypoints, confidence, 96).unflatten(1, (17, 2))
    for limb, (start, end) in enumerate(LIMBS):
        middle = (keypoints[0, start] + keypoints[0, end]) / 2
        column, row = (middle * 96).long().tolist()
        vector = keypoints[0, end] - keypoints[0, start]
        expected = vector / vector.norm()
        assert torch.allclose(fields[0, limb, :, row, column], expected, atol=1e-4)
    assert fields.norm(dim=2).max() <= 1 + 1e-5


def test_a_limb_map_finds_its_limb_between_the_pixels(pose):
    keypoints, confidence = pose
    limb = LIMBS.index((JOINT["right_hip"], JOINT["right_knee"]))
    moved = keypoints.clone()
    moved[..., 0] += 0.25 / 32

    def centre(points: Tensor) -> Tensor:
        weights = skeleton_maps(points, confidence, 32)[:, limb].sum(1)
        places = (torch.arange(32) + 0.5) / 32
        return (weights * places).sum(1) / weights.sum(1)

    assert torch.allclose(centre(moved) - centre(keypoints), torch.tensor(0.25 / 32), atol=3e-4)


@pytest.mark.parametrize("draw", [joint_heatmaps, skeleton_maps, part_affinity_fields])
def test_what_is_not_seen_is_not_drawn(pose, draw):
    keypoints, confidence = pose
    assert draw(keypoints, 0 * confidence, 32).abs().sum() == 0
    assert draw(keypoints, confidence, 32).abs().sum() > 0


def test_the_picture_is_the_one_that_draw_paints():
    poses = swaying(2, 25)
    confidence = poses.confidence.copy()
    confidence[:, JOINT["left_wrist"]] = 0
    pictures = skeleton_pictures(torch.tensor(poses.keypoints), torch.tensor(confidence), 64)
    painted = draw_skeleton(poses.keypoints[1], confidence[1], 64, 64)
    shown = (pictures[1].permute(1, 2, 0).numpy() + 1) * 127.5
    assert np.abs(shown - painted).max() < 0.01


@pytest.mark.parametrize("draw", [joint_heatmaps, skeleton_maps, part_affinity_fields])
def test_gradients_reach_the_keypoints_and_are_finite_even_for_joints_in_one_place(pose, draw):
    keypoints, confidence = pose
    keypoints = torch.cat([keypoints, torch.full_like(keypoints[:1], 0.5)]).requires_grad_()
    confidence = torch.cat([confidence, torch.ones_like(confidence[:1])])
    maps = draw(keypoints, confidence, 32)
    assert torch.isfinite(maps).all()
    (maps * torch.linspace(0, 1, 32)).sum().backward()
    assert keypoints.grad is not None
    assert torch.isfinite(keypoints.grad).all()
    assert keypoints.grad[0].abs().sum() > 0
