"""List the moves that a dancer can be asked for by name, and draw them."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.commands.options import add_fields, add_switches
from pipelines.commands.video import config_of
from pipelines.config import Music2VideoConfig as Config

if TYPE_CHECKING:
    from pipelines.moves import ListedMove

UNWRITTEN = "learned from recorded dances"
"""What is said of a family of moves that is no written move."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE",
        help="a .png to draw them on (default: only list them)",
    )  # fmt: skip
    add_fields(parser, Config, "model")
    add_switches(parser, "--overwrite", "--json")


def run(args: argparse.Namespace) -> None:
    from music2pose.generate import load_pose_model
    from pipelines.moves import draw_moves, list_moves

    name = config_of(args).model
    model = load_pose_model(name)
    listed = list_moves(model)
    if args.output is not None:
        draw_moves(model, listed, args.output, args.overwrite)
    if args.json:
        print(json.dumps([move._asdict() for move in listed]))
        return
    show(name, listed)
    if args.output is not None:
        print(f"wrote {args.output}")


def show(model: str, listed: "list[ListedMove]") -> None:
    """Print the moves, and which of them a dancer knows."""
    for move in listed:
        print(f"{move.name:20s}{move.says or UNWRITTEN}")
    known = ", ".join(move.name for move in listed if move.is_known)
    print(f"{model} dances by name: {known or 'none of them'}")
