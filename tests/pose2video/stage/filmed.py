"""Dances and songs of which it is known what a camera should make of them."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from music2pose.hearing.beats import even_grid
from music2pose.hearing.features import FEATURE_FPS, NUM_MELS, SongFeatures
from music2pose.motion.motion import Motion
from music2pose.motion.posture import posture
from music2pose.moves.perform import perform_move
from pose2video.mannequin.body import CAPSULES, END_RADII, START_RADII, Part

BAR_SECONDS = 2.0
LEGS = (Part.RIGHT_THIGH, Part.RIGHT_SHIN, Part.RIGHT_FOOT,
        Part.LEFT_THIGH, Part.LEFT_SHIN, Part.LEFT_FOOT)  # fmt: skip


def song_of(levels: list[float]) -> SongFeatures:
    """Return a song of 120 BPM, each bar as loud as given, in 6 dB steps: 1 is the loudest."""
    frames = round(BAR_SECONDS * FEATURE_FPS)
    loudness = np.repeat(np.array(levels, np.float32), frames)
    times = np.arange(len(loudness)) / FEATURE_FPS
    mel = np.outer(loudness, np.linspace(1, 0.5, NUM_MELS)).astype(np.float32)
    seconds = len(levels) * BAR_SECONDS
    phase = (times / 0.5 % 1).astype(np.float32), (times / BAR_SECONDS % 1).astype(np.float32)
    flat, nothing = np.full(len(times), 0.2, np.float32), np.zeros((len(times), 2), np.float32)
    grid = even_grid(seconds, 120)
    return SongFeatures(mel, flat, loudness, nothing, *phase, grid, seconds)


BUILDS_UP = [0.82] * 4 + [0.72] * 4 + [0.95] * 8
"""A verse, a build of four bars from second 8 on, and a drop at second 16."""


def moved(joints: np.ndarray, fps: float) -> Motion:
    return Motion(joints.astype(np.float32), fps, "made", "made")


@cache
def dance(kind: str, fps: float = 12.5) -> Motion:
    """Return 32 seconds of a dance."""
    names = ("grapevine", "star_jump", "lunge_clap", "running_man")
    parts = [perform_move(name, 16, 120.0, fps).joints for name in names]
    joints = np.concatenate(parts).astype(float)
    times = np.arange(len(joints))[:, None] / fps
    if kind == "travelling":
        joints[..., 0] += 2 * np.sin(0.7 * times)
        joints[..., 2] += np.sin(0.5 * times)
    if kind == "on the floor":
        share = np.clip(np.linspace(-1, 3, len(joints)), 0, 1)[:, None]
        c, s = np.cos(1.5 * share), np.sin(1.5 * share)
        x, y = joints[..., 0].copy(), joints[..., 1].copy()
        joints[..., 0], joints[..., 1] = c * x + s * y, c * y - s * x
        joints[..., 1] -= np.minimum(joints[..., 1].min(axis=1, keepdims=True) - 0.1, 0)
    if kind == "standing":
        joints[:] = joints[:1]
    return moved(joints, fps)


@dataclass(frozen=True)
class Balls:
    """What the mannequin's body is made of: where (T, P, 3), how large (P,), which (P,) are not of
    the legs."""

    points: np.ndarray
    radii: np.ndarray
    is_upper: np.ndarray


def surface(motion: Motion) -> Balls:
    """Return the balls at both ends of the capsules of a body."""
    pose = posture(motion.joints)
    starts = [pose.place(name, offset) for name, *offset in (c.start for c in CAPSULES)]
    ends = [pose.place(name, offset) for name, *offset in (c.end for c in CAPSULES)]
    radii = np.concatenate([START_RADII, END_RADII]) * pose.scale
    is_upper = np.array([capsule.part not in LEGS for capsule in CAPSULES] * 2)
    return Balls(np.stack([*starts, *ends], axis=1), radii, is_upper)


@cache
def surface_of(kind: str) -> Balls:
    return surface(dance(kind))
