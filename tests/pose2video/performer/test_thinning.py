"""A thinned performer is small and still has every kind of pose."""

import numpy as np
import pytest

from pose2video import RenderError
from pose2video.nearest.renderer import NearestRenderer
from pose2video.nearest.search import distances
from pose2video.performer.performer import Performer, load_performer
from pose2video.performer.thinning import most_different, thinned
from pose2video.pictures import at_frames
from tests.pose2video.made_performer import dancing, made_performer


@pytest.fixture(scope="module")
def performer(tmp_path_factory) -> Performer:
    return made_performer(tmp_path_factory.mktemp("performers") / "doll", 60, size=32)


def test_pictures_and_poses_stay_together(tmp_path, performer):
    small = thinned(performer, tmp_path / "small", 12, suffix=".png")
    assert len(small) == len(small.training) == 12 and small.name == performer.name
    found = [*NearestRenderer(performer, 32, 32, continuity=0).find(small.poses)]
    assert found == sorted(found) and max(found) < performer.validation_from
    assert np.array_equal(small.frames(range(12)), performer.frames(found))
    assert np.array_equal(small.poses.keypoints, performer.poses.keypoints[found])


def test_what_is_far_from_all_others_is_kept():
    """Of a dance that stands for nearly all its time, the few moves are what must be kept."""
    poses = dancing(200)
    poses.keypoints[:190] = poses.keypoints[0]
    assert {*range(190, 200)} <= {*most_different(poses, 11).tolist()}


def test_every_pose_has_a_kept_one_nearby_and_nearer_than_among_evenly_spaced_ones():
    poses = dancing(300, seed=3)
    poses.keypoints[:200] = poses.keypoints[0]

    def furthest(kept: np.ndarray) -> float:
        some = at_frames(poses, kept.tolist())
        far = distances(poses.keypoints, poses.confidence, some.keypoints, some.confidence)
        return float(far.min(axis=1).max())

    chosen = most_different(poses, 20)
    assert len(set(chosen.tolist())) == 20
    assert furthest(chosen) < 0.5 * furthest(np.linspace(0, 299, 20).astype(int))


def test_all_may_be_kept_and_runs_stay_runs(tmp_path, performer):
    count = len(performer.training)
    same = thinned(performer, tmp_path / "all", count, suffix=".png")
    assert same.starts == (0,) and len(same) == count
    some = thinned(performer, tmp_path / "some", 10, size=16)
    assert some.size == 16 and some.files[0].suffix == ".webp"
    assert some.starts[0] == 0 and len(some.starts) > 1


@pytest.mark.parametrize(("count", "size", "complaint"), [
    (0, None, "give 1 to 54"),
    (55, None, "give 1 to 54"),
    (5, 64, "cannot be shrunk to 64"),
    (5, 8, "give 16 to 32"),
])  # fmt: skip
def test_what_cannot_be_kept_is_explained(tmp_path, performer, count, size, complaint):
    with pytest.raises(RenderError, match=complaint):
        thinned(performer, tmp_path / "small", count, size)
    assert [*tmp_path.iterdir()] == []


def test_a_performer_is_not_thinned_in_its_own_place(tmp_path):
    whole = made_performer(tmp_path / "whole", 10, 32)
    with pytest.raises(RenderError, match="would lose its other pictures"):
        thinned(whole, whole.folder, 3, overwrite=True)
    assert len(load_performer(whole.folder)) == 10
