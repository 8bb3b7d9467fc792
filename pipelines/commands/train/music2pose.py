"""Train the dancer; the same command again goes on where it stopped."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pipelines.commands.options import add_output, given
from pipelines.commands.train.options import EPOCH_STEPS, STEPS, add_training

OPTIONS: dict[str, dict[str, Any]] = {
    "--steps": STEPS,
    "--batch-size": {"type": int, "metavar": "N", "help": "streams trained side by side"},
    "--dances": {
        "dest": "num_dances", "type": int, "metavar": "N", "help": "synthesised songs to dance to",
    },
    "--objective": {"metavar": "NAME", "help": "hinge, bce, lsgan or wgan"},
    "--schedule": {"metavar": "NAME", "help": "cosine, or step: x0.8 an epoch"},
    "--learning-rate": {
        "dest": "g_learning_rate", "type": float, "metavar": "X", "help": "of the generator",
    },
    "--critic-learning-rate": {
        "dest": "d_learning_rate", "type": float, "metavar": "X", "help": "of the discriminator",
    },
    "--epoch-steps": EPOCH_STEPS,
    "--seed": {"type": int, "metavar": "N", "help": "the same seed trains the same dancer"},
}  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", dest="folders", nargs="+", metavar="DIR",
        help="motion capture, songs, and dance videos with their sound",
    )  # fmt: skip
    parser.add_argument("--samples", metavar="DIR", help="drum hits for synthesised songs")
    parser.add_argument(
        "--hold-out", dest="held_out", nargs="+", metavar="NAME",
        help="groups of takes, songs and videos to validate on (default: drawn)",
    )  # fmt: skip
    parser.add_argument(
        "--leave-out", dest="left_out", nargs="+", metavar="WORD",
        help="do not use takes whose name holds one of these words",
    )  # fmt: skip
    add_output(parser, "where the training lives", Path("runs/music2pose"), "DIR")
    parser.add_argument("--preset", metavar="NAME", help="tiny, base or large")
    parser.add_argument("--model", metavar="DIR", help="trained dancer to go on from")
    add_training(parser, OPTIONS)


def run(args: argparse.Namespace) -> None:
    from music2pose.data.pairs import PairConfig
    from music2pose.train import LossWeights, TrainConfig
    from pipelines.preparation import DataConfig, check_folders, prepare_dances
    from pipelines.training import TrainingRun, check_run, train_music2pose

    pairs = PairConfig(**given(args, PairConfig))
    data = DataConfig(**given(args, DataConfig), pairs=pairs)
    training = TrainingRun(
        **given(args, TrainingRun),
        dances=args.output / "dances",
        train=TrainConfig(**given(args, TrainConfig)),
        weights=LossWeights.changed(dict(args.weight)),
    )
    check_folders(data)
    check_run(training)
    if args.dry_run:
        print(json.dumps({"data": asdict(data), **training.as_dict()}, indent=2))
        return
    prepare_dances(data, training.dances)
    print(train_music2pose(training))
