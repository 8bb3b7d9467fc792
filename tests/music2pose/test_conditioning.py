"""What the networks are told: each number stands at the frame of the moment that it tells of."""

from dataclasses import replace

import numpy as np
import pytest

from music2pose import conditioning
from music2pose.conditioning import (
    NUM_BEAT_CHANNELS,
    NUM_SOUND_CHANNELS,
    condition_on,
    danced_beats,
    move_starts,
    sound_around,
    sound_channels,
)
from music2pose.hearing.audio import Waveform
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
from music2pose.hearing.sections import SongSection
from tests.music2pose.made_dances import click_track

ON_THE_MARK = (0.0, 1.0)
A_QUARTER_LATER = (1.0, 0.0)
FRAMES_PER_BEAT = 12
FIRST_BEAT = 10
"""The frame of it."""
FIRST_BAR = FIRST_BEAT + FRAMES_PER_BEAT


def rising(num_frames: int) -> np.ndarray:
    return np.linspace(0, 1, num_frames, dtype=np.float32)


def heard(
    bpm: float | None = None, num_frames: int = 200, confidence: float = 0.7, bar: int = 4
) -> SongFeatures:
    """A song whose beats fall on frames 10, 22, 34... and whose bars start on the second of them.

    ``bpm`` is what the grid says of itself; the beats are every 12th frame whatever it is.
    """
    beats = (FIRST_BEAT + FRAMES_PER_BEAT * np.arange(20)) / FEATURE_FPS
    grid = BeatGrid(beats, beats[1::bar], bpm or 60 * FEATURE_FPS / FRAMES_PER_BEAT, confidence)
    times = np.arange(num_frames) / FEATURE_FPS
    return SongFeatures(
        mel=np.zeros((num_frames, NUM_MELS), np.float32),
        onset=rising(num_frames),
        loudness=rising(num_frames) ** 2,
        activation=np.stack([rising(num_frames), rising(num_frames)[::-1]], axis=1),
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
        pytest.param(slice(2, 4), FIRST_BAR, 4 * FRAMES_PER_BEAT, id="bar"),
        pytest.param(slice(4, 6), FIRST_BAR, 2 * FRAMES_PER_BEAT, id="move"),
    ],
)
def test_a_clock_is_at_zero_one_on_its_marks_and_runs_forward(columns, start, length):
    clock = condition_on(heard()).beats[:, columns]
    assert np.abs(clock[every(length, start)] - ON_THE_MARK).max() < 1e-4
    assert np.abs(clock[every(length, start + length // 4)] - A_QUARTER_LATER).max() < 1e-4
    on_a_mark = clock[:, 1] > 1 - 1e-4
    assert np.count_nonzero(on_a_mark[start:]) == len(every(length, start))


def test_danced_tempo_and_confidence_stand_beside_the_clocks():
    beats = condition_on(heard()).beats
    assert beats.shape == (200, NUM_BEAT_CHANNELS)
    assert beats.dtype == np.float32
    assert beats[:, 6] == pytest.approx(np.log2(125 / 110))
    assert beats[:, 7] == pytest.approx(0.7)
    fast = condition_on(heard(bpm=220.0)).beats  # every second beat is danced
    assert fast[:, 6] == pytest.approx(np.log2(62.5 / 110))


def test_beat_channels_tell_nothing_of_the_sound():
    features = heard()
    other = replace(
        features, mel=features.mel + 0.5, onset=features.onset[::-1],
        loudness=features.loudness * 0, activation=features.activation[::-1],
    )  # fmt: skip
    assert np.array_equal(condition_on(features).beats, condition_on(other).beats)


def test_the_energy_that_is_asked_for_stands_at_every_frame():
    assert condition_on(heard()).energy.tolist() == [0.0] * 200
    asked = condition_on(heard(), energy=-0.75).energy
    assert asked.tolist() == [-0.75] * 200
    assert asked.dtype == np.float32


@pytest.mark.parametrize(
    ("bar", "lengths"), [(3, [3]), (4, [2, 2]), (5, [2, 3]), (6, [3, 3]), (7, [2, 2, 3])]
)
def test_moves_begin_on_every_downbeat_and_on_beats_between(bar, lengths):
    music = condition_on(heard(bar=bar, num_frames=240))
    starts = np.flatnonzero(np.diff(music.moves)) + 1
    starts = starts[starts >= FIRST_BAR]
    in_beats = np.diff(starts) / FRAMES_PER_BEAT
    assert starts[0] == FIRST_BAR
    wanted = lengths * len(starts)
    assert in_beats.tolist() == wanted[: len(in_beats)]
    assert np.diff(music.moves[starts]).tolist() == [1] * (len(starts) - 1)
    assert music.moves[0] == 0
    assert music.progress[starts] == pytest.approx(0, abs=1e-5)
    half = starts[:-1] + np.diff(starts) // 2
    assert music.progress[half] == pytest.approx(0.5, abs=0.02)
    assert ((music.progress >= 0) & (music.progress < 1)).all()


@pytest.mark.parametrize(
    ("downbeats", "starts"),
    [
        pytest.param([0, 4, 8], [-2, 0, 2, 4, 6, 8, 10, 12], id="fours"),
        pytest.param([1, 5, 9], [-1, 1, 3, 5, 7, 9, 11, 13], id="an upbeat"),
        pytest.param([0, 3, 6, 9], [-3, 0, 3, 6, 9, 12], id="threes"),
        pytest.param([0, 4, 7, 9], [-3, 0, 2, 4, 7, 9, 12], id="bars of 4, 3 and 2"),
        pytest.param([0, 4, 5, 9], [-2, 0, 2, 4, 6, 9, 11, 13], id="a bar of one beat"),
        pytest.param([0, 2, 4, 6, 8, 10], [-2, 0, 2, 4, 6, 8, 10, 12], id="bars of two"),
        pytest.param(range(-1, 13), [-1, 1, 3, 5, 7, 9, 11, 13], id="bars of one beat"),
        pytest.param(range(6), [-2, 0, 2, 4, 6, 8, 10, 12], id="six bars of one beat"),
        pytest.param(range(9), [-2, 0, 2, 4, 6, 8, 10, 12], id="nine bars of one beat"),
        pytest.param([0, 2, 3, 4, 5, 6, 8], [-2, 0, 2, 4, 6, 8, 10, 12], id="some of one beat"),
        pytest.param([3], [-1, 1, 3, 5, 7, 9, 11, 13], id="one downbeat"),
        pytest.param([], [-2, 0, 2, 4, 6, 8, 10, 12], id="no downbeat"),
        pytest.param([0.04, 3.98, 8.01], [-2, 0, 2, 4, 6, 8, 10, 12], id="nearly on beats"),
    ],
)
def test_moves_of_any_bars(downbeats, starts):
    position = np.array([-0.5, 11.5])
    assert move_starts(position, np.array(downbeats, float)).tolist() == starts


def test_position_counts_danced_beats():
    position = condition_on(heard()).position
    assert position.dtype == np.float64
    assert np.diff(position) == pytest.approx(1 / FRAMES_PER_BEAT, abs=1e-6)
    assert position[every(FRAMES_PER_BEAT, FIRST_BEAT)] % 1 == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("odd", [0, 1])
def test_a_fast_song_is_danced_on_every_second_beat_downbeats_among_them(odd):
    beats = np.arange(32) * 0.3
    fast = BeatGrid(beats, beats[odd::4], bpm=200.0, confidence=1.0)
    assert danced_beats(fast).tolist() == beats[odd::2].tolist()
    slow = BeatGrid(beats, beats[odd::4], bpm=150.0, confidence=1.0)
    assert danced_beats(slow).tolist() == beats.tolist()


@pytest.mark.parametrize("odd", [0, 1, 2])
def test_of_a_fast_waltz_the_bars_are_danced(odd):
    beats = np.arange(32) * 0.3
    waltz = BeatGrid(beats, beats[odd::3], bpm=200.0, confidence=1.0)
    assert danced_beats(waltz).tolist() == beats[odd::3].tolist()


def test_moves_of_a_fast_waltz_last_two_bars():
    beats = np.arange(-3, 75) * 0.3
    waltz = BeatGrid(beats, beats[::3], bpm=200.0, confidence=1.0)
    music = condition_on(features_from_grid(Waveform(np.zeros(20 * SAMPLE_RATE)), waltz))
    starts = np.flatnonzero(np.diff(music.moves)) + 1
    assert np.diff(starts) == pytest.approx(2 * 0.9 * FEATURE_FPS, abs=1)


def test_a_fast_song_has_moves_twice_as_long():
    slow, fast = condition_on(heard(bpm=125.0)), condition_on(heard(bpm=151.0))
    assert (fast.moves[-1] + 1) == pytest.approx((slow.moves[-1] + 1) / 2, abs=1)
    on_downbeats = fast.beats[every(4 * FRAMES_PER_BEAT, FIRST_BAR)]
    assert np.abs(on_downbeats[:, :2] - ON_THE_MARK).max() < 1e-4
    starts = np.flatnonzero(np.diff(fast.moves)) + 1
    assert set(every(4 * FRAMES_PER_BEAT, FIRST_BAR)) <= set(starts.tolist())


def test_sections_are_counted_and_those_that_sound_alike_are_of_one_kind(monkeypatch):
    found = [SongSection(0.0, "B"), SongSection(2.0, "A"), SongSection(4.0, "B")]
    monkeypatch.setattr(conditioning, "detect_sections", lambda _: found)
    music = condition_on(heard())
    assert music.sections.tolist() == [0] * 50 + [1] * 50 + [2] * 100
    assert music.kinds.tolist() == [1] * 50 + [0] * 50 + [1] * 100


def test_what_is_heard_of_a_song_is_each_band_how_unusual_it_is_and_what_is_likely_a_beat():
    spectrogram = np.zeros((40, NUM_MELS), np.float32)
    spectrogram[:, 5] = 0.7  # always alike
    spectrogram[::2, 6], spectrogram[1::2, 6] = 0.2, 0.6  # mean 0.4, spread 0.2
    activation = np.linspace(0, 1, 80, dtype=np.float32).reshape(40, 2)
    music = condition_on(heard())
    sound = sound_channels(music._replace(spectrogram=spectrogram, activation=activation))
    assert sound.shape == (40, NUM_SOUND_CHANNELS)
    assert np.array_equal(sound[:, 2 * NUM_MELS :], activation)
    assert sound.dtype == np.float32
    assert np.array_equal(sound[:, :NUM_MELS], spectrogram)
    assert sound[:, NUM_MELS + 5] == pytest.approx(0, abs=1e-5)
    assert sound[::2, NUM_MELS + 6] == pytest.approx(-0.2 / 0.25, rel=1e-5)
    assert sound[1::2, NUM_MELS + 6] == pytest.approx(0.2 / 0.25, rel=1e-5)


@pytest.mark.parametrize(
    ("first", "stop"),
    [(10, 20), (-5, 8), (35, 50), (-7, 60), (45, 52), (40, 44), (-9, -3), (-4, 0)],
)
def test_beyond_the_ends_of_a_song_there_is_silence(first, stop):
    sound = (1 + np.arange(40, dtype=np.float32))[:, None].repeat(NUM_SOUND_CHANNELS, 1)
    wanted = [frame + 1 if 0 <= frame < 40 else 0 for frame in range(first, stop)]
    around = sound_around(sound, first, stop)
    assert around.shape == (stop - first, NUM_SOUND_CHANNELS)
    assert around[:, 3].tolist() == wanted


def test_a_click_in_a_waveform_stands_at_its_own_frame():
    click_frames = np.array([20, 61, 100])
    waveform = click_track(click_frames / FEATURE_FPS, seconds=5.0)
    assert len(waveform.samples) == 5 * SAMPLE_RATE
    music = condition_on(features_from_grid(waveform, heard().grid))
    level = music.spectrogram.mean(1)
    for frame in click_frames:
        assert abs(level[frame - 9 : frame + 10].argmax() - 9) <= 1  # it lasts a frame or two
        assert level[frame - 5] < 0.5 * level[frame]
