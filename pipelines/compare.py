"""Show renderers side by side: the source, its skeleton, and what each of them makes of it."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
from tqdm import tqdm

from checkpoints import CheckpointError
from music2pose.pose import PoseSequence
from music2pose.pose_files import POSE_SUFFIXES, load_poses
from pipelines import VideoError
from pipelines.config import Music2VideoConfig
from pipelines.dancing import num_frames
from pipelines.extract import Detector, extract_poses
from pipelines.output import check_output
from pipelines.painting import render_options
from pipelines.runtime import resolve_device
from pipelines.sheet import SHEET_SUFFIXES
from pipelines.side_by_side import largest_inside, letterboxed, side_by_side
from pipelines.target import given_poses
from pipelines.video import VIDEO_SUFFIXES, Sound, check_sound, open_video, video_info, write_video
from pose2video import RenderError
from pose2video.pictures import save_picture
from pose2video.renderer import (
    PROMPTED,
    RENDERERS,
    PromptedRenderer,
    Renderer,
    RenderOptions,
    checked_name,
    imported,
    load_renderer,
)
from pose2video.skeleton import SkeletonRenderer

SOURCE, SKELETON = "source", "skeleton"
COMPARISON_ROWS = 6


@dataclass(frozen=True)
class ComparedSource:
    """A dance to show: a video of a dancer, or a file of poses."""

    path: Path
    poses: Path | None = None
    """The poses of a video, where they are known."""
    audio: Path | None = None
    """Its sound; None keeps that of a video."""

    @property
    def video(self) -> Path | None:
        is_poses = self.path.is_dir() or self.path.suffix.lower() in POSE_SUFFIXES
        return None if is_poses else self.path

    @property
    def files(self) -> list[Path]:
        return [path for path in (self.path, self.poses, self.audio) if path is not None]


@dataclass(frozen=True)
class Comparison:
    """What was written, and which pictures stand in it."""

    path: Path
    frames: int
    names: tuple[str, ...]


def compare_renderers(
    source: ComparedSource,
    output: Path,
    config: Music2VideoConfig,
    renderers: Sequence[str] = (),
    detector: Detector | None = None,
    overwrite: bool = False,
) -> Comparison:
    """Write a video, or a .png of some moments, that shows renderers side by side.

    Args:
        config: size of each picture, rate, piece of the source, seed, device, performer.
        renderers: ``NAME``, or ``NAME=DIR`` with weights or a performer of its own; by default
            all that run here and need no prompt.
        detector: finds the poses of a video where they are not known.

    Raises:
        MusicError, RenderError, VideoError, CheckpointError: something for the user to mend.
    """
    check_output(output, (*VIDEO_SUFFIXES, *SHEET_SUFFIXES), overwrite, source.files)
    config = replace(config, device=resolve_device(config.device))
    loaded = load_named(renderers, render_options(config, output))
    poses = source_poses(source, config, detector)
    sound = sound_of(source, config.start, poses.seconds)
    names = ((SOURCE,) if source.video else ()) + (SKELETON, *loaded)
    with ExitStack() as stack:
        columns = source_columns(source.video, poses, config, stack)
        columns += [renderer.render(poses, config.seed) for renderer in loaded.values()]
        joined = (side_by_side(row, names) for row in zip(*columns, strict=False))
        frames = tqdm(islice(joined, len(poses)), "comparing", len(poses), disable=None)
        if output.suffix.lower() in SHEET_SUFFIXES:
            write_moments(output, frames, len(poses))
        else:
            write_video(output, frames, config.fps, sound)
    return Comparison(output, len(poses), names)


def source_columns(
    video: Path | None, poses: PoseSequence, config: Music2VideoConfig, stack: ExitStack
) -> list[Iterator[np.ndarray]]:
    """Return the frames of the source video, if there is one, and of the skeleton.

    Args:
        stack: closes the video.

    Shape:
        returns: each frame (H, W, 3) uint8 RGB, of the config's height and width
    """
    size = (config.width, config.height)
    if video is None:
        return [SkeletonRenderer(*size).render(poses, config.seed)]
    opened = stack.enter_context(open_video(video, config.fps))
    filmed = islice(opened.frames, round(config.start * config.fps), None)
    inner = largest_inside(opened.width / opened.height, *size)
    drawn = SkeletonRenderer(*inner).render(poses, config.seed)
    return [
        _last_frame_held(letterboxed(frame, *size) for frame in filmed),
        (letterboxed(frame, *size) for frame in drawn),
    ]


def load_named(renderers: Sequence[str], options: RenderOptions) -> dict[str, Renderer]:
    """Return the renderers that are asked for, or all that run here and need no prompt."""
    if not renderers:
        return dict(_that_run(options))
    found: dict[str, Renderer] = {}
    for word, label in labels(renderers).items():
        name, _, folder = word.partition("=")
        chosen = replace(options, performer=folder or options.performer)
        found[label] = load_renderer(checked_name(name), chosen)
    for renderer in found.values():
        if isinstance(renderer, PromptedRenderer):
            renderer.prepare()
    return found


def labels(words: Sequence[str]) -> dict[str, str]:
    """Return what to write over each ``NAME`` or ``NAME=DIR``: of DIR no more than tells it apart.

    >>> labels(["gan", "gan=runs/ada/best", "gan=runs/bob/best"])
    {'gan': 'gan', 'gan=runs/ada/best': 'gan (ada/best)', 'gan=runs/bob/best': 'gan (bob/best)'}
    """
    found: dict[str, str] = {}
    longest = max((len(Path(word).parts) for word in words), default=0)
    for count in range(1, longest + 1):
        found = {word: _label(word, count) for word in words}
        if len(set(found.values())) == len(found):
            break
    return found


def _label(word: str, count: int) -> str:
    name, _, folder = word.partition("=")
    return f"{name} ({Path(*Path(folder).parts[-count:])})" if folder else name


def _that_run(options: RenderOptions) -> Iterator[tuple[str, Renderer]]:
    for name in RENDERERS:
        if name != SKELETON and name not in PROMPTED and not imported(name).missing(options):
            try:
                yield name, load_renderer(name, options)
            except (RenderError, CheckpointError):  # --performer is a model of another kind
                continue


def source_poses(
    source: ComparedSource, config: Music2VideoConfig, detector: Detector | None
) -> PoseSequence:
    """Return the piece of the source's poses that is shown, at the rate it is shown at.

    Raises:
        VideoError: poses are given for a source that holds poses itself.
        RenderError: the piece begins past the end.
    """
    if source.video is None:
        if source.poses is not None:
            raise VideoError(
                f"{source.path} holds poses itself; leave --poses out, or give a video"
            )
        poses = load_poses(source.path, config.fps, config.canvas_size)
    elif source.poses is None:
        poses = extract_poses(source.video, detector, config.fps, config.device)
    else:
        poses = given_poses(source.poses, video_info(source.video))
    left = poses.seconds - config.start
    if left <= 0:
        raise RenderError(
            f"--start {config.start:g} is past the end of the poses, at {poses.seconds:.1f} s"
        )
    count = num_frames(min(left, config.duration or left), config.fps)
    return poses.at_times(config.start + np.arange(count) / config.fps, config.fps)


def sound_of(source: ComparedSource, start: float, seconds: float) -> Sound | None:
    """Return the sound that is given, or else the source video's own, if it has any."""
    audio = source.audio
    if audio is None and source.video is not None and video_info(source.video).has_sound:
        audio = source.video
    if audio is None:
        return None
    check_sound(audio)
    return Sound(audio, start, seconds)


def _last_frame_held(frames: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    """Yield the frames, and the last one for ever."""
    frame = None
    for frame in frames:
        yield frame
    while frame is not None:
        yield frame


def write_moments(output: Path, frames: Iterable[np.ndarray], count: int) -> None:
    """Write some evenly spaced frames as one picture, one below the other.

    Shape:
        frames: each (H, W, 3) uint8 RGB
    """
    wanted = set(
        np.linspace(0, count - 1, min(count, COMPARISON_ROWS)).round().astype(int).tolist()
    )
    shown = [frame for index, frame in enumerate(frames) if index in wanted]
    save_picture(output, np.concatenate(shown))
