"""Print how fast the diffusion renderer is, against the stock pipeline and against the hardware.

    python -m benchmarks.diffusion --device cuda
    python -m benchmarks.diffusion --tiny

The networks have the size of the public ones and random weights: speed and memory do not depend on
their values, and nothing is fetched. ``--tiny`` shows on any machine that all of it runs. Seconds
are for 32 frames, denoised and decoded, the best of three; the floor is their arithmetic at
``--peak`` TFLOP/s (790: what one H200 does in half precision). Extra work and the change at joins
are printed as well; both are the same on every machine.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, cast

import diffusers
import numpy as np
import torch
from diffusers import (
    AnimateDiffControlNetPipeline,
    AutoencoderKL,
    ControlNetModel,
    MotionAdapter,
    UNet2DConditionModel,
)
from PIL import Image

from music2pose.pose import PoseSequence
from pose2video.diffusion.memory import Memory
from pose2video.diffusion.models import Models, make_scheduler, with_motion
from pose2video.diffusion.painter import Painter
from pose2video.diffusion.plan import Work
from pose2video.diffusion.predict import TextTrack
from pose2video.diffusion.presets import PRESETS
from pose2video.diffusion.scene import Scene
from pose2video.diffusion.settings import DiffusionSettings
from pose2video.diffusion.speed import arrange_for_speed, compile_networks
from pose2video.diffusion.state import RenderState
from pose2video.diffusion.windows import extra_work

CLIP = 32
RECIPES = (("sd15", 25, 7.5), ("sd15-fast", 6, 1.0), ("sd15-fast", 4, 1.0))
"""Preset, steps, guidance."""
REPEATS = 3
MEMORY_FRAMES = (32, 256, 2048)
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
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--tiny", action="store_true", help="small networks, few frames")
    parser.add_argument("--peak", type=float, default=790.0, help="TFLOP/s of the device")
    parser.add_argument("--no-compile", action="store_true", help="leave the compiled runs out")
    args = parser.parse_args()
    diffusers.utils.logging.set_verbosity_error()  # of casting networks that it did not load itself
    size = TINY if args.tiny else FULL
    dtype = torch.float32 if args.device == "cpu" else torch.float16
    for num_frames in (240, 1440, 2160):
        print(f"extra work of windows 16/4, {num_frames} frames: {windows_share(num_frames):.1%}")
    models = random_models(size, args.device, dtype)
    time_recipes(models, size, args.device, args.peak)
    arrange_for_speed(models)
    time_recipes(models, size, args.device, args.peak, "arranged")
    measure_memory(models, size, args.device, (8, 32, 128) if args.tiny else MEMORY_FRAMES)
    if not (args.no_compile or args.tiny):
        compile_networks(models)
        time_recipes(models, size, args.device, args.peak, "compiled")


def windows_share(num_frames: int) -> float:
    settings = DiffusionSettings()
    return extra_work(num_frames, settings.context, settings.overlap, num_steps=25)


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
        vae = AutoencoderKL(
            block_out_channels=size.vae_channels,
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
            layers_per_block=2,
            latent_channels=4,
            norm_num_groups=min(32, size.vae_channels[0] // 2),
        )
        controlnet = ControlNetModel.from_unet(unet)
    animated = with_motion(unet, adapter)
    for network in (animated, controlnet, vae):
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
        ours = best_time(lambda m=models, s=steps, g=guidance: paint(m, size, device, frames, s, g))
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
    context: int | None = None,
) -> None:  # fmt: skip
    """Paint a clip with our renderer's own loop and decoder."""
    settings = DiffusionSettings(
        guidance=guidance, context=context or frames, overlap=4 if context else 0
    )
    painter = Painter(models, settings, (size.side, size.side), device, Memory("usual"))
    texts = [track(size, frames, seed) for seed in (1, 2)]
    scene = Scene(standing(frames), texts[0], texts[1], np.full(frames, 0.5))
    with tempfile.TemporaryDirectory() as folder:
        for _ in painter.paint(scene, 0, steps, RenderState(Path(folder), "")):
            pass


def stock(
    models: Models, size: Size, device: str, frames: int, steps: int, guidance: float
) -> None:
    """Paint a clip with the stock pipeline, as it comes."""
    pipeline = AnimateDiffControlNetPipeline(
        vae=models.vae, text_encoder=None, tokenizer=None, motion_adapter=None,
        unet=models.unet, controlnet=models.controlnets[0], scheduler=models.scheduler,
    )  # fmt: skip
    pipeline.set_progress_bar_config(disable=True)
    texts = [track(size, frames, seed).table.to(device, models.unet.dtype) for seed in (1, 2)]
    pipeline(
        prompt_embeds=texts[0], negative_prompt_embeds=texts[1], num_frames=frames,
        conditioning_frames=[Image.new("RGB", (size.side, size.side))] * frames,
        height=size.side, width=size.side, num_inference_steps=steps, guidance_scale=guidance,
        output_type="np",
    )  # fmt: skip


def track(size: Size, frames: int, seed: int) -> TextTrack:
    rng = torch.Generator().manual_seed(seed)
    return TextTrack(torch.randn(1, 77, size.text_width, generator=rng), torch.ones(frames, 1))


def standing(frames: int) -> PoseSequence:
    """Return somebody who stands spread out in the middle of the picture."""
    place = np.linspace(0.2, 0.8, 18, dtype=np.float32)
    keypoints = np.stack([place[::-1], place], axis=1)
    return PoseSequence(
        np.repeat(keypoints[None], frames, axis=0), np.ones((frames, 18), np.float32), 12.0
    )


def measure_memory(models: Models, size: Size, device: str, lengths: tuple[int, ...]) -> None:
    """Print the most memory of the device in use while clips of some lengths are painted."""
    if device == "cpu":
        for frames in lengths:
            paint(models, size, device, frames, steps=1, guidance=7.5, context=16)
        print(f"painted {lengths} frames; there is no device to measure the memory of")
        return
    module = torch.get_device_module(device)
    for frames in lengths:
        module.empty_cache()
        module.reset_peak_memory_stats()
        paint(models, size, device, frames, steps=2, guidance=7.5, context=16)
        print(f"{frames} frames: at most {module.max_memory_allocated() / GIBIBYTE:.2f} GiB")


if __name__ == "__main__":
    main()
