"""Pose files whose numbers or sizes are absurd are refused in one line, at once."""

import json
import os
import re
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest

from music2pose import MusicError
from music2pose.pose_files import load_poses
from tests.stand_in import swaying

BODY = [round(float(value), 3) for value in np.random.default_rng(0).uniform(1, 400, 54)]


@pytest.fixture(autouse=True)
def warnings_are_faults():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def arrays() -> dict[str, np.ndarray]:
    poses = swaying(10, 5)
    return {
        "keypoints": poses.keypoints, "confidence": poses.confidence,
        "fps": np.array(10.0), "aspect": np.array(1.0),
    }  # fmt: skip


ARRAY_FAULTS = {
    "fps of a thousand seconds": {"fps": np.array(1e-3)},
    "fps beyond all floats": {"fps": np.array(1e-300)},
    "fps that is none": {"fps": np.array(np.nan)},
    "several fps": {"fps": np.ones(4)},
    "fps in words": {"fps": np.array("25")},
    "an endless canvas": {"aspect": np.array(1e300)},
    "a canvas without width": {"aspect": np.array(0.0)},
    "joints far beyond": {"keypoints": np.full((50, 18, 2), 1e300)},
    "joints a thousand canvases away": {"keypoints": np.full((50, 18, 2), 2e3)},
    "joints in words": {"keypoints": np.full((50, 18, 2), "x")},
    "complex joints": {"keypoints": np.full((50, 18, 2), 1j)},
    "one number": {"keypoints": np.array(3.0)},
    "no frames": {"keypoints": np.ones((0, 18, 2)), "confidence": np.ones((0, 18))},
    "other frames": {"confidence": np.ones((7, 18))},
    "hours": {
        "keypoints": np.ones((40_000, 18, 2), "f2"),
        "confidence": np.ones((40_000, 18), "?"),
    },
}


@pytest.mark.parametrize("fault", ARRAY_FAULTS)
def test_absurd_arrays_are_said(tmp_path, fault):
    np.savez_compressed(tmp_path / "a.npz", **(arrays() | ARRAY_FAULTS[fault]))
    with pytest.raises(MusicError) as caught:
        load_poses(tmp_path / "a.npz")
    assert "a.npz" in str(caught.value) and len(str(caught.value)) < 400


@pytest.mark.parametrize("name", ["fps", "keypoints", "confidence"])
def test_arrays_that_lack_are_said(tmp_path, name):
    np.savez(tmp_path / "a.npz", **{key: value for key, value in arrays().items() if key != name})
    with pytest.raises(MusicError, match="cannot read poses"):
        load_poses(tmp_path / "a.npz")


def test_an_archive_that_claims_more_than_it_has_is_said(tmp_path):
    np.savez(tmp_path / "whole.npz", **arrays())
    with (
        zipfile.ZipFile(tmp_path / "whole.npz") as whole,
        zipfile.ZipFile(tmp_path / "a.npz", "w") as changed,
    ):
        for name in whole.namelist():
            changed.writestr(name, re.sub(rb"\(\d+, 18", b"(999, 18", whole.read(name)))
    with pytest.raises(MusicError, match="claims another shape than it has"):
        load_poses(tmp_path / "a.npz")


def person(points: object) -> dict:
    return {"fps": 10, "canvas_width": 400, "canvas_height": 400,
            "frames": [{"people": [{"pose_keypoints_2d": points}]}]}  # fmt: skip


JSON_FAULTS = [
    person(3), person([[]]), person([[[[1]]]]), person("abc"), person({"a": 1}),
    person([1e400] * 54),
    person([None] * 54), person([10**30] * 54), person([True] * 53), person([[1, 2], [3]]),
    person(BODY) | {"fps": 1e-9}, person(BODY) | {"fps": 10**30}, person(BODY) | {"fps": "25"},
    person(BODY) | {"fps": [25]}, person(BODY) | {"canvas_width": 1e-300},
    {"frames": [3]}, {"frames": [[]]}, {"frames": {"people": []}}, {"frames": None}, [], {}, 3, "x",
    {"people": 3}, {"people": [[[]]]}, [{"people": [{}]}], {"images": 3}, {"images": [{"id": {}}]},
    {"images": [{"id": []}], "annotations": [{"image_id": {}}]}, [{"image_id": {}}],
    [{"image_id": "1" * 5000, "keypoints": BODY[:51]}], [{"image_id": [1], "keypoints": 3}],
    {"meta_info": 3, "instance_info": [3]}, {"a.png": {"people": 3}},
    {"categories": [{"keypoints": 3}]},
]  # fmt: skip


@pytest.mark.parametrize("content", JSON_FAULTS, ids=lambda content: json.dumps(content)[:40])
def test_absurd_documents_are_said(tmp_path, content):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(content))
    with pytest.raises(MusicError) as caught:
        load_poses(path, fps=10)
    assert "a.json" in str(caught.value) and len(str(caught.value)) < 500


@pytest.mark.parametrize("text", ["[" * 100_000, "[" * 90 + "]" * 90, '{"frames": [' + "9" * 5000])
def test_documents_without_bottom_are_said(tmp_path, text):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(MusicError, match="cannot read"):
        load_poses(tmp_path / "a.json")


@pytest.mark.parametrize("suffix", [".npz", ".json", ".pkl"])
@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_pipes_and_devices_are_not_waited_for(tmp_path, suffix, kind):
    path = tmp_path / f"a{suffix}"
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    with pytest.raises(MusicError, match=f"it is a {kind}, not a file"):
        load_poses(path)


def test_a_folder_with_a_pipe_in_it_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a_1.json")
    with pytest.raises(MusicError, match="it is a pipe"):
        load_poses(tmp_path, fps=10)


def test_a_crowd_of_thousands_is_read_in_a_moment(tmp_path):
    rng = np.random.default_rng(0)
    crowd = rng.uniform(0, 400, (3, 2000, 18, 3)).round(1)
    crowd[..., 2] = 0.9
    frames = [{"people": [{"pose_keypoints_2d": body.ravel().tolist()} for body in frame]}
              for frame in crowd]  # fmt: skip
    path = Path(tmp_path / "a.json")
    path.write_text(json.dumps({"fps": 10, "canvas_width": 400, "canvas_height": 400,
                                "frames": frames}))  # fmt: skip
    assert len(load_poses(path)) == 3
