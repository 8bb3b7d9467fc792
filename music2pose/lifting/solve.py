"""Bend a body, frame by frame, so that its joints lie on the rays on which they are seen.

A Gauss-Newton step (Gauss 1809) for all frames at once: the place of the hips, the directions of
the bones and the turn of the head move together to where they agree best with what is seen and
with what the network believes.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial.transform import Rotation

from music2pose.motion.motion import BONES, FACE, ROOT, frame_of, joints_along, unit
from music2pose.pose import JOINT, NUM_JOINTS

KEYS = (0, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13)
"""Of ``BONES`` and the head those that point freely: the right shoulder and hip follow the left."""
NUM_KEYS = len(KEYS)
ANKLES = (JOINT["right_ankle"], JOINT["left_ankle"])
SEEN_WITHIN = 0.008
"""Metres within which a joint of confidence 1 lies on its ray."""
STARTLING = 0.2
"""Metres from where the network believes a joint; one farther away is hardly believed."""
LARGEST_STEP = 0.7
"""Radians that a bone tilts in one step at most, about."""
PLACE_SPREAD = 0.5
"""Metres to the side and in height within which hips stay where they are if nothing is seen."""


def _paths() -> np.ndarray:
    """Return (18, 12): how often each free bone is walked along from the hips to a joint."""
    paths = np.zeros((NUM_JOINTS, NUM_KEYS))
    followers = {1: (KEYS.index(4), -1.0), 7: (KEYS.index(10), -1.0)}
    for bone, (parent, child) in enumerate(BONES):
        key, sign = followers.get(bone) or (KEYS.index(bone), 1.0)
        paths[child] = 0 if parent == ROOT else paths[parent]
        paths[child, key] += sign
    for name in FACE:
        paths[JOINT[name]] = paths[JOINT["neck"]]
        paths[JOINT[name], KEYS.index(13)] = 1
    return paths


PATHS = _paths()
ROW_JOINTS = np.repeat([*range(NUM_JOINTS), *ANKLES], 2)
"""The joint that each of the 40 equations of a frame is about."""
FACE_JOINTS = [JOINT[name] for name in FACE]
_FACE_OFFSETS = np.array(list(FACE.values()))


@dataclass(frozen=True)
class Seen:
    """What a picture says of joints.

    Shape:
        rays: (T, 18, 2) metres a metre away, x to the right and y down
        weight: (T, 18) how much each counts, from 0 to 1
        distance: metres to the camera from the origin
    """

    rays: np.ndarray
    weight: np.ndarray
    distance: float

    def equations(self) -> tuple[np.ndarray, np.ndarray]:
        """Return A (T, 18, 2, 3) and b (T, 18, 2): a joint at x lies on its ray if A x = b."""
        x, y = self.rays[..., 0], -self.rays[..., 1]
        one, none = np.ones_like(x), np.zeros_like(x)
        rows = [np.stack([one, none, x], -1), np.stack([none, one, y], -1)]
        return np.stack(rows, -2), np.stack([x, y], -1) * self.distance


@dataclass(frozen=True)
class Belief:
    """What is believed of a body before a frame is looked at.

    Shape:
        directions: (T, 16, 3) unit vectors in the camera's axes
        spread: (T, 16) radians by which they may be wrong
        depth: (T,) metres of the hips towards the camera; depth_spread: metres
        ankles: (T, 2, 2) depth and height over the waist of the right and left ankle
        ankle_spread: (T, 2, 2) metres, infinite where nothing is known
        up: (3,) the world's up in the camera's axes
    """

    directions: np.ndarray
    spread: np.ndarray
    depth: np.ndarray
    depth_spread: float
    ankles: np.ndarray
    ankle_spread: np.ndarray
    up: np.ndarray


@dataclass(frozen=True)
class Pose:
    """Bodies in the camera's axes.

    Shape:
        directions: (T, 16, 3), root: (T, 3)
    """

    directions: np.ndarray
    root: np.ndarray

    def joints(self, lengths: np.ndarray) -> np.ndarray:
        return joints_along(self.directions, self.root, lengths)


def improved(pose: Pose, seen: Seen, belief: Belief, lengths: np.ndarray) -> Pose:
    """Return the pose after a Gauss-Newton step.

    The unknowns of a frame are the way of the hips (3), the turn of the head (3), and how far each
    free bone tilts along two axes square on it (24).

    Shape:
        lengths: (15,), see ``body_lengths``
    """
    tangent = _tangents(pose.directions[:, KEYS])
    reach = np.repeat(PATHS * lengths[list(KEYS)], 2, axis=1)
    rows = _seen_rows(pose, seen, lengths), _ankle_rows(pose, belief, lengths)
    axes, missing = (np.concatenate(column, axis=1) for column in zip(*rows, strict=True))
    slopes = np.concatenate([axes, axes[..., :3] @ tangent * reach[ROW_JOINTS]], axis=-1)
    back = np.swapaxes(slopes, 1, 2)
    matrix, pull = back @ slopes, (back @ missing[..., None])[..., 0]
    _add_bones(matrix, pull, pose, belief, tangent)
    _add_head(matrix, pull, pose, belief)
    _add_place(matrix, pull, pose, belief)
    step = np.linalg.solve(matrix, pull[..., None])[..., 0]
    return _moved(pose, step, tangent)


def _tangents(directions: np.ndarray) -> np.ndarray:
    """Return two axes square on each of (T, 12, 3) and on each other, as columns (T, 3, 24)."""
    least = np.eye(3)[np.abs(directions).argmin(-1)]
    first = unit(np.cross(directions, least))
    both = np.stack([first, np.cross(directions, first)], axis=2)
    return np.swapaxes(both.reshape(len(both), -1, 3), 1, 2)


def _seen_rows(pose: Pose, seen: Seen, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rays' equations.

    Shape:
        returns: how they change with the place of a joint and the turn of the head, (T, 36, 6),
            and what is missing, (T, 36)
    """
    axes, there = seen.equations()
    missing = there - (axes @ pose.joints(lengths)[..., None])[..., 0]
    forward, left = pose.directions[:, 14], pose.directions[:, 15]
    frame = frame_of(left, np.cross(forward, left))
    offsets = _FACE_OFFSETS * lengths[-1] @ np.swapaxes(frame, -1, -2)
    turns = np.zeros_like(axes)
    turns[:, FACE_JOINTS] = np.cross(offsets[:, :, None], axes[:, FACE_JOINTS])
    weight = (np.sqrt(seen.weight) / SEEN_WITHIN)[..., None]
    slopes = np.concatenate([axes, turns], axis=-1) * weight[..., None]
    count = len(slopes)
    return slopes.reshape(count, -1, 6), (missing * weight).reshape(count, -1)


def _ankle_rows(pose: Pose, belief: Belief, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the same of ankles that keep their depth and height, (T, 4, 6) and (T, 4)."""
    axes = np.stack([[0.0, 0, 1], belief.up])
    now = pose.joints(lengths)[:, ANKLES] @ axes.T
    weight = 1 / belief.ankle_spread
    slopes = np.concatenate([axes, np.zeros((2, 3))], axis=1) * weight[..., None]
    count = len(now)
    missing = (belief.ankles - now) * weight
    return slopes.reshape(count, -1, 6), missing.reshape(count, -1)


def _add_bones(
    matrix: np.ndarray, pull: np.ndarray, pose: Pose, belief: Belief, tangent: np.ndarray
) -> None:
    weight = np.repeat(belief.spread[:, KEYS] ** -2, 2, axis=1)
    apart = np.repeat((belief.directions - pose.directions)[:, KEYS], 2, axis=1)
    along = np.einsum("tck,tkc->tk", tangent, apart)
    unknowns = np.arange(6, 6 + 2 * NUM_KEYS)
    matrix[:, unknowns, unknowns] += weight
    pull[:, unknowns] += weight * along


def _add_head(matrix: np.ndarray, pull: np.ndarray, pose: Pose, belief: Belief) -> None:
    for bone in (14, 15):
        axis, weight = pose.directions[:, bone], belief.spread[:, bone] ** -2
        square = np.eye(3) - axis[:, :, None] * axis[:, None]
        matrix[:, 3:6, 3:6] += square * weight[:, None, None]
        pull[:, 3:6] += np.cross(axis, belief.directions[:, bone]) * weight[:, None]


def _add_place(matrix: np.ndarray, pull: np.ndarray, pose: Pose, belief: Belief) -> None:
    for axis in (0, 1):
        matrix[:, axis, axis] += PLACE_SPREAD**-2
    matrix[:, 2, 2] += belief.depth_spread**-2
    pull[:, 2] += (belief.depth - pose.root[:, 2]) * belief.depth_spread**-2


def _moved(pose: Pose, step: np.ndarray, tangent: np.ndarray) -> Pose:
    directions = pose.directions.copy()
    tilts = np.swapaxes(tangent * step[:, None, 6:], 1, 2).reshape(len(step), NUM_KEYS, 2, 3)
    directions[:, KEYS] += np.clip(tilts.sum(2), -LARGEST_STEP, LARGEST_STEP)
    for left in (4, 10):
        directions[:, left - 3] = -directions[:, left]
    turn = Rotation.from_rotvec(np.clip(step[:, 3:6], -LARGEST_STEP, LARGEST_STEP)).as_matrix()
    directions[:, 14:] = directions[:, 14:] @ np.swapaxes(turn, -1, -2)
    return Pose(unit(directions), pose.root + step[:, :3])


def placed(pose: Pose, seen: Seen, lengths: np.ndarray) -> tuple[Pose, np.ndarray]:
    """Return the pose with its hips where the rays have them, and how surely in depth, (T,).

    The second is the weight of the depth in squared metres to the power -1, were each joint right
    to within a metre.
    """
    axes, there = seen.equations()
    offsets = replace(pose, root=np.zeros_like(pose.root)).joints(lengths)
    missing = there - (axes @ offsets[..., None])[..., 0]
    weighted = axes * seen.weight[..., None, None]
    matrix = np.einsum("tjra,tjrb->tab", weighted, axes) + np.diag([1e-6, 1e-6, 1e-6])
    pull = np.einsum("tjra,tjr->ta", weighted, missing)
    root = np.linalg.solve(matrix, pull[..., None])[..., 0]
    sure = 1 / np.linalg.inv(matrix)[:, 2, 2]
    return replace(pose, root=root), np.maximum(sure - 1e-6, 0)


def trusted(pose: Pose, seen: Seen, lengths: np.ndarray) -> Seen:
    """Return what is seen with joints far from where the pose has them hardly believed.

    The weights are those of Geman and McClure (1985).
    """
    axes, there = seen.equations()
    joints = pose.joints(lengths)
    missing = there - (axes @ joints[..., None])[..., 0]
    doubt = 1 + (missing**2).sum(-1) / STARTLING**2
    return replace(seen, weight=seen.weight / doubt**2)
