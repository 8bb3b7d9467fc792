"""Print the diffusion renderer's figures, part by part.

    python -m benchmarks.diffusion
    python -m benchmarks.diffusion equal joins flicker --tiny
    python -m benchmarks.diffusion compiled --steps 25
    python -m benchmarks.diffusion flicker --weights sd15

- windows: the work that overlapping windows add, for songs of several lengths
- equal: the largest difference from the stock pipeline's latents, for one window
- joins: change from frame to frame where windows meet, against all other places
- flicker: what is left of the change between frames when motion is taken out, in levels of 255,
  with and without the pass against it, and the time of that pass
- plain, arranged, compiled: seconds for 32 frames, denoised and decoded, the best of three, against
  the stock pipeline in the same run and against the floor, which is their arithmetic at ``--peak``
  TFLOP/s (790: what one H200 does in half precision)
- songs: seconds for 32 frames of longer and longer songs in windows of 16, and the most GPU memory

Every part takes less than ten minutes on such a GPU; compiled kernels are kept, so that a run that
was cut off goes on where it was. The networks have the size of the public ones and random weights:
speed and memory do not depend on their values, and nothing is fetched. ``--tiny`` shows on any
machine that all of it runs. Small random networks show joins and equality as well as real ones. Of
the pass against flicker they show what it costs and that it brings no flicker of its own, but not
what it is worth: their ControlNet never learnt to hold on to the frame before. ``--weights PRESET``
takes the public models for that.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from diffusers.utils import logging as diffusers_logging
from PIL import Image
from torch import Tensor

from benchmarks.diffusion_models import (
    FULL,
    TINY,
    Recipe,
    Size,
    paint_clip,
    random_models,
    stock,
    texts,
    walking,
)
from music2pose.pose import PoseSequence
from pipelines.runtime import resolve_device
from pose2video.diffusion.control import Control
from pose2video.diffusion.denoise import Denoiser, DenoisingPass, Layout
from pose2video.diffusion.keyframes import PAINTED_FPS, motion, moved
from pose2video.diffusion.memory import GIBIBYTE, DeviceMemory
from pose2video.diffusion.noise import FrameNoise, noise_sources
from pose2video.diffusion.plan import Work
from pose2video.diffusion.predict import Guidance, GuidanceBranch, Predictor
from pose2video.diffusion.sampler import StepwiseSampler
from pose2video.diffusion.settings import DiffusionSettings
from pose2video.diffusion.speed import arrange_for_speed, compile_networks
from pose2video.diffusion.weights.models import Models, load_models, make_scheduler
from pose2video.diffusion.weights.needs import ModelChoices
from pose2video.diffusion.weights.presets import MODEL_PRESETS, Preset
from pose2video.diffusion.windows import extra_work, window_starts
from pose2video.draw import draw_skeleton

CLIP = 32
PRESET_OF = {25: "sd15", 6: "sd15-fast", 4: "sd15-fast"}
"""Steps that are timed -> preset."""
REPEATS = 3
SONG_FRAMES = (32, 256, 2048)
SONG_SECONDS = (3, 6, 13, 20, 60, 180)
USUAL = DiffusionSettings()


def main() -> None:
    args = parse_arguments()
    diffusers_logging.set_verbosity_error()  # it warns of networks cast after they were loaded
    bench = Bench(args)
    chosen = args.parts or [name for name in PARTS if not (args.tiny and name == "compiled")]
    for name in chosen:
        print(f"{name}:", flush=True)
        PARTS[name](bench)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], help="all without")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--tiny", action="store_true", help="small networks, few frames")
    parser.add_argument("--peak", type=float, default=790.0, help="TFLOP/s of the device")
    parser.add_argument(
        "--steps", type=int, nargs="+", choices=PRESET_OF, default=[*PRESET_OF],
        help="which recipes to time (default: all)",
    )  # fmt: skip
    parser.add_argument("--weights", metavar="PRESET", help="public models, for flicker")
    return parser.parse_args()


class Bench:
    """What is measured, and on what."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.is_tiny: bool = args.tiny
        self.size: Size = TINY if args.tiny else FULL
        self.device = resolve_device(args.device)
        self.dtype = torch.float32 if self.device == "cpu" else torch.float16
        self.peak: float = args.peak
        self.steps: list[int] = args.steps
        self.weights: str | None = args.weights

    def models(self, dtype: torch.dtype | None = None) -> Models:
        return random_models(self.size, self.device, dtype or self.dtype)

    def paint(self, models: Models, frames: int, recipe: Recipe, **settings: Any) -> list:
        return [*paint_clip(models, self.size.side, frames, recipe, **settings)]


def show_windows(bench: Bench) -> None:
    context, overlap = USUAL.context_length, USUAL.context_overlap
    for seconds in SONG_SECONDS:
        frames = round(seconds * PAINTED_FPS)
        steps = [window_starts(frames, context, overlap, step) for step in range(25)]
        shared = [a + context - b for starts in steps for a, b in pairwise(starts)]
        print(
            f"  {seconds} s, {frames} frames: {len(steps[0])} windows of {context} a step, which "
            f"share {min(shared)} at least and {np.mean(shared):.1f} on average; "
            f"extra work {extra_work(frames, context, overlap):.1%}"
        )


# What small networks can show.


def show_equality(bench: Bench) -> None:
    frames, steps = 16, 3
    models = bench.models(torch.float32)
    for nets in (1, 2):
        for guidance in (1.0, 5.0, 7.5):
            recipe = Recipe(steps, guidance)
            ours = latents(bench, models, walking(frames), recipe, nets)
            start = frame_noise(bench, frames)(0, range(frames)).transpose(0, 1)[None]
            shown = [[Image.fromarray(p) for p in skeletons(bench, walking(frames))]] * nets
            theirs = stock(
                models, shown, recipe,
                latents=start.to(bench.device), output_type="latent",
            )  # fmt: skip
            most = (ours - theirs[0].transpose(0, 1).cpu()).abs().max()
            print(
                f"  {nets} ControlNets, guidance {guidance:g}: largest difference {most:.1e}, "
                f"of values up to {ours.abs().max():.0f}"
            )


def show_joins(bench: Bench) -> None:
    frames, steps = 100, 4
    context, overlap = USUAL.context_length, USUAL.context_overlap
    models = bench.models(torch.float32)
    still = walking(1).resampled(12.0, frames)
    for words, poses, is_one in (
        ("a moving dancer", walking(frames), False),
        ("one pose and one noise", still, True),
    ):
        noise = frame_noise(bench, frames)
        if is_one:
            noise.source[:] = 0
        made = latents(bench, models, poses, Recipe(steps, 1.0), noise=noise)
        borders = {
            border
            for start in window_starts(frames, context, overlap, steps - 1)
            for border in (start, start + context)
        } - {0, frames}
        change = (made[1:] - made[:-1]).abs().mean(dim=(1, 2, 3))
        at_join = torch.zeros(frames - 1, dtype=torch.bool)
        at_join[[border - 1 for border in borders]] = True
        ratio = change[at_join].mean() / change[~at_join].mean()
        print(f"  {words}: change at joins against elsewhere {ratio:.3f}")


def latents(
    bench: Bench,
    models: Models,
    poses: PoseSequence,
    recipe: Recipe,
    nets: int = 1,
    noise: FrameNoise | None = None,
) -> Tensor:
    """Return the finished latents of a dance: (F, 4, h, w) float32."""
    frames = len(poses)
    positive, negative = texts(models, frames)
    shown = skeletons(bench, poses)

    def pictures(wanted: Sequence[int]) -> np.ndarray:
        return shown[list(wanted)]

    guided = Guidance(
        positive=GuidanceBranch(positive, True),
        negative=GuidanceBranch(negative, True) if recipe.guidance > 1 else None,
        guidance_scale=torch.full((frames,), recipe.guidance),
        controls=[Control(net, pictures, torch.ones(frames)) for net in models.controlnets[:nets]],
    )
    sampler = StepwiseSampler(models.scheduler, recipe.steps)
    denoiser = Denoiser(
        sampler,
        noise or frame_noise(bench, frames),
        Layout(frames, USUAL.context_length, USUAL.context_overlap),
        DeviceMemory("usual"),
    )
    return denoiser.denoise([DenoisingPass(Predictor(models.unet, sampler, guided))])


def frame_noise(bench: Bench, frames: int) -> FrameNoise:
    shape = (4, bench.size.side // 8, bench.size.side // 8)
    context = USUAL.context_length
    return FrameNoise(
        0, shape, noise_sources(USUAL.noise, frames, context, USUAL.context_stride, seed=0)
    )


def skeletons(bench: Bench, poses: PoseSequence) -> np.ndarray:
    """Return the picture of every pose, (F, H, W, 3) uint8 RGB."""
    side = bench.size.side
    pairs = zip(poses.keypoints, poses.confidence, strict=True)
    return np.stack([draw_skeleton(points, sure, side, side) for points, sure in pairs])


def show_flicker(bench: Bench) -> None:
    frames = CLIP
    if bench.weights:
        choices = ModelChoices(bench.weights, temporal_net=True)
        models = load_models(choices, bench.device, bench.dtype)
    else:
        models = bench.models()
    preset = MODEL_PRESETS[bench.weights or "sd15-fast"]
    models = replace(models, scheduler=make_scheduler(preset.scheduler))
    recipe = Recipe(preset.num_inference_steps, preset.guidance_scale)
    for strength in (0.0, 0.5, 1.0):
        start = time.perf_counter()
        made = bench.paint(
            models, frames, recipe,
            context_length=USUAL.context_length, context_overlap=USUAL.context_overlap,
            temporal=strength,
        )  # fmt: skip
        seconds = time.perf_counter() - start
        print(f"  a second pass of strength {strength:g}: {flicker(made):.2f} ({seconds:.1f} s)")


def flicker(frames: list[np.ndarray]) -> float:
    """Return the mean change from frame to frame that no motion explains, in levels of 255.

    Shape:
        frames: each (H, W, 3) uint8
    """
    changes = [
        np.abs(after.astype(float) - moved(before, motion(after, before))).mean()
        for before, after in pairwise(frames)
    ]
    return float(np.mean(changes))


# Speed and memory.


def show_plain(bench: Bench) -> None:
    time_recipes(bench, lambda models: None)


def show_arranged(bench: Bench) -> None:
    time_recipes(bench, arrange_for_speed)


def show_compiled(bench: Bench) -> None:
    def prepare(models: Models) -> None:
        arrange_for_speed(models)
        compile_networks(models)

    time_recipes(bench, prepare)


def time_recipes(bench: Bench, prepare: Callable[[Models], None]) -> None:
    """Print seconds for one clip: stock as it is, ours prepared, their ratio, and the floor."""
    frames, models = 8 if bench.is_tiny else CLIP, bench.models()
    side = bench.size.side
    shown = [[Image.new("RGB", (side, side))] * frames]
    theirs = []
    for preset, recipe in recipes(bench):
        models.scheduler = make_scheduler(preset.scheduler)
        theirs.append(
            best_time(lambda recipe=recipe: stock(models, shown, recipe, output_type="np"))
        )
    prepare(models)
    for (preset, recipe), stock_seconds in zip(recipes(bench), theirs, strict=True):
        models.scheduler = make_scheduler(preset.scheduler)
        ours = best_time(lambda recipe=recipe: bench.paint(models, frames, recipe))
        line = f"  {preset.scheduler}, {recipe.steps} steps, guidance {recipe.guidance:g}, "
        line += f"{frames} frames: ours {ours:.2f} s, stock {stock_seconds:.2f} s "
        line += f"({stock_seconds / ours:.2f}x)"
        if not bench.is_tiny:
            guided = recipe.steps if recipe.guidance > 1 else 0
            work = Work(
                frames, side, side, recipe.steps, guided, recipe.steps, context=frames, overlap=0
            )
            floor = work.teraflops() / bench.peak
            line += f", floor {floor:.2f} s ({ours / floor:.2f}x)"
        print(line, flush=True)


def recipes(bench: Bench) -> list[tuple[Preset, Recipe]]:
    """Return what is timed; small networks take two steps at most."""
    presets = [(MODEL_PRESETS[PRESET_OF[steps]], steps) for steps in bench.steps]
    return [
        (preset, Recipe(min(steps, 2) if bench.is_tiny else steps, preset.guidance_scale))
        for preset, steps in presets
    ]


def best_time(run: Callable[[], object]) -> float:
    """Return the least seconds of a few runs after one that warms up."""
    run()
    seconds = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def show_songs(bench: Bench) -> None:
    module = None if bench.device == "cpu" else torch.get_device_module(bench.device)
    models = bench.models()
    arrange_for_speed(models)
    context, overlap = USUAL.context_length, USUAL.context_overlap
    for memory in ("usual", "roomy"):
        peaks = []
        for frames in (8, 32, 128) if bench.is_tiny else SONG_FRAMES:
            if module is not None:
                module.empty_cache()
                module.reset_peak_memory_stats()
            start = time.perf_counter()
            for _ in paint_clip(models, bench.size.side, frames, Recipe(2, 7.5), memory,
                           context_length=context, context_overlap=overlap):  # fmt: skip
                pass
            each = (time.perf_counter() - start) * CLIP / frames
            line = f"  {memory}, {frames} frames, 2 guided steps: {each:.2f} s for {CLIP} frames"
            if module is not None:
                peaks.append(module.max_memory_allocated() / GIBIBYTE)
                line += f", at most {peaks[-1]:.2f} GiB ({peaks[-1] / peaks[0] - 1:+.1%})"
            print(line, flush=True)


PARTS: dict[str, Callable[[Bench], None]] = {
    "windows": show_windows,
    "equal": show_equality,
    "joins": show_joins,
    "flicker": show_flicker,
    "plain": show_plain,
    "arranged": show_arranged,
    "compiled": show_compiled,
    "songs": show_songs,
}

if __name__ == "__main__":
    main()
