"""A song becomes a dance, and the dance a video."""

import argparse
import errno
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from checkpoints import CheckpointError
from music2pose import MusicError
from pipelines import VideoError
from pipelines.commands import (
    beats,
    compare,
    demo_song,
    evaluate,
    extract,
    mannequin,
    models,
    music2pose,
    music2video,
    performer,
    render,
    sections,
    train,
)
from pipelines.commands.options import UsageError, add_commands
from pose2video import RenderError
from prompts import PromptError

COMMANDS = (
    music2video, music2pose, render, compare, extract, performer, evaluate, train, mannequin,
    beats, sections, models, demo_song,
)  # fmt: skip
INSTALLED = "music2dance"
USER_ERRORS = (
    UsageError, MusicError, RenderError, VideoError, CheckpointError, PromptError,
)  # fmt: skip
"""Explained in one line; any other error is a bug and shows its traceback."""
FILE_ERRORS = {
    errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EPERM, errno.EROFS,
    errno.ENOENT, errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG,
}  # fmt: skip
"""What a disk may refuse, for the user to mend."""


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
    """Run one command; return 0 done, 2 for the user to mend, 130 interrupted."""
    try:
        args = build_parser().parse_args(argv)
        args.run(args)
    except USER_ERRORS as error:
        return complain(str(error))
    except OSError as error:
        if error.errno not in FILE_ERRORS:
            raise
        return complain(f"{error.filename or 'output'}: {error.strerror}; choose another place")
    except KeyboardInterrupt:
        complain("interrupted")
        return 130
    return 0


def complain(message: str) -> int:
    print("error:", " ".join(message.splitlines()), file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
