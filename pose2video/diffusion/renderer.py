"""The diffusion renderer: from a dance and a prompt to a stylised video of any length."""

import logging
import math
import shlex
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from huggingface_hub import constants
from safetensors import SafetensorError, safe_open

from checkpoints import CheckpointError, first_line
from music2pose.hearing.features import SongFeatures
from music2pose.hearing.moments import SongTimes, song_times
from music2pose.pose import PoseSequence
from pose2video import RenderError
from pose2video.contact_sheet import contact_sheet
from pose2video.diffusion.advice import cautions, slowness, steps_of, work_of
from pose2video.diffusion.conditioning import (
    FrameConditioning,
    music_strength,
    painted_poses,
    reference_embeds,
)
from pose2video.diffusion.finite import PRECISIONS
from pose2video.diffusion.keyframes import fill_between, key_frames, painted_fps
from pose2video.diffusion.maps import body_maps
from pose2video.diffusion.memory import MODES, DeviceMemory, check_memory, choose_mode
from pose2video.diffusion.plan import Work, readable_time, seconds_on
from pose2video.diffusion.reaction import noise_phase
from pose2video.diffusion.settings import LATENT_SCALE, DiffusionSettings
from pose2video.diffusion.state import RenderState, fingerprint
from pose2video.diffusion.weights.embedding import embedding_names
from pose2video.diffusion.weights.hub import Need, find, why_nowhere
from pose2video.diffusion.weights.inventory import megabytes_of
from pose2video.diffusion.weights.needs import ModelChoices, list_needs, separated, with_tags
from pose2video.diffusion.weights.presets import EXTRAS, LIGHTNING, NEGATIVE_PROMPT, find_preset
from pose2video.prompt_interpolation import (
    Keyframe,
    check_moments,
    interpolate_prompts,
    resolve_keyframes,
)
from pose2video.renderer import Frame, RenderOptions
from pose2video.wording import Wording
from prompts.schedule import PromptSchedule, check_embeddings, load_schedule

if TYPE_CHECKING:
    from pose2video.diffusion.painter import Painter

logger = logging.getLogger(__name__)

PREVIEW_STEPS = 8
"""Enough to see colours and layout; latent consistency models need no more at all."""
USUAL = ModelChoices().controls
WITHOUT_EFFECT = ("memory", "compile", "interpolation")
"""Settings that change nothing in what is painted, so a render goes on when they change."""


class DiffusionRenderer:
    """Render with AnimateDiff and a ControlNet of poses; weights are loaded when needed.

    Raises:
        RenderError, PromptError: a preset, style, prompt or picture cannot be understood.
    """

    def __init__(self, options: RenderOptions) -> None:
        self.options = options
        self.settings = options.own(DiffusionSettings)
        self.steps = steps_of(self.settings)
        self.is_guided = work_of(options, 1).guided_steps > 0
        self.schedule = read_prompt(options)
        self.choices = model_choices(self.settings, self.schedule)
        self.check_embeddings()
        self.song: SongFeatures | None = None
        self.keyframes: list[Keyframe] = []
        self.is_compiled = False
        if self.settings.reference_image is not None:
            from pose2video.diffusion.weights.reference import load_picture

            load_picture(Path(self.settings.reference_image))  # complains now, not after the dance

    def hear(self, song: SongFeatures) -> None:
        """Paint on a song's beats, and let prompt and strength follow it.

        Raises:
            PromptError: the prompt names a moment that the song does not have.
        """
        self.song = song
        self.keyframes = resolve_keyframes(self.schedule, song_times(song))

    def prepare(self) -> None:
        """Load the networks, fetching what is not here.

        Raises:
            CheckpointError: a model cannot be had, or does not fit the others.
            RenderError: the motion adapter has fewer positions than a window has frames, or there
                is too little memory.
        """
        check_memory(self.options.device, least_bytes(self.choices, self.options))
        most = self.painter.max_context
        if self.settings.context_length > most:
            raise RenderError(
                f"--context {self.settings.context_length} is too long for this motion adapter, "
                f"which has {most} positions; give {most} or less"
            )
        self.check_embeddings()
        self.painter.place(is_denoising=True)

    def check_embeddings(self) -> None:
        """
        Raises:
            PromptError: a prompt names an embedding that no file has; where some file is not here
                yet, nobody knows.
        """
        needs = list_needs(self.choices)["embeddings"]
        if all(need.is_here() for need in needs):
            paths = [find(need).paths[0] for need in needs]
            names = [name for path in paths for name in embedding_names(path)]
            check_embeddings(self.schedule, names, self.steps)

    def about(self) -> dict[str, str]:
        return self.painter.models.revisions

    @cached_property
    def painter(self) -> "Painter":
        """The networks, loaded."""
        from pose2video.diffusion.painter import Painter
        from pose2video.diffusion.speed import arrange_for_speed
        from pose2video.diffusion.weights.models import load_models

        device, size = self.options.device, (self.options.width, self.options.height)
        memory = DeviceMemory(self.memory_mode(self.work(self.settings.context_length)))
        dtype = working_dtype(self.options)
        models = memory.attempt(
            lambda mode: load_models(self.choices, "cpu" if mode.is_moved else device, dtype)
        )
        if not is_cpu(device):
            arrange_for_speed(models)
        return Painter(models, self.settings, size, device, memory)

    def render(self, poses: PoseSequence, seed: int) -> Iterator[Frame]:
        """Yield a frame for every pose; see ``Renderer``.

        Only some frames are painted, the others interpolated. What is done is kept in the folder
        ``work`` of the options, and the same render goes on from there.
        """
        keys = self.key_frames(len(poses), poses.fps)
        if is_cpu(self.options.device):
            seconds = seconds_on(self.options.device, self.work(len(keys)))
            logger.warning("painting without a GPU: about %s", readable_time(seconds))
        self.compile_if_worthwhile(len(keys))
        with kept_folder(self.options.work) as folder:
            painted = self.painted(poses, keys, seed, self.steps, folder)
            yield from fill_between(painted, keys, self.settings.interpolation)

    def preview(self, poses: PoseSequence, seed: int) -> Frame:
        """Return one picture of every window, made in few steps, on one sheet: (H, W, 3) uint8."""
        stride = self.settings.context_stride
        keys = self.key_frames(len(poses), poses.fps)[::stride]
        steps = min(self.steps, PREVIEW_STEPS)
        with kept_folder(None) as folder:
            frames = list(self.painted(poses, keys, seed, steps, folder))
        return contact_sheet(frames, list(keys / poses.fps))

    def painted(
        self, poses: PoseSequence, keys: np.ndarray, seed: int, steps: int, folder: Path
    ) -> Iterator[Frame]:
        """Yield the pictures of the frames ``keys``, going on from what is in ``folder``.

        Shape:
            keys: (K,) frame numbers
            yields: (H, W, 3) uint8 RGB
        """
        given = self.conditioning(poses, keys, steps)
        facts = {
            "settings": {k: v for k, v in asdict(self.settings).items() if k not in WITHOUT_EFFECT},
            "picture": (self.options.width, self.options.height, seed, steps),
            "models": (self.about(), asdict(self.choices)),
            "device": (self.options.device, torch.__version__),
        }
        state = RenderState(folder, fingerprint(facts, *given.arrays()))
        yield from self.painter.paint(given, seed, steps, state)

    def key_frames(self, num_frames: int, fps: float) -> np.ndarray:
        """Return which frames of a video are painted, those of all beats among them: (K,)."""
        beats = None if self.song is None else self.song.grid.beat_times
        return key_frames(num_frames, fps, painted_fps(fps, self.settings.render_fps), beats)

    def conditioning(
        self, poses: PoseSequence, keys: np.ndarray, steps: int | None = None
    ) -> FrameConditioning:
        """Return what the frames ``keys``, (K,) numbers, of a video are conditioned on.

        Args:
            steps: denoising steps that are taken; None: all of them.
        """
        from pose2video.diffusion.text import embed_schedule

        models, times = self.painter.models, keys / poses.fps
        size = self.options.width, self.options.height
        # Without a song only seconds can be meant.
        keyframes = self.keyframes or resolve_keyframes(self.schedule, SongTimes(poses.seconds))
        prompts = interpolate_prompts(keyframes, times, self.schedule.hold)
        rejected = self.schedule.negative if self.is_guided else None
        positive, negative = embed_schedule(prompts, rejected, models, self.steps, steps)
        strength = music_strength(self.song, times)
        return FrameConditioning(
            painted_poses(poses, keys, size[0] / size[1]),
            positive,
            negative,
            strength,
            self.settings.noise_travel * noise_phase(strength, times),
            reference_embeds(self.settings.reference_image, models),
            body_maps(poses, keys, [*self.settings.controls], size),
        )

    def compile_if_worthwhile(self, num_painted: int) -> None:
        from pose2video.diffusion.speed import compile_networks, is_worthwhile

        num_windows = self.work(num_painted).windows * self.steps
        choice = self.settings.compile
        if not self.is_compiled and is_worthwhile(choice, self.options.device, num_windows):
            compile_networks(self.painter.models)
            self.is_compiled = True

    def work(self, num_painted: int) -> Work:
        return work_of(self.options, num_painted)

    def memory_mode(self, work: Work) -> str:
        """Return the name of the mode to begin with."""
        dtype = working_dtype(self.options)
        return choose_mode(
            self.settings.memory, self.options.device, lambda mode: work.gibibytes(dtype, mode)
        )

    def plan(self, num_frames: int, fps: float) -> dict[str, Any]:
        """Return what a render of this length would take, without loading any weights.

        What will not do as it was asked to is said.

        Raises:
            PromptError: the prompt names a moment past the end of the video.
        """
        check_moments(self.schedule, num_frames / fps)
        rejected = read_prompt(self.options, usual_negative="").negative
        for text in cautions(self.options, rejected):
            logger.warning(text)
        device = self.options.device
        work = self.work(len(self.key_frames(num_frames, fps)))
        seconds, mode = seconds_on(device, work), self.memory_mode(work)
        gibibytes = work.gibibytes(working_dtype(self.options), MODES[mode])
        return {
            "painted_frames": work.num_frames,
            "steps": self.steps,
            "windows_per_step": work.windows,
            "extra_work_of_windows": f"{work.extra:.0%}",
            "teraflops": round(work.teraflops(), 1),
            "estimated_seconds": round(seconds),
            "estimated_time": readable_time(seconds),
            "estimated_gibibytes": round(gibibytes, 1),
            "memory_mode": mode,
            "downloads": [with_size(need) for need in absent_models(self.choices)],
        }


@contextmanager
def kept_folder(folder: Path | None) -> Iterator[Path]:
    """Yield the folder for unfinished work; without one, it is lost when the block ends."""
    if folder is not None:
        yield folder
        return
    with tempfile.TemporaryDirectory() as lost:
        yield Path(lost)


def working_dtype(options: RenderOptions) -> torch.dtype:
    """Return the precision to work in; unless one is asked for, what suits the device."""
    usual = "fp32" if is_cpu(options.device) else "fp16"
    wanted = options.own(DiffusionSettings).precision
    return PRECISIONS[usual if wanted == "auto" else wanted]


def least_bytes(choices: ModelChoices, options: RenderOptions) -> int:
    """Return the bytes of what must be in memory at once, fetching models that are not here.

    On a CPU those are all networks; on a GPU the decoder and others can stay elsewhere.

    Raises:
        CheckpointError: a model cannot be had, or read.
    """
    needs = list_needs(choices)
    parts = needs if is_cpu(options.device) else ("base", "motion", "controlnets")
    paths = [path for part in parts for need in needs[part] for path in find(need).paths]
    weights = sum(num_weights(path) for path in paths if path.suffix == ".safetensors")
    return weights * working_dtype(options).itemsize


def num_weights(path: Path) -> int:
    """Return how many numbers a file of weights holds.

    Raises:
        CheckpointError: it cannot be read.
    """
    try:
        with safe_open(path, framework="pt") as file:
            names = list(file.keys())
            return sum(math.prod(file.get_slice(name).get_shape()) for name in names)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            f"the weights in {path} cannot be read ({first_line(error)}); fetch them again, or "
            "give another file"
        ) from error


def is_cpu(device: str) -> bool:
    return torch.device(device).type == "cpu"


def read_prompt(options: RenderOptions, usual_negative: str = NEGATIVE_PROMPT) -> PromptSchedule:
    """Return what the prompt, the style and the negative prompt ask for together.

    Args:
        usual_negative: the usual faults, which are kept out where no negative prompt is given.

    Raises:
        PromptError: they cannot be understood.
    """
    words, steps = options.own(Wording), steps_of(options.own(DiffusionSettings))
    return load_schedule(
        options.prompt, words.style or "", words.negative_prompt, usual_negative, steps
    )


def model_choices(settings: DiffusionSettings, schedule: PromptSchedule) -> ModelChoices:
    """Return the models to use; a style's own base model unless another is asked for."""
    return ModelChoices(
        preset=settings.preset,
        base_model=settings.base_model or schedule.base_model or None,
        motion_adapter=settings.motion_adapter,
        controls=tuple(settings.controls),
        temporal_net=settings.temporal > 0,
        draft=settings.draft,
        loras=with_tags(separated(settings.lora), schedule.loras),
        embeddings=separated(settings.embedding),
        num_inference_steps=settings.num_inference_steps,
        uses_reference=settings.reference_image is not None,
    )


def absent_models(choices: ModelChoices) -> list[Need]:
    return [need for part in list_needs(choices).values() for need in part if not need.is_here()]


def with_size(need: Need) -> str:
    """
    >>> with_size(Need("LoRA", "wangfuyun/AnimateLCM/AnimateLCM_sd15_t2v_lora.safetensors"))
    'wangfuyun/AnimateLCM/AnimateLCM_sd15_t2v_lora.safetensors (135 MB)'
    """
    megabytes = megabytes_of(need)
    return f"{need.name} ({megabytes} MB)" if megabytes else need.name


def load(options: RenderOptions) -> DiffusionRenderer:
    return DiffusionRenderer(options)


def missing(options: RenderOptions) -> str:
    """Return why these options cannot be painted, empty if they can; weights may be fetched."""
    width, height = options.width, options.height
    if width % LATENT_SCALE or height % LATENT_SCALE:
        near = [max(1, round(side / LATENT_SCALE)) * LATENT_SCALE for side in (width, height)]
        return (
            f"sides must be divisible by {LATENT_SCALE}, {width}x{height} is not; "
            f"give --size {near[0]}x{near[1]}"
        )
    if not options.prompt.strip() and not options.own(Wording).style:
        return "there is nothing to paint; give a --prompt or a --style"
    return missing_offline(options) if constants.is_offline_mode() else ""


def missing_offline(options: RenderOptions) -> str:
    """Return which models are not here, and how to get them, where nothing may be fetched."""
    choices = model_choices(options.own(DiffusionSettings), read_prompt(options))
    absent = absent_models(choices)
    if not absent:
        return ""
    nowhere = next(filter(None, map(why_nowhere, absent)), "")
    return nowhere or (
        f"HF_HUB_OFFLINE forbids to fetch {', '.join(need.name for need in absent)}; "
        f"run where there is a network: {pull_command(choices)}"
    )


def pull_command(choices: ModelChoices) -> str:
    """Return the command that fetches models."""
    motion = choices.motion_adapter or find_preset(choices.preset).motion_adapter
    given = [
        ("--base-model", choices.base_model),
        ("--motion-adapter", choices.motion_adapter),
        ("--steps", choices.num_inference_steps if motion == LIGHTNING else None),
        ("--control", ",".join(choices.controls) if choices.controls != USUAL else None),
        *product(["--lora"], choices.loras),
        *product(["--embedding"], choices.embeddings),
        ("--extras", ",".join(name for name, field in EXTRAS.items() if getattr(choices, field))),
    ]
    words = ["python", "cli.py", "models", "pull", choices.preset]
    words += [str(word) for pair in given if pair[1] for word in pair]
    return shlex.join(words)


def declined(options: RenderOptions) -> str:
    """Return why not to paint unless it is asked for: slow, or gigabytes to fetch."""
    if is_cpu(options.device):
        return slowness(options)
    choices = model_choices(options.own(DiffusionSettings), read_prompt(options))
    if absent := absent_models(choices):
        return f"{absent[0].name} is not here; {pull_command(choices)}"
    return ""
