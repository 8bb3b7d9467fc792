"""One frame to be painted, with what several ways of painting start from."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from pose2video.stage.developing import PLAIN, developed
from pose2video.stage.people import NOBODY, Layers
from pose2video.stage.staging import Staged
from prompts.scene.scene import Scene


@dataclass(frozen=True)
class Shot:
    """A frame's layers, and the set and scene that they are of."""

    layers: Layers
    staged: Staged
    scene: Scene

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.layers.part.shape

    @property
    def unit(self) -> float:
        """Pixels of what is one pixel in a picture 512 high: lines and dots grow with pictures."""
        return self.size[0] / 512

    @cached_property
    def exposure(self) -> float:
        return self.staged.place.exposure

    @cached_property
    def plain(self) -> np.ndarray:
        """The picture (H, W, 3) uint8 without bloom, grain and vignette."""
        return developed(self.layers.light, self.exposure, 0.0, PLAIN)

    @cached_property
    def mask(self) -> np.ndarray:
        """255 where a dancer is seen and 0 elsewhere, (H, W) uint8."""
        return np.where(self.layers.part != NOBODY, np.uint8(255), np.uint8(0))

    @cached_property
    def box(self) -> tuple[slice, slice]:
        """Rows and columns between which dancers are seen; all where there are none."""
        x, y, width, height = cv2.boundingRect(self.mask)
        if not width:
            return slice(None), slice(None)
        margin = round(10 * self.unit) + 2
        rows = slice(max(y - margin, 0), y + height + margin)
        return rows, slice(max(x - margin, 0), x + width + margin)

    @cached_property
    def scenery(self) -> np.ndarray:
        """The set without dancers, (H / 2, W / 2, 3) uint8, their place filled from around it.

        The set is drawn half as fine as the dancers, so nothing is lost.
        """
        height, width = self.size
        half = -(-width // 2), -(-height // 2)
        picture = cv2.resize(self.plain, half, interpolation=cv2.INTER_AREA)
        wide = cv2.dilate(self.mask, np.ones((3, 3), np.uint8))
        free = cv2.resize(255 - wide, half, interpolation=cv2.INTER_AREA)
        free[free < 255] = 0
        return _filled(picture, free)


def _filled(picture: np.ndarray, free: np.ndarray) -> np.ndarray:
    """Return a picture with what is not free (255) filled from ever farther around."""
    if free.all():
        return picture
    height, width = free.shape
    if min(height, width) <= 2:
        return picture
    smaller = (-(-width // 2), -(-height // 2))
    weight = cv2.resize(free, smaller, interpolation=cv2.INTER_AREA)
    known = cv2.bitwise_and(picture, picture, mask=free)
    sums = cv2.resize(known, smaller, interpolation=cv2.INTER_AREA).astype(np.float32)
    mean = np.minimum(sums * (255.0 / np.maximum(weight, 1))[..., None], 255).astype(np.uint8)
    known_there = np.where(weight > 8, 255, 0).astype(np.uint8)
    coarse = _filled(mean, known_there)
    spread = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    return cv2.copyTo(picture, free, spread)
