"""The lifter's benchmark measures angles, standing feet and held-out moves as it says."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.lifter import degrees, held_out, jerk, standing_speeds
from music2pose.moves.perform import perform_move


def test_angles_are_between_bones():
    one = np.tile([1.0, 0, 0], (2, 16, 1))
    turned = np.tile([0.5, np.sqrt(0.75), 0], (2, 16, 1))
    assert degrees(one, turned) == pytest.approx(np.full((2, 16), 60.0))


def test_a_standing_body_carried_along_slides_and_a_lifted_one_does_not_stand():
    still = perform_move("lasso", fps=25)
    still = replace(still, joints=np.repeat(still.joints[:1], 26, axis=0))
    way = np.linspace(0, 0.5, 26, dtype=np.float32)[:, None, None]
    carried = replace(still, joints=still.joints + way * np.array([0.6, 0, 0.8], np.float32))
    assert standing_speeds(carried) == pytest.approx(0.5, abs=1e-4)
    lifted = replace(still, joints=still.joints + np.array([0, 0.2, 0], np.float32))
    assert len(standing_speeds(lifted)) == 0


def test_jerk_of_a_cubic_is_six_times_its_factor():
    seconds = np.arange(20) / 25
    points = np.zeros((20, 1, 3))
    points[:, 0, 2] = 2 * seconds**3
    assert jerk(points, 25.0) == pytest.approx(12.0)


def test_without_motion_capture_the_written_moves_held_out_are_judged():
    groups = {take.group for take in held_out("checkpoints/lifter", None)}
    assert groups == {f"move_{name}" for name in (
        "charleston", "grapevine", "running_man", "sprinkler", "windmill")}  # fmt: skip
