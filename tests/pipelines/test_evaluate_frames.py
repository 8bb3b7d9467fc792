"""The report on a painted video: better for better pictures, and honest about what is missing."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import cli
from music2pose.pose import PoseSequence
from music2pose.pose_files import save_poses
from pipelines import VideoError
from pipelines.evaluate_frames import evaluate_frames
from pipelines.video import write_video
from tests.pose2video.made_performer import dancing, doll

POSES = dancing(20)
SIZE = 96


def film(path: Path, frames: Iterator[np.ndarray] | list[np.ndarray], fps: float = 25.0) -> Path:
    return write_video(path, frames, fps)


def true_frames(poses: PoseSequence = POSES) -> list[np.ndarray]:
    return [doll(keypoints, SIZE) for keypoints in poses.keypoints]


def seeing(poses: PoseSequence):
    """A detector that sees these poses, frame after frame."""
    seen = iter(poses.keypoints)

    def detector(frame: np.ndarray) -> list[np.ndarray]:
        return [np.column_stack([next(seen) * len(frame), np.full(18, 0.9)])]

    return detector


@pytest.fixture
def true(tmp_path: Path) -> Path:
    return film(tmp_path / "true.mp4", true_frames())


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    return save_poses(POSES, tmp_path / "poses.npz")


@pytest.fixture
def no_estimator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.evaluate_frames.NADSNET", "checkpoints/gone")


def test_a_worse_picture_has_worse_figures(tmp_path, true, rng):
    noise = [
        (frame + rng.normal(0, 12, frame.shape)).clip(0, 255).astype(np.uint8)
        for frame in true_frames()
    ]
    good = evaluate_frames(film(tmp_path / "good.mp4", true_frames()), reference=true).likeness
    bad = evaluate_frames(film(tmp_path / "bad.mp4", noise), reference=true).likeness
    assert good is not None and bad is not None and good.frames == 20
    assert good.ssim > 0.99 > 0.9 > bad.ssim and good.psnr > bad.psnr + 10
    assert good.flicker == pytest.approx(1, abs=0.01) and bad.flicker > 2


def test_the_true_video_may_be_larger_and_of_another_rate(tmp_path):
    slow = dancing(10, fps=12.5)
    large = [doll(keypoints, 2 * SIZE) for keypoints in slow.keypoints for _ in range(2)]
    reference = film(tmp_path / "large.mp4", large, 25.0)
    painted = film(tmp_path / "small.mp4", true_frames(slow), 12.5)
    likeness = evaluate_frames(painted, reference=reference).likeness
    assert likeness is not None and likeness.frames == 10 and likeness.ssim > 0.9


def test_the_pose_error_is_the_mean_distance_in_body_heights(true, asked):
    off = replace(POSES, keypoints=POSES.keypoints + np.array([0.02, 0], np.float32))
    found = evaluate_frames(true, asked, detector=seeing(off))
    assert found.placed is not None and found.fitted is not None
    assert 0.02 / 0.8 < found.placed.error < 0.02 / 0.6  # the doll is about 0.7 high
    assert found.fitted.error < 0.002 and found.fitted.correct == 1
    assert found.placed.missed == 0


def test_joints_that_are_not_painted_are_missed(true, asked):
    def detector(frame: np.ndarray) -> list[np.ndarray]:
        (person,) = whole(frame)
        person[[4, 7], 2] = 0
        return [person]

    whole = seeing(POSES)
    found = evaluate_frames(true, asked, detector=detector).placed
    assert found is not None and found.missed == pytest.approx(2 / 18)
    assert found.correct == pytest.approx(16 / 18)


def test_poses_of_a_wide_canvas_are_looked_for_in_the_middle(tmp_path, true):
    wide = replace(POSES, keypoints=POSES.keypoints + np.array([0.4, 0], np.float32), aspect=1.8)
    save_poses(wide, tmp_path / "wide.npz")
    found = evaluate_frames(true, tmp_path / "wide.npz", detector=seeing(POSES)).placed
    assert found is not None and found.error < 0.02


def test_without_a_pose_estimator_the_rest_is_measured(true, asked, no_estimator):
    found = evaluate_frames(true, asked, true)
    assert found.likeness is not None and found.placed is None
    assert any("there is no pose estimator in checkpoints/gone" in note for note in found.notes)


def test_where_nobody_is_seen_it_says_so(true, asked):
    found = evaluate_frames(true, asked, detector=lambda frame: [])
    assert found.placed is None and "nobody was found" in found.notes[0]


def test_videos_that_do_not_belong_together_are_refused(tmp_path, true, asked):
    short = film(tmp_path / "short.mp4", true_frames()[:9])
    wide = film(tmp_path / "wide.mp4", [np.hstack([frame, frame]) for frame in true_frames()])
    for other, complaint in [(short, "shows 9 frames"), (wide, "192x96, but")]:
        with pytest.raises(VideoError, match=complaint):
            evaluate_frames(true, reference=other)
    with pytest.raises(VideoError, match="holds 20 poses, but the video has 9 frames"):
        evaluate_frames(short, asked, detector=seeing(POSES))


def test_poses_of_another_length_are_refused_before_anybody_is_looked_for(tmp_path, true):
    def detector(frame: np.ndarray) -> list[np.ndarray]:
        pytest.fail("somebody was looked for")

    other = save_poses(dancing(50), tmp_path / "other.npz")
    with pytest.raises(VideoError, match="holds 50 poses, but the video has 20 frames"):
        evaluate_frames(true, other, detector=detector)


def test_the_command_line_prints_a_table_or_json(true, asked, no_estimator, capfd):
    command = ["evaluate", "--frames", str(true), "--poses", str(asked), "--reference", str(true)]
    assert cli.main(command) == 0
    out = capfd.readouterr().out
    assert "SSIM" in out and "flicker" in out and "! no pose error" in out
    assert cli.main([*command, "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert found["likeness"]["ssim"] == pytest.approx(1) and found["placed"] is None


@pytest.mark.parametrize("arguments", [["evaluate"], ["evaluate", "--frames", "a.mp4"]])
def test_the_command_line_says_what_is_missing(arguments, capfd):
    assert cli.main(arguments) == 2
    assert "give" in capfd.readouterr().err
