"""Train the pose estimator: pictures, log, validation, sample sheets, weights and resume."""

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from checkpoints.store import find_model, load_model
from pipelines import VideoError
from pipelines.renderer_targets import check_target, load_target
from pipelines.runtime import accelerator_on, resolve_device
from pipelines.training_run import (
    RunLog,
    check_settings,
    epochs,
    load_state,
    save_state,
    save_weights,
)
from pose2video.draw import draw_skeleton
from pose2video.learned.generator import PictureGenerator
from pose2video.learned.networks import GeneratorInput
from pose2video.nadsnet.estimator import ESTIMATOR_PRESETS, EstimatorConfig, PoseEstimator
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
from pose2video.nadsnet.train import (
    EstimatorTraining,
    LossWeights,
    TrainState,
    find_poses,
    judge,
    new_state,
    train,
)
from pose2video.performer.performer import Performer
from pose2video.pictures import save_picture

logger = logging.getLogger(__name__)

PLACES = ("device", "output")
"""What may differ when a run is resumed."""
MOST_VALIDATION_FRAMES = 160
VALIDATION_FIGURES = 160
VALIDATION_SEED = 99
"""Of the figures' bodies, looks and scenes."""
TARGET_SIZE = 256
"""Of the pictures that are cut from a video."""
SHEET_COLUMNS, SHEET_ROWS = 8, 3
GENERATED_SHARE = 0.5


@dataclass(frozen=True)
class EstimatorRun:
    """What to train, on whom, and where to keep it."""

    targets: tuple[str, ...] = ()
    """Performers' folders, videos, or ``mannequin``; figures are always drawn beside them."""
    output: Path = Path("runs/pose_estimator")
    preset: str = "base"
    model: str | None = None
    """A trained one to go on from; its widths and depths override the preset's."""
    size: int | None = None
    """Of the square pictures it looks at, in pixels; None: as the preset or ``model`` does."""
    generator: str | None = None
    """A trained spade renderer, which draws half of each batch in changed arm poses."""
    train: EstimatorTraining = field(default_factory=EstimatorTraining)
    weights: LossWeights = field(default_factory=LossWeights)
    device: str = "auto"
    mixed_precision: str = "no"

    def __post_init__(self) -> None:
        if self.preset not in ESTIMATOR_PRESETS:
            names = ", ".join(ESTIMATOR_PRESETS)
            raise VideoError(f"unknown preset {self.preset!r}; choose one of {names}")
        self.sized(ESTIMATOR_PRESETS[self.preset])
        if self.mixed_precision not in ("no", "bf16", "fp16"):
            raise VideoError(f"unknown precision {self.mixed_precision!r}; choose no, bf16 or fp16")
        if (self.generator is None) != (self.train.limb_poses is None):
            raise VideoError(
                "limb poses need both: --limb-poses slight or high, and --generator with the "
                "folder of a trained spade renderer"
            )
        if self.generator is not None and not self.targets:
            raise VideoError("limb poses change those of a performer; give one with --target")

    def sized(self, config: EstimatorConfig) -> EstimatorConfig:
        """Return the settings of a network for pictures of the wanted size."""
        if self.size is None:
            return config
        try:
            return replace(config, picture_size=self.size)
        except ValueError as error:
            raise VideoError(str(error)) from error

    def as_dict(self) -> dict:
        return json.loads(json.dumps(asdict(self), default=str))


def train_pose_estimator(run: EstimatorRun) -> Path:
    """Train the pose estimator, or go on where the same command stopped; return its best weights.

    The output folder holds ``config.json`` (the run), ``metrics.jsonl``, ``state.pt`` (to
    resume), ``best`` and ``last`` (weights as they are shipped), and ``samples`` with what the
    pose estimator finds in frames held out.
    """
    check_run(run)
    run.output.mkdir(parents=True, exist_ok=True)
    accelerator = accelerator_on(run.device, run.mixed_precision)
    trained = None if run.model is None else load_model(PoseEstimator, run.model)
    network = run.sized(ESTIMATOR_PRESETS[run.preset] if trained is None else trained.config)
    state = new_state(network, run.train, run.weights, accelerator, trained)
    saved = load_state(run.output)
    if saved is not None:
        state.load_state_dict(saved)
    performers = [
        load_target(name, run.output, TARGET_SIZE, resolve_device(run.device))
        for name in run.targets
    ]
    sampler = new_sampler(run, performers, state.ema.config.picture_size)
    validation = validation_pictures(performers, state.ema.config.picture_size)
    log = RunLog(run.output, run.as_dict(), state.step)
    bar = tqdm(total=run.train.num_steps, initial=state.step, unit="step", desc="pose-estimator")
    for means in epochs(train(state, sampler), state, bar, run.train.steps_per_epoch):
        score = report(state, run, validation, log, means)
        bar.set_postfix(pck=f"{score:.3f}")
    bar.close()
    return run.output / "best"


def check_run(run: EstimatorRun) -> None:
    """Make sure, before any long work, that device, targets and weights are there."""
    resolve_device(run.device)
    for name in run.targets:
        check_target(name)
    for name in (run.model, run.generator):
        if name is not None:
            find_model(name)
    check_settings(run.output, run.as_dict(), PLACES)


def new_sampler(
    run: EstimatorRun, performers: Sequence[Performer], size: int
) -> PosedPictureSampler:
    """Return where batches come from: figures, performers, nobody, and perhaps changed arm poses.

    A performer counts by the square root of its frames, so that a short clip is not drowned.
    """
    config = run.train
    kept_size = round(size * SPARE_SIZE)
    figures = figure_pictures(
        written_poses(config.seed), config.num_figures, kept_size, config.seed
    )
    sources: list[PictureSource] = [StoredPictures(figures)]
    shares = [config.figures if performers else 1.0]
    known = [performer_pictures(item, item.training, kept_size) for item in performers]
    roots = np.sqrt([len(part.pictures) for part in known])
    for part, root in zip(known, roots, strict=True):
        sources.append(StoredPictures(part))
        shares.append(float((1 - config.figures) * root / roots.sum()))
    everybody = concatenated(known) if known else figures
    if run.generator is not None and config.limb_poses is not None:
        drawer = load_drawer(run.generator, resolve_device(run.device))
        shares = [(1 - GENERATED_SHARE) * share for share in shares] + [GENERATED_SHARE]
        sources.append(DrawnLimbPoses(StoredPictures(everybody), drawer, config.limb_poses))
    shares = [(1 - config.empty) * share for share in shares] + [config.empty]
    sources.append(EmptyScenes(everybody))
    return PosedPictureSampler(sources, shares, config.batch_size, size, config.seed)


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
            steps = np.linspace(0, len(held_out) - 1, min(len(held_out), MOST_VALIDATION_FRAMES))
            chosen = held_out[steps.round().astype(int)]
            pictures[performer.folder.name] = performer_pictures(performer, chosen, size)
    return pictures


def report(
    state: TrainState,
    run: EstimatorRun,
    validation: dict[str, PosedPictures],
    log: RunLog,
    losses: dict[str, float],
) -> float:
    """Validate, log and save; return the score: PCK over the performers' frames, else figures'."""
    figures: dict[str, float] = {}
    for name, content in validation.items():
        figures |= {f"{key}_{name}": value for key, value in judge(state.ema, content).items()}
    names = [name for name in validation if name != "figures"] or ["figures"]
    counts = [len(validation[name].pictures) for name in names]
    score = float(np.average([figures[f"pck_{name}"] for name in names], weights=counts))
    figures["score"] = score
    best = log.best_score()
    rate = state.optimizer.param_groups[0]["lr"]
    log.write(state.step, losses | {"learning_rate": rate, "skipped": state.skipped}, figures)
    state.plateau.update(score, run.train)
    save_sheet(state.ema, validation[names[0]], run.output / "samples" / f"{state.step:06d}.png")
    about = describe(run, state.step, figures)
    save_weights(state.ema, run.output / "last", about)
    if score > best:
        save_weights(state.ema, run.output / "best", about)
    save_state(state.state_dict(), run.output)
    return score


def describe(run: EstimatorRun, step: int, figures: dict[str, float]) -> dict:
    """Return what there is to know of weights: settings, data (without its places) and figures."""
    settings = {name: value for name, value in run.as_dict().items() if name not in PLACES}
    settings["targets"] = [Path(name).name for name in run.targets]
    for name in ("model", "generator"):
        settings[name] = settings[name] and Path(settings[name]).name
    return settings | {"step": step, "validation": figures}


def save_sheet(model: PoseEstimator, content: PosedPictures, path: Path) -> None:
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
