"""Make a renderer ready, and let it paint a dance into a video or a picture."""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from checkpoints.files import locked_folder
from checkpoints.foreign import expanded, is_text, no_file, read_text, short
from music2pose.pose import PoseSequence
from pipelines import VideoError
from pipelines.config import Music2VideoConfig
from pipelines.directing import files_asked_for
from pipelines.runtime import resolve_device
from pipelines.video import Sound, write_video
from pose2video.diffusion.state import forget
from pose2video.pictures import save_picture
from pose2video.renderer import (
    PromptedRenderer,
    Renderer,
    RenderOptions,
    choose_renderer,
    load_renderer,
)
from prompts import PromptError

PATHS = ("poses", "performer", "beats", "choreography")
"""Settings that are paths, recorded so that they can be found from elsewhere."""
PREVIEW_SUFFIX = ".png"
MOST_SAID = 2000
"""Letters of a prompt that a video's own tags repeat; the run record has all."""


def render_options(config: Music2VideoConfig, output: Path) -> RenderOptions:
    """Return what the renderer of a video is told."""
    return RenderOptions(
        config.width,
        config.height,
        config.prompt,
        config.device,
        config.performer,
        config.of_renderers,
        work_folder(output),
    )


def work_folder(output: Path) -> Path:
    """Return where a long render keeps what is done, until the video is whole."""
    return output.with_name(f".{output.name}.unfinished")


def resolved(config: Music2VideoConfig, output: Path) -> tuple[Music2VideoConfig, str]:
    """Return settings that say the same elsewhere, with all chosen; and why this renderer.

    Raises:
        RenderError, PromptError, VideoError: a renderer, device or file is not here.
    """
    paths = {name: getattr(config, name) for name in PATHS}
    config = replace(
        config,
        **{name: str(expanded(path).absolute()) for name, path in paths.items() if path},
        device=resolve_device(config.device),
        prompt=absolute_prompt(config.prompt),
    )
    name, reason = choose_renderer(config.renderer, render_options(config, output))
    return replace(config, renderer=name), reason


def absolute_prompt(prompt: str) -> str:
    """Return the prompt; a file of prompts with its whole path, so that it can be found again."""
    if not prompt.startswith("@"):
        if not is_text(prompt):
            raise PromptError(f"the prompt {short(prompt)} holds half of a letter; write letters")
        return prompt
    path = expanded(prompt[1:]).absolute()
    if reason := no_file(path):
        raise PromptError(
            f"no file of prompts at {path} ({reason}); write @FILE, or the prompt itself"
        )
    return f"@{path}"


def files_read(config: Music2VideoConfig) -> list[Path]:
    """Return the files that a video is made from beside its song; nothing may write over them."""
    prompts = [config.prompt[1:]] if config.prompt.startswith("@") else []
    others = [config.poses, config.beats, config.diffusion.reference_image]
    named = [expanded(path) for path in (*prompts, *others) if path is not None]
    return [*named, *files_asked_for(config)]


def prompts_in(prompt: str) -> dict[str, str]:
    """Return as ``schedule`` what a file of prompts holds; nothing where it is a plain prompt."""
    if not prompt.startswith("@"):
        return {}
    return {"schedule": read_text(Path(prompt[1:]), errors="replace")}


def load_painter(config: Music2VideoConfig, output: Path, preview: bool = False) -> Renderer:
    """Return the renderer of a video, or of a preview of it.

    Raises:
        RenderError, PromptError, CheckpointError, VideoError: it cannot do what is asked.
    """
    renderer = load_renderer(config.renderer, render_options(config, output))
    if preview and not isinstance(renderer, PromptedRenderer):
        raise VideoError(
            f"--preview shows what a prompt becomes, and {config.renderer!r} paints without one; "
            "give --renderer diffusion, or leave --preview out"
        )
    return renderer


def make_ready(
    renderer: Renderer, num_frames: int, fps: float, only_plan: bool
) -> dict[str, dict[str, Any]]:
    """Load what a renderer paints with, unless only its plan is asked for; return what is known.

    Raises:
        PromptError: the prompt names a moment past the end of the video.
        RenderError, CheckpointError: a model cannot be had or does not fit.
    """
    if not isinstance(renderer, PromptedRenderer):
        return {}
    plan = renderer.plan(num_frames, fps)  # complains of moments past the end as well
    if only_plan:
        return {"plan": plan}
    renderer.prepare()
    return {"plan": plan, "painters": renderer.about()}


def paint(
    renderer: Renderer,
    poses: PoseSequence,
    sound: Sound | None,
    output: Path,
    config: Music2VideoConfig,
    tags: dict[str, str],
) -> None:
    """Stream rendered frames into the video, showing how long it still takes.

    Where ``output`` is a picture, it is a preview: moments of the video.

    Args:
        tags: what the video itself says about how it was made.
    """
    if output.suffix == PREVIEW_SUFFIX:
        assert isinstance(renderer, PromptedRenderer)
        save_picture(output, renderer.preview(poses, config.seed))
        return
    frames = renderer.render(poses, config.seed)
    is_kept = isinstance(renderer, PromptedRenderer)
    with (
        locked_folder(work_folder(output)) if is_kept else nullcontext(),
        tqdm(frames, config.renderer, len(poses), unit=" frames", disable=None) as shown,
    ):
        write_video(output, shown, poses.fps, sound, tags)
        if is_kept:
            forget(work_folder(output))


def tags_of(output: Path, config: Music2VideoConfig, found: Mapping[str, Any]) -> dict[str, str]:
    """Return what a video file itself says about how it was made.

    Args:
        found: what the run record knows; of it the prompts' text and the models that paint.
    """
    prompt = found.get("schedule", config.prompt)[:MOST_SAID]
    style = f", style {config.words.style}" if config.words.style else ""
    words = [f"{prompt} (seed {config.seed}{style})"]
    words += [f"{name} {revision}" for name, revision in found.get("painters", {}).items()]
    tags = {"title": output.stem, "comment": "; ".join(words)}
    return {name: in_letters(text) for name, text in tags.items()}


def in_letters(text: str) -> str:
    """Return a text as a tag can hold it, a question mark for what is no letter.

    >>> in_letters("a\\udcff\\0b")
    'a??b'
    """
    return text.replace("\0", "?").encode(errors="replace").decode()
