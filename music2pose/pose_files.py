"""Read and write pose sequences: our own npz, and the forms that people exchange poses in."""

import json
import os
import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from checkpoints import first_line
from checkpoints.files import whole_file
from music2pose import MusicError
from music2pose.keypoints2d import read_keypoints2d
from music2pose.pose import NUM_JOINTS, VISIBLE, PoseSequence

POSE_SUFFIXES = (".npz", ".json", "")
"""What poses may be saved as; without a suffix, as a folder with OpenPose's one file a frame."""
_FRAME_FILE = "*_keypoints.json"
BODY_25_TO_COCO_18 = (*range(8), *range(9, 19))
"""OpenPose's newer body model has a middle hip (8) and feet (19-24) besides the same joints."""

BROKEN_NPZ = (
    ValueError,
    TypeError,
    KeyError,
    OSError,
    EOFError,
    MemoryError,
    zipfile.BadZipFile,
    zlib.error,
)


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
        return _from_document(
            {"frames": [_read_json(file) for file in _frame_files(path)]}, fps, canvas, path
        )
    if not path.exists():
        raise MusicError(f"no poses at {path}; give an .npz, a .json or a folder of .json files")
    if path.suffix.lower() == ".npz":
        return _load_npz(path)
    if path.suffix.lower() == ".json":
        return _from_document(_read_json(path), fps, canvas, path)
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
        return _save_folder(poses, path)
    with whole_file(path) as partial:
        if path.suffix.lower() == ".npz":
            _write_npz(poses, partial)
        else:
            partial.write_text(json.dumps(openpose_document(poses)))
    return path


def _save_folder(poses: PoseSequence, folder: Path) -> Path:
    """Write one file per frame; each also says canvas and fps, so nothing is lost."""
    if folder.exists() and set(folder.iterdir()) - set(folder.glob(_FRAME_FILE)):
        raise MusicError(f"{folder} holds more than poses; give the name of a new folder")
    document = openpose_document(poses)
    header = {name: value for name, value in document.items() if name != "frames"}
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name[:40]}.") as made:
        whole = Path(made) / folder.name
        whole.mkdir()
        for index, frame in enumerate(document["frames"]):
            text = json.dumps({"version": 1.3, **header, **frame})
            (whole / f"poses_{index:012d}_keypoints.json").write_text(text)
        if folder.exists():
            shutil.rmtree(folder)
        os.replace(whole, folder)
    return folder


def openpose_document(poses: PoseSequence) -> dict[str, Any]:
    """Return ``poses`` in OpenPose's form, in pixels of a canvas at least 512 high."""
    width, height = _canvas(poses.aspect)
    values = np.concatenate([poses.keypoints * height, poses.confidence[..., None]], axis=-1)
    people = [frame.reshape(-1).round(3).tolist() for frame in values.astype(np.float64)]
    return {
        "fps": poses.fps,
        "canvas_width": width,
        "canvas_height": height,
        "frames": [{"people": [{"pose_keypoints_2d": person}]} for person in people],
    }


def follow_dancer(people: Sequence[np.ndarray]) -> np.ndarray:
    """Return the one person of a video that is largest and surest over time.

    People of consecutive frames are the same one when their centres lie within half a body of
    each other; somebody who is not found for a while is waited for where they were last seen.

    Shape:
        people: T arrays (N, 18, 3) of x, y and confidence, N differing from frame to frame
        returns: (T, 18, 3), zeros where the dancer was not found
    """
    tracks: list[_Track] = []
    for frame, candidates in enumerate(people):
        taken: set[int] = set()
        for person in sorted(candidates, key=_presence, reverse=True):
            track = _nearest_track(tracks, taken, person)
            if track is None:
                tracks.append(_Track())
                track = len(tracks) - 1
            taken.add(track)
            tracks[track].add(frame, person)
    followed = np.zeros((len(people), NUM_JOINTS, 3))
    if tracks:
        for frame, person in max(tracks, key=lambda track: track.presence).people.items():
            followed[frame] = person
    return followed


@dataclass
class _Track:
    """One person over time: ``people`` maps a frame's index to (18, 3)."""

    people: dict[int, np.ndarray] = field(default_factory=dict)
    presence: float = 0.0
    last: np.ndarray = field(default_factory=lambda: np.zeros((NUM_JOINTS, 3)))

    def add(self, frame: int, person: np.ndarray) -> None:
        """Go on with where the person (18, 3) is in a frame."""
        self.people[frame] = self.last = person
        self.presence += _presence(person)


def _nearest_track(tracks: list[_Track], taken: set[int], person: np.ndarray) -> int | None:
    """Return the index of the free track whose last position ``person`` continues, if any."""
    near = {}
    for index, track in enumerate(tracks):
        if index not in taken:
            distance = np.linalg.norm(_centre(track.last) - _centre(person))
            if distance <= 0.5 * max(_height(track.last), _height(person)):
                near[index] = distance
    return min(near, key=lambda index: near[index]) if near else None


def _seen(person: np.ndarray) -> np.ndarray:
    return person[person[:, 2] >= VISIBLE, :2]


def _centre(person: np.ndarray) -> np.ndarray:
    return np.median(_seen(person), axis=0)


def _height(person: np.ndarray) -> float:
    return float(np.ptp(_seen(person), axis=0).max())


def _presence(person: np.ndarray) -> float:
    """Return how large and how sure a person is: height times the sum of confidences."""
    return _height(person) * float(person[:, 2].sum())


def _write_npz(poses: PoseSequence, path: Path) -> None:
    with path.open("wb") as file:
        np.savez_compressed(
            file,
            keypoints=poses.keypoints.astype(np.float32),
            confidence=poses.confidence.astype(np.float32),
            fps=np.float64(poses.fps),
            aspect=np.float64(poses.aspect),
        )


def _canvas(aspect: float) -> tuple[int, int]:
    """Return a width and height in whole pixels of exactly that aspect where there is one.

    >>> _canvas(1.0), _canvas(16 / 9)
    ((512, 512), (912, 513))
    """
    ratio = Fraction(aspect).limit_denominator(4096)
    scale = max(1, -(-512 // ratio.denominator))
    return max(1, ratio.numerator * scale), ratio.denominator * scale


def _load_npz(path: Path) -> PoseSequence:
    try:
        with np.load(path, allow_pickle=False) as file:
            fps, aspect = float(file["fps"]), float(file["aspect"]) if "aspect" in file else 1.0
            keypoints = file["keypoints"].astype(np.float32)
            confidence = file["confidence"].astype(np.float32)
    except BROKEN_NPZ as error:
        raise MusicError(
            f"cannot read poses from {path}: {first_line(error)}; it should be an .npz with "
            "keypoints (T, 18, 2), confidence (T, 18), fps and aspect"
        ) from error
    return _checked_poses(path, keypoints, confidence, fps, aspect)


def _checked_poses(
    path: Path, keypoints: np.ndarray, confidence: np.ndarray, fps: float, aspect: float
) -> PoseSequence:
    if keypoints.ndim == 0 or len(keypoints) == 0:
        raise MusicError(f"{path} holds no frames; at least one is needed")
    try:
        if keypoints.shape[:2] == confidence.shape:
            keypoints = np.where(confidence[..., None] > 0, keypoints, 0)
        return PoseSequence(keypoints, confidence.clip(0, 1), fps, aspect)
    except MusicError as error:
        raise MusicError(f"{path}: {error}") from error


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError, OSError) as error:
        raise MusicError(
            f"cannot read {path} as JSON: {first_line(error)}; is it an OpenPose file?"
        ) from error


def _frame_files(folder: Path) -> list[Path]:
    """Return the folder's JSON files by the last number in their names."""
    files = [file for file in folder.iterdir() if file.suffix.lower() == ".json"]
    if not files:
        raise MusicError(f"{folder} holds no .json files; give a folder with one file per frame")
    return sorted(files, key=lambda file: (_last_number(file.stem), file.name))


def _last_number(name: str) -> int:
    """
    >>> _last_number("clip2_000000000041_keypoints")
    41
    """
    numbers = re.findall(r"\d+", name)
    return int(numbers[-1]) if numbers else -1


def _from_document(
    document: Any, fps: float | None, canvas: tuple[float, float] | None, path: Path
) -> PoseSequence:
    header, frames = _header_and_frames(document, path)
    people = [_people(frame, f"{path}, frame {index}") for index, frame in enumerate(frames)]
    fps = _header_number("fps", header, path) or fps
    if fps is None:
        raise MusicError(f"{path} does not say its frame rate; give it with --fps")
    followed = follow_dancer(people)
    width = _header_number("canvas_width", header, path)
    height = _header_number("canvas_height", header, path)
    if canvas is not None and (width is None or height is None):
        width, height = canvas
    keypoints, aspect = _to_canvas(followed, width, height)
    return _checked_poses(
        path, keypoints.astype(np.float32), followed[..., 2].astype(np.float32), fps, aspect
    )


def _header_and_frames(document: Any, path: Path) -> tuple[dict[str, Any], list[Any]]:
    """Return what stands at the top of the file, or else in its first frame, and the frames."""
    if isinstance(document, list):
        document = {"frames": document}
    frames = document.get("frames") if isinstance(document, dict) else None
    if not isinstance(frames, list) or not frames:
        raise MusicError(
            f"{path} holds no list of frames; OpenPose JSON has "
            '{"frames": [{"people": [{"pose_keypoints_2d": [...]}]}]}'
        )
    first = frames[0] if isinstance(frames[0], dict) else {}
    return {**first, **document}, frames


def _header_number(name: str, header: dict[str, Any], path: Path) -> float | None:
    """Return a positive number of the header, None where it does not have it."""
    value = header.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e6:
        raise MusicError(f"{path}: {name} must be a positive number, got {value!r}")
    return float(value)


def _to_canvas(
    followed: np.ndarray, width: float | None, height: float | None
) -> tuple[np.ndarray, float]:
    """Return keypoints in canvas heights, and the canvas' aspect.

    Without a canvas size, the canvas is the one in whose middle the dancer's whole path lies.
    With one, coordinates that are all below 1.5 are fractions of it, as some tools write.
    """
    keypoints, seen = followed[..., :2], followed[..., 2] > 0
    positions = keypoints[seen] if seen.any() else np.ones((1, 2))
    if width is None or height is None:
        size = np.maximum(positions.min(axis=0) + positions.max(axis=0), 1e-3)
    else:
        size = np.array([width, height])
        if np.abs(positions).max() <= 1.5 < size.min():
            keypoints = keypoints * size
    return keypoints / size[1], float(size[0] / size[1])


def _people(frame: Any, place: str) -> np.ndarray:
    """Return everybody of one frame who has a visible joint, (N, 18, 3)."""
    people = frame.get("people") if isinstance(frame, dict) else None
    if not isinstance(people, list):
        raise MusicError(f'{place}: expected {{"people": [...]}}, got {_short(frame)}')
    bodies = [_body(person, place) for person in people]
    seen = [body for body in bodies if body is not None and (body[:, 2] >= VISIBLE).any()]
    return np.array(seen).reshape(-1, NUM_JOINTS, 3)


def _body(person: Any, place: str) -> np.ndarray | None:
    """Return one person's (18, 3), or None for an entry without a body (a hand, a face)."""
    values = person.get("pose_keypoints_2d") if isinstance(person, dict) else None
    if not values:
        return None
    try:
        body = np.array(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        body = np.array([np.nan])
    if not np.isfinite(body).all() or np.abs(body).max() > 1e6:
        raise MusicError(f"{place}: pose_keypoints_2d must hold finite numbers")
    if body.shape == (75,):
        body = body.reshape(25, 3)[list(BODY_25_TO_COCO_18)].reshape(-1)
    if body.shape != (54,):
        raise MusicError(
            f"{place}: pose_keypoints_2d must hold 54 numbers (COCO-18) or 75 (BODY_25), "
            f"got {len(values)}"
        )
    return body.reshape(NUM_JOINTS, 3)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
