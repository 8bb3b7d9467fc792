"""Run a trained network over a dance: frame after frame, each kind in the same way."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from checkpoints import CheckpointError
from checkpoints.files import REPOSITORY
from checkpoints.foreign import short
from checkpoints.store import find_model, load_model, model_config
from music2pose.pose import PoseSequence
from pose2video import RenderError
from pose2video.draw import reframed
from pose2video.framing import fitted
from pose2video.learned.generator import PictureGenerator
from pose2video.learned.networks import GeneratorInput
from pose2video.performer.performer import RECORD
from pose2video.pictures import to_pictures
from pose2video.renderer import Frame, RenderOptions
from pose2video.retarget import retarget_poses

SHIPPED_WEIGHTS = Path("checkpoints") / "renderers"
FRAMES_AT_ONCE = 8
"""Batch size of networks that do not take the frame before."""


@dataclass(frozen=True)
class LearnedRenderer:
    """Fit each pose to the performer that the network was trained on, and run the network."""

    generator: PictureGenerator
    width: int
    height: int

    def render(self, poses: PoseSequence, seed: int) -> Iterator[Frame]:
        """Yield one frame per pose; a seed picks the performer where it knows several."""
        for picture in paint_poses(self.generator, self.fit(poses), seed):
            yield fitted(picture, self.width, self.height)

    def fit(self, poses: PoseSequence) -> PoseSequence:
        """Return the dance as the performer would do it, on the square picture."""
        build = self.generator.config.build
        return reframed(poses, 1.0) if build is None else retarget_poses(poses, build)


@torch.inference_mode()
def paint_poses(
    generator: PictureGenerator, poses: PoseSequence, seed: int = 0
) -> Iterator[np.ndarray]:
    """Yield a picture (S, S, 3) uint8 of each pose, giving the network its last one if it wants it.

    The seed picks the performer where the network knows several.
    """
    device = next(generator.parameters()).device
    code = generator.code_of(seed)
    stride = 1 if generator.uses_previous else FRAMES_AT_ONCE
    previous: Tensor | None = None
    for start in range(0, len(poses), stride):
        some = slice(start, start + stride)
        keypoints = torch.tensor(poses.keypoints[some], device=device)
        confidence = torch.tensor(poses.confidence[some], device=device)
        codes = None if code is None else code.expand(len(keypoints), -1)
        if generator.uses_previous and previous is None:
            # The first frame is painted twice, the second time after itself.
            previous = generator(GeneratorInput(keypoints, confidence)).pictures
        given = GeneratorInput(keypoints, confidence, previous, codes)
        pictures: Tensor = generator(given).pictures
        if not pictures.isfinite().all():
            raise RenderError("the painter paints NaN or infinity; train or fetch it again")
        yield from to_pictures(pictures)
        previous = pictures


@dataclass(frozen=True)
class LearnedKind:
    """The renderer of one kind of network, as ``pose2video.renderer.RENDERERS`` wants it."""

    kind: str

    def load(self, options: RenderOptions) -> LearnedRenderer:
        """Load the weights.

        Raises:
            RenderError: they are missing, or those of another kind.
            CheckpointError: they are broken.
        """
        if reason := self.missing(options):
            raise RenderError(reason)
        generator = load_model(PictureGenerator, self.weights_folder(options), options.device)
        generator.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        return LearnedRenderer(generator, options.width, options.height)

    def missing(self, options: RenderOptions) -> str:
        """Return in words why no weights of this kind can be loaded, or an empty text."""
        name = self.weights_folder(options)
        command = f"python cli.py train renderer --kind {self.kind} --target"
        if options.performer is None and not (REPOSITORY / name).is_dir():
            return (
                f"there are no weights in {name}; train some: {command} mannequin "
                f"-o runs/{self.kind}"
            )
        if (Path(name) / RECORD).exists():
            return (
                f"{name} holds pictures, not weights trained on them; train some: {command} {name}"
            )
        try:
            config = model_config(find_model(name))
        except CheckpointError as error:
            return str(error)
        if config.get("kind") != self.kind:
            return f"{name} holds weights of kind {short(config.get('kind'))}, not {self.kind}"
        return ""

    def weights_folder(self, options: RenderOptions) -> str:
        """Return where the weights are, or should be: the user's own, or ours."""
        return options.performer or str(SHIPPED_WEIGHTS / self.kind)
