"""Make the networks faster without changing what they compute."""

import os
import tempfile
from pathlib import Path

import torch
from torch import nn

from pose2video.diffusion.control import embed_once
from pose2video.diffusion.weights.models import Models

CACHE = Path("~/.cache/music2dance/compiled")
"""Compiled kernels are kept there, so that only the first render waits for them."""
CACHE_VARIABLE = "TORCHINDUCTOR_CACHE_DIR"
WORTHWHILE_WINDOWS = 3000
"""Windows, over all steps, from which compiling, about a minute and a half, pays for itself: an
estimate for a large GPU; ``python -m benchmarks.diffusion arranged compiled`` gives both times."""


def arrange_for_speed(models: Models) -> None:
    """Lay weights out in memory as a GPU's convolutions like them."""
    networks: list[nn.Module] = [models.unet, *models.controlnets, models.vae]
    for network in networks:
        network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]


def compile_networks(models: Models) -> None:
    """Compile the networks; they are compiled again for every new shape, and windows have one."""
    keep_compiled(CACHE.expanduser())
    for controlnet in models.controlnets:
        embed_once(controlnet)
    if models.image_encoder is None:  # an IP-Adapter's layers have projections of their own
        models.unet.fuse_qkv_projections()
    for network in (models.unet, *models.controlnets, models.vae.decoder):
        network.compile(fullgraph=True, dynamic=False)


def keep_compiled(folder: Path) -> None:
    """Let compiled kernels be kept in ``folder``, unless the user has chosen another place.

    What torch chooses on its own lies in the temporary folder, which is emptied.
    """
    chosen = os.environ.get(CACHE_VARIABLE)
    if chosen is None or Path(chosen).parent == Path(tempfile.gettempdir()):
        os.environ[CACHE_VARIABLE] = str(folder)


def is_worthwhile(choice: str, device: str, num_windows: int) -> bool:
    """Return whether to compile, for ``choice`` on, off or auto."""
    if choice == "auto":
        return torch.device(device).type != "cpu" and num_windows >= WORTHWHILE_WINDOWS
    return choice == "on"
