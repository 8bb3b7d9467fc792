"""What every training leaves in its folder: settings, log, weights and the state to go on from."""

import json
import logging
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from huggingface_hub import PyTorchModelHubMixin
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

from checkpoints.files import whole_file
from pipelines import VideoError

logger = logging.getLogger(__name__)


class RunLog:
    """The readable trace of a run: ``config.json``, ``metrics.jsonl`` and TensorBoard scalars.

    Lines after ``step`` are those of work that was lost when the run stopped, and are left out.
    """

    def __init__(self, output: Path, settings: dict[str, Any], step: int) -> None:
        self.path = output / "metrics.jsonl"
        lines = [line for line in self.lines() if line["step"] <= step]
        self.path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        (output / "config.json").write_text(json.dumps(settings, indent=2) + "\n")
        self.board = SummaryWriter(str(output), purge_step=step + 1)

    def lines(self) -> list[dict[str, Any]]:
        if not self.path.exists():
            return []
        lines = self.path.read_text().splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.endswith("}\n")]

    def best_score(self) -> float:
        return max((line["validation"].get("score", -1.0) for line in self.lines()), default=-1.0)

    def write(self, step: int, losses: dict[str, float], figures: dict[str, float]) -> None:
        with self.path.open("a") as file:
            line = {"step": step, "losses": losses, "validation": figures}
            file.write(json.dumps(line) + "\n")
        for group, values in (("loss", losses), ("validation", figures)):
            for name, value in values.items():
                self.board.add_scalar(f"{group}/{name}", value, step)
        self.board.flush()


class Stepped(Protocol):
    """A state of training that knows how many steps it has taken."""

    step: int


def epochs(
    steps: Iterable[dict[str, float]], state: Stepped, bar: tqdm, steps_per_epoch: int
) -> Iterator[dict[str, float]]:
    """Train, and yield the mean of every loss at the end of each epoch and of the training."""
    sums: dict[str, list[float]] = {}
    for losses in steps:
        bar.update()
        for name, value in losses.items():
            sums.setdefault(name, []).append(value)
        if state.step % steps_per_epoch == 0 or state.step == bar.total:
            yield {name: float(np.mean(values)) for name, values in sums.items()}
            sums.clear()


def save_weights(model: PyTorchModelHubMixin, folder: Path, about: dict[str, Any]) -> None:
    """Save a model as ``config.json`` and ``model.safetensors``, ``training.json`` beside them."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as made:
        model.save_pretrained(made)
        for name in ("config.json", "model.safetensors"):
            with whole_file(folder / name) as path:
                shutil.copyfile(Path(made) / name, path)
    with whole_file(folder / "training.json") as path:
        path.write_text(json.dumps(about, indent=2) + "\n")


def save_state(state: dict[str, Any], output: Path) -> None:
    """Save everything needed to resume, tensors and plain values; whole or not at all."""
    with whole_file(output / "state.pt") as path:
        torch.save(state, path)


def load_state(output: Path) -> dict[str, Any] | None:
    """Return the state that the same command left, or None if it left none."""
    path = output / "state.pt"
    if not path.exists():
        return None
    state = torch.load(path, map_location="cpu", weights_only=True)
    logger.info("resumed at step %d", state["step"])
    return state


def check_settings(output: Path, settings: dict[str, Any], places: tuple[str, ...]) -> None:
    """Make sure that a run in ``output``, if there is one, has the same settings.

    Args:
        places: settings that may differ all the same.

    Raises:
        VideoError: it has others.
    """
    path = output / "config.json"
    if not path.exists():
        return
    saved = json.loads(path.read_text())
    changed = [
        name for name in settings if name not in places and saved.get(name) != settings[name]
    ]
    if changed:
        raise VideoError(
            f"{output} holds a training with other settings ({', '.join(changed)}); "
            "give them again as they were, or another output folder"
        )
