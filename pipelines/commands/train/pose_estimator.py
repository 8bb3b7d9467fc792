"""Train the pose estimator, which finds a body's joints; the same command again goes on."""

import argparse
import json
from pathlib import Path
from typing import Any

from pipelines.commands.options import add_output, given, square
from pipelines.commands.train.options import EPOCH_STEPS, STEPS, add_targets, add_training

OPTIONS: dict[str, dict[str, Any]] = {
    "--preset": {"metavar": "NAME", "help": "tiny, base or pvt-tiny"},
    "--model": {"metavar": "DIR", "help": "trained pose estimator to go on from"},
    "--limb-poses": {
        "metavar": "NAME", "help": "slight or high: half of each batch shows changed arms",
    },
    "--generator": {"metavar": "DIR", "help": "the trained spade renderer that draws them"},
    "--figures": {"type": float, "metavar": "X", "help": "share of drawn figures in a batch"},
    "--empty": {"type": float, "metavar": "X", "help": "share of pictures without anybody"},
    "--steps": STEPS,
    "--batch-size": {"type": int, "metavar": "N", "help": "pictures in one update"},
    "--learning-rate": {"type": float, "metavar": "X", "help": "at its highest"},
    "--schedule": {"metavar": "NAME", "help": "plateau or cosine"},
    "--epoch-steps": EPOCH_STEPS,
    "--seed": {"type": int, "metavar": "N", "help": "the same seed trains the same estimator"},
    "--precision": {"dest": "mixed_precision", "metavar": "NAME", "help": "no or bf16"},
}  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    about = "performers' folders, videos of one person, or mannequin (default: drawn figures)"
    add_targets(parser, about)
    add_output(parser, "where the training lives", Path("runs/pose_estimator"), "DIR")
    parser.add_argument(
        "--size", type=square, metavar="N", help="of the square pictures, in pixels"
    )
    add_training(parser, OPTIONS)


def run(args: argparse.Namespace) -> None:
    from pipelines.pose_estimator_training import EstimatorRun, check_run, train_pose_estimator
    from pose2video.nadsnet.train import EstimatorTraining, LossWeights

    training = EstimatorRun(
        **given(args, EstimatorRun),
        train=EstimatorTraining(**given(args, EstimatorTraining)),
        weights=LossWeights.changed(dict(args.weight)),
    )
    check_run(training)
    if args.dry_run:
        print(json.dumps(training.as_dict(), indent=2))
        return
    print(train_pose_estimator(training))
