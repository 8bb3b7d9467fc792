"""The same dance by a body of other proportions, for tests of what a performer makes of it."""

from dataclasses import replace

import numpy as np

from music2pose.pose import JOINT, LIMBS, PoseSequence

LOWER_FOOT = [10, 13]


def in_other_proportions(poses: PoseSequence, factors: dict[str, float]) -> PoseSequence:
    """The same dance by a body with other limbs, its feet and hips where they were."""
    old, new = poses.keypoints.astype(float), poses.keypoints.astype(float)
    names = list(JOINT)
    for parent, child in LIMBS:
        factor = factors.get(names[child].rpartition("_")[2], 1.0)
        new[:, child] = new[:, parent] + factor * (old[:, child] - old[:, parent])
    for axis, place in ((0, lambda body: body[:, [8, 11], 0].mean(axis=1)),
                        (1, lambda body: body[:, LOWER_FOOT, 1].max(axis=1))):  # fmt: skip
        new[..., axis] += (place(old) - place(new))[:, None]
    return replace(poses, keypoints=new.astype(np.float32))


def somebody_else(poses: PoseSequence) -> PoseSequence:
    """The same dance by somebody of long legs and short arms, far off in a wide picture."""
    other = in_other_proportions(poses, {"knee": 1.3, "ankle": 1.3, "elbow": 0.8, "wrist": 0.75})
    keypoints = other.keypoints * np.float32(0.6) + np.array([0.9, 0.1], np.float32)
    return replace(other, keypoints=keypoints, aspect=16 / 9)


def some(poses: PoseSequence, stride: int) -> PoseSequence:
    """Every so manieth pose, so that no two that follow each other are alike."""
    return replace(
        poses, keypoints=poses.keypoints[::stride], confidence=poses.confidence[::stride]
    )
