"""Our own form of poses: arrays in an ``.npz``."""

import zipfile
import zlib
from pathlib import Path

import numpy as np

from checkpoints import first_line
from music2pose import MusicError
from music2pose.keypoints.checked import checked_poses
from music2pose.pose import PoseSequence

BROKEN_NPZ = (
    ValueError,
    TypeError,
    KeyError,
    OSError,
    EOFError,
    MemoryError,
    zipfile.BadZipFile,
    zlib.error,
)


def load_npz(path: Path) -> PoseSequence:
    try:
        with np.load(path, allow_pickle=False) as file:
            fps, aspect = float(file["fps"]), float(file["aspect"]) if "aspect" in file else 1.0
            keypoints = file["keypoints"].astype(np.float32)
            confidence = file["confidence"].astype(np.float32)
    except BROKEN_NPZ as error:
        raise MusicError(
            f"cannot read poses from {path}: {first_line(error)}; it should be an .npz with "
            "keypoints (T, 18, 2), confidence (T, 18), fps and aspect"
        ) from error
    return checked_poses(path, keypoints, confidence, fps, aspect)


def write_npz(poses: PoseSequence, path: Path) -> None:
    with path.open("wb") as file:
        np.savez_compressed(
            file,
            keypoints=poses.keypoints.astype(np.float32),
            confidence=poses.confidence.astype(np.float32),
            fps=np.float64(poses.fps),
            aspect=np.float64(poses.aspect),
        )
