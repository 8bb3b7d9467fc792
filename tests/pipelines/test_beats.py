"""Beats from a file are danced to, and the beats of a song are written for people and programs."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile

import cli
from music2pose import MusicError
from music2pose.hearing.audio import SAMPLE_RATE, load_audio
from music2pose.hearing.beats import even_grid
from music2pose.metrics.beats import kinematic_beats
from music2pose.pose_files import load_poses
from pipelines import VideoError
from pipelines.beats import SONG_SHARE, write_click_track
from pipelines.config import Music2VideoConfig as Config
from pipelines.dancing import hear, open_piece
from pipelines.music2video import music2pose, music2video
from pipelines.record import read_record
from pipelines.video import read_frames
from tests.stand_in import clicks


def run(*words: object) -> int:
    return cli.main([str(word) for word in words])


def write_times(path: Path, first: float, seconds: float) -> Path:
    """Write beats 0.6 s apart, of which no tracker would think in a song of clicks at 120 BPM."""
    times = np.arange(first, seconds + 1, 0.6)
    path.write_text("".join(f"{time:.4f}\t{beat % 4 + 1}\n" for beat, time in enumerate(times)))
    return path


@pytest.fixture
def song(tmp_path) -> Path:
    soundfile.write(tmp_path / "song.wav", clicks(8.0), SAMPLE_RATE)
    return tmp_path / "song.wav"


def test_beats_of_a_file_that_come_later_are_danced_later(tmp_path, song, capsys):
    rests = []
    for first in (0.2, 0.4):
        beats = write_times(tmp_path / "beats.txt", first, 8)
        config = Config(beats=str(beats), fps=25)
        grid = hear(open_piece(song, config), config).grid
        assert grid.beat_times == pytest.approx(np.arange(first, 8.01, 0.6), abs=1e-4)
        music2pose(song, tmp_path / "a.npz", config, overwrite=True)
        moments = kinematic_beats(load_poses(tmp_path / "a.npz"))
        rests.append(np.exp(2j * np.pi * moments / 0.6).mean())
    assert min(map(abs, rests)) > 0.4
    moved = np.angle(rests[1] / rests[0]) / (2 * np.pi) * 0.6
    assert moved == pytest.approx(0.2, abs=0.06)
    judge = ("evaluate", tmp_path / "a.npz", "--audio", song, "--beats", beats, "--json")
    assert run(*judge) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["song"]["bpm"], told["song"]["confidence"]) == (pytest.approx(100), 1.0)
    assert abs(told["beats"]["best_lag"]) < 0.1


def test_the_record_keeps_the_file_of_beats_and_makes_the_same_again(tmp_path, song):
    beats = write_times(tmp_path / "beats.txt", 0.3, 2)
    config = Config(beats=str(beats), renderer="skeleton", width=64, height=64, fps=5, duration=2)
    music2video(song, tmp_path / "a.mp4", config)
    recorded = read_record(tmp_path / "a.run.json")
    assert recorded.config.beats == str(beats)
    assert run("music2video", "--config", tmp_path / "a.run.json", "-o", tmp_path / "b.mp4") == 0
    first, again = (list(read_frames(tmp_path / name)) for name in ("a.mp4", "b.mp4"))
    assert np.array_equal(first, again)
    tempo = json.loads((tmp_path / "b.run.json").read_text())["tempo"]
    assert tempo["confidence"] == 1.0


@pytest.mark.parametrize("told", [("--bpm", "90"), ("--first-beat", "0.5")])
def test_beats_of_a_file_and_a_told_tempo_exclude_each_other(tmp_path, song, told, capsys):
    assert run("music2pose", song, "-o", tmp_path / "a.npz", "--beats", "b.txt", *told) == 2
    assert "--beats b.txt says where all beats are; give it, or" in capsys.readouterr().err
    with pytest.raises(VideoError):
        Config(beats="b.txt", bpm=90)


def test_a_bad_file_of_beats_stops_all_before_the_long_work(tmp_path, song, capsys):
    (tmp_path / "beats.txt").write_text("0.5\n1.0\n500\n")
    for command in ("music2video", "music2pose"):
        output = tmp_path / f"a.{'mp4' if command == 'music2video' else 'npz'}"
        words = (command, song, "-o", output, "--beats", tmp_path / "beats.txt", "--dry-run")
        assert run(*words) == 2
        assert "beats.txt line 3: 500 s is past the end of the song (8.00 s)" in (
            capsys.readouterr().err
        )


@pytest.mark.parametrize("name", ["a.txt", "a.labels.txt", "a.json"])
def test_what_was_heard_is_read_back(tmp_path, song, name, capsys):
    piece = ("--start", 2.25, "--duration", 5)
    assert run("beats", song, "-o", tmp_path / name, "--json", *piece) == 0
    heard = json.loads(capsys.readouterr().out)
    assert heard["bpm"] == pytest.approx(120, abs=0.5)
    assert (heard["metre"], heard["num_beats"]) == (4, 10)
    config = Config(start=2.25, duration=5)
    expected = hear(open_piece(song, config), config).grid
    config = Config(start=2.25, duration=5, beats=str(tmp_path / name))
    found = hear(open_piece(song, config), config).grid
    assert found.beat_times == pytest.approx(expected.beat_times, abs=1e-4)
    assert found.downbeat_times == pytest.approx(expected.downbeat_times, abs=1e-4)
    # Times count from the start of the song, where clicks are at every half second.
    times = found.beat_times + 2.25
    assert times == pytest.approx(np.round(times * 2) / 2, abs=0.02)


def test_the_beats_of_a_song_are_said_in_one_line_and_nothing_is_lost(tmp_path, song, capsys):
    assert run("beats", song, "-o", tmp_path / "a.txt", "--bpm", 90, "--first-beat", 0.5) == 0
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 1
    assert re.search("a.txt: 90.0 BPM, [3-7] beats a bar, confidence 0...", said[0])
    assert said[0].endswith(", 12 beats")
    before = (tmp_path / "a.txt").read_text()
    assert run("beats", song, "-o", tmp_path / "a.txt") == 2
    assert "exists; give --overwrite" in capsys.readouterr().err
    assert (tmp_path / "a.txt").read_text() == before
    assert run("beats", song, "-o", song, "--overwrite") == 2
    assert run("beats", song, "-o", tmp_path / "a.mp3") == 2
    assert ".txt, .json, .wav" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("rate", "channels", "start"), [(44_100, 2, 0.0), (22_050, 1, 1.0), (8_000, 6, 0.0)]
)
def test_clicks_start_on_the_beats_to_the_sample(tmp_path, rate, channels, start):
    quiet = 0.01 * np.random.default_rng(0).standard_normal((3 * rate, channels))
    song = tmp_path / "song.flac"
    soundfile.write(song, quiet, rate, subtype="PCM_16")
    grid = even_grid(2.0, 100.0, first_downbeat=0.123, beats_per_bar=3)
    write_click_track(song, tmp_path / "a.wav", grid, start, 2.0)
    heard, found_rate = soundfile.read(tmp_path / "a.wav", always_2d=True)
    assert found_rate == rate
    assert heard.shape == (2 * rate, min(channels, 2) if channels < 3 else 1)
    sound = soundfile.read(song, always_2d=True)[0][round(start * rate) :][: 2 * rate]
    clicked = (heard - SONG_SHARE * (sound if channels < 3 else sound.mean(1, keepdims=True)))[:, 0]
    loud = np.flatnonzero(np.abs(clicked) > 0.2)
    starts = loud[np.diff(loud, prepend=-rate) > rate // 10]
    assert starts.tolist() == [round(time * rate) for time in grid.beat_times]
    spectra = [np.abs(np.fft.rfft(clicked[first:][: rate // 50])).argmax() * 50 for first in starts]
    assert [hz > 1500 for hz in spectra] == np.isin(grid.beat_times, grid.downbeat_times).tolist()


def test_a_click_track_is_the_song_with_clicks(tmp_path, song):
    assert run("beats", song, "-o", tmp_path / "a.wav", "--bpm", 120, "--first-beat", 0.25) == 0
    heard = load_audio(tmp_path / "a.wav").samples
    rest = heard - SONG_SHARE * load_audio(song).samples
    between = rest.reshape(-1, SAMPLE_RATE // 4)
    assert np.abs(between[1::2]).max() > 0.35
    assert np.abs(between[::2]).max() < 0.01


def test_a_song_that_is_none_leaves_no_file(tmp_path):
    (tmp_path / "song.wav").write_text("no sound")
    with pytest.raises(MusicError):
        open_piece(tmp_path / "song.wav", Config())
    assert run("beats", tmp_path / "song.wav", "-o", tmp_path / "a.txt") == 2
    assert not (tmp_path / "a.txt").exists()
