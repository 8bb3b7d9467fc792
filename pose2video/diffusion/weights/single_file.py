"""Read base models and motion adapters that come as one ``.safetensors`` file."""

import re
from pathlib import Path
from typing import Any

import torch
from diffusers.loaders.single_file_utils import (
    convert_animatediff_checkpoint_to_diffusers,
    create_diffusers_clip_model_from_ldm,
)
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.models.unets.unet_motion_model import MotionAdapter
from safetensors.torch import load_file
from torch import Tensor
from transformers import CLIPTextModel

from checkpoints import CheckpointError

UNET_PREFIX = "model.diffusion_model."
TEXT_PREFIX = "cond_stage_model.transformer."
SDXL_PREFIX = "conditioner."
WRAPPER = re.compile(r"^(?:state_dict\.)?(?:module\.)?(?:unet\.)?")
"""What trainers and converters put before the names of a motion module."""
TRAINING_NOTES = ("epoch", "global_step")
"""What AnimateDiff's trainer keeps beside the weights."""
POSITIONS = re.compile(r"(?P<block>.*)\.attention_blocks\.\d+\.pos_encoder\.pe")
NOTHING = torch.empty(0)


def load_base_file(
    path: Path, config: Path, dtype: torch.dtype
) -> tuple[UNet2DConditionModel, CLIPTextModel]:
    """Return UNet and text encoder of a whole checkpoint; ``config`` is a base model's folder.

    Raises:
        CheckpointError: it is no Stable Diffusion 1.5 model.
    """
    checkpoint = load_file(path)
    check_names(checkpoint, path)
    settings: dict[str, Any] = {
        "config": str(config),
        "torch_dtype": dtype,
        "local_files_only": True,
    }
    kind: Any = UNet2DConditionModel
    unet = kind.from_single_file(checkpoint, subfolder="unet", **settings)
    # What from_single_file does for a whole pipeline, which would want more files than these two.
    text_encoder = create_diffusers_clip_model_from_ldm(
        CLIPTextModel, checkpoint, subfolder="text_encoder", **settings
    )
    return unet, text_encoder


def check_names(checkpoint: dict[str, Tensor], path: Path) -> None:
    """Make sure that a checkpoint is one of Stable Diffusion 1.5, by the names inside it.

    Raises:
        CheckpointError: it holds something else.
    """
    if any(name.startswith(SDXL_PREFIX) for name in checkpoint):
        raise CheckpointError(
            f"base model {path} is an SDXL model; motion adapters and ControlNets here are for "
            "Stable Diffusion 1.5: give a model of that family"
        )
    for prefix, part in ((UNET_PREFIX, "UNet"), (TEXT_PREFIX, "CLIP text encoder")):
        if not any(name.startswith(prefix) for name in checkpoint):
            raise CheckpointError(
                f"base model {path} holds no {part} of Stable Diffusion 1.5 "
                f"(no {prefix}*); give a whole checkpoint, or --lora for a LoRA"
            )


def load_motion_file(path: Path, dtype: torch.dtype) -> MotionAdapter:
    """Return a motion adapter from a file alone, under diffusers' names or AnimateDiff's own.

    ``MotionAdapter.from_single_file`` takes the config of AnimateDiff's first version from the Hub
    for files such as AnimateDiff-Lightning's, which fits none of them; here it is read off the
    shapes.

    Raises:
        CheckpointError: the file holds no motion adapter, only parts of one, or other things too.
    """
    tensors = {n: v.to(dtype) for n, v in with_usual_names(load_file(path), path).items()}
    with torch.device("meta"):
        adapter = MotionAdapter(**adapter_config(tensors, path))
    expected = adapter.state_dict()
    odd = [n for n in tensors if n not in expected]
    if odd := odd + [n for n, v in expected.items() if tensors.get(n, NOTHING).shape != v.shape]:
        raise CheckpointError(
            f"motion adapter {path} is no whole one of AnimateDiff: {len(odd)} of its parts are "
            f"missing, of another size or unknown ({odd[0]}); give another one"
        )
    adapter.load_state_dict(tensors, assign=True)
    return adapter


def with_usual_names(tensors: dict[str, Tensor], path: Path) -> dict[str, Tensor]:
    """Return a motion module under the names of diffusers, as they are or by its converter.

    The converter leaves the tables of positions out. AnimateDiff has one for each of the two
    attention layers of a block, diffusers one for both.

    Raises:
        CheckpointError: the two tables of a block differ.
    """
    plain = {WRAPPER.sub("", n): v for n, v in tensors.items() if n not in TRAINING_NOTES}
    usual = convert_animatediff_checkpoint_to_diffusers(plain)
    for name, value in plain.items():
        if match := POSITIONS.fullmatch(name):
            block = match["block"].replace(".temporal_transformer", "")
            if not torch.equal(usual.setdefault(f"{block}.pos_embed.pe", value), value):
                raise CheckpointError(
                    f"motion adapter {path} counts its frames in two ways in {block}, which is not "
                    "supported; give another one"
                )
    return usual


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
            f"motion adapter {path} holds no motion modules of AnimateDiff "
            "(down_blocks.*.motion_modules.*); give another file, or --lora for a motion LoRA"
        )
    return {
        "block_out_channels": tuple(widths[level] for level in sorted(widths)),
        "motion_layers_per_block": len(layers),
        "motion_max_seq_length": positions[0].shape[1],
        "use_motion_mid_block": any(name.startswith("mid_block.") for name in tensors),
    }
