"""A training from data to weights: prepared once, logged, validated, resumed, loadable."""

import json
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

import cli
from music2pose import MusicError
from music2pose.data.dataset import load_dances
from music2pose.data.pairs import PairConfig, song
from music2pose.generate import load_pose_model
from music2pose.pose_files import save_poses
from music2pose.synth.song import SongSpec, synthesise
from music2pose.train import LossWeights, TrainConfig
from pipelines import VideoError
from pipelines.media import Sound, video_info, write_video
from pipelines.preparation import DataConfig, prepare_dances
from pipelines.training import (
    TrainingRun,
    beat_times_of,
    score,
    train_music2pose,
    within,
)
from tests.music2pose.made_dances import TINY, made_dances

WRITTEN = DataConfig(
    written_variations=1,
    num_validation=2,
    held_out=("move_twist", "move_lasso"),
    pairs=PairConfig(num_dances=3, seconds=18.0, silent_share=0.0),
)
SHORT = replace(TINY, num_steps=4, num_frames=16, steps_per_epoch=2, free_from=0.5)


@pytest.fixture(scope="module")
def dances(tmp_path_factory) -> Path:
    return prepare_dances(WRITTEN, tmp_path_factory.mktemp("data") / "dances")


@pytest.fixture(scope="module")
def finished(dances, tmp_path_factory) -> TrainingRun:
    run = TrainingRun(dances, tmp_path_factory.mktemp("runs") / "run", "tiny",
                      train=SHORT, weights=LossWeights(perceptual=0), device="cpu",
                      mixed_precision="no")  # fmt: skip
    train_music2pose(run)
    return run


def test_dances_are_prepared_once(dances):
    before = {path: path.stat().st_mtime_ns for path in dances.rglob("*.npz")}
    assert len(before) == 5
    made = json.loads((dances / "data.json").read_text())
    assert made["kept_back"] == ["move_lasso", "move_twist"]
    prepare_dances(WRITTEN, dances)
    assert {path: path.stat().st_mtime_ns for path in dances.rglob("*.npz")} == before
    with pytest.raises(MusicError, match="other settings"):
        prepare_dances(replace(WRITTEN, dances_per_song=9), dances)


def test_a_run_leaves_weights_that_dance_a_log_and_samples(finished):
    model = load_pose_model(finished.output / "best")
    about = json.loads((finished.output / "best" / "training.json").read_text())
    assert model.config.map_size == 16
    assert about["data"]["held_out"] == ["move_twist", "move_lasso"]
    lines = [json.loads(x) for x in (finished.output / "metrics.jsonl").read_text().splitlines()]
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


def test_a_resumed_run_logs_what_the_whole_one_did(finished, dances, tmp_path, monkeypatch):
    run = replace(finished, output=tmp_path / "run")

    class Killed(Exception):
        pass

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):  # in the middle of epoch two
        import pipelines.training as training

        original = training.validate
        calls = iter([original, killed])
        patch.setattr(training, "validate", lambda *args: next(calls)(*args))
        train_music2pose(run)
    train_music2pose(run)
    logs = [(folder / "metrics.jsonl").read_text() for folder in (run.output, finished.output)]
    assert logs[0] == logs[1]


def test_videos_and_songs_in_a_folder_become_dances(tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    made = synthesise(SongSpec(seed=1, seconds=22.0, bpm=120))
    soundfile.write(folder / "tune.wav", made.waveform, made.sample_rate)
    soundfile.write(folder / "hit.wav", made.waveform[:30000], made.sample_rate)
    poses = made_dances(1, 6.0)[0].poses
    frames = (np.zeros((64, 64, 3), np.uint8) for _ in range(len(poses)))
    write_video(folder / "me.mp4", frames, 25.0, Sound(folder / "tune.wav", 0.0, 6.0))
    save_poses(poses, folder / "me.npz")
    held_out = (*WRITTEN.held_out, "hit")
    config = replace(WRITTEN, folders=(str(folder),), dances_per_song=1, held_out=held_out)
    names = {d.name for d in load_dances(prepare_dances(config, tmp_path / "out") / "train")}
    made_of_files = {name for name in names if not name.startswith("song")}
    assert made_of_files == {"video_0_me", "recording_1_tune_0"}


def test_published_dances_keep_their_own_music_and_split(tmp_path):
    aist = tmp_path / "aist"
    for folder in ("motions", "splits", "music"):
        (aist / folder).mkdir(parents=True)
    angles = np.zeros((60 * 12, 24, 3))
    angles[:, 16, 2] = 0.5 * np.sin(np.linspace(0, 60, len(angles)))  # waves an arm
    take = {"smpl_poses": angles, "smpl_trans": np.zeros((len(angles), 3)), "smpl_scaling": [1.0]}
    for name in ("gBR_sBM_cAll_d04_mBR2_ch01", "gPO_sBM_cAll_d10_mPO2_ch01"):
        (aist / "motions" / f"{name}.pkl").write_bytes(pickle.dumps(take))
        made = synthesise(SongSpec(seed=1, seconds=22.0, bpm=100))
        song = aist / "music" / f"{name.split('_')[4]}.wav"
        soundfile.write(song, made.waveform, made.sample_rate)
    (aist / "splits" / "crossmodal_test.txt").write_text("gPO_sBM_cAll_d10_mPO2_ch01")
    config = replace(WRITTEN, folders=(str(aist),), held_out=(), dances_per_song=1)
    out = prepare_dances(config, tmp_path / "out")
    assert json.loads((out / "data.json").read_text())["kept_back"][0] == "gPO_sBM_ch01"
    pair = next(d for d in load_dances(out / "train") if d.name.startswith("pair"))
    assert pair.name == "pair_gBR_sBM_cAll_d04_mBR2_ch01"
    assert len(pair) == 25 * 12
    assert beat_times_of(pair.music)[:4] == pytest.approx([0, 0.6, 1.2, 1.8], abs=0.02)  # 100 BPM


def test_beats_are_read_back_from_their_phase():
    dance = made_dances(1, 10.0)[0]
    beats = song(0, 10.0).grid.beat_times
    read = beat_times_of(dance.music)
    inside = beats[(beats > read[0] - 0.1) & (beats < read[-1] + 0.1)]
    assert np.abs(read - inside).max() < 0.02


def test_the_score_prefers_a_dancer_to_a_statue():
    real = {
        "speed_ratio": 1.0, "slowest_ratio": 0.5, "shift_gain": 0.5, "permutation_gain": 0.3,
        "coherence": 0.8, "torso_variation": 0.02, "limb_variation_ratio": 1.0,
        "energy_ratio": 1.0, "diversity_kinetic": 1.0, "diversity_geometric": 1.0,
        "frechet_geometric": 10.0, "halves_geometric": 10.0,
    }  # fmt: skip
    statue = real | {"speed_ratio": 0.05, "slowest_ratio": 0.02}
    melting = real | {"torso_variation": 0.3, "limb_variation_ratio": 2.0}
    assert score(real) > 0.95
    assert score(statue) < score(melting) < score(real)
    assert within(0.7, 0.7, 1.3) == 1


def test_the_command_line_trains(tmp_path, capsys):
    out = tmp_path / "run"
    command = ["train", "music2pose", "-o", str(out), "--dry-run", "--steps", "7"]
    assert cli.main([*command, "--weight", "beat=3"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert plan["train"]["num_steps"] == 7
    assert plan["weights"]["beat"] == 3
    assert not out.exists()
    for wrong, named in (
        (["--weight", "beet=3"], "foot_slide"),
        (["--objective", "x"], "hinge"),
        (["--preset", "huge"], "base"),
        (["--data", str(tmp_path / "nowhere")], "no folder"),
        (["--data", str(tmp_path)], "nothing to train on"),
        (["--hold-out", "move_twist", "move_twits"], "move_twits"),
        (["--weight", "beat=nan"], "0 or more"),
        (["--weight", "beat"], "TERM=X"),
        (["--batch-size", "2"], "at least 4"),
        (["--steps", "0"], "at least 1"),
        (["--dances", "0"], "at least 1"),
        (["--seed", "-1"], "seed"),
        (["--learning-rate", "-1"], "between 0 and 1"),
        (["--device", "quantum"], "quantum"),
    ):
        arguments = [argument for argument in command if argument != "--dry-run"]
        assert cli.main([*arguments, *wrong]) == 2
        assert named in capsys.readouterr().err
    assert TrainConfig().num_steps != 7
