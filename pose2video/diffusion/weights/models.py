"""Load the networks of a picture, from wherever they are, and refuse those that do not fit."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.autoencoders.autoencoder_tiny import AutoencoderTiny
from diffusers.models.controlnets.controlnet import ControlNetModel
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.models.unets.unet_motion_model import MotionAdapter, UNetMotionModel
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from diffusers.schedulers.scheduling_euler_discrete import EulerDiscreteScheduler
from diffusers.schedulers.scheduling_lcm import LCMScheduler
from diffusers.utils import logging as diffusers_logging
from safetensors import SafetensorError
from torch import nn
from transformers import CLIPTextModel, CLIPTokenizer

from checkpoints import CheckpointError
from pose2video.diffusion.weights import single_file
from pose2video.diffusion.weights.hub import LOCAL, Found, first_line
from pose2video.diffusion.weights.lora import fuse_lora
from pose2video.diffusion.weights.needs import (
    ModelChoices,
    Need,
    list_needs,
    lora_texts,
    parse_lora,
)
from pose2video.diffusion.weights.pairing import check_configs, read_config
from pose2video.diffusion.weights.presets import CLIP_SKIP, Preset, find_preset
from pose2video.diffusion.weights.reference import add_ip_adapter

Vae = AutoencoderKL | AutoencoderTiny
Scheduler = DDIMScheduler | LCMScheduler | EulerDiscreteScheduler

BETAS: dict[str, Any] = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "linear"}
"""The noise that AnimateDiff and all its descendants were trained on."""


@dataclass
class Models:
    """The networks of a picture, on one device, set to evaluate."""

    unet: UNetMotionModel
    controlnets: list[ControlNetModel]
    vae: Vae
    tokenizer: CLIPTokenizer
    text_encoder: CLIPTextModel
    scheduler: Scheduler
    preset: Preset
    revisions: dict[str, str]
    """Name of each model -> its commit on the Hub, or the sha256 of the user's own weights."""
    clip_skip: int = 1
    """Which layer of the text encoder the base model was trained to read, counted from the last."""
    image_encoder: Path | None = None
    """Folder of what an IP-Adapter sees pictures with."""


@contextmanager
def quiet_diffusers() -> Iterator[None]:
    """Keep back warnings that concern nobody, such as that an empty list of layers was cast."""
    verbosity = diffusers_logging.get_verbosity()
    diffusers_logging.set_verbosity_error()
    try:
        yield
    finally:
        diffusers_logging.set_verbosity(verbosity)


@quiet_diffusers()
def load_models(
    choices: ModelChoices, device: str = "cpu", dtype: torch.dtype = torch.float32
) -> Models:
    """Return the networks that ``choices`` ask for, fetching what is not here.

    Raises:
        RenderError: there is no such preset.
        CheckpointError: a model cannot be had, is broken, or does not fit the others.
    """
    preset = find_preset(choices.preset)
    needs = list_needs(choices)
    check_configs(needs)
    found = {part: [need.find() for need in wanted] for part, wanted in needs.items()}
    base, config = found["base"][0], (found["config"] or found["base"])[0]
    motion, vae = found["motion"][0], found["vae"][0]
    with explained(needs["base"][0]):
        unet = load_unet(base, config.folder, dtype)
        text_encoder = load_text_encoder(base, config.folder, dtype)
        tokenizer = CLIPTokenizer.from_pretrained(config.folder / "tokenizer")
    with explained(needs["motion"][0]):
        animated = with_motion(unet, load_adapter(motion, dtype))
    with explained(needs["vae"][0]):
        decoder = load_vae(vae, config.folder, dtype)
    controlnets = []
    for need, where in zip(needs["controlnets"], found["controlnets"], strict=True):
        with explained(need):
            controlnets.append(load_controlnet(where, dtype))
    weights = [parse_lora(text)[1] for text in lora_texts(choices)]
    for need, where, weight in zip(needs["loras"], found["loras"], weights, strict=True):
        with explained(need):
            fuse_lora(animated, text_encoder, where.paths[0], weight)
    if found["reference"]:
        with explained(needs["reference"][0]):
            add_ip_adapter(animated, found["reference"][0].paths[0])
    networks: list[nn.Module] = [animated, text_encoder, decoder, *controlnets]
    for network in networks:
        network.to(device).eval().requires_grad_(False)
    return Models(
        unet=animated,
        controlnets=controlnets,
        vae=decoder,
        tokenizer=tokenizer,
        text_encoder=text_encoder,
        scheduler=make_scheduler(preset.scheduler),
        preset=preset,
        clip_skip=CLIP_SKIP.get(needs["base"][0].name, 1),
        image_encoder=found["reference"][1].paths[0].parent if found["reference"] else None,
        revisions={
            need.name: revision_of(where)
            for part in needs
            for need, where in zip(needs[part], found[part], strict=True)
        },
    )


def revision_of(found: Found) -> str:
    """Return what names a model's weights beyond doubt."""
    if found.revision != LOCAL:
        return found.revision
    digest = hashlib.sha256()
    for path in found.paths:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return f"sha256:{digest.hexdigest()}"


@contextmanager
def explained(need: Need) -> Iterator[None]:
    """Turn what a library says of broken weights into one line that names the model."""
    try:
        yield
    except CheckpointError:
        raise
    except (OSError, RuntimeError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise CheckpointError(
            f"{need.what} {need.name} cannot be read ({first_line(error)}); fetch it again, "
            "or give another one"
        ) from error


def make_scheduler(name: str) -> Scheduler:
    """Return the sampler of a preset, with the settings its authors publish."""
    if name == "lcm":
        return LCMScheduler(**BETAS, clip_sample=False, set_alpha_to_one=False, steps_offset=1)
    if name == "euler":
        return EulerDiscreteScheduler(**BETAS, timestep_spacing="trailing")
    return DDIMScheduler(**BETAS, clip_sample=False, timestep_spacing="linspace", steps_offset=1)


def with_motion(unet: UNet2DConditionModel, adapter: MotionAdapter) -> UNetMotionModel:
    """Return the UNet with the adapter's motion modules in it; both lend it their weights.

    It equals ``UNetMotionModel.from_unet2d``, which draws random weights first, only to replace
    all of them.
    """
    with torch.device("meta"):
        animated = UNetMotionModel.from_unet2d(unet, adapter, load_weights=False)
    assert isinstance(animated, UNetMotionModel)
    animated.load_state_dict(unet.state_dict() | adapter.state_dict(), assign=True)
    return animated


def load_unet(base: Found, config: Path, dtype: torch.dtype) -> UNet2DConditionModel:
    if is_one_file(base):
        single_file.check_base_file(base.paths[0])
        return single_file.load_unet(base.paths[0], config, dtype)
    return from_folder(UNet2DConditionModel, base.folder / "unet", dtype, base.files)


def load_text_encoder(base: Found, config: Path, dtype: torch.dtype) -> CLIPTextModel:
    file = next((f for f in base.files if f.startswith("text_encoder/model.")), base.files[0])
    return single_file.load_text_encoder(base.folder / file, config, dtype)


def load_adapter(motion: Found, dtype: torch.dtype) -> MotionAdapter:
    if is_one_file(motion):
        return single_file.load_motion_file(motion.paths[0], dtype)
    return from_folder(MotionAdapter, motion.folder, dtype, motion.files)


def load_controlnet(where: Found, dtype: torch.dtype) -> ControlNetModel:
    return from_folder(ControlNetModel, where.folder, dtype, where.files)


def load_vae(vae: Found, config: Path, dtype: torch.dtype) -> Vae:
    if is_one_file(vae):
        return single_file.load_vae(vae.paths[0], config, dtype)
    folder = vae.paths[0].parent
    is_tiny = read_config(folder).get("_class_name") == "AutoencoderTiny"
    return from_folder(AutoencoderTiny if is_tiny else AutoencoderKL, folder, dtype, vae.files)


def from_folder(kind: Any, folder: Path, dtype: torch.dtype, files: tuple[str, ...]) -> Any:
    """Return a diffusers model, reading the form of its weights that is among ``files``."""
    is_half = any(file.endswith(".fp16.safetensors") for file in files)
    return kind.from_pretrained(
        folder,
        torch_dtype=dtype,
        variant="fp16" if is_half else None,
        use_safetensors=True,
        local_files_only=True,
    )


def is_one_file(found: Found) -> bool:
    return len(found.files) == 1
