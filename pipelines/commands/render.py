"""Turn poses, from here or elsewhere, into a video, a .png of moments, motion in 3D, or maps."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.commands.options import UsageError, add_fields, add_output, add_switches
from pipelines.commands.video import add_painting, add_poses, config_of, report
from pipelines.config import Music2VideoConfig as Config
from pose2video.stage.settings import MAPS, checked_maps

if TYPE_CHECKING:
    from pipelines.record import RunRecord

OF_VIDEOS = ("audio", "prompt", "renderer", "performer", "preview")
"""Options of which maps know nothing."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_poses(parser)
    parser.add_argument("--audio", type=Path, metavar="SONG", help="its sound")
    add_output(
        parser, "video to write, a .png of moments, or 3D motion, .bvh or .glb; for --maps a folder"
    )
    parser.add_argument(
        "--maps", nargs="+", metavar="NAME",
        help=f"instead of a video, draw the body lifted to three dimensions: {', '.join(MAPS)}, "
             "each as numbered pictures in a folder of its own",
    )  # fmt: skip
    add_fields(parser, Config, "canvas", "seed", "fps", "start", "duration", "device")
    add_painting(parser)
    add_switches(parser, "--overwrite", "--dry-run", "--json")


def run(args: argparse.Namespace) -> None:
    from music2pose.pose_files import MOTION_SUFFIXES

    config = config_of(args)
    if args.maps is not None:
        report(args, run_maps(args, config))
        return
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


def run_maps(args: argparse.Namespace, config: Config) -> "RunRecord":
    """Draw maps of the lifted body."""
    kinds = checked_maps(args.maps)
    if unused := [name for name in OF_VIDEOS if getattr(args, name)]:
        raise UsageError(f"--maps shows the body alone; leave out --{unused[0]}")
    from pipelines.maps import write_maps

    return write_maps(args.output, config, kinds, args.overwrite, args.dry_run)
