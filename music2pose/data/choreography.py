"""Make dances to order: motion capture, warped in time and joined, lands on the beats of a song."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.ndimage import gaussian_filter1d

from music2pose import MusicError
from music2pose.conditioning import condition_on, danced_beats
from music2pose.data.dataset import CANVAS_ASPECT, Dance
from music2pose.data.expression import Tracks, in_manner, joints_of
from music2pose.data.manner import Manner
from music2pose.hearing.features import FEATURE_FPS, SongFeatures, position_among
from music2pose.motion.camera import Camera, follow, project
from music2pose.motion.motion import (
    Body,
    Motion,
    bone_directions,
    hip_centre,
    lower_foot,
    retarget,
)
from music2pose.pose import between_frames

SPEED_SMOOTHING = 5 / 60
"""Seconds; the width of the Gaussian under which kinematic beats are looked for."""
ACCENT_EASE = 0.65
"""Ease of the ways to an accent between two beats and away from it."""
JOIN_EASE = 0.95
"""Ease of the fade from one piece into the next: gentle at both of its beats."""
STANDING_SHARE = 0.08
"""The least lively part of a library, by weight, is standing about and not danced."""


@dataclass(frozen=True)
class ChoreographyConfig:
    slowest: float = 0.55
    fastest: float = 1.4
    """How far a take may be slowed and hurried between two beats."""
    warp_cost: float = 3.0
    """Price of a hurried or slowed beat against one that is not a moment of rest."""
    swing_reward: float = 1.0
    """Worth of moving fast half-way between two beats, so that a rest there is no second beat."""
    ease: float = 0.75
    """How much movement gathers between the beats, from 0 (not at all) to below 1."""
    repeat_chance: float = 0.5
    """How often a phrase is danced again, in mirror image."""
    candidates: int = 96
    """Places that are compared before one is joined on."""
    energy_weight: float = 1.0
    """How strictly loud and busy music is danced with fast motion."""


@dataclass(frozen=True)
class MotionLibrary:
    """Takes end to end at the feature rate, centred and facing the viewer.

    Shape:
        directions: (N, 16, 3), root: (N, 3), foot: (N,) height of the lower ankle
        speed: (N,) metres per second of the joints as the viewer sees them, smoothed
        take: (N,) number of the take; remaining: (N,) frames up to its end
        families: name of each take's kind of move
        weight: (N,) how often a place should be chosen
        rest: numbers of the frames at which the body is slower than around them
        quantile: (N,) rank in [0, 1] of the speed over the next two seconds; 0 but at rest
    """

    directions: np.ndarray
    root: np.ndarray
    foot: np.ndarray
    speed: np.ndarray
    take: np.ndarray
    remaining: np.ndarray
    weight: np.ndarray
    rest: np.ndarray
    quantile: np.ndarray
    families: tuple[str, ...]


def build_library(motions: list[Motion], weights: list[float] | None = None) -> MotionLibrary:
    """Lay out takes (and their mirror images) for choreography.

    Args:
        motions: takes of one side of a split.
        weights: how often each take is danced; in proportion to its length when left out.
    """
    if not motions:
        raise MusicError("no motion capture to choreograph; give a folder with BVH or npz takes")
    parts = [
        _lay_out(side, number)
        for number, motion in enumerate(motions)
        for side in (motion, motion.mirrored())
    ]
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    directions, root, foot, speed, take, remaining = columns
    slower = (speed[1:-1] <= speed[:-2]) & (speed[1:-1] < speed[2:]) & (remaining[1:-1] > 0)
    rest = 1 + np.flatnonzero(slower)
    weight = np.ones(len(speed))
    if weights is not None:
        rests_of_take = np.bincount(take[rest], minlength=len(motions))
        weight = (np.array(weights) / np.maximum(rests_of_take, 1))[take]
    ahead = np.array([speed[i : i + min(50, int(remaining[i]) + 1)].mean() for i in rest])
    order = np.argsort(ahead)
    rank = np.cumsum(weight[rest[order]])
    quantile = np.zeros(len(speed))
    quantile[rest[order]] = rank / rank[-1]
    lively = quantile[rest] > STANDING_SHARE
    rest = rest[lively]
    families = tuple(motion.family for motion in motions)
    return MotionLibrary(
        directions, root, foot, speed, take, remaining, weight, rest, quantile, families
    )


def _lay_out(motion: Motion, number: int) -> tuple[np.ndarray, ...]:
    framed = follow(retarget(motion, Body())).resampled(FEATURE_FPS)
    joints = framed.joints.astype(np.float64)
    count = len(joints)
    return (
        bone_directions(framed),
        hip_centre(joints),
        lower_foot(joints),
        seen_speed(joints),
        np.full(count, number),
        np.arange(count)[::-1].copy(),
    )


def seen_speed(joints: np.ndarray) -> np.ndarray:
    """Return the mean speed of the joints in the viewer's plane: (T, 18, 3) -> (T,)."""
    velocity = np.gradient(joints[..., :2], axis=0) * FEATURE_FPS
    speed = np.linalg.norm(velocity, axis=-1).mean(-1)
    return gaussian_filter1d(speed, SPEED_SMOOTHING * FEATURE_FPS)


@dataclass(frozen=True)
class DancedSong:
    """A song, and what of it a dancer follows."""

    features: SongFeatures
    manner: Manner
    sections: tuple[tuple[float, str], ...] = ()
    """Start in seconds and name; those of one name are danced with the same phrases."""
    asked: float = 0.0
    """From -1, calm, to 1, wild: the energy that was asked for beside the music."""


def choreograph(
    name: str,
    song: DancedSong,
    library: MotionLibrary,
    rng: np.random.Generator,
    body: Body | None = None,
    camera: Camera | None = None,
) -> Dance:
    """Return a dance to a song, made of pieces of the library.

    Pieces are chosen so that the pose at their start is near the one at the end of the piece
    before and their energy fits the music; each is warped so that its moments of rest fall on
    beats; and the difference at each join fades over the beat that follows. This plain dance is
    then danced in the manner that the music asks for.
    """
    config = ChoreographyConfig()
    body, camera, features = body or Body(), camera or Camera(), song.features
    beats = danced_beats(features.grid)
    beats = beats[(beats > -1) & (beats < features.seconds + 1)]
    plan = plan_marks(song_beats(song, beats), library, rng, config)
    position = position_among(beats, np.arange(len(features)) / FEATURE_FPS)
    plain = perform(plan, position, library, config)
    accents = position_among(beats, song.manner.accents)
    accented = perform(plan, position, library, config, accents)
    resting = with_accents(position, config.ease, accents)
    tracks = plain, in_manner(accented, song.manner, body, resting)
    plain_poses, poses = (
        project(Motion(joints_of(track, body), FEATURE_FPS, name, name), camera, CANVAS_ASPECT)
        for track in tracks
    )
    takes = library.take[[phrase.frames[0] for phrase in plan]]
    families = np.array([library.families[take] for take in takes])
    return Dance(
        name, poses, condition_on(features, song.asked), plain_poses,
        families[phrase_at(plan, position)], song.manner.channels,
    )  # fmt: skip


class SongBeats(NamedTuple):
    """The danced beats of a song, N of them.

    Shape:
        times: (N,) seconds
        energy: (N,) in [0, 1], how lively the piece that begins here should be
        sections: (N,) number of the section that a beat is in
        is_downbeat: (N,)
    """

    times: np.ndarray
    energy: np.ndarray
    sections: np.ndarray
    is_downbeat: np.ndarray


def song_beats(song: DancedSong, beats: np.ndarray) -> SongBeats:
    """Return what is to be danced on each of ``beats`` (N,), seconds."""
    downbeats = song.features.grid.downbeat_times
    is_downbeat = np.array([np.abs(downbeats - beat).min(initial=9) < 0.03 for beat in beats])
    starts = [start - 0.05 for start, _ in song.sections]
    names = [name for _, name in song.sections]
    kinds = np.array([sorted(set(names)).index(name) for name in names] or [0])
    place = np.searchsorted(starts, beats, side="right") - 1
    energy = phrase_energy(song.features, beats)
    return SongBeats(beats, energy, kinds[place.clip(0)], is_downbeat)


@dataclass(frozen=True)
class DancePhrase:
    """A piece of a take: the library frames that fall on beats ``first_beat``, and on."""

    first_beat: int
    frames: np.ndarray  # (n + 1,) increasing; the last one falls on the next phrase's first beat


def phrase_energy(features: SongFeatures, beats: np.ndarray) -> np.ndarray:
    """Return how much each beat asks the dancer to move, in [0, 1], 0.5 being usual.

    Loudness and onset strength under a Gaussian of 1 s around a beat, against the rest of the song.

    Shape:
        beats: (N,) seconds
        returns: (N,)
    """
    level = 0.5 * features.loudness + 2 * features.onset
    level = gaussian_filter1d(level.astype(float), FEATURE_FPS, mode="nearest")
    at_beats = np.interp(beats, np.arange(len(level)) / FEATURE_FPS, level)
    deviation = (at_beats - at_beats.mean()) / max(float(at_beats.std()), 0.05)
    return 1 / (1 + np.exp(-1.5 * deviation))


def plan_marks(
    beats: SongBeats, library: MotionLibrary, rng: np.random.Generator, config: ChoreographyConfig
) -> list[DancePhrase]:
    """Choose the pieces of the library that are danced, one after another, from beat to beat.

    A piece is a bar or two, never longer than its section, and may be danced again in mirror image.
    Sections of one kind are
    danced with the same pieces, in the same order.
    """
    phrases: list[DancePhrase] = []
    durations = np.diff(beats.times) * FEATURE_FPS  # in frames
    repertoires: dict[int, list[np.ndarray]] = {}
    beat, section, number = 0, -1, 0
    while beat < len(durations):
        if beats.sections[beat] != section:
            section, number = int(beats.sections[beat]), 0
        repertoire = repertoires.setdefault(section, [])
        end = beat + beats_left(beats.sections[beat : len(durations)])
        left = durations[beat : min(beat + phrase_beats(beats, beat, rng), end)]
        frames = repertoire[number] if number < len(repertoire) else None
        if frames is None or len(frames) - 1 > end - beat:
            previous = int(phrases[-1].frames[-1]) if phrases else None
            start = choose_start(library, previous, beats.energy[beat], left[0], rng, config)
            frames = land_on_beats(library, start, left, config)
            repertoire.append(frames)
            if rng.random() < config.repeat_chance:
                repertoire.append(mirrored_frames(library, frames))
        phrases.append(DancePhrase(beat, frames))
        beat, number = beat + len(frames) - 1, number + 1
    return phrases


def beats_left(sections: np.ndarray) -> int:
    """Return how many beats of a song's rest (N,) are of the section that comes first.

    >>> beats_left(np.array([1, 1, 0, 1]))
    2
    """
    others = np.flatnonzero(sections != sections[0])
    return int(others[0]) if len(others) else len(sections)


def phrase_beats(beats: SongBeats, beat: int, rng: np.random.Generator) -> int:
    """Return how many beats a piece that begins at ``beat`` should have: to a coming downbeat."""
    ahead = np.flatnonzero(beats.is_downbeat[beat + 1 : beat + 9]) + 1
    ahead = ahead[ahead >= 3]
    if not len(ahead):
        return int(rng.integers(4, 9))
    return int(ahead[-1] if rng.random() < 0.6 else ahead[0])


def mirrored_frames(library: MotionLibrary, frames: np.ndarray) -> np.ndarray:
    """Return the same moments in the mirror image of their take, which lies right beside it.

    Shape:
        frames, returns: (n + 1,) numbers of library frames
    """
    take = library.take == library.take[frames[0]]
    first = int(np.flatnonzero(take)[0])
    length = int(take.sum()) // 2
    return first + (frames - first + length) % (2 * length)


def choose_start(
    library: MotionLibrary,
    previous: int | None,
    energy: float,
    beat_frames: float,
    rng: np.random.Generator,
    config: ChoreographyConfig,
) -> int:
    """Draw places of rest and return the one that is best joined on."""
    long_enough = library.remaining[library.rest] > beat_frames * config.fastest + 2
    places = library.rest[long_enough]
    if not len(places):
        raise MusicError("every take is shorter than one beat; give longer motion capture")
    chance = library.weight[places] / library.weight[places].sum()
    drawn = rng.choice(places, min(config.candidates, len(places)), p=chance, replace=True)
    cost = config.energy_weight * np.abs(library.quantile[drawn] - energy)
    cost = cost + 0.1 * rng.random(len(drawn))
    if previous is not None:
        cost = cost + pose_distance(library, drawn, previous)
        cost = cost + 0.3 * (library.take[drawn] == library.take[previous])
    return int(drawn[np.argmin(cost)])


def pose_distance(library: MotionLibrary, frames: np.ndarray, other: int) -> np.ndarray:
    """Return how far each of ``frames`` is from the pose at ``other``: mean turn of the bones.

    Shape:
        frames: (n,) numbers of library frames
        returns: (n,) twice the mean difference of unit directions, plus metres of height
    """
    turn = library.directions[frames] - library.directions[other]
    turns = np.linalg.norm(turn, axis=-1).mean(-1)
    return 2 * turns + np.abs(library.root[frames, 1] - library.root[other, 1])


def land_on_beats(
    library: MotionLibrary, start: int, durations: np.ndarray, config: ChoreographyConfig
) -> np.ndarray:
    """Return the frames, from ``start`` on, that should fall on the beats.

    A Viterbi search prefers rest on the beat, motion between beats, and little change of pace.

    Args:
        durations: (n,) library frames between the beats, were nothing warped.

    Shape:
        returns: (m + 1,) with 1 <= m <= n, as far as the take lasts
    """
    limit = int(library.remaining[start])
    speed = library.speed[start : start + limit + 1] / library.speed[library.rest].mean()
    best = np.full(limit + 1, np.inf)
    best[0] = 0.0
    back: list[np.ndarray] = []
    for duration in durations:
        low = max(2, int(np.ceil(duration * config.slowest)))
        high = max(low, int(duration * config.fastest))
        steps = np.arange(low, high + 1)
        arrivals = np.full((len(steps), limit + 1), np.inf)
        for row, step in enumerate(steps):
            if step <= limit:
                pace = config.warp_cost * np.log(step / duration) ** 2
                swing = config.swing_reward * speed[step // 2 : step // 2 + limit + 1 - step]
                arrivals[row, step:] = best[: limit + 1 - step] + pace - swing
        choice = arrivals.argmin(0)
        reached = arrivals.min(0) + speed
        if not np.isfinite(reached).any():
            break
        best = reached
        back.append(steps[choice])
    frame = int(best.argmin())
    frames = [frame]
    for steps_back in reversed(back):
        frame -= int(steps_back[frame])
        frames.append(frame)
    return start + np.array(frames[::-1])


def eased(phase: np.ndarray, ease: float) -> np.ndarray:
    """Return a phase that dwells on the beat and hurries in between.

    Shape:
        phase, returns: (T,) in [0, 1]

    >>> eased(np.array([0.0, 0.5, 1.0]), 0.4).round(6).tolist()
    [0.0, 0.5, 1.0]
    """
    return phase - ease * np.sin(2 * np.pi * phase) / (2 * np.pi)


def perform(
    phrases: list[DancePhrase],
    position: np.ndarray,
    library: MotionLibrary,
    config: ChoreographyConfig,
    accents: np.ndarray | None = None,
) -> Tracks:
    """Dance the phrases.

    Args:
        position: (T,) the time of each frame, counted in beats.
        accents: (K,) moments between beats at which the body arrives as well, counted in beats.
    """
    tracks = (library.directions, library.root, library.foot)
    danced = tuple(np.zeros((len(position), *track.shape[1:])) for track in tracks)
    which = phrase_at(phrases, position)
    eased_position = with_accents(position, config.ease, accents)
    for number, phrase in enumerate(phrases):
        now = np.flatnonzero(which == number)
        place = place_in(phrase, eased_position[now])
        fade = 1 - eased(np.clip(position[now] - phrase.first_beat, 0, 1), JOIN_EASE)
        left_at = phrases[number - 1].frames[-1] if number else phrase.frames[0]
        for track, values in zip(tracks, danced, strict=True):
            gap = track[left_at] - track[phrase.frames[0]]
            values[now] = between_frames(track, place) + fade.reshape(-1, *[1] * gap.ndim) * gap
    return Tracks(*danced)


def phrase_at(phrases: list[DancePhrase], position: np.ndarray) -> np.ndarray:
    """Return which phrase is danced at each position: (T,) beats -> (T,)."""
    starts = np.array([phrase.first_beat for phrase in phrases[1:]])
    return np.searchsorted(starts, position, side="right")


def with_accents(
    position: np.ndarray, ease: float, accents: np.ndarray | None = None
) -> np.ndarray:
    """Return positions that dwell on whole beats, and on accents between them.

    Shape:
        position: (T,) beats
        accents: (K,) beats; one between two beats counts
        returns: (T,) beats
    """
    beat = np.floor(position)
    within = position - beat
    result = eased(within, ease)
    between = np.zeros(0) if accents is None else accents[accents % 1 > 0]
    for place in between:
        at, now = place % 1, beat == np.floor(place)
        before = at * eased(np.minimum(within[now] / at, 1), ACCENT_EASE)
        after = (1 - at) * eased(np.maximum((within[now] - at) / (1 - at), 0), ACCENT_EASE)
        result[now] = before + after
    return beat + result


def place_in(phrase: DancePhrase, position: np.ndarray) -> np.ndarray:
    """Return the library frame, with fractions, danced at each position in beats.

    Shape:
        position: (T,)
        returns: (T,)
    """
    steps = np.arange(len(phrase.frames))
    return np.interp(position - phrase.first_beat, steps, phrase.frames)
