"""A plain body around a humanoid skeleton, so that whoever opens the file sees somebody dance."""

from typing import NamedTuple

import numpy as np

from music2pose.motion.humanoid import PARENTS, Humanoid
from music2pose.motion.motion import Body

_SIDES = {
    "Shoulder": (0.05, 0.055), "Arm": (0.048, 0.048), "ForeArm": (0.038, 0.038),
    "Hand": (0.018, 0.042), "UpLeg": (0.075, 0.08), "Leg": (0.052, 0.056),
    "Foot": (0.042, 0.034), "ToeBase": (0.042, 0.02),
}  # fmt: skip
_MIDDLE = {
    "Hips": (0.145, 0.1), "Spine": (0.12, 0.09), "Spine1": (0.125, 0.095),
    "Spine2": (0.135, 0.1), "Neck": (0.048, 0.052), "Head": (0.078, 0.098),
}  # fmt: skip
THICKNESS = _MIDDLE | {f"{s}{part}": t for s in ("Right", "Left") for part, t in _SIDES.items()}
"""Joint: half the width and half the depth of what it carries, in metres of the average body, as
seen from the front in a T-pose; of arms half the height and half the depth."""
OVERLAP = 0.5
"""How far an ellipsoid goes on beyond both ends of its bone, in its smaller thickness."""
_CARRIED = {"Hips": "Spine1", "Spine2": "Neck"}
"""Which child a joint that has several carries its part towards."""
MERIDIANS, PARALLELS = 12, 7
"""Of an ellipsoid, its two poles not counted."""


class Mesh(NamedTuple):
    """A surface in the T-pose.

    Shape:
        positions, normals: (V, 3) float32, metres
        joints: (V,), the place in ``PARENTS`` of the joint that carries a point
        triangles: (F, 3) uint16, anticlockwise as seen from outside
    """

    positions: np.ndarray
    normals: np.ndarray
    joints: np.ndarray
    triangles: np.ndarray


def body_mesh(dancer: Humanoid) -> Mesh:
    """Return an ellipsoid along what each joint carries."""
    ball, triangles = _ball()
    places, size = dancer.rest_places(), _size(dancer)
    parts: list[tuple[np.ndarray, ...]] = []
    for number, name in enumerate(PARENTS):
        span = _span(dancer, name)
        axes = _axes(span, np.array(THICKNESS[name]) * size)
        normals = ball @ np.linalg.inv(axes)
        parts.append((
            places[name] + span / 2 + ball @ axes.T,
            normals / np.linalg.norm(normals, axis=1, keepdims=True),
            np.full(len(ball), number),
            triangles + number * len(ball),
        ))  # fmt: skip
    positions, normals, joints, faces = map(np.concatenate, zip(*parts, strict=True))
    return Mesh(positions.astype("<f4"), normals.astype("<f4"), joints, faces.astype("<u2"))


def _span(dancer: Humanoid, name: str) -> np.ndarray:
    """Return (3,), from a joint to the end of what it carries."""
    if name in dancer.ends:
        return dancer.ends[name]
    child = _CARRIED.get(name) or next(child for child in PARENTS if PARENTS[child] == name)
    return dancer.offsets[child]


def _axes(span: np.ndarray, thickness: np.ndarray) -> np.ndarray:
    """Return (3, 3): columns are half the width, half the length and half the depth."""
    length = np.linalg.norm(span)
    along = span / length
    across = np.eye(3)[1 if abs(along[0]) > 0.7 else 0]
    across = across - (across @ along) * along
    across /= np.linalg.norm(across)
    sizes = thickness[0], length / 2 + OVERLAP * thickness.min(), thickness[1]
    return np.stack([across, along, np.cross(across, along)], axis=-1) * sizes


def _size(dancer: Humanoid) -> float:
    """Return how tall the body is against the average one."""
    return float((dancer.rest_places()["Head"] + dancer.ends["Head"])[1] / Body().height)


def _ball() -> tuple[np.ndarray, np.ndarray]:
    """Return the points (V, 3) of a unit ball, pole to pole along y, and its triangles (F, 3)."""
    polar = np.pi * np.arange(1, PARALLELS + 1)[:, None] / (PARALLELS + 1)
    round_y = 2 * np.pi * np.arange(MERIDIANS) / MERIDIANS
    rings = np.stack([
        np.sin(polar) * np.sin(round_y), np.cos(polar) + 0 * round_y,
        np.sin(polar) * np.cos(round_y),
    ], axis=-1)  # fmt: skip
    points = np.concatenate([[[0, 1, 0]], rings.reshape(-1, 3), [[0, -1, 0]]])
    index = 1 + np.arange(PARALLELS * MERIDIANS).reshape(PARALLELS, MERIDIANS)
    here, after = index, np.roll(index, -1, axis=1)
    top, bottom = np.zeros(MERIDIANS, int), np.full(MERIDIANS, len(points) - 1)
    triangles = [
        np.stack([top, here[0], after[0]], axis=-1),
        np.stack([here[:-1], here[1:], after[1:]], axis=-1).reshape(-1, 3),
        np.stack([here[:-1], after[1:], after[:-1]], axis=-1).reshape(-1, 3),
        np.stack([bottom, after[-1], here[-1]], axis=-1),
    ]
    return points, np.concatenate(triangles)
