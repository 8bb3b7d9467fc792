"""Train a renderer on performers: network, validation and sample sheets."""

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from checkpoints.files import REPOSITORY
from checkpoints.store import find_model, load_model, load_what_fits, model_config
from music2pose.pose import PoseSequence
from music2pose.training import train
from pipelines import VideoError
from pipelines.detectors import NADSNET
from pipelines.renderer_samples import save_sheet, sheet
from pipelines.renderer_targets import load_target
from pipelines.runtime import accelerator_on, resolve_device
from pipelines.training_run import check_run, run_training
from pipelines.training_settings import RendererRun
from pose2video.learned.data import ClipSampler, empty_stage
from pose2video.learned.generator import PictureGenerator
from pose2video.learned.losses import (
    person_weights,
    relative_sharpness,
    weighted_similarity,
)
from pose2video.learned.renderer import paint_poses
from pose2video.learned.train import new_state, train_step
from pose2video.metrics.pictures import picture_figures
from pose2video.nadsnet.estimator import PoseEstimator
from pose2video.performer.performer import Performer
from pose2video.pictures import at_frames, resized, to_tensor
from pose2video.retarget import measure_build

logger = logging.getLogger(__name__)

MAX_PAINTED_FRAMES = 96
"""Held-out frames of each performer that a validation paints."""
ONLY_PERSON = 50.0
"""How much more than the stage a person counts where only the person should."""
LOOK_FRAMES = 16
"""Pictures that a performer's style code is the mean of."""


def train_renderer(run: RendererRun) -> Path:
    """Train a picture network, or go on where the same command stopped; return its best weights.

    Beside what ``run_training`` leaves in the output folder, ``samples`` holds sheets of held-out
    frames, and ``index.html`` shows them all.
    """
    check_renderer_run(run)
    run.output.mkdir(parents=True, exist_ok=True)
    device, config = resolve_device(run.device), run.train
    performers = [load_target(name, run.output, run.size, device) for name in run.targets]
    accelerator = accelerator_on(run.device, run.mixed_precision)
    estimator = find_estimator() if run.weights.pose or run.weights.perceptual else None
    generator = new_generator(run, performers)
    state = new_state(generator, config, run.weights, accelerator, estimator)
    sampler = ClipSampler(
        performers, run.size, config.batch_size, generator.network.frames_per_run,
        config.seed, config.mirror, config.placement, accelerator.process_index,
    )  # fmt: skip

    def judge() -> dict[str, float]:
        set_codes(state.ema, performers)
        figures, painted = validate_renderer(state.ema, performers)
        # Likeness alone favours blur, so pictures less sharp than the true ones lose by it.
        figures["score"] = figures["person_ssim"] * min(1.0, figures["sharpness"])
        picture = sheet(performers[0], validation_frames(performers[0]), painted)
        save_sheet(run.output, state.step, picture, figures)
        return figures

    about = run.about() | {"performers": [about_performer(performer) for performer in performers]}
    return run_training(run, state, train(state, sampler, train_step), judge, about)


def about_performer(performer: Performer) -> dict[str, str | int]:
    """Return what is told of a performer with the weights that learned from it."""
    return {
        "name": performer.name,
        "source": performer.source,
        "licence": performer.licence,
        "frames": len(performer),
    }


def check_renderer_run(run: RendererRun) -> None:
    """Make sure, before any long work, that all is there and weights to go on from are of its kind.

    Raises:
        VideoError, RenderError, CheckpointError: it is not.
    """
    check_run(run, run.targets)
    if run.model is not None:
        kind = model_config(find_model(run.model)).get("kind")
        if kind != run.kind:
            raise VideoError(f"{run.model} holds a {kind} renderer; give --kind {kind}, or others")


def new_generator(run: RendererRun, performers: list[Performer]) -> PictureGenerator:
    """Return a network that knows the first performer's build and stage, but not yet to paint."""
    torch.manual_seed(run.train.seed)
    generator = PictureGenerator(replace(run.network(), build=measure_build(performers[0].poses)))
    if run.model is not None:
        lacking = load_what_fits(generator, run.model)
        if lacking:
            names = ", ".join(lacking)
            logger.warning("%s lacks %d tensors: %s", run.model, len(lacking), names)
    if generator.config.has_backdrop:
        generator.backdrop.copy_(empty_stage(performers[0], run.size))
    return generator


def find_estimator() -> PoseEstimator | None:
    """Return the pose estimator that ships, or None, said in one line, where there is none."""
    if not (REPOSITORY / NADSNET).is_dir():
        logger.warning("there is no pose estimator in %s; what needs one is left out", NADSNET)
        return None
    return load_model(PoseEstimator, NADSNET)


@torch.no_grad()
def set_codes(generator: PictureGenerator, performers: list[Performer]) -> None:
    """Keep the mean style code of each performer beside the weights."""
    if not generator.uses_style_code:
        return
    for look, performer in enumerate(performers):
        frames = performer.training
        some = frames[np.linspace(0, len(frames) - 1, LOOK_FRAMES).round().astype(int)]
        pictures = to_tensor(resized(performer.frames(some), generator.config.size))
        generator.codes[look] = generator.encode_style(pictures.to(generator.codes)).mean(0)


def validation_frames(performer: Performer) -> list[int]:
    """Return the held-out frames that are judged, or the last ones where none are held out."""
    frames = performer.validation if len(performer.validation) else performer.training
    return [int(frame) for frame in frames[:MAX_PAINTED_FRAMES]]


def validate_renderer(
    generator: PictureGenerator, performers: list[Performer]
) -> tuple[dict[str, float], np.ndarray]:
    """Paint held-out frames in a row, as in a video, and compare them with the true ones.

    Returns:
        the mean figures, and the first performer's painted frames, (N, S, S, 3) uint8
    """
    size = generator.config.size
    figures, first = [], None
    for look, performer in enumerate(performers):
        frames = validation_frames(performer)
        poses = at_frames(performer.poses, frames)
        painted = np.stack(list(paint_poses(generator.eval(), poses, seed=look)))
        first = painted if first is None else first
        real = resized(performer.frames(frames), size)
        figures.append(likeness(painted, real, poses))
    assert first is not None
    means = {name: float(np.mean([row[name] for row in figures])) for name in figures[0]}
    return means, first


def likeness(painted: np.ndarray, true: np.ndarray, poses: PoseSequence) -> dict[str, float]:
    """Return how alike two runs of pictures are, all over and where the person is.

    Shape:
        painted, true: (N, S, S, 3) uint8
    """
    fake, real = to_tensor(painted), to_tensor(true)
    pose = torch.tensor(poses.keypoints), torch.tensor(poses.confidence)
    weights = person_weights(*pose, real.shape[-1], ONLY_PERSON)
    figures = picture_figures(painted, true)
    return {
        "ssim": figures.ssim,
        "person_ssim": weighted_similarity(fake, real, weights).mean().item(),
        "sharpness": relative_sharpness(fake, real, weights),
        "psnr": figures.psnr,
        "l1": (fake - real).abs().mean().item() / 2,
        "flicker": figures.flicker,
        "unsteadiness": figures.unsteadiness,
    }
