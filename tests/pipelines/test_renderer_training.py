"""A renderer's training from performer to weights: logged, validated, resumed, shown, loadable."""

import json
from dataclasses import replace
from pathlib import Path

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
from pipelines.renderer_training import RendererRun, likeness, train_renderer
from pose2video import RenderError
from pose2video.learned.generator import PictureGenerator
from pose2video.learned.renderer import LearnedKind
from pose2video.learned.train import LossWeights, TrainConfig
from pose2video.performer.performer import load_performer
from pose2video.pictures import at_frames
from pose2video.renderer import RenderOptions
from tests.pose2video.made_performer import made_performer
from tests.stand_in import swaying

SHORT = TrainConfig(num_steps=4, batch_size=2, steps_per_epoch=2, adversarial_from=0.5)
ALONE = LossWeights(perceptual=0, pose=0)


@pytest.fixture(scope="module")
def doll(tmp_path_factory) -> Path:
    return made_performer(tmp_path_factory.mktemp("performers") / "doll", 30, 64).folder


@pytest.fixture(scope="module", autouse=True)
def no_critic():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(renderer_training, "find_critic", lambda: None)
        yield


def run_in(output: Path, target: Path, kind: str = "gan") -> RendererRun:
    return RendererRun((str(target),), output, kind, "tiny", 64, None, SHORT, ALONE, "cpu", "no")


@pytest.fixture(scope="module")
def finished(doll, tmp_path_factory) -> RendererRun:
    run = run_in(tmp_path_factory.mktemp("runs") / "run", doll)
    train_renderer(run)
    return run


def test_a_run_leaves_weights_figures_sheets_and_a_page(finished):
    about = json.loads((finished.output / "best" / "training.json").read_text())
    assert about["performers"][0]["name"] == "doll"
    lines = [json.loads(x) for x in (finished.output / "metrics.jsonl").read_text().splitlines()]
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
    with pytest.raises(RenderError, match="of kind gan, not spade"):
        load(RenderOptions(performer=str(finished.output / "best")))


def test_a_resumed_run_logs_what_the_whole_one_did(finished, doll, tmp_path, monkeypatch):
    run = run_in(tmp_path / "run", doll)

    class Killed(Exception):
        pass

    original = renderer_training.validate
    with monkeypatch.context() as patch, pytest.raises(Killed):
        calls = iter([original, None])

        def killed(*args):
            validate = next(calls)
            if validate is None:
                raise Killed
            return validate(*args)

        patch.setattr(renderer_training, "validate", killed)
        train_renderer(run)
    train_renderer(run)
    logs = [(folder / "metrics.jsonl").read_text() for folder in (run.output, finished.output)]
    assert logs[0] == logs[1]
    with pytest.raises(VideoError, match="other settings"):
        train_renderer(replace(run, train=replace(SHORT, seed=5)))


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


def test_older_weights_are_taken_over_as_far_as_they_fit(finished, tmp_path):
    weights = load_file(finished.output / "best" / "model.safetensors")
    old = {f"module.{name}": value for name, value in weights.items() if "fold" not in name}
    old["module.network.tail.head.bias"] = torch.zeros(7)
    save_file(old, tmp_path / "model.safetensors")
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
    wanted = [*command, "--size", "128", "--dry-run", "--weight", "pose=3", "--mirror",
              "--no-skips", "--critic-every", "2"]  # fmt: skip
    assert cli.main(wanted) == 0
    plan = json.loads(capsys.readouterr().out)
    assert plan["train"]["num_steps"] == 7
    assert plan["train"]["mirror"] is True
    assert plan["train"]["d_every"] == 2
    assert plan["has_skips"] is False
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
