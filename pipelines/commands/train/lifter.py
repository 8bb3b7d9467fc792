"""Train the lifter, which finds the body behind keypoints; the same command again goes on."""

import argparse
import json
from pathlib import Path

from music2pose.lifting.train_settings import LifterLossWeights, LifterTraining
from pipelines.commands.options import add_output, given
from pipelines.commands.train.options import add_motion, add_training
from pipelines.training_settings import LifterRun


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_motion(parser, "motion capture, beside which written moves are always learned", "takes")
    add_output(parser, "where the training lives", Path("runs/lifter"), "DIR")
    add_training(parser, LifterRun, LifterTraining)


def run(args: argparse.Namespace) -> None:
    from pipelines.lifter_training import check_lifter_run, train_lifter

    training = LifterRun(
        **given(args, LifterRun),
        train=LifterTraining(**given(args, LifterTraining)),
        weights=LifterLossWeights.changed(dict(args.weight)),
    )
    check_lifter_run(training)
    if args.dry_run:
        print(json.dumps(training.as_dict(), indent=2))
        return
    print(train_lifter(training))
