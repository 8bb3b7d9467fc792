"""Read a video's pictures, upright and evenly spaced in time, and write pictures and sound."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.video.frame import VideoFrame

from checkpoints.files import whole_file
from checkpoints.foreign import BROKEN_DATA, ForeignFileError, no_file, why
from music2pose.media import USUAL_LAYOUTS, Filters, apply_filters, decoded, open_media
from pipelines import VideoError

logger = logging.getLogger(__name__)

FPS_RANGE = (1.0, 120.0)
MOST_PIXELS = 8192 * 4320
"""Of a picture that is read: a larger one takes gigabytes to be compared with another."""
UNKNOWN_FPS = 25.0
"""Of a video that does not say how fast it is."""
CONTAINERS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov"}
VIDEO_SUFFIXES = tuple(CONTAINERS)
X264 = {"preset": "fast", "crf": "19", "x264-params": "mbtree=0"}
"""Constant quality at which x264's losses cannot be seen; ``fast`` keeps up with every renderer.

Its macroblock tree is off: with it, x264 164 reads memory that nobody wrote and the same pictures
become other files, at 360x360 five in five runs. Quality 18 with the tree made files as large.
"""
AAC_BITS_PER_SECOND = 192_000
AAC_RATES = (44_100, 48_000)
"""Samples a second that every player takes."""
BT709, TV_RANGE = 1, 1
"""Numbers of ITU-T H.273 for matrix, primaries and transfer, and libav's for levels 16 to 235."""
UPRIGHT: dict[int, Filters] = {
    0: (),
    90: (("transpose", "clock"),),
    180: (("hflip", ""), ("vflip", "")),
    270: (("transpose", "cclock"),),
}
"""How a picture is turned upright, by the degrees that it is to be turned clockwise."""


@dataclass(frozen=True)
class VideoInfo:
    """What is known of a video before it is read; width and height as it is shown."""

    width: int
    height: int
    fps: float
    seconds: float
    """0 where the file does not say it."""
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


@dataclass(frozen=True)
class Sound:
    """A piece of a song: ``seconds`` of it from ``start``, silence where the file ends sooner."""

    path: Path
    start: float
    seconds: float


@contextmanager
def open_video(path: Path, fps: float | None = None, tallest: int | None = None) -> Iterator[Video]:
    """Open a video as pictures; it is closed when the block ends.

    Pictures are turned upright as their rotation tag asks, given square pixels, and shown at k /
    fps as they are seen then, whatever the spacing of the video's own frames.

    Args:
        fps: frames a second to look at; defaults to the video's own rate, up to 120.
        tallest: larger pictures are shrunk to this many rows.

    Raises:
        VideoError: the file is missing or holds no pictures, or there is no such rate.
    """
    if fps is not None and not FPS_RANGE[0] <= fps <= FPS_RANGE[1]:
        raise VideoError(f"fps must be from {FPS_RANGE[0]:g} to {FPS_RANGE[1]:g}, got {fps}")
    with _opened(path) as container:
        wanted = min(max(fps or _fps(container), FPS_RANGE[0]), FPS_RANGE[1])
        rate = Fraction(wanted).limit_denominator(1001)
        timing = (("fps", f"{rate}:start_time=0"),)
        frames = _pictures(container, path, timing, tallest)
        first = next(frames)
        expected = max(1, round(_seconds(container) * rate))
        yield Video(chain([first], frames), float(rate), first.shape[1], first.shape[0], expected)


def video_info(path: Path) -> VideoInfo:
    """Return what the head of a video file says.

    Raises:
        VideoError: the file is missing or holds no pictures.
    """
    with _opened(path) as container:
        height, width, _ = next(_pictures(container, path)).shape
        has_sound = bool(container.streams.audio)
        return VideoInfo(width, height, _fps(container), _seconds(container), has_sound)


def read_frames(path: Path, fps: float | None = None) -> Iterator[np.ndarray]:
    """Yield the frame shown at k / fps for k = 0, 1...; ``fps`` defaults to the video's own.

    Shape:
        each frame: (H, W, 3) uint8 RGB, upright

    Raises:
        VideoError: the file is missing or holds no pictures.
    """
    with open_video(path, fps) as opened:
        yield from opened.frames


@contextmanager
def _opened(path: Path) -> Iterator[InputContainer]:
    if reason := no_file(path):
        raise VideoError(f"no video at {path} ({reason}); give a video file such as an mp4")
    with ExitStack() as stack:
        try:
            container = stack.enter_context(open_media(path))
        except (FFmpegError, OSError, ForeignFileError) as error:
            raise _unreadable(path) from error
        if not container.streams.video or container.streams.video[0].codec_context is None:
            raise _unreadable(path)
        width, height = container.streams.video[0].width, container.streams.video[0].height
        if width * height > MOST_PIXELS:
            raise VideoError(
                f"{path} has pictures of {width}x{height}; up to 8192x4320 can be read"
            )
        yield container  # what goes wrong from here on is not the file's fault


def _unreadable(path: Path) -> VideoError:
    return VideoError(f"{path} is no video that can be read; give an mp4")


def _fps(container: InputContainer) -> float:
    stream = container.streams.video[0]
    return float(stream.average_rate or stream.guessed_rate or UNKNOWN_FPS)


def _seconds(container: InputContainer) -> float:
    return (container.duration or 0) / av.time_base


def _pictures(
    container: InputContainer, path: Path, timing: Filters = (), tallest: int | None = None
) -> Iterator[np.ndarray]:
    """Yield each picture (H, W, 3) uint8, upright and with square pixels.

    Raises:
        VideoError: there is none.
    """
    stream = container.streams.video[0]
    stream.thread_type = "AUTO"
    frames = decoded(container, stream)
    try:
        first: Any = next(frames, None)
    except FFmpegError as error:
        raise _unreadable(path) from error
    if first is None:
        raise _unreadable(path)
    aspect = stream.sample_aspect_ratio or Fraction(1)
    shown = (
        ("setsar", f"{aspect.numerator}/{aspect.denominator}"),
        *UPRIGHT[round(-first.rotation / 90) * 90 % 360],
        *timing,
        *_square_pixels(tallest),
        ("format", "rgb24"),
    )
    for frame in apply_filters(chain([first], frames), shown):
        yield frame.to_ndarray()


def _square_pixels(tallest: int | None) -> Filters:
    """Return the filters that widen or narrow what is shown with other than square pixels."""
    shrink = "1" if tallest is None else f"min(1,{tallest}/ih)"
    width, height = f"max(1,round(iw*sar*{shrink}))", f"max(1,round(ih*{shrink}))"
    return (("scale", f"w='{width}':h='{height}'"), ("setsar", "1"))


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
    _warn_of_odd_sides(*first.shape[:2])
    rate = Fraction(fps).limit_denominator(1001)
    options = {"movflags": "+faststart"}
    with whole_file(path) as partial, _writing(path):
        output = av.open(f"file:{partial}", "w", format=container, options=options)
        with output:
            output.metadata.update(tags or {})
            _write(output, chain([first], frames), rate, sound)
    return path


def _warn_of_odd_sides(height: int, width: int) -> None:
    if height % 2 or width % 2:
        logger.warning(
            "%dx%d becomes %dx%d: H.264 video needs even sides",
            width, height, width + width % 2, height + height % 2,
        )  # fmt: skip


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Turn what ffmpeg says into a ``VideoError`` of one line."""
    try:
        yield
    except FFmpegError as error:
        raise VideoError(f"cannot write {path}: {error.strerror}") from error


def _write(
    output: OutputContainer, frames: Iterable[np.ndarray], rate: Fraction, sound: Sound | None
) -> None:
    """Encode frames and sound side by side, so that neither has to wait in memory."""
    pictures = _encodable(frames, rate)
    first = next(pictures)
    video: Any = output.add_stream("libx264", rate=rate, options=dict(X264))
    video.width, video.height, video.pix_fmt = first.width, first.height, first.format.name
    coder = video.codec_context
    coder.time_base, coder.thread_count = 1 / rate, 0  # as many threads as there are cores
    coder.colorspace = coder.color_primaries = coder.color_trc = BT709
    coder.color_range = TV_RANGE
    with _sound_packets(output, sound) as packets:
        heard = 0.0
        for number, picture in enumerate(chain([first], pictures)):
            output.mux(video.encode(picture))
            while heard <= (number + 1) / rate and (more := next(packets, None)) is not None:
                heard = more[0]
                output.mux(more[1])
        output.mux(video.encode(None))
        for _, encoded in packets:
            output.mux(encoded)


def _encodable(frames: Iterable[np.ndarray], rate: Fraction) -> Iterator[VideoFrame]:
    """Yield frames as H.264 wants them: yuv420p by BT.709, with even sides.

    yuv420p has one colour for 2 x 2 pixels, so an odd side gets one more black row or column.
    """
    to_even_bt709 = (
        ("pad", "ceil(iw/2)*2:ceil(ih/2)*2"),
        ("scale", "out_color_matrix=bt709:out_range=tv"),
        ("format", "yuv420p"),
    )

    def given() -> Iterator[VideoFrame]:
        for number, array in enumerate(frames):
            frame = VideoFrame.from_ndarray(np.ascontiguousarray(array, np.uint8), format="rgb24")
            frame.pts, frame.time_base = number, 1 / rate
            yield frame

    yield from apply_filters(given(), to_even_bt709)  # type: ignore[misc]  pictures in, pictures out


@contextmanager
def _sound_packets(
    output: OutputContainer, sound: Sound | None
) -> Iterator[Iterator[tuple[float, list[Packet]]]]:
    """Add a sound track and give its encoded pieces, each with the seconds at which it starts."""
    if sound is None:
        yield iter(())
        return
    with open_media(sound.path) as container:
        source = container.streams.audio[0]
        rate, layout = _track_for(source)
        track: Any = output.add_stream("aac", rate=rate)
        track.layout, track.bit_rate = layout, AAC_BITS_PER_SECOND
        pieces = apply_filters(decoded(container, source), _piece(sound, rate, layout))

        def packets() -> Iterator[tuple[float, list[Packet]]]:
            for piece in pieces:
                assert piece.pts is not None and piece.time_base is not None
                yield float(piece.pts * piece.time_base), track.encode(piece)
            yield sound.seconds, track.encode(None)

        yield packets()


def _track_for(source: AudioStream) -> tuple[int, str]:
    """Return samples a second and channels of the track that a sound becomes."""
    rate = min(AAC_RATES, key=lambda rate: abs(rate - source.rate))
    return rate, "stereo" if 1 < source.channels <= len(USUAL_LAYOUTS) else "mono"


def _piece(sound: Sound, rate: int, layout: str) -> Filters:
    """Return the filters that keep exactly the piece of the song, silence where it has none.

    16-bit samples keep NaN and overs away from the encoder, which wants 1024 floats at a time.
    """
    return (
        ("aresample", "async=1:first_pts=0"),
        ("atrim", f"start={sound.start:.6f}"),
        ("asetpts", "N/SR/TB"),
        ("aformat", f"sample_fmts=s16:sample_rates={rate}:channel_layouts={layout}"),
        ("apad", ""),
        ("atrim", f"end={sound.seconds:.6f}"),
        ("aformat", "sample_fmts=fltp"),
        ("asetnsamples", "n=1024:p=0"),
    )


def check_sound(path: Path) -> None:
    """Make sure, before long work, that the sound of ``path`` can be put into a video."""
    try:
        with open_media(path) as container:
            source = container.streams.audio[0]
            whole = _piece(Sound(path, 0.0, 1.0), *_track_for(source))
            next(apply_filters(decoded(container, source), whole))
    except (FFmpegError, *BROKEN_DATA) as error:
        raise VideoError(
            f"the sound of {path} cannot be put into a video ({why(error)}); "
            "convert it to wav, flac, ogg, mp3 or m4a"
        ) from error
