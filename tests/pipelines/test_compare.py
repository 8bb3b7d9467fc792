"""A comparison shows what its names say, moment by moment; a sheet shows a whole dance."""

import shutil
from dataclasses import replace

import cv2
import numpy as np
import pytest
import soundfile

import cli
from music2pose.hearing.audio import load_audio
from music2pose.pose_files import save_poses
from pipelines.compare import load_named
from pipelines.side_by_side import label_height
from pipelines.video import Sound, read_frames, video_info, write_video
from pose2video.draw import draw_skeleton
from pose2video.performer.performer import Performer
from pose2video.renderer import RenderOptions
from tests.pose2video.made_performer import dancing, doll, made_performer
from tests.stand_in import clicks

SIZE = 64
STRIP = label_height(SIZE)
SMALL = ["--size", "64x64", "--fps", "10"]


@pytest.fixture(scope="module")
def performer(tmp_path_factory) -> Performer:
    return made_performer(tmp_path_factory.mktemp("performers") / "doll", 30, size=SIZE)


@pytest.fixture
def filmed(tmp_path):
    """A video of the doll with sound, and its poses beside it."""
    poses = dancing(20, 10.0, seed=1)
    soundfile.write(tmp_path / "song.wav", clicks(2.0), 24_000)
    frames = (doll(keypoints, 128) for keypoints in poses.keypoints)
    sound = Sound(tmp_path / "song.wav", 0.0, 2.0)
    video = write_video(tmp_path / "source.mp4", frames, 10.0, sound)
    return video, save_poses(poses, tmp_path / "source.npz")


def run(*arguments: object) -> int:
    return cli.main([*map(str, arguments), *SMALL])


def cells(frame: np.ndarray) -> list[np.ndarray]:
    return [frame[STRIP:, x : x + SIZE] for x in range(0, frame.shape[1], SIZE)]


def test_source_skeleton_and_renderer_are_shown_at_the_same_moment(
    tmp_path, performer, filmed, capfd
):
    video, poses = filmed
    output = tmp_path / "out.mp4"
    named = f"nearest={performer.folder}"
    assert run("compare", video, "--poses", poses, "--renderers", named, "-o", output) == 0
    assert "20 frames: source, skeleton, nearest (doll)" in capfd.readouterr().out
    shown = list(read_frames(output))
    assert len(shown) == 20 and video_info(output).has_sound
    assert shown[0].shape == (SIZE + STRIP, 3 * SIZE, 3)
    own = dancing(20, 10.0, seed=1)
    for index in (0, 9, 19):
        source, skeleton, nearest = (cell.astype(int) for cell in cells(shown[index]))
        filmed_doll = cv2.resize(doll(own.keypoints[index], 128), (SIZE, SIZE),
                                 interpolation=cv2.INTER_AREA)  # fmt: skip
        drawn = draw_skeleton(own.keypoints[index], own.confidence[index], SIZE, SIZE)
        assert np.abs(source - filmed_doll).mean() < 8
        assert np.abs(skeleton - drawn).mean() < 8
        stored = performer.frames(range(30)).astype(int)
        assert np.abs(stored - nearest).mean(axis=(1, 2, 3)).min() < 8


def test_a_piece_shows_and_sounds_what_the_source_has_there(tmp_path, performer, filmed):
    video, poses = filmed
    output = tmp_path / "out.mp4"
    piece = ("--start", "0.3", "--duration", "1", "--renderers", f"nearest={performer.folder}")
    assert run("compare", video, "--poses", poses, *piece, "-o", output) == 0
    own, shown = dancing(20, 10.0, seed=1), list(read_frames(output))
    assert len(shown) == 10
    for index in (0, 9):
        source = cells(shown[index])[0].astype(int)
        there = doll(own.keypoints[index + 3], 128)
        there = cv2.resize(there, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
        assert np.abs(source - there).mean() < 8
    heard = load_audio(output)
    loud = np.flatnonzero(np.abs(heard.samples) > 0.1) / heard.sample_rate
    assert loud[0] == pytest.approx(0.2, abs=0.01)  # clicks stand at every half second
    assert heard.seconds == pytest.approx(1.0, abs=0.01)


def test_poses_alone_are_compared_without_a_source(tmp_path, performer, filmed):
    output = tmp_path / "out.mp4"
    piece = ["--start", "0.5", "--duration", "1"]
    options = ["--renderers", "nearest", "--performer", performer.folder, *piece]
    assert run("compare", filmed[1], "-o", output, *options) == 0
    shown = list(read_frames(output))
    assert len(shown) == 10 and shown[0].shape[1] == 2 * SIZE
    own = dancing(20, 10.0, seed=1)
    drawn = draw_skeleton(own.keypoints[5], own.confidence[5], SIZE, SIZE)
    assert np.abs(cells(shown[0])[0].astype(int) - drawn).mean() < 8  # begins at half a second


def test_a_comparison_may_be_a_picture(tmp_path, performer, filmed):
    output = tmp_path / "out.png"
    named = f"nearest={performer.folder}"
    assert run("compare", filmed[1], "--renderers", named, "-o", output) == 0
    picture = cv2.imread(str(output))
    assert picture is not None and picture.shape == (6 * (SIZE + STRIP), 2 * SIZE, 3)


def test_by_default_all_that_run_here_are_shown(performer):
    options = RenderOptions(SIZE, SIZE, performer=str(performer.folder))
    assert [*load_named([], options)] == ["nearest"]


@pytest.mark.parametrize(("arguments", "complaint"), [
    (["--renderers", "oil"], "unknown renderer 'oil'"),
    (["--renderers", "nearest=gone"], "no performer in gone"),
    (["--start", "9"], "past the end of the poses, at 2.0 s"),
])  # fmt: skip
def test_what_cannot_be_compared_is_explained(tmp_path, filmed, capfd, arguments, complaint):
    assert run("compare", filmed[1], "-o", tmp_path / "out.mp4", *arguments) == 2
    assert complaint in capfd.readouterr().err
    assert not (tmp_path / "out.mp4").exists()


def test_the_skeleton_lies_where_the_dancer_is_in_the_source(tmp_path, performer):
    """The picture of a wide video becomes smaller, and so does its skeleton."""
    poses = dancing(5, 10.0, seed=1)
    poses = replace(poses, keypoints=poses.keypoints + np.array([1, 0], np.float32), aspect=2.0)
    frames = []
    for keypoints in poses.keypoints:
        wide = np.zeros((128, 256, 3), np.uint8)
        for x, y in keypoints[[4, 7, 10, 13]] * 128:
            cv2.circle(wide, (round(x), round(y)), 6, (255, 255, 255), -1)
        frames.append(wide)
    video = write_video(tmp_path / "wide.mp4", frames, 10.0)
    save_poses(poses, tmp_path / "wide.npz")
    output = tmp_path / "out.mp4"
    named = f"nearest={performer.folder}"
    command = ["compare", video, "--poses", tmp_path / "wide.npz", "--renderers", named]
    assert run(*command, "-o", output) == 0
    for frame in read_frames(output):
        source, skeleton = (cell.max(axis=-1) for cell in cells(frame)[:2])
        lit = source > 150
        assert lit.any() and skeleton[lit].mean() > 50


def test_two_models_in_folders_of_the_same_name_are_both_shown(tmp_path, performer, filmed, capfd):
    named = []
    for name in ("ada", "bob"):
        shutil.copytree(performer.folder, tmp_path / name / "best")
        named.append(f"nearest={tmp_path / name / 'best'}")
    assert run("compare", filmed[1], "--renderers", *named, "-o", tmp_path / "out.png") == 0
    assert "skeleton, nearest (ada/best), nearest (bob/best)" in capfd.readouterr().out


@pytest.mark.parametrize(("count", "fps"), [(10, 10.0), (40, 10.0), (20, 20.0)])
def test_poses_of_another_video_are_refused(tmp_path, filmed, capfd, count, fps):
    save_poses(dancing(count, fps), tmp_path / "other.npz")
    command = ["compare", filmed[0], "--poses", tmp_path / "other.npz", "-o", tmp_path / "out.mp4"]
    assert run(*command, "--renderers", "skeleton") == 2
    assert f"holds {count} poses, but the video has" in capfd.readouterr().err
    assert not (tmp_path / "out.mp4").exists()


def test_poses_beside_poses_are_refused(tmp_path, filmed, capfd):
    command = ["compare", filmed[1], "--poses", filmed[1], "-o", tmp_path / "out.mp4"]
    assert run(*command, "--renderers", "skeleton") == 2
    assert "leave --poses out" in capfd.readouterr().err


def test_rendered_poses_may_be_seen_at_a_glance(tmp_path, filmed, capfd):
    sheet = tmp_path / "sheet.png"
    assert run("render", filmed[1], "--renderer", "skeleton", "-o", sheet) == 0
    assert "20 frames" in capfd.readouterr().out
    picture = cv2.imread(str(sheet))
    assert picture is not None
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "sheet.png", "song.wav", "source.mp4", "source.npz",
    ]  # fmt: skip
    # 20 moments in rows of 6, each with somebody in it
    side = picture.shape[1] // 6
    assert picture.shape[0] == 4 * side
    for place in range(20):
        y, x = place // 6 * side, place % 6 * side
        upper = picture[y + side // 8 : y + side * 3 // 4, x + side // 4 : x + side * 3 // 4]
        assert upper.max() > 100


def test_a_sheet_replaces_nothing_unasked(tmp_path, filmed, capfd):
    (tmp_path / "sheet.png").touch()
    assert run("render", filmed[1], "--renderer", "skeleton", "-o", tmp_path / "sheet.png") == 2
    assert "exists; give --overwrite" in capfd.readouterr().err
