"""What the picture networks are made of, and three kinds of them: vector, vanilla and gan."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from music2pose.layers import LEAK, DownBlock, SelfAttention
from music2pose.pose import NUM_JOINTS
from pose2video.pose_inputs import (
    NUM_LIMBS,
    joint_heatmaps,
    joints_seen,
    skeleton_maps,
    skeleton_pictures,
)
from pose2video.retarget import Build

KINDS = ("vector", "vanilla", "gan", "spade")
LAYER_CHANNELS = 4
"""What a network paints: three colours, and how far they cover the backdrop."""
GRID_STRIDE = 4
"""Picture pixels per step of the finest grid that the networks think on."""
SMALLEST_STRIDE = 32
"""Picture pixels per step of the coarsest grid; picture sizes are multiples of it."""
FAR = 0.5
"""Keypoints count up to this far outside the canvas."""


@dataclass(frozen=True)
class GeneratorConfig:
    kind: str = "gan"
    size: int = 256
    """Height and width of the pictures in pixels."""
    width: int = 48
    """Channels of the finest grid; deeper grids have two and four times as many."""
    has_backdrop: bool = True
    """Paint over a fixed picture, the empty stage; several performers have none in common."""
    has_skips: bool = True
    """U-Net, else a plain encoder-decoder (vanilla only)."""
    has_attention: bool = True
    """Self-attention where the picture is smallest (vanilla only; gan always has it)."""
    code_channels: int = 32
    """Numbers that describe a look (spade only)."""
    num_looks: int = 1
    """Performers that one network was trained on (spade only)."""
    build: Build | None = None
    """The performer's body and place in the picture, to which other dancers are fitted."""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind {self.kind!r}; choose one of {', '.join(KINDS)}")
        step = 2 * SMALLEST_STRIDE if self.kind == "vector" else SMALLEST_STRIDE
        if self.size % step or self.size < 2 * SMALLEST_STRIDE:
            raise ValueError(f"size must be a multiple of {step} and at least 64, got {self.size}")
        if self.width % 8:
            raise ValueError(f"width must be a multiple of 8, got {self.width}")
        if isinstance(self.build, dict):  # as JSON knows it
            lengths = tuple(self.build["lengths"])
            object.__setattr__(self, "build", Build(**{**self.build, "lengths": lengths}))


PRESETS = {
    "tiny": GeneratorConfig(size=64, width=8, code_channels=8),
    "base": GeneratorConfig(),
    "large": GeneratorConfig(width=96),
}


class Shown(NamedTuple):
    """All that a network is shown; each kind looks at what concerns it."""

    keypoints: Tensor  # (B, 18, 2), fractions of the square picture
    confidence: Tensor  # (B, 18)
    previous: Tensor | None = None  # (B, 3, S, S), the frame before; None or zeros: there is none
    code: Tensor | None = None  # (B, C), the look
    reference: Tensor | None = None  # (B, 3, S, S), a picture to take the look from
    code_noise: Tensor | None = None  # (B, C), how to draw a code around that look; None: its mean
    mask: Tensor | None = None  # (B, 1, S, S), where the body is; None: guessed from the skeleton


class Look(NamedTuple):
    """Codes as the style encoder reads them off pictures."""

    mean: Tensor  # (B, C)
    log_variance: Tensor  # (B, C)


class Painted(NamedTuple):
    pictures: Tensor  # (B, 3, S, S), in [-1, 1]
    look: Look | None = None  # what was read off the reference, for the KL loss
    cover: Tensor | None = None  # (B, 1, S, S), logits of painting over the backdrop


class UpBlock(nn.Module):
    """Double the picture bilinearly, join the skip, convolve: no checkerboard (Odena et al. 2016).

    Shape:
        x: (B, C_in, H, W)
        skip: (B, C_skip, 2 H, 2 W), or None if C_skip is 0
        returns: (B, C_out, 2 H, 2 W)
    """

    def __init__(self, in_channels: int, skip_channels: int, out_channels: int) -> None:
        super().__init__()
        self.narrow = nn.Conv2d(in_channels, out_channels, 1)
        self.conv = nn.Conv2d(out_channels + skip_channels, out_channels, 3, padding=1)
        self.norm = nn.GroupNorm(4, out_channels)

    def forward(self, x: Tensor, skip: Tensor | None = None) -> Tensor:
        x = doubled(self.narrow(x))
        x = x if skip is None else torch.cat([x, skip], dim=1)
        return F.leaky_relu(self.norm(self.conv(x)), LEAK)


class UNet(nn.Module):
    """Think about a picture on grids that are 1, 2, 4 and 8 times coarser than its input.

    Shape:
        x, returns: (B, C, H, W)
    """

    def __init__(self, width: int, has_skips: bool, has_attention: bool) -> None:
        super().__init__()
        c1, c2, c3, c4 = width, 2 * width, 4 * width, 4 * width
        self.has_skips = has_skips
        self.downs = nn.ModuleList([DownBlock(c1, c2), DownBlock(c2, c3), DownBlock(c3, c4)])
        self.attention = SelfAttention(c4) if has_attention else nn.Identity()
        ends = ((c4, c3), (c3, c2), (c2, c1))
        self.ups = nn.ModuleList(
            UpBlock(c_in, c_out if has_skips else 0, c_out) for c_in, c_out in ends
        )

    def forward(self, x: Tensor) -> Tensor:
        skips = []
        for down in self.downs:
            skips.append(x)
            x = down(x)
        x = self.attention(x)
        for up in self.ups:
            skip = skips.pop()
            x = up(x, skip if self.has_skips else None)
        return x


class Tail(nn.Module):
    """Bring the finest grid up to the picture by light convolutions at full resolution.

    Shape:
        x: (B, C, S / 4, S / 4)
        returns: (B, 4, S, S), a layer before its tanh and sigmoid
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.to_half = nn.Conv2d(width, width // 2, 3, padding=1)
        self.to_full = nn.Conv2d(width // 2, max(8, width // 4), 3, padding=1)
        self.head = nn.Conv2d(max(8, width // 4), LAYER_CHANNELS, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = F.leaky_relu(self.to_half(doubled(x)), LEAK)
        x = F.leaky_relu(self.to_full(doubled(x)), LEAK)
        return self.head(x)


class VectorGenerator(nn.Module):
    """Keypoints as a plain list of numbers become a picture by transposed convolutions.

    Kernels are twice the stride, so that every pixel is reached by as many taps.
    """

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        wide, self.start_size = 8 * config.width, config.size // 64
        self.enter = nn.Sequential(
            nn.Linear(3 * NUM_JOINTS, 256),
            nn.LeakyReLU(LEAK),
            nn.Linear(256, wide * self.start_size**2),
        )
        self.layers = nn.ModuleList()
        for _ in range(6):
            narrow = max(8, wide // 2)
            layer = nn.ConvTranspose2d(wide, narrow, 4, stride=2, padding=1)
            self.layers.append(nn.Sequential(layer, nn.GroupNorm(4, narrow), nn.LeakyReLU(LEAK)))
            wide = narrow
        self.head = nn.Conv2d(wide, LAYER_CHANNELS, 3, padding=1)

    def forward(self, shown: Shown) -> tuple[Tensor, Look | None]:
        seen = joints_seen(shown.confidence)[..., None]
        places = seen * (2 * shown.keypoints.clamp(-FAR, 1 + FAR) - 1)
        x = self.enter(torch.cat([places, seen], dim=-1).flatten(1))
        x = x.unflatten(1, (-1, self.start_size, self.start_size))
        for layer in self.layers:
            x = layer(x)
        return self.head(x), None


class VanillaGenerator(nn.Module):
    """The coloured skeleton as a picture becomes a picture of the performer."""

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.size = config.size
        self.stem = nn.Sequential(
            nn.Conv2d(3, config.width // 2, 4, stride=2, padding=1),
            nn.LeakyReLU(LEAK),
            nn.Conv2d(config.width // 2, config.width, 4, stride=2, padding=1),
            nn.LeakyReLU(LEAK),
        )
        self.unet = UNet(config.width, config.has_skips, config.has_attention)
        self.tail = Tail(config.width)

    def forward(self, shown: Shown) -> tuple[Tensor, Look | None]:
        skeletons = skeleton_pictures(shown.keypoints, shown.confidence, self.size)
        return self.tail(self.unet(self.stem(skeletons))), None


class GanGenerator(nn.Module):
    """Limbs and joints as maps, and the frame before, become the next frame.

    The frame before is folded to the finest grid, pixels to channels, so that nothing of it is
    lost and little is to be computed at full resolution.
    """

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.size = config.size
        self.fold = nn.Conv2d(3 * GRID_STRIDE**2, 16, 1)
        self.stem = nn.Conv2d(NUM_LIMBS + NUM_JOINTS + 16, config.width, 3, padding=1)
        self.unet = UNet(config.width, has_skips=True, has_attention=True)
        self.tail = Tail(config.width)

    def forward(self, shown: Shown) -> tuple[Tensor, Look | None]:
        grid = self.size // GRID_STRIDE
        pose = shown.keypoints, shown.confidence
        previous = shown.previous
        if previous is None:
            previous = shown.keypoints.new_zeros(len(shown.keypoints), 3, self.size, self.size)
        folded = self.fold(F.pixel_unshuffle(previous, GRID_STRIDE))
        maps = [skeleton_maps(*pose, grid), joint_heatmaps(*pose, grid), folded]
        x = F.leaky_relu(self.stem(torch.cat(maps, dim=1)), LEAK)
        return self.tail(self.unet(x)), None


def doubled(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
