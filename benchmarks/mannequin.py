"""Print what drawing the mannequin costs, against marching every pixel past every capsule.

    python -m benchmarks.mannequin [--look clay] [--size 256] [--frames 6]

Seconds of one core's work a frame; the pictures' silhouettes are compared as well.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import torch

from music2pose.motion.camera import Camera, follow
from music2pose.moves.perform import perform_move
from pose2video.mannequin.body import CAPSULES, CapsuleBody, capsule_bodies
from pose2video.mannequin.lens import Lens, lens_of
from pose2video.mannequin.march import WORK, trace
from pose2video.mannequin.renderer import MannequinRenderer

MOVES = ("lunge_clap", "running_man", "star_jump", "egyptian")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--look", default="clay")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--frames", type=int, default=6)
    args = parser.parse_args()
    torch.set_num_threads(1)
    renderer = MannequinRenderer(args.look, args.size)
    lens = lens_of(Camera(pitch=0.05))
    bodies = [
        capsule_bodies(follow(perform_move(MOVES[number % len(MOVES)], fps=25.0)).joints)[
            7 * number
        ]
        for number in range(args.frames)
    ]
    renderer.frame(bodies[0], lens)
    whole = [timed(lambda body=body: renderer.frame(body, lens))[0] for body in bodies]
    near = [timed(lambda body=body: renderer.layers(body, lens)[0]) for body in bodies]
    every = [timed(lambda body=body: naive(body, lens, args.size)) for body in bodies]
    same = np.mean([(a[1] >= 0) == b[1] for a, b in zip(near, every, strict=True)])
    seconds = [np.mean([run[0] for run in runs]) for runs in (near, every)]
    print(f"{args.size}x{args.size}, look {args.look}, {len(CAPSULES)} capsules, one core")
    print(f"whole frame, eight samples at edges, light, shadow: {np.mean(whole):.3f} s")
    print(f"what each pixel shows, near the body only:          {seconds[0]:.3f} s")
    print(f"the same, every pixel past every capsule:           {seconds[1]:.3f} s")
    print(f"{seconds[1] / seconds[0]:.0f} times less work; {same:.3%} of the pixels agree")


def timed(draw: Callable[[], np.ndarray]) -> tuple[float, np.ndarray]:
    """Return the seconds of work that drawing takes, and what is drawn."""
    started = time.process_time()
    drawn = draw()
    return time.process_time() - started, drawn


@torch.no_grad()
def naive(figure: CapsuleBody, lens: Lens, size: int) -> np.ndarray:
    """Return whether each pixel shows the body, (H, W) bool, looking everywhere for it."""
    pixels = torch.arange(size * size)
    everything = torch.arange(len(CAPSULES)).expand(size * size, -1)
    met = [
        trace(
            lens.rays((part % size + 0.5) / size, (part // size + 0.5) / size),
            everything[: len(part)],
            figure,
        ).isfinite()
        for part in pixels.split(WORK // len(CAPSULES))
    ]
    return torch.cat(met).view(size, size).numpy()


if __name__ == "__main__":
    main()
