"""Print what each way of painting costs, and how still it stands behind a dancer.

    python -m benchmarks.stage_styles [--size 256] [--frames 6] [--stage studio] [-o SHEET.png]

Milliseconds of one core's work a frame, after the layers were drawn; then the mean change from
frame to frame, in grey levels, of pixels that no dancer covers in either, and of those farther from
dancers than 2 % of the picture's height, where outlines and halos do not reach.
"""

import argparse
import time
from pathlib import Path

import cv2
import numpy as np

from music2pose.motion.camera import follow
from music2pose.moves.perform import perform_move
from pose2video.renderer import RenderOptions
from pose2video.stage.cameras import USUAL
from pose2video.stage.painting import PAINTINGS, painted_frame
from pose2video.stage.renderer import Production, Stage, StageRenderer
from pose2video.stage.settings import StageSettings
from prompts.scene.scene import Place, Scene

FPS = 25.0
FAR = 0.02
"""Picture heights from dancers."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--frames", type=int, default=6)
    parser.add_argument("--stage", default="studio")
    parser.add_argument("-o", "--output", type=Path)
    args = parser.parse_args()
    production = danced(args.size)
    print(
        f"{'style':14} {'ms':>6} {'beside':>7} {'far':>7}   {args.stage}, {args.size}x{args.size}"
    )
    pictures = []
    for style in ("", *PAINTINGS):
        stage = Stage(
            Scene(painting=style, place=Place(stage=args.stage)), 0, (args.size, args.size)
        )
        shown, cost, beside, far = measured(stage, production, args.frames)
        pictures.append(shown)
        print(f"{style or 'own look':14} {1e3 * cost:6.1f} {beside:7.2f} {far:7.2f}", flush=True)
    if args.output:
        cv2.imwrite(str(args.output), sheet(pictures)[..., ::-1])


def danced(size: int) -> Production:
    """Return a lively dance before a camera that stands still."""
    motion = follow(perform_move("lunge_clap", fps=FPS))
    still = StageSettings(camera="still")
    options = RenderOptions(width=size, height=size, prompt="a dancer", settings=(still,))
    return StageRenderer(options).filmed(motion, USUAL, 0)


def measured(
    stage: Stage, production: Production, frames: int
) -> tuple[np.ndarray, float, float, float]:
    """Return the first frame painted, seconds a frame, and two changes from frame to frame."""
    stage.frame(production, 0)
    pictures, bodies, seconds = [], [], []
    for frame in range(frames):
        stage.frame(production, frame)
        layers = stage.of_thread.draughtsman.layers
        started = time.process_time()
        pictures.append(painted_frame(layers, stage.staged, stage.scene, frame / FPS))
        seconds.append(time.process_time() - started)
        bodies.append(layers.part >= 0)
    reach = round(FAR * len(bodies[0]))
    beside, far = [], []
    for k in range(1, frames):
        change = abs(pictures[k].astype(int) - pictures[k - 1]).mean(-1)
        body = (bodies[k] | bodies[k - 1]).astype(np.uint8)
        around = cv2.dilate(body, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
        beside.append(change[body == 0].mean())
        far.append(change[around == 0].mean())
    return pictures[0], float(np.mean(seconds)), float(np.mean(beside)), float(np.mean(far))


def sheet(pictures: list[np.ndarray], columns: int = 5) -> np.ndarray:
    """Return pictures side by side in rows."""
    rest = -len(pictures) % columns
    tiles = [*pictures, *[np.zeros_like(pictures[0])] * rest]
    return np.vstack([np.hstack(tiles[i : i + columns]) for i in range(0, len(tiles), columns)])


if __name__ == "__main__":
    main()
