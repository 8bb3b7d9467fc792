"""The rays along which one frame sees the stage."""

from typing import NamedTuple

import numpy as np

from music2pose.motion.camera import Camera, view_axes
from music2pose.motion.motion import Body
from pose2video.stage.compiled import called_by_loops


class View(NamedTuple):
    """A pinhole camera and the size of its picture.

    Shape:
        origin: (3,) the pinhole, in metres
        axes: (3, 3) rows: the camera's right, up and backward
    """

    origin: np.ndarray
    axes: np.ndarray
    focal: float
    """Picture heights at a distance of one picture height."""
    centre_x: float
    """Where the picture shows what lies straight ahead, in picture heights from its corner."""
    centre_y: float
    width: int
    height: int

    def sized(self, width: int, height: int) -> "View":
        """Return the same view in another number of pixels."""
        return self._replace(width=width, height=height)


def view_by(camera: Camera, size: tuple[int, int], aspect: float = 1.0) -> View:
    """Return the view, ``size`` (width, height) pixels large, of a camera.

    It shows each point where ``music2pose.motion.camera.project`` puts it, on a canvas of that
    ``aspect``.
    """
    axes = view_axes(camera)
    focal = camera.body_height / Body().height * camera.distance
    waist = np.array([0, camera.waist, 0])
    right, up, backward = -waist @ axes.T
    scale = focal / (camera.distance - backward)
    x, y = aspect / 2 - scale * right, camera.floor + scale * up
    return View(waist + camera.distance * axes[2], axes, focal, float(x), float(y), *size)


@called_by_loops
def ray_of(view: View, x: float, y: float) -> tuple:
    """Return origin and direction (length 1) of the ray through a place in pixels."""
    u = (x / view.height - view.centre_x) / view.focal
    v = (view.centre_y - y / view.height) / view.focal
    a = view.axes
    dx = u * a[0, 0] + v * a[1, 0] - a[2, 0]
    dy = u * a[0, 1] + v * a[1, 1] - a[2, 1]
    dz = u * a[0, 2] + v * a[1, 2] - a[2, 2]
    scale = 1.0 / np.sqrt(dx * dx + dy * dy + dz * dz)
    return view.origin[0], view.origin[1], view.origin[2], dx * scale, dy * scale, dz * scale


@called_by_loops
def along(ray: tuple, passed: float) -> tuple:
    """Return the point at a distance along a ray."""
    return ray[0] + passed * ray[3], ray[1] + passed * ray[4], ray[2] + passed * ray[5]


@called_by_loops
def pixel_of(view: View) -> float:
    """Return the side of a pixel straight ahead, in metres a metre."""
    return 1.0 / (view.focal * view.height)


@called_by_loops
def seen_at(view: View, x: float, y: float, z: float) -> tuple:
    """Return where a point is seen, in pixels, and how far ahead of the camera it lies."""
    x, y, z = x - view.origin[0], y - view.origin[1], z - view.origin[2]
    a = view.axes
    ahead = -(x * a[2, 0] + y * a[2, 1] + z * a[2, 2])
    scale = view.focal / max(ahead, 1e-6)
    right = (x * a[0, 0] + y * a[0, 1] + z * a[0, 2]) * scale
    up = (x * a[1, 0] + y * a[1, 1] + z * a[1, 2]) * scale
    return (view.centre_x + right) * view.height, (view.centre_y - up) * view.height, ahead
