"""Print how fast the diffusion renderer is, against the stock pipeline and against the hardware.

    python -m benchmarks.diffusion
    python -m benchmarks.diffusion --tiny

The networks have the size of the public ones and random weights: speed and memory do not depend on
their values, and nothing is fetched. ``--tiny`` shows on any machine that all of it runs. Seconds
are for 32 frames, denoised and decoded, the best of three; the floor is their arithmetic at
``--peak`` TFLOP/s (790: what one H200 does in half precision). Of a long song, in windows of 16
frames that share 4, the seconds for 32 of its frames and the most memory are printed, and the
flicker (what is left of the change between frames when motion is taken out, in levels of 255)
with and without the pass against it; random networks flicker more than trained ones.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
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
from diffusers.utils import logging as diffusers_logging
from PIL import Image
from torch import nn

from music2pose.pose import PoseSequence
from pipelines.runtime import resolve_device
from pose2video.diffusion.keyframes import motion, moved
from pose2video.diffusion.memory import Memory
from pose2video.diffusion.models import Models, make_scheduler, with_motion
from pose2video.diffusion.painter import Painter
from pose2video.diffusion.plan import Work
from pose2video.diffusion.predict import TextTrack
from pose2video.diffusion.presets import PRESETS
from pose2video.diffusion.scene import Scene
from pose2video.diffusion.settings import MAX_CONTEXT, DiffusionSettings
from pose2video.diffusion.speed import arrange_for_speed, compile_networks
from pose2video.diffusion.state import RenderState
from pose2video.diffusion.windows import extra_work

CLIP = 32
RECIPES = (("sd15", 25, 7.5), ("sd15-fast", 6, 1.0), ("sd15-fast", 4, 1.0))
"""Preset, steps, guidance."""
REPEATS = 3
SONG_FRAMES = (32, 256, 2048)
GIBIBYTE = 2**30


class Size(NamedTuple):
    """How large the networks and the pictures are."""

    channels: tuple[int, ...]
    vae_channels: tuple[int, ...]
    text_width: int
    heads: int
    side: int


FULL = Size((320, 640, 1280, 1280), (128, 256, 512, 512), 768, 8, 512)
TINY = Size((32, 64), (8, 8, 8, 16), 32, 2, 64)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--device", default="auto")
    parser.add_argument("--tiny", action="store_true", help="small networks, few frames")
    parser.add_argument("--peak", type=float, default=790.0, help="TFLOP/s of the device")
    parser.add_argument("--no-compile", action="store_true", help="leave the compiled runs out")
    args = parser.parse_args()
    diffusers_logging.set_verbosity_error()  # it warns of networks cast after they were loaded
    size = TINY if args.tiny else FULL
    device = resolve_device(args.device)
    dtype = torch.float32 if device == "cpu" else torch.float16
    for num_frames in (240, 1440, 2160):
        print(f"extra work of windows 16/4, {num_frames} frames: {windows_share(num_frames):.1%}")
    models = random_models(size, device, dtype)
    time_recipes(models, size, device, args.peak)
    arrange_for_speed(models)
    time_recipes(models, size, device, args.peak, "arranged")
    measure_songs(models, size, device)
    measure_flicker(models, size, device)
    if not (args.no_compile or args.tiny):
        compile_networks(models)
        time_recipes(models, size, device, args.peak, "compiled")


def windows_share(num_frames: int) -> float:
    settings = DiffusionSettings()
    return extra_work(num_frames, settings.context, settings.overlap)


def random_models(size: Size, device: str, dtype: torch.dtype) -> Models:
    """Return networks of Stable Diffusion 1.5's kind, with random weights."""
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
        controlnet = ControlNetModel.from_unet(unet)
    animated = with_motion(unet, adapter)
    networks: list[nn.Module] = [animated, controlnet, vae]
    for network in networks:
        network.to(device, dtype).eval().requires_grad_(False)
    return Models(
        unet=animated, controlnets=[controlnet], vae=vae, tokenizer=cast(Any, None),
        text_encoder=cast(Any, None), scheduler=make_scheduler("ddim"), preset=PRESETS["sd15"],
        revisions={},
    )  # fmt: skip


def time_recipes(models: Models, size: Size, device: str, peak: float, how: str = "") -> None:
    """Print seconds for one clip: stock, ours, their ratio, and ours against the floor."""
    frames = 8 if size is TINY else CLIP
    for preset, steps, guidance in RECIPES:
        steps = min(steps, 2) if size is TINY else steps
        models = replace(models, scheduler=make_scheduler(PRESETS[preset].scheduler))
        ours = best_time(
            lambda m=models, s=steps, g=guidance: list(paint(m, size, device, frames, s, g))
        )
        words = f"{preset}, {steps} steps, guidance {guidance:g}, {frames} frames"
        work = Work(frames, size.side, size.side, steps, steps if guidance > 1 else 0, steps, 1,
                    context=frames, overlap=0)  # fmt: skip
        floor = work.teraflops() / peak
        line = f"{words}: ours {how} {ours:.2f} s"
        if not how:
            theirs = best_time(
                lambda m=models, s=steps, g=guidance: stock(m, size, device, frames, s, g)
            )
            line += f", stock {theirs:.2f} s ({theirs / ours:.2f}x)"
        if size is not TINY:
            line += f", floor {floor:.2f} s ({ours / floor:.2f}x)"
        print(line, flush=True)


def best_time(run: Callable[[], object]) -> float:
    """Return the least seconds of a few runs after one that warms up."""
    run()
    seconds = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def paint(
    models: Models, size: Size, device: str, frames: int, steps: int, guidance: float,
    **settings: Any,
) -> Iterator[np.ndarray]:  # fmt: skip
    """Yield the frames of a clip, painted by our renderer's own loop and decoder."""
    settings = {"context": min(frames, MAX_CONTEXT), "overlap": 0} | settings
    painter = Painter(
        models,
        DiffusionSettings(guidance=guidance, **settings),
        (size.side, size.side),
        device,
        Memory("usual"),
    )
    texts = [track(size, frames, seed) for seed in (1, 2)]
    still = np.zeros(frames)
    scene = Scene(walking(frames), texts[0], texts[1], still + 0.5, still)
    with tempfile.TemporaryDirectory() as folder:
        yield from painter.paint(scene, 0, steps, RenderState(Path(folder), ""))


def stock(models: Models, size: Size, device: str, frames: int, steps: int, guidance: float) -> Any:
    """Return a clip as the stock pipeline paints it."""
    kind: Any = AnimateDiffControlNetPipeline
    pipeline = kind(
        vae=models.vae, text_encoder=None, tokenizer=None, motion_adapter=None,
        unet=models.unet, controlnet=models.controlnets[0], scheduler=models.scheduler,
    )  # fmt: skip
    pipeline.set_progress_bar_config(disable=True)
    texts = [track(size, frames, seed).table.to(device, models.unet.dtype) for seed in (1, 2)]
    return pipeline(
        prompt_embeds=texts[0], negative_prompt_embeds=texts[1], num_frames=frames,
        conditioning_frames=[Image.new("RGB", (size.side, size.side))] * frames,
        height=size.side, width=size.side, num_inference_steps=steps, guidance_scale=guidance,
        output_type="np",
    )  # fmt: skip


def track(size: Size, frames: int, seed: int) -> TextTrack:
    rng = torch.Generator().manual_seed(seed)
    return TextTrack(torch.randn(1, 77, size.text_width, generator=rng), torch.ones(frames, 1))


def walking(frames: int) -> PoseSequence:
    """Return somebody spread out over the picture who moves slowly to the right."""
    place = np.linspace(0.2, 0.7, 18, dtype=np.float32)
    keypoints = np.repeat(np.stack([place[::-1], place], axis=1)[None], frames, axis=0)
    keypoints[..., 0] += np.linspace(0, 0.1, frames, dtype=np.float32)[:, None]
    return PoseSequence(keypoints, np.ones((frames, 18), np.float32), 12.0)


def measure_songs(models: Models, size: Size, device: str) -> None:
    """Print what songs of some lengths take, for 32 of their frames, and the most memory."""
    module = None if device == "cpu" else torch.get_device_module(device)
    for frames in (8, 32, 128) if size is TINY else SONG_FRAMES:
        if module is not None:
            module.empty_cache()
            module.reset_peak_memory_stats()
        start = time.perf_counter()
        for _ in paint(models, size, device, frames, 2, 7.5, context=16, overlap=4):
            pass
        each = (time.perf_counter() - start) * CLIP / frames
        line = f"a song of {frames} frames, 2 steps, guidance 7.5: {each:.2f} s for {CLIP} frames"
        if module is not None:
            line += f", at most {module.max_memory_allocated() / GIBIBYTE:.2f} GiB"
        print(line, flush=True)


def measure_flicker(models: Models, size: Size, device: str) -> None:
    twice = replace(models, controlnets=models.controlnets * 2)
    for strength in (0.0, 1.0):
        frames = [*paint(twice, size, device, 16, 4, 1.0, temporal=strength)]
        print(f"flicker with a second pass of strength {strength:g}: {flicker(frames):.2f}")


def flicker(frames: list[np.ndarray]) -> float:
    """Return the mean change from frame to frame that no motion explains, in levels of 255."""
    changes = [
        np.abs(after.astype(float) - moved(before, motion(after, before))).mean()
        for before, after in pairwise(frames)
    ]
    return float(np.mean(changes))


if __name__ == "__main__":
    main()
