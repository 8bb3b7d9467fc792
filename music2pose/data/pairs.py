"""Takes and songs become training pairs: which are held out, and how they are combined."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from zlib import crc32

import numpy as np
from scipy.ndimage import gaussian_filter1d

from music2pose import MusicError
from music2pose.conditioning import condition_on
from music2pose.data.choreography import (
    DancedSong,
    MotionLibrary,
    build_library,
    choreograph,
    seen_speed,
)
from music2pose.data.dataset import CANVAS_ASPECT, Dance
from music2pose.data.heard_hits import heard_hits
from music2pose.data.manner import manner_of
from music2pose.hearing.audio import Waveform, load_audio
from music2pose.hearing.bars import BEATS_PER_BAR
from music2pose.hearing.beats import BeatGrid
from music2pose.hearing.features import FEATURE_FPS, SAMPLE_RATE, SongFeatures, features_from_grid
from music2pose.hearing.sections import detect_sections
from music2pose.listener import NUM_MANNERS
from music2pose.metrics.body import body_scale
from music2pose.motion.camera import Camera, follow, project, random_camera
from music2pose.motion.motion import Body, Motion, random_body, retarget
from music2pose.pose import JOINT, PoseSequence
from music2pose.synth.song import Song, SongSpec, synthesise

IDLE = "_idle"
"""Takes of this suffix stand about; they are danced to silence."""
WRITTEN = "move_"
"""Groups of this prefix are moves written by hand instead of recorded."""
SILENCE_BPM = 100.0
CUT_SHARE = 0.25
"""Of the synthesised songs, those that fall silent for a while."""
MUTED_SHARE = 0.05
"""Of the others, those of which nothing is heard at all."""
ASKED_SHARE = 0.4
"""Of the dances, those that are calmer or wilder than the music asks for, because asked to be."""


@dataclass(frozen=True)
class PairConfig:
    num_dances: int = 200
    seconds: float = 40.0
    silent_share: float = 0.04
    """Dances to silence, by takes that stand about."""
    sample_share: float = 0.3
    """Synthesised songs that use the sample folder, where one is given."""
    written_share: float = 0.4
    """How much of the dancing is written moves, beside recorded takes."""
    seed: int = 0

    def __post_init__(self) -> None:
        if self.num_dances < 1 or self.seed < 0:
            raise MusicError(
                f"dances must be at least 1 and the seed 0 or more, got {self.num_dances} and "
                f"{self.seed}"
            )


def hold_out(names: list[str], wanted: tuple[str, ...], share: float = 0.15) -> set[str]:
    """Return which of ``names`` to keep for validation: the wanted ones, or else a fixed draw.

    >>> sorted(hold_out(["ann", "bob", "cat"], ("cat", "dog")))
    ['cat']
    >>> len(hold_out([f"take {n}" for n in range(20)], ("dog",)))
    3
    >>> len(hold_out(["ann", "bob"], ())), len(hold_out(["ann"], ()))
    (1, 0)
    """
    ranked = sorted(names, key=lambda name: crc32(name.encode()))
    drawn = ranked[: max(1, round(share * len(ranked)))] if len(ranked) > 1 else []
    return set(wanted) & set(names) or set(drawn)


def lively_library(motions: list[Motion], written_share: float = 0.0) -> MotionLibrary:
    """Lay out the takes that dance; each group counts by how fast it moves, not by its length.

    Args:
        written_share: how much of the dancing written moves make up beside recorded takes; where
            there is but one of the two it makes up all.
    """
    dancing = [motion for motion in motions if not motion.name.endswith(IDLE)]
    seconds: defaultdict[str, float] = defaultdict(float)
    for motion in dancing:
        seconds[motion.group] += motion.seconds
    weights = np.array(
        [viewed_speed(motion) * motion.seconds / seconds[motion.group] for motion in dancing]
    )
    written = np.array([motion.group.startswith(WRITTEN) for motion in dancing])
    if written.any() and not written.all():
        weights[written] *= written_share / weights[written].sum()
        weights[~written] *= (1 - written_share) / weights[~written].sum()
    return build_library(dancing, list(weights))


def viewed_speed(motion: Motion) -> float:
    """Return the mean speed of the joints as a viewer sees them, in metres per second."""
    framed = follow(retarget(motion, Body())).resampled(FEATURE_FPS)
    return float(seen_speed(framed.joints).mean())


def synthetic_dances(
    motions: list[Motion], config: PairConfig, samples: Path | None = None
) -> Iterator[Dance]:
    """Yield dances to synthesised songs; the same for the same seed."""
    library = lively_library(motions, config.written_share)
    idle_library = library_of_idles(motions)
    for number in range(config.num_dances):
        rng = np.random.default_rng((config.seed, number))
        seed = config.seed * 100_000 + number
        is_silent = idle_library is not None and rng.random() < config.silent_share
        uses_samples = rng.random() < config.sample_share
        asked = float(rng.uniform(-1, 1)) if rng.random() < ASKED_SHARE else 0.0
        if is_silent and idle_library is not None:
            features = silence(config.seconds)
            quiet = DancedSong(features, manner_of(features, {}), asked=asked)
            yield dance_to(f"silence_{seed:08d}", quiet, idle_library, rng)
            continue
        heard = song(seed, config.seconds, samples if uses_samples else None, asked)
        heard = replace(heard, features=with_tracker_confidence(heard.features, rng))
        yield dance_to(f"song_{seed:08d}", heard, library, rng)


def library_of_idles(motions: list[Motion]) -> MotionLibrary | None:
    """Lay out the takes that stand about; None if there are none."""
    still = [motion for motion in motions if motion.name.endswith(IDLE)]
    return build_library(still) if still else None


def dance_to(
    name: str, song: DancedSong, library: MotionLibrary, rng: np.random.Generator
) -> Dance:
    """Return a dance to a song by a dancer of random build before a random camera."""
    return choreograph(name, song, library, rng, random_body(rng), random_camera(rng))


def true_pair(take: Motion, music: Path, rng: np.random.Generator) -> Dance:
    """Return a take as it was really danced to ``music``, whose tempo it knows; nothing is warped.

    Raises:
        MusicError: the music cannot be read.
    """
    assert take.bpm is not None
    waveform = load_audio(music, take.music_start, take.seconds)
    features = features_from_grid(waveform, known_grid(take.bpm, take.music_start, take.seconds))
    motion = follow(retarget(take, random_body(rng)))
    poses = project(motion, random_camera(rng), CANVAS_ASPECT)
    poses = poses.resampled(FEATURE_FPS, len(features))
    families, manner = np.full(len(poses), take.family), unknown_manner(len(poses))
    return Dance(f"pair_{take.name}", poses, condition_on(features), poses, families, manner)


def known_grid(bpm: float, start: float, seconds: float) -> BeatGrid:
    """Return the beats of a piece of music in four whose first downbeat falls at time 0.

    >>> grid = known_grid(120, start=0.75, seconds=1.0)
    >>> grid.beat_times.tolist(), grid.downbeat_times.tolist()
    ([-0.25, 0.25, 0.75, 1.25], [1.25])
    """
    period = 60 / bpm
    numbers = np.arange(np.floor(start / period), np.ceil((start + seconds) / period) + 1)
    times = numbers * period - start
    return BeatGrid(times, times[numbers % BEATS_PER_BAR == 0], bpm, confidence=1.0)


def song(seed: int, seconds: float, samples: Path | None = None, asked: float = 0.0) -> DancedSong:
    """Return a synthesised song whose beats and hits are known, mixed as variously as records."""
    rng = np.random.default_rng((seed, 1))
    spec = SongSpec(
        seed=seed,
        seconds=seconds,
        level_db=float(rng.choice((0, 3, 6, 10))),
        drum_stops=float(rng.choice((0, 0.06, 0.12))),
    )
    made = synthesise(spec, samples)
    if rng.random() < CUT_SHARE:
        made = cut_out(made, rng)
    elif rng.random() < MUTED_SHARE:
        made = replace(made, waveform=np.zeros_like(made.waveform), played={})
    grid = BeatGrid(made.beat_times, made.downbeat_times, made.bpm, confidence=1.0)
    features = features_from_grid(Waveform(made.waveform, made.sample_rate, Path()), grid)
    ends = [*(start for start, _ in made.sections[1:]), seconds]
    builds = tuple(
        (start, end)
        for (start, name), end in zip(made.sections, ends, strict=True)
        if name == "build"
    )
    manner = manner_of(features, made.played, builds, asked)
    return DancedSong(features, manner, made.sections, asked)


def cut_out(made: Song, rng: np.random.Generator) -> Song:
    """Return a song that falls silent for some seconds, as if somebody had stopped the record."""
    start, length = rng.uniform(3, max(3, made.seconds - 8)), rng.uniform(2, 5)
    waveform = made.waveform.copy()
    waveform[round(start * made.sample_rate) : round((start + length) * made.sample_rate)] = 0
    played = {
        name: rows[(rows[:, 0] < start) | (rows[:, 0] >= start + length)]
        for name, rows in made.played.items()
    }
    return replace(made, waveform=waveform, played=played)


def recording(features: SongFeatures) -> DancedSong:
    """Return a recorded song, its hits and sections found by listening."""
    sections = tuple((part.start, part.label) for part in detect_sections(features))
    return DancedSong(features, manner_of(features, heard_hits(features)), sections)


def silence(seconds: float) -> SongFeatures:
    beat_times = np.arange(0, seconds + 2, 60 / SILENCE_BPM)
    grid = BeatGrid(beat_times, beat_times[::BEATS_PER_BAR], SILENCE_BPM, confidence=0.0)
    samples = np.zeros(round(seconds * SAMPLE_RATE), np.float32)
    return features_from_grid(Waveform(samples, SAMPLE_RATE, Path()), grid)


def with_tracker_confidence(features: SongFeatures, rng: np.random.Generator) -> SongFeatures:
    """Return the features with a confidence such as a tracker might report for known beats."""
    confidence = features.grid.confidence * rng.uniform(0.4, 1.0)
    return replace(features, grid=replace(features.grid, confidence=confidence))


def unknown_manner(num_frames: int) -> np.ndarray:
    """Return the manner, (T, 7), of music of which nobody knows how it asks to be danced."""
    return np.full((num_frames, NUM_MANNERS), np.nan, np.float32)


def framed(poses: PoseSequence) -> PoseSequence:
    """Return a filmed dance as the following camera would have filmed it, on a square canvas.

    The dancer is scaled to the usual size by the torso, and kept in the middle by the way of the
    hips, smoothed over 1.5 s; the floor, below the ankles, lies where it usually does.
    """
    camera = Camera()
    usual_torso = camera.body_height * Body().torso / Body().height
    scale = usual_torso / body_scale(poses)
    keypoints = poses.keypoints * scale
    hips = keypoints[:, [JOINT["right_hip"], JOINT["left_hip"]], 0].mean(1)
    way = gaussian_filter1d(hips, 1.5 / 4 * poses.fps, mode="nearest")
    ankles = keypoints[:, [JOINT["right_ankle"], JOINT["left_ankle"]], 1]
    standing = usual_torso * Body().ankle_height / Body().torso
    keypoints = (
        keypoints
        - np.stack(
            [
                way - CANVAS_ASPECT / 2,
                np.full(len(way), np.median(ankles) - camera.floor + standing),
            ],
            axis=1,
        )[:, None]
    )
    return replace(poses, keypoints=keypoints.astype(np.float32), aspect=CANVAS_ASPECT)
