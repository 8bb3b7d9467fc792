"""List the moves that a dancer can be asked for, and draw them."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from music2pose.generate import load_pose_model
from music2pose.motion.camera import Camera, follow, project
from music2pose.moves.book import MOVES
from music2pose.moves.perform import PHRASE, perform_move
from music2pose.pose import PoseSequence
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


class ListedMove(NamedTuple):
    """A move or family of moves, by its name."""

    name: str
    says: str
    """What a viewer sees; empty where nobody wrote it down."""
    is_known: bool
    """Whether the dancer can be asked for it."""


def list_moves(model: str) -> list[ListedMove]:
    """Return the written moves, then all others that a dancer knows by name.

    Raises:
        CheckpointError: there is no such dancer.
    """
    known = families_of(load_pose_model(model))
    written = [ListedMove(name, move.says, name in known) for name, move in MOVES.items()]
    return written + [ListedMove(name, "", True) for name in known if name not in MOVES]


def draw_moves(listed: list[ListedMove], output: Path, overwrite: bool = False) -> None:
    """Write a picture with a row of skeletons for each written move.

    Raises:
        VideoError: the picture cannot be written there.
    """
    check_output(output, SHEET_SUFFIXES, overwrite)
    says = {move.name: move.says for move in listed if move.name in MOVES}
    save_picture(output, sheet_of(says))


def sheet_of(says: Mapping[str, str]) -> np.ndarray:
    """Return rows of skeletons, each below its name and what is seen, (H, W, 3) uint8 RGB.

    Args:
        says: what is seen of each written move.
    """
    rows = []
    for name, seen in says.items():
        poses = written_dance(name)
        cells = [
            draw_skeleton(keypoints, confidence, SIDE, SIDE)
            for keypoints, confidence in zip(poses.keypoints, poses.confidence, strict=True)
        ]
        rows += [_label(f"{name}: {seen}"), np.hstack(cells)]
    return np.vstack(rows)


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
