"""Denoise a whole song in windows: only its latents are ever there as a whole."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from pose2video.diffusion.finite import check_finite
from pose2video.diffusion.memory import DeviceMemory, MemoryMode
from pose2video.diffusion.noise import FrameNoise
from pose2video.diffusion.predict import Predictor
from pose2video.diffusion.sampler import StepwiseSampler
from pose2video.diffusion.windows import window_starts, window_weights

ADVANCED_FRAMES = 256
"""Frames whose latents take their step together, so that memory does not grow with the song."""
DRAWS_PER_PASS = 1000
"""Draws of noise that a pass may use: one at its start, then one a step. It only has to be more
than the most steps there can be, so that no two passes draw the same noise."""

MOST_SEQUENCES = 2**16 - 1
"""Places of all windows and branches together, of which each is one sequence of the motion modules'
attention, which fails beyond in older torch (https://github.com/pytorch/pytorch/issues/146704)."""

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


class DenoisingPass(NamedTuple):
    """One way through all steps, or the last of them."""

    predictor: Predictor
    first_step: int = 0
    initial_latents: Callable[[Tensor, FrameNoise, int], Tensor] | None = None
    """Latents of the pass before, noise and first draw -> latents to start from; None: those of the
    pass before, or pure noise."""

    def steps(self, sampler: StepwiseSampler) -> range:
        return range(self.first_step, len(sampler))


class Callbacks(NamedTuple):
    """What is told about the progress."""

    step: Callable[[int, Tensor], object] = lambda steps, latents: None
    """After every step: steps done in all passes, and the latents."""
    windows: Callable[[int], object] = lambda count: None
    """After every few windows: how many."""


@dataclass
class Denoiser:
    """What all passes over one song share."""

    sampler: StepwiseSampler
    noise: FrameNoise
    layout: Layout
    memory: DeviceMemory
    callbacks: Callbacks = Callbacks()  # noqa: RUF009  (a tuple)

    @torch.inference_mode()
    def denoise(
        self, passes: Sequence[DenoisingPass], done: tuple[int, Tensor] | None = None
    ) -> Tensor:
        """Return the finished latents of all frames.

        Args:
            done: steps already taken, over all passes, and the latents after them, if any.

        Shape:
            returns: (F, 4, h, w) float32, on the CPU
        """
        frames = range(self.layout.num_frames)
        taken, latents = done or (0, self.noise(0, frames) * self.sampler.first_scale)
        plan = [(n, step) for n, one in enumerate(passes) for step in one.steps(self.sampler)]
        for count, (number, step) in enumerate(plan[taken:], taken + 1):
            one, first_draw = passes[number], number * DRAWS_PER_PASS
            if step == one.first_step and one.initial_latents is not None:
                latents = one.initial_latents(latents, self.noise, first_draw)
            prediction = self.predict(one.predictor, latents, step)
            for part in torch.arange(self.layout.num_frames).split(ADVANCED_FRAMES):
                draw = first_draw + step + 1
                fresh = self.noise(draw, part.tolist()) if self.sampler.draws_noise else None
                latents[part] = self.sampler.advance(latents[part], prediction[part], step, fresh)
            self.callbacks.step(count, latents)
        return latents

    def predict(self, predictor: Predictor, latents: Tensor, step: int) -> Tensor:
        """Return the noise predicted in windows that fade into one another.

        Shape:
            latents, returns: (F, 4, h, w) float32, on the CPU
        """
        total = torch.zeros_like(latents)
        weight = latents.new_zeros(len(latents), 1, 1, 1)
        todo = self.layout.windows(step)
        shares = dict(zip(todo, self.layout.weights(step)[..., None, None, None], strict=True))
        unread: list[tuple[list[Window], Tensor]] = []

        def read() -> None:
            """Add what the device was computing while the next windows were prepared."""
            for windows, noise in unread:
                check_finite(noise, f"step {step + 1}", predictor.dtype)
                for window, part in zip(windows, noise.cpu(), strict=True):
                    total[window.start : window.stop] += part * shares[window]
                    weight[window.start : window.stop] += shares[window]
                self.callbacks.windows(len(windows))
            unread.clear()

        while todo:
            group = self.memory.attempt(
                lambda mode, todo=todo: predict_windows(predictor, latents, todo, step, mode)
            )
            read()
            unread.append(group)
            todo = todo[len(group[0]) :]
        read()
        return total / weight


def predict_windows(
    predictor: Predictor, latents: Tensor, todo: list[Window], step: int, mode: MemoryMode
) -> tuple[list[Window], Tensor]:
    """Return the next windows, as many as are computed at once, and the noise in them.

    Shape:
        latents: (F, 4, h, w) float32, on the CPU
        returns: (B, T, 4, h, w) float32
    """
    # Only whole groups and single windows: few shapes, so few compilations.
    fitting = MOST_SEQUENCES // (2 * latents.shape[-2] * latents.shape[-1])
    together = max(1, min(mode.num_windows, fitting))
    windows = todo[: together if len(todo) >= together else 1]
    x = torch.stack([latents[w.start : w.stop] for w in windows])
    if mode.in_parts:
        return windows, predict_in_parts(predictor, x, windows[0], step)
    return windows, predictor(x, windows, step, mode.one_by_one)


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
