"""The SPADE network: pose maps steer every layer, and a code sets the style of the picture."""

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from music2pose.layers import LEAK
from music2pose.pose import NUM_JOINTS
from pose2video.learned.networks import (
    COARSEST_STRIDE,
    GRID_STRIDE,
    GeneratorInput,
    NetworkConfig,
    PictureNetwork,
    StyleCode,
    Tail,
)
from pose2video.pose_inputs import (
    NUM_LIMBS,
    joint_heatmaps,
    part_affinity_fields,
    skeleton_maps,
)

CONDITION_CHANNELS = NUM_JOINTS + 2 * NUM_LIMBS + 1
"""Joint heatmaps, part affinity fields and the mask."""
MASK_SIGMA = 0.04
"""How wide a body is guessed around its skeleton, as a share of the canvas."""
LARGEST_LOG_VARIANCE = 4.0


class SpadeNorm(nn.Module):
    """Normalise, then scale and shift every place as the condition says (Park et al. 2019).

    Shape:
        x: (B, C, H, W)
        hidden: (B, C_hidden, H, W)
        returns: (B, C, H, W)
    """

    def __init__(self, channels: int, hidden_channels: int) -> None:
        super().__init__()
        self.norm = nn.InstanceNorm2d(channels)
        self.modulation = nn.Conv2d(hidden_channels, 2 * channels, 3, padding=1)

    def forward(self, x: Tensor, hidden: Tensor) -> Tensor:
        scale, shift = self.modulation(hidden).chunk(2, dim=1)
        return self.norm(x) * (1 + scale) + shift


class SpadeBlock(nn.Module):
    """A residual block whose normalisation is steered by pose maps and style code.

    Shape:
        x: (B, C_in, H, W)
        condition: (B, 53, H, W)
        code: (B, C_code)
        returns: (B, C_out, H, W)
    """

    def __init__(
        self, in_channels: int, out_channels: int, hidden_channels: int, code_channels: int
    ) -> None:
        super().__init__()
        self.hidden = nn.Conv2d(CONDITION_CHANNELS, hidden_channels, 3, padding=1)
        self.look = nn.Linear(code_channels, hidden_channels)
        self.norm1 = SpadeNorm(in_channels, hidden_channels)
        self.conv1 = spectral_norm(nn.Conv2d(in_channels, out_channels, 3, padding=1))
        self.norm2 = SpadeNorm(out_channels, hidden_channels)
        self.conv2 = spectral_norm(nn.Conv2d(out_channels, out_channels, 3, padding=1))
        self.shortcut = spectral_norm(nn.Conv2d(in_channels, out_channels, 1, bias=False))

    def forward(self, x: Tensor, condition: Tensor, code: Tensor) -> Tensor:
        hidden = F.relu(self.hidden(condition) + self.look(code)[..., None, None])
        h = self.conv1(F.leaky_relu(self.norm1(x, hidden), LEAK))
        h = self.conv2(F.leaky_relu(self.norm2(h, hidden), LEAK))
        return self.shortcut(x) + h


class StyleEncoder(nn.Module):
    """Encode the style of a picture, wherever its dancer stands (VAE, Kingma & Welling 2014).

    Shape:
        pictures: (B, 3, S, S)
        returns: mean and log-variance (B, C) of the codes
    """

    def __init__(self, width: int, code_channels: int) -> None:
        super().__init__()
        widths = (3, width // 2, width, 2 * width, 2 * width, 2 * width)
        self.layers = nn.ModuleList(
            nn.Conv2d(c_in, c_out, 4, stride=2, padding=1) for c_in, c_out in pairwise(widths)
        )
        self.read = nn.Linear(2 * width, 2 * code_channels)

    def forward(self, pictures: Tensor) -> StyleCode:
        x = pictures
        for layer in self.layers:
            x = F.leaky_relu(layer(x), LEAK)
        mean, log_variance = self.read(x.mean(dim=(2, 3))).float().chunk(2, dim=1)
        return StyleCode(mean, log_variance.clamp(-8, LARGEST_LOG_VARIANCE))


class SpadeGenerator(PictureNetwork):
    """Heatmaps, part affinity fields and a body mask become a picture in the style of a code.

    Shape:
        returns: (B, 4, S, S), and the style if it was encoded from a reference
    """

    uses_style_code = True

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.size, width = config.size, config.width
        self.start_size = config.size // COARSEST_STRIDE
        widths = (4 * width, 4 * width, 2 * width, width)
        self.style = StyleEncoder(width, config.code_channels)
        self.start = nn.Linear(config.code_channels, widths[0] * self.start_size**2)
        self.blocks = nn.ModuleList(
            SpadeBlock(c_in, c_out, width, config.code_channels)
            for c_in, c_out in pairwise((widths[0], *widths))
        )
        self.tail = Tail(width)

    def forward(self, given: GeneratorInput) -> tuple[Tensor, StyleCode | None]:
        code, style = self.sample_code(given)
        x = self.start(code).unflatten(1, (-1, self.start_size, self.start_size))
        for index, block in enumerate(self.blocks):
            if index:
                x = F.interpolate(x, scale_factor=2, mode="nearest")
            x = block(x, condition_maps(given, x.shape[-1]), code)
        assert x.shape[-1] * GRID_STRIDE == self.size
        return self.tail(F.leaky_relu(x, LEAK)), style

    def encode_style(self, pictures: Tensor) -> StyleCode:
        """Return the distribution of style codes (B, C) of pictures (B, 3, S, S)."""
        return self.style(pictures)

    def sample_code(self, given: GeneratorInput) -> tuple[Tensor, StyleCode | None]:
        """Return the code (B, C) to paint with, and the style it was sampled from if one was."""
        if given.code is not None:
            return given.code, None
        if given.reference is None:
            raise ValueError("a SPADE generator needs a code, or a reference to encode one from")
        style = self.encode_style(given.reference)
        if given.code_noise is None:
            return style.mean, style
        return style.mean + (0.5 * style.log_variance).exp() * given.code_noise, style


def condition_maps(given: GeneratorInput, size: int) -> Tensor:
    """Draw what steers a layer at its own size: (B, 53, size, size)."""
    pose = given.keypoints, given.confidence
    if given.mask is None:
        mask = skeleton_maps(*pose, size, MASK_SIGMA).amax(1, keepdim=True)
    else:
        mask = F.interpolate(given.mask, (size, size), mode="area")
    fields = part_affinity_fields(*pose, size, half_width=max(1.5 / 96, 0.75 / size))
    heatmaps = joint_heatmaps(*pose, size, sigma=max(7 / 384, 0.75 / size))
    return torch.cat([heatmaps, fields, mask], dim=1)
