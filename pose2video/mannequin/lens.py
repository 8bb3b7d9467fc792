"""The rays along which the following camera of ``music2pose.motion.camera`` sees a picture."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from music2pose.motion.camera import Camera, view_axes
from music2pose.motion.motion import Body


@dataclass(frozen=True)
class Rays:
    """Half lines to follow.

    Shape:
        origin, direction: (N, 3); directions have length 1
    """

    origin: Tensor
    direction: Tensor

    def __len__(self) -> int:
        return len(self.direction)

    def __getitem__(self, index: Tensor) -> "Rays":
        return Rays(self.origin[index], self.direction[index])

    def at(self, distance: Tensor) -> Tensor:
        """Return the points (N, 3) at ``distance`` (N,) along the rays."""
        return self.origin + distance[:, None] * self.direction


@dataclass(frozen=True)
class Lens:
    """A pinhole whose picture is moved until the floor below the dancer lies where it should.

    Shape:
        origin: (3,) the pinhole, in metres
        axes: (3, 3), rows: the camera's right, up and backward
    """

    origin: Tensor
    axes: Tensor
    focal: float
    """Picture heights at a distance of one picture height."""
    centre: tuple[float, float]
    """Where the picture shows what lies straight ahead, in picture heights from its corner."""

    def rays(self, x: Tensor, y: Tensor) -> Rays:
        """Return the rays through points (N,) of the picture, in picture heights."""
        aside = torch.stack(
            [(x - self.centre[0]) / self.focal, (self.centre[1] - y) / self.focal, -1 + 0 * x], -1
        )
        direction = torch.nn.functional.normalize(aside @ self.axes, dim=-1)
        return Rays(self.origin.expand(len(direction), 3), direction)

    @property
    def spread(self) -> float:
        """What one picture height in the picture is in metres, one metre away."""
        return 1 / self.focal


def lens_of(camera: Camera, device: str = "cpu", aspect: float = 1.0) -> Lens:
    """Return the lens that shows each point where ``music2pose.motion.camera.project`` puts it."""
    axes = view_axes(camera)
    focal = camera.body_height / Body().height * camera.distance
    waist = np.array([0, camera.waist, 0])
    right, up, backward = -waist @ axes.T
    depth = camera.distance - backward
    centre = aspect / 2 - focal * right / depth, camera.floor + focal * up / depth
    origin = waist + camera.distance * axes[2]
    return Lens(
        torch.tensor(origin, dtype=torch.float32, device=device),
        torch.tensor(axes, dtype=torch.float32, device=device),
        focal,
        (float(centre[0]), float(centre[1])),
    )
