"""What the commands that make dances and videos share: their settings, and what they say."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from music2pose.settings import nested
from pipelines.commands.options import add_fields, add_output, add_size, changed
from pipelines.config import Music2VideoConfig as Config

if TYPE_CHECKING:
    from pipelines.record import Recorded, RunRecord

TEMPO = ("bpm", "first_beat", "beats")
ASKED = ("follow", "energy", "moves", "choreography")
DANCE = ("model", "seed", *ASKED, "fps", "start", "duration", *TEMPO, "device")
PAINT = ("prompt", "renderer", "performer")


def add_poses(parser: argparse.ArgumentParser) -> None:
    """Add the poses that are shown or written anew."""
    parser.add_argument(
        "poses", help=".npz, .json of OpenPose, ComfyUI, AlphaPose, MMPose or COCO, or a folder"
    )


def add_poses_output(parser: argparse.ArgumentParser) -> None:
    """Add ``-o`` of poses."""
    add_output(
        parser,
        "poses to write, .npz, OpenPose .json, ComfyUI .comfy.json, or a folder; "
        "in three dimensions, .bvh or .glb",
    )


def add_painting(parser: argparse.ArgumentParser) -> None:
    """Add the options of the picture, and those of single renderers."""
    add_fields(parser, Config, *PAINT)
    add_size(parser, Config)
    parser.add_argument(
        "--preview", action="store_true", help="paint only a sheet of moments, OUTPUT.png"
    )
    for renderer, settings in nested(Config).items():
        add_fields(parser.add_argument_group(renderer), settings)


def config_of(args: argparse.Namespace) -> Config:
    """Return the settings: those of ``--config``, under those given on the command line."""
    return changed(recorded(args).config, args)


def recorded(args: argparse.Namespace) -> "Recorded":
    """Return what the record of ``--config`` tells; without one, the defaults."""
    from pipelines.record import Recorded, read_record

    path: Path | None = getattr(args, "config", None)
    return Recorded(None, Config()) if path is None else read_record(path)


def report(args: argparse.Namespace, record: "RunRecord") -> None:
    """Print what was made, or in a dry run would be."""
    content = record.content
    if args.json:
        print(json.dumps(content))
        return
    if "song_seconds" in content:
        print(f"song: {content['song']}, {content['song_seconds']:.1f} s")
    if "tempo" in content:
        print(f"tempo: {said_tempo(**content['tempo'])}")
    if "why_renderer" in content:
        print(f"renderer: {content['settings']['renderer']} ({content['why_renderer']})")
    if args.dry_run:
        for name, value in content.get("plan", {}).items():
            print(said_plan(name, value))
    verb = "would write" if args.dry_run else "wrote"
    print(f"{verb} {record.output} ({content['frames']} frames)")


def said_plan(name: str, value: Any) -> str:
    """
    >>> said_plan("teraflops", 3.1), said_plan("downloads", [])
    ('teraflops: 3.1', 'downloads: none')
    """
    if name == "scenes":
        from prompts.scene.scene import Scene
        from prompts.scene.telling import described

        told = (f"at {at}\n{described(Scene.from_dict(scene))}" for at, scene in value.items())
        return "\n".join(told)
    shown = (", ".join(value) or "none") if isinstance(value, list) else value
    return f"{name.replace('_', ' ')}: {shown}"


def said_tempo(bpm: float, bpm_range: tuple[float, float], confidence: float) -> str:
    """
    >>> said_tempo(120.0, (120.0, 120.0), 0.9), said_tempo(110.0, (100.0, 131.0), 0.8)
    ('120.0 BPM (confidence 0.90)', '100.0 to 131.0 BPM (confidence 0.80)')
    """
    low, high = bpm_range
    tempo = f"{bpm:.1f}" if low == high else f"{low:.1f} to {high:.1f}"
    return f"{tempo} BPM (confidence {confidence:.2f})"
