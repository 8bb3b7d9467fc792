"""What a dancer is asked for beside the music, and what of it a finished dance can be given."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from music2pose import MusicError
from music2pose.blending import FACE, blended, lower_foot
from music2pose.controls import ENERGY_RANGE, FOLLOW_RANGE
from music2pose.metrics.body import body_scale
from music2pose.motion.motion import hip_centre
from music2pose.pose import JOINT, VISIBLE, PoseSequence, fill_unseen

EASE_SECONDS = 0.4
"""A pose is reached, and left, over one beat, or over as many as last this long."""
BODY = [joint for joint in range(len(JOINT)) if joint not in FACE]
WHOLE_BODY = "all of neck, shoulders, arms, hips and legs"


@dataclass(frozen=True, eq=False)
class HeldPose:
    """A pose to be held, apart from any canvas.

    Shape:
        keypoints: (18, 2) torso lengths from the middle of the hips, x to the right and y down
        confidence: (18,) from 0 to 1; all joints but those of the face are seen
    """

    keypoints: np.ndarray
    confidence: np.ndarray


@dataclass(frozen=True)
class Cue:
    """What is danced for a while; one that asks for nothing is danced as the music has it."""

    start: float
    """Seconds of the song, on a beat or at its start."""
    stop: float
    """Seconds, on a beat or at the song's end."""
    moves: tuple[str, ...] = ()
    """Names of moves or families, one of which is to be danced."""
    pose: HeldPose | None = None
    is_frozen: bool = False
    """Whether the pose of the start is held."""
    energy: float | None = None
    """From -1, calmest, to 1, wildest; None: as in the whole dance."""


@dataclass(frozen=True)
class Direction:
    """What is asked of a dancer; without anything, to follow the music as usual."""

    follow: float = 1.0
    """How strictly: 0 not at all, 1 as usual, up to 3."""
    energy: float = 0.0
    """From -1, calmest, over 0, as the music asks, to 1, wildest."""
    favoured: tuple[str, ...] = ()
    """Names of moves or families; empty: all that are not avoided."""
    avoided: tuple[str, ...] = ()
    cues: tuple[Cue, ...] = ()
    """In order of time; none begins before another has ended."""

    def __post_init__(self) -> None:
        ranges = {"follow": (self.follow, FOLLOW_RANGE), "energy": (self.energy, ENERGY_RANGE)}
        for name, (value, (low, high)) in ranges.items():
            if not low <= value <= high:
                raise MusicError(f"{name} must be {low:g} to {high:g}, got {value}")


UNDIRECTED = Direction()


def held_pose(poses: PoseSequence, frame: int | None = None) -> HeldPose:
    """Return one pose of a dance, by default the first that shows the whole body.

    Raises:
        MusicError: there is no such frame, or it does not show the whole body.
    """
    if frame is not None and not 0 <= frame < len(poses):
        raise MusicError(f"frame {frame} is not there; give 0 to {len(poses) - 1}")
    shows_body = np.all(poses.confidence[:, BODY] >= VISIBLE, axis=1)
    if not shows_body.any():
        raise MusicError(f"no frame shows {WHOLE_BODY}; give poses of which one does")
    first = int(shows_body.argmax())
    if frame is None:
        frame = first
    if not shows_body[frame]:
        raise MusicError(
            f"frame {frame} does not show {WHOLE_BODY}; the first that does is {first}"
        )
    keypoints = poses.keypoints[frame].astype(np.float64)
    keypoints = (keypoints - hip_centre(keypoints)) / body_scale(poses)
    return HeldPose(keypoints, poses.confidence[frame])


def staged(
    poses: PoseSequence, direction: Direction, beat_times: Sequence[float] | np.ndarray
) -> PoseSequence:
    """Return a dance with the poses in it that cues ask to be held.

    A pose is reached over the beat before its cue starts, right on its start, and left over the
    beat after its end. A given one is as large as the dancer, with the hips above the place where
    they are danced at the cue's start and the lower foot on the floor.

    Args:
        beat_times: (N,) increasing seconds, at least two.
    """
    for cue in direction.cues:
        if cue.is_frozen or cue.pose is not None:
            poses = _with_held(poses, cue, np.asarray(beat_times))
    return poses


def hold_weights(times: np.ndarray, cue: Cue, beat_times: np.ndarray) -> np.ndarray:
    """Return how much the held pose of a cue counts: 1 while it is held, 0 a beat from there.

    What starts less than half a beat after the start of the song is held from there on.

    Shape:
        times, returns: (T,)

    >>> cue = Cue(2.0, 4.0, is_frozen=True)
    >>> hold_weights(np.array([1.0, 1.5, 2.0, 4.0, 4.25, 5.0]), cue, np.arange(9.0)).tolist()
    [0.0, 0.5, 1.0, 1.0, 0.84375, 0.0]
    """
    before, after = (_ease_seconds(time, beat_times) for time in (cue.start, cue.stop))
    reached = cue.start if cue.start >= before / 2 else 0.0
    coming = (times - reached) / min(before, max(reached, 1e-9)) + 1
    leaving = (cue.stop - times) / after + 1
    share = np.clip(np.minimum(coming, leaving), 0, 1)
    return share**2 * (3 - 2 * share)


def _ease_seconds(time: float, beat_times: np.ndarray) -> float:
    """Return how long it takes to reach or leave a pose at a beat."""
    interval = np.searchsorted(beat_times, time, side="right") - 1
    beat = float(np.diff(beat_times)[interval.clip(0, len(beat_times) - 2)])
    return beat * math.ceil(EASE_SECONDS / beat)


def _with_held(poses: PoseSequence, cue: Cue, beat_times: np.ndarray) -> PoseSequence:
    weight = hold_weights(np.arange(len(poses)) / poses.fps, cue, beat_times)
    rows = np.flatnonzero(weight)
    danced = fill_unseen(poses.keypoints, poses.confidence > 0)
    there = poses.at_times(np.array([cue.start]), poses.fps)
    if cue.pose is None:
        held, seen = there.keypoints.repeat(len(rows), axis=0), there.confidence[0]
    else:
        held, seen = _placed(cue.pose, danced, there, body_scale(poses), rows), cue.pose.confidence
    keypoints, confidence = poses.keypoints.copy(), poses.confidence.copy()
    share = weight[rows]
    keypoints[rows] = blended(danced[rows], held, share)
    confidence[rows] += share[:, None] * (seen - confidence[rows])
    return replace(poses, keypoints=keypoints, confidence=confidence)


def _placed(
    pose: HeldPose, danced: np.ndarray, there: PoseSequence, scale: float, rows: np.ndarray
) -> np.ndarray:
    """Return a pose where a dancer is, for each of some frames of the dance.

    Of the face, what the pose does not show is where it is danced.

    Shape:
        danced: (T, 18, 2)
        there: one frame
        rows: (R,) numbers of frames
        returns: (R, 18, 2)
    """
    placed = scale * pose.keypoints[None]
    floor = np.median(lower_foot(danced))
    placed += [hip_centre(there.keypoints)[0, 0], floor - lower_foot(placed)[0]]
    placed = placed.repeat(len(rows), axis=0)
    hidden = [joint for joint in FACE if pose.confidence[joint] < VISIBLE]
    neck = JOINT["neck"]
    placed[:, hidden] = placed[:, [neck]] + (danced[rows][:, hidden] - danced[rows][:, [neck]])
    return placed
