"""AIST++'s ``keypoints2d``: what nine cameras saw, in COCO's order."""

from pathlib import Path

import numpy as np

from checkpoints.foreign import BROKEN_DATA, why
from music2pose import MusicError
from music2pose.keypoints.bodies import COCO_17, coco_18
from music2pose.pose import PoseSequence
from music2pose.safe_pickle import load_pickle

AIST_FPS = 60.0
LARGEST = 1e6
"""Pixels; what is farther away, or no number, was not detected."""


def read_keypoints2d(path: Path, subject: int = 0) -> list[PoseSequence]:
    """Read one file of ``keypoints2d/``: what each of the nine cameras saw at 60 fps.

    Newer files hold a list with an array for each person on the picture, and 133 points of which
    the first 17 are the same. What was not detected gets confidence 0.
    """
    data = load_pickle(path)
    try:
        views = data["keypoints2d"]
        views = np.asarray(views[subject] if isinstance(views, list) else views, np.float64)
        return [_coco_poses(view[:, : len(COCO_17)]) for view in views]
    except MusicError as error:
        raise MusicError(f"{path}: {error}") from error
    except BROKEN_DATA as error:
        raise MusicError(
            f"{path} holds no AIST++ keypoints2d (9, N, 17, 3): {why(error)}"
        ) from error


def _coco_poses(points: np.ndarray, width: float = 1920, height: float = 1080) -> PoseSequence:
    """Return (N, 17, 3) pixels and confidences as poses."""
    values = coco_18(points, COCO_17)
    values[~(np.abs(values) < LARGEST).all(-1)] = 0
    return PoseSequence(
        (values[..., :2] / height).astype(np.float32),
        np.clip(values[..., 2], 0, 1).astype(np.float32),
        AIST_FPS,
        width / height,
    )
