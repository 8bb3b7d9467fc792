"""Measure how well tempo, beats and bars are heard, on songs whose beats are known.

    python -m benchmarks.tempo [--synthesised 40] [--songs DIR] [--recordings DIR]

``--songs`` is a folder of songs, each with ``NAME.beats.txt`` beside it, one time in seconds a
line, or of a time and the place in the bar. Beats count from 5 s on and are matched one to one
within 70 ms; F is that of the best level: the beats as they are, every second one (either way), or
twice as many. A song is off the beat where its beats are missed for more than 4 s at that level.
"told F" is that of songs of one tempo that is told, as by ``--bpm``: of the phase alone.

Synthesised songs have seeds from 0 on, which ``benchmarks.fit_beats`` does not use. Recorded loops
of known tempo are played for twenty seconds: loops of Sonic Pi and a few songs, wherever they lie
under ``--recordings``; what is not there is left out. A tempo is right within 1 % of what the song
or its maker states; twice or half of it, or another simple ratio, is wrong and listed.
"""

import argparse
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from music2pose.hearing.audio import Sound, Waveform, load_audio, open_song
from music2pose.hearing.beat_files import read_beats
from music2pose.hearing.beats import BeatGrid, listen_for_beats, track_beats
from music2pose.hearing.onsets import find_onsets
from music2pose.metrics.beats import F_TOLERANCE, f_measure
from music2pose.synth.song import SongSpec, synthesise
from music2pose.synth.timing import TempoChange

TEMPO_ERROR = 0.01
FIRST_SECONDS = 5.0
OFF_SECONDS = 4.0
CONSTANT = 1.02
"""The widest ratio of two beat intervals, but for the extremes, in a song of one tempo."""
LOOP_SECONDS = 20
LOOP_BEATS = {
    "loop_electric": 4, "loop_garzul": 16, "loop_mehackit1": 4, "loop_mehackit2": 4,
    "loop_mika": 16, "loop_perc1": 4, "loop_perc2": 4, "loop_safari": 16, "loop_tabla": 16,
    "loop_weirdo": 8, "arovane_beat_a": 32, "arovane_beat_b": 32, "arovane_beat_c": 16,
    "arovane_beat_d": 24, "arovane_beat_e": 24,
}  # fmt: skip
SONG_BPM = {"rhythm_120bpm.ogg": 120, "kick_120bpm.mp3": 120, "solo_trumpet_90bpm.ogg": 90}
SONG_ENDINGS = (".ogg", ".mp3", ".opus", ".wav", ".flac", ".m4a")
OFF_BEAT_STYLES = ("reggae", "ska")
CHANGES = (
    (TempoChange(40, 130),),
    (TempoChange(40, 50),),
    (TempoChange(20, 150, 60),),
    (TempoChange(32, 140), TempoChange(80, 90)),
)
"""From 100 beats a minute: faster at once, halved, faster and faster, and twice."""


class Item(NamedTuple):
    """A song and what is known of it; None where it is not known."""

    group: str
    name: str
    sound: Sound
    bpm: float
    beat_times: np.ndarray | None = None
    downbeat_times: np.ndarray | None = None


class Result(NamedTuple):
    item: Item
    grid: BeatGrid
    listening: float
    """Seconds that it took, sound file included, for a minute of song."""
    told: BeatGrid | None = None
    """The beats where the tempo was told, of a song of one tempo."""

    @property
    def ratio(self) -> float:
        return self.grid.bpm / self.item.bpm

    @property
    def is_right(self) -> bool:
        return abs(self.ratio - 1) < TEMPO_ERROR

    @property
    def level(self) -> tuple[str, np.ndarray]:
        """The name and the beats of the level that is met best."""
        levels = levels_of(known(self.item.beat_times))
        return max(levels.items(), key=lambda level: late_f(self.grid.beat_times, level[1]))

    @property
    def best_f(self) -> float:
        return late_f(self.grid.beat_times, self.level[1])

    @property
    def beat_f(self) -> float:
        return late_f(self.grid.beat_times, known(self.item.beat_times))

    @property
    def downbeat_f(self) -> float:
        if self.item.downbeat_times is None:
            return np.nan
        return late_f(self.grid.downbeat_times, self.item.downbeat_times)

    @property
    def is_constant(self) -> bool:
        intervals = np.diff(known(self.item.beat_times))
        low, high = np.percentile(intervals, (2, 98))
        return bool(high / low <= CONSTANT)

    @property
    def off_seconds(self) -> float:
        """The longest time in which no beat of the best level is met."""
        beats = self.level[1]
        beats = beats[beats >= FIRST_SECONDS]
        met = beats[np.abs(beats[:, None] - self.grid.beat_times).min(axis=1) <= F_TOLERANCE]
        edges = np.concatenate([beats[:1], met, beats[-1:]])
        return float(np.diff(edges).max())


def known(times: np.ndarray | None) -> np.ndarray:
    assert times is not None
    return times


def levels_of(beats: np.ndarray) -> dict[str, np.ndarray]:
    middles = (beats[1:] + beats[:-1]) / 2
    double = np.sort(np.concatenate([beats, middles]))
    return {"true": beats, "half": beats[::2], "half, other": beats[1::2], "double": double}


def late_f(times: np.ndarray, truth: np.ndarray) -> float:
    """Return F at 70 ms of the beats after the first five seconds."""
    return f_measure(times[times >= FIRST_SECONDS], truth[truth >= FIRST_SECONDS])


def synthesised(num_songs: int) -> Iterator[Item]:
    """Yield songs of any style, then with drift and breaks, off-beat, of all metres, of tempi."""
    for seed in range(num_songs):
        yield _synthesised("synthesised", SongSpec(seed=seed, seconds=40.0))
    for seed in range(num_songs):
        drift = (0.02, 0.04, 0.06)[seed % 3]
        swing = (0.0, 0.5, 1.0)[seed // 3 % 3]
        spec = SongSpec(num_songs + seed, seconds=60.0, drift=drift, swing=swing, breaks=True)
        yield _synthesised("drift, swing, breaks", spec)
    for seed in range(num_songs // 2):
        style = OFF_BEAT_STYLES[seed % 2]
        yield _synthesised("reggae and ska", SongSpec(200 + seed, seconds=60.0, style=style))
    for seed in range(num_songs // 2):
        spec = SongSpec(300 + seed, seconds=60.0, beats_per_bar=3 + seed % 5)
        yield _synthesised("3 to 7 beats a bar", spec)
    for seed in range(num_songs // 2):
        changes = CHANGES[seed % len(CHANGES)]
        spec = SongSpec(400 + seed, seconds=60.0, bpm=100, drift=0, tempo_changes=changes)
        yield _synthesised("tempo changes", spec)


def _synthesised(group: str, spec: SongSpec) -> Item:
    song = synthesise(spec)
    bpm = 60 / float(np.median(np.diff(song.beat_times)))
    name = f"{song.spec.style} {spec.seed}"
    return Item(group, name, Waveform(song.waveform), bpm, song.beat_times, song.downbeat_times)


def annotated(folder: Path) -> Iterator[Item]:
    """Yield the songs of a folder that have a file of beats beside them."""
    for path in sorted(folder.iterdir()):
        beats = path.with_name(f"{path.stem}.beats.txt")
        if path.suffix.lower() in SONG_ENDINGS and beats.is_file():
            song = open_song(path)
            marks = read_beats(beats, song.seconds)
            bpm = 60 / float(np.median(np.diff(marks.times)))
            downbeats = None if marks.is_downbeat is None else marks.times[marks.is_downbeat]
            yield Item("annotated", path.stem, song, bpm, marks.times, downbeats)


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
        start, seconds = time.process_time(), item.sound.seconds
        heard = listen_for_beats(find_onsets(item.sound))
        grid = track_beats(heard, seconds)
        result = Result(item, grid, (time.process_time() - start) * 60 / seconds)
        if item.beat_times is not None and result.is_constant:
            result = result._replace(told=track_beats(heard, seconds, bpm=item.bpm))
        yield result


def report(results: list[Result]) -> None:
    titles = (
        "songs",
        "tempo",
        "best F",
        ">= 0.8",
        ">= 0.95",
        "true F",
        "bar F",
        "off beat",
        "told F",
    )
    print(f"{'group':<22}" + "".join(f"{title:>9}" for title in (*titles, "sure", "s/min")))
    for group in dict.fromkeys(result.item.group for result in results):
        _report_row(group, [result for result in results if result.item.group == group])
    for result in results:
        is_known = result.item.beat_times is not None
        if not result.is_right or (is_known and result.beat_f < 0.8):
            _report_miss(result)


def _report_row(name: str, results: list[Result]) -> None:
    timed = [result for result in results if result.item.beat_times is not None]
    right = np.mean([result.is_right for result in results])
    columns = [f"{len(results)}", f"{right:.1%}", *(_beat_columns(timed) if timed else [""] * 7)]
    columns.append(f"{np.mean([result.grid.confidence for result in results]):.2f}")
    columns.append(f"{np.mean([result.listening for result in results]):.2f}")
    print(f"{name:<22}" + "".join(f"{column:>9}" for column in columns))


def _beat_columns(results: list[Result]) -> list[str]:
    best = np.array([result.best_f for result in results])
    true = np.mean([result.beat_f for result in results])
    bars = [result.downbeat_f for result in results if result.item.downbeat_times is not None]
    steady = [result for result in results if result.is_constant]
    off = sum(result.off_seconds > OFF_SECONDS for result in steady)
    return [
        f"{best.mean():.3f}",
        f"{np.mean(best >= 0.8):.1%}",
        f"{np.mean(best >= 0.95):.1%}",
        f"{true:.3f}",
        f"{np.mean(bars):.3f}" if bars else "",
        f"{off} of {len(steady)}",
        f"{np.mean([told_f(result) for result in steady]):.3f}" if steady else "",
    ]


def told_f(result: Result) -> float:
    """Return F of the beats as they are, where the tempo was told."""
    assert result.told is not None
    return late_f(result.told.beat_times, known(result.item.beat_times))


def _report_miss(result: Result) -> None:
    score = ""
    if result.item.beat_times is not None:
        score = (
            f", F {result.beat_f:.2f}, at the level {result.level[0]!r} {result.best_f:.2f}, "
            f"off for {result.off_seconds:.1f} s"
        )
    print(
        f"  {result.item.name}: {result.item.bpm:.2f} BPM heard as {result.grid.bpm:.2f} "
        f"(x {result.ratio:.3f}), confidence {result.grid.confidence:.2f}{score}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="How well are tempo, beats and bars heard?")
    parser.add_argument(
        "--synthesised", type=int, default=40, metavar="N", help="songs of a kind (%(default)s)"
    )
    parser.add_argument("--songs", type=Path, metavar="DIR", help="songs with their beats")
    parser.add_argument("--recordings", type=Path, metavar="DIR", help="loops of known tempo")
    args = parser.parse_args()
    results = list(listen(synthesised(args.synthesised)))
    results += list(listen(annotated(args.songs))) if args.songs else []
    results += list(listen(recorded(args.recordings))) if args.recordings else []
    report(results)


if __name__ == "__main__":
    main()
