"""What to believe of a body by the mean vectors that the network tells."""

import numpy as np

from music2pose.motion.motion import in_line

LEAST_SPREAD = 0.08
"""Radians by which the network is wrong at least, where it is sure."""
HEAD_SPREAD = 0.15
"""The same of the face."""
FACE_BONES = slice(14, 16)
USUAL_STEP = 0.25
"""How far, of its length, a bone moves to or from the viewer from frame to frame."""
LEAST_VARIANCE = 0.02
SURE_LENGTH, DOUBTED_LENGTH = 0.8, 0.5
"""Of a mean vector that is taken as it is, and of one that must be of two sides."""


def beliefs_of(found: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return unit directions and their spread in radians.

    The mean of unit vectors that differ by an angle is as much shorter than one: a vector of
    length r stands for a variance of (1 - r^2) / 2 along each of the two axes square on it.

    Shape:
        found: (T, 17, 3), the network's mean vectors
        returns: (T, 16, 3), (T, 16)
    """
    bones = found[:, :16]
    variance = (1 - np.square(bones).sum(-1)).clip(0, 1) / 2
    spread = np.sqrt(variance + LEAST_SPREAD**2)
    spread[:, FACE_BONES] = np.maximum(spread[:, FACE_BONES], HEAD_SPREAD)
    directions = in_line(bones)
    limbs = slice(0, FACE_BONES.start)
    directions[:, limbs] = in_line(_to_or_from(bones))[:, limbs]
    return directions, spread


def _to_or_from(bones: np.ndarray) -> np.ndarray:
    """Return mean vectors (T, 16, 3) made as long as bones by pointing to or from the viewer.

    Bones that point to or from the viewer look alike. Where the network is in doubt, the mean of
    both is neither: it lies across the view. One of the two is taken, the same from frame to frame
    until the bone really lies across the view or the network knows better: the cheapest course
    through time (Viterbi 1967).
    """
    across = np.square(bones[..., :2]).sum(-1)
    depth = np.sqrt((1 - across).clip(0, 1))
    doubt = np.maximum(1 - np.square(bones).sum(-1), LEAST_VARIANCE)
    gain = bones[..., 2] * depth / doubt  # by being right about the side, in either frame
    turned = np.square(depth[1:] + depth[:-1]) / (2 * USUAL_STEP**2)
    stayed = np.square(depth[1:] - depth[:-1]) / (2 * USUAL_STEP**2)
    side = _cheapest_sides(gain, turned - stayed)
    length = np.linalg.norm(bones, axis=-1)
    share = np.clip((SURE_LENGTH - length) / (SURE_LENGTH - DOUBTED_LENGTH), 0, 1)
    depth = (1 - share) * bones[..., 2] + share * side * depth
    return np.concatenate([bones[..., :2], depth[..., None]], axis=-1)


def _cheapest_sides(gain: np.ndarray, price: np.ndarray) -> np.ndarray:
    """Return the sides, 1 or -1, that cost least.

    Shape:
        gain: (T, N) what it is worth to be on side 1, and what it costs to be on the other
        price: (T - 1, N) of changing sides
        returns: (T, N)
    """
    ahead = np.zeros_like(gain)  # how much better side 1 is than the other, all until then
    ahead[0] = 2 * gain[0]
    for frame in range(1, len(gain)):
        ahead[frame] = 2 * gain[frame] + np.clip(
            ahead[frame - 1], -price[frame - 1], price[frame - 1]
        )
    side = np.where(ahead >= 0, 1.0, -1.0)
    for frame in range(len(gain) - 2, -1, -1):
        after = side[frame + 1] * price[frame]
        side[frame] = np.where(ahead[frame] + after >= 0, 1.0, -1.0)
    return side
