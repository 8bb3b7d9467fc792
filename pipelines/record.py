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
from typing import Any, get_args, get_type_hints

import imageio_ffmpeg

from checkpoints.files import whole_file
from pipelines import VideoError
from pipelines.config import Music2VideoConfig

PACKAGES = ("numpy", "torch", "librosa", "soundfile", "opencv-python-headless", "diffusers")


class RunRecord:
    """What was asked for, what was found on the way, and how long each stage took."""

    def __init__(self, song: Path | None, output: Path, config: Music2VideoConfig) -> None:
        self.output = output
        self.config = config
        self.content: dict[str, Any] = {
            "song": str(song.absolute()) if song else None,
            "output": str(output.absolute()),
            "settings": asdict(config),
            "versions": versions(),
            "seconds": {},
        }

    def note(self, **found: object) -> None:
        self.content.update(found)

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Add the time of a block, in seconds, to that of its stage."""
        start = time.perf_counter()
        yield
        seconds = self.content["seconds"].get(stage, 0.0) + time.perf_counter() - start
        self.content["seconds"][stage] = round(seconds, 3)

    def save(self) -> None:
        with whole_file(record_path(self.output)) as partial:
            partial.write_text(json.dumps(self.content, indent=2) + "\n")


def record_path(output: Path) -> Path:
    return output.with_suffix(".json")


def check_record_place(output: Path) -> None:
    """Make sure that the record of ``output`` would overwrite nothing but an earlier record."""
    path = record_path(output)
    if path.exists():
        try:
            is_record = "settings" in json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, TypeError):
            is_record = False
        if not is_record:
            raise VideoError(
                f"{path}, where the run record goes, holds something else; give another name"
            )


def read_record(path: Path) -> dict[str, Any]:
    """Return a run record, or a plain object of settings as a record that holds only them.

    Raises:
        VideoError: the file is no JSON object, or a setting is unknown or of the wrong type.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise VideoError(
            f"cannot read settings from {path}: {error}; give the .json beside a video"
        ) from error
    if not isinstance(content, dict):
        raise VideoError(f"{path} holds no settings; give the .json that stands beside a video")
    if "settings" not in content:
        content = {"settings": content}
    _check_settings(content["settings"], path)
    if not isinstance(content.get("song"), str | None):
        raise VideoError(f"{path}: song must be a path, got {content['song']!r}")
    return content


def _check_settings(settings: Any, path: Path) -> None:
    kinds = get_type_hints(Music2VideoConfig)
    if not isinstance(settings, dict):
        raise VideoError(f"{path}: settings must be an object, got {settings!r:.40}")
    for name, value in settings.items():
        if name not in kinds:
            raise VideoError(f"{path}: no setting is called {name!r}; known are {', '.join(kinds)}")
        kind = kinds[name]
        if not isinstance(value, kind | int if float in (kind, *get_args(kind)) else kind):
            words = getattr(kind, "__name__", str(kind))
            raise VideoError(f"{path}: {name} must be {words}, got {value!r:.40}")


def versions() -> dict[str, str]:
    """Return the versions of everything that shapes the result."""
    project = tomllib.loads(Path(__file__).parent.with_name("pyproject.toml").read_text())
    found = {
        project["project"]["name"]: project["project"]["version"],
        "python": platform.python_version(),
        "ffmpeg": imageio_ffmpeg.get_ffmpeg_version(),
    }
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
