"""Write poses in OpenPose's form: one document, one file a frame, or ComfyUI's list."""

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from checkpoints.files import whole_folder
from music2pose import MusicError
from music2pose.pose import VISIBLE, PoseSequence

FRAME_FILE = "*_keypoints.json"


def openpose_document(poses: PoseSequence) -> dict[str, Any]:
    """Return ``poses`` in OpenPose's form, in pixels of a canvas at least 512 high."""
    width, height = _canvas(poses.aspect)
    values = np.concatenate([poses.keypoints * height, poses.confidence[..., None]], axis=-1)
    people = [frame.reshape(-1).round(3).tolist() for frame in values.astype(np.float64)]
    return {
        "fps": poses.fps,
        "canvas_width": width,
        "canvas_height": height,
        "frames": [{"people": [{"pose_keypoints_2d": person}]} for person in people],
    }


def comfy_document(poses: PoseSequence) -> list[dict[str, Any]]:
    """Return ``poses`` as ComfyUI's nodes exchange them (POSE_KEYPOINT): a list of frames.

    Those nodes draw only joints of confidence 1, so that each joint here has 1 or, not seen, 0.
    Each frame states the rate as well, for whoever reads it.
    """
    shown = (poses.confidence >= VISIBLE).astype(np.float32)
    keypoints = poses.keypoints * shown[..., None]
    document = openpose_document(replace(poses, keypoints=keypoints, confidence=shown))
    parts: dict[str, list[float]] = {
        "face_keypoints_2d": [], "hand_left_keypoints_2d": [], "hand_right_keypoints_2d": [],
    }  # fmt: skip
    people = [frame["people"] for frame in document.pop("frames")]
    return [
        {"people": [person | parts for person in found if is_seen], **document}
        for found, is_seen in zip(people, shown.max(axis=1) > 0, strict=True)
    ]


def save_folder(poses: PoseSequence, folder: Path) -> Path:
    """Write one file per frame; each also says canvas and fps, so nothing is lost."""
    if folder.exists() and set(folder.iterdir()) - set(folder.glob(FRAME_FILE)):
        raise MusicError(f"{folder} holds more than poses; give the name of a new folder")
    document = openpose_document(poses)
    header = {name: value for name, value in document.items() if name != "frames"}
    with whole_folder(folder) as partial:
        for index, frame in enumerate(document["frames"]):
            text = json.dumps({"version": 1.3, **header, **frame})
            (partial / f"poses_{index:012d}_keypoints.json").write_text(text)
    return folder


def _canvas(aspect: float) -> tuple[int, int]:
    """Return a width and height in whole pixels of exactly that aspect where there is one.

    >>> _canvas(1.0), _canvas(16 / 9)
    ((512, 512), (912, 513))
    """
    ratio = Fraction(aspect).limit_denominator(4096)
    scale = max(1, -(-512 // ratio.denominator))
    return max(1, ratio.numerator * scale), ratio.denominator * scale
