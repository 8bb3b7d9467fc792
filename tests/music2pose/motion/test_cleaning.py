"""Floor work is cut out of takes, and whatever is danced on the feet stays."""

from dataclasses import replace

import numpy as np
import pytest

from music2pose.motion.cleaning import cleaned, upright
from music2pose.motion.motion import Motion
from music2pose.moves.perform import perform_move
from music2pose.pose import JOINT

FPS = 50.0


@pytest.fixture(scope="module")
def take() -> Motion:
    motion = perform_move("two_step", beats=32, rng=np.random.default_rng(0)).resampled(FPS)
    return replace(motion, name="take", group="take")


def turned(motion: Motion, degrees: float, start: int, stop: int, lower: float) -> Motion:
    """The take with the body turned over sideways and lowered for some frames."""
    joints = motion.joints.copy()
    angle = np.radians(degrees)
    part = joints[start:stop]
    middle = part[:, [JOINT["left_hip"], JOINT["right_hip"]]].mean(1, keepdims=True)
    x, y, z = np.moveaxis(part - middle, -1, 0)
    rotated = [x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle), z]
    joints[start:stop] = np.stack(rotated, axis=-1) + middle - [0, lower, 0]
    return replace(motion, joints=joints.astype(np.float32))


def test_a_dance_on_the_feet_is_upright(take):
    assert upright(take).all()
    deep = perform_move("twist", beats=16, rng=np.random.default_rng(0)).resampled(FPS)
    assert upright(deep).all()


@pytest.mark.parametrize("degrees", [90, 180], ids=["lies", "stands on the head"])
def test_work_on_the_floor_is_not_upright(take, degrees):
    flags = upright(turned(take, degrees, 300, 400, lower=0.5))
    assert not flags[300:400].any()
    margin = round(0.15 * FPS) + 1
    assert flags[: 300 - margin].all() and flags[400 + margin :].all()
    assert not flags[300 - 5] and not flags[400 + 4]  # getting down and up is left out too


def test_sitting_down_is_not_upright(take):
    joints = take.joints.copy()
    legs = [JOINT[f"{side}_{part}"] for side in ("left", "right") for part in ("knee", "ankle")]
    others = [joint for joint in range(18) if joint not in legs]
    joints[300:400, others, 1] -= 0.6
    assert not upright(replace(take, joints=joints))[300:400].any()


def test_a_foot_as_high_as_the_neck_is_no_dance_on_the_feet(take):
    joints = take.joints.copy()
    joints[300:400, JOINT["left_ankle"], 1] = joints[300:400, JOINT["neck"], 1] + 0.05
    assert not upright(replace(take, joints=joints))[300:400].any()


def test_a_take_with_floor_work_in_the_middle_is_cut_in_two(take):
    parts = [p for p in cleaned(turned(take, 180, 300, 400, 0.5)) if "_idle" not in p.name]
    assert [part.name for part in parts] == ["take_part1", "take_part2"]
    assert all(upright(part).all() for part in parts)
    (whole,) = [part for part in cleaned(take) if "_idle" not in part.name]
    assert whole.name == "take"
    assert len(whole) > len(parts[0]) + len(parts[1]) + 100
