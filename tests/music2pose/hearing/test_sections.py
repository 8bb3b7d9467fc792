"""Sections: found where a song changes, named alike where it returns, against the known truth."""

import json
from dataclasses import replace

import numpy as np
import pytest

import cli
from music2pose.hearing.audio import Waveform
from music2pose.hearing.beats import even_grid
from music2pose.hearing.features import FEATURE_FPS, NUM_MELS, SongFeatures, extract_features
from music2pose.hearing.sections import best_cuts, detect_sections, label_sections, nearest_bar
from music2pose.synth.song import SongSpec, demo_song, save_song, synthesise

BAR_SECONDS = 2.0


def made_song(form: str, rng: np.random.Generator, bars_each: int = 4) -> SongFeatures:
    """Return a song of 120 BPM in which every letter of ``form`` sounds in its own way."""
    voices = {letter: rng.random(NUM_MELS) for letter in sorted(set(form))}
    frames = round(bars_each * BAR_SECONDS * FEATURE_FPS)
    mel = np.concatenate([np.tile(voices[letter], (frames, 1)) for letter in form])
    mel = (mel + 0.05 * rng.standard_normal(mel.shape)).clip(0, 1).astype(np.float32)
    seconds, quiet = len(mel) / FEATURE_FPS, np.zeros(len(mel), np.float32)
    nothing = np.zeros((len(mel), 2), np.float32)
    grid = even_grid(seconds, 120)
    return SongFeatures(mel, quiet, quiet, nothing, quiet, quiet, grid, seconds)


@pytest.mark.parametrize("form", ["A", "AB", "ABA", "ABCAB"])
def test_sections_start_where_the_sound_changes_and_are_named_by_it(form, rng):
    sections = detect_sections(made_song(form, rng))
    assert "".join(section.label for section in sections) == form
    assert [s.start for s in sections] == [4 * BAR_SECONDS * n for n in range(len(form))]


def test_a_song_of_less_than_a_bar_is_one_section(rng):
    song = made_song("A", rng)
    short = SongFeatures(
        song.mel[:20], song.onset[:20], song.loudness[:20], song.activation[:20],
        song.beat_phase[:20], song.bar_phase[:20], song.grid, 0.8,
    )  # fmt: skip
    assert [(s.start, s.label) for s in detect_sections(short)] == [(0.0, "A")]


def test_a_song_in_which_no_bar_starts_is_in_its_first(rng):
    song = made_song("A", rng, bars_each=1)
    song = replace(song, grid=replace(song.grid, downbeat_times=np.empty(0)))
    assert [nearest_bar(song, section) for section in detect_sections(song)] == [1]


def test_one_loud_bar_makes_no_section():
    bars = np.random.default_rng(3).normal(0, 0.7, (16, 4))
    bars[7] += 1.5
    assert best_cuts(bars).tolist() == [0]


def test_names_follow_the_order_of_appearance():
    bars = np.repeat([[9.0, 0.0], [0.0, 9.0], [9.0, 0.5]], 4, axis=0)
    assert label_sections(bars, np.array([0, 4, 8])) == ["A", "B", "A"]


@pytest.mark.parametrize(
    ("seeds", "seconds"), [((201,), 24.0), pytest.param((201, 202), 36.0, marks=pytest.mark.slow)]
)
def test_most_sections_of_songs_that_were_played_are_found(seeds, seconds):
    hits = found = true = 0
    for seed in seeds:
        song = synthesise(SongSpec(seed=seed, seconds=seconds))
        features = extract_features(Waveform(song.waveform))
        half_bar = np.diff(song.downbeat_times).mean() / 2
        starts = np.array([section.start for section in detect_sections(features)][1:])
        truth = np.array([time for time, _ in song.sections[1:] if time > 1])
        near = np.abs(starts[:, None] - truth) <= half_bar
        hits += near.any(axis=0).sum()
        found += len(starts)
        true += len(truth)
    assert hits >= 0.7 * true
    assert hits >= 0.6 * found


def test_the_command_line_tells_where_the_demo_song_changes(tmp_path, capsys):
    song = demo_song()
    save_song(song, tmp_path / "song.wav")
    assert cli.main(["sections", str(tmp_path / "song.wav"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [part["start"] for part in found] == pytest.approx(
        [t for t, _ in song.sections], abs=0.1
    )
    assert [part["bar"] for part in found] == [1, 3, 5, 6, 10]
    assert cli.main(["sections", str(tmp_path / "song.wav")]) == 0
    assert capsys.readouterr().out.splitlines()[1] == "section 2   section B      4.00 s  bar 3"
