"""Folders and written moves become dances, and what is held out is trained on nowhere."""

import json
import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from music2pose import MusicError
from music2pose.data.dataset import Dance, load_dances
from music2pose.data.pairs import PairConfig
from music2pose.motion.motion import Motion
from music2pose.moves.perform import MOVES, perform_move
from music2pose.pose import PoseSequence
from music2pose.pose_files import save_poses
from pipelines import VideoError, preparation
from pipelines.dancer_training import beat_times_of
from pipelines.preparation import DataConfig, prepare_dances
from pipelines.video import Sound, write_video
from tests.music2pose.made_dances import made_dances
from tests.stand_in import clicks, clicks_at

WRITTEN = DataConfig(
    written_variations=1,
    num_validation=1,
    held_out=("move_twist", "move_lasso"),
    pairs=PairConfig(num_dances=2, seconds=8.0, silent_share=0.0),
)


STAYING = ("two_step", "sway_high")
RATE = 24_000


@pytest.fixture(autouse=True)
def few_moves(monkeypatch) -> None:
    """Four of the written moves: two that are held out, and two that stay."""
    few = {name: MOVES[name] for name in (*STAYING, "twist", "lasso")}
    monkeypatch.setattr("music2pose.moves.perform.MOVES", few)


@pytest.fixture
def asked(monkeypatch) -> list[tuple[list[Motion], PairConfig, Path | None]]:
    """Make no synthesised songs, but keep account of what dances to them were asked for."""
    calls = []

    def synthetic_dances(motions, config, samples=None) -> Iterator[Dance]:
        calls.append((motions, config, samples))
        return iter(())

    monkeypatch.setattr(preparation, "synthetic_dances", synthetic_dances)
    return calls


def test_takes_that_are_held_out_are_danced_in_validation_alone(tmp_path, asked):
    config = replace(WRITTEN, samples=str(tmp_path))
    prepare_dances(config, tmp_path / "out")
    (training, many, samples), (validation, few, _) = asked
    groups = [{motion.group for motion in motions} for motions in (training, validation)]
    assert groups[1] == {"move_twist", "move_lasso"}
    assert groups[0] == {f"move_{name}" for name in STAYING}
    assert (many.num_dances, few.num_dances) == (2, 1)
    assert many.seed != few.seed  # other songs
    assert samples == tmp_path


def test_takes_that_are_left_out_are_danced_nowhere(tmp_path, asked, monkeypatch):
    (tmp_path / "mine").mkdir()
    takes = [replace(perform_move("lasso"), name=name) for name in ("a_good", "a_bad", "b_good")]
    monkeypatch.setattr(preparation, "load_motions", lambda folder: takes)
    config = replace(WRITTEN, folders=(str(tmp_path / "mine"),), left_out=("bad",))
    prepare_dances(config, tmp_path / "out")
    used = {motion.name for motions, *_ in asked for motion in motions}
    assert {"a_good", "b_good"} <= used and "a_bad" not in used


def test_dances_are_prepared_once(tmp_path):
    dances = prepare_dances(WRITTEN, tmp_path / "dances")
    before = {path: path.stat().st_mtime_ns for path in dances.rglob("*.npz")}
    assert len(before) == 3
    sides = {path.parent.name for path in before}
    assert sides == {"train", "validation"}
    made = json.loads((dances / "data.json").read_text())
    assert made["kept_back"] == ["move_lasso", "move_twist"]
    prepare_dances(WRITTEN, dances)
    assert {path: path.stat().st_mtime_ns for path in dances.rglob("*.npz")} == before
    with pytest.raises(MusicError, match="other settings"):
        prepare_dances(replace(WRITTEN, dances_per_song=9), dances)


def test_videos_and_songs_in_a_folder_become_dances(tmp_path, asked, caplog):
    folder = tmp_path / "My videos (2)"
    folder.mkdir()
    tune = clicks(22.0, RATE)
    soundfile.write(folder / "tune.wav", tune, RATE)
    soundfile.write(folder / "hit.wav", tune[:30000], RATE)
    poses = made_dances(1, 6.0)[0].poses
    frames = (np.zeros((64, 64, 3), np.uint8) for _ in range(len(poses)))
    write_video(folder / "me.mp4", frames, 25.0, Sound(folder / "tune.wav", 0.0, 6.0))
    pixels = np.concatenate([64 * poses.keypoints, poses.confidence[..., None]], axis=-1)
    people = [[{"pose_keypoints_2d": one}] for one in pixels.reshape(len(poses), -1).tolist()]
    document = {"frames": [{"people": found} for found in people]}  # neither rate nor canvas
    (folder / "me.json").write_text(json.dumps(document))
    soundfile.write(folder / "kept.wav", tune, RATE)
    held_out = (*WRITTEN.held_out, "kept")
    config = replace(WRITTEN, folders=(str(folder),), dances_per_song=2, held_out=held_out)
    out = prepare_dances(config, tmp_path / "out")
    names = {side: {d.name for d in load_dances(out / side)} for side in ("train", "validation")}
    assert names["train"] == {"video_0_me", "recording_1_tune_0", "recording_1_tune_1"}
    assert names["validation"] == {"recording_0_kept_0", "recording_0_kept_1"}
    video = next(d for d in load_dances(out / "train") if d.name.startswith("video"))
    assert set(video.families) == {"my_videos_2"}
    assert video.manner.shape == (len(video), 7) and np.isnan(video.manner).all()
    assert np.array_equal(video.plain.keypoints, video.poses.keypoints)
    assert "hit.wav lasts 1.2 s, a song 20 or more" in caplog.text
    assert "canvas" not in caplog.text


def test_takes_that_only_stand_are_nothing_to_train_on(tmp_path, asked, monkeypatch):
    (tmp_path / "mine").mkdir()
    waiting = replace(perform_move("lasso"), name="me_start_idle")
    monkeypatch.setattr(preparation, "load_motions", lambda folder: [waiting])
    with pytest.raises(MusicError, match=r"nothing in .* can be trained on"):
        prepare_dances(replace(WRITTEN, folders=(str(tmp_path / "mine"),)), tmp_path / "out")


def test_videos_none_of_which_shows_a_dancer_are_refused(tmp_path, asked, monkeypatch, caplog):
    def nobody(video: Path, **_: object) -> PoseSequence:
        raise VideoError(f"nobody was found in {video}")

    monkeypatch.setattr(preparation, "extract_poses", nobody)
    folder = tmp_path / "mine"
    folder.mkdir()
    soundfile.write(tmp_path / "tune.wav", clicks(3.0, RATE), RATE)
    frames = (np.zeros((64, 64, 3), np.uint8) for _ in range(75))
    write_video(folder / "me.mp4", frames, 25.0, Sound(tmp_path / "tune.wav", 0.0, 3.0))
    with pytest.raises(MusicError, match="none of the 1 songs and videos to train on can be used"):
        prepare_dances(replace(WRITTEN, folders=(str(folder),)), tmp_path / "out")
    assert "left out: nobody was found" in caplog.text
    assert not (tmp_path / "out").exists()


UNUSABLE = {
    "an unreadable take": ({"a.bvh": b"no"}, "none of the 1 motion files in"),
    "a loose pickle": ({"a.pkl": b"no"}, "none of the 1 motion files in"),
    "unreadable takes beside a song": (
        {"a.bvh": b"no", "b.bvh": b"HIERARCHY", "c.wav": None},
        "none of the 2 motion files in",
    ),
    "an unreadable song": ({"a.mp3": b"no"}, "nothing in .* can be trained on"),
    "poses without their video": ({"a.npz": b""}, "nothing in .* can be trained on"),
}


@pytest.mark.parametrize("case", UNUSABLE)
def test_data_that_count_for_nothing_are_refused(tmp_path, asked, case):
    """And not made up for by the written moves."""
    files, complaint = UNUSABLE[case]
    folder = tmp_path / "mine"
    folder.mkdir()
    for name, content in files.items():
        if name.endswith(".wav"):
            soundfile.write(folder / name, clicks(22.0, RATE), RATE)
        elif name.endswith(".npz"):
            save_poses(made_dances(1, 6.0)[0].poses, folder / name)
        else:
            (folder / name).write_bytes(content)
    with pytest.raises(MusicError, match=complaint):
        prepare_dances(replace(WRITTEN, folders=(str(folder),)), tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine"]


def test_published_dances_keep_their_own_music_and_split(tmp_path, asked):
    aist = tmp_path / "aist"
    for folder in ("motions", "splits", "music"):
        (aist / folder).mkdir(parents=True)
    angles = np.zeros((60 * 12, 24, 3))
    angles[:, 16, 2] = 0.5 * np.sin(np.linspace(0, 60, len(angles)))  # waves an arm
    take = {"smpl_poses": angles, "smpl_trans": np.zeros((len(angles), 3)), "smpl_scaling": [1.0]}
    for name in ("gBR_sBM_cAll_d04_mBR2_ch01", "gPO_sBM_cAll_d10_mPO2_ch01"):
        (aist / "motions" / f"{name}.pkl").write_bytes(pickle.dumps(take))
        song = aist / "music" / f"{name.split('_')[4]}.wav"
        soundfile.write(song, clicks_at(np.arange(0, 21, 0.6), 22.0, RATE), RATE)
    (aist / "splits" / "crossmodal_test.txt").write_text("gPO_sBM_cAll_d10_mPO2_ch01")
    config = replace(WRITTEN, folders=(str(aist),), held_out=(), dances_per_song=1)
    out = prepare_dances(config, tmp_path / "out")
    assert json.loads((out / "data.json").read_text())["kept_back"][0] == "gPO_sBM_ch01"
    pair = next(d for d in load_dances(out / "train") if d.name.startswith("pair"))
    assert pair.name == "pair_gBR_sBM_cAll_d04_mBR2_ch01"
    assert len(pair) == 25 * 12
    assert set(pair.families) == {"breakdance"}
    assert beat_times_of(pair.music)[:4] == pytest.approx([0, 0.6, 1.2, 1.8], abs=0.02)  # 100 BPM
