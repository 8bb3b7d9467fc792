"""Predict the noise in windows of frames: UNet, ControlNets and guidance, once a step."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import compress
from typing import Any, NamedTuple

import torch
from torch import Tensor

from pose2video.diffusion.control import Control
from pose2video.diffusion.sampler import StepwiseSampler


@dataclass(frozen=True)
class PromptEmbeds:
    """The prompt of every frame: a few embedded texts and how much each counts where.

    Shape:
        table: (R, S, C)
        weights: (F, K) float32
        rows: (steps, K), where in the table each text stands in each step; None: always in its own
            order, R = K
    """

    table: Tensor
    weights: Tensor
    rows: Tensor | None = None

    def tensors(self) -> list[Tensor]:
        return [tensor for tensor in (self.table, self.weights, self.rows) if tensor is not None]

    def of(self, frames: Sequence[int], step: int = 0) -> Tensor:
        """Return the embeddings of ``frames`` in a step: (N, S, C)."""
        table = self.table if self.rows is None else self.table[self.rows[step]]
        if len(table) == 1:
            return table.expand(len(frames), -1, -1)
        weights = self.weights[list(frames)].to(table)
        return torch.einsum("nk,ksc->nsc", weights, table)


class GuidanceBranch(NamedTuple):
    """One side of classifier-free guidance (https://arxiv.org/abs/2207.12598).

    Shape:
        image_embeds: (1, 1, ...), what an IP-Adapter is shown of a reference picture
    """

    prompt: PromptEmbeds
    uses_controlnet: bool
    image_embeds: Tensor | None = None


@dataclass
class Guidance:
    """What guides the prediction: prompts, their scale, and ControlNets.

    Shape:
        guidance_scale: (F,) float32; used in the first ``guidance_end`` of the steps
    """

    positive: GuidanceBranch
    negative: GuidanceBranch | None
    """None: no guidance, and half the work."""
    guidance_scale: Tensor
    guidance_end: float = 1.0
    controls: list[Control] = field(default_factory=list)


class ModelInput(NamedTuple):
    """What the networks are given of one group of windows, for each branch one after the other.

    Shape:
        latents: (B, T, 4, h, w), once for all branches
        timestep: ()
        prompts: for each branch (B * T, S, C)
    """

    latents: Tensor
    timestep: Tensor
    frames: list[int]
    """Frame numbers of all windows."""
    branches: list[GuidanceBranch]
    prompts: list[Tensor]


class Predictor:
    """Predict the noise of windows; for one window as AnimateDiffControlNetPipeline does.

    Unlike it, this one leaves out what would be multiplied by 0: ControlNets before and after
    their steps, and the negative branch after ``guidance_end``.
    """

    def __init__(self, unet: Any, sampler: StepwiseSampler, guidance: Guidance) -> None:
        self.unet = unet
        self.sampler = sampler
        self.guidance = guidance

    @property
    def dtype(self) -> torch.dtype:
        return self.unet.dtype

    def __call__(
        self, latents: Tensor, windows: Sequence[Sequence[int]], step: int, one_by_one: bool = False
    ) -> Tensor:
        """Return the predicted noise, guidance applied.

        Args:
            latents: those of the windows' frames.
            windows: the frame numbers of each window, all windows of one length.
            one_by_one: compute the branches of guidance one after the other, to save memory.

        Shape:
            latents, returns: (B, T, 4, h, w) float32
        """
        branches = self._branches(step)
        x = self.sampler.model_input(latents, step).to(self.unet.device, self.unet.dtype)
        groups = [[branch] for branch in branches] if one_by_one else [branches]
        noise = [part for group in groups for part in self._unguided(x, windows, step, group)]
        if len(noise) == 1:
            return noise[0]
        scale = torch.stack([self.guidance.guidance_scale[list(w)] for w in windows])
        return noise[0] + scale[..., None, None, None].to(noise[0]) * (noise[1] - noise[0])

    def _branches(self, step: int) -> list[GuidanceBranch]:
        """Return the branches that a step computes, the negative one first."""
        positive, negative = self.guidance.positive, self.guidance.negative
        is_guided = (step + 1) / len(self.sampler) <= self.guidance.guidance_end
        return [negative, positive] if negative and is_guided else [positive]

    def _unguided(
        self, x: Tensor, windows: Sequence[Sequence[int]], step: int, branches: list[GuidanceBranch]
    ) -> list[Tensor]:
        """Return the noise that each branch predicts.

        Shape:
            x: (B, T, 4, h, w)
            returns: each (B, T, 4, h, w) float32
        """
        frames = [frame for window in windows for frame in window]
        prompts = [branch.prompt.of(frames, step).to(x) for branch in branches]
        given = ModelInput(x, self.sampler.timesteps[step].to(x.device), frames, branches, prompts)
        residuals = self._residuals(given, step)
        noise = self.unet(
            x.transpose(1, 2).repeat(len(branches), 1, 1, 1, 1),
            given.timestep,
            encoder_hidden_states=torch.cat(prompts),
            added_cond_kwargs=_image_embeds(branches, len(windows), x),
            down_block_additional_residuals=residuals[:-1] if residuals else None,
            mid_block_additional_residual=residuals[-1] if residuals else None,
            return_dict=False,
        )[0]
        return [part.transpose(1, 2).float() for part in noise.chunk(len(branches))]

    def _residuals(self, given: ModelInput, step: int) -> tuple[Tensor, ...]:
        """Return the sum of what the active ControlNets add; 0 for a branch that uses none.

        Shape:
            returns: each (branches * B * T, C, h', w')
        """
        controls = [c for c in self.guidance.controls if c.is_active(step, len(self.sampler))]
        uses = [branch.uses_controlnet for branch in given.branches]
        if not controls or not any(uses):
            return ()
        copies = given.latents.flatten(0, 1).repeat(sum(uses), 1, 1, 1)
        text = torch.cat([*compress(given.prompts, uses)])
        each = [
            control.residuals(copies, given.timestep, text, given.frames) for control in controls
        ]
        return tuple(
            _with_zeros(reduce(torch.add, parts), uses) for parts in zip(*each, strict=True)
        )


def _with_zeros(part: Tensor, uses_controlnet: list[bool]) -> Tensor:
    """Put zeros where a branch uses no ControlNet.

    Shape:
        part: (branches that use it * N, C, h, w)
        returns: (branches * N, C, h, w)
    """
    if all(uses_controlnet):
        return part
    used = iter(part.chunk(sum(uses_controlnet)))
    rows = len(part) // sum(uses_controlnet)
    return torch.cat(
        [next(used) if one else part.new_zeros(rows, *part.shape[1:]) for one in uses_controlnet]
    )


def _image_embeds(
    branches: list[GuidanceBranch], num_windows: int, x: Tensor
) -> dict[str, list[Tensor]] | None:
    """Return what the UNet wants for an IP-Adapter: (branches * windows, 1, ...)."""
    embeds = [branch.image_embeds for branch in branches if branch.image_embeds is not None]
    if not embeds:
        return None
    rows = [part.to(x).repeat(num_windows, *[1] * (part.ndim - 1)) for part in embeds]
    return {"image_embeds": [torch.cat(rows)]}
