"""Write base models as one file, under the names of the first Stable Diffusion's own code."""

import re
from pathlib import Path

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from safetensors.torch import save_file
from torch import Tensor
from transformers import CLIPTextModel

RESNET = {
    "norm1": "in_layers.0", "conv1": "in_layers.2", "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0", "conv2": "out_layers.3", "conv_shortcut": "skip_connection",
}  # fmt: skip
UNET_ENDS = {
    "conv_in": "input_blocks.0.0", "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2", "conv_norm_out": "out.0", "conv_out": "out.2",
    "mid_block.resnets.0": "middle_block.0", "mid_block.attentions.0": "middle_block.1",
    "mid_block.resnets.1": "middle_block.2",
}  # fmt: skip
VAE_ENDS = {
    "mid_block.resnets.0": "mid.block_1", "mid_block.attentions.0": "mid.attn_1",
    "mid_block.resnets.1": "mid.block_2", "conv_norm_out": "norm_out",
}  # fmt: skip
VAE_ATTENTION = {
    "group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out",
}  # fmt: skip


def write_single_file(
    path: Path, unet: UNet2DConditionModel, text_encoder: CLIPTextModel, vae: AutoencoderKL
) -> None:
    tensors: dict[str, Tensor] = {}
    for name, value in unet.state_dict().items():
        tensors[f"model.diffusion_model.{unet_name(name, unet.config.layers_per_block)}"] = value
    for name, value in text_encoder.state_dict().items():
        inner = f"text_model.{name.removeprefix('text_model.')}"
        tensors[f"cond_stage_model.transformer.{inner}"] = value
    tensors["cond_stage_model.transformer.text_model.embeddings.position_ids"] = torch.arange(77)[
        None
    ]
    for name, value in vae.state_dict().items():
        new = vae_name(name, len(vae.config.block_out_channels))
        is_conv = ".attn_1." in new and value.ndim == 2
        tensors[f"first_stage_model.{new}"] = value[:, :, None, None] if is_conv else value
    save_file({name: value.contiguous() for name, value in tensors.items()}, path)


def unet_name(name: str, layers: int) -> str:
    """
    >>> unet_name("down_blocks.1.resnets.0.norm1.weight", layers=2)
    'input_blocks.4.0.in_layers.0.weight'
    """
    name = replaced_start(name, UNET_ENDS)
    match = re.fullmatch(r"(down|up)_blocks\.(\d+)\.(resnets|attentions)\.(\d+)\.(.*)", name)
    if match:
        side, level, kind, layer, rest = match.groups()
        level, layer = int(level), int(layer)
        number = level * (layers + 1) + layer + (side == "down")
        blocks = "input_blocks" if side == "down" else "output_blocks"
        name = f"{blocks}.{number}.{0 if kind == 'resnets' else 1}.{rest}"
    match = re.fullmatch(r"down_blocks\.(\d+)\.downsamplers\.0\.conv\.(.*)", name)
    if match:
        name = f"input_blocks.{(int(match[1]) + 1) * (layers + 1)}.0.op.{match[2]}"
    match = re.fullmatch(r"up_blocks\.(\d+)\.upsamplers\.0\.conv\.(.*)", name)
    if match:  # after the resnet, and after attention where there is one
        name = f"output_blocks.{(int(match[1]) + 1) * (layers + 1) - 1}.1.conv.{match[2]}"
    match = re.fullmatch(r"((?:in|out)put_blocks\.\d+\.0\.|middle_block\.[02]\.)(.*)", name)
    return match[1] + replaced_start(match[2], RESNET) if match else name


def vae_name(name: str, levels: int) -> str:
    """
    >>> vae_name("decoder.up_blocks.0.resnets.1.conv_shortcut.bias", levels=4)
    'decoder.up.3.block.1.nin_shortcut.bias'
    """
    half, _, rest = name.partition(".")
    if half not in ("encoder", "decoder"):
        return name
    rest = replaced_start(rest, VAE_ENDS)
    if rest.startswith("mid.attn_1."):
        rest = "mid.attn_1." + replaced_start(rest.removeprefix("mid.attn_1."), VAE_ATTENTION)
    match = re.fullmatch(r"(down|up)_blocks\.(\d+)\.(.*)", rest)
    if match:
        level = int(match[2]) if match[1] == "down" else levels - 1 - int(match[2])
        rest = f"{match[1]}.{level}.{match[3]}".replace("resnets.", "block.")
        rest = rest.replace("downsamplers.0.", "downsample.").replace("upsamplers.0.", "upsample.")
    return f"{half}.{rest.replace('conv_shortcut', 'nin_shortcut')}"


def replaced_start(name: str, table: dict[str, str]) -> str:
    for old, new in table.items():
        if name.startswith(f"{old}."):
            return f"{new}.{name.removeprefix(f'{old}.')}"
    return name
