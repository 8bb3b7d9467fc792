"""Listen to a song, and find or load who dances to it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from tqdm import tqdm

from checkpoints.store import describe_model
from music2pose.generate import generate_poses, load_pose_model
from music2pose.generator import PoseGenerator
from music2pose.hearing.audio import SongFile, open_song
from music2pose.hearing.bars import BEATS_PER_BAR
from music2pose.hearing.beat_files import read_beats, summary_of
from music2pose.hearing.features import SongFeatures, extract_features
from music2pose.hearing.given_beats import BeatMarks
from music2pose.pose import PoseSequence
from music2pose.pose_files import load_poses
from pipelines import VideoError
from pipelines.config import Music2VideoConfig
from pipelines.directing import cues_in, load_director
from pipelines.video import check_sound

SHARE_BAR = "{desc}: {percentage:3.0f}%|{bar}| {elapsed}<{remaining}"

Dancer = Callable[[SongFeatures], PoseSequence]


def num_frames(seconds: float, fps: float) -> int:
    """Return how many frames make a video as long as the song, to within half a frame."""
    return max(1, round(seconds * fps))


def open_piece_for_video(song: Path, config: Music2VideoConfig) -> SongFile:
    """Return the piece of a song that is danced to, which a video can hold as its sound.

    Raises:
        MusicError, VideoError: it, or the file of its beats, cannot be read, or it cannot be put
            into a video.
    """
    sound = open_piece(song, config)
    check_sound(song)
    return sound


def open_piece(song: Path, config: Music2VideoConfig) -> SongFile:
    """Return the piece of a song that is listened to, once it is sure that its beats can be had.

    Raises:
        MusicError: it, or the file of its beats, cannot be read.
    """
    sound = open_song(song, config.start, config.duration)
    given_beats(sound, config)
    return sound


def hear(sound: SongFile, config: Music2VideoConfig) -> SongFeatures:
    """Return what is heard in the piece of a song that begins at ``config.start``."""
    marks = given_beats(sound, config)
    return extract_features(sound, config.bpm, first_beat_after_start(config), marks)


def given_beats(sound: SongFile, config: Music2VideoConfig) -> BeatMarks | None:
    """Return the beats of ``config.beats``, counted from where the piece begins.

    Raises:
        MusicError: they cannot be read, or are not those of this song.
    """
    if config.beats is None:
        return None
    end = config.start + sound.seconds
    song_seconds = end if config.duration is None else None
    return read_beats(Path(config.beats), end, song_seconds).after(config.start)


def first_beat_after_start(config: Music2VideoConfig) -> float | None:
    """Return the given beat counted from where the video begins, which may be mid-song.

    >>> first_beat_after_start(Music2VideoConfig(first_beat=1.0, start=2.5, bpm=120))
    0.5
    """
    if config.first_beat is None:
        return None
    seconds = config.first_beat - config.start
    if seconds >= 0:
        return seconds
    if config.bpm is None:
        raise VideoError(
            f"--first-beat {config.first_beat:g} lies before --start {config.start:g}; "
            "give a beat after it, or --bpm as well"
        )
    return seconds % (BEATS_PER_BAR * 60 / config.bpm)


def tempo(features: SongFeatures) -> dict[str, object]:
    """Return the tempo that was heard, in beats per minute, and how sure it is, 0 to 1."""
    found = summary_of(features.grid)
    return {"bpm": found.bpm, "bpm_range": found.bpm_range, "confidence": found.confidence}


def load_dancer(config: Music2VideoConfig, seconds: float) -> Dancer:
    """Return what dances to a song: the model, or whoever moves in the pose file.

    Args:
        seconds: the length of the song.

    Raises:
        MusicError, CheckpointError: there is no such dancer, or what it is asked for cannot be
            danced, see ``load_director``.
    """
    if config.poses is not None:
        poses = load_poses(Path(config.poses), config.fps, config.canvas_size)
        return lambda song: poses.resampled(config.fps, num_frames(song.seconds, config.fps))
    model = load_pose_model(config.model, config.device)
    director = load_director(config, families_of(model), seconds)

    def dancer(song: SongFeatures) -> PoseSequence:
        direction = director(song)
        with tqdm(desc="dancing", total=1.0, bar_format=SHARE_BAR, disable=None) as bar:
            moved = partial(_move, bar)
            return generate_poses(model, song, config.seed, config.fps, moved, direction)

    return dancer


def families_of(model: PoseGenerator) -> tuple[str, ...]:
    """Return the names of the moves that a dancer knows."""
    return model.config.families


def shown_poses(config: Music2VideoConfig) -> tuple[PoseSequence, float]:
    """Return the poses of ``config.poses`` at the video's rate, and the seconds that they last."""
    if config.poses is None:
        raise VideoError("no poses to show; give a pose file")
    poses = load_poses(Path(config.poses), config.fps, config.canvas_size)
    seconds = min(poses.seconds, config.duration or poses.seconds)
    return poses.resampled(config.fps, num_frames(seconds, config.fps)), seconds


def about_dancer(config: Music2VideoConfig) -> dict[str, object]:
    """Return which weights dance, where it is a model that does, and what it is asked for."""
    if config.poses is not None:
        return {}
    return {"weights": describe_model(config.model), **cues_in(config)}


def _move(bar: tqdm, share: float) -> None:
    bar.update(share - bar.n)
