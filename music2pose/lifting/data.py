"""Pairs to learn lifting from: bodies of motion capture, changed and filmed, and what is seen."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation
from torch import Tensor

from music2pose.data.choreography import MotionLibrary, build_library
from music2pose.data.pairs import WRITTEN
from music2pose.lifting.inputs import LIFTING_FPS, network_inputs
from music2pose.lifting.train_settings import LifterTraining
from music2pose.motion.camera import Camera, view_axes, visible_face
from music2pose.motion.motion import (
    Body,
    Motion,
    body_lengths,
    frame_of,
    head_frame,
    in_line,
    joints_along,
    lower_foot,
    random_body,
    unit,
)
from music2pose.pose import JOINT, NUM_JOINTS

ARM_BONES = (2, 3, 5, 6)
"""Of ``BONES``: those of the arms beyond the shoulders."""
_FACE = [JOINT[name] for name in ("nose", "right_eye", "left_eye", "right_ear", "left_ear")]
_LEGS = [JOINT[f"{side}_{part}"] for side in ("right", "left") for part in ("knee", "ankle")]


class LifterBatch(NamedTuple):
    """Windows of T frames.

    Shape:
        inputs: (B, T, NUM_INPUTS)
        directions: (B, T, 17, 3) unit vectors in the camera's axes
        real: (B, T) bool, false before a take begins and after it ends
    """

    inputs: Tensor
    directions: Tensor
    real: Tensor

    def to(self, device: torch.device) -> "LifterBatch":
        return LifterBatch(*(part.to(device) for part in self))


@dataclass(frozen=True)
class LiftingPairs:
    """Draws batches; the same for the same step.

    Shape:
        first: (N,) the library's row at which the take of each row begins
        weight: (N,) how often each row is drawn
    """

    library: MotionLibrary
    first: np.ndarray
    weight: np.ndarray
    config: LifterTraining

    def batch(self, step: int) -> LifterBatch:
        rng = np.random.default_rng((self.config.seed, step))
        count = self.config.batch_size
        rows, share, real = self._windows(rng, count)
        directions = _between(self.library.directions, rows, share)
        root = _between(self.library.root, rows, share)
        foot = _between(self.library.foot, rows, share)
        directions = in_line(_mixed_arms(directions, rng, self.config.mixed_arms))
        bodies = [random_body(rng, 0.2 if rng.random() < 0.25 else 0.08) for _ in range(count)]
        joints = _standing(directions, root, foot, bodies)
        directions, joints = _tumbled(directions, joints, rng, self.config.tumbled)
        joints += _drift(rng, joints.shape[:2], self.config.drifting)
        return _filmed(directions, joints, real, rng, self.config)

    def _windows(
        self, rng: np.random.Generator, count: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Draw stretches of takes at many speeds; return rows, shares of the next, and what is
        real, each (B, T)."""
        frames = self.config.num_frames
        speed = rng.uniform(0.7, 1.3, (count, 1)) * (rng.random((count, 1)) > 0.02)
        chosen = rng.choice(len(self.weight), count, p=self.weight)[:, None]
        first, last = self.first[chosen], chosen + self.library.remaining[chosen]
        start = chosen - rng.uniform(0, frames - 1, (count, 1)) * speed
        whole = np.clip(start, first, np.maximum(first, last - (frames - 1) * speed))
        start = np.where(rng.random((count, 1)) < 0.85, whole, start)
        place = start + np.arange(frames) * speed
        real = (place >= first) & (place <= last)
        place = np.clip(place, first, last)
        rows = np.floor(place).astype(int)
        return rows, place - rows, real


def lifting_pairs(motions: list[Motion], config: LifterTraining) -> LiftingPairs:
    """Lay takes and their mirror images out for drawing."""
    library = build_library(motions)
    ends = np.flatnonzero(library.remaining == 0)
    first = np.repeat(np.concatenate([[0], ends[:-1] + 1]), np.diff(ends, prepend=-1))
    written = np.array([motion.group.startswith(WRITTEN) for motion in motions])[library.take]
    weight = np.ones(len(first))
    if written.any() and not written.all():
        weight[written] *= config.written_share / written.sum()
        weight[~written] *= (1 - config.written_share) / (~written).sum()
    return LiftingPairs(library, first, weight / weight.sum(), config)


def _between(values: np.ndarray, rows: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return values (N, ...) at fractional rows (B, T), by straight lines."""
    share = share.reshape(*share.shape, *[1] * (values.ndim - 1))
    after = np.minimum(rows + 1, len(values) - 1)
    return values[rows] * (1 - share) + values[after] * share


def _mixed_arms(directions: np.ndarray, rng: np.random.Generator, share: float) -> np.ndarray:
    """Return some of (B, T, 16, 3) with the arms of their neighbour, held against the own chest."""
    chest = frame_of(directions[..., 4, :] - directions[..., 1, :], directions[..., 0, :])
    arms = directions[..., ARM_BONES, :] @ chest  # in the chest's own axes
    other = np.roll(arms, 1, axis=0) @ np.swapaxes(chest, -1, -2)
    mixed = rng.random(len(directions)) < share
    directions = directions.copy()
    directions[:, :, ARM_BONES] = np.where(
        mixed[:, None, None, None], other, directions[:, :, ARM_BONES]
    )
    return directions


def _standing(
    directions: np.ndarray, root: np.ndarray, foot: np.ndarray, bodies: list[Body]
) -> np.ndarray:
    """Return the joints (B, T, 18, 3), as high over the floor as ``retarget`` puts them."""
    lengths = np.array([body_lengths(body) for body in bodies])[:, None]
    ratio = np.array([[body.leg for body in bodies]]).T / Body().leg
    ankle = np.array([[body.ankle_height for body in bodies]]).T
    joints = joints_along(directions, root * ratio[..., None], lengths)
    lowest = lower_foot(joints.reshape(-1, NUM_JOINTS, 3)).reshape(foot.shape)
    joints[..., 1] += ((foot - Body().ankle_height) * ratio + ankle - lowest)[..., None]
    return joints


def _tumbled(
    directions: np.ndarray, joints: np.ndarray, rng: np.random.Generator, share: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return some bodies turned any way, on hands, back or side, the lowest joint on the floor."""
    chosen = np.flatnonzero(rng.random(len(joints)) < share)
    if not len(chosen):
        return directions, joints
    turn = Rotation.from_quat(rng.normal(size=(len(chosen), 4))).as_matrix()
    turn = np.swapaxes(turn, -1, -2)[:, None]
    directions[chosen] = directions[chosen] @ turn
    joints[chosen] = joints[chosen] @ turn
    joints[chosen, ..., 1] += 0.05 - joints[chosen, ..., 1].min(-1, keepdims=True)
    return directions, joints


def _drift(rng: np.random.Generator, shape: tuple[int, ...], share: float) -> np.ndarray:
    """Return a steady way over the floor, (B, T, 1, 3) metres, for some of the bodies."""
    count, frames = shape
    speed = rng.uniform(-1, 1, (count, 1, 1, 3)) * [1, 0, 1]
    speed *= (rng.random(count) < share)[:, None, None, None]
    seconds = (np.arange(frames) - frames / 2) / LIFTING_FPS
    return speed * seconds[None, :, None, None]


def _filmed(
    directions: np.ndarray,
    joints: np.ndarray,
    real: np.ndarray,
    rng: np.random.Generator,
    config: LifterTraining,
) -> LifterBatch:
    """Return what cameras see of each window, with the faults of poses found in pictures."""
    cameras = [_camera(rng, config) for _ in joints]
    view = np.array([view_axes(camera) for camera in cameras])[:, None]
    waist = np.array([0, Camera().waist, 0])
    seen = (joints - waist) @ np.swapaxes(view, -1, -2)
    distance = np.array([camera.distance for camera in cameras])[:, None, None]
    keypoints = seen[..., :2] / np.maximum(distance - seen[..., 2], 0.3)[..., None] * [1, -1]
    keypoints *= distance[..., None]  # metres at the dancer
    confidence = _seen_joints(joints, view, rng) * real[..., None]
    keypoints, confidence = _with_faults(keypoints, confidence, rng, config.faulty)
    up = np.broadcast_to(view[..., 1][:, :, None], (*directions.shape[:2], 1, 3))
    turned = directions @ np.swapaxes(view, -1, -2)
    true = np.concatenate([unit(turned), up], axis=-2).astype(np.float32)
    inputs = network_inputs(keypoints, confidence)
    return LifterBatch(*map(torch.from_numpy, (inputs, true, real)))


def _camera(rng: np.random.Generator, config: LifterTraining) -> Camera:
    """Return a camera as dances are filmed by, or any other."""
    if rng.random() < config.any_camera:
        return Camera(
            yaw=rng.uniform(-np.pi, np.pi),
            pitch=rng.uniform(-0.15, 0.4),
            distance=rng.uniform(2.5, 12),
        )
    return Camera(
        yaw=rng.uniform(-0.7, 0.7), pitch=rng.uniform(-0.05, 0.2), distance=rng.uniform(3.5, 7)
    )


def _seen_joints(joints: np.ndarray, view: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return confidence (B, T, 18): 1, but for the side of the face that looks away."""
    frame = view @ head_frame(joints)
    count, frames = joints.shape[:2]
    confidence = np.ones((count * frames, NUM_JOINTS))
    # End to end: what is undecided at the start of one window is as it was in another.
    for joint, seen in visible_face(frame.reshape(-1, 3, 3), np.eye(3)).items():
        confidence[:, joint] = seen
    return confidence.reshape(count, frames, NUM_JOINTS)


def _with_faults(
    keypoints: np.ndarray, confidence: np.ndarray, rng: np.random.Generator, share: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return poses of which some tremble, sit beside the joint, and miss joints for a while."""
    count, frames = confidence.shape[:2]
    chosen = (rng.random(count) < share)[:, None, None]
    shape = (count, frames, NUM_JOINTS, 2)
    trembling = rng.normal(size=shape) * 0.015 * rng.random((count, 1, 1, 1))
    wandering = gaussian_filter1d(rng.normal(size=shape), 4, axis=1) * 0.08
    beside = rng.normal(size=(count, 1, NUM_JOINTS, 2)) * 0.02
    wrong = trembling + (wandering + beside) * rng.random((count, 1, 1, 1))
    keypoints = keypoints + np.where(chosen[..., None], wrong, 0)
    unsure = rng.uniform(0.3, 1, confidence.shape)
    confidence = np.where(chosen, confidence * unsure, confidence)
    return keypoints, np.where(chosen & _missed(rng, count, frames), 0, confidence)


def _missed(rng: np.random.Generator, count: int, frames: int) -> np.ndarray:
    """Return which joints nobody finds, (B, T, 18) bool: one by one for a while, or all."""
    when = rng.uniform(-0.5, 1, (count, 1, NUM_JOINTS)) * frames
    until = when + rng.exponential(0.25, when.shape) * frames
    frame = np.arange(frames)[None, :, None]
    missed = (frame >= when) & (frame < until) & (rng.random(when.shape) < 0.15)
    kind = rng.random((count, 1, 1))
    missed |= (kind < 0.08) & (frame >= when[..., :1]) & (frame < until[..., :1])  # everybody
    missed[..., _LEGS] |= (kind > 0.92) & (kind < 0.97)
    missed[..., _FACE] |= kind > 0.96
    return missed
