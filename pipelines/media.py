"""Write frames and sound as a video file, and read frames back."""

import logging
import re
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import IO

import imageio_ffmpeg
import numpy as np

from checkpoints.files import whole_file
from music2pose import MusicError
from pipelines import VideoError, video
from pipelines.video import ONLY_FILES, VideoInfo

logger = logging.getLogger(__name__)

CONTAINERS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov"}
VIDEO_SUFFIXES = tuple(CONTAINERS)
X264 = ["-c:v", "libx264", "-preset", "fast", "-crf", "18", "-pix_fmt", "yuv420p"]
COLORS = ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"]
TO_EVEN_BT709 = "pad=ceil(iw/2)*2:ceil(ih/2)*2,scale=out_color_matrix=bt709:out_range=tv"
"""yuv420p has one colour for 2 x 2 pixels, so an odd side gets one more black row or column."""


@dataclass(frozen=True)
class Sound:
    """A piece of a song: ``seconds`` of it from ``start``, silence where the file ends sooner."""

    path: Path
    start: float
    seconds: float


def write_video(
    path: Path,
    frames: Iterable[np.ndarray],
    fps: float,
    sound: Sound | None = None,
    tags: dict[str, str] | None = None,
) -> Path:
    """Stream ``frames`` into H.264 video with AAC sound; frame k is shown at k / fps.

    The first frame and the first sample of the sound are at time 0. ``path`` appears when the
    video is whole, and not at all when something stops it.

    Shape:
        frames: uint8 RGB (H, W, 3), all of one size

    Raises:
        VideoError: no frames, a name of another kind, or ffmpeg's own complaint in one line.
    """
    container = CONTAINERS.get(path.suffix.lower())
    if container is None:
        raise VideoError(f"cannot write {path.name}; use a name in {', '.join(VIDEO_SUFFIXES)}")
    frames = iter(frames)
    first = next(frames, None)
    if first is None:
        raise VideoError(f"nothing to write to {path}: there are no frames")
    height, width = first.shape[:2]
    if height % 2 or width % 2:
        logger.warning(
            "%dx%d becomes %dx%d: H.264 video needs even sides",
            width, height, width + width % 2, height + height % 2,
        )  # fmt: skip
    with whole_file(path) as partial:
        command = [
            *_frames_from_pipe(first, fps), *_sound_arguments(sound), *X264, *COLORS,
            "-vf", TO_EVEN_BT709, *_tag_arguments(tags or {}),
            "-movflags", "+faststart", "-f", container, str(partial),
        ]  # fmt: skip
        _feed(command, chain([first], frames), path)
    return path


def _frames_from_pipe(first: np.ndarray, fps: float) -> list[str]:
    height, width = first.shape[:2]
    return [
        "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}",
        "-r", str(Fraction(fps).limit_denominator(1001)), "-i", "pipe:0",
    ]  # fmt: skip


def _sound_arguments(sound: Sound | None) -> list[str]:
    """Return ffmpeg's arguments to add exactly the piece of the song, silence where it has none.

    16-bit samples keep NaN and overs away from the encoder.
    """
    if sound is None:
        return ["-an"]
    steps = [
        "aresample=async=1:first_pts=0",
        f"atrim=start={sound.start:.6f}",
        "asetpts=N/SR/TB",
        "aformat=sample_fmts=s16:sample_rates=44100|48000:channel_layouts=mono|stereo",
        "apad",
        f"atrim=end={sound.seconds:.6f}",
    ]
    return [
        *_input(sound.path), "-map", "0:v:0", "-map", "1:a:0",
        "-c:a", "aac", "-b:a", "192k", "-af", ",".join(steps),
    ]  # fmt: skip


def _tag_arguments(tags: dict[str, str]) -> list[str]:
    pairs = [["-metadata", f"{name}={value}"] for name, value in tags.items()]
    return ["-map_metadata", "-1", *chain.from_iterable(pairs)]


def _input(path: Path) -> list[str]:
    """Return arguments that take ``path`` for a file, whatever its name or content refers to."""
    return [*ONLY_FILES, "-i", f"file:{path}"]


def check_sound(path: Path) -> None:
    """Make sure, before long work, that ffmpeg can put the sound of ``path`` into a video."""
    arguments = ["-t", "1", *_input(path), "-map", "0:a:0", "-f", "null", "-"]
    with tempfile.TemporaryFile() as complaints, _ffmpeg(arguments, complaints) as process:
        if process.wait() != 0:
            raise VideoError(
                f"ffmpeg cannot read the sound of {path}: {_complaint(complaints)}; "
                "convert it to wav, flac, ogg, mp3 or m4a"
            )


def _feed(command: list[str], frames: Iterable[np.ndarray], path: Path) -> None:
    """Run ffmpeg on ``frames`` and stop it, whatever happens, before returning."""
    with tempfile.TemporaryFile() as complaints, _ffmpeg(command, complaints) as process:
        assert process.stdin is not None
        try:
            for frame in frames:
                process.stdin.write(np.ascontiguousarray(frame, np.uint8).data)
            process.stdin.close()
        except BrokenPipeError:  # ffmpeg has stopped; what it says tells why
            pass
        if process.wait() != 0:
            raise VideoError(f"cannot write {path}: {_complaint(complaints)}")


@contextmanager
def _ffmpeg(arguments: list[str], complaints: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """Start ffmpeg, out of reach of the terminal's Ctrl-C; it is gone when the block ends."""
    process = None
    try:
        with _interrupts_held():  # or ffmpeg could be running before we know its number
            process = subprocess.Popen(
                [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-y", "-v", "error", *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                start_new_session=True,
            )
        yield process
    finally:
        if process is not None:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe and not pipe.closed:
            with suppress(OSError):
                pipe.close()
    process.wait()


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Let Ctrl-C wait for the end of the block.

    Blocking the signal would not do: another thread of the process would take it, and Python would
    raise it here all the same.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # interrupts are raised in the main thread alone
        return
    held: list[int] = []
    usual = signal.signal(signal.SIGINT, lambda number, _: held.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
        if held:
            signal.raise_signal(signal.SIGINT)


def _complaint(complaints: IO[bytes]) -> str:
    """Return the first line that ffmpeg wrote, without the names of its parts."""
    complaints.seek(0)
    lines = complaints.read().decode(errors="replace").strip().splitlines()
    return re.sub(r"^(\[[^]]*\]\s*)*", "", lines[0]) if lines else "ffmpeg was stopped"


def video_info(path: Path) -> VideoInfo:
    """Return what the head of a video file says.

    Raises:
        VideoError: the file is missing or holds no pictures.
    """
    with _as_video_error():
        return video.video_info(path)


def read_frames(path: Path, fps: float | None = None) -> Iterator[np.ndarray]:
    """Yield the frame shown at k / fps for k = 0, 1...; ``fps`` defaults to the video's own.

    Shape:
        each frame: (H, W, 3) uint8 RGB, upright

    Raises:
        VideoError: the file is missing or holds no pictures.
    """
    with _as_video_error(), video.open_video(path, fps) as opened:
        yield from opened.frames


@contextmanager
def _as_video_error() -> Iterator[None]:
    try:
        yield
    except MusicError as error:
        raise VideoError(str(error)) from error
