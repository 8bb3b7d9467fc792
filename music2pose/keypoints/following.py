"""Which of the people in a video is the dancer."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from music2pose.pose import NUM_JOINTS, VISIBLE


def follow_dancer(people: Sequence[np.ndarray]) -> np.ndarray:
    """Return the one person of a video that is largest and surest over time.

    People of consecutive frames are the same one when their centres lie within half a body of
    each other; somebody who is not found for a while is waited for where they were last seen.

    Shape:
        people: T arrays (N, 18, 3) of x, y and confidence, N differing from frame to frame
        returns: (T, 18, 3), zeros where the dancer was not found
    """
    tracks: list[_Track] = []
    for frame, candidates in enumerate(people):
        taken: set[int] = set()
        for person in sorted(candidates, key=_presence, reverse=True):
            track = _nearest_track(tracks, taken, person)
            if track is None:
                tracks.append(_Track())
                track = len(tracks) - 1
            taken.add(track)
            tracks[track].add(frame, person)
    followed = np.zeros((len(people), NUM_JOINTS, 3))
    if tracks:
        for frame, person in max(tracks, key=lambda track: track.presence).people.items():
            followed[frame] = person
    return followed


@dataclass
class _Track:
    """One person over time: ``people`` maps a frame's index to (18, 3)."""

    people: dict[int, np.ndarray] = field(default_factory=dict)
    presence: float = 0.0
    last: np.ndarray = field(default_factory=lambda: np.zeros((NUM_JOINTS, 3)))

    def add(self, frame: int, person: np.ndarray) -> None:
        """Go on with where the person (18, 3) is in a frame."""
        self.people[frame] = self.last = person
        self.presence += _presence(person)


def _nearest_track(tracks: list[_Track], taken: set[int], person: np.ndarray) -> int | None:
    """Return the index of the free track whose last position ``person`` continues, if any."""
    near = {}
    for index, track in enumerate(tracks):
        if index not in taken:
            distance = np.linalg.norm(_centre(track.last) - _centre(person))
            if distance <= 0.5 * max(_height(track.last), _height(person)):
                near[index] = distance
    return min(near, key=lambda index: near[index]) if near else None


def _seen(person: np.ndarray) -> np.ndarray:
    return person[person[:, 2] >= VISIBLE, :2]


def _centre(person: np.ndarray) -> np.ndarray:
    return np.median(_seen(person), axis=0)


def _height(person: np.ndarray) -> float:
    return float(np.ptp(_seen(person), axis=0).max())


def _presence(person: np.ndarray) -> float:
    """Return how large and how sure a person is: height times the sum of confidences."""
    return _height(person) * float(person[:, 2].sum())
