"""List the public models that paint, their sizes and licences, and which are here."""

import argparse
import json
from dataclasses import replace
from typing import TYPE_CHECKING

from pipelines.commands.options import add_fields, add_switches, changed
from pose2video.diffusion.settings import DiffusionSettings
from pose2video.diffusion.weights.presets import EXTRAS

if TYPE_CHECKING:
    from pose2video.diffusion.weights.inventory import ListedModel


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_switches(parser, "--json")
    commands = parser.add_subparsers(metavar="COMMAND", title="commands")
    about = "Fetch the models of a preset from the Hugging Face Hub."
    pull = commands.add_parser("pull", help=about, description=about)
    pull.set_defaults(run=run_pull)
    pull.add_argument("preset", help="sd15, sd15-fast or sd15-lightning")
    add_fields(pull, DiffusionSettings, "base_model", "motion_adapter", "num_inference_steps")
    add_fields(pull, DiffusionSettings, "lora", "embedding", "control")
    pull.add_argument("--style", metavar="NAME", help="with the base model of this style")
    pull.add_argument(
        "--extras", nargs="?", type=extras, const=tuple(EXTRAS), default=(), metavar="NAMES",
        help=f"also for these options of videos: {', '.join(EXTRAS)}, or some of them, "
             "with commas between (default: all of them)",
    )  # fmt: skip
    add_switches(pull, "--json")


def extras(text: str) -> tuple[str, ...]:
    """
    >>> extras("draft, temporal")
    ('draft', 'temporal')
    """
    names = tuple(name.strip() for name in text.split(","))
    if unknown := [name for name in names if name not in EXTRAS]:
        raise argparse.ArgumentTypeError(f"{unknown[0]!r} is none of {', '.join(EXTRAS)}")
    return names


def run(args: argparse.Namespace) -> None:
    from pose2video.diffusion.weights.inventory import inventory

    show(args, inventory())


def run_pull(args: argparse.Namespace) -> None:
    """Fetch the models of a preset."""
    from pose2video.diffusion.weights.inventory import pull
    from pose2video.diffusion.weights.needs import ModelChoices, separated
    from prompts import load_style

    base_model = args.base_model or (load_style(args.style).base_model if args.style else None)
    choices = ModelChoices(
        args.preset, base_model, args.motion_adapter, loras=separated(args.lora),
        embeddings=separated(args.embedding),
        num_inference_steps=args.num_inference_steps,
        controls=tuple(changed(DiffusionSettings(), args).controls),
    )  # fmt: skip
    found = {args.preset: pull(choices)}
    if args.extras:
        more = replace(choices, **{EXTRAS[name]: True for name in args.extras})
        found[f"with {', '.join(args.extras)}"] = pull(more)
    show(args, found)


def show(args: argparse.Namespace, found: dict[str, list["ListedModel"]]) -> None:
    """Print the models under the titles they have in ``found``."""
    if args.json:
        print(json.dumps({title: [i.as_dict() for i in items] for title, items in found.items()}))
        return
    for title, items in found.items():
        show_list(title, items)


def show_list(title: str, items: list["ListedModel"]) -> None:
    from pose2video.diffusion.weights.inventory import missing_megabytes
    from pose2video.diffusion.weights.presets import MODEL_PRESETS

    print(f"{title}: {MODEL_PRESETS[title].about}" if title in MODEL_PRESETS else title)
    for item in items:
        show_item(item)
    if title in MODEL_PRESETS and (missing := missing_megabytes(items)):
        print(f"  to fetch: at most {missing} MB, with python cli.py models pull {title}")


def show_item(item: "ListedModel") -> None:
    size = f"{item.megabytes} MB" if item.megabytes else "?"
    place = "here" if item.is_here else "not here"
    print(f"  {item.what:<20} {size:>8}  {place:<8}  {item.name} ({item.licence})")
    if item.note:
        print(f"  {'':<40}{item.note}")
