"""What every painted frame is conditioned on: pose, prompts, music and a reference picture."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from torch import Tensor

from music2pose.hearing.features import SongFeatures
from music2pose.pose import PoseSequence
from pose2video.diffusion.reaction import AVERAGE, pulse
from pose2video.draw import reframed

if TYPE_CHECKING:  # these bring diffusers, which takes seconds to import
    from pose2video.diffusion.predict import PromptEmbeds
    from pose2video.diffusion.weights.models import Models
    from pose2video.stage.maps import BodyMaps


@dataclass(frozen=True)
class FrameConditioning:
    """What the painted frames show.

    Shape:
        strength: (K,) float32 from 0 to 1, how much happens in the music
        noise_phase: (K,) how far the noise has moved on, see ``FrameNoise``
        image_embeds: two of (1, 1, ...), what the reference picture says on the negative and on the
            positive side of guidance
    """

    poses: PoseSequence
    """One for each painted frame, framed as the picture is."""
    positive: "PromptEmbeds"
    negative: "PromptEmbeds | None"
    """None: no step is guided."""
    strength: np.ndarray
    noise_phase: np.ndarray
    image_embeds: tuple[Tensor, Tensor] | None = None
    body: "BodyMaps | None" = None
    """The lifted body in the painted frames, where a ControlNet is shown it."""

    def arrays(self) -> list[np.ndarray]:
        """Return everything in it that a picture depends on."""
        prompts = [self.positive, *([self.negative] if self.negative else [])]
        tensors = [tensor for prompt in prompts for tensor in prompt.tensors()]
        tensors += self.image_embeds or ()
        arrays = [tensor.float().cpu().numpy() for tensor in tensors]
        poses = (self.poses.keypoints, self.poses.confidence)
        body = self.body.arrays() if self.body is not None else []
        return [*poses, self.strength, self.noise_phase, *arrays, *body]


def painted_poses(poses: PoseSequence, frames: np.ndarray, aspect: float) -> PoseSequence:
    """Return the poses of some frames on a canvas ``aspect`` times as wide as high.

    Shape:
        frames: (K,) frame numbers
    """
    framed = reframed(poses, aspect)
    return replace(framed, keypoints=framed.keypoints[frames], confidence=framed.confidence[frames])


def music_strength(song: SongFeatures | None, times: np.ndarray) -> np.ndarray:
    """Return how much happens in the music at each time; always the average without a song.

    Shape:
        times: (T,) seconds
        returns: (T,) float32 from 0 to 1
    """
    return np.full(len(times), AVERAGE, np.float32) if song is None else pulse(song, times)


def reference_embeds(path: str | None, models: "Models") -> tuple[Tensor, Tensor] | None:
    """Return what the UNet is shown without and with the reference picture, if there is one.

    Shape:
        returns: two of (1, 1, C) or (1, 1, tokens, C)
    """
    if path is None:
        return None
    from pose2video.diffusion.weights.reference import embed_picture, load_picture

    assert models.image_encoder is not None
    return embed_picture(models.unet, models.image_encoder, load_picture(Path(path)))
