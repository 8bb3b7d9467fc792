"""Show renderers side by side, with the source and its skeleton, as a video or a .png."""

import argparse
from pathlib import Path

from pipelines.commands.options import (
    add_detector,
    add_fields,
    add_output,
    add_size,
    add_switches,
)
from pipelines.commands.video import config_of
from pipelines.config import Music2VideoConfig as Config


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", type=Path, help="video of a dancer, or a pose file")
    add_output(parser, "video to write, or a .png of moments")
    parser.add_argument(
        "--renderers", nargs="+", default=[], metavar="NAME[=DIR]",
        help="whom to show, with folders of their own (default: all that run here, no prompt)",
    )  # fmt: skip
    parser.add_argument(
        "--poses", dest="poses_of", type=Path, metavar="FILE", help="a video's poses, where known"
    )
    parser.add_argument("--audio", type=Path, metavar="SONG", help="its sound")
    add_detector(parser)
    add_fields(parser, Config, "prompt", "performer", "seed", "fps", "start", "duration", "device",
               "canvas")  # fmt: skip
    add_size(parser, Config)
    add_switches(parser, "--overwrite")


def run(args: argparse.Namespace) -> None:
    from pipelines.compare import ComparedSource, compare_renderers
    from pipelines.detectors import load_detector
    from pipelines.runtime import resolve_device

    config = config_of(args)
    detector = load_detector(args.detector, None, resolve_device(config.device))
    source = ComparedSource(args.source, args.poses_of, args.audio)
    made = compare_renderers(source, args.output, config, args.renderers, detector, args.overwrite)
    print(f"wrote {made.path} ({made.frames} frames: {', '.join(made.names)})")
