"""Judge a dance by its song, or with --frames a painted video by its poses and the true one."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.commands.options import UsageError, add_fields, add_switches
from pipelines.commands.video import TEMPO, config_of
from pipelines.config import Music2VideoConfig as Config

if TYPE_CHECKING:
    from pipelines.evaluate import EvaluationReport
    from pipelines.evaluate_frames import FramesReport


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "dance", metavar="poses", type=Path, nargs="?",
        help="the dance: .npz, .json or a folder of .json",
    )  # fmt: skip
    parser.add_argument("--audio", type=Path, metavar="SONG", help="its song")
    parser.add_argument("--frames", type=Path, metavar="VIDEO", help="a painted video")
    parser.add_argument(
        "--poses", dest="shown_poses", type=Path, metavar="FILE", help="what --frames should show"
    )
    parser.add_argument(
        "--reference", type=Path, metavar="PATH",
        help="real dances to compare with; for --frames, the true video",
    )  # fmt: skip
    parser.add_argument("--plot", type=Path, metavar="FILE", help="beats and motion, as a .png")
    add_fields(
        parser, Config, "fps", "start", *TEMPO, "seed", "device", "canvas",
        fps="the file's own",
    )  # fmt: skip
    add_switches(parser, "--overwrite", "--json")


def run(args: argparse.Namespace) -> None:
    found = judge_dance(args) if args.frames is None else judge_frames(args)
    print(json.dumps(found.as_dict()) if args.json else found.table())


def judge_dance(args: argparse.Namespace) -> "EvaluationReport":
    if args.dance is None or args.audio is None:
        raise UsageError("give POSES and --audio SONG to judge a dance, or --frames VIDEO")
    from pipelines.evaluate import EvaluationConfig, run_evaluate

    given = config_of(args)
    beats = None if given.beats is None else Path(given.beats)
    config = EvaluationConfig(
        bpm=given.bpm, first_beat=given.first_beat, beats=beats, fps=args.fps,
        start=given.start, seed=given.seed, canvas=given.canvas_size,
    )  # fmt: skip
    return run_evaluate(
        args.dance, args.audio, config, args.reference, args.plot, overwrite=args.overwrite
    )


def judge_frames(args: argparse.Namespace) -> "FramesReport":
    from pipelines.evaluate_frames import evaluate_frames
    from pipelines.runtime import resolve_device

    poses = args.shown_poses or args.dance
    if poses is None and args.reference is None:
        raise UsageError("give --poses POSES, --reference VIDEO or both to judge --frames by")
    device = resolve_device(config_of(args).device)
    return evaluate_frames(args.frames, poses, args.reference, device)
