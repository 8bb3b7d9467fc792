"""Read poses from JSON: one document, or a folder with one file a frame."""

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from checkpoints import foreign
from music2pose import MusicError
from music2pose.keypoints.canvas import around_dancer, on_canvas
from music2pose.keypoints.checked import checked_poses
from music2pose.keypoints.following import follow_dancer, said_of
from music2pose.keypoints.forms import Document, Picture, read_document
from music2pose.keypoints.numbering import Timing, frame_numbers, timing
from music2pose.pose import NUM_JOINTS, PoseSequence

logger = logging.getLogger(__name__)

LARGEST_DOCUMENT = 2**28
"""Bytes; an hour of one person at 60 frames a second has less than half of them."""


class Source(NamedTuple):
    """What is known of a file of poses from elsewhere than from itself."""

    fps: float | None = None
    """Frames per second, where the file does not say it itself."""
    canvas: tuple[float, float] | None = None
    """Width and height in pixels, where the file does not say them itself."""
    seconds: float | None = None
    """Of the video that the poses were found in: frames are numbered from its start."""


def read_documents(path: Path, source: Source) -> PoseSequence:
    """Return the dancer of a ``.json``, or of a folder with a file for each frame."""
    document = _read_folder(path) if path.is_dir() else read_document(read_json(path), path)
    fps = document.fps or source.fps
    if fps is None:
        raise MusicError(f"{path} does not say its frame rate; give it with --fps")
    pictures, step = _in_time(document, fps, source.seconds, path)
    people, aspect = on_canvas(pictures, source.canvas, path)
    if not any(map(len, people)):
        raise MusicError(f"{path} shows nobody in any of its {len(people)} frames")
    dancer = follow_dancer(people, [picture.tracks for picture in pictures])
    if told := said_of(people, dancer):
        logger.warning("%s: %s", path, told)
    if aspect is None:
        dancer, aspect = around_dancer(dancer, path)
    keypoints, confidence = dancer[..., :2].astype(np.float32), dancer[..., 2].astype(np.float32)
    return checked_poses(path, keypoints, confidence, fps / step, aspect)


def _read_folder(folder: Path) -> Document:
    """Return the pictures of a folder with a file for each frame, numbered by their names."""
    files = sorted(file for file in folder.glob("[!.]*") if file.suffix.lower() == ".json")
    if not files:
        raise MusicError(f"{folder} holds no .json files; give a folder with one file per frame")
    numbers = frame_numbers([file.stem for file in files], folder)
    documents = [read_document(read_json(file), file) for file in files]
    pictures = [
        replace(_only_picture(document, file), number=number)
        for document, file, number in zip(documents, files, numbers, strict=True)
    ]
    return Document(pictures, documents[0].fps)


def _only_picture(document: Document, file: Path) -> Picture:
    if len(document.pictures) != 1:
        raise MusicError(
            f"{file} holds {len(document.pictures)} frames beside other files; a folder has one "
            "file per frame"
        )
    return document.pictures[0]


def read_json(path: Path) -> Any:
    """Return what a JSON file holds."""
    try:
        return foreign.read_json(path, LARGEST_DOCUMENT)
    except foreign.ForeignFileError as error:
        raise MusicError(f"cannot read {path} as JSON: {error}; is it an OpenPose file?") from error


def _in_time(
    document: Document, fps: float, seconds: float | None, path: Path
) -> tuple[list[Picture], int]:
    """Return a picture for each moment, and how many frames of the video lie between moments.

    What the numbers of frames leave out is a picture of nobody.
    """
    numbered = {p.number: p for p in document.pictures if p.number is not None}
    if len(numbered) < len(document.pictures):
        return document.pictures, 1
    num_frames = round(seconds * fps) if seconds else None
    times = timing(sorted(numbered), path, document.is_sparse, num_frames)
    nobody = Picture(np.zeros((0, NUM_JOINTS, 3)), ())
    pictures = [nobody] * len(times)
    for place, number in zip(times.places, sorted(numbered), strict=True):
        pictures[place] = numbered[number]
    _say(times, document.is_sparse, path)
    return pictures, times.step


def _say(times: Timing, is_sparse: bool, path: Path) -> None:
    """Log what was made of the numbers of frames, where that is not plain."""
    missing = len(times) - len(times.places)
    if missing and not is_sparse:
        logger.warning("%s lacks %d of %d frames, by their numbers", path, missing, len(times))
    if times.step > 1:
        logger.warning("%s holds one frame in %d, by their numbers", path, times.step)
    if times.first > 1:
        logger.warning("%s begins with frame %d, taken for the start", path, times.first)
