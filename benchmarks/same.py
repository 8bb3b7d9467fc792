"""Does this tree still dance and paint as another commit does? Both are run and compared.

python -m benchmarks.same --base REV [--song FILE]

Each makes the demo song, dances to it three times and paints the dance by every renderer that
ships, through the command line, which both must know. Printed is the largest difference of each.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import soundfile

ROOT = Path(__file__).parents[1]
RENDERERS = ("skeleton", "nearest", "vector", "vanilla", "spade", "gan")
DANCES = {"seed 0": (), "seed 7": ("--seed", "7"), "90 BPM": ("--bpm", "90", "--first-beat", "1")}


@contextmanager
def checked_out(revision: str) -> Iterator[Path]:
    """Yield a folder with the files of another commit."""
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(
            ["git", "-C", str(ROOT), "archive", revision], check=True, capture_output=True
        )
        subprocess.run(["tar", "-x", "-C", folder], check=True, input=archive.stdout)
        yield Path(folder)


def make_all(tree: Path, song: Path | None, folder: Path) -> None:
    """Write the song, the dances and the pictures of a tree into ``folder``."""
    folder.mkdir()
    command(tree, "demo-song", "-o", folder / "song.wav")
    for number, options in enumerate(DANCES.values()):
        danced = song or folder / "song.wav"
        command(tree, "music2pose", danced, "-o", folder / f"{number}.npz", *options)
    for name in RENDERERS:
        picture = ("-o", folder / f"{name}.png", "--renderer", name, "--size", "256x256")
        command(tree, "render", folder / "0.npz", *picture)


def command(tree: Path, *words: object) -> None:
    subprocess.run(
        [sys.executable, "cli.py", *map(str, words)], cwd=tree, check=True, capture_output=True
    )


def differences(a: Path, b: Path) -> Iterator[tuple[str, float]]:
    """Yield what was compared, and the largest difference found in it."""
    yield "demo song (of 1)", apart(*(soundfile.read(f / "song.wav")[0] for f in (a, b)))
    for number, name in enumerate(DANCES):
        keypoints = [np.load(folder / f"{number}.npz")["keypoints"] for folder in (a, b)]
        yield f"dance, {name} (of the canvas height)", apart(*keypoints)
    for name in RENDERERS:
        pictures = [np.asarray(cv2.imread(str(folder / f"{name}.png")), float) for folder in (a, b)]
        yield f"pictures, {name} (of 255)", apart(*pictures)


def apart(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a - b).max()) if a.shape == b.shape else float("inf")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", metavar="REV", required=True, help="the commit to compare with")
    parser.add_argument("--song", type=Path, metavar="FILE", help="dance to this instead")
    args = parser.parse_args()
    song = args.song.absolute() if args.song else None
    with checked_out(args.base) as old, tempfile.TemporaryDirectory() as folder:
        then, now = Path(folder, "then"), Path(folder, "now")
        make_all(old, song, then)
        make_all(ROOT, song, now)
        for what, difference in differences(then, now):
            print(f"{what:<42} {'equal' if difference == 0 else f'{difference:.3g}'}")


if __name__ == "__main__":
    main()
