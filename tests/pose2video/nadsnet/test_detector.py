"""People are found in frames of any shape, wherever they stand."""

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor, nn

from music2pose.pose import PoseSequence
from pipelines.extract import extract_poses
from pipelines.video import write_video
from pose2video.metrics.poses import correct_keypoints
from pose2video.nadsnet.detector import NadsnetBody, square_around
from pose2video.nadsnet.estimator import EstimatorConfig, PoseMaps
from tests.dancers import STANDING

BODY = STANDING.copy()
BODY[14:] = [(0.45, 0.16), (0.55, 0.16), (0.41, 0.21), (0.59, 0.21)]
"""A standing body with a face so large that its points do not cover each other."""
LEVELS = np.linspace(70, 250, 18).round()
"""Red of a joint of ``spotted``; red and green make 320 together, but less where it fades out."""


def spotted(keypoints: np.ndarray, width: int, height: int) -> np.ndarray:
    """A frame that shows each joint (18, 2), in canvas heights, as a spot of its own level."""
    frame = np.zeros((height, width, 3), np.uint8)
    radius = max(3, round(0.03 * np.ptp(keypoints[:, 1]) * height))
    for (x, y), level in zip(keypoints * height, LEVELS, strict=True):
        cv2.circle(frame, (round(x - 0.5), round(y - 0.5)), radius, (level, 320 - level, 0), -1)
    return frame


class SpotFinder(nn.Module):
    """An estimator that sees the spots of ``spotted`` and nothing else."""

    config = EstimatorConfig(picture_size=256)

    def __init__(self) -> None:
        super().__init__()
        self.levels = nn.Parameter(torch.tensor(LEVELS, dtype=torch.float32))

    def forward(self, pictures: Tensor) -> PoseMaps:
        red, green = (pictures[:, :2] + 1).mul(127.5).unbind(1)
        near = (red[:, None] - self.levels[:, None, None]).abs() < 5
        near &= (red + green - 320).abs()[:, None] < 16
        heatmaps = nn.functional.avg_pool2d(near.float(), 4)
        return PoseMaps(heatmaps, heatmaps.new_zeros(1, 34, *heatmaps.shape[-2:]), heatmaps[:, :1])


@pytest.fixture(scope="module")
def detector() -> NadsnetBody:
    return NadsnetBody(SpotFinder())  # type: ignore[arg-type]


@pytest.mark.parametrize(("width", "height"), [(640, 480), (480, 640), (512, 512), (701, 333)])
@pytest.mark.parametrize("side", ["left", "right"])
def test_somebody_is_found_to_a_hundredth_of_the_frame(detector, width, height, side):
    scale = 0.68 * min(width / height, 1)
    left = 0.02 if side == "left" else width / height - scale - 0.02
    true = BODY * scale + [left, 0.2]
    people = detector(spotted(true, width, height))
    assert len(people) == 1
    assert np.abs(people[0][:, :2] / height - true).max() < 0.01
    assert people[0][:, 2].min() > 0.15


def test_an_empty_frame_shows_nobody(detector):
    assert detector(np.zeros((120, 200, 3), np.uint8)) == []


def test_next_to_nothing_of_somebody_is_not_looked_at_again():
    person = np.concatenate([STANDING, np.zeros((18, 1))], axis=1)
    assert square_around(person) is None
    person[:6, 2] = 1
    square = square_around(person)
    assert square is not None
    inside = square.keypoints(person[:6, :2])
    assert inside.min() > 0.1
    assert inside.max() < 0.9


def test_a_dancer_is_followed_through_a_video(detector, tmp_path):
    sway = np.linspace(-0.1, 0.1, 8)
    true = np.stack([BODY * 0.8 + [0.3 + x, 0.1] for x in sway])
    frames = [spotted(keypoints, 480, 360) for keypoints in true]
    write_video(tmp_path / "spots.mp4", frames, 12.0)
    poses = extract_poses(tmp_path / "spots.mp4", detector)
    expected = PoseSequence(true.astype(np.float32), np.ones((8, 18), np.float32), 12.0, 4 / 3)
    assert poses.aspect == pytest.approx(4 / 3)
    assert correct_keypoints(poses, expected) > 0.9
