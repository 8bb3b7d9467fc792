"""Go from one pose to another without melting the body: bones turn, they do not shrink.

A picture shows a bone shorter where it points at the viewer or away. So each bone is given the
depth that its length in the picture lacks, turned in space, and shown again.
"""

import numpy as np

from music2pose.motion.motion import BONES, ROOT, hip_centre
from music2pose.pose import JOINT

FACE = [JOINT[name] for name in ("nose", "right_eye", "left_eye", "right_ear", "left_ear")]
LINES = [JOINT[f"{side}_{part}"] for side in ("right", "left") for part in ("shoulder", "hip")]
"""Ends of the lines across the body, which narrow when it turns; all other bones are limbs."""
LEAST_DEPTH = 0.25
"""Share of a bone's length that it points at the viewer at least, so that from one side to the
opposite one it swings through the front, always the same way."""


def blended(one: np.ndarray, other: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return poses between those of two dances, every joint of which must have a place.

    Bones turn about the shortest way. The lower foot is as far on its way as the weight says, and
    so are the hips sideways, so that nobody sinks into the floor.

    Shape:
        one, other: (T, 18, 2) canvas heights
        weight: (T,), 0 is ``one`` and 1 ``other``
        returns: (T, 18, 2) float64
    """
    one, other = one.astype(np.float64), other.astype(np.float64)
    share = weight[:, None]
    roots = hip_centre(one), hip_centre(other)
    result = np.empty_like(one)
    root = (1 - share) * roots[0] + share * roots[1]
    for parent, child in BONES:
        bones = [
            pose[:, child] - (start if parent == ROOT else pose[:, parent])
            for pose, start in zip((one, other), roots, strict=True)
        ]
        between = _narrowed if child in LINES else _turned
        start = root if parent == ROOT else result[:, parent]
        result[:, child] = start + between(bones[0], bones[1], share)
    neck = JOINT["neck"]
    looks = [pose[:, FACE] - pose[:, [neck]] for pose in (one, other)]
    result[:, FACE] = result[:, [neck]] + _narrowed(looks[0], looks[1], share[..., None])
    standing = (1 - weight) * lower_foot(one) + weight * lower_foot(other)
    result[..., 1] += (standing - lower_foot(result))[:, None]
    return result


def lower_foot(keypoints: np.ndarray) -> np.ndarray:
    """Return how far down the canvas the lower ankle of (T, 18, 2) keypoints is, (T,)."""
    return keypoints[:, [JOINT["right_ankle"], JOINT["left_ankle"]], 1].max(axis=1)


def _narrowed(one: np.ndarray, other: np.ndarray, share: np.ndarray) -> np.ndarray:
    return (1 - share) * one + share * other


def _turned(one: np.ndarray, other: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return a bone between two of its views (T, 2), turned in space at an even rate.

    Shape:
        share: (T, 1)
    """
    longest = np.linalg.norm([one, other], axis=-1).max(initial=1e-6)
    solid = [_with_depth(bone, longest) for bone in (one, other)]
    lengths = [np.linalg.norm(bone, axis=1, keepdims=True) for bone in solid]
    first, last = (bone / length for bone, length in zip(solid, lengths, strict=True))
    angle = np.arccos(np.clip((first * last).sum(axis=1, keepdims=True), -1, 1))
    angle = np.maximum(angle, 1e-6)
    direction = np.sin((1 - share) * angle) * first + np.sin(share * angle) * last
    length = (1 - share) * lengths[0] + share * lengths[1]
    return (length * direction / np.sin(angle))[:, :2]


def _with_depth(bone: np.ndarray, longest: float) -> np.ndarray:
    """Return a bone (T, 2) in space, (T, 3), its last part towards the viewer."""
    missing = longest**2 - (bone**2).sum(axis=1, keepdims=True)
    return np.hstack([bone, np.sqrt(np.maximum(missing, (LEAST_DEPTH * longest) ** 2))])
