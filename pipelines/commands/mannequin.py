"""Draw a dancer on a stage, with poses, for the learned renderers to learn from."""

import argparse

from pipelines.commands.options import add_fields, add_output, add_switches, given
from pipelines.mannequin_plan import MannequinPlan


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_output(parser, "folder to write", metavar="DIR")
    add_fields(parser, MannequinPlan)
    add_switches(parser, "--overwrite")


def run(args: argparse.Namespace) -> None:
    from pipelines.mannequin import make_mannequin_performer

    plan = MannequinPlan(**given(args, MannequinPlan))
    made = make_mannequin_performer(args.output, plan, args.overwrite)
    print(f"wrote {made.folder} ({len(made)} frames, {len(made.validation)} held out)")
