"""The pose estimator's training from the command line: logged, validated, resumed, loadable."""

import json
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import load_file

import cli
import pipelines.pose_estimator_training as training
from checkpoints import CheckpointError
from checkpoints.store import load_model
from music2pose.moves.perform import perform_move
from pipelines import VideoError
from pipelines.detectors import load_detector
from pipelines.pose_estimator_training import train_pose_estimator
from pipelines.training_settings import EstimatorRun
from pose2video.draw import draw_skeleton
from pose2video.learned.generator import PICTURE_PRESETS, PictureGenerator
from pose2video.nadsnet.detector import NadsnetBody
from pose2video.nadsnet.estimator import PoseEstimator
from pose2video.nadsnet.pictures import PosedPictureSampler
from pose2video.nadsnet.train_settings import EstimatorTraining
from pose2video.performer.performer import PerformerRecord, save_performer
from tests.stand_in import swaying

SHORT = EstimatorTraining(num_steps=4, batch_size=4, steps_per_epoch=2, num_figures=8)


@pytest.fixture(scope="module", autouse=True)
def few_figures() -> Iterator[None]:
    """Draw only a handful of figures, so that a run takes a moment."""
    module = "pipelines.pose_estimator_training."
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"{module}VALIDATION_FIGURES", 6)
        patch.setattr(f"{module}written_poses", lambda _: perform_move("lasso").joints)
        yield


@pytest.fixture(scope="module")
def performer(tmp_path_factory) -> Path:
    poses = swaying(20, 25)
    drawn = [
        draw_skeleton(*pose, 64, 64) for pose in zip(poses.keypoints, poses.confidence, strict=True)
    ]
    folder = tmp_path_factory.mktemp("data") / "sway"
    record = PerformerRecord("sway", "drawn", "MIT", validation_from=14)
    save_performer(folder, poses, drawn, record)
    return folder


@pytest.fixture(scope="module")
def finished(performer, tmp_path_factory) -> EstimatorRun:
    output = tmp_path_factory.mktemp("runs") / "run"
    run = EstimatorRun(
        targets=(str(performer),), output=output, preset="tiny", train=SHORT, device="cpu"
    )
    assert train_pose_estimator(run) == output / "best"
    return run


def lines(run: EstimatorRun) -> list[dict]:
    return [json.loads(line) for line in (run.output / "metrics.jsonl").read_text().splitlines()]


def test_a_run_leaves_weights_a_log_and_sheets(finished):
    assert load_model(PoseEstimator, finished.output / "best").config.picture_size == 64
    about = json.loads((finished.output / "best" / "training.json").read_text())
    assert about["targets"] == ["sway"]
    assert "output" not in about
    assert [line["step"] for line in lines(finished)] == [2, 4]
    assert {"pck_sway", "error_sway", "pck_figures"} <= lines(finished)[-1]["validation"].keys()
    sheet = cv2.imread(str(finished.output / "samples" / "000004.png"))
    assert sheet.shape[1] % 64 == 0
    assert list(finished.output.glob("events.*"))


@pytest.fixture
def drawn(monkeypatch) -> list[int]:
    """Keep account of the steps that batches are drawn for."""
    steps, batch = [], PosedPictureSampler.batch

    def counted(sampler: PosedPictureSampler, step: int):
        steps.append(step)
        return batch(sampler, step)

    monkeypatch.setattr(PosedPictureSampler, "batch", counted)
    return steps


class Killed(Exception):
    pass


def judging(*scores: float | None):
    """Judge as ever but give these scores, one after the other; None stands for a crash."""
    left, judge = iter(scores), training.judge

    def judged(model, content):
        score = next(left)
        if score is None:
            raise Killed
        return judge(model, content) | {"pck": score}

    return judged


@pytest.mark.slow
def test_a_resumed_run_goes_on_at_its_step_and_logs_what_the_whole_one_did(
    finished, tmp_path, monkeypatch, drawn
):
    run = replace(finished, output=tmp_path / "run")
    known = [lines(finished)[0]["validation"][f"pck_{name}"] for name in ("figures", "sway")]
    with monkeypatch.context() as patch, pytest.raises(Killed):  # in the middle of epoch two
        patch.setattr(training, "judge", judging(*known, None))
        train_pose_estimator(run)
    assert drawn == [0, 1, 2, 3]
    drawn.clear()
    train_pose_estimator(run)
    assert drawn == [2, 3]
    assert lines(run) == lines(finished)
    train_pose_estimator(run)
    assert drawn == [2, 3]
    with pytest.raises(VideoError, match="other settings"):
        train_pose_estimator(replace(run, train=replace(SHORT, seed=5)))


@pytest.mark.slow
def test_the_best_weights_are_those_of_the_best_score_also_after_a_crash(
    finished, tmp_path, monkeypatch
):
    run = replace(
        finished, output=tmp_path / "run", train=replace(SHORT, num_steps=3, steps_per_epoch=1)
    )
    for scores in ((0.1, 0.5, None), (0.9, 0.2, 0.9, 0.4)):  # of figures, of the performer, ...
        with monkeypatch.context() as patch:
            patch.setattr(training, "judge", judging(*scores))
            with pytest.raises(Killed) if None in scores else nullcontext():
                train_pose_estimator(run)
    made = {n: json.loads((run.output / n / "training.json").read_text()) for n in ("best", "last")}
    assert {name: about["step"] for name, about in made.items()} == {"best": 1, "last": 3}
    assert made["best"]["validation"]["score"] == 0.5


def test_what_is_shipped_is_the_running_mean_of_the_weights(finished):
    state = torch.load(finished.output / "state.pt", weights_only=True)
    shipped = load_file(finished.output / "last" / "model.safetensors")
    learned = [name for name in shipped if name.endswith("weight")]
    assert all(torch.equal(shipped[name], state["ema"][name]) for name in learned)
    assert not all(torch.equal(shipped[name], state["estimator"][name]) for name in learned)


def test_a_run_learns_from_some_pictures_and_is_judged_by_others(finished, performer, monkeypatch):
    used = []
    pictures = training.performer_pictures

    def noted(performer, frames, size):
        used.append({int(frame) for frame in frames})
        return pictures(performer, frames, size)

    monkeypatch.setattr(training, "performer_pictures", noted)
    train_pose_estimator(finished)
    learned, judged = used
    assert learned == set(range(14)) and judged == set(range(14, 20))


def test_settings_reach_the_training(finished, tmp_path, monkeypatch):
    """One update each, from the same beginning, and each of them ends elsewhere."""
    monkeypatch.setattr(training, "judge", lambda *_: {"pck": 0.5, "error": 0.1, "missed": 0.0})
    once = replace(SHORT, num_steps=1, learning_rate=0.01)
    plain = replace(finished, train=once)
    variants = {
        "plain": plain,
        "again": plain,
        "weight": replace(plain, weights=replace(plain.weights, mask=500.0)),
        "batch": replace(plain, train=replace(once, batch_size=3)),
        "seed": replace(plain, train=replace(once, seed=1)),
        "empty": replace(plain, train=replace(once, empty=0.9)),
        "figures": replace(plain, train=replace(once, figures=1.0)),
    }
    ends = {}
    for name, run in variants.items():
        torch.manual_seed(len(ends))  # what was drawn before does not matter
        train_pose_estimator(replace(run, output=tmp_path / name))
        state = torch.load(tmp_path / name / "state.pt", weights_only=True)["estimator"]
        ends[name] = torch.cat([part.flatten().float() for part in state.values()])
    plain_end = ends.pop("plain")
    assert torch.equal(ends.pop("again"), plain_end)
    assert [name for name, end in ends.items() if torch.equal(end, plain_end)] == []


def test_a_trained_estimator_goes_on_with_larger_pictures(finished, tmp_path):
    trained = str(finished.output / "best")
    run = replace(
        finished, model=trained, size=96, output=tmp_path / "run",
        train=replace(SHORT, num_steps=1, learning_rate=1e-9),
    )  # fmt: skip
    train_pose_estimator(run)
    before, after = (load_model(PoseEstimator, folder) for folder in (trained, run.output / "best"))
    assert after.config == replace(before.config, picture_size=96)
    for old, new in zip(before.parameters(), after.parameters(), strict=True):
        assert torch.allclose(old, new, atol=1e-6)


def test_a_spade_renderer_draws_half_of_the_pictures(performer, tmp_path):
    config = replace(PICTURE_PRESETS["tiny"], kind="spade", size=64)
    PictureGenerator(config).save_pretrained(tmp_path / "spade")
    run = EstimatorRun(
        targets=(str(performer),), output=tmp_path / "run", preset="tiny",
        generator=str(tmp_path / "spade"), device="cpu",
        train=replace(SHORT, num_steps=1, limb_poses="high"),
    )  # fmt: skip
    train_pose_estimator(run)
    assert np.isfinite(lines(run)[-1]["losses"]["loss"])
    PictureGenerator(replace(config, kind="vanilla")).save_pretrained(tmp_path / "vanilla")
    other = replace(run, generator=str(tmp_path / "vanilla"), output=tmp_path / "other")
    with pytest.raises(VideoError, match="drawn by spade"):
        train_pose_estimator(other)


def test_the_command_line_trains_and_explains(performer, tmp_path, capsys):
    command = ["train", "pose-estimator", "-o", str(tmp_path / "run")]
    command.append("--dry-run")  # so that a mistake that is not noticed starts nothing
    asked = ["--steps", "7", "--figures", "0.5", "--weight", "mask=3", "--preset", "tiny"]
    asked += ["--size", "96", "--batch-size", "6", "--learning-rate", "0.01", "--epoch-steps", "5"]
    asked += ["--schedule", "cosine", "--seed", "4", "--empty", "0.2", "--precision", "bf16"]
    assert cli.main([*command, *asked, "--target", str(performer), "--device", "cpu"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert plan["weights"]["mask"] == 3
    assert (plan["preset"], plan["size"], plan["device"]) == ("tiny", 96, "cpu")
    assert (plan["targets"], plan["mixed_precision"]) == ([str(performer)], "bf16")
    training = plan["train"]
    assert (training["batch_size"], training["learning_rate"]) == (6, 0.01)
    assert (training["steps_per_epoch"], training["schedule"]) == (5, "cosine")
    assert (training["seed"], training["empty"]) == (4, 0.2)
    assert plan["train"]["num_steps"] == 7
    assert plan["train"]["figures"] == 0.5
    assert not (tmp_path / "run").exists()
    for wrong, named in (
        (["--preset", "huge"], "pvt-tiny"),
        (["--target", str(tmp_path / "nobody")], "no target"),
        (["--limb-poses", "slight"], "--generator"),
        (["--model", str(tmp_path / "gone")], "no model folder"),
        (["--weight", "heat=3"], "heatmap"),
        (["--weight", "mask=-1"], "0 or more"),
        (["--schedule", "steps"], "plateau"),
        (["--batch-size", "1"], "2 or more"),
        (["--size", "100"], "multiple of 32"),
        (["--size", "96x64"], "square"),
        (["--precision", "half"], "bf16"),
        (["--device", "quantum"], "quantum"),
    ):
        assert cli.main([*command, *wrong]) == 2
        assert named in capsys.readouterr().err


def test_a_detector_is_chosen_by_name(finished, tmp_path, capsys):
    assert load_detector("openpose", None, "cpu") is None
    mine = load_detector("nadsnet", str(finished.output / "best"), "cpu")
    shipped = load_detector("nadsnet", None, "cpu")
    assert isinstance(mine, NadsnetBody) and isinstance(shipped, NadsnetBody)
    assert (mine.size, shipped.size) == (64, 192)
    with pytest.raises(VideoError, match="openpose, nadsnet"):
        load_detector("eyes", None, "cpu")
    with pytest.raises(VideoError, match="--detector nadsnet"):
        load_detector("openpose", "somewhere", "cpu")
    with pytest.raises(CheckpointError, match=r"lacks config\.json"):
        load_detector("nadsnet", str(tmp_path), "cpu")
    command = f"extract {tmp_path / 'gone.mp4'} -o {tmp_path / 'a.npz'} --detector nadsnet"
    assert cli.main([*command.split(), "--model", str(finished.output / "best")]) == 2
    assert "gone.mp4" in capsys.readouterr().err
