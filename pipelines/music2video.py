"""The main path: a song goes in, a dance video comes out."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from shutil import rmtree

from tqdm import tqdm

from checkpoints.store import describe_model
from music2pose.generate import generate_poses, load_pose_model
from music2pose.hearing.audio import Waveform, load_audio
from music2pose.hearing.beats import BEATS_PER_BAR
from music2pose.hearing.features import SongFeatures, extract_features
from music2pose.pose import PoseSequence
from music2pose.pose_files import POSE_SUFFIXES, load_poses, save_poses
from pipelines import VideoError
from pipelines.config import Music2VideoConfig
from pipelines.media import VIDEO_SUFFIXES, Sound, check_sound, write_video
from pipelines.output import check_output
from pipelines.record import RunRecord, check_record_place, record_path
from pipelines.runtime import resolve_device
from pose2video.pictures import save_picture
from pose2video.renderer import (
    PromptedRenderer,
    Renderer,
    RenderOptions,
    choose_renderer,
    load_renderer,
)
from prompts import PromptError

PREVIEW_SUFFIX = ".png"
MOST_SAID = 2000
"""Letters of a prompt that a video's own tags repeat; the run record has all."""
SHARE_BAR = "{desc}: {percentage:3.0f}%|{bar}| {elapsed}<{remaining}"


def music2video(
    song: Path,
    output: Path,
    config: Music2VideoConfig,
    overwrite: bool = False,
    dry_run: bool = False,
    preview: bool = False,
) -> RunRecord:
    """Dance ``song`` and write the video, with its sound, to ``output``; return the run record.

    Everything that can be wrong is looked at before the long work starts; a dry run ends there.
    A preview writes one picture with moments of the video, a .png beside ``output``.

    Raises:
        MusicError, RenderError, PromptError, CheckpointError, VideoError: something for the user
            to mend; nothing has appeared under ``output`` then.
    """
    record = open_record(song, output, config, overwrite, preview)
    with record.timed("listen"):
        waveform = load_audio(song, config.start, config.duration)
        check_sound(song)
    dancer = load_dancer(record)
    renderer = prepared_renderer(record, num_frames(waveform.seconds, config.fps), dry_run)
    record.note(song_seconds=waveform.seconds)
    if dry_run:
        return record

    with record.timed("listen"):
        features = hear(waveform, config)
    record.note(tempo=tempo(features))
    if isinstance(renderer, PromptedRenderer):
        renderer.hear(features)
    with record.timed("dance"):
        poses = dancer(features)
    paint(renderer, poses, Sound(song, config.start, waveform.seconds), record)
    return record


def music2pose(
    song: Path,
    output: Path,
    config: Music2VideoConfig,
    overwrite: bool = False,
    dry_run: bool = False,
) -> RunRecord:
    """Dance ``song`` and save only the poses; the record is returned but not saved."""
    check_output(output, POSE_SUFFIXES, overwrite, [song])
    config = replace(config, device=resolve_device(config.device))
    record = RunRecord(song, output, config)
    with record.timed("listen"):
        waveform = load_audio(song, config.start, config.duration)
    dancer = load_dancer(record)
    record.note(song_seconds=waveform.seconds, frames=num_frames(waveform.seconds, config.fps))
    if dry_run:
        return record

    with record.timed("listen"):
        features = hear(waveform, config)
    with record.timed("dance"):
        save_poses(dancer(features), output)
    record.note(tempo=tempo(features))
    return record


def render(
    poses_file: Path,
    audio: Path | None,
    output: Path,
    config: Music2VideoConfig,
    overwrite: bool = False,
    dry_run: bool = False,
    preview: bool = False,
) -> RunRecord:
    """Show poses from a file, the first of which stands at ``config.start`` of the song."""
    config = replace(config, poses=str(poses_file))
    record = open_record(audio, output, config, overwrite, preview)
    poses = load_poses(poses_file, config.fps)
    seconds = min(poses.seconds, config.duration or poses.seconds)
    poses = poses.resampled(config.fps, num_frames(seconds, config.fps))
    renderer = prepared_renderer(record, len(poses), dry_run)
    waveform = None
    if audio is not None:
        waveform = load_audio(audio, config.start, config.duration)
        check_sound(audio)
    if dry_run:
        return record

    if waveform is not None and isinstance(renderer, PromptedRenderer):
        with record.timed("listen"):
            renderer.hear(hear(waveform, config))
    paint(renderer, poses, Sound(audio, config.start, seconds) if audio else None, record)
    return record


def open_record(
    song: Path | None, output: Path, config: Music2VideoConfig, overwrite: bool, preview: bool
) -> RunRecord:
    """Return the record of a run to come, with all that was left to choose chosen."""
    inputs = [Path(path) for path in (song, config.poses) if path is not None]
    if preview:
        output = output.with_suffix(PREVIEW_SUFFIX)
        check_output(output, (PREVIEW_SUFFIX,), overwrite, inputs)
    else:
        check_output(output, VIDEO_SUFFIXES, overwrite, inputs)
        check_output(record_path(output), (".json",), overwrite, inputs)
        check_record_place(output)
    poses = None if config.poses is None else str(Path(config.poses).absolute())
    performer = None if config.performer is None else str(Path(config.performer).absolute())
    device = resolve_device(config.device)
    prompt = absolute_prompt(config.prompt)
    config = replace(config, device=device, poses=poses, performer=performer, prompt=prompt)
    renderer, reason = choose_renderer(config.renderer, render_options(config, output))
    record = RunRecord(song, output, replace(config, renderer=renderer))
    record.note(why_renderer=reason)
    if prompt.startswith("@"):
        record.note(schedule=Path(prompt[1:]).read_text(encoding="utf-8", errors="replace"))
    return record


def absolute_prompt(prompt: str) -> str:
    """Return the prompt; a file of prompts with its whole path, so that it can be found again."""
    if not prompt.startswith("@"):
        return prompt
    path = Path(prompt[1:]).expanduser().absolute()
    if not path.is_file():
        raise PromptError(f"no file of prompts at {path}; write @FILE, or the prompt itself")
    return f"@{path}"


def load_dancer(record: RunRecord) -> Callable[[SongFeatures], PoseSequence]:
    """Return what dances to a song: the model, or whoever moves in the pose file."""
    config = record.config
    if config.poses is not None:
        poses = load_poses(Path(config.poses), config.fps)
        return lambda song: poses.resampled(config.fps, num_frames(song.seconds, config.fps))
    record.note(weights=describe_model(config.model))
    model = load_pose_model(config.model, config.device)

    def dancer(song: SongFeatures) -> PoseSequence:
        frames = num_frames(song.seconds, config.fps)
        with tqdm(desc="dancing", total=1.0, bar_format=SHARE_BAR, disable=None) as bar:
            return generate_poses(
                model, song, config.seed, config.fps, frames, lambda share: _move(bar, share)
            )

    return dancer


def _move(bar: tqdm, share: float) -> None:
    bar.update(share - bar.n)


def num_frames(seconds: float, fps: float) -> int:
    """Return how many frames make a video as long as the song, to within half a frame."""
    return max(1, round(seconds * fps))


def hear(waveform: Waveform, config: Music2VideoConfig) -> SongFeatures:
    return extract_features(waveform, config.bpm, first_beat_after_start(config))


def first_beat_after_start(config: Music2VideoConfig) -> float | None:
    """Return the given beat counted from where the video begins, which may be mid-song.

    >>> first_beat_after_start(Music2VideoConfig(first_beat=1.0, start=2.5, bpm=120))
    0.5
    """
    if config.first_beat is None:
        return None
    seconds = config.first_beat - config.start
    if seconds >= 0:
        return seconds
    if config.bpm is None:
        raise VideoError(
            f"--first-beat {config.first_beat:g} lies before --start {config.start:g}; "
            "give a beat after it, or --bpm as well"
        )
    return seconds % (BEATS_PER_BAR * 60 / config.bpm)


def tempo(features: SongFeatures) -> dict[str, float]:
    return {"bpm": round(features.grid.bpm, 3), "confidence": round(features.grid.confidence, 3)}


def prepared_renderer(record: RunRecord, frames: int, dry_run: bool) -> Renderer:
    """Return the renderer, its weights loaded unless only the plan is asked for."""
    config = record.config
    renderer = load_renderer(config.renderer, render_options(config, record.output))
    record.note(frames=frames)
    if isinstance(renderer, PromptedRenderer):
        plan = renderer.plan(frames, config.fps)  # complains of moments past the end as well
        if dry_run:
            record.note(plan=plan)
        else:
            renderer.prepare()
            record.note(painters=renderer.about())
    elif is_preview(record):
        raise VideoError(
            f"--preview shows what a prompt becomes, and {config.renderer!r} paints without one; "
            "give --renderer diffusion, or leave --preview out"
        )
    return renderer


def is_preview(record: RunRecord) -> bool:
    return record.output.suffix == PREVIEW_SUFFIX


def paint(renderer: Renderer, poses: PoseSequence, sound: Sound | None, record: RunRecord) -> None:
    """Write the video and its record, or the preview."""
    if is_preview(record):
        assert isinstance(renderer, PromptedRenderer)
        sheet = renderer.preview(poses, record.config.seed)
        save_picture(record.output, sheet)
        return
    with record.timed("paint"):
        paint_video(renderer, poses, sound, record)
    rmtree(work_folder(record.output), ignore_errors=True)
    record.save()


def paint_video(
    renderer: Renderer, poses: PoseSequence, sound: Sound | None, record: RunRecord
) -> None:
    """Stream the rendered poses into the video, showing how long it still takes."""
    config = record.config
    frames = renderer.render(poses, config.seed)
    with tqdm(frames, config.renderer, len(poses), unit=" frames", disable=None) as shown:
        write_video(record.output, shown, poses.fps, sound, tags(record))


def tags(record: RunRecord) -> dict[str, str]:
    """Return what the video file itself says about how it was made."""
    config = record.config
    painters = record.content.get("painters", {})
    prompt = record.content.get("schedule", config.prompt)[:MOST_SAID]
    style = f", style {config.diffusion.style}" if config.diffusion.style else ""
    words = [f"{prompt} (seed {config.seed}{style})"]
    words += [f"{name} {revision}" for name, revision in painters.items()]
    return {"title": record.output.stem, "comment": "; ".join(words)}


def render_options(config: Music2VideoConfig, output: Path) -> RenderOptions:
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
