"""Open and decode sound and video files by PyAV, ffmpeg's libraries inside this process.

A file is read by its content, whatever its name says, and nothing but the file is read: playlists,
lists of other files and network addresses are no media here.
"""

import logging
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.container import InputContainer
from av.error import FFmpegError
from av.filter import Graph
from av.video.frame import VideoFrame

from checkpoints.foreign import open_file

logger = logging.getLogger(__name__)

FORMATS = (
    "wav", "w64", "aiff", "au", "caf", "flac", "ogg", "mp3", "aac", "ac3", "eac3", "amr", "ape",
    "wv", "tta", "mpc", "mpc8", "dts", "asf", "mov", "matroska", "avi", "mpegts", "mpeg",
    "mpegvideo", "flv", "ivf", "nut", "rm", "dv", "gif", "m4v", "h264", "hevc",
)  # fmt: skip
"""libavformat's names of the containers that are read; each holds all of its data itself."""

USUAL_LAYOUTS = ("mono", "stereo", "2.1", "4.0", "5.0", "5.1", "6.1", "7.1")
"""libavutil's default for 1, 2, 3... channels, where a file does not say where they stand."""

Frame = AudioFrame | VideoFrame
Filters = tuple[tuple[str, str], ...]
"""Names and arguments of libavfilter's filters, in their order."""


@contextmanager
def open_media(path: Path) -> Iterator[InputContainer]:
    """Open a file of sound or pictures.

    Raises:
        ForeignFileError: it is no file, or cannot be read.
        FFmpegError: it is of none of ``FORMATS``.
    """
    only_this_file = {"format_whitelist": ",".join(FORMATS), "protocol_whitelist": "none"}
    with (
        open_file(path) as file,
        av.open(file, "r", options=only_this_file, metadata_errors="replace") as container,
    ):
        yield container


def decoded(container: InputContainer, stream: Any, again: bool = False) -> Iterator[Frame]:
    """Yield every frame of a stream that can be decoded; the container begins at time 0.

    What is damaged is left out, with one logged warning, unless the file is read ``again``.

    Raises:
        FFmpegError: nothing of it can be decoded.
    """
    damage: list[FFmpegError] = []
    start, count = Fraction(container.start_time or 0, av.time_base), 0
    for frame in _frames(container, stream, damage):
        if frame.pts is not None and frame.time_base is not None:
            frame.pts -= round(start / frame.time_base)
        count += 1
        yield _in_few_channels(_without_padding(frame))
    if damage and count == 0:
        raise damage[0]
    if damage and not again:
        logger.warning("%s is damaged (%s)", Path(container.name).name, damage[0].strerror)


def _frames(container: InputContainer, stream: Any, damage: list[FFmpegError]) -> Iterator[Frame]:
    """Yield all frames that can be decoded, and note what went wrong with the others."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
            frames = packet.decode()
        except StopIteration:
            return
        except FFmpegError as error:
            damage.append(error)
            frames = []
        yield from frames


def _without_padding(frame: Frame) -> Frame:
    """Cut from an encoder's last block of sound what its packet says not to belong to it.

    MP4 says so by the packet's duration, which libavcodec does not obey. Elsewhere durations are
    rounded to the container's clock and say nothing.
    """
    if not isinstance(frame, AudioFrame) or frame.time_base != Fraction(1, frame.sample_rate):
        return frame
    if not 0 < frame.duration < frame.samples - 1:  # 1: rounding
        return frame
    channels = 1 if frame.format.is_planar else frame.layout.nb_channels
    kept: Any = np.ascontiguousarray(frame.to_ndarray()[:, : frame.duration * channels])
    cut = AudioFrame.from_ndarray(kept, frame.format.name, frame.layout.name)
    cut.sample_rate, cut.pts, cut.time_base = frame.sample_rate, frame.pts, frame.time_base
    return cut


def _in_few_channels(frame: Frame) -> Frame:
    """Return the mean of all channels where there are more than filters have names for."""
    if not isinstance(frame, AudioFrame) or frame.layout.nb_channels <= len(USUAL_LAYOUTS):
        return frame
    samples = frame.to_ndarray()
    if not frame.format.is_planar:
        samples = samples.reshape(-1, frame.layout.nb_channels).T
    if samples.dtype.kind != "f":
        zero = 128 if samples.dtype.kind == "u" else 0
        samples = (samples.astype(np.float64) - zero) / 2.0 ** (8 * samples.itemsize - 1)
    mean: Any = samples.mean(axis=0, dtype=np.float64).astype(np.float32)[None]
    mixed = AudioFrame.from_ndarray(mean, "flt", "mono")
    mixed.sample_rate, mixed.pts, mixed.time_base = frame.sample_rate, frame.pts, frame.time_base
    return mixed


def apply_filters(frames: Iterable[Frame], filters: Filters) -> Iterator[Frame]:
    """Yield what comes out of a chain of filters, built for the kind of the first frame.

    No more frames are taken once the filters have all that they want.
    """
    graph = None
    for frame in frames:
        graph = graph or _graph(frame, filters)
        graph.push(frame)
        if not (yield from _pulled(graph)):
            return
    if graph is not None:
        graph.push(None)
        yield from _pulled(graph)


def _graph(frame: Frame, filters: Filters) -> Graph:
    """Return filters in a row, from a source of such frames to a sink."""
    graph = Graph()
    if isinstance(frame, AudioFrame):
        source, sink = "abuffer", "abuffersink"
        known = {
            "sample_rate": frame.sample_rate, "sample_fmt": frame.format.name,
            "channel_layout": _layout(frame),
        }  # fmt: skip
    else:
        source, sink = "buffer", "buffersink"
        known = {
            "video_size": f"{frame.width}x{frame.height}", "pix_fmt": frame.format.name,
            "colorspace": int(frame.colorspace), "range": int(frame.color_range),
        }  # fmt: skip
    known = {name: str(value) for name, value in known.items()}
    nodes = [graph.add(source, time_base=str(frame.time_base), **known)]
    nodes += [graph.add(name, arguments or None) for name, arguments in filters]
    graph.link_nodes(*nodes, graph.add(sink)).configure()
    return graph


def _layout(frame: AudioFrame) -> str:
    count = frame.layout.nb_channels
    is_unknown = any(channel.name == "NONE" for channel in frame.layout.channels)
    return USUAL_LAYOUTS[count - 1] if is_unknown and count <= 8 else frame.layout.name


def _pulled(graph: Graph) -> Generator[Frame, None, bool]:
    """Yield what the filters have ready; return whether more will come of more frames."""
    while True:
        try:
            frame = graph.pull()
        except BlockingIOError:
            return True
        except EOFError:
            return False
        yield frame
