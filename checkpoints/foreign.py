"""Read files that anybody may have made, JSON, TOML and text, or say in words what is wrong.

Only plain files of a sensible size are read. Arrays are read in the same spirit in ``arrays``.
"""

import json
import os
import reprlib
import stat
import struct
import tokenize
import tomllib
import zipfile
import zlib
from collections.abc import Callable, Iterable
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

LARGEST_TEXT = 2**24
"""Bytes of settings, prompts and other words."""
LARGEST_DATA = 2**29
"""Bytes of arrays, unpacked: an hour of poses at 120 frames a second has a third of it."""
DEEPEST = 64
"""Levels of lists and tables in one another."""
LARGEST_INTEGER = 2**63

BROKEN_DATA: tuple[type[Exception], ...] = (
    ArithmeticError, AttributeError, EOFError, LookupError, MemoryError, OSError, RecursionError,
    StopIteration, SyntaxError, TypeError, ValueError, struct.error, tokenize.TokenError,
    zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What readers of broken data raise; around code that reads one file and does nothing else."""

_KINDS: dict[str, Callable[[int], bool]] = {
    "a folder": stat.S_ISDIR, "a pipe": stat.S_ISFIFO, "a socket": stat.S_ISSOCK,
    "a device": lambda mode: stat.S_ISCHR(mode) or stat.S_ISBLK(mode),
}  # fmt: skip
_short = reprlib.Repr()
_short.maxstring = _short.maxother = _short.maxlong = 40
_short.maxlevel = 3


class ForeignFileError(ValueError):
    """A file that cannot be read; the text says why, and not which file."""


def expanded(path: str | Path) -> Path:
    """Return a path with ``~`` put in, or as it is where nobody has that home."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def no_file(path: Path) -> str:
    """Return in words why a path is no file that can be read, or an empty text."""
    try:
        return _no_file(path.stat().st_mode)
    except (OSError, ValueError) as error:
        return why(error)


def open_file(path: Path) -> BinaryIO:
    """Open a plain file; a pipe that nobody writes to does not make it wait.

    Raises:
        ForeignFileError: it is none, or cannot be opened.
    """
    if reason := no_file(path):
        raise ForeignFileError(reason)
    try:
        return open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK))
    except (OSError, ValueError) as error:
        raise ForeignFileError(why(error)) from error


def read_bytes(path: Path, most: int = LARGEST_DATA) -> bytes:
    """Return what a file holds.

    Raises:
        ForeignFileError: it is no plain file, or holds more than ``most`` bytes.
    """
    with open_file(path) as file:
        try:
            data = file.read(most + 1)
        except OSError as error:
            raise ForeignFileError(why(error)) from error
    if len(data) > most:
        raise ForeignFileError(f"it is larger than {most / 2**20:.0f} MiB")
    return data


def read_text(path: Path, most: int = LARGEST_TEXT, errors: str = "strict") -> str:
    """Return the text of a file in UTF-8, or in what its byte-order mark says.

    Raises:
        ForeignFileError: it is no plain file, too large, or no text.
    """
    data = read_bytes(path, most)
    try:
        return data.decode(json.detect_encoding(data), errors)
    except UnicodeError as error:
        raise ForeignFileError("it is no text") from error


def read_json(path: Path, most: int = LARGEST_TEXT) -> Any:
    """Return what a JSON file holds.

    Raises:
        ForeignFileError: it is broken, larger than ``most`` bytes, or nested absurdly deep.
    """
    return parsed_json(read_text(path, most))


def read_json_object(path: Path) -> dict[str, Any]:
    """Return what a JSON file of names and values holds; raises as ``read_json``."""
    content = read_json(path)
    if not isinstance(content, dict):
        raise ForeignFileError("it is not a JSON object")
    return content


def parsed_json(text: str) -> Any:
    """Return what a text of JSON holds; raises as ``read_json``, of its content."""
    return _parsed(json.loads, text)


def read_toml(path: Path) -> dict[str, Any]:
    """Return what a TOML file holds; raises as ``read_json``."""
    return _parsed(tomllib.loads, read_text(path))


def short(value: object) -> str:
    """Return a value as it stands in an error, whatever its size.

    >>> short([1, "a"]), len(short("a" * 1000)), len(short(10**400))
    ("[1, 'a']", 40, 40)
    """
    return _short.repr(value)


def shortened(text: str, most: int = 600) -> str:
    """Return a text of at most so many letters, the middle left out.

    >>> shortened("no joint called abcdefgh; give another", 26)
    'no joint cal ...ve another'
    """
    if len(text) <= most:
        return text
    kept = most - 4
    return f"{text[: kept - kept // 2 + 1]} ...{text[len(text) - kept // 2 + 1 :]}"


def is_path(text: str) -> bool:
    """Return whether a text can name a file, which may hold bytes that are no letters.

    >>> is_path("a"), is_path("a\\udcff"), is_path("a\\ud800"), is_path("a\\0")
    (True, True, False, False)
    """
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeError:
        return False


def is_text(text: str) -> bool:
    """Return whether all of a text is letters that can be written: no NUL, no half of a letter.

    >>> is_text("ä"), is_text("a\\udcff"), is_text("a\\0")
    (True, False, False)
    """
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def _no_file(mode: int) -> str:
    if stat.S_ISREG(mode):
        return ""
    found = next((words for words, test in _KINDS.items() if test(mode)), "something else")
    return f"it is {found}, not a file"


def why(error: BaseException) -> str:
    """Return what an error of the file system or of a reader says, short."""
    reason = getattr(error, "strerror", None)  # of the file system, and of PyAV
    return reason or shortened((str(error) or type(error).__name__).splitlines()[0], 120)


def _parsed(parse: Callable[[str], Any], text: str) -> Any:
    try:
        content = parse(text)
    except RecursionError as error:
        raise ForeignFileError("it is nested too deep") from error
    except (ValueError, MemoryError) as error:
        raise ForeignFileError(why(error)) from error
    _check_content(content)
    return content


def _check_content(content: Any) -> None:
    """Make sure that what was parsed can be walked through and counted with."""
    level: list[Any] = [[content]]
    for _ in range(DEEPEST):
        values = list(chain.from_iterable(map(_values, level)))
        if any(type(value) is int and abs(value) > LARGEST_INTEGER for value in values):
            raise ForeignFileError("it holds a whole number of more than 19 digits")
        level = [value for value in values if type(value) in (list, dict)]
    if level:
        raise ForeignFileError("it is nested too deep")


def _values(holder: Any) -> Iterable[Any]:
    return holder.values() if isinstance(holder, dict) else holder
