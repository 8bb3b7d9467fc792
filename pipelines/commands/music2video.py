"""Turn a song into a dance video with its sound."""

import argparse
from pathlib import Path

from pipelines.commands.options import UsageError, add_fields, add_switches
from pipelines.commands.video import DANCE, add_painting, config_of, recorded, report
from pipelines.config import Music2VideoConfig as Config


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("song", type=Path, nargs="?", help="sound file, or a video with sound")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE",
        help="video to write (default: SONG.mp4 here)",
    )  # fmt: skip
    add_fields(parser, Config, *DANCE, "poses", "canvas")
    add_painting(parser)
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="take settings from a video's .run.json"
    )
    add_switches(parser, "--overwrite", "--dry-run", "--json")


def run(args: argparse.Namespace) -> None:
    from pipelines.music2video import music2video

    song = args.song or recorded(args).song
    if song is None:
        raise UsageError("no song given; name one, or give --config with the record of a video")
    output = args.output or Path(f"{song.stem}.mp4")
    record = music2video(song, output, config_of(args), args.overwrite, args.dry_run, args.preview)
    report(args, record)
