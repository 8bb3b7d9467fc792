"""The moves that a dancer can be asked for are listed, and drawn as they are danced."""

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

import cli
from music2pose.generator import POSE_PRESETS, PoseGenerator
from music2pose.motion.camera import Camera, project
from music2pose.moves.book import MOVES
from music2pose.moves.perform import perform_move
from pipelines.config import Music2VideoConfig
from pipelines.moves import (
    LABEL_HEIGHT,
    MOMENTS,
    SIDE,
    danced_families,
    drawn_row,
    list_moves,
    written_dance,
)

MODEL = Music2VideoConfig.model


@pytest.fixture(autouse=True)
def dancer(monkeypatch) -> PoseGenerator:
    """An untrained dancer who knows robot and salsa, in place of the one that ships."""
    torch.manual_seed(0)
    config = replace(POSE_PRESETS["tiny"], families=("robot", "salsa"))
    model = PoseGenerator(config).eval().requires_grad_(False)
    model.phrases.normal_()
    model.phrase_family.copy_(torch.arange(64) % 2)
    monkeypatch.setattr("music2pose.generate.load_pose_model", lambda _: model)
    return model


def test_written_moves_and_families_are_listed_once(dancer):
    listed = list_moves(dancer)
    assert [move.name for move in listed] == [*MOVES, "salsa"]
    assert [move.name for move in listed if move.is_known] == ["robot", "salsa"]
    assert all(move.says == MOVES[move.name].says for move in listed[:-1])


def test_the_list_is_for_people_and_programs(capsys):
    assert cli.main(["moves"]) == 0
    said = capsys.readouterr().out
    assert f"robot               {MOVES['robot'].says}\n" in said
    assert said.endswith(f"{MODEL} dances by name: robot, salsa\n")
    assert cli.main(["moves", "--json"]) == 0
    assert {"name": "salsa", "says": "", "is_known": True} in json.loads(capsys.readouterr().out)


def test_a_sheet_has_a_row_of_skeletons_for_each_move(tmp_path, capsys):
    sheet = tmp_path / "moves.png"
    assert cli.main(["moves", "-o", str(sheet)]) == 0
    picture = cv2.imread(str(sheet))
    assert picture is not None
    assert picture.shape == ((len(MOVES) + 1) * (LABEL_HEIGHT + SIDE), MOMENTS * SIDE, 3)
    assert cli.main(["moves", "-o", str(sheet)]) == 2
    assert "exists; give --overwrite" in capsys.readouterr().err
    assert cli.main(["moves", "-o", str(tmp_path / "moves.jpg")]) == 2
    assert list(tmp_path.iterdir()) == [sheet]


def test_each_moment_is_drawn_where_it_is_danced():
    """Somebody who jumps is drawn higher at the moments of the jump."""
    row = drawn_row("jumps", written_dance("star_jump"))[LABEL_HEIGHT:]
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


def test_families_are_drawn_as_they_are_danced_and_each_by_its_own_phrases(dancer):
    robot, salsa = danced_families(dancer, ["robot", "salsa"])
    assert robot.keypoints.shape == (MOMENTS, 18, 2)
    assert np.abs(robot.keypoints - salsa.keypoints).max() > 0.01
    (again,) = danced_families(dancer, ["robot"])
    assert np.array_equal(again.keypoints, robot.keypoints)
