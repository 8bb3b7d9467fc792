"""The joint orders that programs write bodies in, and our eighteen joints from any of them."""

from collections.abc import Mapping

import numpy as np

from music2pose.pose import JOINT, JOINTS, NUM_JOINTS

COCO_17 = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder",
    "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip",
    "left_knee", "right_knee", "left_ankle", "right_ankle",
)  # fmt: skip
BODY_25 = (
    *JOINTS[:8], "middle_hip", *JOINTS[8:], "left_big_toe", "left_small_toe", "left_heel",
    "right_big_toe", "right_small_toe", "right_heel",
)  # fmt: skip
"""OpenPose's newer body model."""
HALPE_26 = (
    *COCO_17, "head", "neck", "middle_hip", "left_big_toe", "right_big_toe", "left_small_toe",
    "right_small_toe", "left_heel", "right_heel",
)  # fmt: skip
"""AlphaPose's body with feet (Fang et al. 2022)."""

ORDERS: Mapping[int, tuple[str, ...]] = {
    17: COCO_17,
    18: JOINTS,
    25: BODY_25,
    26: HALPE_26,
    68: HALPE_26,
    133: COCO_17,
    136: HALPE_26,
}
"""How the points of a body begin, by their number; hands and faces follow in the larger ones."""
ORDER_NAMES = "17 (COCO), 18 (COCO-18), 25 (BODY_25), 26, 68, 136 (Halpe) or 133 (COCO-WholeBody)"


def coco_18(points: np.ndarray, order: tuple[str, ...]) -> np.ndarray:
    """Return our joints of bodies in another order; what that does not have is all zero.

    Where it has no neck, that is the middle of the shoulders, as sure as the less sure of them.

    Shape:
        points: (..., at least len(order), 3), x, y and confidence
        returns: (..., 18, 3)
    """
    body = np.zeros((*points.shape[:-2], NUM_JOINTS, 3))
    for index, name in enumerate(order):
        if name in JOINT:
            body[..., JOINT[name], :] = points[..., index, :]
    if "neck" not in order:
        shoulders = body[..., [JOINT["left_shoulder"], JOINT["right_shoulder"]], :]
        body[..., JOINT["neck"], :2] = shoulders[..., :2].mean(-2)
        body[..., JOINT["neck"], 2] = shoulders[..., 2].min(-1)
    return body
