"""Run a training: epochs, log, best weights, and the state to go on from, all in its folder."""

import json
import logging
import math
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import nn
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

from checkpoints.files import whole_file
from checkpoints.store import find_model
from music2pose.training import Losses, TrainState
from pipelines import VideoError
from pipelines.renderer_targets import check_target
from pipelines.runtime import resolve_device
from pipelines.training_settings import TrainingRun

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
        """Return the best score so far, -inf before any."""
        judged = (line["validation"] for line in self.lines())
        return max((figures["score"] for figures in judged if figures), default=-math.inf)

    def write(self, step: int, losses: dict[str, float], figures: dict[str, float]) -> None:
        with self.path.open("a") as file:
            line = {"step": step, "losses": losses, "validation": figures}
            file.write(json.dumps(line) + "\n")
        for group, values in (("loss", losses), ("validation", figures)):
            for name, value in values.items():
                self.board.add_scalar(f"{group}/{name}", value, step)
        self.board.flush()


def run_training(
    run: TrainingRun,
    state: TrainState,
    steps: Iterator[Losses],
    validate: Callable[[], dict[str, float]],
    about: dict[str, Any],
) -> Path:
    """Train to the end, or go on where the same command stopped; return the best weights' folder.

    The output folder then holds ``config.json`` (the run), ``metrics.jsonl`` (losses and
    validation), ``state.pt`` (to resume), ``best`` and ``last`` (weights as they are shipped), and
    TensorBoard's event files.

    Args:
        steps: ``music2pose.training.train`` of ``state``.
        validate: called at the end of every epoch; returns figures, among them ``score``, which
            is the higher the better, or nothing where there is nothing to be judged yet.
        about: what to tell with the weights, beside step and figures.
    """
    if (saved := load_state(run.output)) is not None:
        state.load_state_dict(saved)
    log = RunLog(run.output, run.as_dict(), state.step)
    num_steps = state.config.num_steps
    with tqdm(total=num_steps, initial=state.step, unit="step", desc=run.output.name) as bar:
        for losses in epoch_means(steps, state, bar):
            if state.accelerator.is_main_process:
                keep_epoch(run.output, state, log, losses, validate(), about)
                bar.set_postfix(best=f"{log.best_score():.3f}")
    return run.output / "best"


def epoch_means(steps: Iterable[Losses], state: TrainState, bar: tqdm) -> Iterator[Losses]:
    """Train, and yield the mean of every loss at the end of each epoch and of the training."""
    config = state.config
    values: dict[str, list[float]] = {}
    for losses in steps:
        bar.update()
        for name, value in losses.items():
            values.setdefault(name, []).append(value)
        if state.step % config.steps_per_epoch == 0 or state.step == config.num_steps:
            yield {name: float(np.mean(each)) for name, each in values.items()}
            values.clear()


def keep_epoch(
    output: Path,
    state: TrainState,
    log: RunLog,
    losses: Losses,
    figures: dict[str, float],
    about: dict[str, Any],
) -> None:
    """Log an epoch and keep its state, and if it was judged its weights, also as the best if so."""
    best = log.best_score()
    counters = {"learning_rate": state.learning_rate, "skipped": state.skipped}
    log.write(state.step, losses | counters, figures)
    if figures:
        state.plateau.update(figures["score"])
        about = about | {"step": state.step, "validation": figures}
        save_weights(state.ema, output / "last", about)
        if figures["score"] > best:
            save_weights(state.ema, output / "best", about)
    save_state(state.state_dict(), output)


def save_weights(model: nn.Module, folder: Path, about: dict[str, Any]) -> None:
    """Save a model as ``config.json`` and ``model.safetensors``, ``training.json`` beside them."""
    assert isinstance(model, PyTorchModelHubMixin)
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


def check_run(run: TrainingRun, targets: Sequence[str] = (), models: Sequence[str] = ()) -> None:
    """Make sure, before any long work, that the device is here and a resumed run is the same.

    Args:
        targets: performers that must be there.
        models: weights that must be there, beside those to go on from.

    Raises:
        VideoError, RenderError, CheckpointError: they are not, or ``run.output`` holds a training
            with other settings.
    """
    resolve_device(run.device)
    for name in targets:
        check_target(name)
    for name in (*models, *([] if run.model is None else [run.model])):
        find_model(name)
    path = run.output / "config.json"
    if not path.exists():
        return
    saved, settings = json.loads(path.read_text()), run.as_dict()
    changed = [n for n in settings if n not in run.places and saved.get(n) != settings[n]]
    if changed:
        raise VideoError(
            f"{run.output} holds a training with other settings ({', '.join(changed)}); "
            "give them again as they were, or another output folder"
        )
