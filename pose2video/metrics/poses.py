"""How well one sequence of poses agrees with the true one."""

import numpy as np

from music2pose.metrics.body import body_scale
from music2pose.motion.motion import Body
from music2pose.pose import VISIBLE, PoseSequence
from pose2video import RenderError

HEIGHT_OF_TORSO = Body().height / Body().torso
"""Height of a standing average body, in torso lengths."""


def joint_errors(found: PoseSequence, true: PoseSequence) -> np.ndarray:
    """Return how far each joint is from where it should be, in canvas heights.

    Joints that the truth does not show are NaN; those that were not found are infinitely far.

    Shape:
        returns: (T, 18)

    Raises:
        RenderError: the sequences differ in length.
    """
    if len(found) != len(true):
        raise RenderError(
            f"{len(found)} poses cannot be compared with {len(true)}; give as many as there are "
            "frames"
        )
    offset = found.keypoints.astype(np.float64) - true.keypoints
    errors = np.linalg.norm(offset, axis=-1)
    errors[found.confidence < VISIBLE] = np.inf
    errors[true.confidence < VISIBLE] = np.nan
    return errors


def correct_keypoints(found: PoseSequence, true: PoseSequence, share: float = 0.1) -> float:
    """Return the share of the true joints that were found near enough (PCK).

    Args:
        share: how near, in torso lengths of the true dancer (median over the frames).

    Raises:
        RenderError: the sequences differ in length, or the truth shows no joint.
    """
    errors = _true_joints(joint_errors(found, true))
    return float((errors < share * body_scale(true)).mean())


def mean_pose_error(found: PoseSequence, true: PoseSequence) -> float:
    """Return the mean distance of joints from their true places, as a share of the body's height.

    The height is that of an average body with the torso of the true dancer. Joints that were not
    found are left out; ``missed_joints`` counts them.

    Raises:
        RenderError: the sequences differ in length, or no joint of the truth was found.
    """
    errors = _true_joints(joint_errors(found, true))
    errors = errors[np.isfinite(errors)]
    if not errors.size:
        raise RenderError("no joint of the dancer was found; is anybody in the picture?")
    return float(errors.mean() / (body_scale(true) * HEIGHT_OF_TORSO))


def missed_joints(found: PoseSequence, true: PoseSequence) -> float:
    """Return the share of the true joints that were not found at all."""
    return float(np.isinf(_true_joints(joint_errors(found, true))).mean())


def _true_joints(errors: np.ndarray) -> np.ndarray:
    shown = errors[~np.isnan(errors)]
    if not shown.size:
        raise RenderError("the true poses show no joint to compare with; give poses of a dancer")
    return shown
