"""Small random networks with all that leads a picture, for tests of how diffusion goes on."""

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from diffusers import (
    DDIMScheduler,
    EulerDiscreteScheduler,
    LCMScheduler,
    UNetMotionModel,
)
from torch import Tensor

from pose2video.diffusion.control import Control
from pose2video.diffusion.denoise import Callbacks, Denoiser, DenoisingPass, Layout
from pose2video.diffusion.memory import DeviceMemory
from pose2video.diffusion.noise import FrameNoise, noise_sources
from pose2video.diffusion.predict import Guidance, GuidanceBranch, Predictor, PromptEmbeds
from pose2video.diffusion.sampler import StepwiseSampler
from tests.pose2video.diffusion.tiny_hub import TEXT_WIDTH, tiny_adapter, tiny_controlnet, tiny_unet

SIDE = 32
LATENT = (4, SIDE // 8, SIDE // 8)
BETAS: dict[str, Any] = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "linear"}
SCHEDULERS = {
    "ddim": DDIMScheduler(**BETAS, clip_sample=False, timestep_spacing="linspace", steps_offset=1),
    "lcm": LCMScheduler(**BETAS),
    "euler": EulerDiscreteScheduler(**BETAS, timestep_spacing="trailing"),
}


@functools.cache
def unet() -> UNetMotionModel:
    return UNetMotionModel.from_unet2d(tiny_unet(), tiny_adapter()).eval()


@functools.cache
def controlnet(seed: int) -> Any:
    return tiny_controlnet(seed).eval()


def text(seed: int) -> Tensor:
    return torch.randn(1, 77, TEXT_WIDTH, generator=torch.Generator().manual_seed(seed))


def pictures(seed: int, num_frames: int) -> np.ndarray:
    """Return a square that moves to and fro, in a colour of its own: (F, H, W, 3)."""
    shown = np.zeros((num_frames, SIDE, SIDE, 3), np.uint8)
    for frame in range(num_frames):
        left = round(10 + 7.5 * np.sin(0.4 * frame + seed))
        shown[frame, 5:25, left : left + 6] = (200, 60 * seed % 256, 90)
    return shown


def branch(seed: int, num_frames: int, uses_controlnet: bool = True) -> GuidanceBranch:
    return GuidanceBranch(PromptEmbeds(text(seed), torch.ones(num_frames, 1)), uses_controlnet)


def guided(
    num_frames: int,
    scale: float = 5.0,
    nets: int = 1,
    conditional_only: bool = False,
    **changes: Any,
) -> Guidance:
    negative = branch(0, num_frames, not conditional_only) if scale > 1 else None
    return Guidance(
        positive=branch(1, num_frames),
        negative=negative,
        guidance_scale=torch.full((num_frames,), scale),
        controls=[control(3 + n, num_frames) for n in range(nets)],
        **changes,
    )


def control(seed: int, num_frames: int, **changes: Any) -> Control:
    shown = pictures(seed, num_frames)

    def of(frames: Sequence[int]) -> np.ndarray:
        return shown[list(frames)]

    return Control(controlnet(seed), of, torch.full((num_frames,), 0.8), **changes)


def run(
    given: Guidance,
    num_frames: int,
    steps: int = 3,
    scheduler: str = "ddim",
    context: int = 16,
    overlap: int = 4,
    noise: str = "plain",
    memory: str = "usual",
    callbacks: Callbacks | None = None,
    **rest: Any,
) -> Tensor:
    """Denoise everything; (F, 4, h, w)."""
    sampler = StepwiseSampler(SCHEDULERS[scheduler], steps)
    source = noise_sources(noise, num_frames, context, context - overlap, seed=0)
    denoiser = Denoiser(
        sampler,
        FrameNoise(0, LATENT, source),
        Layout(num_frames, context, overlap),
        DeviceMemory(memory),
        callbacks or Callbacks(),
    )
    return denoiser.denoise([DenoisingPass(Predictor(unet(), sampler, given))], **rest)
