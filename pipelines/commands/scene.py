"""Draw what a prompt becomes on the stage, in one picture."""

import argparse
import json

from pipelines.commands.options import add_fields, add_output, add_size, add_switches
from pipelines.commands.video import config_of, said_plan
from pipelines.config import Music2VideoConfig as Config
from pose2video.stage.settings import StageSettings
from pose2video.wording import Wording


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("prompt", help='what to draw, as in "a robot in a red coat on a rooftop"')
    add_output(parser, "picture to write, a .png")
    add_fields(parser, Wording)
    add_fields(parser, StageSettings, "dancers")
    add_fields(parser, Config, "seed")
    add_size(parser, Config)
    add_switches(parser, "--overwrite", "--dry-run", "--json")


def run(args: argparse.Namespace) -> None:
    from pipelines.scene import draw_scene

    plan = draw_scene(args.output, config_of(args), args.overwrite, args.dry_run)
    if args.json:
        print(json.dumps(plan))
        return
    for name, value in plan.items():
        print(said_plan(name, value))
    print(f"{'would write' if args.dry_run else 'wrote'} {args.output}")
