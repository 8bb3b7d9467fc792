"""Write poses in another form, or lift them to motion in three dimensions."""

import argparse

from pipelines.commands.options import add_fields, add_switches
from pipelines.commands.video import add_poses, add_poses_output, config_of, report
from pipelines.config import Music2VideoConfig as Config


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_poses(parser)
    add_poses_output(parser)
    add_fields(parser, Config, "canvas", "fps", fps="the file's")
    add_switches(parser, "--overwrite", "--dry-run", "--json")


def run(args: argparse.Namespace) -> None:
    from pipelines.convert import convert

    keep_rate = args.fps is None
    report(args, convert(args.output, config_of(args), keep_rate, args.overwrite, args.dry_run))
