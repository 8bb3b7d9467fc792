"""Turn the joints that a motion file has, whatever they are called, into our eighteen."""

import re

import numpy as np
from scipy.ndimage import gaussian_filter1d, minimum_filter1d

from music2pose import MusicError
from music2pose.motion.motion import FACE, Body, body_frame, leg_length, place_face
from music2pose.pose import JOINT, JOINTS, NUM_JOINTS

LIMB_JOINTS = tuple(name for name in JOINTS if name not in FACE and name != "neck")
"""The twelve joints that every format must have; the rest is worked out from them."""

SIDES = ("left", "right")
_SYNONYMS = {
    "shoulder": ("upperarm", "uparm", "arm", "shldr", "shoulder", "humerus"),
    "elbow": ("forearm", "lowerarm", "lowarm", "elbow", "radius"),
    "wrist": ("wrist", "hand"),
    "hip": ("upleg", "upperleg", "thigh", "femur", "hip"),
    "knee": ("lowerleg", "lowleg", "shin", "calf", "knee", "tibia", "leg"),
    "ankle": ("ankle", "foot"),
}
"""What files call the joint at the start of a limb's part, the surest name first."""


def assemble(
    limbs: dict[str, np.ndarray], head: np.ndarray, frame: np.ndarray, head_to_ears: float = 0.06
) -> np.ndarray:
    """Return (T, 18, 3) joints in metres, at any height, from what a format gives.

    Shape:
        limbs: (T, 3) for each of ``LIMB_JOINTS``, any unit, y up
        head: (T, 3), the top of the neck, same unit
        frame: (T, 3, 3), the head's left, up and forward
        head_to_ears: metres from ``head`` up to the middle of the ears
    """
    joints = np.zeros((len(head), NUM_JOINTS, 3))
    for name in LIMB_JOINTS:
        joints[:, JOINT[name]] = limbs[name]
    joints[:, JOINT["neck"]] = (limbs["left_shoulder"] + limbs["right_shoulder"]) / 2
    length = leg_length(joints)
    if not length > 0:
        raise MusicError("the legs have no length: hips, knees and ankles stand in one place")
    scale = Body().leg / length
    joints *= scale
    place_face(joints, head * scale + frame[..., 1] * head_to_ears, frame)
    return joints


STANDS_ON = {"ankle": Body().ankle_height, "knee": 0.06, "wrist": 0.05, "hip": 0.10, "ear": 0.10}
"""Height in metres of a joint above the floor when the body rests on that part."""
FLOOR_SECONDS = 1.5
"""Nobody flies for longer: within so long a window some part of the body touches the floor."""


def grounded(joints: np.ndarray, fps: float) -> np.ndarray:
    """Return ``joints`` (T, 18, 3) float32 lowered or raised onto a floor at y = 0.

    The floor is the lower envelope of what a body can rest on, so that a take that drifts up or
    down, or that hovers, stands on it all along, and a jump stays a jump.
    """
    lowest = np.min(
        [joints[:, JOINT[f"{side}_{part}"], 1] - rest
         for side in SIDES for part, rest in STANDS_ON.items()], axis=0,
    )  # fmt: skip
    window = max(1, round(FLOOR_SECONDS * fps))
    floor = gaussian_filter1d(minimum_filter1d(lowest, window), window / 4, mode="nearest")
    return (joints - np.stack([0 * floor, floor, 0 * floor], axis=-1)[:, None]).astype(np.float32)


def limb_frame(limbs: dict[str, np.ndarray]) -> np.ndarray:
    """Return the body's axes (T, 3, 3) from its shoulders and hips."""
    joints = np.zeros((len(limbs["left_hip"]), NUM_JOINTS, 3))
    for name, points in limbs.items():
        joints[:, JOINT[name]] = points
    joints[:, JOINT["neck"]] = (limbs["left_shoulder"] + limbs["right_shoulder"]) / 2
    return body_frame(joints)


def find_limb(names: tuple[str, ...], joint: str) -> int:
    """Return the index in ``names`` of one of ``LIMB_JOINTS``."""
    side, part = joint.split("_")
    index = find_joint(names, side, _SYNONYMS[part])
    if index is None:
        raise MusicError(
            f"no {side} {part} among the joints {', '.join(names)}; "
            f"it may be called {side} + {', '.join(_SYNONYMS[part])}"
        )
    return index


def find_joint(names: tuple[str, ...], side: str, words: tuple[str, ...]) -> int | None:
    """Return the index of the joint of that side called by the first of ``words`` that occurs."""
    plain = [_plain_name(name) for name in names]
    for word in words:
        if (side, word) in plain:
            return plain.index((side, word))
    return None


def _plain_name(name: str) -> tuple[str, str]:
    """Split a joint's name into its side ('' in the middle) and its part, in lower case.

    >>> _plain_name("mixamorig:LeftForeArm"), _plain_name("rShldr"), _plain_name("Bip01_L_Thigh")
    (('left', 'forearm'), ('right', 'shldr'), ('left', 'thigh'))
    """
    name = re.sub(r"^(bip\d*|biped\d*|mixamorig\d*)[\s_:]*", "", name.split(":")[-1], flags=re.I)
    words = re.sub(r"[^a-z]", "", name.lower())
    known = {word for group in _SYNONYMS.values() for word in group}
    for side in SIDES:
        for mark in (side, side[0]):
            if words.startswith(mark) and words[len(mark) :] in known:
                return side, words[len(mark) :]
            if words.endswith(mark) and words[: -len(mark)] in known:
                return side, words[: -len(mark)]
    return "", words
