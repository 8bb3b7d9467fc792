"""Show rendered poses at a glance: moments of the video on one picture."""

from pathlib import Path

import numpy as np
from tqdm import tqdm

from music2pose.pose import PoseSequence
from pipelines.config import Music2VideoConfig
from pipelines.dancing import shown_poses
from pipelines.output import check_output
from pipelines.painting import files_read, load_painter, resolved
from pipelines.record import RunRecord
from pose2video.contact_sheet import contact_sheet
from pose2video.pictures import save_picture
from pose2video.renderer import PromptedRenderer, Renderer

SHEET_SUFFIXES = (".png",)
SHEET_FRAMES = 24


def render_sheet(
    output: Path, config: Music2VideoConfig, overwrite: bool = False, dry_run: bool = False
) -> RunRecord:
    """Render ``config.poses`` and write moments of them as one picture; the record is not saved.

    Raises:
        MusicError, RenderError, PromptError, CheckpointError, VideoError: something for the user
            to mend.
    """
    check_output(output, SHEET_SUFFIXES, overwrite, files_read(config))
    config, reason = resolved(config, output)
    poses, _ = shown_poses(config)
    renderer = load_painter(config, output)
    record = RunRecord(
        None, output, config, why_renderer=reason, frames=min(len(poses), SHEET_FRAMES)
    )
    if not dry_run:
        save_picture(output, sheet_of(renderer, poses, config))
    return record


def sheet_of(renderer: Renderer, poses: PoseSequence, config: Music2VideoConfig) -> np.ndarray:
    """Return one picture (H, W, 3) uint8 RGB with evenly spaced moments of a render."""
    if isinstance(renderer, PromptedRenderer):
        renderer.prepare()
        return renderer.preview(poses, config.seed)
    count = min(len(poses), SHEET_FRAMES)
    moments = np.linspace(0, len(poses) - 1, count).round().astype(int)
    wanted = set(moments.tolist())
    frames = tqdm(renderer.render(poses, config.seed), config.renderer, len(poses), disable=None)
    shown = [frame for index, frame in enumerate(frames) if index in wanted]
    return contact_sheet(shown, (moments / config.fps).tolist())
