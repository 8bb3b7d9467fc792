"""Noise for every frame of a song, the same whatever the song's length and however it is cut."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor


@dataclass
class FrameNoise:
    """Gaussian noise that depends on the seed, the number of the draw and the frame alone.

    The noise has a phase: at 0 it is the frame's own, at every further whole number another one,
    and between two of them it turns from one into the other, its variance always 1.

    Shape:
        source: (F,) whole numbers; frames of one number have the same noise, see ``noise_sources``
        phase: (F,) from 0; None is 0 everywhere
    """

    seed: int
    shape: tuple[int, ...]
    """Of one frame's latents: (4, h, w)."""
    source: np.ndarray
    phase: np.ndarray | None = None

    def __call__(self, draw: int, frames: Sequence[int]) -> Tensor:
        """Return the noise of ``frames``; another ``draw`` gives them other noise.

        Shape:
            returns: (N, *shape) float32
        """
        return torch.from_numpy(np.stack([self._of(draw, frame) for frame in frames]))

    def _of(self, draw: int, frame: int) -> np.ndarray:
        whole, part = divmod(0.0 if self.phase is None else float(self.phase[frame]), 1)
        noise = self._drawn(draw, frame, int(whole))
        if not part:
            return noise
        angle = part * math.pi / 2
        following = self._drawn(draw, frame, int(whole) + 1)
        return math.cos(angle) * noise + math.sin(angle) * following

    def _drawn(self, draw: int, frame: int, whole: int) -> np.ndarray:
        rng = np.random.default_rng((self.seed, draw, self.source[frame], whole))
        return rng.standard_normal(self.shape, np.float32)


def noise_sources(kind: str, num_frames: int, context: int, stride: int, seed: int) -> np.ndarray:
    """Return which frames share their noise.

    ``plain`` gives every frame its own. ``free`` repeats the noise of the first window over and
    over in shuffled order, so that distant frames grow from the same noise and the scene stays
    itself (noise rescheduling of FreeNoise, https://arxiv.org/abs/2310.15169, equation 7).

    Shape:
        returns: (num_frames,) whole numbers
    """
    if kind == "plain":
        return np.arange(num_frames)
    return shuffled_windows(num_frames, context, stride, seed)


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

    ``stop`` and ``order`` are the paper's own, and diffusers' ``enable_free_init``'s.

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
