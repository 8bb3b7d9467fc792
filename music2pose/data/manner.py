"""How a passage of music asks to be danced: how large, by which limbs, with which accents."""

import itertools
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d, median_filter, uniform_filter1d

from music2pose.conditioning import danced_beats
from music2pose.hearing.bars import BEATS_PER_BAR
from music2pose.hearing.features import (
    FEATURE_FPS,
    LOUDNESS_RANGE_DB,
    MEL_RANGE_DB,
    SongFeatures,
    position_among,
)

Played = dict[str, np.ndarray]
"""Instrument -> (N, 3): seconds, strength and MIDI pitch, as in ``synth.song.Song.played``."""

KICKS = ("kick",)
SNARES = ("snare", "clap", "timbale")
TOMS = ("tom_hi", "tom_mid", "tom_lo", "conga_hi", "conga_lo", "crash")
"""Kicks, snares and these carry the beat: without them the dancer holds."""
HATS = ("hat", "open", "pedal", "ride", "shaker", "maracas", "tambourine")

ENERGY_SECONDS = 0.4
"""Standard deviation of the Gaussian under which loudness is danced."""
SPREAD_DB = (2.0, 7.0)
"""A song whose loudness varies by less, or more, is danced as if it varied by so much."""
SILENCE_DB = -45.0
HELD, HELD_TO_HATS, HELD_TO_CHORDS = 0.1, 0.35, 0.2
"""Of the energy, what stays while drums are silent; what hats, and what chords, add."""
AWAITING = 0.5
"""What stays of it before the first hit of a song."""
LED = 0.25
"""Of the energy, what legs and arms dance with when the instruments that lead them are silent."""
LOW_SEMITONES, LOW_SECONDS = 8.0, 0.15
"""How far from the middle of the bass line its notes lead as far as they can; over what time."""
SUNG_BANDS = slice(5, 40)
"""Mel bands of melodies and chords: 250 to 2000 Hz."""
HELD_SECONDS, HELD_LEVEL = 0.36, 0.25
"""What does not last so long is no note but a hit; what is softer is not heard among the rest."""
HIGH_SECONDS = 0.5
"""Standard deviation of the Gaussian under which it is heard how high held sounds lie."""
LEAST_SPREAD = 1.5
"""Bands up or down that lead as far as can be, at least; else it is half of how far a song goes."""
LEAST_ENERGY = 0.1
"""The least energy with which is danced to anything that sounds."""
STOP_BARS, BREATH_SECONDS = 0.15, 0.15
"""Of a bar, over which the dancer comes to a stop when drums stop, from shortly after the last hit
on; and so long before the first hit after the break the dancer begins to move again."""
ASKED_ENERGY = 0.5
"""What the calmest and the wildest dance that can be asked for take from the energy, or add."""
KICK_METRES, DROP_METRES, MOST_METRES = 0.035, 0.09, 0.11
"""By how much the knees give on the strongest kick, on a drop, and at most."""
KICK_SECONDS, SNARE_SECONDS = 0.07, 0.09
"""Standard deviations of the knees' giving and of the arms' hit around it."""
OFF_BEAT_SECONDS = 0.1
"""A hit nearer to a danced beat than this is danced with the beat."""
STRONG = 0.6
"""Strength from which a hit beside the beats is an accent."""
APART_SECONDS = 0.5
"""Accents are at least so far apart."""
ARRIVAL_SECONDS = 0.06
"""A body is stopped hardest so long before it has arrived; that is to be at the hit."""


@dataclass(frozen=True)
class Manner:
    """How a song asks to be danced, at each of its feature frames.

    Shape:
        energy: (T,) in [0, 1.2], 0 to stand, 0.5 to dance as usual
        legs, arms: (T,) in [0, 1], how much of the energy they dance with
        give: (T,) metres by which the knees give
        hits: (T,) in [0, 1], how far the arms are thrown by snare and claps
        reach: (T,) in [-1, 1], how high the arms are led by melody and chords
        sway: (T,) in [-1, 1], how far to the dancer's left the hips are led by the bass line
        accents: (K,) seconds at which the body arrives for the strong hits beside the beats
    """

    energy: np.ndarray
    legs: np.ndarray
    arms: np.ndarray
    give: np.ndarray
    hits: np.ndarray
    reach: np.ndarray
    sway: np.ndarray
    accents: np.ndarray

    @property
    def channels(self) -> np.ndarray:
        """All but the accents, each of about unit size: (T, 7) float32."""
        rows = (
            self.energy, self.legs, self.arms, self.give / MOST_METRES, self.hits, self.reach,
            self.sway,
        )  # fmt: skip
        return np.stack(rows, axis=1).astype(np.float32)


def manner_of(
    features: SongFeatures,
    played: Played,
    builds: tuple[tuple[float, float], ...] = (),
    asked: float = 0.0,
) -> Manner:
    """Return how a song asks to be danced whose hits and notes are known.

    Args:
        builds: start and end in seconds of passages that lead up to a drop.
        asked: from -1, as calm as can be, to 1, as wild as can be, beside the music.
    """
    bar = bar_seconds(features)
    core = _hits(played, KICKS + SNARES + TOMS)
    hats = _hits(played, HATS)
    loud = loud_energy(features)
    going = presence(core, hats, loud, bar)
    energy = np.minimum(loud + ASKED_ENERGY * asked, 1.1)
    energy = np.maximum(energy * np.maximum(going, 0.3 * max(asked, 0.0)), LEAST_ENERGY)
    energy, drops = _built_up(energy, builds, bar)
    heard = sounding(features)
    energy, drops = energy * heard, [drop for drop in drops if heard_at(heard, drop) > 0.5]
    low = activity(_hits(played, (*KICKS, "bass")), len(loud), bar)
    high = activity(_hits(played, (*SNARES, "lead")), len(loud), bar)
    return Manner(
        energy=energy,
        legs=LED + (1 - LED) * low,
        arms=LED + (1 - LED) * high,
        give=giving(played, drops, energy),
        hits=np.clip(kernels(_hits(played, SNARES), len(loud), SNARE_SECONDS), 0, 1)
        * np.minimum(1.5 * energy, 1),
        reach=held_height(features.mel) * np.minimum(1.5 * energy, 1),
        sway=bass_height(played, len(loud)) * np.minimum(1.5 * energy, 1),
        accents=off_beat_accents(core, features),
    )


def bar_seconds(features: SongFeatures) -> float:
    """Return how long a bar of a song usually is."""
    grid = features.grid
    marks, beats = grid.downbeat_times, 1
    if len(marks) < 2:
        marks, beats = grid.beat_times, BEATS_PER_BAR
    return float(np.median(np.diff(marks))) * beats


def loud_energy(features: SongFeatures) -> np.ndarray:
    """Return how loud each moment is beside the rest of its song, (T,) in (0, 1), usually 0.55."""
    decibels = LOUDNESS_RANGE_DB * (features.loudness.astype(np.float64) - 1)
    level = gaussian_filter1d(decibels, ENERGY_SECONDS * FEATURE_FPS, mode="nearest")
    heard = level[level > SILENCE_DB]
    if not len(heard):
        return np.zeros(len(level))
    low, usual, high = np.percentile(heard, [10, 50, 90])
    spread = float(np.clip((high - low) / 2.56, *SPREAD_DB))
    return 1 / (1 + np.exp(-1.4 * (level - usual) / spread - 0.2))


def sounding(features: SongFeatures) -> np.ndarray:
    """Return 1 where anything sounds and 0 in silence, (T,), with soft edges."""
    decibels = LOUDNESS_RANGE_DB * (features.loudness.astype(np.float64) - 1)
    return gaussian_filter1d((decibels > SILENCE_DB).astype(float), 0.15 * FEATURE_FPS)


def heard_at(heard: np.ndarray, seconds: float) -> float:
    """Return whether something sounds just after a moment, from ``sounding``."""
    return float(heard[min(int((seconds + 0.2) * FEATURE_FPS), len(heard) - 1)])


def presence(core: np.ndarray, hats: np.ndarray, loud: np.ndarray, bar: float) -> np.ndarray:
    """Return how much the drums let the dancer move, (T,): 1, and less where they are silent.

    A song without drums is danced to all the same.

    Shape:
        core, hats: (N, 2) seconds and strength
        loud: (T,)
    """
    times = np.arange(len(loud)) / FEATURE_FPS
    going = np.ones(len(loud))
    if len(core) < times[-1] / (2 * bar):
        return going
    edges = np.concatenate([[-bar], np.unique(core[:, 0]), [times[-1] + bar]])
    for last, following in itertools.pairwise(edges):
        if following - last < bar * 0.95:
            continue
        out = np.clip((times - last) / (STOP_BARS * bar) - 0.3, 0, 1)
        back = np.clip((following - times) / BREATH_SECONDS, 0, 1)
        inside = np.minimum(out, back) * ((times > last) & (times < following))
        has_hats = ((hats[:, 0] > last + 0.1) & (hats[:, 0] < following - 0.1)).sum()
        rest = HELD + HELD_TO_CHORDS * loud + HELD_TO_HATS * (has_hats > (following - last) / bar)
        rest = np.maximum(rest, AWAITING * (last < 0))
        going -= inside * (1 - rest)
    return going


def _built_up(
    energy: np.ndarray, builds: tuple[tuple[float, float], ...], bar: float
) -> tuple[np.ndarray, list[float]]:
    """Let the energy grow through builds and burst at their ends; return it and these moments."""
    times = np.arange(len(energy)) / FEATURE_FPS
    energy, drops = energy.copy(), []
    for start, end in builds:
        inside = (times >= start) & (times < end)
        energy[inside] *= 0.5 + 0.7 * (times[inside] - start) / (end - start)
        after = (times >= end) & (times < end + bar)
        energy[after] += 0.25 * (1 - (times[after] - end) / bar)
        if end < times[-1]:
            drops.append(end)
    return np.minimum(energy, 1.2), drops


def activity(hits: np.ndarray, num_frames: int, bar: float) -> np.ndarray:
    """Return how busy an instrument is in the bar around each frame, (T,), 1 where it usually is.

    Shape:
        hits: (N, 2)
    """
    density = np.zeros(num_frames)
    frames = np.round(hits[:, 0] * FEATURE_FPS).astype(int)
    np.add.at(density, frames.clip(0, num_frames - 1), hits[:, 1])
    density = uniform_filter1d(density, max(1, round(bar * FEATURE_FPS)), mode="nearest")
    density = gaussian_filter1d(density, 0.25 * bar * FEATURE_FPS, mode="nearest")
    busy = density[density > 1e-6]
    return np.clip(density / np.percentile(busy, 60), 0, 1) if len(busy) else np.ones(num_frames)


def giving(played: Played, drops: list[float], energy: np.ndarray) -> np.ndarray:
    """Return by how many metres the knees give, (T,): on kicks, most on drops."""
    count = len(energy)
    kicks = kernels(_hits(played, KICKS), count, KICK_SECONDS)
    give = np.minimum(KICK_METRES * kicks, 0.06) * np.minimum(2 * energy, 1.2)
    dropped = np.array([(moment, 1.0) for moment in drops]).reshape(-1, 2)
    return np.minimum(give + DROP_METRES * kernels(dropped, count, 0.12), MOST_METRES)


def kernels(hits: np.ndarray, num_frames: int, seconds: float) -> np.ndarray:
    """Return the sum, (T,), of bells as high as each of the hits (N, 2) is strong, around it."""
    times = np.arange(num_frames) / FEATURE_FPS
    total = np.zeros(num_frames)
    reach = 4 * seconds
    for moment, strength in hits:
        near = slice(
            max(0, int((moment - reach) * FEATURE_FPS)), int((moment + reach) * FEATURE_FPS) + 2
        )
        total[near] += strength * np.exp(-0.5 * ((times[near] - moment) / seconds) ** 2)
    return total


def held_height(mel: np.ndarray) -> np.ndarray:
    """Return how high lies what is held, beside where it lies in most of the song, (T,) in [-1, 1].

    It is the spectral centroid of what the median over time leaves of melodies and chords: which
    note the lead plays cannot be told from so few bands.

    Shape:
        mel: (T, 64) log-mel in [0, 1]
    """
    held = median_filter(mel[:, SUNG_BANDS], (round(HELD_SECONDS * FEATURE_FPS), 1))
    amplitude = 10 ** (MEL_RANGE_DB / 20 * (held.astype(np.float64) - 1)) * (held > HELD_LEVEL)
    total = amplitude.sum(axis=1)
    sounds = total > 0
    if not sounds.any():
        return np.zeros(len(mel))
    centre = (amplitude @ np.arange(amplitude.shape[1]))[sounds] / total[sounds]
    low, usual, high = np.percentile(centre, [10, 50, 90])
    away = np.zeros(len(mel))
    away[sounds] = np.clip((centre - usual) / max((high - low) / 2, LEAST_SPREAD), -1, 1)
    return gaussian_filter1d(away, HIGH_SECONDS * FEATURE_FPS)


def bass_height(played: Played, num_frames: int) -> np.ndarray:
    """Return how high the bass line is beside its own middle, (T,): 1 is 8 semitones above.

    A note counts until the next one, for 1.5 s at most.
    """
    notes = played.get("bass", np.zeros((0, 3)))
    result = np.zeros(num_frames)
    if len(notes) < 4:
        return result
    away = np.clip((notes[:, 2] - np.median(notes[:, 2])) / LOW_SEMITONES, -1, 1)
    ends = np.minimum(np.append(notes[1:, 0], np.inf), notes[:, 0] + 1.5)
    for start, end, strength, high in zip(notes[:, 0], ends, notes[:, 1], away, strict=True):
        place = slice(int(start * FEATURE_FPS), int(end * FEATURE_FPS) + 1)
        result[place] = high * min(1.0, 1.3 * strength)
    return gaussian_filter1d(result, LOW_SECONDS * FEATURE_FPS)


def off_beat_accents(core: np.ndarray, features: SongFeatures) -> np.ndarray:
    """Return when the body arrives for the strong hits beside the beats, (K,) seconds.

    Shape:
        core: (N, 2) seconds and strength
    """
    beats = danced_beats(features.grid)
    position = position_among(beats, core[:, 0])
    away = np.abs(position - np.round(position)) * float(np.median(np.diff(beats)))
    off = core[away > OFF_BEAT_SECONDS]
    kept: list[float] = []
    for moment, strength in off[np.argsort(-off[:, 1], kind="stable")]:
        is_apart = all(abs(moment - other) >= APART_SECONDS for other in kept)
        if strength >= STRONG and is_apart:
            kept.append(float(moment))
    return np.array(sorted(kept)) + ARRIVAL_SECONDS


def _hits(played: Played, names: tuple[str, ...]) -> np.ndarray:
    """Return the hits of some instruments, (N, 2), in order of time."""
    rows = [played[name][:, :2] for name in names if name in played]
    hits = np.concatenate([np.zeros((0, 2)), *rows])
    return hits[np.argsort(hits[:, 0], kind="stable")]
