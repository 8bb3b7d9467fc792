"""Print how the stage's cameras film: how large the dancer is, how smoothly they move, their cuts.

    python -m benchmarks.cameras [--dancers 1] [--seeds 4]

A dance of eight moves, which also travels, to a song with a break, a build-up and a drop. Bodies
are those of ``pose2video.stage.maps``. ``room`` is what is left between body and edge in the frame
with the least of it (for ``music`` without the legs, which near shots cut off), ``filled`` the
share of the picture's width or height that the body takes up in a frame, on average; both of the
picture's height.
"""

import argparse
import time
from dataclasses import dataclass
from itertools import product

import numpy as np

from benchmarks.strips import SONGS
from music2pose.hearing.audio import Waveform
from music2pose.hearing.features import SongFeatures, extract_features
from music2pose.motion.motion import Motion
from music2pose.motion.posture import posture
from music2pose.moves.perform import perform_move
from music2pose.synth.song import synthesise
from pose2video.stage.cameras import CameraPath, Shooting, film
from pose2video.stage.crew import crew
from pose2video.stage.maps import plain_figure
from pose2video.stage.settings import CAMERAS, MOST_DANCERS

FPS = 25.0
ASPECTS = {"9:16": 9 / 16, "1:1": 1.0, "16:9": 16 / 9, "21:9": 21 / 9}
MOVES = ("grapevine", "star_jump", "lunge_clap", "running_man",
         "two_step", "disco_point", "egyptian", "grapevine")  # fmt: skip
LEGS = ("thigh", "shin", "foot")


@dataclass(frozen=True)
class Balls:
    """What a body is made of.

    Shape:
        points: (T, P, 3) metres
        radii: (P,)
        is_upper: (P,) bool, not of the legs
    """

    points: np.ndarray
    radii: np.ndarray
    is_upper: np.ndarray


@dataclass(frozen=True)
class Figures:
    """What is printed of some films together."""

    room: float
    filled: float
    radians: float
    """A second, at most."""
    jerk: float
    """m/s^3, at most."""
    cuts: float
    """A minute."""
    seconds: float
    """Of work for a minute of dance."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--dancers", type=int, default=1, choices=range(1, MOST_DANCERS + 1))
    parser.add_argument("--seeds", type=int, default=4, help="films of each kind (%(default)s)")
    args = parser.parse_args()
    song = extract_features(Waveform(synthesise(SONGS["drop"]).waveform))
    dancers = crew(long_dance(), args.dancers, 0)
    bodies = [surface(dancer) for dancer in dancers]
    print("camera    aspect   room  filled  rad/s  m/s^3  cuts/min  s/min")
    for style, (name, aspect) in product(CAMERAS, ASPECTS.items()):
        runs = [
            figures(dancers, bodies, Shooting(style, aspect, seed), song)
            for seed in range(args.seeds)
        ]
        print(row(style, name, runs))


def row(style: str, aspect: str, runs: list[Figures]) -> str:
    """Return a line of the table: the worst of all seeds, and the mean where there is no worst."""
    return (
        f"{style:9} {aspect:>6} {min(run.room for run in runs):6.3f} "
        f"{np.mean([run.filled for run in runs]):7.2f} {max(run.radians for run in runs):6.2f} "
        f"{max(run.jerk for run in runs):6.1f} {np.mean([run.cuts for run in runs]):9.1f} "
        f"{np.mean([run.seconds for run in runs]):6.2f}"
    )


def long_dance() -> Motion:
    """Return 32 seconds of moves at 120 BPM, by a dancer who wanders over two metres meanwhile."""
    parts = [perform_move(name, 8, 120.0, FPS).joints for name in MOVES]
    joints = np.concatenate(parts)
    times = np.arange(len(joints)) / FPS
    joints[..., 0] += np.sin(0.4 * times)[:, None]
    joints[..., 2] += 0.5 * np.sin(0.3 * times)[:, None]
    return Motion(joints, FPS, "moves", "moves", 120.0)


def figures(
    dancers: list[Motion], bodies: list[Balls], shooting: Shooting, song: SongFeatures
) -> Figures:
    """Return what a film is like."""
    started = time.process_time()
    path = film(dancers, shooting, song)
    work = time.process_time() - started
    aspect, minutes = shooting.aspect, len(path) / FPS / 60
    turns = np.linalg.norm(within_shots(path, path.axes, 1), axis=(1, 2)) / np.sqrt(2)
    jerks = np.linalg.norm(within_shots(path, path.origin, 3), axis=-1)
    return Figures(
        room=min(room(body, path, aspect, shooting.style == "music") for body in bodies),
        filled=float(filled(bodies, path, aspect).mean()),
        radians=float(turns.max() * FPS),
        jerk=float(jerks.max() * FPS**3),
        cuts=float(path.shot[-1] / minutes),
        seconds=work / minutes,
    )


def surface(motion: Motion) -> Balls:
    """Return the balls at both ends of the round shapes of a body."""
    pose = posture(motion.joints)
    pieces = [piece for piece in plain_figure().pieces if piece.kind == "round"]
    starts = [pose.place(name, offset) for name, *offset in (piece.start for piece in pieces)]
    ends = [
        pose.place(name, offset) for name, *offset in (piece.end or piece.start for piece in pieces)
    ]
    radii = np.array([piece.radius for piece in pieces]).T.ravel() * pose.scale
    is_upper = np.array([not piece.part.endswith(LEGS) for piece in pieces] * 2)
    return Balls(np.stack([*starts, *ends], axis=1), radii, is_upper)


def room(body: Balls, path: CameraPath, aspect: float, upper: bool) -> float:
    """Return how much room is left between a body and the picture's edge, in picture heights.

    Args:
        upper: without the legs.
    """
    low, high = spans(body, path)
    left = np.minimum(low, [aspect, 1] - high).min(axis=-1)
    return float(left[:, body.is_upper if upper else slice(None)].min())


def filled(bodies: list[Balls], path: CameraPath, aspect: float) -> np.ndarray:
    """Return the share (T,) of the picture's width or height, the larger, that bodies take up."""
    ends = [spans(body, path) for body in bodies]
    low = np.min([low.min(axis=1) for low, _ in ends], axis=0)
    high = np.max([high.max(axis=1) for _, high in ends], axis=0)
    return ((high - low) / [aspect, 1]).max(axis=-1)


def spans(body: Balls, path: CameraPath) -> tuple[np.ndarray, np.ndarray]:
    """Return the upper left and the lower right of each ball in the picture, (T, P, 2) each."""
    place, depth = path.project(body.points)
    size = (path.focal[:, None] * body.radii / depth)[..., None]
    return place - size, place + size


def within_shots(path: CameraPath, values: np.ndarray, order: int) -> np.ndarray:
    """Return differences of values (T, ...) of frames that belong to one shot."""
    changes = np.diff(values, n=order, axis=0)
    return changes[path.shot[order:] == path.shot[:-order]]


if __name__ == "__main__":
    main()
