"""A network paints each pose in its performer's body, and goes on from its own last frame."""

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch

from checkpoints import CheckpointError
from checkpoints.store import load_model
from music2pose.pose import PoseSequence
from pose2video.draw import reframed
from pose2video.learned.generator import NETWORKS, PICTURE_PRESETS, PictureGenerator
from pose2video.learned.networks import GeneratorInput
from pose2video.learned.renderer import LearnedRenderer, paint_poses
from pose2video.nadsnet.estimator import PoseEstimator
from pose2video.nadsnet.train import find_poses
from pose2video.pictures import at_frames, to_pictures
from pose2video.renderer import RenderOptions, load_renderer
from pose2video.retarget import measure_build, retarget_poses
from tests.pose2video.made_performer import dancing
from tests.pose2video.other_bodies import some, somebody_else

SURE = 0.3
"""Confidence from which the pose estimator is believed."""


def tiny(kind: str, **changes: object) -> PictureGenerator:
    torch.manual_seed(0)
    network = PictureGenerator(replace(PICTURE_PRESETS["tiny"], kind=kind, **changes)).eval()
    if kind == "spade":
        torch.nn.init.normal_(network.codes)
    return network


@cache
def shipped(kind: str) -> LearnedRenderer:
    renderer = load_renderer(kind, RenderOptions(96, 96))
    assert isinstance(renderer, LearnedRenderer)
    return renderer


def shown_to(network: PictureGenerator) -> list[GeneratorInput]:
    """Return a list to which everything is added that the network is shown from now on."""
    seen: list[GeneratorInput] = []
    network.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    return seen


def distance(found: np.ndarray, confidence: np.ndarray, poses: PoseSequence) -> float:
    """Return how far joints that were found are from those of ``poses``, in picture heights."""
    return float(np.median(np.linalg.norm(found - poses.keypoints, axis=-1)[confidence > SURE]))


@pytest.mark.parametrize("kind", NETWORKS)
def test_what_ships_paints_its_performer_in_the_pose_of_each_frame(kind):
    """Somebody of other build, small and aside, is danced by the performer, on its own stage."""
    renderer, dance = shipped(kind), somebody_else(dancing(60))
    fitted = some(retarget_poses(dance, renderer.generator.config.build), 12)
    frames = np.stack([*renderer.render(some(dance, 12), 0)])
    estimator = load_model(PoseEstimator, "checkpoints/pose_estimator", "cpu")
    resized = np.stack([f.repeat(4, 0).repeat(4, 1)[1::3, 1::3] for f in frames])  # 96 to 128
    found, confidence = find_poses(estimator, resized)
    assert (confidence > SURE).mean() > 0.85
    near = distance(found, confidence, fitted)
    late = replace(fitted, keypoints=np.roll(fitted.keypoints, 1, axis=0))
    assert near < 0.03
    assert near < 0.7 * distance(found, confidence, late)
    assert near < 0.25 * distance(found, confidence, reframed(some(dance, 12), 1.0))


@pytest.mark.parametrize("kind", NETWORKS)
def test_a_network_is_shown_limbs_as_long_as_its_performers(kind):
    build = measure_build(dancing(60))
    network = tiny(kind, build=build)
    seen = shown_to(network)
    frames = [*LearnedRenderer(network, 64, 64).render(somebody_else(dancing(60, seed=3)), 0)]
    assert len(frames) == 60
    shown = torch.cat([given.keypoints for given in seen])[-60:].numpy()
    body = measure_build(PoseSequence(shown, np.ones(shown.shape[:2], np.float32), 25.0))
    assert body.lengths == pytest.approx(build.lengths, rel=0.03)
    assert body.floor == pytest.approx(build.floor, abs=0.01)


def test_a_network_without_a_performer_is_shown_the_dance_whole_and_unstretched():
    network, dance = tiny("vanilla"), somebody_else(dancing(10))
    seen = shown_to(network)
    assert len([*LearnedRenderer(network, 64, 64).render(dance, 0)]) == 10
    shown = torch.cat([given.keypoints for given in seen]).numpy()
    assert np.array_equal(shown, reframed(dance, 1.0).keypoints)
    assert shown.min() > 0 and shown.max() < 1


@torch.inference_mode()
def test_each_frame_is_painted_over_the_one_before():
    """As the network itself does it, called by hand; and what it is shown of itself matters."""
    network = shipped("gan").generator
    poses = some(dancing(30), 10)
    keypoints, confidence = torch.tensor(poses.keypoints), torch.tensor(poses.confidence)

    def painted(k: int, previous: torch.Tensor | None) -> torch.Tensor:
        return network(
            GeneratorInput(keypoints[k : k + 1], confidence[k : k + 1], previous)
        ).pictures

    first = painted(0, painted(0, None))
    second = painted(1, first)
    third = painted(2, second)
    by_hand = np.concatenate([to_pictures(picture) for picture in (first, second, third)])
    assert np.array_equal(np.stack([*paint_poses(network, poses)]), by_hand)
    for other in (None, first):
        assert (painted(2, other) - third).abs().max() > 0.1  # of 2


def test_frames_that_are_painted_together_keep_their_poses():
    network, poses = tiny("vanilla"), dancing(11)
    seen = shown_to(network)
    frames = [*paint_poses(network, poses)]
    assert len(frames) == 11
    shown = torch.cat([given.keypoints for given in seen])
    assert np.array_equal(shown.numpy(), poses.keypoints)
    (alone,) = paint_poses(network, at_frames(poses, [10]))
    assert np.abs(frames[10].astype(int) - alone).max() <= 1


def test_joints_that_nobody_saw_are_not_shown_as_seen():
    network, poses = tiny("gan", build=measure_build(dancing(20))), dancing(4)
    poses.confidence[1, 4] = 0
    seen = shown_to(network)
    assert len([*LearnedRenderer(network, 64, 64).render(poses, 0)]) == 4
    confidence = torch.cat([given.confidence for given in seen[1:]])
    assert np.array_equal(confidence.numpy(), poses.confidence)


def test_a_seed_picks_the_look_for_the_whole_video():
    network = tiny("spade", num_looks=3)
    seen = shown_to(network)
    for seed, look in ((0, 0), (1, 1), (2, 2), (4, 1)):
        seen.clear()
        assert len([*LearnedRenderer(network, 64, 64).render(dancing(9), seed)]) == 9
        codes = torch.cat([given.code for given in seen])
        assert torch.equal(codes, network.codes[look].expand(9, -1))


def test_a_picture_that_is_not_square_shows_the_square_one_in_its_middle():
    network = tiny("vector")
    poses = dancing(2)
    square = [*LearnedRenderer(network, 64, 64).render(poses, 0)]
    wide = [*LearnedRenderer(network, 100, 64).render(poses, 0)]
    assert wide[1].shape == (64, 100, 3)
    assert np.array_equal(wide[1][:, 18:82], square[1])


@pytest.mark.parametrize(
    "changes",
    [
        {"size": 0}, {"size": 10**6}, {"width": 0}, {"width": 10**6}, {"width": 48.0},
        {"code_channels": -1}, {"num_looks": 10**9}, {"build": 3}, {"build": [1]}, {"build": {}},
        {"build": {"lengths": [1.0], "middle": 0.5, "reach": 0.1, "neck": 0.4, "floor": 0.9}},
        {"build": {"lengths": ["x"] * 17, "middle": 0, "reach": 0, "neck": 0, "floor": 0}},
        {"build": {"lengths": [1e9] * 17, "middle": 0, "reach": 0, "neck": 0, "floor": 0}},
    ],
    ids=str,
)  # fmt: skip
def test_absurd_sizes_and_builds_are_refused(tmp_path, changes):
    PictureGenerator(PICTURE_PRESETS["tiny"]).save_pretrained(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | changes))
    with pytest.raises(CheckpointError, match="does not hold a PictureGenerator"):
        load_model(PictureGenerator, tmp_path)
