"""Read poses from JSON: one document, or a folder with one file a frame."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np

from checkpoints import first_line
from music2pose import MusicError
from music2pose.keypoints.checked import checked_poses
from music2pose.keypoints.following import follow_dancer
from music2pose.pose import NUM_JOINTS, VISIBLE, PoseSequence

BODY_25_TO_COCO_18 = (*range(8), *range(9, 19))
"""OpenPose's newer body model has a middle hip (8) and feet (19-24) besides the same joints."""


def read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError, OSError) as error:
        raise MusicError(
            f"cannot read {path} as JSON: {first_line(error)}; is it an OpenPose file?"
        ) from error


def frame_files(folder: Path) -> list[Path]:
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


def from_document(
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
    return checked_poses(
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
