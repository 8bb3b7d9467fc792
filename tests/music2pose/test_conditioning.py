"""What the networks are told: each number stands at the frame of the moment that it tells of."""

import numpy as np
import pytest

from music2pose.conditioning import (
    BEATS_PER_MOVE,
    NUM_BEAT_CHANNELS,
    SPECTROGRAM_COLUMNS,
    condition_on,
    danced_beats,
    spectrogram_windows,
)
from music2pose.hearing.beats import BeatGrid
from music2pose.hearing.features import (
    FEATURE_FPS,
    NUM_MELS,
    SAMPLE_RATE,
    SongFeatures,
    bar_phase,
    beat_phase,
    features_from_grid,
)
from tests.music2pose.made_dances import click_track

ON_THE_MARK = (0.0, 1.0)
A_QUARTER_LATER = (1.0, 0.0)
FRAMES_PER_BEAT = 12
FIRST_BEAT = 10
"""The frame of it."""


def rising(num_frames: int) -> np.ndarray:
    return np.linspace(0, 1, num_frames, dtype=np.float32)


def heard(bpm: float | None = None, num_frames: int = 200, confidence: float = 0.7) -> SongFeatures:
    """A song whose beats fall on frames 10, 22, 34... and whose bars start on the second of four.

    ``bpm`` is what the grid says of itself; the beats are every 12th frame whatever it is.
    """
    beats = (FIRST_BEAT + FRAMES_PER_BEAT * np.arange(20)) / FEATURE_FPS
    grid = BeatGrid(beats, beats[1::4], bpm or 60 * FEATURE_FPS / FRAMES_PER_BEAT, confidence)
    times = np.arange(num_frames) / FEATURE_FPS
    return SongFeatures(
        mel=np.zeros((num_frames, NUM_MELS), np.float32),
        onset=rising(num_frames),
        loudness=rising(num_frames) ** 2,
        beat_phase=beat_phase(grid, times),
        bar_phase=bar_phase(grid, times),
        grid=grid,
        seconds=num_frames / FEATURE_FPS,
    )


def every(frames: int, start: int, stop: int = 200) -> np.ndarray:
    return np.arange(start, stop, frames)


@pytest.mark.parametrize(
    ("columns", "start", "length"),
    [
        pytest.param(slice(0, 2), FIRST_BEAT, FRAMES_PER_BEAT, id="beat"),
        pytest.param(slice(2, 4), FIRST_BEAT + FRAMES_PER_BEAT, 4 * FRAMES_PER_BEAT, id="bar"),
        pytest.param(slice(4, 6), FIRST_BEAT, BEATS_PER_MOVE * FRAMES_PER_BEAT, id="move"),
    ],
)
def test_a_clock_is_at_zero_one_on_its_marks_and_runs_forward(columns, start, length):
    clock = condition_on(heard()).beats[:, columns]
    assert np.abs(clock[every(length, start)] - ON_THE_MARK).max() < 1e-4
    assert np.abs(clock[every(length, start + length // 4)] - A_QUARTER_LATER).max() < 1e-4
    on_a_mark = clock[:, 1] > 1 - 1e-4
    assert np.count_nonzero(on_a_mark[start:]) == len(every(length, start))


def test_onsets_loudness_tempo_and_confidence_stand_beside_the_clocks():
    features = heard(bpm=2 * 110.0)
    beats = condition_on(features).beats
    assert beats.shape == (200, NUM_BEAT_CHANNELS)
    assert beats.dtype == np.float32
    assert np.array_equal(beats[:, 6], features.onset)
    assert np.array_equal(beats[:, 7], features.loudness)
    assert beats[:, 8] == pytest.approx(1.0)  # an octave above 110
    assert beats[:, 9] == pytest.approx(0.7)


def test_a_move_lasts_two_danced_beats():
    music = condition_on(heard())
    starts = np.flatnonzero(np.diff(music.moves)) + 1
    assert starts.tolist() == every(2 * FRAMES_PER_BEAT, FIRST_BEAT).tolist()
    assert np.diff(music.moves[[0, *starts]]).tolist() == [1] * len(starts)
    assert music.moves[0] == 0
    assert music.progress[starts] == pytest.approx(0, abs=1e-5)
    assert np.diff(music.beat_position) == pytest.approx(1 / FRAMES_PER_BEAT, abs=1e-6)


@pytest.mark.parametrize("odd", [0, 1])
def test_a_fast_song_is_danced_on_every_second_beat_downbeats_among_them(odd):
    beats = np.arange(32) * 0.3
    fast = BeatGrid(beats, beats[odd::4], bpm=200.0, confidence=1.0)
    assert danced_beats(fast).tolist() == beats[odd::2].tolist()
    slow = BeatGrid(beats, beats[odd::4], bpm=150.0, confidence=1.0)
    assert danced_beats(slow).tolist() == beats.tolist()


def test_a_fast_song_has_moves_twice_as_long():
    slow, fast = condition_on(heard(bpm=125.0)), condition_on(heard(bpm=151.0))
    assert (fast.moves[-1] + 1) == pytest.approx((slow.moves[-1] + 1) / 2, abs=1)
    on_downbeats = fast.beats[every(4 * FRAMES_PER_BEAT, FIRST_BEAT + FRAMES_PER_BEAT)]
    assert np.abs(on_downbeats[:, :2] - ON_THE_MARK).max() < 1e-4


@pytest.mark.parametrize("ahead", [-15, -3, 0, 7, 16])
def test_what_sounds_now_stands_in_column_16_and_what_comes_stands_after_it(ahead):
    spectrogram = np.zeros((60, NUM_MELS), np.float32)
    spectrogram[30] = np.arange(NUM_MELS)
    (window,) = spectrogram_windows(spectrogram, np.array([30 - ahead]))
    column = SPECTROGRAM_COLUMNS // 2 + ahead
    if column < SPECTROGRAM_COLUMNS:
        assert window[:, column].tolist() == list(range(NUM_MELS))
        window = np.delete(window, column, axis=1)
    assert not window.any()


def test_beyond_the_ends_of_a_song_there_is_silence():
    windows = spectrogram_windows(np.ones((40, NUM_MELS), np.float32), np.array([0, 39]))
    assert windows.shape == (2, NUM_MELS, SPECTROGRAM_COLUMNS)
    assert windows[0].mean(0).tolist() == [0] * 16 + [1] * 16
    assert windows[1].mean(0).tolist() == [1] * 17 + [0] * 15


def test_a_click_in_a_waveform_stands_in_the_middle_of_its_own_window():
    click_frames = np.array([20, 61, 100])
    waveform = click_track(click_frames / FEATURE_FPS, seconds=5.0)
    assert len(waveform.samples) == 5 * SAMPLE_RATE
    music = condition_on(features_from_grid(waveform, heard().grid))
    windows = spectrogram_windows(music.spectrogram, click_frames)
    loudest = windows.mean(1).argmax(1)
    assert (np.abs(loudest - SPECTROGRAM_COLUMNS // 2) <= 1).all()  # the click lasts a frame or two
    assert (windows.mean(1)[:, :14] < 0.5 * windows.mean(1)[:, 16:17]).all()
    assert (music.beats[click_frames, 6] > 0.8).all()
