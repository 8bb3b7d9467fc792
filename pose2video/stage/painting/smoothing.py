"""Make patches of paint of a picture: its details go, its edges stay."""

import cv2
import numpy as np

from pose2video.stage.compiled import compiled, in_bands


def patched(picture: np.ndarray, radius: float) -> np.ndarray:
    """Return a picture (H, W, 3) uint8 in patches about ``radius`` pixels wide.

    Every pixel takes the mean of the calmest of four squares beside it (Kuwahara 1976), weighted
    softly (Papari, Petkov, Campisi 2007), so that nothing jumps from frame to frame.
    """
    reach = max(round(radius), 1)
    height, width = picture.shape[:2]
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    wide = cv2.copyMakeBorder(
        cv2.merge((picture, grey)), reach, reach, reach, reach, cv2.BORDER_REFLECT
    )
    sums = cv2.integral(wide)
    square = cv2.sqrBoxFilter(
        wide[..., 3], cv2.CV_32F, (reach + 1, reach + 1), anchor=(0, 0), normalize=True,
        borderType=cv2.BORDER_REFLECT)  # fmt: skip
    out = np.empty((height, width, 3), np.uint8)
    in_bands(_patched, height, sums, square, reach, out)
    return out


@compiled
def _patched(
    first: int, stop: int, sums: np.ndarray, square: np.ndarray, reach: int, out: np.ndarray
) -> None:
    side = reach + 1
    count = 1.0 / (side * side)
    for y in range(first, stop):
        for x in range(out.shape[1]):
            r, g, b, total = 0.0, 0.0, 0.0, 1e-12
            for k in range(4):
                top, left = y + reach * (k >> 1), x + reach * (k & 1)
                one, two = sums[top, left], sums[top, left + side]
                three, four = sums[top + side, left], sums[top + side, left + side]
                mean = (four[3] - three[3] - two[3] + one[3]) * count
                spread = 1.0 + max(square[top, left] - mean * mean, 0.0)
                weight = 1.0 / (spread * spread * spread)
                r += weight * (four[0] - three[0] - two[0] + one[0])
                g += weight * (four[1] - three[1] - two[1] + one[1])
                b += weight * (four[2] - three[2] - two[2] + one[2])
                total += weight
            scale = count / total
            out[y, x, 0], out[y, x, 1] = int(r * scale + 0.5), int(g * scale + 0.5)
            out[y, x, 2] = int(b * scale + 0.5)


def enlarged(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return a picture of the set, drawn half as fine, at the size (height, width) of a frame."""
    double = cv2.resize(picture, (picture.shape[1] * 2, picture.shape[0] * 2))
    return double[: size[0], : size[1]]
