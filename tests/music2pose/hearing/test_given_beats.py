"""Beats from elsewhere become the song's beats, from its start to its end."""

import numpy as np
import pytest

from music2pose.hearing.audio import Waveform
from music2pose.hearing.beats import listen_for_beats
from music2pose.hearing.features import extract_features
from music2pose.hearing.given_beats import beat_marks, marked_grid, tempo_range
from music2pose.hearing.onsets import find_onsets
from music2pose.synth.song import SongSpec, synthesise
from tests.stand_in import clicks

SECONDS = 20.0
HEARD = listen_for_beats(find_onsets(Waveform(clicks(SECONDS))))


def grid_of(times, downbeats=None, num_beats=None, start: float = 0.0, seconds: float = SECONDS):
    is_downbeat = None if downbeats is None else np.isin(np.arange(len(times)), downbeats)
    marks = beat_marks("a.txt", np.array(times), is_downbeat, num_beats).after(start)
    return marked_grid(marks, HEARD, seconds)


def test_all_beats_are_those_of_the_file():
    times = np.cumsum(np.tile([0.5, 0.52, 0.48, 0.6], 9))
    grid = grid_of(times, range(0, 36, 3))
    inside = grid.beat_times[np.isin(grid.beat_times, times)]
    assert inside.tolist() == times[times <= SECONDS].tolist()
    assert grid.downbeat_times[:12].tolist() == times[::3].tolist()
    assert grid.confidence == 1


def test_beats_and_bars_go_on_evenly_to_both_ends():
    grid = grid_of([2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0], [1, 4])
    assert grid.beat_times == pytest.approx(np.arange(0, 20.1, 0.5))
    assert grid.downbeat_times == pytest.approx(np.arange(1.0, 20.1, 1.5))


def test_beats_that_a_file_leaves_out_are_filled_in_evenly_and_said(caplog):
    times = [*np.arange(0, 5, 0.5), *np.arange(13, SECONDS, 0.5)]
    grid = grid_of(times, [0, 4, 8, 10, 14, 18, 22])
    assert grid.beat_times == pytest.approx(np.arange(0, 20.1, 0.5))
    assert grid.downbeat_times[:8] == pytest.approx([0, 2, 4, 6, 8, 10, 12, 13])
    assert "a.txt has no beats from 4.50 to 13.00 s" in caplog.text


def test_music_that_goes_on_in_a_stop_has_beats_there():
    times = [0.0, 0.5, 2.0, *np.arange(2.5, SECONDS, 0.5)]
    num_beats = np.array([1, 3, *[1] * (len(times) - 2)])
    assert grid_of(times, [0], num_beats).beat_times == pytest.approx(np.arange(0, 20.1, 0.5))


@pytest.mark.parametrize(("start", "first"), [(1.0, 0.25), (100.0, 0.25)])
def test_a_piece_has_the_beats_of_its_place_in_the_song(start, first, caplog):
    times = np.arange(0.25, 60, 0.5)
    grid = grid_of(times, range(0, 120, 4), start=start, seconds=10.0)
    assert grid.beat_times[0] == first
    # Bars are counted from 0.25 s of the song on, every 2 s, and behind the last one too.
    assert (grid.downbeat_times + start - 0.25) % 2 == pytest.approx(0)
    assert ("from 100.00 to 110.00 s" in caplog.text) == (start == 100)


def test_bars_that_a_file_does_not_tell_are_heard_and_said(caplog):
    song = synthesise(SongSpec(seed=1, style="rock", seconds=30.0))
    marks = beat_marks("a.txt", song.beat_times)
    heard = listen_for_beats(find_onsets(Waveform(song.waveform)))
    grid = marked_grid(marks, heard, 30.0)
    true = set(song.downbeat_times.round(3).tolist())
    heard = grid.downbeat_times[1:-1].round(3).tolist()
    assert set(heard) <= true
    assert "does not say where bars begin" in caplog.text


def test_silence_has_the_beats_of_the_file():
    marks = beat_marks("a.txt", np.array([0.5, 1.25, 2.0]))
    features = extract_features(Waveform(np.zeros(5 * 24_000, np.float32)), marks=marks)
    assert features.grid.beat_times == pytest.approx([0.5, 1.25, 2.0, 2.75, 3.5, 4.25, 5.0])
    assert features.beat_phase[[0, 50]] == pytest.approx([1 / 3, 0.0], abs=1e-6)


@pytest.mark.parametrize("change", [1.0, 0.55, 1.3])
def test_the_range_of_the_tempo_is_what_lasts(change):
    intervals = np.array([0.5] * 30 + [1.0] + [0.5] * 10 + [0.5 * change] * 30)
    expected = sorted([120.0, 120.0 / change])
    assert tempo_range(np.cumsum(intervals)) == pytest.approx(expected)


def test_a_player_who_wavers_has_one_tempo(rng):
    beats = np.arange(100) * 0.5 + rng.normal(0, 0.01, 100)
    low, high = tempo_range(beats)
    assert low == high == pytest.approx(120, abs=1)
