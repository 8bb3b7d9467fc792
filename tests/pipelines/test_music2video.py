"""The main path, with the dancer and the painters that ship: in time with its song, and told."""

import hashlib
import json
import subprocess
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import imageio_ffmpeg
import numpy as np
import pytest
import soundfile
import torch

from music2pose.hearing.audio import SAMPLE_RATE, load_audio, open_song
from music2pose.hearing.features import extract_features
from music2pose.metrics.beats import kinematic_beats
from music2pose.pose import PoseSequence
from music2pose.pose_files import load_poses, save_poses
from pipelines import VideoError
from pipelines.config import Music2VideoConfig as Config
from pipelines.dancing import first_beat_after_start, hear
from pipelines.music2video import music2pose, music2video, render
from pipelines.output import check_output
from pipelines.painting import render_options
from pipelines.record import RunRecord, read_record, versions
from pipelines.video import read_frames, video_info
from pose2video.diffusion.settings import DiffusionSettings
from pose2video.learned.generator import PICTURE_PRESETS, PictureGenerator
from pose2video.renderer import load_renderer
from pose2video.wording import Wording
from tests.pose2video.made_performer import made_performer
from tests.stand_in import SONG_SECONDS, clicks, clicks_at, swaying
from tests.tunes import tune

ROOT = Path(__file__).parents[2]
SMALL = {"width": 64, "height": 48, "renderer": "skeleton"}


class Danced(NamedTuple):
    """One song, its video with the shipped dancer and a shipped painter, and the same dance."""

    song: Path
    video: Path
    config: Config
    poses: PoseSequence
    record: dict


@pytest.fixture(scope="module")
def danced(tmp_path_factory) -> Danced:
    """Four seconds of clicks at 120 a minute, danced as if they were 90, a bar at 0.5 s."""
    folder = tmp_path_factory.mktemp("danced")
    soundfile.write(folder / "song.wav", clicks(4.0), SAMPLE_RATE)
    config = Config(
        renderer="nearest", width=80, height=64, fps=20.0, seed=3, bpm=90.0, first_beat=0.5,
        prompt="a robot",
    )  # fmt: skip
    music2video(folder / "song.wav", folder / "a.mp4", config)
    music2pose(folder / "song.wav", folder / "a.npz", config)
    record = json.loads((folder / "a.run.json").read_text())
    return Danced(
        folder / "song.wav", folder / "a.mp4", config, load_poses(folder / "a.npz"), record
    )


def danced_poses(folder: Path, song: Path, **settings) -> PoseSequence:
    music2pose(song, folder / "danced.npz", Config(**settings), overwrite=True)
    return load_poses(folder / "danced.npz")


def painted(config: Config, poses: PoseSequence) -> np.ndarray:
    """What the painter makes of poses, without any video, (T, H, W, 3)."""
    renderer = load_renderer(config.renderer, render_options(config, Path("a.mp4")))
    return np.stack(list(renderer.render(poses, config.seed))).astype(int)


def shown(video: Path) -> np.ndarray:
    return np.stack(list(read_frames(video))).astype(int)


def rhythm(poses: PoseSequence, bpm: float, first_beat: float) -> complex:
    """Where in the beat the body slows down: of length 1 if always at the same place, at angle 0
    if that is on the beat."""
    phase = (kinematic_beats(poses) - first_beat) * bpm / 60
    return np.exp(2j * np.pi * phase).mean()


def tags_of(video: Path) -> str:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(video), "-f", "ffmetadata"]
    return subprocess.run([*command, "-"], capture_output=True, text=True, check=True).stdout


# What is seen.


@pytest.mark.parametrize(
    ("renderer", "fps"),
    [
        ("nearest", 10),
        ("gan", 4),
        pytest.param("skeleton", 10, marks=pytest.mark.slow),
        pytest.param("vector", 5, marks=pytest.mark.slow),
    ],
)
def test_each_frame_is_the_painters_picture_of_the_danced_pose(tmp_path, song, renderer, fps):
    soundfile.write(song, tune(SONG_SECONDS), SAMPLE_RATE)
    config = Config(renderer=renderer, width=128, height=128, fps=fps, seed=2, device="cpu")
    music2video(song, tmp_path / "a.mp4", config)
    poses = danced_poses(tmp_path, song, fps=fps, seed=2)
    video, pictures = shown(tmp_path / "a.mp4"), painted(config, poses)
    assert len(video) == len(pictures) == round(SONG_SECONDS * fps)
    away = np.abs(video[:, None] - pictures).mean(axis=(2, 3, 4))  # (frame, picture)
    assert away.diagonal().max() < 3
    assert (away.diagonal() < away.min(axis=1) + 0.05).all()
    assert len(np.unique(pictures.reshape(len(pictures), -1), axis=0)) > 1


def test_the_performer_that_is_asked_for_is_the_one_who_is_seen(tmp_path, song):
    doll = made_performer(tmp_path / "doll", 20, size=64)
    config = Config(renderer="auto", performer=str(doll.folder), width=64, height=64, fps=10)
    music2video(song, tmp_path / "a.mp4", config)
    stored = doll.frames(range(20)).astype(int)
    for frame in shown(tmp_path / "a.mp4"):
        assert np.abs(stored - frame).mean(axis=(1, 2, 3)).min() < 5
    config = read_record(tmp_path / "a.run.json").config
    assert (config.performer, config.renderer) == (str(doll.folder), "nearest")


def test_another_rate_shows_the_same_dance_at_other_moments(tmp_path, song):
    fast, slow = (danced_poses(tmp_path, song, fps=fps, seed=1) for fps in (20.0, 5.0))
    assert slow.fps == 5 and fast.fps == 20
    assert slow.keypoints == pytest.approx(fast.keypoints[::4][: len(slow)], abs=1e-5)


def test_the_same_seed_gives_the_same_bytes_and_another_one_another_dance(tmp_path, song):
    soundfile.write(song, tune(SONG_SECONDS), SAMPLE_RATE)
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        music2video(song, tmp_path / name / "x.mp4", Config(**SMALL, fps=10, seed=seed))
    a, b, c = ((tmp_path / name / "x.mp4").read_bytes() for name in "abc")
    assert a == b != c
    one, same, other = (danced_poses(tmp_path, song, seed=seed).keypoints for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert np.abs(one - other).mean() > 0.02


def test_the_seed_reaches_the_painter(tmp_path):
    """A network that knows two performers shows one of them for each seed."""
    config = replace(PICTURE_PRESETS["tiny"], kind="spade", size=64, num_looks=2)
    generator = PictureGenerator(config)
    generator.codes.copy_(torch.randn(generator.codes.shape, generator=torch.manual_seed(0)))
    generator.save_pretrained(tmp_path / "spade")
    poses = save_poses(swaying(4, 4.0), tmp_path / "poses.npz")
    known = {"renderer": "spade", "performer": str(tmp_path / "spade"), "fps": 4.0, "device": "cpu"}
    for seed in (0, 1):
        config = Config(**known, width=64, height=64, seed=seed)
        render(None, tmp_path / f"{seed}.mp4", replace(config, poses=str(poses)))
        pictures = painted(config, load_poses(poses))
        assert np.abs(shown(tmp_path / f"{seed}.mp4") - pictures).mean() < 8
    assert not np.array_equal(shown(tmp_path / "0.mp4"), shown(tmp_path / "1.mp4"))


# What is heard, and how it is danced.


def test_a_tempo_that_is_given_is_the_tempo_that_is_danced(tmp_path):
    song = tmp_path / "song.wav"
    soundfile.write(song, clicks(8.0), SAMPLE_RATE)  # 120 a minute, the first at 0
    heard, told = (danced_poses(tmp_path, song, fps=30, bpm=bpm) for bpm in (None, 90.0))
    assert abs(rhythm(heard, 120, 0)) > 0.5 > 0.3 > abs(rhythm(heard, 90, 0))
    assert abs(rhythm(told, 90, 0)) > 0.5 > 0.4 > abs(rhythm(told, 120, 0))


def test_the_first_beat_that_is_given_is_where_the_body_rests(tmp_path):
    song = tmp_path / "song.wav"
    soundfile.write(song, clicks(8.0), SAMPLE_RATE)
    for first_beat in (1 / 6, 1 / 2):
        poses = danced_poses(tmp_path, song, fps=30, bpm=90.0, first_beat=first_beat)
        found = rhythm(poses, 90, first_beat)
        assert abs(found) > 0.5
        assert abs(np.angle(found)) < 2 * np.pi * 0.15


def test_one_click_in_silence_is_heard_at_its_moment_and_is_a_beat(tmp_path):
    song, at = tmp_path / "song.wav", 0.4
    soundfile.write(song, clicks_at([at], 3.0), SAMPLE_RATE)
    music2video(song, tmp_path / "a.mp4", Config(**SMALL, fps=5))
    heard = load_audio(tmp_path / "a.mp4").samples
    loud = np.flatnonzero(np.abs(heard) > 0.1) / SAMPLE_RATE
    assert loud[0] == pytest.approx(at, abs=0.01)
    assert loud[-1] < at + 0.1
    grid = extract_features(open_song(song)).grid
    assert np.abs(grid.beat_times - at).min() < 0.015
    assert grid.confidence < 0.1


def test_a_piece_is_danced_and_heard_as_if_it_were_the_song(tmp_path):
    whole, piece = tmp_path / "song.wav", tmp_path / "piece.wav"
    samples = np.concatenate([clicks_at(np.arange(0.1, 2, 0.4), 2.0), clicks(2.5)])
    soundfile.write(whole, samples, SAMPLE_RATE, subtype="FLOAT")
    soundfile.write(piece, samples[30_000:66_000], SAMPLE_RATE, subtype="FLOAT")
    cut = {"start": 1.25, "duration": 1.5}
    music2video(whole, tmp_path / "a.mp4", Config(**SMALL, fps=10, **cut))
    music2video(piece, tmp_path / "b.mp4", Config(**SMALL, fps=10))
    assert np.array_equal(shown(tmp_path / "a.mp4"), shown(tmp_path / "b.mp4"))
    heard = load_audio(tmp_path / "a.mp4").samples
    likeness = np.corrcoef(heard, samples[30_000:66_000][: len(heard)])[0, 1]
    assert likeness > 0.95
    assert not np.array_equal(
        danced_poses(tmp_path, whole, **cut).keypoints,
        danced_poses(tmp_path, whole, duration=1.5).keypoints,
    )


def test_poses_are_rendered_with_the_piece_of_the_song_that_begins_at_the_start(tmp_path):
    song = tmp_path / "song.wav"
    soundfile.write(song, clicks_at([0.3, 1.5], 3.0), SAMPLE_RATE)
    poses = save_poses(swaying(30, 10), tmp_path / "poses.npz")
    config = Config(**SMALL, poses=str(poses), fps=10, start=1.0, duration=1.2, device="cpu")
    render(song, tmp_path / "a.mp4", config)
    frames = shown(tmp_path / "a.mp4")
    assert len(frames) == 12
    heard = load_audio(tmp_path / "a.mp4")
    assert heard.seconds == pytest.approx(1.2, abs=0.01)
    assert np.flatnonzero(np.abs(heard.samples) > 0.1)[0] / SAMPLE_RATE == pytest.approx(
        0.5, abs=0.01
    )
    assert np.abs(frames[0] - painted(config, load_poses(poses))[0]).mean() < 3


# What is told.


def test_the_record_holds_what_was_told_heard_and_used(danced):
    record, settings = danced.record, danced.record["settings"]
    weights = ROOT / "checkpoints" / "music2pose" / "model.safetensors"
    assert record["weights"]["sha256"] == hashlib.sha256(weights.read_bytes()).hexdigest()
    assert record["tempo"]["bpm"] == settings["bpm"] == 90.0
    assert (settings["first_beat"], settings["seed"], settings["fps"]) == (0.5, 3, 20.0)
    assert (settings["width"], settings["height"]) == (80, 64)
    assert (settings["prompt"], settings["renderer"]) == ("a robot", "nearest")
    assert settings["device"] in ("cpu", "cuda")
    assert record["song"] == str(danced.song)
    assert record["output"] == str(danced.video)
    assert record["song_seconds"] == pytest.approx(4.0)
    assert record["frames"] == 80 == len(danced.poses)
    assert record["why_renderer"] == "asked for"
    assert set(record["seconds"]) == {"listen", "dance", "paint"}
    assert all(seconds > 0 for seconds in record["seconds"].values())
    assert {"python", "torch", "ffmpeg", "music2dance"} <= set(record["versions"])


@pytest.mark.slow
def test_the_record_gives_the_same_video_again(danced, tmp_path):
    recorded = read_record(danced.video.with_suffix(".run.json"))
    record = music2video(recorded.song, tmp_path / "b.mp4", recorded.config)
    assert np.array_equal(shown(danced.video), shown(tmp_path / "b.mp4"))
    assert record.content["settings"] == danced.record["settings"]


def test_the_video_itself_says_how_it_was_made(danced, tmp_path, song):
    said = tags_of(danced.video)
    assert "title=a\n" in said
    assert "comment=a robot (seed 3)" in said
    neon = Wording(style="neon")
    music2video(song, tmp_path / "b.mp4", Config(**SMALL, fps=2, prompt="x" * 5000, words=neon))
    assert "x" * 2000 + " (seed 0, style neon)" in tags_of(tmp_path / "b.mp4")
    assert "x" * 2001 not in tags_of(tmp_path / "b.mp4")
    assert read_record(tmp_path / "b.run.json").config.prompt == "x" * 5000


def test_without_a_wish_the_best_painter_that_runs_here_is_taken_and_said(tmp_path, song):
    record = music2video(song, tmp_path / "a.mp4", Config(prompt="a robot"), dry_run=True)
    assert record.content["settings"]["renderer"] in ("stage", "diffusion")
    assert record.content["why_renderer"].startswith("the best one that runs here")


@pytest.mark.parametrize(
    ("settings", "seconds"),
    [
        ({}, SONG_SECONDS),
        ({"fps": 29.97}, SONG_SECONDS),
        ({"fps": 1.0}, SONG_SECONDS),
        ({"start": 0.25, "duration": 1.0, "fps": 60.0}, 1.0),
    ],
)
def test_a_video_is_as_long_as_its_song_to_within_one_frame(tmp_path, song, settings, seconds):
    config = Config(**SMALL, **settings)
    record = music2video(song, tmp_path / "a.mp4", config)
    frames = shown(tmp_path / "a.mp4")
    assert len(frames) / config.fps == pytest.approx(seconds, abs=1 / config.fps)
    assert record.content["frames"] == len(frames)
    assert load_audio(tmp_path / "a.mp4").seconds == pytest.approx(seconds, abs=0.001)
    assert frames[0].shape == (48, 64, 3)


@pytest.mark.slow
def test_two_steps_make_the_same_video_as_one(tmp_path, song):
    config = Config(**SMALL, start=0.25, duration=1.0, seed=2)
    music2video(song, tmp_path / "one.mp4", config)
    music2pose(song, tmp_path / "poses.npz", config)
    config = replace(config, poses=str(tmp_path / "poses.npz"))
    render(song, tmp_path / "two.mp4", config)
    frames = zip(read_frames(tmp_path / "one.mp4"), read_frames(tmp_path / "two.mp4"), strict=True)
    assert all(np.abs(a.astype(int) - b).max() <= 2 for a, b in frames)
    sounds = [load_audio(tmp_path / f"{name}.mp4").samples for name in ("one", "two")]
    assert np.array_equal(*sounds)


def test_given_poses_are_shown_instead_and_held_to_the_end_of_the_song(tmp_path, song):
    poses = save_poses(swaying(10, 20), tmp_path / "poses.json")
    music2video(song, tmp_path / "a.mp4", Config(**SMALL, fps=20, poses=str(poses)))
    frames = shown(tmp_path / "a.mp4")
    assert len(frames) == 30
    assert np.abs(frames[-1] - frames[-5]).mean() < 1
    assert np.abs(frames[0] - frames[5]).mean() > 1
    record = json.loads((tmp_path / "a.run.json").read_text())
    assert record["settings"]["poses"] == str(poses)
    assert "weights" not in record


def test_poses_can_be_shown_without_a_song(tmp_path):
    poses = save_poses(swaying(30, 15), tmp_path / "poses.npz")
    render(None, tmp_path / "a.mp4", Config(**SMALL, fps=30, poses=str(poses)))
    assert len(list(read_frames(tmp_path / "a.mp4"))) == 60
    assert not video_info(tmp_path / "a.mp4").has_sound


def test_a_dry_run_checks_and_writes_nothing(tmp_path, song):
    record = music2video(song, tmp_path / "new" / "a.mp4", Config(), dry_run=True)
    assert record.content["frames"] == round(SONG_SECONDS * 25)
    assert [file.name for file in tmp_path.iterdir()] == [song.name]


def test_folders_on_the_way_are_made(tmp_path, song):
    music2pose(song, tmp_path / "new" / "deep" / "a.json", Config())
    assert len(load_poses(tmp_path / "new" / "deep" / "a.json")) == round(SONG_SECONDS * 25)


@pytest.mark.slow
def test_memory_of_painting_does_not_grow_with_the_song(tmp_path):
    import tracemalloc

    def peak(seconds: float) -> int:
        soundfile.write(tmp_path / "song.wav", clicks(seconds), 24_000)
        poses = save_poses(swaying(round(25 * seconds), 25), tmp_path / "poses.npz")
        tracemalloc.start()
        config = Config(width=256, height=256, renderer="skeleton", poses=str(poses))
        render(None, tmp_path / "a.mp4", config, overwrite=True)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(1)
    assert peak(6) - peak(2) < 10 * 256 * 256 * 3  # 100 more frames


@pytest.mark.parametrize(
    ("first_beat", "start", "bpm", "expected"),
    [(None, 5, None, None), (6, 5, None, 1), (0, 0, None, 0), (1, 2.5, 120, 0.5), (1, 31, 60, 2)],
)
def test_a_beat_is_counted_from_where_the_video_begins(first_beat, start, bpm, expected):
    config = Config(first_beat=first_beat, start=start, bpm=bpm)
    assert first_beat_after_start(config) == expected


@pytest.mark.parametrize("start", [0.0, 1.25])
def test_a_first_beat_is_told_in_seconds_of_the_whole_song(tmp_path, start):
    soundfile.write(tmp_path / "song.wav", clicks(8.0), SAMPLE_RATE)
    config = Config(start=start, bpm=120, first_beat=3.0)
    grid = hear(load_audio(tmp_path / "song.wav", start), config).grid
    bars = (grid.downbeat_times + start - 3.0) / 2  # of four beats, half a second each
    assert bars == pytest.approx(bars.round(), abs=0.01)


def test_a_beat_before_the_start_needs_a_tempo():
    with pytest.raises(VideoError, match="lies before --start 5"):
        first_beat_after_start(Config(first_beat=1, start=5))


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("a.avi", r"ends in \.mp4"),
        ("folder.mp4", "is a folder"),
        ("there.mp4", "exists; give --overwrite"),
        ("song.mp4", "would overwrite what it is made from"),
        ("link.mp4", "would overwrite what it is made from"),
        ("there.mp4/a.mp4", "Not a directory"),
    ],
)
def test_outputs_that_cannot_be_are_refused(tmp_path, name, complaint):
    (tmp_path / "folder.mp4").mkdir()
    (tmp_path / "there.mp4").touch()
    (tmp_path / "song.mp4").touch()
    (tmp_path / "link.mp4").symlink_to("song.mp4")
    overwrite = "overwrite what" in complaint
    with pytest.raises(VideoError, match=complaint):
        check_output(tmp_path / name, (".mp4",), overwrite, [tmp_path / "song.mp4"])


@pytest.mark.parametrize(
    "content", ['{"settings": {"seed": 1}}', '{"frames": []}', '"words"', "[1]", "no JSON", ""]
)
def test_a_record_overwrites_nothing_but_a_record(tmp_path, song, content):
    path = tmp_path / "a.run.json"
    path.write_text(content)
    with pytest.raises(VideoError, match="where the run record goes, holds something else"):
        music2video(song, tmp_path / "a.mp4", Config(**SMALL), overwrite=True)
    assert path.read_text() == content and not (tmp_path / "a.mp4").exists()


def test_prompts_and_poses_of_the_same_name_as_the_video_stay_as_they_are(tmp_path, song):
    prompts, poses = tmp_path / "show.json", save_poses(swaying(10, 20), tmp_path / "poses.json")
    prompts.write_text('{"0": "a robot"}')
    before = poses.read_bytes()
    for name, settings in (("show", {"prompt": f"@{prompts}"}), ("poses", {"poses": str(poses)})):
        for _ in range(2):
            music2video(song, tmp_path / f"{name}.mp4", Config(**SMALL, **settings), overwrite=True)
    assert prompts.read_text() == '{"0": "a robot"}' and poses.read_bytes() == before
    assert read_record(tmp_path / "show.run.json").config.prompt == f"@{prompts}"


def test_a_preview_is_not_written_over_the_picture_that_it_is_made_from(tmp_path, song):
    picture = tmp_path / "a.png"
    picture.write_bytes(b"a picture")
    config = Config(**SMALL, diffusion=DiffusionSettings(reference_image=str(picture)))
    with pytest.raises(VideoError, match="would overwrite what it is made from"):
        music2video(song, tmp_path / "a.mp4", config, overwrite=True, preview=True)
    assert picture.read_bytes() == b"a picture"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{", "cannot read settings"),
        ("[1]", "holds no settings"),
        ('{"settings": 3}', "settings must be an object"),
        ('{"fsp": 25}', "a.json: no setting is called 'fsp'; known are prompt"),
        ('{"fps": "fast"}', "a.json: --fps 'fast' is not possible; give 1 to 60"),
        ('{"seed": 1.5}', "--seed 1.5 is not possible"),
        ('{"prompt": null}', "--prompt None is not possible; give text"),
        ('{"diffusion": 3}', "a.json: diffusion must be an object, got 3"),
        ('{"diffusion": {"stesp": 3}}', "a.json: no setting is called 'stesp'; known are preset"),
        ('{"diffusion": {"free_init": 9}}', "a.json: --free-init 9 is not possible; give 1 to 5"),
        ('{"settings": {"steps": 9}}', "a.json: no setting is called 'steps'"),
        ('{"song": 3, "settings": {}}', "song must be a path"),
        ('{"song": "a\\u0000b", "settings": {}}', "song must be a path"),
        ('{"prompt": "a\\u0000b"}', "--prompt .* is not possible; it holds a NUL"),
        ('{"prompt": "\\ud800"}', "--prompt .* is not possible; it holds a NUL or half of a"),
        ('{"seed": 1' + "0" * 400 + "}", "cannot read settings .* more than 19 digits"),
        ('{"seed": ' + "[" * 5000 + "]" * 5000 + "}", "cannot read settings .* nested too deep"),
        ('{"seed": ' + "[" * 50 + "]" * 50 + "}", r"--seed \[+\.\.\.\]+ is not possible"),
        ("\ufeff{}x", "cannot read settings"),
    ],
)
def test_settings_that_make_no_sense_are_explained(tmp_path, content, complaint):
    path = tmp_path / "a.json"
    path.write_text(content)
    with pytest.raises(VideoError, match=complaint):
        read_record(path)


def test_a_plain_object_of_settings_is_a_record_too(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps({"fps": 30, "duration": None, "bpm": 120}))
    assert read_record(tmp_path / "a.json").config == Config(fps=30, bpm=120)


def test_the_time_of_a_stage_adds_up():
    record = RunRecord(None, Path("a.mp4"), Config())
    with record.timed("listen"):
        pass
    record.content["seconds"]["listen"] = 2.0
    with record.timed("listen"):
        pass
    assert record.content["seconds"]["listen"] == pytest.approx(2.0, abs=0.1)


def test_a_record_names_the_version_whether_or_not_it_is_installed(monkeypatch):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert versions()[project["name"]] == project["version"]
    monkeypatch.setattr("pipelines.record.version", lambda name: f"{name} as installed")
    assert versions()["music2dance"] == "music2dance as installed"
