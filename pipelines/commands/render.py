"""Turn poses, from here or elsewhere, into a video, a .png of moments, or motion in 3D."""

import argparse
from pathlib import Path

from pipelines.commands.options import add_fields, add_output, add_switches
from pipelines.commands.video import add_painting, add_poses, config_of, report
from pipelines.config import Music2VideoConfig as Config


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_poses(parser)
    parser.add_argument("--audio", type=Path, metavar="SONG", help="its sound")
    add_output(parser, "video to write, a .png of moments, or 3D motion, .bvh or .glb")
    add_fields(parser, Config, "canvas", "seed", "fps", "start", "duration", "device")
    add_painting(parser)
    add_switches(parser, "--overwrite", "--dry-run", "--json")


def run(args: argparse.Namespace) -> None:
    from music2pose.pose_files import MOTION_SUFFIXES

    config = config_of(args)
    if args.output.suffix.lower() in MOTION_SUFFIXES and not args.preview:
        from pipelines.convert import convert

        record = convert(args.output, config, overwrite=args.overwrite, dry_run=args.dry_run)
        report(args, record)
        return
    if args.output.suffix.lower() == ".png" and not args.preview:
        from pipelines.sheet import render_sheet

        report(args, render_sheet(args.output, config, args.overwrite, args.dry_run))
        return
    from pipelines.music2video import render

    report(
        args,
        render(args.audio, args.output, config, args.overwrite, args.dry_run, args.preview),
    )
