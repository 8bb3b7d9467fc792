"""A second pass against flicker: a ControlNet is shown the frame before, as first painted.

TemporalNet (https://huggingface.co/CiaraRowles/TemporalNet) is a ControlNet whose picture is the
frame before. Taken from an earlier pass, that picture is there for all frames at once, so windows
stay independent of each other.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from torch import Tensor

from pose2video.diffusion.decode import DECODED_CHUNK, chunk_name, decode_stream
from pose2video.diffusion.memory import DeviceMemory
from pose2video.diffusion.state import RenderState

TEMPORAL_START = 0.3
"""Share of the steps that the second pass leaves out, as it begins from the first pass's result."""


class FirstResult:
    """The pictures of the first pass, on disk."""

    def __init__(self, state: RenderState) -> None:
        self.state = state
        self._chunk: Callable[[int], np.ndarray] = lru_cache(2)(self._read)

    def keep(self, vae: Any, latents: Tensor, memory: DeviceMemory) -> None:
        """Decode the finished latents, (F, 4, h, w) float32, and keep their pictures."""
        for _ in decode_stream(vae, latents, memory, self.state.frames, "first"):
            pass

    def frames_before(self, frames: Sequence[int]) -> np.ndarray:
        """Return the picture before each frame, and for the first one its own.

        Shape:
            returns: (N, H, W, 3) uint8 RGB
        """
        places = [divmod(max(0, frame - 1), DECODED_CHUNK) for frame in frames]
        return np.stack([self._chunk(chunk)[place] for chunk, place in places])

    def _read(self, chunk: int) -> np.ndarray:
        return self.state.frames(chunk_name("first", chunk))
