"""Options that all trainings share."""

import argparse

from music2pose.train_settings import TrainingSettings
from pipelines.commands.options import add_fields, add_switches
from pipelines.training_settings import TrainingRun


def add_training(
    parser: argparse.ArgumentParser, run: type[TrainingRun], training: type[TrainingSettings]
) -> None:
    """Add the options of a run and of its training, and those that all trainings have."""
    add_fields(parser, run)
    add_fields(parser, training)
    parser.add_argument(
        "--weight", action="append", type=weight, default=[], metavar="TERM=X",
        help="how much a loss term counts; 0 switches it off; repeat for more",
    )  # fmt: skip
    add_switches(parser, "--dry-run")


def add_motion(parser: argparse.ArgumentParser, about: str, groups: str) -> None:
    """Add the folders to learn from, and what of them is held out or left out."""
    parser.add_argument("--data", dest="folders", nargs="+", metavar="DIR", help=about)
    parser.add_argument(
        "--hold-out", dest="held_out", nargs="+", metavar="NAME",
        help=f"groups of {groups} to validate on (default: drawn)",
    )  # fmt: skip
    parser.add_argument(
        "--leave-out", dest="left_out", nargs="+", metavar="WORD",
        help="do not use takes whose name holds one of these words",
    )  # fmt: skip


def add_targets(parser: argparse.ArgumentParser, about: str, required: bool = False) -> None:
    """Add ``--target``, whose pictures are learned from."""
    parser.add_argument(
        "--target", dest="targets", nargs="+", metavar="WHO", required=required, help=about
    )


def weight(text: str) -> tuple[str, float]:
    """
    >>> weight("beat=5")
    ('beat', 5.0)
    """
    name, _, value = text.partition("=")
    try:
        return name, float(value)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no weight; give TERM=X, as beat=10"
        ) from error
