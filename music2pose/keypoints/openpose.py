"""Write poses in OpenPose's form, as one document or one file a frame."""

import json
import os
import shutil
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from music2pose import MusicError
from music2pose.pose import PoseSequence

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


def save_folder(poses: PoseSequence, folder: Path) -> Path:
    """Write one file per frame; each also says canvas and fps, so nothing is lost."""
    if folder.exists() and set(folder.iterdir()) - set(folder.glob(FRAME_FILE)):
        raise MusicError(f"{folder} holds more than poses; give the name of a new folder")
    document = openpose_document(poses)
    header = {name: value for name, value in document.items() if name != "frames"}
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name[:40]}.") as made:
        whole = Path(made) / folder.name
        whole.mkdir()
        for index, frame in enumerate(document["frames"]):
            text = json.dumps({"version": 1.3, **header, **frame})
            (whole / f"poses_{index:012d}_keypoints.json").write_text(text)
        if folder.exists():
            shutil.rmtree(folder)
        os.replace(whole, folder)
    return folder


def _canvas(aspect: float) -> tuple[int, int]:
    """Return a width and height in whole pixels of exactly that aspect where there is one.

    >>> _canvas(1.0), _canvas(16 / 9)
    ((512, 512), (912, 513))
    """
    ratio = Fraction(aspect).limit_denominator(4096)
    scale = max(1, -(-512 // ratio.denominator))
    return max(1, ratio.numerator * scale), ratio.denominator * scale
