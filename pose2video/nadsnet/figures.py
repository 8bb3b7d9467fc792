"""Figures of thick limbs before made-up scenes: pictures of dancers without any data."""

from dataclasses import dataclass

import cv2
import numpy as np

from music2pose.motion.camera import Camera, follow, view_axes, visible_face
from music2pose.motion.motion import Body, Motion, body_frame, head_frame, random_body, retarget
from music2pose.moves.perform import authored_moves
from music2pose.pose import JOINT
from pose2video.draw import SUBPIXEL_BITS

FIGURE_FPS = 10.0
MAX_YAW = 1.3
"""Radians to either side from which a figure is seen, beside its own turns."""
PITCHES = (-0.1, 0.3)
"""Radians from which it is seen from above."""
BODY_HEIGHTS = (0.5, 0.85)
"""Of a standing figure, as shares of the canvas."""
ROUND_END = np.exp(2j * np.pi * np.arange(12) / 12).view(float).reshape(12, 2)
LIGHT = 0.35
"""How much lighter the lit half of a limb is."""

TOES, HANDS, CROWN = ("right_toe", "left_toe"), ("right_hand", "left_hand"), "crown"
BODY_PARTS = (
    ("right_shoulder", "right_elbow", 0.052, "sleeve"),
    ("right_elbow", "right_wrist", 0.042, "forearm"),
    ("right_wrist", "right_hand", 0.042, "skin"),
    ("left_shoulder", "left_elbow", 0.052, "sleeve"),
    ("left_elbow", "left_wrist", 0.042, "forearm"),
    ("left_wrist", "left_hand", 0.042, "skin"),
    ("right_hip", "right_knee", 0.075, "trousers"),
    ("right_knee", "right_ankle", 0.055, "shin"),
    ("right_ankle", "right_toe", 0.045, "shoe"),
    ("left_hip", "left_knee", 0.075, "trousers"),
    ("left_knee", "left_ankle", 0.055, "shin"),
    ("left_ankle", "left_toe", 0.045, "shoe"),
    ("neck", "crown", 0.045, "skin"),
)
"""Capsules: from, to, radius in metres, and whose colour they have."""
TRUNK_CORNERS = ("right_shoulder", "left_shoulder", "left_hip", "right_hip")
TRUNK_WIDTH = 0.16
FACE_POINTS = ("right_eye", "left_eye", "nose", "right_ear", "left_ear")


@dataclass(frozen=True)
class DrawnFigure:
    """A picture of somebody, and its pose.

    Shape:
        picture: (S, S, 3) uint8 RGB
        keypoints: (18, 2), fractions of the picture
        confidence: (18,), 0 for points of the face that look away
    """

    picture: np.ndarray
    keypoints: np.ndarray
    confidence: np.ndarray


def written_poses(seed: int, variations: int = 1) -> np.ndarray:
    """Return bodies in the middle of the written moves, (N, 18, 3) metres, facing about +z."""
    rng = np.random.default_rng(seed)
    return body_poses(authored_moves(rng, variations), seed)


def body_poses(motions: list[Motion], seed: int) -> np.ndarray:
    """Return bodies (N, 18, 3) in metres, ten a second, each motion in a build of its own."""
    rng = np.random.default_rng(seed)
    framed = [
        follow(retarget(motion, random_body(rng, 0.12))).resampled(FIGURE_FPS) for motion in motions
    ]
    return np.concatenate([motion.joints for motion in framed]).astype(np.float32)


def random_figure(joints: np.ndarray, size: int, rng: np.random.Generator) -> DrawnFigure:
    """Dress a body, put it into a scene, and look at it from somewhere.

    Shape:
        joints: (18, 3) metres, y up
    """
    view = view_axes(Camera(yaw=rng.uniform(-MAX_YAW, MAX_YAW), pitch=rng.uniform(*PITCHES)))
    points = _points(joints.astype(np.float64))
    places, depth = _seen_from(points, view, rng)
    keypoints = np.stack([places[name] for name in JOINT])
    confidence = np.ones(len(JOINT), np.float32)
    frame = head_frame(joints[None].astype(np.float64))
    for joint, seen in visible_face(frame, view).items():
        confidence[joint] = seen[0]
    scale = _pixels_per_metre(places, points) * size
    picture = random_scene(size, rng)
    _shadow(picture, places, scale, rng)
    _paint(picture, places, depth, confidence, scale, rng)
    return DrawnFigure(picture, keypoints.astype(np.float32), confidence)


def random_scene(size: int, rng: np.random.Generator) -> np.ndarray:
    """Return a background (size, size, 3) uint8: blobs of colour, a floor, things about."""
    coarse = int(rng.choice([2, 3, 6, 12]))
    noise = rng.uniform(0, 255, (coarse, coarse, 3)) * rng.uniform(0, 0.8) + rng.uniform(0, 150, 3)
    soft = cv2.INTER_CUBIC if rng.random() < 0.7 else cv2.INTER_NEAREST
    scene = cv2.resize(noise.clip(0, 255).astype(np.uint8), (size, size), interpolation=soft)
    if rng.random() < 0.5:
        floor = round(size * rng.uniform(0.6, 0.95))
        scene[floor:] = (0.4 * scene[floor:] + 0.6 * rng.uniform(0, 255, 3)).astype(np.uint8)
    for _ in range(rng.integers(8)):
        first, second = rng.integers(0, size, (2, 2))
        color = rng.uniform(0, 255, 3).tolist()
        cv2.line(scene, first, second, color, int(rng.integers(1, size // 10)), cv2.LINE_AA)
    return scene


def _points(joints: np.ndarray) -> dict[str, np.ndarray]:
    """Return the joints by name, with hands, toes and the top of the head added."""
    points = {name: joints[index] for name, index in JOINT.items()}
    forward = body_frame(joints)[:, 2]
    for side, toe, hand in zip(("right", "left"), TOES, HANDS, strict=True):
        shin = points[f"{side}_ankle"] - points[f"{side}_knee"]
        points[toe] = points[f"{side}_ankle"] + 0.17 * forward + 0.13 * shin
        points[hand] = points[f"{side}_wrist"] + 0.3 * (
            points[f"{side}_wrist"] - points[f"{side}_elbow"]
        )
    points[CROWN] = (points["right_ear"] + points["left_ear"]) / 2
    return points


def _seen_from(
    points: dict[str, np.ndarray], view: np.ndarray, rng: np.random.Generator
) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """Return where each point lies in the picture, as fractions of it, and how near it is."""
    distance = rng.uniform(3, 8)
    scale = rng.uniform(*BODY_HEIGHTS) / Body().height * distance
    middle = np.array([0.5, 0.5]) + rng.normal(0, 0.05, 2)
    seen = {name: view @ (point - [0, 0.9, 0]) for name, point in points.items()}
    places = {
        name: middle + scale * point[:2] * [1, -1] / max(distance - point[2], 1.0)
        for name, point in seen.items()
    }
    return places, {name: float(point[2]) for name, point in seen.items()}


def _pixels_per_metre(places: dict[str, np.ndarray], points: dict[str, np.ndarray]) -> float:
    limbs = [part[:2] for part in BODY_PARTS if part[3] in ("sleeve", "trousers", "shin")]
    lengths = [
        np.linalg.norm(places[a] - places[b]) / max(np.linalg.norm(points[a] - points[b]), 0.05)
        for a, b in limbs
    ]
    return float(max(lengths))


def _shadow(
    picture: np.ndarray, places: dict[str, np.ndarray], scale: float, rng: np.random.Generator
) -> None:
    if rng.random() < 0.5:
        feet = (places["right_ankle"] + places["left_ankle"]) / 2 * len(picture)
        axes = (round(0.45 * scale), round(0.12 * scale))
        covered = np.zeros(picture.shape[:2], np.float32)
        cv2.ellipse(
            covered, feet.round().astype(int).tolist(), axes, 0, 0, 360, 1.0, -1, cv2.LINE_AA
        )
        picture[:] = (picture * (1 - rng.uniform(0.2, 0.8) * covered[..., None])).astype(np.uint8)


def _paint(
    picture: np.ndarray,
    places: dict[str, np.ndarray],
    depth: dict[str, float],
    confidence: np.ndarray,
    scale: float,
    rng: np.random.Generator,
) -> None:
    """Paint the body's parts, those further away first."""
    colors = _clothes(rng)
    stoutness = rng.uniform(0.75, 1.3)
    light = rng.normal(0, 1, 2)
    light = light / np.linalg.norm(light)
    shapes = [
        (TRUNK_CORNERS, TRUNK_WIDTH / 2, "top"),
        *((part[:2], *part[2:]) for part in BODY_PARTS),
    ]
    for names, radius, who in sorted(shapes, key=lambda part: np.mean([depth[n] for n in part[0]])):
        outline = [places[name] * len(picture) for name in names]
        _lit(picture, outline, 2 * radius * scale * stoutness, colors[who], light)
    _head(picture, places, confidence, scale, colors, light)


def _clothes(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Return a colour for each part; clay figures are of one colour throughout."""
    names = ("skin", "hair", "top", "trousers", "shoe", "eye")
    drawn = {name: rng.uniform(0, 255, 3) for name in names}
    if rng.random() < 0.4:
        drawn = {name: drawn["skin"] + rng.normal(0, 8, 3) for name in names}
        drawn["eye"] = drawn["skin"] * 0.4
    elif rng.random() < 0.8:
        drawn["skin"] = np.array([225, 180, 150]) * rng.uniform(0.3, 1.05) + rng.normal(0, 8, 3)
    long_sleeves, long_trousers = rng.random(2) < 0.5
    return drawn | {
        "sleeve": drawn["top"],
        "forearm": drawn["top" if long_sleeves else "skin"],
        "shin": drawn["trousers" if long_trousers else "skin"],
    }


def _head(
    picture: np.ndarray,
    places: dict[str, np.ndarray],
    confidence: np.ndarray,
    scale: float,
    colors: dict[str, np.ndarray],
    light: np.ndarray,
) -> None:
    """Paint the head: the skin where the face looks, hair behind, and the points that are seen."""
    size = len(picture)
    centre = places[CROWN] * size
    toward = places["nose"] * size - centre
    _lit(picture, [centre, centre], 0.23 * scale, colors["hair"], light)
    if confidence[JOINT["nose"]]:
        face = centre + 0.35 * toward
        _lit(picture, [face, face], 0.18 * scale, colors["skin"], light)
    for name in FACE_POINTS:
        if confidence[JOINT[name]]:
            ear = name.endswith("ear")
            spot, color = places[name] * size, colors["skin" if ear else "eye"]
            _lit(picture, [spot, spot], (0.05 if ear else 0.03) * scale, color, light)


def _lit(
    picture: np.ndarray,
    points: list[np.ndarray],
    width: float,
    color: np.ndarray,
    light: np.ndarray,
) -> None:
    """Paint a rounded shape around ``points``, and once more, thinner and lighter, to the light."""
    for share, shift, factor in ((1.0, 0.0, 1 - LIGHT / 2), (0.6, 0.18, 1 + LIGHT / 2)):
        moved = [point + shift * width * light for point in points]
        shade = np.clip(color * factor, 0, 255).tolist()
        _rounded(picture, moved, max(share * width, 0.8), shade)


def _rounded(
    picture: np.ndarray, points: list[np.ndarray], width: float, color: list[float]
) -> None:
    around = np.concatenate([point + 0.5 * width * ROUND_END for point in points])
    hull = cv2.convexHull(np.rint((around - 0.5) * (1 << SUBPIXEL_BITS)).astype(np.int32))
    cv2.fillConvexPoly(picture, hull, color, cv2.LINE_AA, SUBPIXEL_BITS)
