"""Judge a painted video: like the true one, steady, and holding the poses that were asked for."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import tee
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from checkpoints.files import REPOSITORY
from music2pose.pose import PoseSequence
from music2pose.pose_files import load_poses
from pipelines import VideoError
from pipelines.detectors import NADSNET, load_detector
from pipelines.extract import Detector, extract_poses
from pipelines.target import ASPECT_TOLERANCE, LENGTH_TOLERANCE, check_length, check_seconds
from pipelines.video import Video, VideoInfo, open_video, video_info
from pose2video.draw import reframed
from pose2video.metrics.pictures import (
    PictureFigures,
    load_lpips,
    mean_change,
    picture_figures,
)
from pose2video.metrics.poses import correct_keypoints, mean_pose_error, missed_joints
from pose2video.retarget import measure_build, retarget_poses


@dataclass(frozen=True)
class PoseFigures:
    """Whether the painted dancer holds the poses, as the pose estimator finds it."""

    error: float
    """Mean distance of joints from where they should be, as a share of the body's height."""
    correct: float
    """Share of joints within a tenth of the torso of where they should be (PCK at 0.1)."""
    missed: float
    """Share of joints that the pose estimator does not find."""


@dataclass(frozen=True)
class FramesReport:
    """Everything that could be measured; what could not is said in ``notes``."""

    video: str
    width: int
    height: int
    fps: float
    change: float
    """Mean absolute change of a colour value (0 to 255) from frame to frame."""
    likeness: PictureFigures | None = None
    placed: PoseFigures | None = None
    """With the poses where they are on their canvas."""
    fitted: PoseFigures | None = None
    """With the poses fitted to the proportions and the place of the dancer who is seen."""
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return every figure under its name, ready for JSON; what is not known is None."""
        likeness = None
        if self.likeness is not None:
            flicker = self.likeness.flicker
            likeness = self.likeness._asdict()
            likeness["flicker"] = None if math.isnan(flicker) else flicker
        poses = {name: vars(row) if row else None for name, row in self._pose_rows()}
        head = {"video": self.video, "size": [self.width, self.height], "fps": self.fps}
        return {**head, "change": self.change, "likeness": likeness, **poses,
                "notes": list(self.notes)}  # fmt: skip

    def table(self) -> str:
        """Return the figures as text for people."""
        lines = [f"{self.video}: {self.width}x{self.height}, {self.fps:g} frames a second"]
        if self.likeness is None:
            lines.append(_row("change from frame to frame", f"{self.change:.2f} of 255"))
        else:
            lines += _likeness_rows(self.likeness)
        for name, row in self._pose_rows():
            if row is not None:
                words = "" if name == "placed" else ", poses fitted to the dancer"
                lines += [
                    _row(f"pose error{words}", f"{row.error:.2%} of the body's height"),
                    _row(f"joints within 0.1 torso{words}", f"{row.correct:.1%}"),
                    _row("joints not found", f"{row.missed:.1%}"),
                ]
        return "\n".join([*lines, *(f"! {note}" for note in self.notes)])

    def _pose_rows(self) -> list[tuple[str, PoseFigures | None]]:
        return [("placed", self.placed), ("fitted", self.fitted)]


def _likeness_rows(found: PictureFigures) -> list[str]:
    rows = [
        _row("SSIM", f"{found.ssim:.4f}"),
        _row("PSNR", f"{found.psnr:.2f} dB"),
        _row("change from frame to frame", f"{found.change:.2f}, true {found.true_change:.2f}"),
        _row("flicker against the true frames'", f"{found.flicker:.2f} x"),
        _row("change that the true frames lack", f"{found.unsteadiness:.2f}"),
    ]
    if found.lpips is not None:
        rows.insert(2, _row("LPIPS", f"{found.lpips:.4f}"))
    return rows


def _row(name: str, value: str) -> str:
    return f"  {name:<52} {value}"


def evaluate_frames(
    frames: Path,
    poses_file: Path | None = None,
    reference: Path | None = None,
    device: str = "cpu",
    detector: Detector | None = None,
) -> FramesReport:
    """Measure a painted video against the poses it should show, or the true video, or both.

    Args:
        detector: looks for the dancer in a frame; by default the pose estimator that ships.

    Raises:
        MusicError, VideoError: a file cannot be used, or the two do not belong together.
    """
    info = video_info(frames)
    notes: list[str] = []
    likeness = placed = fitted = None
    asked = None if poses_file is None else _asked(poses_file, info)
    if reference is not None:
        likeness = _likeness(frames, reference, info, device, notes)
    if poses_file is not None and asked is not None:
        found = _found(frames, detector, device, notes)
        if found is not None:
            check_length(len(asked), len(found), info.fps, poses_file)
            placed = _pose_figures(found, asked)
            fitted = _pose_figures(found, _fitted(asked, found))
    with open_video(frames) as opened:
        change = mean_change(opened.frames) if likeness is None else likeness.change
    return FramesReport(
        str(frames), info.width, info.height, info.fps, change, likeness, placed, fitted,
        tuple(notes),
    )  # fmt: skip


def _likeness(
    frames: Path, reference: Path, info: VideoInfo, device: str, notes: list[str]
) -> PictureFigures:
    distance, reason = load_lpips(device)
    if reason:
        notes.append(f"no LPIPS: {reason}")
    with open_video(frames) as painted, open_video(reference, info.fps) as true:
        if abs(true.width / true.height / (painted.width / painted.height) - 1) > ASPECT_TOLERANCE:
            raise VideoError(
                f"{reference} is {true.width}x{true.height}, but {frames} is "
                f"{painted.width}x{painted.height}; give the video that shows the same picture"
            )
        check_frames(painted.expected_frames, true.expected_frames, painted.fps, reference)
        pairs = tee(zip(painted.frames, _resized(true, painted), strict=False))
        found = picture_figures((pair[0] for pair in pairs[0]), (pair[1] for pair in pairs[1]),
                                distance)  # fmt: skip
        check_frames(painted.expected_frames, found.frames, painted.fps, reference)
        return found


def check_frames(painted: int, true: int, fps: float, reference: Path) -> None:
    """Make sure that the true video has about as many frames as the painted one."""
    if abs(painted - true) > max(2, LENGTH_TOLERANCE * painted):
        raise VideoError(
            f"{reference} shows {true} frames at {fps:g} a second beside the {painted} painted "
            "ones; give the video of the same time"
        )


def _resized(video: Video, like: Video) -> Iterator[np.ndarray]:
    for frame in video.frames:
        if frame.shape[:2] == (like.height, like.width):
            yield frame
        else:
            how = cv2.INTER_AREA if like.height < video.height else cv2.INTER_CUBIC
            yield cv2.resize(frame, (like.width, like.height), interpolation=how)


def _asked(poses_file: Path, info: VideoInfo) -> PoseSequence:
    """Return the poses that should be seen, as a picture of that format shows them."""
    poses = load_poses(poses_file, info.fps, (info.width, info.height), info.seconds)
    check_seconds(poses, info, poses_file)
    aspect = info.width / info.height
    poses = poses.resampled(info.fps)
    return poses if abs(poses.aspect / aspect - 1) < ASPECT_TOLERANCE else reframed(poses, aspect)


def _found(
    frames: Path, detector: Detector | None, device: str, notes: list[str]
) -> PoseSequence | None:
    """Return the poses that are seen, or None where nobody is or nobody can look."""
    if detector is None and not (REPOSITORY / NADSNET).is_dir():
        notes.append(
            f"no pose error: there is no pose estimator in {NADSNET}; train it with: "
            "python cli.py train pose-estimator"
        )
        return None
    try:
        return extract_poses(frames, detector or load_detector("nadsnet", None, device))
    except VideoError as error:
        notes.append(f"no pose error: the pose estimator says that {error}")
        return None


def _fitted(asked: PoseSequence, found: PoseSequence) -> PoseSequence:
    fitted = retarget_poses(asked, measure_build(found))
    return PoseSequence(fitted.keypoints, fitted.confidence, asked.fps, asked.aspect)


def _pose_figures(found: PoseSequence, asked: PoseSequence) -> PoseFigures:
    count = min(len(found), len(asked))
    found, asked = (
        PoseSequence(p.keypoints[:count], p.confidence[:count], p.fps, p.aspect)
        for p in (found, asked)
    )
    return PoseFigures(
        mean_pose_error(found, asked), correct_keypoints(found, asked), missed_joints(found, asked)
    )
