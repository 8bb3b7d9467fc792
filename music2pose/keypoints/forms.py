"""The JSON forms that programs write people in: OpenPose, ComfyUI, AlphaPose, MMPose, COCO."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from checkpoints.foreign import short
from music2pose import MusicError
from music2pose.keypoints.bodies import ORDER_NAMES, ORDERS, coco_18
from music2pose.keypoints.numbering import frame_numbers
from music2pose.pose import JOINTS, NUM_JOINTS, VISIBLE

PEOPLE = ("people", "bodies", "instances")
"""Under which name a frame holds its people: OpenPose and ComfyUI, AlphaPose, MMPose."""
POINTS = ("pose_keypoints_2d", "pose_keypoints", "body_parts", "joints", "keypoints")
"""Under which name a person holds a body: OpenPose, before 2018, its first version; others."""
TRACKS = ("person_id", "idx", "track_id")
"""Under which name a person holds the number that a tracker gave."""
LARGEST = 1e6

Canvas = tuple[float, float]
"""Width and height in pixels."""


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
    canvas: Canvas | None = None
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
    header = document if isinstance(document, dict) else {}
    frames = _frames(document, header, path)
    if not isinstance(frames, list) or not frames:
        raise MusicError(
            f"{path} holds no list of frames; OpenPose JSON has "
            '{"frames": [{"people": [{"pose_keypoints_2d": [...]}]}]}'
        )
    is_sparse = _has(frames[0], "image_id")
    if is_sparse:
        frames = _by_image(frames, path)
    elif _has(frames[0], *POINTS):
        frames = [{"people": frames}]
    first = frames[0] if isinstance(frames[0], dict) else {}
    fps = header_number("fps", {**first, **header}, path)
    stated = _Stated(_named_order(header, path), _canvas(header, path))
    pictures = [_picture(frame, f"{path}, frame {k}", stated) for k, frame in enumerate(frames)]
    return Document(pictures, fps, is_sparse)


class _Stated(NamedTuple):
    """What the top of a file says of all its frames."""

    order: tuple[str, ...] | None
    canvas: Canvas | None


def _frames(document: Any, header: dict[str, Any], path: Path) -> Any:
    """Return what should be a list of frames, or of people, wherever it is in a file."""
    if _has(header, *PEOPLE):
        return [header]  # one picture's file
    if _has(header, "images"):
        return _coco_frames(header, path)
    if header and all(_has(value, *PEOPLE) for value in header.values()):
        return _named_frames(header, path)
    return header.get("frames", header.get("instance_info", document))


def header_number(
    name: str, header: dict[str, Any], place: Path | str, least: float = 0
) -> float | None:
    """Return a positive number of a header, None where it does not have it."""
    value = header.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < LARGEST:
        raise MusicError(f"{place}: {name} must be a positive number, got {short(value)}")
    if value < least:
        raise MusicError(f"{place}: {name} must be {least:g} or more, got {value:g}")
    return float(value)


def _has(value: Any, *names: str) -> bool:
    """Return whether a value is an object with one of these names in it."""
    return isinstance(value, dict) and any(name in value for name in names)


def _canvas(header: dict[str, Any], place: Path | str) -> Canvas | None:
    width, height = (
        header_number(f"canvas_{side}", header, place, least=1) for side in ("width", "height")
    )
    return None if width is None or height is None else (width, height)


def _named_order(header: dict[str, Any], path: Path) -> tuple[str, ...] | None:
    """Return the order of joints that the file itself states: MMPose's, or COCO's categories."""
    names = _found(header, "meta_info", "keypoint_id2name")
    if isinstance(names, dict):
        names = [names[key] for key in sorted(names, key=lambda key: (len(key), key))]
    names = names or _found(header, "categories", 0, "keypoints")
    if not isinstance(names, list) or not names:
        return None
    order = tuple(str(name).strip().lower().replace(" ", "_") for name in names)
    missing = {*JOINTS} - {*order, "neck"}
    if missing:
        raise MusicError(f"{path} names joints of another body, without {min(missing)}")
    return order


def _found(value: Any, *steps: str | int) -> Any:
    """Return what lies in a value under names and places, or None."""
    for step in steps:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _named_frames(header: dict[str, Any], path: Path) -> list[dict[str, Any]]:
    """Return the frames of a file that holds them by the names of their pictures (AlphaPose)."""
    numbers = dict(zip(header, frame_numbers(list(header), path), strict=True))
    return [
        header[name] | {"frame_id": numbers[name]}
        for name in sorted(header, key=lambda name: numbers[name])
    ]


def _by_image(entries: list[Any], path: Path) -> list[dict[str, Any]]:
    """Return frames from a list of people who say which picture they are in (AlphaPose, COCO)."""
    for index, entry in enumerate(entries):
        if not _has(entry, "image_id"):
            raise MusicError(f"{path}, person {index}: expected an image_id, got {short(entry)}")
    people = _people_by_image(entries)
    numbers = dict(zip(people, frame_numbers(list(map(_stem, people)), path), strict=True))
    return [
        {"people": people[name], "frame_id": numbers[name]}
        for name in sorted(people, key=lambda name: numbers[name])
    ]


def _people_by_image(entries: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """Return the people of each picture, by the text of what they call it."""
    people: dict[str, list[Any]] = {}
    for entry in entries:
        people.setdefault(str(entry["image_id"]), []).append(entry)
    return people


def _stem(name: Any) -> str:
    return Path(str(name)).stem


def _coco_frames(header: dict[str, Any], path: Path) -> list[dict[str, Any]]:
    """Return the frames of a COCO annotation, one for each of its images."""
    images, entries = header["images"], header.get("annotations", [])
    if not _all_have(images, "id") or not _all_have(entries, "image_id"):
        raise MusicError(f"{path} is no COCO annotation: its images or annotations have no id")
    numbers = frame_numbers([_stem(image.get("file_name", image["id"])) for image in images], path)
    people = _people_by_image(entries)
    frames = [
        {
            "people": people.get(str(image["id"]), []),
            "frame_id": number,
            "canvas_width": image.get("width"),
            "canvas_height": image.get("height"),
        }
        for number, image in zip(numbers, images, strict=True)
    ]
    return sorted(frames, key=lambda frame: frame["frame_id"])


def _all_have(values: Any, name: str) -> bool:
    return isinstance(values, list) and all(_has(value, name) for value in values)


def _picture(frame: Any, place: str, stated: _Stated) -> Picture:
    entries = next((frame[name] for name in PEOPLE if _has(frame, name)), None)
    if not isinstance(entries, list):
        raise MusicError(f'{place}: expected {{"people": [...]}}, got {short(frame)}')
    people = np.array([_body(entry, place, stated.order) for entry in entries])
    people = people.reshape(-1, NUM_JOINTS, 3)
    seen = (people[..., 2] >= VISIBLE).any(axis=1)
    tracks = tuple(_track(entries[index]) for index in np.flatnonzero(seen))
    number = frame.get("frame_id")
    canvas = _canvas(frame, place) or stated.canvas
    return Picture(people[seen], tracks, number if type(number) is int else None, canvas)


def _track(person: Any) -> int | None:
    """Return the number that a tracker gave a person; -1 and words are none."""
    found: Any = next((person[name] for name in TRACKS if _has(person, name)), None)
    if isinstance(found, list):
        found = found[0] if found else None
    is_number = isinstance(found, int | float) and not isinstance(found, bool)
    return int(found) if is_number and 0 <= found < LARGEST else None


def _body(person: Any, place: str, order: tuple[str, ...] | None) -> np.ndarray:
    """Return one person's (18, 3), all zero for an entry without a body (a hand, a face)."""
    name = next((name for name in POINTS if _has(person, name) and person[name]), None)
    if name is None:
        return np.zeros((NUM_JOINTS, 3))
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
