"""The network that turns keypoints into pictures of a performer: any kind, loaded by one class."""

from dataclasses import asdict, dataclass

import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn

from checkpoints.foreign import short
from checkpoints.store import check_sizes
from music2pose.layers import initialise
from pose2video import RenderError
from pose2video.learned.networks import (
    GanGenerator,
    GeneratorInput,
    GeneratorOutput,
    NetworkConfig,
    PictureNetwork,
    VanillaGenerator,
    VectorGenerator,
)
from pose2video.learned.spade import SpadeGenerator
from pose2video.retarget import Build

NETWORKS: dict[str, type[PictureNetwork]] = {
    "vector": VectorGenerator,
    "vanilla": VanillaGenerator,
    "gan": GanGenerator,
    "spade": SpadeGenerator,
}
"""Every kind of network by its name; the class says what it needs."""
SMALLEST_SIZE = 64
"""Pixels along a picture's side."""
NORM_GROUPS = 8
"""Widths are multiples of it, so that half of one still splits into GroupNorm's 4 groups."""


def network_of_kind(kind: str) -> type[PictureNetwork]:
    """Return the class of a kind of network.

    Raises:
        RenderError: there is no such kind.
    """
    if kind not in NETWORKS:
        raise RenderError(f"unknown kind {kind!r}; choose one of {', '.join(NETWORKS)}")
    return NETWORKS[kind]


@dataclass(frozen=True)
class PictureGeneratorConfig(NetworkConfig):
    """A network of some kind, and whom and what it paints."""

    kind: str = "gan"
    has_backdrop: bool = True
    """Paint over a fixed picture, the empty stage; several performers have none in common."""
    num_looks: int = 1
    """Performers that the network was trained on; more than one only with style codes."""
    build: Build | None = None
    """The performer's body and place in the picture, to which other dancers are fitted."""

    def __post_init__(self) -> None:
        network = network_of_kind(self.kind)
        check_sizes(
            self, size=(SMALLEST_SIZE, 2048), width=(NORM_GROUPS, 512), code_channels=(1, 2048),
            num_looks=(1, 4096),
        )  # fmt: skip
        step = network.size_multiple
        if self.size % step:
            raise ValueError(f"size must be a multiple of {step}, got {self.size}")
        if self.width % NORM_GROUPS:
            raise ValueError(f"width must be a multiple of {NORM_GROUPS}, got {self.width}")
        if self.num_looks > 1 and not network.uses_style_code:
            able = [kind for kind, one in NETWORKS.items() if one.uses_style_code]
            raise ValueError(
                f"{self.kind} learns one performer, not {self.num_looks}; several are learned by "
                f"{' and '.join(able)}"
            )
        if isinstance(self.build, dict):  # as config.json holds it
            lengths = tuple(self.build["lengths"])
            object.__setattr__(self, "build", Build(**{**self.build, "lengths": lengths}))
        if not isinstance(self.build, Build | None):
            raise ValueError(f"build must be an object, got {short(self.build)}")


PICTURE_PRESETS = {
    "tiny": PictureGeneratorConfig(size=64, width=8, code_channels=8),
    "base": PictureGeneratorConfig(),
    "large": PictureGeneratorConfig(width=96),
}


class PictureGenerator(
    nn.Module,
    PyTorchModelHubMixin,
    coders={PictureGeneratorConfig: (asdict, lambda data: PictureGeneratorConfig(**data))},
):
    """A network of any kind, and the backdrop that it paints on.

    Shape:
        returns: pictures (B, 3, S, S) in [-1, 1]
    """

    backdrop: Tensor  # (1, 3, S, S), in [-1, 1]
    codes: Tensor  # (num_looks, C), each performer's mean style code

    def __init__(self, config: PictureGeneratorConfig) -> None:
        super().__init__()
        self.config = config
        self.network = network_of_kind(config.kind)(config)
        self.apply(initialise)
        damp_head(self.network)
        if config.has_backdrop:
            self.register_buffer("backdrop", torch.zeros(1, 3, config.size, config.size))
        if self.uses_style_code:
            self.register_buffer("codes", torch.zeros(config.num_looks, config.code_channels))

    @property
    def uses_previous(self) -> bool:
        return self.network.uses_previous

    @property
    def uses_style_code(self) -> bool:
        return self.network.uses_style_code

    def code_of(self, performer: int) -> Tensor | None:
        """Return the style code (1, C) of a performer, numbers wrapping round; None: needs none."""
        if not self.uses_style_code:
            return None
        return self.codes[performer % self.config.num_looks][None]

    def encode_style(self, pictures: Tensor) -> Tensor:
        """Return the mean style code (B, C) of pictures (B, 3, S, S)."""
        return self.network.encode_style(pictures).mean

    def forward(self, given: GeneratorInput) -> GeneratorOutput:
        layer, style = self.network(given)
        colours, cover = layer[:, :3].tanh(), layer[:, 3:]
        if not self.config.has_backdrop:
            return GeneratorOutput(colours, style)
        pictures = torch.lerp(self.backdrop.to(colours.dtype), colours, cover.sigmoid())
        return GeneratorOutput(pictures, style, cover)


def damp_head(network: nn.Module) -> None:
    """Start from a faint picture: the last layer's weights are small."""
    for name, module in network.named_modules():
        if name.rpartition(".")[2] == "head" and isinstance(module, nn.Conv2d):
            nn.init.xavier_normal_(module.weight, gain=0.3)
