"""Read motion capture of many kinds into clean Motions of one skeleton and one scale."""

import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d, minimum_filter1d

from music2pose import MusicError
from music2pose.bvh import Bvh, read_bvh
from music2pose.motion import (
    BONES,
    FACE,
    HEAD_BONES,
    Body,
    Motion,
    body_frame,
    bone_directions,
    frame_of,
    hip_centre,
    leg_length,
    place_face,
    unit,
)
from music2pose.pose import JOINT, JOINTS, NUM_JOINTS

logger = logging.getLogger(__name__)

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

TRUE_FPS = {r"6[01]_\d\d(_scaled)?\.bvh": 60.0}
"""Rates of published files whose header is wrong: at 120 fps the CMU salsa falls faster than
gravity allows."""

SOUND_SECONDS = {"60_06": (0.0, 0.0), "60_07": (0.0, 25.4), "60_10": (6.2, 60.0)}
"""The seconds to keep of published takes with known faults: 60_06 and the end of 60_07 have the
head wrong, 60_10 trembles at its start."""


def assemble(
    limbs: dict[str, np.ndarray], head: np.ndarray, frame: np.ndarray | None
) -> np.ndarray:
    """Return (T, 18, 3) joints in metres, at any height, from what a format gives.

    Shape:
        limbs: (T, 3) for each of ``LIMB_JOINTS``, any unit, y up
        head: (T, 3), the top of the neck, same unit
        frame: (T, 3, 3), the head's left, up and forward; None takes the body's
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
    frame = body_frame(joints) if frame is None else frame
    place_face(joints, head * scale + frame @ np.array([0, 0.06, 0.01]), frame)
    return joints


STANDS_ON = {"ankle": Body().ankle_height, "knee": 0.06, "wrist": 0.05, "hip": 0.10}
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


def read_bvh_motion(path: Path, fps: float | None = None) -> Motion:
    """Read one BVH file, whatever its joints are called.

    ``fps`` overrides the file's header; published files with a wrong header are known by name.
    """
    bvh = _with_y_up(read_bvh(path), path)
    limbs = {name: bvh.positions[:, _find_limb(bvh.names, name, path)] for name in LIMB_JOINTS}
    head_index = _find(bvh.names, "", ("head",))
    if head_index is None:
        raise MusicError(f"{path} has no joint called head among {', '.join(bvh.names)}")
    frame = _head_frames(bvh, head_index, limbs, path)
    joints = assemble(limbs, bvh.positions[:, head_index], frame)
    true_fps = next((f for name, f in TRUE_FPS.items() if re.fullmatch(name, path.name)), bvh.fps)
    name = path.stem.removesuffix("_scaled")
    return Motion(grounded(joints, fps or true_fps), fps or true_fps, name, _bvh_group(name))


def _with_y_up(bvh: Bvh, path: Path) -> Bvh:
    """Turn the world of a file whose z axis points up, as a body that mostly stands shows."""
    shoulders, ankles = (
        sum(bvh.positions[:, _find_limb(bvh.names, f"{side}_{part}", path)] for side in SIDES)
        for part in ("shoulder", "ankle")
    )
    up = np.median(shoulders - ankles, axis=0)
    if up[1] >= abs(up[2]):
        return bvh
    turn = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
    return replace(bvh, positions=bvh.positions @ turn.T, rotations=turn @ bvh.rotations)


def _bvh_group(stem: str) -> str:
    """Takes 60_12 and 61_12 are the two dancers of one moment."""
    salsa = re.match(r"6[01]_(\d\d)", stem)
    return f"salsa_{salsa[1]}" if salsa else stem


def _find_limb(names: tuple[str, ...], joint: str, path: Path) -> int:
    side, part = joint.split("_")
    index = _find(names, side, _SYNONYMS[part])
    if index is None:
        raise MusicError(
            f"{path} has no {side} {part}: none of its joints is called "
            f"{side} + {', '.join(_SYNONYMS[part])}"
        )
    return index


def _find(names: tuple[str, ...], side: str, words: tuple[str, ...]) -> int | None:
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


def _head_frames(bvh: Bvh, head: int, limbs: dict[str, np.ndarray], path: Path) -> np.ndarray:
    """Return the head's axes (T, 3, 3): its turn from a rest in which it looks ahead.

    With all angles at zero most skeletons stand upright; where they do not (rotated bones), the
    head is taken to look where the body faces on average.
    """
    rest = bvh.rest_positions()
    at_rest = {name: rest[None, _find_limb(bvh.names, name, path)] for name in LIMB_JOINTS}
    legs = (
        at_rest["left_hip"] - at_rest["left_ankle"] + at_rest["right_hip"] - at_rest["right_ankle"]
    )
    frame = _limb_frame(at_rest)
    turns = bvh.rotations[:, head]
    upright = float((unit(legs) * frame[..., 1]).sum()) > 0.9
    if upright:
        return turns @ frame[0]
    mean = (np.swapaxes(turns, 1, 2) @ _limb_frame(limbs)).mean(0)
    left, _, right = np.linalg.svd(mean)
    return turns @ (left @ np.diag([1, 1, np.linalg.det(left @ right)]) @ right)


def _limb_frame(limbs: dict[str, np.ndarray]) -> np.ndarray:
    """Return the body's axes (T, 3, 3) from its shoulders and hips."""
    joints = np.zeros((len(limbs["left_hip"]), NUM_JOINTS, 3))
    for name, points in limbs.items():
        joints[:, JOINT[name]] = points
    joints[:, JOINT["neck"]] = (limbs["left_shoulder"] + limbs["right_shoulder"]) / 2
    return body_frame(joints)


SMPL_JOINTS = {
    "left_hip": 1, "right_hip": 2, "left_knee": 4, "right_knee": 5, "left_ankle": 7,
    "right_ankle": 8, "left_shoulder": 16, "right_shoulder": 17, "left_elbow": 18,
    "right_elbow": 19, "left_wrist": 20, "right_wrist": 21,
}  # fmt: skip
_SMPL_SPINE, _SMPL_NECK, _SMPL_HEAD = 9, 12, 15
_SMPL_NECK_TO_HEAD = np.array([0.0, 0.065, 0.05])
"""In metres, standing: SMPL's head joint lies above and in front of its neck joint."""
_SMPL_SPINE_TO_NECK = np.array([0.0, 0.214, -0.043])


def smpl_joints(positions: np.ndarray) -> np.ndarray:
    """Return (T, 18, 3) joints from (T, >= 22, 3) positions in SMPL's order.

    Positions do not tell the turn of the head; the shoulders and the neck's bend stand for it.
    """
    limbs = {name: positions[:, index] for name, index in SMPL_JOINTS.items()}
    left = limbs["left_shoulder"] - limbs["right_shoulder"]
    spine = positions[:, _SMPL_NECK] - positions[:, _SMPL_SPINE]
    rest = frame_of(np.array([1.0, 0, 0]), _SMPL_SPINE_TO_NECK)
    chest = frame_of(left, spine) @ rest.T
    bend = _turn_between(
        chest @ _SMPL_NECK_TO_HEAD, positions[:, _SMPL_HEAD] - positions[:, _SMPL_NECK]
    )
    return assemble(limbs, positions[:, _SMPL_HEAD], bend @ chest)


def _turn_between(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return the smallest rotations (T, 3, 3) that turn vectors ``start`` to ``end``, (T, 3)."""
    a, b = unit(start), unit(end)
    cosine = (a * b).sum(-1)[:, None, None]
    x, y, z = np.moveaxis(np.cross(a, b), -1, 0)
    zero = np.zeros_like(x)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=-1).reshape(-1, 3, 3)
    return np.eye(3) + cross + cross @ cross / np.maximum(1 + cosine, 1e-6)


_NAMED = {
    "shoulder": "upper_arm", "elbow": "lower_arm", "wrist": "hand",
    "hip": "thigh", "knee": "shin", "ankle": "foot",
}  # fmt: skip


def _named_joints(positions: np.ndarray, names: list[str]) -> np.ndarray:
    """Return the joints of a body of 15 named parts, whose 'head' starts at the neck."""
    limbs = {}
    for joint in LIMB_JOINTS:
        side, part = joint.split("_")
        limbs[joint] = positions[:, names.index(f"{side}_{_NAMED[part]}")]
    frame = _limb_frame(limbs)
    leg = np.linalg.norm(limbs["left_hip"] - limbs["left_knee"], axis=-1).mean() * 2
    head = positions[:, names.index("head")] + 0.15 * leg * frame[..., 1]
    return assemble(limbs, head, frame)


STICK_JOINTS = {
    "right_shoulder": 8, "right_elbow": 9, "right_wrist": 10, "left_shoulder": 14,
    "left_elbow": 15, "left_wrist": 16, "right_hip": 19, "right_knee": 20, "right_ankle": 21,
    "left_hip": 23, "left_knee": 24, "left_ankle": 25,
}  # fmt: skip
_STICK_NECK, _STICK_HEAD = 5, 6


def read_npz_motions(path: Path) -> list[Motion]:
    """Read one of the three npz forms; a file of clips gives one Motion a clip."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except (OSError, ValueError) as error:
        raise MusicError(f"{path} is no npz file of plain arrays ({error})") from error
    fps = float(arrays.get("fps", 0))
    if "posed_joints" in arrays:
        return [_stick_motion(arrays, fps, path.stem)]
    if "names" in arrays and "joints" in arrays:
        joints = _named_joints(arrays["joints"], [str(name) for name in arrays["names"]])
        return [Motion(grounded(joints, fps), fps, path.stem, path.stem)]
    if "joints" in arrays and "seg" in arrays:
        return _clip_motions(arrays, fps, path.stem)
    raise MusicError(
        f"{path} holds {', '.join(arrays)}; known are clips (joints, seg, bpm), "
        "named joints (joints, names) and stick figures (posed_joints)"
    )


def _stick_motion(arrays: dict[str, np.ndarray], fps: float, name: str) -> Motion:
    positions = arrays["posed_joints"]
    limbs = {joint: positions[:, index] for joint, index in STICK_JOINTS.items()}
    head = (positions[:, _STICK_NECK] + positions[:, _STICK_HEAD]) / 2
    joints = assemble(limbs, head, arrays["global_rot_mats"][:, _STICK_HEAD])
    return Motion(grounded(joints, fps), fps, name, name)


def _clip_motions(arrays: dict[str, np.ndarray], fps: float, name: str) -> list[Motion]:
    """All clips of a sequence share one scale; each finds its own floor."""
    clips, frames = arrays["joints"].shape[:2]
    joints = smpl_joints(arrays["joints"].reshape(clips * frames, -1, 3))
    return [
        Motion(
            grounded(joints[index * frames : (index + 1) * frames], fps),
            fps,
            f"{name}_s{segment}",
            aist_group(name),
            float(arrays["bpm"]),
            float(segment) * frames / fps,
        )
        for index, segment in enumerate(arrays["seg"])
    ]


def aist_group(name: str) -> str:
    """Return genre, situation and choreography: its dancers and tempi stay together.

    >>> aist_group("gBR_sBM_cAll_d04_mBR0_ch02")
    'gBR_sBM_ch02'
    """
    parts = name.split("_")
    return "_".join([*parts[:2], parts[-1]])


def load_motions(folder: Path) -> list[Motion]:
    """Read every motion file under ``folder``; what cannot be read is logged and left out."""
    folder = Path(folder)
    if not folder.is_dir():
        raise MusicError(f"{folder} is no folder; give one that holds .bvh or .npz motion files")
    motions = [part for path in sorted(folder.rglob("*")) for part in _try_read(path)]
    if not motions:
        raise MusicError(f"{folder} holds no motion that can be read: need .bvh or .npz files")
    return motions


def _try_read(path: Path) -> Iterator[Motion]:
    try:
        if path.suffix.lower() == ".bvh":
            yield from cleaned(read_bvh_motion(path))
        elif path.suffix.lower() == ".npz":
            for motion in read_npz_motions(path):
                yield from [motion] if motion.bpm else cleaned(motion)
    except MusicError as error:
        logger.warning("left out: %s", error)


STILL_SPEED = 0.22
"""Metres per second, the mean of all joints, below which a dancer stands."""
IDLE_SPEED = 0.5
"""Metres per second that no single joint reaches in an idle."""
SHORTEST_SECONDS = 1.5
"""Shorter pieces between two faults are left out."""
SHORTEST_IDLE_SECONDS = 1.2
FASTEST_BONE = {"torso": 800.0, "axis": 1450.0, "limb": 2500.0}
"""Degrees per second that no dancer reaches: the spine; shoulders, hips and head; arms and legs."""
FASTEST_ROOT = 6.0
"""Metres per second."""


def cleaned(motion: Motion) -> Iterator[Motion]:
    """Yield the parts of a take that are a dance, and its still ends under a name with ``_idle``.

    A leading T-pose, standing at the start and the end, jumps of the data and published faults are
    cut out; where a fault lies in the middle, the parts are called ``_part1``, ``_part2``...
    """
    first, last = SOUND_SECONDS.get(motion.name, (0.0, motion.seconds))
    usable = ~impossible(motion) & ~_leading_t_pose(motion)
    times = np.arange(len(motion)) / motion.fps
    usable &= (times >= first) & (times < last)
    runs = [run for run in _runs(usable) if run[1] - run[0] >= SHORTEST_SECONDS * motion.fps]
    for number, (start, stop) in enumerate(runs, 1):
        part = motion.part(start, stop, f"_part{number}" if len(runs) > 1 else "")
        yield from _without_still_ends(part)


def impossible(motion: Motion) -> np.ndarray:
    """Return (T,) bool: frames within 0.1 s of a move that no body can make."""
    directions = bone_directions(motion).astype(np.float64)
    cosine = np.clip((directions[1:] * directions[:-1]).sum(-1), -1, 1)
    too_fast = np.degrees(np.arccos(cosine)) * motion.fps > _fastest_bones()
    root = np.diff(hip_centre(motion.joints), axis=0) * motion.fps
    fault = too_fast.any(axis=1) | (np.linalg.norm(root, axis=-1) > FASTEST_ROOT)
    faults = np.append(fault, False) | np.append(False, fault)
    return maximum_filter1d(faults, 2 * round(0.1 * motion.fps) + 1, mode="constant")


def _fastest_bones() -> np.ndarray:
    """Return (16,) the limits of ``FASTEST_BONE`` in the order of the bones."""
    axis = {JOINT[f"{side}_{part}"] for side in SIDES for part in ("shoulder", "hip")}
    kinds = ["axis" if child in axis else "limb" for _, child in BONES]
    kinds = ["torso", *kinds[1:], *("axis" for _ in HEAD_BONES)]
    return np.array([FASTEST_BONE[kind] for kind in kinds])


def _leading_t_pose(motion: Motion) -> np.ndarray:
    """Return (T,) bool: the first frames, as long as both arms are stretched out sideways."""
    directions = bone_directions(motion)
    arms = [index for index, (_, child) in enumerate(BONES) if child in T_POSE_JOINTS]
    left = body_frame(motion.joints.astype(np.float64))[..., 0]
    sideways = np.abs(np.einsum("tbi,ti->tb", directions[:, arms], left)).min(axis=1)
    return np.logical_and.accumulate(sideways > np.cos(np.radians(35)))


T_POSE_JOINTS = tuple(JOINT[f"{side}_{part}"] for side in SIDES for part in ("elbow", "wrist"))


def _runs(flags: np.ndarray) -> list[tuple[int, int]]:
    """Return (start, stop) of every run of true values.

    >>> _runs(np.array([True, True, False, True]))
    [(0, 2), (3, 4)]
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(int), [0]])))
    return [(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]


def _without_still_ends(motion: Motion) -> Iterator[Motion]:
    """Yield the motion without standing at its ends, and what stood long enough as idles."""
    speeds = joint_speeds(motion.joints, motion.fps, 0.1)
    moves, calm = speeds.mean(1) > STILL_SPEED, speeds.max(1) < IDLE_SPEED
    steady = [run for run in _runs(moves) if run[1] - run[0] >= 0.4 * motion.fps]
    start, stop = (steady[0][0], steady[-1][1]) if steady else (0, 0)
    if stop - start >= SHORTEST_SECONDS * motion.fps:
        yield motion.part(start, stop)
    for place, ends in (("start", (0, start)), ("end", (stop, len(motion)))):
        still = [run for run in _runs(calm[slice(*ends)])
                 if run[1] - run[0] >= SHORTEST_IDLE_SECONDS * motion.fps]  # fmt: skip
        for run in still[:1]:
            yield motion.part(ends[0] + run[0], ends[0] + run[1], f"_{place}_idle")


def joint_speeds(joints: np.ndarray, fps: float, smooth_seconds: float) -> np.ndarray:
    """Return (T, 18) the speed of each joint in metres per second, smoothed by a Gaussian."""
    if len(joints) < 2:
        return np.zeros(joints.shape[:2])
    speed = np.linalg.norm(np.gradient(joints.astype(np.float64), axis=0), axis=-1) * fps
    return gaussian_filter1d(speed, smooth_seconds * fps, axis=0)
