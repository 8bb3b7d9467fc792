"""Read AIST++: its published folders, the short clips cut from it, and SMPL bodies."""

import re
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from checkpoints.foreign import BROKEN_DATA, ForeignFileError, read_text, why
from music2pose import MusicError
from music2pose.keypoints.aist import AIST_FPS
from music2pose.keypoints.bodies import COCO_17
from music2pose.motion.motion import Motion, frame_of, head_frame, unit
from music2pose.motion.skeletons import assemble, grounded, limbs_at, upright_turn
from music2pose.pose import JOINT, NUM_JOINTS, fill_unseen
from music2pose.safe_pickle import load_pickle

EDGE_FPS = 30.0
EDGE_STRIDE = 0.5
"""Seconds from one of its slices of a sequence to the next."""
MOTION_FOLDERS = ("motions", "keypoints3d")
"""Where the movement lies, the better source first: SMPL angles know where the head looks."""

SMPL_JOINTS = {
    "left_hip": 1, "right_hip": 2, "left_knee": 4, "right_knee": 5, "left_ankle": 7,
    "right_ankle": 8, "left_shoulder": 16, "right_shoulder": 17, "left_elbow": 18,
    "right_elbow": 19, "left_wrist": 20, "right_wrist": 21,
}  # fmt: skip
SMPL_PARENTS = (-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19)
SMPL_REST = np.array([
    [0.0, 0.0, 0.0], [0.07, -0.09, -0.01], [-0.07, -0.09, -0.01], [0.0, 0.11, -0.03],
    [0.03, -0.375, 0.0], [-0.03, -0.375, 0.0], [0.0, 0.135, 0.0], [-0.015, -0.4, -0.04],
    [0.015, -0.4, -0.04], [0.0, 0.053, 0.025], [0.025, -0.055, 0.12], [-0.025, -0.055, 0.12],
    [0.0, 0.214, -0.043], [0.08, 0.12, -0.035], [-0.08, 0.12, -0.035], [0.0, 0.065, 0.05],
    [0.09, 0.03, -0.01], [-0.09, 0.03, -0.01], [0.26, -0.013, -0.025], [-0.26, -0.013, -0.025],
    [0.25, 0.01, 0.0], [-0.25, 0.01, 0.0],
])  # fmt: skip
"""(22, 3) metres: where an adult's joints lie from their parents in the pose with the arms
stretched sideways from which SMPL's angles count; facing +z, y up, left at +x."""
_SPINE, _NECK, _HEAD = 9, 12, 15
_MUSIC = re.compile(r"(?:^|_)m([A-Z]{2})(\d)(?:_|$)")


def aist_bpm(name: str) -> float:
    """Return the exact tempo of a piece of AIST's music, from its id or a sequence's name.

    >>> aist_bpm("mBR0"), aist_bpm("gHO_sBM_cAll_d19_mHO5_ch01")
    (80.0, 135.0)
    """
    music = _MUSIC.search(name)
    if music is None:
        raise MusicError(f"{name} names no AIST music; such names look like gBR_..._mBR0_ch01")
    first, step = (110, 5) if music[1] == "HO" else (80, 10)
    return float(first + step * int(music[2]))


def aist_group(name: str) -> str:
    """Return genre, situation and choreography: its dancers and tempi stay together.

    >>> aist_group("gBR_sBM_cAll_d04_mBR0_ch02"), aist_group("gBR_sBM_cAll_d04_mBR0_ch02_slice7")
    ('gBR_sBM_ch02', 'gBR_sBM_ch02')
    """
    parts = re.sub(r"_slice\d+$", "", name).split("_")
    return "_".join([*parts[:2], parts[-1]])


def ignored_names(folder: Path) -> set[str]:
    """Return the sequences that the publishers found to be wrong."""
    return _listed(folder, "ignore_list.txt")


def held_out_sequences(folder: Path) -> list[str]:
    """Return the sequences to validate and test on by the publishers' cross-modal split."""
    return sorted(_listed(folder, "crossmodal_val.txt") | _listed(folder, "crossmodal_test.txt"))


def _listed(folder: Path, name: str) -> set[str]:
    """Return the words of every file of that name in ``folder``, or in the layout around it.

    AIST++ has its lists in ``splits`` or beside the folders of motion; EDGE's copy has ``splits``
    beside the folder that holds those.
    """
    around = [parent / part / name for parent in (folder.parent, folder.parent.parent)
              for part in ("", "splits")]  # fmt: skip
    files = [*folder.rglob(name), *(path for path in around if path.is_file())]
    try:
        return {word for path in files for word in read_text(path, errors="replace").split()}
    except ForeignFileError as error:
        raise MusicError(f"the list {name} in {folder} cannot be read: {error}") from error


def find_music(folder: Path, name: str) -> Path | None:
    """Return the file of the music that ``name`` was danced to, anywhere under ``folder``."""
    music = next((part for part in name.split("_") if re.fullmatch(r"m[A-Z]{2}\d", part)), name)
    kinds = (".wav", ".flac", ".mp3", ".m4a", ".ogg")
    return next((f for f in sorted(folder.rglob(f"{music}.*")) if f.suffix in kinds), None)


def aistpp_files(folder: Path) -> list[Path]:
    """Return one motion file for each sequence of a published folder."""
    best: dict[str, Path] = {}
    for kind in reversed(MOTION_FOLDERS):
        best |= {path.stem: path for path in (folder / kind).glob("*.pkl")}
    return [path for _, path in sorted(best.items())]


def read_aistpp_motion(path: Path) -> Motion:
    """Read a ``.pkl`` of AIST++, of EDGE's copy of it, or of EDGE's own dances.

    These are SMPL angles, or the ``keypoints3d`` of AIST++. Its music and tempo are known by name.

    Raises:
        MusicError: the file is broken, holds something else, or does not tell its frame rate.
    """
    data = load_pickle(path)
    if not isinstance(data, dict):
        raise MusicError(f"{path} is no AIST++ motion: it holds no dict of arrays")
    try:
        is_smpl, fps = _smpl_names(data) is not None, _fps(data, path)
        joints = _smpl_motion(data) if is_smpl else _coco_motion(_keypoints3d(data))
        group, bpm, start = _music_of(data, path.stem)
        return Motion(grounded(joints, fps), fps, path.stem, group, bpm=bpm, music_start=start)
    except MusicError:
        raise
    except BROKEN_DATA as error:
        raise MusicError(f"{path} is no AIST++ motion: {why(error)}") from error


def _smpl_names(data: dict[str, Any]) -> tuple[str, str, str] | None:
    """Return what angles, translation and scale are called, or None without angles."""
    known = (("smpl_poses", "smpl_trans", "smpl_scaling"), ("q", "pos", "scale"))
    return next((names for names in known if names[0] in data), None)


def _is_generated(data: dict[str, Any]) -> bool:
    """Return whether EDGE made the dance; it adds the joints."""
    return "full_pose" in data


def _fps(data: dict[str, Any], path: Path) -> float:
    """Return frames per second: as stated, EDGE's 30, or the 60 of AIST++."""
    if "fps" in data:
        return float(data["fps"])
    if _is_generated(data):
        return EDGE_FPS
    if _smpl_names(data) is None or "smpl_scaling" in data or _MUSIC.search(path.stem):
        return AIST_FPS
    raise MusicError(
        f"{path} does not tell its frame rate; add it to the file as fps, or name the file as "
        "AIST++ does if it is of 60 frames per second"
    )


def _music_of(data: dict[str, Any], name: str) -> tuple[str, float | None, float]:
    """Return the group of a sequence, and tempo and start of its music, by its name.

    A dance that EDGE made goes with the music from no known place, so that it has none here.
    """
    if _is_generated(data) or not _MUSIC.search(name):
        return name, None, 0.0
    piece = re.search(r"_slice(\d+)$", name)
    start = EDGE_STRIDE * int(piece[1]) if piece else 0.0
    return aist_group(name), aist_bpm(name), start


def _smpl_motion(data: dict[str, Any]) -> np.ndarray:
    """Return joints from angles (N, 24, 3) or (N, 72), translations (N, 3) and perhaps a scale."""
    angle_name, place_name, scale_name = _smpl_names(data) or ("", "", "")
    angles = np.asarray(data[angle_name], np.float64)
    angles = angles.reshape(len(angles), -1, 3)
    scale = float(np.asarray(data.get(scale_name, 1.0)).reshape(-1)[0])
    root = np.asarray(data[place_name], np.float64).reshape(len(angles), 3) / scale
    positions, rotations = smpl_forward(angles, root)
    turn = upright_turn(positions, SMPL_JOINTS)
    positions, frame = positions @ turn.T, turn @ rotations[:, _HEAD]
    return assemble(limbs_at(positions, SMPL_JOINTS), positions[:, _HEAD], frame)


def smpl_forward(angles: np.ndarray, root: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return positions (T, 22, 3) and world rotations (T, 22, 3, 3) of an SMPL body.

    Shape:
        angles: (T, >= 22, 3) axis-angle vectors in radians
        root: (T, 3) metres
    """
    local = Rotation.from_rotvec(angles[:, : len(SMPL_PARENTS)].reshape(-1, 3)).as_matrix()
    local = local.reshape(len(angles), len(SMPL_PARENTS), 3, 3)
    positions, rotations = np.zeros((len(angles), 22, 3)), local.copy()
    positions[:, 0] = root
    for joint, parent in enumerate(SMPL_PARENTS[1:], 1):
        rotations[:, joint] = rotations[:, parent] @ local[:, joint]
        positions[:, joint] = positions[:, parent] + rotations[:, parent] @ SMPL_REST[joint]
    return positions, rotations


def _turn_between(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return the smallest rotations (T, 3, 3) that turn vectors ``start`` to ``end``, (T, 3)."""
    a, b = unit(start), unit(end)
    cross = np.cross(a, b)
    sine, cosine = np.linalg.norm(cross, axis=-1), (a * b).sum(-1)
    turn = unit(cross) * np.arctan2(sine, cosine)[:, None]
    return Rotation.from_rotvec(turn).as_matrix()


def smpl_joints(positions: np.ndarray) -> np.ndarray:
    """Return (T, 18, 3) joints from (T, >= 22, 3) positions in SMPL's order.

    Positions do not tell the turn of the head; the shoulders and the neck's bend stand for it.
    """
    limbs = limbs_at(positions, SMPL_JOINTS)
    left = limbs["left_shoulder"] - limbs["right_shoulder"]
    rest = frame_of(np.array([1.0, 0, 0]), SMPL_REST[_NECK])
    chest = frame_of(left, positions[:, _NECK] - positions[:, _SPINE]) @ rest.T
    bend = _turn_between(chest @ SMPL_REST[_HEAD], positions[:, _HEAD] - positions[:, _NECK])
    return assemble(limbs, positions[:, _HEAD], bend @ chest)


def clip_motions(arrays: dict[str, np.ndarray], fps: float, name: str) -> list[Motion]:
    """Return each clip of ``joints`` (clips, frames, 22, 3) as a Motion of its own.

    All clips of a sequence share one scale; each finds its own floor. Clip ``seg`` n holds the
    n-th stretch of the sequence, so its beats are known.
    """
    clips, frames = arrays["joints"].shape[:2]
    positions = arrays["joints"].reshape(clips * frames, -1, 3)
    joints = smpl_joints(positions @ upright_turn(positions, SMPL_JOINTS).T)
    return [
        Motion(
            grounded(joints[index * frames : (index + 1) * frames], fps),
            fps,
            f"{name}_s{segment}",
            aist_group(name),
            bpm=float(arrays["bpm"]),
            music_start=float(segment) * frames / fps,
        )
        for index, segment in enumerate(arrays["seg"])
    ]


def _keypoints3d(data: dict[str, Any]) -> np.ndarray:
    """Return (N, 17, 3) centimetres, gaps of undetected joints filled by straight lines."""
    points = np.array(data.get("keypoints3d_optim", data.get("keypoints3d")), np.float64)
    if points.ndim != 3 or points.shape[1:] != (17, 3):
        raise ValueError(f"keypoints3d must be (N, 17, 3), got {points.shape}")
    detected = np.asarray(np.isfinite(points).all(axis=-1))
    if not detected.any(axis=0).all():
        raise ValueError("a joint was never detected")
    return fill_unseen(points, detected)


def _coco_motion(points: np.ndarray) -> np.ndarray:
    """Return joints from (N, 17, 3) in COCO's order, the head's turn from its measured face."""
    index = {name: place for place, name in enumerate(COCO_17)}
    points = points @ upright_turn(points, index).T
    named = {name: points[:, place] for name, place in index.items()}
    measured = np.zeros((len(points), NUM_JOINTS, 3))
    for name, path in named.items():
        measured[:, JOINT[name]] = path
    ears = (named["left_ear"] + named["right_ear"]) / 2
    return assemble(limbs_at(points, index), ears, head_frame(measured), 0.0)
