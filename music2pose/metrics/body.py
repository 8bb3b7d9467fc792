"""Turn a PoseSequence into the joints that count, its torso length and the speed of its body.

Every measure of a dance is in body units: one unit is the dancer's own torso, so a measure does
not depend on how large or where on the canvas the dancer stands, nor on the frame rate.
"""

import numpy as np

from music2pose import MusicError
from music2pose.pose import JOINT, VISIBLE, PoseSequence, fill_unseen, in_short_gaps

STILL_SPEED = 0.15
"""Body units per second of mean body speed below which nobody would say that someone dances."""
SHORTEST_TORSO = 1e-3
"""Canvas heights; a body collapsed to a point is measured against this, not against zero."""


def seen_joints(poses: PoseSequence) -> tuple[np.ndarray, np.ndarray]:
    """Return the keypoints with short gaps bridged, and which of them count.

    Shape:
        returns: (T, 18, 2) float64 in canvas heights, and (T, 18) bool
    """
    keypoints = poses.keypoints.astype(np.float64)
    seen = poses.confidence >= VISIBLE
    bridged = in_short_gaps(seen, poses.fps)
    filled = fill_unseen(poses.keypoints, seen)
    return np.where(bridged[..., None], filled, keypoints), seen | bridged


def seen_torso_lengths(poses: PoseSequence) -> np.ndarray:
    """Return the distance from neck to mid-hip in the frames that show them, in canvas heights.

    Shape:
        returns: (S,), for S frames of T

    Raises:
        MusicError: no frame shows the neck and both hips.
    """
    parts = [JOINT["neck"], JOINT["right_hip"], JOINT["left_hip"]]
    shown = (poses.confidence[:, parts] >= VISIBLE).all(axis=1)
    if not shown.any():
        raise MusicError(
            f"none of the {len(poses)} frames shows the neck and both hips; a dance is measured "
            "against its torso: use poses in which the upper body is seen"
        )
    neck, right, left = np.moveaxis(poses.keypoints[shown][:, parts].astype(np.float64), 1, 0)
    return np.linalg.norm(neck - (right + left) / 2, axis=1)


def body_scale(poses: PoseSequence) -> float:
    """Return one body unit: the median torso length, in canvas heights."""
    return max(float(np.median(seen_torso_lengths(poses))), SHORTEST_TORSO)


def joint_speeds(poses: PoseSequence) -> np.ma.MaskedArray:
    """Return how fast each joint moves between frames, masked where either does not show it.

    Shape:
        returns: (T - 1, 18) body units per second; row t is at ``(t + 0.5) / fps`` seconds
    """
    keypoints, seen = seen_joints(poses)
    steps = np.linalg.norm(np.diff(keypoints, axis=0), axis=-1)
    speeds = steps * poses.fps / body_scale(poses)
    return np.ma.masked_array(speeds, mask=~(seen[1:] & seen[:-1]))


def body_speed(poses: PoseSequence) -> np.ndarray:
    """Return the mean speed of the joints that are seen.

    Moments that show no joint are bridged by a straight line.

    Shape:
        returns: (T - 1,) body units per second; row t is at ``(t + 0.5) / fps`` seconds
    """
    speeds = joint_speeds(poses)
    counts = speeds.count(axis=1)
    mean = speeds.filled(0).sum(axis=1) / np.maximum(counts, 1)
    known = np.flatnonzero(counts)
    if not known.size:
        return np.zeros(len(mean))
    return np.interp(np.arange(len(mean)), known, mean[known])


def mean_or_zero(values: np.ndarray) -> float:
    """Return the mean of values of any shape, 0 of none."""
    return float(values.mean()) if values.size else 0.0
