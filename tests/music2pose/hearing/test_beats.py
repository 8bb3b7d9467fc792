"""Beats are heard where they are, through drift, swing and breaks, and not where there are none."""

import numpy as np
import pytest

from benchmarks.fit_beats import save_beat_model
from checkpoints import CheckpointError
from music2pose import MusicError
from music2pose.hearing.audio import SAMPLE_RATE, Waveform, load_audio
from music2pose.hearing.beat_model import load_beat_model
from music2pose.hearing.beats import BeatGrid, follow_beats, smoothed, straightened, track_beats
from music2pose.hearing.onsets import ONSET_FPS, find_onsets
from music2pose.hearing.rhythm import autocorrelation, beat_evidence, tempo_candidates
from music2pose.metrics.beats import f_measure
from music2pose.synth.song import Song, SongSpec, synthesise
from tests.shared_data import SHARED, needs_shared


def track(
    waveform: Waveform, bpm: float | None = None, first_beat: float | None = None
) -> BeatGrid:
    grid = track_beats(find_onsets(waveform), waveform.seconds, bpm, first_beat)
    check(grid, waveform.seconds)
    return grid


def check(grid: BeatGrid, seconds: float) -> None:
    """What holds for every grid: increasing beats through the whole song, some start bars."""
    intervals = np.diff(grid.beat_times)
    assert len(grid.beat_times) >= 2
    assert intervals.min() > 0.05
    assert 0 <= grid.beat_times[0] <= 1.3 * intervals[0]
    assert grid.beat_times[-1] >= seconds - 1.3 * intervals[-1]
    assert set(grid.downbeat_times) <= set(grid.beat_times)
    assert 0 <= grid.confidence <= 1


def heard(song: Song) -> Waveform:
    return Waveform(song.waveform)


def true_bpm(song: Song) -> float:
    return 60 / float(np.median(np.diff(song.beat_times)))


def drums(bpm: float, seconds: float = 16.0, first: float = 0.0) -> Waveform:
    """Return kick on one and three, snare on two and four, hi-hat on every half beat."""
    rng = np.random.default_rng(0)
    time = np.arange(SAMPLE_RATE // 8) / SAMPLE_RATE
    kick = 0.8 * np.sin(2 * np.pi * 60 * time) * np.exp(-30 * time)
    snare = 0.3 * rng.standard_normal(len(time)) * np.exp(-30 * time)
    hat = np.diff(0.1 * rng.standard_normal(len(time) + 1) * np.exp(-90 * np.append(time, 1)))
    samples = np.zeros(round((seconds + 1) * SAMPLE_RATE), np.float32)
    for half in range(int((seconds - first) * bpm / 30)):
        start = round((first + half * 30 / bpm) * SAMPLE_RATE)
        sounds = {0: kick, 2: snare, 4: kick, 6: snare}
        samples[start : start + len(time)] += hat + sounds.get(half % 8, 0 * hat)
    return Waveform(samples[: round(seconds * SAMPLE_RATE)])


def distances(times: np.ndarray, targets: np.ndarray) -> np.ndarray:
    return np.abs(times[:, None] - targets).min(axis=1)


@pytest.mark.parametrize("bpm", [72, 90, 105.5, 128])
def test_a_drum_pattern_is_followed_exactly(bpm):
    grid = track(drums(bpm, first=0.21))
    assert grid.bpm == pytest.approx(bpm, rel=0.003)
    assert distances(grid.beat_times, 0.21 + np.arange(-1, 60) * 60 / bpm).max() < 0.025
    assert grid.confidence > 0.3


def test_bars_start_on_the_kick():
    grid = track(drums(110, first=0.3))
    kicks = 0.3 + np.arange(0, 40, 2) * 60 / 110
    assert distances(grid.downbeat_times, kicks).max() < 0.03
    assert np.diff(grid.downbeat_times) == pytest.approx(240 / 110, abs=0.02)


SPECS = [
    SongSpec(seed=9000, seconds=16, style="house", drift=0.0),
    SongSpec(seed=9001, seconds=16, style="rock", drift=0.04, breaks=True),
    SongSpec(seed=9002, seconds=16, style="swing", drift=0.02),
    SongSpec(seed=9003, seconds=16, style="disco", drift=0.06, breaks=True),
    SongSpec(seed=9004, seconds=16, style="hip_hop", drift=0.03),
    SongSpec(seed=9005, seconds=16, style="drum_and_bass", drift=0.02),
    SongSpec(seed=9007, seconds=16, style="pop", drift=0.05),
]


@pytest.mark.parametrize("specs", [SPECS[1:3], pytest.param(SPECS, marks=pytest.mark.slow)])
def test_songs_of_many_styles_are_heard_through_drift_swing_and_breaks(specs):
    songs = [synthesise(spec) for spec in specs]
    grids = [track(heard(song)) for song in songs]
    errors = [abs(g.bpm / true_bpm(s) - 1) for s, g in zip(songs, grids, strict=True)]
    scores = [f_measure(g.beat_times, s.beat_times) for s, g in zip(songs, grids, strict=True)]
    assert np.mean(np.array(errors) < 0.01) >= 0.85
    assert np.mean(scores) > 0.9
    assert max(scores) > 0.99


def test_a_waltz_has_bars_of_three():
    song = synthesise(SongSpec(seed=9100, seconds=16, beats_per_bar=3, bpm=110, drift=0.0))
    grid = track(heard(song), bpm=110)
    assert np.diff(grid.downbeat_times) == pytest.approx(180 / 110, abs=0.01)


def test_a_song_that_starts_later_has_its_beats_later():
    song = heard(synthesise(SPECS[0]))
    delay = 0.37
    silence = np.zeros(round(delay * SAMPLE_RATE), np.float32)
    first, second = track(song), track(Waveform(np.concatenate([silence, song.samples])))
    later = second.beat_times - delay
    assert second.bpm == pytest.approx(first.bpm, rel=1e-3)
    assert distances(later[later > 0.1], first.beat_times).max() < 0.02


def test_a_song_played_faster_has_a_faster_tempo():
    slow, fast = (
        synthesise(SongSpec(seed=9200, seconds=16, style="disco", bpm=bpm, drift=0.0))
        for bpm in (108, 124)
    )
    ratio = track(heard(fast)).bpm / track(heard(slow)).bpm
    assert ratio == pytest.approx(124 / 108, rel=0.005)


def test_level_does_not_matter():
    song = heard(synthesise(SPECS[1]))
    softer = Waveform(song.samples * np.float32(0.1))
    assert track(softer).beat_times == pytest.approx(track(song).beat_times, abs=1e-3)


def test_beats_go_on_through_a_silence():
    song = drums(120, seconds=24.0)
    song.samples[9 * SAMPLE_RATE : 14 * SAMPLE_RATE] = 0
    grid = track(song)
    assert distances(np.arange(0, 24, 0.5), grid.beat_times).max() < 0.03


def test_music_without_a_beat_is_known_to_have_none():
    rng = np.random.default_rng(0)
    clicks = np.zeros(30 * SAMPLE_RATE, np.float32)
    for start in rng.integers(0, len(clicks) - 2400, 60):
        clicks[start : start + 2400] += 0.3 * rng.standard_normal(2400).astype(np.float32)
    time = np.arange(len(clicks)) / SAMPLE_RATE
    drone = 0.3 * np.sin(2 * np.pi * 110 * time) + 0.2 * np.sin(2 * np.pi * 165 * time)
    noise = 0.2 * rng.standard_normal(len(clicks))
    for samples in (clicks, drone, noise):
        grid = track(Waveform(samples.astype(np.float32)))
        assert grid.confidence <= 0.1
        intervals = np.diff(grid.beat_times)
        assert intervals == pytest.approx(intervals[0])


@pytest.mark.parametrize("seconds", [1.0, 1.7, 3.0, 5.0])
def test_short_songs_have_beats_too(seconds):
    track(drums(120, seconds))
    track(drums(61, seconds), bpm=61)
    track(Waveform(np.zeros(round(seconds * SAMPLE_RATE), np.float32)))


def test_a_given_tempo_is_kept_exactly_and_its_phase_is_found():
    grid = track(drums(96, first=0.4), bpm=96)
    assert np.diff(grid.beat_times) == pytest.approx(60 / 96)
    assert grid.bpm == pytest.approx(96)
    assert distances(grid.beat_times, 0.4 + np.arange(-1, 30) * 60 / 96).max() < 0.025


def test_the_listener_obeys_even_a_tempo_that_is_not_there():
    grid = track(drums(96), bpm=131.5)
    assert np.diff(grid.beat_times) == pytest.approx(60 / 131.5)


@pytest.mark.parametrize("hints", [{"first_beat": 1.03}, {"first_beat": 1.03, "bpm": 96}])
def test_a_bar_starts_at_the_given_first_beat(hints):
    grid = track(drums(96), **hints)
    assert np.abs(grid.downbeat_times - 1.03).min() < 1e-9


def test_silence_obeys_hints():
    grid = track(Waveform(np.zeros(8 * SAMPLE_RATE, np.float32)), bpm=80, first_beat=0.2)
    assert np.diff(grid.beat_times) == pytest.approx(0.75)
    assert grid.downbeat_times[0] == pytest.approx(0.2)


@pytest.mark.parametrize(
    "hints", [{"bpm": 0}, {"bpm": -120}, {"bpm": np.nan}, {"bpm": 1e6}, {"first_beat": -1},
              {"first_beat": 17}, {"first_beat": np.inf}],
)  # fmt: skip
def test_impossible_hints_are_explained(hints):
    with pytest.raises(MusicError, match=f"{next(iter(hints)).replace('_', ' ')} .*; give"):
        track(drums(96), **hints)


@pytest.mark.parametrize("period", [35, 50, 73, 96])
def test_a_pulse_repeats_at_its_period_and_is_a_candidate(period):
    channels = np.zeros((2000, 5))
    channels[7::period] = 3.0
    likeness = autocorrelation(channels)
    assert likeness[period] > 0.8
    assert likeness[round(period / 2)] < 0.3
    ratios = tempo_candidates(likeness) / (60 * ONSET_FPS / period)
    assert np.abs(ratios - 1).min() < 0.01


def test_evidence_moves_with_the_song():
    template = load_beat_model().beat_template
    channels = np.random.default_rng(0).uniform(0, 3, (800, 5))
    channels[:200] = channels[-300:] = 0
    later = np.roll(channels, 40, axis=0)
    first, second = (beat_evidence(each, 50.0, template) for each in (channels, later))
    assert second[100:] == pytest.approx(np.roll(first, 40)[100:], abs=1e-9)


def test_following_bridges_a_gap_and_ignores_a_lone_spike_off_the_beat():
    evidence = np.full(1000, -1.0)
    beats = np.arange(20, 1000, 50)
    evidence[beats] = 5.0
    evidence[beats[6:10]] = -1.0
    evidence[beats[3] + 25] = 6.0
    assert follow_beats(evidence, 51.0).tolist() == beats.tolist()


def test_following_keeps_up_with_a_pulse_that_slows_down():
    beats = np.round(np.cumsum(np.linspace(46, 54, 30))).astype(int)
    evidence = np.full(beats[-1] + 20, -1.0)
    evidence[beats] = 5.0
    assert follow_beats(evidence, 50.0).tolist() == beats.tolist()


def test_smoothing_removes_jitter_and_keeps_drift():
    drifting = np.cumsum(50 + 2 * np.sin(np.arange(80) / 12))
    jitter = np.random.default_rng(0).normal(0, 1, 80)
    assert np.std(smoothed(drifting + jitter) - drifting) < 0.6
    assert np.abs(smoothed(drifting) - drifting).max() < 0.6


def test_straightening_touches_only_what_is_straight():
    even = 3.0 + 48.7 * np.arange(60)
    assert straightened(np.round(even)) == pytest.approx(even, abs=0.2)
    drifting = np.cumsum(50 + np.sin(np.arange(80) / 12))
    assert np.array_equal(straightened(drifting), drifting)


def test_the_model_survives_being_saved_and_a_broken_one_is_explained(tmp_path):
    model = load_beat_model()
    save_beat_model(model, tmp_path / "beats")
    again = load_beat_model(tmp_path / "beats")
    assert all(np.allclose(vars(model)[name], vars(again)[name]) for name in vars(model))
    with pytest.raises(CheckpointError, match="restore"):
        load_beat_model(tmp_path / "nothing")
    (tmp_path / "beats" / "config.json").write_text('{"phases": 12}')
    load_beat_model.cache_clear()
    with pytest.raises(CheckpointError, match="another version"):
        load_beat_model(tmp_path / "beats")


@needs_shared
@pytest.mark.parametrize(("name", "bpm"), [("kick_120bpm.mp3", 120)])
def test_a_recording_of_known_tempo_is_heard(name, bpm):
    assert SHARED is not None
    grid = track(load_audio(SHARED / "data/music/songs" / name))
    assert grid.bpm == pytest.approx(bpm, rel=0.002)
