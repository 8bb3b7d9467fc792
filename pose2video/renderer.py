"""What every renderer must do, and where to find each one."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, TypeVar, runtime_checkable

import numpy as np

from music2pose.hearing.features import SongFeatures
from music2pose.pose import PoseSequence
from music2pose.settings import Settings
from pose2video import RenderError

Frame = np.ndarray  # (H, W, 3) uint8 RGB
Own = TypeVar("Own", bound=Settings)


@dataclass(frozen=True)
class RenderOptions:
    """What a picture should be like; each renderer uses what concerns it."""

    width: int = 512
    height: int = 512
    prompt: str = ""
    device: str = "cpu"
    performer: str | None = None
    """Folder of who is shown instead of the performer that ships, where one is shown."""
    settings: tuple[Settings, ...] = ()
    """Settings that single renderers have of their own; each takes those of its class."""
    work: Path | None = None
    """A folder where a long render keeps what is done, so that a later one can go on."""

    def own(self, kind: type[Own]) -> Own:
        """Return the settings of one renderer, by their class; by default its defaults."""
        return next((item for item in self.settings if isinstance(item, kind)), kind())


class Renderer(Protocol):
    """Turn poses into pictures."""

    def render(self, poses: PoseSequence, seed: int) -> Iterator[Frame]:
        """Yield one frame per pose, in order, all of the size asked for.

        Frames are made as they are taken, so memory does not grow with the song. ``seed`` is
        the only randomness: the same poses and seed give the same frames.
        """
        ...


@runtime_checkable
class PromptedRenderer(Renderer, Protocol):
    """A renderer that follows a prompt and the song, and says beforehand what it needs."""

    def hear(self, song: SongFeatures) -> None:
        """Take the song whose beats and sections the next renders follow."""
        ...

    def prepare(self) -> None:
        """Fetch and load the weights, so that what is wrong shows before the work."""
        ...

    def plan(self, num_frames: int, fps: float) -> dict[str, Any]:
        """Return what a video of this length would take, without loading any weights."""
        ...

    def preview(self, poses: PoseSequence, seed: int) -> Frame:
        """Return one picture with moments of the whole video, quickly made."""
        ...

    def about(self) -> dict[str, str]:
        """Return the models that paint, each with its revision."""
        ...


RENDERERS = {
    "skeleton": "pose2video.skeleton",
    "vector": "pose2video.learned.renderer:LearnedKind",
    "nearest": "pose2video.nearest.renderer",
    "vanilla": "pose2video.learned.renderer:LearnedKind",
    "spade": "pose2video.learned.renderer:LearnedKind",
    "gan": "pose2video.learned.renderer:LearnedKind",
    "stage": "pose2video.stage.renderer",
    "diffusion": "pose2video.diffusion.renderer",
}
"""Name -> ``module``, or ``module:class`` to be made with that name; the plainest first. It has

- ``load(options: RenderOptions) -> Renderer``
- ``missing(options: RenderOptions) -> str``: what it lacks to run here, empty if nothing
- perhaps ``declined(options: RenderOptions) -> str``: why ``auto`` passes over it all the same
"""
PROMPTED = ("stage", "diffusion")
"""Those that paint what a prompt says; the others paint what they have learned."""
WITHOUT_PERFORMER = ("skeleton", *PROMPTED)
"""Those that show no performer, so that ``auto`` passes over them where one is asked for."""


def load_renderer(name: str, options: RenderOptions) -> Renderer:
    """Return the renderer called ``name``, importing only what that one needs.

    Raises:
        RenderError: there is no such renderer, or it cannot run here.
    """
    module = imported(checked_name(name))
    if reason := module.missing(options):
        raise RenderError(f"renderer {name!r} cannot run here: {reason}")
    return module.load(options)


def imported(name: str) -> Any:
    """Import what ``RENDERERS`` names."""
    module, _, attribute = RENDERERS[name].partition(":")
    found = import_module(module)
    return getattr(found, attribute)(name) if attribute else found


def choose_renderer(name: str, options: RenderOptions) -> tuple[str, str]:
    """Return the renderer to use and why; ``auto`` stands for the best one that runs here."""
    if name != "auto":
        return checked_name(name), "asked for"
    passed_over = WITHOUT_PERFORMER if options.performer is not None else ()
    lacking = []
    for candidate in reversed(RENDERERS):
        if candidate in passed_over:
            continue
        if reason := _against(candidate, options):
            lacking.append(f"{candidate}: {reason}")
            continue
        ignores_prompt = options.prompt and candidate not in PROMPTED
        note = "; it does not follow the prompt" if ignores_prompt else ""
        return candidate, "; ".join([f"the best one that runs here{note}", *lacking])
    if options.performer is not None:
        raise RenderError(
            f"{options.performer} holds neither a performer nor a trained renderer; give a folder "
            "made by python cli.py performer, mannequin or train renderer"
        )
    raise RenderError(f"no renderer runs here: {'; '.join(lacking)}")


def _against(name: str, options: RenderOptions) -> str:
    """Return why ``auto`` passes over a renderer, or an empty text."""
    module = imported(name)
    reason = module.missing(options)
    if not reason and hasattr(module, "declined"):
        reason = module.declined(options)
    return reason


def checked_name(name: str) -> str:
    if name not in RENDERERS:
        raise RenderError(f"unknown renderer {name!r}; choose one of auto, {', '.join(RENDERERS)}")
    return name
