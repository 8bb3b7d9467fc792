"""Names of kinds of moves, told by the names of published takes or of people's own folders."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from music2pose.motion import mocap
from music2pose.motion.families import family_of, plain_name
from music2pose.moves.perform import perform_move


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("60_03.bvh", "salsa"),
        ("61_11_part2.bvh", "salsa"),
        ("05_02.bvh", "modern"),
        ("85_14.bvh", "breakdance"),
        ("131_04.bvh", "jackson"),
        ("gWA_sBM_cAll_d25_mWA0_ch01.pkl", "waacking"),
        ("gBR_sFM_c01_d04_mBR2_ch03.npz", "breakdance"),
        ("moonwalks_backwards.bvh", "moonwalk"),
        ("J_Dance18_TikTok.npz", "tik_tok"),
        ("B_SpiralDance.npz", "spiral"),
        ("160_03.bvh", "my_folder"),  # another subject
        ("60_3.bvh", "my_folder"),
        ("holiday.bvh", "my_folder"),
    ],
)
def test_a_take_is_of_the_family_that_its_name_tells_or_of_its_folder(name, family):
    assert family_of(Path("data") / "My folder" / name) == family


def test_a_file_without_a_folder_is_of_the_one_it_lies_in(tmp_path, monkeypatch):
    (tmp_path / "Salsa 2020").mkdir()
    monkeypatch.chdir(tmp_path / "Salsa 2020")
    assert family_of(Path("take.bvh")) == "salsa_2020"


@pytest.mark.parametrize(
    ("name", "plain"),
    [("StepTouch", "step_touch"), ("A--b  c", "a_b_c"), ("_x_", "x"), ("robot", "robot")],
)
def test_names_are_small_letters_digits_and_underscores(name, plain):
    assert plain_name(name) == plain


def test_takes_that_are_read_know_their_family(tmp_path, monkeypatch):
    take = perform_move("lasso", beats=16, rng=np.random.default_rng(0))
    monkeypatch.setattr(
        mocap, "read_motions", lambda path: [replace(take, name=path.stem, group=path.stem)]
    )
    folder = tmp_path / "Kitchen moves"
    folder.mkdir()
    for name in ("mine.bvh", "60_12.bvh"):
        (folder / name).touch()
    families = {motion.name: motion.family for motion in mocap.load_motions(folder)}
    assert families == {"mine": "kitchen_moves", "60_12": "salsa"}
