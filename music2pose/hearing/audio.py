"""Read the sound of a song or video file, mono and block by block, for all that is heard."""

import logging
import math
import os
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import soundfile
import soxr
from av.error import FFmpegError

from checkpoints.foreign import ForeignFileError, no_file, open_file, why
from music2pose import MusicError
from music2pose.media import apply_filters, decoded, open_media

logger = logging.getLogger(__name__)

SAMPLE_RATE = 24_000
"""Every song is resampled to this before it is analysed."""
MIN_SECONDS = 1.0
MAX_SECONDS = 3600.0

_BLOCK_FRAMES = 1 << 14
_RATES = range(1_000, 1_000_001)
_LARGEST = 2.0**31
"""A float sample beyond this is damage, not loudness."""
_CANCELLED = 1e-4
"""Channels whose mean keeps less than this share of their energy cancel each other out."""
_LEVEL_PERCENTILE = 99.9
"""Of the samples' absolute values: the level of a loud file."""
_FEW_OVER = 0.0005
"""With a smaller share of samples beyond full scale that level is within it."""
_ACCEPTED = "wav, flac, ogg, mp3, m4a, or a video with sound (mp4, mkv, mov)"


class Sound(Protocol):
    """What can be listened to."""

    @property
    def seconds(self) -> float:
        """Exact length."""
        ...

    def blocks(self) -> Iterator[np.ndarray]:
        """Yield all samples in order, (N,) float32 mono at ``SAMPLE_RATE``, in [-1, 1]."""
        ...


@dataclass(frozen=True)
class Waveform:
    """The sound of one song, in memory.

    Shape:
        samples: (S,) float32 mono, finite, in [-1, 1]
    """

    samples: np.ndarray
    sample_rate: int = SAMPLE_RATE
    path: Path | None = None
    """The file it was read from; None for sound that was made here."""

    def __post_init__(self) -> None:
        if self.samples.ndim != 1 or self.sample_rate != SAMPLE_RATE:
            raise ValueError(
                f"a waveform is (S,) at {SAMPLE_RATE} Hz, "
                f"got {self.samples.shape} at {self.sample_rate}"
            )

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.sample_rate

    def blocks(self) -> Iterator[np.ndarray]:
        for first in range(0, len(self.samples), _BLOCK_FRAMES):
            yield self.samples[first : first + _BLOCK_FRAMES]


@dataclass(frozen=True)
class SongFile:
    """A piece of a song in its file, which is read anew, block by block, for all that listens."""

    path: Path
    start: float
    """Seconds into the file."""
    num_samples: int
    """At ``SAMPLE_RATE``."""
    channel: int | None = None
    """The only one to listen to, where all together cancel each other out."""
    scale: float = 1.0
    """What all samples are divided by, before rare peaks are clipped."""

    @property
    def seconds(self) -> float:
        return self.num_samples / SAMPLE_RATE

    def blocks(self) -> Iterator[np.ndarray]:
        for block in _mono_blocks(self, _Mixer(self.channel), again=True):
            yield (block / np.float32(self.scale)).clip(-1, 1)


class SoundStream(NamedTuple):
    """An open file of sound."""

    sample_rate: int
    blocks: Generator[np.ndarray, None, None]
    """Blocks of (N, C) float32, in order; closing it closes the file."""


def open_song(path: str | Path, start: float = 0.0, duration: float | None = None) -> SongFile:
    """Return the sound of a file from ``start`` on, for ``duration`` seconds or to its end.

    Takes what libsndfile or ffmpeg reads, at any rate and number of channels. It is read through
    once, to know its length and level. NaN and infinities become silence and samples beyond full
    scale are scaled or clipped, each with a logged warning.

    Raises:
        MusicError: the file is missing, not sound, shorter than a second or longer than an hour
            from ``start`` on, or ``start`` and ``duration`` do not lie within it.
    """
    path = Path(path)
    _check_span(start, duration)
    _check_file(path)
    longest = round((duration or MAX_SECONDS + 1) * SAMPLE_RATE)
    song = SongFile(path, start, longest)
    extent, cancelled = _extent_of(song)
    if cancelled:
        logger.warning(
            "%s: the channels cancel each other out; listening to the first one", path.name
        )
        song = replace(song, channel=0)
        extent, _ = _extent_of(song)
    _check_length(path, extent.num_samples / SAMPLE_RATE, start, duration)
    song = replace(song, num_samples=extent.num_samples)
    return replace(song, scale=_scale_of(song, extent))


def load_audio(path: str | Path, start: float = 0.0, duration: float | None = None) -> Waveform:
    """Return all samples of what ``open_song`` opens; an hour takes 350 MB.

    Raises:
        MusicError: as of ``open_song``.
    """
    song = open_song(path, start, duration)
    kept = bytearray()  # grows in place, where joining a list would hold the song twice
    for block in song.blocks():
        kept += block.tobytes()
    return Waveform(np.frombuffer(kept, np.float32), SAMPLE_RATE, song.path)


def song_seconds(path: str | Path) -> float:
    """Return how long the sound of a file is, in seconds, exact to its last sample.

    Raises:
        MusicError: the file is missing or not sound.
    """
    path = Path(path)
    _check_file(path)
    stream = open_sound(path)
    with closing(stream.blocks) as blocks:
        return sum(len(block) for block in blocks) / stream.sample_rate


def _check_span(start: float, duration: float | None) -> None:
    if not (math.isfinite(start) and start >= 0):
        raise MusicError(f"start {start:g} s is not in the song; give 0 or more seconds")
    if duration is not None and not MIN_SECONDS <= duration <= MAX_SECONDS:
        raise MusicError(
            f"duration {duration:g} s is not possible; give {MIN_SECONDS:g} to {MAX_SECONDS:g} s"
        )


def _check_file(path: Path) -> None:
    if reason := no_file(path):
        raise MusicError(f"no such song: {path} ({reason}); give the path of a {_ACCEPTED} file")
    try:
        with open_file(path) as file:
            empty = not file.read(1)
    except (ForeignFileError, OSError) as error:
        raise MusicError(f"{path} cannot be read ({why(error)}); check the file") from error
    if empty:
        raise MusicError(f"{path} is empty (0 bytes); give a {_ACCEPTED} file")


def _check_length(path: Path, seconds: float, start: float, duration: float | None) -> None:
    if seconds == 0 and start > 0:
        length = song_seconds(path)
        raise MusicError(
            f"start {start:g} s is past the end of {path.name} ({length:.2f} s); give less"
        )
    if seconds < MIN_SECONDS:
        after = f" after {start:g} s" if start else ""
        raise MusicError(
            f"{path.name} has {math.floor(100 * seconds) / 100:g} s of sound{after}; "
            f"a song needs at least {MIN_SECONDS:g} s"
        )
    if duration is None and seconds > MAX_SECONDS:
        raise MusicError(
            f"{path.name} is longer than {MAX_SECONDS:g} s (an hour); "
            "choose a part with --start and --duration"
        )


class _Extent(NamedTuple):
    """How long and how loud a piece of a song is."""

    num_samples: int
    peak: float
    num_over: int
    """Samples beyond full scale."""


def _extent_of(song: SongFile) -> tuple[_Extent, bool]:
    """Return how far a piece of a song extends, and whether its channels cancel each other out."""
    mixer = _Mixer(song.channel)
    count, peak, num_over = 0, 0.0, 0
    for block in _mono_blocks(song, mixer):
        count += len(block)
        level = np.abs(block)
        peak = max(peak, float(level.max(initial=0.0)))
        num_over += int(np.count_nonzero(level > 1))
    if mixer.broken:
        logger.warning("%s: %d samples are not numbers; silenced", song.path.name, mixer.broken)
    return _Extent(count, peak, num_over), mixer.cancelled


def _mono_blocks(song: SongFile, mixer: "_Mixer", again: bool = False) -> Iterator[np.ndarray]:
    """Yield the piece of a song in blocks of (N,) at ``SAMPLE_RATE``, not yet scaled.

    Args:
        again: what is damaged has been said before.
    """
    first = round(song.start * SAMPLE_RATE)
    stream = open_sound(song.path, again)
    with closing(stream.blocks) as blocks:
        resampled = _resampled(map(mixer, blocks), stream.sample_rate)
        yield from cut(resampled, first, first + song.num_samples)


def cut(blocks: Iterator[np.ndarray], first: int, last: int) -> Iterator[np.ndarray]:
    """Yield what blocks (N, ...) of samples hold from sample ``first`` up to ``last``."""
    position = 0
    for block in blocks:
        inside = block[max(first - position, 0) : max(last - position, 0)]
        position += len(block)
        if len(inside):
            yield inside
        if position >= last:
            return


def _scale_of(song: SongFile, extent: _Extent) -> float:
    """Return what samples are divided by: the level of a loud file; rare peaks are clipped."""
    if extent.peak <= 1:
        return 1.0
    if extent.peak > 1.5:  # lossy coding alone overshoots a little
        logger.warning(
            "%s: samples up to %.3g are beyond full scale; reduced", song.path.name, extent.peak
        )
    if extent.num_over < _FEW_OVER * extent.num_samples:
        return 1.0
    step = extent.num_samples // 1_000_000 + 1
    parts, position = [], 0
    for block in _mono_blocks(song, _Mixer(song.channel), again=True):
        parts.append(np.abs(block[-position % step :: step]))
        position += len(block)
    return max(float(np.percentile(np.concatenate(parts), _LEVEL_PERCENTILE)), 1.0)


class _Mixer:
    """Repair blocks and mix them down to mono, keeping account of what was lost."""

    def __init__(self, channel: int | None) -> None:
        self.channel = channel
        self.broken = 0
        self.energy_before = 0.0
        self.energy_after = 0.0

    def __call__(self, block: np.ndarray) -> np.ndarray:
        """Mix (N, C) samples down to (N,)."""
        finite = np.isfinite(block)
        if not finite.all():
            self.broken += int(np.count_nonzero(~finite))
            block = np.where(finite, block, 0)
        block = block.clip(-_LARGEST, _LARGEST)
        mono = block.mean(axis=1) if self.channel is None else block[:, self.channel].copy()
        self.energy_before += float(np.square(block, dtype=np.float64).mean(axis=1).sum())
        self.energy_after += float(np.square(mono, dtype=np.float64).sum())
        return mono

    @property
    def cancelled(self) -> bool:
        return self.energy_after < _CANCELLED * self.energy_before


def _resampled(blocks: Iterator[np.ndarray], sample_rate: int) -> Iterator[np.ndarray]:
    """Yield (N,) blocks at ``SAMPLE_RATE``; the delay of the filter is taken out."""
    if sample_rate == SAMPLE_RATE:
        yield from blocks
        return
    resampler = soxr.ResampleStream(sample_rate, SAMPLE_RATE, 1, dtype="float32", quality="HQ")
    for block in blocks:
        yield resampler.resample_chunk(block)
    yield resampler.resample_chunk(np.empty(0, np.float32), last=True)


def open_sound(path: Path, again: bool = False) -> SoundStream:
    """Return the sound of a file as it is, by libsndfile or else, and mp3 always, by ffmpeg.

    Reading mp3 block by block with libsndfile clicks at the borders, and it takes the length of a
    truncated mp3 from its header.

    Args:
        again: what is damaged in it has been said before, and is not logged.

    Raises:
        MusicError: it is not sound.
    """
    stream = None if path.suffix.lower() == ".mp3" else _open_with_sndfile(path, again)
    stream = stream or _open_with_ffmpeg(path, again)
    if stream.sample_rate in _RATES:
        return stream
    stream.blocks.close()
    raise MusicError(
        f"{path.name} claims {stream.sample_rate} samples per second; "
        f"give a file with {_RATES.start} to {_RATES.stop - 1}"
    )


def _open_with_sndfile(path: Path, again: bool) -> SoundStream | None:
    try:
        name: Any = os.fsencode(path)  # a name need not be text
        file = soundfile.SoundFile(name)
    except (soundfile.LibsndfileError, TypeError):  # TypeError: headerless formats
        return None
    if file.format == "MP3" or not file.seekable():  # such as GSM, whose blocks it cannot count
        file.close()
        return None
    return SoundStream(file.samplerate, _sndfile_blocks(file, path, again))


def _sndfile_blocks(
    file: soundfile.SoundFile, path: Path, again: bool
) -> Generator[np.ndarray, None, None]:
    done = 0
    with file:
        try:
            for block in file.blocks(_BLOCK_FRAMES, dtype="float32", always_2d=True):
                done += len(block)
                yield block
        except soundfile.LibsndfileError as error:
            seconds = done / file.samplerate
            logger.log(
                logging.DEBUG if again else logging.WARNING,
                "%s is damaged after %.2f s (%s)",
                path.name,
                seconds,
                error,
            )


def _open_with_ffmpeg(path: Path, again: bool) -> SoundStream:
    """Decode the first sound track; sound that starts late in a video is padded with silence."""
    blocks = _ffmpeg_blocks(path, again)
    sample_rate = next(blocks)
    assert isinstance(sample_rate, int)
    return SoundStream(sample_rate, blocks)  # type: ignore[arg-type]  only blocks are left


def _ffmpeg_blocks(path: Path, again: bool) -> Generator[Any]:
    """Yield the sample rate, then the sound in blocks of (N, C)."""
    in_time = (("aresample", "async=1:first_pts=0"), ("aformat", "sample_fmts=fltp"))
    try:
        with open_media(path) as container:
            if not container.streams.audio:
                raise MusicError(f"{path.name} has no sound track; give a {_ACCEPTED} file")
            if container.streams.audio[0].codec_context is None:  # of a kind that nobody knows
                raise _unreadable(path)
            frames: Any = apply_filters(
                decoded(container, container.streams.audio[0], again), in_time
            )
            first = next(frames, None)
            if first is None:
                raise _unreadable(path)
            yield first.sample_rate
            for frame in chain([first], frames):
                yield frame.to_ndarray().T
    except (FFmpegError, OSError, ForeignFileError) as error:
        raise _unreadable(path) from error


def _unreadable(path: Path) -> MusicError:
    return MusicError(f"{path.name} is not sound that can be read; give a {_ACCEPTED} file")
