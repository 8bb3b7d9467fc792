"""Print how well a trained dancer dances, on songs and takes it was never trained on.

    python -m benchmarks.dance --motion DIR [--model checkpoints/music2pose] [--music DIR]

The songs are synthesised from seeds that training never uses, so their beats are known exactly;
the dancer hears them as it hears any recording, beats found by listening. The real dances are
choreographed to other unseen songs from the takes that training held out (written in the model's
``training.json``). Without ``--motion`` they are made of the held-out written moves alone. A real
dance of the takes that training did use says how near a perfect pupil would come, and its first
5 s, from which one move is repeated, how near it is to know a single move. What it hears of a song
is printed by ``benchmarks.listening``.
"""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.baselines import own_against_other, repeat_one_move
from checkpoints.store import find_model
from music2pose.conditioning import danced_beats
from music2pose.data.pairs import PairConfig, synthetic_dances
from music2pose.generate import generate_poses, load_pose_model
from music2pose.generator import PoseGenerator
from music2pose.hearing.audio import Waveform, load_audio
from music2pose.hearing.beats import BeatGrid
from music2pose.hearing.features import SongFeatures, extract_features
from music2pose.metrics.beats import average_beats, beat_report
from music2pose.metrics.motion import (
    average_motion,
    compare_dances,
    energy_ratio,
    motion_report,
)
from music2pose.motion.mocap import load_motions
from music2pose.motion.motion import Motion
from music2pose.moves.perform import authored_moves
from music2pose.pose import PoseSequence
from music2pose.synth.song import SongSpec, synthesise

FIRST_SEED = 10**15
"""Training draws its songs from seeds below."""
REPEATED_SECONDS, REPEATS = 60.0, 5


class Heard(NamedTuple):
    """A song as the dancer hears it, and the beats it really has."""

    features: SongFeatures
    beat_times: np.ndarray


class Row(NamedTuple):
    what: str
    value: str
    reach: str
    met: bool | None = None


def main() -> None:
    args = parse()
    started = time.time()
    model = load_pose_model(args.model)
    training = json.loads((find_model(args.model) / "training.json").read_text())
    songs = [hear(FIRST_SEED + n, args.seconds) for n in range(args.songs)]
    dances = [generate_poses(model, song.features, seed) for seed, song in enumerate(songs)]
    real, taught = real_dances(args.motion, training["data"], args.seconds)
    rows = [
        *beat_rows(songs, dances),
        *motion_rows(dances, real),
        *variety_rows(model, songs, dances, real, taught),
        *long_rows(model, args.long_songs),
        *recording_rows(model, args.music),
    ]
    print(f"{args.songs} songs of {args.seconds:g} s; {len(real)} real dances", end="")
    print(f"; {time.time() - started:.0f} s")
    for row in rows:
        mark = {True: "met", False: "MISSED", None: ""}[row.met]
        print(f"{row.what:58} {row.value:>22}   {row.reach:18} {mark}")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="checkpoints/music2pose")
    parser.add_argument("--motion", type=Path, help="folder of motion capture, for real dances")
    parser.add_argument("--music", type=Path, help="folder of recordings to dance to as well")
    parser.add_argument("--songs", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--long-songs", type=int, default=8)
    return parser.parse_args()


def hear(seed: int, seconds: float) -> Heard:
    """Synthesise a song and listen to it; its true beats are folded as the dancer folds them."""
    song = synthesise(SongSpec(seed=seed, seconds=seconds))
    features = extract_features(Waveform(song.waveform, song.sample_rate, Path()))
    truth = BeatGrid(song.beat_times, song.downbeat_times, song.bpm, 1.0)
    return Heard(features, danced_beats(truth))


def real_dances(
    motion: Path | None, data: dict, seconds: float
) -> tuple[list[PoseSequence], list[PoseSequence]]:
    """Choreograph dances from the takes that training held out, and from those it used."""
    pairs = PairConfig(**data["pairs"])
    written = authored_moves(np.random.default_rng(pairs.seed), data["written_variations"])
    recorded = load_motions(motion) if motion else []
    takes = [
        take for take in recorded + written if not any(w in take.name for w in data["left_out"])
    ]
    config = replace(
        pairs, num_dances=24, seconds=seconds, seed=FIRST_SEED // 100, silent_share=0.0
    )
    held_out, used = (
        [take for take in takes if (take.group in data["kept_back"]) == kept]
        for kept in (True, False)
    )
    return dances_of(held_out, config), dances_of(used, replace(config, seed=config.seed + 1))


def dances_of(takes: list[Motion], config: PairConfig) -> list[PoseSequence]:
    return [item.poses for item in synthetic_dances(takes, config)]


def beat_rows(songs: list[Heard], dances: list[PoseSequence]) -> list[Row]:
    rng = np.random.default_rng(0)
    report = average_beats(
        [beat_report(d, s.beat_times, rng) for d, s in zip(dances, songs, strict=True)]
    )
    own = own_against_other(dances, [song.beat_times for song in songs])
    tracked = [abs(np.log2(s.features.grid.bpm / _bpm(s.beat_times))) < 0.02 for s in songs]
    return [
        row("best-lag beat score minus shift-null (dA)", report.shift_gain, at_least(0.30)),
        row("... minus permuted-interval null (dB)", report.permutation_gain, at_least(0.20)),
        row("phase coherence", report.coherence, at_least(0.65)),
        row("kinematic beats per second", report.kinematic_per_second, between(1.0, 2.0)),
        Row("Beat Align Score / its null", f"{report.bas:.3f} / {report.bas_null:.3f}", "report"),
        row("own song's beats against other songs': z", own.z, at_least(3.0)),
        Row("songs whose danced tempo was found", f"{sum(tracked)} of {len(songs)}", "report"),
    ]


def _bpm(beat_times: np.ndarray) -> float:
    return 60 / float(np.median(np.diff(beat_times)))


def motion_rows(dances: list[PoseSequence], real: list[PoseSequence]) -> list[Row]:
    motion = average_motion([motion_report(item) for item in dances])
    against = compare_dances(dances, real, np.random.default_rng(0))
    torso = against.reference_motion.torso_variation
    return [
        row("mean speed against the real dances", against.speed_ratio, between(0.7, 1.3)),
        row("slowest 4 s against those of the real dances", against.slowest_ratio, at_least(0.5)),
        Row(
            "... against their own mean speed / the real dances'",
            f"{motion.slowest:.2f} / {against.reference_motion.slowest:.2f}",
            "report",
        ),
        row(f"torso-length variation (real: {torso:.3f})", motion.torso_variation, below(0.05)),
        row("limb variation against the real", against.limb_variation_ratio, between(0.7, 1.4)),
        row("over-long bones", motion.over_long_share, below(0.05)),
        row("joints off canvas", motion.off_canvas_share, below(0.01)),
        row("left/right flips per minute", motion.flips_per_minute, below(0.005)),
        Row("foot slide against the real", f"{against.foot_slide_ratio:.2f}", "report"),
    ]


def variety_rows(
    model: PoseGenerator,
    songs: list[Heard],
    dances: list[PoseSequence],
    real: list[PoseSequence],
    taught: list[PoseSequence],
) -> list[Row]:
    rng = np.random.default_rng(0)
    again = [generate_poses(model, song.features, 100 + n) for n, song in enumerate(songs)]
    against = compare_dances(dances + again, real, rng)
    pupil = compare_dances(taught, real, rng)
    one_move, own_move, same_move = (
        compare_dances(
            [repeat_one_move(item, 5.0, 2.0, item.seconds) for item in source], real, rng
        )
        for source in (taught, real, taught[:1] * len(taught))
    )
    rows = []
    for kind in ("kinetic", "geometric"):
        value, diversity, variety, halves = (
            getattr(against, f"{name}_{kind}")
            for name in ("frechet", "diversity", "variety", "halves")
        )
        best, baseline, lucky, dull = (
            getattr(other, f"frechet_{kind}").value
            for other in (pupil, one_move, own_move, same_move)
        )
        rows += [
            row(f"diversity over seeds and songs, {kind}", diversity, between(0.8, 1.4)),
            Row(
                f"Frechet distance, {kind} (halves of the real: {halves:.1f})",
                f"{value.value:.1f} ({value.low:.1f}-{value.high:.1f})",
                f"below {baseline:.1f}",
                value.high < baseline,
            ),
            Row("... of repeating one taught move in each dance", f"{baseline:.1f}", "baseline"),
            Row("... of repeating one taught move, the same in all", f"{dull:.1f}", "baseline"),
            Row("... of repeating one held-out move in each dance", f"{lucky:.1f}", "report"),
            Row("... of the taught dances themselves", f"{best:.1f}", "report"),
            Row(f"variety within a dance, {kind}", f"{variety:.2f}", "report"),
        ]
    return rows


def long_rows(model: PoseGenerator, count: int) -> list[Row]:
    """Compare the end of long dances with the beginning, which is danced to the same music.

    The end of a song is not as its beginning: it may be louder, and danced so.
    """
    if not count:
        return []
    ratios = []
    for number in range(count):
        song = synthesise(SongSpec(seed=FIRST_SEED + 1000 + number, seconds=REPEATED_SECONDS))
        features = extract_features(Waveform(np.tile(song.waveform, REPEATS)))
        poses = generate_poses(model, features, number)
        ratios.append(energy_ratio(poses, REPEATED_SECONDS))
    spread = f"{np.mean(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"
    met = 0.6 <= float(np.mean(ratios)) <= 1.6
    what = f"energy, a minute played five times: last against first ({count})"
    return [Row(what, spread, "0.6-1.6", met)]


def recording_rows(model: PoseGenerator, music: Path | None) -> list[Row]:
    rows = []
    for path in sorted(music.glob("*.*")) if music else []:
        features = extract_features(load_audio(path))
        poses = generate_poses(model, features)
        report = beat_report(poses, danced_beats(features.grid), np.random.default_rng(0))
        rows.append(
            Row(
                f"{path.name} ({features.grid.bpm:.1f} BPM found): dA / dB / coherence",
                f"{report.shift_gain:.2f} / {report.permutation_gain:.2f} / {report.coherence:.2f}",
                "report",
            )
        )
    return rows


class Goal(NamedTuple):
    text: str
    reached: Callable[[float], bool]


def at_least(low: float) -> Goal:
    return Goal(f"{low:g} or more", lambda value: value >= low)


def below(high: float) -> Goal:
    return Goal(f"below {high:g}", lambda value: value < high)


def between(low: float, high: float) -> Goal:
    return Goal(f"{low:g}-{high:g}", lambda value: low <= value <= high)


def row(what: str, value: float, goal: Goal) -> Row:
    return Row(what, f"{value:.3f}", goal.text, goal.reached(value))


if __name__ == "__main__":
    main()
