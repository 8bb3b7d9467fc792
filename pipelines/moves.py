"""List the moves that a dancer can be asked for, and draw them."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from music2pose.direction import Direction
from music2pose.generate import generate_poses
from music2pose.generator import PoseGenerator
from music2pose.hearing.audio import Waveform
from music2pose.hearing.features import extract_features
from music2pose.motion.camera import Camera, follow, project
from music2pose.moves.book import MOVES
from music2pose.moves.perform import PHRASE, perform_move
from music2pose.pose import PoseSequence
from music2pose.synth.song import SongSpec, synthesise
from pipelines.dancing import families_of
from pipelines.output import check_output
from pose2video.draw import draw_skeleton
from pose2video.pictures import save_picture

SHEET_SUFFIXES = (".png",)
MOMENTS = 8
"""Skeletons of a move."""
SIDE = 128
"""Pixels of the square around a skeleton."""
LABEL_HEIGHT = 22
BPM, FPS = 120.0, 50.0
SONG = SongSpec(seed=3, seconds=8.0, bpm=BPM, style="house", form=(("chorus", 4),))
"""What families of moves are danced to, to be drawn."""
FIRST_BEAT = 4


class ListedMove(NamedTuple):
    """A move or family of moves, by its name."""

    name: str
    says: str
    """What a viewer sees; empty where nobody wrote it down."""
    is_known: bool
    """Whether the dancer can be asked for it."""


def list_moves(model: PoseGenerator) -> list[ListedMove]:
    """Return the written moves, then all others that a dancer knows by name."""
    known = families_of(model)
    written = [ListedMove(name, move.says, name in known) for name, move in MOVES.items()]
    return written + [ListedMove(name, "", True) for name in known if name not in MOVES]


def draw_moves(
    model: PoseGenerator, listed: list[ListedMove], output: Path, overwrite: bool = False
) -> None:
    """Write a picture with a row of skeletons for each move: written ones as they are written,
    others as the dancer dances them.

    Raises:
        VideoError: the picture cannot be written there.
    """
    check_output(output, SHEET_SUFFIXES, overwrite)
    names = [move.name for move in listed]
    shown = {name: written_dance(name) for name in names if name in MOVES}
    unwritten = [name for name in names if name not in MOVES]
    shown |= zip(unwritten, danced_families(model, unwritten), strict=True)
    rows = [
        drawn_row(f"{move.name}: {move.says or 'as it is danced'}", shown[move.name])
        for move in listed
    ]
    save_picture(output, np.vstack(rows))


def drawn_row(text: str, poses: PoseSequence) -> np.ndarray:
    """Return skeletons side by side below a line of text, (H, W, 3) uint8 RGB."""
    cells = [
        draw_skeleton(keypoints, confidence, SIDE, SIDE)
        for keypoints, confidence in zip(poses.keypoints, poses.confidence, strict=True)
    ]
    return np.vstack([_label(text), np.hstack(cells)])


def danced_families(model: PoseGenerator, names: list[str]) -> Iterator[PoseSequence]:
    """Yield for each family four beats of a dance to a lively song, at the moments to draw."""
    song = synthesise(SONG)
    features = extract_features(Waveform(song.waveform, song.sample_rate))
    beats = FIRST_BEAT + np.arange(MOMENTS) / MOMENTS * 4
    times = np.interp(beats, np.arange(len(song.beat_times)), song.beat_times)
    for name in names:
        poses = generate_poses(model, features, direction=Direction(favoured=(name,)))
        yield poses.at_times(times, FPS)


def written_dance(name: str) -> PoseSequence:
    """Return the moments of one round of a written move that are drawn, as a viewer sees them."""
    beats = min(MOVES[name].pattern()[0], PHRASE)
    danced = project(follow(perform_move(name, PHRASE, BPM, FPS)), Camera())
    return danced.at_times(np.arange(MOMENTS) / MOMENTS * beats * 60 / BPM, FPS)


def _label(text: str) -> np.ndarray:
    """Return a line of words as high as ``LABEL_HEIGHT``."""
    line = np.full((LABEL_HEIGHT, MOMENTS * SIDE, 3), 40, np.uint8)
    place = (6, LABEL_HEIGHT - 7)
    cv2.putText(line, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.45, (255,) * 3, 1, cv2.LINE_AA)
    return line
