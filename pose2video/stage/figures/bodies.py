"""The body of a person as a table of simple shapes, and how builds differ from the average."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from music2pose.motion.posture import BODY_SIDES
from pose2video.stage.pieces import Piece, Point

SIDES = tuple(zip(BODY_SIDES, (-1.0, 1.0), strict=True))
"""Names of the sides, and where they lie along the axis that points left."""
ARM, LEG = ("shoulder", "elbow", "wrist"), ("hip", "knee", "ankle")


@dataclass(frozen=True)
class Proportions:
    """How thick a body is against the average one; its bones are as long as the dance says."""

    head: float = 1.06
    """Size; the others are widths."""
    neck: float = 1.0
    shoulders: float = 1.0
    chest: float = 1.0
    waist: float = 1.0
    hips: float = 1.0
    arms: float = 1.0
    legs: float = 1.0
    hands: float = 1.0
    bust: float = 0.0

    def at(self, part: str, place: str) -> float:
        """Return by how much a part is wider at a place of the posture."""
        of_part = {"neck": self.neck, "head": self.head, "hair": self.head}
        if part in of_part:
            return of_part[part]
        if part.endswith("hand"):
            return self.hands
        of_place = {"chest": self.chest, "waist": self.waist, "pelvis": self.hips,
                    "cape": self.chest, "skirt": self.hips, "shoulder": self.shoulders,
                    "elbow": self.arms, "wrist": self.arms, "hip": self.legs, "knee": self.legs,
                    "ankle": 0.5 + 0.5 * self.legs, "hair": self.head, "head": self.head,
                    "hair_end": self.head}  # fmt: skip
        return of_place.get(place.removeprefix("right_").removeprefix("left_"), 1.0)


BUILDS = {
    "woman": {"neck": 0.84, "shoulders": 0.84, "chest": 0.85, "waist": 0.76, "hips": 0.97,
              "arms": 0.83, "legs": 0.93, "hands": 0.88, "head": 0.98, "bust": 1.0},
    "man": {"shoulders": 1.05, "chest": 1.04, "waist": 0.98, "arms": 1.05, "neck": 1.05,
            "hips": 0.93},
    "child": {"head": 1.3, "neck": 0.85, "shoulders": 0.92, "chest": 0.9, "waist": 0.98,
              "hips": 0.93, "arms": 0.96, "hands": 0.95},
    "slim": {"chest": 0.92, "waist": 0.85, "hips": 0.9, "arms": 0.85, "legs": 0.86,
             "shoulders": 0.9},
    "broad": {"shoulders": 1.28, "chest": 1.15, "waist": 1.02, "arms": 1.28, "legs": 1.1,
              "neck": 1.22, "hands": 1.1},
    "stout": {"chest": 1.16, "waist": 1.42, "hips": 1.24, "arms": 1.16, "legs": 1.2,
              "shoulders": 1.08, "neck": 1.12, "hands": 1.06},
    "tall": {"head": 0.9, "chest": 0.93, "waist": 0.92, "hips": 0.93, "arms": 0.9, "legs": 0.9},
    "short": {"head": 1.14, "chest": 1.08, "waist": 1.1, "hips": 1.08, "arms": 1.08,
              "legs": 1.1},
}  # fmt: skip
"""Factors on the average body."""


def built(builds: Iterable[str], usual: Proportions | None = None) -> Proportions:
    """Return the proportions of a body of several builds.

    >>> built(("tall", "slim")).head < Proportions().head
    True
    """
    found = vars(usual or Proportions()).copy()
    for build in builds:
        for name, factor in BUILDS[build].items():
            found[name] = factor if name == "bust" else found[name] * factor
    return Proportions(**found)


def human(bust: float = 0.0) -> tuple[Piece, ...]:
    """Return the naked body of a person of average build."""
    trunk = (
        Piece("torso", ("chest", 0, -0.11, 0.014), ("waist", 0, 0, 0.01), (0.096, 0.09)),
        Piece("hips", ("waist", 0, 0, 0.01), ("pelvis", 0, 0.0, 0.004), (0.09, 0.096)),
        Piece("neck", ("chest", 0, 0.0, -0.018), ("head", 0, -0.05, -0.018), (0.05, 0.046)),
    )
    curves = [
        Piece("torso", ("chest", 0.052 * x, -0.135, 0.07), ("chest", 0.056 * x, -0.165, 0.082),
              (0.05 * bust, 0.054 * bust), blend=0.06)
        for _, x in SIDES if bust
    ]  # fmt: skip
    return (*trunk, *curves, *(piece for side, x in SIDES for piece in _limbs(side, x)))


def head(face: str = "human") -> tuple[Piece, ...]:
    """Return a person's head: skull, jaw, nose and ears."""
    of: dict[str, Any] = {"group": "head", "face": face}
    return (
        Piece("head", ("head", 0, 0.03, 0.004), ("head", 0, 0.01, 0.016), (0.094, 0.088), **of),
        Piece("head", ("head", 0, -0.022, 0.024), ("head", 0, -0.07, 0.044), (0.073, 0.04), **of),
        Piece("head", ("head", 0, -0.004, 0.098), ("head", 0, -0.027, 0.106), (0.008, 0.0125),
              blend=0.026, group="head", face=face),
        *(Piece("head", ("head", x * 0.09, 0.008, -0.004), ("head", x * 0.087, -0.014, -0.002),
                (0.018, 0.013), group="head") for _, x in SIDES),
    )  # fmt: skip


def _limbs(side: str, x: float) -> tuple[Piece, ...]:
    shoulder, elbow, wrist = (f"{side}_{name}" for name in ARM)
    hip, knee, ankle = (f"{side}_{name}" for name in LEG)
    arm, fore, thigh, shin = (
        f"{side}_{name}" for name in ("upper_arm", "forearm", "thigh", "shin")
    )
    return (
        Piece("torso", ("chest", 0.075 * x, -0.105, 0), ("waist", 0.05 * x, 0, 0), (0.088, 0.084)),
        Piece("hips", ("waist", 0.05 * x, 0, 0), ("pelvis", 0.066 * x, 0.02, -0.004),
              (0.084, 0.092)),
        Piece("hips", ("pelvis", 0.07 * x, -0.02, -0.045), ("pelvis", 0.075 * x, -0.03, -0.045),
              (0.078, 0.078)),
        Piece("torso", ("chest", 0.06 * x, -0.05, 0), (shoulder, -0.012, 0.0, 0), (0.062, 0.056)),
        Piece("torso", ("chest", 0.03 * x, 0.025, -0.018), (shoulder, 0, 0, 0), (0.042, 0.052)),
        Piece(arm, (shoulder, 0, 0, 0), (elbow, 0, 0, 0), (0.058, 0.040)),
        Piece(fore, (elbow, 0, 0, 0), (wrist, 0, 0, 0), (0.040, 0.029)),
        Piece(fore, (elbow, 0, 0.05, 0.008), (elbow, 0, 0.12, 0.006), (0.036, 0.032)),
        *hand(side),
        Piece(thigh, (hip, 0, 0, 0), (knee, 0, 0, 0.004), (0.088, 0.052)),
        Piece(shin, (knee, 0, 0.0, 0.004), (ankle, 0, 0.0, 0.0), (0.052, 0.038)),
        Piece(shin, (knee, 0, 0.09, -0.016), (knee, 0, 0.20, -0.012), (0.047, 0.044)),
        Piece(f"{side}_foot", (ankle, 0, 0.0, -0.004), (ankle, 0, -0.046, 0.09), (0.04, 0.03)),
        Piece(f"{side}_foot", (ankle, 0, -0.03, -0.03), (ankle, 0, -0.05, 0.13), (0.036, 0.026)),
    )  # fmt: skip


def hand(side: str) -> tuple[Piece, ...]:
    """Return a relaxed hand: palm, two bundles of fingers, and the thumb."""
    part, wrist = f"{side}_hand", f"{side}_wrist"
    return (
        Piece(
            part, (wrist, 0, 0.01, 0.008), (wrist, -0.012, 0.085, 0.026), (0.026, 0.024), blend=0.03
        ),
        Piece(
            part,
            (wrist, 0, 0.01, -0.008),
            (wrist, -0.012, 0.085, -0.02),
            (0.026, 0.023),
            blend=0.03,
        ),
        Piece(
            part,
            (wrist, -0.012, 0.085, 0.02),
            (wrist, -0.035, 0.155, 0.014),
            (0.023, 0.015),
            blend=0.03,
        ),
        Piece(
            part,
            (wrist, -0.012, 0.085, -0.016),
            (wrist, -0.038, 0.145, -0.014),
            (0.022, 0.014),
            blend=0.03,
        ),
        Piece(
            part,
            (wrist, -0.004, 0.025, 0.026),
            (wrist, -0.022, 0.085, 0.062),
            (0.019, 0.013),
            blend=0.03,
        ),
    )


def fitted(pieces: Iterable[Piece], to: Proportions) -> tuple[Piece, ...]:
    """Return pieces made for the average body as they fit another one."""
    return tuple(_fitted(piece, to) for piece in pieces)


def _fitted(piece: Piece, to: Proportions) -> Piece:
    ends = (piece.start, piece.end or piece.start)
    first, last = (to.at(piece.part, place) for place, *_ in ends)
    long = first if piece.part in ("head", "hair") else 1.0
    start, end = _widened(ends[0], first, long), _widened(ends[1], last, long)
    x, y, z = piece.half
    if piece.kind == "box":
        x, z = x * first, z * first
    if piece.kind in ("box", "cone"):
        y *= long
    radius = piece.radius[0] * first, piece.radius[1] * last
    return replace(piece, start=start, end=piece.end and end, radius=radius, half=(x, y, z))


def _widened(point: Point, wide: float, long: float) -> Point:
    place, x, y, z = point
    return place, x * wide, y * long, z * wide


def over(
    pieces: Iterable[Piece], parts: Iterable[str], more: float, **of: Any
) -> tuple[Piece, ...]:
    """Return pieces of some parts again, ``more`` metres thicker: cloth over a body."""
    wanted = tuple(parts)
    return tuple(
        piece.but(radius=(piece.radius[0] + more, piece.radius[1] + more), face="", **of)
        for piece in pieces
        if piece.part in wanted and piece.kind == "round"
    )


def both(*parts: str) -> tuple[str, ...]:
    """Return the names of parts of the right and left side.

    >>> both("hand")
    ('right_hand', 'left_hand')
    """
    return tuple(f"{side}_{part}" for part in parts for side in BODY_SIDES)
