"""What is worn beside clothes: hats, glasses, capes, wings, and what grows on heads."""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from pose2video.stage.figures.bodies import SIDES
from pose2video.stage.figures.kinds import group
from pose2video.stage.pieces import Piece


def _head(*args: Any, **of: Any) -> Piece:
    return Piece("head", *args, **of)


def _disc(
    y: float,
    radius: tuple[float, float],
    height: float,
    of: dict[str, Any],
    rounding: float = 0.006,
) -> Piece:
    """Return a round part of a hat, which sits on the head a little tilted back."""
    return Piece("head", ("head", 0, y, -0.008), kind="cone", radius=radius, half=(1, height, 1),
                 rounding=rounding, tilt=(-6, 0, 0), **of)  # fmt: skip


def hat() -> list[Piece]:
    felt, band = group("hat", "cloth", 0.02), group("hat band", "trim")
    return [
        _disc(0.083, (0.178, 0.172), 0.009, felt),
        _disc(0.125, (0.112, 0.098), 0.05, felt, rounding=0.025),
        _disc(0.099, (0.1145, 0.1125), 0.015, band),
    ]


def cap() -> list[Piece]:
    of, peak = group("cap", "cloth", 0.02), group("peak", "trim", 0.02)
    return [
        _head(("head", 0, 0.074, -0.012), ("head", 0, 0.04, -0.036), (0.108, 0.1), **of),
        _head(("head", 0, 0.083, 0.128), kind="cone", radius=(0.078, 0.076), half=(1, 0.009, 0.85),
              tilt=(10, 0, 0), rounding=0.006, **peak),
        _head(("head", 0, 0.182, -0.014), radius=(0.011, 0.011), **peak),
    ]  # fmt: skip


def beanie() -> list[Piece]:
    return [
        _head(("head", 0, 0.082, -0.016), ("head", 0, 0.045, -0.03), (0.104, 0.1),
              **group("beanie", "cloth", 0.03)),
        _head(("head", 0, 0.072, -0.012), radius=(0.094, 0.024), kind="ring", half=(1, 1.35, 1),
              tilt=(-14, 0, 0),
              **group("beanie fold", "trim")),
        _head(("head", 0, 0.198, -0.024), radius=(0.036, 0.036), **group("bobble", "trim")),
    ]  # fmt: skip


def top_hat() -> list[Piece]:
    felt = group("hat", "cloth", 0.012)
    return [
        _disc(0.086, (0.165, 0.165), 0.008, felt),
        _disc(0.172, (0.103, 0.115), 0.092, felt, rounding=0.01),
        _disc(0.108, (0.108, 0.109), 0.018, group("hat band", "trim")),
    ]


def cowboy_hat() -> list[Piece]:
    felt = group("hat", "cloth", 0.03)
    sides = [_head(("head", 0.155 * x, 0.118, 0.075), ("head", 0.155 * x, 0.118, -0.09),
                   (0.014, 0.014), **felt)
             for _, x in SIDES]  # fmt: skip
    return [
        _head(("head", 0, 0.09, -0.008), kind="box", half=(0.155, 0.009, 0.165), rounding=0.009,
              **felt),
        *sides,
        _disc(0.135, (0.112, 0.086), 0.06, felt, rounding=0.03),
        _disc(0.105, (0.114, 0.111), 0.014, group("hat band", "trim")),
    ]  # fmt: skip


def wizard_hat() -> list[Piece]:
    felt = group("hat", "cloth", 0.02)
    return [
        _disc(0.083, (0.205, 0.2), 0.009, felt),
        _disc(0.16, (0.112, 0.062), 0.085, felt, rounding=0.01),
        _head(("head", 0, 0.235, -0.02), ("head", 0.012, 0.335, -0.045), (0.055, 0.03), **felt),
        _head(("head", 0.012, 0.335, -0.045), ("head", 0.05, 0.395, -0.085), (0.03, 0.006), **felt),
        _disc(0.1, (0.1135, 0.107), 0.016, group("hat band", "trim")),
        _head(
            ("head", 0, 0.1, 0.106),
            kind="box",
            half=(0.02, 0.02, 0.008),
            rounding=0.004,
            **group("buckle", "metal"),
        ),
    ]


def crown() -> list[Piece]:
    gold, gems = group("crown", "cloth", 0.012), group("gems", "trim")
    found = [_disc(0.115, (0.1, 0.108), 0.026, gold, rounding=0.004)]
    for k in range(5):
        angle = 2 * math.pi * k / 5
        x, z = 0.1 * math.sin(angle), 0.1 * math.cos(angle) - 0.008
        found.append(
            _head(("head", x, 0.13, z), ("head", 1.1 * x, 0.185, 1.1 * z), (0.034, 0.007), **gold)
        )
        found.append(_head(("head", 1.12 * x, 0.192, 1.12 * z), radius=(0.011, 0.011), **gems))
    return found


def helmet() -> list[Piece]:
    shell = {"face": "helmet", **group("helmet", "cloth", 0.03)}
    return [
        _head(("head", 0, 0.03, -0.006), ("head", 0, 0.015, 0.004), (0.128, 0.126), **shell),
        _head(("head", 0, -0.04, 0.012), ("head", 0, -0.05, 0.05), (0.1, 0.084), **shell),
        _head(("head", 0, 0.09, 0.09), ("head", 0, 0.145, -0.045), (0.022, 0.022), half=(1.2, 1, 1),
              **group("stripe", "trim", 0.04)),
    ]  # fmt: skip


def headband() -> list[Piece]:
    return [
        _head(("head", 0, 0.07, -0.004), radius=(0.1, 0.011), kind="ring", half=(1, 1.7, 1.06),
              tilt=(-8, 0, 0),
              **group("headband", "cloth")),
        *(_head(("head", 0.012, 0.062, -0.108), ("hair", 0.02 * k, -0.06, -0.03), (0.012, 0.018),
                half=(1, 1, 0.5),
                **group("knot", "cloth")) for k in (-1, 1.4)),
    ]  # fmt: skip


def halo() -> list[Piece]:
    return [
        _head(
            ("head", 0, 0.205, -0.015),
            radius=(0.092, 0.0115),
            kind="ring",
            tilt=(-8, 0, 0),
            **group("halo", "cloth"),
        )
    ]


def _glasses(lens: str, width: float) -> list[Piece]:
    frame = group("frame", "cloth", 0.006)
    found = [
        _head(
            ("head", 0.012, 0.012, 0.106), ("head", -0.012, 0.012, 0.106), (0.004, 0.004), **frame
        )
    ]
    for _, x in SIDES:
        eye = ("head", 0.0375 * x, 0.006, 0.1)
        found += [
            _head(eye, radius=(0.0265, 0.0042), kind="ring", tilt=(90, 0, 0), **frame),
            _head(
                ("head", 0.064 * x, 0.012, 0.094),
                ("head", 0.096 * x, 0.012, -0.01),
                (0.004, 0.004),
                **frame,
            ),
        ]
        if lens:
            found.append(_head(eye, kind="cone", radius=(width, width), half=(1, 0.004, 1),
                               tilt=(90, 0, 0),
                               rounding=0.003, **group(f"lens {x}", lens, 0.004)))  # fmt: skip
    return found


def glasses() -> list[Piece]:
    return _glasses("", 0.0)


def sunglasses() -> list[Piece]:
    return _glasses("dark", 0.0275)


def headphones() -> list[Piece]:
    band, arc = (
        group("band", "cloth", 0.02),
        ((0.106, 0.03), (0.092, 0.1), (0.05, 0.148), (0.0, 0.163)),
    )
    found = []
    for _, x in SIDES:
        found += [_head(("head", a[0] * x, a[1], -0.012), ("head", b[0] * x, b[1], -0.012),
                        (0.0135, 0.0135), **band)
                  for a, b in pairwise(arc)]  # fmt: skip
        found += [
            _head(("head", 0.108 * x, 0.004, -0.008), kind="cone", radius=(0.046, 0.046),
                  half=(1, 0.022, 1),
                  tilt=(0, 0, 90), rounding=0.014, **group(f"cup {x}", "cloth")),
            _head(("head", 0.129 * x, 0.004, -0.008), kind="cone", radius=(0.03, 0.03),
                  half=(1, 0.006, 1),
                  tilt=(0, 0, 90), rounding=0.004, **group(f"light {x}", "trim")),
        ]  # fmt: skip
    return found


def mask() -> list[Piece]:
    of = group("mask", "cloth", 0.03)
    return [
        _head(("head", 0, -0.032, 0.032), ("head", 0, -0.066, 0.05), (0.08, 0.052), **of),
        _head(("head", 0, -0.016, 0.088), ("head", 0, -0.046, 0.084), (0.031, 0.036), **of),
        *(_head(("head", 0.07 * x, -0.025, 0.03), ("head", 0.098 * x, -0.002, -0.01),
                (0.008, 0.006), **group("loops", "cloth"))
          for _, x in SIDES),
    ]  # fmt: skip


def _horns(ends: tuple, radii: tuple, material: str) -> list[Piece]:
    """Return both horns, which grow along some points and end in a tip."""
    found = []
    for _, x in SIDES:
        of = group(f"horn {x}", material, 0.015)
        found += [_head(("head", a[0] * x, *a[1:]), ("head", b[0] * x, *b[1:]), (r, s), **of)
                  for (a, b), (r, s) in zip(pairwise(ends), pairwise(radii),
                                            strict=True)]  # fmt: skip
    return found


def horns() -> list[Piece]:
    ends = ((0.06, 0.105, 0.03), (0.1, 0.155, 0.03), (0.11, 0.205, 0.02), (0.095, 0.25, 0.012))
    return _horns(ends, (0.03, 0.025, 0.016, 0.004), "cloth")


def horned_helmet() -> list[Piece]:
    """A round cap of metal with a rim, a ridge and a horn at each side."""
    rim = group("helmet rim", "metal", 0.02)
    ends = ((0.1, 0.1, -0.012), (0.155, 0.125, -0.01), (0.185, 0.175, -0.006), (0.18, 0.235, 0.0))
    return [
        _head(("head", 0, 0.085, -0.012), ("head", 0, 0.06, -0.024), (0.108, 0.108),
              **group("helmet", "cloth", 0.02)),
        _head(("head", 0, 0.074, -0.016), radius=(0.104, 0.013), kind="ring", half=(1, 1.5, 1.03),
              tilt=(-12, 0, 0), **rim),
        _head(("head", 0, 0.1, 0.094), ("head", 0, 0.194, -0.02), (0.011, 0.013), **rim),
        _head(("head", 0, 0.09, 0.098), ("head", 0, 0.03, 0.118), (0.011, 0.009), **rim),
        *_horns(ends, (0.034, 0.029, 0.019, 0.004), "trim"),
    ]  # fmt: skip


def _ears(ends: tuple, radii: tuple) -> list[Piece]:
    found = [_head(("head", 0.098 * x, 0.02, -0.012), ("head", 0.06 * x, 0.135, -0.012),
                   (0.007, 0.007), **group("hoop", "cloth"))
             for _, x in SIDES]  # fmt: skip
    (x0, y0), (x1, y1) = ends
    for _, x in SIDES:
        of = {"half": (1.0, 1.0, 0.6), **group(f"ear {x}", "cloth", 0.02)}
        inside = {"half": (1.0, 1.0, 0.5), **group(f"inner ear {x}", "pink", 0.02)}
        found += [
            _head(("head", x0 * x, y0, -0.012), ("head", x1 * x, y1, -0.016), radii, **of),
            _head(("head", x0 * x, y0, 0.002), ("head", (0.3 * x0 + 0.7 * x1) * x,
                                                0.3 * y0 + 0.7 * y1, -0.006),
                  (0.62 * radii[0], 0.62 * radii[1]), **inside),
        ]  # fmt: skip
    return found


def cat_ears() -> list[Piece]:
    return _ears(((0.062, 0.122), (0.085, 0.192)), (0.036, 0.006))


def rabbit_ears() -> list[Piece]:
    return _ears(((0.045, 0.135), (0.068, 0.305)), (0.026, 0.03))


def beard() -> list[Piece]:
    of = group("beard", "cloth", 0.03)
    return [
        Piece("hair", ("head", 0, -0.074, 0.05), ("head", 0, -0.118, 0.066), (0.052, 0.024), **of),
        *(Piece("hair", ("head", 0.083 * x, 0.002, 0.002), ("head", 0.036 * x, -0.084, 0.054),
                (0.02, 0.036), **of) for _, x in SIDES),
        *(Piece("hair", ("head", 0.0, -0.042, 0.106), ("head", 0.034 * x, -0.054, 0.094),
                (0.012, 0.008), **of) for _, x in SIDES),
    ]  # fmt: skip


def long_beard() -> list[Piece]:
    """A beard down to the chest, in a point."""
    of = {"half": (1.0, 1.0, 0.75), **group("beard", "cloth", 0.03)}
    return [
        *beard(),
        Piece("hair", ("head", 0, -0.09, 0.062), ("head", 0, -0.2, 0.1), (0.064, 0.054), **of),
        Piece("hair", ("head", 0, -0.2, 0.1), ("head", 0, -0.33, 0.115), (0.054, 0.012), **of),
    ]


def cape() -> list[Piece]:
    of, wide = group("cape", "cloth", 0.05), {"half": (1.15, 1.0, 0.4)}
    found = [
        Piece(
            "extra",
            ("chest", 0.07 * x, 0.025, -0.03),
            ("chest", 0.15 * x, -0.01, -0.03),
            (0.036, 0.036),
            **of,
        )
        for _, x in SIDES
    ]
    for x in (-1.0, 0.0, 1.0):
        found += [
            Piece(
                "extra",
                ("cape", 0.12 * x, 0.0, 0.0),
                ("cape_end", 0.19 * x, 0, -0.01),
                (0.085, 0.11),
                **wide,
                **of,
            ),
            Piece(
                "extra",
                ("cape_end", 0.19 * x, 0.0, -0.01),
                ("cape_end", 0.27 * x, -0.46, 0.0),
                (0.11, 0.125),
                **wide,
                **of,
            ),
        ]
    clasp = Piece(
        "extra",
        ("chest", 0.07, 0.03, 0.062),
        ("chest", -0.07, 0.03, 0.062),
        (0.013, 0.013),
        **group("clasp", "metal"),
    )
    return [*found, clasp]


def scarf() -> list[Piece]:
    of = group("scarf", "cloth", 0.03)
    return [
        Piece("neck", ("chest", 0, 0.045, -0.002), radius=(0.07, 0.036), kind="ring",
              half=(1, 1.15, 1), tilt=(10, 0, 0), **of),
        Piece("neck", ("chest", 0.045, 0.02, 0.09), ("chest", 0.062, -0.2, 0.145), (0.034, 0.042),
              half=(1, 1, 0.55), **of),
        Piece("neck", ("chest", 0.015, 0.02, 0.09), ("chest", 0.0, -0.12, 0.14), (0.032, 0.038),
              half=(1, 1, 0.55), **of),
    ]  # fmt: skip


def tie() -> list[Piece]:
    of = {"half": (1.0, 1.0, 0.45), **group("tie", "cloth", 0.01)}
    ends = (("chest", 0, -0.02, 0.119), ("chest", 0, -0.06, 0.143), ("chest", 0, -0.165, 0.151),
            ("chest", 0, -0.215, 0.151))  # fmt: skip
    radii = (0.011, 0.015, 0.023, 0.006)
    return [
        Piece("torso", ("chest", 0, 0.008, 0.1), ("chest", 0, -0.016, 0.114), (0.019, 0.012),
              **{**of, "half": (1, 1, 0.8)}),
        *(Piece("torso", a, b, (r, s), **of)
          for (a, b), (r, s) in zip(pairwise(ends), pairwise(radii), strict=True)),
    ]  # fmt: skip


def wings() -> list[Piece]:
    feathers = (
        (0.5, 0.24, -0.16, 0.075),
        (0.56, 0.06, -0.18, 0.078),
        (0.5, -0.12, -0.18, 0.074),
        (0.38, -0.27, -0.16, 0.066),
    )
    found = []
    for _, x in SIDES:
        of = {"half": (1.0, 1.0, 0.28), **group(f"wing {x}", "cloth", 0.03)}
        found.append(Piece("extra", ("chest", 0.04 * x, -0.1, -0.1),
                           ("chest", 0.3 * x, 0.14, -0.17), (0.04, 0.06),
                           **{**of, "half": (1, 1, 0.5)}))  # fmt: skip
        for k, (u, v, w, r) in enumerate(feathers):
            of = {
                "half": (1.0, 1.0, 0.28),
                **group(f"feather {x} {k % 2}", "cloth" if k % 2 == 0 else "trim", 0.02),
            }
            found.append(
                Piece(
                    "extra",
                    ("chest", 0.07 * x, -0.08 - 0.03 * k, -0.11),
                    ("chest", u * x, v, w),
                    (0.035, r),
                    **of,
                )
            )
    return found


def backpack() -> list[Piece]:
    found = [
        Piece("extra", ("chest", 0, -0.16, -0.185), kind="box", half=(0.135, 0.17, 0.072),
              rounding=0.05, **group("backpack", "cloth", 0.02)),
        Piece("extra", ("chest", 0, -0.215, -0.26), kind="box", half=(0.095, 0.075, 0.03),
              rounding=0.025, **group("pouch", "trim")),
    ]  # fmt: skip
    for _, x in SIDES:
        strap = group(f"strap {x}", "trim")
        back, over = ("chest", 0.085 * x, 0.035, -0.06), ("chest", 0.09 * x, -0.02, 0.085)
        found += [
            Piece("torso", back, over, (0.017, 0.017), **strap),
            Piece("torso", over, ("chest", 0.105 * x, -0.2, 0.1), (0.017, 0.015), **strap),
        ]
    return found


def wristband() -> list[Piece]:
    """Return a band on the right wrist alone, by which the eye tells the arms apart."""
    band = Piece("right_forearm", ("right_elbow", 0, 0.205, 0), kind="cone", radius=(0.041, 0.039),
                 half=(1, 0.024, 1), rounding=0.01, **group("wristband", "cloth"))  # fmt: skip
    return [band]


EXTRAS: dict[str, Callable[[], list[Piece]]] = {
    "hat": hat, "cap": cap, "beanie": beanie, "top-hat": top_hat, "cowboy-hat": cowboy_hat,
    "wizard-hat": wizard_hat, "crown": crown, "helmet": helmet, "cape": cape, "scarf": scarf,
    "tie": tie,
    "headband": headband, "halo": halo, "glasses": glasses, "sunglasses": sunglasses,
    "headphones": headphones,
    "mask": mask, "wings": wings, "horns": horns, "cat-ears": cat_ears, "rabbit-ears": rabbit_ears,
    "beard": beard, "long-beard": long_beard, "horned-helmet": horned_helmet,
    "backpack": backpack, "wristband": wristband,
}  # fmt: skip
