"""Read motion capture of many kinds into clean Motions of one skeleton and one scale."""

import logging
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from music2pose import MusicError
from music2pose.motion.aistpp import MOTION_FOLDERS, aistpp_files, clip_motions, read_aistpp_motion
from music2pose.motion.bvh import Bvh, read_bvh
from music2pose.motion.cleaning import cleaned
from music2pose.motion.motion import Motion, unit
from music2pose.motion.skeletons import (
    LIMB_JOINTS,
    SIDES,
    assemble,
    find_joint,
    find_limb,
    grounded,
    limb_frame,
)

logger = logging.getLogger(__name__)

TRUE_FPS = {r"6[01]_\d\d(_scaled)?\.bvh": 60.0}
"""Rates of published files whose header is wrong: at 120 fps the CMU salsa falls faster than
gravity allows."""


def read_bvh_motion(path: Path, fps: float | None = None) -> Motion:
    """Read one BVH file, whatever its joints are called.

    ``fps`` overrides the file's header; published files with a wrong header are known by name.
    """
    bvh = _with_y_up(read_bvh(path))
    limbs = {name: bvh.positions[:, find_limb(bvh.names, name)] for name in LIMB_JOINTS}
    head_index = find_joint(bvh.names, "", ("head",))
    if head_index is None:
        raise MusicError(f"no head among the joints {', '.join(bvh.names)}")
    frame = _head_frames(bvh, head_index, limbs)
    joints = assemble(limbs, bvh.positions[:, head_index], frame)
    true_fps = next((f for name, f in TRUE_FPS.items() if re.fullmatch(name, path.name)), bvh.fps)
    name = path.stem.removesuffix("_scaled")
    return Motion(grounded(joints, fps or true_fps), fps or true_fps, name, _bvh_group(name))


def _with_y_up(bvh: Bvh) -> Bvh:
    """Turn the world of a file whose z axis points up, as a body that mostly stands shows."""
    shoulders, ankles = (
        sum(bvh.positions[:, find_limb(bvh.names, f"{side}_{part}")] for side in SIDES)
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


def _head_frames(bvh: Bvh, head: int, limbs: dict[str, np.ndarray]) -> np.ndarray:
    """Return the head's axes (T, 3, 3): its turn from a rest in which it looks ahead.

    With all angles at zero most skeletons stand upright; where they do not (rotated bones), the
    head is taken to look where the body faces on average.
    """
    rest = bvh.rest_positions()
    at_rest = {name: rest[None, find_limb(bvh.names, name)] for name in LIMB_JOINTS}
    legs = (
        at_rest["left_hip"] - at_rest["left_ankle"] + at_rest["right_hip"] - at_rest["right_ankle"]
    )
    frame = limb_frame(at_rest)
    turns = bvh.rotations[:, head]
    upright = float((unit(legs) * frame[..., 1]).sum()) > 0.9
    if upright:
        return turns @ frame[0]
    mean = (np.swapaxes(turns, 1, 2) @ limb_frame(limbs)).mean(0)
    left, _, right = np.linalg.svd(mean)
    return turns @ (left @ np.diag([1, 1, np.linalg.det(left @ right)]) @ right)


def _named_joints(positions: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """Return the joints of a body whose parts have names; without a neck, its head starts there."""
    limbs = {joint: positions[:, find_limb(names, joint)] for joint in LIMB_JOINTS}
    head_index = find_joint(names, "", ("head",))
    if head_index is None:
        raise MusicError(f"no head among the joints {', '.join(names)}")
    frame = limb_frame(limbs)
    head = positions[:, head_index]
    if find_joint(names, "", ("neck",)) is None:
        leg = np.linalg.norm(limbs["left_hip"] - limbs["left_knee"], axis=-1).mean() * 2
        head = head + 0.15 * leg * frame[..., 1]
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
        joints = _named_joints(arrays["joints"], tuple(map(str, arrays["names"])))
        return [Motion(grounded(joints, fps), fps, path.stem, path.stem)]
    if "joints" in arrays and "seg" in arrays:
        return clip_motions(arrays, fps, path.stem)
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


def load_motions(folder: Path) -> list[Motion]:
    """Read every motion file under ``folder``, cleaned: ``.bvh``, ``.npz``, AIST++'s ``.pkl``.

    What cannot be read is logged and left out. Still parts come as Motions named ``..._idle``.
    """
    if not folder.is_dir():
        raise MusicError(f"{folder} is no folder; give one with .bvh, .npz or AIST++ .pkl files")
    return [motion for path in _motion_files(folder) for motion in _try_read(path)]


def _motion_files(folder: Path) -> list[Path]:
    """Return what may hold motion; of AIST++'s several folders only the one to use."""
    files = [path for path in folder.rglob("*") if path.suffix.lower() in (".bvh", ".npz")]
    for published in _published_folders(folder):
        files += [path for path in aistpp_files(published) if path.is_relative_to(folder)]
    return sorted(files)


def _published_folders(folder: Path) -> set[Path]:
    """Return the folders, ``folder`` or its parent among them, that hold AIST++ as published."""
    published = {path.parent for kind in MOTION_FOLDERS for path in folder.rglob(f"{kind}/")}
    return published | ({folder.parent} if folder.name in MOTION_FOLDERS else set())


def _try_read(path: Path) -> list[Motion]:
    """Return the parts of a file that are a dance: none, and a warning, if it cannot be read.

    What was danced to known music is a dance throughout, and stays whole to stay in step with it.
    """
    try:
        motions = read_motions(path)
        return [
            part for motion in motions for part in ([motion] if motion.bpm else cleaned(motion))
        ]
    except MusicError as error:
        logger.warning("left out: %s", error)
        return []


def read_motions(path: Path) -> list[Motion]:
    """Read one file of any known kind, as it is.

    Raises:
        MusicError: the file is broken or of another kind; one line that names it.
    """
    readers: dict[str, Callable[[Path], list[Motion]]] = {
        ".bvh": lambda file: [read_bvh_motion(file)],
        ".npz": read_npz_motions,
        ".pkl": lambda file: [read_aistpp_motion(file)],
    }
    if path.suffix.lower() not in readers:
        raise MusicError(f"{path} is no motion file; give one in {', '.join(readers)}")
    try:
        return readers[path.suffix.lower()](path)
    except OSError as error:
        raise MusicError(f"{path} cannot be read: {error.strerror or error}") from error
    except MusicError as error:
        where = "" if str(path) in str(error) else f"{path}: "
        raise MusicError(f"{where}{error}") from error
