"""Extraction follows the right person through any video, and says what is missing."""

import subprocess
import time
import warnings
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
import torch
from torch import nn

from pipelines import VideoError
from pipelines.extract import OPENPOSE_WEIGHTS, extract_poses, fill_gaps, load_openpose
from tests.shared_data import SHARED, needs_shared

STANDING = np.array([
    [0, -48], [0, -36], [-9, -36], [-12, -22], [-13, -8], [9, -36], [12, -22], [13, -8],
    [-6, -4], [-6, 20], [-6, 44], [6, -4], [6, 20], [6, 44],
    [-2, -50], [2, -50], [-4, -49], [4, -49],
])  # fmt: skip
"""(18, 2) pixels around the middle of a person about 100 pixels high."""


def person(x: float, y: float, size: float = 1.0) -> np.ndarray:
    return np.column_stack([STANDING * size + [x, y], np.full(18, 0.9)])


def blob_detector(frame: np.ndarray) -> list[np.ndarray]:
    """A person stands where the frame is red, with the height of the red; others are not seen."""
    red = (frame[..., 0] > 150) & (frame[..., 1] < 100) & (frame[..., 2] < 100)
    if not red.any():
        return []
    y, x = np.nonzero(red)
    return [person(x.mean(), y.mean(), (np.ptp(y) + 1) / 100)]


def make_video(path: Path, source: str, *options: str) -> Path:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-f", "lavfi", "-i", source]
    subprocess.run([*command, *options, str(path)], check=True)
    return path


def moving_square(seconds: float = 1.0, fps: float = 20, color: str = "red") -> str:
    """A 40 px square that moves right by 100 px a second over a 320 x 240 black canvas."""
    return (
        f"color=black:s=320x240:r={fps}:d={seconds}[b];color={color}:s=40x40:r={fps}:d={seconds}[f];"
        "[b][f]overlay=x='20+100*t':y=100:eval=frame"
    )


def middle_x(poses) -> np.ndarray:
    return (poses.keypoints[:, 8, 0] + poses.keypoints[:, 11, 0]) / 2


def test_the_dancer_is_where_the_video_shows_it(tmp_path):
    video = make_video(tmp_path / "a dance é.mp4", moving_square())
    poses = extract_poses(video, blob_detector)
    assert len(poses) == 20 and poses.fps == 20 and poses.aspect == pytest.approx(4 / 3)
    expected = (40 + 100 * np.arange(20) / 20) / 240
    np.testing.assert_allclose(middle_x(poses), expected, atol=0.01)


def test_frames_reach_the_detector_as_rgb(tmp_path):
    video = make_video(tmp_path / "blue.mp4", moving_square(color="blue"))
    with pytest.raises(VideoError, match="nobody was found"):
        extract_poses(video, blob_detector)


def test_another_rate_shows_the_same_moments(tmp_path):
    video = make_video(tmp_path / "dance.mp4", moving_square(2.0))
    poses = extract_poses(video, blob_detector, fps=10)
    assert len(poses) == 20
    np.testing.assert_allclose(middle_x(poses), (40 + 10 * np.arange(20)) / 240, atol=0.02)


def test_uneven_frames_keep_their_times(tmp_path):
    """Half of the frames of the first second are missing; the square must not run ahead."""
    drop = "select='gt(t,1)+not(mod(n,4))'"
    video = make_video(
        tmp_path / "vfr.mkv", moving_square(2.0), "-vf", drop, "-fps_mode", "passthrough"
    )
    poses = extract_poses(video, blob_detector, fps=20)
    times = np.arange(len(poses)) / 20
    assert len(poses) == pytest.approx(40, abs=2)
    late = (times > 1.1) & (times < 1.9)
    np.testing.assert_allclose(middle_x(poses)[late], (40 + 100 * times[late]) / 240, atol=0.03)


def test_a_rotated_phone_video_stands_upright(tmp_path):
    flat = make_video(tmp_path / "flat.mp4", moving_square())
    turned = tmp_path / "turned.mp4"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-display_rotation", "90"]
    subprocess.run([*command, "-i", str(flat), "-c", "copy", str(turned)], check=True)
    poses = extract_poses(turned, blob_detector)
    assert poses.aspect == pytest.approx(240 / 320)
    # a quarter turn counter-clockwise: what went right goes up
    assert poses.keypoints[-1, 8, 1] < poses.keypoints[0, 8, 1] - 0.2
    np.testing.assert_allclose(middle_x(poses), 120 / 320, atol=0.02)


def test_large_videos_are_looked_at_small(tmp_path):
    video = make_video(tmp_path / "large.mp4", "color=red:s=1080x1920:r=5:d=0.6")
    shapes = []
    extract_poses(video, lambda frame: shapes.append(frame.shape) or [person(100, 200)])
    assert shapes == [(512, 288, 3)] * 3


def test_the_largest_person_is_followed_past_a_bystander(tmp_path, caplog):
    video = make_video(tmp_path / "two.mp4", moving_square(2.0))

    def detector(frame):
        dancer = blob_detector(frame)[0]
        dancer[:, :2] += [0, 10]
        bystander = person(160, 60, 0.2)
        return [bystander, dancer] if len(calls) % 2 else [dancer, bystander]

    calls: list[int] = []
    poses = extract_poses(video, lambda frame: calls.append(1) or detector(frame))
    steps = np.diff(middle_x(poses))
    assert (steps > 0).all() and steps.max() < 0.06
    assert "two.mp4: 40 poses of other people are left out" in caplog.text


def test_frames_without_a_dancer_are_counted(tmp_path, caplog):
    video = make_video(tmp_path / "away.mp4", moving_square(1.0))
    calls: list[int] = []

    def detector(frame):
        calls.append(1)
        return blob_detector(frame) if len(calls) <= 13 else []

    extract_poses(video, detector)
    assert "away.mp4: 7 of 20 frames show nobody" in caplog.text


def test_short_gaps_are_bridged_and_long_ones_are_not():
    dancer = np.ones((40, 18, 3))
    dancer[:, 4, 0] = np.arange(40)
    dancer[5:10, 4] = 0  # 5 frames at 20 fps: 0.25 s
    dancer[20:26, 4] = 0  # 0.3 s
    dancer[36:, 4] = 0  # never seen again
    dancer[10, 4, 2] = 0.5
    filled = fill_gaps(dancer, fps=20)
    np.testing.assert_allclose(filled[5:10, 4, 0], np.arange(5, 10))
    np.testing.assert_allclose(filled[5:10, 4, 2], 0.5)
    assert (filled[20:26, 4, 2] == 0).all() and (filled[36:, 4, 2] == 0).all()
    np.testing.assert_array_equal(filled[:, 3], dancer[:, 3])


@pytest.mark.parametrize("kind", ["missing", "folder", "text", "empty", "sound"])
def test_what_is_no_video_is_named_in_one_line(tmp_path, kind):
    path = tmp_path / "thing.mp4"
    if kind == "folder":
        path.mkdir()
    elif kind == "text":
        path.write_text("this is no video")
    elif kind == "empty":
        path.touch()
    elif kind == "sound":
        make_video(path, "sine=d=0.2")
    with pytest.raises(VideoError, match=r"thing\.mp4") as error:
        extract_poses(path, blob_detector)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("fps", [0, -5, 1000, float("nan")])
def test_impossible_rates_are_refused(tmp_path, fps):
    video = make_video(tmp_path / "dance.mp4", moving_square(0.2))
    with pytest.raises(VideoError, match="fps must be from 1 to 120"):
        extract_poses(video, blob_detector, fps=fps)


def test_missing_weights_say_where_they_come_from(tmp_path, monkeypatch):
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(
        VideoError, match=r"hf download lllyasviel/Annotators body_pose_model\.pth.* nadsnet"
    ):
        load_openpose()


def test_without_a_network_it_is_said_at_once_and_in_one_line(tmp_path, monkeypatch, capfd):
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    start = time.monotonic()
    with pytest.raises(VideoError, match="hf download"):
        load_openpose()
    assert time.monotonic() - start < 10
    assert capfd.readouterr() == ("", "")


@pytest.fixture
def narrow_openpose(tmp_path, monkeypatch):
    """A folder with the public file's name and tensor names, of a network with few channels."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from controlnet_aux.open_pose import model

    def narrow(channels: int) -> int:
        return {3: 3, 19: 19, 38: 38, 185: 4 + 19 + 38}.get(channels, 4)

    class NarrowConv(nn.Conv2d):
        def __init__(self, in_channels, out_channels, **settings):
            super().__init__(narrow(in_channels), narrow(out_channels), **settings)

    monkeypatch.setattr(model.nn, "Conv2d", NarrowConv)
    torch.manual_seed(0)
    weights = model.bodypose_model().state_dict()
    public = {name.partition(".")[2]: tensor for name, tensor in weights.items()}
    torch.save(public, tmp_path / OPENPOSE_WEIGHTS)
    return tmp_path


def test_the_body_network_loads_from_a_folder_and_sees_bgr(narrow_openpose):
    """OpenPose's network learnt on pictures with blue first; our frames come with red first."""
    detector = load_openpose(narrow_openpose)
    inputs = []
    detector.body.model.register_forward_pre_hook(lambda _, args: inputs.append(args[0]))
    frame = np.zeros((64, 64, 3), np.uint8)
    frame[..., 0] = 255
    people = detector(frame)  # whom a network of random weights sees, but in the right form
    assert all(person.shape == (18, 3) and np.isfinite(person).all() for person in people)
    blue, green, red = inputs[0][0].mean(dim=(1, 2))
    assert red > 0.4 and blue < -0.4 and green < -0.4


def test_detections_keep_place_and_confidence(narrow_openpose):
    detector = load_openpose(narrow_openpose)
    candidates = np.array([[10.0, 20.0, 0.8, 0], [12.0, 40.0, 0.6, 1]])
    subset = np.full((1, 20), -1.0)
    subset[0, :2] = [0, 1]
    detector.body.__class__ = type(
        "Found", (type(detector.body),), {"__call__": lambda self, image: (candidates, subset)}
    )
    (found,) = detector(np.zeros((64, 64, 3), np.uint8))
    np.testing.assert_allclose(found[:2], [[10, 20, 0.8], [12, 40, 0.6]])
    assert (found[2:] == 0).all()


def test_broken_weights_are_refused(tmp_path):
    (tmp_path / OPENPOSE_WEIGHTS).write_bytes(b"not a checkpoint")
    with pytest.raises(VideoError, match="holds no OpenPose body weights"):
        load_openpose(tmp_path)


@needs_shared
def test_a_real_clip_has_all_its_frames():
    video = SHARED / "data" / "video" / "pose_1.mp4"
    poses = extract_poses(video, lambda frame: [person(256, 256, 3)], fps=5)
    assert len(poses) == 20 and poses.aspect == 1
