"""Folders of motion capture, songs and dance videos become dances to train on."""

import json
import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from checkpoints.files import whole_folder
from checkpoints.foreign import ForeignFileError, read_json_object, shortened
from music2pose import MusicError
from music2pose.conditioning import condition_on
from music2pose.data.choreography import MotionLibrary
from music2pose.data.dataset import Dance, save_dance
from music2pose.data.pairs import (
    IDLE,
    PairConfig,
    dance_to,
    framed,
    hold_out,
    lively_library,
    recording,
    synthetic_dances,
    true_pair,
    unknown_manner,
)
from music2pose.hearing.audio import load_audio
from music2pose.hearing.features import FEATURE_FPS, extract_features
from music2pose.motion.aistpp import aist_group, find_music, held_out_sequences
from music2pose.motion.families import plain_name
from music2pose.motion.mocap import load_motions
from music2pose.motion.motion import Motion
from music2pose.moves.perform import authored_moves
from music2pose.pose import PoseSequence
from music2pose.pose_files import POSE_SUFFIXES, load_poses
from pipelines import VideoError
from pipelines.extract import extract_poses
from pipelines.video import video_info

logger = logging.getLogger(__name__)

DANCE_VIDEO_SUFFIXES = (".mp4", ".mov", ".mkv", ".webm")
SONG_SUFFIXES = (".wav", ".flac", ".ogg", ".mp3", ".m4a")
KNOWN_SUFFIXES = (".bvh", ".npz", ".pkl", *SONG_SUFFIXES, *DANCE_VIDEO_SUFFIXES)
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
    """Groups of takes, songs and videos to validate on; when empty, those that the data's
    publishers hold out, or else drawn."""
    left_out: tuple[str, ...] = ()
    """Takes whose name contains one of these words are not used at all."""
    written_variations: int = 2
    """Takes of each written move; 0 leaves written moves out."""
    dances_per_song: int = 4
    num_validation: int = 12
    pairs: PairConfig = field(default_factory=PairConfig)


def prepare_dances(config: DataConfig, output: Path) -> Path:
    """Fill ``output`` with ``train`` and ``validation`` dances; return it.

    What the same settings made before is used again. The folder appears whole or not at all; its
    ``data.json`` holds the settings, and as ``kept_back`` which groups and files were held out.
    """
    wanted = json.loads(json.dumps(asdict(config)))
    if is_prepared(output, wanted):
        return output
    takes, sounds = gathered(config)
    kept_back = held_out_names(config, takes, sounds)
    made = wanted | {"kept_back": sorted(kept_back)}
    with whole_folder(output) as partial:
        for is_training, side in ((True, "train"), (False, "validation")):
            (partial / side).mkdir()
            motions = [take for take in takes if (take.group in kept_back) != is_training]
            files = [path for path in sounds if (path.stem in kept_back) != is_training]
            dances = dances_of(config, motions, files, is_training)
            for dance in tqdm(dances, desc=f"{side} dances", unit="dance"):
                save_dance(dance, partial / side / f"{dance.name}.npz")
        (partial / DATA_RECORD).write_text(json.dumps(made, indent=2) + "\n")
    return output


def is_prepared(output: Path, wanted: dict[str, Any]) -> bool:
    """Return whether a folder holds the dances of these settings.

    Raises:
        MusicError: it holds others, or something else.
    """
    if not output.exists() or (output.is_dir() and not any(output.iterdir())):
        return False
    try:
        made = read_json_object(output / DATA_RECORD)
    except ForeignFileError as error:
        raise MusicError(
            f"{output} holds no dances ({DATA_RECORD}: {error}); give another folder"
        ) from error
    if not wanted.items() <= made.items():
        raise MusicError(
            f"{output} holds dances made with other settings; delete it, or give another folder"
        )
    return True


def held_out_names(config: DataConfig, takes: list[Motion], sounds: list[Path]) -> set[str]:
    """Return the groups of takes and the names of files that are kept for validation."""
    groups = sorted({take.group for take in takes})
    names = sorted({path.stem for path in sounds})
    unknown = set(config.held_out) - set(groups) - set(names)
    if unknown:
        raise MusicError(
            f"nothing called {', '.join(sorted(unknown))} to hold out; there are "
            f"{', '.join(groups + names)}"
        )
    published = [name for folder in config.folders for name in held_out_sequences(Path(folder))]
    kept_back = hold_out(groups, config.held_out or tuple(map(aist_group, published)))
    if not 0 < len(kept_back) < len(groups):
        raise MusicError(
            f"{len(kept_back)} of {len(groups)} groups of takes are held out; some must be, and "
            f"some must stay: choose from {', '.join(groups)}"
        )
    return kept_back | hold_out(names, config.held_out)


def dances_of(
    config: DataConfig, motions: list[Motion], files: list[Path], is_training: bool
) -> Iterator[Dance]:
    """Yield the dances of one side: to files, to synthesised songs, and as they were danced.

    Raises:
        MusicError: there are files to train on, and none of them can be used.
    """
    count = config.pairs.num_dances if is_training else config.num_validation
    seed = 2 * config.pairs.seed + (not is_training)
    pairs = replace(config.pairs, num_dances=count, seed=seed)
    samples = Path(config.samples) if config.samples else None
    library = lively_library(motions, pairs.written_share)
    recorded = recorded_dances(files, library, config, seed)
    first = list(islice(recorded, 1))
    if is_training and files and not first:
        raise MusicError(
            f"none of the {len(files)} songs and videos to train on can be used; see the warnings "
            "for why, and mend or remove them"
        )
    yield from first
    yield from recorded
    yield from synthetic_dances(motions, pairs, samples)
    yield from true_pairs(motions, config, seed)


def gathered(config: DataConfig) -> tuple[list[Motion], list[Path]]:
    """Return the takes to dance with, and the songs and videos to dance to.

    Raises:
        MusicError: there is nothing to dance, or what a folder holds cannot be used.
    """
    takes: list[Motion] = []
    sounds: list[Path] = []
    for folder in map(Path, config.folders):
        found, heard = load_motions(folder), usable_sounds(folder)
        if not heard and all(take.name.endswith(IDLE) for take in found):
            raise MusicError(
                f"nothing in {folder} can be trained on; give folders with motion capture, songs "
                f"of {SHORTEST_SONG:g} s or more, or dance videos with their sound"
            )
        logger.info("%s: %d takes, %d songs and videos", folder, len(found), len(heard))
        takes, sounds = takes + found, sounds + heard
    return chosen_motions(config, takes), sorted(sounds)


def chosen_motions(config: DataConfig, motions: list[Motion]) -> list[Motion]:
    """Return recorded takes without those to leave out, and the written moves."""
    motions = [m for m in motions if not any(word in m.name for word in config.left_out)]
    if config.written_variations:
        motions += authored_moves(
            np.random.default_rng(config.pairs.seed), config.written_variations
        )
    if not motions:
        raise MusicError("nothing to dance: give folders with motion capture, or written moves")
    return motions


def check_folders(config: DataConfig) -> None:
    """Make sure that every folder is there and holds something, before the long work starts."""
    for folder in (*config.folders, *filter(None, [config.samples])):
        if not Path(folder).is_dir():
            raise MusicError(f"no folder at {folder}; give folders with motion, songs or videos")
        if not any(path.suffix.lower() in KNOWN_SUFFIXES for path in Path(folder).rglob("*")):
            raise MusicError(
                f"{folder} holds nothing to train on; it may hold {', '.join(KNOWN_SUFFIXES)}"
            )


def usable_sounds(folder: Path) -> list[Path]:
    """Return the songs and videos under ``folder`` that can be heard, the songs long enough."""
    suffixes = (*SONG_SUFFIXES, *DANCE_VIDEO_SUFFIXES)
    found = (path for path in folder.rglob("*") if path.suffix.lower() in suffixes)
    return [path for path in found if _is_usable(path)]


def _is_usable(path: Path) -> bool:
    """Return whether the beginning of a file can be heard; log why not."""
    try:
        seconds = load_audio(path, duration=SHORTEST_SONG).seconds
    except MusicError as error:
        logger.warning("left out: %s", error)
        return False
    is_long = path.suffix.lower() in DANCE_VIDEO_SUFFIXES or seconds >= SHORTEST_SONG
    if not is_long:
        logger.warning("left out: %s lasts %.1f s, a song %g or more", path, seconds, SHORTEST_SONG)
    return is_long


def recorded_dances(
    paths: list[Path], library: MotionLibrary, config: DataConfig, seed: int
) -> Iterator[Dance]:
    """Yield dances to recorded songs: choreographed ones, and those that videos show."""
    rng = np.random.default_rng(seed)
    for index, path in enumerate(paths):
        poses = None
        try:
            features = extract_features(load_audio(path))
            if path.suffix.lower() in DANCE_VIDEO_SUFFIXES:
                poses = framed(_poses_of(path)).resampled(FEATURE_FPS, len(features))
        except (MusicError, VideoError) as error:
            logger.warning("left out: %s", shortened(str(error)))
            continue
        if poses is not None:
            families = np.full(len(poses), plain_name(path.resolve().parent.name))
            music = condition_on(features)
            parts = families, unknown_manner(len(poses))
            yield Dance(f"video_{index}_{path.stem}", poses, music, poses, *parts)
            continue
        song = recording(features)
        for number in range(config.dances_per_song):
            yield dance_to(f"recording_{index}_{path.stem}_{number}", song, library, rng)


def true_pairs(motions: list[Motion], config: DataConfig, seed: int) -> Iterator[Dance]:
    """Yield the takes whose own music, known by the id in their name, is among the data."""
    rng = np.random.default_rng(seed)
    for take in motions:
        found = (find_music(Path(folder), take.name) for folder in config.folders)
        music = next(filter(None, found), None) if take.bpm else None
        if music is not None:
            try:
                yield true_pair(take, music, rng)
            except MusicError as error:
                logger.warning("left out: %s", shortened(str(error)))


def _poses_of(video: Path) -> PoseSequence:
    """Return the poses of a video: those in a file of its name beside it, or found in it.

    What that file does not say of rate and canvas is as in the video.
    """
    beside = (video.with_suffix(suffix) for suffix in POSE_SUFFIXES if suffix)
    for path in beside:
        if path.exists():
            info = video_info(video)
            return load_poses(path, info.fps, (info.width, info.height), info.seconds)
    return extract_poses(video, fps=FEATURE_FPS)
