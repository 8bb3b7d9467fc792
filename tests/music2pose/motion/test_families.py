"""Names of kinds of moves, told by the names of published takes or of people's own folders."""

from pathlib import Path

import pytest

from music2pose.motion.families import family_of, plain_name


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
