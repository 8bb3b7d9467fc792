"""Draw one picture of what a prompt becomes on the stage."""

from pathlib import Path
from typing import Any

from music2pose.moves.perform import perform_move
from pipelines.config import Music2VideoConfig
from pipelines.output import check_output
from pipelines.painting import render_options
from pose2video.pictures import save_picture
from pose2video.stage.renderer import StageRenderer

PICTURE_SUFFIXES = (".png",)
MOVE, BEAT = "raise_the_roof", 1.0
"""What is danced in the picture, and when."""
BPM, FPS = 120.0, 25.0


def draw_scene(
    output: Path, config: Music2VideoConfig, overwrite: bool = False, dry_run: bool = False
) -> dict[str, Any]:
    """Draw a dancer in the scene of a prompt; return the scene, and what was not understood.

    Raises:
        PromptError, RenderError, VideoError, CheckpointError: something for the user to mend.
    """
    check_output(output, PICTURE_SUFFIXES, overwrite)
    options = render_options(config, output)
    renderer = StageRenderer(options)
    plan = renderer.plan(1, config.fps)
    if not dry_run:
        dance = perform_move(MOVE, bpm=BPM, fps=FPS)
        frame = round(BEAT * 60 / BPM * FPS)
        picture = renderer.portrait(dance, frame, config.seed)
        save_picture(output, picture)
    return plan
