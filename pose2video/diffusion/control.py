"""ControlNets (https://arxiv.org/abs/2302.05543) that embed a picture once, not in every step."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from diffusers.models.controlnets.controlnet import ControlNetModel
from torch import Tensor, nn

Pictures = Callable[[Sequence[int]], np.ndarray]
"""Frame numbers -> (N, H, W, 3) uint8 RGB."""

CACHED_FRAMES = 128
"""Frames whose embedding is kept (2.6 MB each at 512x512 in half precision). Later frames are
embedded in every step, which costs 2 % of a ControlNet: memory must not grow with the song."""


class EmbedOnce(nn.Module):
    """A ControlNet's picture embedding that lets what is embedded already pass through.

    Shape:
        x: (N, picture_channels, H, W), or embedded (N, C, H / 8, W / 8)
        forward: (N, C, H / 8, W / 8)
    """

    def __init__(self, embedding: nn.Module, picture_channels: int) -> None:
        super().__init__()
        self.embedding = embedding
        self.picture_channels = picture_channels

    def forward(self, x: Tensor) -> Tensor:
        return self.embedding(x) if x.shape[1] == self.picture_channels else x


def embed_once(network: ControlNetModel) -> None:
    """Let a ControlNet take pictures that it has embedded before; it still takes pictures."""
    embedding = network.controlnet_cond_embedding
    if not isinstance(embedding, EmbedOnce):
        once = EmbedOnce(embedding, network.config["conditioning_channels"])
        network.controlnet_cond_embedding = once  # pyright: ignore[reportAttributeAccessIssue]


@dataclass
class Control:
    """One ControlNet with its picture of every frame.

    Shape:
        scale: (F,) float32, ``controlnet_conditioning_scale`` of each frame
    """

    network: ControlNetModel
    pictures: Pictures
    scale: Tensor
    start: float = 0.0
    """Share of the steps after which it begins to take part (``control_guidance_start``)."""
    end: float = 1.0
    """Share of the steps after which it is not computed any more (``control_guidance_end``)."""
    _kept: dict[int, Tensor] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        embed_once(self.network)

    def is_active(self, step: int, num_steps: int) -> bool:
        """Return whether it takes part in a step (the same steps as in diffusers' pipelines)."""
        return step / num_steps >= self.start and (step + 1) / num_steps <= self.end

    def embeddings(self, frames: Sequence[int]) -> Tensor:
        """Return what the network makes of the pictures of ``frames``.

        Shape:
            returns: (N, C, H / 8, W / 8)
        """
        unknown = [frame for frame in dict.fromkeys(frames) if frame not in self._kept]
        fresh = dict(zip(unknown, self._embed(unknown), strict=True)) if unknown else {}
        for frame in unknown[: max(0, CACHED_FRAMES - len(self._kept))]:
            self._kept[frame] = fresh[frame]
        return torch.stack([fresh[f] if f in fresh else self._kept[f] for f in frames])

    def _embed(self, frames: Sequence[int]) -> Tensor:
        """Return the embeddings of pictures that are drawn for it: (N, C, H / 8, W / 8)."""
        weight = next(self.network.parameters())
        pictures = torch.from_numpy(np.ascontiguousarray(self.pictures(frames)))
        pictures = pictures.permute(0, 3, 1, 2).to(weight.device).to(weight.dtype) / 255
        return self.network.controlnet_cond_embedding(pictures)

    def residuals(
        self, x: Tensor, timestep: Tensor, text: Tensor, frames: Sequence[int]
    ) -> list[Tensor]:
        """Return what this network adds to the UNet's blocks, the middle one last.

        Shape:
            x: (N, 4, h, w), one or more copies of the frames one after the other
            text: (N, S, C)
            frames: as many numbers as one copy has frames
            returns: each (N, C, h', w')
        """
        copies = len(x) // len(frames)
        scale = self.scale[list(frames)].to(x).repeat(copies).view(-1, 1, 1, 1)
        down, middle = self.network(
            x,
            timestep,
            encoder_hidden_states=text,
            controlnet_cond=self.embeddings(frames).repeat(copies, 1, 1, 1),
            conditioning_scale=scale,  # type: ignore[arg-type]  # one for each frame
            return_dict=False,
        )
        return [*down, middle]
