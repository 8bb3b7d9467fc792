"""What dances are held against: other songs, other dances, one move over and over."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.baselines import dance_difference, own_against_other, repeat_one_move
from tests.dancers import TORSO, drifting_beats, improvised, sequence, standing, swaying

SECONDS = 40.0


def test_own_beats_beat_other_songs_beats():
    songs = [drifting_beats(SECONDS, bpm) for bpm in (92, 105, 118, 131)]
    dances = [swaying(beats, SECONDS) for beats in songs]
    listening = own_against_other(dances, songs)
    deaf = own_against_other(dances, songs[1:] + songs[:1])
    assert listening.own > listening.other + 0.3
    assert listening.z > 3
    assert deaf.z < 1


def test_one_move_repeats():
    poses = repeat_one_move(improvised(20, np.random.default_rng(0)), 5, 2, 12)
    assert poses.seconds == pytest.approx(12)
    assert poses.keypoints[10] == pytest.approx(poses.keypoints[10 + 100], abs=1e-5)  # 4 s on
    assert poses.keypoints[10] == pytest.approx(poses.keypoints[90], abs=1e-5)  # and back


def test_the_difference_of_two_dances_is_in_torsos():
    one = sequence(standing(4))
    moved = replace(one, keypoints=one.keypoints + np.float32([TORSO, 0]))
    assert dance_difference(one, moved) == pytest.approx(1, rel=1e-4)
    assert dance_difference(one, one) == 0
