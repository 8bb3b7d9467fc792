"""Networks of Stable Diffusion 1.5's kind with random weights, and what is painted with them."""

import math
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.controlnets.controlnet import ControlNetModel
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.models.unets.unet_motion_model import MotionAdapter
from diffusers.pipelines.animatediff.pipeline_animatediff_controlnet import (
    AnimateDiffControlNetPipeline,
)
from PIL import Image
from torch import nn

from music2pose.pose import PoseSequence
from pose2video.diffusion.conditioning import FrameConditioning
from pose2video.diffusion.memory import DeviceMemory
from pose2video.diffusion.painter import Painter
from pose2video.diffusion.predict import PromptEmbeds
from pose2video.diffusion.settings import MAX_CONTEXT, DiffusionSettings
from pose2video.diffusion.state import RenderState
from pose2video.diffusion.text import embed_schedule
from pose2video.diffusion.weights.models import Models, make_scheduler, with_motion
from pose2video.diffusion.weights.presets import NEGATIVE_PROMPT
from pose2video.prompt_interpolation import PromptWeights

PROMPT = "a person dancing on a stage, sharp focus"


class Size(NamedTuple):
    """How large the networks and the pictures are."""

    channels: tuple[int, ...]
    vae_channels: tuple[int, ...]
    text_width: int
    heads: int
    side: int


class Recipe(NamedTuple):
    """How a clip is denoised."""

    steps: int
    guidance: float


FULL = Size((320, 640, 1280, 1280), (128, 256, 512, 512), 768, 8, 512)
TINY = Size((32, 64), (8, 8, 8, 16), 32, 2, 64)


def random_models(size: Size, device: str, dtype: torch.dtype) -> Models:
    """Return random networks with two ControlNets, none of whose outputs is zero."""
    torch.manual_seed(0)
    last = len(size.channels) - 1
    with torch.device(device):
        unet = UNet2DConditionModel(
            block_out_channels=size.channels,
            down_block_types=("CrossAttnDownBlock2D",) * last + ("DownBlock2D",),
            up_block_types=("UpBlock2D",) + ("CrossAttnUpBlock2D",) * last,
            cross_attention_dim=size.text_width,
            attention_head_dim=size.heads,
        )
        adapter = MotionAdapter(
            block_out_channels=size.channels, motion_num_attention_heads=size.heads
        )
        settings: dict[str, Any] = {
            "block_out_channels": size.vae_channels,
            "down_block_types": ("DownEncoderBlock2D",) * 4,
            "up_block_types": ("UpDecoderBlock2D",) * 4,
            "layers_per_block": 2,
            "norm_num_groups": min(32, size.vae_channels[0] // 2),
        }
        vae = AutoencoderKL(**settings)
        controlnets = [awake(ControlNetModel.from_unet(unet)) for _ in range(2)]
    animated = with_motion(unet, adapter)
    networks: list[nn.Module] = [animated, *controlnets, vae]
    for network in networks:
        network.to(device, dtype).eval().requires_grad_(False)
    return Models(
        unet=animated, controlnets=controlnets, vae=vae, tokenizer=cast(Any, None),
        text_encoder=cast(Any, None), scheduler=make_scheduler("ddim"),
        revisions={},
    )  # fmt: skip


def awake(network: ControlNetModel) -> ControlNetModel:
    """Give random weights to the layers that an untrained ControlNet begins with at zero."""
    for weight in network.parameters():
        if weight.ndim > 1 and not weight.any():
            nn.init.normal_(weight, std=0.5 / math.sqrt(weight.shape[1]))
    return network


def paint_clip(
    models: Models, side: int, frames: int, recipe: Recipe, memory: str = "usual", **settings: Any
) -> Iterator[np.ndarray]:
    """Yield the frames of a clip, (side, side, 3) uint8 RGB, painted by our renderer's own loop."""
    settings = {"context_length": min(frames, MAX_CONTEXT), "context_overlap": 0} | settings
    painter = Painter(
        models,
        DiffusionSettings(guidance_scale=recipe.guidance, **settings),
        (side, side),
        str(models.unet.device),
        DeviceMemory(memory),
    )
    still = np.zeros(frames)
    given = FrameConditioning(walking(frames), *texts(models, frames), still + 0.5, still)
    with tempfile.TemporaryDirectory() as folder:
        yield from painter.paint(given, 0, recipe.steps, RenderState(Path(folder), ""))


def stock(models: Models, shown: list[list[Image.Image]], recipe: Recipe, **settings: Any) -> Any:
    """Return a clip as the stock pipeline paints it, led by one picture a frame and ControlNet."""
    kind: Any = AnimateDiffControlNetPipeline
    nets = models.controlnets[: len(shown)]
    pipeline = kind(
        vae=models.vae, text_encoder=None, tokenizer=None, motion_adapter=None,
        unet=models.unet, controlnet=nets if len(nets) > 1 else nets[0],
        scheduler=models.scheduler,
    )  # fmt: skip
    pipeline.set_progress_bar_config(disable=True)
    frames, (width, height) = len(shown[0]), shown[0][0].size
    said = [
        track.table.to(models.unet.device, models.unet.dtype) for track in texts(models, frames)
    ]
    return pipeline(
        prompt_embeds=said[0], negative_prompt_embeds=said[1], num_frames=frames,
        conditioning_frames=shown if len(nets) > 1 else shown[0],
        height=height, width=width, num_inference_steps=recipe.steps,
        guidance_scale=recipe.guidance, **settings,
    ).frames  # fmt: skip


def texts(models: Models, frames: int) -> tuple[PromptEmbeds, PromptEmbeds]:
    """Return what is said of the frames, and against them; random where nobody can read."""
    everywhere = torch.ones(frames, 1)
    if models.tokenizer is not None:
        prompts = PromptWeights([PROMPT], everywhere.numpy())
        positive, negative = embed_schedule(prompts, NEGATIVE_PROMPT, models)
        assert negative is not None
        return positive, negative
    rng = torch.Generator().manual_seed(1)
    width = models.unet.config["cross_attention_dim"]
    tables = torch.randn(2, 1, 77, width, generator=rng)
    return PromptEmbeds(tables[0], everywhere), PromptEmbeds(tables[1], everywhere)


def walking(frames: int) -> PoseSequence:
    """Return somebody spread out over the picture who moves slowly to the right."""
    place = np.linspace(0.2, 0.7, 18, dtype=np.float32)
    keypoints = np.repeat(np.stack([place[::-1], place], axis=1)[None], frames, axis=0)
    keypoints[..., 0] += np.linspace(0, 0.1, frames, dtype=np.float32)[:, None]
    return PoseSequence(keypoints, np.ones((frames, 18), np.float32), 12.0)
