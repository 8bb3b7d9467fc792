"""The stage: a dance in three dimensions, in the scene that a prompt asks for, on any machine."""

import logging
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import compress
from typing import Any

import numpy as np

from checkpoints.files import REPOSITORY
from music2pose.hearing.features import SongFeatures
from music2pose.hearing.moments import SongTimes, song_times
from music2pose.lifting.lift import DEFAULT_FOLDER, lift, load_lifter
from music2pose.motion.camera import Camera
from music2pose.motion.motion import Motion
from music2pose.motion.posture import Posture, posture
from music2pose.moves.perform import perform_move
from music2pose.pose import VISIBLE, PoseSequence
from pose2video.contact_sheet import contact_sheet
from pose2video.prompt_interpolation import (
    Keyframe,
    check_moments,
    interpolate_prompts,
    resolve_keyframes,
)
from pose2video.renderer import Frame, RenderOptions
from pose2video.stage.cameras import USUAL, CameraPath, Shooting, at_rest, film
from pose2video.stage.compiled import side_by_side
from pose2video.stage.crew import crew
from pose2video.stage.draw import Draughtsman
from pose2video.stage.hanging import swung
from pose2video.stage.painting import painted_frame
from pose2video.stage.painting.matter import restyled_figure, restyled_place
from pose2video.stage.particles import fall
from pose2video.stage.pieces import Build, joined, places_of
from pose2video.stage.sets import place_of
from pose2video.stage.settings import StageSettings
from pose2video.stage.staging import Staged, staged
from pose2video.stage.view import View
from pose2video.stage.wardrobe import figure_of
from pose2video.stage.weather import weather_of, weather_rows
from pose2video.wording import Wording
from prompts.scene.reading import read_scene
from prompts.scene.scene import Scene
from prompts.schedule import PromptSchedule, load_schedule

logger = logging.getLogger(__name__)

PREVIEW_MOMENTS = 12
"""Pictures on the sheet of a preview."""
ANY = "a dancer"
"""What is staged where nothing is asked for: the seed chooses."""
STANDING = "two_step"
"""A move that the empty stage is framed for."""
USUAL_BPM = 120.0
"""At which lights that follow the beat change where no song is known."""


class StageRenderer:
    """Lift the dance, build what the prompt asks for, and film it.

    Raises:
        PromptError: the prompt or the style cannot be understood.
        RenderError: a setting is not possible.
    """

    def __init__(self, options: RenderOptions) -> None:
        self.options = options
        self.settings = options.own(StageSettings)
        self.schedule = read_schedule(options)
        self.readings = {
            item.text: read_scene(item.subject, item.style, self.schedule.unwanted)
            for item in self.schedule.prompts
        }
        self.song: SongFeatures | None = None
        self.keyframes: list[Keyframe] = []
        self.stages: dict[tuple[str, int], Stage] = {}

    def hear(self, song: SongFeatures) -> None:
        """Film and light by a song's beats, and let prompts follow it.

        Raises:
            PromptError: the prompt names a moment that the song does not have.
        """
        self.song = song
        self.keyframes = resolve_keyframes(self.schedule, song_times(song))

    def prepare(self) -> None:
        """Load the lifter.

        Raises:
            CheckpointError: it is not here, or broken.
        """
        load_lifter()

    def about(self) -> dict[str, str]:
        return {DEFAULT_FOLDER: "lifts the poses"}

    def plan(self, num_frames: int, fps: float) -> dict[str, Any]:
        """Return what each prompt was understood to mean, and say what was not.

        Raises:
            PromptError: the prompt names a moment past the end of the video.
        """
        check_moments(self.schedule, num_frames / fps)
        for reading in self.readings.values():
            for remark in reading.remarks:
                logger.warning(remark)
        texts = {item.moment.written: item.text for item in self.schedule.prompts}
        scenes = {at: self.readings[text].scene.as_dict() for at, text in texts.items()}
        return {"scenes": scenes}

    def render(self, poses: PoseSequence, seed: int) -> Iterator[Frame]:
        """Yield a frame for every pose; see ``Renderer``."""
        yield from self.frames_at(poses, seed, np.arange(len(poses)))

    def preview(self, poses: PoseSequence, seed: int) -> Frame:
        """Return moments of the whole video on one sheet: (H, W, 3) uint8."""
        frames = np.unique(np.linspace(0, len(poses) - 1, PREVIEW_MOMENTS).round().astype(int))
        shown = list(self.frames_at(poses, seed, frames))
        return contact_sheet(shown, list(frames / poses.fps))

    def frames_at(self, poses: PoseSequence, seed: int, frames: np.ndarray) -> Iterator[Frame]:
        """Yield the frames of some numbers, (N,)."""
        yield from self.shown(self.production(poses, seed), seed, frames)

    def shown(self, production: "Production", seed: int, frames: np.ndarray) -> Iterator[Frame]:
        """Yield the frames of some numbers, (N,), of a dance."""
        motion = production.dancers[0]
        keyframes = self.keyframes or resolve_keyframes(self.schedule, SongTimes(motion.seconds))
        prompts = interpolate_prompts(keyframes, frames / motion.fps, self.schedule.hold)
        stages = [self._stage_for(text, seed) for text in prompts.texts]

        def mixed(item: tuple[int, np.ndarray]) -> Frame:
            frame, weights = item
            shown = [stage.frame(production, frame) for stage in compress(stages, weights > 0)]
            if len(shown) == 1:
                return shown[0]
            return np.tensordot(weights[weights > 0], shown, 1).round().astype(np.uint8)

        yield from side_by_side(mixed, zip(frames.tolist(), prompts.weights, strict=True))

    def production(self, poses: PoseSequence, seed: int) -> "Production":
        """Return the dance of all dancers in three dimensions, and how it is filmed."""
        if (poses.confidence < VISIBLE).all():
            nobody = perform_move(STANDING).part(0, 1).at_times(np.zeros(len(poses)), poses.fps)
            return replace(self.filmed(nobody, USUAL, seed), is_empty=True)
        lifted = lift(poses)
        return self.filmed(lifted.motion, lifted.camera, seed)

    def portrait(self, motion: Motion, frame: int, seed: int) -> Frame:
        """Return one picture, (H, W, 3) uint8, of a moment of a dance in the first scene."""
        production = self.filmed(motion.part(frame, frame + 1), USUAL, seed)
        return self._stage_for(self.schedule.prompts[0].text, seed).frame(production, 0)

    def filmed(self, motion: Motion, camera: Camera, seed: int) -> "Production":
        """Return a dance made by all dancers, and how it is filmed.

        Args:
            camera: what the dance is seen by; its angle is the camera's usual one.
        """
        first = next(iter(self.readings.values())).scene
        beats = None
        if self.settings.crew == "canon":
            beats = np.arange(len(motion)) * 60 / USUAL_BPM
            beats = beats if self.song is None else self.song.grid.beat_times
        count = self.settings.dancers or first.dancers or 1
        dancers = crew(motion, count, seed, beats)
        aspect = self.options.width / self.options.height
        shooting = Shooting(self.settings.camera, aspect, seed, camera)
        path = film(dancers, shooting, self.song)
        times = np.arange(len(motion)) / motion.fps
        return Production(dancers, path, self._clock(times))

    def posed(self, motion: Motion, camera: Camera) -> "Production":
        """Return one dancer as exactly this camera sees them, while all else stands still."""
        path = at_rest(camera, len(motion), self.options.width / self.options.height)
        return Production([motion], path, np.zeros(len(motion)))

    def _clock(self, times: np.ndarray) -> np.ndarray:
        """Return times (T,) at which a beat comes every half second, whatever the song's tempo."""
        if self.song is None or len(self.song.grid.beat_times) < 2:
            return times
        beats = self.song.grid.beat_times
        counted = np.interp(times, beats, np.arange(len(beats)))
        early, late = np.minimum(times - beats[0], 0), np.maximum(times - beats[-1], 0)
        return (counted + (early + late) / np.median(np.diff(beats))) * 60 / USUAL_BPM

    def _stage_for(self, text: str, seed: int) -> "Stage":
        """Return the stage of one prompt, built when it is first seen."""
        if (text, seed) not in self.stages:
            size = self.options.width, self.options.height
            self.stages[text, seed] = Stage(self.readings[text].scene, seed, size)
        return self.stages[text, seed]


@dataclass(frozen=True)
class Production:
    """Who dances, how it is filmed, and the time by which lights change.

    Shape:
        clock: (T,) seconds at which a beat comes every half second
    """

    dancers: Sequence[Motion]
    path: CameraPath
    clock: np.ndarray
    is_empty: bool = False
    """Nobody is seen in the poses, so nobody is drawn."""
    poses: list[Posture] = field(init=False)

    def __post_init__(self) -> None:
        poses = [swung(posture(one.joints), one.fps) for one in self.dancers]
        object.__setattr__(self, "poses", poses)


class Stage:
    """One scene, built for dancers of one seed and pictures of one size."""

    def __init__(self, scene: Scene, seed: int, size: tuple[int, int]) -> None:
        self.scene, self.seed, self.size = scene, seed, size
        self.of_thread = threading.local()
        self.building = threading.Lock()
        self.builds: dict[int, Build] = {}

    @cached_property
    def staged(self) -> Staged:
        return staged(restyled_place(place_of(self.scene, self.seed), self.scene))

    @cached_property
    def weather(self) -> np.ndarray:
        """The rows of what falls in this scene, as ``fall`` draws them."""
        return weather_rows(weather_of(self.scene), self.staged.lights)

    def frame(self, production: Production, frame: int) -> Frame:
        """Return one frame, (H, W, 3) uint8."""
        with self.building:  # so that threads which begin together do not build it twice
            staged, weather = self.staged, self.weather
            builds = [self._build(number) for number in range(len(production.poses))]
        people = [
            build.place(*places_of(pose, frame), pose.scale)
            for build, pose in zip(builds, production.poses, strict=True)
        ]
        crowd = joined(people)
        if production.is_empty:
            crowd = crowd._replace(shapes=crowd.shapes[:0], shades=crowd.shades[:0])
        view = view_of(production.path, frame, self.size)
        time = float(production.clock[frame])
        layers = self._draughtsman().draw(staged, crowd, view, time)
        fall(layers, view, weather, time)
        return painted_frame(layers, staged, self.scene, time)

    def _draughtsman(self) -> Draughtsman:
        """Return the one that draws in this thread."""
        if not hasattr(self.of_thread, "draughtsman"):
            self.of_thread.draughtsman = Draughtsman(*self.size)
        return self.of_thread.draughtsman

    def _build(self, number: int) -> Build:
        """Return a dancer; each has a look of their own."""
        if number not in self.builds:
            figure = figure_of(self.scene.figure, self.seed + 7 * number)
            self.builds[number] = Build(restyled_figure(figure, self.scene))
        return self.builds[number]


def view_of(path: CameraPath, frame: int, size: tuple[int, int]) -> View:
    """Return what the camera sees in one frame, in pixels of ``size`` (width, height)."""
    x, y = path.centre[frame]
    return View(path.origin[frame], path.axes[frame], path.focal[frame], x, y, *size)


def read_schedule(options: RenderOptions) -> PromptSchedule:
    """Return what the prompt, the style and the negative prompt ask for together.

    Raises:
        PromptError: they cannot be understood.
    """
    words = options.own(Wording)
    prompt = options.prompt if options.prompt.strip() or words.style else ANY
    return load_schedule(prompt, words.style or "", words.negative_prompt)


def load(options: RenderOptions) -> StageRenderer:
    return StageRenderer(options)


def missing(options: RenderOptions) -> str:
    """Return why the stage cannot be drawn here, or an empty text."""
    if (REPOSITORY / DEFAULT_FOLDER).is_dir():
        return ""
    return f"there are no weights in {DEFAULT_FOLDER}; train some: python cli.py train lifter"
