"""Bars start where they are heard to, in every metre, and keep their metre."""

import numpy as np
import pytest

from music2pose.hearing.bars import METRES, bars_continued, find_bars


def heard(first: int, metre: int, num_beats: int, seed: int = 0) -> np.ndarray:
    """Return the gains (B,) of a listener who is often unsure."""
    gains = np.random.default_rng(seed).normal(-1.5, 1.0, num_beats)
    gains[first::metre] += 3.0
    return gains


@pytest.mark.parametrize("metre", METRES)
@pytest.mark.parametrize("first", [0, 2])
def test_bars_of_every_metre_are_found(metre, first):
    found = np.flatnonzero(find_bars(heard(first, metre, 80)))
    assert found.tolist() == list(range(first, 80, metre))


def test_where_nothing_is_heard_bars_have_four_beats():
    gains = np.random.default_rng(3).normal(-3.0, 0.3, 200)
    assert set(np.diff(np.flatnonzero(find_bars(gains)))) == {4}


def test_one_loud_beat_does_not_move_the_bars():
    gains = heard(0, 4, 64)
    gains[30] = 4.0
    assert np.flatnonzero(find_bars(gains)).tolist() == list(range(0, 64, 4))


def test_a_change_of_metre_is_followed():
    gains = np.concatenate([heard(0, 4, 48), heard(0, 3, 48, seed=1)])
    expected = [*range(0, 48, 4), *range(48, 96, 3)]
    assert np.flatnonzero(find_bars(gains)).tolist() == expected


def test_bars_go_on_at_both_ends():
    starts = np.array([False, True, False, False, True, False])
    continued = bars_continued(starts, np.arange(-4, 12))
    assert (np.flatnonzero(continued) - 4).tolist() == [-2, 1, 4, 7, 10]
