"""A dancer in three dimensions: the Motion type, bone directions and bodies of any proportions."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.interpolate import CubicSpline

from music2pose import MusicError
from music2pose.pose import JOINT, MIRRORED, NUM_JOINTS


@dataclass(frozen=True)
class Motion:
    """One dancer's take in three dimensions.

    Right-handed axes in metres: y up, and a dancer who faces +z has the left hand at +x. The
    floor is at y = 0, so the ankles of a standing dancer are a little above it. Whatever the
    source used, the scale is such that the legs are as long as ``Body``'s.

    Shape:
        joints: (T, 18, 3) float32, finite, in the order of ``music2pose.pose.JOINTS``
    """

    joints: np.ndarray
    fps: float
    name: str
    """Unique in a data folder; a cut part of a take carries a suffix."""
    group: str
    """Takes of one group show one moment or one choreography: keep them in the same split."""
    bpm: float | None = None
    """Tempo of the music that was danced to, where the set knows it."""
    music_start: float = 0.0
    """Seconds into that music at which frame 0 lies; a beat falls at time 0 of the music."""
    family: str = ""
    """The name under which people ask for such moves; empty where it has none."""

    def __post_init__(self) -> None:
        if self.joints.shape != (len(self.joints), NUM_JOINTS, 3):
            raise MusicError(f"joints of {self.name} must be (T, 18, 3), got {self.joints.shape}")
        if not np.isfinite(self.joints).all():
            raise MusicError(f"joints of {self.name} must be finite, got NaN or infinity")
        if not (np.isfinite(self.fps) and self.fps > 0):
            raise MusicError(f"fps of {self.name} must be a positive number, got {self.fps}")

    def __len__(self) -> int:
        return len(self.joints)

    @property
    def seconds(self) -> float:
        return len(self) / self.fps

    def part(self, start: int, stop: int, suffix: str = "") -> "Motion":
        """Return frames ``start`` to ``stop`` (not included) under the name + ``suffix``."""
        return replace(
            self,
            joints=self.joints[start:stop],
            name=self.name + suffix,
            music_start=self.music_start + start / self.fps,
        )

    def at_times(self, times: np.ndarray, fps: float) -> "Motion":
        """Return the poses at ``times`` (seconds) by cubic splines; the ends hold still.

        Joints are interpolated one by one, so bones change by fractions of a millimetre between
        frames; ``retarget`` makes their lengths exact again.

        Shape:
            times: (N,)
        """
        position = np.clip(np.asarray(times, np.float64) * self.fps, 0, max(len(self) - 1, 0))
        if len(self) < 2:
            joints = self.joints[np.zeros(len(position), int)]
        else:
            joints = CubicSpline(np.arange(len(self)), self.joints, axis=0)(position)
        return replace(self, joints=joints.astype(np.float32), fps=fps)

    def resampled(self, fps: float) -> "Motion":
        """Return the same take at another frame rate."""
        return self.at_times(np.arange(max(1, round(self.seconds * fps))) / fps, fps)

    def mirrored(self) -> "Motion":
        """Return the take as a mirror shows it, with left and right joints exchanged."""
        joints = self.joints[:, MIRRORED] * np.array([-1, 1, 1], np.float32)
        return replace(self, joints=joints, name=self.name + "_mirrored")


ROOT = -1
"""Parent index of the bones that start at the virtual root, the middle of the hips."""

BONES = (
    (ROOT, JOINT["neck"]),
    (JOINT["neck"], JOINT["right_shoulder"]),
    (JOINT["right_shoulder"], JOINT["right_elbow"]),
    (JOINT["right_elbow"], JOINT["right_wrist"]),
    (JOINT["neck"], JOINT["left_shoulder"]),
    (JOINT["left_shoulder"], JOINT["left_elbow"]),
    (JOINT["left_elbow"], JOINT["left_wrist"]),
    (ROOT, JOINT["right_hip"]),
    (JOINT["right_hip"], JOINT["right_knee"]),
    (JOINT["right_knee"], JOINT["right_ankle"]),
    (ROOT, JOINT["left_hip"]),
    (JOINT["left_hip"], JOINT["left_knee"]),
    (JOINT["left_knee"], JOINT["left_ankle"]),
)
"""The bones that move by themselves as (parent, child), every parent before its children."""

HEAD_BONES = ("head", "face_forward", "face_left")
"""After ``BONES``: from the neck to the middle of the ears, then two axes of the rigid head."""

_BONE_FIELDS = (
    "torso", "shoulder", "upper_arm", "forearm", "shoulder", "upper_arm", "forearm",
    "hip", "thigh", "shin", "hip", "thigh", "shin",
)  # fmt: skip
_RIGHT, _LEFT, _UP, _DOWN, _AHEAD = (-1, 0, 0), (1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1)
_RESTS = np.array([
    _UP, *[_RIGHT] * 3, *[_LEFT] * 3, _RIGHT, _DOWN, _DOWN, _LEFT, _DOWN, _DOWN, _UP, _AHEAD, _LEFT,
], float)  # fmt: skip
"""(16, 3) the directions of a body that stands with its arms stretched sideways."""


@dataclass(frozen=True)
class Body:
    """Lengths of a body in metres; the defaults are average adults of 1.7 m.

    Segment lengths follow Drillis and Contini (1966) as shares of the height; shoulders, hips and
    face are narrowed from the outer body to the points that OpenPose marks.
    """

    torso: float = 0.288 * 1.7
    """From the middle of the hips to the middle of the shoulders."""
    shoulder: float = 0.107 * 1.7
    """Half the distance of the shoulders."""
    upper_arm: float = 0.186 * 1.7
    forearm: float = 0.146 * 1.7
    hip: float = 0.062 * 1.7
    """Half the distance of the hips."""
    thigh: float = 0.245 * 1.7
    shin: float = 0.246 * 1.7
    ankle_height: float = 0.045 * 1.7
    """Of the ankle above the floor when the foot is flat."""
    head: float = 0.112 * 1.7
    """From the middle of the shoulders to the middle of the ears."""
    face: float = 1.0
    """Size of the face against the average."""

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not value > 0:
                raise MusicError(f"{name} of a body must be a positive length, got {value}")

    @property
    def leg(self) -> float:
        return self.thigh + self.shin

    @property
    def height(self) -> float:
        """From the floor to the top of the head, about 0.13 m above the ears."""
        return self.ankle_height + self.leg + self.torso + self.head + 0.13 * self.face


def random_body(rng: np.random.Generator, spread: float = 0.08) -> Body:
    """Return a body whose every length differs from the average by up to ``spread``, as a share."""
    return Body(
        **{
            name: value * rng.uniform(1 - spread, 1 + spread)
            for name, value in vars(Body()).items()
        }
    )


FACE = {
    "nose": (0.0, -0.025, 0.105),
    "right_eye": (-0.033, 0.020, 0.085),
    "left_eye": (0.033, 0.020, 0.085),
    "right_ear": (-0.075, 0.0, 0.0),
    "left_ear": (0.075, 0.0, 0.0),
}
"""Face points of the average body in metres: to the left, up and forward of the ears' middle."""


def place_face(
    joints: np.ndarray, centre: np.ndarray, frame: np.ndarray, size: float | np.ndarray = 1
) -> None:
    """Write the five face points into ``joints``.

    Shape:
        joints: (..., 18, 3), changed in place
        centre: (..., 3), the middle of the ears
        frame: (..., 3, 3), columns point to the head's left, up and forward
        size: one number, or (..., 1)
    """
    for name, offset in FACE.items():
        joints[..., JOINT[name], :] = centre + frame @ np.array(offset) * size


def unit(
    vectors: np.ndarray, fallback: tuple[float, float, float] | np.ndarray = (0, 1, 0)
) -> np.ndarray:
    """Return ``vectors`` (..., 3) with length 1; those of no length become ``fallback``."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.where(length > 1e-6, vectors / np.maximum(length, 1e-6), np.asarray(fallback, float))


def frame_of(left: np.ndarray, up: np.ndarray) -> np.ndarray:
    """Return right-handed frames (..., 3, 3) with columns left, up, forward.

    ``left`` keeps its direction, ``up`` is bent to stand square on it.
    """
    left = unit(left, (1, 0, 0))
    forward = unit(np.cross(left, up), (0, 0, 1))
    return np.stack([left, np.cross(forward, left), forward], axis=-1)


def hip_centre(joints: np.ndarray) -> np.ndarray:
    """Return the virtual root of (..., 18, 3) joints, the middle of the hips."""
    return (joints[..., JOINT["right_hip"], :] + joints[..., JOINT["left_hip"], :]) / 2


def body_frame(joints: np.ndarray) -> np.ndarray:
    """Return the body's own axes (..., 3, 3): columns left, up, forward.

    Left is the mean of what the shoulders and the hips say.
    """
    sides = [
        unit(joints[..., JOINT[f"left_{part}"], :] - joints[..., JOINT[f"right_{part}"], :])
        for part in ("shoulder", "hip")
    ]
    return frame_of(sides[0] + sides[1], joints[..., JOINT["neck"], :] - hip_centre(joints))


def head_frame(joints: np.ndarray) -> np.ndarray:
    """Return the head's axes (..., 3, 3), columns left, up, forward, from its rigid face."""
    ears = _ears(joints)
    eyes = (joints[..., JOINT["left_eye"], :] + joints[..., JOINT["right_eye"], :]) / 2
    nose_share = FACE["left_eye"][2] / FACE["nose"][2]  # makes the forward parts cancel
    up = eyes - ears - nose_share * (joints[..., JOINT["nose"], :] - ears)
    return frame_of(joints[..., JOINT["left_ear"], :] - joints[..., JOINT["right_ear"], :], up)


def _ears(joints: np.ndarray) -> np.ndarray:
    return (joints[..., JOINT["left_ear"], :] + joints[..., JOINT["right_ear"], :]) / 2


def bone_directions(motion: Motion) -> np.ndarray:
    """Return the direction of every bone, all that is needed to move another body the same way.

    Shape:
        returns: (T, 16, 3) float32 unit vectors: ``BONES``, then ``HEAD_BONES``
    """
    joints = motion.joints.astype(np.float64)
    root = hip_centre(joints)
    ends = [joints[:, child] - (root if parent == ROOT else joints[:, parent])
            for parent, child in BONES]  # fmt: skip
    frame = head_frame(joints)
    ends += [_ears(joints) - joints[:, JOINT["neck"]], frame[..., 2], frame[..., 0]]
    return unit(np.stack(ends, axis=1)).astype(np.float32)


def from_directions(directions: np.ndarray, root: np.ndarray, body: Body) -> np.ndarray:
    """Return the joints of ``body`` whose bones point along ``directions``.

    Directions are made unit length first, so any weighted mean of two poses' directions gives a
    pose whose limbs are as long as ever. Where a mean has no direction at all, the bone takes that
    of a standing body.

    Shape:
        directions: (T, 16, 3), need not be unit length
        root: (T, 3), the middle of the hips
        returns: (T, 18, 3) float32
    """
    return joints_along(in_line(directions), root, body_lengths(body)).astype(np.float32)


def body_lengths(body: Body) -> np.ndarray:
    """Return the lengths (15,) that ``joints_along`` takes: of ``BONES``, the head, and the face's
    size."""
    return np.array([getattr(body, name) for name in (*_BONE_FIELDS, "head", "face")])


def joints_along(directions: np.ndarray, root: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Return the joints of bodies that may differ from each other, from ``in_line`` directions.

    Shape:
        directions: (..., 16, 3) unit vectors
        root: (..., 3), the middle of the hips
        lengths: (..., 15) of each body, see ``body_lengths``
        returns: (..., 18, 3)
    """
    joints = np.zeros((*directions.shape[:-2], NUM_JOINTS, 3))
    ends = directions[..., : len(BONES) + 1, :] * lengths[..., : len(BONES) + 1, None]
    for index, (parent, child) in enumerate(BONES):
        start = root if parent == ROOT else joints[..., parent, :]
        joints[..., child, :] = start + ends[..., index, :]
    forward, left = (directions[..., len(BONES) + k, :] for k in (1, 2))
    frame = frame_of(left, np.cross(forward, left))
    centre = joints[..., JOINT["neck"], :] + ends[..., len(BONES), :]
    place_face(joints, centre, frame, lengths[..., -1:])
    return joints


_PAIRS = ((1, 4), (7, 10))
"""Bones from the middle to the right and left shoulder, and hip: each pair is one line."""


def in_line(directions: np.ndarray) -> np.ndarray:
    """Return unit ``directions`` with both shoulders, and both hips, in line across the spine.

    Shape:
        directions, returns: (..., 16, 3)
    """
    directions = np.array(directions, np.float64)
    for right, left in _PAIRS:
        directions[..., left, :] -= directions[..., right, :]
        directions[..., right, :] = -directions[..., left, :]
    return unit(directions, _RESTS)


def leg_length(joints: np.ndarray) -> float:
    """Return the median length of thigh plus shin, over frames and both legs, of (T, 18, 3)."""
    chain = [[JOINT[f"{side}_{part}"] for part in ("hip", "knee", "ankle")]
             for side in ("right", "left")]  # fmt: skip
    legs = [np.linalg.norm(np.diff(joints[:, ids], axis=1), axis=-1).sum(-1) for ids in chain]
    return float(np.median(legs))


def retarget(motion: Motion, body: Body) -> Motion:
    """Return the same movement made by ``body``: directions stay, lengths become the body's.

    The root travels in proportion to the legs and is then lifted or lowered in every frame so
    that the lower foot is as high over the floor, again in proportion, as it was.
    """
    ratio = body.leg / leg_length(motion.joints)
    root = hip_centre(motion.joints.astype(np.float64)) * ratio
    joints = from_directions(bone_directions(motion), root, body)
    wanted = (lower_foot(motion.joints) - Body().ankle_height) * ratio + body.ankle_height
    joints[..., 1] += (wanted - lower_foot(joints))[:, None]
    return replace(motion, joints=joints)


def lower_foot(joints: np.ndarray) -> np.ndarray:
    """Return the height (T,) of the lower ankle, blended over 2 cm so that it has no kinks."""
    heights = joints[:, [JOINT["right_ankle"], JOINT["left_ankle"]], 1].astype(np.float64)
    low = heights.min(axis=1, keepdims=True)
    weight = np.exp((low - heights) / 0.02)
    return (heights * weight).sum(1) / weight.sum(1)
