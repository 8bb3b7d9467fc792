"""Measure how well tempo, beats and bars are heard, on songs whose beats are known.

    python -m benchmarks.tempo --songs 40 [--recordings DIR]

Synthesised songs have seeds from 0 on, which benchmarks/fit_beats.py does not use. Recorded loops
of known tempo are played for twenty seconds: loops of Sonic Pi and a few songs, wherever they lie
under ``DIR``; what is not there is left out.
A tempo is right within 1 % of the one that the song or its maker states; twice or half of it, or
another simple ratio, is wrong and listed.
"""

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from music2pose.hearing.audio import Waveform, load_audio
from music2pose.hearing.beats import BeatGrid, track_beats
from music2pose.hearing.onsets import find_onsets
from music2pose.metrics.beats import f_measure
from music2pose.synth.song import SongSpec, synthesise

TEMPO_ERROR = 0.01
LOOP_SECONDS = 20
LOOP_BEATS = {
    "loop_electric": 4, "loop_garzul": 16, "loop_mehackit1": 4, "loop_mehackit2": 4,
    "loop_mika": 16, "loop_perc1": 4, "loop_perc2": 4, "loop_safari": 16, "loop_tabla": 16,
    "loop_weirdo": 8, "arovane_beat_a": 32, "arovane_beat_b": 32, "arovane_beat_c": 16,
    "arovane_beat_d": 24, "arovane_beat_e": 24,
}  # fmt: skip
SONG_BPM = {"rhythm_120bpm.ogg": 120, "kick_120bpm.mp3": 120, "solo_trumpet_90bpm.ogg": 90}
UNKNOWN_SONGS = ("vibe_ace.ogg", "lets_go_fishin.ogg", "monkeys_spinning_monkeys.ogg")


class Item(NamedTuple):
    """A song and what is known of it; None where it is not known."""

    group: str
    name: str
    waveform: Waveform
    bpm: float
    beat_times: np.ndarray | None = None
    downbeat_times: np.ndarray | None = None


class Result(NamedTuple):
    item: Item
    grid: BeatGrid

    @property
    def ratio(self) -> float:
        return self.grid.bpm / self.item.bpm

    @property
    def is_right(self) -> bool:
        return abs(self.ratio - 1) < TEMPO_ERROR

    @property
    def beat_f(self) -> float:
        assert self.item.beat_times is not None
        return f_measure(self.grid.beat_times, self.item.beat_times)

    @property
    def downbeat_f(self) -> float:
        assert self.item.downbeat_times is not None
        return f_measure(self.grid.downbeat_times, self.item.downbeat_times)


def synthesised(num_songs: int) -> Iterator[Item]:
    """Yield songs of any style, then as many with drift and breaks, two thirds of them swung."""
    for seed in range(num_songs):
        yield from _synthesised("synthesised", SongSpec(seed=seed, seconds=40.0))
    for seed in range(num_songs):
        drift = (0.02, 0.04, 0.06)[seed % 3]
        swing = (0.0, 0.5, 1.0)[seed // 3 % 3]
        spec = SongSpec(num_songs + seed, seconds=60.0, drift=drift, swing=swing, breaks=True)
        yield from _synthesised("drift, swing, breaks", spec)


def _synthesised(group: str, spec: SongSpec) -> Iterator[Item]:
    song = synthesise(spec)
    bpm = 60 / float(np.median(np.diff(song.beat_times)))
    name = f"{song.spec.style} {spec.seed}"
    yield Item(group, name, Waveform(song.waveform), bpm, song.beat_times, song.downbeat_times)


def recorded(folder: Path) -> Iterator[Item]:
    """Yield recordings of known tempo."""
    for name, bpm in SONG_BPM.items():
        for path in folder.rglob(name):
            yield Item("recorded", name, load_audio(path), bpm)
    for name, beats in LOOP_BEATS.items():
        for path in folder.rglob(f"{name}.flac"):
            loop = load_audio(path)
            repeats = -(-LOOP_SECONDS // loop.seconds)
            waveform = Waveform(np.tile(loop.samples, int(repeats)))
            yield Item("recorded", name, waveform, 60 * beats / loop.seconds)


def listen(items: Iterable[Item]) -> Iterator[Result]:
    for item in items:
        yield Result(item, track_beats(find_onsets(item.waveform), item.waveform.seconds))


def report(results: list[Result]) -> None:
    print(f"{'group':<24}{'songs':>6}{'tempo':>8}{'beat F':>8}{'bar F':>8}{'confidence':>12}")
    for group in dict.fromkeys(result.item.group for result in results):
        _report_row(group, [result for result in results if result.item.group == group])
    _report_row("all", results)
    for result in results:
        if not result.is_right or (result.item.beat_times is not None and result.beat_f < 0.8):
            _report_miss(result)


def _report_row(name: str, results: list[Result]) -> None:
    known = [result for result in results if result.item.beat_times is not None]
    right = np.mean([result.is_right for result in results])
    beat_f = np.mean([result.beat_f for result in known]) if known else np.nan
    bar_f = np.mean([result.downbeat_f for result in known]) if known else np.nan
    sure = np.mean([result.grid.confidence for result in results])
    print(f"{name:<24}{len(results):>6}{right:>8.1%}{beat_f:>8.3f}{bar_f:>8.3f}{sure:>12.2f}")


def _report_miss(result: Result) -> None:
    known = result.item.beat_times is not None
    score = f", beat F {result.beat_f:.2f}" if known else ""
    print(
        f"  {result.item.name}: {result.item.bpm:.2f} BPM heard as {result.grid.bpm:.2f} "
        f"(x {result.ratio:.3f}), confidence {result.grid.confidence:.2f}{score}"
    )


def report_unknown(folder: Path) -> None:
    print("recordings whose tempo nobody has stated:")
    for path in (path for name in UNKNOWN_SONGS for path in folder.rglob(name)):
        waveform = load_audio(path)
        grid = track_beats(find_onsets(waveform), waveform.seconds)
        print(f"  {path.name}: {grid.bpm:.2f} BPM, confidence {grid.confidence:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description="How well are tempo, beats and bars heard?")
    parser.add_argument("--songs", type=int, default=40, help="of each kind (%(default)s)")
    parser.add_argument("--recordings", type=Path, metavar="DIR", help="recordings to hear as well")
    args = parser.parse_args()
    results = list(listen(synthesised(args.songs)))
    results += list(listen(recorded(args.recordings))) if args.recordings else []
    report(results)
    if args.recordings:
        report_unknown(args.recordings)


if __name__ == "__main__":
    main()
