"""People are read as OpenPose, ComfyUI, AlphaPose, MMPose and COCO write them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from music2pose import MusicError
from music2pose.keypoints.bodies import COCO_17, HALPE_26
from music2pose.pose import JOINT, JOINTS, PoseSequence
from music2pose.pose_files import load_poses, save_poses
from tests.stand_in import STANDING, swaying

SIDE = 300
NECKLESS = [name for name in JOINTS if name in COCO_17]


def body(order: tuple[str, ...], count: int, x: float = 0.0) -> np.ndarray:
    """Somebody on a canvas of 300 pixels in an order of joints, (count, 3); others lie at 7."""
    points = np.full((count, 3), 7.0)
    for index, name in enumerate(order):
        if name in JOINT:
            points[index] = [*(STANDING[JOINT[name]] * SIDE + [x, 0]), 0.8]
    return points


def row(order: tuple[str, ...] = COCO_17, count: int = 17, x: float = 0.0) -> list[float]:
    return body(order, count, x).reshape(-1).tolist()


def read(path: Path, content: Any, fps: float | None = 10) -> PoseSequence:
    path.write_text(json.dumps(content))
    return load_poses(path, fps, (SIDE, SIDE))


def alphapose(numbers: list[int], **more: Any) -> list[dict[str, Any]]:
    return [
        {"image_id": f"{n}.jpg", "category_id": 1, "keypoints": row(x=n), "score": 2.9, **more}
        for n in numbers
    ]


def mmpose(*bodies: np.ndarray) -> list[dict[str, Any]]:
    return [
        {
            "keypoints": points[:, :2].tolist(),
            "keypoint_scores": points[:, 2].tolist(),
            "bbox": [[0, 0, 9, 9]],
            "bbox_score": 0.9,
        }
        for points in bodies
    ]


def whole() -> np.ndarray:
    return body(COCO_17, 17)


FORMS: dict[str, Callable[[], Any]] = {
    "OpenPose, one picture": lambda: {
        "version": 1.3,
        "people": [{"person_id": [-1], "pose_keypoints_2d": row(JOINTS, 18)}],
    },
    "OpenPose before 2018": lambda: [{"people": [{"pose_keypoints": row(JOINTS, 18)}]}],
    "OpenPose 0.1": lambda: [{"bodies": [{"joints": row(JOINTS, 18)}]}],
    "COCO-17 as OpenPose": lambda: [{"people": [{"pose_keypoints_2d": row()}]}],
    "ComfyUI": lambda: [
        {
            "people": [{"pose_keypoints_2d": row(JOINTS, 18), "face_keypoints_2d": None}],
            "canvas_height": SIDE,
            "canvas_width": SIDE,
        }
    ],
    "AlphaPose": lambda: alphapose([0], box=[1, 2, 3, 4], idx=[0.0]),
    "AlphaPose, Halpe 26": lambda: [{"image_id": "0.jpg", "keypoints": row(HALPE_26, 26)}],
    "AlphaPose, Halpe 136": lambda: [{"image_id": "0.jpg", "keypoints": row(HALPE_26, 136)}],
    "COCO-WholeBody": lambda: [{"image_id": "0.jpg", "keypoints": row(COCO_17, 133)}],
    "AlphaPose as OpenPose": lambda: {
        "0.jpg": {"version": "AlphaPose v0.3", "people": [{"pose_keypoints_2d": row(JOINTS, 18)}]}
    },
    "AlphaPose as CMU": lambda: {
        "0.jpg": {"version": "AlphaPose v0.3", "bodies": [{"joints": row(JOINTS, 18)}]}
    },
    "COCO results": lambda: [{"image_id": 0, "category_id": 1, "keypoints": row(), "score": 1.0}],
    "COCO annotation": lambda: {
        "images": [{"id": 17, "file_name": "a_0.jpg", "width": SIDE, "height": SIDE}],
        "annotations": [{"id": 1, "image_id": 17, "keypoints": row()}],
        "categories": [{"id": 1, "name": "person", "keypoints": list(COCO_17)}],
    },
    "MMPose, a picture": lambda: mmpose(whole()),
    "MMPose, frames": lambda: [{"frame_id": 0, "instances": mmpose(whole())}],
    "MMPose with its names": lambda: {
        "meta_info": {"keypoint_id2name": {str(k): n for k, n in enumerate(HALPE_26)}},
        "instance_info": [{"frame_id": 1, "instances": mmpose(body(HALPE_26, 26))}],
    },
    "MMPose without its names": lambda: {
        "instance_info": [{"frame_id": 1, "instances": mmpose(body(COCO_17, 133))}]
    },
}


@pytest.mark.parametrize("form", FORMS)
def test_a_body_is_read_from_every_form(tmp_path, form):
    poses = read(tmp_path / "a.json", FORMS[form]())
    assert (len(poses), poses.fps, poses.aspect) == (1, 10, 1)
    ids = [JOINT[name] for name in NECKLESS]
    assert poses.keypoints[0, ids] == pytest.approx(STANDING[ids], abs=1e-5)
    assert poses.keypoints[0, JOINT["neck"]] == pytest.approx([0.5, 0.28], abs=1e-5)
    assert poses.confidence[0] == pytest.approx(np.full(18, 0.8))


@pytest.mark.parametrize("form", FORMS)
def test_a_folder_may_hold_one_picture_of_any_form_a_file(tmp_path, form):
    for number in range(3):
        (tmp_path / f"x_{number}.json").write_text(json.dumps(FORMS[form]()))
    assert len(load_poses(tmp_path, 10, (SIDE, SIDE))) == 3


def test_pictures_that_a_list_of_people_leaves_out_show_nobody(tmp_path):
    """AlphaPose lists whom it found, and counts a video's frames from 0."""
    poses = read(tmp_path / "a.json", alphapose([9, 2, 3, 10, 4]))
    assert (poses.confidence[:, 0] > 0).nonzero()[0].tolist() == [2, 3, 4, 9, 10]
    assert poses.keypoints[[2, 10], 0, 0] * SIDE == pytest.approx([152, 160])


def test_pictures_with_long_names_keep_their_own_people(tmp_path):
    names = [f"{'dance' * 12}_{k}" for k in range(3)]
    content = {
        "images": [{"id": name, "width": SIDE, "height": SIDE} for name in names],
        "annotations": [
            {"image_id": name, "keypoints": row(x=10 * k)} for k, name in enumerate(names)
        ],
    }
    poses = read(tmp_path / "a.json", content)
    assert poses.keypoints[:, 0, 0] * SIDE == pytest.approx([150, 160, 170])


def test_pictures_of_two_cameras_are_not_one_dance(tmp_path):
    people = [{"image_id": f"cam{k % 2}/{k // 2}.jpg", "keypoints": row()} for k in range(6)]
    with pytest.raises(MusicError, match="several files for one frame"):
        read(tmp_path / "a.json", people)


@pytest.mark.parametrize("first", [0, 1])
def test_mmposes_frames_count_from_0_or_1(tmp_path, first):
    frames = [
        {"frame_id": first + k, "instances": mmpose(body(COCO_17, 17, x=k)) if k != 2 else []}
        for k in range(5)
    ]
    poses = read(tmp_path / "a.json", {"instance_info": frames})
    assert poses.keypoints[:, 0, 0] * SIDE == pytest.approx([150, 151, 0, 153, 154])


def test_the_track_of_a_tracker_is_followed(tmp_path):
    """Two of one size change places between frames, too far to walk."""
    entries = []
    for n in range(6):
        places = (0, 500) if n < 4 else (500, 0)
        for track, x in enumerate(places):
            score = 0.9 - 0.2 * track
            points = body(COCO_17, 17, x)
            points[:, 2] = score
            entries.append(
                {"image_id": f"{n}.jpg", "keypoints": points.reshape(-1).tolist(), "idx": track}
            )
    (tmp_path / "a.json").write_text(json.dumps(entries))
    poses = load_poses(tmp_path / "a.json", 10, (900, SIDE))
    assert poses.keypoints[:, 0, 0] * SIDE == pytest.approx([150] * 4 + [650] * 2)


def test_what_is_written_for_comfyui_is_what_its_nodes_draw(tmp_path):
    """They skip joints whose confidence is below 1, and divide by the canvas."""
    poses = swaying(3, 12.5, aspect=2.0)
    poses.confidence[:] = 0.7
    poses.confidence[1, 4] = 0.05
    poses.confidence[2] = 0
    path = save_poses(poses, tmp_path / "a.comfy.json")
    frames = json.loads(path.read_text())
    assert [(f["canvas_width"], f["canvas_height"], len(f["people"])) for f in frames] == [
        (1024, 512, 1), (1024, 512, 1), (1024, 512, 0),
    ]  # fmt: skip
    points = np.array(frames[1]["people"][0]["pose_keypoints_2d"]).reshape(18, 3)
    assert set(frames[1]["people"][0]) == {
        "pose_keypoints_2d", "face_keypoints_2d", "hand_left_keypoints_2d",
        "hand_right_keypoints_2d",
    }  # fmt: skip
    assert points[4].tolist() == [0, 0, 0] and (np.delete(points[:, 2], 4) == 1).all()
    assert points[0, :2] / 512 == pytest.approx(poses.keypoints[1, 0], abs=1e-4)
    again = load_poses(path)
    assert (len(again), again.fps, again.aspect) == (3, 12.5, 2)
    assert again.keypoints[0] == pytest.approx(poses.keypoints[0], abs=1e-4)


def test_comfyuis_frames_may_be_of_several_sizes_but_of_one_shape(tmp_path):
    frames = [
        {
            "people": [{"pose_keypoints_2d": (body(JOINTS, 18) * [k, k, 1]).reshape(-1).tolist()}],
            "canvas_width": SIDE * k,
            "canvas_height": SIDE * k,
        }
        for k in (1, 2, 1)
    ]
    assert read(tmp_path / "a.json", frames).keypoints[1] == pytest.approx(STANDING, abs=1e-5)
    frames[1]["canvas_width"] = 900
    with pytest.raises(MusicError, match=r"canvases of several shapes, 900x600 among .* 1.000:1"):
        read(tmp_path / "b.json", frames)


@pytest.mark.parametrize("count", [1, 16, 21])
def test_other_numbers_of_points_are_refused_with_what_is_known(tmp_path, count):
    with pytest.raises(MusicError, match=rf"17 \(COCO\), 18 .*, got {count} points"):
        read(tmp_path / "a.json", [{"people": [{"keypoints": [1.0] * 3 * count}]}])


def test_another_bodys_names_and_three_dimensions_are_refused(tmp_path):
    names = {"0": "root", "1": "right_hip", "2": "right_knee"}
    content = {"meta_info": {"keypoint_id2name": names}, "instance_info": mmpose(whole()[:3])}
    with pytest.raises(MusicError, match="joints of another body, without left_ankle"):
        read(tmp_path / "a.json", content)
    deep = [{"keypoints": np.ones((17, 4)).tolist(), "keypoint_scores": [1.0] * 17}]
    with pytest.raises(MusicError, match="must hold x, y and confidence of each point"):
        read(tmp_path / "b.json", deep)


@pytest.mark.parametrize("people", [[], [{"face_keypoints_2d": [1.0] * 210}],
                                    [{"pose_keypoints_2d": [5.0, 5.0, 0.0] * 18}]])  # fmt: skip
def test_nobody_in_any_frame_is_no_dance(tmp_path, people):
    with pytest.raises(MusicError, match="shows nobody in any of its 4 frames"):
        read(tmp_path / "a.json", [{"people": people}] * 4)
    with pytest.raises(MusicError, match="shows nobody in any of its 4 frames"):
        load_poses(tmp_path / "a.json", 10)


def test_nobody_in_any_frame_of_an_npz_is_no_dance_either(tmp_path):
    poses = swaying(4, 25)
    poses.confidence[:] = 0.1
    with pytest.raises(MusicError, match="shows nobody in any of its 4 frames"):
        load_poses(save_poses(poses, tmp_path / "a.npz"))
