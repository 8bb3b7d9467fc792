"""Where dancers are in the picture of a moving camera, and smooth ways that never cut them off."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from music2pose.motion.motion import Motion
from music2pose.pose import JOINTS

REACH = {
    "nose": 0.2, "right_eye": 0.22, "left_eye": 0.22, "right_ear": 0.26, "left_ear": 0.26,
    "neck": 0.12, "right_wrist": 0.22, "left_wrist": 0.22, "right_hip": 0.2, "left_hip": 0.2,
    "right_ankle": 0.2, "left_ankle": 0.2,
}  # fmt: skip
"""Metres around a joint that belong to the body: hats, hair, hands, feet and clothes."""
OTHER_REACH = 0.15
LEGS = ("knee", "ankle")
"""What a medium shot may leave out."""
CLOSEST = 0.3
"""Metres ahead of the camera at which what is nearer counts."""
ROWS = 1024
"""So many frames are looked at together, to save memory."""
KERNEL = 4.0
"""Standard deviations of a Gaussian that are used; what lies beyond it would be felt as a jerk."""

HOLD = 0.6
"""Of the time over which the camera follows: that over which it makes room for what comes."""


@dataclass(frozen=True)
class Cast:
    """All that the camera must not lose, in metres on the set.

    Shape:
        points: (T, P, 3)
        reach: (P,) metres around each point
        is_upper: (P,) bool, what even a medium shot shows
    """

    points: np.ndarray
    reach: np.ndarray
    is_upper: np.ndarray
    fps: float

    def __len__(self) -> int:
        return len(self.points)

    def part(self, first: int, stop: int) -> "Cast":
        return replace(self, points=self.points[first:stop])


def cast_of(crew: Sequence[Motion]) -> Cast:
    """Return the cast of dancers who dance at the same time; the shortest dance ends it."""
    count = min(map(len, crew))
    reach = np.array([REACH.get(name, OTHER_REACH) for name in JOINTS])
    is_upper = np.array([not name.endswith(LEGS) for name in JOINTS])
    points = np.concatenate([motion.joints[:count] for motion in crew], axis=1)
    return Cast(points, np.tile(reach, len(crew)), np.tile(is_upper, len(crew)), crew[0].fps)


@dataclass(frozen=True)
class Eye:
    """A camera without its lens, frame by frame.

    Shape:
        origin: (T, 3) metres
        yaw, pitch, roll: (T,) radians, as ``music2pose.motion.camera.Camera``'s; a positive roll
            turns the camera to its left
    """

    origin: np.ndarray
    yaw: np.ndarray
    pitch: np.ndarray
    roll: np.ndarray

    def turned(self, across: np.ndarray, up: np.ndarray) -> "Eye":
        """Return the eye that looks at what lay so far aside, in tangents (T,)."""
        yaw, pitch = self.yaw - np.arctan(across), self.pitch - np.arctan(up)
        return replace(self, yaw=yaw, pitch=pitch)

    def axes(self) -> np.ndarray:
        """Return (T, 3, 3), rows: right, up, backward."""
        cy, sy, cp, sp = np.cos(self.yaw), np.sin(self.yaw), np.cos(self.pitch), np.sin(self.pitch)
        backward = np.stack([sy * cp, sp, cy * cp], axis=-1)
        level = np.stack([cy, 0 * cy, -sy], axis=-1)
        upright = np.cross(backward, level)
        c, s = np.cos(self.roll)[:, None], np.sin(self.roll)[:, None]
        return np.stack([c * level + s * upright, c * upright - s * level, backward], axis=1)


def level_axes(bearing: np.ndarray) -> np.ndarray:
    """Return (T, 3, 3), rows: right, up, backward of a level camera."""
    flat = np.zeros_like(bearing)
    return Eye(np.zeros((len(bearing), 3)), bearing, flat, flat).axes()


def extents(cast: Cast, bearing: np.ndarray) -> np.ndarray:
    """Return how far the cast reaches along a level camera's axes, in metres.

    Shape:
        bearing: (T,) radians
        returns: (T, 2, 3, 2): the whole cast and its upper bodies; right, up, backward; from, to
    """
    axes = level_axes(bearing)
    found = [
        _bounds(np.einsum("tpc,trc->tpr", cast.points[rows], axes[rows]), cast.reach, cast)
        for rows in _blocks(len(cast))
    ]
    return np.concatenate(found)


def pictured(cast: Cast, eye: Eye) -> np.ndarray:
    """Return which part of the picture the cast takes up, as tangents of angles from its middle.

    Shape:
        returns: (T, 2, 2, 2): the whole cast and its upper bodies; right, up; from, to
    """
    axes, found = eye.axes(), []
    for rows in _blocks(len(cast)):
        aside = cast.points[rows] - eye.origin[rows, None]
        seen = np.einsum("tpc,trc->tpr", aside, axes[rows])
        depth = np.maximum(-seen[..., 2:], CLOSEST)
        found.append(_bounds(seen[..., :2] / depth, cast.reach / depth[..., 0], cast))
    return np.concatenate(found)


def _blocks(count: int) -> Iterator[slice]:
    return (slice(first, first + ROWS) for first in range(0, count, ROWS))


def _bounds(values: np.ndarray, reach: np.ndarray, cast: Cast) -> np.ndarray:
    """Return (T, 2, K, 2) from the places (T, P, K) of points and their reach (P,) or (T, P)."""
    low, high = values - reach[..., None], values + reach[..., None]
    groups = [
        np.stack([low[:, chosen].min(1), high[:, chosen].max(1)], axis=-1)
        for chosen in (np.ones_like(cast.is_upper), cast.is_upper)
    ]
    return np.stack(groups, axis=1)


def kept_above(values: np.ndarray, sigma: float) -> np.ndarray:
    """Return smooth curves that are nowhere below ``values`` (T, ...), and near them.

    The highest of what lies within reach of a Gaussian of ``sigma`` frames, under that Gaussian;
    without end, ``sigma`` gives the highest of all.
    """
    if np.isinf(sigma):
        return np.broadcast_to(values.max(axis=0), values.shape)
    radius = int(KERNEL * sigma + 0.5)
    highest = maximum_filter1d(values, 2 * radius + 1, axis=0, mode="nearest")
    return _smooth(highest, sigma)


def kept_around(bounds: np.ndarray, sigma: float) -> np.ndarray:
    """Return smooth bounds (T, ..., 2) that are nowhere inside the given ones, from and to.

    Their middle's way is followed, and only what is left of them is kept within reach of time.
    """
    way = _smooth(bounds.mean(axis=-1), sigma)
    low, high = bounds[..., 0] - way, bounds[..., 1] - way
    hold = sigma * HOLD
    return np.stack([way - kept_above(-low, hold), way + kept_above(high, hold)], axis=-1)


def _smooth(values: np.ndarray, sigma: float) -> np.ndarray:
    if np.isinf(sigma):
        return np.broadcast_to(values.mean(axis=0), values.shape)
    radius = int(KERNEL * sigma + 0.5)
    return gaussian_filter1d(values, sigma, axis=0, mode="nearest", radius=radius)


def soft_max(first: np.ndarray, second: np.ndarray, blend: float) -> np.ndarray:
    """Return the higher of two curves or a little more, without a kink where they cross.

    >>> soft_max(np.array([0.0, 5.0]), np.array([3.0, 5.0]), blend=0.2).round(2).tolist()
    [3.0, 5.1]
    """
    return (first + second + np.hypot(first - second, blend)) / 2


def soft_min(first: np.ndarray, second: np.ndarray, blend: float) -> np.ndarray:
    """Return the lower of two curves or a little less, without a kink where they cross."""
    return -soft_max(-first, -second, blend)
