"""Noise for every frame of a song, the same whatever the song's length and however it is cut."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

NOISES = ("free", "plain")


class FrameNoise:
    """Gaussian noise that depends on the seed, the stage of the work and the frame alone.

    ``plain`` gives every frame its own. ``free`` repeats the noise of the first window over and
    over in shuffled order, so that distant frames grow from the same noise and the scene stays
    itself (noise rescheduling of FreeNoise, https://arxiv.org/abs/2310.15169, equation 7).

    Noise can travel: at place 0 of its way it is the one above, at every further whole number
    another one, and between two of them it turns from one into the other, its variance always 1.

    Shape:
        way: (num_frames,) place of each frame from 0; None is 0 everywhere
    """

    def __init__(
        self,
        seed: int,
        num_frames: int,
        shape: tuple[int, ...],
        kind: str,
        context: int,
        stride: int,
        way: np.ndarray | None = None,
    ) -> None:
        self.seed = seed
        self.shape = shape
        self.way = np.zeros(num_frames) if way is None else way
        self.source = (
            shuffled_windows(num_frames, context, stride, seed)
            if kind == "free"
            else np.arange(num_frames)
        )

    def __call__(self, stage: int, frames: Sequence[int]) -> Tensor:
        """Return the noise of ``frames``; another ``stage`` draws everything anew.

        Shape:
            returns: (N, *shape) float32
        """
        return torch.from_numpy(np.stack([self._of(stage, frame) for frame in frames]))

    def _of(self, stage: int, frame: int) -> np.ndarray:
        passed, turned = divmod(float(self.way[frame]), 1)
        angle = turned * math.pi / 2
        noise = self._drawn(stage, frame, int(passed))
        if not angle:
            return noise
        following = self._drawn(stage, frame, int(passed) + 1)
        return math.cos(angle) * noise + math.sin(angle) * following

    def _drawn(self, stage: int, frame: int, place: int) -> np.ndarray:
        rng = np.random.default_rng((self.seed, stage, self.source[frame], place))
        return rng.standard_normal(self.shape, np.float32)


def shuffled_windows(num_frames: int, context: int, stride: int, seed: int) -> np.ndarray:
    """Return, for every frame, the frame of the first window whose noise it takes.

    Each further ``stride`` frames take those that came ``context`` frames earlier, shuffled, so
    every run of ``context`` frames from a border on holds each noise once.

    Shape:
        returns: (num_frames,) whole numbers below ``context``
    """
    rng = np.random.default_rng((seed, context, stride))
    source = np.arange(context)
    while len(source) < num_frames:
        source = np.concatenate([source, rng.permutation(source[-context:][:stride])])
    return source[:num_frames]


def low_pass(shape: tuple[int, int, int], stop: float = 0.25, order: int = 4) -> Tensor:
    """Return the Butterworth filter of FreeInit over time and picture, lowest frequency centred.

    Shape:
        shape: (T, H, W)
        returns: (T, H, W) float32 in (0, 1]
    """
    time, height, width = (2 * torch.arange(n) / n - 1 for n in shape)
    distance = time[:, None, None] ** 2 + height[:, None] ** 2 + width**2
    return 1 / (1 + (distance / stop**2) ** order)


def mix_frequencies(low: Tensor, high: Tensor) -> Tensor:
    """Return the low frequencies of one clip with the high ones of another.

    FreeInit (https://arxiv.org/abs/2312.07537): noise that keeps the layout of an earlier result.

    Shape:
        low, high, returns: (F, C, H, W); one channel at a time is transformed, to save memory
    """
    keep = low_pass((low.shape[0], low.shape[2], low.shape[3]))
    mixed = torch.empty_like(low)
    for channel in range(low.shape[1]):
        spectra = [torch.fft.fftshift(torch.fft.fftn(x[:, channel])) for x in (low, high)]
        spectrum = spectra[0] * keep + spectra[1] * (1 - keep)
        mixed[:, channel] = torch.fft.ifftn(torch.fft.ifftshift(spectrum)).real
    return mixed
