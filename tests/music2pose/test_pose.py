"""A pose sequence says where a dancer is at any time, and refuses what is no dance."""

import numpy as np
import pytest

from music2pose import MusicError
from music2pose.pose import JOINT, JOINTS, LIMBS, MIRRORED, PoseSequence, mirrored
from tests.stand_in import swaying


def moving(position, fps: float = 10.0) -> PoseSequence:
    """Every joint at x = y = position(t)."""
    keypoints = np.tile(np.asarray(position, np.float32)[:, None, None], (1, 18, 2))
    return PoseSequence(keypoints, np.ones(keypoints.shape[:2], np.float32), fps)


def test_left_mirrors_right_and_back():
    for joint, name in enumerate(JOINTS):
        other = JOINTS[MIRRORED[joint]]
        assert MIRRORED[MIRRORED[joint]] == joint
        assert other.replace("left", "right") == name.replace("left", "right")
        assert (other == name) == ("left" not in name and "right" not in name)


def test_limbs_make_one_body():
    reached = {JOINT["neck"]}
    for start, end in LIMBS:
        assert start in reached
        reached.add(end)
    assert reached == set(range(18))


def test_a_mirrored_dance_mirrored_again_is_the_dance():
    poses = swaying(5, 25, aspect=16 / 9)
    twice = mirrored(mirrored(poses))
    assert twice.keypoints == pytest.approx(poses.keypoints, abs=1e-6)
    assert mirrored(poses).keypoints[:, JOINT["left_wrist"], 0] == pytest.approx(
        16 / 9 - poses.keypoints[:, JOINT["right_wrist"], 0], abs=1e-6
    )


@pytest.mark.parametrize("fps", [7.0, 25.0, 29.97, 60.0])
def test_a_steady_walk_is_as_steady_at_any_rate(fps):
    poses = moving(np.arange(20) / 10).resampled(fps)
    times = np.arange(len(poses)) / fps
    inside = (times >= 0.1) & (times <= 1.8)  # the first and last frame are held
    assert poses.keypoints[inside, 0, 0] == pytest.approx(times[inside], abs=1e-5)
    assert poses.seconds == pytest.approx(2.0, abs=0.5 / fps)


def test_frame_k_shows_the_time_k_over_fps():
    times = np.arange(40) / 10
    poses = moving(np.sin(times)).resampled(25)
    assert poses.keypoints[3:90, 0, 0] == pytest.approx(np.sin(np.arange(3, 90) / 25), abs=2e-3)


def test_the_last_pose_is_held_to_the_end_of_a_longer_song():
    poses = moving(np.arange(5) / 10).resampled(10, num_frames=9)
    assert poses.keypoints[4:, 0, 0] == pytest.approx([0.4] * 5)


def test_a_joint_that_is_not_seen_does_not_pull_its_neighbours_in_time():
    poses = moving(np.full(5, 0.5))
    poses.keypoints[2, 3], poses.confidence[2, 3] = 99.0, 0.0
    finer = poses.resampled(40)
    assert finer.keypoints[:, 3] == pytest.approx(np.full_like(finer.keypoints[:, 3], 0.5))
    assert finer.confidence[8, 3] == 0


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"keypoints": np.zeros((4, 17, 2))}, "keypoints must be"),
        ({"confidence": np.ones((3, 18))}, "confidence must be"),
        ({"keypoints": np.full((4, 18, 2), np.nan)}, "must be finite"),
        ({"fps": 0.0}, "fps must be a positive number"),
        ({"aspect": -1.0}, "aspect must be a positive number"),
        ({"fps": float("inf")}, "fps must be"),
    ],
)
def test_what_is_no_dance_is_refused(change, complaint):
    good = {"keypoints": np.zeros((4, 18, 2)), "confidence": np.ones((4, 18)), "fps": 25.0}
    with pytest.raises(MusicError, match=complaint):
        PoseSequence(**(good | change))


def test_a_long_dance_is_interpolated_as_its_pieces_are(rng):
    keypoints = rng.random((6000, 18, 2)).astype(np.float32)
    long = PoseSequence(keypoints, np.ones((6000, 18), np.float32), fps=10.0)
    found = long.resampled(25.0).keypoints
    for first in (
        0,
        1630,
        4090,
        5900,
    ):  # in frames of the long one; a piece is exact from its 2nd on
        piece = PoseSequence(keypoints[first : first + 100], long.confidence[:100], fps=10.0)
        times = np.arange(1.0, 9.0, 0.04)
        expected = piece.at_times(times, 25.0).keypoints
        begin = round(first * 2.5) + 25
        np.testing.assert_allclose(found[begin : begin + 200], expected, atol=1e-6)
