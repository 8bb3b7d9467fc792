"""Draw one pose as the coloured skeleton that OpenPose shows and ControlNet was trained on."""

from dataclasses import replace
from typing import NamedTuple

import cv2
import numpy as np

from music2pose.pose import LIMBS, VISIBLE, PoseSequence

OPENPOSE_COLORS = np.array([
    (255, 0, 0), (255, 85, 0), (255, 170, 0), (255, 255, 0), (170, 255, 0), (85, 255, 0),
    (0, 255, 0), (0, 255, 85), (0, 255, 170), (0, 255, 255), (0, 170, 255), (0, 85, 255),
    (0, 0, 255), (85, 0, 255), (170, 0, 255), (255, 0, 255), (255, 0, 170), (255, 0, 85),
])  # fmt: skip
"""RGB once around the hue circle: one per joint, and the first 17 of them one per limb."""
LIMB_BRIGHTNESS = 0.6
JOINT_RADIUS = 4.0
LIMB_HALF_WIDTH = 4.5
"""What lights up in OpenPose's picture, in pixels, where the short side has 512. (Its limbs are
ellipses of half-width 4, whose hard edge takes in the pixels it touches.)"""
SMOOTH_EDGE = 0.5
"""How much further out than asked for OpenCV's smooth shapes reach, in pixels."""

JOINT_COLORS = [tuple(color) for color in OPENPOSE_COLORS.tolist()]
LIMB_COLORS = [tuple(color) for color in (OPENPOSE_COLORS * LIMB_BRIGHTNESS).astype(int).tolist()]
LIMB_ENDS = np.array(LIMBS)
CIRCLE = np.stack([fn(np.linspace(0, 2 * np.pi, 40, endpoint=False)) for fn in (np.cos, np.sin)])
SUBPIXEL_BITS = 4
SIDE_MARGIN = 0.05
"""Room that is kept beside the dancer, in canvas heights."""
FARTHEST = 4.0
"""Joints further than this many picture sizes outside are drawn there."""


def draw_skeleton(
    keypoints: np.ndarray, confidence: np.ndarray, width: int, height: int
) -> np.ndarray:
    """Return one pose as a picture: limbs as ellipses at 60 %, joints as discs, on black.

    Edges are smooth, and positions count to 1/16 pixel, so that slow motion does not jump from
    pixel to pixel. Joints that are not seen, and their limbs, are left out.

    Shape:
        keypoints: (18, 2) in picture heights, x to the right and y down
        confidence: (18,)
        returns: (height, width, 3) uint8 RGB
    """
    picture = np.zeros((height, width, 3), np.uint8)
    seen = confidence >= VISIBLE
    # The centre of the first pixel lies half a pixel inside the picture.
    pixels = np.clip(keypoints, -FARTHEST, FARTHEST + width / height) * height - 0.5
    scale = min(width, height) / 512
    shown = seen[LIMB_ENDS].all(axis=1)
    outlines = _fixed_point(limb_outlines(pixels, _drawn(LIMB_HALF_WIDTH * scale)))
    for limb in np.flatnonzero(shown):
        cv2.fillConvexPoly(
            picture, outlines[limb], LIMB_COLORS[limb], cv2.LINE_AA, shift=SUBPIXEL_BITS
        )
    centres = _fixed_point(pixels)
    radius = int(_fixed_point(np.array(_drawn(JOINT_RADIUS * scale))))
    for joint in np.flatnonzero(seen):
        cv2.circle(
            picture, centres[joint], radius, JOINT_COLORS[joint], -1, cv2.LINE_AA, SUBPIXEL_BITS
        )
    return picture


def _drawn(radius: float) -> float:
    return max(radius - SMOOTH_EDGE, 0.25)


def limb_outlines(pixels: np.ndarray, half_width: float) -> np.ndarray:
    """Return an ellipse around each limb that touches its two joints.

    Shape:
        pixels: (18, 2)
        returns: (17, 40, 2)
    """
    start, end = pixels[LIMB_ENDS[:, 0]], pixels[LIMB_ENDS[:, 1]]
    half = (end - start) / 2
    length = np.linalg.norm(half, axis=1, keepdims=True)
    along = np.where(length > 0, half / np.maximum(length, 1e-9), [1.0, 0.0])
    across = half_width * np.stack([-along[:, 1], along[:, 0]], axis=1)
    outline = half[:, None] * CIRCLE[0][:, None] + across[:, None] * CIRCLE[1][:, None]
    return (start + half)[:, None] + outline


class Framing(NamedTuple):
    """Where a picture shows what lies on a canvas, both in heights of their own."""

    left: float
    """How much of the canvas is cut off at the left; below 0, there is room."""
    scale: float
    """How much smaller all becomes, around half the height."""

    def of(self, points: np.ndarray) -> np.ndarray:
        """Return where the picture shows points (..., 2) of the canvas."""
        return (points - [self.left, 0.5]) * self.scale + [0, 0.5]


def framing(poses: PoseSequence, aspect: float) -> Framing:
    """Return how a picture of another aspect shows the dance, never stretched.

    A wider picture gets room at both sides. For a narrower one the sides are cut where the dancer
    never is; where the dancer's path needs more, all becomes smaller, with room above and below.
    """
    left, right = _path(poses)
    scale = min(1.0, aspect / (right - left))
    shown = aspect / scale  # width of the old canvas that the new one shows
    spare = poses.aspect - shown
    edge = np.clip((left + right - shown) / 2, 0, spare) if spare > 0 else spare / 2
    return Framing(float(edge), scale)


def reframed(poses: PoseSequence, aspect: float) -> PoseSequence:
    """Return the dance on a canvas of another aspect, as ``framing`` shows it."""
    keypoints = framing(poses, aspect).of(poses.keypoints)
    return replace(poses, keypoints=keypoints.astype(np.float32), aspect=aspect)


def _path(poses: PoseSequence) -> tuple[float, float]:
    """Return from where to where the dancer moves sideways, with a margin, within the canvas."""
    x = poses.keypoints[..., 0][poses.confidence >= VISIBLE]
    if len(x) == 0:
        return 0.0, poses.aspect
    left = float(np.clip(x.min() - SIDE_MARGIN, 0, poses.aspect - SIDE_MARGIN))
    right = float(np.clip(x.max() + SIDE_MARGIN, left + SIDE_MARGIN, poses.aspect))
    return left, right


def _fixed_point(values: np.ndarray) -> np.ndarray:
    return np.rint(values * (1 << SUBPIXEL_BITS)).astype(np.int32)
