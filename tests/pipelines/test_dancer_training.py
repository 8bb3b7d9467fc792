"""A training from dances to weights: logged, validated, resumed, loadable."""

import json
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

import cli
from music2pose import MusicError
from music2pose.data.dataset import Batch, Dance, RunSampler, load_dances, save_dance
from music2pose.data.pairs import song
from music2pose.generate import load_pose_model
from music2pose.generator import PHRASE_MOVES, POSE_PRESETS, PoseGenerator
from music2pose.move_encoder import Codes
from music2pose.moves.perform import MOVES
from music2pose.phrases import danced_bpm
from music2pose.train_settings import DancerLossWeights, DancerTraining
from pipelines import VideoError, dancer_training
from pipelines.dancer_training import (
    beat_times_of,
    phrases_of,
    score,
    set_phrases,
    train_music2pose,
    within,
)
from pipelines.preparation import DataConfig
from pipelines.training_settings import DancerRun
from pipelines.video import video_info
from tests.music2pose.made_dances import (
    COUNTED_MOVE,
    DISCRIMINATOR,
    TINY,
    counting_dance,
    made_dances,
)

SHORT = replace(TINY, num_steps=4, num_frames=8, steps_per_epoch=2, swapped_codes_from=0.5)


@pytest.fixture(scope="module", autouse=True)
def small_discriminator() -> Iterator[None]:
    """Judge with a discriminator that is quick to train."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dancer_training, "MotionDiscriminatorConfig", lambda: DISCRIMINATOR)
        yield


@pytest.fixture(scope="module")
def dances(tmp_path_factory) -> Path:
    """Four short dances, the last of them held out, with the record that preparing leaves."""
    folder = tmp_path_factory.mktemp("data")
    for number, made in enumerate(made_dances(4, 8.0)):
        side = folder / ("validation" if number == 3 else "train")
        side.mkdir(exist_ok=True)
        save_dance(made, side / f"{made.name}.npz")
    data = DataConfig(folders=("/home/me/motion",), held_out=("move_twist",))
    (folder / "data.json").write_text(json.dumps(asdict(data)))
    return folder


@pytest.fixture(scope="module")
def finished(dances, tmp_path_factory) -> DancerRun:
    run = DancerRun(
        dances=dances, output=tmp_path_factory.mktemp("runs") / "run", preset="tiny", train=SHORT,
        weights=DancerLossWeights(perceptual=0), device="cpu", mixed_precision="no",
    )  # fmt: skip
    train_music2pose(run)
    return run


def log_of(run: DancerRun) -> list[dict]:
    return [json.loads(line) for line in (run.output / "metrics.jsonl").read_text().splitlines()]


def about(run: DancerRun, name: str) -> dict:
    return json.loads((run.output / name / "training.json").read_text())


def test_a_run_leaves_weights_that_dance_a_log_and_samples(finished):
    model = load_pose_model(finished.output / "best")
    assert model.config.map_size == 16
    data = about(finished, "best")["data"]
    assert data["held_out"] == ["move_twist"]
    assert data["folders"] == ["motion"]  # without the places of this machine
    lines = log_of(finished)
    assert [line["step"] for line in lines] == [2, 4]
    assert {"coherence", "shift_gain", "speed_ratio", "score"} <= lines[-1]["validation"].keys()
    assert "adversarial" in lines[-1]["losses"]
    sample = finished.output / "samples" / "000004.mp4"
    assert video_info(sample).fps == pytest.approx(12)
    assert list(finished.output.glob("events.*"))


def test_a_finished_run_is_not_trained_again_and_other_settings_are_refused(finished):
    log = (finished.output / "metrics.jsonl").read_text()
    train_music2pose(finished)
    assert (finished.output / "metrics.jsonl").read_text() == log
    with pytest.raises(VideoError, match="other settings"):
        train_music2pose(replace(finished, train=replace(SHORT, seed=5)))


@pytest.fixture
def drawn(monkeypatch) -> list[int]:
    """Keep account of the steps that batches are drawn for."""
    steps, batch = [], RunSampler.batch

    def counted(sampler: RunSampler, step: int):
        steps.append(step)
        return batch(sampler, step)

    monkeypatch.setattr(RunSampler, "batch", counted)
    return steps


class Killed(Exception):
    pass


def unseen(model, dances):
    """In place of a validation: nobody dances, and all are scored alike."""
    return {"score": 0.5}, [item.poses for item in dances]


def judging(*scores: float | None, validate=dancer_training.validate_dancer):
    """Validate as told but give these scores, one after the other; None stands for a crash."""
    left = iter(scores)

    def judged(model, dances):
        score = next(left)
        if score is None:
            raise Killed
        figures, samples = validate(model, dances)
        return figures | {"score": score}, samples

    return judged


@pytest.mark.slow
def test_a_resumed_run_goes_on_at_its_step_and_logs_what_the_whole_one_did(
    finished, tmp_path, monkeypatch, drawn
):
    run = replace(finished, output=tmp_path / "run")
    known = [line["validation"]["score"] for line in log_of(finished)]
    with monkeypatch.context() as patch, pytest.raises(Killed):  # in the middle of epoch two
        patch.setattr(dancer_training, "validate_dancer", judging(known[0], None))
        train_music2pose(run)
    assert drawn == [0, 1, 2, 3]
    drawn.clear()
    train_music2pose(run)
    assert drawn == [2, 3]
    assert log_of(run) == log_of(finished)
    drawn.clear()
    train_music2pose(run)
    assert drawn == []


@pytest.mark.slow
def test_the_best_weights_are_those_of_the_best_score_also_after_a_crash(
    finished, tmp_path, monkeypatch
):
    run = replace(
        finished, output=tmp_path / "run", train=replace(SHORT, num_steps=3, steps_per_epoch=1)
    )
    for scores in ((0.5, None), (0.2, 0.4)):
        with monkeypatch.context() as patch:
            patch.setattr(dancer_training, "validate_dancer", judging(*scores, validate=unseen))
            with pytest.raises(Killed) if None in scores else nullcontext():
                train_music2pose(run)
    made = {name: about(run, name) for name in ("best", "last")}
    assert {name: kept["step"] for name, kept in made.items()} == {"best": 1, "last": 3}
    assert made["best"]["validation"]["score"] == 0.5


def test_what_is_shipped_is_the_running_mean_of_the_weights(finished):
    state = torch.load(finished.output / "state.pt", weights_only=True)
    shipped = load_file(finished.output / "last" / "model.safetensors")
    name = "prior.layers.0.weight"
    assert torch.equal(shipped[name], state["ema"][name])
    raw = next(value for key, value in state["unroller"].items() if key.endswith(f".{name}"))
    assert not torch.equal(shipped[name], raw)


def test_a_run_is_judged_by_dances_that_it_never_saw(finished, dances):
    figures, _ = dancer_training.validate_dancer(
        load_pose_model(finished.output / "last"), load_dances(dances / "validation")
    )
    logged = log_of(finished)[-1]["validation"]  # so little trained, its feet may never stand: nan
    assert figures == pytest.approx(logged, rel=1e-4, abs=1e-6, nan_ok=True)


def test_a_dancer_begins_as_training_dances_do_and_knows_their_phrases(finished, dances):
    model = load_pose_model(finished.output / "last")
    learned = load_dances(dances / "train")
    firsts = np.stack([dance.poses.keypoints[0] for dance in learned])
    for start in model.start_keypoints.numpy():
        assert np.abs(firsts - start).max(axis=(1, 2)).min() < 1e-6
    tempi = np.array([danced_bpm(dance.music) for dance in learned])
    assert all(np.abs(tempi - bpm).min() < 1e-3 for bpm in model.phrase_bpm.tolist())
    assert model.phrases.flatten(1).std(0).min() > 0


def of_families(number: int, *names: str) -> Dance:
    """A made dance whose moves are, one after the other, of these families."""
    made = made_dances(4, 8.0)[number]
    order = made.music.moves * len(names) // (made.music.moves[-1] + 1)
    return replace(made, families=np.array(names)[order])


def test_phrases_know_the_families_of_their_moves_and_the_config_names_them(tmp_path):
    model = PoseGenerator(POSE_PRESETS["tiny"]).eval()
    mixed = replace(
        made_dances(4, 8.0)[2],
        families=np.array(["twist", "lasso"])[np.arange(len(made_dances(4, 8.0)[2])) // 3 % 2],
    )
    set_phrases(model, [of_families(0, "salsa"), of_families(1, "robot"), mixed])
    assert model.config.families == ("robot", "salsa")  # of many, of none
    for family, made in ((0, of_families(1, "robot")), (1, of_families(0, "salsa")), (-1, mixed)):
        theirs = model.phrase_bpm[model.phrase_family == family].numpy()
        assert len(theirs)
        assert theirs == pytest.approx(danced_bpm(made.music))
    model.save_pretrained(tmp_path, config=model.config)
    loaded = load_pose_model(tmp_path)
    assert loaded.config.families == ("robot", "salsa")
    assert torch.equal(loaded.phrase_family, model.phrase_family)


def test_phrases_are_read_off_the_plain_dance():
    model = PoseGenerator(POSE_PRESETS["tiny"]).eval()
    made = made_dances(4, 8.0)[0]
    as_danced = replace(made, poses=replace(made.poses, keypoints=made.poses.keypoints[::-1]))
    otherwise = replace(made, plain=replace(made.plain, keypoints=made.plain.keypoints[::-1]))

    def codes(dance: Dance) -> torch.Tensor:
        found = phrases_of(model, dance, np.random.default_rng(0))
        assert found
        assert found[0].codes.shape == (PHRASE_MOVES, model.config.noise_channels)
        return torch.stack([phrase.codes for phrase in found])

    with torch.no_grad():
        assert torch.equal(codes(made), codes(as_danced))
        assert not torch.allclose(codes(made), codes(otherwise))


class Numbered(nn.Module):
    """Stands in for the move encoder: the code of a move is its number."""

    def forward(self, keypoints: Tensor, moves: Tensor, progress: Tensor) -> Codes:
        numbers = torch.arange(int(moves.max()) + 1.0)[None, :, None]
        return Codes(numbers, torch.zeros_like(numbers), torch.ones(numbers.shape[:2]))


def numbered() -> PoseGenerator:
    model = PoseGenerator(POSE_PRESETS["tiny"]).eval()
    model.move_encoder = Numbered()  # type: ignore[assignment]
    return model


def in_bars(num_moves: int, bar: int, first: int = 0, family: str = "some") -> Dance:
    """A dance of so many moves, ``bar`` of them to a bar, of which one begins at ``first``."""
    made = counting_dance(num_moves * COUNTED_MOVE)
    through = (np.arange(len(made)) / COUNTED_MOVE - first) / bar
    made.music.beats[:, 3] = np.cos(2 * np.pi * through)
    made.music.spectrogram[:] = 0.5
    return replace(made, families=np.full(len(made), family))


@pytest.mark.parametrize(("first", "begins"), [(0, [3, 6, 9]), (1, [1, 4, 7, 10]), (2, [2, 5, 8])])
def test_phrases_begin_with_bars_and_are_moves_in_a_row_without_the_first_and_the_last(
    first, begins
):
    """Of 15 moves, three to a bar, 1 to 13 are whole."""
    found = phrases_of(numbered(), in_bars(15, 3, first), np.random.default_rng(0))
    rows = sorted(phrase.codes[:, 0].tolist() for phrase in found)
    assert rows == [[begin + k for k in range(4)] for begin in begins]


def test_a_table_has_eight_phrases_of_each_family_that_has_as_many_and_none_of_silence():
    """Of 64 a fair draw would have two of the rare family."""
    model, silent = numbered(), in_bars(40, 1, family="standing")
    silent.music.spectrogram[:] = 0
    dances = [in_bars(500, 1, family="common"), in_bars(20, 1, family="rare"),
              in_bars(8, 1, family="scarce"), silent]  # fmt: skip
    set_phrases(model, dances)
    assert model.config.families == ("common", "rare", "scarce")
    begins = {
        name: model.phrases[model.phrase_family == number, 0, 0].tolist()
        for number, name in enumerate(model.config.families)
    }
    assert sorted(begins["scarce"]) == [1, 2, 3]  # all there are
    assert len(set(begins["rare"])) == len(begins["rare"]) >= 8
    assert len(set(begins["common"])) == len(begins["common"]) >= 40
    assert sum(map(len, begins.values())) == len(model.phrases) == 64


def test_dances_without_a_phrase_are_refused():
    """Of five moves three are whole."""
    with pytest.raises(MusicError, match="no dance has 4 whole moves in a row"):
        set_phrases(numbered(), [in_bars(5, 1)])


def test_the_prior_is_trained_on_whole_runs_and_nothing_is_judged_before_dances_are_unrolled(
    finished, tmp_path, monkeypatch
):
    seen, judged, batch = [], [], RunSampler.batch

    def watched(sampler: RunSampler, step: int) -> Batch:
        drawn = batch(sampler, step)
        seen.append(drawn.moves.shape[1])
        return drawn

    def validated(model: PoseGenerator, dances: list[Dance]):
        judged.append(len(seen))
        return unseen(model, dances)

    monkeypatch.setattr(RunSampler, "batch", watched)
    monkeypatch.setattr(dancer_training, "validate_dancer", validated)
    train = replace(SHORT, num_steps=3, steps_per_epoch=1, prior_share=0.66)
    run = replace(finished, output=tmp_path / "run", train=train)
    train_music2pose(run)
    assert seen == [16, 16, 8]
    assert judged == [3]
    assert [line["validation"] for line in log_of(run)] == [{}, {}, {"score": 0.5}]
    assert about(run, "best")["step"] == 3


def test_settings_reach_the_training(finished, tmp_path, monkeypatch):
    """One update each, from the same beginning, and each of them ends elsewhere."""
    monkeypatch.setattr(dancer_training, "validate_dancer", unseen)
    once = replace(SHORT, num_steps=1, swapped_codes_from=0.0)
    variants = {
        "as it was": finished.weights,
        "beat": replace(finished.weights, beat=500.0),
        "adversarial": replace(finished.weights, adversarial=30.0),
    }
    ends = {}
    for name, weights in variants.items():
        run = replace(finished, output=tmp_path / name, train=once, weights=weights)
        train_music2pose(run)
        state = torch.load(run.output / "state.pt", weights_only=True)
        ends[name] = torch.cat([part.flatten().float() for part in state["unroller"].values()])
    assert not torch.equal(ends["as it was"], ends["beat"])
    assert not torch.equal(ends["as it was"], ends["adversarial"])


def test_a_trained_dancer_is_trained_further(finished, tmp_path, monkeypatch):
    monkeypatch.setattr(dancer_training, "validate_dancer", unseen)
    trained = finished.output / "best"
    little = replace(SHORT, num_steps=1, g_learning_rate=1e-9)
    run = replace(finished, output=tmp_path / "run", model=str(trained), train=little)
    train_music2pose(run)
    before, after = (load_file(f / "model.safetensors") for f in (trained, run.output / "last"))
    learned = [name for name in before if name.endswith(("weight", "bias"))]
    assert learned
    for name in learned:
        assert torch.allclose(before[name], after[name], atol=1e-6)


def test_beats_are_read_back_from_their_phase():
    dance = made_dances(1, 8.0)[0]
    beats = song(0, 8.0).features.grid.beat_times
    read = beat_times_of(dance.music)
    inside = beats[(beats > read[0] - 0.1) & (beats < read[-1] + 0.1)]
    assert np.abs(read - inside).max() < 0.02


def test_the_score_prefers_a_dancer_to_a_statue():
    real = {
        "speed_ratio": 1.0, "slowest_ratio": 1.0, "shift_gain": 0.5, "permutation_gain": 0.3,
        "coherence": 0.8, "torso_variation": 0.02, "limb_variation_ratio": 1.0,
        "energy_ratio": 1.0, "diversity_kinetic": 1.0, "diversity_geometric": 1.0,
        "frechet_geometric": 10.0, "halves_geometric": 10.0,
    }  # fmt: skip
    statue = real | {"speed_ratio": 0.05, "slowest_ratio": 0.02}
    melting = real | {"torso_variation": 0.3, "limb_variation_ratio": 2.0}
    assert score(real) > 0.95
    assert score(statue) < score(melting) < score(real)
    assert within(0.7, 0.7, 1.3) == 1


def test_the_command_line_trains(finished, tmp_path, capsys, monkeypatch):
    few = {name: MOVES[name] for name in ("two_step", "twist")}
    monkeypatch.setattr("music2pose.moves.perform.MOVES", few)
    out = tmp_path / "run"
    command = ["train", "music2pose", "-o", str(out), "--dry-run", "--steps", "7"]
    wanted = [*command, "--weight", "beat=3", "--data", str(tmp_path / "mine"), "--hold-out", "a",
              "b", "--leave-out", "c", "--samples", str(tmp_path / "mine"), "--dances", "8",
              "--preset", "tiny", "--batch-size", "6", "--objective", "lsgan", "--schedule", "step",
              "--learning-rate", "0.01", "--critic-learning-rate", "0.02", "--epoch-steps", "9",
              "--seed", "5", "--device", "cpu", "--precision", "no",
              "--model", str(finished.output / "best")]  # fmt: skip
    (tmp_path / "empty").mkdir()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.wav").touch()
    assert cli.main(wanted) == 0
    plan = json.loads(capsys.readouterr().out)
    assert plan["train"]["num_steps"] == 7
    train = {
        "batch_size": 6, "objective": "lsgan", "schedule": "step", "g_learning_rate": 0.01,
        "d_learning_rate": 0.02, "steps_per_epoch": 9, "seed": 5,
    }  # fmt: skip
    assert {name: plan["train"][name] for name in train} == train
    assert (plan["preset"], plan["device"]) == ("tiny", "cpu")
    assert plan["model"] == str(finished.output / "best")
    data = plan["data"]
    assert (data["folders"], data["samples"]) == ([str(tmp_path / "mine")], str(tmp_path / "mine"))
    assert (data["held_out"], data["left_out"]) == (["a", "b"], ["c"])
    assert (data["pairs"]["num_dances"], data["pairs"]["seed"]) == (8, 5)
    assert plan["weights"]["beat"] == 3
    assert not out.exists()
    for wrong, named in (
        (["--weight", "beet=3"], "foot_slide"),
        (["--objective", "x"], "hinge"),
        (["--preset", "huge"], "base"),
        (["--model", str(tmp_path / "gone")], "no model folder"),
        (["--data", str(tmp_path / "nowhere")], "no folder"),
        (["--data", str(tmp_path / "empty")], "nothing to train on"),
        (["--hold-out", "move_twist", "move_twits"], "move_twits"),
        (["--weight", "beat=nan"], "0 or more"),
        (["--weight", "beat"], "TERM=X"),
        (["--batch-size", "2"], "4 or more"),
        (["--steps", "0"], "1 or more"),
        (["--dances", "0"], "at least 1"),
        (["--seed", "-1"], "seed"),
        (["--learning-rate", "-1"], "give 1e-12 to 1"),
        (["--device", "quantum"], "quantum"),
    ):
        # What a dry run does not notice must be noticed before anything is trained.
        is_late = "--hold-out" in wrong
        arguments = [argument for argument in command if not is_late or argument != "--dry-run"]
        assert cli.main([*arguments, *wrong]) == 2
        assert named in capsys.readouterr().err
    assert DancerTraining().num_steps != 7
