"""Fasten simple shapes to a dancer's posture: templates of bodies and clothes, frame by frame."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from music2pose.motion.posture import BODY_SIDES, Posture
from pose2video.stage.faces import FACE_ROW, FACES
from pose2video.stage.field import (
    ALONG,
    AXES,
    BLEND,
    BOX,
    COLUMNS,
    CONE,
    FACE,
    GROUP,
    GROWTH,
    HALF,
    KIND,
    LIMB,
    MATERIAL,
    MIDDLE,
    ORIGIN,
    PART,
    RADIUS,
    REACH,
    RING,
    ROUND,
    ROUNDING,
    SQUARE,
    START,
)
from pose2video.stage.hanging import HANGING, swung
from pose2video.stage.materials import Material, linear, table
from pose2video.stage.people import People

Point = tuple[str, float, float, float]
"""A place of the posture, and metres of the average body along its axes."""

KINDS = ("round", "box", "cone", "ring")
"""A ball drawn from start to end while its radius changes, a box, a flat-ended cone, a torus."""
PARTS = (
    "head", "hair", "neck", "torso", "hips",
    *(f"{side}_{part}" for side in BODY_SIDES
      for part in ("upper_arm", "forearm", "hand", "thigh", "shin", "foot")),
    "extra",
)  # fmt: skip
"""What a pixel of a dancer shows, by number; limbs are the dancer's own right and left."""
POSTURE_PLACES = (
    "pelvis", "waist", "chest", "head",
    *(f"{side}_{part}" for side in BODY_SIDES
      for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")),
)  # fmt: skip
PLACES = (*POSTURE_PLACES, *HANGING)
"""Those of the posture, and what hangs from them."""
LIMBS = ("head", "trunk", *(f"{side}_{limb}" for side in BODY_SIDES for limb in ("arm", "leg")))


@dataclass(frozen=True)
class Piece:
    """A shape of a body or of clothes, in metres of the average body."""

    part: str
    start: Point
    """Of a box, ring or cone: its middle."""
    end: Point | None = None
    """Of a round shape: where it ends; of others: unused."""
    radius: tuple[float, float] = (0.05, 0.05)
    """At start and end; of a ring: of its circle and of its tube."""
    kind: str = "round"
    half: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """Half the sides of a box, half the height of a cone in the middle; otherwise how much wider
    or thinner a shape is along the axes of its place."""
    rounding: float = 0.01
    tilt: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Degrees by which a box, ring or cone is turned about the place's axes, in their order."""
    material: str = "skin"
    """Name of what it is made of; the figure says what that is."""
    group: str = "body"
    """Shapes of one group melt into each other."""
    blend: float = 0.05
    """Metres within which they do."""
    face: str = ""
    """One of ``FACES`` to paint on it."""

    def but(self, **changes: object) -> "Piece":
        return replace(self, **changes)


@dataclass(frozen=True)
class Face:
    """What is painted on heads, beside the kind of face that a piece names."""

    iris: str = "#4a3020"
    lips: str = "#b0483f"
    brows: str = "#2b1b14"
    eyes: float = 1.0
    """Size of the eyes."""
    lashes: float = 0.0
    """How long lashes and how full lips are, from 0 to 1."""
    glow: float = 0.0
    """Share of the light of eyes that they give off by themselves."""
    head: float = 1.0
    """Size of the head against the average."""


@dataclass(frozen=True)
class Figure:
    """All pieces of a dancer, and what they are made of."""

    pieces: tuple[Piece, ...]
    materials: dict[str, Material]
    face: Face = Face()
    casts_shadow: float = 1.0


def limb_of(part: str) -> int:
    """Return which of ``LIMBS`` a part of the body belongs to; the trunk for all extras."""
    if part in ("head", "hair"):
        return 0
    side, _, rest = part.partition("_")
    if side not in BODY_SIDES:
        return 1
    limb = "arm" if rest in ("upper_arm", "forearm", "hand") else "leg"
    return LIMBS.index(f"{side}_{limb}")


class Build:
    """A figure ready to be placed: what of its pieces stays the same from frame to frame."""

    def __init__(self, figure: Figure) -> None:
        groups = list(dict.fromkeys(piece.group for piece in figure.pieces))
        pieces = sorted(figure.pieces, key=lambda piece: groups.index(piece.group))
        names = list(dict.fromkeys(piece.material for piece in pieces))
        self.start, self.end = _ends(pieces)
        self.radius, self.half, self.rounding, self.blend, tilt = (
            np.array(column) for column in zip(*map(_numbers, pieces), strict=True)
        )
        self.turn = _turns(tilt)
        self.kind = np.array([KINDS.index(piece.kind) for piece in pieces])
        self.table = table([figure.materials[name] for name in names])
        self.solid = figure.casts_shadow
        self.rows = np.zeros((len(pieces), COLUMNS))
        self.rows[:, KIND] = self.kind
        self.rows[:, BLEND] = self.blend
        self.rows[:, GROUP] = [groups.index(piece.group) for piece in pieces]
        self.rows[:, MATERIAL] = [names.index(piece.material) for piece in pieces]
        for row, piece in zip(self.rows, pieces, strict=True):
            row[PART], row[LIMB] = PARTS.index(piece.part), limb_of(piece.part)
            row[FACE:] = _face_row(piece.face, figure.face)

    def place(self, origin: np.ndarray, axes: np.ndarray, scale: float) -> People:
        """Return the dancer at one moment.

        Shape:
            origin: (K, 3), axes: (K, 3, 3) rows, of the ``PLACES``
        """
        start, end = (_placed(points, origin, axes, scale) for points in (self.start, self.end))
        along = end - start
        radius = self.radius * scale
        length = np.maximum((along**2).sum(1), 1e-8)
        rounding = np.where(self.kind == RING, radius[:, 1], self.rounding * scale)
        half = np.where((self.kind == BOX)[:, None], self.half * scale, self.half)
        half[self.kind == CONE, 1] *= scale
        shapes = self.rows.copy()
        shapes[:, START : START + 3] = start
        shapes[:, ALONG : ALONG + 3] = along
        shapes[:, RADIUS] = radius[:, 0]
        shapes[:, GROWTH] = radius[:, 1] - radius[:, 0]
        shapes[:, SQUARE] = 1 / length
        shapes[:, ROUNDING] = rounding
        own = np.einsum("pij,pjk->pik", self.turn, axes[self.start[0]])
        shapes[:, AXES : AXES + 9] = own.reshape(-1, 9)
        shapes[:, HALF : HALF + 3] = half
        shapes[:, ORIGIN : ORIGIN + 3] = origin[self.start[0]]
        shapes[:, MIDDLE : MIDDLE + 3] = start + 0.5 * along * (self.kind == ROUND)[:, None]
        shapes[:, REACH] = self._reach(radius, half, np.sqrt(length))
        shapes[:, BLEND] *= scale
        shapes[:, FACE + 8] *= scale
        return People(shapes, _shades(origin, axes, scale, self.solid), self.table)

    def _reach(self, radius: np.ndarray, half: np.ndarray, length: np.ndarray) -> np.ndarray:
        """Return the radius of a ball around each piece, with room for what melts."""
        widest = radius.max(1) * np.maximum(half[:, [0, 2]].max(1), 1.0)
        box = np.linalg.norm(half, axis=1)
        cone = np.hypot(radius.max(1) * np.maximum(half[:, 2], 1.0), half[:, 1])
        ring = radius.sum(1) * np.maximum(half[:, [1, 2]].max(1), 1.0)
        kinds = [widest + length / 2, box, cone, ring]
        return np.select([self.kind == k for k in range(4)], kinds) + 0.6 * self.blend


def joined(people: Sequence[People]) -> People:
    """Return several dancers as one crowd to draw."""
    shapes, shades, tables = [], [], []
    group, material = 0.0, 0
    for number, one in enumerate(people):
        shapes.append(one.shapes.copy())
        shades.append(one.shades.copy())
        shapes[-1][:, GROUP] += group
        shapes[-1][:, MATERIAL] += material
        shapes[-1][:, LIMB] += number * len(LIMBS)
        shades[-1][:, -1] += number * len(LIMBS)
        tables.append(one.table)
        group, material = group + len(one.shapes), material + len(one.table)
    return People(np.concatenate(shapes), np.concatenate(shades), np.concatenate(tables))


def mirrored(people: People) -> People:
    """Return dancers as a floor at y = 0 reflects them."""
    shapes, shades = people.shapes.copy(), people.shades.copy()
    for column in (START, ALONG, AXES, AXES + 3, AXES + 6, ORIGIN, MIDDLE):
        shapes[:, column + 1] *= -1
    shades[:, [1, 4]] *= -1
    return people._replace(shapes=shapes, shades=shades)


def places_of(pose: Posture, frame: int) -> tuple[np.ndarray, np.ndarray]:
    """Return origins (K, 3) and axes (K, 3, 3) of the ``PLACES`` in one frame.

    What hangs is where ``swung`` has put it; in a posture that does not know, it rests.
    """
    if HANGING[0] not in pose.origin:
        return places_of(swung(pose.part(frame, frame + 1), 1.0), 0)
    origin = np.stack([pose.origin[name][frame] for name in PLACES])
    return origin, np.stack([pose.axes[name][frame] for name in PLACES])


def _numbers(piece: Piece) -> tuple:
    return piece.radius, piece.half, piece.rounding, piece.blend, piece.tilt


def _ends(pieces: Sequence[Piece]) -> tuple[tuple, tuple]:
    """Return where pieces start and end, each as ``_points`` does."""
    ends = [piece.end or piece.start for piece in pieces]
    return _points([piece.start for piece in pieces]), _points(ends)


def _points(points: Sequence[Point]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([PLACES.index(name) for name, *_ in points]), np.array([p[1:] for p in points])


def _placed(
    points: tuple[np.ndarray, np.ndarray], origin: np.ndarray, axes: np.ndarray, scale: float
) -> np.ndarray:
    place, offset = points
    return origin[place] + scale * np.einsum("pi,pij->pj", offset, axes[place])


def _turns(tilts: np.ndarray) -> np.ndarray:
    """Return (N, 3, 3) rows: axes turned by (N, 3) degrees about the first, second and third."""
    from scipy.spatial.transform import Rotation

    return np.swapaxes(Rotation.from_euler("xyz", tilts, degrees=True).as_matrix(), 1, 2)


def _face_row(kind: str, face: Face) -> np.ndarray:
    if not kind:
        return np.zeros(FACE_ROW)
    return np.array([FACES.index(kind), *linear(face.iris), *linear(face.lips), face.eyes,
                     face.head, *linear(face.brows), face.lashes, face.glow])  # fmt: skip


def _bones() -> tuple[tuple[int, Point, Point, float, float], ...]:
    """Return limb, ends and radii of the capsules by which every body casts its shadow."""
    found = [
        (0, ("head", 0, 0.035, 0), ("head", 0, -0.02, 0), 0.105, 0.095),
        (1, ("pelvis", 0, 0, 0), ("chest", 0, -0.02, 0), 0.12, 0.1),
        (1, ("right_shoulder", 0, 0, 0), ("left_shoulder", 0, 0, 0), 0.06, 0.06),
        (1, ("right_hip", 0, 0, 0), ("left_hip", 0, 0, 0), 0.09, 0.09),
    ]
    for side in BODY_SIDES:
        arm, leg = LIMBS.index(f"{side}_arm"), LIMBS.index(f"{side}_leg")
        shoulder, elbow, wrist, hip, knee, ankle = (
            f"{side}_{name}" for name in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
        )
        found += [
            (arm, (shoulder, 0, 0, 0), (elbow, 0, 0, 0), 0.058, 0.042),
            (arm, (elbow, 0, 0, 0), (wrist, 0, 0, 0), 0.042, 0.032),
            (arm, (wrist, 0, 0, 0), (wrist, 0, 0.12, 0), 0.034, 0.026),
            (leg, (hip, 0, 0, 0), (knee, 0, 0, 0), 0.085, 0.055),
            (leg, (knee, 0, 0, 0), (ankle, 0, 0, 0), 0.055, 0.045),
            (leg, (ankle, 0, -0.02, -0.03), (ankle, 0, -0.04, 0.13), 0.042, 0.036),
        ]
    return tuple(found)


_BONES = _bones()
_BONE_LIMBS = np.array([limb for limb, *_ in _BONES])
_BONE_STARTS = _points([start for _, start, *_ in _BONES])
_BONE_ENDS = _points([end for _, _, end, *_ in _BONES])
_BONE_RADII = np.array([radii for _, _, _, *radii in _BONES])


def _shades(origin: np.ndarray, axes: np.ndarray, scale: float, solid: float) -> np.ndarray:
    """Return the capsules by which a dancer casts shadows, of which ``solid`` says how wide."""
    start = _placed(_BONE_STARTS, origin, axes, scale)
    along = _placed(_BONE_ENDS, origin, axes, scale) - start
    radii = _BONE_RADII * scale * solid
    growth = radii[:, 1] - radii[:, 0]
    return np.column_stack([start, along, radii[:, 0], growth, _BONE_LIMBS])
