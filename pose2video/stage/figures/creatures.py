"""Bodies that are neither people nor animals: robots, bones, ghosts, and who hides in a suit."""

from collections.abc import Callable
from typing import Any

from pose2video.stage.figures.bodies import (
    ARM,
    LEG,
    SIDES,
    Proportions,
    both,
    built,
    hand,
    human,
    over,
)
from pose2video.stage.figures.fabrics import MATERIALS
from pose2video.stage.figures.kinds import Kind, group
from pose2video.stage.materials import Material
from pose2video.stage.pieces import Face, Piece

METAL = Material("#c9d0d8", rough=0.22, metal=0.9)
DARK = Material("#23262d", rough=0.4, shine=0.5)
LIGHT = Material("#39e6ff", glow=2.2)


def robot() -> Kind:
    """Return a friendly robot: rounded boxes, joints, visor, antenna and a light in the chest."""
    shell, joint, accent, lamp = (group(n, blend=0.01) for n in ("skin", "joint", "accent", "lamp"))
    head = {"group": "head", "material": "skin", "blend": 0.01, "rounding": 0.058}
    pieces = [
        Piece("torso", ("chest", 0, -0.135, 0.004), kind="box", half=(0.155, 0.12, 0.105),
              rounding=0.055, **shell),
        Piece("hips", ("pelvis", 0, 0.03, 0), kind="box", half=(0.125, 0.062, 0.09), rounding=0.045,
              **shell),
        Piece("torso", ("chest", 0, -0.2, 0), ("pelvis", 0, 0.05, 0), (0.075, 0.08), **joint),
        Piece("torso", ("waist", 0, 0.02, 0), radius=(0.078, 0.014), kind="ring", **accent),
        Piece("torso", ("chest", 0, -0.125, 0.107), kind="cone", radius=(0.05, 0.05),
              half=(1, 0.008, 1), tilt=(90, 0, 0), rounding=0.004, **joint),
        Piece("torso", ("chest", 0, -0.125, 0.113), kind="cone", radius=(0.036, 0.036),
              half=(1, 0.008, 1), tilt=(90, 0, 0), rounding=0.005, **lamp),
        Piece("neck", ("chest", 0, -0.03, -0.005), ("head", 0, -0.05, -0.005), (0.042, 0.042),
              **joint),
        Piece("head", ("head", 0, 0.022, 0.006), kind="box", half=(0.112, 0.094, 0.1), face="visor",
              **head),
        Piece("head", ("head", 0, 0.1, 0), ("head", 0, 0.178, -0.01), (0.008, 0.006), **joint),
        Piece("head", ("head", 0, 0.19, -0.01), radius=(0.021, 0.021), **lamp),
    ]  # fmt: skip
    for side, x in SIDES:
        pieces += [
            Piece("head", ("head", 0.112 * x, 0.02, 0), kind="cone", radius=(0.04, 0.04),
                  half=(1, 0.018, 1), tilt=(0, 0, 90), rounding=0.01, **accent),
            *_robot_arm(side),
            *_robot_leg(side),
        ]  # fmt: skip
    materials = {
        "skin": Material("#eef1f4", rough=0.22, shine=0.8), "joint": DARK,
        "accent": Material("#ff7a3d", rough=0.3, shine=0.6), "lamp": LIGHT,
    }  # fmt: skip
    face = Face(lips="#39e6ff", iris="#39e6ff")
    return Kind(tuple(pieces), materials, ("skin",), ("accent",), face)


def _robot_arm(side: str) -> list[Piece]:
    shoulder, elbow, wrist = (f"{side}_{name}" for name in ARM)
    upper, fore, palm = f"{side}_upper_arm", f"{side}_forearm", f"{side}_hand"
    shell, joint, accent = (group(n, blend=0.01) for n in ("skin", "joint", "accent"))
    fingers = {"group": f"{side} fingers", "material": "joint", "blend": 0.015}
    return [
        Piece(upper, (shoulder, -0.005, 0, 0), radius=(0.07, 0.07), **accent),
        Piece(upper, (shoulder, 0, 0.03, 0), (elbow, 0, 0, 0), (0.032, 0.032), **joint),
        Piece(upper, (shoulder, 0, 0.165, 0), kind="cone", radius=(0.052, 0.045),
              half=(1, 0.09, 1), rounding=0.02, **shell),
        Piece(fore, (elbow, 0, 0, 0), radius=(0.043, 0.043), **joint),
        Piece(fore, (elbow, 0, 0, 0), (wrist, 0, 0, 0), (0.028, 0.03), **joint),
        Piece(fore, (elbow, 0, 0.135, 0), kind="cone", radius=(0.044, 0.056),
              half=(1, 0.092, 1), rounding=0.02, **shell),
        Piece(palm, (wrist, 0, 0.05, 0), kind="box", half=(0.024, 0.04, 0.042), rounding=0.02,
              **shell),
        *(Piece(palm, (wrist, -0.005, 0.085, z), (wrist, -0.03, 0.145, z * 1.1), (0.016, 0.014),
                **fingers) for z in (0.026, -0.026)),
        Piece(palm, (wrist, -0.01, 0.035, 0.04), (wrist, -0.03, 0.085, 0.066), (0.016, 0.014),
              **fingers),
    ]  # fmt: skip


def _robot_leg(side: str) -> list[Piece]:
    hip, knee, ankle = (f"{side}_{name}" for name in LEG)
    thigh, shin = f"{side}_thigh", f"{side}_shin"
    shell, joint, accent = (group(n, blend=0.01) for n in ("skin", "joint", "accent"))
    return [
        Piece(thigh, (hip, 0, 0, 0), (knee, 0, 0, 0), (0.064, 0.04), **joint),
        Piece(thigh, (hip, 0, 0.2, 0.002), kind="cone", radius=(0.08, 0.064),
              half=(1, 0.135, 1), rounding=0.03, **shell),
        Piece(shin, (knee, 0, 0, 0.004), radius=(0.056, 0.056), **accent),
        Piece(shin, (knee, 0, 0, 0), (ankle, 0, 0, 0), (0.04, 0.036), **joint),
        Piece(shin, (knee, 0, 0.225, 0), kind="cone", radius=(0.056, 0.08),
              half=(1, 0.15, 1), rounding=0.025, **shell),
        Piece(f"{side}_foot", (ankle, 0, -0.038, 0.04), kind="box", half=(0.056, 0.036, 0.12),
              rounding=0.03, **shell),
    ]  # fmt: skip


def mannequin() -> Kind:
    """Return the wooden figure of artists: blocks and balls, and an egg for a head."""

    def block(name: str) -> dict[str, Any]:
        return group(name, "skin", 0.03)

    pieces = [
        Piece("torso", ("chest", 0, -0.075, 0.0), ("chest", 0, -0.2, 0.01), (0.118, 0.082),
              half=(1.16, 1, 0.82), **block("chest")),
        Piece("torso", ("chest", 0, -0.255, 0.008), ("waist", 0, 0, 0.006), (0.066, 0.07),
              **group("ball", "second")),
        Piece("hips", ("waist", 0, -0.065, 0.004), ("pelvis", 0, 0.0, 0), (0.09, 0.105),
              half=(1.22, 1, 0.9), **block("pelvis")),
        Piece("neck", ("chest", 0, 0.0, -0.01), ("head", 0, -0.07, -0.012), (0.036, 0.032),
              **group("neck", "second")),
        Piece("head", ("head", 0, 0.04, -0.004), ("head", 0, -0.055, 0.026), (0.09, 0.05),
              **block("head")),
    ]  # fmt: skip
    for side, _ in SIDES:
        shoulder, elbow, wrist = (f"{side}_{name}" for name in ARM)
        hip, knee, ankle = (f"{side}_{name}" for name in LEG)
        balls = ((shoulder, "upper_arm", 0.05), (elbow, "forearm", 0.036), (wrist, "hand", 0.027),
                 (hip, "thigh", 0.072), (knee, "shin", 0.05), (ankle, "foot", 0.036))  # fmt: skip
        pieces += [Piece(f"{side}_{part}", (place, 0, 0, 0), radius=(r, r),
                         **group(f"{side} {place} ball", "second"))
                   for place, part, r in balls]  # fmt: skip
        bones = ((shoulder, elbow, "upper_arm", 0.05, 0.27, (0.05, 0.036)),
                 (elbow, wrist, "forearm", 0.045, 0.21, (0.04, 0.025)),
                 (hip, knee, "thigh", 0.075, 0.355, (0.076, 0.046)),
                 (knee, ankle, "shin", 0.055, 0.37, (0.054, 0.032)))  # fmt: skip
        pieces += [Piece(f"{side}_{part}", (start, 0, first, 0), (start, 0, last, 0), radii,
                         **block(f"{side} {part}"))
                   for start, _, part, first, last, radii in bones]  # fmt: skip
        pieces += [piece.but(material="skin", group=f"{side} hand") for piece in hand(side)]
        pieces += [Piece(f"{side}_foot", (ankle, 0, -0.03, -0.02), (ankle, 0, -0.05, 0.125),
                         (0.042, 0.028),
                         **block(f"{side} foot"))]  # fmt: skip
    wood = MATERIALS["wood"]
    materials = {"skin": wood, "second": wood.but(colour="#a8743f", second="#7a4c22")}
    return Kind(tuple(pieces), materials, ("skin",), ("second",))


def skeleton() -> Kind:
    """Return bones: skull, spine, ribs, hips, and long bones with knobs."""
    bone = group("bone", "skin", 0.025)
    skull: dict[str, Any] = {"group": "skull", "material": "skin", "face": "skull"}
    pieces = [
        Piece("head", ("head", 0, 0.034, -0.002), ("head", 0, 0.014, 0.012), (0.094, 0.086),
              **skull),
        Piece("head", ("head", 0, -0.03, 0.034), ("head", 0, -0.07, 0.044), (0.056, 0.04), **skull),
        Piece("neck", ("chest", 0, -0.05, -0.03), ("head", 0, -0.05, -0.02), (0.021, 0.02), **bone),
        Piece("torso", ("chest", 0, -0.05, -0.045), ("waist", 0, 0, -0.03), (0.022, 0.026), **bone),
        Piece("torso", ("waist", 0, 0, -0.03), ("pelvis", 0, 0.03, -0.035), (0.027, 0.03), **bone),
        Piece("torso", ("chest", 0, -0.06, 0.075), ("chest", 0, -0.2, 0.095), (0.016, 0.012),
              **bone),
    ]  # fmt: skip
    for k, radius in enumerate((0.075, 0.103, 0.118, 0.122, 0.113)):
        pieces.append(
            Piece("torso", ("chest", 0, -0.045 - 0.045 * k, 0.012), radius=(radius, 0.0095),
                  kind="ring",
                  half=(1, 1.3, 0.78), tilt=(14, 0, 0), **group("ribs", "skin", 0.01)))  # fmt: skip
    pieces += [
        Piece("hips", ("pelvis", 0, 0.04, -0.01), radius=(0.085, 0.022), kind="ring",
              half=(1, 1.7, 0.75),
              tilt=(-24, 0, 0), **bone)]  # fmt: skip
    for side, x in SIDES:
        pieces += [Piece("hips", ("pelvis", 0.055 * x, 0.075, -0.03),
                         ("pelvis", 0.085 * x, 0.0, 0.0),
                         (0.032, 0.03), **bone), *_bones(side, x)]  # fmt: skip
    materials = {"skin": Material("#efe6d2", rough=0.55, shine=0.3, soft=0.3)}
    return Kind(tuple(pieces), materials, face=Face(iris="#ff9d3a"), casts_shadow=0.6)


def _bones(side: str, x: float) -> list[Piece]:
    shoulder, elbow, wrist = (f"{side}_{name}" for name in ARM)
    hip, knee, ankle = (f"{side}_{name}" for name in LEG)
    of = group(f"{side} bones", "skin", 0.03)
    palm, foot = f"{side}_hand", f"{side}_foot"
    long = (
        ("upper_arm", shoulder, elbow, 0.0, (0.018, 0.017)),
        ("forearm", elbow, wrist, 0.014, (0.013, 0.012)),
        ("forearm", elbow, wrist, -0.014, (0.012, 0.013)), ("thigh", hip, knee, 0.0,
                                                            (0.022, 0.021)),
        ("shin", knee, ankle, 0.01, (0.02, 0.017)), ("shin", knee, ankle, -0.022, (0.011, 0.011)),
    )  # fmt: skip
    knobs = (("upper_arm", shoulder, 0.038), ("forearm", elbow, 0.031), ("hand", wrist, 0.025),
             ("thigh", hip, 0.044), ("shin", knee, 0.041), ("foot", ankle, 0.03))  # fmt: skip
    fingers = ((0.032, 0.11), (0.011, 0.155), (-0.011, 0.16), (-0.032, 0.14))
    return [
        Piece("torso", ("chest", 0.02 * x, -0.035, 0.05), (shoulder, 0, 0, 0), (0.014, 0.017),
              **of),
        *(Piece(f"{side}_{part}", (a, 0, 0, z), (b, 0, 0, z), radii, **of) for part, a, b, z,
          radii in long),
        *(Piece(f"{side}_{part}", (place, 0, 0, 0), radius=(r, r), **of) for part, place,
          r in knobs),
        *(Piece(palm, (wrist, 0, 0.01, 0.4 * z), (wrist, -0.02, long, z), (0.0105, 0.0085), **of)
          for z, long in fingers),
        Piece(palm, (wrist, 0, 0.02, 0.012), (wrist, -0.022, 0.08, 0.06), (0.011, 0.009), **of),
        *(Piece(foot, (ankle, 0, -0.012, -0.02), (ankle, u, -0.05, 0.135), (0.022, 0.014), **of)
          for u in (-0.024, 0.0, 0.024)),
        Piece(foot, (ankle, 0, -0.02, -0.02), (ankle, 0, -0.048, -0.045), (0.026, 0.024), **of),
    ]  # fmt: skip


WAVES = ((-0.15, 0.09, 0.7), (0.0, 0.16, 0.62), (0.15, 0.09, 0.72), (0.12, -0.12, 0.64),
         (-0.12, -0.12, 0.68))  # fmt: skip
"""Where the hem of a ghost's sheet is lowest: to the left, forward, and how low."""


def ghost() -> Kind:
    """Return a sheet that floats: no legs, a hem of waves, two round eyes."""
    of = group("sheet", "skin", 0.09)
    pieces = [
        Piece("head", ("head", 0, 0.035, 0), ("head", 0, -0.02, 0.012), (0.122, 0.112),
              face="ghost", **of),
        Piece("torso", ("head", 0, -0.06, 0.0), ("chest", 0, -0.12, 0.01), (0.088, 0.125), **of),
        Piece("torso", ("chest", 0, -0.12, 0.01), ("pelvis", 0, 0.02, 0), (0.135, 0.165), **of),
        Piece("hips", ("pelvis", 0, 0.0, 0), ("skirt", 0, -0.36, 0), (0.165, 0.2), **of),
    ]  # fmt: skip
    for x, z, low in WAVES:
        ends = ("skirt", 0.7 * x, -0.34, 0.7 * z), ("skirt", 1.35 * x, -low, 1.35 * z)
        pieces.append(Piece("hips", *ends, (0.125, 0.035), **of))
    for side, _ in SIDES:
        shoulder, elbow, wrist = (f"{side}_{name}" for name in ARM)
        arm, fore = f"{side}_upper_arm", f"{side}_forearm"
        pieces += [
            Piece(arm, (shoulder, -0.04, -0.02, 0), (elbow, 0, 0, 0), (0.075, 0.062), **of),
            Piece(fore, (elbow, 0, 0, 0), (wrist, 0, 0.03, 0), (0.062, 0.058), **of),
            Piece(fore, (elbow, -0.03, 0.05, 0), (wrist, -0.07, 0.02, 0), (0.055, 0.036), **of),
            Piece(f"{side}_hand", (wrist, 0, 0.03, 0), (wrist, -0.01, 0.1, 0), (0.056, 0.04), **of),
        ]
    sheet = Material("#eef4ff", rough=0.8, glass=0.22, rim=0.7, soft=0.8, shine=0.1, glow=0.1)
    return Kind(tuple(pieces), {"skin": sheet}, face=Face(iris="#14121c"), casts_shadow=0.7)


def alien() -> Kind:
    """Return a thin visitor with a large head and large eyes."""
    of = {"group": "head", "face": "alien", "blend": 0.06}
    pieces = (
        *(piece for piece in human() if not piece.part.endswith("hand")),
        *(piece.but(end=(piece.end[0], piece.end[1], 1.25 * piece.end[2], piece.end[3]))
          for side, _ in SIDES for piece in hand(side) if piece.end),
        Piece("head", ("head", 0, 0.062, -0.014), ("head", 0, 0.04, 0.0), (0.118, 0.11), **of),
        Piece("head", ("head", 0, 0.0, 0.022), ("head", 0, -0.075, 0.042), (0.082, 0.026), **of),
    )  # fmt: skip
    skin = Material("#8fcf8a", "#6fb27a", "grain", rough=0.35, shine=0.5, soft=0.55, rim=0.2)
    slim = built(("slim", "slim"), Proportions(head=1.16, neck=0.62, waist=0.85, hands=1.0))
    return Kind(
        pieces, {"skin": skin}, face=Face(iris="#06070a"), proportions=slim, casts_shadow=0.8
    )


def astronaut() -> Kind:
    """Return somebody in a bulky suit, with a golden visor and a pack on the back."""
    suit = {"material": "skin", "group": "suit", "blend": 0.06}
    body = human()
    padded = over(
        body, ("torso", "hips", *both("upper_arm", "forearm", "thigh", "shin")), 0.032, **suit
    )
    helmet = group("helmet", "skin", 0.02)
    pieces = [
        *padded,
        Piece("head", ("head", 0, 0.02, -0.014), radius=(0.148, 0.148), **helmet),
        Piece("head", ("head", 0, 0.016, 0.034), radius=(0.126, 0.126), half=(0.94, 1, 1),
              **group("visor")),
        Piece("neck", ("chest", 0, 0.03, 0.0), radius=(0.105, 0.03), kind="ring",
              **group("collar", "accent")),
        Piece("torso", ("chest", 0, -0.15, -0.16), kind="box", half=(0.14, 0.18, 0.07),
              rounding=0.04,
              **group("pack", "skin")),
        Piece("torso", ("chest", 0, -0.19, 0.15), kind="box", half=(0.075, 0.05, 0.025),
              rounding=0.012,
              **group("panel", "grey")),
        *(Piece("torso", ("chest", 0.03 * k, -0.18, 0.175), radius=(0.011, 0.011),
                **group(f"button {k}", name))
          for k, name in ((-1, "red"), (0, "lamp"), (1, "accent"))),
    ]  # fmt: skip
    for side, _ in SIDES:
        pieces += _suit_limbs(side)
    materials = {
        "skin": Material("#f1f2f4", rough=0.75, soft=0.3), "grey": Material("#7d8794", rough=0.7),
        "visor": Material("#f0a72c", rough=0.05, metal=1.0),
        "accent": Material("#e8532f", rough=0.6),
        "red": Material("#ff3b30", glow=1.0), "lamp": LIGHT,
    }  # fmt: skip
    return Kind(tuple(pieces), materials, ("skin",), ("accent",), proportions=Proportions(head=1.0))


def _suit_limbs(side: str) -> list[Piece]:
    """Return the rings, glove and boot of a space suit."""
    shoulder, elbow, _ = (f"{side}_{name}" for name in ARM)
    hip, knee, ankle = (f"{side}_{name}" for name in LEG)
    boot = group(f"{side} boot", "grey")
    rings = (("upper_arm", shoulder, 0.13, 0.08), ("forearm", elbow, 0.215, 0.058),
             ("thigh", hip, 0.2, 0.108))  # fmt: skip
    return [
        *(Piece(f"{side}_{part}", (place, 0, y, 0), radius=(r, 0.013), kind="ring",
                half=(1, 1.6, 1), **group(f"{side} {part} band", "accent"))
          for part, place, y, r in rings),
        *over(hand(side), both("hand"), 0.008, **group(f"{side} glove", "grey")),
        Piece(f"{side}_shin", (knee, 0, 0.36, 0), kind="cone", radius=(0.072, 0.075),
              half=(1, 0.05, 1), rounding=0.015, **boot),
        Piece(f"{side}_foot", (ankle, 0, -0.015, -0.02), (ankle, 0, -0.03, 0.11),
              (0.062, 0.056), **boot),
    ]  # fmt: skip


def knight() -> Kind:
    """Return somebody in plate armour with a closed helmet and a plume."""
    body = human()
    mail = over(body, ("torso", "hips", *both("upper_arm", "forearm", "thigh", "shin")), 0.0,
                material="mail", group="mail")  # fmt: skip
    helmet = {"group": "helm", "material": "skin", "face": "knight", "blend": 0.03}
    plume = group("plume", blend=0.05)
    pieces = (
        *mail,
        *plates(),
        Piece("head", ("head", 0, 0.04, -0.006), ("head", 0, 0.01, 0.004), (0.112, 0.11), **helmet),
        Piece("head", ("head", 0, -0.02, 0.02), ("head", 0, -0.07, 0.038), (0.096, 0.06), **helmet),
        Piece("head", ("head", 0, 0.06, 0.112), ("head", 0, 0.156, 0.0), (0.012, 0.014),
              **group("crest", "trim")),
        Piece("head", ("head", 0, 0.156, 0.0), ("head", 0, 0.06, -0.116), (0.014, 0.012),
              **group("crest", "trim")),
        Piece("head", ("head", 0, 0.15, 0.02), ("head", 0, 0.185, -0.06), (0.026, 0.042), **plume),
        Piece("head", ("head", 0, 0.185, -0.06), ("hair", 0, 0.06, -0.055), (0.042, 0.046),
              **plume),
        Piece("head", ("hair", 0, 0.06, -0.055), ("hair_end", 0, 0.02, -0.03), (0.046, 0.014),
              **plume),
    )  # fmt: skip
    materials = {
        "skin": METAL, "mail": Material("#4b5058", "#23262b", "scales", 1.4, rough=0.4, metal=0.8),
        "plume": Material("#d02b3c", rough=0.9, soft=0.4), "trim": Material("#e0b04a", rough=0.25,
                                                                            metal=1.0),
    }  # fmt: skip
    return Kind(pieces, materials, ("skin",), ("plume",), face=Face(iris="#ffb347"))


def plates(material: str = "skin") -> tuple[Piece, ...]:
    """Return plate armour from the neck to the feet."""

    def plate(name: str, blend: float = 0.02) -> dict[str, Any]:
        return group(f"{name} plate", material, blend)

    trim = group("belt plate", "trim")
    body = human()
    pieces = [
        *over(body, ("torso",), 0.022, **plate("breast", 0.05)),
        Piece("torso", ("chest", 0, -0.12, 0.075), ("waist", 0, 0.03, 0.075), (0.06, 0.045),
              **plate("breast", 0.05)),
        Piece("hips", ("waist", 0, -0.02, 0.004), kind="cone", radius=(0.174, 0.168),
              half=(1, 0.018, 0.8),
              rounding=0.008, **trim),
        Piece("hips", ("skirt", 0, -0.035, 0.0), kind="cone", radius=(0.24, 0.19),
              half=(1, 0.1, 0.82),
              rounding=0.012, **plate("skirt")),
        Piece("neck", ("chest", 0, 0.03, -0.004), radius=(0.068, 0.02), kind="ring",
              **plate("collar")),
    ]  # fmt: skip
    for side, _ in SIDES:
        pieces += _limb_plates(side, plate)
    return tuple(pieces)


def _limb_plates(side: str, plate: Callable[..., dict[str, Any]]) -> list[Piece]:
    shoulder, elbow, _ = (f"{side}_{name}" for name in ARM)
    hip, knee, ankle = (f"{side}_{name}" for name in LEG)
    tubes = (
        ("upper_arm", shoulder, 0.19, (0.058, 0.054), 0.075),
        ("forearm", elbow, 0.14, (0.056, 0.048), 0.085),
        ("thigh", hip, 0.22, (0.1, 0.076), 0.12), ("shin", knee, 0.225, (0.066, 0.056), 0.145),
    )  # fmt: skip
    caps = (("upper_arm", shoulder, 0.0, 0.086), ("upper_arm", shoulder, 0.055, 0.078),
            ("forearm", elbow, 0.0, 0.058), ("shin", knee, 0.0, 0.07))  # fmt: skip
    foot = plate(f"{side} foot", 0.03)
    return [
        *(Piece(f"{side}_{part}", (place, 0, y, 0), kind="cone", radius=radii, half=(1, half, 1),
                rounding=0.012, **plate(f"{side} {part}")) for part, place, y, radii,
                half in tubes),
        *(Piece(f"{side}_{part}", (place, 0.004, y, 0.004), radius=(r, r),
                **plate(f"{side} {place} {y}"))
          for part, place, y, r in caps),
        *over(hand(side), both("hand"), 0.007, **plate(f"{side} hand")),
        Piece(f"{side}_foot", (ankle, 0, 0.01, -0.01), (ankle, 0, -0.03, 0.06), (0.054, 0.05),
              **foot),
        Piece(f"{side}_foot", (ankle, 0, -0.035, -0.03), (ankle, 0, -0.042, 0.15), (0.046, 0.03),
              **foot),
    ]  # fmt: skip


CREATURES = {
    "robot": robot, "mannequin": mannequin, "skeleton": skeleton, "ghost": ghost, "alien": alien,
    "astronaut": astronaut, "knight": knight,
}  # fmt: skip
