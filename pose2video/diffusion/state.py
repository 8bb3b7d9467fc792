"""Keep an unfinished render on disk, so that the same command goes on where it was stopped."""

import hashlib
import json
import logging
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from checkpoints.files import whole_file

logger = logging.getLogger(__name__)

LATENTS = "latents.safetensors"
OURS = re.compile(r"latents\.safetensors|frames-.*\.safetensors")


class RenderState:
    """The files of one render in one folder, each there whole or not at all.

    Files of another render (other poses, words, settings, models or versions, told apart by the
    fingerprint) are removed.
    """

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self.folder = folder
        self.fingerprint = fingerprint
        folder.mkdir(parents=True, exist_ok=True)
        for file in folder.iterdir():
            if OURS.fullmatch(file.name) and self._notes(file) is None:
                logger.info("%s belongs to another render and is removed", file)
                file.unlink()

    def load_latents(self) -> tuple[int, Tensor] | None:
        """Return how many denoising steps are done, and the latents (F, 4, h, w) after them."""
        found = self._read(self.folder / LATENTS)
        return None if found is None else (int(found[1]["steps"]), found[0])

    def save_latents(self, steps: int, latents: Tensor) -> None:
        """Keep the latents (F, 4, h, w) after so many denoising steps."""
        self._write(self.folder / LATENTS, latents, steps=str(steps))

    def frames(self, name: str, make: Callable[[], np.ndarray] | None = None) -> np.ndarray:
        """Return the frames (N, H, W, 3) kept under ``name``, made and kept if there are none."""
        path = self.folder / f"frames-{name}.safetensors"
        found = self._read(path)
        if found is not None:
            return found[0].numpy()
        assert make is not None, f"{path} must have been made before"
        frames = make()
        self._write(path, torch.from_numpy(frames))
        return frames

    def _write(self, path: Path, data: Tensor, **notes: str) -> None:
        with whole_file(path) as partial:
            notes["fingerprint"] = self.fingerprint
            save_file({"data": data.contiguous()}, partial, notes)

    def _read(self, path: Path) -> tuple[Tensor, dict[str, str]] | None:
        """Return a file's content and notes, or None for one that is not of this render."""
        notes = self._notes(path)
        return None if notes is None else (load_file(path)["data"], notes)

    def _notes(self, path: Path) -> dict[str, str] | None:
        try:
            with safe_open(path, "pt") as file:
                notes = file.metadata() or {}
        except (OSError, SafetensorError):
            return None
        return notes if notes.get("fingerprint") == self.fingerprint else None


def forget(folder: Path) -> None:
    """Remove the files of a render that is done, and the folder if nothing else is in it."""
    for file in folder.iterdir():
        if OURS.fullmatch(file.name):
            file.unlink()
    with suppress(OSError):
        folder.rmdir()


def fingerprint(facts: Mapping[str, Any], *arrays: np.ndarray) -> str:
    """Return a short text that is another for any other facts or arrays (of any shape).

    >>> fingerprint({"seed": 1}) == fingerprint({"seed": 2})
    False
    """
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode())
    for array in arrays:
        digest.update(str((array.shape, array.dtype)).encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:32]
