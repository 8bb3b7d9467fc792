"""Read and write pose sequences: our own npz, and the forms that people exchange poses in."""

import json
from pathlib import Path

from checkpoints.files import whole_file
from music2pose import MusicError
from music2pose.keypoints.aist import read_keypoints2d
from music2pose.keypoints.documents import frame_files, from_document, read_json
from music2pose.keypoints.npz import load_npz, write_npz
from music2pose.keypoints.openpose import openpose_document, save_folder
from music2pose.pose import PoseSequence

POSE_SUFFIXES = (".npz", ".json", "")
"""What poses may be saved as; without a suffix, as a folder with OpenPose's one file a frame."""


def load_poses(
    path: Path, fps: float | None = None, canvas: tuple[float, float] | None = None
) -> PoseSequence:
    """Read a dance from ``.npz``, ``.json``, or a folder with one JSON file per frame.

    Of a ``.pkl`` of AIST++'s ``keypoints2d`` the view of the first camera is read.

    Args:
        fps: frames per second where the file does not say it itself.
        canvas: width and height in pixels where the file does not say them itself.

    Raises:
        MusicError: the file is missing, broken, of another kind, or names no frame rate.
    """
    if path.is_dir():
        return from_document(
            {"frames": [read_json(file) for file in frame_files(path)]}, fps, canvas, path
        )
    if not path.exists():
        raise MusicError(f"no poses at {path}; give an .npz, a .json or a folder of .json files")
    if path.suffix.lower() == ".npz":
        return load_npz(path)
    if path.suffix.lower() == ".json":
        return from_document(read_json(path), fps, canvas, path)
    if path.suffix.lower() == ".pkl":
        return read_keypoints2d(path)[0]
    raise MusicError(f"{path} is no pose file; give an .npz, a .json or a folder of .json files")


def save_poses(poses: PoseSequence, path: Path) -> Path:
    """Write ``poses`` as ``.npz`` or, in pixels, as OpenPose ``.json``; whole or not at all.

    A name without a suffix becomes a folder with OpenPose's one file per frame.

    Raises:
        MusicError: the name ends in something else, or the folder holds other things.
    """
    if path.suffix.lower() not in POSE_SUFFIXES:
        raise MusicError(
            f"cannot save poses as {path.name}; use a name in .npz or .json, or without a suffix "
            "for a folder"
        )
    if not path.suffix:
        return save_folder(poses, path)
    with whole_file(path) as partial:
        if path.suffix.lower() == ".npz":
            write_npz(poses, partial)
        else:
            partial.write_text(json.dumps(openpose_document(poses)))
    return path
