"""Write poses in another form: for other programs, or in three dimensions."""

from pathlib import Path

from music2pose.pose_files import SAVED_SUFFIXES, load_poses, save_poses
from pipelines.config import Music2VideoConfig
from pipelines.dancing import shown_poses
from pipelines.output import check_output
from pipelines.painting import files_read
from pipelines.record import RunRecord


def convert(
    output: Path,
    config: Music2VideoConfig,
    keep_rate: bool = False,
    overwrite: bool = False,
    dry_run: bool = False,
) -> RunRecord:
    """Write the poses of ``config.poses`` to ``output``; the record is returned but not saved.

    Args:
        keep_rate: write the frames that the file holds; otherwise those of a video of
            ``config.fps`` and ``config.duration``.

    Raises:
        MusicError, VideoError: something for the user to mend.
    """
    check_output(output, SAVED_SUFFIXES, overwrite, files_read(config))
    if keep_rate and config.poses is not None:
        poses = load_poses(Path(config.poses), None, config.canvas_size)
    else:
        poses, _ = shown_poses(config)
    if not dry_run:
        save_poses(poses, output)
    return RunRecord(None, output, config, frames=len(poses))
