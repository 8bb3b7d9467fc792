"""Read motion capture of many kinds into clean Motions of one skeleton and one scale."""

import logging
import re
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from checkpoints.arrays import one_number, read_arrays
from checkpoints.foreign import BROKEN_DATA, ForeignFileError, short, shortened, why
from music2pose import MusicError
from music2pose.motion.aistpp import (
    MOTION_FOLDERS,
    aistpp_files,
    clip_motions,
    ignored_names,
    read_aistpp_motion,
)
from music2pose.motion.bvh import Bvh, read_bvh
from music2pose.motion.cleaning import cleaned
from music2pose.motion.families import family_of
from music2pose.motion.motion import Motion, unit
from music2pose.motion.skeletons import (
    assemble,
    find_head,
    find_joint,
    find_limbs,
    grounded,
    limb_frame,
    limbs_at,
    upright_turn,
)

logger = logging.getLogger(__name__)

TRUE_FPS = {r"6[01]_\d\d(_scaled)?\.bvh": 60.0}
"""Rates of published files whose header is wrong: at 120 fps the CMU salsa falls faster than
gravity allows."""


def read_bvh_motion(path: Path, fps: float | None = None) -> Motion:
    """Read one BVH file, whatever its joints are called.

    ``fps`` overrides the file's header; published files with a wrong header are known by name.
    """
    bvh = read_bvh(path)
    if (bodies := bvh.parents.count(-1)) > 1:
        logger.warning("%s holds %d bodies; one of them is read", path, bodies)
    index = find_limbs(bvh.names)
    bvh = _turned(bvh, upright_turn(bvh.positions, index))
    head = find_head(bvh.names)
    limbs = limbs_at(bvh.positions, index)
    joints = assemble(limbs, bvh.positions[:, head], _head_frames(bvh, head, index))
    true_fps = next((f for name, f in TRUE_FPS.items() if re.fullmatch(name, path.name)), bvh.fps)
    name = path.stem.removesuffix("_scaled")
    return Motion(grounded(joints, fps or true_fps), fps or true_fps, name, _bvh_group(name))


def _turned(bvh: Bvh, turn: np.ndarray) -> Bvh:
    """Return the same take in a world that is turned by (3, 3)."""
    return replace(bvh, positions=bvh.positions @ turn.T, rotations=turn @ bvh.rotations)


def _bvh_group(stem: str) -> str:
    """Takes 60_12 and 61_12 are the two dancers of one moment."""
    salsa = re.match(r"6[01]_(\d\d)", stem)
    return f"salsa_{salsa[1]}" if salsa else stem


def _head_frames(bvh: Bvh, head: int, index: dict[str, int]) -> np.ndarray:
    """Return the head's axes (T, 3, 3): its turn from a rest in which it looks ahead.

    With all angles at zero most skeletons stand upright; where they do not (rotated bones), the
    head is taken to look where the body faces on average.
    """
    at_rest = limbs_at(bvh.rest_positions()[None], index)
    legs = (
        at_rest["left_hip"] - at_rest["left_ankle"] + at_rest["right_hip"] - at_rest["right_ankle"]
    )
    frame = limb_frame(at_rest)
    turns = bvh.rotations[:, head]
    upright = float((unit(legs) * frame[..., 1]).sum()) > 0.9
    if upright:
        return turns @ frame[0]
    mean = (np.swapaxes(turns, 1, 2) @ limb_frame(limbs_at(bvh.positions, index))).mean(0)
    left, _, right = np.linalg.svd(mean)
    return turns @ (left @ np.diag([1, 1, np.linalg.det(left @ right)]) @ right)


def _named_joints(positions: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """Return the joints of a body whose parts have names; without a neck, its head starts there."""
    index = find_limbs(names)
    positions = positions @ upright_turn(positions, index).T
    limbs, head = limbs_at(positions, index), positions[:, find_head(names)]
    frame = limb_frame(limbs)
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
        arrays = read_arrays(path)
        fps = one_number(arrays, "fps", 0.0)
    except ForeignFileError as error:
        raise MusicError(f"{path} cannot be read: {error}") from error
    if "posed_joints" in arrays:
        return [_stick_motion(arrays, fps, path.stem)]
    if "names" in arrays and "joints" in arrays:
        joints = _named_joints(arrays["joints"], tuple(map(str, arrays["names"])))
        return [Motion(grounded(joints, fps), fps, path.stem, path.stem)]
    if "joints" in arrays and "seg" in arrays:
        return clip_motions(arrays, fps, path.stem)
    raise MusicError(
        f"{path} holds {short(', '.join(arrays))}; known are clips (joints, seg, bpm), "
        "named joints (joints, names) and stick figures (posed_joints)"
    )


def _stick_motion(arrays: dict[str, np.ndarray], fps: float, name: str) -> Motion:
    turn = upright_turn(arrays["posed_joints"], STICK_JOINTS)
    positions = arrays["posed_joints"] @ turn.T
    head = (positions[:, _STICK_NECK] + positions[:, _STICK_HEAD]) / 2
    frame = turn @ arrays["global_rot_mats"][:, _STICK_HEAD]
    joints = assemble(limbs_at(positions, STICK_JOINTS), head, frame)
    return Motion(grounded(joints, fps), fps, name, name)


def load_motions(folder: Path) -> list[Motion]:
    """Read every motion file under ``folder``, cleaned: ``.bvh``, ``.npz``, AIST++'s ``.pkl``.

    What cannot be read is logged and left out. Still parts come as Motions named ``..._idle``.

    Raises:
        MusicError: it is no folder, or it holds motion files of which none can be used.
    """
    if not folder.is_dir():
        raise MusicError(f"{folder} is no folder; give one with .bvh, .npz or AIST++ .pkl files")
    motions: list[Motion] = []
    faults: list[MusicError] = []
    for path in _motion_files(folder):
        try:
            motions += _dances(path)
        except MusicError as error:
            logger.warning("left out: %s", shortened(str(error)))
            faults.append(error)
    if faults and not motions:
        raise MusicError(
            f"none of the {len(faults)} motion files in {folder} can be used; the "
            f"first: {faults[0]}"
        )
    return motions


def _motion_files(folder: Path) -> list[Path]:
    """Return what may hold motion, but for what its publishers found to be wrong."""
    files = [path for path in folder.rglob("*") if path.suffix.lower() in (".bvh", ".npz")]
    files = [path for path in files if not _holds_poses(path)] + _pickles(folder)
    ignored = ignored_names(folder)
    return sorted(path for path in files if path.stem not in ignored)


def _pickles(folder: Path) -> list[Path]:
    """Return the pickles; of each sequence of AIST++ as published only the best."""
    published = _published_folders(folder)
    best: dict[str, Path] = {}
    for place in sorted(published, reverse=True):
        best |= {path.stem: path for path in aistpp_files(place)}
    loose = (path for path in folder.rglob("*.pkl") if path.parent.parent not in published)
    return [*(path for path in best.values() if path.is_relative_to(folder)), *loose]


def _holds_poses(path: Path) -> bool:
    """Return whether a file is one of our pose files, as may lie beside a video."""
    if path.suffix.lower() != ".npz" or not path.is_file():
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return {"keypoints.npy", "confidence.npy"} <= set(archive.namelist())
    except BROKEN_DATA:
        return False


def _published_folders(folder: Path) -> set[Path]:
    """Return the folders, ``folder`` or its parent among them, that hold AIST++ as published."""
    published = {path.parent for kind in MOTION_FOLDERS for path in folder.rglob(f"{kind}/")}
    return published | ({folder.parent} if folder.name in MOTION_FOLDERS else set())


def _dances(path: Path) -> list[Motion]:
    """Return the parts of a file that are a dance; raise MusicError if there are none.

    What was danced to known music is a dance throughout, and stays whole to stay in step with it.
    """
    motions = read_motions(path)
    with _said_of(path):
        parts = [p for motion in motions for p in ([motion] if motion.bpm else cleaned(motion))]
    if not parts:
        raise MusicError(f"{path} shows no dance: it stands still, or jumps as no body can")
    return parts


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
    with _said_of(path):
        family = family_of(path)
        return [replace(motion, family=family) for motion in readers[path.suffix.lower()](path)]


@contextmanager
def _said_of(path: Path) -> Iterator[None]:
    """Let whatever broken data make a reader raise be a MusicError that names the file."""
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what becomes infinite or NaN by it is refused
            yield
    except MusicError as error:
        where = "" if str(path) in str(error) else f"{path}: "
        raise MusicError(f"{where}{error}") from error
    except BROKEN_DATA as error:
        raise MusicError(f"{path} holds no motion that can be used ({why(error)})") from error
