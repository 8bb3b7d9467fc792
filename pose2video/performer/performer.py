"""Keep a performer: pictures of one dancer, each with its pose, for renderers to learn from."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from checkpoints.files import unwritable, whole_folder
from checkpoints.foreign import BROKEN_DATA, ForeignFileError, open_file, read_json, short
from music2pose import MusicError
from music2pose.pose import PoseSequence
from music2pose.pose_files import load_poses, save_poses
from pose2video import RenderError

RECORD, POSES, FRAMES = "performer.json", "poses.npz", "frames"
FRAME_SUFFIXES = (".png", ".webp", ".jpg")
QUALITY = {
    ".png": [cv2.IMWRITE_PNG_COMPRESSION, 3],
    ".webp": [cv2.IMWRITE_WEBP_QUALITY, 90],
    ".jpg": [cv2.IMWRITE_JPEG_QUALITY, 95],
}
LARGEST_SIDE = 4096
NEEDED = ("name", "source", "licence", "size", "validation_from")
"""What a record must say."""
VALIDATION_SHARE = 0.1
"""Of all frames, the last ones, that are held out when nothing else is said."""


@dataclass(frozen=True)
class PerformerRecord:
    """What ``performer.json`` says of the pictures, beside their size and rate."""

    name: str
    source: str
    """What the pictures show and where they come from."""
    licence: str
    validation_from: int | None = None
    """The first frame held out; None: the last tenth is."""
    starts: Sequence[int] = (0,)
    """Frames that do not follow the one before in time: the first, and one after each gap."""

    def as_json(self, poses: PoseSequence, size: int) -> dict[str, Any]:
        validation_from = self.validation_from
        if validation_from is None:
            validation_from = max(1, round(len(poses) * (1 - VALIDATION_SHARE)))
        return {
            "name": self.name, "source": self.source, "licence": self.licence,
            "size": [size, size], "fps": poses.fps, "validation_from": validation_from,
            "starts": [int(start) for start in self.starts],
        }  # fmt: skip


@dataclass(frozen=True)
class Performer:
    """One dancer in pictures: frame ``k`` shows pose ``k``, aligned to the pixel.

    Pictures stay on the disk until they are asked for, so a long video costs no memory.
    """

    folder: Path
    name: str
    source: str
    """What the pictures show and where they come from."""
    licence: str
    poses: PoseSequence
    """On a square canvas: the picture."""
    size: int
    """Width and height of the pictures in pixels."""
    validation_from: int
    """This frame and all after it are for validation only."""
    starts: tuple[int, ...]
    """Frames that do not follow the one before in time: the first, and one after each gap."""
    files: tuple[Path, ...]

    def __len__(self) -> int:
        return len(self.files)

    @property
    def training(self) -> np.ndarray:
        """The numbers of the frames to learn from, (N,)."""
        return np.arange(self.validation_from)

    @property
    def validation(self) -> np.ndarray:
        """The numbers of the frames held out, (N,); none when all are for training."""
        return np.arange(self.validation_from, len(self))

    @property
    def previous(self) -> np.ndarray:
        """For each frame, (T,), the one just before it in time, or itself at a start."""
        before = np.arange(len(self)) - 1
        before[list(self.starts)] += 1
        return before

    def frame(self, index: int) -> np.ndarray:
        """Return one picture, (H, W, 3) uint8 RGB.

        Raises:
            RenderError: the file is gone, broken, or of another size.
        """
        path = self.files[index]
        picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if picture is None or picture.shape != (self.size, self.size, 3):
            found = "cannot be read" if picture is None else f"is {_size_text(picture)}"
            raise RenderError(
                f"{path} {found}; it should be a picture of {self.size}x{self.size}: "
                "make the performer anew"
            )
        return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)

    def frames(self, indices: Sequence[int] | np.ndarray) -> np.ndarray:
        """Return the pictures of these numbers, (N, H, W, 3) uint8 RGB."""
        pictures = np.empty((len(indices), self.size, self.size, 3), np.uint8)
        for place, index in enumerate(indices):
            pictures[place] = self.frame(int(index))
        return pictures


def load_performer(folder: Path | str) -> Performer:
    """Read a performer's folder; pictures are looked at, but stay on the disk.

    Raises:
        RenderError: something is missing, broken, or does not fit the rest.
    """
    folder = Path(folder)
    record = _read_record(folder)
    try:
        poses = load_poses(folder / POSES)
    except MusicError as error:
        raise _unusable(folder, str(error)) from error
    files = _picture_files(folder)
    if len(files) != len(poses):
        raise _unusable(folder, f"it has {len(files)} pictures but {len(poses)} poses")
    if poses.aspect != 1:
        raise _unusable(folder, f"its poses have aspect {poses.aspect:g}, not 1")
    performer = Performer(
        folder, str(record["name"]), str(record["source"]), str(record["licence"]), poses,
        record["size"][0], record["validation_from"], tuple(record.get("starts", (0,))), files,
    )  # fmt: skip
    _check_whole(performer)
    return performer


def save_performer(
    folder: Path | str,
    poses: PoseSequence,
    frames: Iterable[np.ndarray],
    record: PerformerRecord,
    suffix: str = ".png",
    overwrite: bool = False,
) -> Performer:
    """Write a performer, picture by picture; the folder appears whole or not at all.

    Args:
        poses: one per frame, on a square canvas.
        frames: (S, S, 3) uint8 RGB, all of one size.
        suffix: how pictures are stored: ``.png`` without loss, ``.webp`` and ``.jpg`` small.
        overwrite: replace a performer that is there.

    Raises:
        RenderError: the folder holds something, or frames and poses do not fit each other.
    """
    folder = Path(folder)
    check_place(folder, overwrite)
    with whole_folder(folder) as partial:
        (partial / FRAMES).mkdir()
        size = _write_frames(partial / FRAMES, frames, suffix)
        save_poses(poses, partial / POSES)
        content = json.dumps(record.as_json(poses, size), indent=2)
        (partial / RECORD).write_text(content + "\n")
        load_performer(partial)
        _check_nothing_lost(folder, overwrite)  # another run may have come first
    return load_performer(folder)


def check_place(folder: Path, overwrite: bool) -> None:
    """Make sure, before long work, that a performer may be saved there.

    Raises:
        RenderError: it exists and ``overwrite`` is not set, something else is there, or nothing
            can be written.
    """
    if not folder.name or (folder.exists() and not folder.is_dir()):
        raise RenderError(f"{folder} cannot become a performer; give the name of a folder")
    _check_nothing_lost(folder, overwrite)
    if reason := unwritable(folder):
        raise RenderError(f"cannot write {folder}: {reason}; choose another folder")


def _check_nothing_lost(folder: Path, overwrite: bool) -> None:
    held = {path.name for path in folder.iterdir()} if folder.exists() else set()
    if held and RECORD not in held:
        raise RenderError(f"{folder} holds something else than a performer; give another folder")
    if held and not overwrite:
        raise RenderError(f"{folder} exists; give --overwrite, or another folder")
    if more := sorted(held - {RECORD, POSES, FRAMES}):
        raise RenderError(
            f"{folder} holds more than a performer ({', '.join(more[:3])}), which --overwrite "
            "would delete; give another folder"
        )


def _write_frames(folder: Path, frames: Iterable[np.ndarray], suffix: str) -> int:
    """Write the pictures under their numbers and return their side in pixels."""
    if suffix not in FRAME_SUFFIXES:
        raise RenderError(f"cannot store pictures as {suffix!r}; use {', '.join(FRAME_SUFFIXES)}")
    shape = None
    for index, frame in enumerate(frames):
        shape = shape or (frame.shape[0], frame.shape[0], 3)
        if frame.shape != shape:
            raise RenderError(
                f"frame {index} is {_size_text(frame)}; all must be {shape[1]}x{shape[0]}"
            )
        picture = cv2.imencode(suffix, cv2.cvtColor(frame, cv2.COLOR_RGB2BGR), QUALITY[suffix])[1]
        (folder / f"{index:06d}{suffix}").write_bytes(picture.tobytes())
    if shape is None:
        raise RenderError("there are no frames; a performer needs at least one")
    return shape[0]


def _read_record(folder: Path) -> dict[str, Any]:
    """Return what ``performer.json`` says, as JSON holds it."""
    if not (folder / RECORD).is_file():
        raise RenderError(
            f"{folder} is no performer: {RECORD} is not there; give a folder made by "
            "python cli.py performer"
        )
    try:
        record = read_json(folder / RECORD)
    except ForeignFileError as error:
        raise _unusable(folder, f"{RECORD} cannot be read: {error}") from error
    _check_record(folder, record)
    return record


def _check_record(folder: Path, record: Any) -> None:
    """Make sure that a record read from JSON says all that is needed, in the right types."""
    if not isinstance(record, dict):
        raise _unusable(folder, f"{RECORD} holds no names and values")
    if lacking := [key for key in NEEDED if key not in record]:
        raise _unusable(folder, f"{RECORD} does not say {', '.join(lacking)}")
    numbers = [record["size"], [record["validation_from"]], record.get("starts", [0])]
    if not all(map(_are_whole_numbers, numbers)):
        raise _unusable(folder, f"size, validation_from or starts in {RECORD} are no whole numbers")
    size = record["size"]
    if len(size) != 2 or size[0] != size[1] or not 1 <= size[0] <= LARGEST_SIDE:
        raise _unusable(folder, f"its size is {short(size)}, not a square as [256, 256]")


def _are_whole_numbers(row: Any) -> bool:
    return isinstance(row, list) and all(type(x) is int for x in row)  # bool is an int, too


def _picture_files(folder: Path) -> tuple[Path, ...]:
    """Return the pictures in order; their names count from 000000 without a gap."""
    if not (folder / FRAMES).is_dir():
        raise _unusable(folder, f"its pictures, the folder {FRAMES}, are missing")
    found = sorted(
        path for path in (folder / FRAMES).iterdir()
        if path.suffix in FRAME_SUFFIXES and not path.name.startswith(".")
    )  # fmt: skip
    for index, path in enumerate(found):
        if path.stem != f"{index:06d}":
            raise _unusable(folder, f"picture {index:06d} is missing before {path.name}")
    return tuple(found)


def _check_whole(performer: Performer) -> None:
    """Make sure that each picture is whole and as large as is said, and the split possible."""
    folder, count = performer.folder, len(performer)
    for path in performer.files:
        _check_picture(path, performer)
    if not 1 <= performer.validation_from <= count:
        raise _unusable(
            folder, f"validation_from is {performer.validation_from}, not from 1 to {count}"
        )
    if performer.starts[:1] != (0,) or (np.diff([*performer.starts, count]) <= 0).any():
        raise _unusable(folder, f"starts must rise from 0 and stay below {count}")


def _check_picture(path: Path, performer: Performer) -> None:
    try:
        with open_file(path) as file, Image.open(file) as picture:
            width, height = picture.size
            picture.verify()  # checksums of a .png, without decoding it
    except (*BROKEN_DATA, Image.DecompressionBombError) as error:
        raise _unusable(performer.folder, f"{path.name} is no whole picture") from error
    if (width, height) != (performer.size, performer.size):
        said = f"{performer.size}x{performer.size}"
        raise _unusable(performer.folder, f"{path.name} is {width}x{height}, not {said}")


def _unusable(folder: Path, what: str) -> RenderError:
    return RenderError(f"the performer in {folder} cannot be used: {what}; make it anew")


def _size_text(picture: np.ndarray) -> str:
    return "x".join(map(str, picture.shape[1::-1]))
