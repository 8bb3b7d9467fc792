"""The lifter's training from the command line: logged, validated, resumed, loadable."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

import cli
import pipelines.lifter_training as training
from checkpoints.store import load_model
from music2pose import MusicError
from music2pose.lifting.data import LiftingPairs
from music2pose.lifting.lift import load_lifter
from music2pose.lifting.network import LiftingNetwork
from music2pose.lifting.train_settings import LifterTraining
from music2pose.moves.perform import perform_move
from pipelines import VideoError
from pipelines.lifter_training import train_lifter
from pipelines.training_settings import LifterRun

SHORT = LifterTraining(num_steps=4, batch_size=2, steps_per_epoch=2, num_frames=16)


@pytest.fixture(scope="module", autouse=True)
def few_takes():
    """Dance a handful of moves, so that a run takes a moment."""
    takes = [perform_move(name) for name in ("lasso", "twist", "two_step")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "chosen_motions", lambda *_: takes)
        patch.setattr(training, "VALIDATION_BATCHES", 1)
        yield


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> LifterRun:
    output = tmp_path_factory.mktemp("runs") / "run"
    run = LifterRun(
        held_out=("move_twist",), output=output, preset="tiny", train=SHORT, device="cpu",
        mixed_precision="no",
    )  # fmt: skip
    assert train_lifter(run) == output / "best"
    return run


def lines(run: LifterRun) -> list[dict]:
    return [json.loads(line) for line in (run.output / "metrics.jsonl").read_text().splitlines()]


def test_a_run_leaves_weights_and_a_log_and_says_what_was_held_out(finished):
    assert load_model(LiftingNetwork, finished.output / "best").config.channels == 16
    about = json.loads((finished.output / "best" / "training.json").read_text())
    assert about["kept_back"] == ["move_twist"]
    assert "output" not in about
    assert [line["step"] for line in lines(finished)] == [2, 4]
    assert {"mean_angle", "angle_95", "up_angle", "score"} == lines(finished)[-1][
        "validation"
    ].keys()
    assert load_lifter(str(finished.output / "last")).reach > 40


class Killed(Exception):
    pass


def test_a_resumed_run_goes_on_at_its_step_and_logs_what_the_whole_one_did(
    finished, tmp_path, monkeypatch
):
    run = replace(finished, output=tmp_path / "run")
    steps, batch = [], LiftingPairs.batch

    def counted(pairs: LiftingPairs, step: int):
        if step == 3 and 3 not in steps and len(pairs.first) > 300:
            steps.append(step)
            raise Killed
        steps.append(step)
        return batch(pairs, step)

    monkeypatch.setattr(LiftingPairs, "batch", counted)
    with pytest.raises(Killed):
        train_lifter(run)
    steps.clear()
    steps.append(3)
    train_lifter(run)
    assert steps == [3, 0, 2, 3]  # validation's, and the two that were lost
    assert lines(run) == lines(finished)
    with pytest.raises(VideoError, match="other settings"):
        train_lifter(replace(run, train=replace(SHORT, seed=5)))


def test_what_is_shipped_is_the_running_mean_of_the_weights(finished):
    state = torch.load(finished.output / "state.pt", weights_only=True)
    shipped = load_model(LiftingNetwork, finished.output / "last").state_dict()
    for name, value in shipped.items():
        assert torch.equal(value, state["ema"][name].half().float())
    assert not all(torch.equal(state["ema"][n], state["network"][n]) for n in shipped)


def test_a_trained_lifter_is_gone_on_from(finished, tmp_path):
    trained = str(finished.output / "best")
    train = replace(SHORT, num_steps=1, learning_rate=1e-9)
    run = replace(finished, model=trained, output=tmp_path / "run", train=train)
    train_lifter(run)
    before, after = (load_model(LiftingNetwork, f) for f in (trained, run.output / "best"))
    for old, new in zip(before.parameters(), after.parameters(), strict=True):
        assert torch.allclose(old, new, atol=1e-4)


def test_a_group_that_is_not_there_cannot_be_held_out(finished, tmp_path):
    with pytest.raises(MusicError, match="nothing called salsa_99"):
        train_lifter(replace(finished, held_out=("salsa_99",), output=tmp_path / "run"))
    assert not (tmp_path / "run").exists()


def test_the_command_line_trains_and_explains(tmp_path, capsys):
    command = ["train", "lifter", "-o", str(tmp_path / "run"), "--dry-run"]
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "take.bvh").touch()
    asked = ["--steps", "7", "--weight", "change=3", "--preset", "tiny", "--batch-size", "6"]
    asked += [
        "--learning-rate",
        "0.01",
        "--epoch-steps",
        "5",
        "--seed",
        "4",
        "--hold-out",
        "a",
        "b",
    ]
    asked += ["--data", str(tmp_path / "data"), "--written-share", "0.5", "--device", "cpu"]
    assert cli.main([*command, *asked]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert plan["weights"]["change"] == 3
    assert (plan["preset"], plan["device"], plan["held_out"]) == ("tiny", "cpu", ["a", "b"])
    train = plan["train"]
    assert (train["num_steps"], train["batch_size"], train["written_share"]) == (7, 6, 0.5)
    assert (train["learning_rate"], train["steps_per_epoch"], train["seed"]) == (0.01, 5, 4)
    assert not (tmp_path / "run").exists()
    for wrong, named in (
        (["--preset", "huge"], "tiny, base"),
        (["--data", str(tmp_path / "gone")], "no folder"),
        (["--model", str(tmp_path / "gone")], "no model folder"),
        (["--weight", "angle=3"], "direction"),
        (["--steps", "0"], "1 or more"),
        (["--device", "quantum"], "quantum"),
    ):
        assert cli.main([*command, *wrong]) == 2
        error = capsys.readouterr().err
        assert named in error and error.count("\n") == 1


def test_paths_of_this_machine_are_not_told_with_the_weights():
    run = LifterRun(folders=("/somewhere/private/motion",), output=Path("x"))
    assert run.about()["folders"] == ["motion"]
