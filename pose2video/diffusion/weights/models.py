"""Load the networks of a video, from wherever they are, and refuse those that do not fit."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
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
from safetensors import SafetensorError
from torch import nn
from transformers import CLIPTextModel, CLIPTokenizer

from checkpoints import CheckpointError, first_line
from pose2video.diffusion.weights.embedding import Vocabulary, add_embedding
from pose2video.diffusion.weights.hub import LOCAL, Found, find
from pose2video.diffusion.weights.lora import fuse_lora
from pose2video.diffusion.weights.needs import ModelChoices, list_needs, weighted_loras
from pose2video.diffusion.weights.pairing import check_configs, check_motion
from pose2video.diffusion.weights.presets import clip_skip, find_preset
from pose2video.diffusion.weights.quiet import quiet_libraries
from pose2video.diffusion.weights.reference import add_ip_adapter
from pose2video.diffusion.weights.single_file import load_base_file, load_motion_file

Vae = AutoencoderKL | AutoencoderTiny
Scheduler = DDIMScheduler | LCMScheduler | EulerDiscreteScheduler

VAES = {False: AutoencoderKL, True: AutoencoderTiny}
"""Whether it is a draft -> what decodes."""
BETAS: dict[str, Any] = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "linear"}
"""The noise that AnimateDiff (its configs/inference/*.yaml) and its descendants were trained on."""


@dataclass
class Models:
    """The networks of a video, on one device, set to evaluate."""

    unet: UNetMotionModel
    controlnets: list[ControlNetModel]
    vae: Vae
    tokenizer: CLIPTokenizer
    text_encoder: CLIPTextModel
    scheduler: Scheduler
    revisions: dict[str, str]
    """Name of each model -> its commit on the Hub, or the sha256 of the user's own weights."""
    clip_skip: int = 1
    """Which layer of the text encoder the base model was trained to read, counted from the last."""
    image_encoder: Path | None = None
    """Folder of what an IP-Adapter sees pictures with."""
    embeddings: Vocabulary = field(default_factory=dict)
    """What prompts may name beside words."""


def load_models(
    choices: ModelChoices, device: str = "cpu", dtype: torch.dtype = torch.float32
) -> Models:
    """Return the networks that ``choices`` ask for, fetching what is not here.

    Raises:
        RenderError: there is no such preset.
        CheckpointError: a model cannot be had, is broken, or does not fit the others.
    """
    needs = list_needs(choices)
    check_configs(needs)
    found = {part: [find(need) for need in wanted] for part, wanted in needs.items()}
    with quiet_libraries():
        config = (found["config"] or found["base"])[0].folder
        unet, text_encoder, tokenizer = load_base(found["base"][0], config, dtype)
        animated = animate(unet, found["motion"][0], dtype)
        vae = from_folder(VAES[choices.draft], found["vae"][0], dtype)
        controlnets = [from_folder(ControlNetModel, model, dtype) for model in found["controlnets"]]
        for lora, (_, weight) in zip(found["loras"], weighted_loras(choices), strict=True):
            with explained(lora):
                fuse_lora(animated, text_encoder, lora.paths[0], weight)
        embeddings = learn_words(text_encoder, found["embeddings"])
        image_encoder = add_reference(animated, found["reference"])
        networks: list[nn.Module] = [animated, text_encoder, vae, *controlnets]
        for network in networks:
            network.to(device).eval().requires_grad_(False)
    scheduler = make_scheduler(find_preset(choices.preset).scheduler)
    return Models(
        animated, controlnets, vae, tokenizer, text_encoder, scheduler,
        revisions={model.name: revision_of(model) for part in found.values() for model in part},
        clip_skip=clip_skip(found["base"][0].name),
        image_encoder=image_encoder,
        embeddings=embeddings,
    )  # fmt: skip


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
def explained(model: Found) -> Iterator[None]:
    """Turn what a library says of broken weights into one line that names the model."""
    try:
        yield
    except CheckpointError:
        raise
    except (OSError, RuntimeError, ValueError, LookupError, TypeError, SafetensorError) as error:
        raise CheckpointError(
            f"{model.need.what} {model.name} cannot be read ({first_line(error)}); fetch it again, "
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


def animate(unet: UNet2DConditionModel, motion: Found, dtype: torch.dtype) -> UNetMotionModel:
    """Return the UNet with a motion adapter in it."""
    with explained(motion):
        if motion.is_single_file:
            adapter = load_motion_file(motion.paths[0], dtype)
        else:
            adapter = from_folder(MotionAdapter, motion, dtype)
        check_motion(motion.name, dict(adapter.config), dict(unet.config))
        return with_motion(unet, adapter)


def load_base(
    base: Found, config: Path, dtype: torch.dtype
) -> tuple[UNet2DConditionModel, CLIPTextModel, CLIPTokenizer]:
    """Return the parts of a base model; what a single file leaves out is in ``config``."""
    with explained(base):
        if base.is_single_file:
            unet, text_encoder = load_base_file(base.paths[0], config, dtype)
        else:
            unet = from_folder(UNet2DConditionModel, base, dtype, "unet")
            text_encoder = from_folder(CLIPTextModel, base, dtype, "text_encoder")
        return unet, text_encoder, load_tokenizer(config / "tokenizer", text_encoder)


def load_tokenizer(folder: Path, text_encoder: CLIPTextModel) -> CLIPTokenizer:
    """Return what cuts texts into as many tokens as the text encoder has positions for.

    The tokenizer's own files name that length only where ``tokenizer_config.json`` is among them.
    """
    length = text_encoder.config.max_position_embeddings
    return CLIPTokenizer.from_pretrained(folder, model_max_length=length, local_files_only=True)


def learn_words(text_encoder: CLIPTextModel, found: list[Found]) -> Vocabulary:
    """Add embeddings to what a text encoder knows; return their names."""
    vocabulary: Vocabulary = {}
    for embedding in found:
        with explained(embedding):
            vocabulary = add_embedding(text_encoder, embedding.paths[0], vocabulary)
    return vocabulary


def add_reference(unet: UNetMotionModel, found: list[Found]) -> Path | None:
    """Put an IP-Adapter into the UNet if one was found; return its image encoder's folder."""
    if not found:
        return None
    ip_adapter, image_encoder = found
    with explained(ip_adapter):
        add_ip_adapter(unet, ip_adapter.paths[0])
    return image_encoder.paths[0].parent


def from_folder(kind: Any, found: Found, dtype: torch.dtype, subfolder: str = "") -> Any:
    """Return a model of diffusers or transformers, in the form of its weights that was found."""
    is_half = any(f.startswith(subfolder) and f.endswith(".fp16.safetensors") for f in found.files)
    with explained(found):
        model = kind.from_pretrained(
            found.folder,
            subfolder=subfolder,
            torch_dtype=dtype,
            variant="fp16" if is_half else None,
            use_safetensors=True,
            local_files_only=True,
        )
    return nn.Module.to(model, dtype=dtype)
