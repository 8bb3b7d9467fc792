"""The dancer is found among people, across gaps and cuts, and what is left out is counted."""

import numpy as np
import pytest

from music2pose.keypoints.following import follow_dancer, said_of
from tests.stand_in import STANDING

NOBODY = np.zeros((0, 18, 3))


def person(x: float = 0.0, size: float = 1.0, confidence: float = 1.0) -> np.ndarray:
    """Somebody ``x`` pixels to the right, of ``size`` times 300 pixels, (18, 3)."""
    return np.column_stack([STANDING * 300 * size + [x, 0], np.full(18, confidence)])


def test_the_larger_person_is_followed_through_the_crowd():
    dancer = [person(100 + 5 * k) for k in range(20)]
    other = [person(400 - 20 * k, size=0.4) for k in range(20)]  # walks past behind
    people = [
        np.array(pair[:: (-1) ** k]) for k, pair in enumerate(zip(dancer, other, strict=True))
    ]
    followed = follow_dancer(people)
    assert followed == pytest.approx(np.array(dancer))
    assert said_of(people, followed) == "20 poses of other people are left out"


def test_somebody_large_who_only_passes_is_not_the_dancer():
    dancer = [person(100) for _ in range(20)]
    people = [np.array([body]) for body in dancer]
    people[7] = np.array([person(500, size=2.0), dancer[7]])
    assert follow_dancer(people) == pytest.approx(np.array(dancer))


def test_the_dancer_is_found_again_where_they_were_lost():
    people = [np.array([person(100 + k)]) for k in range(9)]
    people[3] = people[4] = NOBODY
    followed = follow_dancer(people)
    assert (followed[[3, 4]] == 0).all()
    assert followed[8] == pytest.approx(people[8][0])
    assert said_of(people, followed) == "2 of 9 frames show nobody"
    assert (follow_dancer([NOBODY] * 2) == 0).all()


@pytest.mark.parametrize("size", [0.5, 1.0, 2.0])
def test_who_is_alone_in_the_picture_is_the_same_dancer_after_a_cut(size):
    """There, to another camera, and back."""
    dancer = np.array([person(100) for _ in range(30)])
    dancer[10:20] = person(900, size)
    followed = follow_dancer([body[None] for body in dancer])
    assert followed == pytest.approx(dancer)
    assert said_of([body[None] for body in dancer], followed) == ""


def test_a_dissolve_shows_the_dancer_twice_and_is_still_a_cut():
    before, after = person(100), person(900)
    both = [np.array([before, after])] * 2
    people = [before[None]] * 12 + both + [after[None]] * 10
    followed = follow_dancer(people)
    assert followed[:14] == pytest.approx(np.array([before] * 14))
    assert followed[14:] == pytest.approx(np.array([after] * 10))


def test_after_a_cut_the_larger_of_two_is_followed_on():
    people = [np.array([person(100), person(500, 0.6)]) for _ in range(20)]
    people[10:] = [np.array([person(950, 0.5), person(1300, 0.9)]) for _ in range(10)]
    followed = follow_dancer(people)
    assert followed[:10] == pytest.approx(np.array([person(100)] * 10))
    assert followed[10:] == pytest.approx(np.array([person(1300, 0.9)] * 10))
    assert said_of(people, followed) == "20 poses of other people are left out"


def test_who_was_beside_the_dancer_does_not_become_them():
    both = [np.array([person(100), person(600, 0.6)]) for _ in range(10)]
    alone = [np.array([person(600, 0.6)]) for _ in range(5)]
    followed = follow_dancer(both + alone)
    assert (followed[10:] == 0).all()
    assert said_of(both + alone, followed) == (
        "5 of 15 frames show others, but not the dancer; 15 poses of other people are left out"
    )


def test_a_speck_in_an_empty_picture_is_not_the_dancer():
    people = [np.array([person(100)]) for _ in range(9)]
    people[4] = np.array([person(700, 0.05)])
    assert (follow_dancer(people)[4] == 0).all()


def test_a_tracker_knows_who_changed_places():
    """Across a cut each stands where the other stood."""
    left, right = person(100), person(600, 0.9)
    people = [np.array([left, right])] * 10 + [np.array([right, left])] * 5
    assert follow_dancer(people)[12] == pytest.approx(left)
    tracked = follow_dancer(people, [[4, 7]] * 15)
    assert tracked[:10] == pytest.approx(np.array([left] * 10))
    assert tracked[10:] == pytest.approx(np.array([right] * 5))
    untracked = follow_dancer(people, [[0, 0]] * 15)
    assert untracked[12] == pytest.approx(left)


def test_a_crowd_is_looked_through_in_seconds():
    rng = np.random.default_rng(0)
    people = [np.array([person(x) for x in rng.uniform(0, 1e5, 300)]) for _ in range(8)]
    assert follow_dancer(people).any(axis=(1, 2)).all()
