"""What dancers are made of: bodies, and clothes over them, as tables of simple shapes."""

from collections.abc import Iterable

from music2pose.motion.posture import BODY_SIDES
from pose2video.stage.pieces import Piece


def human() -> tuple[Piece, ...]:
    """Return the naked body of a person of average build."""
    trunk = (
        Piece("torso", ("chest", 0, -0.11, 0.014), ("waist", 0, 0, 0.01), (0.096, 0.09)),
        Piece("hips", ("waist", 0, 0, 0.01), ("pelvis", 0, 0.0, 0.004), (0.09, 0.096)),
        Piece("neck", ("chest", 0, -0.02, -0.012), ("head", 0, -0.05, -0.018), (0.052, 0.046)),
        *head(),
    )
    return (*trunk, *(piece for side in BODY_SIDES for piece in _limbs(side)))


def head() -> tuple[Piece, ...]:
    """Return a person's head: skull, jaw, nose and ears."""
    of = {"group": "head", "face": "human"}
    return (
        Piece("head", ("head", 0, 0.03, 0.004), ("head", 0, 0.01, 0.016), (0.094, 0.088), **of),
        Piece("head", ("head", 0, -0.02, 0.022), ("head", 0, -0.068, 0.042), (0.075, 0.046), **of),
        Piece("head", ("head", 0, 0.0, 0.092), ("head", 0, -0.026, 0.104), (0.010, 0.014),
              blend=0.03, group="head", face="human"),
        *(Piece("head", ("head", x * 0.09, 0.005, -0.002), ("head", x * 0.088, -0.015, -0.002),
                (0.018, 0.014), group="head") for x in (-1, 1)),
    )  # fmt: skip


def _limbs(side: str) -> tuple[Piece, ...]:
    x = -1.0 if side == "right" else 1.0
    shoulder, elbow, wrist = (f"{side}_{name}" for name in ("shoulder", "elbow", "wrist"))
    hip, knee, ankle = (f"{side}_{name}" for name in ("hip", "knee", "ankle"))
    arm, fore, thigh, shin = (
        f"{side}_{name}" for name in ("upper_arm", "forearm", "thigh", "shin")
    )
    return (
        Piece("torso", ("chest", 0.075 * x, -0.105, 0), ("waist", 0.05 * x, 0, 0), (0.088, 0.084)),
        Piece("hips", ("waist", 0.05 * x, 0, 0), ("pelvis", 0.066 * x, 0.02, -0.004), (0.084, 0.092)),
        Piece("hips", ("pelvis", 0.07 * x, -0.02, -0.045), ("pelvis", 0.075 * x, -0.03, -0.045),
              (0.078, 0.078)),
        Piece("torso", ("chest", 0.06 * x, -0.05, 0), (shoulder, -0.012, 0.0, 0), (0.062, 0.056)),
        Piece("torso", ("chest", 0.03 * x, 0.025, -0.018), (shoulder, 0, 0, 0), (0.042, 0.052)),
        Piece(arm, (shoulder, 0, 0, 0), (elbow, 0, 0, 0), (0.058, 0.040)),
        Piece(fore, (elbow, 0, 0, 0), (wrist, 0, 0, 0), (0.040, 0.029)),
        Piece(fore, (elbow, 0, 0.05, 0.008), (elbow, 0, 0.12, 0.006), (0.036, 0.032)),
        *hand(side),
        Piece(thigh, (hip, 0, 0, 0), (knee, 0, 0, 0.004), (0.088, 0.052)),
        Piece(shin, (knee, 0, 0.0, 0.004), (knee, 0, 0.355, -0.006), (0.052, 0.05)),
        Piece(shin, (knee, 0, 0.10, -0.018), (knee, 0, 0.20, -0.014), (0.046, 0.042)),
        Piece(shin, (knee, 0, 0.355, -0.006), (ankle, 0, 0.0, 0.0), (0.046, 0.04)),
        Piece(f"{side}_foot", (ankle, 0, 0.0, 0.0), (ankle, 0, -0.04, 0.11), (0.042, 0.032)),
    )  # fmt: skip


def hand(side: str) -> tuple[Piece, ...]:
    """Return a relaxed hand: palm, two bundles of fingers, and the thumb."""
    part, wrist = f"{side}_hand", f"{side}_wrist"
    ends = (
        ((0, 0.01, 0.008), (-0.012, 0.085, 0.026), (0.026, 0.024)),
        ((0, 0.01, -0.008), (-0.012, 0.085, -0.020), (0.026, 0.023)),
        ((-0.012, 0.085, 0.020), (-0.035, 0.155, 0.014), (0.023, 0.015)),
        ((-0.012, 0.085, -0.016), (-0.038, 0.145, -0.014), (0.022, 0.014)),
        ((-0.004, 0.025, 0.026), (-0.022, 0.085, 0.062), (0.019, 0.013)),
    )
    return tuple(
        Piece(part, (wrist, *start), (wrist, *end), radius, blend=0.03)
        for start, end, radius in ends
    )


def shoe(side: str) -> tuple[Piece, ...]:
    """Return a trainer with its sole."""
    part, ankle = f"{side}_foot", f"{side}_ankle"
    of = {"material": "shoes", "group": f"{side} shoe", "blend": 0.04}
    sole = {"material": "soles", "group": f"{side} sole", "blend": 0.02}
    return (
        Piece(part, (ankle, 0, 0.02, -0.012), (ankle, 0, -0.028, 0.06), (0.046, 0.043), **of),
        Piece(part, (ankle, 0, -0.03, -0.035), (ankle, 0.004, -0.038, 0.14), (0.042, 0.037), **of),
        Piece(part, (ankle, 0.014, -0.054, -0.045), (ankle, 0.020, -0.054, 0.145),
              (0.024, 0.024), **sole),
        Piece(part, (ankle, -0.014, -0.054, -0.045), (ankle, -0.010, -0.054, 0.155),
              (0.024, 0.024), **sole),
    )  # fmt: skip


def hair() -> tuple[Piece, ...]:
    """Return short hair with a quiff."""
    of = {"material": "hair", "group": "hair", "blend": 0.04}
    return (
        Piece("hair", ("head", 0, 0.056, -0.016), ("head", 0, 0.0, -0.042), (0.102, 0.084), **of),
        Piece("hair", ("head", 0.04, 0.10, 0.045), ("head", -0.045, 0.085, 0.052),
              (0.034, 0.030), **of),
        Piece("hair", ("head", 0.05, 0.07, 0.03), ("head", 0.075, 0.02, -0.02), (0.04, 0.03), **of),
        Piece("hair", ("head", -0.05, 0.07, 0.03), ("head", -0.075, 0.02, -0.02),
              (0.04, 0.03), **of),
    )  # fmt: skip


def over(
    pieces: Iterable[Piece], parts: tuple[str, ...], more: float, **changes: object
) -> tuple[Piece, ...]:
    """Return pieces of some parts again, ``more`` metres thicker: cloth over a body."""
    return tuple(
        piece.but(radius=(piece.radius[0] + more, piece.radius[1] + more), face="", **changes)
        for piece in pieces
        if piece.part in parts and piece.kind == "round"
    )


def both(*parts: str) -> tuple[str, ...]:
    """Return the names of parts of the right and left side.

    >>> both("hand")
    ('right_hand', 'left_hand')
    """
    return tuple(f"{side}_{part}" for part in parts for side in BODY_SIDES)
