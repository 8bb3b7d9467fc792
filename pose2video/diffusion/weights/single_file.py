"""Read base models and motion adapters that come as one ``.safetensors`` file."""

import re
from pathlib import Path
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.models.unets.unet_motion_model import MotionAdapter
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel

from checkpoints import CheckpointError

UNET_PREFIX = "model.diffusion_model."
TEXT_PREFIX = "cond_stage_model.transformer."
SDXL_PREFIX = "conditioner."


def check_base_file(path: Path) -> None:
    """Make sure that ``path`` holds a Stable Diffusion 1.5 model, by the names inside it.

    Raises:
        CheckpointError: it holds something else.
    """
    names = tensor_names(path)
    if any(name.startswith(SDXL_PREFIX) for name in names):
        raise CheckpointError(
            f"base model {path} is an SDXL model; motion adapters and ControlNets here are for "
            "Stable Diffusion 1.5: give a model of that family"
        )
    for prefix, part in ((UNET_PREFIX, "UNet"), (TEXT_PREFIX, "CLIP text encoder")):
        if not any(name.startswith(prefix) for name in names):
            raise CheckpointError(
                f"base model {path} holds no {part} of Stable Diffusion 1.5 "
                f"(no {prefix}*); give a whole checkpoint, or --lora for a LoRA"
            )


def tensor_names(path: Path) -> list[str]:
    with safe_open(path, framework="pt") as file:
        return list(file.keys())


def load_unet(path: Path, config: Path, dtype: torch.dtype) -> UNet2DConditionModel:
    """Return the UNet of a whole checkpoint; ``config`` is a base model's folder."""
    return UNet2DConditionModel.from_single_file(
        str(path), config=str(config), subfolder="unet", torch_dtype=dtype, local_files_only=True
    )


def load_vae(path: Path, config: Path, dtype: torch.dtype) -> AutoencoderKL:
    return AutoencoderKL.from_single_file(
        str(path), config=str(config), subfolder="vae", torch_dtype=dtype, local_files_only=True
    )


def load_text_encoder(path: Path, config: Path, dtype: torch.dtype) -> CLIPTextModel:
    """Return the text encoder in ``path``: a whole checkpoint, or a file of its own."""
    settings = CLIPTextConfig.from_pretrained(config / "text_encoder")
    model = CLIPTextModel(settings)
    own = {plain_text_name(name): name for name in model.state_dict()}
    tensors = {}
    with safe_open(path, framework="pt") as file:
        for name in file.keys():  # noqa: SIM118  (not a dict)
            if plain_text_name(name) in own:
                tensors[own[plain_text_name(name)]] = file.get_tensor(name)
    model.load_state_dict(tensors)
    nn.Module.to(model, dtype=dtype)
    return model


def plain_text_name(name: str) -> str:
    """Return a text encoder's name without the wrappers that differ between libraries.

    >>> plain_text_name("cond_stage_model.transformer.text_model.final_layer_norm.bias")
    'final_layer_norm.bias'
    """
    return name.removeprefix(TEXT_PREFIX).removeprefix("text_model.")


def load_motion_file(path: Path, dtype: torch.dtype) -> MotionAdapter:
    """Return a motion adapter from a file alone, such as AnimateDiff-Lightning's.

    Raises:
        CheckpointError: the file holds no motion adapter in the form of diffusers.
    """
    tensors = {name: value.to(dtype) for name, value in load_file(path).items()}
    with torch.device("meta"):
        adapter = MotionAdapter(**adapter_config(tensors, path))
    adapter.load_state_dict(tensors, assign=True)
    return adapter


def adapter_config(tensors: dict[str, Tensor], path: Path) -> dict[str, Any]:
    """Return what the shapes of a motion adapter say of it; heads are 8, as in all of them."""
    widths: dict[int, int] = {}
    layers: set[int] = set()
    for name, value in tensors.items():
        match = re.match(r"down_blocks\.(\d+)\.motion_modules\.(\d+)\.proj_in\.weight", name)
        if match:
            widths[int(match[1])] = value.shape[0]
            layers.add(int(match[2]))
    positions = [value for name, value in tensors.items() if name.endswith("pos_embed.pe")]
    if not widths or not positions:
        raise CheckpointError(
            f"motion adapter {path} is not in the form of diffusers "
            "(down_blocks.*.motion_modules.*); fetch the diffusers version of it"
        )
    return {
        "block_out_channels": tuple(widths[level] for level in sorted(widths)),
        "motion_layers_per_block": len(layers),
        "motion_max_seq_length": positions[0].shape[1],
        "use_motion_mid_block": any(name.startswith("mid_block.") for name in tensors),
    }
