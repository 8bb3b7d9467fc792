"""The skeleton of each frame stands where its pose says, framed for the picture."""

import numpy as np
import pytest

from music2pose.pose import JOINT
from pose2video.draw import OPENPOSE_COLORS
from pose2video.renderer import RenderOptions
from pose2video.skeleton import load
from tests.stand_in import swaying

HANDS = [JOINT["right_wrist"], JOINT["left_wrist"]]


@pytest.mark.parametrize(("width", "height"), [(128, 128), (192, 128), (96, 128)])
def test_frame_k_shows_pose_k_in_the_middle_of_any_format(width, height):
    """A square canvas loses or gains as much at either side, and keeps its height."""
    poses = swaying(60, 5)
    frames = [*load(RenderOptions(width, height)).render(poses, 0)]
    assert len(frames) == 60
    left = (width - height) / 2
    for k in range(0, 60, 7):
        for joint in HANDS:
            x, y = poses.keypoints[k, joint] * height
            near = frames[k][int(y) - 1 : int(y) + 2, int(x + left) - 1 : int(x + left) + 2]
            off = np.abs(near.astype(int) - OPENPOSE_COLORS[joint]).max(axis=-1)
            assert off.min() < 80, (k, joint)  # the other hand is 170 off
