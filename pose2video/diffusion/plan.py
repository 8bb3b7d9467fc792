"""Estimate what a render will take, from its settings alone: arithmetic, time and memory."""

import math
import time
from dataclasses import dataclass
from functools import cache

import torch

from pose2video.diffusion.memory import MemoryMode
from pose2video.diffusion.windows import extra_work, window_starts

UNET, CONTROLNET, VAE, TINY_VAE = 1.106, 0.283, 2.51, 0.141
"""TFLOP for one frame of 512x512, once, a multiplication with its addition counting as 2: counted
by torch's FlopCounterMode for Stable Diffusion 1.5's networks on the meta device."""
PIXELS = 512 * 512
NETWORK_GROWTH = 1.15
"""Work grows with pixels to about this power, as attention makes larger pictures dearer: the same
count at 256, 768 and 1024 pixels a side gives 1.06, 1.18 and 1.23."""
EFFICIENCY = 0.5
"""Share of its speed in plain convolutions that a device reaches on the whole: a guess."""
UNET_GIBIBYTES, CONTROLNET_GIBIBYTES, TEXT_GIBIBYTES, VAE_GIBIBYTES = 2.38, 0.67, 0.23, 0.16
"""Weights in half precision: 1277 M with the motion modules, 361 M, 123 M and 84 M."""
FORWARD_GIBIBYTES = 0.09
"""What one frame of 512x512 takes while it is denoised, in half precision: the tensors that the
UNet holds at once, counted on the meta device, and a tenth. ``python -m benchmarks.diffusion
songs`` shows what a GPU really takes."""
DECODING_GIBIBYTES, TINY_DECODING_GIBIBYTES = 0.41, 0.10
"""What one frame of 512x512 takes while it is decoded, by either decoder, counted alike."""


@dataclass(frozen=True)
class Work:
    """How much there is to compute."""

    num_frames: int
    """Frames that are painted."""
    width: int
    height: int
    steps: int
    guided_steps: int
    control_steps: int
    """Steps in which ControlNets take part."""
    context: int
    overlap: int
    passes: int = 1
    num_controlnets: int = 1
    """ControlNets that lead every pass."""
    is_steadied: bool = False
    """The last pass is against flicker, with one ControlNet more."""
    control_conditional_only: bool = False
    is_draft: bool = False

    @property
    def windows(self) -> int:
        """Windows of a step."""
        return len(window_starts(self.num_frames, self.context, self.overlap, step=0))

    @property
    def extra(self) -> float:
        return extra_work(self.num_frames, self.context, self.overlap)

    def teraflops(self) -> float:
        """Return the work of all steps and the decoding.

        >>> guided = Work(32, 512, 512, 25, 25, 25, context=32, overlap=0)
        >>> round(guided.teraflops() - 32 * VAE)
        2222
        """
        size = self.width * self.height / PIXELS
        unet = UNET * (self.steps + self.guided_steps)
        controlled = self.control_steps
        if not self.control_conditional_only:
            controlled += min(self.control_steps, self.guided_steps)
        each = (unet + self.num_controlnets * CONTROLNET * controlled) * size**NETWORK_GROWTH
        decoding = (TINY_VAE if self.is_draft else VAE) * size
        return self.num_frames * (each * (1 + self.extra) * self.passes + decoding)

    def gibibytes(self, dtype: torch.dtype, mode: MemoryMode) -> float:
        """Return about how much memory is needed at once, denoising or decoding."""
        window = math.ceil(min(self.context, self.num_frames) / (2 if mode.in_parts else 1))
        branches = 2 if self.guided_steps and not mode.one_by_one else 1
        denoising = mode.num_windows * branches * window * FORWARD_GIBIBYTES
        decoded = min(mode.decoded_frames, self.num_frames)
        decoding = decoded * (TINY_DECODING_GIBIBYTES if self.is_draft else DECODING_GIBIBYTES)
        controlnets = self.num_controlnets + self.is_steadied
        denoisers = UNET_GIBIBYTES + controlnets * CONTROLNET_GIBIBYTES
        at_rest = 0.0 if mode.is_moved else VAE_GIBIBYTES + TEXT_GIBIBYTES
        size = self.width * self.height / PIXELS
        most = max(
            denoisers + at_rest + size * denoising,
            (VAE_GIBIBYTES if mode.is_moved else denoisers + at_rest) + size * decoding,
        )
        return most * dtype.itemsize / torch.half.itemsize


def seconds_on(device: str, work: Work) -> float:
    """Return about how long ``work`` takes on a device."""
    return work.teraflops() / (EFFICIENCY * device_speed(device))


@cache
def device_speed(device: str) -> float:
    """Return how many TFLOP this device does a second, in convolutions like the networks' own."""
    dtype = torch.float32 if torch.device(device).type == "cpu" else torch.float16
    convolution = torch.nn.Conv2d(320, 320, 3, padding=1).to(device, dtype)
    x = torch.randn(2, 320, 32, 32).to(device, dtype)
    work = 2 * 320 * 320 * 9 * x.shape[0] * 32 * 32 / 1e12
    with torch.inference_mode():
        convolution(x).sum().item()
        repeats, start = 4, time.perf_counter()
        for _ in range(repeats):
            x = convolution(x)
        x.sum().item()
    return repeats * work / (time.perf_counter() - start)


def readable_time(seconds: float) -> str:
    """
    >>> readable_time(42.4), readable_time(600), readable_time(9000)
    ('42 s', '10 min', '2.5 h')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
