"""Pieces of songs to dance to: minutes of recordings, what lies around breaks, songs made here."""

import itertools
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.dance import FIRST_SEED
from benchmarks.drum_breaks import Break, breaks_heard, breaks_played
from benchmarks.tempo import annotated, known
from music2pose.conditioning import Conditioning, condition_on, danced_beats
from music2pose.hearing.audio import Waveform
from music2pose.hearing.features import SongFeatures, extract_features
from music2pose.synth.song import Song, SongSpec, synthesise

FIRST_SHARE = 0.2
"""Of a recording: where the piece of it begins."""
BEFORE_BREAK, AFTER_BREAK = 16.0, 6.0
"""Seconds that are danced before and after a break of a recording."""
NO_DRUMS = ("bass", "chords", "lead", "arpeggio", "riser")
FORM = (("verse", 8), ("chorus", 8), ("verse", 8), ("chorus", 8))


class Piece(NamedTuple):
    """Some of a song; all times are in seconds of the piece."""

    name: str
    sound: Waveform
    features: SongFeatures
    music: Conditioning
    beat_times: np.ndarray
    """(N,) where the beats really are."""
    breaks: list[Break]
    """Where drums stop for a bar or more, as far as it was looked for."""
    song: Song | None = None
    """The synthesised song that this is."""

    @property
    def danced(self) -> np.ndarray:
        """(N,) the beats that the dancer is told, as it dances them."""
        return danced_beats(self.features.grid)


def recorded_pieces(folder: Path, seconds: float, count: int) -> tuple[list[Piece], list[Piece]]:
    """Return a piece of each of the first songs that last so long, and one around each break.

    The break that a piece of the second kind is there for is its first one.

    Args:
        count: how many pieces of the first kind at most; breaks are those of all songs.
    """
    pieces, around = [], []
    for item in annotated(folder):
        sound = Waveform(np.concatenate(list(item.sound.blocks())))
        beats = known(item.beat_times)
        if sound.seconds >= seconds and len(pieces) < count:
            start = min(FIRST_SHARE * sound.seconds, sound.seconds - seconds)
            pieces.append(cut_piece(item.name, sound, beats, start, start + seconds))
        breaks = breaks_heard(sound, beats)
        for number, found in enumerate(breaks):
            start, stop = max(0.0, found.start - BEFORE_BREAK), found.stop + AFTER_BREAK
            name = f"{item.name} {found.start:.1f}-{found.stop:.1f} s"
            piece = cut_piece(name, sound, beats, start, min(stop, sound.seconds))
            others = [*breaks[:number], *breaks[number + 1 :]]
            around.append(piece._replace(breaks=[b.after(start) for b in (found, *others)]))
    return pieces, around


def cut_piece(name: str, sound: Waveform, beats: np.ndarray, start: float, stop: float) -> Piece:
    first, last = (round(seconds * sound.sample_rate) for seconds in (start, stop))
    piece = Waveform(sound.samples[first:last].copy())
    features = extract_features(piece)
    return Piece(name, piece, features, condition_on(features), beats - start, [])


def made_pieces(count: int, seconds: float) -> list[Piece]:
    """Return the first songs of unseen seeds in which drums stop for a bar or more."""
    pieces = (made_piece(FIRST_SEED + number, seconds) for number in itertools.count())
    return list(itertools.islice((piece for piece in pieces if piece is not None), count))


def made_piece(seed: int, seconds: float) -> Piece | None:
    """Synthesise a song, note the breaks of its drums, and listen to it; None without a break."""
    song = synthesise(SongSpec(seed=seed, seconds=seconds, breaks=True))
    hits = [rows[:, 0] for name, rows in song.played.items() if name not in NO_DRUMS]
    bar = float(np.median(np.diff(song.downbeat_times)))
    breaks = breaks_played(np.concatenate([np.zeros(0), *hits]), bar, song.seconds)
    if not breaks:
        return None
    sound = Waveform(song.waveform)
    features = extract_features(sound)
    music = condition_on(features)
    return Piece(f"{seed}", sound, features, music, song.beat_times, breaks, song)


def form_song(number: int) -> Song:
    """Synthesise two verses and two choruses of eight bars, at 95 beats a minute and 5 more each.

    The last of the four ends with the song.
    """
    bpm = 95.0 + 5 * number
    spec = SongSpec(
        seed=FIRST_SEED + 2000 + number,
        seconds=4 * sum(bars for _, bars in FORM) * 60 / bpm,
        bpm=bpm,
        beats_per_bar=4,
        drift=0.0,
        lead_seconds=0.0,
        form=FORM,
    )
    return synthesise(spec)
