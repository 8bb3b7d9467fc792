"""Keep of a performer the pictures whose poses differ most: a small library for looking up."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from music2pose.pose import VISIBLE, PoseSequence
from pose2video import RenderError
from pose2video.performer.performer import Performer, PerformerRecord, save_performer
from pose2video.pictures import at_frames, resized
from pose2video.retarget import measure_build, without_gaps

SMALLEST_SIDE = 16
"""Pixels along a picture's side."""


def thinned(
    performer: Performer,
    folder: Path,
    count: int,
    size: int | None = None,
    suffix: str = ".webp",
    overwrite: bool = False,
) -> Performer:
    """Save ``count`` pictures of a performer, not held-out ones, as a performer of its own.

    Args:
        size: width and height to shrink them to, in pixels.
        suffix: how they are stored; ``.webp`` is the smallest.

    Raises:
        RenderError: there are not so many pictures, or ``folder`` holds something.
    """
    size = size or performer.size
    _check_request(performer, folder, count, size)
    training = at_frames(performer.poses, performer.training.tolist())
    kept = performer.training[most_different(training, count)]
    starts = _starts(performer, kept)
    record = PerformerRecord(
        performer.name, performer.source, performer.licence, validation_from=count, starts=starts
    )
    poses, pictures = at_frames(performer.poses, kept.tolist()), _shrunk(performer, kept, size)
    return save_performer(folder, poses, pictures, record, suffix, overwrite)


def _check_request(performer: Performer, folder: Path, count: int, size: int) -> None:
    if folder.exists() and folder.samefile(performer.folder):
        raise RenderError(f"{folder} would lose its other pictures; give another folder")
    most = len(performer.training)
    if not 1 <= count <= most:
        raise RenderError(f"{count} of {most} pictures cannot be kept; give 1 to {most}")
    if not SMALLEST_SIDE <= size <= performer.size:
        raise RenderError(
            f"pictures of {performer.size} pixels cannot be shrunk to {size}; give "
            f"{SMALLEST_SIDE} to {performer.size}"
        )


def most_different(poses: PoseSequence, count: int) -> np.ndarray:
    """Return ``count`` numbers, rising, of poses that leave no other one far from all of them.

    From the most usual pose on, always the one that is furthest from those taken so far (farthest
    point sampling, Gonzalez 1985). Where the dancer stands does not count.

    Shape:
        returns: (count,)
    """
    bodies = (
        without_gaps(poses.keypoints, poses.confidence >= VISIBLE) / measure_build(poses).height
    )
    shapes = (bodies - bodies.mean(axis=1, keepdims=True)).reshape(len(poses), -1)
    chosen = [int(np.square(shapes - np.median(shapes, axis=0)).sum(axis=1).argmin())]
    distance = np.full(len(shapes), np.inf)
    while len(chosen) < count:
        distance = np.minimum(distance, np.square(shapes - shapes[chosen[-1]]).sum(axis=1))
        distance[chosen] = -1  # equal poses are taken when there are no others left
        chosen.append(int(distance.argmax()))
    return np.sort(chosen)


def _starts(performer: Performer, kept: np.ndarray) -> list[int]:
    """Return at which of the kept pictures the one before is not the last one kept."""
    before = performer.previous[kept[1:]]
    goes_on = (before == kept[:-1]) & (before != kept[1:])
    return [0, *(np.flatnonzero(~goes_on) + 1).tolist()]


def _shrunk(performer: Performer, kept: np.ndarray, size: int) -> Iterator[np.ndarray]:
    for number in kept:
        yield resized(performer.frames([number]), size)[0]
