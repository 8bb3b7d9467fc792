"""Train one of the models."""

import argparse

from pipelines.commands.options import add_commands
from pipelines.commands.train import lifter, music2pose, pose_estimator, renderer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_commands(parser, (music2pose, renderer, pose_estimator, lifter), "model")
