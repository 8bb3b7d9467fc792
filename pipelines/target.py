"""A video of one person becomes a performer: a folder of pictures and poses to learn from."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from tqdm import tqdm

from music2pose.pose import VISIBLE, PoseSequence
from music2pose.pose_files import load_poses
from pipelines import VideoError
from pipelines.extract import Detector, extract_poses
from pipelines.video import FPS_RANGE, Video, VideoInfo, open_video, video_info
from pose2video.performer.performer import Performer, PerformerRecord, check_place, save_performer
from pose2video.performer.target import CropConfig, Square, camera_squares, cropped, has_pose, runs
from pose2video.pictures import at_frames

logger = logging.getLogger(__name__)

ASPECT_TOLERANCE = 0.02
LENGTH_TOLERANCE = 0.02
"""By which share the poses may be longer or shorter than the video; two frames always may."""
MOST_OUTSIDE = 0.2
"""The share of joints that may lie outside of the picture."""


@dataclass(frozen=True)
class TargetConfig:
    crop: CropConfig = field(default_factory=CropConfig)
    fps: float | None = None
    """Pictures a second to keep; None takes the rate of the poses, or else of the video."""
    name: str | None = None
    """None takes the video's name."""
    licence: str = "not stated"
    suffix: str = ".png"
    device: str = "cpu"

    def __post_init__(self) -> None:
        if self.fps is not None and not FPS_RANGE[0] <= self.fps <= FPS_RANGE[1]:
            low, high = FPS_RANGE
            raise VideoError(f"fps must be from {low:g} to {high:g}, got {self.fps:g}")


def make_performer(
    video: Path,
    output: Path,
    poses_file: Path | None = None,
    config: TargetConfig | None = None,
    detector: Detector | None = None,
    overwrite: bool = False,
) -> Performer:
    """Cut the person out of ``video`` and save pictures and poses as the folder ``output``.

    Frames without a pose are left out. The folder appears whole or not at all.

    Args:
        poses_file: the person's poses, where they are known; otherwise they are looked for.
        detector: looks for people in a frame; by default controlnet-aux's OpenPose.

    Raises:
        MusicError, RenderError, VideoError: a file cannot be used, nobody is seen, or the poses
            are those of another video.
    """
    config = config or TargetConfig()
    check_place(output, overwrite)
    info = video_info(video)
    poses = poses_of(video, info, poses_file, config, detector)
    squares, kept = camera_squares(poses, config.crop), has_pose(poses)
    warn_of_faults(poses, squares, kept, info, config.crop.size)
    with open_video(video, poses.fps) as opened:
        frames = cut_frames(opened, squares, kept, config.crop.size, poses_file or video)
        record = PerformerRecord(
            config.name or video.stem, video.name, config.licence, starts=runs(kept)
        )
        seen = at_frames(cropped(poses, squares), np.flatnonzero(kept).tolist())
        return save_performer(output, seen, frames, record, config.suffix, overwrite)


def poses_of(
    video: Path,
    info: VideoInfo,
    poses_file: Path | None,
    config: TargetConfig,
    detector: Detector | None,
) -> PoseSequence:
    """Return the poses of a video at the rate that is asked for, from a file or looked for."""
    if poses_file is None:
        return extract_poses(video, detector, config.fps, config.device, _with_progress)
    poses = given_poses(poses_file, info)
    return poses if config.fps is None else poses.resampled(config.fps)


def _with_progress(frames: Iterator[np.ndarray], count: int) -> Iterator[np.ndarray]:
    return iter(tqdm(frames, "looking", count, unit=" frames", disable=None))


def given_poses(path: Path, info: VideoInfo) -> PoseSequence:
    """Return the poses of a video from a file.

    Raises:
        MusicError, VideoError: the file cannot be used, or holds the poses of another video.
    """
    poses = load_poses(path, info.fps, (info.width, info.height), info.seconds)
    check_canvas(poses, info, path)
    check_seconds(poses, info, path)
    return poses


def check_seconds(poses: PoseSequence, info: VideoInfo, path: Path) -> None:
    """Make sure that poses from a file last as long as the head of the video says it does."""
    if info.seconds > 0:  # some videos do not say it
        check_length(len(poses), max(1, round(info.seconds * poses.fps)), poses.fps, path)


def check_canvas(poses: PoseSequence, info: VideoInfo, path: Path) -> None:
    """Make sure that poses from a file lie on the video's canvas."""
    picture = f"the video's {info.width}x{info.height}"
    aspect = info.width / info.height
    if abs(poses.aspect / aspect - 1) > ASPECT_TOLERANCE:
        raise VideoError(
            f"{path} holds poses on a canvas of {poses.aspect:.3f}:1, not {picture} "
            f"({aspect:.3f}:1); give the poses of this video, or leave --poses out"
        )
    seen = poses.keypoints[poses.confidence >= VISIBLE]
    outside = ((seen < 0) | (seen > [aspect, 1])).any(axis=1)
    if len(seen) and outside.mean() > MOST_OUTSIDE:
        raise VideoError(
            f"{path}: {outside.mean():.0%} of the joints lie outside {picture}; "
            "give poses of this very video, in its pixels"
        )


def check_length(num_poses: int, num_frames: int, fps: float, path: Path) -> None:
    """Make sure that there are about as many poses as frames."""
    if abs(num_poses - num_frames) > max(2, LENGTH_TOLERANCE * num_frames):
        raise VideoError(
            f"{path} holds {num_poses} poses, but the video has {num_frames} frames at "
            f"{fps:g} a second; give the poses of this very video"
        )


def cut_frames(
    opened: Video, squares: list[Square], kept: np.ndarray, size: int, path: Path
) -> Iterator[np.ndarray]:
    """Yield what the squares show of the frames that are kept; the last frame may be repeated.

    Shape:
        kept: (T,) bool, one for each of the squares
        returns: each picture (size, size, 3) uint8 RGB

    Raises:
        VideoError: the video is much shorter than the poses.
    """
    count, frame = 0, None
    shown = tqdm(opened.frames, "cutting", len(squares), unit=" frames", disable=None)
    for count, (frame, square) in enumerate(zip(shown, squares, strict=False), 1):
        if kept[count - 1]:
            yield square.picture(frame, size)
    check_length(len(squares), count, opened.fps, path)
    assert frame is not None
    for index in range(count, len(squares)):
        if kept[index]:
            yield squares[index].picture(frame, size)


def warn_of_faults(
    poses: PoseSequence, squares: list[Square], kept: np.ndarray, info: VideoInfo, size: int
) -> None:
    """Log what a user may want to film better: size, and frames without a pose (kept (T,) bool)."""
    if not kept.all():
        logger.warning("%d of %d frames show no pose and are left out", (~kept).sum(), len(kept))
    pixels = np.median([square.side for square in squares]) * info.height
    if pixels < size / 1.5:
        logger.warning(
            "the dancer is small: %d pixels of the video become %d; film closer, or give a "
            "smaller --size", pixels, size,
        )  # fmt: skip
