"""The lifting network: keypoints through time become the directions of a body's bones.

Dilated convolutions over time, as in VideoPose3D (Pavllo et al. 2019), but in residual blocks with
layer normalisation, and for every frame at once.
"""

import copy
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn

from checkpoints.store import check_sizes
from music2pose.lifting.inputs import NUM_INPUTS
from music2pose.motion.motion import BONES, HEAD_BONES

NUM_DIRECTIONS = len(BONES) + len(HEAD_BONES) + 1
"""Those of ``bone_directions``, and the world's up."""


@dataclass(frozen=True)
class LifterConfig:
    channels: int = 384
    dilations: tuple[int, ...] = (1, 2, 4, 8, 16, 1)
    """Of the blocks: so many frames before and after each that a block looks at."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "dilations", tuple(self.dilations))  # JSON knows only lists
        check_sizes(self, channels=(1, 4096), dilations=(1, 64))
        if not 1 <= len(self.dilations) <= 64:
            raise ValueError(f"dilations must be 1 to 64 numbers, got {len(self.dilations)}")

    @property
    def reach(self) -> int:
        """Frames to either side that one frame depends on."""
        return sum(self.dilations)


LIFTER_PRESETS = {"tiny": LifterConfig(16, (1, 2)), "base": LifterConfig()}


class Block(nn.Module):
    """Look at three frames, ``dilation`` apart, and add what they tell; (B, T, C) to the same."""

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.dilation = dilation
        self.norm = nn.LayerNorm(channels)
        self.look = nn.Linear(3 * channels, channels)
        self.tell = nn.Linear(channels, channels)
        nn.init.zeros_(self.tell.weight)

    def forward(self, x: Tensor) -> Tensor:
        frames, step = x.shape[1], self.dilation
        wide = F.pad(self.norm(x), (0, 0, step, step))
        # One product of matrices of three frames side by side: much faster on a CPU than conv1d.
        near = torch.cat([wide[:, k * step : k * step + frames] for k in range(3)], dim=-1)
        return x + self.tell(F.gelu(self.look(near)))


def _config_from(data: dict[str, Any]) -> LifterConfig:
    return LifterConfig(**data)


class LiftingNetwork(
    nn.Module, PyTorchModelHubMixin, coders={LifterConfig: (asdict, _config_from)}
):
    """Tell how the bones of a body point in the axes of the camera: right, up, and towards it.

    Shape:
        inputs: (B, T, NUM_INPUTS), see ``network_inputs``, at ``LIFTING_FPS``
        returns: (B, T, 17, 3), the directions of ``bone_directions`` and the world's up; of about
            unit length, the shorter the less sure
    """

    def __init__(self, config: LifterConfig) -> None:
        super().__init__()
        self.config = config
        self.enter = nn.Linear(NUM_INPUTS, config.channels)
        self.blocks = nn.ModuleList(Block(config.channels, step) for step in config.dilations)
        self.norm = nn.LayerNorm(config.channels)
        self.leave = nn.Linear(config.channels, 3 * NUM_DIRECTIONS)

    def forward(self, inputs: Tensor) -> Tensor:
        x = self.enter(inputs)
        for block in self.blocks:
            x = block(x)
        return self.leave(self.norm(x)).unflatten(-1, (NUM_DIRECTIONS, 3))

    def _save_pretrained(self, save_directory: Path) -> None:
        """Save in half precision, which turns no bone by a hundredth of a degree."""
        super(LiftingNetwork, copy.deepcopy(self).half())._save_pretrained(save_directory)
