"""Write a short song, made by the project's own synthesiser, to try things with."""

import argparse

from pipelines.commands.options import add_output, add_switches


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_output(parser, "song to write, .wav")
    add_switches(parser, "--overwrite")


def run(args: argparse.Namespace) -> None:
    from music2pose.synth.song import demo_song, save_song
    from pipelines.output import check_output

    check_output(args.output, (".wav",), args.overwrite)
    save_song(demo_song(), args.output)
    print(args.output)
