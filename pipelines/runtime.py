"""Choose the device to compute on, by name."""

from typing import TYPE_CHECKING

import torch

from pipelines import VideoError

if TYPE_CHECKING:
    from accelerate import Accelerator


def resolve_device(name: str) -> str:
    """Return the device to use; ``auto`` takes the GPU where there is one.

    Raises:
        VideoError: there is no such device here.
    """
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if name not in available_devices():
        raise VideoError(
            f"device {name!r} is not here; choose one of auto, {', '.join(available_devices())}"
        )
    return name


def accelerator_on(name: str, mixed_precision: str) -> "Accelerator":
    """Return what trains on one device, or, started by ``accelerate launch``, on several."""
    from accelerate import Accelerator  # takes a second, and only training needs it

    device = resolve_device(name)
    if device.startswith("cuda:"):
        torch.cuda.set_device(device)
    return Accelerator(cpu=device == "cpu", mixed_precision=mixed_precision)


def available_devices() -> list[str]:
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    return ["cpu", *(["cuda"] if count else []), *(f"cuda:{index}" for index in range(count))]
