"""The JSON forms that programs write people in: OpenPose, ComfyUI, AlphaPose, MMPose, COCO."""

import reprlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from music2pose import MusicError
from music2pose.keypoints.bodies import ORDER_NAMES, ORDERS, coco_18
from music2pose.keypoints.numbering import frame_numbers
from music2pose.pose import JOINT, NUM_JOINTS, VISIBLE

PEOPLE = ("people", "bodies", "instances")
"""Under which name a frame holds its people: OpenPose and ComfyUI, AlphaPose, MMPose."""
POINTS = ("pose_keypoints_2d", "pose_keypoints", "body_parts", "joints", "keypoints")
"""Under which name a person holds a body: OpenPose, before 2018, its first version; others."""
TRACKS = ("person_id", "idx", "track_id")
"""Under which name a person holds the number that a tracker gave."""
LARGEST = 1e6


@dataclass(frozen=True)
class Picture:
    """Who is in one frame, in the file's own unit.

    Shape:
        people: (N, 18, 3), x, y and confidence of everybody of whom a joint is seen
    """

    people: np.ndarray
    tracks: tuple[int | None, ...]
    """For each of the people the number that a tracker gave them."""
    number: int | None = None
    """Of the frame, where the file says it; otherwise it follows the one before."""
    canvas: tuple[float, float] | None = None
    """Width and height, where the file says them."""


@dataclass(frozen=True)
class Document:
    """What a file says."""

    pictures: list[Picture]
    fps: float | None = None
    is_sparse: bool = False
    """Frames that show nobody are left out."""


def read_document(document: Any, path: Path) -> Document:
    """Return the pictures of a JSON file of any known form.

    Raises:
        MusicError: it is of no known form.
    """
    if isinstance(document, dict) and any(name in document for name in PEOPLE):
        document = [document]  # one picture's file
    header = document if isinstance(document, dict) else {}
    order = _named_order(header, path)
    frames = _coco_frames(header, path) or _named_frames(header, path)
    if frames is None:
        frames = header.get("frames", header.get("instance_info", document))
    if not isinstance(frames, list) or not frames:
        raise MusicError(
            f"{path} holds no list of frames; OpenPose JSON has "
            '{"frames": [{"people": [{"pose_keypoints_2d": [...]}]}]}'
        )
    is_sparse = _has(frames[0], "image_id")
    if is_sparse:
        frames = _by_image(frames, path)
    elif any(_has(frames[0], name) for name in POINTS):
        frames = [{"people": frames}]
    first = frames[0] if isinstance(frames[0], dict) else {}
    fps = header_number("fps", {**first, **header}, path)
    canvas = _canvas(header, path)
    pictures = [
        _picture(frame, f"{path}, frame {index}", order, canvas)
        for index, frame in enumerate(frames)
    ]
    return Document(pictures, fps, is_sparse)


def header_number(name: str, header: dict[str, Any], place: Path | str) -> float | None:
    """Return a positive number of a header, None where it does not have it."""
    value = header.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < LARGEST:
        raise MusicError(f"{place}: {name} must be a positive number, got {_short(value)}")
    return float(value)


def _has(value: Any, name: str) -> bool:
    return isinstance(value, dict) and name in value


def _canvas(header: dict[str, Any], place: Path | str) -> tuple[float, float] | None:
    sides = [header_number(f"canvas_{side}", header, place) for side in ("width", "height")]
    width, height = sides
    return None if width is None or height is None else (width, height)


def _named_order(header: dict[str, Any], path: Path) -> tuple[str, ...] | None:
    """Return the order of joints that the file itself states: MMPose's, or COCO's categories."""
    names: Any = None
    if isinstance(meta := header.get("meta_info"), dict):
        names = meta.get("keypoint_id2name")
    elif isinstance(categories := header.get("categories"), list) and categories:
        names = categories[0].get("keypoints") if isinstance(categories[0], dict) else None
    if isinstance(names, dict) and all(str(key).isdecimal() for key in names):
        names = [names[key] for key in sorted(names, key=int)]
    if not isinstance(names, list) or not names:
        return None
    order = tuple(str(name).strip().lower().replace(" ", "_") for name in names)
    missing = [name for name in JOINT if name not in order and name != "neck"]
    if missing:
        raise MusicError(f"{path} names joints of another body, without {missing[0]}")
    return order


def _named_frames(header: dict[str, Any], path: Path) -> list[dict[str, Any]] | None:
    """Return the frames of a file that holds them by the names of their pictures (AlphaPose)."""
    if not header or not all(_has(v, "people") or _has(v, "bodies") for v in header.values()):
        return None
    numbers = frame_numbers(list(header), path)
    named = sorted(zip(numbers, header.values(), strict=True), key=lambda pair: pair[0])
    return [frame | {"frame_id": number} for number, frame in named]


def _by_image(entries: list[Any], path: Path) -> list[dict[str, Any]]:
    """Return frames from a list of people who say which picture they are in (AlphaPose, COCO)."""
    people: dict[str, list[Any]] = {}
    for index, entry in enumerate(entries):
        if not _has(entry, "image_id"):
            raise MusicError(f"{path}, person {index}: expected an image_id, got {_short(entry)}")
        people.setdefault(_stem(entry["image_id"]), []).append(entry)
    numbers = dict(zip(people, frame_numbers(list(people), path), strict=True))
    return [
        {"people": people[name], "frame_id": numbers[name]}
        for name in sorted(people, key=lambda name: numbers[name])
    ]


def _stem(name: Any) -> str:
    return Path(str(name)).stem


def _coco_frames(header: dict[str, Any], path: Path) -> list[dict[str, Any]] | None:
    """Return the frames of a COCO annotation, one for each of its images."""
    images, entries = header.get("images"), header.get("annotations")
    if not isinstance(images, list) or not isinstance(entries, list) or not images:
        return None
    if not all(_has(image, "id") for image in images) or not all(map(_has_image, entries)):
        raise MusicError(f"{path} lists images or annotations without an id")
    names = [_stem(image.get("file_name", image["id"])) for image in images]
    numbers = frame_numbers(names, path)
    frames = [
        {
            "people": [entry for entry in entries if entry["image_id"] == image["id"]],
            "frame_id": number,
            "canvas_width": image.get("width"),
            "canvas_height": image.get("height"),
        }
        for number, image in zip(numbers, images, strict=True)
    ]
    return sorted(frames, key=lambda frame: frame["frame_id"])


def _has_image(entry: Any) -> bool:
    return _has(entry, "image_id")


def _picture(
    frame: Any,
    place: str,
    order: tuple[str, ...] | None,
    canvas: tuple[float, float] | None,
) -> Picture:
    name = next((name for name in PEOPLE if _has(frame, name)), None)
    people = None if name is None else frame[name]
    if not isinstance(people, list):
        raise MusicError(f'{place}: expected {{"people": [...]}}, got {_short(frame)}')
    bodies = [(_body(person, place, order), _track(person)) for person in people]
    seen = [(b, track) for b, track in bodies if b is not None and (b[:, 2] >= VISIBLE).any()]
    number = frame.get("frame_id")
    return Picture(
        np.array([body for body, _ in seen]).reshape(-1, NUM_JOINTS, 3),
        tuple(track for _, track in seen),
        number if isinstance(number, int) and not isinstance(number, bool) else None,
        _canvas(frame, place) or canvas,
    )


def _track(person: dict[str, Any]) -> int | None:
    """Return the number that a tracker gave a person; -1 and words are none."""
    found = next((person[name] for name in TRACKS if _has(person, name)), None)
    while isinstance(found, list) and found:
        found = found[0]
    is_number = isinstance(found, int | float) and not isinstance(found, bool) and found >= 0
    return int(found) if is_number and found < LARGEST else None  # type: ignore[arg-type]


def _body(person: Any, place: str, order: tuple[str, ...] | None) -> np.ndarray | None:
    """Return one person's (18, 3), or None for an entry without a body (a hand, a face)."""
    name = next((name for name in POINTS if _has(person, name) and person[name]), None)
    if name is None:
        return None
    points = _points(person[name], person.get("keypoint_scores"), f"{place}: {name}")
    if order is None or len(order) > len(points):
        order = ORDERS.get(len(points))
    if order is None:
        raise MusicError(
            f"{place}: {name} must hold x, y and confidence of {ORDER_NAMES} points, "
            f"got {len(points)} points"
        )
    return coco_18(points, order)


def _points(values: Any, scores: Any, place: str) -> np.ndarray:
    """Return (K, 3) from x, y and confidence in a row or nested, or from x, y and scores."""
    points = _numbers(values, place)
    if scores is not None:
        scores = _numbers(scores, place)
        if points.ndim == 2 and points.shape == (*scores.shape, 2):
            points = np.concatenate([points, scores[:, None]], axis=1)
    if points.ndim == 1 and points.size % 3 == 0:
        points = points.reshape(-1, 3)
    if points.ndim != 2 or points.shape[1] != 3:
        raise MusicError(f"{place} must hold x, y and confidence of each point")
    return points


def _numbers(values: Sequence[Any], place: str) -> np.ndarray:
    try:
        numbers = np.array(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        numbers = np.array([np.nan])
    if not np.isfinite(numbers).all() or np.abs(numbers).max(initial=0) > LARGEST:
        raise MusicError(f"{place} must hold finite numbers")
    return numbers


def _short(value: Any) -> str:
    text = repr(value) if isinstance(value, str | int | float) else reprlib.repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
