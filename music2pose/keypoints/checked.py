"""What every file of poses must be true of, before it becomes a PoseSequence."""

from pathlib import Path

import numpy as np

from music2pose import MusicError
from music2pose.pose import PoseSequence


def checked_poses(
    path: Path, keypoints: np.ndarray, confidence: np.ndarray, fps: float, aspect: float
) -> PoseSequence:
    if keypoints.ndim == 0 or len(keypoints) == 0:
        raise MusicError(f"{path} holds no frames; at least one is needed")
    try:
        if keypoints.shape[:2] == confidence.shape:
            keypoints = np.where(confidence[..., None] > 0, keypoints, 0)
        return PoseSequence(keypoints, confidence.clip(0, 1), fps, aspect)
    except MusicError as error:
        raise MusicError(f"{path}: {error}") from error
