"""A song becomes a dance, and the dance a video."""

import argparse
import errno
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from checkpoints import CheckpointError
from music2pose import MusicError
from pipelines import VideoError
from pipelines.commands.options import add_fields, add_size, changed, given, square
from pipelines.config import Music2VideoConfig as Config
from pipelines.mannequin_plan import MannequinPlan
from pose2video import RenderError
from pose2video.diffusion.settings import DiffusionSettings
from prompts import PromptError

if TYPE_CHECKING:
    from pipelines.record import Recorded


class UsageError(ValueError):
    """A command line that cannot be understood."""


USER_ERRORS = (
    UsageError, MusicError, RenderError, VideoError, CheckpointError, PromptError,
)  # fmt: skip
"""Explained in one line; any other error is a bug and shows its traceback."""
FILE_ERRORS = {
    errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EPERM, errno.EROFS,
    errno.ENOENT, errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG,
}  # fmt: skip
"""What a disk may refuse, for the user to mend."""


# Commands: each takes the parsed command line; heavy imports happen here, so --help stays instant.


def music2video(args: argparse.Namespace) -> None:
    """Turn a song into a dance video with its sound."""
    from pipelines.music2video import music2video

    song = args.song or recorded_song(args)
    output = args.output or Path(f"{song.stem}.mp4")
    record = music2video(song, output, config(args), args.overwrite, args.dry_run, args.preview)
    report(args, record)


def music2pose(args: argparse.Namespace) -> None:
    """Turn a song into poses only."""
    from pipelines.music2video import music2pose

    report(args, music2pose(args.song, args.output, config(args), args.overwrite, args.dry_run))


def render(args: argparse.Namespace) -> None:
    """Turn poses, from here or elsewhere, into a video, or a .png of moments of it."""
    if args.output.suffix.lower() == ".png" and not args.preview:
        from pipelines.sheet import render_sheet

        sheet = render_sheet(
            args.poses_file, args.output, config(args), args.overwrite, args.dry_run
        )
        report(args, sheet)
        return
    from pipelines.music2video import render

    record = render(
        args.poses_file, args.audio, args.output, config(args), args.overwrite, args.dry_run,
        args.preview,
    )  # fmt: skip
    report(args, record)


def compare(args: argparse.Namespace) -> None:
    """Show renderers side by side, with the source and its skeleton, as a video or a .png."""
    from pipelines.compare import compare_renderers
    from pipelines.detectors import load_detector
    from pipelines.runtime import resolve_device

    settings = config(args)
    detector = load_detector(args.detector, None, resolve_device(settings.device))
    made = compare_renderers(
        args.source, args.output, settings, args.renderers, args.poses_of, args.audio, detector,
        args.overwrite,
    )  # fmt: skip
    print(f"wrote {made.path} ({made.frames} frames: {', '.join(made.names)})")


def extract(args: argparse.Namespace) -> None:
    """Find the dancer's poses in a video."""
    from music2pose.pose_files import POSE_SUFFIXES, save_poses
    from pipelines.detectors import load_detector
    from pipelines.extract import extract_poses
    from pipelines.output import check_output
    from pipelines.runtime import resolve_device

    check_output(args.output, POSE_SUFFIXES, args.overwrite, [args.video])
    device = resolve_device(args.device or Config.device)
    detector = load_detector(args.detector, args.model, device)
    print(save_poses(extract_poses(args.video, detector, args.fps, device), args.output))


def performer(args: argparse.Namespace) -> None:
    """Cut a person out of a video, as pictures and poses that renderers can learn from."""
    if args.keep is not None:
        thin(args)
        return
    from pipelines.detectors import load_detector
    from pipelines.runtime import resolve_device
    from pipelines.target import TargetConfig, make_performer
    from pose2video.performer.target import CropConfig

    device = resolve_device(args.device or Config.device)
    settings = TargetConfig(
        crop=CropConfig() if args.size is None else CropConfig(args.size),
        fps=args.fps,
        name=args.name,
        licence=args.licence,
        device=device,
    )
    detector = load_detector(args.detector, None, device)
    made = make_performer(args.video, args.output, args.poses, settings, detector, args.overwrite)
    print(f"wrote {made.folder} ({len(made)} pictures of {made.size}x{made.size})")


def thin(args: argparse.Namespace) -> None:
    """Keep of a performer the pictures that differ most."""
    from pose2video.performer.performer import load_performer
    from pose2video.performer.thinning import thinned

    performer = load_performer(args.video)
    made = thinned(performer, args.output, args.keep, args.size, overwrite=args.overwrite)
    print(f"wrote {made.folder} ({len(made)} pictures of {made.size}x{made.size})")


def evaluate(args: argparse.Namespace) -> None:
    """Judge a dance by its song, or with --frames a painted video by its poses and the true one."""
    if args.frames is not None:
        evaluate_frames(args)
        return
    if args.poses is None or args.audio is None:
        raise UsageError("give POSES and --audio SONG to judge a dance, or --frames VIDEO")
    from pipelines.evaluate import run_evaluate

    found = run_evaluate(
        args.poses,
        args.audio,
        reference=args.reference,
        plot_path=args.plot,
        bpm=args.bpm,
        first_beat=args.first_beat,
        fps=args.fps,
        start=args.start or 0.0,
        seed=args.seed or 0,
        overwrite=args.overwrite,
    )
    print(json.dumps(found.as_dict()) if args.json else found.table())


def evaluate_frames(args: argparse.Namespace) -> None:
    """Judge a painted video."""
    from pipelines.evaluate_frames import evaluate_frames
    from pipelines.runtime import resolve_device

    poses = args.shown_poses or args.poses
    if poses is None and args.reference is None:
        raise UsageError("give --poses POSES, --reference VIDEO or both to judge --frames by")
    device = resolve_device(args.device or Config.device)
    found = evaluate_frames(args.frames, poses, args.reference, device)
    print(json.dumps(found.as_dict()) if args.json else found.table())


def train_music2pose(args: argparse.Namespace) -> None:
    """Train the dancer; the same command again goes on where it stopped."""
    from music2pose.data.pairs import PairConfig
    from music2pose.train import LossWeights, TrainConfig
    from pipelines.preparation import DataConfig, check_folders, prepare_dances
    from pipelines.training import TrainingRun, check_run, train_music2pose

    pairs = PairConfig(**given(args, PairConfig))
    data = DataConfig(**given(args, DataConfig), pairs=pairs)
    run = TrainingRun(
        **given(args, TrainingRun),
        dances=args.output / "dances",
        train=TrainConfig(**given(args, TrainConfig)),
        weights=LossWeights.changed(dict(args.weight)),
    )
    check_folders(data)
    check_run(run)
    if args.dry_run:
        print(json.dumps({"data": asdict(data), **run.as_dict()}, indent=2))
        return
    prepare_dances(data, run.dances)
    print(train_music2pose(run))


def train_renderer(args: argparse.Namespace) -> None:
    """Train a renderer on a performer; the same command again goes on where it stopped."""
    from pipelines.renderer_training import RendererRun, check_run, train_renderer
    from pose2video.learned.train import LossWeights, TrainConfig

    settings = given(args, RendererRun)
    kind = settings.get("kind", RendererRun.kind)
    settings["output"] = args.output or Path("runs") / kind
    run = RendererRun(
        **settings,
        train=TrainConfig(**given(args, TrainConfig)),
        weights=LossWeights.for_kind(kind, dict(args.weight)),
    )
    check_run(run)
    if args.dry_run:
        print(json.dumps(run.as_dict(), indent=2))
        return
    print(train_renderer(run))


def train_pose_estimator(args: argparse.Namespace) -> None:
    """Train the critic that finds a body's joints; the same command again goes on."""
    from pipelines.pose_estimator_training import EstimatorRun, check_run, train_pose_estimator
    from pose2video.nadsnet.train import EstimatorTraining, LossWeights

    run = EstimatorRun(
        **given(args, EstimatorRun),
        train=EstimatorTraining(**given(args, EstimatorTraining)),
        weights=LossWeights.changed(dict(args.weight)),
    )
    check_run(run)
    if args.dry_run:
        print(json.dumps(run.as_dict(), indent=2))
        return
    print(train_pose_estimator(run))


def mannequin(args: argparse.Namespace) -> None:
    """Draw a dancer on a stage, with poses, for the learned renderers to learn from."""
    from pipelines.mannequin import make_mannequin_performer
    from pipelines.runtime import resolve_device

    plan = MannequinPlan(**given(args, MannequinPlan))
    device = resolve_device(args.device or "auto")
    made = make_mannequin_performer(args.output, plan, args.overwrite, device)
    print(f"wrote {made.folder} ({len(made)} frames, {len(made.validation)} held out)")


def sections(args: argparse.Namespace) -> None:
    """Say how a song is built: its sections, by the names that prompts may give them."""
    from music2pose.hearing.audio import load_audio
    from music2pose.hearing.sections import detect_sections, nearest_bar
    from pipelines.music2video import hear

    settings = config(args)
    song = hear(load_audio(args.song, settings.start, settings.duration), settings)
    found = [
        {"section": number, "name": part.label, "start": part.start, "bar": nearest_bar(song, part)}
        for number, part in enumerate(detect_sections(song), 1)
    ]
    if args.json:
        print(json.dumps(found))
        return
    for part in found:
        print("section {section:<3} section {name:<3} {start:7.2f} s  bar {bar}".format(**part))


def models(args: argparse.Namespace) -> None:
    """List the public models that paint, their sizes and licences, and which are here."""
    from pose2video.diffusion.weights.inventory import inventory

    show_models(args, inventory())


def pull_models(args: argparse.Namespace) -> None:
    """Fetch the models of a preset from the Hugging Face Hub."""
    from pose2video.diffusion.weights.inventory import pull
    from pose2video.diffusion.weights.needs import ModelChoices
    from prompts import load_style

    base_model = args.base_model or (load_style(args.style).base_model if args.style else None)
    choices = ModelChoices(args.preset, base_model, args.motion_adapter, loras=tuple(args.lora))
    found = {args.preset: pull(choices)}
    if args.extras:
        more = replace(choices, draft=True, temporal_net=True, uses_reference=True)
        found["with all options"] = pull(more)
    show_models(args, found)


def show_models(args: argparse.Namespace, found: dict[str, Any]) -> None:
    from pose2video.diffusion.weights.inventory import missing_megabytes
    from pose2video.diffusion.weights.presets import PRESETS

    if args.json:
        print(json.dumps({title: [i.as_dict() for i in items] for title, items in found.items()}))
        return
    for title, items in found.items():
        print(f"{title}: {PRESETS[title].about}" if title in PRESETS else title)
        for item in items:
            size = f"{item.megabytes} MB" if item.megabytes else "?"
            place = "here" if item.is_here else "not here"
            print(f"  {item.what:<20} {size:>8}  {place:<8}  {item.name} ({item.licence})")
            if item.note:
                print(f"  {'':<40}{item.note}")
        if title in PRESETS and (missing := missing_megabytes(items)):
            print(f"  to fetch: at most {missing} MB, with python cli.py models pull {title}")


def demo_song(args: argparse.Namespace) -> None:
    """Write a short song, made by the project's own synthesiser, to try things with."""
    from music2pose.synth.song import demo_song, save_song
    from pipelines.output import check_output

    check_output(args.output, (".wav",), args.overwrite)
    args.output.parent.mkdir(parents=True, exist_ok=True)
    save_song(demo_song(), args.output)
    print(args.output)


# The command line.

TRAINING: dict[str, dict[str, Any]] = {
    "--steps": {"dest": "num_steps", "type": int, "metavar": "N", "help": "updates in all"},
    "--batch-size": {"type": int, "metavar": "N", "help": "streams trained side by side"},
    "--dances": {
        "dest": "num_dances", "type": int, "metavar": "N", "help": "synthesised songs to dance to",
    },
    "--objective": {"metavar": "NAME", "help": "hinge, bce, lsgan or wgan"},
    "--schedule": {"metavar": "NAME", "help": "cosine, or step: x0.8 an epoch"},
    "--learning-rate": {
        "dest": "g_learning_rate", "type": float, "metavar": "X", "help": "of the generator",
    },
    "--critic-learning-rate": {
        "dest": "d_learning_rate", "type": float, "metavar": "X", "help": "of the discriminator",
    },
    "--epoch-steps": {
        "dest": "steps_per_epoch", "type": int, "metavar": "N", "help": "between validations",
    },
    "--seed": {"type": int, "metavar": "N", "help": "the same seed trains the same dancer"},
}  # fmt: skip

RENDERER_TRAINING: dict[str, dict[str, Any]] = {
    "--kind": {"metavar": "NAME", "help": "vector, vanilla, gan or spade (default: gan)"},
    "--preset": {"metavar": "NAME", "help": "tiny, base or large"},
    "--model": {"metavar": "DIR", "help": "trained renderer to go on from"},
    **{name: text for name, text in TRAINING.items() if name != "--dances"},
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

ESTIMATOR_TRAINING: dict[str, dict[str, Any]] = {
    "--preset": {"metavar": "NAME", "help": "tiny, base or pvt-tiny"},
    "--model": {"metavar": "DIR", "help": "trained critic to go on from"},
    "--limb-poses": {
        "metavar": "NAME", "help": "slight or high: half of each batch shows changed arms",
    },
    "--generator": {"metavar": "DIR", "help": "the trained spade renderer that draws them"},
    "--figures": {"type": float, "metavar": "X", "help": "share of drawn figures in a batch"},
    "--empty": {"type": float, "metavar": "X", "help": "share of pictures without anybody"},
    "--steps": {"dest": "num_steps", "type": int, "metavar": "N", "help": "updates in all"},
    "--batch-size": {"type": int, "metavar": "N", "help": "pictures in one update"},
    "--learning-rate": {"type": float, "metavar": "X", "help": "at its highest"},
    "--schedule": {"metavar": "NAME", "help": "plateau or cosine"},
    "--epoch-steps": {
        "dest": "steps_per_epoch", "type": int, "metavar": "N", "help": "between validations",
    },
    "--seed": {"type": int, "metavar": "N", "help": "the same seed trains the same critic"},
    "--precision": {"dest": "mixed_precision", "metavar": "NAME", "help": "no or bf16"},
}  # fmt: skip

DANCE = ("model", "seed", "fps", "start", "duration", "bpm", "first_beat", "device")
PAINT = ("prompt", "renderer", "performer")


def build_parser() -> argparse.ArgumentParser:
    parser = Parser(prog="cli.py", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND", title="commands")

    command = add_command(commands, "music2video", music2video)
    command.add_argument("song", type=Path, nargs="?", help="sound file, or a video with sound")
    add_output(command, "video to write (default: SONG.mp4 here)", required=False)
    add_fields(command, Config, *PAINT, *DANCE, "poses")
    add_size(command, Config)
    add_diffusion_options(command)
    command.add_argument(
        "--config", type=Path, metavar="FILE", help="take settings from the .json beside a video"
    )
    add_run_options(command)

    command = add_command(commands, "music2pose", music2pose)
    command.add_argument("song", type=Path, help="sound file, or a video with sound")
    add_output(command, "poses to write, .npz, OpenPose .json, or a folder of the latter")
    add_fields(command, Config, *DANCE)
    add_run_options(command)

    command = add_command(commands, "render", render)
    command.add_argument(
        "poses_file", metavar="poses", type=Path, help=".npz, OpenPose .json, or a folder of .json"
    )
    command.add_argument("--audio", type=Path, metavar="SONG", help="its sound")
    add_output(command, "video to write")
    add_fields(command, Config, *PAINT, "seed", "fps", "start", "duration", "device")
    add_size(command, Config)
    add_diffusion_options(command)
    add_run_options(command)

    command = add_command(commands, "compare", compare)
    command.add_argument("source", type=Path, help="video of a dancer, or a pose file")
    add_output(command, "video to write, or a .png of moments")
    command.add_argument(
        "--renderers", nargs="+", default=[], metavar="NAME[=DIR]",
        help="whom to show, with folders of their own (default: all that run here, no prompt)",
    )  # fmt: skip
    command.add_argument(
        "--poses", dest="poses_of", type=Path, metavar="FILE", help="a video's poses, where known"
    )
    command.add_argument("--audio", type=Path, metavar="SONG", help="its sound")
    add_detector(command)
    add_fields(command, Config, "prompt", "performer", "seed", "fps", "start", "duration", "device")
    add_size(command, Config)
    add_overwrite(command)

    command = add_command(commands, "extract", extract)
    command.add_argument("video", type=Path, help="video of one or more people")
    add_output(command, "poses to write, .npz, OpenPose .json, or a folder of the latter")
    add_fields(command, Config, "fps", "device")
    add_detector(command)
    command.add_argument("--model", metavar="DIR", help="trained weights of nadsnet")
    add_overwrite(command)

    command = add_command(commands, "performer", performer)
    command.add_argument(
        "video", type=Path, help="video of one person, seen whole; for --keep a performer's folder"
    )
    command.add_argument(
        "-o", "--output", type=Path, metavar="DIR", required=True, help="folder to write"
    )
    command.add_argument("--poses", type=Path, metavar="FILE", help="its poses, where known")
    command.add_argument(
        "--keep", type=int, metavar="N", help="only thin a performer: the N most different pictures"
    )
    add_detector(command)
    add_square_size(command)
    command.add_argument("--name", metavar="TEXT", help="of the person (default: VIDEO's)")
    command.add_argument(
        "--licence", metavar="TEXT", default="not stated", help="of the pictures, kept with them"
    )
    add_fields(command, Config, "fps", "device")
    add_overwrite(command)

    command = add_command(commands, "evaluate", evaluate)
    command.add_argument(
        "poses", type=Path, nargs="?", help="the dance: .npz, .json or a folder of .json"
    )
    command.add_argument("--audio", type=Path, metavar="SONG", help="its song")
    command.add_argument("--frames", type=Path, metavar="VIDEO", help="a painted video")
    command.add_argument(
        "--poses", dest="shown_poses", type=Path, metavar="FILE", help="what --frames should show"
    )
    command.add_argument(
        "--reference", type=Path, metavar="PATH",
        help="real dances to compare with; for --frames, the true video",
    )  # fmt: skip
    command.add_argument("--plot", type=Path, metavar="FILE", help="beats and motion, as a .png")
    add_fields(command, Config, "fps", "start", "bpm", "first_beat", "seed", "device")
    add_overwrite(command)
    add_json(command)

    trainings = commands.add_parser("train", help="Train one of the models.").add_subparsers(
        required=True, metavar="MODEL", title="models"
    )
    command = add_command(trainings, "music2pose", train_music2pose)
    command.add_argument(
        "--data", dest="folders", nargs="+", metavar="DIR",
        help="motion capture, songs, and dance videos with their sound",
    )  # fmt: skip
    command.add_argument("--samples", metavar="DIR", help="drum hits for synthesised songs")
    command.add_argument(
        "--hold-out", dest="held_out", nargs="+", metavar="NAME",
        help="groups of takes, songs and videos to validate on (default: drawn)",
    )  # fmt: skip
    command.add_argument(
        "--leave-out", dest="left_out", nargs="+", metavar="WORD",
        help="do not use takes whose name holds one of these words",
    )  # fmt: skip
    command.add_argument(
        "-o", "--output", type=Path, metavar="DIR", default=Path("runs/music2pose"),
        help="where the training lives (default: %(default)s)",
    )  # fmt: skip
    command.add_argument("--preset", metavar="NAME", help="tiny, base or large")
    command.add_argument("--model", metavar="DIR", help="trained dancer to go on from")
    add_training_options(command, TRAINING)

    command = add_command(trainings, "renderer", train_renderer)
    command.add_argument(
        "--target", dest="targets", nargs="+", metavar="WHO", required=True,
        help="a performer's folder, a video of one person, or mannequin; several for spade",
    )  # fmt: skip
    command.add_argument(
        "-o", "--output", type=Path, metavar="DIR",
        help="where the training lives (default: runs/KIND)",
    )  # fmt: skip
    add_square_size(command)
    add_training_options(command, RENDERER_TRAINING)

    command = add_command(trainings, "pose-estimator", train_pose_estimator)
    command.add_argument(
        "--target", dest="targets", nargs="+", metavar="WHO",
        help="performers' folders, videos of one person, or mannequin (default: drawn figures)",
    )  # fmt: skip
    command.add_argument(
        "-o", "--output", type=Path, metavar="DIR", default=Path("runs/pose_estimator"),
        help="where the training lives (default: %(default)s)",
    )  # fmt: skip
    add_square_size(command)
    add_training_options(command, ESTIMATOR_TRAINING)

    command = add_command(commands, "mannequin", mannequin)
    command.add_argument(
        "-o", "--output", type=Path, metavar="DIR", required=True, help="folder to write"
    )
    command.add_argument("--look", metavar="NAME", help="clay, neon, street or theatre")
    command.add_argument(
        "--frames", dest="num_frames", type=int, metavar="N",
        help=f"in all (default: {MannequinPlan.num_frames})",
    )  # fmt: skip
    command.add_argument(
        "--size", type=int, metavar="N", help=f"pixels a side (default: {MannequinPlan.size})"
    )
    command.add_argument(
        "--motion", metavar="DIR", help="motion capture to dance beside written moves"
    )
    command.add_argument(
        "--leave-out", dest="left_out", nargs="+", metavar="WORD",
        help="do not use takes whose name holds one of these words",
    )  # fmt: skip
    add_fields(command, Config, "seed", "device")
    add_overwrite(command)

    command = add_command(commands, "sections", sections)
    command.add_argument("song", type=Path, help="sound file, or a video with sound")
    add_fields(command, Config, "start", "duration", "bpm", "first_beat")
    add_json(command)

    command = add_command(commands, "models", models)
    add_json(command)
    parts = command.add_subparsers(metavar="COMMAND", title="commands")
    command = add_command(parts, "pull", pull_models)
    command.add_argument("preset", help="sd15, sd15-fast or sd15-lightning")
    for name in ("--base-model", "--motion-adapter"):
        command.add_argument(name, metavar="NAME", help="instead of the preset's own")
    command.add_argument("--style", metavar="NAME", help="with the base model of this style")
    command.add_argument(
        "--extras", action="store_true", help="also for --draft, --temporal, --reference-image"
    )
    command.add_argument(
        "--lora", action="append", default=[], metavar="NAME[:X]", help="fetch this too"
    )
    add_json(command)

    command = add_command(commands, "demo-song", demo_song)
    add_output(command, "song to write, .wav")
    add_overwrite(command)
    return parser


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; see: python {self.prog} --help")


def add_command(commands: Any, name: str, run: Any) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=run.__doc__, description=run.__doc__)
    command.set_defaults(run=run)
    return command


def add_output(command: argparse.ArgumentParser, text: str, required: bool = True) -> None:
    command.add_argument("-o", "--output", type=Path, metavar="FILE", required=required, help=text)


def add_diffusion_options(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("diffusion")
    add_fields(group, DiffusionSettings)
    group.add_argument(
        "--preview", action="store_true", help="paint only a sheet of moments, OUTPUT.png"
    )


def add_detector(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--detector", metavar="NAME", default="openpose",
        help="openpose, or nadsnet: small, less sure, no download (default: %(default)s)",
    )  # fmt: skip


def add_square_size(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--size", type=square, metavar="N", help="of the square pictures, in pixels"
    )


def add_training_options(
    command: argparse.ArgumentParser, options: dict[str, dict[str, Any]]
) -> None:
    for name, settings in options.items():
        command.add_argument(name, **settings)
    command.add_argument(
        "--weight", action="append", type=weight, default=[], metavar="TERM=X",
        help="how much a loss term counts; 0 switches it off; repeat for more",
    )  # fmt: skip
    add_fields(command, Config, "device")
    command.add_argument("--dry-run", action="store_true", help="print the settings, stop")


def add_overwrite(command: argparse.ArgumentParser) -> None:
    command.add_argument("--overwrite", action="store_true", help="replace what exists")


def add_run_options(command: argparse.ArgumentParser) -> None:
    add_overwrite(command)
    command.add_argument("--dry-run", action="store_true", help="check all, say the plan, stop")
    add_json(command)


def add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print for programs")


def weight(text: str) -> tuple[str, float]:
    """
    >>> weight("beat=5")
    ('beat', 5.0)
    """
    name, _, value = text.partition("=")
    try:
        return name, float(value)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no weight; give TERM=X, as beat=10"
        ) from error


# From arguments to settings, and from results to words.


def config(args: argparse.Namespace) -> Config:
    """Return the settings: those of ``--config``, under those given on the command line."""
    return changed(recorded(args).config, args)


def recorded(args: argparse.Namespace) -> "Recorded":
    from pipelines.record import Recorded, read_record

    path = getattr(args, "config", None)
    return Recorded(None, Config()) if path is None else read_record(path)


def recorded_song(args: argparse.Namespace) -> Path:
    if (song := recorded(args).song) is None:
        raise UsageError("no song given; name one, or give --config with the record of a video")
    return song


def report(args: argparse.Namespace, record: Any) -> None:
    """Print what was made, or in a dry run would be."""
    content = record.content
    if args.json:
        print(json.dumps(content))
        return
    if "song_seconds" in content:
        print(f"song: {content['song']}, {content['song_seconds']:.1f} s")
    if "tempo" in content:
        print("tempo: {bpm:.1f} BPM (confidence {confidence:.2f})".format(**content["tempo"]))
    if "why_renderer" in content:
        print(f"renderer: {content['settings']['renderer']} ({content['why_renderer']})")
    for name, value in content.get("plan", {}).items():
        print(f"{name.replace('_', ' ')}: {', '.join(value) if isinstance(value, list) else value}")
    verb = "would write" if args.dry_run else "wrote"
    print(f"{verb} {record.output} ({content['frames']} frames)")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return 0 done, 2 for the user to mend, 130 interrupted."""
    try:
        args = build_parser().parse_args(argv)
        args.run(args)
    except USER_ERRORS as error:
        return complain(str(error))
    except OSError as error:
        if error.errno not in FILE_ERRORS:
            raise
        return complain(f"{error.filename or 'output'}: {error.strerror}; choose another place")
    except KeyboardInterrupt:
        complain("interrupted")
        return 130
    return 0


def complain(message: str) -> int:
    print("error:", " ".join(message.splitlines()), file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
