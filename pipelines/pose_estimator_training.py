"""Train the pose estimator: pictures, validation and sample sheets."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from checkpoints.store import load_model
from music2pose.training import train
from pipelines import VideoError
from pipelines.renderer_targets import load_target
from pipelines.runtime import accelerator_on, resolve_device
from pipelines.training_run import check_run, run_training
from pipelines.training_settings import EstimatorRun
from pose2video.draw import draw_skeleton
from pose2video.learned.generator import PictureGenerator
from pose2video.learned.networks import GeneratorInput
from pose2video.nadsnet.estimator import PoseEstimator
from pose2video.nadsnet.figures import written_poses
from pose2video.nadsnet.pictures import (
    SPARE_SIZE,
    Drawer,
    DrawnLimbPoses,
    EmptyScenes,
    PictureSource,
    PosedPictures,
    PosedPictureSampler,
    StoredPictures,
    concatenated,
    figure_pictures,
    performer_pictures,
)
from pose2video.nadsnet.train import find_poses, judge, new_state, train_step
from pose2video.performer.performer import Performer
from pose2video.pictures import save_picture

MAX_JUDGED_FRAMES = 160
"""Held-out frames of each performer that a validation looks at."""
VALIDATION_FIGURES = 160
VALIDATION_SEED = 99
"""Of the figures' bodies, looks and scenes."""
TARGET_SIZE = 256
"""Of the pictures that are cut from a video."""
SHEET_COLUMNS, SHEET_ROWS = 8, 3
GENERATED_SHARE = 0.5
"""Of a batch, where a generator draws changed arm poses."""


def train_pose_estimator(run: EstimatorRun) -> Path:
    """Train the pose estimator, or go on where the same command stopped; return its best weights.

    Beside what ``run_training`` leaves in the output folder, ``samples`` shows what it finds in
    held-out frames.
    """
    check_estimator_run(run)
    run.output.mkdir(parents=True, exist_ok=True)
    accelerator = accelerator_on(run.device, run.mixed_precision)
    device = resolve_device(run.device)
    trained = None if run.model is None else load_model(PoseEstimator, run.model)
    network = run.network(None if trained is None else trained.config)
    state = new_state(network, run.train, run.weights, accelerator, trained)
    performers = [load_target(name, run.output, TARGET_SIZE, device) for name in run.targets]
    sampler = new_sampler(run, performers, network.picture_size)
    validation = validation_pictures(performers, network.picture_size)
    shown = next((name for name in validation if name != "figures"), "figures")

    def judge_all() -> dict[str, float]:
        path = run.output / "samples" / f"{state.step:06d}.png"
        save_found_poses(state.ema, validation[shown], path)
        return validate_estimator(state.ema, validation)

    return run_training(run, state, train(state, sampler, train_step), judge_all, run.about())


def check_estimator_run(run: EstimatorRun) -> None:
    """Make sure, before any long work, that device, targets and weights are there.

    Raises:
        VideoError, RenderError, CheckpointError: they are not.
    """
    check_run(run, run.targets, [] if run.generator is None else [run.generator])


def validate_estimator(
    model: PoseEstimator, validation: dict[str, PosedPictures]
) -> dict[str, float]:
    """Return figures of each set of pictures, and the score: PCK over the performers' frames.

    Without performers the drawn figures count.
    """
    figures: dict[str, float] = {}
    for name, content in validation.items():
        figures |= {f"{key}_{name}": value for key, value in judge(model, content).items()}
    names = [name for name in validation if name != "figures"] or ["figures"]
    counts = [len(validation[name].pictures) for name in names]
    scores = [figures[f"pck_{name}"] for name in names]
    return figures | {"score": float(np.average(scores, weights=counts))}


def new_sampler(
    run: EstimatorRun, performers: Sequence[Performer], size: int
) -> PosedPictureSampler:
    """Return where batches come from: figures, performers, changed arm poses, and nobody."""
    config = run.train
    kept_size = round(size * SPARE_SIZE)
    figures = figure_pictures(
        written_poses(config.seed), config.num_figures, kept_size, config.seed
    )
    known = [performer_pictures(item, item.training, kept_size) for item in performers]
    everybody = concatenated(known) if known else figures
    sources: list[PictureSource] = [StoredPictures(part) for part in (figures, *known)]
    shares = source_shares([len(part.pictures) for part in known], config.figures)
    if run.generator is not None and config.limb_poses is not None:
        drawer = load_drawer(run.generator, resolve_device(run.device))
        sources.append(DrawnLimbPoses(StoredPictures(everybody), drawer, config.limb_poses))
        shares = [*((1 - GENERATED_SHARE) * share for share in shares), GENERATED_SHARE]
    sources.append(EmptyScenes(everybody))
    shares = [*((1 - config.empty) * share for share in shares), config.empty]
    return PosedPictureSampler(sources, shares, config.batch_size, size, config.seed)


def source_shares(performer_frames: Sequence[int], figures: float) -> list[float]:
    """Return the shares of a batch that figures and each performer have.

    A performer counts by the square root of its frames, so that a short clip is not drowned.

    >>> source_shares([100, 900], figures=0.5)
    [0.5, 0.125, 0.375]
    >>> source_shares([], figures=0.2)
    [1.0]
    """
    if not performer_frames:
        return [1.0]
    roots = np.sqrt(performer_frames)
    return [figures, *(float(share) for share in (1 - figures) * roots / roots.sum())]


def load_drawer(folder: str, device: str) -> Drawer:
    """Return what draws poses by a trained spade renderer, its looks in turn."""
    generator = load_model(PictureGenerator, folder, device)
    if not generator.uses_style_code:
        raise VideoError(
            f"{folder} holds a {generator.config.kind!r} renderer; limb poses are drawn by spade"
        )

    def draw(keypoints: Tensor, confidence: Tensor) -> Tensor:
        codes = generator.codes[torch.arange(len(keypoints)) % generator.config.num_looks]
        shown = GeneratorInput(keypoints.to(device), confidence.to(device), None, codes)
        return generator(shown).pictures

    return draw


def validation_pictures(performers: Sequence[Performer], size: int) -> dict[str, PosedPictures]:
    """Return pictures held out, by name: of each performer, and figures nobody trained on."""
    bodies = written_poses(VALIDATION_SEED)
    pictures = {"figures": figure_pictures(bodies, VALIDATION_FIGURES, size, VALIDATION_SEED)}
    for performer in performers:
        held_out = performer.validation
        if len(held_out):
            steps = np.linspace(0, len(held_out) - 1, min(len(held_out), MAX_JUDGED_FRAMES))
            chosen = held_out[steps.round().astype(int)]
            pictures[performer.folder.name] = performer_pictures(performer, chosen, size)
    return pictures


def save_found_poses(model: PoseEstimator, content: PosedPictures, path: Path) -> None:
    """Save pictures with what the pose estimator finds in them beside each."""
    count = min(SHEET_COLUMNS * SHEET_ROWS, len(content.pictures))
    chosen = np.linspace(0, len(content.pictures) - 1, count).round().astype(int)
    pictures = content.pictures[chosen]
    drawn = [overlaid(*item) for item in zip(pictures, *find_poses(model, pictures), strict=True)]
    rows = [
        np.concatenate([*part], axis=1)
        for start in range(0, count - SHEET_COLUMNS + 1, SHEET_COLUMNS)
        for part in (pictures[start : start + SHEET_COLUMNS], drawn[start : start + SHEET_COLUMNS])
    ]
    path.parent.mkdir(exist_ok=True)
    save_picture(path, np.concatenate(rows or [np.concatenate(drawn, 1)]))


def overlaid(picture: np.ndarray, keypoints: np.ndarray, confidence: np.ndarray) -> np.ndarray:
    """Return a picture with a skeleton over it, (H, W, 3) uint8."""
    skeleton = draw_skeleton(keypoints, confidence, picture.shape[1], picture.shape[0])
    covered = skeleton.max(axis=-1, keepdims=True) > 0
    return np.where(covered, skeleton, picture // 2)
