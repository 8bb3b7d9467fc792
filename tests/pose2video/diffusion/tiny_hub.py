"""Write a Hugging Face cache of small random models under the names of the public ones.

File names, folders and the names inside the files are those of the public repositories, so the
code that loads the real models loads these, with nothing to tell it that they are small.
"""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    AutoencoderTiny,
    ControlNetModel,
    MotionAdapter,
    UNet2DConditionModel,
)
from safetensors.torch import save_file
from torch import Tensor, nn
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
)

from tests.pose2video.diffusion.tiny_tokenizer import draw_merges, vocabulary, write_tokenizer

CHANNELS = (32, 64)
HEADS = 2
TEXT_WIDTH = 32
IMAGE_WIDTH = 16
VAE_CHANNELS = (8, 8, 8, 16)
"""Four levels, as the public decoder has, so that a latent is an eighth of the picture."""
MAX_FRAMES = 32

BASES = (
    "stable-diffusion-v1-5/stable-diffusion-v1-5",
    "SG161222/Realistic_Vision_V5.1_noVAE",
    "frankjoshua/toonyou_beta6",
)


def write_hub(cache: Path) -> None:
    """Fill ``cache``, what HF_HUB_CACHE names, with every repository that the presets need."""
    for seed, name in enumerate(BASES):
        write_repository(cache, name, lambda folder, seed=seed: write_base(folder, seed))
    adapters = (
        ("guoyww/animatediff-motion-adapter-v1-5-2", True),
        ("guoyww/animatediff-motion-adapter-v1-5-3", False),
        ("wangfuyun/AnimateLCM", True),
    )
    for seed, (name, has_mid_block) in enumerate(adapters):
        write_repository(
            cache, name,
            lambda folder, seed=seed, mid=has_mid_block: write_adapter(folder, seed, mid),
        )  # fmt: skip
    write_repository(cache, "wangfuyun/AnimateLCM", write_lora)
    write_repository(cache, "ByteDance/AnimateDiff-Lightning", write_lightning)
    write_repository(cache, "lllyasviel/control_v11p_sd15_openpose", write_controlnet)
    write_repository(cache, "CiaraRowles/TemporalNet", lambda f: write_controlnet(f, seed=5))
    write_repository(cache, "stabilityai/sd-vae-ft-mse", write_vae)
    write_repository(cache, "madebyollin/taesd", write_tiny_vae)
    write_repository(cache, "h94/IP-Adapter", write_ip_adapter)


def write_repository(cache: Path, name: str, write: Callable[[Path], object]) -> Path:
    """Let ``write`` fill a repository; return its snapshot: links to blobs, as usual."""
    repository = cache / f"models--{name.replace('/', '--')}"
    commit = hashlib.sha1(name.encode()).hexdigest()
    snapshot, blobs, refs = (
        repository / "snapshots" / commit,
        repository / "blobs",
        repository / "refs",
    )
    for folder in (snapshot, blobs, refs):
        folder.mkdir(parents=True, exist_ok=True)
    (refs / "main").write_text(commit)
    write(snapshot)
    for path in sorted(snapshot.rglob("*")):
        if path.is_file() and not path.is_symlink():
            blob = blobs / hashlib.sha256(path.read_bytes()).hexdigest()
            path.replace(blob)
            path.symlink_to(os.path.relpath(blob, path.parent))
    return snapshot


def write_base(folder: Path, seed: int = 0) -> None:
    """Write a base model in the layout of stable-diffusion-v1-5."""
    write_json(folder / "model_index.json", {"_class_name": "StableDiffusionPipeline"})
    write_json(folder / "scheduler" / "scheduler_config.json", SCHEDULER)
    write_tokenizer(folder / "tokenizer")
    save(tiny_unet(seed), folder / "unet", "fp16")
    save_text_encoder(tiny_text_encoder(seed), folder / "text_encoder")
    write_vae(folder / "vae", seed)


SCHEDULER = {
    "_class_name": "PNDMScheduler", "beta_end": 0.012, "beta_schedule": "scaled_linear",
    "beta_start": 0.00085, "num_train_timesteps": 1000, "set_alpha_to_one": False,
    "skip_prk_steps": True, "steps_offset": 1, "clip_sample": False,
}  # fmt: skip


def tiny_unet(seed: int = 0, **changes: Any) -> UNet2DConditionModel:
    torch.manual_seed(seed)
    settings: dict[str, Any] = {
        "sample_size": 8,
        "block_out_channels": CHANNELS,
        "layers_per_block": 1,
        "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
        "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"),
        "cross_attention_dim": TEXT_WIDTH,
        "attention_head_dim": HEADS,
    }
    return UNet2DConditionModel(**settings | changes)


def tiny_text_encoder(seed: int = 0) -> CLIPTextModel:
    torch.manual_seed(seed)
    settings = CLIPTextConfig(
        vocab_size=len(vocabulary(draw_merges())), hidden_size=TEXT_WIDTH,
        intermediate_size=2 * TEXT_WIDTH, num_hidden_layers=3, num_attention_heads=HEADS,
        max_position_embeddings=77, projection_dim=TEXT_WIDTH,
        bos_token_id=0, eos_token_id=2, pad_token_id=1,
    )  # fmt: skip
    return with_random_norms(CLIPTextModel(settings))


def save_text_encoder(model: CLIPTextModel, folder: Path) -> None:
    """Save under the names of the public files, all of which begin with ``text_model``."""
    folder.mkdir(parents=True, exist_ok=True)
    names = {f"text_model.{name.removeprefix('text_model.')}": name for name in model.state_dict()}
    tensors = {new: model.state_dict()[old].contiguous() for new, old in names.items()}
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    write_json(
        folder / "config.json", {**model.config.to_dict(), "architectures": ["CLIPTextModel"]}
    )


def write_adapter(folder: Path, seed: int = 0, has_mid_block: bool = True) -> None:
    save(tiny_adapter(seed, has_mid_block), folder)


def tiny_adapter(seed: int = 0, has_mid_block: bool = True, heads: int = HEADS) -> MotionAdapter:
    torch.manual_seed(100 + seed)
    return MotionAdapter(
        block_out_channels=CHANNELS,
        motion_layers_per_block=1,
        motion_num_attention_heads=heads,
        motion_max_seq_length=MAX_FRAMES,
        use_motion_mid_block=has_mid_block,
    )


def write_lightning(folder: Path) -> None:
    """Write AnimateDiff-Lightning's form: one file for each number of steps, and no config."""
    adapter = tiny_adapter(7, heads=8)
    for steps in (1, 2, 4, 8):
        path = folder / f"animatediff_lightning_{steps}step_diffusers.safetensors"
        save_file(adapter.state_dict(), path)


def write_lora(folder: Path, rank: int = 2, seed: int = 0) -> None:
    """Write AnimateLCM's LoRA, in the form of kohya's trainer."""
    unet = tiny_unet()
    tensors = kohya_lora(unet, "lora_unet", ("to_q", "to_k", "to_v", "to_out.0"), rank, seed)
    save_file(tensors, folder / "AnimateLCM_sd15_t2v_lora.safetensors")


def kohya_lora(
    model: nn.Module, prefix: str, layers: tuple[str, ...], rank: int = 2, seed: int = 0
) -> dict[str, Tensor]:
    """Return random LoRA weights for every linear layer whose name ends with one of ``layers``."""
    rng = torch.Generator().manual_seed(seed)
    tensors = {}
    for name, module in model.named_modules():
        if isinstance(module, nn.Linear) and name.endswith(layers):
            key = f"{prefix}_{name.replace('.', '_')}"
            down = torch.randn(rank, module.in_features, generator=rng)
            up = torch.randn(module.out_features, rank, generator=rng)
            tensors[f"{key}.lora_down.weight"] = 0.1 * down
            tensors[f"{key}.lora_up.weight"] = 0.1 * up
            tensors[f"{key}.alpha"] = torch.tensor(float(rank))
    return tensors


def write_controlnet(folder: Path, seed: int = 3) -> None:
    save(tiny_controlnet(seed), folder, "fp16")


def tiny_controlnet(seed: int = 3) -> ControlNetModel:
    """Return a ControlNet whose outputs are not zero, as those of an untrained one would be."""
    controlnet = ControlNetModel.from_unet(
        tiny_unet(), conditioning_channels=3, load_weights_from_unet=False,
        conditioning_embedding_out_channels=(8, 8, 16, 16),
    )  # fmt: skip
    rng = torch.Generator().manual_seed(seed)
    for parameter in controlnet.parameters():
        if parameter.abs().max() == 0 and parameter.ndim > 1:
            parameter.data = 0.2 * torch.randn(parameter.shape, generator=rng)
    return controlnet


def write_vae(folder: Path, seed: int = 0) -> None:
    """Write a VAE whose attention has the names that the public files still use."""
    vae = tiny_vae(seed)
    folder.mkdir(parents=True, exist_ok=True)
    vae.save_config(folder)
    tensors = {old_attention_name(name): value for name, value in vae.state_dict().items()}
    save_file(tensors, folder / "diffusion_pytorch_model.safetensors", {"format": "pt"})


def tiny_vae(seed: int = 0) -> AutoencoderKL:
    torch.manual_seed(200 + seed)
    return AutoencoderKL(
        block_out_channels=VAE_CHANNELS,
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=4,
        sample_size=64,
    )


def old_attention_name(name: str) -> str:
    """
    >>> old_attention_name("decoder.mid_block.attentions.0.to_out.0.bias")
    'decoder.mid_block.attentions.0.proj_attn.bias'
    """
    for new, old in (
        ("to_q", "query"),
        ("to_k", "key"),
        ("to_v", "value"),
        ("to_out.0", "proj_attn"),
    ):
        name = name.replace(f"attentions.0.{new}.", f"attentions.0.{old}.")
    return name


def write_tiny_vae(folder: Path) -> None:
    torch.manual_seed(300)
    vae = AutoencoderTiny(
        encoder_block_out_channels=(8,) * 4,
        decoder_block_out_channels=(8,) * 4,
        num_encoder_blocks=(1,) * 4,
        num_decoder_blocks=(1,) * 4,
    )
    save(vae, folder)


def write_ip_adapter(folder: Path) -> None:
    """Write an image encoder, and an IP-Adapter that turns what it sees into four more words."""
    torch.manual_seed(400)
    settings = CLIPVisionConfig(
        hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
        image_size=32, patch_size=16, projection_dim=IMAGE_WIDTH,
    )  # fmt: skip
    encoder = folder / "models" / "image_encoder"
    write_json(encoder / "config.json", settings.to_dict())
    tensors = CLIPVisionModelWithProjection(settings).state_dict()
    save_file(tensors, encoder / "model.safetensors", {"format": "pt"})
    tensors = {
        "image_proj.proj.weight": 0.3 * torch.randn(4 * TEXT_WIDTH, IMAGE_WIDTH),
        "image_proj.proj.bias": torch.zeros(4 * TEXT_WIDTH),
        "image_proj.norm.weight": torch.ones(TEXT_WIDTH),
        "image_proj.norm.bias": torch.zeros(TEXT_WIDTH),
    }
    layers = [
        module
        for name, module in tiny_unet().named_modules()
        if name.endswith("attn2") and "motion" not in name
    ]
    for number, layer in enumerate(layers):
        for part in ("to_k_ip", "to_v_ip"):
            weight = 0.3 * torch.randn(layer.inner_dim, TEXT_WIDTH)
            tensors[f"ip_adapter.{2 * number + 1}.{part}.weight"] = weight
    save_file(tensors, folder / "models" / "ip-adapter_sd15.safetensors")


def with_random_norms(model: nn.Module) -> Any:
    """Give norms weights other than 1, so that a test sees when one is left out."""
    for module in model.modules():
        if isinstance(module, nn.LayerNorm):
            nn.init.normal_(module.weight, 1.0, 0.2)
    return model


def save(model: Any, folder: Path, *variants: str) -> None:
    """Save a diffusers model, and again as half precision for each variant."""
    model.save_pretrained(folder)
    for variant in variants:
        model.half().save_pretrained(folder, variant=variant)
        model.float()


def write_json(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2))
