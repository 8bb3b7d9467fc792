"""What stays the same through a dance: the dancer's body, and how the camera sees it."""

from dataclasses import dataclass

import numpy as np

from music2pose.motion.camera import Camera, view_axes
from music2pose.motion.motion import Body


@dataclass(frozen=True)
class Build:
    """A body and the camera before it, which stands ``Camera``'s usual distance away.

    Points "in the camera's axes" are in metres to its right, up and towards it, from the point that
    it turns around.
    """

    body: Body
    pitch: float
    """Radians by which the camera looks down."""
    scale: float
    """Canvas heights of a metre at the usual distance."""
    floor: float
    """Where on the canvas the floor lies."""

    @property
    def camera(self) -> Camera:
        height = self.scale * Body().height
        return Camera(pitch=self.pitch, body_height=height, floor=self.floor)

    @property
    def focal(self) -> float:
        """Canvas heights of a metre at a metre."""
        return self.scale * self.camera.distance

    def rays(self, keypoints: np.ndarray, aspect: float) -> np.ndarray:
        """Return where the keypoints are seen from the camera, in metres a metre away.

        Shape:
            keypoints, returns: (..., 2); x to the right, y down as on the canvas
        """
        camera = self.camera
        below = camera.waist * np.cos(self.pitch)
        away = camera.distance + camera.waist * np.sin(self.pitch)
        middle = np.array([aspect / 2, self.floor - self.focal * below / away])
        return (keypoints - middle) / self.focal

    def in_world(self, points: np.ndarray) -> np.ndarray:
        """Return points (..., 3) in the camera's axes as points of the world."""
        return points @ view_axes(self.camera) + [0, self.camera.waist, 0]
