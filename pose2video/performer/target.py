"""Cut the dancer out of a video as a steady square, in picture and pose by one transform."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d, median_filter

from music2pose.pose import JOINT, VISIBLE, PoseSequence
from pose2video import RenderError

FEWEST_JOINTS = 8
"""With fewer joints seen, a frame does not tell how the dancer stands."""
TRUNK_JOINTS = [JOINT[name] for name in ("neck", "right_hip", "left_hip")]
GLITCH_FRAMES = 5
"""A joint that flies off for less than half of so many frames does not move the camera."""
CAMERA_REACH = 2.0
"""How far the camera looks ahead and back, in standard deviations of its smoothing."""


@dataclass(frozen=True)
class CropConfig:
    size: int = 256
    """Width and height of the cut pictures in pixels."""
    margin: float = 0.15
    """Room on each side of the joints, as a share of their extent: for hair, hands and feet."""
    still_until: float = 1.5
    """The camera stands still while that needs no larger square than this times what the
    dancer's widest pose needs; otherwise it follows. A still camera keeps the background still."""
    smooth_seconds: float = 1.0
    """Standard deviation of the smoothing of a camera that follows."""

    def __post_init__(self) -> None:
        if not 16 <= self.size <= 2048:
            raise RenderError(f"a performer can be 16 to 2048 pixels high, not {self.size}")
        if min(self.margin, self.smooth_seconds) < 0 or self.still_until < 1:
            raise ValueError("margin and smooth_seconds must be >= 0 and still_until >= 1")


class Square(NamedTuple):
    """A piece of the canvas, in canvas heights; it may reach over the border."""

    left: float
    top: float
    side: float

    def keypoints(self, keypoints: np.ndarray) -> np.ndarray:
        """Return keypoints (..., 2) of the canvas in units of the square."""
        return (keypoints - [self.left, self.top]) / self.side

    def picture(self, picture: np.ndarray, size: int) -> np.ndarray:
        """Return what a picture of the canvas shows in the square.

        Pixels of a large picture are averaged, so that fine patterns do not flicker; beyond the
        border its last pixels are repeated.

        Shape:
            picture: (H, W, 3) uint8
            returns: (size, size, 3) uint8
        """
        height = len(picture)
        finer = max(1, int(np.ceil(self.side * height / size)))
        scale = finer * size / (self.side * height)
        # Pixel k covers k to k + 1, but OpenCV counts from the centre of the first one.
        shift = [-finer * size * edge / self.side + 0.5 * scale - 0.5 for edge in self[:2]]
        matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
        fine = cv2.warpAffine(
            picture, matrix, (finer * size, finer * size),
            flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip
        return cv2.resize(fine, (size, size), interpolation=cv2.INTER_AREA) if finer > 1 else fine


def has_pose(poses: PoseSequence) -> np.ndarray:
    """Return (T,) bool: where enough of the dancer is seen to learn from."""
    seen = poses.confidence >= VISIBLE
    return (seen.sum(axis=1) >= FEWEST_JOINTS) & seen[:, TRUNK_JOINTS].any(axis=1)


def camera_squares(poses: PoseSequence, config: CropConfig) -> list[Square]:
    """Return the square to cut from each frame: around the dancer, still or smoothly moving.

    Raises:
        RenderError: no frame has a pose.
    """
    low, high = _boxes(poses)
    room = 1 + 2 * config.margin
    whole_low, whole_high = low.min(axis=0), high.max(axis=0)
    side = (whole_high - whole_low).max() * room
    widest = (high - low).max() * room
    if side <= config.still_until * widest:
        left, top = (whole_low + whole_high - side) / 2
        return [Square(float(left), float(top), float(side))] * len(poses)
    return _following(low, high, config.smooth_seconds * poses.fps, room)


def _following(low: np.ndarray, high: np.ndarray, sigma: float, room: float) -> list[Square]:
    """Return squares that move smoothly and in which the dancer always is with some room."""
    radius = int(CAMERA_REACH * sigma + 0.5)
    # Mirrored about its ends, a path goes on in its direction, and the camera does not lag there.
    path = np.pad((low + high) / 2, ((radius, radius), (0, 0)), "reflect", reflect_type="odd")
    centre = gaussian_filter1d(path, sigma, axis=0, truncate=CAMERA_REACH)[
        radius : radius + len(low)
    ]
    needed = 2 * np.maximum(high - centre, centre - low).max(axis=1) * room
    # A mean of maxima, all of which look at this very frame, is nowhere too small.
    widest = maximum_filter1d(needed, 2 * radius + 1, mode="nearest")
    sides = gaussian_filter1d(widest, sigma, mode="nearest", truncate=CAMERA_REACH)
    corners = centre - sides[:, None] / 2
    return [Square(*map(float, row)) for row in np.column_stack([corners, sides])]


def _boxes(poses: PoseSequence) -> tuple[np.ndarray, np.ndarray]:
    """Return the corners (T, 2) of the box around the joints; straight lines bridge the gaps."""
    known = np.flatnonzero(has_pose(poses))
    if len(known) == 0:
        raise RenderError(
            f"nobody can be cut out: no frame shows {FEWEST_JOINTS} joints or more; "
            "one person should be seen whole"
        )
    seen = (poses.confidence >= VISIBLE)[known, :, None]
    keypoints = poses.keypoints[known].astype(np.float64)
    corners = np.hstack([
        np.where(seen, keypoints, np.inf).min(axis=1),
        np.where(seen, keypoints, -np.inf).max(axis=1),
    ])  # fmt: skip
    if len(known) >= GLITCH_FRAMES:
        corners = median_filter(corners, (GLITCH_FRAMES, 1), mode="nearest")
    frames = np.arange(len(poses))
    boxes = np.stack([np.interp(frames, known, column) for column in corners.T], axis=1)
    return boxes[:, :2], boxes[:, 2:]


def cropped(poses: PoseSequence, squares: list[Square]) -> PoseSequence:
    """Return the poses as the squares show them, on a square canvas."""
    rows = [square.keypoints(pose) for square, pose in zip(squares, poses.keypoints, strict=True)]
    keypoints = np.array(rows, np.float32).reshape(poses.keypoints.shape)
    return replace(poses, keypoints=keypoints, aspect=1.0)


def runs(kept: np.ndarray) -> tuple[int, ...]:
    """Return where a new run begins, counted in kept frames.

    >>> runs(np.array([False, True, True, False, True]))
    (0, 2)
    """
    frames = np.flatnonzero(kept)
    return tuple(np.flatnonzero(np.diff(frames, prepend=-2) > 1).tolist())
