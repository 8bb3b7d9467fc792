"""Schedules of prompts: TOML and JSON, whose keys are moments of a song."""

import json
from pathlib import Path

import pytest

from prompts import PromptError
from prompts.schedule import PromptSchedule, load_schedule


def load(folder: Path, text: str, suffix: str = "toml", **options: str) -> PromptSchedule:
    path = folder / f"travel.{suffix}"
    path.write_text(text)
    return load_schedule(f"@{path}", **options)


def test_a_plain_prompt_is_a_schedule_of_one_text():
    schedule = load_schedule("a robot", usual_negative="blurry")
    assert [(item.moment.number, item.text) for item in schedule.prompts] == [(0.0, "a robot")]
    assert schedule.negative == "blurry"


def test_a_file_says_what_to_paint_when(tmp_path):
    schedule = load(tmp_path, 'hold = 0.25\n"0" = "day"\n"bar 5" = "night"\n"1:02.5" = "dawn"')
    moments = [(item.moment.unit, item.moment.number, item.text) for item in schedule.prompts]
    assert moments == [("second", 0, "day"), ("bar", 5, "night"), ("second", 62.5, "dawn")]
    assert schedule.hold == 0.25


def test_json_says_the_same_as_toml(tmp_path):
    toml = load(tmp_path, 'before = "a robot"\n"0" = "day"\n"section B" = "night"')
    texts = {"before": "a robot", "0": "day", "section B": "night"}
    assert load(tmp_path, json.dumps(texts), "json") == toml
    assert [item.text for item in toml.prompts] == ["a robot, day", "a robot, night"]


def test_what_is_said_before_and_after_stands_around_every_text(tmp_path):
    text = 'before = "a robot"\nafter = "at night"\n"0" = "dancing"\n"9" = "asleep"'
    texts = [item.text for item in load(tmp_path, text).prompts]
    assert texts == ["a robot, dancing, at night", "a robot, asleep, at night"]


def test_a_style_wraps_every_text_and_the_command_line_counts_most(tmp_path):
    text = 'style = "anime"\nnegative = "rain"\n"0" = "a robot"\n"9" = "a cat"'
    schedule = load(tmp_path, text, usual_negative="blurry")
    assert all("cel shading" in item.text for item in schedule.prompts)
    assert schedule.base_model == "toonyou"
    assert schedule.negative.startswith("rain, photo")
    assert schedule.negative.endswith("blurry")
    other = load(tmp_path, text, style="pencil", negative="snow", usual_negative="blurry")
    assert all("pencil" in item.text for item in other.prompts)
    assert other.negative == "snow"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('"verse 2" = "x"', "unknown key 'verse 2'; moments are"),
        ('"-3" = "x"', "unknown key '-3'"),
        ('"bar 0" = "x"', "bars are counted from 1"),
        ('negativ = "x"', "did you mean negative"),
        ('"0" = " "', "the prompt at '0' is empty"),
        ('"0" = 3', "'0' must be a text, got 3"),
        ('"0" = "a (b"', "has no partner"),
        ('"0" = "x"\nhold = 2', "hold is 2; give a share of the time"),
        ('style = "anme"\n"0" = "x"', "did you mean anime"),
        ('before = "x"', "holds no prompts; give some, at"),
        ("", "holds no prompts"),
        ("0 = ", "cannot read"),
    ],
)
def test_a_schedule_that_cannot_be_followed_is_explained(tmp_path, text, message):
    with pytest.raises(PromptError, match=message):
        load(tmp_path, text)


def test_a_file_that_is_no_object_or_not_there_is_explained(tmp_path):
    with pytest.raises(PromptError, match="holds no object"):
        load(tmp_path, "[1]", "json")
    with pytest.raises(PromptError, match="cannot read"):
        load_schedule(f"@{tmp_path / 'nothing.toml'}")
