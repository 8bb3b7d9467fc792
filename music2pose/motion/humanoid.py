"""A dance as the turns of a humanoid skeleton, which is how other programs take motion in.

Names and hierarchy are Mixamo's, because every importer that was looked at knows them:

- Unreal's IK Rig compares a skeleton with known ones, Mixamo's among them, whose spine is a chain
  from ``Spine`` to ``Spine2`` (``IKRigAutoCharacterizer.cpp``);
- Unity's avatar mapper goes by sides, words such as "up", "fore" and "toe", directions in a
  T-pose that looks along +z, and by lengths, none of which may be 0 (``AvatarAutoMapper.cs`` in
  UnityCsReference); UnityGLTF has a table of these names (``AvatarUtils.cs``);
- Ready Player Me and three.js use the same names, Blender's add-ons for retargeting map them.

Mixamo's prefix ``mixamorig:`` is left out, as all of them strip it or do without.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

from music2pose import MusicError
from music2pose.motion.motion import BONES, ROOT, Motion, hip_centre, unit
from music2pose.motion.posture import (
    BODY_SIDES,
    FOOT_LENGTH,
    OUTWARD,
    Posture,
    posture,
    standing_height,
)
from music2pose.motion.skeletons import HEAD_TO_EARS
from music2pose.pose import JOINTS

_ARM = ("Shoulder", "Arm", "ForeArm", "Hand")
_LEG = ("UpLeg", "Leg", "Foot", "ToeBase")


def _limb(side: str, start: str, parts: tuple[str, ...]) -> dict[str, str]:
    names = [side + part for part in parts]
    return dict(zip(names, [start, *names], strict=False))


PARENTS = {
    "Hips": "", "Spine": "Hips", "Spine1": "Spine", "Spine2": "Spine1", "Neck": "Spine2",
    "Head": "Neck", **_limb("Right", "Spine2", _ARM), **_limb("Left", "Spine2", _ARM),
    **_limb("Right", "Hips", _LEG), **_limb("Left", "Hips", _LEG),
}  # fmt: skip
"""Joint: its parent, in the order of a walk down the hierarchy; the root has none."""

MARKED = {
    f"{side.title()}{part}": f"{side}_{joint}"
    for side in BODY_SIDES
    for part, joint in {"Arm": "shoulder", "ForeArm": "elbow", "Hand": "wrist",
                        "UpLeg": "hip", "Leg": "knee", "Foot": "ankle"}.items()
} | {"Neck": "neck"}  # fmt: skip
"""Joints of the skeleton that lie exactly on one of ours."""

SACRUM = 0.03
"""Metres by which the spine begins behind the middle of the hips. So its length stays the same
however the pelvis tilts: the neck moves on a circle around the line on which both lie."""
HAND_LENGTH = 0.108 * 1.7
TOE_LENGTH = 0.07
TOE_HEIGHT = 0.02
"""Metres of the average body: from the wrist to the fingertips (Drillis and Contini, 1966), from
the ball of the foot to the end of the toes, and of the ball above the floor."""
HEAD_TOP = 0.13
"""Metres of the average body from the ears to the top of the head."""

SHORTEST_BONE = 0.01
"""Metres; no importer knows what to do with a bone that has no direction."""

HINGE_SECONDS = 0.1
"""Standard deviation of the window over which elbows and knees tell how their limb is twisted."""
STRAIGHT = {"elbow": 0.02, "knee": 0.05}
"""How much the twist of a straight limb counts, against 1 for one bent by a right angle."""


@dataclass(frozen=True)
class Humanoid:
    """One dancer's take as turns of the joints in ``PARENTS``.

    At rest the body stands in a T-pose and looks along +z, y up, in metres, its feet on the floor
    at y = 0, and no joint is turned.

    Shape:
        offsets: joint -> (3,), at rest from its parent; the root's from the origin
        ends: joint without children -> (3,), at rest from it to where the body ends
        root: (T, 3) float32, where the hips are
        turns: joint -> (T, 4) float32 unit quaternions x, y, z, w against its parent; none is
            further than half a turn from the one before
    """

    offsets: Mapping[str, np.ndarray]
    ends: Mapping[str, np.ndarray]
    root: np.ndarray
    turns: Mapping[str, np.ndarray]
    fps: float
    name: str

    def __len__(self) -> int:
        return len(self.root)

    def rest_places(self) -> dict[str, np.ndarray]:
        """Return joint -> (3,), where each is in the T-pose."""
        places: dict[str, np.ndarray] = {"": np.zeros(3)}
        for name, parent in PARENTS.items():
            places[name] = places[parent] + self.offsets[name]
        return {name: places[name] for name in PARENTS}


def humanoid(motion: Motion) -> Humanoid:
    """Return the take as a humanoid, its bones as long as they are in the middle of its frames.

    Where bones keep their lengths, as a body's do, the joints in ``MARKED`` are where they were.
    What eighteen joints leave open is taken as ``posture`` takes it, but for the twist of limbs:
    elbows and knees are hinges in all skeletons meant here (Unity's have no other muscle than
    "stretch" there), so a bent limb is twisted until it bends about its hinge. A straight limb
    has the twist of the moments around.

    Raises:
        MusicError: there are no frames, or a bone has no length.
    """
    if not len(motion):
        raise MusicError(f"{motion.name} holds no frames; at least one is needed")
    _check_size(motion)
    place = posture(motion.joints)
    offsets, ends = _rest(motion.joints, place)
    world = _spine(place)
    for side in BODY_SIDES:
        world |= _arm(place, side, motion.fps) | _leg(place, side, motion.fps)
        world |= _toes(place, side, world, offsets)
    turns = {
        name: _continuous(world[parent].inv() * world[name] if parent else world[name])
        for name, parent in PARENTS.items()
    }
    root = place.origin["pelvis"].astype(np.float32)
    return Humanoid(offsets, ends, root, turns, motion.fps, motion.name)


def _check_size(motion: Motion) -> None:
    root = hip_centre(motion.joints)
    for parent, child in BONES:
        start = root if parent == ROOT else motion.joints[:, parent]
        if not _middle(motion.joints[:, child] - start) > SHORTEST_BONE:
            raise MusicError(
                f"{motion.name} shows no whole body: its {JOINTS[child].replace('_', ' ')} lies on "
                "the joint before it"
            )


def _rest(joints: np.ndarray, place: Posture) -> tuple[dict, dict]:
    """Return offsets and ends of the T-pose of the body whose joints (T, 18, 3) these are."""
    scale, sole = place.scale, standing_height(joints, place.scale)
    back = np.array([0, 0, -SACRUM * scale])
    neck = np.array([0, _length(place, "pelvis", "chest"), 0])
    head = _middle(_head_joint(place) - place.origin["chest"])
    thigh, shin = (np.mean([_length(place, f"{side}_{a}", f"{side}_{b}") for side in BODY_SIDES])
                   for a, b in (("hip", "knee"), ("knee", "ankle")))  # fmt: skip
    offsets = {
        "Hips": np.array([0, sole + shin + thigh, 0]),
        "Spine": back, **dict.fromkeys(("Spine1", "Spine2", "Neck"), (neck - back) / 3),
        "Head": np.array([0, head, 0]),
    }  # fmt: skip
    ends = {"Head": np.array([0, (HEAD_TO_EARS + HEAD_TOP) * scale, 0])}
    for side in BODY_SIDES:
        out, name = np.array([OUTWARD[side], 0, 0]), side.title()
        offsets |= {
            f"{name}Shoulder": offsets["Neck"],
            f"{name}Arm": out * _length(place, "chest", f"{side}_shoulder"),
            f"{name}ForeArm": out * _length(place, f"{side}_shoulder", f"{side}_elbow"),
            f"{name}Hand": out * _length(place, f"{side}_elbow", f"{side}_wrist"),
            f"{name}UpLeg": out * _length(place, "pelvis", f"{side}_hip"),
            f"{name}Leg": _down(_length(place, f"{side}_hip", f"{side}_knee")),
            f"{name}Foot": _down(_length(place, f"{side}_knee", f"{side}_ankle")),
            f"{name}ToeBase": np.array([0, TOE_HEIGHT * scale - sole, FOOT_LENGTH * scale]),
        }
        ends |= {
            f"{name}Hand": out * HAND_LENGTH * scale,
            f"{name}ToeBase": np.array([0, 0, TOE_LENGTH * scale]),
        }
    return offsets, ends


def _down(length: float) -> np.ndarray:
    return np.array([0, -length, 0])


def _length(place: Posture, start: str, end: str) -> float:
    return _middle(place.origin[end] - place.origin[start])


def _middle(vectors: np.ndarray) -> float:
    """Return the median length of vectors (T, 3)."""
    return float(np.median(np.linalg.norm(vectors, axis=-1)))


def _head_joint(place: Posture) -> np.ndarray:
    """Return (T, 3), where the neck ends, as far below the ears as our reader takes it to be."""
    return place.place("head", (0, -HEAD_TO_EARS, 0))


def _spine(place: Posture) -> dict[str, Rotation]:
    """Return how the middle of the body is turned in the world, hips to head.

    The spine is straight, as two points tell no more, and twisted in even parts from the pelvis
    to the chest; the neck's twist is half way between chest and head.
    """
    pelvis, chest, head = (place.axes[name] for name in ("pelvis", "chest", "head"))
    neck, hips = place.origin["chest"], place.origin["pelvis"]
    back = np.array([0, 0, -SACRUM * place.scale])
    length = _length(place, "pelvis", "chest")
    spine = neck - hips - np.einsum("i,tij->tj", back, pelvis)
    rest = np.array([0, length, 0]) - back
    lefts = {f"Spine{number}": (1 - share) * pelvis[:, 0] + share * chest[:, 0]
             for number, share in (("", 1 / 3), (1, 2 / 3), (2, 1))}  # fmt: skip
    turned = {name: _turned(spine, left, rest, (1, 0, 0)) for name, left in lefts.items()}
    return turned | {
        "Hips": _of_axes(pelvis),
        "Neck": _turned(_head_joint(place) - neck, chest[:, 0] + head[:, 0], (0, 1, 0), (1, 0, 0)),
        "Head": _of_axes(head),
    }


def _of_axes(axes: np.ndarray) -> Rotation:
    """Return how something is turned whose left, up and forward axes are the rows (T, 3, 3)."""
    return _turned(axes[:, 0], axes[:, 1], (1, 0, 0), (0, 1, 0))


def _arm(place: Posture, side: str, fps: float) -> dict[str, Rotation]:
    """Return how an arm is turned; its elbow folds forward at rest, the palm down."""
    out, name, chest = OUTWARD[side], side.title(), place.axes["chest"]
    shoulder, elbow, wrist = (
        place.origin[f"{side}_{part}"] for part in ("shoulder", "elbow", "wrist")
    )
    usual = -out * place.axes[f"{side}_shoulder"][:, 0]
    hinge = _hinge(elbow - shoulder, wrist - elbow, usual, STRAIGHT["elbow"], fps)
    rest = (out, 0, 0), (0, -out, 0)
    fore = _turned(wrist - elbow, hinge, *rest)
    return {
        f"{name}Shoulder": _turned(shoulder - place.origin["chest"], chest[:, 1],
                                   (out, 0, 0), (0, 1, 0)),
        f"{name}Arm": _turned(elbow - shoulder, hinge, *rest),
        f"{name}ForeArm": fore,
        f"{name}Hand": fore,
    }  # fmt: skip


def _leg(place: Posture, side: str, fps: float) -> dict[str, Rotation]:
    """Return how a leg is turned; its knee folds backward at rest."""
    name, foot = side.title(), place.axes[f"{side}_ankle"]
    hip, knee, ankle = (place.origin[f"{side}_{part}"] for part in ("hip", "knee", "ankle"))
    usual = OUTWARD[side] * place.axes[f"{side}_hip"][:, 0]
    hinge = _hinge(knee - hip, ankle - knee, usual, STRAIGHT["knee"], fps)
    rest = (0, -1, 0), (1, 0, 0)
    return {
        f"{name}UpLeg": _turned(knee - hip, hinge, *rest),
        f"{name}Leg": _turned(ankle - knee, hinge, *rest),
        f"{name}Foot": _turned(foot[:, 2], foot[:, 1], (0, 0, 1), (0, 1, 0)),
    }


def _toes(
    place: Posture, side: str, world: dict[str, Rotation], offsets: dict[str, np.ndarray]
) -> dict[str, Rotation]:
    """Return how the toes are turned: as the foot, but never into the floor."""
    foot = world[f"{side.title()}Foot"]
    left, _, toes = np.moveaxis(foot.as_matrix(), 2, 0)
    ball = place.origin[f"{side}_ankle"] + foot.apply(offsets[f"{side.title()}ToeBase"])
    lowest = (TOE_HEIGHT * place.scale - ball[:, 1]) / (TOE_LENGTH * place.scale)
    steep = np.maximum(toes[:, 1], np.clip(lowest, -0.99, 0))[:, None]
    level = unit(toes * [1, 0, 1], (0, 0, 1))
    toes = level * np.sqrt(np.maximum(1 - steep**2, 0)) + steep * np.array([0, 1, 0])
    return {f"{side.title()}ToeBase": _turned(toes, left, (0, 0, 1), (1, 0, 0))}


def _hinge(
    upper: np.ndarray, lower: np.ndarray, usual: np.ndarray, straight: float, fps: float
) -> np.ndarray:
    """Return the direction (T, 3) about which a limb folds.

    It is square on both parts of a bent limb. Over time it is smoothed as an angle about the
    upper part, each moment weighing by the square of the sine of how far the limb is bent.

    Shape:
        upper, lower: (T, 3), along the limb's parts
        usual: (T, 3) unit, square on the upper part, the hinge where nothing else tells it

    Args:
        straight: what ``usual`` weighs.
    """
    upper = unit(upper)
    fold = np.cross(upper, unit(lower))
    across = np.cross(upper, usual)
    told = np.stack([(fold * usual).sum(-1), (fold * across).sum(-1)], axis=-1)
    told = _smoothed(told * np.linalg.norm(fold, axis=-1, keepdims=True), fps)
    told[:, 0] += straight
    weight = np.linalg.norm(told, axis=-1) + 1e-3 * straight
    angle = np.unwrap(np.arctan2(told[:, 1], told[:, 0]))
    angle = (_smoothed(weight * angle, fps) / _smoothed(weight, fps))[:, None]
    return np.cos(angle) * usual + np.sin(angle) * across


def _smoothed(values: np.ndarray, fps: float) -> np.ndarray:
    return gaussian_filter1d(values, HINGE_SECONDS * fps, axis=0, mode="nearest")


def _turned(
    first: np.ndarray, second: np.ndarray, rest_first: np.ndarray | tuple,
    rest_second: np.ndarray | tuple,
) -> Rotation:  # fmt: skip
    """Return T rotations that take one direction at rest to ``first``, another near ``second``.

    Shape:
        first, second: (T, 3), of any length
        rest_first, rest_second: (3,), square on each other
    """
    rest = _square(np.array([rest_first], float), np.array([rest_second], float))
    return Rotation.from_matrix(_square(first, second) @ np.swapaxes(rest, -1, -2))


def _square(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return right-handed frames (T, 3, 3): columns are ``first``, what of ``second`` is square
    on it, and their cross product; where the two are one line, any direction square on it."""
    first = unit(first)
    along = (first * second).sum(-1, keepdims=True)
    aside = second - along * first
    spare = np.eye(3)[np.abs(first).argmin(-1)]
    spare = np.cross(first, spare)
    has_aside = np.linalg.norm(aside, axis=-1, keepdims=True) > 1e-6
    aside = unit(np.where(has_aside, aside, spare))
    return np.stack([first, aside, np.cross(first, aside)], axis=-1)


def _continuous(turns: Rotation) -> np.ndarray:
    """Return quaternions (T, 4) float32, of each turn's two the one nearer to that before."""
    quaternions = turns.as_quat(canonical=True)
    towards = (quaternions[1:] * quaternions[:-1]).sum(-1)
    flips = np.cumprod(np.where(towards < 0, -1.0, 1.0))
    quaternions[1:] *= flips[:, None]
    return quaternions.astype(np.float32)
