"""Turn poses, from here or elsewhere, into a video, or a .png of moments of it."""

import argparse
from pathlib import Path

from pipelines.commands.options import add_fields, add_output, add_switches
from pipelines.commands.video import add_painting, config_of, report
from pipelines.config import Music2VideoConfig as Config


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "poses", help=".npz, .json of OpenPose, ComfyUI, AlphaPose, MMPose or COCO, or a folder"
    )
    parser.add_argument("--audio", type=Path, metavar="SONG", help="its sound")
    add_output(parser, "video to write, or a .png of moments")
    add_fields(parser, Config, "canvas", "seed", "fps", "start", "duration", "device")
    add_painting(parser)
    add_switches(parser, "--overwrite", "--dry-run", "--json")


def run(args: argparse.Namespace) -> None:
    config = config_of(args)
    if args.output.suffix.lower() == ".png" and not args.preview:
        from pipelines.sheet import render_sheet

        report(args, render_sheet(args.output, config, args.overwrite, args.dry_run))
        return
    from pipelines.music2video import render

    report(
        args,
        render(args.audio, args.output, config, args.overwrite, args.dry_run, args.preview),
    )
