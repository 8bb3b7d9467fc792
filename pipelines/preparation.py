"""Folders of motion capture, songs and dance videos become dances to train on."""

import json
import logging
import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from tqdm import tqdm

from music2pose import MusicError
from music2pose.audio import load_audio
from music2pose.choreography import Library
from music2pose.conditioning import condition_on
from music2pose.dataset import Dance, save_dance
from music2pose.extract import extract_poses
from music2pose.features import FEATURE_FPS, extract_features
from music2pose.mocap import load_motions
from music2pose.motion import Motion
from music2pose.moves import authored_moves
from music2pose.pairs import (
    PairConfig,
    dance_to,
    framed,
    hold_out,
    lively_library,
    split_motions,
    synthetic_dances,
)
from music2pose.pose import PoseSequence
from music2pose.pose_files import POSE_SUFFIXES, load_poses

logger = logging.getLogger(__name__)

VIDEO_SUFFIXES = (".mp4", ".mov", ".mkv", ".webm")
SONG_SUFFIXES = (".wav", ".flac", ".ogg", ".mp3", ".m4a")
DATA_RECORD = "data.json"
SHORTEST_SONG = 20.0
"""Seconds; shorter sound files are loops or hits, not songs."""


@dataclass(frozen=True)
class DataConfig:
    """What the dances to train on are made of."""

    folders: tuple[str, ...] = ()
    """Searched for motion capture, songs, and dance videos with their own sound."""
    samples: str | None = None
    """A folder of drum hits and loops for the song synthesiser."""
    held_out: tuple[str, ...] = ()
    """Groups of takes, songs and videos to validate on; drawn when empty."""
    left_out: tuple[str, ...] = ()
    """Takes whose name contains one of these words are not used at all."""
    written_variations: int = 2
    """Takes of each written move; 0 leaves written moves out."""
    dances_per_song: int = 4
    num_validation: int = 12
    pairs: PairConfig = field(default_factory=PairConfig)


def prepare_dances(config: DataConfig, output: Path) -> Path:
    """Fill ``output`` with ``train`` and ``validation`` dances; return it.

    What the same settings made before is used again. The folder appears whole or not at all.
    """
    wanted = json.loads(json.dumps(asdict(config)))
    record = output / DATA_RECORD
    if record.exists():
        if json.loads(record.read_text()) == wanted:
            return output
        raise MusicError(
            f"{output} holds dances made with other settings; delete it, or give another folder"
        )
    partial = output.with_name(output.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    for side, dances in dances_of(config):
        (partial / side).mkdir(parents=True, exist_ok=True)
        for dance in dances:
            save_dance(dance, partial / side / f"{dance.name}.npz")
    (partial / DATA_RECORD).write_text(json.dumps(wanted, indent=2) + "\n")
    os.replace(partial, output)
    return output


def dances_of(config: DataConfig) -> Iterator[tuple[str, Iterable[Dance]]]:
    """Yield the name of each side of the split and its dances."""
    training, validation = split_motions(motions_of(config), config.held_out)
    sounds = files_of(config, (*SONG_SUFFIXES, *VIDEO_SUFFIXES))
    kept_back = hold_out(sorted({path.stem for path in sounds}), config.held_out)
    samples = None if config.samples is None else Path(config.samples)
    for side, motions in (("train", training), ("validation", validation)):
        is_training = side == "train"
        own = [path for path in sounds if (path.stem in kept_back) != is_training]
        count = config.pairs.num_dances if is_training else config.num_validation
        seed = config.pairs.seed + (not is_training)
        pairs = PairConfig(**asdict(config.pairs) | {"num_dances": count, "seed": seed})
        made = synthetic_dances(motions, pairs, samples)
        yield (
            side,
            tqdm(made, total=count, desc=f"{side}: to synthesised songs", unit="dance"),
        )
        library = lively_library(motions, pairs.written_share)
        yield (
            side,
            tqdm(
                recorded_dances(own, library, config, seed),
                desc=f"{side}: to recordings",
                unit="dance",
            ),
        )


def motions_of(config: DataConfig) -> list[Motion]:
    motions = [motion for folder in config.folders for motion in load_motions(Path(folder))]
    motions = [m for m in motions if not any(word in m.name for word in config.left_out)]
    if config.written_variations:
        motions += authored_moves(
            np.random.default_rng(config.pairs.seed), config.written_variations
        )
    if not motions:
        raise MusicError("nothing to dance: give folders with motion capture, or written moves")
    return motions


def files_of(config: DataConfig, suffixes: tuple[str, ...]) -> list[Path]:
    for folder in config.folders:
        if not Path(folder).is_dir():
            raise MusicError(f"no folder at {folder}; give folders with motion, songs or videos")
    found = [path for folder in config.folders for path in Path(folder).rglob("*")]
    return sorted(path for path in found if path.suffix.lower() in suffixes)


def recorded_dances(
    paths: list[Path], library: Library, config: DataConfig, seed: int
) -> Iterator[Dance]:
    """Yield dances to recorded songs: choreographed ones, and those that videos show."""
    rng = np.random.default_rng(seed)
    for path in paths:
        try:
            waveform = load_audio(path)
        except MusicError as error:
            logger.warning("left out: %s", error)
            continue
        features = extract_features(waveform) if waveform.seconds >= SHORTEST_SONG else None
        if path.suffix.lower() in VIDEO_SUFFIXES:
            poses = framed(_poses_of(path))
            features = features or extract_features(waveform)
            poses = poses.resampled(FEATURE_FPS, len(features))
            yield Dance(f"video_{path.stem}", poses, condition_on(features))
        elif features is not None:
            for number in range(config.dances_per_song):
                yield dance_to(f"recording_{path.stem}_{number}", features, library, rng)


def _poses_of(video: Path) -> PoseSequence:
    """Return the poses of a video: those in a file of its name beside it, or found in it."""
    beside = (video.with_suffix(suffix) for suffix in POSE_SUFFIXES)
    for path in beside:
        if path.exists():
            return load_poses(path)
    return extract_poses(video, fps=FEATURE_FPS)
