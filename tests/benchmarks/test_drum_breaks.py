"""Drum breaks, in sound that is made of clicks over a tone, and what a body does in them."""

import numpy as np
import pytest

from benchmarks.drum_breaks import Break, breaks_heard, breaks_played, speeds_of_break
from music2pose.hearing.audio import SAMPLE_RATE, Waveform
from tests.dancers import sequence, standing

BEATS = 0.25 + 0.5 * np.arange(60)
SECONDS = 31.0


def drummed(silent: list[int]) -> Waveform:
    """A tone through which noise bursts on every beat but the silent ones."""
    rng = np.random.default_rng(0)
    samples = 0.05 * np.sin(2 * np.pi * 220 * np.arange(SECONDS * SAMPLE_RATE) / SAMPLE_RATE)
    for number in set(range(len(BEATS))) - set(silent):
        start = round(BEATS[number] * SAMPLE_RATE)
        burst = 0.5 * rng.standard_normal(1200) * np.exp(-np.arange(1200) / 240)
        samples[start : start + 1200] += burst
    return Waveform(samples.clip(-1, 1).astype(np.float32))


def test_a_bar_without_drums_is_heard_as_a_break():
    found = breaks_heard(drummed([24, 25, 26, 27, 40, 41, 42, 43, 44, 45]), BEATS)
    assert found == [Break(BEATS[24], BEATS[28]), Break(BEATS[40], BEATS[46])]


@pytest.mark.parametrize("silent", [[], [24, 25, 26], list(range(54, 60)), list(range(4))])
def test_less_than_a_bar_and_the_ends_of_a_song_are_no_break(silent):
    assert breaks_heard(drummed(silent), BEATS) == []


def test_a_part_without_drums_is_no_break():
    assert breaks_heard(drummed(list(range(10, 52))), BEATS) == []


def test_breaks_of_known_hits_go_from_the_last_hit_to_the_next():
    hits = np.array([*np.arange(0, 10, 0.5), *np.arange(12, 20, 0.5), *np.arange(21, 30, 0.5)])
    assert breaks_played(hits, bar_seconds=2.0, seconds=30.0) == [Break(9.5, 12.0)]


def test_the_speed_in_a_break_is_held_against_that_around_it():
    time = np.arange(500) / 25
    speed = np.where((time >= 9.9) & (time < 12), 0.1, 0.2)  # canvas heights a second
    speed[(time < 7) & (time >= 6.4)] = 5  # in another break, which does not count
    keypoints = standing(20)
    keypoints[..., 0] += (np.cumsum(speed) / 25)[:, None]
    dance = sequence(keypoints)
    inside, around = speeds_of_break(dance, [Break(9.7, 12.0), Break(6.3, 7.1)], 0)
    assert inside == pytest.approx(0.1 / 0.25, rel=0.02)  # torsos of a quarter
    assert around == pytest.approx(0.2 / 0.25, rel=0.03)
