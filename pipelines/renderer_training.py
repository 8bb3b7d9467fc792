"""Train a renderer on a performer: data, log, validation, sample sheets, weights and resume."""

import json
import logging
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from checkpoints.files import CONFIG, REPOSITORY
from checkpoints.store import find_model, load_model, load_what_fits
from music2pose.pose import PoseSequence
from pipelines import VideoError
from pipelines.renderer_samples import save_sheet, sheet
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
from pose2video.learned.data import ClipSampler, empty_stage
from pose2video.learned.generator import PICTURE_PRESETS, PictureGenerator, PictureGeneratorConfig
from pose2video.learned.losses import (
    person_weights,
    relative_sharpness,
    weighted_similarity,
)
from pose2video.learned.renderer import paint_poses
from pose2video.learned.train import (
    LossWeights,
    TrainConfig,
    TrainState,
    new_state,
    train,
)
from pose2video.metrics.pictures import picture_figures
from pose2video.nadsnet.estimator import PoseEstimator
from pose2video.performer.performer import Performer
from pose2video.pictures import at_frames, resized, to_tensor
from pose2video.retarget import measure_build

logger = logging.getLogger(__name__)

CRITIC = "checkpoints/pose_estimator"
PLACES = ("device", "output")
"""What may differ when a run is resumed."""
SETTINGS = (
    "kind", "preset", "size", "has_skips", "has_attention", "model", "train", "weights",
    "mixed_precision",
)  # fmt: skip
MOST_VALIDATION_FRAMES = 96
ONLY_PERSON = 50.0
"""How much more than the stage a person counts where only the person should."""
LOOK_FRAMES = 16
"""Pictures that a performer's style code is the mean of."""


@dataclass(frozen=True)
class RendererRun:
    """What to train, on whom, and where to keep it."""

    targets: tuple[str, ...]
    """Performers' folders, videos, or ``mannequin``; several only for a kind with style codes."""
    output: Path
    kind: str = "gan"
    preset: str = "base"
    size: int = 256
    model: str | None = None
    """Trained weights to go on from, as far as they fit."""
    train: TrainConfig = field(default_factory=TrainConfig)
    weights: LossWeights = field(default_factory=LossWeights)
    device: str = "auto"
    mixed_precision: str = "bf16"
    has_skips: bool = True
    has_attention: bool = True

    def __post_init__(self) -> None:
        if self.preset not in PICTURE_PRESETS:
            names = ", ".join(PICTURE_PRESETS)
            raise VideoError(f"unknown preset {self.preset!r}; choose one of {names}")
        if self.mixed_precision not in ("no", "bf16"):
            raise VideoError(f"unknown precision {self.mixed_precision!r}; choose no or bf16")
        self.network()

    def network(self) -> PictureGeneratorConfig:
        """Return the settings of the network, without the performer's build."""
        try:
            return replace(
                PICTURE_PRESETS[self.preset], kind=self.kind, size=self.size,
                num_looks=len(self.targets), has_backdrop=len(self.targets) == 1,
                has_skips=self.has_skips, has_attention=self.has_attention,
            )  # fmt: skip
        except ValueError as error:
            raise VideoError(str(error)) from error

    def as_dict(self) -> dict:
        return json.loads(json.dumps(asdict(self), default=str))


def train_renderer(run: RendererRun) -> Path:
    """Train a picture network, or go on where the same command stopped; return its best weights.

    The output folder holds ``config.json`` (the run), ``metrics.jsonl``, ``state.pt`` (to
    resume), ``best`` and ``last`` (weights as they are shipped), ``samples`` with sheets, and
    ``index.html``, which shows them all.
    """
    check_run(run)
    run.output.mkdir(parents=True, exist_ok=True)
    device = resolve_device(run.device)
    performers = [load_target(name, run.output, run.size, device) for name in run.targets]
    accelerator = accelerator_on(run.device, run.mixed_precision)
    critic = find_critic() if run.weights.pose or run.weights.perceptual else None
    state = new_state(new_generator(run, performers), run.train, run.weights, accelerator, critic)
    saved = load_state(run.output)
    if saved is not None:
        state.load_state_dict(saved)
    config = run.train
    sampler = ClipSampler(
        performers, run.size, config.batch_size, state.painter.network.frames_per_run,
        config.seed, config.mirror, config.placement, accelerator.process_index,
    )  # fmt: skip
    log = RunLog(run.output, run.as_dict(), state.step)
    bar = tqdm(total=config.num_steps, initial=state.step, unit="step", desc=run.kind)
    for means in epochs(train(state, sampler), state, bar, config.steps_per_epoch):
        if accelerator.is_main_process:
            report(state, run, performers, log, means)
            bar.set_postfix(best=f"{state.best_score:.3f}")
    bar.close()
    return run.output / "best"


def check_run(run: RendererRun) -> None:
    """Make sure, before any long work, that device, targets and weights are there."""
    resolve_device(run.device)
    for name in run.targets:
        check_target(name)
    if run.model is not None:
        config = json.loads((find_model(run.model) / CONFIG).read_text())
        if (kind := config.get("kind", run.kind)) != run.kind:  # very old weights do not say
            raise VideoError(f"{run.model} holds a {kind} renderer; give --kind {kind}, or others")
    check_settings(run.output, run.as_dict(), PLACES)


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


def find_critic() -> PoseEstimator | None:
    """Return the pose critic that is shipped, or None, said in one line, where there is none."""
    if not (REPOSITORY / CRITIC).is_dir():
        logger.warning("there is no pose critic in %s; what needs one is left out", CRITIC)
        return None
    return load_model(PoseEstimator, CRITIC)


def report(
    state: TrainState,
    run: RendererRun,
    performers: list[Performer],
    log: RunLog,
    losses: dict[str, float],
) -> None:
    """Validate, and save figures, a sample sheet, weights and the state."""
    set_codes(state.ema, performers)
    figures, painted = validate(state.ema, performers)
    # Likeness alone favours blur, so pictures that are less sharp than the true ones lose by it.
    figures["score"] = figures["person_ssim"] * min(1.0, figures["sharpness"])
    log.write(state.step, losses | {"skipped": state.skipped}, figures)
    picture = sheet(performers[0], validation_frames(performers[0]), painted)
    save_sheet(run.output, state.step, picture, figures)
    settings = {name: value for name, value in run.as_dict().items() if name in SETTINGS}
    settings["model"] = run.model and Path(run.model).name  # without the places of this machine
    data = [
        {"name": p.name, "source": p.source, "licence": p.licence, "frames": len(p)}
        for p in performers
    ]
    about = settings | {"performers": data, "step": state.step, "validation": figures}
    save_weights(state.ema, run.output / "last", about)
    if state.note_score(figures["score"]):
        save_weights(state.ema, run.output / "best", about)
    save_state(state.state_dict(), run.output)


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
    return [int(frame) for frame in frames[:MOST_VALIDATION_FRAMES]]


def validate(
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
