"""Our own form of poses: arrays in an ``.npz``."""

from pathlib import Path

import numpy as np

from checkpoints.arrays import one_number, read_arrays
from checkpoints.foreign import BROKEN_DATA, why
from music2pose import MusicError
from music2pose.keypoints.checked import checked_poses
from music2pose.pose import PoseSequence


def load_npz(path: Path) -> PoseSequence:
    """
    Raises:
        MusicError: the file holds no poses.
    """
    try:
        arrays = read_arrays(path)
        fps, aspect = one_number(arrays, "fps"), one_number(arrays, "aspect", 1.0)
        with np.errstate(over="ignore"):  # what becomes infinite is refused below
            keypoints, confidence = (
                arrays[name].astype(np.float32) for name in ("keypoints", "confidence")
            )
    except BROKEN_DATA as error:
        raise MusicError(
            f"cannot read poses from {path}: {why(error)}; it should be an .npz with "
            "keypoints (T, 18, 2), confidence (T, 18), fps and aspect"
        ) from error
    return checked_poses(path, keypoints, confidence, fps, aspect)


def write_npz(poses: PoseSequence, path: Path) -> None:
    with path.open("wb") as file:
        np.savez_compressed(
            file,
            keypoints=np.asarray(poses.keypoints, np.float32),
            confidence=np.asarray(poses.confidence, np.float32),
            fps=np.float64(poses.fps),
            aspect=np.float64(poses.aspect),
        )
