"""Cut a person out of a video, as pictures and poses that renderers can learn from."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.commands.options import (
    add_detector,
    add_fields,
    add_output,
    add_square_size,
    add_switches,
)
from pipelines.commands.video import config_of
from pipelines.config import Music2VideoConfig as Config

if TYPE_CHECKING:
    from pose2video.performer.performer import Performer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "video", type=Path, help="video of one person, seen whole; for --keep a performer's folder"
    )
    add_output(parser, "folder to write", metavar="DIR")
    parser.add_argument(
        "--poses", dest="poses_file", type=Path, metavar="FILE", help="its poses, where known"
    )
    parser.add_argument(
        "--keep", type=int, metavar="N", help="only thin a performer: the N most different pictures"
    )
    add_detector(parser)
    add_square_size(parser)
    parser.add_argument("--name", metavar="TEXT", help="of the person (default: VIDEO's)")
    parser.add_argument(
        "--licence", metavar="TEXT", default="not stated", help="of the pictures, kept with them"
    )
    add_fields(parser, Config, "fps", "device", fps="that of the poses, or else of the video")
    add_switches(parser, "--overwrite")


def run(args: argparse.Namespace) -> None:
    made = make(args) if args.keep is None else thin(args)
    print(f"wrote {made.folder} ({len(made)} pictures of {made.size}x{made.size})")


def make(args: argparse.Namespace) -> "Performer":
    """Cut the person out of the video."""
    from pipelines.detectors import load_detector
    from pipelines.runtime import resolve_device
    from pipelines.target import TargetConfig, make_performer
    from pose2video.performer.target import CropConfig

    device = resolve_device(config_of(args).device)
    settings = TargetConfig(
        crop=CropConfig() if args.size is None else CropConfig(args.size),
        fps=args.fps,
        name=args.name,
        licence=args.licence,
        device=device,
    )
    detector = load_detector(args.detector, None, device)
    return make_performer(
        args.video, args.output, args.poses_file, settings, detector, args.overwrite
    )


def thin(args: argparse.Namespace) -> "Performer":
    """Keep of a performer the pictures that differ most."""
    from pose2video.performer.performer import load_performer
    from pose2video.performer.thinning import thinned

    performer = load_performer(args.video)
    return thinned(performer, args.output, args.keep, args.size, overwrite=args.overwrite)
