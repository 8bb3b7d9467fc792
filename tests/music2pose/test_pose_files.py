"""Poses survive being written and read, in our form and in OpenPose's."""

import json
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from music2pose import MusicError
from music2pose.pose import PoseSequence
from music2pose.pose_files import load_poses, save_poses
from tests.shared_data import SHARED, needs_shared
from tests.stand_in import STANDING, swaying


def person(x: float = 0.0, size: float = 1.0, confidence: float = 1.0) -> np.ndarray:
    """Somebody ``x`` pixels to the right, of ``size`` times 300 pixels, (18, 3)."""
    return np.column_stack([STANDING * 300 * size + [x, 0], np.full(18, confidence)])


def frame(*people: np.ndarray) -> dict[str, Any]:
    return {"people": [{"pose_keypoints_2d": body.reshape(-1).tolist()} for body in people]}


def document(*frames: dict[str, Any], **header: Any) -> dict[str, Any]:
    return {"fps": 25.0, "canvas_width": 300, "canvas_height": 300, "frames": list(frames)} | header


def written(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def half_seen(aspect: float = 1.0) -> PoseSequence:
    poses = swaying(7, 29.97, aspect=aspect)
    confidence = poses.confidence.copy()
    confidence[::2, 4] = 0.0
    confidence[:, 5] = 0.625
    return PoseSequence(poses.keypoints, confidence, poses.fps, aspect)


def same(poses: PoseSequence, read: PoseSequence, tolerance: float) -> None:
    seen = poses.confidence > 0
    assert read.keypoints[seen] == pytest.approx(poses.keypoints[seen], abs=tolerance)
    assert read.confidence == pytest.approx(poses.confidence, abs=tolerance)
    assert (read.fps, read.aspect) == pytest.approx((poses.fps, poses.aspect))


@pytest.mark.parametrize("aspect", [1.0, 16 / 9, 9 / 16, 4 / 3, 1.2345])
@pytest.mark.parametrize("name", ["dance.npz", "dance.json", "DANCE.JSON", "with space ü.npz"])
def test_what_is_saved_is_what_is_read(tmp_path, name, aspect):
    poses = half_seen(aspect)
    same(poses, load_poses(save_poses(poses, tmp_path / name)), 1e-5)
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_a_folder_of_one_file_a_frame_gives_the_dance_back(tmp_path):
    poses = half_seen(16 / 9)
    same(poses, load_poses(save_poses(poses, tmp_path / "frames")), 1e-5)
    assert len(list((tmp_path / "frames").iterdir())) == len(poses)
    same(swaying(2, 25), load_poses(save_poses(swaying(2, 25), tmp_path / "frames")), 1e-5)
    assert [file.name for file in tmp_path.iterdir()] == ["frames"]


def test_a_folder_of_other_things_is_never_replaced_by_poses(tmp_path):
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(MusicError, match="holds more than poses"):
        save_poses(swaying(2, 25), tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.txt"]


def test_json_is_in_pixels_of_a_canvas_of_the_right_aspect(tmp_path):
    content = json.loads(save_poses(swaying(2, 25, aspect=2.0), tmp_path / "a.json").read_text())
    assert (content["canvas_width"], content["canvas_height"]) == (1024, 512)
    nose = content["frames"][0]["people"][0]["pose_keypoints_2d"][:3]
    assert nose == pytest.approx([(0.5 + 0.5) * 512, 0.2 * 512, 1.0], abs=0.01)


@needs_shared
@pytest.mark.parametrize(
    ("name", "num_frames", "fps"), [("pose_1", 120, 30.0), ("walk_cam01", 100, 60.0)]
)
def test_the_keypoints_of_real_videos_are_read(name, num_frames, fps):
    assert SHARED
    poses = load_poses(SHARED / "data" / "video" / f"{name}.openpose18.json")
    assert (len(poses), poses.fps) == (num_frames, fps)
    nose, ankles = poses.keypoints[:, 0], poses.keypoints[:, [10, 13]]
    assert (nose[:, None, 1] < ankles[..., 1]).all()


def test_a_bare_list_of_frames_is_read_with_the_rate_given(tmp_path):
    path = written(tmp_path / "a.json", [frame(person())] * 3)
    poses = load_poses(path, fps=12)
    assert (len(poses), poses.fps) == (3, 12)
    with pytest.raises(MusicError, match="does not say its frame rate; give it with --fps"):
        load_poses(path)


def test_a_rate_in_the_file_counts_more_than_the_one_given(tmp_path):
    assert load_poses(written(tmp_path / "a.json", document(frame(person()))), fps=60).fps == 25


def test_fractions_of_the_canvas_are_understood(tmp_path):
    fractions = np.column_stack([STANDING * [0.5, 1.0], np.ones(18)])
    header = {"canvas_width": 600, "canvas_height": 300}
    path = written(tmp_path / "a.json", document(frame(fractions), **header))
    assert load_poses(path).keypoints[0] == pytest.approx(STANDING, abs=1e-5)


def test_without_a_canvas_the_dancer_stands_in_the_middle(tmp_path):
    frames = [frame(person(100)), frame(person(140))]
    poses = load_poses(written(tmp_path / "a.json", frames), fps=25)
    assert np.mean([poses.keypoints[..., 0].min(), poses.keypoints[..., 0].max()]) == pytest.approx(
        poses.aspect / 2
    )
    shoulder, hip = poses.keypoints[0, 2], poses.keypoints[0, 8]
    drawn = np.abs(shoulder - hip)
    assert drawn[0] / drawn[1] == pytest.approx(0.02 / 0.22, rel=1e-4)  # not stretched


def test_files_of_a_folder_follow_their_frame_numbers(tmp_path):
    for number in (2, 10, 1):
        written(tmp_path / f"clip_{number}_keypoints.json", frame(person(10.0 * number)))
    poses = load_poses(tmp_path, fps=25)
    x = poses.keypoints[poses.confidence[:, 0] > 0, 0, 0]
    assert np.diff(x) / (x[1] - x[0]) == pytest.approx([1, 8], rel=1e-4)


def test_body_25_is_read_by_its_joints(tmp_path):
    coco = person()
    body_25 = np.zeros((25, 3))
    body_25[[*range(8), *range(9, 19)]] = coco
    body_25[8] = body_25[19:] = 7.0
    path = written(tmp_path / "a.json", document(frame(body_25)))
    assert load_poses(path).keypoints[0] == pytest.approx(coco[:, :2] / 300, abs=1e-5)


def test_frames_without_people_are_frames_without_confidence(tmp_path):
    empty, hand = {"people": []}, {"people": [{"pose_keypoints_2d": []}, {"hand": 1}]}
    path = written(tmp_path / "a.json", document(frame(person()), empty, hand, frame(person())))
    assert (load_poses(path).confidence.max(axis=1) == [1, 0, 0, 1]).all()


NAN = frame(person()) | {"people": [{"pose_keypoints_2d": [float("nan")] * 54}]}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "cannot read .* as JSON"),
        ("{", "cannot read .* as JSON"),
        ("[" * 100_000, "cannot read .* as JSON"),
        (b"\xff\xfe\x00", "cannot read .* as JSON"),
        ("3", "holds no list of frames"),
        ([], "holds no list of frames"),
        ({"fps": 25}, "holds no list of frames"),
        (document(), "holds no list of frames"),
        (document(3), "frame 0: expected"),
        (document(frame(person()), {"people": 3}), "frame 1: expected"),
        (document({"people": [{"pose_keypoints_2d": [1.0] * 48}]}), "got 16 points"),
        (document({"people": [{"pose_keypoints_2d": ["a"] * 54}]}), "finite numbers"),
        (document({"people": [{"pose_keypoints_2d": [[1], [1, 2]]}]}), "finite numbers"),
        (document({"people": [{"pose_keypoints_2d": [1e300] * 54}]}), "finite numbers"),
        (document(NAN), "finite numbers"),
        (document(frame(person()), fps=0), "fps must be a positive number"),
        (document(frame(person()), fps="25"), "fps must be a positive number"),
        (document(frame(person()), canvas_width=-4), "canvas_width must be"),
        (document(frame(person()), canvas_height=True), "canvas_height must be"),
        (document(frame(person()), canvas_height=1e-300), "canvas_height must be 1 or more"),
    ],
)
def test_broken_json_is_explained_in_one_line(tmp_path, content, complaint):
    path = tmp_path / "a.json"
    path.write_bytes(content) if isinstance(content, bytes) else written(path, content)
    with pytest.raises(MusicError, match=complaint) as caught:
        load_poses(path, fps=25)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


class Spy:
    """Leaves a mark when it is unpickled."""

    called = False

    def __reduce__(self):
        return Spy.call, ()

    @staticmethod
    def call() -> None:
        Spy.called = True


def broken_npz(path: Path, how: str) -> None:
    poses = swaying(3, 25)
    good = {
        "keypoints": poses.keypoints, "confidence": poses.confidence, "fps": 25.0, "aspect": 1.0
    }  # fmt: skip
    wrong = {
        "without fps": {"keypoints": good["keypoints"], "confidence": good["confidence"]},
        "no frames": good | {"keypoints": np.zeros((0, 18, 2)), "confidence": np.zeros((0, 18))},
        "17 joints": good | {"keypoints": np.zeros((3, 17, 2))},
        "flat": good | {"keypoints": np.zeros(3)},
        "words": good | {"keypoints": np.full((3, 18, 2), "a")},
        "not finite": good | {"keypoints": np.full((3, 18, 2), np.inf)},
        "two rates": good | {"fps": np.array([25.0, 30.0])},
        "pickle inside": good | {"fps": np.array([Spy()], dtype=object)},
    }
    if how in wrong:
        np.savez(path, **wrong[how])
    elif how == "empty":
        path.touch()
    elif how == "text":
        path.write_text("no zip")
    elif how == "cut":
        np.savez(path, **good)
        path.write_bytes(path.read_bytes()[:-200])
    elif how == "pickle":
        path.write_bytes(pickle.dumps(Spy()))
    elif how == "huge":
        header = b"\x93NUMPY\x01\x00\x76\x00" + (
            b"{'descr': '<f4', 'fortran_order': False, 'shape': (999999999999, 18, 2), }".ljust(117)
            + b"\n"
        )
        with zipfile.ZipFile(path, "w") as archive:
            for name in ("keypoints", "confidence", "fps", "aspect"):
                archive.writestr(f"{name}.npy", header)


@pytest.mark.parametrize(
    "how",
    [
        "without fps", "no frames", "17 joints", "flat", "words", "not finite", "two rates",
        "pickle inside", "empty", "text", "cut", "pickle", "huge",
    ],
)  # fmt: skip
def test_broken_npz_is_explained_and_never_run(tmp_path, how):
    path = tmp_path / "a.npz"
    broken_npz(path, how)
    with pytest.raises(MusicError, match=r"a\.npz") as caught:
        load_poses(path)
    assert "\n" not in str(caught.value)
    assert not Spy.called


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("gone.npz", "no poses at"),
        ("poses.txt", "is no pose file"),
        ("folder", r"holds no \.json files"),
    ],
)
def test_paths_that_hold_no_poses_are_explained(tmp_path, name, complaint):
    (tmp_path / "poses.txt").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(MusicError, match=complaint):
        load_poses(tmp_path / name)


def test_saving_under_another_kind_of_name_is_refused(tmp_path):
    known = r"use a name in \.npz, \.json, \.bvh, \.glb, or without a suffix for a folder"
    with pytest.raises(MusicError, match=rf"cannot save poses as a\.gltf; {known}"):
        save_poses(swaying(2, 25), tmp_path / "a.gltf")


def test_a_save_that_fails_leaves_what_was_there(tmp_path, monkeypatch):
    path = save_poses(swaying(2, 25), tmp_path / "a.npz")
    before = path.read_bytes()

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", fail)
    with pytest.raises(OSError, match="No space"):
        save_poses(swaying(9, 25), path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["a.npz"]


def test_reading_poses_loads_no_reader_of_motion_capture(tmp_path):
    save_poses(swaying(5, 25), tmp_path / "dance.npz")
    code = (
        "import sys; from pathlib import Path; from music2pose.pose_files import load_poses;"
        "load_poses(Path(sys.argv[1])); print(*sys.modules)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "dance.npz")]
    root = Path(__file__).parents[2]
    loaded = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout
    assert "music2pose.pose" in loaded.split()
    assert not [name for name in loaded.split() if name.startswith("music2pose.motion")]
    assert "torch" not in loaded.split()
