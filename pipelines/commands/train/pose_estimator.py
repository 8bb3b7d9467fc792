"""Train the pose estimator, which finds a body's joints; the same command again goes on."""

import argparse
import json
from pathlib import Path

from pipelines.commands.options import add_output, add_square_size, given
from pipelines.commands.train.options import add_targets, add_training
from pipelines.training_settings import EstimatorRun
from pose2video.nadsnet.train_settings import EstimatorLossWeights, EstimatorTraining


def add_arguments(parser: argparse.ArgumentParser) -> None:
    about = "performers' folders, videos of one person, or mannequin (default: drawn figures)"
    add_targets(parser, about)
    add_output(parser, "where the training lives", Path("runs/pose_estimator"), "DIR")
    add_square_size(parser)
    add_training(parser, EstimatorRun, EstimatorTraining)


def run(args: argparse.Namespace) -> None:
    from pipelines.pose_estimator_training import check_estimator_run, train_pose_estimator

    training = EstimatorRun(
        **given(args, EstimatorRun),
        train=EstimatorTraining(**given(args, EstimatorTraining)),
        weights=EstimatorLossWeights.changed(dict(args.weight)),
    )
    check_estimator_run(training)
    if args.dry_run:
        print(json.dumps(training.as_dict(), indent=2))
        return
    print(train_pose_estimator(training))
