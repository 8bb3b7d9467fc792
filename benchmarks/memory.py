"""Print the peak memory that a long song takes beside a short one, from sound file to poses.

    python -m benchmarks.memory [--minutes 1 60] [--video stage]

The songs are one minute of the synthesiser's, repeated, as FLAC at 44.1 kHz in stereo. Each run is
a process of its own. ``--video`` makes videos as well, 2 frames a second, by each renderer named.
"""

import argparse
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import soundfile
import soxr

from benchmarks.speed import describe, timed
from music2pose.hearing.audio import SAMPLE_RATE
from music2pose.synth.song import SongSpec, synthesise

FILE_RATE = 44_100


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=int, nargs="+", default=[1, 60])
    parser.add_argument("--video", nargs="+", default=[], metavar="RENDERER", help="make videos")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        runs: dict[str, tuple[str, tuple]] = {"music2pose": (".npz", ())}
        for renderer in args.video:
            picture = ("--renderer", renderer, "--fps", 2, "--size", "64x64")
            runs[f"music2video by {renderer}"] = (".mp4", picture)
        for minutes in args.minutes:
            song = Path(folder) / f"{minutes}.flac"
            with ProcessPoolExecutor(1) as other:  # what a child inherits counts as its own peak
                other.submit(make_song, song, minutes).result()
            for command, (suffix, options) in runs.items():
                made = song.with_name(f"{minutes} {command}").with_suffix(suffix)
                run = timed(command.split()[0], song, "-o", made, *options)
                print(f"{command}, {minutes:2} minutes: {describe(run, 60.0 * minutes)}")


def make_song(path: Path, minutes: int) -> None:
    minute = synthesise(SongSpec(seed=1, seconds=60.0)).waveform
    samples = soxr.resample(minute, SAMPLE_RATE, FILE_RATE)
    with soundfile.SoundFile(path, "w", FILE_RATE, 2, subtype="PCM_16") as file:
        for _ in range(minutes):
            file.write(np.stack([samples, samples], axis=1))


if __name__ == "__main__":
    main()
