"""A song becomes a dance, and the dance a video."""

import argparse
import errno
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, TextIO

from checkpoints import CheckpointError
from checkpoints.foreign import ForeignFileError, shortened
from music2pose import MusicError
from pipelines import VideoError
from pipelines.commands import (
    beats,
    compare,
    convert,
    demo_song,
    evaluate,
    extract,
    mannequin,
    models,
    moves,
    music2pose,
    music2video,
    performer,
    render,
    scene,
    sections,
    train,
)
from pipelines.commands.options import UsageError, add_commands
from pose2video import RenderError
from prompts import PromptError

COMMANDS = (
    music2video, music2pose, render, scene, convert, compare, extract, performer, evaluate, train,
    mannequin, beats, sections, moves, models, demo_song,
)  # fmt: skip
INSTALLED = "music2dance"
USER_ERRORS = (
    UsageError, MusicError, RenderError, VideoError, CheckpointError, PromptError,
    ForeignFileError,
)  # fmt: skip
"""Explained in one line; any other error is a bug and shows its traceback."""
FILE_ERRORS = {
    errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EPERM, errno.EROFS,
    errno.ENOENT, errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP,
    errno.EIO, errno.EBUSY, errno.ENOTEMPTY, errno.ENXIO, errno.ETXTBSY, errno.EMLINK, errno.ESTALE,
}  # fmt: skip
"""What a disk may refuse, for the user to mend."""
STOPS = {signal.SIGTERM: "ended", signal.SIGHUP: "hung up"}
"""Signals that end a run as tidily as an interruption does, unless the shell ignores them."""
MOST_LETTERS = 600
"""Of an error line."""


class PrintError(Exception):
    """Nothing can be printed; its argument is the OSError that says why."""


class Printed:
    """Standard output whose failures can be told from those of files."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        try:
            return self.stream.write(text)
        except OSError as error:
            raise PrintError(error) from error

    def flush(self) -> None:
        try:
            self.stream.flush()
        except OSError as error:
            raise PrintError(error) from error

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


class Parser(argparse.ArgumentParser):
    """Complains by an exception, so that all errors are said in one place."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; see: {self.prog} --help")


def build_parser() -> argparse.ArgumentParser:
    """Return what reads the command line."""
    is_installed = Path(sys.argv[0]).stem == INSTALLED
    parser = Parser(prog=INSTALLED if is_installed else "python cli.py", description=__doc__)
    add_commands(parser, COMMANDS, "command")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 done, 2 for the user to mend, 130 interrupted, 128 and its number for another signal, 141
        where nobody reads what is printed any more.
    """
    for stream in (sys.stdout, sys.stderr):
        # Names of files need not be text, and the terminal need not know every letter.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        with tidy_stops(), printing():
            args = build_parser().parse_args(argv)
            args.run(args)
    except USER_ERRORS as error:
        return complain(str(error))
    except PrintError as error:
        return complain_of_printing(error.args[0])
    except OSError as error:
        if error.errno not in FILE_ERRORS:
            raise
        return complain(f"{error.filename or 'output'}: {error.strerror}; choose another place")
    except KeyboardInterrupt as error:
        number, what = error.args or (signal.SIGINT, "interrupted")
        complain(what)
        return 128 + number
    return 0


@contextmanager
def printing() -> Iterator[None]:
    """Let what cannot be printed be a ``PrintError``, at the latest when the block ends."""
    printed: Any = Printed(sys.stdout)
    with redirect_stdout(printed):
        try:
            yield
        finally:
            printed.flush()


@contextmanager
def tidy_stops() -> Iterator[None]:
    """Let ``STOPS`` end the block by an exception, so that nothing half-made is left."""

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        signal.signal(number, signal.SIG_IGN)  # once is enough
        raise KeyboardInterrupt(number, STOPS[signal.Signals(number)])

    before = {}
    for number in STOPS:
        # Only the main thread may; and nohup, or whoever embeds this, has reasons of their own.
        with suppress(ValueError):
            if signal.getsignal(number) == signal.SIG_DFL:
                before[number] = signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def complain(message: str) -> int:
    """Say in one line of bounded length what is wrong."""
    line = " ".join(message.splitlines())
    letters = (letter if letter.isprintable() else repr(letter)[1:-1] for letter in line)
    print("error:", shortened("".join(letters), MOST_LETTERS), file=sys.stderr)
    return 2


def complain_of_printing(error: OSError) -> int:
    """Say why nothing can be printed, unless it is that nobody wants to read on."""
    with open(os.devnull, "w") as nowhere, suppress(OSError):
        os.dup2(nowhere.fileno(), sys.stdout.fileno())  # for what Python prints at its end
    if error.errno == errno.EPIPE:
        return 128 + signal.SIGPIPE
    return complain(f"standard output: {error.strerror}; print to another place")


if __name__ == "__main__":
    sys.exit(main())
