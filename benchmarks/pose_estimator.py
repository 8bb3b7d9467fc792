"""Print how well the pose estimator finds dancers in frames that it was not trained on.

    python -m benchmarks.pose_estimator PERFORMER ... [--all FOLDER ...] [--sheet sheet.png]

Of performers, only frames held out count; of those under ``--all``, every frame. ``plain`` reads
the pose off the whole picture; ``closer`` looks for people as ``extract --detector nadsnet`` does,
and takes the one it is surest of. PCK is the share of joints within a tenth of a torso, the error
a share of the body's height.
"""

import argparse
from pathlib import Path

import numpy as np

from checkpoints.store import load_model
from music2pose.metrics.body import body_scale
from music2pose.pose import JOINTS, PoseSequence
from pipelines.detectors import NADSNET
from pipelines.pose_estimator_training import save_found_poses
from pose2video.metrics.poses import (
    correct_keypoints,
    joint_errors,
    mean_pose_error,
    missed_joints,
)
from pose2video.nadsnet.detector import NadsnetBody
from pose2video.nadsnet.estimator import PoseEstimator
from pose2video.nadsnet.pictures import EmptyScenes, PosedPictures, performer_pictures
from pose2video.nadsnet.train import find_poses
from pose2video.performer.performer import load_performer
from pose2video.pictures import resized

ROW = "{:24}{:>8}{:>8}{:>8}{:>8}{:>8}"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("performers", type=Path, nargs="*", help="judged on frames held out")
    parser.add_argument("--all", type=Path, nargs="+", default=[], help="judged on every frame")
    parser.add_argument("--model", default=NADSNET, help="folder of the pose estimator")
    parser.add_argument("--frames", type=int, default=400, help="at most so many of each")
    parser.add_argument("--sheet", type=Path, help="picture to write, of the first performer")
    args = parser.parse_args()
    model = load_model(PoseEstimator, args.model)
    print(ROW.format("", "frames", "PCK@0.1", "@0.05", "error", "missed"))
    for folder in (*args.performers, *args.all):
        performer = load_performer(folder)
        chosen = np.arange(len(performer)) if folder in args.all else performer.validation
        chosen = chosen[:: max(1, -(-len(chosen) // args.frames))]
        content = performer_pictures(performer, chosen, performer.size)
        true = PoseSequence(content.keypoints, content.confidence, performer.poses.fps)
        plain = plain_poses(model, content, true.fps)
        print_row(f"{folder.name}, plain", plain, true)
        closer = closer_poses(model, content, true.fps)
        print_row(f"{folder.name}, closer", closer, true)
        print(worst_joints(closer, true))
        print(f"  people seen in pictures of nobody: {false_people(model, content):.0%}")
    if args.sheet is not None:
        write_sheet(model, (*args.performers, *args.all)[0], args.sheet)


def plain_poses(model: PoseEstimator, content: PosedPictures, fps: float) -> PoseSequence:
    pictures = resized(content.pictures, model.config.picture_size)
    return PoseSequence(*find_poses(model, pictures), fps)


def closer_poses(model: PoseEstimator, content: PosedPictures, fps: float) -> PoseSequence:
    detector, nobody = NadsnetBody(model), np.zeros((18, 3))
    people = np.stack([next(iter(detector(frame)), nobody) for frame in content.pictures])
    size = content.pictures.shape[1]
    keypoints = (people[..., :2] / size).astype(np.float32)
    return PoseSequence(keypoints, people[..., 2].astype(np.float32), fps)


def print_row(name: str, found: PoseSequence, true: PoseSequence) -> None:
    shares = (correct_keypoints(found, true), correct_keypoints(found, true, 0.05))
    missed = missed_joints(found, true)
    error = f"{100 * mean_pose_error(found, true):.2f} %" if missed < 1 else "-"
    texts = [f"{share:.3f}" for share in shares]
    print(ROW.format(name, len(true), *texts, error, f"{100 * missed:.1f} %"))


def false_people(model: PoseEstimator, content: PosedPictures, count: int = 50) -> float:
    """Return in how many of some pictures of nobody somebody is seen all the same."""
    detector, rng = NadsnetBody(model), np.random.default_rng(0)
    scenes = EmptyScenes(content).draw(count, rng).pictures
    return float(np.mean([len(detector(scene)) > 0 for scene in scenes]))


def worst_joints(found: PoseSequence, true: PoseSequence, count: int = 4) -> str:
    correct = joint_correctness(found, true)
    order = np.argsort(correct)[:count]
    return "  worst: " + ", ".join(f"{JOINTS[joint]} {correct[joint]:.3f}" for joint in order)


def write_sheet(model: PoseEstimator, folder: Path, path: Path) -> None:
    performer = load_performer(folder)
    chosen = performer.validation if len(performer.validation) else performer.training
    save_found_poses(model, performer_pictures(performer, chosen, model.config.picture_size), path)
    print(path)


def joint_correctness(found: PoseSequence, true: PoseSequence, share: float = 0.1) -> np.ndarray:
    """Return PCK for each joint, (18,); NaN where the truth never shows it."""
    errors = joint_errors(found, true)
    counts = (~np.isnan(errors)).sum(axis=0)
    near = (errors < share * body_scale(true)).sum(axis=0)
    return np.where(counts > 0, near / np.maximum(counts, 1), np.nan)


if __name__ == "__main__":
    main()
