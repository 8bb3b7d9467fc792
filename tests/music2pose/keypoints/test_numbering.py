"""The number in the name of a frame's file says when it is."""

import json
from pathlib import Path

import numpy as np
import pytest

from music2pose import MusicError
from music2pose.keypoints.numbering import frame_numbers, timing
from music2pose.pose import PoseSequence
from music2pose.pose_files import load_poses
from tests.stand_in import STANDING


def folder_of(path: Path, names: dict[str, float]) -> Path:
    """Write a file for each name, with somebody so many pixels to the right."""
    path.mkdir(exist_ok=True)
    for name, x in names.items():
        person = np.column_stack([STANDING * 300 + [x, 0], np.ones(18)])
        text = json.dumps({"people": [{"pose_keypoints_2d": person.reshape(-1).tolist()}]})
        (path / f"{name}.json").write_text(text)
    return path


def seen_at(poses: PoseSequence) -> dict[int, float]:
    """Return pixels to the right by frame, of frames that show somebody."""
    nose = poses.keypoints[:, 0, 0] * 300 - 150
    return {int(k): round(float(nose[k]), 3) for k in np.flatnonzero(poses.confidence[:, 0])}


@pytest.mark.parametrize(
    ("numbers", "length", "first"),
    [
        ([*range(20), *range(30, 40)], 40, 0),
        ([1, 2, 3, 7], 7, 1),
        ([1001, 1002, 1004], 4, 1001),
        ([2, 10, 1], 10, 1),
    ],
)
def test_gaps_in_the_numbers_are_time(tmp_path, caplog, numbers, length, first):
    names = {f"clip_{number:012d}_keypoints": float(number % 50) for number in numbers}
    poses = load_poses(folder_of(tmp_path / "frames", names), 25, (300, 300))
    assert (len(poses), poses.fps) == (length, 25)
    assert seen_at(poses) == {number - first: float(number % 50) for number in numbers}
    assert f"lacks {length - len(numbers)} of {length} frames" in caplog.text
    assert ("begins with frame 1001" in caplog.text) == (first == 1001)


def test_every_fifth_frame_lasts_five(tmp_path, caplog):
    """OpenPose's --frame_step 5 leaves such numbers."""
    names = {f"clip_{5 * k:012d}_keypoints": float(k) for k in range(6)}
    poses = load_poses(folder_of(tmp_path / "frames", names), 30, (300, 300))
    assert (len(poses), poses.fps, poses.seconds) == (6, 6, 1)
    assert "one frame in 5" in caplog.text


@pytest.mark.parametrize(
    ("numbers", "offset"),
    [
        ([*range(10)], 0),
        ([*range(1, 11)], 1),
        ([*range(1, 10)], 0),
        ([*range(4, 10)], 0),
        ([*range(4, 11)], 1),
        ([1, 2, 3], 1),
        ([2, 3], 0),
    ],
)
def test_of_a_known_video_the_last_number_tells_whether_it_counts_from_0_or_1(numbers, offset):
    """A video of ten frames ends with number 9, or 10."""
    assert timing(numbers, Path("x"), num_frames=10).first == offset


@pytest.mark.parametrize(
    ("names", "numbers"),
    [
        (["a_000_keypoints_2d", "a_001_keypoints_2d"], [0, 1]),
        (["2024-01-05_f7_cam1", "2024-01-05_f9_cam1"], [7, 9]),
        (["b", "a"], [0, 1]),
        (["take2_9"], [9]),
    ],
)
def test_the_number_is_the_one_that_differs(names, numbers):
    assert frame_numbers(names, Path("x")) == numbers


@pytest.mark.parametrize(
    ("names", "complaint"),
    [
        (["a_0", "a_1", "b_0", "b_1"], "several files for one frame"),
        (["a_0", "a_1", "info"], "info has no frame number"),
        (["a_1699000000000", "a_1699000000033", "a_1699000000067"], "end in the number"),
        (["a_0", "a_7000001"], "numbers 2 frames from 0 to 7000001"),
        (["a_3", "a_90000000000000000000000000000001"], "numbers 2 frames from 3 to"),
    ],
)
def test_numbers_of_two_videos_and_of_no_frames_are_refused(tmp_path, names, complaint):
    folder = folder_of(tmp_path / "frames", dict.fromkeys(names, 0.0))
    with pytest.raises(MusicError, match=complaint):
        load_poses(folder, 25, (300, 300))


def test_a_file_of_several_frames_among_frames_is_refused(tmp_path):
    folder = folder_of(tmp_path / "frames", {"a_0": 0.0, "a_1": 0.0})
    one = json.loads((folder / "a_0.json").read_text())
    (folder / "a_2.json").write_text(json.dumps([one, one]))
    with pytest.raises(MusicError, match=r"a_2\.json holds 2 frames beside other files"):
        load_poses(folder, 25, (300, 300))
