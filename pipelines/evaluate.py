"""Turn a dance and its song into an honest report: a table, a dictionary, a picture."""

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from music2pose import MusicError
from music2pose.hearing.audio import open_song
from music2pose.hearing.beat_files import read_beats
from music2pose.hearing.features import SongFeatures, extract_features
from music2pose.metrics.beats import BeatReport, beat_report
from music2pose.metrics.motion import (
    BONE_NAMES,
    ComparisonReport,
    MotionReport,
    compare_dances,
    motion_report,
)
from music2pose.pose import PoseSequence
from music2pose.pose_files import load_poses
from pipelines.evaluate_plot import plot
from pipelines.evaluate_table import BEAT_NOTE, beat_rows, comparison_rows, motion_rows
from pipelines.output import check_output

logger = logging.getLogger(__name__)

CLEAR_BEAT = 0.2
"""Confidence in a song's beats below which they are a guess."""


class SongFacts(NamedTuple):
    """What the dance was measured against."""

    seconds: float
    bpm: float
    confidence: float
    """In the beats, from 0 (a guess) to 1."""
    beats: int


@dataclass(frozen=True)
class EvaluationReport:
    """How a dance goes with its song, how it moves and, with a reference, how real it looks."""

    song: SongFacts
    beats: BeatReport
    motion: MotionReport
    comparison: ComparisonReport | None = None
    warnings: tuple[str, ...] = ()
    """What takes the meaning from some of the figures, one sentence each."""

    def as_dict(self) -> dict[str, Any]:
        """Return every figure under its field's name, ready for JSON: NaN becomes None."""
        comparison = self.comparison and _plain(self.comparison)
        return {
            "song": _plain(self.song),
            "beats": {**_plain(self.beats), "is_still": self.beats.is_still},
            "motion": _plain(self.motion),
            "comparison": comparison,
            "warnings": list(self.warnings),
        }

    def table(self) -> str:
        """Return the figures as text for people, each beside what it has to be read against."""
        sections = [
            (self._title(), ()),
            ("In time with the music", beat_rows(self.beats)),
            ("Motion", motion_rows(self.motion, self.comparison)),
        ]
        if self.comparison:
            title = f"Against the reference ({self.comparison.reference_windows} windows of 4 s)"
            sections.append((title, comparison_rows(self.comparison)))
        blocks = ["\n".join([title, *(row.text() for row in rows)]) for title, rows in sections]
        blocks[1] += f"\n{BEAT_NOTE}"
        if self.warnings:
            blocks.append("\n".join(f"! {warning}" for warning in self.warnings))
        return "\n\n".join(blocks)

    def _title(self) -> str:
        return (
            f"{_clock(self.motion.seconds)} of dance to {_clock(self.song.seconds)} of music, "
            f"{self.song.bpm:.1f} beats per minute (confidence {self.song.confidence:.2f})"
        )


@dataclass(frozen=True)
class EvaluationConfig:
    """What is known of a dance and its song, and the seed behind the nulls and intervals."""

    bpm: float | None = None
    """The song's tempo in beats per minute."""
    first_beat: float | None = None
    """Seconds into the song at which a bar starts."""
    beats: Path | None = None
    """A file of the song's beats, which are then not listened for."""
    fps: float | None = None
    """The poses' rate, where their file does not say it."""
    start: float = 0.0
    """Seconds into the song at which the dance begins."""
    seed: int = 0
    canvas: tuple[float, float] | None = None
    """Width and height that the poses count in, where their file does not say them."""


def run_evaluate(
    poses_path: Path,
    audio_path: Path,
    config: EvaluationConfig | None = None,
    reference: Path | None = None,
    plot_path: Path | None = None,
    overwrite: bool = False,
) -> EvaluationReport:
    """Measure a pose file against a song's file, and draw both if asked to.

    Args:
        poses_path: what ``load_poses`` reads.
        audio_path: what ``open_song`` opens.
        reference: a folder of real dances in files that ``load_poses`` reads.
        plot_path: where to write a PNG of the onsets, beats and body speed over time.

    Raises:
        MusicError: a file cannot be used, or the dance begins after the song's end.
        VideoError: ``plot_path`` cannot be written, or exists and ``overwrite`` is not set.
    """
    config = config or EvaluationConfig()
    if plot_path is not None:
        check_output(plot_path, (".png",), overwrite, inputs=(poses_path, audio_path))
    poses = load_poses(poses_path, config.fps, config.canvas)
    dances = load_reference(reference) if reference is not None else []
    song = open_song(audio_path)
    marks = config.beats and read_beats(config.beats, song.seconds, song.seconds)
    features = extract_features(song, config.bpm, config.first_beat, marks)
    if not 0 <= config.start < features.seconds:
        raise MusicError(
            f"the dance cannot start at {config.start:g} s of a song that lasts "
            f"{features.seconds:.1f} s; give 0 or more, and less than that"
        )
    report = evaluate_dance(poses, features, dances, start=config.start, seed=config.seed)
    if plot_path is not None:
        plot(poses, features, plot_path, start=config.start)
    return report


def evaluate_dance(
    poses: PoseSequence,
    features: SongFeatures,
    reference: Sequence[PoseSequence] = (),
    start: float = 0.0,
    seed: int = 0,
) -> EvaluationReport:
    """Measure a dance that begins ``start`` seconds into a song, and compare it with real ones.

    Raises:
        MusicError: the dance shows no torso or, with a reference, lasts less than 4 s.
    """
    rng = np.random.default_rng(seed)
    grid = features.grid
    song = SongFacts(features.seconds, grid.bpm, grid.confidence, len(grid.beat_times))
    beats = beat_report(poses, grid.beat_times - start, rng)
    motion = motion_report(poses)
    comparison = compare_dances([poses], reference, rng) if reference else None
    warnings = tuple(_warnings(song, beats, motion, start))
    return EvaluationReport(song, beats, motion, comparison, warnings)


def load_reference(folder: Path) -> list[PoseSequence]:
    """Return every dance in a folder: ``.npz``, ``.json``, and folders of OpenPose frames.

    What holds no poses is left out with a logged warning.

    Raises:
        MusicError: it is no folder, or no dance is in it.
    """
    if not folder.is_dir():
        raise MusicError(f"{folder} is no folder; give one that holds pose files")
    dances = []
    for path in sorted(folder.glob("[!.]*")):
        if path.is_dir() or path.suffix.lower() in (".npz", ".json"):
            try:
                dances.append(load_poses(path))
            except MusicError as error:
                logger.warning("left out of the reference: %s", error)
    if not dances:
        raise MusicError(
            f"{folder} holds no dances; give a folder of .npz or .json pose files as a reference"
        )
    return dances


def _warnings(song: SongFacts, beats: BeatReport, motion: MotionReport, start: float) -> list[str]:
    found = []
    if beats.is_still:
        found.append(
            f"The dancer hardly moves ({beats.mean_speed:.2f} torso lengths per second): "
            "the beat figures mean nothing."
        )
    if song.confidence < CLEAR_BEAT:
        found.append(
            f"No clear beat was found in the song (confidence {song.confidence:.2f}): the beats "
            "are a guess; give --bpm and --first-beat where they are known."
        )
    if abs(motion.seconds + start - song.seconds) > 1:
        found.append(
            f"The dance ends at {motion.seconds + start:.1f} s, the song at {song.seconds:.1f} s: "
            "the beat figures hold only for what they share."
        )
    return found


def _plain(value: Any) -> Any:
    """Return nested named tuples as dictionaries of what JSON knows."""
    if isinstance(value, MotionReport):
        bones = dict(zip(BONE_NAMES, value.bone_variation, strict=True))
        return _plain({**value._asdict(), "bone_variation": bones})
    if hasattr(value, "_asdict"):
        return _plain(value._asdict())
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{seconds % 60:04.1f}"
