"""Which of the people in a video is the dancer."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from music2pose.pose import NUM_JOINTS, VISIBLE

Tracks = Sequence[Sequence[int | None]]
MOST_FOLLOWED = 50
"""People of a frame, the largest and surest, who are followed; nobody else is the dancer."""
LEAST_PRESENCE = 0.1
"""Of the dancer's own, frame by frame: less is nobody who could be them after a cut."""
MOST_TOGETHER = 0.25
"""Of the frames of somebody who may still be the dancer, as in a dissolve, those with both."""


def follow_dancer(people: Sequence[np.ndarray], tracks: Tracks | None = None) -> np.ndarray:
    """Return the one person of a video that is largest and surest over time.

    People of consecutive frames are the same one when a tracker says so, or when their centres lie
    within half a body of each other; somebody who is not found for a while is waited for where
    they were last seen. Where the dancer is not found but somebody else is, who was hardly ever in
    the picture together with them, that is them, after a cut: the largest and surest of several.

    Args:
        tracks: for each of the people the number that a tracker gave them; numbers that two
            people of one frame share are not used.

    Shape:
        people: T arrays (N, 18, 3) of x, y and confidence, N differing from frame to frame
        returns: (T, 18, 3), zeros where the dancer was not found
    """
    followed = np.zeros((len(people), NUM_JOINTS, 3))
    numbers = tracks if tracks and _tell_apart(tracks) else None
    for frame, person in _dancer(_tracks(people, numbers)).items():
        followed[frame] = person
    return followed


def said_of(people: Sequence[np.ndarray], followed: np.ndarray) -> str:
    """Return how many frames show no dancer and how many poses are others', or nothing.

    Shape:
        people: T arrays (N, 18, 3)
        followed: (T, 18, 3)
    """
    found = (followed[..., 2] > 0).any(axis=1)
    empty = sum(len(candidates) == 0 for candidates in people)
    lost = int((~found).sum()) - empty
    others = sum(map(len, people)) - int(found.sum())
    told = [
        f"{empty} of {len(people)} frames show nobody" if empty else "",
        f"{lost} of {len(people)} frames show others, but not the dancer" if lost else "",
        f"{others} poses of other people are left out" if others else "",
    ]
    return "; ".join(filter(None, told))


@dataclass
class _Track:
    """One person over time; ``people`` are (18, 3)."""

    frames: list[int] = field(default_factory=list)
    people: list[np.ndarray] = field(default_factory=list)
    presence: float = 0.0

    def add(self, frame: int, person: np.ndarray, presence: float) -> None:
        self.frames.append(frame)
        self.people.append(person)
        self.presence += presence


def _tell_apart(tracks: Tracks) -> bool:
    """Return whether no two people of one frame have the same number, so that it names them."""
    named = ([number for number in row if number is not None] for row in tracks)
    return all(len(row) == len(set(row)) for row in named)


def _dancer(tracks: list[_Track]) -> dict[int, np.ndarray]:
    """Return the dancer by frame: the most present track, and others in times without it."""
    dancer: dict[int, np.ndarray] = {}
    least = 0.0
    for track in sorted(tracks, key=lambda track: track.presence, reverse=True):
        count = len(track.frames)
        together = sum(frame in dancer for frame in track.frames)
        if together <= MOST_TOGETHER * count and track.presence >= least * count:
            least = least or LEAST_PRESENCE * track.presence / count
            dancer = dict(zip(track.frames, track.people, strict=True)) | dancer
    return dancer


def _tracks(people: Sequence[np.ndarray], numbers: Tracks | None) -> list[_Track]:
    """Return everybody over time."""
    crowd = _Crowd()
    for frame, candidates in enumerate(people):
        crowd.add(frame, candidates, numbers[frame] if numbers else [None] * len(candidates))
    return crowd.tracks


class _Crowd:
    """Everybody who was seen so far, and where each was seen last."""

    def __init__(self) -> None:
        self.tracks: list[_Track] = []
        self._named: dict[int, int] = {}
        self._centres, self._heights = np.zeros((0, 2)), np.zeros(0)
        self._free = np.zeros(0, dtype=bool)
        """Who has not been found yet in this frame."""

    def add(self, frame: int, people: np.ndarray, numbers: Sequence[int | None]) -> None:
        """Go on with the people (N, 18, 3) of the next frame, the largest and surest first."""
        self._free[:] = True
        heights = np.array([_height(person) for person in people])
        presence = heights * people[..., 2].sum(axis=-1)
        for index in np.argsort(-presence, kind="stable")[:MOST_FOLLOWED]:
            centre, height = _centre(people[index]), float(heights[index])
            track = self._track_of(numbers[index], centre, height)
            self._free[track], self._centres[track] = False, centre
            self._heights[track] = height
            self.tracks[track].add(frame, people[index], float(presence[index]))

    def _track_of(self, number: int | None, centre: np.ndarray, height: float) -> int:
        """Return the track that a person continues, by number or by place; or a new one."""
        track = self._nearest(centre, height) if number is None else self._named.get(number)
        if track is None:
            track = len(self.tracks)
            self.tracks.append(_Track())
            self._centres = np.concatenate([self._centres, centre[None]])
            self._heights = np.append(self._heights, height)
            self._free = np.append(self._free, True)
        if number is not None:
            self._named[number] = track
        return track

    def _nearest(self, centre: np.ndarray, height: float) -> int | None:
        """Return the free track whose last place a person continues, if any."""
        distance = np.linalg.norm(self._centres - centre, axis=1)
        near = self._free & (distance <= 0.5 * np.maximum(self._heights, height))
        return int(np.where(near, distance, np.inf).argmin()) if near.any() else None


def _seen(person: np.ndarray) -> np.ndarray:
    return person[person[:, 2] >= VISIBLE, :2]


def _centre(person: np.ndarray) -> np.ndarray:
    return np.median(_seen(person), axis=0)


def _height(person: np.ndarray) -> float:
    return float(np.ptp(_seen(person), axis=0).max())
