"""Read a video's pictures: upright, with square pixels, evenly spaced in time from 0."""

import logging
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from music2pose import MusicError

FPS_RANGE = (1.0, 120.0)
UNKNOWN_FPS = 25.0
"""Of a video that does not say how fast it is."""
ONLY_FILES = ["-protocol_whitelist", "file,pipe"]
"""Keeps ffmpeg from following what a file refers to, out into the network."""


@dataclass(frozen=True)
class VideoInfo:
    width: int
    height: int
    fps: float
    seconds: float
    has_sound: bool


@dataclass(frozen=True)
class Video:
    """An open video.

    Shape:
        frames: each (height, width, 3) uint8 RGB; the one shown at k / fps for k = 0, 1...
    """

    frames: Iterator[np.ndarray]
    fps: float
    width: int
    height: int
    expected_frames: int


@contextmanager
def open_video(
    path: Path, fps: float | None = None, tallest: int | None = None
) -> Generator[Video]:
    """Open a video as pictures; ffmpeg is gone when the block ends.

    ffmpeg turns pictures upright as their rotation tag asks, and its fps filter shows at k / fps
    what is seen then, whatever the spacing of the video's own frames.

    Args:
        fps: frames a second to look at; defaults to the video's own rate, up to 120.
        tallest: larger pictures are shrunk to this many rows.

    Raises:
        MusicError: the file is missing or holds no pictures, or there is no such rate.
    """
    if fps is not None and not FPS_RANGE[0] <= fps <= FPS_RANGE[1]:
        raise MusicError(f"fps must be from {FPS_RANGE[0]:g} to {FPS_RANGE[1]:g}, got {fps}")
    wanted = min(max(fps or video_info(path).fps, FPS_RANGE[0]), FPS_RANGE[1])
    rate = Fraction(wanted).limit_denominator(1001)
    with closing(_read(path, f"fps={rate}:start_time=0,{_square_pixels(tallest)}")) as reader:
        head = next(reader)
        width, height = head["size"]
        frames = (np.frombuffer(data, np.uint8).reshape(height, width, 3) for data in reader)
        expected = max(1, round(head["duration"] * rate))
        yield Video(frames, float(rate), width, height, expected)


def video_info(path: Path) -> VideoInfo:
    """Return what the head of a video file says.

    Raises:
        MusicError: the file is missing or holds no pictures.
    """
    with closing(_read(path, _square_pixels(None))) as reader:
        head = next(reader)
    width, height = head["size"]
    fps = head["fps"] or UNKNOWN_FPS
    return VideoInfo(width, height, fps, head["duration"], "audio_codec" in head)


def _square_pixels(tallest: int | None) -> str:
    """Return the filter that widens or narrows what is shown with other than square pixels."""
    shrink = "1" if tallest is None else f"min(1,{tallest}/ih)"
    width, height = f"max(1,round(iw*sar*{shrink}))", f"max(1,round(ih*{shrink}))"
    return f"scale=w='{width}':h='{height}',setsar=1"


def _read(path: Path, filters: str) -> Generator[Any]:
    """Yield ffmpeg's description of the video as a dict, then the bytes of each frame."""
    import imageio_ffmpeg

    logging.getLogger("imageio_ffmpeg").setLevel(logging.ERROR)  # it warns of every resizing
    if not path.is_file():
        raise MusicError(f"no video at {path}; give a video file such as an mp4")
    try:
        yield from imageio_ffmpeg.read_frames(
            f"file:{path}", input_params=ONLY_FILES, output_params=["-vf", filters]
        )
    except (OSError, RuntimeError, IndexError, KeyError) as error:
        raise MusicError(f"{path} is no video that ffmpeg can read; give an mp4") from error
