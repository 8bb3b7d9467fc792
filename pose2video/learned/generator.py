"""The network that turns keypoints into pictures of a performer: any kind, loaded by one class."""

from collections.abc import Callable
from dataclasses import asdict

import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn

from music2pose.layers import initialise
from pose2video.learned.networks import (
    GanGenerator,
    GeneratorConfig,
    Painted,
    Shown,
    VanillaGenerator,
    VectorGenerator,
)
from pose2video.learned.spade import SpadeGenerator


class PictureGenerator(
    nn.Module,
    PyTorchModelHubMixin,
    coders={GeneratorConfig: (asdict, lambda data: GeneratorConfig(**data))},
):
    """A network of any kind, and the backdrop that it paints on.

    Shape:
        returns: pictures (B, 3, S, S) in [-1, 1]
    """

    backdrop: Tensor
    codes: Tensor

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.config = config
        self.network = network_of_kind(config.kind)(config)
        self.apply(initialise)
        damp_head(self.network)
        if config.has_backdrop:
            self.register_buffer("backdrop", torch.zeros(1, 3, config.size, config.size))
        if config.kind == "spade":
            self.register_buffer("codes", torch.zeros(config.num_looks, config.code_channels))

    @property
    def uses_previous(self) -> bool:
        return self.config.kind == "gan"

    def look_of(self, pictures: Tensor) -> Tensor:
        """Read the look off pictures (B, 3, S, S) and return its code (B, C); spade only."""
        assert isinstance(self.network, SpadeGenerator)
        return self.network.style(pictures).mean

    def forward(self, shown: Shown) -> Painted:
        layer, look = self.network(shown)
        colours, cover = layer[:, :3].tanh(), layer[:, 3:]
        if not self.config.has_backdrop:
            return Painted(colours, look)
        pictures = torch.lerp(self.backdrop.to(colours.dtype), colours, cover.sigmoid())
        return Painted(pictures, look, cover)


def network_of_kind(kind: str) -> Callable[[GeneratorConfig], nn.Module]:
    """Return the class of a kind's network."""
    networks = {
        "vector": VectorGenerator,
        "vanilla": VanillaGenerator,
        "gan": GanGenerator,
        "spade": SpadeGenerator,
    }
    return networks[kind]


def damp_head(network: nn.Module) -> None:
    """Start from a faint picture: the last layer's weights are small."""
    for name, module in network.named_modules():
        if name.rpartition(".")[2] == "head" and isinstance(module, nn.Conv2d):
            nn.init.xavier_normal_(module.weight, gain=0.3)
