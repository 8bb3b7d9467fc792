"""Say how a song is built: its sections, by the names that prompts may give them."""

import argparse
import json
from pathlib import Path

from pipelines.commands.options import add_fields, add_switches
from pipelines.commands.video import TEMPO, config_of
from pipelines.config import Music2VideoConfig as Config


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("song", type=Path, help="sound file, or a video with sound")
    add_fields(parser, Config, "start", "duration", *TEMPO)
    add_switches(parser, "--json")


def run(args: argparse.Namespace) -> None:
    from music2pose.hearing.sections import detect_sections, nearest_bar
    from pipelines.dancing import hear, open_piece

    config = config_of(args)
    song = hear(open_piece(args.song, config), config)
    found = [
        {"section": number, "name": part.label, "start": part.start, "bar": nearest_bar(song, part)}
        for number, part in enumerate(detect_sections(song), 1)
    ]
    if args.json:
        print(json.dumps(found))
        return
    for part in found:
        print("section {section:<3} section {name:<3} {start:7.2f} s  bar {bar}".format(**part))
