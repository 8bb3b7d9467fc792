"""Options that all trainings share."""

import argparse
from typing import Any

from pipelines.commands.options import add_fields, add_switches
from pipelines.config import Music2VideoConfig as Config

STEPS = {"dest": "num_steps", "type": int, "metavar": "N", "help": "updates in all"}
EPOCH_STEPS = {
    "dest": "steps_per_epoch", "type": int, "metavar": "N", "help": "updates between validations",
}  # fmt: skip


def add_training(parser: argparse.ArgumentParser, options: dict[str, dict[str, Any]]) -> None:
    """Add the options of a training, and those that all have."""
    for name, about in options.items():
        parser.add_argument(name, **about)
    parser.add_argument(
        "--weight", action="append", type=weight, default=[], metavar="TERM=X",
        help="how much a loss term counts; 0 switches it off; repeat for more",
    )  # fmt: skip
    add_fields(parser, Config, "device")
    add_switches(parser, "--dry-run")


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
