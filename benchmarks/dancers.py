"""Draw dancers of all kinds on a sheet, and print how many shapes each has and what one costs.

    python -m benchmarks.dancers [-o dancers.png] [--size 256]

A frame of each is drawn in the studio by one camera, in the middle of a move; the cost is the least
of three frames, in processor seconds of all threads.
"""

import argparse
import time
from pathlib import Path

import cv2
import numpy as np

from music2pose.motion.camera import Camera
from music2pose.motion.posture import posture
from music2pose.moves.perform import perform_move
from pose2video.stage.draw import Draughtsman
from pose2video.stage.hanging import swung
from pose2video.stage.painting import own_look
from pose2video.stage.pieces import Build, places_of
from pose2video.stage.sets import place_of
from pose2video.stage.staging import staged
from pose2video.stage.view import view_by
from pose2video.stage.wardrobe import figure_of
from prompts.scene.scene import BODIES, HAIRS, MATERIALS, WEARS, Figure, Item, Scene

PEOPLE = 8
MOVE, FRAME, FPS = "lunge_clap", 30, 25.0
ACROSS = 10
TRIES = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("-o", "--out", type=Path, default=Path("dancers.png"))
    parser.add_argument("--size", type=int, default=256)
    args = parser.parse_args()
    tiles = [drawn(name, asked, seed, args.size) for name, asked, seed in dancers()]
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % ACROSS)
    rows = [np.hstack(tiles[k : k + ACROSS]) for k in range(0, len(tiles), ACROSS)]
    cv2.imwrite(str(args.out), cv2.cvtColor(np.vstack(rows), cv2.COLOR_RGB2BGR))


def dancers() -> list[tuple[str, Figure, int]]:
    """Return names, what is asked for, and seeds."""
    found = [(f"a dancer, seed {seed}", Figure(), seed) for seed in range(PEOPLE)]
    found += [(body, Figure(body=body), 0) for body in BODIES if body != "human"]
    found += [(f"of {material}", Figure(material=material), 1) for material in MATERIALS]
    found += [(f"in a {wear}", Figure(wears=(Item(wear),)), 2) for wear in WEARS]
    found += [(f"{hair} hair", Figure(hair=Item(hair)), 4) for hair in HAIRS]
    return found


def drawn(name: str, asked: Figure, seed: int, size: int) -> np.ndarray:
    """Return a picture (size, size, 3) of one dancer, and print what it costs."""
    pose = swung(posture(perform_move(MOVE, 8, 120.0, FPS).joints), FPS)
    figure = figure_of(asked, seed)
    people = Build(figure).place(*places_of(pose, FRAME), pose.scale)
    view = view_by(Camera(yaw=0.4, pitch=0.1, body_height=0.75), (size, size))
    stage, draughtsman, costs = staged(place_of(Scene(), 0)), Draughtsman(size, size), []
    for _ in range(TRIES):
        start = time.process_time()
        layers = draughtsman.draw(stage, people, view, 0.0)
        costs.append(time.process_time() - start)
    print(f"{name:24} {len(figure.pieces):3} shapes {1000 * min(costs):6.0f} ms")
    return own_look(layers, stage)


if __name__ == "__main__":
    main()
