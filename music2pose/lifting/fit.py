"""Fit bodies to keypoints: the network's directions, bent to what is seen, on feet that stand."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from scipy.linalg import solveh_banded
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

from music2pose.lifting.belief import beliefs_of
from music2pose.lifting.build import Build
from music2pose.lifting.inputs import LIFTING_FPS
from music2pose.lifting.solve import (
    ANKLES,
    Belief,
    Pose,
    Seen,
    improved,
    placed,
    trusted,
)
from music2pose.motion.camera import view_axes
from music2pose.motion.motion import body_lengths, unit
from music2pose.motion.skeletons import STANDS_ON, floor_below
from music2pose.pose import VISIBLE

FITTING_REACH = 150
"""Frames to either side after which what is seen no longer matters."""
DIRECTION_ERROR = 0.03
"""Metres by which a joint is off its ray before the pose is bent."""
ALIKE = 20
"""Frames over which the error of a depth that is read from a body's size stays the same."""
WAY_SPREAD = 0.025
"""Metres in depth that hips usually move from frame to frame."""
HOLD_SPREAD = 0.006
"""Metres in depth that a standing foot may move from frame to frame."""
RAY_SMOOTHING = 5
"""Frames, the standard deviation over which it is smoothed in which direction a body is seen."""
DEPTH_SPREAD = 0.015
"""Metres within which hips keep the depth that is right through time."""
HELD_SPREAD = 0.003
"""Metres within which a standing ankle keeps its own."""
ANKLE_ERROR = 0.05
"""Metres by which the depth of an ankle is wrong in one frame."""
BENDS = 2
"""Gauss-Newton steps through time, before it is known which feet stand, and after."""
SMOOTH = 2.0
"""Frames, the standard deviation of the Gaussian under which corrections are smooth."""
SMOOTH_SPREAD = 0.04
"""Radians from a smooth course that a bone may take in one frame."""
LOW, HIGH = 0.04, 0.12
"""Metres over where it rests: below the first an ankle stands, above the second it does not."""
STANDING_SPEED = 0.35
"""Metres a second at which an ankle hardly counts as standing."""


class Fitted(NamedTuple):
    """Bodies in the axes of the world.

    Shape:
        directions: (T, 16, 3), root: (T, 3)
    """

    directions: np.ndarray
    root: np.ndarray


class Floating(NamedTuple):
    """Bodies that are bent to what is seen before anybody asked whether their feet stand."""

    pose: Pose
    seen: Seen
    belief: Belief
    size: "SizeDepth"

    def in_world(self, build: Build) -> Fitted:
        directions = self.pose.directions @ view_axes(build.camera)
        return Fitted(directions, build.in_world(self.pose.root))


def fitted(
    keypoints: np.ndarray, confidence: np.ndarray, found: np.ndarray, build: Build, aspect: float
) -> Fitted:
    """Return the bodies that keypoints at ``LIFTING_FPS`` show, on feet that stand.

    Shape:
        keypoints: (T, 18, 2), confidence: (T, 18)
        found: (T, 17, 3), what the network tells
    """
    floating = floating_fit(keypoints, confidence, found, build, aspect)
    return on_feet(floating, build).in_world(build)


def floating_fit(
    keypoints: np.ndarray, confidence: np.ndarray, found: np.ndarray, build: Build, aspect: float
) -> Floating:
    """Return the same before it is asked whether feet stand."""
    lengths = body_lengths(build.body)
    weight = np.where(confidence >= VISIBLE, np.minimum(confidence, 1), 0.0) ** 2
    seen = Seen(build.rays(keypoints.astype(np.float64), aspect), weight, build.camera.distance)
    directions, spread = beliefs_of(along_rays(found.astype(np.float64), seen))
    pose = Pose(directions, np.zeros((len(found), 3)))
    seen = trusted(placed(pose, seen, lengths)[0], seen, lengths)
    pose, sure = placed(pose, seen, lengths)
    size = SizeDepth(pose.root[:, 2], sure / DIRECTION_ERROR**2 / ALIKE)
    depth = steady_depth(size, np.zeros((len(found), 2)), np.zeros((len(found), 2)))
    pose = at_depth(pose, depth, seen.distance)
    nothing = np.zeros((len(found), 2, 2))
    up = view_axes(build.camera)[:, 1]
    belief = Belief(directions, spread, depth, DEPTH_SPREAD, nothing, nothing + np.inf, up)
    return Floating(bent(pose, seen, belief, lengths), seen, belief, size)


def along_rays(found: np.ndarray, seen: Seen) -> np.ndarray:
    """Return what the network tells (T, 17, 3) in the axes of the camera.

    It tells it in those of somebody who looks straight at the body: who stands to the side of the
    picture and is seen from ahead does not face along the camera's axis.
    """
    weight = seen.weight + 1e-9
    across = (seen.rays[..., 0] * weight).sum(1) / weight.sum(1)
    angle = np.arctan(gaussian_filter1d(across, RAY_SMOOTHING))
    turns = Rotation.from_rotvec(-angle[:, None] * [0, 1, 0]).as_matrix()
    return found @ np.swapaxes(turns, -1, -2)


def on_feet(floating: Floating, build: Build) -> Floating:
    """Return bodies whose feet, while they stand, keep their depth and are on the floor."""
    lengths = body_lengths(build.body)
    pose, seen, belief, size = floating
    joints = pose.joints(lengths)
    in_world = build.in_world(joints)
    floor = floor_below(in_world, LIFTING_FPS)[:, None]
    in_world[..., 1] -= floor
    low, stands = standing(in_world[:, ANKLES])
    rise = floor + stands * (in_world[:, ANKLES, 1] - STANDS_ON["ankle"])
    ankles = joints[:, ANKLES]
    apart = ankles[..., 2] - pose.root[:, 2:]
    depth = steady_depth(size, apart, stands)
    held = [held_depth(depth + apart[:, foot], stands[:, foot]) for foot in (0, 1)]
    places = np.stack([np.stack(held, axis=1), ankles @ belief.up - rise], axis=-1)
    share = np.maximum(np.stack([stands, low], axis=-1), 1e-9)
    belief = replace(belief, depth=depth, ankles=places, ankle_spread=HELD_SPREAD / np.sqrt(share))
    return floating._replace(pose=bent(pose, seen, belief, lengths), belief=belief)


def bent(pose: Pose, seen: Seen, belief: Belief, lengths: np.ndarray) -> Pose:
    """Return the pose after some Gauss-Newton steps, all but the first smooth through time."""
    pose = improved(pose, seen, belief, lengths)
    for _ in range(BENDS):
        pose = improved(pose, seen, _smoothly(belief, pose), lengths)
    return pose


def _smoothly(belief: Belief, pose: Pose) -> Belief:
    """Return a belief that also follows how the network was corrected in the frames around.

    A bone that lies across the view hardly tells by its length how far it points to or from the
    viewer: frame by frame it would jump to and fro.
    """
    corrected = gaussian_filter1d(pose.directions - belief.directions, SMOOTH, axis=0)
    share = 1 / (1 + np.square(SMOOTH_SPREAD / belief.spread))
    directions = unit(belief.directions + share[..., None] * corrected)
    return replace(belief, directions=directions, spread=SMOOTH_SPREAD * np.sqrt(share))


def at_depth(pose: Pose, depth: np.ndarray, distance: float) -> Pose:
    """Return the pose with its hips at a depth (T,), moved along the line to the camera."""
    nearer = (distance - depth) / np.maximum(distance - pose.root[:, 2], 0.3)
    across = pose.root[:, :2] * nearer[:, None]
    return Pose(pose.directions, np.concatenate([across, depth[:, None]], axis=1))


def standing(ankles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return how much ankles are low, and how much they stand, both (T, 2) from 0 to 1.

    They stand while they are low and move neither up or down nor, as the viewer sees it, to the
    side.

    Shape:
        ankles: (T, 2, 3) in the axes of the world
    """
    height = ankles[..., 1] - STANDS_ON["ankle"]
    low = np.clip((HIGH - height) / (HIGH - LOW), 0, 1)
    if len(ankles) < 2:
        return low, low
    speed = np.gradient(gaussian_filter1d(ankles[..., :2], 1, axis=0), axis=0) * LIFTING_FPS
    return low, low * np.exp(-np.square(speed / STANDING_SPEED).sum(-1))


class SizeDepth(NamedTuple):
    """How far away a body is by its size in the picture.

    Shape:
        depth: (T,) metres towards the camera
        sure: (T,) 1 / square metres
    """

    depth: np.ndarray
    sure: np.ndarray


def steady_depth(size: SizeDepth, ankles: np.ndarray, stands: np.ndarray) -> np.ndarray:
    """Return the depth of the hips (T,) that goes with the body's size and with feet that stand.

    Least squares through time: hips go at a usual pace, and against it as feet that stand tell.

    Shape:
        ankles: (T, 2) metres of the ankles towards the camera from the hips; stands: (T, 2)
    """
    held = np.minimum(stands[1:], stands[:-1]) / HOLD_SPREAD**2
    bond = held.sum(1) + WAY_SPREAD**-2
    step = -(held * np.diff(ankles, axis=0)).sum(1) / bond
    return _through_time(size.depth, size.sure, step, bond)


def held_depth(depth: np.ndarray, stands: np.ndarray) -> np.ndarray:
    """Return the depth (T,) of an ankle that holds still while it stands."""
    bond = np.minimum(stands[1:], stands[:-1]) / HOLD_SPREAD**2
    return _through_time(depth, np.full(len(depth), ANKLE_ERROR**-2), 0 * bond, bond)


def _through_time(
    values: np.ndarray, sure: np.ndarray, step: np.ndarray, bond: np.ndarray
) -> np.ndarray:
    """Return the x (T,) of the least sum of sure (x - values)^2 and bond (x's steps - step)^2.

    Shape:
        values, sure: (T,); step, bond: (T - 1,)
    """
    sure = sure + 1e-6
    if len(values) < 2:
        return values
    diagonal = sure + np.append(bond, 0) + np.append(0, bond)
    pull = sure * values - np.append(bond * step, 0) + np.append(0, bond * step)
    return solveh_banded(np.stack([np.append(0, -bond), diagonal]), pull)
