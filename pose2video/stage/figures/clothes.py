"""Clothes over the average body: shapes a little thicker than it, with hems, collars and belts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from pose2video.stage.figures.bodies import ARM, SIDES, both, hand, human, over
from pose2video.stage.figures.creatures import plates
from pose2video.stage.figures.kinds import group
from pose2video.stage.pieces import Piece, Point

TRUNK = ("torso",)
CORE = "core"
THIGH = 0.4165
"""Metres from hip to knee."""
LONG_SLEEVES, LONG_LEGS = both("upper_arm", "forearm"), both("thigh", "shin")


@dataclass(frozen=True)
class Garment:
    """Something to wear.

    Its pieces are of material ``cloth`` and, where they are trimmed, ``trim``; ``under`` names what
    is worn below it.
    """

    pieces: tuple[Piece, ...]
    hides: tuple[str, ...] = ()
    """Parts of the body that nothing is seen of; ``CORE`` is the trunk below the shoulders."""


def covers(hides: set[str], piece: Piece) -> bool:
    """Return whether nothing is seen of a piece of the body."""
    is_shoulder = piece.end is not None and "shoulder" in piece.end[0]
    is_core = piece.group == "belly" or (piece.part == "torso" and not is_shoulder)
    return piece.part in hides or (is_core and not hides.isdisjoint({CORE, "torso"}))


def trunk(more: float, bust: float, name: str = "top") -> list[Piece]:
    """Return cloth around chest and waist, ``more`` metres from the skin."""
    return list(over(human(bust), TRUNK, more, **group(name, "cloth", 0.055)))


def hem(low: float, wide: float, name: str = "top") -> list[Piece]:
    """Return the lower edge of a top that hangs over the hips, ``low`` metres below the waist."""
    of = group(name, "cloth", 0.05)
    sides = [
        Piece(
            "hips",
            ("waist", 0.05 * x, 0, 0.006),
            ("pelvis", 0.06 * x, 0.225 - low, 0.0),
            (0.104, 0.11),
            **of,
        )
        for _, x in SIDES
    ]
    return [
        *sides,
        Piece("hips", ("waist", 0, 0, 0.01), ("pelvis", 0, 0.225 - low, 0.004), (0.108, 0.125),
              **of),
        Piece("hips", ("pelvis", 0, 0.215 - low / 2, -0.009), kind="cone",
              radius=(wide, wide - 0.035),
              half=(1, low / 2, 0.86), rounding=0.012, **of)
    ]  # fmt: skip


def short_sleeves(name: str = "top", long: float = 0.135) -> list[Piece]:
    """Return sleeves with a cut edge above the elbow."""
    of = group(name, "cloth", 0.05)
    found = []
    for side, _ in SIDES:
        part, shoulder = f"{side}_upper_arm", f"{side}_shoulder"
        found += [
            Piece(part, (shoulder, 0, 0, 0), (shoulder, 0, long - 0.05, 0), (0.067, 0.06), **of),
            Piece(part, (shoulder, 0, long - 0.03, 0), kind="cone", radius=(0.058, 0.068),
                  half=(1, 0.045, 1), rounding=0.008, **of),
        ]  # fmt: skip
    return found


def long_sleeves(more: float, name: str = "top", cuff: str = "cloth") -> list[Piece]:
    """Return sleeves to the wrist, with cuffs."""
    of = group(name, "cloth", 0.05)
    found = []
    for side, _ in SIDES:
        shoulder, elbow, _ = (f"{side}_{place}" for place in ARM)
        upper, fore = f"{side}_upper_arm", f"{side}_forearm"
        found += [
            Piece(upper, (shoulder, 0, 0, 0), (elbow, 0, 0, 0), (0.058 + more, 0.043 + more), **of),
            Piece(fore, (elbow, 0, 0, 0), (elbow, 0, 0.2, 0), (0.043 + more, 0.037 + 0.8 * more),
                  **of),
            Piece(fore, (elbow, 0, 0.218, 0), kind="cone", radius=(0.038 + more, 0.037 + more),
                  half=(1, 0.022, 1), rounding=0.008, **group(f"{side} cuff", cuff, 0.02)),
        ]  # fmt: skip
    return found


def neckline(radius: float = 0.07, tube: float = 0.014, material: str = "trim") -> Piece:
    """Return the band around the opening for the neck."""
    return Piece("torso", ("chest", 0, 0.052, 0.0), radius=(radius, tube), kind="ring",
                 half=(1, 1, 0.95),
                 tilt=(13, 0, 0), **group("neckline", material, 0.02))  # fmt: skip


def collar(material: str = "cloth") -> list[Piece]:
    """Return the two sides of a turned-down collar."""
    of = group("collar", material, 0.015)
    found = []
    for _, x in SIDES:
        found += [
            Piece(
                "torso",
                ("chest", 0.058 * x, 0.04, -0.02),
                ("chest", 0.022 * x, 0.018, 0.058),
                (0.02, 0.014),
                **of,
            ),
            Piece(
                "torso",
                ("chest", 0.03 * x, 0.02, 0.055),
                ("chest", 0.05 * x, -0.022, 0.078),
                (0.016, 0.012),
                **of,
            ),
        ]
    return [
        *found,
        Piece(
            "torso",
            ("chest", 0.05, 0.045, -0.055),
            ("chest", -0.05, 0.045, -0.055),
            (0.02, 0.02),
            **of,
        ),
    ]


def opening(bust: float) -> list[Piece]:
    """Return the V of what is worn below a jacket, from the neck down to its button.

    Its borders are its own edges, as it stands out from the chest.
    """
    of: dict[str, Any] = {"kind": "cone", "rounding": 0.003, **group("opening", "under", 0.01)}
    return [
        Piece("torso", ("chest", 0, -0.013, 0.094), radius=(0.044, 0.034), half=(1, 0.047, 0.22),
              tilt=(-31, 0, 0), **of),
        Piece("torso", ("chest", 0, -0.13, 0.132 + 0.01 * bust), radius=(0.004, 0.044),
              half=(1, 0.08, 0.22), tilt=(-5 - 7 * bust, 0, 0), **of),
    ]  # fmt: skip


def lapels(bust: float, material: str = "cloth") -> list[Piece]:
    """Return the folded edges of a jacket along its opening, from the neck to its button."""
    of = {"half": (1.0, 1.0, 0.7), **group("lapels", material, 0.015)}
    found = []
    for _, x in SIDES:
        bend = ("chest", 0.06 * x, -0.055, 0.12)
        tip = ("chest", 0.008 * x, -0.215, 0.134 + 0.02 * bust)
        found += [
            Piece("torso", ("chest", 0.05 * x, 0.035, 0.06), bend, (0.014, 0.022), **of),
            Piece("torso", bend, tip, (0.022, 0.009), **of),
        ]
    return found


def seam(places: Sequence[Point]) -> list[Piece]:
    """Return the edge along which something is closed, from one place to the next."""
    of = group("seam", "trim", 0.01)
    return [Piece("torso", one, other, (0.006, 0.006), **of) for one, other in pairwise(places)]


def t_shirt(bust: float) -> Garment:
    pieces = (*trunk(0.017, bust), *hem(0.13, 0.176), *short_sleeves(), neckline())
    return Garment(pieces, TRUNK)


def shirt(bust: float) -> Garment:
    buttons = [
        Piece("torso", ("chest", 0, -0.06 - 0.055 * k, 0.119 + 0.006 * k + 0.02 * bust * (k > 0)),
              radius=(0.008, 0.008), **group("buttons", "trim")) for k in range(4)
    ]  # fmt: skip
    pieces = (*trunk(0.018, bust), *hem(0.13, 0.176), *long_sleeves(0.012), *collar(), *buttons)
    return Garment(pieces, (*TRUNK, *LONG_SLEEVES))


def tank_top(bust: float) -> Garment:
    low = [piece for piece in trunk(0.016, bust) if covers({CORE}, piece)]
    straps = [
        Piece("torso", ("chest", 0.068 * x, low, front), ("chest", 0.07 * x, high, back), radii,
              **group("top", "cloth", 0.05))
        for _, x in SIDES
        for low, front, high, back, radii in (
            (-0.11, 0.055, 0.036, -0.012, (0.054, 0.041)), (-0.11, -0.045, 0.036, -0.012,
                                                            (0.054, 0.041)),
        )
    ]  # fmt: skip
    return Garment((*low, *straps, *hem(0.11, 0.173)), (CORE,))


def hoodie(bust: float) -> Garment:
    hood = group("hood", "cloth", 0.04)
    strings = group("strings", "trim", 0.01)
    pieces = [
        *trunk(0.02, 0.8 * bust), *hem(0.11, 0.173), *long_sleeves(0.019, cuff="cuffs"),
        Piece("hips", ("pelvis", 0, 0.1, -0.009), kind="cone", radius=(0.165, 0.17),
              half=(1, 0.026, 0.86),
              rounding=0.012, **group("band", "cuffs")),
        Piece("torso", ("chest", 0, 0.03, -0.022), radius=(0.078, 0.032), kind="ring",
              tilt=(22, 0, 0), **hood),
        Piece("torso", ("chest", 0, 0.0, -0.105), ("chest", 0, -0.075, -0.125), (0.058, 0.03),
              half=(1.4, 1, 0.8), **hood),
        Piece("torso", ("waist", 0, -0.028, 0.106), kind="box", half=(0.088, 0.052, 0.016),
              rounding=0.014, tilt=(-3, 0, 0),
              **group("pocket", "cuffs")),
        *(Piece("torso", ("chest", 0.032 * x, 0.0, 0.09), ("chest", 0.04 * x, -0.12,
                                                           0.14 + 0.03 * bust), (0.0065, 0.0055),
                                                           **strings)
          for _, x in SIDES),
    ]  # fmt: skip
    return Garment(tuple(pieces), (*TRUNK, *LONG_SLEEVES))


def sweater(bust: float) -> Garment:
    pieces = (
        *trunk(0.019, 0.85 * bust), *hem(0.11, 0.173), *long_sleeves(0.018, cuff="trim"),
        neckline(0.066, 0.022),
        Piece("hips", ("pelvis", 0, 0.1, -0.009), kind="cone", radius=(0.165, 0.17),
              half=(1, 0.024, 0.86),
              rounding=0.012, **group("band", "trim")),
    )  # fmt: skip
    return Garment(pieces, (*TRUNK, *LONG_SLEEVES))


def jacket(bust: float) -> Garment:
    pieces = (
        *trunk(0.024, 0.85 * bust, "over"), *hem(0.11, 0.172, "over"), *long_sleeves(0.022, "over"),
        *opening(bust), *lapels(bust),
        *seam((("chest", 0, -0.2, 0.135 + 0.012 * bust), ("waist", 0, -0.01, 0.131),
               ("pelvis", 0, 0.1, 0.141))),
        Piece("hips", ("pelvis", 0, 0.105, -0.009), kind="cone", radius=(0.173, 0.176),
              half=(1, 0.02, 0.86),
              rounding=0.012, **group("band", "trim")),
    )  # fmt: skip
    return Garment(pieces, (*TRUNK, *LONG_SLEEVES))


def suit(bust: float) -> Garment:
    """A jacket and trousers of one cloth."""
    worn = (
        *trunk(0.022, 0.85 * bust, "over"), *hem(0.19, 0.18, "over"), *long_sleeves(0.019, "over"),
        *opening(bust), *lapels(bust),
        Piece("torso", ("waist", 0, 0.035, 0.135), radius=(0.01, 0.01), **group("button", "trim")),
        *trousers(0).pieces,
    )  # fmt: skip
    return Garment(worn, (*TRUNK, *LONG_SLEEVES, "hips", *LONG_LEGS))


def coat(bust: float) -> Garment:
    pieces = (
        *trunk(0.028, 0.8 * bust, "over"), *long_sleeves(0.026, "over", "trim"),
        *seam((("chest", 0, -0.03, 0.115), ("chest", 0, -0.1, 0.139 + 0.012 * bust),
               ("waist", 0, 0.0, 0.137))), *tails(0.43),
        Piece("torso", ("chest", 0, 0.058, -0.006), radius=(0.074, 0.027), kind="ring",
              tilt=(16, 0, 0), **group("collar", "trim")),
        Piece("torso", ("waist", 0, -0.02, 0.004), kind="cone", radius=(0.176, 0.17),
              half=(1, 0.022, 0.82),
              rounding=0.01, **group("belt", "trim")),
        Piece("torso", ("waist", 0, -0.02, 0.147), kind="box", half=(0.03, 0.024, 0.012),
              rounding=0.008,
              **group("buckle", "metal")),
    )  # fmt: skip
    return Garment(pieces, (*TRUNK, *LONG_SLEEVES))


def tails(long: float) -> list[Piece]:
    """Return the skirt of a coat to ``long`` metres below the hips: a part that hangs from them,
    and one around each thigh, which goes along when it is lifted."""
    of = group("tails", "cloth", 0.08)
    found = list(over(human(), ("hips",), 0.028, **of))
    found.append(Piece("hips", ("skirt", 0, 0.08 - long / 2, 0.0), kind="cone",
                       radius=(0.275, 0.188), half=(1, 0.08 + long / 2, 0.84), rounding=0.014,
                       **of))  # fmt: skip
    for side, _ in SIDES:
        found.append(Piece(f"{side}_thigh", (f"{side}_hip", 0, long / 2 - 0.04, 0), kind="cone",
                           radius=(0.122, 0.135), half=(1, long / 2 + 0.02, 1), rounding=0.014,
                           **of))  # fmt: skip
    return found


def flare(long: float, top: float, bottom: float, name: str, thin: float = 0.86) -> list[Piece]:
    """Return a skirt from the waist to ``long`` metres below the hips; it lies on lifted thighs."""
    of = group(name, "cloth", 0.11)
    found = list(over(human(), ("hips",), 0.016, **of))
    middle = (long - 0.1) / 2
    found.append(Piece("hips", ("skirt", 0, 0.1 - middle - 0.1, 0.0), kind="cone",
                       radius=(bottom, top),
                       half=(1, middle + 0.1, thin), rounding=0.014, **of))  # fmt: skip
    for side, _ in SIDES:
        reach = min(0.85 * long, THIGH)
        hip, knee = f"{side}_hip", f"{side}_knee"
        found.append(Piece(f"{side}_thigh", (hip, 0, 0, 0), (hip, 0, reach, 0), (0.122, 0.1), **of))
        if long > THIGH + 0.1:
            low = min(long - THIGH - 0.06, 0.36)
            found.append(Piece(f"{side}_shin", (knee, 0, low / 2, 0), kind="cone",
                               radius=(0.1, 0.1 + 0.17 * low), half=(1, low / 2, 1),
                               rounding=0.014, **of))  # fmt: skip
    return found


def dress(bust: float) -> Garment:
    low = [piece for piece in tank_top(bust).pieces if piece.part == "torso"]
    belt = Piece("torso", ("waist", 0, -0.005, 0.006), kind="cone", radius=(0.164, 0.158),
                 half=(1, 0.02, 0.78),
                 rounding=0.01, **group("belt", "trim"))  # fmt: skip
    return Garment((*low, *flare(0.46, 0.125, 0.33, "dress"), belt), (CORE, "hips", *both("thigh")))


def gown(bust: float) -> Garment:
    low = [piece for piece in trunk(0.016, bust) if covers({CORE}, piece)]
    off = [
        Piece("torso", ("chest", 0.1 * x, -0.095, 0.0), (f"{side}_shoulder", 0.03, 0.05, 0),
              (0.06, 0.055),
              **group("top", "cloth", 0.05)) for side, x in SIDES
    ]  # fmt: skip
    sash = Piece("torso", ("waist", 0, 0.005, 0.006), kind="cone", radius=(0.163, 0.158),
                 half=(1, 0.03, 0.78),
                 rounding=0.012, **group("belt", "trim"))  # fmt: skip
    return Garment(
        (*low, *off, *flare(0.82, 0.12, 0.43, "dress", 0.92), sash), (CORE, "hips", *both("thigh"))
    )


def wide_sleeves(lining: str) -> list[Piece]:
    """Return sleeves that widen from the elbow on, and what is seen inside them."""
    sleeves = []
    for side, _ in SIDES:
        shoulder, elbow, _ = (f"{side}_{place}" for place in ARM)
        fore = f"{side}_forearm"
        wide = group(f"{side} sleeve", "cloth", 0.06)
        sleeves += [
            Piece(f"{side}_upper_arm", (shoulder, 0, 0, 0), (elbow, 0, 0, 0), (0.076, 0.078),
                  **wide),
            Piece(fore, (elbow, 0, 0.1, 0), kind="cone", radius=(0.08, 0.135),
                  half=(1, 0.115, 0.62),
                  tilt=(0, 0, 0), rounding=0.02, **wide),
            Piece(fore, (elbow, 0, 0.2, 0), kind="cone", radius=(0.118, 0.122),
                  half=(1, 0.018, 0.58),
                  rounding=0.008, **group(f"{side} lining", lining)),
        ]  # fmt: skip
    return sleeves


def robe(bust: float) -> Garment:
    """A wide coat to the feet, closed with a cord."""
    pieces = (
        *trunk(0.026, 0.6 * bust), *wide_sleeves("cuffs"), *flare(0.8, 0.16, 0.34, "robe", 0.86),
        *seam((("chest", 0, -0.03, 0.114), ("chest", 0, -0.1, 0.138 + 0.01 * bust),
               ("waist", 0, 0.0, 0.136))),
        Piece("torso", ("chest", 0, 0.058, -0.006), radius=(0.074, 0.026), kind="ring",
              tilt=(16, 0, 0), **group("collar", "trim")),
        Piece("torso", ("waist", 0, -0.01, 0.004), kind="cone", radius=(0.172, 0.168),
              half=(1, 0.018, 0.82), rounding=0.01, **group("cord", "trim")),
    )  # fmt: skip
    return Garment(pieces, (*TRUNK, "hips", *both("upper_arm", "thigh")))


def kimono(bust: float) -> Garment:
    obi, edge = group("obi", "trim", 0.02), group("edge", "under", 0.015)
    pieces = (
        *trunk(0.022, 0.5 * bust), *wide_sleeves("under"), *flare(0.78, 0.15, 0.235, "robe", 0.8),
        *(Piece("torso", ("chest", *a), ("chest", *b), (0.02, 0.02), **edge)
          for _, x in SIDES
          for a, b in (((0.056 * x, 0.045, 0.02), (0.032 * x, -0.06, 0.112)),
                       ((0.032 * x, -0.06, 0.112), (0.004 * x, -0.17, 0.134)))),
        Piece("torso", ("waist", 0, 0.015, 0.006), kind="cone", radius=(0.172, 0.172),
              half=(1, 0.07, 0.8),
              rounding=0.012, **obi),
        Piece("torso", ("waist", 0, 0.015, 0.006), kind="cone", radius=(0.178, 0.178),
              half=(1, 0.01, 0.8),
              rounding=0.006, **group("cord", "metal")),
        Piece("torso", ("waist", 0, 0.06, -0.16), kind="box", half=(0.1, 0.075, 0.035),
              rounding=0.03, **group("bow", "trim")),
    )  # fmt: skip
    return Garment(pieces, (*TRUNK, "hips", *both("upper_arm", "thigh")))


def armour(bust: float) -> Garment:
    return Garment(plates("cloth"), (*TRUNK, *both("hand", "foot")))


def trousers(bust: float) -> Garment:
    of = group("legs", "cloth", 0.05)
    pieces = [
        *over(human(), ("hips", *both("thigh")), 0.012, **of),
        *(Piece(f"{side}_shin", (f"{side}_knee", 0, 0, 0.004), (f"{side}_knee", 0, 0.32, -0.004),
                (0.066, 0.058), **of)
          for side, _ in SIDES),
        *(Piece(f"{side}_shin", (f"{side}_knee", 0, 0.34, -0.002), kind="cone",
                radius=(0.056, 0.066),
                half=(1, 0.05, 1), rounding=0.01, **of) for side, _ in SIDES),
    ]  # fmt: skip
    return Garment(tuple(pieces), ("hips", *LONG_LEGS))


def shorts(bust: float) -> Garment:
    of = group("legs", "cloth", 0.05)
    pieces = [
        *over(human(), ("hips",), 0.013, **of),
        *(Piece(f"{side}_thigh", (f"{side}_hip", 0, 0, 0), (f"{side}_hip", 0, 0.16, 0),
                (0.101, 0.09), **of)
          for side, _ in SIDES),
        *(Piece(f"{side}_thigh", (f"{side}_hip", 0, 0.19, 0), kind="cone", radius=(0.092, 0.104),
                half=(1, 0.065, 1), rounding=0.01, **of) for side, _ in SIDES),
    ]  # fmt: skip
    return Garment(tuple(pieces), ("hips",))


def leggings(bust: float) -> Garment:
    of = group("legs", "cloth", 0.05)
    return Garment(over(human(), ("hips", *LONG_LEGS), 0.006, **of), ("hips", *LONG_LEGS))


def skirt(bust: float) -> Garment:
    return Garment(tuple(flare(0.36, 0.125, 0.275, "skirt")), ("hips",))


def tutu(bust: float) -> Garment:
    """Layers of tulle that stand off all around and droop a little, the widest on top."""
    layers = [
        Piece("hips", ("pelvis", 0, 0.085 - 0.035 * k, 0), kind="cone",
              radius=(0.4 - 0.035 * k, 0.13), half=(1, 0.06, 0.96), rounding=0.012,
              **group(f"layer {k}", "trim" if k % 2 else "cloth", 0.02)) for k in range(4)
    ]  # fmt: skip
    return Garment(
        (*over(human(), ("hips",), 0.01, **group("legs", "cloth", 0.05)), *layers), ("hips",)
    )


def trainers(bust: float) -> Garment:
    found = []
    for side, _ in SIDES:
        part, ankle = f"{side}_foot", f"{side}_ankle"
        of, sole = group(f"{side} shoe", "cloth", 0.04), group(f"{side} sole", "trim", 0.02)
        found += [
            Piece(part, (ankle, 0, 0.02, -0.012), (ankle, 0, -0.026, 0.06), (0.047, 0.044), **of),
            Piece(part, (ankle, 0, -0.03, -0.035), (ankle, 0.004, -0.036, 0.14), (0.043, 0.038),
                  **of),
            Piece(part, (ankle, 0.003, -0.057, 0.053), kind="box", half=(0.045, 0.02, 0.128),
                  rounding=0.018, **sole),
        ]  # fmt: skip
    return Garment(tuple(found), both("foot"))


def boots(bust: float) -> Garment:
    shafts = [
        piece
        for side, _ in SIDES
        for piece in (
            Piece(f"{side}_shin", (f"{side}_knee", 0, 0.31, -0.004), kind="cone",
                  radius=(0.074, 0.062),
                  half=(1, 0.11, 1), rounding=0.012, **group(f"{side} shoe", "cloth", 0.04)),
            Piece(f"{side}_shin", (f"{side}_knee", 0, 0.205, -0.004), kind="cone",
                  radius=(0.077, 0.077),
                  half=(1, 0.012, 1), rounding=0.008, **group(f"{side} rim", "trim", 0.02)),
        )
    ]  # fmt: skip
    return Garment((*trainers(bust).pieces, *shafts), both("foot"))


def gloves(bust: float) -> Garment:
    found: list[Piece] = []
    for side, _ in SIDES:
        found += over(hand(side), both("hand"), 0.006, **group(f"{side} glove", "cloth"))
        found.append(Piece(f"{side}_hand", (f"{side}_wrist", 0, -0.012, 0), kind="cone",
                           radius=(0.044, 0.04),
                           half=(1, 0.028, 1), rounding=0.01,
                           **group(f"{side} glove cuff", "trim")))  # fmt: skip
    return Garment(tuple(found), both("hand"))


GARMENTS: dict[str, Callable[[float], Garment]] = {
    "t-shirt": t_shirt, "shirt": shirt, "tank-top": tank_top, "hoodie": hoodie, "sweater": sweater,
    "jacket": jacket, "suit": suit, "coat": coat, "armour": armour, "dress": dress, "gown": gown,
    "kimono": kimono, "robe": robe, "trousers": trousers, "shorts": shorts, "leggings": leggings,
    "skirt": skirt, "tutu": tutu, "trainers": trainers, "boots": boots, "gloves": gloves,
}  # fmt: skip
"""By name; what they return depends on how much bust the body has."""
