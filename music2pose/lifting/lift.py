"""Lift a dance: keypoints become a body in three dimensions, and the camera that sees it so."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import torch

from checkpoints.store import load_model
from music2pose import MusicError
from music2pose.lifting.build import Build
from music2pose.lifting.fit import FITTING_REACH, Fitted, fitted
from music2pose.lifting.inputs import (
    FEWEST_SEEN,
    LIFTING_FPS,
    SIZE_REACH,
    network_inputs,
    somebody_seen,
)
from music2pose.lifting.measure import measured_build
from music2pose.lifting.network import LiftingNetwork
from music2pose.motion.camera import Camera
from music2pose.motion.motion import Body, Motion, bone_directions, from_directions, hip_centre
from music2pose.motion.skeletons import grounded
from music2pose.pose import MIRRORED, VISIBLE, PoseSequence

DEFAULT_FOLDER = "checkpoints/lifter"
CHUNK = 1000
"""Frames, 40 s, that are lifted at once, beside those around them that they depend on."""
MIRRORED_BONES = (0, 4, 5, 6, 1, 2, 3, 10, 11, 12, 7, 8, 9, 13, 14, 15)
"""``MIRRORED_BONES[b]`` is the bone on the other side of the body from bone ``b``."""


@dataclass(frozen=True)
class Lifted:
    """A dance as a body that moves, and the camera before which it gives the keypoints again."""

    motion: Motion
    """y up, in metres, the floor at y = 0, seen from +z; it goes its own way over the floor."""
    camera: Camera
    """``project(motion, camera, poses.aspect)`` lies on the poses."""
    body: Body
    """One for the whole dance; its legs are as long as ``Body()``'s."""


@dataclass(frozen=True)
class Lifter:
    """A trained network, and how it is asked."""

    network: LiftingNetwork

    @property
    def reach(self) -> int:
        """Frames to either side that a direction depends on."""
        return self.network.config.reach + SIZE_REACH

    @torch.no_grad()
    def directions(self, keypoints: np.ndarray, confidence: np.ndarray) -> np.ndarray:
        """Return what the network tells of a dance at ``LIFTING_FPS``, in the camera's axes.

        It is asked twice, the second time about the mirror image, and the mean is taken.

        Shape:
            keypoints: (T, 18, 2), confidence: (T, 18)
            returns: (T, 17, 3), of length 1 or, the less sure, shorter
        """
        mirror = keypoints[:, MIRRORED] * [-1, 1], confidence[:, MIRRORED]
        inputs = np.stack([network_inputs(*kind) for kind in ((keypoints, confidence), mirror)])
        device = next(self.network.parameters()).device
        straight, other = self.network(torch.from_numpy(inputs).to(device)).cpu().numpy()
        back = other[:, (*MIRRORED_BONES, len(MIRRORED_BONES))] * [-1, 1, 1]
        back[:, -2] *= -1  # the face's left is the only bone that is the same side in a mirror
        found = (straight + back) / 2
        return found / np.maximum(1, np.linalg.norm(found, axis=-1, keepdims=True))


@cache
def load_lifter(folder: str | Path = DEFAULT_FOLDER) -> Lifter:
    """Return the lifter in a folder or Hub repository.

    Raises:
        CheckpointError: there is none, or it is broken.
    """
    return Lifter(load_model(LiftingNetwork, folder))


def lift(poses: PoseSequence, lifter: Lifter | None = None) -> Lifted:
    """Return the body that the poses show, with the lifter that ships if none is given.

    Memory beside the poses and the result does not grow with the dance: the body and the camera
    are measured on some stretches of it, then one ``CHUNK`` after the other is lifted. While
    nobody is seen the body goes over from the last pose to the next one.

    Raises:
        MusicError: nobody is seen in any frame.
    """
    lifter = lifter or load_lifter()
    even = poses if poses.fps == LIFTING_FPS else poses.resampled(LIFTING_FPS)
    somebody = somebody_seen(even.confidence)
    if not somebody.any():
        raise MusicError(
            f"nobody is seen in the {len(poses)} poses: no frame shows {FEWEST_SEEN} joints or "
            f"more with a confidence of {VISIBLE} or more; give poses of somebody"
        )
    build = measured_build(even, lifter.directions, lifter.reach)
    parts = list(_lifted_chunks(even, build, lifter))
    directions, root = (np.concatenate(column) for column in zip(*parts, strict=True))
    directions, root = _bridged(directions, somebody), _bridged(root, somebody)
    joints = from_directions(directions, root, build.body)
    standing = grounded(joints, LIFTING_FPS)
    lowered = float((joints - standing)[:, 0, 1].mean())
    camera = replace(build.camera, floor=build.floor - build.scale * lowered)
    motion = Motion(standing, LIFTING_FPS, "lifted", "lifted")
    return Lifted(_at_rate_of(poses, motion, build.body), camera, build.body)


def _lifted_chunks(poses: PoseSequence, build: Build, lifter: Lifter) -> Iterator[Fitted]:
    """Yield one chunk after the other, each lifted with what lies around it."""
    around = lifter.reach + FITTING_REACH
    for start in range(0, len(poses), CHUNK):
        stop = min(start + CHUNK, len(poses))
        part = slice(max(0, start - around), min(len(poses), stop + around))
        keypoints, confidence = poses.keypoints[part], poses.confidence[part]
        found = lifter.directions(keypoints, confidence)
        body = fitted(keypoints, confidence, found, build, poses.aspect)
        inner = slice(start - part.start, stop - part.start)
        yield Fitted(*(column[inner].astype(np.float32) for column in body))


def _bridged(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return values (T, ...) led over in straight lines where they are not known, (T,) bool."""
    frames = np.arange(len(values))
    flat = values.reshape(len(values), -1).copy()
    for column in flat.T:
        column[~known] = np.interp(frames[~known], frames[known], column[known])
    return flat.reshape(values.shape)


def _at_rate_of(poses: PoseSequence, motion: Motion, body: Body) -> Motion:
    """Return a motion at the rate of the poses, every bone as long as ever."""
    if poses.fps == motion.fps:
        return motion
    motion = motion.at_times(np.arange(len(poses)) / poses.fps, poses.fps)
    joints = from_directions(bone_directions(motion), hip_centre(motion.joints), body)
    return replace(motion, joints=joints)
