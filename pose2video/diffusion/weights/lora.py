"""Fuse LoRAs into the networks, so that they cost nothing while painting.

LoRA (https://arxiv.org/abs/2106.09685, equation 3) adds ``alpha / rank * up @ down`` to a weight.
"""

import logging
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from checkpoints import CheckpointError

logger = logging.getLogger(__name__)

Network = Literal["unet", "text"]

SIDE = re.compile(r"[._]?lora[._](?P<side>down|up|A|B)(\.default)?\.weight$")
"""How a tensor's name ends: kohya's, diffusers' old and new and PEFT's forms."""
PREFIXES: dict[str, Network] = {
    "lora_te_text_model_": "text",
    "text_encoder_text_model_": "text",
    "text_encoder_": "text",
    "lora_unet_": "unet",
    "unet_": "unet",
}
TEXT_NAMES = {"to_q": "q_proj", "to_k": "k_proj", "to_v": "v_proj", "to_out": "out_proj"}


@dataclass
class Change:
    """What a LoRA adds to one layer.

    Shape:
        down: (rank, C_in) or (rank, C_in, k, k)
        up: (C_out, rank) or (C_out, rank, 1, 1)
    """

    down: Tensor | None = None
    up: Tensor | None = None
    alpha: float | None = None

    def delta(self) -> Tensor:
        """Return the change of the layer's weight, with its number of elements, in float32."""
        assert self.down is not None and self.up is not None
        rank = len(self.down)
        scale = 1.0 if self.alpha is None else self.alpha / rank
        return scale * (self.up.float().reshape(-1, rank) @ self.down.float().reshape(rank, -1))


@torch.no_grad()
def fuse_lora(unet: nn.Module, text_encoder: nn.Module, path: Path, weight: float) -> None:
    """Add a LoRA, for pictures or for motion, to the weights of the networks, in place.

    Raises:
        CheckpointError: the file is no LoRA, or one for other networks.
    """
    changes = read_lora(path)
    layers = {("unet", name): layer for name, layer in linear_layers(unet).items()}
    layers |= {("text", name): layer for name, layer in linear_layers(text_encoder).items()}
    known = {key: key if key in layers else (key[0], f"{key[1]}_0") for key in changes}
    fitting = [key for key in changes if known[key] in layers]
    if 2 * len(fitting) < len(changes):
        raise CheckpointError(
            f"LoRA {path} is for other networks: only {len(fitting)} of its {len(changes)} layers "
            "are here; give one for Stable Diffusion 1.5"
        )
    if len(fitting) < len(changes):
        logger.warning(
            "LoRA %s: %d of %d layers are not here and left out",
            path, len(changes) - len(fitting), len(changes),
        )  # fmt: skip
    deltas = {known[key]: changes[key].delta() for key in fitting}
    for key, delta in deltas.items():
        if delta.numel() != layers[key].weight.numel():
            raise CheckpointError(
                f"LoRA {path} does not fit: its {key[1]} has {delta.numel()} weights, the "
                f"model's {layers[key].weight.numel()}; give one for Stable Diffusion 1.5"
            )
    for key, delta in deltas.items():
        kernel = layers[key].weight
        kernel += (weight * delta).reshape(kernel.shape).to(kernel)


def read_lora(path: Path) -> dict[tuple[Network, str], Change]:
    """Return what a LoRA adds, by network and layer, whatever trainer wrote it.

    Raises:
        CheckpointError: the file holds something else, too.
    """
    changes: dict[tuple[Network, str], Change] = {}
    for name, value in load_file(path).items():
        side = SIDE.search(name)
        if side is None and not name.endswith(".alpha"):
            raise CheckpointError(
                f"{path} is no plain LoRA (it holds {name}); give a LoRA's .safetensors file"
            )
        layer = name[: side.start()] if side else SIDE.sub("", name.removesuffix(".alpha"))
        change = changes.setdefault(place(layer), Change())
        if side is None:
            change.alpha = float(value)
        elif side["side"] in ("down", "A"):
            change.down = value
        else:
            change.up = value
    if not changes or any(c.down is None or c.up is None for c in changes.values()):
        raise CheckpointError(f"{path} is no whole LoRA; fetch it again")
    return changes


def place(layer: str) -> tuple[Network, str]:
    """Return the network and the flat name of a layer as LoRAs call it.

    >>> place("lora_unet_mid_block_attentions_0_proj_in")
    ('unet', 'mid_block_attentions_0_proj_in')
    >>> place("unet.down_blocks.0.motion_modules.1.transformer_blocks.0.attn1.processor.to_q")
    ('unet', 'down_blocks_0_motion_modules_1_transformer_blocks_0_attn1_to_q')
    >>> place("text_encoder.text_model.encoder.layers.0.self_attn.to_out")
    ('text', 'encoder_layers_0_self_attn_out_proj')
    """
    flat = layer.removeprefix("base_model.model.").replace(".processor.", ".").replace(".", "_")
    prefix = next((prefix for prefix in PREFIXES if flat.startswith(prefix)), "unet_")
    network, flat = PREFIXES[prefix], flat.removeprefix(prefix)
    if network == "text":
        for old, new in TEXT_NAMES.items():
            flat = f"{flat.removesuffix(old)}{new}" if flat.endswith(old) else flat
    return network, flat


def linear_layers(network: nn.Module) -> dict[str, nn.Linear | nn.Conv2d]:
    """Return the layers that LoRAs change, by flat name, without the wrapper of some versions."""
    return {
        name.replace(".", "_").removeprefix("text_model_"): module
        for name, module in network.named_modules()
        if isinstance(module, nn.Linear | nn.Conv2d)
    }
