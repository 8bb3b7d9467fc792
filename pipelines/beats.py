"""Write the beats of a song for people, programs and ears."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from checkpoints.files import whole_file
from music2pose.hearing.audio import cut, open_sound
from music2pose.hearing.beat_files import BeatSummary, summary_of, writer_for
from music2pose.hearing.beats import BeatGrid
from pipelines import VideoError
from pipelines.config import Music2VideoConfig
from pipelines.dancing import hear, open_piece
from pipelines.output import check_output

CLICK_TRACK = ".wav"
BEATS_SUFFIXES = (".txt", ".json", CLICK_TRACK)
CLICK_HZ, DOWNBEAT_HZ = 1000.0, 2000.0
CLICK_SECONDS = 0.04
SONG_SHARE = 0.6
"""Of full scale; the rest is for clicks, so that both together never clip."""
_LARGEST_WAV = 4_000_000_000


def write_beats(
    song: Path, output: Path, config: Music2VideoConfig, overwrite: bool = False
) -> BeatSummary:
    """Write the beats of a song, or of the piece that ``config`` asks for, and return a summary.

    ``.txt`` and ``.json`` are times that ``--beats`` reads, in seconds from the start of the whole
    song, ``.labels.txt`` the label track of Audacity, and ``.wav`` the piece with a click on each
    beat.

    Raises:
        MusicError, VideoError: for the user to mend.
    """
    read = [Path(path) for path in (song, config.beats) if path is not None]
    check_output(output, BEATS_SUFFIXES, overwrite, read)
    sound = open_piece(song, config)
    grid = hear(sound, config).grid
    if output.suffix.lower() == CLICK_TRACK:
        write_click_track(song, output, grid, config.start, sound.seconds)
        return summary_of(grid)
    title = " ".join(song.name.split())
    text = writer_for(output.name)(grid, title, config.start)
    with whole_file(output) as partial:
        partial.write_text(text, encoding="utf-8", errors="replace")
    return summary_of(grid)


def write_click_track(
    song: Path, output: Path, grid: BeatGrid, start: float, seconds: float
) -> None:
    """Write a piece of a song as 16-bit WAV at its own rate, with clicks that start on the beats.

    Sound of more than two channels is mixed down to one.

    Raises:
        VideoError: it is larger than a WAV file can be, or cannot be written.
    """
    stream = open_sound(song)
    rate = stream.sample_rate
    with closing(stream.blocks) as blocks, whole_file(output) as partial:
        pieces = _piece(blocks, round(start * rate), round(seconds * rate))
        first = next(pieces)
        if round(seconds * rate) * first.shape[1] * 2 > _LARGEST_WAV:
            raise VideoError(f"{output.name} would be over 4 GB; choose a part with --duration")
        clicks = _Clicks(grid, rate)
        name: Any = os.fsencode(partial)  # which need not be text
        try:
            with soundfile.SoundFile(
                name, "w", rate, first.shape[1], "PCM_16", format="WAV"
            ) as file:
                file.write(clicks.mixed_into(first))
                for piece in pieces:
                    file.write(clicks.mixed_into(piece))
        except soundfile.LibsndfileError as error:
            raise VideoError(
                f"cannot write {output} ({error}); choose a folder with space"
            ) from error


def _piece(blocks: Iterator[np.ndarray], first: int, count: int) -> Iterator[np.ndarray]:
    """Yield blocks of (N, 1 or 2) in [-1, 1] that hold ``count`` samples from ``first`` on."""
    for inside in cut(blocks, first, first + count):
        sound = np.nan_to_num(inside, nan=0.0).clip(-1, 1)
        yield sound if sound.shape[1] <= 2 else sound.mean(axis=1, keepdims=True)


class _Clicks:
    """Clicks on the beats of a grid, mixed into blocks of sound in their order."""

    def __init__(self, grid: BeatGrid, rate: int) -> None:
        self.position = 0
        self.starts = np.round(grid.beat_times * rate).astype(int)
        self.is_downbeat = np.isin(grid.beat_times, grid.downbeat_times)
        time = np.arange(round(CLICK_SECONDS * rate)) / rate
        fading = (1 - SONG_SHARE) * np.exp(-100 * time)
        self.sounds = [  # a cosine, because its first sample is its loudest
            fading * np.cos(2 * np.pi * min(hz, rate / 4) * time) for hz in (CLICK_HZ, DOWNBEAT_HZ)
        ]

    def mixed_into(self, block: np.ndarray) -> np.ndarray:
        """Return the next (N, C) samples of the song with clicks."""
        mixed = SONG_SHARE * block
        begin, end = self.position, self.position + len(block)
        length = len(self.sounds[0])
        first, last = np.searchsorted(self.starts, (begin - length + 1, end))
        for start, is_downbeat in zip(
            self.starts[first:last], self.is_downbeat[first:last], strict=True
        ):
            inside = slice(max(start, begin), min(start + length, end))
            click = self.sounds[int(is_downbeat)][inside.start - start : inside.stop - start]
            mixed[inside.start - begin : inside.stop - begin] += click[:, None]
        self.position = end
        return mixed.clip(-1, 1)
