"""Where the repository is, and files that appear under their name whole or not at all."""

import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from checkpoints import CheckpointError

REPOSITORY = Path(__file__).resolve().parent.parent
CONFIG, WEIGHTS = "config.json", "model.safetensors"
"""What the folder of a model holds."""


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield an empty file beside ``path`` that takes its name when the block ends well.

    A run that is killed leaves at most that one hidden file, which the next run to the same path
    removes. Of two runs at once to the same path, the last to end wins.

    Raises:
        OSError: the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(path)
    partial = path.with_name(f"{_prefix(path)}{secrets.token_hex(4)}.part")
    try:
        with partial.open("xb") as lock:
            with suppress(OSError):  # some network drives know no locks
                fcntl.flock(lock, fcntl.LOCK_EX)  # given back when this process ends, in any way
            yield partial
            os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Yield an empty folder beside ``path`` that takes its place when the block ends well.

    What stood there is removed then; a link stays, and leads to the new folder. A kill leaves what
    ``whole_file`` leaves.

    Raises:
        OSError: the folder cannot be written.
    """
    path = Path(os.path.realpath(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(path)
    partial, old = (path.with_name(f"{_prefix(path)}{secrets.token_hex(4)}.part") for _ in "no")
    partial.mkdir()
    try:
        with locked_folder(partial):
            yield partial
            if path.exists():
                os.replace(path, old)
            os.replace(partial, path)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


@contextmanager
def locked_folder(folder: Path) -> Iterator[None]:
    """Make a folder, if it is not there, and keep other runs from working in it.

    Raises:
        CheckpointError: another run does.
    """
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise CheckpointError(
            f"another run is at work in {folder}; wait for its end, or write to another place"
        ) from error
    except OSError:  # some network drives know no locks
        pass
    try:
        yield
    finally:
        os.close(descriptor)


def unwritable(path: Path) -> str:
    """Return in words why nothing can be written at ``path``, or an empty text.

    Folders that lack on the way to it do not matter: they can be made.
    """
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    try:
        with tempfile.TemporaryFile(dir=folder):
            return ""
    except OSError as error:
        return f"{error.strerror} in {folder}"


def remove_leftovers(path: Path) -> None:
    """Remove the unfinished files and folders of runs to ``path`` that are no more."""
    for partial in path.parent.iterdir():
        if partial.name.startswith(_prefix(path)) and partial.suffix == ".part":
            # The lock of a live run cannot be had, and what it makes stays.
            with suppress(OSError, CheckpointError):
                _remove(partial)


def _remove(partial: Path) -> None:
    if partial.is_dir():
        with locked_folder(partial):
            shutil.rmtree(partial)
    else:
        with partial.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            partial.unlink(missing_ok=True)


def _prefix(path: Path) -> str:
    """Return how unfinished files of ``path`` begin; short, so that any name fits."""
    return f".{path.name[:40]}."
