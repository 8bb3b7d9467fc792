"""Between two poses: bones turn and keep their length, and nobody sinks into the floor."""

import numpy as np
import pytest

from music2pose.blending import blended, lower_foot
from tests.dancers import STANDING, joint

SHOULDER, ELBOW, WRIST = (joint(f"right_{part}") for part in ("shoulder", "elbow", "wrist"))


def with_arm(*directions: tuple[float, float]) -> np.ndarray:
    """Somebody who stands, the right arm a straight line of length 0.2, (N, 18, 2)."""
    poses = np.repeat(STANDING[None], len(directions), axis=0)
    for pose, direction in zip(poses, np.array(directions, float), strict=True):
        pose[ELBOW] = pose[SHOULDER] + 0.1 * direction
        pose[WRIST] = pose[SHOULDER] + 0.2 * direction
    return poses


def test_both_ends_are_as_they_were():
    rng = np.random.default_rng(0)
    one, other = STANDING + rng.normal(0, 0.05, (2, 40, 18, 2))
    assert np.allclose(blended(one, other, np.zeros(40)), one)
    assert np.allclose(blended(one, other, np.ones(40)), other)


def test_half_way_from_out_to_down_an_arm_points_between_at_full_length():
    middle = blended(with_arm((-1, 0)), with_arm((0, 1)), np.array([0.5]))[0]
    arm = middle[WRIST] - middle[SHOULDER]
    assert arm[0] == pytest.approx(-arm[1])
    assert np.linalg.norm(arm) > 0.19, "a straight line between the wrists would leave 0.14"


def test_a_whole_turn_of_an_arm_goes_through_the_front_and_not_now_left_now_right():
    """Down, nearly; and up: as the lower arm crosses the opposite direction, nothing jumps."""
    angles = np.linspace(-0.3, 0.3, 31)
    down = with_arm(*zip(np.sin(angles), np.cos(angles), strict=True))
    up = with_arm(*[(0, -1)] * 31)
    wrists = blended(down, up, np.full(31, 0.5))[:, WRIST]
    steps = np.linalg.norm(np.diff(wrists, axis=0), axis=1)
    assert steps.max() < 0.03
    assert np.linalg.norm(wrists[15] - STANDING[SHOULDER]) < 0.02, "it points at the viewer"


def test_the_lower_foot_goes_straight_from_floor_to_floor():
    crouched = STANDING.copy()
    for part in ("knee", "ankle"):  # legs spread wide, the body lower
        crouched[joint(f"right_{part}"), 0] -= 0.15
        crouched[joint(f"left_{part}"), 0] += 0.15
    crouched[:, 1] += 0.96 - crouched[joint("left_ankle"), 1]
    crouched[:, 1] += 0.02
    one, other = (np.repeat(pose[None], 11, axis=0) for pose in (STANDING, crouched))
    level = lower_foot(blended(one, other, np.linspace(0, 1, 11)))
    assert np.allclose(level, np.linspace(0.96, 0.98, 11))


def test_nothing_is_between_no_poses():
    assert blended(STANDING[None][:0], STANDING[None][:0], np.zeros(0)).shape == (0, 18, 2)
