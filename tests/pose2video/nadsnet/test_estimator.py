"""The pose estimator's network, its true maps, and the way back from maps to keypoints."""

import math

import numpy as np
import pytest
import torch

from benchmarks.pose_estimator import joint_correctness
from checkpoints.store import load_model
from music2pose.pose import JOINT, LIMBS, MIRRORED, PoseSequence
from pose2video import RenderError
from pose2video.metrics.poses import (
    correct_keypoints,
    mean_pose_error,
    missed_joints,
)
from pose2video.nadsnet.decode import find_peaks, read_people, read_pose
from pose2video.nadsnet.estimator import ESTIMATOR_PRESETS, EstimatorConfig, PoseEstimator, PoseMaps
from pose2video.nadsnet.losses import (
    heatmap_loss,
    map_terms,
    mask_loss,
    perceptual_distance,
    pose_consistency,
)
from pose2video.nadsnet.targets import body_sizes, capsule_masks, draw_targets
from tests.dancers import STANDING, TORSO, sequence

POSES = torch.tensor(STANDING, dtype=torch.float32)[None]
SEEN = torch.ones(1, 18)


@pytest.fixture(scope="module")
def tiny() -> PoseEstimator:
    torch.manual_seed(0)
    return PoseEstimator(ESTIMATOR_PRESETS["tiny"]).eval()


@pytest.mark.parametrize("size", [(64, 64), (96, 160)])
def test_maps_are_a_quarter_of_the_picture_whatever_its_shape(tiny, size):
    maps = tiny(torch.zeros(2, 3, *size))
    small = (size[0] // 4, size[1] // 4)
    assert maps.heatmaps.shape == (2, 18, *small)
    assert maps.affinity_fields.shape == (2, 34, *small)
    assert maps.mask.shape == (2, 1, *small)
    assert [part.shape[-1] * 2**k for k, part in enumerate(tiny.features(torch.zeros(1, 3, *size)))
            ] == [small[1]] * 4  # fmt: skip


def test_a_map_pixel_sees_the_whole_picture(tiny):
    picture = torch.zeros(1, 3, 64, 64).requires_grad_()
    with torch.no_grad():
        tiny.heatmap_head.read.weight.normal_(std=0.1)
    tiny(picture).heatmaps[0, 0, 2, 2].backward()
    assert picture.grad is not None
    assert (picture.grad[0, :, -4:, -4:] != 0).any()


def test_every_part_of_the_network_learns(tiny):
    tiny(torch.randn(1, 3, 64, 64)).heatmaps.sum().backward()
    maps = tiny(torch.randn(1, 3, 64, 64))
    sum(part.sum() for part in maps).backward()
    idle = [name for name, value in tiny.named_parameters() if value.grad is None]
    tiny.zero_grad()
    assert idle == []


def test_every_coarse_level_reaches_the_finest_one(tiny):
    features = [part.detach() for part in tiny.features(torch.randn(1, 3, 64, 64))]
    levels = tiny.pyramid(features)
    for changed in range(1, 4):
        other = [part + (index == changed) for index, part in enumerate(features)]
        assert not torch.allclose(tiny.pyramid(other)[changed - 1], levels[changed - 1])


def test_the_published_backbone_has_its_sizes():
    model = PoseEstimator(ESTIMATOR_PRESETS["pvt-tiny"])
    count = sum(part.numel() for part in model.backbone.parameters())
    assert 11e6 < count < 14e6  # 13.2 million with the classifier and learned places
    assert sum(part.numel() for part in PoseEstimator(ESTIMATOR_PRESETS["base"]).parameters()) < 2e6


def test_weights_come_back_from_a_folder(tiny, tmp_path):
    tiny.save_pretrained(tmp_path)
    again = load_model(PoseEstimator, tmp_path)
    assert again.config == tiny.config
    picture = torch.rand(1, 3, 64, 64)
    assert torch.equal(again(picture).mask, tiny(picture).mask)


@pytest.mark.parametrize(
    "wrong", [{"widths": (8, 8, 8)}, {"num_heads": (5, 1, 1, 1)}, {"picture_size": 100}]
)
def test_sizes_that_cannot_be_are_refused(wrong):
    with pytest.raises(ValueError, match="must be"):
        EstimatorConfig(**wrong)


def moved(shift: float, scale: float = 1.0) -> torch.Tensor:
    return (POSES - 0.5) * scale + 0.5 + torch.tensor([shift, shift / 3])


@pytest.mark.parametrize("shift", [0.0, 0.0037, -0.011, 0.02])
def test_true_maps_are_read_back_to_a_tenth_of_a_map_pixel(shift):
    keypoints = moved(shift, 0.9)
    found, confidence = read_pose(draw_targets(keypoints, SEEN, 32))
    assert (found - keypoints).abs().max() < 0.1 / 32
    assert confidence.min() > 0.7


def test_joints_that_are_not_seen_are_not_found():
    confidence = SEEN.clone()
    confidence[0, [JOINT["left_wrist"], JOINT["nose"]]] = 0
    found = read_pose(draw_targets(POSES, confidence, 32))[1]
    assert (found[0] < 0.05).nonzero().flatten().tolist() == [
        JOINT["nose"],
        JOINT["left_wrist"],
    ]


def test_the_field_decides_between_two_wrists():
    maps = draw_targets(POSES, SEEN, 32)
    heatmaps = maps.heatmaps.clone()
    right, left = JOINT["right_wrist"], JOINT["left_wrist"]
    heatmaps[:, right] = (
        0.8 * heatmaps[:, right] + maps.heatmaps[:, left]
    )  # the wrong one is higher
    assert find_peaks(heatmaps).heights[0, right, 0] > 0.85
    found, _ = read_pose(maps._replace(heatmaps=heatmaps))
    assert (found[0, right] - POSES[0, right]).norm() < 0.01


def test_two_people_are_told_apart_and_the_limbs_are_their_own():
    pair = torch.cat([moved(0.0, 0.5) - torch.tensor([0.2, 0]), moved(0.0, 0.4) + 0.15])
    both = draw_targets(pair, torch.ones(2, 18), 64)
    maps = PoseMaps(*(part.amax(0, keepdim=True) for part in both))
    fields = both.affinity_fields.sum(0, keepdim=True)
    people = read_people(maps._replace(affinity_fields=fields))
    assert len(people) == 2
    for true in pair:
        assert min((person[:, :2] - true).norm(dim=-1).max() for person in people) < 0.02
    assert len(read_people(PoseMaps(*(0 * part for part in maps)))) == 0


def test_the_mask_covers_the_limbs_and_little_else():
    mask = capsule_masks(POSES, SEEN, 64)
    assert 0.05 < mask.mean() < 0.3
    ends = torch.tensor(LIMBS)
    middles = POSES[0, ends].mean(1) * 64
    assert all(mask[0, 0, int(y), int(x)] == 1 for x, y in middles)
    assert mask[0, 0, 0].max() == mask[0, 0, :, 0].max() == 0
    assert capsule_masks(POSES, 0 * SEEN, 64).max() == 0
    assert capsule_masks(POSES, SEEN, 64, thickness=2.0).sum() > 1.4 * mask.sum()


def test_a_dancer_who_bows_keeps_its_size():
    bowing = POSES.clone()
    upper = [joint for joint in range(18) if joint not in (8, 9, 10, 11, 12, 13)]
    bowing[:, upper, 1] = 0.55 + 0.3 * (bowing[:, upper, 1] - 0.55)
    sizes = body_sizes(torch.cat([POSES, bowing]), SEEN.expand(2, -1))
    assert float(sizes[1]) == pytest.approx(float(sizes[0]), rel=0.1)


def test_losses_are_nothing_for_true_maps_and_about_one_for_empty_ones():
    true = draw_targets(POSES, SEEN, 32)
    sure = true._replace(mask=true.mask.logit(1e-6))
    perfect = map_terms(sure, true)
    empty = map_terms(PoseMaps(*(torch.zeros_like(part) for part in true)), true)
    assert perfect["heatmap"] == 0
    assert perfect["affinity"] == 0
    assert perfect["mask"] < 0.15  # its edge is soft
    assert 0.5 < empty["heatmap"] < 1.5
    assert 0.5 < empty["affinity"] < 1.1
    assert empty["mask"] > math.log(2)


def test_missing_a_joint_costs_more_than_dreaming_up_as_much():
    true = draw_targets(POSES, SEEN, 32).heatmaps
    half = 0.5 * true
    assert heatmap_loss(half, true) > heatmap_loss(true + half.flip(-2), true)


def test_a_missed_wrist_costs_more_than_a_missed_hip():
    true = draw_targets(POSES, SEEN, 32).heatmaps

    def without(name: str) -> torch.Tensor:
        found = true.clone()
        found[:, JOINT[name]] = 0
        return heatmap_loss(found, true)

    assert without("left_wrist") > 2 * without("left_hip") > 0


def test_a_mask_of_all_and_a_mask_of_nothing_are_both_bad():
    true = capsule_masks(POSES, SEEN, 32)
    right = mask_loss((true - 0.5) * 20, true)
    assert mask_loss(torch.full_like(true, 10), true) > 3 * right
    assert mask_loss(torch.full_like(true, -10), true) > 3 * right


def test_the_estimator_pulls_pictures_but_is_not_moved_itself(tiny):
    pictures = torch.rand(1, 3, 64, 64).requires_grad_()
    tiny.requires_grad_(False)
    terms = pose_consistency(tiny, pictures, POSES, SEEN)
    (
        sum(terms.values()) + perceptual_distance(tiny, pictures, torch.zeros(1, 3, 64, 64))
    ).backward()
    tiny.requires_grad_(True)
    assert pictures.grad is not None
    assert pictures.grad.abs().max() > 0
    assert all(part.grad is None for part in tiny.parameters())
    assert perceptual_distance(tiny, pictures, pictures) == 0


def test_agreement_is_measured_against_the_torso():
    true = sequence(np.repeat(STANDING[None], 4, 0))
    shifted = true.keypoints.copy()
    shifted[0, :] += [0.06 * TORSO, 0]
    shifted[1, JOINT["left_wrist"]] += [0.2 * TORSO, 0]
    found = PoseSequence(shifted, true.confidence, true.fps)
    assert correct_keypoints(found, true) == pytest.approx(1 - 1 / 72)
    assert correct_keypoints(found, true, share=0.05) == pytest.approx(1 - 19 / 72)
    assert joint_correctness(found, true)[JOINT["left_wrist"]] == pytest.approx(0.75)
    height = TORSO * 3.515
    expected = (18 * 0.06 * TORSO + 0.2 * TORSO) / 72 / height
    assert mean_pose_error(found, true) == pytest.approx(expected, rel=0.01)


def test_what_the_truth_does_not_show_does_not_count_and_what_was_missed_does():
    true = sequence(np.repeat(STANDING[None], 2, 0))
    hidden = true.confidence.copy()
    hidden[:, JOINT["nose"]] = 0
    true = PoseSequence(true.keypoints, hidden, true.fps)
    lost = hidden.copy()
    lost[0, JOINT["right_knee"]] = 0
    found = PoseSequence(true.keypoints, lost, true.fps)
    assert correct_keypoints(found, true) == pytest.approx(1 - 1 / 34)
    assert missed_joints(found, true) == pytest.approx(1 / 34)
    assert mean_pose_error(found, true) == 0
    assert np.isnan(joint_correctness(found, true)[JOINT["nose"]])
    with pytest.raises(RenderError, match="2 poses cannot be compared with 1"):
        correct_keypoints(found, sequence(STANDING[None]))
    with pytest.raises(RenderError, match="no joint"):
        mean_pose_error(PoseSequence(true.keypoints, 0 * lost, true.fps), true)


def test_a_mirrored_picture_of_true_maps_is_the_map_of_the_mirrored_pose():
    keypoints = POSES[:, MIRRORED] * torch.tensor([-1, 1]) + torch.tensor([1.0, 0])
    maps = draw_targets(keypoints, SEEN, 32)
    straight = draw_targets(POSES, SEEN, 32)
    assert torch.allclose(maps.mask, straight.mask.flip(-1), atol=1e-5)
    assert torch.allclose(maps.heatmaps, straight.heatmaps[:, MIRRORED].flip(-1), atol=1e-5)
