"""The stages behind the dancer: pictures of floor and wall as a resting camera sees them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from music2pose.motion.camera import Camera
from pose2video.mannequin.lens import lens_of
from pose2video.mannequin.looks import Look, linear

STAGE_CAMERA = Camera(pitch=0.05)
"""The stage stands still in the picture, whatever the dancer's own camera does, so that what is
behind a dancer is always the same."""
WALL = 2.4
"""Metres from the dancer to the wall behind."""
SAMPLES = 3
"""Points across and down in which each pixel of the stage is looked at."""


@dataclass(frozen=True)
class View:
    """Where the sight through each point of the picture ends.

    Shape:
        x, y, z: (H, W) metres; on the floor y is 0, on the wall z is ``-WALL``
        floor: (H, W) bool
        u, v: (H, W) place in the picture, from 0 to 1
    """

    x: np.ndarray
    y: np.ndarray
    z: np.ndarray
    floor: np.ndarray
    u: np.ndarray
    v: np.ndarray


@dataclass(frozen=True)
class EmptyStage:
    """A stage without its dancer.

    Shape:
        light: (H, W, 3) float32, linear
        floor: (H, W) float32, how much of each pixel is floor
    """

    light: np.ndarray
    floor: np.ndarray


def mannequin_stage(look: Look, size: int) -> EmptyStage:
    """Return the stage of a look in a picture of ``size`` by ``size`` pixels."""
    fine = size * SAMPLES
    view = _view(fine)
    light = BACKDROPS[look.backdrop](view, look) * _vignette(view)
    shape = (size, SAMPLES, size, SAMPLES)
    return EmptyStage(
        light.reshape(*shape, 3).mean(axis=(1, 3)).astype(np.float32),
        view.floor.astype(np.float32).reshape(shape).mean(axis=(1, 3)),
    )


def _view(size: int) -> View:
    import torch

    lens = lens_of(STAGE_CAMERA)
    v, u = (np.indices((size, size), np.float32) + 0.5) / size
    rays = lens.rays(torch.from_numpy(u.ravel()), torch.from_numpy(v.ravel()))
    direction = rays.direction.numpy().reshape(size, size, 3)
    origin = lens.origin.numpy()
    to_floor = np.where(direction[..., 1] < -1e-4, origin[1] / -direction[..., 1], np.inf)
    to_wall = (origin[2] + WALL) / -direction[..., 2]
    distance = np.minimum(to_floor, to_wall)
    x, y, z = np.moveaxis(origin + distance[..., None] * direction, -1, 0)
    return View(x, y, z, to_floor < to_wall, u, v)


def _vignette(view: View) -> np.ndarray:
    away = (view.u - 0.5) ** 2 + (view.v - 0.5) ** 2
    return (1 - 0.55 * away)[..., None]


def _colour(name: str) -> np.ndarray:
    return np.array(linear(name), np.float32)


def _mix(first: np.ndarray, second: np.ndarray, share: np.ndarray) -> np.ndarray:
    share = np.clip(share, 0, 1)[..., None]
    return first * (1 - share) + second * share


def _smooth(values: np.ndarray, low: float, high: float) -> np.ndarray:
    share = np.clip((values - low) / (high - low), 0, 1)
    return share * share * (3 - 2 * share)


def _pool(view: View, radius: float, x: float = 0.0, z: float = 0.0) -> np.ndarray:
    """Return how brightly a pool of light on the floor shines, (H, W) from 0 to 1."""
    away = np.sqrt((view.x - x) ** 2 + (view.z - z) ** 2)
    return np.where(view.floor, 1 - _smooth(away, 0.35 * radius, radius), 0.0)


def studio(view: View, look: Look) -> np.ndarray:
    """Return (H, W, 3) linear light: a paper roll hangs behind and runs on over the floor."""
    floor, far, top = _colour("#ffc4a3"), _colour("#ff9f8a"), _colour("#c96a9a")
    depth = np.where(view.floor, -view.z, WALL)
    sweep = _mix(floor, far, _smooth(depth, -1.0, WALL))
    light = _mix(sweep, top, _smooth(view.y, -0.1, 3.2))
    halo = np.exp(-(view.x**2 + (view.y - 1.2) ** 2) / 1.6) * ~view.floor
    halo = halo + np.where(view.floor, np.exp(-(view.x**2 + 1.44) / 1.6), 0)
    pool = np.exp(-(view.x**2 + view.z**2) / 2.2) * view.floor
    return light * (0.88 + 0.30 * halo + 0.14 * pool)[..., None]


def club(view: View, look: Look) -> np.ndarray:
    """Return (H, W, 3) linear light: tubes on a dark wall, mirrored in the floor through haze."""
    low, high = _colour("#3a1668"), _colour("#0d0a2c")
    height = np.where(view.floor, (WALL + view.z) * 0.55, view.y)
    light = _mix(low, high, _smooth(height, 0.0, 3.2))
    mirrored = np.where(view.floor, 0.30, 1.0)
    # In the floor a tube is seen where its mirror image is: straight below it.
    across = np.where(view.floor, view.x * _nearer(view), view.x)
    level = np.where(view.floor, height, view.y)
    for x, colour in ((-1.25, "#19d3ff"), (1.25, "#ff2fa0"), (-1.6, "#7b5cff"), (1.6, "#7b5cff")):
        away = np.abs(across - x)
        span = _smooth(level, 0.0, 0.1) * (1 - 0.5 * _smooth(level, 0.8, 3.0))
        tube = np.exp(-((away / 0.028) ** 2)) * 3.0 + np.exp(-away / 0.16) * 0.55
        light = light + (tube * span * mirrored)[..., None] * _colour(colour)
    ring = np.sqrt(across**2 + (level - 1.25) ** 2)
    glow = np.exp(-(((ring - 0.85) / 0.03) ** 2)) * 1.1 + np.exp(-np.abs(ring - 0.85) / 0.2) * 0.28
    light = light + (glow * mirrored)[..., None] * _colour("#a259ff")
    light = light * np.where(view.floor, 0.75, 1.0)[..., None]
    pool = _pool(view, 1.9)
    return light + (pool * 0.10)[..., None] * _colour("#b79cff")


def _nearer(view: View) -> np.ndarray:
    """Return how much larger the wall's mirror image is than what the floor's own place shows."""
    distance = STAGE_CAMERA.distance
    return (distance + WALL) / np.maximum(distance - view.z, 0.3)


def wall(view: View, look: Look) -> np.ndarray:
    """Return (H, W, 3) linear light: a wall with painted waves above asphalt, in low sun."""
    paints = [_colour(name) for name in ("#2a9d8f", "#e9c46a", "#f4a261", "#e76f51", "#264653")]
    wave = view.y + 0.28 * np.sin(1.35 * view.x + 0.6) + 0.35 * view.x
    light = np.broadcast_to(paints[0], (*view.x.shape, 3))
    for number, paint in enumerate(paints[1:]):
        light = _mix(light, paint, _smooth(wave, 0.55 + 0.62 * number, 0.565 + 0.62 * number))
    brick_y = np.abs((view.y / 0.16) % 1 - 0.5)
    shift = 0.5 * (np.floor(view.y / 0.16) % 2)
    brick_x = np.abs((view.x / 0.36 + shift) % 1 - 0.5)
    joint = np.maximum(_smooth(brick_y, 0.44, 0.5), _smooth(brick_x, 0.47, 0.5))
    light = light * (0.62 - 0.10 * joint + 0.10 * _smooth(view.x, -2, 2))[..., None]
    light = light * (0.55 + 0.45 * _smooth(view.y, 0.0, 0.35))[..., None]
    asphalt = _colour("#7d746f") * (0.8 + 0.25 * _smooth(-view.z, WALL, -2))[..., None]
    kerb = _smooth(view.z, -WALL + 0.22, -WALL + 0.2)[..., None]
    asphalt = asphalt * (1 + 0.35 * kerb)
    return np.where(view.floor[..., None], asphalt, light)


def curtain(view: View, look: Look) -> np.ndarray:
    """Return (H, W, 3) linear light: a red curtain in folds, boards, the ring of a spotlight."""
    fold = 0.5 + 0.5 * np.sin(9.5 * view.x + 0.8 * np.sin(2.1 * view.x))
    red = _mix(_colour("#4d0710"), _colour("#b3202e"), fold)
    spot = np.exp(-(view.x**2 + (view.y - 1.1) ** 2) / 1.1)
    hem = _smooth(view.y, 0.02, 0.1) * 0.4 + 0.6
    red = red * ((0.28 + 0.75 * spot) * hem)[..., None]
    board = np.abs((view.x / 0.22) % 1 - 0.5)
    tone = 0.9 + 0.1 * np.sin(12.9898 * np.floor(view.x / 0.22))
    wood = _colour("#a8693c") * (tone * (1 - 0.35 * _smooth(board, 0.46, 0.5)))[..., None]
    wood = wood * (0.30 + 0.95 * _pool(view, 1.75))[..., None]
    return np.where(view.floor[..., None], wood, red)


BACKDROPS: dict[str, Callable[[View, Look], np.ndarray]] = {
    "studio": studio,
    "club": club,
    "wall": wall,
    "curtain": curtain,
}
