"""Look at an output path before the long work starts."""

import os
from collections.abc import Collection, Iterable
from pathlib import Path

from checkpoints.files import unwritable
from pipelines import VideoError


def check_output(
    output: Path, suffixes: Collection[str], overwrite: bool, inputs: Iterable[Path] = ()
) -> None:
    """Make sure that ``output`` can be written and that nothing is lost by it.

    Raises:
        VideoError: its name, its folder, or what stands there already forbids it.
    """
    if reason := _wrong_name(output, suffixes) or _loss(output, overwrite, inputs):
        raise VideoError(reason)
    if reason := unwritable(output):
        raise VideoError(f"cannot write {output}: {reason}; choose another folder")


def _wrong_name(output: Path, suffixes: Collection[str]) -> str:
    if output.suffix.lower() not in suffixes:
        known = ", ".join(suffix or "no suffix (a folder)" for suffix in suffixes)
        return f"cannot write {output}; give a name that ends in {known}"
    if output.is_dir() and "" not in suffixes:
        return f"{output} is a folder; give the name of a file"
    return ""


def _loss(output: Path, overwrite: bool, inputs: Iterable[Path]) -> str:
    if not os.path.lexists(output):  # a link to nowhere is the user's as well
        return ""
    if output.exists() and any(path.exists() and output.samefile(path) for path in inputs):
        return f"{output} would overwrite what it is made from; give another name"
    return "" if overwrite else f"{output} exists; give --overwrite, or another name with -o"
