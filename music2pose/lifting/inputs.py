"""What the lifting network is told of keypoints: their shape, without place and size."""

import numpy as np
from scipy.ndimage import uniform_filter1d

from music2pose.motion.motion import BONES, ROOT, Body, body_lengths
from music2pose.pose import JOINT, NUM_JOINTS, VISIBLE

LIFTING_FPS = 25.0
"""Frames a second at which bodies are lifted."""
NUM_INPUTS = 3 * NUM_JOINTS + 2
SIZE_REACH = 40
"""Frames to either side over which a body's size in the picture is measured, 1.6 s."""
FEWEST_SEEN = 4
"""Joints; a frame that shows less shows nobody."""
_WAY_GAIN = 10.0
"""Brings a step of the hips from frame to frame, in metres, to the size of the other inputs."""
_MEASURED = [bone for bone in BONES if bone[0] != ROOT]
_HIPS = [JOINT["right_hip"], JOINT["left_hip"]]


def network_inputs(keypoints: np.ndarray, confidence: np.ndarray) -> np.ndarray:
    """Return what the network reads: joints around the hips in metres, confidence, the hips' way.

    Shape:
        keypoints: (..., T, 18, 2) any unit, y down; confidence: (..., T, 18)
        returns: (..., T, NUM_INPUTS) float32
    """
    seen = confidence >= VISIBLE
    size = picture_size(keypoints, seen)[..., None]
    middle = body_middle(keypoints, seen)
    around = (keypoints - middle[..., None, :]) / size[..., None] * seen[..., None] * [1, -1]
    known = np.any(seen, axis=-1, keepdims=True)
    way = np.zeros_like(middle)
    both = known[..., 1:, :] & known[..., :-1, :]
    way[..., 1:, :] = np.diff(middle, axis=-2) / size[..., 1:, :] * both * _WAY_GAIN
    around = around.reshape(*around.shape[:-2], -1)
    inputs = np.concatenate([around, confidence * seen, way], axis=-1)
    return np.clip(inputs, -5, 5).astype(np.float32)


def somebody_seen(confidence: np.ndarray) -> np.ndarray:
    """Return whether a frame shows somebody at all: (T, 18) -> (T,) bool."""
    return (confidence >= VISIBLE).sum(-1) >= FEWEST_SEEN


def body_middle(keypoints: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Return the middle of the hips, or of whatever else is seen, (..., T, 2)."""
    weight = np.where(seen, 1e-6, 1e-12)
    weight[..., _HIPS] = np.where(seen[..., _HIPS], 1.0, 1e-12)
    return (keypoints * weight[..., None]).sum(-2) / weight.sum(-1, keepdims=True)


def picture_size(keypoints: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Return how large a metre at the dancer is in the picture, (..., T).

    The lengths of all bones seen within ``SIZE_REACH`` are compared with those of ``Body()``: one
    bone is foreshortened now and then, all of them seldom.
    """
    start, end = np.array(_MEASURED).T
    shown = seen[..., start] & seen[..., end]
    found = np.linalg.norm(keypoints[..., start, :] - keypoints[..., end, :], axis=-1) * shown
    usual = body_lengths(Body())[[k for k, bone in enumerate(BONES) if bone[0] != ROOT]]
    window = 2 * SIZE_REACH + 1
    found, known = (
        uniform_filter1d(total, window, axis=-1, mode="constant")
        for total in (found.sum(-1), (shown * usual).sum(-1))
    )
    ratio = np.maximum(found, 1e-9) / np.maximum(known, 1e-9)
    return np.where(known > 1e-6, ratio / MEAN_SHOWN, 1.0)


MEAN_SHOWN = 0.8
"""How long a bone looks on average, against its length, being turned to or from the viewer."""
