"""Draw 24 prompts on the stage in one pose and in mixed order, for a reader to match them.

    python -m benchmarks.matching -o DIR [--seed 0] [--size 320]

Writes ``pictures.png`` with numbers, ``prompts.txt`` with the prompts in alphabetical order, and,
for afterwards, ``key.txt`` with the prompt of each number. The prompts are every second one of
``benchmarks/prompts.toml``, which was written before anything was drawn.
"""

import argparse
import tomllib
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from benchmarks.prompts import PROMPTS
from music2pose.moves.perform import perform_move
from pose2video.pictures import save_picture
from pose2video.renderer import RenderOptions
from pose2video.stage.renderer import StageRenderer

COUNT, COLUMNS = 24, 6
MOVE, FRAME = "raise_the_roof", 12


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("-o", "--output", type=Path, metavar="DIR", required=True)
    parser.add_argument("--seed", type=int, default=0, help="of the order, and of the dancers")
    parser.add_argument("--size", type=int, default=320)
    args = parser.parse_args()
    texts = [item["text"] for item in tomllib.loads(PROMPTS.read_text())["prompt"]][: 2 * COUNT : 2]
    order = np.random.default_rng(args.seed).permutation(COUNT)
    shown = [texts[number] for number in order]
    args.output.mkdir(parents=True, exist_ok=True)
    save_picture(args.output / "pictures.png", sheet(shown, args.size, args.seed))
    (args.output / "prompts.txt").write_text("\n".join(sorted(shown)) + "\n")
    key = (f"{number} {text}" for number, text in enumerate(shown, 1))
    (args.output / "key.txt").write_text("\n".join(key) + "\n")


def sheet(prompts: list[str], size: int, seed: int) -> np.ndarray:
    """Return the pictures of prompts in rows, each with its number from 1 on: (H, W, 3) uint8."""
    dance = perform_move(MOVE, bpm=120.0, fps=25.0)
    cells = []
    for number, prompt in enumerate(tqdm(prompts, "prompts", disable=None), 1):
        renderer = StageRenderer(RenderOptions(size, size, prompt))
        picture = renderer.portrait(dance, FRAME, seed)
        label = str(number), (8, size - 10), cv2.FONT_HERSHEY_SIMPLEX, 0.8
        cv2.putText(picture, *label, (0, 0, 0), 4, cv2.LINE_AA)
        cv2.putText(picture, *label, (255, 255, 255), 2, cv2.LINE_AA)
        cells.append(picture)
    rows = [np.hstack(cells[start : start + COLUMNS]) for start in range(0, COUNT, COLUMNS)]
    return np.vstack(rows)


if __name__ == "__main__":
    main()
