"""A renderer's training from performer to weights: logged, validated, resumed, shown, loadable."""

import json
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

import cli
import pipelines.renderer_training as renderer_training
from checkpoints import CheckpointError
from checkpoints.store import load_model, load_what_fits
from pipelines import VideoError
from pipelines.renderer_training import likeness, train_renderer
from pipelines.training_settings import RendererRun
from pose2video import RenderError
from pose2video.learned.data import ClipSampler, empty_stage
from pose2video.learned.generator import PictureGenerator
from pose2video.learned.renderer import LearnedKind, paint_poses
from pose2video.learned.train_settings import RendererLossWeights, RendererTraining
from pose2video.performer.performer import load_performer
from pose2video.pictures import at_frames
from pose2video.renderer import RenderOptions
from pose2video.retarget import measure_build
from tests.pose2video.made_performer import made_performer
from tests.stand_in import swaying

SHORT = RendererTraining(num_steps=4, batch_size=2, steps_per_epoch=2, adversarial_from=0.5)
ALONE = RendererLossWeights(perceptual=0, pose=0)


@pytest.fixture(scope="module")
def doll(tmp_path_factory) -> Path:
    return made_performer(tmp_path_factory.mktemp("performers") / "doll", 30, 64).folder


@pytest.fixture(scope="module", autouse=True)
def no_estimator():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(renderer_training, "find_estimator", lambda: None)
        yield


def run_in(output: Path, target: Path, kind: str = "gan") -> RendererRun:
    return RendererRun(
        targets=(str(target),), output=output, kind=kind, preset="tiny", size=64, train=SHORT,
        weights=ALONE, device="cpu", mixed_precision="no",
    )  # fmt: skip


@pytest.fixture(scope="module")
def finished(doll, tmp_path_factory) -> RendererRun:
    run = run_in(tmp_path_factory.mktemp("runs") / "run", doll)
    train_renderer(run)
    return run


def test_a_run_leaves_weights_figures_sheets_and_a_page(finished):
    about = json.loads((finished.output / "best" / "training.json").read_text())
    assert about["performers"][0]["name"] == "doll"
    lines = log_of(finished)
    assert [line["step"] for line in lines] == [2, 4]
    assert {"ssim", "psnr", "l1", "score"} <= lines[-1]["validation"].keys()
    assert "adversarial" in lines[-1]["losses"]
    sheet = cv2.imread(str(finished.output / "samples" / "000004.png"))
    assert sheet.shape == (3 * 64, 8 * 64, 3)
    page = (finished.output / "index.html").read_text()
    assert page.index("000004.png") < page.index("000002.png")
    assert list(finished.output.glob("events.*"))


def test_the_weights_paint_any_dancer_on_the_performers_stage(finished):
    gan = LearnedKind("gan")
    load, missing = gan.load, gan.missing
    options = RenderOptions(96, 64, performer=str(finished.output / "best"))
    assert missing(options) == ""
    renderer = load(options)
    far_left = swaying(6, 25, aspect=16 / 9)
    fitted = renderer.fit(far_left)
    assert fitted.aspect == 1
    build = renderer.generator.config.build
    assert abs(fitted.keypoints[:, [8, 11], 0].mean() - build.middle) < 0.1
    frames = list(renderer.render(far_left, 0))
    assert frames[0].shape == (64, 96, 3)


def test_weights_that_are_absent_or_of_another_kind_are_named(
    finished, doll, monkeypatch, tmp_path
):
    monkeypatch.setattr("pose2video.learned.renderer.REPOSITORY", tmp_path)
    monkeypatch.chdir(tmp_path)
    spade = LearnedKind("spade")
    load, missing = spade.load, spade.missing
    assert "train renderer --kind spade --target mannequin" in missing(RenderOptions())
    assert "no model folder" in missing(RenderOptions(performer="nowhere at all"))
    assert f"--target {doll}" in missing(RenderOptions(performer=str(doll)))
    with pytest.raises(RenderError, match="of kind 'gan', not spade"):
        load(RenderOptions(performer=str(finished.output / "best")))


@pytest.fixture
def drawn(monkeypatch) -> list[int]:
    """Keep account of the steps that batches are drawn for."""
    steps, batch = [], ClipSampler.batch

    def counted(sampler: ClipSampler, step: int):
        steps.append(step)
        return batch(sampler, step)

    monkeypatch.setattr(ClipSampler, "batch", counted)
    return steps


class Killed(Exception):
    pass


def judging(*scores: float | None):
    """Validate as ever but give these likenesses, one after the other; None stands for a crash."""
    left, validate = iter(scores), renderer_training.validate_renderer

    def judged(generator, performers):
        score = next(left)
        if score is None:
            raise Killed
        figures, painted = validate(generator, performers)
        return figures | {"person_ssim": score, "sharpness": 1.0}, painted

    return judged


def log_of(run: RendererRun) -> list[dict]:
    return [json.loads(line) for line in (run.output / "metrics.jsonl").read_text().splitlines()]


def test_a_resumed_run_goes_on_at_its_step_and_logs_what_the_whole_one_did(
    finished, doll, tmp_path, monkeypatch, drawn
):
    run, original = run_in(tmp_path / "run", doll), renderer_training.validate_renderer
    left = iter([original, None])

    def killed(*args):
        validate = next(left)
        if validate is None:
            raise Killed
        return validate(*args)

    with monkeypatch.context() as patch, pytest.raises(Killed):  # in the middle of epoch two
        patch.setattr(renderer_training, "validate_renderer", killed)
        train_renderer(run)
    assert drawn == [0, 1, 2, 3]
    drawn.clear()
    train_renderer(run)
    assert drawn == [2, 3]
    assert log_of(run) == log_of(finished)
    train_renderer(run)
    assert drawn == [2, 3]
    with pytest.raises(VideoError, match="other settings"):
        train_renderer(replace(run, train=replace(SHORT, seed=5)))


def test_what_a_crash_left_of_log_and_state_does_no_harm(finished, doll, tmp_path, monkeypatch):
    """Lines of work that was lost, half a line, and a state that could not be written whole."""
    run = run_in(tmp_path / "run", doll)
    save = torch.save

    def full_disk(state: dict, file: BinaryIO) -> None:
        save(state, file)
        if state["step"] == 4:
            file.truncate(100)
            raise OSError("the disk is full")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="full"):
        patch.setattr(torch, "save", full_disk)
        train_renderer(run)
    assert [line["step"] for line in log_of(run)] == [2, 4]
    with (run.output / "metrics.jsonl").open("a") as log:
        log.write('{"step": 6, "lo')
    train_renderer(run)
    assert log_of(run) == log_of(finished)


def test_an_epoch_logs_the_mean_of_its_own_losses_and_the_last_may_be_shorter(doll, tmp_path):
    logs = {}
    for steps_per_epoch in (1, 2):
        train = replace(SHORT, num_steps=3, steps_per_epoch=steps_per_epoch)
        run = replace(run_in(tmp_path / str(steps_per_epoch), doll), train=train)
        train_renderer(run)
        logs[steps_per_epoch] = [line["losses"]["reconstruction"] for line in log_of(run)]
        assert log_of(run)[-1]["step"] == 3
    one, two, three = logs[1]
    assert logs[2] == pytest.approx([(one + two) / 2, three], rel=1e-4)


def test_the_best_weights_are_those_of_the_best_score_also_after_a_crash(
    doll, tmp_path, monkeypatch
):
    run = replace(
        run_in(tmp_path / "run", doll), train=replace(SHORT, num_steps=3, steps_per_epoch=1)
    )
    for scores in ((0.5, None), (0.2, 0.4)):
        with monkeypatch.context() as patch:
            patch.setattr(renderer_training, "validate_renderer", judging(*scores))
            with pytest.raises(Killed) if None in scores else nullcontext():
                train_renderer(run)
    made = {n: json.loads((run.output / n / "training.json").read_text()) for n in ("best", "last")}
    assert {name: about["step"] for name, about in made.items()} == {"best": 1, "last": 3}
    assert made["best"]["validation"]["score"] == 0.5


def test_what_is_shipped_is_the_running_mean_of_the_weights(finished):
    state = torch.load(finished.output / "state.pt", weights_only=True)
    best = json.loads((finished.output / "best" / "training.json").read_text())
    assert best["step"] == max(log_of(finished), key=lambda x: x["validation"]["score"])["step"]
    shipped = load_file(finished.output / "last" / "model.safetensors")
    learned = [name for name in shipped if name.endswith("weight")]
    assert all(torch.equal(shipped[name], state["ema"][name]) for name in learned)
    assert not all(torch.equal(shipped[name], state["generator"][name]) for name in learned)
    if best["step"] == 4:
        also = load_file(finished.output / "best" / "model.safetensors")
        assert all(torch.equal(shipped[name], also[name]) for name in learned)


def test_a_run_is_judged_by_the_last_pictures_which_it_never_saw(finished, doll, tmp_path):
    model = load_model(PictureGenerator, finished.output / "last")
    performer = load_performer(doll)
    frames = performer.validation.tolist()
    assert frames == [27, 28, 29]
    painted = np.stack(list(paint_poses(model, at_frames(performer.poses, frames))))
    figures = likeness(painted, performer.frames(frames), at_frames(performer.poses, frames))
    assert figures == pytest.approx(
        {name: log_of(finished)[-1]["validation"][name] for name in figures}, rel=1e-3, abs=1e-5
    )


def test_the_network_knows_the_empty_stage_and_the_build_of_its_performer(finished, doll):
    model, performer = load_model(PictureGenerator, finished.output / "best"), load_performer(doll)
    stage = empty_stage(performer, 64)
    assert torch.allclose(model.backdrop, stage, atol=1e-6)
    assert model.config.build == measure_build(performer.poses)


def test_settings_reach_the_training(doll, tmp_path, monkeypatch):
    """One update each, from the same beginning, and each of them ends elsewhere."""
    judged = {"person_ssim": 0.5, "sharpness": 1.0}, np.zeros((3, 64, 64, 3), np.uint8)
    monkeypatch.setattr(renderer_training, "validate_renderer", lambda *_: judged)
    once = replace(SHORT, num_steps=1, adversarial_from=0.0)
    plain = replace(run_in(tmp_path, doll), train=once)
    trains = {
        "batch": {"batch_size": 1}, "seed": {"seed": 1}, "mirror": {"mirror": True, "seed": 2},
        "placement": {"placement": 0.3}, "rate": {"g_learning_rate": 0.01},
        "objective": {"objective": "lsgan"},
    }  # fmt: skip
    variants = {name: replace(plain, train=replace(once, **new)) for name, new in trains.items()}
    variants |= {
        "plain": plain,
        "again": plain,
        "unmirrored": replace(plain, train=replace(once, seed=2)),
        "weight": replace(plain, weights=replace(ALONE, reconstruction=1.0)),
    }
    ends = {}
    for name, run in variants.items():
        torch.manual_seed(len(ends))  # what was drawn before does not matter
        train_renderer(replace(run, output=tmp_path / name))
        state = torch.load(tmp_path / name / "state.pt", weights_only=True)["generator"]
        ends[name] = torch.cat([part.flatten().float() for part in state.values()])
    assert torch.equal(ends["plain"], ends.pop("again"))
    assert not torch.equal(ends["mirror"], ends["unmirrored"])
    plain_end = ends.pop("plain")
    assert [name for name, end in ends.items() if torch.equal(end, plain_end)] == []


def test_a_trained_renderer_is_trained_further(finished, doll, tmp_path):
    trained = finished.output / "last"
    little = replace(SHORT, num_steps=1, g_learning_rate=1e-9)
    run = replace(run_in(tmp_path / "run", doll), model=str(trained), train=little)
    train_renderer(run)
    before, after = (load_file(f / "model.safetensors") for f in (trained, run.output / "last"))
    for name in [name for name in before if name.endswith("weight")]:
        assert torch.allclose(before[name], after[name], atol=1e-6)


def test_a_spade_run_keeps_a_code_for_each_look(doll, tmp_path):
    other = made_performer(tmp_path / "other", 12, 64, seed=1).folder
    run = replace(run_in(tmp_path / "run", doll, "spade"), targets=(str(doll), str(other)))
    model = load_model(PictureGenerator, train_renderer(run))
    assert model.codes.shape == (2, 8)
    assert model.codes.abs().sum() > 0
    assert not model.config.has_backdrop


def test_weights_do_not_tell_the_places_of_the_machine(finished, doll, tmp_path):
    trained = str(finished.output / "best")
    run = replace(run_in(tmp_path / "run", doll), model=trained, train=replace(SHORT, num_steps=1))
    about = (train_renderer(run) / "training.json").read_text()
    assert json.loads(about)["model"] == "best"
    assert str(tmp_path) not in about


def test_other_weights_are_taken_over_as_far_as_they_fit(finished, tmp_path):
    weights = load_file(finished.output / "best" / "model.safetensors")
    others = {name: value for name, value in weights.items() if "fold" not in name}
    others["network.tail.head.bias"] = torch.zeros(7)
    save_file(others, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text("{}")
    config = load_model(PictureGenerator, finished.output / "best").config
    model = PictureGenerator(config)
    lacking = load_what_fits(model, tmp_path)
    assert set(lacking) == {
        "network.fold.weight", "network.fold.bias", "network.tail.head.bias"
    }  # fmt: skip
    assert torch.equal(model.network.stem.weight, weights["network.stem.weight"])
    save_file({"strange": torch.zeros(1)}, tmp_path / "model.safetensors")
    with pytest.raises(CheckpointError, match="nothing that fits"):
        load_what_fits(model, tmp_path)


def test_figures_rank_a_copy_above_a_still_and_a_still_above_noise(doll):
    performer = load_performer(doll)
    real, poses = performer.frames(range(6)), at_frames(performer.poses, [*range(6)])
    still = np.repeat(real[:1], 6, axis=0)
    noise = np.random.default_rng(0).integers(0, 256, real.shape, np.uint8)
    soft = np.stack([cv2.GaussianBlur(picture, (7, 7), 0) for picture in real])
    copied, held, noisy, blurred = (
        likeness(fake, real, poses) for fake in (real, still, noise, soft)
    )
    for name in ("ssim", "person_ssim", "psnr"):
        assert copied[name] > held[name] > noisy[name]
    assert copied["flicker"] == pytest.approx(1)
    assert held["flicker"] == 0
    assert noisy["flicker"] > 3
    assert copied["sharpness"] == pytest.approx(1)
    assert blurred["sharpness"] < 0.8
    assert noisy["sharpness"] > 3


def test_the_command_line_trains(doll, finished, tmp_path, capsys):
    out = tmp_path / "run"
    command = ["train", "renderer", "--target", str(doll), "-o", str(out), "--steps", "7"]
    command.append("--dry-run")  # so that a mistake that is not noticed starts nothing
    wanted = [*command, "--size", "128", "--weight", "pose=3", "--mirror", "--no-skips",
              "--critic-every", "2", "--preset", "tiny", "--batch-size", "6", "--accumulation", "3",
              "--objective", "lsgan", "--schedule", "constant", "--learning-rate", "0.01",
              "--critic-learning-rate", "0.02", "--epoch-steps", "9", "--seed", "8",
              "--generator-every", "4", "--critic-from", "0.7", "--gradient-penalty", "0.6",
              "--squared", "--no-attention", "--placement", "0.1", "--precision", "no",
              "--device", "cpu"]  # fmt: skip
    assert cli.main(wanted) == 0
    plan = json.loads(capsys.readouterr().out)
    assert plan["train"]["num_steps"] == 7
    train = {
        "mirror": True, "d_every": 2, "g_every": 4, "batch_size": 6, "accumulation": 3,
        "objective": "lsgan", "schedule": "constant", "g_learning_rate": 0.01,
        "d_learning_rate": 0.02, "steps_per_epoch": 9, "seed": 8, "adversarial_from": 0.7,
        "gradient_penalty": 0.6, "squared": True, "placement": 0.1,
    }  # fmt: skip
    assert {name: plan["train"][name] for name in train} == train
    assert plan["has_skips"] is plan["has_attention"] is False
    assert (plan["preset"], plan["mixed_precision"], plan["device"]) == ("tiny", "no", "cpu")
    assert plan["weights"]["pose"] == 3
    assert plan["size"] == 128
    assert not out.exists()
    for wrong, named in (
        (["--kind", "oil"], "spade"),
        (["--size", "100"], "multiple of 32"),
        (["--size", "64x32"], "square"),
        (["--target", str(tmp_path / "nobody")], "mannequin"),
        (["--target", str(doll), str(doll)], "learned by spade"),
        (["--weight", "x=1"], "feature_matching"),
        (["--precision", "int4"], "bf16"),
        (["--model", str(tmp_path)], "lacks config.json"),
        (["--model", str(finished.output / "best"), "--kind", "spade"], "a gan renderer"),
        (["--device", "quantum"], "quantum"),
        (["--preset", "huge"], "base"),
    ):
        assert cli.main([*command, *wrong]) == 2
        assert named in capsys.readouterr().err
    assert not out.exists()
