"""Train the pose estimator to find bodies in pictures."""

import copy
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.optim import Optimizer

from music2pose.loss_weights import ChangeableWeights
from music2pose.pose import PoseSequence
from music2pose.train import update_ema
from pose2video import RenderError
from pose2video.metrics.poses import correct_keypoints, mean_pose_error, missed_joints
from pose2video.nadsnet.augment import EstimatorBatch
from pose2video.nadsnet.decode import read_pose
from pose2video.nadsnet.estimator import MAP_STRIDE, EstimatorConfig, PoseEstimator
from pose2video.nadsnet.limb_poses import ARM_ANGLES
from pose2video.nadsnet.losses import map_terms
from pose2video.nadsnet.pictures import PosedPictures, PosedPictureSampler
from pose2video.nadsnet.targets import body_sizes, draw_targets
from pose2video.pictures import to_tensor

WARM_UP_STEPS = 100
SCHEDULES = ("plateau", "cosine")
FRACTIONS = ("figures", "empty", "plateau_factor", "ema_decay")


@dataclass(frozen=True)
class LossWeights(ChangeableWeights):
    """How much each kind of map counts."""

    error = RenderError

    heatmap: float = 1.0
    affinity: float = 0.5
    mask: float = 0.2


@dataclass(frozen=True)
class EstimatorTraining:
    num_steps: int = 10_000
    batch_size: int = 16
    learning_rate: float = 1e-3
    schedule: str = "plateau"
    """``plateau``: lower whenever validation stops getting better; ``cosine``: down to nothing."""
    plateau_factor: float = 0.5
    plateau_patience: int = 3
    """So many validations without a better one lower the learning rate."""
    steps_per_epoch: int = 250
    weight_decay: float = 0.02
    ema_decay: float = 0.998
    clip_norm: float = 1.0
    figures: float = 0.25
    """Share of drawn figures in a batch, where there are other pictures."""
    empty: float = 0.08
    """Share of pictures of nobody in a batch."""
    num_figures: int = 4000
    limb_poses: str | None = None
    """``slight`` or ``high``: half of each batch is drawn by a generator with other arms."""
    seed: int = 0

    def __post_init__(self) -> None:
        least = {"num_steps": 1, "batch_size": 2, "steps_per_epoch": 1, "num_figures": 1, "seed": 0}
        for name, low in least.items():
            if getattr(self, name) < low:
                raise RenderError(f"{name} must be at least {low}, got {getattr(self, name)}")
        for name in FRACTIONS:
            if not 0 <= getattr(self, name) <= 1:
                raise RenderError(f"{name} must be from 0 to 1, got {getattr(self, name)}")
        if not 0 < self.learning_rate < 1:
            raise RenderError(f"learning_rate must be between 0 and 1, got {self.learning_rate}")
        if self.schedule not in SCHEDULES:
            raise RenderError(
                f"unknown schedule {self.schedule!r}; choose one of {', '.join(SCHEDULES)}"
            )
        if self.limb_poses not in (None, *ARM_ANGLES):
            raise RenderError(
                f"unknown limb poses {self.limb_poses!r}; choose one of {', '.join(ARM_ANGLES)}"
            )


@dataclass
class Plateau:
    """Lower the learning rate when a score that should rise does not."""

    factor: float = 1.0
    best: float = -math.inf
    stale: int = 0

    def update(self, score: float, config: EstimatorTraining) -> None:
        self.stale = 0 if score > self.best else self.stale + 1
        self.best = max(self.best, score)
        if self.stale > config.plateau_patience:
            self.factor, self.stale = self.factor * config.plateau_factor, 0


@dataclass
class TrainState:
    """Everything a checkpoint needs to go on exactly where it stopped."""

    config: EstimatorTraining
    estimator: nn.Module  # a PoseEstimator, perhaps wrapped for several devices
    optimizer: Optimizer
    ema: PoseEstimator
    accelerator: Accelerator
    weights: LossWeights = field(default_factory=LossWeights)
    plateau: Plateau = field(default_factory=Plateau)
    step: int = 0
    skipped: int = 0
    """Updates left out because the loss or its gradient was not finite."""

    def state_dict(self) -> dict[str, object]:
        """Return tensors and plain numbers only, so that it loads without unpickling code."""
        estimator = self.accelerator.unwrap_model(self.estimator)
        parts = {"estimator": estimator, "optimizer": self.optimizer, "ema": self.ema}
        saved = {name: part.state_dict() for name, part in parts.items()}
        return saved | {
            "plateau": asdict(self.plateau),
            "step": self.step,
            "skipped": self.skipped,
        }

    def load_state_dict(self, saved: dict) -> None:
        self.accelerator.unwrap_model(self.estimator).load_state_dict(saved["estimator"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.ema.load_state_dict(saved["ema"])
        self.plateau = Plateau(**saved["plateau"])
        self.step, self.skipped = saved["step"], saved["skipped"]


def new_state(
    estimator_config: EstimatorConfig,
    config: EstimatorTraining,
    weights: LossWeights,
    accelerator: Accelerator,
    trained: PoseEstimator | None = None,
) -> TrainState:
    """Return a network and its optimiser, the same for the same seed.

    Args:
        trained: a pose estimator to go on from, of the same widths and depths.
    """
    torch.manual_seed(config.seed)
    estimator = PoseEstimator(estimator_config)
    if trained is not None:
        estimator.load_state_dict(trained.state_dict())
    ema = copy.deepcopy(estimator).requires_grad_(False).eval()
    optimizer = torch.optim.AdamW(
        estimator.parameters(), config.learning_rate, weight_decay=config.weight_decay
    )
    estimator, optimizer = accelerator.prepare(estimator, optimizer)
    return TrainState(
        config, estimator, optimizer, ema.to(accelerator.device), accelerator, weights
    )


def train(state: TrainState, sampler: PosedPictureSampler) -> Iterator[dict[str, float]]:
    """Train to the end, yielding the losses after every step.

    The caller logs, saves, validates, tells ``state.plateau`` of it, and stops.
    """
    while state.step < state.config.num_steps:
        yield train_step(state, sampler.batch(state.step).to(state.accelerator.device))


def train_step(state: TrainState, batch: EstimatorBatch) -> dict[str, float]:
    """Take one step on one batch; return every loss by name."""
    for group in state.optimizer.param_groups:
        group["lr"] = state.config.learning_rate * learning_rate_factor(state)
    state.estimator.train()
    with state.accelerator.autocast():
        found = state.estimator(batch.pictures)
    size = batch.pictures.shape[-1] // MAP_STRIDE
    true = draw_targets(batch.keypoints, batch.confidence, size)
    terms = map_terms(type(found)(*(part.float() for part in found)), true)
    weights = asdict(state.weights)
    loss = torch.stack([weights[name] * term for name, term in terms.items()]).sum()
    if update(state, loss):
        estimator = state.accelerator.unwrap_model(state.estimator)
        update_ema(state.ema, estimator, state.config.ema_decay, state.step)
    else:
        state.skipped += 1
    state.step += 1
    return {name: term.item() for name, term in {"loss": loss, **terms}.items()}


def update(state: TrainState, loss: Tensor) -> bool:
    """Take one step down ``loss``; return whether its gradient was finite and the step taken."""
    state.optimizer.zero_grad(set_to_none=True)
    if not torch.isfinite(loss):
        return False
    state.accelerator.backward(loss)
    norm = state.accelerator.clip_grad_norm_(state.estimator.parameters(), state.config.clip_norm)
    if norm is None or not math.isfinite(float(norm)):
        return False
    state.optimizer.step()
    return True


def learning_rate_factor(state: TrainState) -> float:
    """Return what the learning rate is multiplied by now."""
    warm_up = min(1.0, (state.step + 1) / WARM_UP_STEPS)
    if state.config.schedule == "cosine":
        return warm_up * 0.5 * (1 + math.cos(math.pi * state.step / state.config.num_steps))
    return warm_up * state.plateau.factor


def find_poses(
    model: PoseEstimator, pictures: np.ndarray, batch_size: int = 32
) -> tuple[np.ndarray, np.ndarray]:
    """Return the pose of the one person in each picture.

    Shape:
        pictures: (N, S, S, 3) uint8, S a multiple of 32
        returns: keypoints (N, 18, 2) as fractions of the picture, confidence (N, 18)
    """
    device = next(model.parameters()).device
    found = []
    with torch.no_grad():
        for start in range(0, len(pictures), batch_size):
            some = to_tensor(pictures[start : start + batch_size]).to(device)
            found.append([part.cpu().numpy() for part in read_pose(model(some))])
    keypoints, confidence = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return keypoints, confidence


def judge(model: PoseEstimator, content: PosedPictures) -> dict[str, float]:
    """Return how well it finds the people in ``content``, each as large as its torso says.

    ``pck`` is the share of joints within a tenth of a torso, ``error`` the mean distance as a
    share of the body's height, ``missed`` the share of joints that were not found.
    """
    sizes = body_sizes(torch.tensor(content.keypoints), torch.tensor(content.confidence))
    scale = 1 / sizes.clamp(min=1e-3).numpy()[:, None, None]
    keypoints, confidence = find_poses(model, content.pictures)
    found = PoseSequence(keypoints * scale, confidence, 25.0)
    true = PoseSequence(content.keypoints * scale, content.confidence, 25.0)
    missed = missed_joints(found, true)
    return {
        "pck": correct_keypoints(found, true),
        "error": mean_pose_error(found, true) if missed < 1 else 1.0,
        "missed": missed,
    }
