"""Turn latents into pictures a few at a time, straight into the stream of frames."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pose2video.diffusion.memory import DeviceMemory, MemoryMode

DECODED_CHUNK = 16
"""Frames that are decoded, kept on disk and handed on together."""

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

    Shape:
        latents: (N, 4, h, w) float32
        returns: (N, H, W, 3) uint8 RGB
    """

    def work(mode: MemoryMode) -> np.ndarray:
        if mode.is_moved:
            vae.enable_tiling()
        parts = latents.split(mode.decoded_frames)
        return np.concatenate([_decode(vae, part) for part in parts])

    return memory.attempt(work)


@torch.inference_mode()
def _decode(vae: Any, latents: Tensor) -> np.ndarray:
    """Return the pictures of latents (N, 4, h, w), decoded at once: (N, H, W, 3) uint8 RGB."""
    scaled = (latents / vae.config.scaling_factor).to(vae.device, vae.dtype)
    pictures = vae.decode(scaled).sample.float()
    pictures = (pictures / 2 + 0.5).clamp(0, 1).mul(255).round().byte()
    return pictures.permute(0, 2, 3, 1).cpu().numpy()
