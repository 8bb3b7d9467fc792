"""What the networks are told about the music, cut from a song's features."""

import itertools
from typing import NamedTuple

import numpy as np

from music2pose.hearing.bars import BEATS_PER_BAR
from music2pose.hearing.beats import BeatGrid
from music2pose.hearing.features import FEATURE_FPS, NUM_MELS, SongFeatures, position_among
from music2pose.hearing.sections import detect_sections

FASTEST_DANCE_BPM = 150.0
"""Above this a dancer moves on every second beat."""
REFERENCE_BPM = 110.0
"""The tempo that is told to the networks as 0 octaves."""
NUM_BEAT_CHANNELS = 8
BAR_COSINE = 3
"""The beat channel that is 1 on downbeats."""
NUM_ACTIVATIONS = 2
NUM_SOUND_CHANNELS = 2 * NUM_MELS + NUM_ACTIVATIONS
SPREAD_FLOOR = 0.05
"""Added to the spread of a band, so that what hardly varies is not blown up."""


class Conditioning(NamedTuple):
    """What is heard, and asked for, at each feature frame of a song.

    Shape:
        spectrogram: (T, 64) log-mel in [0, 1]
        activation: (T, 2) in [0, 1], how likely, by the sound, a beat, a bar starts now
        beats: (T, 8), see ``beat_channels``; with zeros the networks are told of no beats
        energy: (T,) in [-1, 1]: how much calmer or wilder than the music asks for
        position: (T,) float64, how many danced beats have passed; a whole number on a beat
        moves: (T,) which move a frame belongs to, counted from 0
        progress: (T,) in [0, 1), how far through its move a frame is
        sections: (T,) which section a frame belongs to, counted from 0
        kinds: (T,) the same number in sections that sound alike
    """

    spectrogram: np.ndarray
    activation: np.ndarray
    beats: np.ndarray
    energy: np.ndarray
    position: np.ndarray
    moves: np.ndarray
    progress: np.ndarray
    sections: np.ndarray
    kinds: np.ndarray


def condition_on(features: SongFeatures, energy: float = 0.0) -> Conditioning:
    """Gather what the networks are told about a song.

    Args:
        energy: from -1, calmer, to 1, wilder than the music asks for.
    """
    beats = danced_beats(features.grid)
    position = position_among(beats, np.arange(len(features)) / FEATURE_FPS)
    starts = move_starts(position, position_among(beats, features.grid.downbeat_times))
    moves = np.searchsorted(starts, position, side="right") - 1
    lengths = np.diff(starts)
    progress = ((position - starts[moves]) / lengths[moves]).astype(np.float32)
    progress[progress >= 1] = 0  # what float32 rounds up
    asked = np.full(len(features), energy, np.float32)
    channels = beat_channels(features, position, progress, beats)
    return Conditioning(
        features.mel, features.activation, channels, asked, position, moves, progress,
        *sections_of(features),
    )  # fmt: skip


def sections_of(features: SongFeatures) -> tuple[np.ndarray, np.ndarray]:
    """Return each frame's section, (T,), and the kind of section that it is, (T,)."""
    found = detect_sections(features)
    labels = sorted({section.label for section in found})
    starts = [round(section.start * FEATURE_FPS) for section in found]
    sections = np.searchsorted(starts, np.arange(len(features)), side="right") - 1
    return sections, np.array([labels.index(section.label) for section in found])[sections]


def danced_beats(grid: BeatGrid) -> np.ndarray:
    """Return the beats a dancer marks: all of them, or every second one of a fast song.

    Every second beat is counted from the downbeats, so that as many of them as possible are kept.
    Of a fast song in bars of three every bar is marked once.

    Shape:
        returns: (N,) increasing seconds
    """
    if grid.bpm <= FASTEST_DANCE_BPM:
        return grid.beat_times
    every = 3 if usual_bar(grid) == 3 else 2
    parts = [grid.beat_times[first::every] for first in range(every)]
    downbeats_kept = [np.isin(part, grid.downbeat_times).sum() for part in parts]
    return parts[int(np.argmax(downbeats_kept))]


def usual_bar(grid: BeatGrid) -> int:
    """Return how many beats a bar of a song mostly has."""
    if len(grid.downbeat_times) < 2:
        return BEATS_PER_BAR
    places = np.round(position_among(grid.beat_times, grid.downbeat_times))
    return max(1, int(np.median(np.diff(places))))


def move_starts(position: np.ndarray, downbeats: np.ndarray) -> np.ndarray:
    """Return at which danced beats moves begin: on every downbeat, and on beats between.

    A move has two danced beats, or three in bars of three and six and at the end of other odd ones;
    bars go on beyond the first and the last downbeat. A bar of a single danced beat makes one move
    with the next.

    Shape:
        position: (T,) danced beats of the song's frames
        downbeats: (N,) danced beats, with fractions where a downbeat is not danced
        returns: (M + 1,) increasing whole numbers; the song lies between the first and the last

    >>> move_starts(np.array([-0.5, 11.5]), np.array([1.0, 5.0, 8.0])).tolist()
    [-2, 1, 3, 5, 8, 11, 14]
    """
    marks = _apart(np.unique(np.round(downbeats).astype(int))) or [0]
    usual = int(np.median(np.diff(marks))) if len(marks) > 1 else BEATS_PER_BAR
    before = np.arange(marks[0] - usual, np.floor(position[0]) - 2 * usual, -usual)[::-1]
    after = np.arange(marks[-1] + usual, np.ceil(position[-1]) + 2 * usual, usual)
    marks = np.concatenate([before, marks, after]).astype(int)
    starts = [
        first + offset
        for first, last in itertools.pairwise(marks)
        for offset in _moves_of_bar(last - first)
    ]
    starts = np.array([*starts, marks[-1]])
    first = np.searchsorted(starts, position[0], side="right") - 1
    last = np.searchsorted(starts, position[-1], side="right")
    return starts[first : last + 1]


def _apart(marks: np.ndarray) -> list[int]:
    """Return the first of the marks (N,), and then every one that is two beats or more later.

    >>> _apart(np.array([0, 4, 5, 8, 9, 10, 11, 12]))
    [0, 4, 8, 10, 12]
    """
    kept: list[int] = []
    for mark in marks.tolist():
        if not kept or mark - kept[-1] > 1:
            kept.append(mark)
    return kept


def _moves_of_bar(beats: int) -> list[int]:
    """Return at which beats of a bar moves begin: every two, a three last in odd bars; 6 in threes.

    >>> _moves_of_bar(4), _moves_of_bar(3), _moves_of_bar(7), _moves_of_bar(6)
    ([0, 2], [0], [0, 2, 4], [0, 3])
    """
    return [0, 3] if beats == 6 else list(range(0, max(beats - 1, 1), 2))


def beat_channels(
    features: SongFeatures, position: np.ndarray, progress: np.ndarray, beats: np.ndarray
) -> np.ndarray:
    """Stack what is known of the rhythm.

    Shape:
        position: (T,) danced beats
        progress: (T,) through the moves
        beats: (N,) seconds of the danced beats
        returns: (T, 8) float32: sine and cosine of the beat, of the bar and of the move, danced
            tempo in octaves from 110 BPM, confidence of the tempo
    """
    beat, move, bar = (2 * np.pi * part for part in (position, progress, features.bar_phase))
    bpm = 60 / float(np.median(np.diff(beats)))
    tempo = np.full(len(features), np.log2(bpm / REFERENCE_BPM))
    confidence = np.full(len(features), features.grid.confidence)
    columns = (
        np.sin(beat), np.cos(beat), np.sin(bar), np.cos(bar), np.sin(move), np.cos(move),
        tempo, confidence,
    )  # fmt: skip
    return np.stack(columns, axis=1).astype(np.float32)


def sound_channels(music: Conditioning) -> np.ndarray:
    """Return what is heard of a whole song.

    Shape:
        returns: (T, 130) float32: the 64 bands, by how many spreads each is above its mean in the
            song, and the activations
    """
    spectrogram = music.spectrogram
    mean, spread = spectrogram.mean(0), spectrogram.std(0)
    relative = (spectrogram - mean) / (spread + SPREAD_FLOOR)
    return np.concatenate([spectrogram, relative, music.activation], axis=1).astype(np.float32)


def sound_around(sound: np.ndarray, first: int, stop: int) -> np.ndarray:
    """Return frames ``first`` to ``stop`` (not included); silence lies beyond both ends.

    Shape:
        sound: (T, 130)
        returns: (stop - first, 130)
    """
    inside = sound[max(first, 0) : max(stop, 0)]
    before = min(max(-first, 0), stop - first)
    return np.pad(inside, ((before, stop - first - before - len(inside)), (0, 0)))
