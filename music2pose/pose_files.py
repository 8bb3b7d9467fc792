"""Read and write pose sequences: our own npz, and the forms that people exchange poses in.

They are also written as motion in three dimensions, once they are lifted to it."""

import json
from dataclasses import replace
from pathlib import Path

from checkpoints.files import whole_file
from music2pose import MusicError
from music2pose.keypoints.aist import read_keypoints2d
from music2pose.keypoints.documents import Source, read_documents
from music2pose.keypoints.npz import load_npz, write_npz
from music2pose.keypoints.openpose import comfy_document, openpose_document, save_folder
from music2pose.pose import PoseSequence

COMFY_SUFFIX = ".comfy.json"
POSE_SUFFIXES = (".npz", ".json", "")
"""What poses are read from and saved as; without a suffix, as a folder with OpenPose's one file a
frame."""
MOTION_SUFFIXES = (".bvh", ".glb")
SAVED_SUFFIXES = (*POSE_SUFFIXES, *MOTION_SUFFIXES)
"""What poses may be saved as, those in three dimensions last."""


def load_poses(
    path: Path,
    fps: float | None = None,
    canvas: tuple[float, float] | None = None,
    seconds: float | None = None,
) -> PoseSequence:
    """Read a dance from ``.npz``, ``.json``, or a folder with one JSON file per frame.

    JSON may be of OpenPose, ComfyUI, AlphaPose, MMPose or COCO. Of a ``.pkl`` of AIST++'s
    ``keypoints2d`` the view of the first camera is read. What had to be concluded, which frames
    show nobody and how many other people are left out is logged.

    Args:
        fps: frames per second where the file does not say it itself.
        canvas: width and height in pixels where the file does not say them itself.
        seconds: of the video that the poses were found in, where it is known: frame numbers in
            names then count from its start.

    Raises:
        MusicError: the file is missing, broken, of another kind, names no frame rate, shows
            nobody, or counts in fractions of a canvas that nobody names.
    """
    suffix = path.suffix.lower()
    if path.is_dir() or (suffix == ".json" and path.exists()):
        return read_documents(path, Source(fps, canvas, seconds))
    if not path.exists():
        raise MusicError(f"no poses at {path}; give an .npz, a .json or a folder of .json files")
    if suffix == ".npz":
        return load_npz(path)
    if suffix == ".pkl":
        return read_keypoints2d(path)[0]
    raise MusicError(f"{path} is no pose file; give an .npz, a .json or a folder of .json files")


def save_poses(poses: PoseSequence, path: Path) -> Path:
    """Write ``poses`` as ``.npz`` or, in pixels, as OpenPose ``.json``; whole or not at all.

    A name in ``.comfy.json`` becomes ComfyUI's list of POSE_KEYPOINT; one without a suffix, a
    folder with OpenPose's one file per frame; one in ``.bvh`` or ``.glb`` (binary glTF), the dance
    in three dimensions.

    Raises:
        MusicError: the name ends in something else, the folder holds other things, or too little
            is seen of the dancer for three dimensions.
    """
    if path.suffix.lower() not in SAVED_SUFFIXES:
        known = ", ".join(filter(None, SAVED_SUFFIXES))
        raise MusicError(
            f"cannot save poses as {path.name}; use a name in {known}, or without a suffix for a "
            "folder"
        )
    if not path.suffix:
        return save_folder(poses, path)
    if path.suffix.lower() in MOTION_SUFFIXES:
        return _save_lifted(poses, path)
    with whole_file(path) as partial:
        if path.suffix.lower() == ".npz":
            write_npz(poses, partial)
        else:
            is_comfy = path.name.lower().endswith(COMFY_SUFFIX)
            document = comfy_document(poses) if is_comfy else openpose_document(poses)
            partial.write_text(json.dumps(document))
    return path


def _save_lifted(poses: PoseSequence, path: Path) -> Path:
    from music2pose.lifting.lift import lift  # a network; not for those who only read poses
    from music2pose.motion.motion_files import save_motion

    return save_motion(replace(lift(poses).motion, name=path.stem), path)
