"""A sheet shows moments of the whole dance, each under its time."""

from pathlib import Path

import cv2
import numpy as np

from music2pose.pose_files import save_poses
from pipelines.config import Music2VideoConfig as Config
from pipelines.sheet import render_sheet
from pose2video.contact_sheet import contact_sheet
from pose2video.skeleton import SkeletonRenderer
from tests.stand_in import swaying


def sheet(folder: Path, **settings) -> np.ndarray:
    poses = save_poses(swaying(60, 10.0), folder / "poses.npz")
    shown = {"poses": str(poses), "renderer": "skeleton", "width": 64, "height": 64, "fps": 10.0}
    render_sheet(folder / "sheet.png", Config(**shown, **settings), overwrite=True)
    picture = cv2.imread(str(folder / "sheet.png"))
    assert picture is not None
    return picture[..., ::-1]


def test_moments_are_spread_from_the_first_to_the_last_frame(tmp_path):
    painted = list(SkeletonRenderer(64, 64).render(swaying(60, 10.0), 0))
    moments = np.linspace(0, 59, 24).round().astype(int)
    expected = contact_sheet([painted[index] for index in moments], (moments / 10).tolist())
    assert np.array_equal(sheet(tmp_path), expected)


def test_a_duration_ends_it_sooner(tmp_path):
    painted = list(SkeletonRenderer(64, 64).render(swaying(60, 10.0), 0))[:20]
    assert np.array_equal(
        sheet(tmp_path, duration=2.0), contact_sheet(painted, (np.arange(20) / 10).tolist())
    )


def test_a_dry_run_writes_nothing(tmp_path):
    poses = save_poses(swaying(60, 10.0), tmp_path / "poses.npz")
    config = Config(poses=str(poses), renderer="skeleton", fps=10.0)
    record = render_sheet(tmp_path / "sheet.png", config, dry_run=True)
    assert record.content["frames"] == 24
    assert list(tmp_path.iterdir()) == [poses]
