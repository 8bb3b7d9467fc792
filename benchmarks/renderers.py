"""Print how fast each renderer paints here, and how well on frames that it has not learned from.

    python -m benchmarks.renderers [--performer DIR] [--weights KIND=DIR ...] [--threads 2]

Speed is that of one stream of 256x256 pictures, the way the command line runs it. Likeness is
measured on the held-out frames of a performer, in a row as in a video; the poses are the
performer's own, so nothing is fitted. ``nearest`` may look only at the other frames.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from checkpoints.store import load_model
from music2pose.pose import PoseSequence
from pipelines.renderer_training import find_estimator, likeness
from pose2video.learned.generator import NETWORKS, PICTURE_PRESETS, PictureGenerator
from pose2video.learned.renderer import SHIPPED_WEIGHTS, paint_poses
from pose2video.metrics.poses import correct_keypoints, mean_pose_error
from pose2video.nadsnet.estimator import PoseEstimator
from pose2video.nadsnet.train import find_poses
from pose2video.nearest.renderer import NearestRenderer
from pose2video.performer.performer import Performer, load_performer
from pose2video.pictures import at_frames, resized

SPEED_FRAMES = 50
ROW = "{:10}" + "{:>9}" * 9
COLUMNS = ("ssim", "person", "psnr", "sharp", "flicker", "unstead.", "error", "pck", "frames")
FIGURES = ("ssim", "person_ssim", "psnr", "sharpness", "flicker", "unsteadiness")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--performer", type=Path, help="folder with held-out frames")
    parser.add_argument(
        "--weights", nargs="+", default=[], metavar="KIND=DIR",
        help="judge these instead of those that ship",
    )  # fmt: skip
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--frames", type=int, default=200, help="held-out frames to judge")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    shipped = {
        kind: str(SHIPPED_WEIGHTS / kind) for kind in NETWORKS if (SHIPPED_WEIGHTS / kind).is_dir()
    }
    folders = dict(name.split("=", 1) for name in args.weights) or shipped
    models = {kind: load_model(PictureGenerator, folder) for kind, folder in folders.items()}
    for kind in NETWORKS:
        print_speed(kind, models.get(kind), args.threads)
    if args.performer is not None:
        print_likeness(load_performer(args.performer), models, args.frames)


def print_speed(kind: str, model: PictureGenerator | None, threads: int) -> None:
    model = model or PictureGenerator(replace(PICTURE_PRESETS["base"], kind=kind)).eval()
    size = model.config.size
    poses = PoseSequence(
        np.random.default_rng(0).random((SPEED_FRAMES, 18, 2), np.float32),
        np.ones((SPEED_FRAMES, 18), np.float32), 25.0,
    )  # fmt: skip
    list(paint_poses(model, at_frames(poses, [*range(8)])))
    started, worked = time.perf_counter(), time.process_time()
    count = sum(1 for _ in paint_poses(model, poses))
    rate = count / (time.perf_counter() - started)
    work = 1000 * (time.process_time() - worked) / count
    print(f"{kind}: {rate:.1f} frames/s of {size}x{size} on {threads} thread(s), ", end="")
    print(f"{work:.1f} ms of work a frame")


def print_likeness(
    performer: Performer, models: dict[str, PictureGenerator], most_frames: int
) -> None:
    frames = [int(frame) for frame in performer.validation[:most_frames]]
    poses, size = at_frames(performer.poses, frames), performer.size
    estimator = find_estimator()
    nearest = NearestRenderer(performer, size, size, stored=performer.training)
    painters: dict[str, Callable[[PoseSequence], Iterator[np.ndarray]]] = {
        "true": lambda _: iter(performer.frames(frames)),
        "nearest": lambda poses: nearest.render(poses, 0),
        **{kind: lambda poses, m=model: paint_poses(m, poses) for kind, model in models.items()},
    }
    print(ROW.format(performer.name[:10], *COLUMNS))
    true = performer.frames(frames)
    for name, painter in painters.items():
        painted = resized(np.stack(list(painter(poses))), size)
        found = likeness(painted, true, poses)
        figures = [found[figure] for figure in FIGURES]
        cells = [f"{x:.3f}" for x in (*figures, *pose_figures(estimator, painted, poses))]
        print(ROW.format(name, *cells, len(frames)))


def pose_figures(
    estimator: PoseEstimator | None, painted: np.ndarray, poses: PoseSequence
) -> tuple[float, float]:
    """Return how far off the pose estimator finds the joints, and PCK at 0.1 torso."""
    if estimator is None:
        return float("nan"), float("nan")
    keypoints, confidence = find_poses(estimator, resized(painted, estimator.config.picture_size))
    found = PoseSequence(keypoints, confidence, poses.fps)
    return mean_pose_error(found, poses), correct_keypoints(found, poses)


if __name__ == "__main__":
    main()
