"""Compare painted frames with the true ones: likeness, and steadiness over time."""

import logging
from collections.abc import Callable, Iterable
from itertools import zip_longest
from typing import NamedTuple
from urllib.error import URLError

import numpy as np
import torch

from pose2video import RenderError
from pose2video.metrics.ssim import gaussian_means, window_similarity

logger = logging.getLogger(__name__)

PictureDistance = Callable[[np.ndarray, np.ndarray], float]
"""Takes two uint8 (H, W, 3) pictures; returns 0 for equal ones, more for others."""

WHITE = 255
"""The brightest colour value."""
HIGHEST_PSNR = 100.0
"""Of pictures that hardly differ; that of equal ones would be infinite."""


class PictureFigures(NamedTuple):
    """How like the true frames painted ones are; means over all frames."""

    frames: int
    ssim: float
    """1 for equal pictures (Wang et al. 2004)."""
    psnr: float
    """Decibels, of the squared error of the whole clip; at most 100."""
    change: float
    """Mean absolute change of a colour value (0 to 255) from frame to frame."""
    true_change: float
    """The same of the true frames."""
    unsteadiness: float
    """Mean absolute change from frame to frame that differs from the true one's."""
    lpips: float | None
    """Learned perceptual distance (Zhang et al. 2018); None without its weights."""

    @property
    def flicker(self) -> float:
        """How much more the painted frames change than the true ones; NaN where those stand."""
        return self.change / self.true_change if self.true_change > 0 else float("nan")


def picture_figures(
    painted: Iterable[np.ndarray],
    true: Iterable[np.ndarray],
    distance: PictureDistance | None = None,
) -> PictureFigures:
    """Compare two clips frame by frame, holding two frames of each at a time.

    Shape:
        painted, true: (H, W, 3) uint8 frames, as many of one as of the other

    Raises:
        RenderError: there are no frames, or they differ in number or size.
    """
    rows, steps = [], []
    last = None
    for picture, real in zip_longest(painted, true):
        if picture is None or real is None:
            raise RenderError(
                f"after {len(rows)} frames one of the clips ends; give clips of one length"
            )
        rows.append(_compared(picture, real, distance))
        if last is not None:
            steps.append(_steps(last, (picture, real)))
        last = picture, real
    if not rows:
        raise RenderError("there are no frames to compare")
    ssims, errors, distances = zip(*rows, strict=True)
    change, true_change, unsteadiness = np.mean(steps, axis=0) if steps else (0.0, 0.0, 0.0)
    return PictureFigures(
        len(rows),
        float(np.mean(ssims)),
        decibels(float(np.mean(errors))),
        float(change),
        float(true_change),
        float(unsteadiness),
        None if distance is None else float(np.mean(distances)),
    )


def mean_change(frames: Iterable[np.ndarray]) -> float:
    """Return the mean absolute change of colour values between frames (H, W, 3); 0 for one."""
    changes, last = [], None
    for frame in frames:
        if last is not None:
            changes.append(np.abs(frame.astype(np.int16) - last).mean())
        last = frame
    return float(np.mean(changes)) if changes else 0.0


def ssim(picture: np.ndarray, true: np.ndarray) -> float:
    """Return the structural similarity of two pictures, the mean over windows and colours.

    Shape:
        picture, true: (H, W, 3) uint8, at least 11 x 11
    """
    fake, real = (
        torch.from_numpy(np.ascontiguousarray(shown.transpose(2, 0, 1)))[None].float()
        for shown in (picture, true)
    )
    return window_similarity(fake, real, gaussian_means, WHITE).mean().item()


def psnr(picture: np.ndarray, true: np.ndarray) -> float:
    """Return the peak signal-to-noise ratio of pictures (H, W, 3) uint8: decibels, up to 100."""
    return decibels(_squared_error(picture, true))


def decibels(squared_error: float) -> float:
    """Return the ratio of the brightest value, 255, to an error.

    >>> decibels(255.0**2), decibels(0.0)
    (0.0, 100.0)
    """
    if squared_error == 0:
        return HIGHEST_PSNR
    return min(HIGHEST_PSNR, float(10 * np.log10(WHITE**2 / squared_error)))


def load_lpips(device: str = "cpu") -> tuple[PictureDistance | None, str]:
    """Return LPIPS, or None and in words why it cannot be had here.

    The package ``lpips`` brings its own small weights; those of AlexNet come from torchvision's
    cache or its server.
    """
    try:
        import lpips  # type: ignore[import-not-found]
    except ImportError:
        return None, "the package lpips is not installed (pip install lpips)"
    try:
        network = lpips.LPIPS(net="alex", verbose=False).to(device).eval()
    except (URLError, OSError) as error:
        return None, f"AlexNet's weights cannot be fetched ({error})"

    @torch.inference_mode()
    def distance(picture: np.ndarray, true: np.ndarray) -> float:
        pair = torch.from_numpy(np.stack([picture, true])).permute(0, 3, 1, 2).to(device)
        first, second = (pair.float() / 127.5 - 1).split(1)
        return network(first, second).item()

    return distance, ""


def _compared(
    picture: np.ndarray, true: np.ndarray, distance: PictureDistance | None
) -> tuple[float, float, float]:
    if picture.shape != true.shape:
        sizes = ["x".join(map(str, shown.shape[1::-1])) for shown in (picture, true)]
        raise RenderError(f"frames of {sizes[0]} cannot be compared with those of {sizes[1]}")
    far = 0.0 if distance is None else distance(picture, true)
    return ssim(picture, true), _squared_error(picture, true), far


def _steps(
    before: tuple[np.ndarray, np.ndarray], after: tuple[np.ndarray, np.ndarray]
) -> tuple[float, float, float]:
    """Return the mean change of the painted clip, of the true one, and of what differs."""
    painted, true = (b.astype(np.int16) - a for a, b in zip(before, after, strict=True))
    return tuple(float(np.abs(x).mean()) for x in (painted, true, painted - true))  # type: ignore


def _squared_error(picture: np.ndarray, true: np.ndarray) -> float:
    return float(np.square(picture.astype(np.float32) - true).mean(dtype=np.float64))
