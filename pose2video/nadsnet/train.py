"""Train the pose estimator to find bodies in pictures."""

from dataclasses import asdict, dataclass

import numpy as np
import torch
from accelerate import Accelerator
from torch import nn
from torch.optim import Optimizer

from music2pose.pose import PoseSequence
from music2pose.training import (
    Losses,
    TrainState,
    learning_rate_factor,
    set_learning_rate,
    update,
    update_ema,
    weighted_sum,
    with_mean,
)
from pose2video.metrics.poses import correct_keypoints, mean_pose_error, missed_joints
from pose2video.nadsnet.augment import EstimatorBatch
from pose2video.nadsnet.decode import read_pose
from pose2video.nadsnet.estimator import MAP_STRIDE, EstimatorConfig, PoseEstimator
from pose2video.nadsnet.losses import map_terms
from pose2video.nadsnet.pictures import PosedPictures
from pose2video.nadsnet.targets import body_sizes, draw_targets
from pose2video.nadsnet.train_settings import EstimatorLossWeights, EstimatorTraining
from pose2video.pictures import to_tensor


@dataclass(kw_only=True)
class EstimatorState(TrainState):
    """The training of the pose estimator."""

    config: EstimatorTraining
    weights: EstimatorLossWeights
    ema: PoseEstimator
    estimator: nn.Module  # a PoseEstimator, perhaps wrapped for several devices
    optimizer: Optimizer

    PARTS = ("estimator", "optimizer", "ema")


def new_state(
    estimator_config: EstimatorConfig,
    config: EstimatorTraining,
    weights: EstimatorLossWeights,
    accelerator: Accelerator,
    trained: PoseEstimator | None = None,
) -> EstimatorState:
    """Return a network and its optimiser, the same for the same seed.

    Args:
        trained: a pose estimator to go on from, of the same widths and depths.
    """
    torch.manual_seed(config.seed)
    estimator, ema = with_mean(PoseEstimator(estimator_config), trained)
    optimizer = torch.optim.AdamW(
        estimator.parameters(), config.learning_rate, weight_decay=config.weight_decay
    )
    estimator, optimizer = accelerator.prepare(estimator, optimizer)
    return EstimatorState(
        config=config,
        weights=weights,
        accelerator=accelerator,
        ema=ema.to(accelerator.device),
        estimator=estimator,
        optimizer=optimizer,
    )


def train_step(state: EstimatorState, batch: EstimatorBatch) -> Losses:
    """Take one step on one batch; return every loss by name."""
    config = state.config
    factor = learning_rate_factor(config, state.step, config.num_steps, state.plateau.factor)
    set_learning_rate(state.optimizer, config.learning_rate * factor)
    state.estimator.train()
    with state.accelerator.autocast():
        found = state.estimator(batch.pictures)
    size = batch.pictures.shape[-1] // MAP_STRIDE
    true = draw_targets(batch.keypoints, batch.confidence, size)
    terms = map_terms(type(found)(*(part.float() for part in found)), true)
    loss = weighted_sum(terms, asdict(state.weights))
    if update(state, loss, state.estimator, state.optimizer) is not None:
        update_ema(state, state.unwrapped("estimator"))
    state.step += 1
    return {name: term.item() for name, term in {"loss": loss, **terms}.items()}


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
