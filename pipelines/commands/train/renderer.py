"""Train a renderer on a performer; the same command again goes on where it stopped."""

import argparse
import json
from pathlib import Path
from typing import Any

from pipelines.commands.options import given, square
from pipelines.commands.train import music2pose
from pipelines.commands.train.options import add_targets, add_training

OPTIONS: dict[str, dict[str, Any]] = {
    "--kind": {"metavar": "NAME", "help": "vector, vanilla, gan or spade (default: gan)"},
    "--preset": {"metavar": "NAME", "help": "tiny, base or large"},
    "--model": {"metavar": "DIR", "help": "trained renderer to go on from"},
    **{name: text for name, text in music2pose.OPTIONS.items() if name != "--dances"},
    "--batch-size": {"type": int, "metavar": "N", "help": "frames painted in one update"},
    "--accumulation": {"type": int, "metavar": "N", "help": "parts a batch is cut into"},
    "--schedule": {"metavar": "NAME", "help": "linear, plateau or constant"},
    "--seed": {"type": int, "metavar": "N", "help": "the same seed trains the same renderer"},
    "--generator-every": {
        "dest": "g_every", "type": int, "metavar": "N", "help": "update it at one step in N",
    },
    "--critic-every": {
        "dest": "d_every", "type": int, "metavar": "N", "help": "the same for the discriminator",
    },
    "--critic-from": {
        "dest": "adversarial_from", "type": float, "metavar": "X",
        "help": "share of the training after which the discriminator joins in",
    },
    "--gradient-penalty": {
        "type": float, "metavar": "X", "help": "times the objective's usual one",
    },
    "--squared": {"action": "store_const", "const": True, "help": "MSE instead of L1"},
    "--no-skips": {
        "dest": "has_skips", "action": "store_const", "const": False,
        "help": "vanilla as a plain encoder-decoder",
    },
    "--no-attention": {
        "dest": "has_attention", "action": "store_const", "const": False,
        "help": "vanilla without self-attention",
    },
    "--mirror": {"action": "store_const", "const": True, "help": "learn from mirror images too"},
    "--placement": {
        "type": float, "metavar": "X", "help": "move and scale pictures by up to this share",
    },
    "--precision": {"dest": "mixed_precision", "metavar": "NAME", "help": "no or bf16"},
}  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    about = "a performer's folder, a video of one person, or mannequin; several for spade"
    add_targets(parser, about, required=True)
    parser.add_argument(
        "-o", "--output", type=Path, metavar="DIR",
        help="where the training lives (default: runs/KIND)",
    )  # fmt: skip
    parser.add_argument(
        "--size", type=square, metavar="N", help="of the square pictures, in pixels"
    )
    add_training(parser, OPTIONS)


def run(args: argparse.Namespace) -> None:
    from pipelines.renderer_training import RendererRun, check_run, train_renderer
    from pose2video.learned.train import LossWeights, TrainConfig

    settings = given(args, RendererRun)
    kind = settings.get("kind", RendererRun.kind)
    settings["output"] = args.output or Path("runs") / kind
    training = RendererRun(
        **settings,
        train=TrainConfig(**given(args, TrainConfig)),
        weights=LossWeights.for_kind(kind, dict(args.weight)),
    )
    check_run(training)
    if args.dry_run:
        print(json.dumps(training.as_dict(), indent=2))
        return
    print(train_renderer(training))
