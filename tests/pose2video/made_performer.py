"""A performer painted on the spot: a doll of coloured limbs who dances on a simple stage."""

from pathlib import Path

import cv2
import numpy as np

from music2pose.pose import JOINT, LIMBS, PoseSequence
from pose2video.performer.performer import Performer, PerformerRecord, save_performer
from tests.stand_in import STANDING

COLORS = {"right": (200, 60, 50), "left": (40, 110, 200), "neck": (230, 180, 150)}


def dancing(num_frames: int, fps: float = 25.0, seed: int = 0) -> PoseSequence:
    """Return somebody who swings arms and legs, each at a pace of its own."""
    rng = np.random.default_rng(seed)
    keypoints = np.repeat(STANDING[None], num_frames, axis=0).astype(np.float64)
    times = np.arange(num_frames) / fps
    chains = [("shoulder", "elbow", "wrist", 1.5), ("hip", "knee", "ankle", 0.45)]
    for side in ("right", "left"):
        for *names, reach in chains:
            root, middle, end = (JOINT[f"{side}_{name}"] for name in names)
            angle = reach * np.sin(2 * np.pi * rng.uniform(0.3, 0.9) * times + rng.uniform(0, 6))
            for joint, factor in ((middle, 1.0), (end, 1.5)):
                parent = root if joint == middle else middle
                bone = STANDING[joint] - STANDING[parent]
                keypoints[:, joint] = keypoints[:, parent] + _turned(bone, factor * angle)
    keypoints[..., 0] += 0.06 * np.sin(2 * np.pi * 0.35 * times + seed)[:, None]
    return PoseSequence(
        keypoints.astype(np.float32), np.ones((num_frames, 18), np.float32), fps, 1.0
    )


def _turned(bone: np.ndarray, angle: np.ndarray) -> np.ndarray:
    x = bone[0] * np.cos(angle) - bone[1] * np.sin(angle)
    y = bone[0] * np.sin(angle) + bone[1] * np.cos(angle)
    return np.stack([x, y], axis=1)


def doll(keypoints: np.ndarray, size: int) -> np.ndarray:
    """Paint the doll in one pose on its stage, (size, size, 3) uint8 RGB."""
    rows = np.linspace(0, 1, size)[:, None, None]
    stage = np.where(rows < 0.75, [60, 70, 100] + 60 * rows, [120, 100, 80] - 30 * rows)
    picture = np.repeat(stage, size, axis=1).astype(np.uint8)
    pixels = keypoints * size
    middle = pixels[[JOINT["right_hip"], JOINT["left_hip"]], 0].mean()
    shadow = (round(middle), round(0.86 * size)), (size // 8, size // 40)
    cv2.ellipse(picture, *shadow, 0, 0, 360, (55, 45, 40), -1, cv2.LINE_AA)
    width = max(2, round(0.06 * size))
    for start, end in LIMBS[:12]:
        name = next(name for name, index in JOINT.items() if index == end)
        points = [tuple(int(v) for v in np.rint(pixels[j])) for j in (start, end)]
        cv2.line(picture, *points, COLORS[name.split("_")[0]], width, cv2.LINE_AA)
    nose = tuple(int(v) for v in np.rint(pixels[JOINT["nose"]]))
    cv2.circle(picture, nose, round(0.05 * size), COLORS["neck"], -1, cv2.LINE_AA)
    return picture


def made_performer(folder: Path, num_frames: int = 40, size: int = 64, seed: int = 0) -> Performer:
    poses = dancing(num_frames, seed=seed)
    frames = (doll(keypoints, size) for keypoints in poses.keypoints)
    return save_performer(
        folder, poses, frames, PerformerRecord("doll", "painted by the tests", "MIT")
    )
