"""Beats are heard where they are, through drift, swing and breaks, and not where there are none."""

import numpy as np
import pytest

from music2pose import MusicError
from music2pose.hearing.audio import SAMPLE_RATE, Waveform, load_audio
from music2pose.hearing.beat_network import HEARD_FPS, hear_beats, load_beat_network
from music2pose.hearing.beats import BeatGrid, confidence_of, listen_for_beats, track_beats
from music2pose.hearing.given_beats import tempo_range
from music2pose.hearing.onsets import find_onsets
from music2pose.metrics.beats import f_measure
from music2pose.synth.song import Song, SongSpec, synthesise
from music2pose.synth.timing import TempoChange
from tests.shared_data import SHARED, needs_shared


def track(
    waveform: Waveform, bpm: float | None = None, first_beat: float | None = None
) -> BeatGrid:
    heard = listen_for_beats(find_onsets(waveform))
    grid = track_beats(heard, waveform.seconds, bpm, first_beat)
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


@pytest.mark.parametrize("style", ["reggae", "ska"])
def test_chords_on_every_off_beat_are_not_the_beat(style):
    song = synthesise(SongSpec(seed=9301, seconds=24, style=style, bpm=84, drift=0))
    assert f_measure(track(heard(song)).beat_times, song.beat_times) > 0.95


@pytest.mark.parametrize(
    "beats_per_bar",
    [pytest.param(3, marks=pytest.mark.slow), 5, 7, pytest.param(6, marks=pytest.mark.slow)],
)
def test_bars_have_as_many_beats_as_are_played(beats_per_bar):
    spec = SongSpec(9400, 30, bpm=118, beats_per_bar=beats_per_bar, style="rock", drift=0)
    song = synthesise(spec)
    grid = track(heard(song))
    assert f_measure(grid.downbeat_times, song.downbeat_times) > 0.9


CHANGES = {
    "at once": (TempoChange(30, 130),),
    "evenly": (TempoChange(8, 150, num_beats=56),),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_tempo_that_changes_is_followed_and_reported_as_a_range(name):
    spec = SongSpec(
        seed=9500, seconds=36, bpm=100, style="pop", drift=0, tempo_changes=CHANGES[name]
    )
    song = synthesise(spec)
    grid = track(heard(song))
    assert f_measure(grid.beat_times, song.beat_times) > 0.9
    slowest, fastest = tempo_range(grid.beat_times)
    assert slowest == pytest.approx(100, rel=0.04)
    assert fastest == pytest.approx(CHANGES[name][0].bpm, rel=0.06)


@pytest.mark.parametrize("first", [0, 2])
def test_bars_start_where_the_chord_changes(first):
    beat = SAMPLE_RATE // 2
    time = np.arange(beat) / SAMPLE_RATE
    rng = np.random.default_rng(0)
    click = 0.1 * rng.standard_normal(beat) * np.exp(-60 * time)  # the same on every beat
    kick = 0.5 * np.sin(2 * np.pi * 55 * time) * np.exp(-25 * time)
    roots = (220.0, 174.6, 130.8, 196.0)
    beats = []
    for number in range(64):
        root = roots[(number - first) // 4 % 4]
        chord = sum(np.sin(2 * np.pi * root * ratio * time) for ratio in (0.5, 1, 1.26, 1.5, 2))
        beats.append(click + kick + 0.15 * chord * np.exp(-2 * time))
    song = Waveform(np.concatenate(beats).astype(np.float32))
    grid = track(song, bpm=120)
    changes = (first + 4 * np.arange(-1, 16)) * 0.5
    assert distances(grid.downbeat_times[2:-2], changes).max() < 0.05


def test_eight_seconds_without_drums_do_not_lose_the_phase():
    song = drums(120, seconds=36.0, first=0.3)
    time = np.arange(8 * SAMPLE_RATE) / SAMPLE_RATE
    pad = 0.1 * np.sin(2 * np.pi * 220 * time) * (1 + 0.3 * np.sin(2 * np.pi * 0.31 * time))
    song.samples[12 * SAMPLE_RATE : 20 * SAMPLE_RATE] = pad
    beats = 0.3 + np.arange(0, 70) * 0.5
    assert distances(beats, track(song).beat_times).max() < 0.03


def test_beats_that_are_as_likely_between_as_on_the_beat_are_doubtful():
    song = drums(120, seconds=24.0)
    network = load_beat_network()
    clear = hear_beats(network, find_onsets(song))
    beats = np.arange(0, 24 * HEARD_FPS, HEARD_FPS / 2)
    assert confidence_of(clear[:, 0], beats) > 0.8
    both = np.maximum(clear[:, 0], np.roll(clear[:, 0], HEARD_FPS // 4))
    assert confidence_of(both, beats) < 0.3
    assert confidence_of(clear[:, 0], beats + HEARD_FPS / 4) == 0


@needs_shared
@pytest.mark.parametrize(("name", "bpm"), [("kick_120bpm.mp3", 120)])
def test_a_recording_of_known_tempo_is_heard(name, bpm):
    assert SHARED is not None
    grid = track(load_audio(SHARED / "data/music/songs" / name))
    assert grid.bpm == pytest.approx(bpm, rel=0.002)
