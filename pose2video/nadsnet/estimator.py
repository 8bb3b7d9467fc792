"""NADS-Net: from a picture to joint heatmaps, part affinity fields and a mask of the person."""

from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import torch.nn.functional as F
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn

from checkpoints.foreign import short
from checkpoints.store import check_sizes
from music2pose.pose import LIMBS, NUM_JOINTS
from pose2video.nadsnet.backbone import PyramidVisionTransformer, StageConfig

MAP_STRIDE = 4
"""Picture pixels to one map pixel."""
COARSEST = 32
"""Sides of pictures must be multiples of this."""
NUM_LEVELS = 4
STRIDES = (4, 2, 2, 2)
"""Of the stages, each on the one before."""


@dataclass(frozen=True)
class EstimatorConfig:
    """Sizes of the four stages of the backbone, of the feature pyramid and of the heads."""

    widths: tuple[int, ...] = (16, 32, 64, 128)
    depths: tuple[int, ...] = (1, 1, 2, 2)
    num_heads: tuple[int, ...] = (1, 1, 2, 4)
    reductions: tuple[int, ...] = (8, 4, 2, 1)
    """So many pixels, along each side, share one key of the attention."""
    expansions: tuple[int, ...] = (2, 2, 4, 4)
    """Of the perceptrons, as multiples of the width."""
    pyramid_channels: int = 24
    head_channels: int = 16
    mask_channels: int = 8
    picture_size: int = 128
    """Side of the square pictures that it is trained on; others work less well."""

    def __post_init__(self) -> None:
        stages = ("widths", "depths", "num_heads", "reductions", "expansions")
        for name in stages:
            values = tuple(getattr(self, name))
            object.__setattr__(self, name, values)  # JSON knows only lists
            if len(values) != NUM_LEVELS:
                raise ValueError(f"{name} must be {NUM_LEVELS} numbers, got {short(values)}")
        check_sizes(
            self, widths=(1, 4096), depths=(1, 64), num_heads=(1, 64), reductions=(1, 64),
            expansions=(1, 64), pyramid_channels=(1, 4096), head_channels=(1, 4096),
            mask_channels=(1, 4096), picture_size=(COARSEST, 4096),
        )  # fmt: skip
        for width, heads in zip(self.widths, self.num_heads, strict=True):
            if width % heads:
                raise ValueError(f"a width must be a multiple of its heads, got {width}, {heads}")
        if self.picture_size % COARSEST:
            raise ValueError(
                f"picture_size must be a multiple of {COARSEST}, got {self.picture_size}"
            )

    @property
    def stages(self) -> list[StageConfig]:
        """The sizes stage by stage, finest first."""
        sizes = self.widths, STRIDES, self.depths, self.num_heads, self.reductions, self.expansions
        return [StageConfig(*row) for row in zip(*sizes, strict=True)]


ESTIMATOR_PRESETS = {
    "tiny": EstimatorConfig(
        widths=(8, 16, 32, 32), depths=(1, 1, 1, 1), num_heads=(1, 1, 2, 2),
        expansions=(2, 2, 2, 2), pyramid_channels=16, head_channels=16, picture_size=64,
    ),
    "base": EstimatorConfig(),
    "pvt-tiny": EstimatorConfig(
        widths=(64, 128, 320, 512), depths=(2, 2, 2, 2), num_heads=(1, 2, 5, 8),
        expansions=(8, 8, 4, 4), pyramid_channels=256, head_channels=128, mask_channels=32,
        picture_size=256,
    ),
}  # fmt: skip
"""``pvt-tiny`` has the sizes of the published backbone (Wang et al. 2021); ``base`` learns in less
than an hour on one CPU core."""


class PoseMaps(NamedTuple):
    """What the pose estimator finds, at a quarter of the picture's size.

    Shape:
        heatmaps: (B, 18, H / 4, W / 4), near 1 at a joint and 0 elsewhere
        affinity_fields: (B, 34, H / 4, W / 4), x and y of each limb's direction along the limb
        mask: (B, 1, H / 4, W / 4), logits of being the person
    """

    heatmaps: Tensor
    affinity_fields: Tensor
    mask: Tensor


class FeaturePyramid(nn.Module):
    """Bring coarse, knowing maps down to fine ones (FPN, Lin et al. 2017).

    Shape:
        maps: C2 to C5, finest first, each twice the size of the next
        returns: P2 to P5 of the same sizes, all with ``channels`` channels
    """

    def __init__(self, widths: tuple[int, ...], channels: int) -> None:
        super().__init__()
        self.lateral = nn.ModuleList(nn.Conv2d(width, channels, 1) for width in widths)
        self.smooth = nn.ModuleList(nn.Conv2d(channels, channels, 3, padding=1) for _ in widths)

    def forward(self, maps: list[Tensor]) -> list[Tensor]:
        levels = [F.gelu(layer(x)) for layer, x in zip(self.lateral, maps, strict=True)]
        for index in range(len(levels) - 2, -1, -1):
            levels[index] = levels[index] + F.interpolate(levels[index + 1], scale_factor=2)
        return [layer(x) for layer, x in zip(self.smooth, levels, strict=True)]


class Head(nn.Module):
    """Read maps of one kind from all levels of the pyramid, at the size of the finest.

    Shape:
        levels: P2 to P5
        returns: (B, out_channels, H, W) of P2
    """

    def __init__(self, in_channels: int, channels: int, out_channels: int) -> None:
        super().__init__()
        self.levels = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(in_channels, channels, 3, padding=1),
                nn.GELU(),
                nn.Conv2d(channels, 2 * channels, 1),
            )
            for _ in range(NUM_LEVELS)
        )
        self.read = nn.Conv2d(2 * channels, out_channels, 3, padding=1)
        nn.init.normal_(self.read.weight, std=1e-3)
        assert self.read.bias is not None
        nn.init.zeros_(self.read.bias)

    def forward(self, levels: list[Tensor]) -> Tensor:
        parts = [layer(x) for layer, x in zip(self.levels, levels, strict=True)]
        fused = parts.pop()
        while parts:
            fused = parts.pop() + F.interpolate(fused, scale_factor=2, mode="bilinear")
        return self.read(F.gelu(fused))


def _config_from(data: dict[str, Any]) -> EstimatorConfig:
    return EstimatorConfig(**data)


class PoseEstimator(
    nn.Module, PyTorchModelHubMixin, coders={EstimatorConfig: (asdict, _config_from)}
):
    """Find the joints, the limbs and the outline of a person.

    Shape:
        pictures: (B, 3, H, W), float in [-1, 1]; H and W are multiples of 32
    """

    def __init__(self, config: EstimatorConfig) -> None:
        super().__init__()
        self.config = config
        self.backbone = PyramidVisionTransformer(config.stages)
        self.pyramid = FeaturePyramid(config.widths, config.pyramid_channels)
        self.heatmap_head = Head(config.pyramid_channels, config.head_channels, NUM_JOINTS)
        self.affinity_head = Head(config.pyramid_channels, config.head_channels, 2 * len(LIMBS))
        self.mask_head = Head(config.pyramid_channels, config.mask_channels, 1)

    def forward(self, pictures: Tensor) -> PoseMaps:
        return self.read_maps(self.features(pictures))

    def features(self, pictures: Tensor) -> list[Tensor]:
        """Return the backbone's maps (B, C, H / k, W / k) for k = 4, 8, 16 and 32."""
        return self.backbone(pictures)

    def read_maps(self, features: list[Tensor]) -> PoseMaps:
        """Return what the heads read from the backbone's maps (B, C, H / k, W / k)."""
        levels = self.pyramid(features)
        return PoseMaps(
            self.heatmap_head(levels), self.affinity_head(levels), self.mask_head(levels)
        )
