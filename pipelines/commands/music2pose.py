"""Turn a song into poses only."""

import argparse
from pathlib import Path

from pipelines.commands.options import add_fields, add_switches
from pipelines.commands.video import DANCE, add_poses_output, config_of, report
from pipelines.config import Music2VideoConfig as Config


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("song", type=Path, help="sound file, or a video with sound")
    add_poses_output(parser)
    add_fields(parser, Config, *DANCE)
    add_switches(parser, "--overwrite", "--dry-run", "--json")


def run(args: argparse.Namespace) -> None:
    from pipelines.music2video import music2pose

    report(args, music2pose(args.song, args.output, config_of(args), args.overwrite, args.dry_run))
