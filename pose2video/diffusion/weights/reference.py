"""Let a picture say what the dancer and the scene look like: IP-Adapter.

The method is https://arxiv.org/abs/2308.06721: what an image encoder sees is given to the UNet as a
few more words, with attention of their own.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers.models.embeddings import ImageProjection
from diffusers.models.unets.unet_motion_model import UNetMotionModel
from PIL import Image, ImageOps, UnidentifiedImageError
from safetensors.torch import load_file
from torch import Tensor
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

from checkpoints import CheckpointError
from pose2video import RenderError

SCALE = 0.6
"""How much the picture counts beside the words; at 1 it would drown them."""
CLIP_MEAN, CLIP_STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
"""Of the red, green and blue of the pictures that CLIP was trained on."""
PARTS = ("image_proj", "ip_adapter")


def add_ip_adapter(unet: UNetMotionModel, path: Path) -> None:
    """Put an IP-Adapter's layers into the UNet.

    Raises:
        CheckpointError: the file holds something else.
    """
    parts: dict[str, dict[str, Tensor]] = {part: {} for part in PARTS}
    for name, value in load_file(path).items():
        part, _, rest = name.partition(".")
        if part not in parts:
            raise CheckpointError(f"{path} is no IP-Adapter (it holds {name}); give another one")
        parts[part][rest] = value
    unet._load_ip_adapter_weights([parts])
    processors: dict[str, Any] = unet.attn_processors
    for processor in processors.values():
        if hasattr(processor, "scale"):
            processor.scale = [SCALE]


@torch.inference_mode()
def embed_picture(
    unet: UNetMotionModel, encoder_folder: Path, picture: Image.Image
) -> tuple[list[Tensor], list[Tensor]]:
    """Return what the UNet is shown without and with the picture.

    The image encoder is large, needed once, and not kept.

    Shape:
        picture: any size, RGB
        returns: two lists of one tensor, (1, 1, C) or (1, 1, tokens, C)
    """
    encoder = load_encoder(encoder_folder)
    pixels = encoder_input(picture, encoder.config.image_size)
    projection: Any = unet.encoder_hid_proj
    if isinstance(projection.image_projection_layers[0], ImageProjection):
        seen = encoder(pixels).image_embeds
        unseen = torch.zeros_like(seen)
    else:
        seen = encoder(pixels, output_hidden_states=True).hidden_states[-2]
        blank = torch.zeros_like(pixels)
        unseen = encoder(blank, output_hidden_states=True).hidden_states[-2]
    return [unseen[None].to(unet.device)], [seen[None].to(unet.device)]


def load_encoder(folder: Path) -> Any:
    encoder = CLIPVisionModelWithProjection(CLIPVisionConfig.from_pretrained(folder))
    tensors = load_file(folder / "model.safetensors")
    encoder.load_state_dict({name: tensors[name] for name in encoder.state_dict()})
    return encoder.float().eval()


def encoder_input(picture: Image.Image, side: int) -> Tensor:
    """Return the middle of a picture as CLIP was trained to see it: (1, 3, side, side) float32."""
    square = ImageOps.fit(picture, (side, side), Image.Resampling.BICUBIC)
    pixels = torch.from_numpy(np.asarray(square, dtype=np.float32) / 255)
    pixels = (pixels - torch.tensor(CLIP_MEAN)) / torch.tensor(CLIP_STD)
    return pixels.permute(2, 0, 1)[None]


def load_picture(path: Path) -> Image.Image:
    """
    Raises:
        RenderError: the file is no picture.
    """
    try:
        with Image.open(path) as image:
            return image.convert("RGB")
    except FileNotFoundError as error:
        raise RenderError(f"no picture at --reference-image {path}; give a .png or .jpg") from error
    except (OSError, UnidentifiedImageError, ValueError, Image.DecompressionBombError) as error:
        raise RenderError(
            f"--reference-image {path} is no picture that can be read ({error}); give a .png or "
            ".jpg"
        ) from error
