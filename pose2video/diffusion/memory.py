"""Fit the work into the GPU's memory: a row of modes, from roomy to tight."""

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple, TypeVar

import psutil
import torch

from pose2video import RenderError

logger = logging.getLogger(__name__)

GIBIBYTE = 2**30
Value = TypeVar("Value")


class MemoryMode(NamedTuple):
    """How much is computed at once."""

    num_windows: int
    """Windows that are denoised at once."""
    decoded_frames: int
    """Frames that are decoded at once."""
    one_by_one: bool = False
    """The branches of guidance are computed one after the other."""
    is_moved: bool = False
    """A network is on the device only while it works; the decoder works in tiles if it must."""
    in_parts: bool = False
    """A window is denoised in shorter ones."""


MODES = {
    "roomy": MemoryMode(num_windows=4, decoded_frames=16),
    "usual": MemoryMode(num_windows=1, decoded_frames=4),
    "small": MemoryMode(num_windows=1, decoded_frames=2, one_by_one=True),
    "tight": MemoryMode(num_windows=1, decoded_frames=1, one_by_one=True, is_moved=True),
    "least": MemoryMode(
        num_windows=1, decoded_frames=1, one_by_one=True, is_moved=True, in_parts=True
    ),
}
"""Roomiest first."""
USABLE = 0.9
"""Share of the free memory that is counted on; the rest goes to pieces between what is held."""


class DeviceMemory:
    """The mode in force; it goes one step down whenever the device runs out of memory."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.rearrange: Callable[[], object] = lambda: None
        """Puts the networks where the mode in force wants them."""

    @property
    def mode(self) -> MemoryMode:
        return MODES[self.name]

    def attempt(self, work: Callable[[MemoryMode], Value]) -> Value:
        """Return what ``work`` returns, doing it again in a tighter mode if memory runs out.

        Raises:
            RenderError: not even the tightest mode fits.
        """
        before = self.name
        while True:
            with suppress(torch.OutOfMemoryError):
                if self.name != before:
                    self.rearrange()
                return work(self.mode)
            # Only now, as the error held on to all that had been computed.
            self._step_down()

    def _step_down(self) -> None:
        tighter = [*MODES][[*MODES].index(self.name) + 1 :]
        if not tighter:
            raise RenderError(
                "the device has too little memory even in the tightest mode; give a smaller "
                "--size, a shorter --context, or --device cpu"
            )
        logger.warning("out of memory in mode %r; going on in mode %r", self.name, tighter[0])
        self.name = tighter[0]
        release_memory()


def choose_mode(name: str, device: str, needed: Callable[[MemoryMode], float]) -> str:
    """Return the mode to begin with; ``auto`` is the roomiest that the free memory has room for.

    Args:
        needed: the GiB that the work takes in a mode.

    Raises:
        RenderError: there is no such mode.
    """
    if name in MODES:
        return name
    if name != "auto":
        raise RenderError(f"no memory mode {name!r}; choose one of auto, {', '.join(MODES)}")
    free = free_memory(device)
    if free is None:
        return "usual"
    usable = USABLE * free / GIBIBYTE
    fitting = (name for name, mode in MODES.items() if needed(mode) <= usable)
    return next(fitting, [*MODES][-1])


def check_memory(device: str, needed: int) -> None:
    """Make sure that ``needed`` bytes, those of the networks alone, are free.

    Raises:
        RenderError: they are not.
    """
    free = free_memory(device)
    if free is None:
        free = psutil.virtual_memory().available
    if needed > free:
        raise RenderError(
            f"too little memory: the networks alone take {needed / GIBIBYTE:.1f} GiB, and "
            f"{free / GIBIBYTE:.1f} GiB are free on {device}; close what uses it, or give another "
            "--device or --renderer"
        )


def free_memory(device: str) -> int | None:
    """Return the free bytes of a GPU; None for a device that shares the machine's memory."""
    if torch.device(device).type == "cpu":
        return None
    module = torch.get_device_module(device)
    return module.mem_get_info(device)[0] if hasattr(module, "mem_get_info") else None


def release_memory() -> None:
    """Give what is cached but unused back to the device."""
    if torch.accelerator.is_available():
        torch.get_device_module(torch.accelerator.current_accelerator()).empty_cache()
