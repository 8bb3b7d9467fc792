"""The beats of a song are those of the simplest reading that explains most of what is heard."""

import numpy as np
import pytest

from music2pose.hearing.beat_network import HEARD_FPS
from music2pose.hearing.pulse import (
    beat_gain,
    even_reading,
    gains_at,
    read_pulse,
    smoothed,
)


def heard(beats: np.ndarray, seconds: float, seed: int = 0, missed: float = 0.1) -> np.ndarray:
    """Return logits (N,) of a listener who misses some beats and hears some that are none."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(-6.0, 1.0, round(seconds * HEARD_FPS))
    places = beats[rng.random(len(beats)) > missed] * HEARD_FPS
    others = np.sort(rng.integers(0, len(logits), len(beats) // 4))
    for height, peaks in ((3.0, places), (2.0, others)):
        logits = np.maximum(logits, height - 3.0 * to_nearest(np.arange(len(logits)), peaks))
    return logits


def to_nearest(places: np.ndarray, marks: np.ndarray) -> np.ndarray:
    after = np.searchsorted(marks, places).clip(1, len(marks) - 1)
    return np.minimum(np.abs(places - marks[after - 1]), np.abs(places - marks[after]))


def errors(found: np.ndarray, beats: np.ndarray) -> np.ndarray:
    """Return how far each beat, in seconds, is from the nearest one found, in frames."""
    return to_nearest(beats, found / HEARD_FPS)


@pytest.mark.parametrize("bpm", [61.3, 97.0, 120.0, 174.0])
def test_a_song_of_one_tempo_has_exactly_even_beats(bpm):
    beats = np.arange(0.3, 60, 60 / bpm)
    reading = read_pulse(beat_gain(heard(beats, 60)))
    assert reading.is_even
    assert np.diff(reading.beats) == pytest.approx(60 / bpm * HEARD_FPS, rel=1e-3)
    assert errors(reading.beats, beats).max() < 0.02


def test_off_beats_that_sound_like_beats_for_a_while_do_not_move_the_beat():
    beats = np.arange(0.1, 90, 0.5)
    logits = heard(beats, 90)
    middle = slice(40 * HEARD_FPS, 60 * HEARD_FPS)
    off_beat = heard(beats + 0.25, 90, seed=1)
    logits[middle] = off_beat[middle]
    assert errors(read_pulse(beat_gain(logits)).beats, beats).max() < 0.03


def test_a_break_without_drums_does_not_lose_the_phase():
    beats = np.arange(0.5, 48, 0.5)
    logits = heard(beats, 48)
    logits[16 * HEARD_FPS : 28 * HEARD_FPS] = -6.0
    assert errors(read_pulse(beat_gain(logits)).beats, beats).max() < 0.03


@pytest.mark.parametrize(
    "intervals",
    [
        np.repeat([0.6, 60 / 130], [50, 70]),  # faster at once
        np.linspace(0.6, 0.4, 120),  # faster and faster
        0.5 + 0.025 * np.sin(np.arange(120) / 9),  # as people play
    ],
    ids=["at once", "evenly", "wandering"],
)
def test_changes_of_tempo_are_followed(intervals):
    beats = 0.2 + np.concatenate([[0], np.cumsum(intervals)])
    reading = read_pulse(beat_gain(heard(beats, beats[-1] + 0.3)))
    found = smoothed(reading.beats)
    assert not reading.is_even
    assert np.mean(errors(found, beats) < 0.04) > 0.95
    assert abs(len(found) - len(beats)) <= 4


def test_a_given_tempo_is_kept_and_its_phase_is_found():
    beats = np.arange(0.37, 200, 60 / 93)
    reading = even_reading(beat_gain(heard(beats, 200)), [60 / 93 * HEARD_FPS], nearby=0.0)
    assert np.diff(reading.beats) == pytest.approx(60 / 93 * HEARD_FPS)
    assert errors(reading.beats, beats).max() < 0.015


def test_an_even_tempo_is_found_exactly_in_an_hour():
    beats = np.arange(0.2, 3600, 60 / 127.97)
    reading = even_reading(beat_gain(heard(beats, 3600)), [60 / 128 * HEARD_FPS])
    assert errors(reading.beats, beats).max() < 0.02


def test_silence_and_few_frames_have_a_reading():
    for num_frames in (1, 10, 60, 500):
        reading = read_pulse(np.full(num_frames, -6.0))
        assert np.all(np.diff(reading.beats) > 0)


def test_smoothing_removes_jitter_and_keeps_drift_and_jumps():
    drifting = np.cumsum(25 + np.sin(np.arange(80) / 12))
    jitter = np.random.default_rng(0).normal(0, 0.5, 80)
    assert np.std(smoothed(drifting + jitter) - drifting) < 0.3
    assert np.abs(smoothed(drifting) - drifting).max() < 0.3
    jumping = np.cumsum(np.repeat([30.0, 22.0], 40))
    assert np.abs(smoothed(jumping) - jumping).max() < 2.0


def test_beats_that_are_missing_or_too_many_are_mended():
    beats = 25.0 * np.arange(40)
    found = np.sort(np.append(np.delete(beats, [10, 11]), 507.0))
    assert smoothed(found) == pytest.approx(beats, abs=2.0)


def test_gains_lie_between_frames_and_end_with_the_song():
    assert gains_at(np.array([0.0, 2.0, 4.0]), np.array([-1, 0.5, 2, 2.5])).tolist() == [0, 1, 4, 0]
