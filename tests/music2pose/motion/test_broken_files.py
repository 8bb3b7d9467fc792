"""Motion files that are broken, absurd or crafted are said in one line, and end no training."""

import logging
import os
import pickle
import warnings
from pathlib import Path

import numpy as np
import pytest

from music2pose import MusicError
from music2pose.motion.mocap import load_motions, read_motions
from tests.music2pose.motion.test_mocap import bvh_text, smpl_take


@pytest.fixture(autouse=True)
def warnings_are_faults():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def stick(frames: int = 60) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {
        "posed_joints": rng.normal(size=(frames, 30, 3)), "fps": np.array(30.0),
        "global_rot_mats": np.tile(np.eye(3), (frames, 30, 1, 1)),
    }  # fmt: skip


BVH_FAULTS = {
    "a frame time of a nanosecond": ("Frame Time: 0.02", "Frame Time: 1e-9"),
    "a frame time beyond all floats": ("Frame Time: 0.02", "Frame Time: 1e-320"),
    "a frame time that is no number": ("Frame Time: 0.02", "Frame Time: e"),
    "a year a frame": ("Frame Time: 0.02", "Frame Time: 3e7"),
    "a million million frames": ("Frames: ", "Frames: 999999999"),
    "an unknown channel": ("Xrotation", "Wrotation"),
    "a count of channels that is none": ("CHANNELS 6", "CHANNELS many"),
    "more channels than words": ("CHANNELS 6", "CHANNELS 99999999"),
    "an offset that is none": ("OFFSET 0 0 0 CH", "OFFSET x 0 0 CH"),
    "blanks without end": ("ROOT", "ROOT" + " " * 200_000 + "\n{}"),
}


@pytest.mark.parametrize("fault", BVH_FAULTS)
def test_a_broken_bvh_is_said(tmp_path, fault):
    text = bvh_text(seconds=0.02)
    before, after = BVH_FAULTS[fault]
    assert before in text
    path = tmp_path / "a.bvh"
    path.write_text(text.replace(before, after))
    with pytest.raises(MusicError) as caught:
        read_motions(path)
    assert "a.bvh" in str(caught.value) and "\n" not in str(caught.value)


def test_a_bvh_in_which_nothing_moves_takes_no_memory(tmp_path):
    text = "HIERARCHY\nROOT Hips\n{\nOFFSET 0 0 0\n}\nMOTION\nFrames: 900000000\nFrame Time: 0.01\n"
    (tmp_path / "a.bvh").write_text(text)
    with pytest.raises(MusicError, match="0 channels"):
        read_motions(tmp_path / "a.bvh")


NPZ_FAULTS = {
    "no rate": {"fps": np.array(0.0)}, "a rate of many": {"fps": np.ones(3)},
    "a rate in words": {"fps": np.array("fast")}, "an absurd rate": {"fps": np.array(1e-9)},
    "a rate beyond all": {"fps": np.array(1e300)},
    "a row of joints": {"posed_joints": np.ones(3)},
    "joints of another body": {"posed_joints": np.ones((60, 5, 3))},
    "joints in a plane": {"posed_joints": np.ones((60, 30, 2))},
    "joints far beyond": {"posed_joints": np.full((60, 30, 3), 1e300)},
    "joints that are none": {"posed_joints": np.full((60, 30, 3), np.nan)},
    "joints in words": {"posed_joints": np.full((60, 30, 3), "x")},
    "no frames": {"posed_joints": np.ones((0, 30, 3))},
    "turns of another length": {"global_rot_mats": np.ones((7, 30, 3, 3))},
}  # fmt: skip


@pytest.mark.parametrize("fault", NPZ_FAULTS)
def test_broken_arrays_are_said(tmp_path, fault):
    np.savez(tmp_path / "a.npz", **(stick() | NPZ_FAULTS[fault]))
    with pytest.raises(MusicError, match=r"a\.npz"):
        read_motions(tmp_path / "a.npz")


def test_one_bad_file_ends_no_training(tmp_path, caplog):
    good = tmp_path / "motions" / "gBR_sBM_cAll_d04_mBR0_ch01.pkl"
    good.parent.mkdir()
    good.write_bytes(pickle.dumps(smpl_take()))
    np.savez_compressed(tmp_path / "stick.npz", **stick())
    whole = (tmp_path / "stick.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "flipped.npz").write_bytes(whole[:400] + bytes([whole[400] ^ 255]) + whole[401:])
    (tmp_path / "words.bvh").write_text(bvh_text().replace("lShldr", "x" * 5000, 1))
    os.mkfifo(tmp_path / "pipe.bvh")
    os.mkfifo(tmp_path / "pipe.npz")
    os.mkfifo(tmp_path / "pipe.pkl")
    (tmp_path / "folder.bvh").mkdir()
    with caplog.at_level(logging.WARNING):
        found = load_motions(tmp_path)
    assert good.stem in {motion.name for motion in found}
    said = [record.getMessage() for record in caplog.records]
    for name in ("cut.npz", "flipped.npz", "pipe.bvh", "pipe.npz", "pipe.pkl", "folder.bvh"):
        assert any(name in text for text in said), name
    assert max(map(len, said)) < 700


def test_a_list_of_sequences_may_be_a_pipe_or_no_text(tmp_path):
    (tmp_path / "ignore_list.txt").write_bytes(b"\xff\xfe\x00good\n")
    assert load_motions(tmp_path) == []
    Path(tmp_path / "ignore_list.txt").unlink()
    os.mkfifo(tmp_path / "ignore_list.txt")
    with pytest.raises(MusicError, match=r"ignore_list\.txt"):
        load_motions(tmp_path)
