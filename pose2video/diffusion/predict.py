"""Predict the noise in windows of frames: UNet, ControlNets and guidance, once a step."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, NamedTuple

import torch
from torch import Tensor

from pose2video.diffusion.control import Control
from pose2video.diffusion.sampler import Sampler


@dataclass(frozen=True)
class TextTrack:
    """What is said about every frame: a few embedded texts and how much each counts where.

    Shape:
        table: (K, S, C)
        weights: (F, K) float32
    """

    table: Tensor
    weights: Tensor

    def of(self, frames: Sequence[int]) -> Tensor:
        """Return the embeddings of ``frames``: (N, S, C)."""
        if len(self.table) == 1:
            return self.table.expand(len(frames), -1, -1)
        weights = self.weights[list(frames)].to(self.table)
        return torch.einsum("nk,ksc->nsc", weights, self.table)


class Half(NamedTuple):
    """One side of classifier-free guidance."""

    text: TextTrack
    is_led: bool
    """Whether ControlNets lead it."""
    image_embeds: list[Tensor] | None = None
    """What IP-Adapters are shown of a reference picture, each (1, 1, ...)."""


@dataclass
class Conditions:
    """All that leads the picture.

    Shape:
        guidance_scale: (F,) float32; used in the first ``guidance_end`` of the steps
    """

    positive: Half
    negative: Half | None
    """None: no guidance, and half the work."""
    guidance_scale: Tensor
    guidance_end: float = 1.0
    controls: list[Control] = field(default_factory=list)


class Predictor:
    """Predict the noise of windows; for one window as AnimateDiffControlNetPipeline does.

    Unlike it, this one leaves out what would be multiplied by 0: ControlNets before and after
    their steps, and the unconditional half after ``guidance_end``.
    """

    def __init__(self, unet: Any, sampler: Sampler, conditions: Conditions) -> None:
        self.unet = unet
        self.sampler = sampler
        self.conditions = conditions

    def __call__(
        self, latents: Tensor, windows: Sequence[Sequence[int]], step: int, one_by_one: bool = False
    ) -> Tensor:
        """Return the predicted noise, guidance applied.

        Args:
            latents: those of the windows' frames.
            windows: the frame numbers of each window, all windows of one length.
            one_by_one: compute the halves of guidance one after the other, to save memory.

        Shape:
            latents, returns: (B, T, 4, h, w) float32
        """
        halves = self._halves(step)
        x = self.sampler.model_input(latents, step).to(self.unet.device, self.unet.dtype)
        groups = [[half] for half in halves] if one_by_one else [halves]
        noise = [part for group in groups for part in self._unguided(x, windows, step, group)]
        if len(noise) == 1:
            return noise[0]
        scale = torch.stack([self.conditions.guidance_scale[list(w)] for w in windows])
        return noise[0] + scale[..., None, None, None].to(noise[0]) * (noise[1] - noise[0])

    def _halves(self, step: int) -> list[Half]:
        given = self.conditions
        is_guided = (step + 1) / len(self.sampler) <= given.guidance_end
        return (
            [given.negative, given.positive] if given.negative and is_guided else [given.positive]
        )

    def _unguided(
        self, x: Tensor, windows: Sequence[Sequence[int]], step: int, halves: list[Half]
    ) -> list[Tensor]:
        """Return the noise that each half predicts, each (B, T, 4, h, w) float32."""
        timestep = self.sampler.timesteps[step].to(x.device)
        frames = [frame for window in windows for frame in window]
        texts = [half.text.of(frames).to(x) for half in halves]
        residuals = self._residuals(x.flatten(0, 1), step, frames, halves, texts)
        sample = x.transpose(1, 2).repeat(len(halves), 1, 1, 1, 1)
        noise = self.unet(
            sample,
            timestep,
            encoder_hidden_states=torch.cat(texts),
            added_cond_kwargs=_image_embeds(halves, len(windows), x),
            down_block_additional_residuals=residuals[:-1] if residuals else None,
            mid_block_additional_residual=residuals[-1] if residuals else None,
            return_dict=False,
        )[0]
        return [part.transpose(1, 2).float() for part in noise.chunk(len(halves))]

    def _residuals(
        self, x: Tensor, step: int, frames: list[int], halves: list[Half], texts: list[Tensor]
    ) -> tuple[Tensor, ...]:
        """Return the sum of what the ControlNets at work add; 0 for a half that is not led."""
        controls = [c for c in self.conditions.controls if c.leads_at(step, len(self.sampler))]
        led = [text for text, half in zip(texts, halves, strict=True) if half.is_led]
        if not controls or not led:
            return ()
        copies, text = x.repeat(len(led), 1, 1, 1), torch.cat(led)
        timestep = self.sampler.timesteps[step].to(x.device)
        each = [control.residuals(copies, timestep, text, frames) for control in controls]
        total = [reduce(torch.add, parts) for parts in zip(*each, strict=True)]
        if len(led) == len(halves):
            return tuple(total)
        return tuple(_among(part, [half.is_led for half in halves]) for part in total)


def _among(part: Tensor, is_led: list[bool]) -> Tensor:
    """Put zeros where a half is not led."""
    led = iter(part.chunk(sum(is_led)))
    rows = len(part) // sum(is_led)
    return torch.cat(
        [next(led) if one else part.new_zeros(rows, *part.shape[1:]) for one in is_led]
    )


def _image_embeds(halves: list[Half], num_windows: int, x: Tensor) -> dict[str, Any] | None:
    """Return what the UNet wants from IP-Adapters: each (halves * windows, 1, ...)."""
    each = [half.image_embeds for half in halves]
    if each[0] is None:
        return None
    rows = [
        torch.cat([part.to(x).repeat(num_windows, *[1] * (part.ndim - 1)) for part in parts])
        for parts in zip(*(embeds or [] for embeds in each), strict=True)
    ]
    return {"image_embeds": rows}
