"""Keep, beside every video, what is needed to make it again: the run record."""

import json
import platform
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

import av

from checkpoints.files import whole_file
from checkpoints.foreign import ForeignFileError, is_path, read_json, read_json_object, short
from pipelines import VideoError
from pipelines.config import Music2VideoConfig
from pose2video import RenderError

PROJECT = "music2dance"
MARK = {"kind": "music2dance run record"}
"""By this a record is told from files of others, which are never written over."""
PACKAGES = ("numpy", "scipy", "torch", "soundfile", "opencv-python-headless", "diffusers")


class RunRecord:
    """What was asked for, what was found on the way, and how long each stage took.

    It is written to, and read only when all is done: nothing is decided by what it holds.
    """

    def __init__(
        self, song: Path | None, output: Path, config: Music2VideoConfig, **found: object
    ) -> None:
        self.output = output
        self.content: dict[str, Any] = {
            **MARK,
            "song": str(song.absolute()) if song else None,
            "output": str(output.absolute()),
            "settings": asdict(config),
            "versions": versions(),
            "seconds": {},
            **found,
        }

    def note(self, **found: object) -> None:
        """Add what was found."""
        self.content.update(found)

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Add the time of a block, in seconds, to that of its stage."""
        start = time.perf_counter()
        yield
        seconds = self.content["seconds"].get(stage, 0.0) + time.perf_counter() - start
        self.content["seconds"][stage] = round(seconds, 3)

    def save(self) -> None:
        """Write it beside the output."""
        with whole_file(record_path(self.output)) as partial:
            partial.write_text(json.dumps(self.content, indent=2) + "\n")


def record_path(output: Path) -> Path:
    """
    >>> record_path(Path("out/show.mp4")).name
    'show.run.json'
    """
    return output.with_suffix(".run.json")


def check_record_place(output: Path) -> None:
    """Make sure that the record of ``output`` would overwrite nothing but an earlier record."""
    path = record_path(output)
    if path.exists() and not is_record(path):
        raise VideoError(
            f"{path}, where the run record goes, holds something else; give another name"
        )


def is_record(path: Path) -> bool:
    """Return whether a file is a run record of ours."""
    try:
        return read_json_object(path).items() >= MARK.items()
    except ForeignFileError:
        return False


class Recorded(NamedTuple):
    """What a run record tells of the run."""

    song: Path | None
    config: Music2VideoConfig


def read_record(path: Path) -> Recorded:
    """Return what a run record tells, or a plain object of settings, which names no song.

    Raises:
        VideoError: the file is no JSON object, or a setting is unknown or not possible.
    """
    try:
        content = read_json(path)
    except ForeignFileError as error:
        raise VideoError(
            f"cannot read settings from {path}: {error}; give the .run.json beside a video"
        ) from error
    if not isinstance(content, dict):
        raise VideoError(f"{path} holds no settings; give the .run.json beside a video")
    settings, song = content.get("settings", content), content.get("song")
    if not isinstance(settings, dict):
        raise VideoError(f"{path}: settings must be an object, got {short(settings)}")
    if not isinstance(song, str | None) or not is_path(song or ""):
        raise VideoError(f"{path}: song must be a path, got {short(song)}")
    try:
        config = Music2VideoConfig.from_dict(settings)
    except (VideoError, RenderError) as error:
        raise VideoError(f"{path}: {error}") from error
    return Recorded(None if song is None else Path(song), config)


def versions() -> dict[str, str]:
    """Return the versions of everything that shapes the result."""
    found = {
        PROJECT: own_version(),
        "python": platform.python_version(),
        "ffmpeg": av.ffmpeg_version_info,
    }
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def own_version() -> str:
    """Return the version of this program, which need not be installed to run."""
    try:
        return version(PROJECT)
    except PackageNotFoundError:
        project = tomllib.loads(Path(__file__).parent.with_name("pyproject.toml").read_text())
        return project["project"]["version"]
