"""Write small random models in the form of the public ones, repository by repository.

Every repository holds the files that its page on the Hugging Face Hub lists, and no kinder ones:
half precision only where there is half precision, pickles beside or instead of safetensors, configs
with the keys of their time, and the names of weights as they are inside the files.
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

from pose2video.diffusion.weights.hub import Name
from tests.pose2video.diffusion.tiny_single_file import write_single_file
from tests.pose2video.diffusion.tiny_tokenizer import draw_merges, vocabulary, write_tokenizer

CHANNELS = (32, 64)
HEADS = 2
TEXT_WIDTH = 32
IMAGE_WIDTH = 16
VAE_CHANNELS = (8, 8, 8, 16)
"""Four levels, as the public decoder has, so that a latent is an eighth of the picture."""
MAX_FRAMES = 32

OLD_CONFIGS = {
    "UNet2DConditionModel": (
        "act_fn", "attention_head_dim", "block_out_channels", "center_input_sample",
        "cross_attention_dim", "down_block_types", "downsample_padding", "flip_sin_to_cos",
        "freq_shift", "in_channels", "layers_per_block", "mid_block_scale_factor", "norm_eps",
        "norm_num_groups", "out_channels", "sample_size", "up_block_types",
    ),
    "ControlNetModel": (
        "act_fn", "attention_head_dim", "block_out_channels", "class_embed_type",
        "conditioning_embedding_out_channels", "controlnet_conditioning_channel_order",
        "cross_attention_dim", "down_block_types", "downsample_padding", "flip_sin_to_cos",
        "freq_shift", "in_channels", "layers_per_block", "mid_block_scale_factor", "norm_eps",
        "norm_num_groups", "num_class_embeds", "only_cross_attention",
        "projection_class_embeddings_input_dim", "resnet_time_scale_shift", "upcast_attention",
        "use_linear_projection",
    ),
    "MotionAdapter": (
        "block_out_channels", "motion_layers_per_block", "motion_max_seq_length",
        "motion_mid_block_layers_per_block", "motion_norm_num_groups",
        "motion_num_attention_heads", "use_motion_mid_block",
    ),
    "AutoencoderKL": (
        "act_fn", "block_out_channels", "down_block_types", "in_channels", "latent_channels",
        "layers_per_block", "norm_num_groups", "out_channels", "sample_size", "up_block_types",
    ),
    "CLIPTextConfig": (
        "architectures", "attention_dropout", "bos_token_id", "eos_token_id",
        "hidden_act", "hidden_size", "initializer_factor", "initializer_range",
        "intermediate_size", "layer_norm_eps", "max_position_embeddings", "model_type",
        "num_attention_heads", "num_hidden_layers", "pad_token_id", "projection_dim", "vocab_size",
    ),
}  # fmt: skip
"""What the public ``config.json`` of a class say; libraries fill in what came later."""

SIZES = ("", ".fp16")
"""Both forms of weights; some repositories have the first alone."""

TOONYOU = "frankjoshua/toonyou_beta6/toonyou_beta6.safetensors"


def write_hub(cache: Path) -> None:
    """Write every repository that presets, styles and options name, as its page lists it."""
    write_bases(cache)
    adapters = (
        ("guoyww/animatediff-motion-adapter-v1-5-2", True),
        ("guoyww/animatediff-motion-adapter-v1-5-3", False),
        ("wangfuyun/AnimateLCM", True),
    )
    for seed, (name, has_mid_block) in enumerate(adapters):
        folder = write_repository(
            cache, name,
            lambda folder, seed=seed, mid=has_mid_block: write_adapter(folder, seed, mid),
        )  # fmt: skip
        if name.startswith("guoyww"):  # whose half precision is the full one once more
            half, full = (folder / f"diffusion_pytorch_model{size}.safetensors" for size in SIZES)
            full.resolve().write_bytes(half.read_bytes())
    write_repository(cache, "wangfuyun/AnimateLCM", write_lora)
    write_repository(cache, "ByteDance/AnimateDiff-Lightning", write_lightning)
    write_repository(cache, "lllyasviel/control_v11p_sd15_openpose", write_controlnet)
    write_repository(cache, "CiaraRowles/TemporalNet", lambda f: write_controlnet(f, seed=5))
    for seed, name in enumerate(("control_v11f1p_sd15_depth", "control_v11p_sd15_normalbae"), 6):
        write_repository(
            cache, f"lllyasviel/{name}", lambda f, seed=seed: write_controlnet(f, seed=seed)
        )
    write_repository(cache, "stabilityai/sd-vae-ft-mse", write_vae)
    write_repository(cache, "madebyollin/taesd", write_tiny_vae)
    write_repository(cache, "h94/IP-Adapter", write_ip_adapter)


def write_bases(cache: Path) -> None:
    bases: tuple[tuple[str, tuple[str, ...]], ...] = (
        ("stable-diffusion-v1-5/stable-diffusion-v1-5", SIZES),
        ("SG161222/Realistic_Vision_V5.1_noVAE", SIZES[:1]),
        ("emilianJR/epiCRealism", SIZES[:1]),
        ("Lykon/dreamshaper-8", SIZES),
    )
    for seed, (name, sizes) in enumerate(bases):
        write_repository(cache, name, lambda f, s=seed, sizes=sizes: write_base(f, s, sizes))
    write_repository(cache, Name.parse(TOONYOU).repository, write_toonyou)


def write_toonyou(folder: Path, seed: int = 7) -> None:
    """Write a folder of pickles, and beside it the same model as one file."""
    write_base(folder, seed, sizes=())
    for part, name in (("unet", "diffusion_pytorch"), ("text_encoder", "pytorch"),
                       ("vae", "diffusion_pytorch")):  # fmt: skip
        write_config_only(folder / part, f"{name}_model.bin")
    models = tiny_unet(seed), tiny_text_encoder(seed), tiny_vae(seed)
    write_single_file(folder / Name.parse(TOONYOU).file, *models)


def write_config_only(folder: Path, pickle: str) -> None:
    """Leave the config, and put a file in place of the weights that nobody may read."""
    for path in folder.glob("*.safetensors"):
        path.unlink()
    (folder / pickle).write_bytes(b"a pickle")


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


def write_base(folder: Path, seed: int = 0, sizes: tuple[str, ...] = SIZES) -> None:
    """Write a base model in the layout of stable-diffusion-v1-5."""
    write_json(folder / "model_index.json", {"_class_name": "StableDiffusionPipeline"})
    write_json(folder / "scheduler" / "scheduler_config.json", SCHEDULER)
    write_tokenizer(folder / "tokenizer")
    save(tiny_unet(seed), folder / "unet", sizes)
    save_text_encoder(tiny_text_encoder(seed), folder / "text_encoder", sizes)
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


def save_text_encoder(model: CLIPTextModel, folder: Path, sizes: tuple[str, ...] = SIZES) -> None:
    """Save under the names of the public files, all of which begin with ``text_model``."""
    folder.mkdir(parents=True, exist_ok=True)
    names = {f"text_model.{name.removeprefix('text_model.')}": name for name in model.state_dict()}
    tensors = {new: model.state_dict()[old].contiguous() for new, old in names.items()}
    tensors["text_model.embeddings.position_ids"] = torch.arange(77)[None]
    save_sizes(tensors, folder, "model", sizes)
    config = {**model.config.to_dict(), "architectures": ["CLIPTextModel"]}
    write_json(
        folder / "config.json",
        {
            **{key: config[key] for key in OLD_CONFIGS["CLIPTextConfig"]},
            "dropout": 0.0,
            "torch_dtype": "float32",
            "transformers_version": "4.22.0.dev0",
        },
    )


def write_adapter(folder: Path, seed: int = 0, has_mid_block: bool = True) -> None:
    save(tiny_adapter(seed, has_mid_block), folder, SIZES)


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
    save(tiny_controlnet(seed), folder, SIZES)


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
    save_config(vae, folder)
    tensors = {old_attention_name(name): value for name, value in vae.state_dict().items()}
    save_sizes(tensors, folder, "diffusion_pytorch_model", SIZES[:1])


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


def save(model: Any, folder: Path, sizes: tuple[str, ...] = SIZES[:1]) -> None:
    """Save a diffusers model in the wanted sizes."""
    save_config(model, folder)
    save_sizes(model.state_dict(), folder, "diffusion_pytorch_model", sizes)


def save_config(model: Any, folder: Path) -> None:
    """Save a diffusers model's config as it was written when the public one was."""
    model.save_config(folder)
    path, name = folder / "config.json", type(model).__name__
    content = json.loads(path.read_text())
    kept = OLD_CONFIGS.get(name, tuple(content))
    versions = {"_class_name": name, "_diffusers_version": "0.6.0"}
    write_json(path, {key: content[key] for key in kept} | versions)


def save_sizes(tensors: dict[str, Tensor], folder: Path, name: str, sizes: tuple[str, ...]) -> None:
    """Save weights under a name, in full and in half precision where there is such a file."""
    for size in sizes:
        stored = {key: v.half() if size and v.is_floating_point() else v
                  for key, v in tensors.items()}  # fmt: skip
        save_file(stored, folder / f"{name}{size}.safetensors", {"format": "pt"})


def write_json(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2))
