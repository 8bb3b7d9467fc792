"""Print how much a dancer follows what sounds, beyond the beats that it is told.

    python -m benchmarks.listening --songs DIR [--model checkpoints/music2pose]

``--songs`` is a folder of songs, each with ``NAME.beats.txt`` beside it, one time in seconds a
line. A minute of each is danced to, from a fifth of the song on, to the beats that the dancer finds
itself; shorter songs are left out, except that breaks are looked for in all songs, whole. Loudness,
drum breaks and band onsets of recordings are measured here, from the sound, and not taken from what
the dancer hears. Other rows are of synthesised songs, from seeds that training never uses, of which
it is known what is played when. Body units are torsos. Nothing is kept on disk.
"""

import argparse
import time
from pathlib import Path

import numpy as np

from benchmarks.accents import answer_rows
from benchmarks.baselines import dance_difference
from benchmarks.by_second import limb_rows, loudness_rows, mean
from benchmarks.dance import FIRST_SEED, Goal, Row, at_least, row
from benchmarks.drum_breaks import speeds_of_break
from benchmarks.families import sections_likeness
from benchmarks.interventions import (
    beats_hidden,
    dance_parts,
    only_sound,
    silenced,
    swapped,
    undisturbed,
)
from benchmarks.pieces import Piece, form_song, made_pieces, recorded_pieces
from benchmarks.tempo import levels_of
from music2pose.conditioning import condition_on
from music2pose.generate import generate_poses, load_pose_model
from music2pose.generator import PoseGenerator
from music2pose.hearing.audio import Waveform
from music2pose.hearing.features import extract_features
from music2pose.metrics.beats import kinematic_beats, phase_coherence
from music2pose.pose import PoseSequence
from music2pose.synth.song import SongSpec, synthesise

NUM_FORMS = 8
LONG_SECONDS = 180.0


def main() -> None:
    parser = options()
    args = checked(parser)
    started = time.time()
    model = load_pose_model(args.model)
    pieces, around_breaks = recorded_pieces(args.songs, args.seconds, args.count)
    if len(pieces) < 2:
        parser.error(
            f"{args.songs} has {len(pieces)} songs of {args.seconds:g} s with NAME.beats.txt "
            "beside them; give at least 2, or fewer --seconds"
        )
    made = made_pieces(args.synthesised, args.seconds)
    dances, made_dances = (plainly(model, group) for group in (pieces, made))
    rows = [
        *intervention_rows(model, pieces, dances),
        *loudness_rows(pieces, dances),
        *break_rows("synthesised", made, made_dances),
        *break_rows("real", around_breaks, plainly(model, around_breaks)),
        *answer_rows(made, made_dances),
        true_beat_row(pieces, dances),
        *section_rows(model),
        speed_row(model),
        *limb_rows("synthesised", made, made_dances),
        *limb_rows("real", pieces, dances),
    ]
    print(f"{len(pieces)} real and {len(made)} synthesised songs of {args.seconds:g} s", end="")
    print(f"; {time.time() - started:.0f} s")
    for item in rows:
        mark = {True: "met", False: "MISSED", None: ""}[item.met]
        print(f"{item.what:76} {item.value:>15}   {item.reach:13} {mark}".rstrip())


def options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--songs", type=Path, required=True, help="folder of songs, with beats")
    parser.add_argument("--model", default="checkpoints/music2pose")
    parser.add_argument("--seconds", type=float, default=60.0, help="of each song (%(default)g)")
    parser.add_argument("--count", type=int, default=30, help="of the songs (%(default)s)")
    parser.add_argument("--synthesised", type=int, default=16, help="songs (%(default)s)")
    return parser


def checked(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """Read the command line; what cannot be measured is refused in one line."""
    args = parser.parse_args()
    if not args.songs.is_dir():
        parser.error(f"--songs {args.songs} is no folder; give one of songs and NAME.beats.txt")
    for name, least in (("seconds", 20), ("count", 2), ("synthesised", 1)):
        if not getattr(args, name) >= least:
            parser.error(f"--{name} is {getattr(args, name):g}; give {least} or more")
    return args


def plainly(model: PoseGenerator, pieces: list[Piece]) -> list[PoseSequence]:
    """Dance to each piece as it is; the number of a piece is its seed."""
    return dance_parts(model, [undisturbed(item.music, n) for n, item in enumerate(pieces)])


def intervention_rows(
    model: PoseGenerator, pieces: list[Piece], dances: list[PoseSequence]
) -> list[Row]:
    """Change one thing that is heard or remembered, and see what becomes of the dance."""
    following = [piece.music for piece in (*pieces[1:], pieces[0])]
    plain, silent, hidden, sound = (
        [make(piece.music, seed) for seed, piece in enumerate(pieces)]
        for make in (undisturbed, silenced, beats_hidden, only_sound)
    )
    other = [
        swapped(part.heard, music, part.seed) for part, music in zip(plain, following, strict=True)
    ]
    changed = {
        "ConvLSTM's state dropped at every step: joints move by (torsos)":
            (dance_parts(model, plain, remembers=False), 0.2),
        "spectrogram silenced, moves and beats kept: joints move by (torsos)":
            (dance_parts(model, silent), 0.2),
        "another song's spectrogram, moves and beats kept: joints move by (torsos)":
            (dance_parts(model, other), 0.15),
    }  # fmt: skip
    usual = coherence(pieces, dances)
    return [
        *(row(what, moved(new, dances), at_least(low)) for what, (new, low) in changed.items()),
        row(
            f"beat channels hidden: phase coherence (all heard: {usual:.3f})",
            coherence(pieces, dance_parts(model, hidden)),
            at_least(0.4),
        ),
        row(
            "... and moves of random lengths, so that only sound tells the beat",
            coherence(pieces, dance_parts(model, sound)),
            at_least(0.4),
        ),
    ]


def moved(changed: list[PoseSequence], dances: list[PoseSequence]) -> float:
    """Return the mean distance of all joints at the same moments, in torsos."""
    return float(np.mean([dance_difference(*pair) for pair in zip(changed, dances, strict=True)]))


def coherence(pieces: list[Piece], dances: list[PoseSequence]) -> float:
    """Return the mean phase coherence of kinematic beats with the danced beats that were heard."""
    return float(
        np.mean(
            [
                phase_coherence(kinematic_beats(dance), piece.danced)[0]
                for piece, dance in zip(pieces, dances, strict=True)
            ]
        )
    )


def break_rows(kind: str, pieces: list[Piece], dances: list[PoseSequence]) -> list[Row]:
    """Compare the speed of the body in breaks with that around them, and list the real ones.

    Of a piece of a recording only the first break counts: each break has a piece of its own.
    """
    speeds = {
        f"{piece.name}{'' if piece.song is None else f' {found.start:.1f}-{found.stop:.1f} s'}":
            speeds_of_break(dance, piece.breaks, number)
        for piece, dance in zip(pieces, dances, strict=True)
        for number, found in enumerate(piece.breaks if piece.song else piece.breaks[:1])
    }  # fmt: skip
    inside, around = np.reshape([*speeds.values()], (-1, 2)).mean(axis=0) if speeds else (np.nan, 1)
    what = f"speed in {len(speeds)} drum breaks of {kind} songs against before and after"
    listed = [] if kind == "synthesised" else [
        Row(f"... {name}", f"{one:.2f} / {other:.2f}", "report")
        for name, (one, other) in speeds.items()
    ]  # fmt: skip
    return [row(what, float(inside / around), at_most(0.6)), *listed]


def at_most(high: float) -> Goal:
    return Goal(f"{high:g} or less", lambda value: value <= high)


def true_beat_row(pieces: list[Piece], dances: list[PoseSequence]) -> Row:
    """Measure the dance against the beats that songs really have, half or twice as many."""
    best = []
    for piece, dance in zip(pieces, dances, strict=True):
        kinematic = kinematic_beats(dance)
        inside = (piece.beat_times > -1) & (piece.beat_times < dance.seconds + 1)
        levels = levels_of(piece.beat_times[inside]).values()
        best.append(max(phase_coherence(kinematic, beats)[0] for beats in levels))
    return row("phase coherence with the true beats, best level", mean(best), at_least(0.70))


def section_rows(model: PoseGenerator) -> list[Row]:
    """Compare sections that come back with sections that differ, in songs of a known form."""
    songs = [form_song(number) for number in range(NUM_FORMS)]
    heard = [condition_on(extract_features(Waveform(song.waveform))) for song in songs]
    parts = [undisturbed(music, number) for number, music in enumerate(heard)]
    ratio = sections_likeness(songs, dance_parts(model, parts))
    kinds = f"{ratio['kinetic']:.3f} / {ratio['geometric']:.3f}"
    return [
        row("distance of sections of one name over that of two", ratio["both"], at_most(0.8)),
        Row("... by kinetic / geometric features", kinds, "report"),
    ]


def speed_row(model: PoseGenerator) -> Row:
    """Time three minutes of song, once its samples are there, to poses; here and now."""
    song = synthesise(SongSpec(seed=FIRST_SEED + 3000, seconds=LONG_SECONDS))
    started, busy = time.time(), time.process_time()
    generate_poses(model, extract_features(Waveform(song.waveform)))
    seconds = f"{time.time() - started:.1f} / {time.process_time() - busy:.1f}"
    return Row("3 minutes of song to poses (s) / of all cores together", seconds, "12 or less")


if __name__ == "__main__":
    main()
