"""The cut of a target video: the dancer in it, steady, picture and pose aligned to the pixel."""

import numpy as np
import pytest

from music2pose.pose import PoseSequence
from pose2video import RenderError
from pose2video.performer.target import CropConfig, Square, camera_squares, cropped, has_pose
from tests.stand_in import STANDING, swaying

MARGIN = CropConfig().margin


def walking(num_frames: int = 100, speed: float = 0.02, aspect: float = 3.0) -> PoseSequence:
    """Somebody of a third of the canvas' height who crosses it from left to right."""
    keypoints = np.repeat(STANDING[None] * 0.5, num_frames, axis=0)
    keypoints[..., 0] += speed * np.arange(num_frames)[:, None]
    return PoseSequence(keypoints, np.ones((num_frames, 18), np.float32), 25.0, aspect)


def markers(keypoints: np.ndarray, width: int, height: int, radius: float) -> np.ndarray:
    """A picture with a soft white blob at each keypoint (N, 2), in pixels from the corner."""
    row, column = np.mgrid[:height, :width] + 0.5
    picture = np.zeros((height, width))
    for x, y in keypoints * height:
        picture += np.exp(-((column - x) ** 2 + (row - y) ** 2) / (2 * radius**2))
    return np.repeat((picture.clip(0, 1) * 255).astype(np.uint8)[..., None], 3, axis=-1)


def found(picture: np.ndarray, near: np.ndarray, reach: float) -> np.ndarray:
    """The centre of gravity of the blob around ``near``, in pixels from the corner."""
    row, column = np.mgrid[: len(picture), : len(picture)] + 0.5
    light = picture[..., 0].astype(float)
    light[np.hypot(column - near[0], row - near[1]) > reach] = 0
    return np.array([(column * light).sum(), (row * light).sum()]) / light.sum()


@pytest.mark.parametrize("size", [64, 97, 256, 512])
@pytest.mark.parametrize("shape", [(480, 640), (641, 359), (1080, 606), (200, 200)])
def test_picture_and_pose_stay_aligned_to_the_pixel(size, shape):
    """Blobs drawn at keypoints of the canvas are found at the keypoints of the cut."""
    height, width = shape
    square = Square(0.2 * width / height - 0.1, 0.1137, 0.5531)
    points = np.array([[0.2, 0.3], [0.8, 0.25], [0.25, 0.8], [0.75, 0.7]])
    points = points * square.side + square[:2]
    radius = 0.02 * height
    cut = square.picture(markers(points, width, height, radius), size)
    scale = size / (square.side * height)
    for point in square.keypoints(points) * size:
        assert found(cut, point, 4 * radius * scale) == pytest.approx(point, abs=0.1)


def test_a_following_camera_keeps_them_aligned_in_every_frame():
    poses = walking(60)
    squares = camera_squares(poses, CropConfig())
    hands = cropped(poses, squares).keypoints[:, [4, 7]]
    assert len(set(squares)) > 30
    for index in range(0, 60, 7):
        picture = markers(poses.keypoints[index, [4, 7]], 600, 200, 3.0)
        cut = squares[index].picture(picture, 128)
        for point in hands[index] * 128:
            assert found(cut, point, 14) == pytest.approx(point, abs=0.15)


@pytest.mark.parametrize("poses", [swaying(50, 25), walking()], ids=["still", "following"])
def test_the_dancer_is_always_inside_with_room_to_spare(poses):
    keypoints = cropped(poses, camera_squares(poses, CropConfig())).keypoints
    room = MARGIN / (1 + 2 * MARGIN) - 0.01
    assert keypoints.min() > room and keypoints.max() < 1 - room


def test_who_stays_in_place_is_seen_by_a_camera_that_stands_still():
    assert len(set(camera_squares(swaying(50, 25), CropConfig()))) == 1


def test_who_walks_is_followed_smoothly_and_not_made_small():
    poses = walking()
    squares = np.array(camera_squares(poses, CropConfig()))
    assert squares[:, 2].max() < 1.7 * np.ptp(poses.keypoints[0], axis=0).max()
    steps = np.diff(squares[:, 0])
    assert steps[20:-20] == pytest.approx(0.02, abs=1e-3)  # the speed of the walk
    assert np.abs(np.diff(steps)).max() < 0.002  # no jerk at the ends


def test_one_joint_that_flies_off_does_not_move_the_camera():
    poses = swaying(50, 25)
    poses.keypoints[20, 4] = 9.0
    assert camera_squares(poses, CropConfig()) == camera_squares(swaying(50, 25), CropConfig())


def test_joints_that_are_not_seen_do_not_count():
    poses = swaying(50, 25)
    poses.confidence[:, 4] = 0
    poses.keypoints[:, 4] = -5.0
    keypoints = cropped(poses, camera_squares(poses, CropConfig())).keypoints
    assert np.delete(keypoints, 4, axis=1).min() > 0


def test_frames_without_a_pose_are_known_and_the_camera_bridges_them():
    poses = walking()
    poses.confidence[40:50] = 0
    poses.keypoints[40:50] = 0
    poses.confidence[0, :11] = 0  # seven joints are left: too few
    assert np.flatnonzero(~has_pose(poses)).tolist() == [0, *range(40, 50)]
    left = np.array(camera_squares(poses, CropConfig()))[:, 0]
    assert np.abs(np.diff(left)).max() < 0.025


def test_beyond_the_border_its_last_pixels_go_on():
    picture = np.zeros((100, 100, 3), np.uint8)
    picture[:, :50] = (200, 10, 10)
    cut = Square(-0.5, -0.5, 2.0).picture(picture, 64)
    assert (cut[:, :16] == (200, 10, 10)).all() and (cut[:, 48:] == 0).all()


def test_fine_patterns_are_averaged_when_a_large_picture_becomes_small():
    stripes = np.zeros((1024, 1024, 3), np.uint8)
    stripes[:, ::2] = 255
    cut = Square(0.001, 0.003, 0.95).picture(stripes, 64).astype(int)
    assert np.abs(cut[1:-1, 1:-1] - 127).max() < 12


def test_one_frame_is_enough():
    poses = swaying(1, 25)
    assert len(cropped(poses, camera_squares(poses, CropConfig()))) == 1


def test_nobody_cannot_be_cut_out():
    poses = swaying(3, 25)
    with pytest.raises(RenderError, match="no frame shows 8 joints"):
        camera_squares(PoseSequence(poses.keypoints, 0 * poses.confidence, 25.0), CropConfig())
