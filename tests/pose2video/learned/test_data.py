"""Batches of a performer: aligned with their poses however they are moved, and repeatable."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from music2pose.pose import JOINT, MIRRORED
from pose2video import RenderError
from pose2video.learned.data import ClipSampler, empty_stage, placed, run_of
from pose2video.performer.performer import Performer, PerformerRecord, save_performer
from pose2video.pictures import resized, to_pictures, to_tensor
from tests.pose2video.made_performer import COLORS, dancing, doll, made_performer


@pytest.fixture(scope="module")
def performer(tmp_path_factory) -> Performer:
    return made_performer(tmp_path_factory.mktemp("performers") / "doll", 30, 64)


def test_the_same_step_draws_the_same_batch(performer):
    sampler = ClipSampler([performer], 64, 3, 2, seed=1, mirror=True, placement=0.1)
    first, again, other = sampler.batch(4), sampler.batch(4), sampler.batch(5)
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first.pictures, other.pictures)
    assert first.keypoints.shape == (3, 2, 18, 2)
    assert first.pictures.shape == (3, 2, 3, 64, 64)
    assert first.references.shape == (3, 3, 64, 64)
    assert first.pictures.abs().max() <= 1


def test_held_out_frames_are_never_drawn(performer):
    sampler = ClipSampler([performer], 64, 16, 1, seed=0)
    held_out = to_tensor(performer.frames(performer.validation))
    for step in range(4):
        batch = sampler.batch(step)
        for picture in (*batch.pictures[:, -1], *batch.references):
            assert not (held_out == picture).flatten(1).all(1).any()


@pytest.fixture(scope="module")
def quick(tmp_path_factory) -> list[Performer]:
    """Two dolls, one on a pale stage, neither of whose poses is like the one before it."""
    performers = []
    for name, pale in (("doll", 0), ("pale", 120)):
        poses = dancing(400, seed=pale)
        poses = replace(poses, keypoints=poses.keypoints[::10], confidence=poses.confidence[::10])
        frames = [doll(keypoints, 64) for keypoints in poses.keypoints]
        for frame in frames:
            frame[:6] += np.uint8(pale)
        folder = tmp_path_factory.mktemp("performers") / name
        performers.append(
            save_performer(
                folder, poses, frames, PerformerRecord(name, "test", "MIT", starts=(0, 17))
            )
        )
    return performers


SIDES = (
    (("right", "right"), ("left", "left")),
    (("right", "left"), ("left", "right")),
)
"""Side of the keypoints, and of the limb's colour there: as it is, and in a mirror."""


def is_painted(picture: torch.Tensor, place: torch.Tensor, colour: tuple[int, int, int]) -> bool:
    """Return whether a picture (3, S, S) has about that colour at a place, (2,) fractions."""
    column, row = (place * picture.shape[-1]).long().clamp(0, 63).tolist()
    return bool((picture[:, row, column] - (torch.tensor(colour) / 127.5 - 1)).abs().max() < 0.3)


def test_each_picture_of_a_batch_shows_its_own_pose(quick):
    """Hands and feet have their colours where the keypoints say; in a mirror, each other's."""
    sampler = ClipSampler(quick, 64, 4, 3, seed=0, mirror=True, placement=0.05)
    shares: dict[bool, list[float]] = {False: [], True: []}
    for step in range(6):
        batch = sampler.batch(step)
        for pictures, keypoints in zip(batch.pictures, batch.keypoints, strict=True):
            share = {
                is_mirrored: np.mean(
                    [
                        is_painted(picture, pose[JOINT[f"{side}_{end}"]], COLORS[shown])
                        for picture, pose in zip(pictures, keypoints, strict=True)
                        for side, shown in SIDES[is_mirrored]
                        for end in ("wrist", "ankle")
                    ]
                )
                for is_mirrored in (False, True)
            }
            found = max(share, key=lambda is_mirrored: share[is_mirrored])
            shares[found].append(float(share[found]))
    for found in shares.values():
        assert len(found) > 5
        assert np.mean(found) > 0.85  # some hands are behind another limb


def test_frames_of_a_run_follow_each_other_in_one_video(quick):
    """The frame before is the stored one before, or itself at a start; never another dancer's."""
    sampler = ClipSampler(quick, 64, 6, 3, seed=0)
    for step in range(3):
        batch = sampler.batch(step)
        for keypoints, pictures, reference in zip(
            batch.keypoints, batch.pictures, batch.references, strict=True
        ):
            (who,) = [performer for performer in quick if number_of(performer, keypoints[2]) >= 0]
            last = number_of(who, keypoints[2])
            before = int(who.previous[last])
            numbers = [int(who.previous[before]), before, last]
            assert [number_of(who, pose) for pose in keypoints] == numbers
            assert torch.equal(pictures, to_tensor(who.frames(numbers)))
            stored = to_tensor(who.frames(who.training))
            assert (stored == reference).flatten(1).all(1).any()


def number_of(performer: Performer, keypoints: torch.Tensor) -> int:
    """Return the number of the performer's frame in that very pose, -1 if there is none."""
    found = (performer.poses.keypoints == keypoints.numpy()).all((1, 2))
    return int(found.argmax()) if found.any() else -1


def test_devices_that_train_together_see_different_pictures(quick):
    first, second = (ClipSampler(quick, 64, 2, 1, seed=0, rank=rank).batch(0) for rank in (0, 1))
    assert not torch.equal(first.pictures, second.pictures)


def test_a_run_stops_at_a_cut(performer, tmp_path):
    poses = dancing(6)
    frames = performer.frames(range(6))
    cut = save_performer(
        tmp_path / "cut", poses, frames, PerformerRecord("doll", "test", "MIT", starts=(0, 3))
    )
    assert run_of(cut, 5, 3) == [3, 4, 5]
    assert run_of(cut, 4, 3) == [3, 3, 4]


def spots(keypoints: np.ndarray, size: int) -> np.ndarray:
    """Draw a soft white spot at each joint of one pose, (size, size, 3) uint8."""
    centres = (np.arange(size) + 0.5) / size
    picture = np.zeros((size, size))
    for x, y in keypoints:
        square = (centres[None] - x) ** 2 + (centres[:, None] - y) ** 2
        picture = np.maximum(picture, np.exp(-0.5 * square / 0.015**2))
    return np.repeat((255 * picture).astype(np.uint8)[..., None], 3, axis=2)


def test_a_moved_picture_and_its_moved_pose_stay_together_to_a_fraction_of_a_pixel():
    poses = dancing(1)
    rng = np.random.default_rng(3)
    picture = spots(poses.keypoints[0, [JOINT["nose"]]], 128)
    for _ in range(5):
        moved, pose = placed(picture[None], poses, 0.1, rng)
        weight = moved[0, ..., 0].astype(float)
        rows, columns = np.indices(weight.shape) + 0.5
        found = np.array([(weight * columns).sum(), (weight * rows).sum()]) / weight.sum() / 128
        assert np.abs(found - pose.keypoints[0, JOINT["nose"]]).max() < 0.1 / 128


def test_a_mirrored_run_shows_the_mirrored_pose(performer):
    plain = ClipSampler([performer], 64, 1, 1, seed=0)
    mirrored = ClipSampler([performer], 64, 1, 1, seed=0, mirror=True)
    seen = set()
    for step in range(8):
        a, b = plain.batch(step), mirrored.batch(step)
        is_mirrored = not torch.equal(a.pictures, b.pictures)
        seen.add(is_mirrored)
        if is_mirrored:
            assert torch.equal(a.pictures.flip(-1), b.pictures)
            assert torch.allclose(1 - a.keypoints[..., MIRRORED, 0], b.keypoints[..., 0])
    assert seen == {True, False}


def test_the_empty_stage_shows_nobody(tmp_path):
    poses = dancing(60)
    walk = 0.22 * np.sin(np.arange(60) / 8)[:, None]
    poses.keypoints[..., 0] += walk.astype(np.float32)
    frames = [doll(keypoints, 64) for keypoints in poses.keypoints]
    walker = save_performer(
        tmp_path / "walker", poses, frames, PerformerRecord("doll", "test", "MIT")
    )
    stage = to_pictures(empty_stage(walker, 64))[0].astype(int)
    empty = doll(poses.keypoints[0] + 5, 64).astype(int)
    differs = np.abs(stage - empty).max(-1) > 2
    assert differs[:50].mean() < 0.005  # below, the shadow lies
    assert (np.abs(frames[0] - empty).max(-1) > 2)[:50].mean() > 0.05


def test_pictures_survive_the_way_to_tensors_and_back():
    pictures = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3), np.uint8)
    assert np.array_equal(to_pictures(to_tensor(pictures)), pictures)
    assert resized(pictures, 4).shape == (2, 4, 4, 3)


def test_a_performer_of_one_frame_is_too_little(performer, tmp_path):
    one = save_performer(
        tmp_path / "one", dancing(1), performer.frames([0]), PerformerRecord("doll", "test", "MIT")
    )
    with pytest.raises(RenderError, match="longer video"):
        ClipSampler([one], 64, 1, 1, seed=0)
