"""Run a training: epochs, log, best weights, and the state to go on from, all in its folder."""

import io
import json
import logging
import math
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
import torch
from huggingface_hub import PyTorchModelHubMixin
from safetensors import SafetensorError
from torch import nn
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

from checkpoints.files import whole_file
from checkpoints.foreign import (
    BROKEN_DATA,
    LARGEST_DATA,
    ForeignFileError,
    read_json_object,
    read_text,
    why,
)
from checkpoints.store import find_model
from music2pose.training import Losses, TrainState
from pipelines import VideoError
from pipelines.renderer_targets import check_target
from pipelines.runtime import resolve_device
from pipelines.training_settings import TrainingRun

logger = logging.getLogger(__name__)

DAMAGED = "delete the folder to begin anew, or give another one"


class RunLog:
    """The readable trace of a run: ``config.json``, ``metrics.jsonl`` and TensorBoard scalars.

    Lines after ``step`` are those of work that was lost when the run stopped, and are left out.
    """

    def __init__(self, output: Path, settings: dict[str, Any], step: int) -> None:
        self.path = output / "metrics.jsonl"
        lines = [line for line in self.lines() if line["step"] <= step]
        with whole_file(self.path) as path:
            path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        with whole_file(output / "config.json") as path:
            path.write_text(json.dumps(settings, indent=2) + "\n")
        self.board = SummaryWriter(str(output), purge_step=step + 1)

    def lines(self) -> list[dict[str, Any]]:
        if not self.path.exists():
            return []
        try:
            lines = read_text(self.path, LARGEST_DATA).splitlines(keepends=True)
            return [checked_line(json.loads(line)) for line in lines if line.endswith("}\n")]
        except (ForeignFileError, ValueError, RecursionError) as error:
            raise VideoError(f"{self.path} is damaged ({why(error)}); {DAMAGED}") from error

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


def checked_line(line: Any) -> dict[str, Any]:
    """Return a line of the log; raise ValueError where it is none of ours."""
    figures = line.get("validation") if isinstance(line, dict) else None
    has_score = figures == {} or (
        isinstance(figures, dict) and type(figures.get("score")) in (int, float)
    )
    if not has_score or type(line.get("step")) is not int:
        raise ValueError("a line without step and figures")
    return line


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
    config: Any = model.config
    with tempfile.TemporaryDirectory(dir=folder.parent) as made, disk_errors(folder):
        model.save_pretrained(made, config=config)
        for name in ("config.json", "model.safetensors"):
            with whole_file(folder / name) as path:
                shutil.copyfile(Path(made) / name, path)
    with whole_file(folder / "training.json") as path:
        path.write_text(json.dumps(about, indent=2) + "\n")


@contextmanager
def disk_errors(place: Path) -> Iterator[None]:
    """Let what safetensors says of a disk be what the system says."""
    try:
        yield
    except SafetensorError as error:
        if (found := re.search(r"os error (\d+)", str(error))) is None:
            raise
        raise OSError(int(found[1]), os.strerror(int(found[1])), str(place)) from error


def save_state(state: dict[str, Any], output: Path) -> None:
    """Save everything needed to resume, tensors and plain values; whole or not at all."""
    whole = io.BytesIO()  # torch says of a full disk what nobody understands
    torch.save(state, whole)
    with whole_file(output / "state.pt") as path, path.open("wb") as file:
        file.write(whole.getbuffer())


def load_state(output: Path) -> dict[str, Any] | None:
    """Return the state that the same command left, or None if it left none."""
    path = output / "state.pt"
    if not path.exists():
        return None
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        step = int(state["step"])
    except (*BROKEN_DATA, RuntimeError, UnpicklingError) as error:
        raise VideoError(f"{path} is damaged ({why(error)}); {DAMAGED}") from error
    logger.info("resumed at step %d", step)
    return state


def saved_settings(path: Path) -> dict[str, Any]:
    """Return the settings that a training has left; raise VideoError if they are damaged."""
    try:
        return read_json_object(path)
    except ForeignFileError as error:
        raise VideoError(f"{path} is damaged ({error}); {DAMAGED}") from error


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
    saved, settings = saved_settings(path), run.as_dict()
    changed = [n for n in settings if n not in run.places and saved.get(n) != settings[n]]
    if changed:
        raise VideoError(
            f"{run.output} holds a training with other settings ({', '.join(changed)}); "
            "give them again as they were, or another output folder"
        )
