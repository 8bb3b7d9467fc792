"""A performer that is drawn: complete, split, and going on where it was stopped."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import cli
from music2pose.motion.camera import project
from music2pose.moves.perform import perform_move
from pipelines import VideoError, mannequin
from pipelines.mannequin import make_mannequin_performer
from pipelines.mannequin_plan import MannequinPlan
from pose2video import RenderError
from pose2video.performer.performer import load_performer
from pose2video.stage.cameras import USUAL
from pose2video.stage.renderer import Stage

FEW = ("two_step", "lasso", "star_jump", "windmill")
SMALL = MannequinPlan(num_frames=8, size=64)


@pytest.fixture(autouse=True)
def few_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dance few moves, in takes of three frames."""
    monkeypatch.setattr(
        mannequin, "authored_moves", lambda rng, count: [perform_move(name) for name in FEW]
    )
    monkeypatch.setattr(mannequin, "TAKE_FRAMES", 3)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count the frames that are drawn, and break off after the first four."""
    frame, count = Stage.frame, []

    def counted(self, production, number):
        if len(count) == 4 and -1 not in count:
            raise KeyboardInterrupt
        count.append(len(count))
        return frame(self, production, number)

    monkeypatch.setattr(Stage, "frame", counted)
    return count


def test_a_performer_has_a_picture_for_each_pose_and_moves_held_out(tmp_path):
    made = make_mannequin_performer(tmp_path / "made", SMALL)
    assert len(made) == len(made.poses) == 8
    assert made.size == 64
    assert made.validation_from == 7
    assert made.starts == (0, 3, 6, 7)
    assert "red hoodie" in made.source
    pictures = made.frames(range(8))
    assert abs(np.diff(pictures.astype(int), axis=0)).max() > 30
    empty = np.median(pictures, axis=0)
    for picture, keypoints in zip(pictures, made.poses.keypoints, strict=True):
        hips = (keypoints[[8, 11]].mean(0) * 64).astype(int)
        assert abs(picture[hips[1], hips[0]] - empty[2, 2]).max() > 30
        assert np.array_equal(picture[:4], pictures[0, :4]), "the camera rests"


def test_training_and_validation_dance_to_different_takes():
    plan = MannequinPlan(40, 64)
    motions = mannequin._motions(plan)
    training, validation = (mannequin._library(motions, side) for side in ("train", "validation"))
    gaps = [
        np.linalg.norm(training.directions[:, None] - pose, axis=-1).mean(-1).min()
        for pose in validation.directions[::25, None]
    ]
    assert np.median(gaps) > 0.05


def test_the_same_seed_gives_the_same_dance_and_another_one_another():
    def keypoints(seed: int) -> np.ndarray:
        plan = MannequinPlan(8, 64, seed=seed)
        takes = mannequin._takes(plan, "train", mannequin._motions(plan))
        return np.concatenate([project(take, USUAL).keypoints for take in takes])

    assert np.array_equal(keypoints(1), keypoints(1))
    assert abs(keypoints(1) - keypoints(2)).mean() > 0.005


def test_a_drawing_that_was_stopped_goes_on_where_it_was(tmp_path, drawn):
    with pytest.raises(KeyboardInterrupt):
        make_mannequin_performer(tmp_path / "made", SMALL)
    assert not (tmp_path / "made").exists()
    drawn.append(-1)
    made = make_mannequin_performer(tmp_path / "made", SMALL)
    assert len(drawn) - 1 == 8
    assert [path.name for path in tmp_path.iterdir()] == ["made"]
    whole = make_mannequin_performer(tmp_path / "whole", SMALL)
    assert np.array_equal(made.frames(range(8)), whole.frames(range(8)))


def test_what_is_there_is_not_drawn_again_and_never_replaced_unasked(tmp_path, drawn):
    drawn.append(-1)
    two = replace(SMALL, num_frames=2)
    make_mannequin_performer(tmp_path / "made", two)
    count = len(drawn)
    make_mannequin_performer(tmp_path / "made", two)
    assert len(drawn) == count
    with pytest.raises(RenderError, match="overwrite"):
        make_mannequin_performer(tmp_path / "made", replace(two, prompt="a robot"))
    assert len(drawn) == count
    made = make_mannequin_performer(
        tmp_path / "made", replace(two, prompt="a robot"), overwrite=True
    )
    assert "a robot" in made.source


def test_a_place_or_a_motion_folder_that_cannot_serve_is_refused_at_once(tmp_path, monkeypatch):
    def never(plan: MannequinPlan) -> list:
        pytest.fail("motion was read")

    with pytest.raises(VideoError, match="holds no motion"):
        make_mannequin_performer(tmp_path / "made", replace(SMALL, motion=str(tmp_path)))
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "mum.jpg").touch()
    monkeypatch.setattr(mannequin, "_motions", never)
    for folder in (tmp_path / "photos", Path("/proc/made")):
        with pytest.raises(RenderError, match=r"(give|choose) another folder"):
            make_mannequin_performer(folder, SMALL)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"num_frames": 1}, "of 2 or more frames"),
        ({"size": 50}, "64 to 1024"),
    ],
)
def test_bad_settings_are_said(settings, says):
    with pytest.raises(VideoError, match=says):
        MannequinPlan(**settings)


def test_takes_that_are_left_out_are_not_danced():
    def names(*left_out: str) -> set[str]:
        plan = MannequinPlan(8, 64, left_out=left_out)
        return {motion.name for motion in mannequin._motions(plan)}

    assert any("lasso" in name for name in names())
    assert not any("lasso" in name for name in names("lasso", "star"))
    assert len(names("lasso", "star")) == len(FEW) - 2


def test_the_command_passes_on_what_it_is_told(tmp_path, capsys):
    output = tmp_path / "made"
    told = ["--seed", "4", "--leave-out", "lasso", "--prompt", "a robot on the beach"]
    assert cli.main(["mannequin", "-o", str(output), "--frames", "2", "--size", "64", *told]) == 0
    source = load_performer(output).source
    assert source.startswith("2 pictures of 64x64")
    assert "a robot on the beach" in source and "but lasso" in source and source.endswith("seed 4")


def test_the_command_draws_one_and_explains_what_it_cannot(tmp_path, capsys):
    output = str(tmp_path / "made")
    assert cli.main(["mannequin", "-o", output, "--frames", "2", "--size", "64"]) == 0
    assert "2 frames, 1 held out" in capsys.readouterr().out
    assert cli.main(["mannequin", "-o", output, "--prompt", "(a robot"]) == 2
    assert "has no partner" in capsys.readouterr().err
