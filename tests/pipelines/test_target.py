"""Any video of a person becomes a performer whose pictures show its poses, or a clear line."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest

import cli
from music2pose.keypoints.openpose import openpose_document
from music2pose.pose import PoseSequence
from music2pose.pose_files import save_poses
from pipelines import VideoError
from pipelines.target import TargetConfig, make_performer
from pipelines.video import video_info, write_video
from pose2video import RenderError
from pose2video.performer.performer import Performer, load_performer
from pose2video.performer.target import CropConfig
from tests.stand_in import swaying

SMALL = TargetConfig(crop=CropConfig(size=96))
SHOWN = [4, 7, 10, 13]
"""Wrists and ankles, which have nothing near them."""


def pictures(poses: PoseSequence, height: int) -> list[np.ndarray]:
    """Soft white blobs at wrists and ankles, on a grey ground that lets video codecs breathe."""
    width = round(height * poses.aspect)
    row, column = np.mgrid[:height, :width] + 0.5
    shown = []
    for points in poses.keypoints[:, SHOWN] * height:
        x, y = points.T[..., None, None]
        blobs = np.exp(-((column - x) ** 2 + (row - y) ** 2) / (2 * (0.015 * height) ** 2))
        shown.append(np.repeat((40 + 200 * blobs.max(axis=0))[..., None], 3, axis=-1))
    return [frame.astype(np.uint8) for frame in shown]


def film(path: Path, poses: PoseSequence, height: int = 160) -> Path:
    return write_video(path, pictures(poses, height), poses.fps)


def ffmpeg(*arguments: object) -> None:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *map(str, arguments)]
    subprocess.run(command, check=True)


def misplaced(performer: Performer) -> float:
    """The largest distance, in pixels, from a joint to the blob that was filmed there."""
    size, worst = performer.size, 0.0
    row, column = np.mgrid[:size, :size] + 0.5
    for index in range(len(performer)):
        light = performer.frame(index)[..., 0].astype(float) - 50
        for x, y in performer.poses.keypoints[index, SHOWN] * size:
            near = np.where(np.hypot(column - x, row - y) < 6, light.clip(0), 0)
            assert near.max() > 80, f"no blob where frame {index} should show one"
            centre = np.array([(near * column).sum(), (near * row).sum()]) / near.sum()
            worst = max(worst, float(np.hypot(*(centre - [x, y]))))
    return worst


def dance(num_frames: int = 12, aspect: float = 1.0, fps: float = 12.0) -> PoseSequence:
    return swaying(num_frames, fps, aspect=aspect)


@pytest.mark.parametrize(("aspect", "height"), [(16 / 9, 144), (9 / 16, 256), (1.0, 200)])
def test_any_format_becomes_a_square_that_shows_the_poses(tmp_path, aspect, height):
    poses = dance(aspect=aspect)
    video = film(tmp_path / "a.mp4", poses, height)
    save_poses(poses, tmp_path / "a.npz")
    performer = make_performer(video, tmp_path / "ada", tmp_path / "a.npz", SMALL)
    assert len(performer) == 12 and performer.size == 96
    assert misplaced(performer) < 0.5
    assert (performer.name, performer.source, performer.poses.fps) == ("a", "a.mp4", 12)


def test_a_video_turned_by_its_metadata_stands_upright(tmp_path):
    """A phone held upright films lying down, and notes so; the poses are of the upright picture."""
    poses = dance(aspect=0.75)
    lying = [np.ascontiguousarray(np.rot90(frame)) for frame in pictures(poses, 160)]
    flat = write_video(tmp_path / "flat.mp4", lying, 12)
    turned = tmp_path / "turned.mp4"
    ffmpeg("-display_rotation", "-90", "-i", flat, "-c", "copy", turned)
    save_poses(poses, tmp_path / "a.npz")
    assert misplaced(make_performer(turned, tmp_path / "ada", tmp_path / "a.npz", SMALL)) < 0.5


def test_odd_sides_and_pixels_that_are_not_square(tmp_path):
    poses = dance(aspect=161 / 121)
    whole = tmp_path / "whole.mkv"
    raw = b"".join(frame.tobytes() for frame in pictures(poses, 121))
    (tmp_path / "raw").write_bytes(raw)
    source = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "161x121", "-r", 12, "-i")
    ffmpeg(*source, tmp_path / "raw", "-c:v", "ffv1", whole)
    narrow = tmp_path / "narrow.mkv"
    ffmpeg("-i", whole, "-vf", "scale=80:121,setsar=161/80", "-c:v", "ffv1", narrow)
    save_poses(poses, tmp_path / "a.npz")
    for video in (whole, narrow):
        performer = make_performer(video, tmp_path / video.stem, tmp_path / "a.npz", SMALL)
        assert misplaced(performer) < 0.6


def test_frames_at_uneven_times_go_with_the_poses_of_their_time(tmp_path):
    """Of a video that stands still for its last half, every other frame of that half is missing."""
    poses = dance(24)
    poses.keypoints[12:] = poses.keypoints[11]
    even = film(tmp_path / "even.mp4", poses)
    video = tmp_path / "uneven.mkv"
    drop = "select='lt(n,12)+mod(n,2)'"
    ffmpeg("-i", even, "-vf", drop, "-fps_mode", "passthrough", "-c:v", "ffv1", video)
    save_poses(poses, tmp_path / "a.npz")
    assert misplaced(make_performer(video, tmp_path / "ada", tmp_path / "a.npz", SMALL)) < 0.5


def test_another_rate_is_taken_from_picture_and_pose_alike(tmp_path):
    poses = dance(24)
    poses.keypoints[:] = poses.keypoints[np.arange(24) // 2 * 2]  # a new picture every second frame
    save_poses(poses, tmp_path / "a.npz")
    video = film(tmp_path / "a.mp4", poses)
    config = replace(SMALL, fps=6.0)
    performer = make_performer(video, tmp_path / "ada", tmp_path / "a.npz", config)
    assert len(performer) == 12 and misplaced(performer) < 0.5


def test_frames_without_a_pose_are_left_out_and_leave_a_gap(tmp_path):
    poses = dance()
    poses.confidence[[0, 5, 6]] = 0
    save_poses(poses, tmp_path / "a.npz")
    performer = make_performer(
        film(tmp_path / "a.mp4", poses), tmp_path / "ada", tmp_path / "a.npz", SMALL
    )
    assert len(performer) == 9 and performer.starts == (0, 4)
    assert misplaced(performer) < 0.5


def test_openpose_files_without_canvas_and_rate_are_those_of_the_video(tmp_path):
    poses = dance(aspect=1.5)
    document = openpose_document(replace(poses, keypoints=poses.keypoints * 160 / 512))
    (tmp_path / "a.json").write_text(json.dumps(document["frames"]))
    video = film(tmp_path / "a.mp4", poses)
    assert misplaced(make_performer(video, tmp_path / "ada", tmp_path / "a.json", SMALL)) < 0.5


def test_pictures_go_with_the_poses_whose_files_have_their_numbers(tmp_path):
    """OpenPose counts frames from 0; files 0, 1, 6 and 7 of twelve are not there."""
    poses = dance()
    folder = save_poses(poses, tmp_path / "frames")
    for number in (0, 1, 6, 7):
        (folder / f"poses_{number:012d}_keypoints.json").unlink()
    video = film(tmp_path / "a.mp4", poses)
    performer = make_performer(video, tmp_path / "ada", folder, SMALL)
    assert len(performer) == 8 and performer.starts == (0, 4)
    assert misplaced(performer) < 0.5


def test_of_several_people_the_largest_is_taken(tmp_path):
    poses = dance()
    child = replace(poses, keypoints=poses.keypoints * 0.4)
    document = openpose_document(poses)
    for frame, other in zip(document["frames"], openpose_document(child)["frames"], strict=True):
        frame["people"] = other["people"] + frame["people"]
    (tmp_path / "a.json").write_text(json.dumps(document))
    video = film(tmp_path / "a.mp4", poses)
    assert misplaced(make_performer(video, tmp_path / "ada", tmp_path / "a.json", SMALL)) < 0.5


def test_one_frame_is_a_performer_too(tmp_path):
    save_poses(dance(1), tmp_path / "a.npz")
    video = film(tmp_path / "a.mp4", dance(1))
    performer = make_performer(video, tmp_path / "ada", tmp_path / "a.npz", SMALL)
    assert len(performer) == 1 and len(performer.validation) == 0


def test_poses_that_are_not_given_are_looked_for(tmp_path):
    poses = dance()
    seen = iter(poses.keypoints)

    def detector(frame: np.ndarray) -> list[np.ndarray]:
        return [np.column_stack([next(seen) * len(frame), np.full(18, 0.9)])]

    video = film(tmp_path / "a.mp4", poses)
    performer = make_performer(video, tmp_path / "ada", config=SMALL, detector=detector)
    assert misplaced(performer) < 0.5


@pytest.mark.parametrize(("poses", "complaint"), [
    (dance(8), "holds 8 poses, but the video has 12 frames"),
    (dance(20), "holds 20 poses, but the video has 12 frames"),
    (dance(12, aspect=1.5), r"canvas of 1.500:1, not the video's 160x160 \(1.000:1\)"),
    (replace(dance(), keypoints=dance().keypoints * 2.5), "of the joints lie outside"),
    (replace(dance(), confidence=np.eye(18, dtype=np.float32)[:12]), "nobody can be cut out"),
])  # fmt: skip
def test_poses_of_another_video_are_refused(tmp_path, poses, complaint):
    video = film(tmp_path / "a.mp4", dance())
    save_poses(poses, tmp_path / "b.npz")
    with pytest.raises((VideoError, RenderError), match=complaint):
        make_performer(video, tmp_path / "ada", tmp_path / "b.npz", SMALL)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4", "b.npz"]


def test_a_video_that_does_not_say_how_long_it_is(tmp_path):
    """As browsers and recorders that were killed leave them."""
    video = film(tmp_path / "a.mp4", dance())
    streamed = tmp_path / "a.mkv"
    ffmpeg("-i", video, "-c", "copy", "-f", "matroska", "-live", 1, streamed)
    save_poses(dance(), tmp_path / "a.npz")
    assert video_info(streamed).seconds == 0
    assert len(make_performer(streamed, tmp_path / "ada", tmp_path / "a.npz", SMALL)) == 12
    save_poses(dance(30), tmp_path / "a.npz")
    with pytest.raises(VideoError, match="holds 30 poses, but the video has"):
        make_performer(streamed, tmp_path / "bob", tmp_path / "a.npz", SMALL)


def test_the_place_is_looked_at_before_the_video(tmp_path):
    def detector(frame: np.ndarray) -> list[np.ndarray]:
        pytest.fail("somebody was looked for")

    video = film(tmp_path / "a.mp4", dance())
    with pytest.raises(RenderError, match="cannot write /proc/ada"):
        make_performer(video, Path("/proc/ada"), config=SMALL, detector=detector)


def test_the_command_line_makes_one_and_explains_what_it_cannot(tmp_path, capfd):
    poses = dance()
    video = film(tmp_path / "a.mp4", poses)
    save_poses(poses, tmp_path / "a.npz")
    command = ["performer", str(video), "-o", str(tmp_path / "ada")]
    given = ["--poses", str(tmp_path / "a.npz"), "--size", "64"]
    assert cli.main([*command, *given, "--name", "Ada", "--licence", "CC0"]) == 0
    assert "12 pictures of 64x64" in capfd.readouterr().out
    performer = load_performer(tmp_path / "ada")
    assert (performer.name, performer.licence) == ("Ada", "CC0")
    small = ["performer", str(tmp_path / "ada"), "-o", str(tmp_path / "small"), "--keep"]
    assert cli.main([*small, "5", "--size", "32"]) == 0
    assert "5 pictures of 32x32" in capfd.readouterr().out
    for wrong, complaint in [
        ([*small, "50", "--overwrite"], "give 1 to 11"),
        ([*command, *given], "exists; give --overwrite"),
        ([*command, *given, "--overwrite", "--size", "64x48"], "square"),
        ([*command, *given, "--overwrite", "--size", "8"], "16 to 2048"),
        ([*command, *given, "--overwrite", "--fps", "0"], "fps"),
        (["performer", str(tmp_path / "gone.mp4"), "-o", str(tmp_path / "b")], "no video at"),
    ]:
        assert cli.main(wrong) == 2
        out, err = capfd.readouterr()
        assert out == "" and err.count("\n") == 1 and complaint in err
