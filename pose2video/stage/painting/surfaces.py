"""What pictures are painted on and with: paper, canvas, wood and grain that stand still.

All are made once for each size, and as fine in proportion to the picture at every size.
"""

from functools import lru_cache

import cv2
import numpy as np

kept = lru_cache(maxsize=4)


def noise(height: int, width: int, size: float, seed: int) -> np.ndarray:
    """Return smooth noise (H, W) float32, mean 0 and deviation 1, of bumps ``size`` pixels wide."""
    rng = np.random.default_rng(seed)
    rows, columns = round(height / size) + 3, round(width / size) + 3
    few = rng.standard_normal((rows, columns)).astype(np.float32)
    if size <= 1:
        return (
            few[:height, :width].copy()
            if rows >= height and columns >= width
            else np.resize(few, (height, width))
        )
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / np.float32(size) + 1
    bumps = cv2.remap(few, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    return (bumps - bumps.mean()) / (bumps.std() + 1e-6)


def clouds(height: int, width: int, size: float, seed: int, octaves: int = 4) -> np.ndarray:
    """Return noise of several sizes, each half as wide and strong as the one before."""
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        total += 0.5**octave * noise(height, width, max(size / 2**octave, 1.0), seed + octave)
    return total / total.std()


@kept
def paper(height: int, width: int, seed: int = 1) -> np.ndarray:
    """Return the relief (H, W) of rough paper, as light from the upper left shows it; mean 0."""
    unit = height / 512
    bumps = clouds(height, width, max(5 * unit, 1.5), seed, 3)
    lit = bumps - np.roll(bumps, (-1, -1), (0, 1))
    return (lit / (lit.std() + 1e-6)).astype(np.float32)


@kept
def fibres(
    height: int, width: int, seed: int, angle: float = 0.0, long: float = 60.0
) -> np.ndarray:
    """Return noise (H, W), mean 0 and deviation 1, drawn out along a direction in degrees."""
    unit = height / 512
    grain = noise(height, width, max(1.3 * unit, 1.0), seed)
    reach = max(int(long * unit) | 1, 3)
    stroke = np.zeros((reach, reach), np.float32)
    middle = reach // 2
    u, v = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    ends = [(round(middle - s * middle * u), round(middle - s * middle * v)) for s in (-1, 1)]
    cv2.line(stroke, ends[0], ends[1], 1.0, 1, cv2.LINE_AA)
    drawn_out = cv2.filter2D(grain, -1, stroke / stroke.sum(), borderType=cv2.BORDER_REFLECT)
    return (drawn_out - drawn_out.mean()) / (drawn_out.std() + 1e-6)
