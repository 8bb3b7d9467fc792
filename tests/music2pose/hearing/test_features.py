"""What the dancer hears: exact in time, the same at any level, and quiet when the song is."""

import warnings

import numpy as np
import pytest

from music2pose.hearing.audio import SAMPLE_RATE, Waveform
from music2pose.hearing.beats import BeatGrid, even_grid
from music2pose.hearing.features import (
    FEATURE_FPS,
    SongFeatures,
    activation_of,
    bar_phase,
    beat_phase,
    extract_features,
    features_from_grid,
    position_among,
)
from music2pose.synth.song import SongSpec, synthesise

CURVES = ("mel", "onset", "loudness", "activation", "beat_phase", "bar_phase")


def noise_bursts(times: np.ndarray, seconds: float, seed: int = 0) -> Waveform:
    """Return short bursts of noise, half of full scale, that start at ``times``."""
    rng = np.random.default_rng(seed)
    samples = np.zeros(round(seconds * SAMPLE_RATE) + SAMPLE_RATE, np.float32)
    burst = 0.5 * rng.standard_normal(2400) * np.exp(-np.arange(2400) / 500)
    for time in times:
        start = round(time * SAMPLE_RATE)
        samples[start : start + len(burst)] += burst.clip(-0.5, 0.5)
    return Waveform(samples[: round(seconds * SAMPLE_RATE)])


def sine(hz: float, seconds: float = 4.0, level: float = 0.5) -> Waveform:
    phase = 2 * np.pi * hz * np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return Waveform((level * np.sin(phase)).astype(np.float32))


def hear(waveform: Waveform) -> SongFeatures:
    return features_from_grid(waveform, even_grid(waveform.seconds, 120.0))


@pytest.mark.parametrize("seconds", [1.0, 2.5, 3.019, 7.99])
def test_there_is_one_row_per_pose_frame(seconds):
    features = hear(Waveform(np.zeros(round(seconds * SAMPLE_RATE), np.float32)))
    assert len(features) == round(seconds * FEATURE_FPS)
    assert {len(getattr(features, name)) for name in CURVES} == {len(features)}
    assert features.seconds == pytest.approx(seconds, abs=1e-4)


@pytest.mark.parametrize("frame", [0, 1, 37, 99])
def test_a_click_shows_in_the_frame_of_its_time(frame):
    features = hear(noise_bursts(np.array([frame / FEATURE_FPS]), 4.0))
    assert features.onset.argmax() == frame
    assert abs(int(features.loudness.argmax()) - frame) <= 1


def test_onsets_are_where_notes_start_and_not_where_they_sound():
    times = np.array([0.48, 1.48, 2.48])
    tone = sine(440)
    on = np.zeros_like(tone.samples)
    for time in times:
        on[round(time * SAMPLE_RATE) : round((time + 0.5) * SAMPLE_RATE)] = 1
    onset = hear(Waveform(tone.samples * on)).onset
    starts = np.round(times * FEATURE_FPS).astype(int)
    assert onset[starts].min() > 0.8
    assert onset[starts + 6].max() < 0.1  # the tone goes on
    assert onset[starts + 18].max() < 0.1  # silence


def test_a_higher_tone_lights_a_higher_band():
    bands = [hear(sine(hz)).mel[50].argmax() for hz in (60, 110, 440, 1760, 7040)]
    assert bands == sorted(set(bands))


def test_ten_times_softer_is_the_same_song():
    song = noise_bursts(np.arange(0.2, 6, 0.4), 6.0)
    softer = Waveform(song.samples * np.float32(0.1))
    for name in CURVES:
        loud, soft = getattr(extract_features(song), name), getattr(extract_features(softer), name)
        assert np.abs(loud - soft).max() < 1e-3, name


def test_the_loudness_reference_is_the_song_and_not_the_moment():
    song = noise_bursts(np.arange(0.2, 8, 0.4), 8.0)
    song.samples[: 4 * SAMPLE_RATE] *= 0.1
    mel = hear(song).mel
    quiet, loud = mel[:95].max(), mel[105:].max()
    assert loud - quiet == pytest.approx(20 / 80, abs=0.03)


def test_one_loud_click_does_not_hide_the_song():
    song = noise_bursts(np.arange(0.2, 20, 0.4), 20.0)
    softer = Waveform(song.samples * np.float32(0.02))
    softer.samples[SAMPLE_RATE * 10] = 1.0
    expected, heard = hear(song), hear(softer)
    away = np.abs(np.arange(len(heard)) - 250) > 5
    assert np.abs(expected.mel - heard.mel)[away].max() < 0.05


def test_silence_is_nothing_at_all():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        features = extract_features(Waveform(np.zeros(5 * SAMPLE_RATE, np.float32)))
    assert not features.mel.any()
    assert not features.onset.any()
    assert not features.loudness.any()
    assert features.grid.confidence == 0
    assert features.grid.bpm == 100
    assert np.diff(features.grid.beat_times) == pytest.approx(0.6)


def test_everything_stays_in_its_range():
    rng = np.random.default_rng(0)
    for samples in (rng.uniform(-1, 1, 50_000), np.sign(np.sin(np.arange(60_000) / 40))):
        features = extract_features(Waveform(samples.astype(np.float32)))
        for name in CURVES:
            values = getattr(features, name)
            assert values.dtype == np.float32
            assert np.isfinite(values).all()
            assert values.min() >= 0
            assert values.max() < 1 if name.endswith("phase") else values.max() <= 1


@pytest.mark.parametrize("bpm", [60, 97.5, 190])
def test_a_steady_beat_wraps_its_phase_once_a_beat_and_its_bar_once_in_four(bpm):
    times = np.arange(20 * FEATURE_FPS) / FEATURE_FPS
    grid = even_grid(20, bpm, first_downbeat=0.3)
    beats, bars = beat_phase(grid, times), bar_phase(grid, times)
    assert np.count_nonzero(np.diff(beats) < 0) == pytest.approx(20 * bpm / 60, abs=1)
    assert np.count_nonzero(np.diff(bars) < 0) == pytest.approx(20 * bpm / 240, abs=1)
    apart = np.abs(bars * 4 % 1 - beats)
    assert np.minimum(apart, 1 - apart).max() < 1e-4


def test_phase_is_zero_on_the_beats_of_a_song_that_speeds_up():
    beat_times = np.cumsum(np.linspace(0.7, 0.4, 33))
    grid = BeatGrid(beat_times, beat_times[1::4], bpm=110.0, confidence=1.0)
    on_beat = beat_phase(grid, beat_times)
    assert np.minimum(on_beat, 1 - on_beat).max() < 1e-5
    assert bar_phase(grid, beat_times[1::4]) == pytest.approx(0, abs=1e-5)
    assert bar_phase(grid, beat_times[3::4]) == pytest.approx(0.5, abs=1e-5)
    middle = (beat_times[1:] + beat_times[:-1]) / 2
    assert beat_phase(grid, middle) == pytest.approx(0.5, abs=1e-5)


def test_a_waltz_has_bars_of_three():
    beat_times = np.arange(0, 12, 0.5)
    grid = BeatGrid(beat_times, beat_times[2::3], bpm=120.0, confidence=1.0)
    assert bar_phase(grid, beat_times)[:6] == pytest.approx([1 / 3, 2 / 3, 0, 1 / 3, 2 / 3, 0])


def test_positions_undo_marks_of_any_spacing():
    marks = np.cumsum(np.random.default_rng(0).uniform(0.3, 0.9, 20))
    assert position_among(marks, marks) == pytest.approx(np.arange(20))


def test_beats_are_likely_where_they_are_and_not_between():
    song = synthesise(SongSpec(seed=7, seconds=20.0, bpm=120.0))
    features = hear(Waveform(song.waveform))
    frames = np.round(song.beat_times[4:-4] * FEATURE_FPS).astype(int)
    on, between = (
        np.max([features.activation[frames + near, 0] for near in nearby], axis=0)
        for nearby in ((-1, 0, 1), (5, 6, 7))
    )
    assert on.mean() > 0.5 > 5 * between.mean()
    assert 0 <= features.activation.min() <= features.activation.max() <= 1
    assert not hear(Waveform(np.zeros(3 * SAMPLE_RATE, np.float32))).activation.any()


@pytest.mark.parametrize("heard", [0, 7, 8, 9])
def test_of_two_moments_in_a_frame_the_likelier_counts(heard):
    logits = np.full((10, 2), -9.0)
    logits[3, 0], logits[6, 1] = 2.0, 1.0
    likely = activation_of(logits[:heard], 4)
    assert likely.shape == (4, 2)
    assert likely.dtype == np.float32
    expected = np.zeros((4, 2))
    if heard:
        expected[1, 0], expected[3, 1] = 1 / (1 + np.exp(-2)), 1 / (1 + np.exp(-1))
    assert likely == pytest.approx(expected, abs=1e-3)
