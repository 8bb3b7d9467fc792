"""A pyramid vision transformer: a picture becomes feature maps at 1/4, 1/8, 1/16 and 1/32."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class SpatialReductionAttention(nn.Module):
    """Self-attention of every pixel to a coarser copy of the map (PVT, Wang et al. 2021).

    Maps are kept with their channels last in memory, so that pictures and lists of pixels are the
    same numbers in the same order.

    Args:
        reduction: the side of the square of pixels that become one key and value.

    Shape:
        x: (B, C, H, W); H and W are multiples of ``reduction``
        returns: (B, C, H, W)
    """

    def __init__(self, channels: int, num_heads: int, reduction: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.query = nn.Linear(channels, channels)
        self.reduce = (
            nn.Conv2d(channels, channels, reduction, stride=reduction)
            if reduction > 1
            else nn.Identity()
        )
        self.norm = nn.LayerNorm(channels) if reduction > 1 else nn.Identity()
        self.key_value = nn.Linear(channels, 2 * channels)
        self.project = nn.Linear(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        query = self.query(tokens(x))
        key, value = self.key_value(self.norm(tokens(self.reduce(x)))).chunk(2, dim=-1)
        query, key, value = (self._heads(part) for part in (query, key, value))
        mixed = F.scaled_dot_product_attention(query, key, value)  # (B, heads, N, C / heads)
        return image(self.project(mixed.transpose(1, 2).flatten(2)), x)

    def _heads(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.num_heads, -1)).transpose(1, 2)


@dataclass(frozen=True)
class StageConfig:
    """Sizes of one level of the pyramid."""

    channels: int
    stride: int
    """Input pixels, along each side, to one pixel of its map."""
    depth: int
    """Transformer blocks."""
    num_heads: int
    reduction: int
    """The side of the square of pixels that share one key and value of the attention."""
    expansion: int
    """Width of the perceptrons between their layers, as a multiple of ``channels``."""


class TransformerBlock(nn.Module):
    """Attention and a perceptron, each added to its input; (B, C, H, W) stays (B, C, H, W)."""

    def __init__(self, config: StageConfig) -> None:
        super().__init__()
        channels, hidden = config.channels, config.expansion * config.channels
        self.norm1 = ImageNorm(channels)
        self.attention = SpatialReductionAttention(channels, config.num_heads, config.reduction)
        self.norm2 = nn.LayerNorm(channels)
        self.mlp = nn.Sequential(
            nn.Linear(channels, hidden), nn.GELU(), nn.Linear(hidden, channels)
        )

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(self.norm1(x))
        return x + image(self.mlp(self.norm2(tokens(x))), x)


class PyramidStage(nn.Module):
    """One level of the pyramid: overlapping patches (PVT v2) are embedded, then attend.

    Where a pixel lies is told by a depthwise convolution after the first block (Chu et al. 2021),
    so the stage takes pictures of any size.

    Shape:
        x: (B, C_in, H, W)
        returns: (B, C, H / stride, W / stride)
    """

    def __init__(self, in_channels: int, config: StageConfig) -> None:
        super().__init__()
        channels, stride = config.channels, config.stride
        self.embed = nn.Conv2d(in_channels, channels, 2 * stride - 1, stride, padding=stride - 1)
        self.norm_in = ImageNorm(channels)
        self.position = nn.Conv2d(channels, channels, 3, padding=1, groups=channels)
        self.blocks = nn.ModuleList(TransformerBlock(config) for _ in range(config.depth))
        self.norm_out = ImageNorm(channels)

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm_in(self.embed(x))
        for index, block in enumerate(self.blocks):
            x = block(x)
            if index == 0:
                x = x + self.position(x)
        return self.norm_out(x)


class PyramidVisionTransformer(nn.Module):
    """Stages that follow each other, each on the maps of the one before (Wang et al. 2021).

    Shape:
        pictures: (B, 3, H, W); H and W are multiples of the strides' product
        returns: (B, C, H', W') of each stage, finest first; H' is H over the strides so far
    """

    def __init__(self, stages: Sequence[StageConfig]) -> None:
        super().__init__()
        in_channels = (3, *(stage.channels for stage in stages[:-1]))
        self.stages = nn.ModuleList(map(PyramidStage, in_channels, stages))
        self.apply(_initialise)

    def forward(self, pictures: Tensor) -> list[Tensor]:
        maps = []
        x = pictures.contiguous(memory_format=torch.channels_last)
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        return maps


class ImageNorm(nn.LayerNorm):
    """Layer normalisation over the channels of each pixel of (B, C, H, W)."""

    def forward(self, input: Tensor) -> Tensor:
        return image(super().forward(tokens(input)), input)


def tokens(x: Tensor) -> Tensor:
    """Return (B, C, H, W) as a list of pixels, (B, H * W, C)."""
    return x.flatten(2).transpose(1, 2)


def image(x: Tensor, like: Tensor) -> Tensor:
    """Return a list of pixels (B, H * W, C) as a picture with the height and width of ``like``."""
    return x.transpose(1, 2).unflatten(2, like.shape[-2:])


def _initialise(module: nn.Module) -> None:
    """Start from small weights, as transformers do; convolutions keep the size of what they see."""
    if isinstance(module, nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02)
        nn.init.zeros_(module.bias)
    elif isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out")
        assert module.bias is not None
        nn.init.zeros_(module.bias)
