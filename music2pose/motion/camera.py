"""Film a Motion: a following camera turns 3D joints into a PoseSequence."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import gaussian_filter1d

from music2pose import MusicError
from music2pose.motion.motion import Body, Motion, body_frame, head_frame, hip_centre
from music2pose.pose import JOINT, PoseSequence


@dataclass(frozen=True)
class Camera:
    """Where the viewer stands, and how large and how low a person stands on the canvas."""

    yaw: float = 0.0
    """Radians to the dancer's left of straight ahead; 0 looks the dancer in the face."""
    pitch: float = 0.0
    """Radians above the height of the waist, looking down by as much."""
    distance: float = 5.0
    """Metres from the dancer's waist."""
    body_height: float = 0.65
    """Height on the canvas of a standing ``Body()``, as a share of the canvas."""
    floor: float = 0.9
    """Where on the canvas the floor below the dancer lies; 0 is the top."""
    waist: float = 1.0
    """Metres above the floor of the point that the camera turns around."""

    def __post_init__(self) -> None:
        if not self.distance >= 1.5:
            raise MusicError(f"distance must be at least 1.5 m, got {self.distance}")
        if not abs(self.pitch) < 1.2:
            raise MusicError(f"pitch must be within 1.2 rad of level, got {self.pitch}")


def project(motion: Motion, camera: Camera, aspect: float = 1.0) -> PoseSequence:
    """Return what ``camera`` sees of ``motion``, standing around the origin of the floor."""
    view = view_axes(camera)
    joints = motion.joints.astype(np.float64)
    focal = camera.body_height / Body().height * camera.distance
    ground = _perspective(np.zeros((1, 3)), view, camera, focal)[0]
    keypoints = _perspective(joints, view, camera, focal) - ground + [aspect / 2, camera.floor]
    confidence = np.ones(joints.shape[:2], np.float32)
    for joint, seen in visible_face(head_frame(joints) if len(joints) else joints, view).items():
        confidence[:, joint] = seen
    return PoseSequence(keypoints.astype(np.float32), confidence, motion.fps, aspect)


def view_axes(camera: Camera) -> np.ndarray:
    """Return (3, 3): rows are the camera's right, up and backward (towards it) in the world."""
    cy, sy, cp, sp = (
        np.cos(camera.yaw),
        np.sin(camera.yaw),
        np.cos(camera.pitch),
        np.sin(camera.pitch),
    )
    backward = np.array([sy * cp, sp, cy * cp])
    right = np.array([cy, 0, -sy])
    return np.stack([right, np.cross(backward, right), backward])


def _perspective(points: np.ndarray, view: np.ndarray, camera: Camera, focal: float) -> np.ndarray:
    """Return (..., 2) positions, x right and y down, around the picture of the waist."""
    seen = (points - [0, camera.waist, 0]) @ view.T
    depth = np.maximum(camera.distance - seen[..., 2:], 0.3)
    return focal * seen[..., :2] / depth * [1, -1]


FACE_LIMITS = {
    "right_ear": (0, -1, -0.42), "left_ear": (0, 1, -0.42),
    "right_eye": (1, -1, -0.05), "left_eye": (1, 1, -0.05), "nose": (2, 0, -0.2),
}  # fmt: skip
"""Joint: (0 ear, 1 eye, 2 nose), side, and how far it may look away before it hides (cosine)."""
HYSTERESIS = 0.12
"""How much further (cosine) a hidden point must turn back before it shows again."""


def visible_face(frame: np.ndarray, view: np.ndarray) -> dict[int, np.ndarray]:
    """Return for each face joint whether it is seen in each frame, (T,) bool.

    A point shows while the direction it looks in points near enough to the camera: ears to the
    side, the nose ahead, eyes ahead and a little to the side.

    Shape:
        frame: (T, 3, 3), the head's left, up and forward
        view: (3, 3), from ``view_axes``
    """
    left, forward = frame[..., 0] @ view[2], frame[..., 2] @ view[2]
    seen = {}
    for name, (kind, side, limit) in FACE_LIMITS.items():
        looks = (side * left, 0.8 * forward + 0.6 * side * left, forward)[kind]
        seen[JOINT[name]] = _with_hysteresis(looks, limit, limit + HYSTERESIS)
    return seen


def _with_hysteresis(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return (T,) bool: on above ``high``, off below ``low``, in between as it was before."""
    middle = (low + high) / 2
    decided = (values > high) | (values < low)
    last = np.maximum.accumulate(np.where(decided, np.arange(len(values)), -1))
    start = bool(len(values)) and bool(values[0] > middle)
    return np.where(last < 0, start, values[np.maximum(last, 0)] > middle)


def heading(joints: np.ndarray) -> np.ndarray:
    """Return (T,) radians, unwrapped: 0 faces +z, a quarter turn to the left faces +x.

    Frames in which the body lies on its side tell no heading and take that of their neighbours.
    """
    left = body_frame(joints.astype(np.float64))[..., 0][:, [0, 2]]
    angle = np.unwrap(np.arctan2(-left[:, 1], left[:, 0]))
    clear = np.linalg.norm(left, axis=-1) > 0.35
    if clear.any():
        frames = np.arange(len(angle))
        angle = np.interp(frames, frames[clear], np.unwrap(angle[clear]))
    return angle


def follow(motion: Motion, smooth_seconds: float = 1.5) -> Motion:
    """Return the motion as a camera sees it that walks and turns with the dancer, but lazily.

    The root's way over the floor and the heading, both smoothed over ``smooth_seconds`` (the
    width of the window, four standard deviations), are taken out: what is left is centred, faces
    +z and keeps its quick turns and steps. Heights are not touched.
    """
    joints = motion.joints.astype(np.float64)
    sigma = smooth_seconds / 4 * motion.fps
    way = gaussian_filter1d(hip_centre(joints)[:, [0, 2]], sigma, axis=0, mode="nearest")
    angle = gaussian_filter1d(heading(joints), sigma, mode="nearest")
    joints[..., [0, 2]] -= way[:, None]
    c, s = np.cos(angle)[:, None], np.sin(angle)[:, None]
    x, z = joints[..., 0].copy(), joints[..., 2].copy()
    joints[..., 0], joints[..., 2] = c * x - s * z, s * x + c * z
    return replace(motion, joints=joints.astype(np.float32))


def random_camera(rng: np.random.Generator, max_yaw: float = 0.5) -> Camera:
    """Return a camera for augmentation: yaw, pitch, distance and framing vary a little."""
    return Camera(
        yaw=rng.uniform(-max_yaw, max_yaw),
        pitch=rng.uniform(-0.05, 0.2),
        distance=rng.uniform(3.5, 7.0),
        body_height=rng.uniform(0.62, 0.7),
    )
