"""Pixels, fractions and canvases: what a file states, and what it leaves open."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from music2pose import MusicError
from music2pose.pose_files import load_poses
from tests.stand_in import STANDING

ASPECT = 16 / 9
ON_WIDE = STANDING + np.array([(ASPECT - 1) / 2, 0])
"""Somebody in the middle of a canvas of 16:9, in canvas heights."""


def frame(places: np.ndarray, **header: Any) -> dict[str, Any]:
    person = np.column_stack([places, np.ones(len(places))])
    return {"people": [{"pose_keypoints_2d": person.reshape(-1).tolist()}], **header}


def in_unit(unit: str) -> np.ndarray:
    fractions = ON_WIDE / [ASPECT, 1]
    return {"0..1": fractions, "-1..1": 2 * fractions - 1, "pixels": ON_WIDE * 1080}[unit]


def written(folder: Path, *frames: dict[str, Any]) -> Path:
    path = folder / "a.json"
    path.write_text(json.dumps(list(frames)))
    return path


@pytest.mark.parametrize("stated", [True, False])
@pytest.mark.parametrize("unit", ["0..1", "-1..1", "pixels"])
def test_every_unit_of_a_known_canvas_is_understood_and_fractions_are_said(
    tmp_path, caplog, unit, stated
):
    """OpenPose's --keypoint_scale 3, 4 and 0."""
    header = {"canvas_width": 1920, "canvas_height": 1080} if stated else {}
    path = written(tmp_path, frame(in_unit(unit), **header))
    poses = load_poses(path, 25, None if stated else (1920, 1080))
    assert poses.keypoints[0] == pytest.approx(ON_WIDE, abs=1e-5)
    assert poses.aspect == pytest.approx(ASPECT)
    assert ("fractions" in caplog.text) == (unit != "pixels")


@pytest.mark.parametrize(("unit", "said"), [("0..1", "from 0 to 1"), ("-1..1", "from -1 to 1")])
def test_fractions_of_an_unknown_canvas_are_refused(tmp_path, unit, said):
    with pytest.raises(MusicError, match=f"fractions {said} of a canvas .* give --canvas WxH"):
        load_poses(written(tmp_path, frame(in_unit(unit))), 25)


def test_pixels_of_an_unknown_canvas_are_placed_in_the_middle_and_it_is_said(tmp_path, caplog):
    poses = load_poses(written(tmp_path, frame(in_unit("pixels"))), 25)
    x = poses.keypoints[0, :, 0]
    assert x.min() + x.max() == pytest.approx(poses.aspect, abs=1e-5)
    assert "does not state its canvas; 1920x" in caplog.text


def test_pixels_of_a_smaller_picture_are_suspected(tmp_path, caplog):
    """OpenPose's --keypoint_scale 1 counts in the pixels of its network's input."""
    path = written(tmp_path, frame(ON_WIDE * 368))
    load_poses(path, 25, (1920, 1080))
    assert "never leaves the upper left quarter of the canvas" in caplog.text


def test_a_joint_of_a_small_fraction_outside_is_still_a_fraction(tmp_path):
    places = in_unit("0..1")
    places[4] = [-0.1, 1.2]
    header = {"canvas_width": 1920, "canvas_height": 1080}
    poses = load_poses(written(tmp_path, frame(places, **header)), 25)
    assert poses.keypoints[0, 4] == pytest.approx([-0.1 * ASPECT, 1.2], abs=1e-5)


def test_two_units_in_one_file_are_refused(tmp_path):
    path = written(tmp_path, frame(in_unit("pixels")), frame(in_unit("0..1")))
    with pytest.raises(MusicError, match="1 people in pixels and 1 in fractions"):
        load_poses(path, 25, (1920, 1080))


def test_a_dancer_outside_of_the_stated_canvas_in_every_frame_is_refused(tmp_path):
    path = written(tmp_path, frame(in_unit("pixels"), canvas_width=128, canvas_height=128))
    with pytest.raises(MusicError, match=r"outside of the canvas in every frame: x from 6\."):
        load_poses(path, 25)
