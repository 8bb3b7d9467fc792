"""Find the dancer's poses in a video."""

import argparse
from pathlib import Path

from pipelines.commands.options import add_detector, add_fields, add_switches
from pipelines.commands.video import add_poses_output, config_of
from pipelines.config import Music2VideoConfig as Config


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("video", type=Path, help="video of one or more people")
    add_poses_output(parser)
    add_fields(parser, Config, "fps", "device", fps="the video's")
    add_detector(parser)
    parser.add_argument("--model", dest="weights", metavar="DIR", help="trained weights of nadsnet")
    add_switches(parser, "--overwrite")


def run(args: argparse.Namespace) -> None:
    from music2pose.pose_files import SAVED_SUFFIXES, save_poses
    from pipelines.detectors import load_detector
    from pipelines.extract import extract_poses
    from pipelines.output import check_output
    from pipelines.runtime import resolve_device

    check_output(args.output, SAVED_SUFFIXES, args.overwrite, [args.video])
    device = resolve_device(config_of(args).device)
    detector = load_detector(args.detector, args.weights, device)
    print(save_poses(extract_poses(args.video, detector, args.fps, device), args.output))
