"""What is to be painted when: poses, words, strength and a reference picture for every frame."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from torch import Tensor

from music2pose.hearing.features import SongFeatures
from music2pose.pose import PoseSequence
from pose2video.diffusion.keyframes import key_frames, painted_fps
from pose2video.diffusion.reaction import AVERAGE, noise_way, pulse
from pose2video.diffusion.settings import DiffusionSettings
from pose2video.diffusion.travel import (
    Marks,
    Stop,
    Travel,
    marks_of,
    moment_seconds,
    resolve,
    travel,
)
from pose2video.diffusion.weights.presets import NEGATIVE_PROMPT
from pose2video.draw import reframed
from pose2video.renderer import RenderOptions
from prompts.schedule import Schedule, load_schedule

if TYPE_CHECKING:  # these bring diffusers, which takes seconds to import
    from pose2video.diffusion.predict import TextTrack
    from pose2video.diffusion.weights.models import Models

NO_TIMES = np.zeros(0)


@dataclass(frozen=True)
class Scene:
    """What the painted frames show.

    Shape:
        strength: (K,) float32 from 0 to 1, how much happens in the music
        noise_way: (K,) how far the noise has travelled
    """

    poses: PoseSequence
    """One for each painted frame, framed as the picture is."""
    positive: "TextTrack"
    negative: "TextTrack"
    strength: np.ndarray
    noise_way: np.ndarray
    image_embeds: tuple[list[Tensor], list[Tensor]] | None = None
    """What the reference picture says: to the unguided half, and to the guided one."""

    def arrays(self) -> list[np.ndarray]:
        """Return everything in it that a picture depends on."""
        tracks = (self.positive, self.negative)
        tensors = [tensor for track in tracks for tensor in (track.table, track.weights)]
        tensors += [part for half in self.image_embeds or () for part in half]
        arrays = [tensor.float().cpu().numpy() for tensor in tensors]
        poses = (self.poses.keypoints, self.poses.confidence)
        return [*poses, self.strength, self.noise_way, *arrays]


class Script:
    """The prompt, and the song it follows.

    Raises:
        PromptError: the prompt cannot be understood.
    """

    def __init__(self, options: RenderOptions) -> None:
        self.options = options
        self.schedule = schedule_of(options)
        self.song: SongFeatures | None = None
        self.stops: list[Stop] = []

    def hear(self, song: SongFeatures) -> None:
        """Follow a song.

        Raises:
            PromptError: the prompt names a moment that the song does not have.
        """
        self.song = song
        self.stops = resolve(self.schedule, marks_of(song))

    def check_seconds(self, seconds: float) -> None:
        """Make sure that no moment in seconds lies past the end; others need the song to be heard.

        Raises:
            PromptError: one does.
        """
        for key in self.schedule.keys:
            if key.moment.unit == "second":
                moment_seconds(key.moment, Marks(seconds, NO_TIMES, NO_TIMES, ()))

    def key_frames(self, num_frames: int, fps: float) -> np.ndarray:
        """Return which frames of a video are painted, those of all beats among them."""
        beats = None if self.song is None else self.song.grid.beat_times
        wanted = painted_fps(fps, self.options.own(DiffusionSettings).render_fps)
        return key_frames(num_frames, fps, wanted, beats)

    def scene(self, poses: PoseSequence, keys: np.ndarray, models: "Models") -> Scene:
        """Return what the frames ``keys`` of a video show."""
        from pose2video.diffusion.text import text_tracks

        shown = reframed(poses, self.options.width / self.options.height)
        shown = replace(shown, keypoints=shown.keypoints[keys], confidence=shown.confidence[keys])
        times = keys / poses.fps
        travelled = self.travelled(times, poses.seconds)
        positive, negative = text_tracks(travelled, self.schedule.negative, models)
        strength = self.strength(times)
        way = self.options.own(DiffusionSettings).noise_travel * noise_way(strength, times)
        return Scene(shown, positive, negative, strength, way, self.image_embeds(models))

    def travelled(self, times: np.ndarray, seconds: float) -> Travel:
        """Return what is said at ``times``; without a song only seconds can be meant."""
        stops = self.stops or resolve(self.schedule, Marks(seconds, NO_TIMES, NO_TIMES, ()))
        return travel(stops, times, self.schedule.hold)

    def strength(self, times: np.ndarray) -> np.ndarray:
        if self.song is None:
            return np.full(len(times), AVERAGE, np.float32)
        return pulse(self.song, times)

    def image_embeds(self, models: "Models") -> tuple[list[Tensor], list[Tensor]] | None:
        """Return what the UNet is shown of the reference picture, if there is one."""
        path = self.options.own(DiffusionSettings).reference_image
        if path is None:
            return None
        from pose2video.diffusion.weights.reference import embed_picture, load_picture

        picture = load_picture(Path(path))
        assert models.image_encoder is not None
        return embed_picture(models.unet, models.image_encoder, picture)


def schedule_of(options: RenderOptions) -> Schedule:
    """Return what the prompt, the style and the negative prompt ask for together."""
    settings = options.own(DiffusionSettings)
    return load_schedule(
        options.prompt, settings.style or "", settings.negative_prompt, NEGATIVE_PROMPT
    )
