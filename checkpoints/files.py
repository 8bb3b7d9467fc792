"""Write files that appear under their name whole or not at all."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield an empty file beside ``path`` that takes its name when the block ends well.

    A run that is killed leaves at most that one hidden file, and the next run to the same path
    starts by removing it. When two runs write to the same path at once, the later one wins and
    the earlier one fails.

    Raises:
        OSError: the folder cannot be written, or another run took over.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = partial_path(path)
    partial.unlink(missing_ok=True)
    partial.touch()
    identity = partial.stat().st_ino
    try:
        yield partial
        if not _is_file(partial, identity):
            raise FileExistsError(errno.EEXIST, "another run is writing it", str(path))
        os.replace(partial, path)
    finally:
        if _is_file(partial, identity):
            partial.unlink()


def partial_path(path: Path) -> Path:
    """Return where ``path`` is written until it is whole; short, so that any name fits."""
    return path.with_name(f".{path.name[:40]}.part")


def _is_file(path: Path, identity: int) -> bool:
    try:
        return path.stat().st_ino == identity
    except FileNotFoundError:
        return False
