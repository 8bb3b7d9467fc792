"""Hair as shapes on a head: what lies on the skull, and what hangs and swings."""

from collections.abc import Callable
from itertools import pairwise

from pose2video.stage.figures.bodies import SIDES
from pose2video.stage.figures.kinds import group
from pose2video.stage.pieces import Piece

OF = group("hair", blend=0.04)


def _cap(more: float = 0.0) -> list[Piece]:
    """Return hair that covers the skull down to the neck and leaves the face free."""
    return [
        Piece("hair", ("head", 0, 0.058, -0.014), ("head", 0, -0.005, -0.044),
              (0.1 + more, 0.086 + more), **OF),
    ]  # fmt: skip


def _temples(low: float = 0.02, radius: float = 0.034) -> list[Piece]:
    return [
        Piece(
            "hair",
            ("head", 0.052 * x, 0.075, 0.03),
            ("head", 0.08 * x, low, -0.012),
            (0.04, radius),
            **OF,
        )
        for _, x in SIDES
    ]


def _fringe(side: float = 1.0) -> list[Piece]:
    """Return hair over the forehead, parted at one side."""
    return [
        Piece(
            "hair",
            ("head", 0.035 * side, 0.112, 0.05),
            ("head", -0.07 * side, 0.062, 0.058),
            (0.03, 0.02),
            **OF,
        ),
        Piece(
            "hair",
            ("head", 0.035 * side, 0.112, 0.05),
            ("head", 0.077 * side, 0.062, 0.046),
            (0.026, 0.018),
            **OF,
        ),
    ]


def short() -> list[Piece]:
    quiff = Piece(
        "hair", ("head", 0.042, 0.108, 0.052), ("head", -0.05, 0.094, 0.058), (0.036, 0.03), **OF
    )
    return [*_cap(), *_temples(), quiff]


def long() -> list[Piece]:
    sides = [
        piece
        for _, x in SIDES
        for piece in (
            Piece(
                "hair",
                ("head", 0.086 * x, 0.03, -0.012),
                ("hair", 0.082 * x, -0.1, 0.085),
                (0.034, 0.034),
                **OF,
            ),
            Piece(
                "hair",
                ("hair", 0.082 * x, -0.1, 0.085),
                ("hair_end", 0.07 * x, -0.04, 0.05),
                (0.034, 0.022),
                **OF,
            ),
        )
    ]
    back = [
        Piece(
            "hair",
            ("head", 0, 0.0, -0.045),
            ("hair", 0, -0.17, 0.0),
            (0.088, 0.062),
            half=(1.3, 1, 0.85),
            **OF,
        ),
        Piece(
            "hair",
            ("hair_end", 0, 0.02, 0.0),
            ("hair_end", 0, -0.19, 0.0),
            (0.062, 0.028),
            half=(1.5, 1, 0.7),
            **OF,
        ),
    ]
    return [*_cap(), *_fringe(), *_temples(0.03), *sides, *back]


def bob() -> list[Piece]:
    sides = [
        Piece(
            "hair",
            ("head", 0.083 * x, 0.04, -0.008),
            ("head", 0.088 * x, -0.075, 0.002),
            (0.036, 0.036),
            **OF,
        )
        for _, x in SIDES
    ]
    back = Piece(
        "hair",
        ("head", 0, 0.0, -0.05),
        ("head", 0, -0.066, -0.052),
        (0.09, 0.07),
        half=(1.15, 1, 1),
        **OF,
    )
    return [*_cap(0.003), *_fringe(-1.0), *_temples(0.03), *sides, back]


def afro() -> list[Piece]:
    """One big ball, behind which the face looks out."""
    return [
        Piece("hair", ("head", 0, 0.09, -0.086), radius=(0.178, 0.178), **OF),
        *(
            Piece("hair", ("head", 0.1 * x, 0.035, -0.06), radius=(0.1, 0.1), **OF)
            for _, x in SIDES
        ),
        Piece("hair", ("head", 0.06, 0.14, 0.01), ("head", -0.06, 0.14, 0.01), (0.07, 0.07), **OF),
    ]


def curly() -> list[Piece]:
    curls = (
        (0.0, 0.14, 0.03, 0.046), (0.055, 0.125, 0.04, 0.04), (-0.055, 0.125, 0.04, 0.04),
        (0.09, 0.085, 0.01, 0.042), (-0.09, 0.085, 0.01, 0.042), (0.1, 0.035, -0.02, 0.04),
        (-0.1, 0.035, -0.02, 0.04), (0.09, -0.025, -0.035, 0.036), (-0.09, -0.025, -0.035, 0.036),
        (0.045, 0.06, -0.1, 0.05), (-0.045, 0.06, -0.1, 0.05), (0.0, 0.0, -0.1, 0.052),
        (0.02, 0.135, -0.055, 0.055),
        (-0.03, 0.11, 0.072, 0.03), (0.035, 0.105, 0.072, 0.028),
    )  # fmt: skip
    of = group("hair", blend=0.022)
    balls = [Piece("hair", ("head", x, y, z), radius=(r, r), **of) for x, y, z, r in curls]
    return [piece.but(blend=0.022) for piece in _cap()] + balls


def ponytail() -> list[Piece]:
    return [
        *_cap(-0.001), *_temples(0.03, 0.03), *_fringe(),
        Piece("hair", ("head", 0, 0.085, -0.105), ("head", 0, 0.1, -0.128), (0.03, 0.03),
              **group("hair tie", "ribbon")),
        Piece("hair", ("head", 0, 0.1, -0.125), ("hair", 0, -0.02, -0.085), (0.03, 0.046), **OF),
        Piece("hair", ("hair", 0, -0.02, -0.085), ("hair_end", 0, 0.0, -0.035), (0.046, 0.042),
              **OF),
        Piece("hair", ("hair_end", 0, 0.0, -0.035), ("hair_end", 0, -0.16, -0.02), (0.042, 0.012),
              **OF),
    ]  # fmt: skip


def twintails() -> list[Piece]:
    """Two tails, bound high at the sides, down to the hips."""
    found = [*_cap(), *_fringe(), *_temples(0.03, 0.03)]
    for _, x in SIDES:
        ends = (("head", 0.085 * x, 0.105, -0.05), ("head", 0.15 * x, 0.08, -0.065),
                ("hair", 0.18 * x, -0.12, 0.02), ("hair_end", 0.19 * x, -0.02, 0.02),
                ("hair_end", 0.17 * x, -0.34, 0.01))  # fmt: skip
        of = group(f"twintail {x}", "hair", 0.03)
        found += [
            Piece("hair", one, other, radii, **of)
            for (one, other), radii in zip(
                pairwise(ends), pairwise((0.032, 0.046, 0.054, 0.048, 0.008)), strict=True
            )
        ]
        found.append(Piece("hair", ("head", 0.098 * x, 0.104, -0.052), radius=(0.036, 0.036),
                           **group(f"tail tie {x}", "ribbon")))  # fmt: skip
    return found


def buns() -> list[Piece]:
    balls = [
        Piece(
            "hair",
            ("head", 0.074 * x, 0.14, -0.03),
            radius=(0.044, 0.044),
            **group(f"bun {x}", "hair"),
        )
        for _, x in SIDES
    ]
    ties = [
        Piece(
            "hair",
            ("head", 0.06 * x, 0.112, -0.026),
            radius=(0.032, 0.032),
            **group(f"bun tie {x}", "ribbon"),
        )
        for _, x in SIDES
    ]
    return [*_cap(), *_temples(0.02, 0.03), *_fringe(), *balls, *ties]


def braids() -> list[Piece]:
    found = [*_cap(), *_fringe(), *_temples(0.02)]
    for _, x in SIDES:
        ends = (("head", 0.088 * x, -0.02, -0.03), ("hair", 0.098 * x, -0.09, 0.07),
                ("hair", 0.098 * x, -0.15, 0.07),
                ("hair_end", 0.094 * x, -0.02, 0.065), ("hair_end", 0.09 * x, -0.08,
                                                        0.065))  # fmt: skip
        of = group("hair", blend=0.012)
        found += [
            Piece("hair", ends[k], ends[k + 1], (0.037 - 0.002 * k, 0.02), **of) for k in range(4)
        ]
        found += [
            Piece("hair", ("hair_end", 0.09 * x, -0.105, 0.065),
                  ("hair_end", 0.09 * x, -0.112, 0.065), (0.02, 0.02),
                  **group(f"braid tie {x}", "ribbon")),
            Piece("hair", ("hair_end", 0.09 * x, -0.12, 0.065),
                  ("hair_end", 0.09 * x, -0.165, 0.065), (0.022, 0.006), **of),
        ]  # fmt: skip
    return found


def mohawk() -> list[Piece]:
    crest = ((0.1, 0.07, 0.165, 0.1), (0.115, 0.035, 0.205, 0.05), (0.12, -0.01, 0.22, -0.015),
             (0.11, -0.055, 0.205, -0.08), (0.075, -0.09, 0.16, -0.14),
             (0.02, -0.1, 0.07, -0.16))  # fmt: skip
    of = {**group("crest", "hair", 0.03), "half": (0.75, 1.0, 1.0)}
    shaved = group("shaved", "shaved", 0.04)
    return [
        *(
            piece.but(**shaved, radius=(piece.radius[0] - 0.003, piece.radius[1] - 0.003))
            for piece in _cap()
        ),
        *(
            Piece("hair", ("head", 0, y, z), ("head", 0, top, back), (0.032, 0.012), **of)
            for y, z, top, back in crest
        ),
    ]


def spiky() -> list[Piece]:
    spikes = (
        (0.0, 0.1, 0.05, 0.01, 0.2, 0.09), (0.055, 0.09, 0.04, 0.1, 0.175, 0.07),
        (-0.055, 0.09, 0.04, -0.1, 0.175, 0.07),
        (0.03, 0.11, -0.02, 0.055, 0.225, -0.02), (-0.035, 0.11, -0.02, -0.06, 0.22, -0.03),
        (0.07, 0.07, -0.03, 0.165, 0.125, -0.04),
        (-0.07, 0.07, -0.03, -0.165, 0.125, -0.04), (0.0, 0.08, -0.075, 0.0, 0.18, -0.14),
        (0.06, 0.03, -0.075, 0.125, 0.06, -0.135),
        (-0.06, 0.03, -0.075, -0.125, 0.06, -0.135), (0.0, 0.0, -0.085, 0.0, 0.0, -0.17),
    )  # fmt: skip
    of = group("hair", blend=0.03)
    return [piece.but(blend=0.03) for piece in (*_cap(), *_temples())] + [
        Piece("hair", ("head", *spike[:3]), ("head", *spike[3:]), (0.046, 0.005), **of)
        for spike in spikes
    ]


def bald() -> list[Piece]:
    return []


HAIRS: dict[str, Callable[[], list[Piece]]] = {
    "short": short, "long": long, "bob": bob, "afro": afro, "curly": curly, "ponytail": ponytail,
    "buns": buns, "braids": braids, "twintails": twintails,
    "mohawk": mohawk, "spiky": spiky, "bald": bald,
}  # fmt: skip
BELOW_HATS = {"mohawk": "short", "spiky": "short", "buns": "bob", "afro": "bob", "curly": "bob"}
"""What tall hair becomes where a hat sits."""


def below_hat(pieces: list[Piece]) -> list[Piece]:
    """Return hair pressed flat under a hat: what stands up in front is gone."""
    return [piece for piece in pieces if not (piece.start[0] == "head" and piece.start[2] > 0.09)]
