"""Show rendered poses at a glance: moments of the video on one picture."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from tqdm import tqdm

from music2pose.pose_files import load_poses
from pipelines.config import Music2VideoConfig
from pipelines.music2video import num_frames, render_options
from pipelines.output import check_output
from pipelines.record import RunRecord
from pipelines.runtime import resolve_device
from pose2video.contact_sheet import contact_sheet
from pose2video.pictures import save_picture
from pose2video.renderer import PromptedRenderer, choose_renderer, load_renderer

SHEET_SUFFIXES = (".png",)
SHEET_FRAMES = 24


def render_sheet(
    poses_file: Path,
    output: Path,
    config: Music2VideoConfig,
    overwrite: bool = False,
    dry_run: bool = False,
) -> RunRecord:
    """Render poses from a file and write moments of them as one picture; the record is not saved.

    Raises:
        MusicError, RenderError, CheckpointError, VideoError: something for the user to mend.
    """
    check_output(output, SHEET_SUFFIXES, overwrite, [poses_file])
    config = replace(config, device=resolve_device(config.device), poses=str(poses_file))
    options = render_options(config, output)
    name, reason = choose_renderer(config.renderer, options)
    record = RunRecord(None, output, replace(config, renderer=name))
    poses = load_poses(poses_file, config.fps)
    seconds = min(poses.seconds, config.duration or poses.seconds)
    poses = poses.resampled(config.fps, num_frames(seconds, config.fps))
    renderer = load_renderer(name, options)
    record.note(why_renderer=reason, frames=min(len(poses), SHEET_FRAMES))
    if dry_run:
        return record

    if isinstance(renderer, PromptedRenderer):
        renderer.prepare()
        sheet = renderer.preview(poses, config.seed)
    else:
        moments = np.linspace(0, len(poses) - 1, record.content["frames"]).round().astype(int)
        wanted = set(moments.tolist())
        frames = tqdm(renderer.render(poses, config.seed), name, len(poses), disable=None)
        shown = [frame for index, frame in enumerate(frames) if index in wanted]
        sheet = contact_sheet(shown, (moments / config.fps).tolist())
    save_picture(output, sheet)
    return record
