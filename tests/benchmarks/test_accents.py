"""Accents of the body are found where it is stopped, and hits beside the beat among all others."""

import numpy as np
import pytest

from benchmarks.accents import (
    Answers,
    answer_rows,
    answered,
    impacts,
    moved_by_beats,
    off_beat_hits,
    shifted,
)
from benchmarks.pieces import made_pieces
from music2pose.pose import PoseSequence

FPS = 25.0
STOPS = np.array([1.0, 2.2, 3.0, 4.6])


def stopping_dance(stops: np.ndarray, seconds: float = 6.0) -> PoseSequence:
    """Somebody who glides sideways and stands still for 0.3 s from each of ``stops`` on."""
    times = np.arange(round(seconds * FPS)) / FPS
    goes = np.ones(len(times))
    for stop in stops:
        goes[(times >= stop - 1e-6) & (times < stop + 0.3)] = 0
    way = 0.1 * np.cumsum(goes) / FPS
    body = np.array([[0.5, 0.2 + 0.04 * joint] for joint in range(18)])
    keypoints = np.tile(body, (len(times), 1, 1))
    keypoints[..., 0] += way[:, None]
    return PoseSequence(keypoints.astype(np.float32), np.ones((len(times), 18), np.float32), FPS)


def test_a_body_that_is_stopped_makes_an_impact_there():
    assert impacts(stopping_dance(STOPS)) == pytest.approx(STOPS, abs=0.041)


def test_who_glides_on_makes_none():
    assert not len(impacts(stopping_dance(np.zeros(0))))


def test_hits_are_answered_within_60_ms_and_by_chance_where_they_are_shifted():
    beats = np.arange(0, 6.5, 0.5)
    song = Answers(np.array([1.05, 2.2, 3.07, 4.55]), STOPS, beats, 6.0)
    assert answered([song], lambda one: one.hits) == 0.75
    assert shifted([song]) < 0.3


def test_hits_that_are_moved_by_beats_keep_their_place_in_the_beat():
    beats = np.array([0.0, 1.0, 3.0, 4.0])
    song = Answers(np.array([0.5, 1.5]), STOPS, beats, 6.0)
    assert moved_by_beats(song, 1).tolist() == [2.0, 3.25]


def test_off_beat_hits_are_strong_apart_and_away_from_beats():
    (piece,) = made_pieces(1, 30.0)
    hits = off_beat_hits(piece)
    assert len(hits) > 3
    assert np.diff(hits).min() >= 0.25
    for beats in (piece.beat_times, piece.danced):
        assert np.abs(hits[:, None] - beats).min() > 0.09
    apart = hits[np.concatenate([[True], np.diff(hits) > 0.6])]
    answers, by_chance = answer_rows([piece], [stopping_dance(apart, 30.0)])[:2]
    assert float(answers.value) > 0.25
    assert answers.met
    assert float(by_chance.value.split(" / ")[0]) >= len(apart) / len(hits) - 0.1
