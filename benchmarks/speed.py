"""Print how long songs take, from sound file to poses and to a finished video, and how much memory.

    python -m benchmarks.speed [--song SONG] [--model checkpoints/music2pose]

Each run is a process of its own, as a user would start it, so loading is included. The songs of
one, three and ten minutes are synthesised; ``--song`` is made a video of as well: all of it as
skeletons, and its first 30 s painted.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

from music2pose.hearing.audio import song_seconds
from music2pose.synth.song import SongSpec, save_song, synthesise

REPOSITORY = Path(__file__).resolve().parent.parent
MEBIBYTE = 1024.0


class Run(NamedTuple):
    seconds: float
    peak_mebibytes: float


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--song", type=Path, help="a song to make a whole video of")
    parser.add_argument("--model", default="checkpoints/music2pose")
    args = parser.parse_args()
    print(f"{os.cpu_count()} cores, load before {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        for minutes in (1, 3, 10):
            song = Path(folder) / f"{minutes}.wav"
            with ProcessPoolExecutor(1) as other:  # what a child inherits counts as its own peak
                other.submit(make_song, song, minutes).result()
            run = timed("music2pose", song, "-o", song.with_suffix(".npz"), "--model", args.model)
            print(f"music2pose, {minutes:2} minutes: {describe(run, 60.0 * minutes)}")
        if args.song is not None:
            whole = song_seconds(args.song)
            for renderer, size, seconds in (
                ("skeleton", "512x512", whole), ("gan", "256x256", min(30.0, whole)),
            ):  # fmt: skip
                video = Path(folder) / f"{renderer}.mp4"
                picture = ("--renderer", renderer, "--fps", 25, "--size", size)
                piece = ("--duration", seconds, "--model", args.model)
                run = timed("music2video", args.song, "-o", video, *picture, *piece)
                print(f"music2video, {renderer}, 25 fps, {size}: {describe(run, seconds)}")


def make_song(path: Path, minutes: int) -> None:
    save_song(synthesise(SongSpec(seed=minutes, seconds=60.0 * minutes)), path)


def timed(*arguments: object) -> Run:
    """Run one command of the command line and wait for it."""
    started = time.monotonic()
    with tempfile.TemporaryFile("w+") as complaints:
        process = subprocess.Popen(
            [sys.executable, "cli.py", *map(str, arguments)],
            cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=complaints,
        )  # fmt: skip
        _, status, usage = os.wait4(process.pid, 0)
        if status != 0:
            complaints.seek(0)
            raise SystemExit(f"python cli.py {' '.join(map(str, arguments))}: {complaints.read()}")
    return Run(time.monotonic() - started, usage.ru_maxrss / MEBIBYTE)


def describe(run: Run, song: float) -> str:
    return (
        f"{run.seconds:6.1f} s for {song:.0f} s of song ({song / run.seconds:.1f}x real time), "
        f"peak memory {run.peak_mebibytes:.0f} MiB"
    )


if __name__ == "__main__":
    main()
