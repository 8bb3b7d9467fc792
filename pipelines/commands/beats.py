"""Write the beats of a song, for people, programs and ears."""

import argparse
import json
from pathlib import Path

from pipelines.commands.options import add_fields, add_output, add_switches
from pipelines.commands.video import TEMPO, config_of
from pipelines.config import Music2VideoConfig as Config


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("song", type=Path, help="sound file, or a video with sound")
    add_output(
        parser,
        "what to write: .txt or .json for --beats, .labels.txt for Audacity, .wav with clicks",
    )
    add_fields(parser, Config, "start", "duration", *TEMPO)
    add_switches(parser, "--overwrite", "--json")


def run(args: argparse.Namespace) -> None:
    from pipelines.beats import write_beats

    found = write_beats(args.song, args.output, config_of(args), args.overwrite)
    if args.json:
        print(json.dumps({"output": str(args.output), **found._asdict()}))
        return
    print(f"wrote {args.output}: {found.line()}")
