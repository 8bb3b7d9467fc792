"""What a picture network is given and returns, and three kinds of them: vector, vanilla, gan."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

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

LAYER_CHANNELS = 4
"""What a network paints: three colours, and how far they cover the backdrop."""
GRID_STRIDE = 4
"""Picture pixels per step of the finest grid that the networks compute on."""
COARSEST_STRIDE = 32
"""Picture pixels per step of the coarsest grid."""
VECTOR_DOUBLINGS = 6
"""Transposed convolutions of the vector network, each of which doubles the picture's side."""
OUTSIDE_LIMIT = 0.5
"""Keypoints count up to this far outside the canvas, in canvas heights."""
MAX_OWN_FRAMES = 8
"""A network that sees its own frames paints up to so many of them in training before its loss is
taken: stripes that each frame makes a little stronger are not to be seen after one or two."""
RECONSTRUCTION_ONLY = {"adversarial": 0.0, "pose": 0.0}
"""Loss weights of kinds that learn without discriminator and pose estimator."""


@dataclass(frozen=True)
class NetworkConfig:
    """What every kind of network is built from."""

    size: int = 256
    """Height and width of the pictures in pixels."""
    width: int = 48
    """Channels of the finest grid; deeper grids have two and four times as many."""
    has_skips: bool = True
    """U-Net, else a plain encoder-decoder (vanilla only)."""
    has_attention: bool = True
    """Self-attention where the picture is smallest (vanilla only; gan always has it)."""
    code_channels: int = 32
    """Length of a style code (spade only)."""


class GeneratorInput(NamedTuple):
    """All that a network may be given; each kind reads what concerns it."""

    keypoints: Tensor  # (B, 18, 2), fractions of the square picture
    confidence: Tensor  # (B, 18)
    previous: Tensor | None = None  # (B, 3, S, S), the frame before; None or zeros: there is none
    code: Tensor | None = None  # (B, C), the style code to paint with
    reference: Tensor | None = None  # (B, 3, S, S), a picture to encode the style of instead
    code_noise: Tensor | None = None  # (B, C), to sample that style's code; None: its mean
    mask: Tensor | None = None  # (B, 1, S, S), where the body is; None: guessed from the skeleton


class StyleCode(NamedTuple):
    """The style encoder's normal distribution over codes."""

    mean: Tensor  # (B, C)
    log_variance: Tensor  # (B, C)


class GeneratorOutput(NamedTuple):
    pictures: Tensor  # (B, 3, S, S), in [-1, 1]
    style: StyleCode | None = None  # what was encoded from the reference, for the KL loss
    cover: Tensor | None = None  # (B, 1, S, S), logits of painting over the backdrop


class PictureNetwork(nn.Module):
    """The base of every kind of network, which says by its attributes what it needs.

    A new kind is a subclass with a constructor that takes a ``NetworkConfig``, a line in
    ``generator.NETWORKS`` and a line in ``pose2video.renderer.RENDERERS``.
    """

    size_multiple: ClassVar[int] = COARSEST_STRIDE
    """The pictures' height and width are multiples of it."""
    uses_previous: ClassVar[bool] = False
    """It is given the frame before, which in a video is the one that it painted last."""
    uses_style_code: ClassVar[bool] = False
    """It paints in the style of a code, so that one network can know several performers; it has
    ``encode_style``, and the mean code of each performer is kept beside its weights."""
    frames_per_run: ClassVar[int] = 1
    """How many consecutive frames one example of its training has."""
    loss_weights: ClassVar[Mapping[str, float]] = {}
    """Weights of its losses that differ from the usual ones."""

    def forward(self, given: GeneratorInput) -> tuple[Tensor, StyleCode | None]:
        """Return a layer (B, 4, S, S) before its tanh and sigmoid, and the style it encoded."""
        raise NotImplementedError

    def encode_style(self, pictures: Tensor) -> StyleCode:
        """Encode the style of pictures (B, 3, S, S); only where ``uses_style_code``."""
        raise NotImplementedError


class BilinearUpBlock(nn.Module):
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
    """A U-Net over grids that are 1, 2, 4 and 8 times coarser than its input.

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
            BilinearUpBlock(c_in, c_out if has_skips else 0, c_out) for c_in, c_out in ends
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


class VectorGenerator(PictureNetwork):
    """Keypoints as a plain list of numbers become a picture by transposed convolutions.

    Kernels are twice the stride, so that every pixel is reached by as many taps.

    Shape:
        returns: (B, 4, S, S), and None for the style
    """

    size_multiple = 1 << VECTOR_DOUBLINGS
    loss_weights = RECONSTRUCTION_ONLY

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        wide, self.start_size = 8 * config.width, config.size // self.size_multiple
        self.enter = nn.Sequential(
            nn.Linear(3 * NUM_JOINTS, 256),
            nn.LeakyReLU(LEAK),
            nn.Linear(256, wide * self.start_size**2),
        )
        self.layers = nn.ModuleList()
        for _ in range(VECTOR_DOUBLINGS):
            narrow = max(8, wide // 2)
            layer = nn.ConvTranspose2d(wide, narrow, 4, stride=2, padding=1)
            self.layers.append(nn.Sequential(layer, nn.GroupNorm(4, narrow), nn.LeakyReLU(LEAK)))
            wide = narrow
        self.head = nn.Conv2d(wide, LAYER_CHANNELS, 3, padding=1)

    def forward(self, given: GeneratorInput) -> tuple[Tensor, StyleCode | None]:
        seen = joints_seen(given.confidence)[..., None]
        places = seen * (2 * given.keypoints.clamp(-OUTSIDE_LIMIT, 1 + OUTSIDE_LIMIT) - 1)
        x = self.enter(torch.cat([places, seen], dim=-1).flatten(1))
        x = x.unflatten(1, (-1, self.start_size, self.start_size))
        for layer in self.layers:
            x = layer(x)
        return self.head(x), None


class VanillaGenerator(PictureNetwork):
    """The coloured skeleton as a picture becomes a picture of the performer.

    Shape:
        returns: (B, 4, S, S), and None for the style
    """

    loss_weights = RECONSTRUCTION_ONLY

    def __init__(self, config: NetworkConfig) -> None:
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

    def forward(self, given: GeneratorInput) -> tuple[Tensor, StyleCode | None]:
        skeletons = skeleton_pictures(given.keypoints, given.confidence, self.size)
        return self.tail(self.unet(self.stem(skeletons))), None


class GanGenerator(PictureNetwork):
    """Limbs and joints as maps, and the frame before, become the next frame.

    The frame before is folded to the finest grid, pixels to channels, so that nothing of it is
    lost and little is to be computed at full resolution.

    Shape:
        returns: (B, 4, S, S), and None for the style
    """

    uses_previous = True
    frames_per_run = MAX_OWN_FRAMES + 2  # one to begin from, its own ones, and the one judged

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.size = config.size
        self.fold = nn.Conv2d(3 * GRID_STRIDE**2, 16, 1)
        self.stem = nn.Conv2d(NUM_LIMBS + NUM_JOINTS + 16, config.width, 3, padding=1)
        self.unet = UNet(config.width, has_skips=True, has_attention=True)
        self.tail = Tail(config.width)

    def forward(self, given: GeneratorInput) -> tuple[Tensor, StyleCode | None]:
        grid = self.size // GRID_STRIDE
        pose = given.keypoints, given.confidence
        previous = given.previous
        if previous is None:
            previous = given.keypoints.new_zeros(len(given.keypoints), 3, self.size, self.size)
        folded = self.fold(F.pixel_unshuffle(previous, GRID_STRIDE))
        maps = [skeleton_maps(*pose, grid), joint_heatmaps(*pose, grid), folded]
        x = F.leaky_relu(self.stem(torch.cat(maps, dim=1)), LEAK)
        return self.tail(self.unet(x)), None


def doubled(x: Tensor) -> Tensor:
    """Return maps (B, C, H, W) at (B, C, 2 H, 2 W), bilinearly."""
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
