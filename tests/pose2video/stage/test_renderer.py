"""What is asked of the stage reaches its pictures: words, camera, dancers, seed, schedule."""

from typing import Any

import numpy as np
import pytest

from music2pose.pose import PoseSequence
from pose2video.renderer import RenderOptions
from pose2video.stage.renderer import StageRenderer
from pose2video.stage.settings import StageSettings
from pose2video.wording import Wording
from tests.stand_in import swaying

SIDE = 48


@pytest.fixture(scope="module")
def poses() -> PoseSequence:
    return swaying(50, 25)


def renderer(prompt: str = "a robot on a beach", **asked: Any) -> StageRenderer:
    words = Wording(style=asked.pop("style", None), negative_prompt=asked.pop("negative", None))
    settings = StageSettings(**{"camera": "still"} | asked)
    return StageRenderer(RenderOptions(SIDE, SIDE, prompt, settings=(settings, words)))


def picture(stage: StageRenderer, poses: PoseSequence, frame: int = 10, seed: int = 0) -> Any:
    (found,) = stage.frames_at(poses, seed, np.array([frame]))
    return found.astype(float)


@pytest.mark.parametrize(
    ("prompt", "asked"),
    [
        ("a cat on a beach", {}),
        ("a robot in a forest", {}),
        ("a robot on a beach at night", {}),
        ("a robot on a beach", {"style": "anime"}),
        ("a robot on a beach", {"dancers": 3}),
        ("three robots on a beach", {}),
        ("a robot on a beach", {"camera": "follow"}),
    ],
)
def test_what_is_asked_for_changes_the_picture(poses, prompt, asked):
    usual = picture(renderer(), poses)
    assert np.abs(picture(renderer(prompt, **asked), poses) - usual).mean() > 1


def test_dancers_of_the_option_count_more_than_those_of_the_prompt(poses):
    assert len(renderer("three robots").production(poses, 0).dancers) == 3
    assert len(renderer("three robots", dancers=2).production(poses, 0).dancers) == 2


def test_another_seed_shows_another_dancer_on_the_same_renderer(poses):
    stage = renderer("a dancer")
    first, second = (picture(stage, poses, seed=seed) for seed in (0, 1))
    assert np.abs(first - second).mean() > 0.5
    assert np.array_equal(first, picture(renderer("a dancer"), poses, seed=0))


def test_between_two_prompts_the_picture_is_their_mean(poses, tmp_path):
    path = tmp_path / "prompts.toml"
    path.write_text('hold = 0.0\n"0" = "a robot on a beach"\n"1.6" = "a cat in a forest"\n')
    both = renderer(f"@{path}")
    middle = picture(both, poses, 20)  # at 0.8 s of 1.6
    ends = [
        picture(renderer(text), poses, 20) for text in ("a robot on a beach", "a cat in a forest")
    ]
    assert np.abs(middle - np.mean(ends, axis=0)).max() <= 1


def test_the_plan_holds_the_scene_of_every_moment():
    plan = renderer("two cats in the snow").plan(50, 25)
    (scene,) = plan["scenes"].values()
    assert scene["figure"]["body"] == "cat"
    assert scene["dancers"] == 2
    assert scene["place"]["stage"] == "snow"
