"""The moves that a dancer can be asked for are listed, and drawn as they are danced."""

import json

import cv2
import numpy as np
import pytest

import cli
from music2pose.motion.camera import Camera, project
from music2pose.moves.book import MOVES
from music2pose.moves.perform import perform_move
from pipelines.config import Music2VideoConfig
from pipelines.moves import LABEL_HEIGHT, MOMENTS, SIDE, list_moves, sheet_of, written_dance

MODEL = Music2VideoConfig.model


@pytest.fixture
def knows_robot_and_salsa(monkeypatch):
    monkeypatch.setattr("pipelines.moves.families_of", lambda model: ("robot", "salsa"))


def test_written_moves_and_families_are_listed_once(knows_robot_and_salsa):
    listed = list_moves(MODEL)
    assert [move.name for move in listed] == [*MOVES, "salsa"]
    assert [move.name for move in listed if move.is_known] == ["robot", "salsa"]
    assert all(move.says == MOVES[move.name].says for move in listed[:-1])


def test_the_list_is_for_people_and_programs(knows_robot_and_salsa, capsys):
    assert cli.main(["moves"]) == 0
    said = capsys.readouterr().out
    assert f"robot               {MOVES['robot'].says}\n" in said
    assert said.endswith(f"{MODEL} dances by name: robot, salsa\n")
    assert cli.main(["moves", "--json"]) == 0
    assert {"name": "salsa", "says": "", "is_known": True} in json.loads(capsys.readouterr().out)


def test_a_sheet_has_a_row_of_skeletons_for_each_written_move(tmp_path, capsys):
    sheet = tmp_path / "moves.png"
    assert cli.main(["moves", "-o", str(sheet)]) == 0
    picture = cv2.imread(str(sheet))
    assert picture is not None
    assert picture.shape == (len(MOVES) * (LABEL_HEIGHT + SIDE), MOMENTS * SIDE, 3)
    assert cli.main(["moves", "-o", str(sheet)]) == 2
    assert "exists; give --overwrite" in capsys.readouterr().err
    assert cli.main(["moves", "-o", str(tmp_path / "moves.jpg")]) == 2
    assert list(tmp_path.iterdir()) == [sheet]


def test_each_moment_is_drawn_where_it_is_danced():
    """Somebody who jumps is drawn higher at the moments of the jump."""
    row = sheet_of({"star_jump": "jumps"})[LABEL_HEIGHT:]
    lowest = [
        np.flatnonzero(row[:, place : place + SIDE].any(axis=(1, 2))).max()
        for place in range(0, MOMENTS * SIDE, SIDE)
    ]
    assert lowest[3] < min(lowest[0], lowest[2], lowest[4]) - 5


def test_a_row_is_one_round_of_the_move():
    """The running man takes two beats: 8 moments are a quarter of a beat, 0.125 s, apart."""
    drawn = written_dance("running_man")
    danced = project(perform_move("running_man", 8, 120.0, 50.0), Camera())
    assert np.abs(drawn.keypoints[4, 10] - danced.keypoints[25, 10]).max() < 0.03
    assert np.abs(drawn.keypoints[:, 10] - drawn.keypoints[0, 10]).max() > 0.1
