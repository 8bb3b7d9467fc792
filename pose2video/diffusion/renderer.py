"""The diffusion renderer: a dance and a prompt in, a stylised video out, for songs of any length."""

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from huggingface_hub import constants

from music2pose.features import FEATURE_FPS, SongFeatures
from music2pose.pose import PoseSequence
from pose2video.diffusion.contact_sheet import contact_sheet
from pose2video.diffusion.keyframes import fill_between, key_frames, painted_fps
from pose2video.diffusion.memory import Memory, choose_mode
from pose2video.diffusion.needs import ModelChoices, Need, list_needs
from pose2video.diffusion.plan import EFFICIENCY, Work, device_speed, words
from pose2video.diffusion.presets import NEGATIVE_PROMPT, find_preset
from pose2video.diffusion.state import RenderState, fingerprint
from pose2video import RenderError
from pose2video.draw import reframed
from pose2video.renderer import Frame, RenderOptions
from prompts import load_prompt

if TYPE_CHECKING:
    from pose2video.diffusion.models import Models
    from pose2video.diffusion.painter import Painter, Scene
    from pose2video.diffusion.predict import TextTrack

logger = logging.getLogger(__name__)

SIDE_STEP = 8
"""Pixels that one latent stands for: what sides must be divisible by."""
PREVIEW_STEPS = 8
PULSE_DECAY = 0.85
"""What is left of an onset one feature frame (40 ms) later."""
WITHOUT_EFFECT = ("memory", "compile", "interpolation")
"""Settings that change nothing in what is painted, so a render goes on when they change."""


class DiffusionRenderer:
    """Paint every pose with AnimateDiff, led by ControlNet; weights are loaded on first use."""

    def __init__(self, options: RenderOptions) -> None:
        self.options = options
        self.settings = options.diffusion
        self.preset = find_preset(self.settings.preset)
        self.prompt = load_prompt(options.prompt, self.settings.style or "")
        self.song: SongFeatures | None = None
        self.steps = self.settings.steps or self.preset.num_inference_steps
        self.guidance = self.settings.guidance or self.preset.guidance_scale

    def hear(self, song: SongFeatures) -> None:
        """Follow a song: paint on its beats, and let the prompt and the strength follow it."""
        self.song = song

    def prepare(self) -> None:
        """Load the networks, fetching what is not here.

        Raises:
            CheckpointError: a model cannot be had, or does not fit the others.
            RenderError: the motion adapter has fewer positions than a window has frames.
        """
        most = self.painter.models.unet.config["motion_max_seq_length"]
        if self.settings.context > most:
            raise RenderError(
                f"--context {self.settings.context} is too long for this motion adapter, which has "
                f"{most} positions; give {most} or less"
            )

    def render(self, poses: PoseSequence, seed: int) -> Iterator[Frame]:
        keys = self.key_frames(len(poses), poses.fps)
        if self.options.device == "cpu":
            logger.warning("painting without a GPU: about %s", words(self.seconds(len(keys))))
        with self.state_folder() as folder:
            painted = self.painted(poses, keys, seed, self.steps, folder)
            yield from fill_between(painted, keys, self.settings.interpolation)

    def preview(self, poses: PoseSequence, seed: int) -> Frame:
        """Return one picture of every window, quickly made, on one sheet."""
        keys = self.key_frames(len(poses), poses.fps)
        keys = keys[:: self.settings.context - self.settings.overlap]
        steps = min(self.steps, PREVIEW_STEPS)
        with tempfile.TemporaryDirectory() as folder:
            frames = list(self.painted(poses, keys, seed, steps, Path(folder)))
        return contact_sheet(frames, list(keys / poses.fps))

    def painted(
        self, poses: PoseSequence, keys: np.ndarray, seed: int, steps: int, folder: Path
    ) -> Iterator[Frame]:
        """Yield the pictures of the frames ``keys``, going on from what is in ``folder``."""
        scene = self.scene(poses, keys)
        facts = {
            "settings": {k: v for k, v in asdict(self.settings).items() if k not in WITHOUT_EFFECT},
            "size": (self.options.width, self.options.height),
            "models": self.about(),
            "versions": (torch.__version__, self.options.device, str(self.painter.models.unet.dtype)),
            "seed": (seed, steps),
        }
        state = RenderState(folder, fingerprint(facts, *scene.arrays()))
        yield from self.painter.paint(scene, seed, steps, state)

    def key_frames(self, num_frames: int, fps: float) -> np.ndarray:
        beats = None if self.song is None else self.song.grid.beat_times
        return key_frames(num_frames, fps, painted_fps(fps, self.settings.render_fps), beats)

    def scene(self, poses: PoseSequence, keys: np.ndarray) -> "Scene":
        """Return what is to be seen at the frames ``keys``."""
        from pose2video.diffusion.painter import Scene

        shown = reframed(poses, self.options.width / self.options.height)
        shown = replace(shown, keypoints=shown.keypoints[keys], confidence=shown.confidence[keys])
        times = keys / poses.fps
        positive, negative = self.text_tracks(times)
        return Scene(shown, positive, negative, self.pulse(times))

    def text_tracks(self, times: np.ndarray) -> tuple["TextTrack", "TextTrack"]:
        """Return what each picture should show and should not."""
        from pose2video.diffusion.predict import TextTrack
        from pose2video.diffusion.text import embed_prompts

        models = self.painter.models
        prompt = self.prompt
        table = embed_prompts(
            [prompt.positive, self.negative()], models.tokenizer, models.text_encoder
        )
        weights = torch.ones(len(times), 1)
        return TextTrack(table[:1], weights), TextTrack(table[1:], weights)

    def negative(self) -> str:
        given = self.settings.negative_prompt
        return given if given is not None else self.prompt.negative or NEGATIVE_PROMPT

    def pulse(self, times: np.ndarray) -> np.ndarray:
        """Return how much happens in the music at ``times``, 0 to 1, dying away after each onset."""
        if self.song is None:
            return np.full(len(times), 0.5, np.float32)
        level, decayed = 0.0, np.zeros(len(self.song.onset), np.float32)
        for k, onset in enumerate(self.song.onset.tolist()):
            level = decayed[k] = max(onset, level * PULSE_DECAY)
        at = np.clip(np.rint(times * FEATURE_FPS).astype(int), 0, len(decayed) - 1)
        return decayed[at]

    @cached_property
    def painter(self) -> "Painter":
        """The networks, loaded."""
        from pose2video.diffusion.models import load_models
        from pose2video.diffusion.painter import Painter

        options = self.options
        memory = Memory(choose_mode(self.settings.memory, options.device, self.window_size()))
        device = "cpu" if memory.mode.is_moved else options.device
        models = load_models(model_choices(self.options), device, working_dtype(options.device))
        size = (options.width, options.height)
        return Painter(models, self.settings, size, options.device, memory)

    def about(self) -> dict[str, str]:
        """Return the models that paint, each with its revision."""
        return self.painter.models.revisions

    def window_size(self) -> float:
        """Return the pixels of a window against 16 frames of 512x512."""
        pixels = self.options.width * self.options.height / 512**2
        return pixels * self.settings.context / 16

    # What it will take.

    def work(self, num_painted: int) -> Work:
        settings = self.settings
        is_guided = self.guidance > 1
        return Work(
            num_painted, self.options.width, self.options.height, self.steps,
            guided_steps=int(settings.guidance_end * self.steps) if is_guided else 0,
            led_steps=int(settings.control_end * self.steps),
            num_controlnets=1, context=settings.context, overlap=settings.overlap,
            passes=settings.free_init + bool(settings.temporal),
            is_half_led=settings.control_half, is_draft=settings.draft,
        )  # fmt: skip

    def seconds(self, num_painted: int) -> float:
        """Return about how long the painting takes on this device."""
        device = self.options.device
        speed = EFFICIENCY * device_speed(device, working_dtype(device))
        return self.work(num_painted).teraflops() / speed

    def plan(self, num_frames: int, fps: float) -> dict[str, Any]:
        """Return what a render of this length would take, for the user to read."""
        painted = len(self.key_frames(num_frames, fps))
        work = self.work(painted)
        is_half = working_dtype(self.options.device) != torch.float32
        absent = [need for needs in list_needs(model_choices(self.options)).values() for need in needs
                  if not need.is_here()]  # fmt: skip
        return {
            "painted_frames": painted,
            "steps": self.steps,
            "windows_per_step": work.windows,
            "extra_work_of_windows": round(work.extra, 3),
            "teraflops": round(work.teraflops(), 1),
            "estimated_seconds": round(self.seconds(painted), 1),
            "estimated_gibibytes": round(work.gibibytes(is_half), 1),
            "downloads": [need.name for need in absent],
        }

    @contextmanager
    def state_folder(self) -> Iterator[Path]:
        """Yield the folder for unfinished work; without one, it is lost with this process."""
        if self.options.work is not None:
            yield self.options.work
            return
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)


def working_dtype(device: str) -> torch.dtype:
    """Return the precision to work in: half on a GPU, full on a CPU, which is no faster with half."""
    return torch.float32 if torch.device(device).type == "cpu" else torch.float16


def model_choices(options: RenderOptions) -> ModelChoices:
    """Return the models to use; a style's own base model unless another is asked for."""
    settings = options.diffusion
    prompt = load_prompt(options.prompt, settings.style or "")
    return ModelChoices(
        preset=settings.preset,
        base_model=settings.base_model or prompt.base_model or None,
        temporal_net=settings.temporal > 0,
        draft=settings.draft,
        loras=tuple(filter(None, (settings.lora or "").split(","))),
        uses_reference=settings.reference_image is not None,
    )


def load(options: RenderOptions) -> DiffusionRenderer:
    return DiffusionRenderer(options)


def missing(options: RenderOptions) -> str:
    """Return what stands in the way of painting with these options; weights may be fetched."""
    width, height = options.width, options.height
    if width % SIDE_STEP or height % SIDE_STEP:
        near = "x".join(str(max(SIDE_STEP, round(n / SIDE_STEP) * SIDE_STEP)) for n in (width, height))
        return f"sides must be divisible by {SIDE_STEP}, {width}x{height} is not; give --size {near}"
    if not options.prompt.strip() and not options.diffusion.style:
        return "there is nothing to paint; give a --prompt or a --style"
    if constants.is_offline_mode() and (absent := absent_models(options)):
        return f"HF_HUB_OFFLINE forbids to fetch {', '.join(need.name for need in absent)}"
    return ""


def declined(options: RenderOptions) -> str:
    """Return why not to paint unless it is asked for: slow, or gigabytes to fetch."""
    if torch.device(options.device).type == "cpu":
        return "it would take hours without a GPU"
    if absent := absent_models(options):
        return f"{absent[0].name} is not here; python cli.py models pull {options.diffusion.preset}"
    return ""


def absent_models(options: RenderOptions) -> list[Need]:
    needs = list_needs(model_choices(options))
    return [need for part in needs.values() for need in part if not need.is_here()]
