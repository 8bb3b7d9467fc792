"""Denoise a whole song in windows: only its latents are ever there as a whole."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from pose2video.diffusion.memory import Memory, MemoryMode
from pose2video.diffusion.noise import FrameNoise
from pose2video.diffusion.predict import Predictor
from pose2video.diffusion.sampler import Sampler
from pose2video.diffusion.windows import window_starts, window_weights

ADVANCED_FRAMES = 256
"""Frames whose latents take their step together."""
STAGES = 1000
"""Stages of noise that a pass has: its start, then one a step."""

Window = range


class Layout(NamedTuple):
    """How a song is cut."""

    num_frames: int
    context: int
    overlap: int

    def windows(self, step: int) -> list[Window]:
        """Return the frame numbers of every window of a step."""
        length = min(self.context, self.num_frames)
        starts = window_starts(self.num_frames, self.context, self.overlap, step)
        return [range(start, start + length) for start in starts]

    def weights(self, step: int) -> Tensor:
        """Return how much each frame of each window counts: (windows, frames of a window)."""
        starts = [window.start for window in self.windows(step)]
        return window_weights(starts, min(self.context, self.num_frames), self.overlap, step)


class Pass(NamedTuple):
    """One way through all steps, or the last of them."""

    predictor: Predictor
    first_step: int = 0
    begin: Callable[[Tensor, FrameNoise, int], Tensor] | None = None
    """Latents of the pass before, noise and first stage -> latents to start from."""

    def steps(self, sampler: Sampler) -> range:
        return range(self.first_step, len(sampler))


class Progress(NamedTuple):
    """What is told while it goes on."""

    step: Callable[[int, Tensor], object] = lambda steps, latents: None
    """After every step: steps done in all passes, and the latents."""
    windows: Callable[[int], object] = lambda count: None
    """After every few windows: how many."""


@torch.inference_mode()
def denoise(
    passes: Sequence[Pass],
    sampler: Sampler,
    noise: FrameNoise,
    layout: Layout,
    memory: Memory,
    progress: Progress,
    done: tuple[int, Tensor] | None = None,
) -> Tensor:
    """Return the finished latents of all frames.

    Args:
        done: steps already taken, over all passes, and the latents after them; None: from noise.

    Shape:
        returns: (F, 4, h, w) float32, on the CPU
    """
    frames = range(layout.num_frames)
    taken, latents = done or (0, noise(0, frames) * sampler.first_scale)
    plan = [(n, step) for n, one in enumerate(passes) for step in one.steps(sampler)]
    for count, (number, step) in enumerate(plan[taken:], taken + 1):
        one, stage = passes[number], number * STAGES
        if step == one.first_step and one.begin is not None:
            latents = one.begin(latents, noise, stage)
        prediction = predict_song(one.predictor, latents, layout, step, memory, progress)
        for part in torch.arange(layout.num_frames).split(ADVANCED_FRAMES):
            fresh = noise(stage + step + 1, part.tolist()) if sampler.draws_noise else None
            latents[part] = sampler.advance(latents[part], prediction[part], step, fresh)
        progress.step(count, latents)
    return latents


def predict_song(
    predictor: Predictor,
    latents: Tensor,
    layout: Layout,
    step: int,
    memory: Memory,
    progress: Progress,
) -> Tensor:
    """Return the noise predicted in windows that fade into one another.

    Shape:
        latents, returns: (F, 4, h, w) float32, on the CPU
    """
    total = torch.zeros_like(latents)
    weight = latents.new_zeros(len(latents), 1, 1, 1)
    todo = layout.windows(step)
    shares = dict(zip(todo, layout.weights(step)[..., None, None, None], strict=True))
    unread: list[tuple[list[Window], Tensor]] = []

    def read() -> None:
        """Add what the device was computing while the next windows were prepared."""
        for windows, noise in unread:
            for window, part in zip(windows, noise.cpu(), strict=True):
                total[window.start : window.stop] += part * shares[window]
                weight[window.start : window.stop] += shares[window]
            progress.windows(len(windows))
        unread.clear()

    def work(mode: MemoryMode) -> tuple[list[Window], Tensor]:
        # Only whole groups and single windows: few shapes, so few compilations.
        windows = todo[: mode.num_windows if len(todo) >= mode.num_windows else 1]
        x = torch.stack([latents[w.start : w.stop] for w in windows])
        if mode.in_parts:
            return windows, predict_in_parts(predictor, x, windows[0], step)
        return windows, predictor(x, windows, step, mode.one_by_one)

    while todo:
        group = memory.attempt(work)
        read()
        unread.append(group)
        todo = todo[len(group[0]) :]
    read()
    return total / weight


def predict_in_parts(predictor: Predictor, x: Tensor, window: Window, step: int) -> Tensor:
    """Return the noise of one window, predicted in windows half as long, to save memory.

    Shape:
        x, returns: (1, T, 4, h, w) float32, on the CPU
    """
    length = len(window)
    parts = Layout(length, math.ceil(length / 2), length // 8)
    total, weight = torch.zeros_like(x), x.new_zeros(length, 1, 1, 1)
    for part, share in zip(parts.windows(step), parts.weights(step), strict=True):
        frames, shares = slice(part.start, part.stop), share[:, None, None, None]
        noise = predictor(x[:, frames], [window[frames]], step, one_by_one=True)
        total[:, frames] += noise.cpu() * shares
        weight[frames] += shares
    return total / weight
