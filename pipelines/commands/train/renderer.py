"""Train a renderer on a performer; the same command again goes on where it stopped."""

import argparse
import json
from pathlib import Path

from pipelines.commands.options import add_square_size, given
from pipelines.commands.train.options import add_targets, add_training
from pipelines.training_settings import RendererRun
from pose2video.learned.train_settings import RendererTraining


def add_arguments(parser: argparse.ArgumentParser) -> None:
    about = "a performer's folder, a video of one person, or mannequin; several for spade"
    add_targets(parser, about, required=True)
    parser.add_argument(
        "-o", "--output", type=Path, metavar="DIR",
        help="where the training lives (default: runs/KIND)",
    )  # fmt: skip
    add_square_size(parser)
    add_training(parser, RendererRun, RendererTraining)


def run(args: argparse.Namespace) -> None:
    from pipelines.renderer_training import check_renderer_run, train_renderer
    from pose2video.learned.train import loss_weights_of

    settings = given(args, RendererRun)
    kind = settings.get("kind", RendererRun.kind)
    settings["output"] = args.output or Path("runs") / kind
    training = RendererRun(
        **settings,
        train=RendererTraining(**given(args, RendererTraining)),
        weights=loss_weights_of(kind, dict(args.weight)),
    )
    check_renderer_run(training)
    if args.dry_run:
        print(json.dumps(training.as_dict(), indent=2))
        return
    print(train_renderer(training))
