"""What every file of poses must be true of, before it becomes a PoseSequence."""

from pathlib import Path

import numpy as np

from music2pose import MusicError
from music2pose.pose import FPS_RANGE, LONGEST_SECONDS, VISIBLE, PoseSequence

ASPECT_RANGE = (0.05, 20.0)
FARTHEST = 1000.0
"""Canvas heights in which all of a dancer lies."""


def checked_poses(
    path: Path, keypoints: np.ndarray, confidence: np.ndarray, fps: float, aspect: float
) -> PoseSequence:
    """Return the poses of a file, those of joints that are not seen at 0.

    Shape:
        keypoints: (T, 18, 2), in canvas heights
        confidence: (T, 18)

    Raises:
        MusicError: they are no poses, or nobody is seen on the canvas in any frame.
    """
    if keypoints.ndim == 0 or len(keypoints) == 0:
        raise MusicError(f"{path} holds no frames; at least one is needed")
    try:
        if keypoints.shape[:2] == confidence.shape:
            keypoints = np.where(confidence[..., None] > 0, keypoints, 0)
        poses = PoseSequence(keypoints, confidence.clip(0, 1), fps, aspect)
    except MusicError as error:
        raise MusicError(f"{path}: {error}") from error
    _check_numbers(poses, path)
    seen = poses.keypoints[poses.confidence >= VISIBLE]
    if not len(seen):
        raise MusicError(f"{path} shows nobody in any of its {len(poses)} frames")
    if not ((seen >= 0) & (seen <= [aspect, 1])).all(axis=1).any():
        low, high = seen.min(axis=0), seen.max(axis=0)
        raise MusicError(
            f"{path} shows the dancer outside of the canvas in every frame: x from {low[0]:.2f} to "
            f"{high[0]:.2f} of {aspect:.2f}, y from {low[1]:.2f} to {high[1]:.2f} of 1; is the "
            "size of its canvas right?"
        )
    return poses


def _check_numbers(poses: PoseSequence, path: Path) -> None:
    """Make sure that what a file says can be counted with, its length before all."""
    for name, (low, high) in (("fps", FPS_RANGE), ("aspect", ASPECT_RANGE)):
        if not low <= (value := getattr(poses, name)) <= high:
            raise MusicError(f"{path}: {name} is {value:g}; it must be {low:g} to {high:g}")
    if poses.seconds > LONGEST_SECONDS:
        raise MusicError(
            f"{path} lasts {poses.seconds:.0f} s; at most {LONGEST_SECONDS:g} s (an hour) are read"
        )
    if np.abs(poses.keypoints).max() > FARTHEST:
        raise MusicError(
            f"{path} has joints more than {FARTHEST:g} canvas heights away; they should be in "
            "canvas heights"
        )
