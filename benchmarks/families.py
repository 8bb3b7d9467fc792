"""Whether sections of a song that come back are danced more alike than sections that differ."""

from collections.abc import Iterator
from itertools import combinations, pairwise

import numpy as np

from benchmarks.by_second import mean
from music2pose.metrics.features import features_of, standardised
from music2pose.pose import PoseSequence
from music2pose.synth.song import Song


def sections_likeness(songs: list[Song], dances: list[PoseSequence]) -> dict[str, float]:
    """Return the mean distance of sections of one name over that of sections of two names.

    Sections are compared within their song, by the mean of their 4-s windows' features, in standard
    deviations of all windows: kinetic ones, geometric ones, and both together.
    """
    danced = [
        features_of(section)
        for song, dance in zip(songs, dances, strict=True)
        for section in sections_of(song, dance)
    ]
    names = [name for song in songs for _, name in song.sections]
    whose = [number for number, song in enumerate(songs) for _ in song.sections]
    kinetic = section_means([features.kinetic for features in danced])
    geometric = section_means([features.geometric for features in danced])
    vectors = {"kinetic": kinetic, "geometric": geometric, "both": np.hstack([kinetic, geometric])}
    return {kind: likeness(rows, names, whose) for kind, rows in vectors.items()}


def section_means(windows: list[np.ndarray]) -> np.ndarray:
    """Return the mean of each section's windows, in standard deviations of all windows.

    Shape:
        windows: arrays (W, F), one per section
        returns: (N, F)
    """
    scaled, _ = standardised(windows, windows)
    return np.array([rows.mean(axis=0) for rows in scaled])


def sections_of(song: Song, dance: PoseSequence) -> Iterator[PoseSequence]:
    """Yield the dance of each section."""
    edges = [*(start for start, _ in song.sections), song.seconds]
    for start, stop in pairwise(edges):
        first, last = round(start * dance.fps), round(stop * dance.fps)
        keypoints, confidence = dance.keypoints[first:last], dance.confidence[first:last]
        yield PoseSequence(keypoints, confidence, dance.fps, dance.aspect)


def likeness(vectors: np.ndarray, names: list[str], whose: list[int]) -> float:
    """Return the mean distance of pairs of one name over that of two names, each within a song.

    Shape:
        vectors: (N, F)

    >>> likeness(np.array([[0.0], [2.0], [1.0], [4.0]]), ["a", "b", "a", "b"], [0, 0, 0, 0])
    0.6
    """
    same, different = [], []
    for one, other in combinations(range(len(vectors)), 2):
        if whose[one] == whose[other]:
            pairs = same if names[one] == names[other] else different
            pairs.append(float(np.linalg.norm(vectors[one] - vectors[other])))
    return mean(same) / mean(different)
