"""What a camera does to a picture: what is far from the dancers is blurred, and the film's look."""

import cv2
import numpy as np

from pose2video.stage.compiled import compiled, in_bands
from pose2video.stage.developing import Film, developed
from pose2video.stage.painting.shot import Shot

PHOTO = Film(bloom=0.8, vignette=0.3, grain=2.5, contrast=0.3, colours=0.86,
             shadows=(0.01, 0.008, 0.02), highlights=(1.02, 1.0, 0.96))  # fmt: skip
CINEMA = Film(bloom=2.2, vignette=0.55, grain=2.2, contrast=0.62, colours=0.94,
              shadows=(-0.05, 0.05, 0.095), highlights=(1.06, 0.99, 0.87))  # fmt: skip
USUAL_DISTANCE = 5.0
"""Metres; where the lens is set if nobody is seen."""


def photo(shot: Shot) -> np.ndarray:
    """Natural contrast and colours, a background that is a little out of focus, grain."""
    return developed(focused(shot, 0.8), shot.exposure, shot.staged.place.bloom, PHOTO)


def cinematic(shot: Shot) -> np.ndarray:
    """Deep contrast, cold shadows and warm light, a glow, only the dancers in focus."""
    light = focused(shot, 1.6)
    height, width = shot.size
    small = cv2.resize(
        light, (max(width // 8, 1), max(height // 8, 1)), interpolation=cv2.INTER_AREA
    )
    bright = np.clip(small - 0.9, 0, 3)
    streak = cv2.GaussianBlur(bright, (0, 0), sigmaX=height / 60, sigmaY=0.5 + height / 2000)
    streak = cv2.resize(streak @ np.diag([0.25, 0.45, 0.8]).astype(np.float32), (width, height))
    bloom = max(shot.staged.place.bloom, 0.25)
    return developed(light + streak, shot.exposure, bloom, CINEMA)


def focused(shot: Shot, aperture: float) -> np.ndarray:
    """Return light (H, W, 3) as a lens sees it that is set to the dancers.

    Bright points behind become discs, and nothing of the dancers runs into what is behind.
    """
    layers = shot.layers
    height = shot.size[0]
    is_dancer = shot.mask > 0
    focus = float(layers.depth[is_dancer].mean()) if is_dancer.any() else USUAL_DISTANCE
    free = 255 - cv2.dilate(shot.mask, np.ones((3, 3), np.uint8))
    near = _discs(layers.light, free, 2, aperture * height / 512 * 2.2)
    far = _discs(layers.light, free, 4, aperture * height / 512 * 3.2)
    cover = cv2.GaussianBlur(255 - free, (0, 0), max(0.7 * shot.unit, 0.6))
    out = np.empty_like(layers.light)
    cover = cv2.max(cover, shot.mask)
    lights = (layers.light, near, far)
    in_bands(_mixed, len(out), lights, (layers.depth, cover), focus, out)
    return out


def _discs(light: np.ndarray, free: np.ndarray, coarse: int, radius: float) -> np.ndarray:
    """Return the light of what is free (255), blurred by a disc, ``coarse`` times less fine."""
    height, width = free.shape
    size = max(width // coarse, 1), max(height // coarse, 1)
    share = cv2.resize(free.astype(np.float32) / 255, size, interpolation=cv2.INTER_AREA)
    known = cv2.resize(light * (free[..., None] > 0), size, interpolation=cv2.INTER_AREA)
    reach = max(int(np.ceil(radius)), 1)
    v, u = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disc = np.clip(radius + 0.5 - np.hypot(u, v), 0, 1).astype(np.float32)
    disc /= disc.sum()
    both = cv2.merge((known, share))
    blurred = cv2.filter2D(both, -1, disc, borderType=cv2.BORDER_REPLICATE)
    around = cv2.GaussianBlur(both, (0, 0), 2.5 * reach, borderType=cv2.BORDER_REPLICATE)
    blurred += 0.02 * around
    mean = blurred[..., :3] / (blurred[..., 3:] + 1e-4)
    return cv2.resize(mean, (width, height), interpolation=cv2.INTER_LINEAR)


@compiled
def _mixed(
    first: int,
    stop: int,
    lights: tuple,
    seen: tuple,
    focus: float,
    out: np.ndarray,
) -> None:
    sharp, near, far = lights
    depth, cover = seen
    for y in range(first, stop):
        for x in range(depth.shape[1]):
            away = abs(1.0 - focus / max(depth[y, x], 0.1))
            some = min(max((away - 0.04) / 0.2, 0.0), 1.0)
            more = min(max((away - 0.24) / 0.4, 0.0), 1.0)
            own = cover[y, x] / 255.0
            for k in range(3):
                blurred = sharp[y, x, k] + some * (near[y, x, k] - sharp[y, x, k])
                blurred += more * (far[y, x, k] - blurred)
                out[y, x, k] = blurred + own * (sharp[y, x, k] - blurred)
