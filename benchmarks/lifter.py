"""Print how well dances are lifted to a body in three dimensions.

    python -m benchmarks.lifter [--motion DIR] [--model checkpoints/lifter]

Takes that the training held out (written in the model's ``training.json``) are danced by bodies of
random build and filmed by cameras up to 0.5 rad to the side; what the cameras see is lifted, and
compared with what was filmed. Angles are between true bones and lifted ones in the axes of the
camera; in those of the world they also hold what is wrong about how far the camera looks down. A
foot stands while its ankle is within 6 cm of its rest and rises or sinks by less than 0.15 m/s, in
true takes and lifted ones alike. Without ``--motion`` only written moves are lifted. Then come
dances of our own dancer, of which only the keypoints are known.
"""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from benchmarks.dance import FIRST_SEED, Row, at_least, below, hear, row
from checkpoints.store import find_model
from music2pose.data.pairs import IDLE
from music2pose.generate import generate_poses, load_pose_model
from music2pose.lifting.inputs import LIFTING_FPS
from music2pose.lifting.lift import DEFAULT_FOLDER, Lifted, Lifter, lift, load_lifter
from music2pose.motion.camera import Camera, follow, project, random_camera, view_axes
from music2pose.motion.motion import (
    BONES,
    HEAD_BONES,
    Body,
    Motion,
    bone_directions,
    in_line,
    random_body,
    retarget,
)
from music2pose.pose import JOINT, JOINTS, VISIBLE, PoseSequence
from pipelines.lifter_training import divided_takes
from pipelines.preparation import DataConfig

SEED = 2025
DANCER = "checkpoints/music2pose"
ANKLES = [JOINT["right_ankle"], JOINT["left_ankle"]]
STANDING_HEIGHT, STANDING_SPEED = 0.06, 0.15


@dataclass(frozen=True)
class Take:
    """A take as it was filmed, and what became of it."""

    true: Motion
    camera: Camera
    poses: PoseSequence
    lifted: Lifted


class Angles(NamedTuple):
    """Degrees (N, 16) by which bones of all frames are wrong."""

    network: np.ndarray
    fitted: np.ndarray
    in_world: np.ndarray


def main() -> None:
    args = parse()
    torch.set_num_threads(1)
    lifter = load_lifter(args.model)
    takes, rate = lifted_takes(held_out(args.model, args.motion), lifter)
    angles = all_angles(takes, lifter)
    groups = sorted({take.true.group for take in takes})
    print(f"{len(takes)} takes, {len(angles.fitted)} frames, of {', '.join(groups)}")
    rows = [*angle_rows(angles), *take_rows(takes), row("frames a second of CPU time, one thread",
            rate, at_least(500)), *dance_rows(lifter, args.songs)]  # fmt: skip
    for each in rows:
        mark = {True: "met", False: "MISSED", None: ""}[each.met]
        print(f"{each.what:62} {each.value:>16}   {each.reach:12} {mark}")
    print(worst_bones(angles.fitted))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default=DEFAULT_FOLDER)
    parser.add_argument("--motion", type=Path, help="folder of motion capture")
    parser.add_argument("--songs", type=int, default=3, help="dances of our own dancer")
    return parser.parse_args()


def held_out(model: str, motion: Path | None) -> list[Motion]:
    """Return the dancing takes that training held out."""
    training = json.loads((find_model(model) / "training.json").read_text())
    groups, left_out = tuple(training["kept_back"]), tuple(training["left_out"])
    if motion is None:
        groups = tuple(group for group in groups if group.startswith("move_"))
    folders = (str(motion),) if motion else ()
    data = DataConfig(folders, held_out=groups, left_out=left_out)
    return [take for take in divided_takes(data)[1] if not take.name.endswith(IDLE)]


def lifted_takes(motions: Sequence[Motion], lifter: Lifter) -> tuple[list[Take], float]:
    """Film takes and lift them; return them, and frames a second of CPU time."""
    rng = np.random.default_rng(SEED)
    takes, seconds = [], 0.0
    for motion in motions:
        true = follow(retarget(motion, random_body(rng))).resampled(LIFTING_FPS)
        camera = random_camera(rng)
        poses = project(true, camera)
        started = time.process_time()
        lifted = lift(poses, lifter)
        seconds += time.process_time() - started
        takes.append(Take(true, camera, poses, lifted))
    return takes, sum(len(take.poses) for take in takes) / seconds


def all_angles(takes: Sequence[Take], lifter: Lifter) -> Angles:
    columns: list[list[np.ndarray]] = [[], [], []]
    for take in takes:
        world = bone_directions(take.lifted.motion)
        made = world @ view_axes(take.lifted.camera).T
        true = bone_directions(take.true) @ view_axes(take.camera).T
        level = true @ view_axes(replace(take.camera, yaw=0.0))
        found = in_line(lifter.directions(take.poses.keypoints, take.poses.confidence)[:, :16])
        for column, pair in zip(
            columns, ((found, true), (made, true), (world, level)), strict=True
        ):
            column.append(degrees(*pair))
    return Angles(*map(np.concatenate, columns))


def degrees(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the angles (T, 16) between unit vectors (T, 16, 3)."""
    return np.degrees(np.arccos(np.clip((one * other).sum(-1), -1, 1)))


def angle_rows(angles: Angles) -> list[Row]:
    kinds = zip(("as the network tells", "after the fit", "... in the world's axes"), angles,
                strict=True)  # fmt: skip
    rows = []
    for name, values in kinds:
        mean, high = float(values.mean()), float(np.percentile(values, 95))
        if values is angles.fitted:
            rows += [row(f"mean bone angle, degrees, {name}", mean, below(6)),
                     row(f"95th percentile, {name}", high, below(18))]  # fmt: skip
        else:
            rows.append(Row(f"mean, 95th percentile, {name}", f"{mean:.2f}, {high:.2f}", ""))
    return rows


def take_rows(takes: Sequence[Take]) -> list[Row]:
    apart = np.concatenate([distances(take.poses, take.lifted) for take in takes])
    true, made = (
        np.concatenate([standing_speeds(motion) for motion in side]).mean()
        for side in zip(*((take.true, take.lifted.motion) for take in takes), strict=True)
    )
    jerks = [np.percentile(jerk(t.lifted.motion.joints, LIFTING_FPS), 99)
             / np.percentile(jerk(t.true.joints, LIFTING_FPS), 99) for t in takes]  # fmt: skip
    pitch = [abs(take.lifted.camera.pitch - take.camera.pitch) for take in takes]
    return [
        row("reprojection, % of the canvas height", 100 * float(apart.mean()), below(0.6)),
        row("foot slide against the true takes'", float(made / true), below(1.2)),
        Row("... metres a second, lifted and true", f"{made:.3f}, {true:.3f}", ""),
        Row("jerk, 99th percentile, against the true; median", f"{np.median(jerks):.2f}", ""),
        Row("camera looks down, wrong by degrees", f"{np.degrees(np.mean(pitch)):.2f}", ""),
    ]


def distances(poses: PoseSequence, lifted: Lifted) -> np.ndarray:
    """Return how far, in canvas heights, joints that are seen lie from where they are lifted to."""
    again = project(lifted.motion, lifted.camera, poses.aspect)
    apart = np.linalg.norm(again.keypoints - poses.keypoints, axis=-1)
    return apart[poses.confidence >= VISIBLE]


def standing_speeds(motion: Motion) -> np.ndarray:
    """Return how fast, in metres a second, ankles that stand go over the floor."""
    ankles = motion.joints[:, ANKLES]
    speed = np.diff(ankles, axis=0) * motion.fps
    low = ankles[1:, :, 1] < Body().ankle_height + STANDING_HEIGHT
    stands = low & (np.abs(speed[..., 1]) < STANDING_SPEED)
    return np.linalg.norm(speed[stands][:, [0, 2]], axis=-1)


def jerk(points: np.ndarray, fps: float) -> np.ndarray:
    """Return the length (T - 3, J) of the third difference of points (T, J, N), a second cubed."""
    return np.linalg.norm(np.diff(points, 3, axis=0), axis=-1) * fps**3


def dance_rows(lifter: Lifter, songs: int) -> list[Row]:
    """Lift dances of our own dancer to songs that nobody trained on."""
    model, apart, pops, shares = load_pose_model(DANCER), [], [], []
    for number in range(songs):
        poses = generate_poses(model, hear(FIRST_SEED + number, 30.0).features, number)
        poses = poses.resampled(LIFTING_FPS)
        lifted = lift(poses, lifter)
        apart.append(distances(poses, lifted))
        scale = lifted.camera.body_height / Body().height
        flat = jerk(poses.keypoints / scale, LIFTING_FPS)
        made = jerk(lifted.motion.joints, LIFTING_FPS)
        pops.append(made.max() / flat.max())
        shares.append(np.percentile(made, 99) / np.percentile(flat, 99))
    if not apart:
        return []
    mean = 100 * float(np.concatenate(apart).mean())
    return [
        Row(f"reprojection of {songs} dances of our dancer, %", f"{mean:.3f}", ""),
        Row("... jerk against the picture's: largest, 99th percentile",
            f"{max(pops):.2f}, {max(shares):.2f}", ""),
    ]  # fmt: skip


def worst_bones(angles: np.ndarray) -> str:
    names = [*(JOINTS[child] for _, child in BONES), *HEAD_BONES]
    means = angles.mean(axis=0)
    worst = [f"{names[bone]} {means[bone]:.1f}" for bone in np.argsort(-means)]
    return "mean angle of the bones to: " + ", ".join(worst)


if __name__ == "__main__":
    main()
