"""Turn latents into pictures a few at a time, straight into the stream of frames."""

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from pose2video.diffusion.finite import check_finite
from pose2video.diffusion.memory import DeviceMemory, MemoryMode, release_memory
from pose2video.diffusion.settings import LATENT_SCALE

logger = logging.getLogger(__name__)

DECODED_CHUNK = 16
"""Frames that are decoded, kept on disk and handed on together."""
TILE = 512
"""Pixels of a tile's side: as the usual picture's, so that it is seldom more than one."""
MOST_PIXELS = 2**31 // 256 - 1
"""Pixels of all frames decoded at once: more, with the decoder's 256 channels, are beyond what
convolutions of older torch count to (https://github.com/huggingface/diffusers/issues/3643)."""

Keep = Callable[[str, Callable[[], np.ndarray]], np.ndarray]
"""Name of a chunk and how to make it -> the chunk, perhaps made earlier."""


def decode_stream(
    vae: Any, latents: Tensor, memory: DeviceMemory, keep: Keep, name: str = "final"
) -> Iterator[np.ndarray]:
    """Yield the picture of every frame, never holding more than one chunk.

    Shape:
        latents: (F, 4, h, w) float32
        yields: (H, W, 3) uint8 RGB
    """
    for index, chunk in enumerate(latents.split(DECODED_CHUNK)):
        yield from keep(chunk_name(name, index), lambda chunk=chunk: decode(vae, chunk, memory))


def chunk_name(name: str, index: int) -> str:
    return f"{name}-{index:05d}"


def decode(vae: Any, latents: Tensor, memory: DeviceMemory) -> np.ndarray:
    """Return the pictures of some frames, retried in tighter modes of memory.

    Tiles show on plain backgrounds, so there are none until one frame alone does not fit.

    Shape:
        latents: (N, 4, h, w) float32
        returns: (N, H, W, 3) uint8 RGB

    Raises:
        RenderError: not even the tightest mode fits, or the pictures are no numbers.
    """

    def work(mode: MemoryMode) -> np.ndarray:
        if not mode.is_moved or vae.use_tiling:
            return decode_parts(vae, latents, mode)
        with suppress(torch.OutOfMemoryError):
            return decode_parts(vae, latents, mode)
        release_memory()
        cut_into_tiles(vae)
        return decode_parts(vae, latents, mode)

    return memory.attempt(work)


def cut_into_tiles(vae: Any) -> None:
    """Let the decoder work in tiles; of its own accord it would take them a quarter as large."""
    logger.warning("out of memory for one frame; decoding in tiles of %d pixels", TILE)
    vae.enable_tiling()
    vae.tile_sample_min_size = TILE
    vae.tile_latent_min_size = TILE // LATENT_SCALE


def decode_parts(vae: Any, latents: Tensor, mode: MemoryMode) -> np.ndarray:
    """Return the pictures of latents, as many decoded at once as the mode allows.

    Shape:
        latents: (N, 4, h, w) float32
        returns: (N, H, W, 3) uint8 RGB
    """
    most = MOST_PIXELS // (latents[0, 0].numel() * LATENT_SCALE**2)
    parts = latents.split(max(1, min(mode.decoded_frames, most)))
    return np.concatenate([decode_at_once(vae, part) for part in parts])


@torch.inference_mode()
def decode_at_once(vae: Any, latents: Tensor) -> np.ndarray:
    """Return the pictures of latents, tried again in full precision where half overflows.

    Shape:
        latents: (N, 4, h, w) float32
        returns: (N, H, W, 3) uint8 RGB
    """
    usual = vae.dtype
    pictures = vae_output(vae, latents)
    if usual != torch.float32 and not pictures.isfinite().all():
        nn.Module.to(vae, dtype=torch.float32)
        try:
            pictures = vae_output(vae, latents)
        finally:
            nn.Module.to(vae, dtype=usual)
    check_finite(pictures, "the decoder", torch.float32)
    pictures = (pictures / 2 + 0.5).clamp(0, 1).mul(255).round().byte()
    return pictures.permute(0, 2, 3, 1).cpu().numpy()


def vae_output(vae: Any, latents: Tensor) -> Tensor:
    """Return what the decoder makes of latents: (N, 4, h, w) -> (N, 3, H, W) float32 in [-1, 1]."""
    scaled = (latents / vae.config.scaling_factor).to(vae.device, vae.dtype)
    return vae.decode(scaled).sample.float()
