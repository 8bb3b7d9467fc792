"""Denoising: equal to the stock pipeline for one window, and without a visible join for many."""

from typing import Any

import numpy as np
import pytest
import torch
from diffusers import AnimateDiffControlNetPipeline, MotionAdapter
from PIL import Image
from torch import Tensor

from pose2video.diffusion.noise import FrameNoise
from tests.pose2video.tiny_diffusion import (
    LATENT,
    SCHEDULERS,
    SIDE,
    conditions,
    controlnet,
    pictures,
    run,
    text,
    unet,
)

FRAMES = 6


def stock(
    guidance: float, nets: int, scheduler: str, steps: int, **settings: Any
) -> tuple[Tensor, list[int]]:
    """Return what diffusers' own pipeline gives, (F, 4, h, w)."""
    networks = [controlnet(3 + n) for n in range(nets)]
    shown = [[Image.fromarray(p) for p in pictures(3 + n, FRAMES)] for n in range(nets)]
    pipeline = AnimateDiffControlNetPipeline(
        vae=None, text_encoder=None, tokenizer=None, motion_adapter=MotionAdapter(),
        unet=unet(), controlnet=networks if nets > 1 else networks[0],
        scheduler=SCHEDULERS[scheduler],
    )  # fmt: skip
    pipeline.set_progress_bar_config(disable=True)
    noise = FrameNoise(0, FRAMES, LATENT, "plain", 16, 12)(0, range(FRAMES))
    video = pipeline(
        prompt_embeds=text(1), negative_prompt_embeds=text(0), num_frames=FRAMES,
        conditioning_frames=shown if nets > 1 else shown[0], height=SIDE, width=SIDE,
        num_inference_steps=steps, guidance_scale=guidance, latents=noise.transpose(0, 1)[None],
        controlnet_conditioning_scale=0.8, output_type="latent", **settings,
    ).frames  # fmt: skip
    return video[0].transpose(0, 1)


@pytest.mark.parametrize("nets", [1, 2])
@pytest.mark.parametrize("guidance", [1.0, 5.0])
@pytest.mark.parametrize("scheduler", ["ddim", "euler"])
def test_one_window_is_what_the_stock_pipeline_makes(guidance, nets, scheduler):
    ours = run(conditions(FRAMES, guidance, nets), FRAMES, scheduler=scheduler)
    theirs = stock(guidance, nets, scheduler, steps=3)
    assert (ours - theirs).abs().max() < 1e-4
    assert theirs.std() > 0.1
