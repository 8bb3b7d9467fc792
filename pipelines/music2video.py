"""The main path: a song goes in, a dance video comes out."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from music2pose.pose_files import SAVED_SUFFIXES, save_poses
from pipelines.config import Music2VideoConfig
from pipelines.dancing import (
    about_dancer,
    hear,
    load_dancer,
    num_frames,
    open_piece,
    open_piece_for_video,
    shown_poses,
    tempo,
)
from pipelines.directing import files_asked_for
from pipelines.output import check_output
from pipelines.painting import (
    PREVIEW_SUFFIX,
    files_read,
    load_painter,
    make_ready,
    paint,
    prompts_in,
    resolved,
    tags_of,
)
from pipelines.record import RunRecord, check_record_place, record_path
from pipelines.runtime import resolve_device
from pipelines.video import VIDEO_SUFFIXES, Sound
from pose2video.renderer import PromptedRenderer


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
        MusicError, RenderError, PromptError, CheckpointError, VideoError: for the user to mend.
    """
    output = checked_place(output, [song, *files_read(config)], overwrite, preview)
    config, reason = resolved(config, output)
    record = RunRecord(song, output, config, why_renderer=reason, **prompts_in(config.prompt))
    with record.timed("listen"):
        piece = open_piece_for_video(song, config)
    dancer, renderer = load_dancer(config, piece.seconds), load_painter(config, output, preview)
    frames = num_frames(piece.seconds, config.fps)
    record.note(song_seconds=piece.seconds, frames=frames, **about_dancer(config))
    record.note(**make_ready(renderer, frames, config.fps, dry_run))
    if dry_run:
        return record
    with record.timed("listen"):
        features = hear(piece, config)
        if isinstance(renderer, PromptedRenderer):
            renderer.hear(features)
    record.note(tempo=tempo(features))
    with record.timed("dance"):
        poses = dancer(features)
    with record.timed("paint"):
        sound = Sound(song, config.start, piece.seconds)
        paint(renderer, poses, sound, output, config, tags_of(output, config, record.content))
    if not preview:
        record.save()
    return record


def music2pose(
    song: Path,
    output: Path,
    config: Music2VideoConfig,
    overwrite: bool = False,
    dry_run: bool = False,
) -> RunRecord:
    """Dance ``song`` and save only the poses; the record is returned but not saved."""
    read = [Path(path) for path in (song, config.beats) if path is not None]
    check_output(output, SAVED_SUFFIXES, overwrite, [*read, *files_asked_for(config)])
    config = replace(config, device=resolve_device(config.device))
    record = RunRecord(song, output, config)
    with record.timed("listen"):
        piece = open_piece(song, config)
    dancer = load_dancer(config, piece.seconds)
    frames = num_frames(piece.seconds, config.fps)
    record.note(song_seconds=piece.seconds, frames=frames, **about_dancer(config))
    if dry_run:
        return record

    with record.timed("listen"):
        features = hear(piece, config)
    with record.timed("dance"):
        save_poses(dancer(features), output)
    record.note(tempo=tempo(features))
    return record


def render(
    audio: Path | None,
    output: Path,
    config: Music2VideoConfig,
    overwrite: bool = False,
    dry_run: bool = False,
    preview: bool = False,
) -> RunRecord:
    """Show the poses of ``config.poses``, from ``config.start`` of the song on, if there is one.

    Raises:
        MusicError, RenderError, PromptError, CheckpointError, VideoError: as of ``music2video``.
    """
    output = checked_place(output, [audio, *files_read(config)], overwrite, preview)
    config, reason = resolved(config, output)
    record = RunRecord(audio, output, config, why_renderer=reason, **prompts_in(config.prompt))
    poses, seconds = shown_poses(config)
    renderer = load_painter(config, output, preview)
    record.note(frames=len(poses), **make_ready(renderer, len(poses), config.fps, dry_run))
    piece = None if audio is None else open_piece_for_video(audio, config)
    if dry_run:
        return record

    if piece is not None and isinstance(renderer, PromptedRenderer):
        with record.timed("listen"):
            renderer.hear(hear(piece, config))
    sound = Sound(audio, config.start, seconds) if audio else None
    with record.timed("paint"):
        paint(renderer, poses, sound, output, config, tags_of(output, config, record.content))
    if not preview:
        record.save()
    return record


def checked_place(
    output: Path, inputs: Iterable[Path | str | None], overwrite: bool, preview: bool
) -> Path:
    """Return where to write, a picture for a preview, once it is sure that nothing is lost by it.

    Raises:
        VideoError: its name, its folder, or what stands there already forbids it.
    """
    read = [Path(path) for path in inputs if path is not None]
    if preview:
        output = output.with_suffix(PREVIEW_SUFFIX)
        check_output(output, (PREVIEW_SUFFIX,), overwrite, read)
        return output
    check_output(output, VIDEO_SUFFIXES, overwrite, read)
    check_output(record_path(output), (".json",), overwrite, read)
    check_record_place(output)
    return output
