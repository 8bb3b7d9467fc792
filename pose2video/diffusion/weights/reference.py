"""Condition on a reference picture of dancer and stage: IP-Adapter, by diffusers' own loader.

The method is https://arxiv.org/abs/2308.06721: what an image encoder sees is given to the UNet as a
few more words, with attention of their own.
"""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers.models.unets.unet_motion_model import UNetMotionModel
from diffusers.pipelines.animatediff.pipeline_animatediff import AnimateDiffPipeline
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor
from transformers import CLIPImageProcessor, CLIPVisionModelWithProjection

from checkpoints.foreign import BROKEN_DATA, ForeignFileError, open_file, why
from pose2video import RenderError
from pose2video.diffusion.weights.quiet import quiet_libraries

BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
"""What says that a picture has more than 89 million pixels."""
MOST_PIXELS = 2**26
"""Of a picture: a larger one takes gigabytes, and the encoder sees a few hundred a side."""
IP_ADAPTER_SCALE = 0.6
"""How much the picture counts beside the prompt; 1 follows it alone, by diffusers' guide."""


def add_ip_adapter(unet: UNetMotionModel, path: Path) -> None:
    """Put an IP-Adapter's layers into the UNet."""
    pipeline = reference_pipeline(unet)
    pipeline.load_ip_adapter(
        path.parent, "", path.name, image_encoder_folder=None, local_files_only=True
    )
    pipeline.set_ip_adapter_scale(IP_ADAPTER_SCALE)


@quiet_libraries()
@torch.inference_mode()
def embed_picture(
    unet: UNetMotionModel, encoder_folder: Path, picture: Image.Image
) -> tuple[Tensor, Tensor]:
    """Return what the UNet is shown without and with the picture, whose middle square counts.

    The image encoder is large, needed once, and not kept.

    Shape:
        picture: any size, RGB
        returns: two of (1, 1, C) or (1, 1, tokens, C)
    """
    encoder = CLIPVisionModelWithProjection.from_pretrained(
        encoder_folder, use_safetensors=True, local_files_only=True
    )
    side = encoder.config.image_size
    pipeline = reference_pipeline(
        unet,
        image_encoder=encoder.float().eval(),
        feature_extractor=CLIPImageProcessor(size=side, crop_size=side),
    )
    both = pipeline.prepare_ip_adapter_image_embeds(picture, None, encoder.device, 1, True)
    unseen, seen = both[0].to(unet.device).chunk(2)
    return unseen, seen


def reference_pipeline(unet: UNetMotionModel, **networks: Any) -> Any:
    """Return diffusers' pipeline, which knows about IP-Adapters, around a UNet alone."""
    kind: Any = AnimateDiffPipeline
    return kind(
        vae=None, text_encoder=None, tokenizer=None, unet=unet, motion_adapter=None,
        scheduler=None, **networks,
    )  # fmt: skip


def flattened(image: Image.Image) -> Image.Image:
    """Return a picture as RGB of 8 bits; what is transparent becomes white, as on paper."""
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) // 256).astype(np.uint8)).convert("RGB")
    if not image.has_transparency_data:
        return image.convert("RGB")
    shown = image.convert("RGBA")
    paper = Image.new("RGBA", shown.size, "white")
    return Image.alpha_composite(paper, shown).convert("RGB")


def load_picture(path: Path) -> Image.Image:
    """Return a picture as it is meant to be seen: upright, without transparency.

    Raises:
        RenderError: the file is no picture.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with open_file(path) as file, Image.open(file) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise ForeignFileError(f"it has {image.width}x{image.height} pixels")
                return flattened(ImageOps.exif_transpose(image))
    except (*BROKEN_DATA, *BOMBS) as error:
        # Pillow would name the open file, as Python shows it.
        is_unknown = isinstance(error, UnidentifiedImageError)
        reason = "its form is unknown" if is_unknown else why(error)
        raise RenderError(
            f"--reference-image {path} is no picture that can be read ({reason}); give a .png or "
            ".jpg"
        ) from error
