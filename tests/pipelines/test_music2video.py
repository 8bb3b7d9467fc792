"""The main path: as long as the song, in time with it, and the same again from its record."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from music2pose.hearing.audio import load_audio
from music2pose.pose_files import load_poses, save_poses
from pipelines import VideoError
from pipelines.config import Music2VideoConfig as Config
from pipelines.media import read_frames, video_info
from pipelines.music2video import first_beat_after_start, music2pose, music2video, render
from pipelines.output import check_output
from pipelines.record import RunRecord, read_record
from pose2video.draw import draw_skeleton
from tests.stand_in import SONG_SECONDS, clicks, swaying

SMALL = {"width": 96, "height": 64, "renderer": "skeleton"}


@pytest.mark.usefixtures("dancer")
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
    shown = list(read_frames(tmp_path / "a.mp4"))
    assert len(shown) / config.fps == pytest.approx(seconds, abs=1 / config.fps)
    assert record.content["frames"] == len(shown)
    assert load_audio(tmp_path / "a.mp4").seconds == pytest.approx(seconds, abs=0.001)
    assert shown[0].shape == (64, 96, 3)


@pytest.mark.usefixtures("dancer")
def test_frames_show_the_poses_of_their_times(tmp_path, song):
    music2video(
        song, tmp_path / "a.mp4", Config(width=128, height=128, fps=20, renderer="skeleton")
    )
    dance = swaying(30, 20)
    for index, frame in enumerate(read_frames(tmp_path / "a.mp4")):
        drawn = draw_skeleton(dance.keypoints[index], dance.confidence[index], 128, 128)
        assert np.abs(frame.astype(float) - drawn).mean() < 3


@pytest.mark.usefixtures("dancer")
def test_the_record_tells_all_and_gives_the_same_dance_again(tmp_path, song):
    config = Config(**SMALL, seed=5, prompt="a robot", fps=30)
    music2video(song, tmp_path / "a.mp4", config)
    record = read_record(tmp_path / "a.json")
    assert record["settings"]["seed"] == 5
    assert record["settings"]["prompt"] == "a robot"
    assert (record["settings"]["renderer"], record["settings"]["device"]) != ("auto", "auto")
    assert record["song"] == str(song)
    assert set(record["seconds"]) == {"listen", "dance", "paint"}
    assert {"bpm", "confidence"} == set(record["tempo"])
    assert {"python", "torch", "ffmpeg", "music2dance"} <= set(record["versions"])
    assert "sha256" in record["weights"]

    music2video(song, tmp_path / "b.mp4", Config(**record["settings"]))
    again = zip(read_frames(tmp_path / "a.mp4"), read_frames(tmp_path / "b.mp4"), strict=True)
    assert all(np.array_equal(a, b) for a, b in again)
    assert read_record(tmp_path / "b.json")["settings"] == record["settings"]


@pytest.mark.usefixtures("dancer")
def test_two_steps_make_the_same_video_as_one(tmp_path, song):
    config = Config(**SMALL, start=0.25, duration=1.0, seed=2)
    music2video(song, tmp_path / "one.mp4", config)
    music2pose(song, tmp_path / "poses.npz", config)
    render(tmp_path / "poses.npz", song, tmp_path / "two.mp4", config)
    frames = zip(read_frames(tmp_path / "one.mp4"), read_frames(tmp_path / "two.mp4"), strict=True)
    assert all(np.abs(a.astype(int) - b).max() <= 2 for a, b in frames)
    sounds = [load_audio(tmp_path / f"{name}.mp4").samples for name in ("one", "two")]
    assert np.array_equal(*sounds)


@pytest.mark.usefixtures("dancer")
def test_given_poses_are_shown_instead_and_held_to_the_end_of_the_song(tmp_path, song):
    poses = save_poses(swaying(10, 20), tmp_path / "poses.json")
    music2video(song, tmp_path / "a.mp4", Config(**SMALL, fps=20, poses=str(poses)))
    shown = list(read_frames(tmp_path / "a.mp4"))
    assert len(shown) == 30
    assert np.abs(shown[-1].astype(int) - shown[-5]).mean() < 1
    assert np.abs(shown[0].astype(int) - shown[5]).mean() > 1


def test_poses_can_be_shown_without_a_song(tmp_path):
    poses = save_poses(swaying(30, 15), tmp_path / "poses.npz")
    render(poses, None, tmp_path / "a.mp4", Config(**SMALL, fps=30))
    assert len(list(read_frames(tmp_path / "a.mp4"))) == 60
    assert not video_info(tmp_path / "a.mp4").has_sound


@pytest.mark.usefixtures("dancer")
def test_a_dry_run_checks_and_writes_nothing(tmp_path, song):
    record = music2video(song, tmp_path / "new" / "a.mp4", Config(), dry_run=True)
    assert record.content["frames"] == round(SONG_SECONDS * 25)
    assert [file.name for file in tmp_path.iterdir()] == [song.name]


@pytest.mark.usefixtures("dancer")
def test_folders_on_the_way_are_made(tmp_path, song):
    music2pose(song, tmp_path / "new" / "deep" / "a.json", Config())
    assert len(load_poses(tmp_path / "new" / "deep" / "a.json")) == round(SONG_SECONDS * 25)


@pytest.mark.usefixtures("dancer")
def test_memory_of_painting_does_not_grow_with_the_song(tmp_path):
    import tracemalloc

    def peak(seconds: float) -> int:
        soundfile.write(tmp_path / "song.wav", clicks(seconds), 24_000)
        poses = save_poses(swaying(round(25 * seconds), 25), tmp_path / "poses.npz")
        tracemalloc.start()
        config = Config(width=256, height=256, renderer="skeleton")
        render(poses, None, tmp_path / "a.mp4", config, overwrite=True)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(1)
    assert peak(12) - peak(2) < 10 * 256 * 256 * 3  # 250 more frames


@pytest.mark.parametrize(
    ("first_beat", "start", "bpm", "expected"),
    [(None, 5, None, None), (6, 5, None, 1), (0, 0, None, 0), (1, 2.5, 120, 0.5), (1, 31, 60, 2)],
)
def test_a_beat_is_counted_from_where_the_video_begins(first_beat, start, bpm, expected):
    config = Config(first_beat=first_beat, start=start, bpm=bpm)
    assert first_beat_after_start(config) == expected


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


@pytest.mark.usefixtures("dancer")
def test_a_record_never_overwrites_poses_that_stand_in_its_place(tmp_path, song):
    poses = save_poses(swaying(10, 20), tmp_path / "a.json")
    before = poses.read_bytes()
    with pytest.raises(VideoError, match="where the run record goes, holds something else"):
        music2video(song, tmp_path / "a.mp4", Config(**SMALL), overwrite=True)
    assert poses.read_bytes() == before


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{", "cannot read settings"),
        ("[1]", "holds no settings"),
        ('{"settings": 3}', "settings must be an object"),
        ('{"fsp": 25}', "no setting is called 'fsp'; known are .*prompt"),
        ('{"fps": "fast"}', "fps must be float, got 'fast'"),
        ('{"seed": 1.5}', "seed must be int"),
        ('{"prompt": null}', "prompt must be str"),
        ('{"song": 3, "settings": {}}', "song must be a path"),
    ],
)
def test_settings_that_make_no_sense_are_explained(tmp_path, content, complaint):
    path = tmp_path / "a.json"
    path.write_text(content)
    with pytest.raises(VideoError, match=complaint):
        read_record(path)


def test_a_plain_object_of_settings_is_a_record_too(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps({"fps": 30, "duration": None, "bpm": 120}))
    assert Config(**read_record(tmp_path / "a.json")["settings"]) == Config(fps=30, bpm=120)


def test_the_time_of_a_stage_adds_up():
    record = RunRecord(None, Path("a.mp4"), Config())
    with record.timed("listen"):
        pass
    record.content["seconds"]["listen"] = 2.0
    with record.timed("listen"):
        pass
    assert record.content["seconds"]["listen"] == pytest.approx(2.0, abs=0.1)
