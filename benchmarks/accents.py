"""Whether the body answers what is hit between the beats."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from benchmarks.dance import Row, at_least, row
from benchmarks.pieces import Piece
from music2pose.hearing.features import position_among
from music2pose.metrics.beats import kinematic_beats
from music2pose.metrics.body import joint_speeds
from music2pose.pose import PoseSequence

STRONG_DRUMS = ("kick", "snare", "clap", "tom_hi", "tom_mid", "tom_lo", "crash")
STRONG = 0.6
"""Share of full strength from which a hit is strong."""
OFF_BEAT_SECONDS = 0.09
"""A hit that is nearer to a beat is on it."""
APART_SECONDS = 0.25
"""Of hits that are nearer to each other, only the first counts."""
ANSWER_SECONDS = 0.06
"""By which an accent may be early or late to answer a hit."""
SMOOTHING_SECONDS = 0.04
"""Standard deviation of the Gaussian under which impacts are looked for."""
PROMINENCE = 0.3
"""Of the standard deviation of the impact envelope, by which a peak must stand out."""
LEAST_STOP = 0.01
"""Torsos per second, the mean of all joints, by which the body must at least be stopped."""


class Answers(NamedTuple):
    """Off-beat hits of one song, and the accents of its dancer's body, in seconds."""

    hits: np.ndarray
    accents: np.ndarray
    beat_times: np.ndarray
    seconds: float


def answer_rows(pieces: list[Piece], dances: list[PoseSequence]) -> list[Row]:
    """See how many strong off-beat hits the body answers, and how many it would by chance.

    An answer is a visual impact within 60 ms. Chance is the median over all circular shifts of the
    hits within their songs, from 1 s on, by 50 ms. Hits that are moved by one or two beats keep
    their place in the beat; where as many of those are answered, the dancer does not hear hits but
    moves at an even rate, or the song hits at the same place in every beat.
    """
    songs = list(zip(pieces, dances, strict=True))
    found, rests = (
        [
            Answers(off_beat_hits(piece), accents(dance), piece.beat_times, dance.seconds)
            for piece, dance in songs
        ]
        for accents in (impacts, kinematic_beats)
    )
    count = sum(len(song.hits) for song in found)
    share, null = answered(found, lambda song: song.hits), shifted(found)
    by_beats = [answered(found, lambda song, by=by: moved_by_beats(song, by)) for by in (1, 2)]
    rest = answered(rests, lambda song: song.hits)
    return [
        row(f"{count} off-beat hits answered, minus shift-null", share - null, at_least(0.15)),
        Row("... answered / shift-null", f"{share:.3f} / {null:.3f}", "report"),
        Row("... of the same hits moved by one or two beats", f"{np.mean(by_beats):.3f}", "report"),
        Row(
            "... answered by rests (kinematic beats) / shift-null",
            f"{rest:.3f} / {shifted(rests):.3f}",
            "report",
        ),
    ]


def shifted(found: list[Answers]) -> float:
    """Return the median share that is answered when the hits are shifted in their songs."""
    shortest = min(song.seconds for song in found)
    shares = [
        answered(found, lambda song, by=by: (song.hits + by) % song.seconds)
        for by in np.arange(1, shortest - 1, 0.05)
    ]
    return float(np.median(shares))


def impacts(dance: PoseSequence) -> np.ndarray:
    """Return when the body is stopped hardest, (N,) seconds.

    These are the peaks of the impact envelope, how much the joints slow down at each moment, all
    together: visual beats (Davis & Agrawala, Visual Rhythm and Beat, 2018).
    """
    speeds = np.ma.filled(joint_speeds(dance), 0.0)  # row k is (k + 0.5) / fps
    stopped = np.maximum(-np.diff(speeds, axis=0), 0).mean(axis=1)
    envelope = gaussian_filter1d(stopped, SMOOTHING_SECONDS * dance.fps)
    least = max(PROMINENCE * float(envelope.std()), LEAST_STOP)
    peaks, _ = find_peaks(envelope, prominence=least)
    return (peaks + 1) / dance.fps


def off_beat_hits(piece: Piece) -> np.ndarray:
    """Return strong hits away from all true beats and all danced ones, (N,) seconds, thinned."""
    events = piece.song.played if piece.song else {}
    rows = [events[drum] for drum in STRONG_DRUMS if drum in events]
    rows = np.concatenate([np.zeros((0, 2)), *(part[:, :2] for part in rows)])
    hits = np.sort(rows[rows[:, 1] >= STRONG, 0])
    beats = np.concatenate([piece.beat_times, piece.danced])
    hits = hits[distance(hits, beats) > OFF_BEAT_SECONDS]
    kept: list[float] = []
    for hit in hits:
        if not kept or hit - kept[-1] >= APART_SECONDS:
            kept.append(float(hit))
    return np.array(kept)


def distance(times: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Return how far each time (N,) is from the nearest target (M,); infinitely without any."""
    return np.abs(times[:, None] - targets).min(axis=1, initial=np.inf)


def answered(found: list[Answers], hits_of: Callable[[Answers], np.ndarray]) -> float:
    """Return the share of all songs' hits, as ``hits_of`` moves them, that are answered."""
    near = [distance(hits_of(song), song.accents) <= ANSWER_SECONDS for song in found]
    return float(np.concatenate(near).mean()) if sum(map(len, near)) else float("nan")


def moved_by_beats(song: Answers, by: int) -> np.ndarray:
    """Return the hits so many beats later, at the same place in the beat."""
    beats = song.beat_times
    place = (position_among(beats, song.hits) + by) % (len(beats) - 1)
    return np.interp(place, np.arange(len(beats)), beats)
