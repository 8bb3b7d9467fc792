"""The one thing music2pose hands to pose2video: a sequence of poses."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.interpolate import CubicHermiteSpline

from music2pose import MusicError

JOINTS = (
    "nose", "neck",
    "right_shoulder", "right_elbow", "right_wrist",
    "left_shoulder", "left_elbow", "left_wrist",
    "right_hip", "right_knee", "right_ankle",
    "left_hip", "left_knee", "left_ankle",
    "right_eye", "left_eye", "right_ear", "left_ear",
)  # fmt: skip
"""OpenPose COCO-18 order. Right and left are the dancer's own."""

NUM_JOINTS = len(JOINTS)
JOINT = {name: index for index, name in enumerate(JOINTS)}

LIMBS = (
    (1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (1, 8), (8, 9), (9, 10),
    (1, 11), (11, 12), (12, 13), (1, 0), (0, 14), (14, 16), (0, 15), (15, 17),
)  # fmt: skip
"""The 17 limbs in the order in which OpenPose colours them, as pairs of joint indices."""

MIRRORED = (0, 1, 5, 6, 7, 2, 3, 4, 11, 12, 13, 8, 9, 10, 15, 14, 17, 16)
"""``MIRRORED[j]`` is the joint on the other side of the body from joint ``j``."""

VISIBLE = 0.15
"""Joints with less confidence than this do not count and are not drawn."""
LONGEST_GAP = 0.25
"""Seconds for which an unseen joint is taken to move in a straight line; longer, it is left out."""
_ROWS_AT_ONCE = 4096
"""So many poses are interpolated together, to save memory."""


FPS_RANGE = (1.0, 1000.0)
LONGEST_SECONDS = 3600.0
"""What files of poses and motion may say of themselves; an hour is the longest song, too."""


@dataclass(frozen=True)
class PoseSequence:
    """One dancer over time; frame ``k`` is the pose at ``k / fps`` seconds of the song.

    Coordinates are isotropic: one unit is the canvas height, x runs from 0 to ``aspect`` to the
    right, y from 0 to 1 down.

    Shape:
        keypoints: (T, 18, 2) float32, finite; a joint that was not seen may hold anything finite
        confidence: (T, 18) float32, from 0 (not seen) to 1 (certain)
    """

    keypoints: np.ndarray
    confidence: np.ndarray
    fps: float
    aspect: float = 1.0
    """Canvas width divided by its height."""

    def __post_init__(self) -> None:
        expected = (len(self.keypoints), NUM_JOINTS, 2)
        if self.keypoints.shape != expected:
            raise MusicError(f"keypoints must be (T, 18, 2), got {self.keypoints.shape}")
        if self.confidence.shape != expected[:2]:
            raise MusicError(f"confidence must be {expected[:2]}, got {self.confidence.shape}")
        if not (np.isfinite(self.keypoints).all() and np.isfinite(self.confidence).all()):
            raise MusicError("keypoints and confidence must be finite, got NaN or infinity")
        for name, value in (("fps", self.fps), ("aspect", self.aspect)):
            if not (np.isfinite(value) and value > 0):
                raise MusicError(f"{name} must be a positive number, got {value}")

    def __len__(self) -> int:
        return len(self.keypoints)

    @property
    def seconds(self) -> float:
        return len(self) / self.fps

    def at_times(self, times: np.ndarray, fps: float) -> "PoseSequence":
        """Return the poses at ``times`` (seconds), by cubic interpolation between frames.

        Times before the first and after the last frame hold that frame. A joint's confidence
        between two frames is the linear blend; around a joint that is not seen the positions of
        the frames that do see it are used.

        Shape:
            times: (N,)
        """
        position = np.clip(np.asarray(times) * self.fps, 0, max(len(self) - 1, 0))
        filled = fill_unseen(self.keypoints, self.confidence > 0)
        keypoints = np.empty((len(position), NUM_JOINTS, 2), np.float32)
        confidence = np.empty((len(position), NUM_JOINTS), np.float32)
        for start in range(0, len(position), _ROWS_AT_ONCE):
            part = slice(start, start + _ROWS_AT_ONCE)
            keypoints[part] = _cubic(filled, position[part])
            confidence[part] = between_frames(self.confidence, position[part])
        return replace(self, keypoints=keypoints, confidence=confidence, fps=fps)

    def resampled(self, fps: float, num_frames: int | None = None) -> "PoseSequence":
        """Return the same dance at another frame rate; ``num_frames`` defaults to its length."""
        if num_frames is None:
            num_frames = max(1, round(self.seconds * fps))
        return self.at_times(np.arange(num_frames) / fps, fps)


def mirrored(poses: PoseSequence) -> PoseSequence:
    """Return the dance as a mirror shows it, with left and right joints exchanged."""
    keypoints = poses.keypoints[:, MIRRORED].copy()
    keypoints[..., 0] = poses.aspect - keypoints[..., 0]
    return replace(poses, keypoints=keypoints, confidence=poses.confidence[:, MIRRORED].copy())


def fill_unseen(keypoints: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Return float64 keypoints with a straight line wherever a joint is not seen.

    Before the first and after the last frame that sees a joint it stays where it is seen there; a
    joint that is never seen is left as it is.

    Shape:
        keypoints, returns: (T, 18, 2)
        seen: (T, 18) bool
    """
    filled = keypoints.astype(np.float64, copy=True)
    frames = np.arange(len(keypoints))
    for joint in np.flatnonzero(seen.any(axis=0) & ~seen.all(axis=0)):
        there = seen[:, joint]
        for axis in range(keypoints.shape[-1]):
            filled[~there, joint, axis] = np.interp(
                frames[~there], frames[there], keypoints[there, joint, axis]
            )
    return filled


def seen_around(seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the nearest frames up to and from each one that see a joint; -1 and T: there is none.

    Shape:
        seen: (T, 18) bool
        returns: twice (T, 18) int
    """
    count = len(seen)
    frames = np.arange(count)[:, None]
    before = np.maximum.accumulate(np.where(seen, frames, -1), axis=0)
    after = np.minimum.accumulate(np.where(seen, frames, count)[::-1], axis=0)[::-1]
    return before, after


def in_short_gaps(seen: np.ndarray, fps: float) -> np.ndarray:
    """Return where a joint is unseen for up to ``LONGEST_GAP`` between frames that see it.

    Shape:
        seen, returns: (T, 18) bool
    """
    before, after = seen_around(seen)
    return ~seen & (before >= 0) & (after < len(seen)) & (after - before - 1 <= LONGEST_GAP * fps)


def between_frames(values: np.ndarray, position: np.ndarray) -> np.ndarray:
    """Return values at fractional frames, by straight lines.

    Reads only the frames around each position: scipy's ``interp1d`` first goes through all of
    ``values``, which takes eight times as long for one phrase from a library of 150,000 frames.

    Shape:
        values: (N, ...)
        position: (T,) from 0 to N - 1
        returns: (T, ...) float64
    """
    low = np.floor(position).astype(int)
    weight = (position - low).reshape(-1, *[1] * (values.ndim - 1))
    return values[low] * (1 - weight) + values[np.minimum(low + 1, len(values) - 1)] * weight


def _cubic(values: np.ndarray, position: np.ndarray) -> np.ndarray:
    """Return (T, ...) values at fractional frames (T,), by the cubic of Catmull and Rom (1974).

    Its slope at a frame is half the way from the frame before to the one after.
    """
    if len(values) < 2:
        return values[position.astype(int)]
    first = max(int(position.min()) - 1, 0)
    around = values[first : int(position.max()) + 3]
    padded = np.concatenate([around[:1], around, around[-1:]])
    slopes = (padded[2:] - padded[:-2]) / 2  # wrong at both ends if cut, where none is needed
    return CubicHermiteSpline(np.arange(first, first + len(around)), around, slopes)(position)
