"""What a dance is held against: another dance, other songs, and one move over and over."""

from typing import NamedTuple

import numpy as np

from music2pose.metrics.beats import best_lag_score, kinematic_beats
from music2pose.metrics.body import body_scale
from music2pose.pose import PoseSequence


class OwnAgainstOther(NamedTuple):
    """Whether dances agree better with their own songs' beats than with the other songs'."""

    own: float
    """Mean best-lag score with the own song's beats."""
    other: float
    """The same with the beats of each other song."""
    z: float
    """Mean difference over its standard error; a dance is one sample."""


def own_against_other(dances: list[PoseSequence], beat_times: list[np.ndarray]) -> OwnAgainstOther:
    """Compare every dance with its own beats and with all other songs' (at least two songs)."""
    if len(dances) != len(beat_times) or len(dances) < 2:
        raise ValueError(
            f"need the beats of at least two dances, got {len(dances)} dances and "
            f"{len(beat_times)} sets of beats"
        )
    scores = np.array([[_best_of(dance, beats) for beats in beat_times] for dance in dances])
    own = np.diag(scores)
    other = (scores.sum(axis=1) - own) / (len(dances) - 1)
    difference = own - other
    error = difference.std(ddof=1) / np.sqrt(len(dances))
    z = float(difference.mean() / error) if error > 0 else 0.0
    return OwnAgainstOther(float(own.mean()), float(other.mean()), z)


def _best_of(dance: PoseSequence, beat_times: np.ndarray) -> float:
    beats = beat_times[(beat_times >= 0) & (beat_times < dance.seconds)]
    return best_lag_score(kinematic_beats(dance), beats)[0]


def dance_difference(one: PoseSequence, other: PoseSequence) -> float:
    """Return how far apart two dances' joints are at the same moments, in body units.

    Both must have the same rate; the longer one is cut. Tells whether a change of music, seed or
    input changed the dance.
    """
    if one.fps != other.fps:
        raise ValueError(f"the dances must have one rate, got {one.fps} and {other.fps} fps")
    length = min(len(one), len(other))
    distance = np.linalg.norm(one.keypoints[:length] - other.keypoints[:length], axis=-1)
    both = (one.confidence[:length] > 0) & (other.confidence[:length] > 0)
    return float(distance[both].mean()) / body_scale(one) if both.any() else 0.0


def repeat_one_move(
    poses: PoseSequence, start: float, move_seconds: float, seconds: float
) -> PoseSequence:
    """Return a dance that does one move of ``poses`` forward and back for ``seconds``.

    The baseline that a model must beat: real poses, steady limbs, no imagination.
    """
    time = np.arange(max(1, round(seconds * poses.fps))) / poses.fps
    back_and_forth = move_seconds - np.abs(time % (2 * move_seconds) - move_seconds)
    return poses.at_times(start + back_and_forth, poses.fps)
