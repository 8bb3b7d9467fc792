"""Turn the joints that a motion file has, whatever they are called, into our eighteen."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import takewhile

import numpy as np
from scipy.ndimage import gaussian_filter1d, minimum_filter1d

from checkpoints.foreign import shortened
from music2pose import MusicError
from music2pose.motion.motion import FACE, Body, body_frame, leg_length, place_face, unit
from music2pose.pose import FPS_RANGE, JOINT, JOINTS, LONGEST_SECONDS, NUM_JOINTS

LIMB_JOINTS = tuple(name for name in JOINTS if name not in FACE and name != "neck")
"""The twelve joints that every format must have; the rest is worked out from them."""

SIDES = ("left", "right")
_SYNONYMS = {
    "shoulder": (
        "upperarm", "uparm", "armupper", "arm", "shldrbend", "shldr", "shoulder", "humerus",
    ),
    "elbow": ("forearm", "forearmbend", "lowerarm", "lowarm", "armlower", "elbow", "radius"),
    "wrist": ("wrist", "hand"),
    "hip": ("upleg", "upperleg", "legupper", "thigh", "thighbend", "femur", "hip", "leg"),
    "knee": ("lowerleg", "lowleg", "leglower", "shin", "calf", "knee", "tibia", "leg"),
    "ankle": ("ankle", "foot"),
}  # fmt: skip
"""What files call the joint at the start of a limb's part, the surest name first."""
_RIGIFY_HEAD = re.compile(r"spine[._]?006")
"""Blender's Rigify has no other head among the bones that move the body (``DEF-``)."""
_KNOWN = {word for group in _SYNONYMS.values() for word in group} | {"head", "neck"}
_SIDE_WORDS = {
    "left": "left", "l": "left", "right": "right", "r": "right", "c": "", "center": "",
}  # fmt: skip


HEAD_TO_EARS = 0.06
"""Metres of the average body from the joint called head, the top of the neck, up to the ears."""


def assemble(
    limbs: dict[str, np.ndarray],
    head: np.ndarray,
    frame: np.ndarray,
    head_to_ears: float = HEAD_TO_EARS,
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

    Raises:
        MusicError: a take cannot be so slow, fast or long.
    """
    low, high = FPS_RANGE
    if not low <= fps <= high or len(joints) > LONGEST_SECONDS * fps:
        raise MusicError(
            f"{len(joints)} frames at {fps:g} a second are no take; give up to an hour, at "
            f"{low:g} to {high:g} a second"
        )
    floor = floor_below(joints, fps)
    return (joints - np.stack([0 * floor, floor, 0 * floor], axis=-1)[:, None]).astype(np.float32)


def floor_below(joints: np.ndarray, fps: float) -> np.ndarray:
    """Return the height (T,) of the floor that bodies (T, 18, 3) of usual size rest on."""
    window = max(1, round(FLOOR_SECONDS * fps))
    lowest = minimum_filter1d(resting_height(joints), window)
    return gaussian_filter1d(lowest, window / 4, mode="nearest")


def resting_height(joints: np.ndarray) -> np.ndarray:
    """Return how high (T,) the floor would be if the lowest part of each body rested on it."""
    heights = [joints[:, JOINT[f"{side}_{part}"], 1] - rest
               for side in SIDES for part, rest in STANDS_ON.items()]  # fmt: skip
    return np.min(heights, axis=0)


def limbs_at(positions: np.ndarray, index: Mapping[str, int]) -> dict[str, np.ndarray]:
    """Return (T, 3) for each of ``LIMB_JOINTS`` from (T, J, 3) and where each is among the J."""
    return {name: positions[:, index[name]] for name in LIMB_JOINTS}


STANDING_COSINE = 0.7
"""Of the angle within which a body stands along an axis, 45 degrees."""


def upright_turn(positions: np.ndarray, index: Mapping[str, int]) -> np.ndarray:
    """Return the rotation (3, 3) that turns a file's world so that y is up.

    Up is the axis along which the body stands, shoulders over ankles, in most of a take, if it
    stands along y much more rarely; a body that lies and rolls leaves y as it is.

    Shape:
        positions: (T, J, 3)
        index: where each of ``LIMB_JOINTS`` is among the J
    """
    limbs = limbs_at(positions, index)
    shoulders, ankles = (limbs[f"left_{p}"] + limbs[f"right_{p}"] for p in ("shoulder", "ankle"))
    along = unit(shoulders - ankles)
    shares = {
        (axis, sign): float((sign * along[:, axis] > STANDING_COSINE).mean())
        for axis in range(3) for sign in (1, -1)
    }  # fmt: skip
    axis, sign = max(shares, key=lambda key: shares[key])
    if shares[axis, sign] < max(0.5, 3 * shares[1, 1]):
        axis, sign = 1, 1
    turn = np.diag([1.0, sign, sign])
    if axis != 1:
        turn = np.eye(3)
        turn[1, 1] = turn[axis, axis] = 0
        turn[1, axis], turn[axis, 1] = sign, -sign
    return turn


def limb_frame(limbs: dict[str, np.ndarray]) -> np.ndarray:
    """Return the body's axes (T, 3, 3) from its shoulders and hips."""
    joints = np.zeros((len(limbs["left_hip"]), NUM_JOINTS, 3))
    for name, points in limbs.items():
        joints[:, JOINT[name]] = points
    joints[:, JOINT["neck"]] = (limbs["left_shoulder"] + limbs["right_shoulder"]) / 2
    return body_frame(joints)


def find_limbs(names: tuple[str, ...]) -> dict[str, int]:
    """Return where in ``names`` each of ``LIMB_JOINTS`` is.

    Raises:
        MusicError: there is none of a side and part.
    """
    found = {}
    for joint in LIMB_JOINTS:
        side, part = joint.split("_")
        index = find_joint(names, side, _SYNONYMS[part])
        if index is None or index in found.values():
            raise MusicError(
                f"no {side} {part} among the joints {_listed(names)}; "
                f"it may be called {side} + {', '.join(_SYNONYMS[part])}"
            )
        found[joint] = index
    return found


def find_head(names: tuple[str, ...]) -> int:
    """Return where in ``names`` the head is; raise MusicError if there is none."""
    index = find_joint(names, "", ("head",))
    if index is None:
        index = next((k for k, name in enumerate(names) if _RIGIFY_HEAD.search(name)), None)
    if index is None:
        raise MusicError(f"no head among the joints {_listed(names)}")
    return index


def _listed(names: tuple[str, ...]) -> str:
    return shortened(", ".join(names), 300)


def find_joint(names: tuple[str, ...], side: str, words: tuple[str, ...]) -> int | None:
    """Return the index of the joint of that side called by the first of ``words`` that occurs.

    What stands before side and part is a prefix. Of several joints it is one with the prefix that
    most of the limbs have, so that helpers such as ``ik_hand_l`` beside ``hand_l`` do not count.
    """
    shared = _shared_start(names[1:])  # the root's name may be another
    read = [_reading(name.removeprefix(shared)) for name in names]
    limbs = Counter(prefix for prefix, known_side, _ in read if known_side)
    for word in words:
        fitting = [index for index, reading in enumerate(read) if reading[1:] == (side, word)]
        if fitting:
            return max(fitting, key=lambda index: limbs[read[index][0]])
    return None


def _shared_start(names: Sequence[str]) -> str:
    """Return what all names begin with, where the lowest and the highest of them agree."""
    pairs = zip(min(names, default=""), max(names, default=""), strict=False)
    return "".join(letter for letter, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


@cache
def _reading(name: str) -> tuple[str, str, str]:
    """Split a joint's name into any prefix, its side ('' in the middle) and its part, lower case.

    >>> _reading("mixamorig:LeftForeArm"), _reading("rShldr"), _reading("Bip01 L UpperArm")
    (('mixamorig', 'left', 'forearm'), ('', 'right', 'shldr'), ('bip', 'left', 'upperarm'))
    >>> _reading("DEF-upper_arm.L.001"), _reading("J_Bip_C_Head"), _reading("LeftHandThumb1")
    (('def', 'left', 'upperarm'), ('jbip', '', 'head'), ('', '', 'lefthandthumb'))
    """
    words = [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]
    for start in range(len(words)):
        prefix, rest = words[:start], words[start:]
        for side, part in _sides_and_parts(rest):
            if part in _KNOWN:
                return "".join(prefix), side, part
    return "", "", "".join(words)


def _sides_and_parts(words: list[str]) -> Iterator[tuple[str, str]]:
    """Yield every way to read words as side and part: side first, last, none, or joined."""
    whole = "".join(words)
    if words[0] in _SIDE_WORDS:
        yield _SIDE_WORDS[words[0]], "".join(words[1:])
    if words[-1] in _SIDE_WORDS:
        yield _SIDE_WORDS[words[-1]], "".join(words[:-1])
    yield "", whole
    for mark in ("left", "right", "l", "r"):
        yield _SIDE_WORDS[mark], whole.removeprefix(mark) if whole.startswith(mark) else ""
        yield _SIDE_WORDS[mark], whole.removesuffix(mark) if whole.endswith(mark) else ""
