"""Train the dancer; the same command again goes on where it stopped."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from music2pose.train_settings import DancerLossWeights, DancerTraining
from pipelines.commands.options import add_output, given
from pipelines.commands.train.options import add_motion, add_training
from pipelines.training_settings import DancerRun


def add_arguments(parser: argparse.ArgumentParser) -> None:
    about = "motion capture, songs, and dance videos with their sound"
    add_motion(parser, about, "takes, songs and videos")
    parser.add_argument("--samples", metavar="DIR", help="drum hits for synthesised songs")
    add_output(parser, "where the training lives", Path("runs/music2pose"), "DIR")
    parser.add_argument(
        "--dances", dest="num_dances", type=int, metavar="N", help="synthesised songs to dance to"
    )
    add_training(parser, DancerRun, DancerTraining)


def run(args: argparse.Namespace) -> None:
    from music2pose.data.pairs import PairConfig
    from pipelines.dancer_training import train_music2pose
    from pipelines.preparation import DataConfig, check_folders, prepare_dances
    from pipelines.training_run import check_run

    pairs = PairConfig(**given(args, PairConfig))
    data = DataConfig(**given(args, DataConfig), pairs=pairs)
    training = DancerRun(
        **given(args, DancerRun),
        dances=args.output / "dances",
        train=DancerTraining(**given(args, DancerTraining)),
        weights=DancerLossWeights.changed(dict(args.weight)),
    )
    check_folders(data)
    check_run(training)
    if args.dry_run:
        print(json.dumps({"data": asdict(data), **training.as_dict()}, indent=2))
        return
    prepare_dances(data, training.dances)
    print(train_music2pose(training))
