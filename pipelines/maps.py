"""Poses become maps of the lifted body: numbered pictures, a folder for each kind."""

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
from tqdm import tqdm

from checkpoints.files import locked_folder, whole_folder
from checkpoints.foreign import ForeignFileError, read_json_object
from pipelines import VideoError
from pipelines.config import Music2VideoConfig
from pipelines.dancing import shown_poses
from pipelines.output import check_output
from pipelines.painting import files_read, work_folder
from pipelines.record import RunRecord, own_version
from pose2video.diffusion.state import fingerprint
from pose2video.stage.maps import BodyMaps

ABOUT = "maps.json"
MARK = {"kind": "music2dance maps"}
"""By this a folder of maps is told from folders of others, which are never written over."""


def write_maps(
    output: Path,
    config: Music2VideoConfig,
    kinds: Sequence[str],
    overwrite: bool = False,
    dry_run: bool = False,
) -> RunRecord:
    """Draw maps of ``config.poses`` into the folder ``output``; the record is not saved.

    The folder appears whole or not at all; after a kill the same call goes on where it stopped.

    Args:
        kinds: names out of ``MAPS``.

    Raises:
        MusicError, VideoError, CheckpointError: something for the user to mend.
    """
    check_place(output, overwrite, files_read(config))
    poses, _ = shown_poses(config)
    record = RunRecord(None, output, config, frames=len(poses), maps=[*kinds])
    if dry_run:
        return record
    with record.timed("lift"):
        body = BodyMaps(poses, (config.width, config.height))
    about = about_maps(body, poses.fps, kinds)
    work = work_folder(output)
    with record.timed("draw"), locked_folder(work):
        forget_others(work, about)
        draw_maps(work, body, kinds)
        with whole_folder(output) as partial:
            for name in (*kinds, ABOUT):
                os.replace(work / name, partial / name)
        shutil.rmtree(work)
    return record


def check_place(output: Path, overwrite: bool, inputs: Sequence[Path]) -> None:
    """Make sure that maps can be written and that nothing but maps is lost by it.

    Raises:
        VideoError: its name, or what stands there already forbids it.
    """
    check_output(output, ("",), overwrite, inputs)
    if output.is_dir() and any(output.iterdir()) and not is_maps(output):
        raise VideoError(f"{output} holds something else than maps; give another folder")
    if output.exists() and not output.is_dir():
        raise VideoError(f"{output} is a file; give the name of a folder")


def is_maps(folder: Path) -> bool:
    """Return whether a folder was made by ``write_maps``, and nothing was added to it."""
    try:
        about = read_json_object(folder / ABOUT)
    except ForeignFileError:
        return False
    known = {ABOUT, *map(str, about.get("maps", ()))}
    return about.items() >= MARK.items() and {path.name for path in folder.iterdir()} <= known


def about_maps(body: BodyMaps, fps: float, kinds: Sequence[str]) -> dict[str, Any]:
    """Return what ``maps.json`` says."""
    return {
        **MARK,
        "version": own_version(),
        "maps": [*kinds],
        "frames": len(body),
        "fps": fps,
        "size": [*body.size],
        "white_metres": round(body.near, 4),
        "black_metres": round(body.wall, 4),
        "fingerprint": fingerprint({}, *body.arrays()),
    }


def forget_others(work: Path, about: dict[str, Any]) -> None:
    """Remove what is unfinished of other maps, and note whose this is."""
    content = json.dumps(about, indent=2) + "\n"
    path = work / ABOUT
    if path.is_file() and path.read_text() == content:
        return
    for held in work.iterdir():
        shutil.rmtree(held) if held.is_dir() else held.unlink()
    path.write_text(content)


def draw_maps(work: Path, body: BodyMaps, kinds: Sequence[str]) -> None:
    """Draw all frames that are not there yet, into a folder for each kind."""
    folders = [work / kind for kind in kinds]
    for folder in folders:
        folder.mkdir(exist_ok=True)
    # A kill may have cut the last picture of each folder short.
    done = max(0, min(len(list(folder.iterdir())) for folder in folders) - 1)
    shown = tqdm(range(done, len(body)), "maps", len(body), initial=done, disable=None)
    for frame in shown:
        for folder, picture in zip(folders, body.draw(frame, kinds), strict=True):
            coded = cv2.imencode(".png", picture[..., ::-1])[1]
            (folder / f"{frame:06d}.png").write_bytes(coded.tobytes())
