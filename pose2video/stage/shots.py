"""One shot: what is asked of the camera becomes where it stands, where it looks and its lens."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from pose2video.stage.framing import (
    Cast,
    Eye,
    extents,
    kept_around,
    level_axes,
    pictured,
    soft_max,
    soft_min,
)

AWAY = 1.3
"""Metres that the camera keeps from everybody."""
SET_RADIUS = 7.9
"""Metres around the origin in which the camera stays."""
LOWEST = 0.3
"""Metres over the floor of a camera that is asked to be low."""
BLEND, SOFT = 1.0, 0.3
"""Metres over which one reason for the camera's distance, or for its lens, gives way to others."""


OFF_CENTRE = 0.02
"""Metres by which what is shown is seldom further from the picture's middle."""


@dataclass(frozen=True)
class Ask:
    """What is asked of the camera in every frame of a shot.

    Shape:
        bearing: (T,) radians around the dancers from which they are seen, 0 from +z
        height: (T,) metres over the floor
        closeness: (T,) 0 shows everybody from head to feet, 1 from head to hips and hands
        fill: (T,) the share of the picture's height that this takes up, or the square of the
            share of its width: what is wide has room above and below even so
        focal: (T,) what the lens should be, as far as there is room to stand
        shake: (T, 5) right and up in metres, yaw, pitch and roll in radians
    """

    bearing: np.ndarray
    height: np.ndarray
    closeness: np.ndarray
    fill: np.ndarray
    focal: np.ndarray
    shake: np.ndarray
    lazy: float
    """Seconds, the standard deviation over which the camera follows; infinite is not at all."""


class View(NamedTuple):
    """What one shot shows; see ``CameraPath``."""

    origin: np.ndarray
    axes: np.ndarray
    focal: np.ndarray


def steady(count: int, bearing: float, height: float, focal: float, lazy: float) -> Ask:
    """Return what is asked of a camera that shows everybody and goes nowhere by itself."""
    flat = np.ones(count)
    shake = np.zeros((count, 5))
    return Ask(bearing * flat, height * flat, 0 * flat, 0.94 * flat, focal * flat, shake, lazy)


def take(cast: Cast, ask: Ask, aspect: float) -> View:
    """Return the shot of a cast: lazy, smooth, and with everybody inside.

    Bounds of the body become smooth bounds that are never inside them. These say how far away the
    camera stands, where it looks and at last how long its lens may be.
    """
    eye, distance = _stand(cast, ask, aspect)
    for _ in range(2):  # looking elsewhere changes perspective a little
        middle, _ = _shown(cast, eye, distance, ask)
        eye = eye.turned(*(middle / distance[:, None]).T)
    eye = _shaken(eye, ask.shake)
    middle, half = _shown(cast, eye, distance, ask)
    half = half + np.hypot(middle, OFF_CENTRE)
    return View(eye.origin, eye.axes(), distance / _height(half, ask, aspect, SOFT))


def _shown(cast: Cast, eye: Eye, distance: np.ndarray, ask: Ask) -> tuple[np.ndarray, np.ndarray]:
    """Return where in the picture the middle of what is shown lies, and how far it reaches to each
    side, (T, 2) both, in metres at the camera's distance."""
    bounds = pictured(cast, eye) * distance[:, None, None, None]
    shown = _blended(kept_around(bounds, ask.lazy * cast.fps), ask.closeness)
    return shown.mean(axis=-1), np.diff(shown)[..., 0] / 2


def _stand(cast: Cast, ask: Ask, aspect: float) -> tuple[Eye, np.ndarray]:
    """Return where the camera stands, and how far (T,) from the middle of what it shows."""
    bounds = kept_around(extents(cast, ask.bearing), ask.lazy * cast.fps)
    shown = _blended(bounds, ask.closeness)
    middle, half = shown.mean(axis=-1), np.diff(shown)[..., 0] / 2
    wanted = half[:, 2] / 2 + ask.focal * min(1.0, aspect) * _height(half, ask, aspect, BLEND)
    farthest = np.sqrt(np.maximum(SET_RADIUS**2 - middle[:, 0] ** 2, 1.0)) - middle[:, 2]
    nearest = bounds[:, 0, 2, 1] - middle[:, 2] + AWAY
    distance = soft_max(soft_min(wanted, farthest, BLEND), nearest, BLEND)
    axes = level_axes(ask.bearing)
    origin = middle[:, :1] * axes[:, 0] + (middle[:, 2] + distance)[:, None] * axes[:, 2]
    origin[:, 1] = np.maximum(ask.height, LOWEST)
    pitch = np.arctan2(origin[:, 1] - middle[:, 1], distance)
    return Eye(origin, ask.bearing, pitch, np.zeros(len(cast))), distance


def _height(half: np.ndarray, ask: Ask, aspect: float, blend: float) -> np.ndarray:
    """Return the height (T,) of a picture that shows what reaches so far, (T, 2) or more, to each
    side and up from its middle."""
    width = 2 * half[:, 0] / np.sqrt(ask.fill)
    return soft_max(width / aspect, 2 * half[:, 1] / ask.fill, blend)


def _blended(groups: np.ndarray, closeness: np.ndarray) -> np.ndarray:
    """Return what lies between values (T, 2, ...) of whole and upper bodies."""
    share = closeness.reshape(-1, *[1] * (groups.ndim - 2))
    return groups[:, 0] + share * (groups[:, 1] - groups[:, 0])


def _shaken(eye: Eye, shake: np.ndarray) -> Eye:
    axes = eye.axes()
    moved = shake[:, :1] * axes[:, 0] + shake[:, 1:2] * axes[:, 1]
    yaw, pitch, roll = (
        own + aside for own, aside in zip((eye.yaw, eye.pitch, eye.roll), shake.T[2:], strict=True)
    )
    return replace(eye, origin=eye.origin + moved, yaw=yaw, pitch=pitch, roll=roll)
