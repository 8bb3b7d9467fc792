"""Animals that stand upright: one rounded body in fur, with the head, ears and tail of the kind."""

from dataclasses import dataclass

from pose2video.stage.figures.bodies import ARM, LEG, SIDES, Proportions, built, human
from pose2video.stage.figures.kinds import Kind, group
from pose2video.stage.materials import Material
from pose2video.stage.pieces import Face, Piece

ROUNDED = Proportions(head=1.34, neck=1.25, shoulders=1.02, chest=1.0, waist=1.2, hips=1.1,
                      arms=1.26,
                      legs=1.18, hands=1.15)  # fmt: skip
DARK = "#1b1718"


@dataclass(frozen=True)
class Species:
    """What tells one animal from the others."""

    fur: str
    belly: str
    ears: str
    """``pointed``, ``tall``, ``floppy``, ``round``, ``long`` or ``wide``."""
    tail: str
    """``thin``, ``bushy``, ``short`` or ``tufted``."""
    iris: str = "#5b3a1c"
    muzzle: float = 0.03
    """Metres by which it stands out."""
    pattern: str = "fur"
    points: str = ""
    """Colour of limbs, ears or stripes, where they differ."""
    dark_limbs: bool = False
    mane: str = ""
    builds: tuple[str, ...] = ()


SPECIES = {
    "cat": Species("#d98b45", "#fbf0e0", "pointed", "thin", "#58b368", 0.012, "tiger", "#b86a2b"),
    "dog": Species("#c08a53", "#f7e8cf", "floppy", "thin", muzzle=0.045, points="#7a4e2c"),
    "fox": Species("#e2702a", "#fff6ea", "tall", "bushy", "#c98a1c", 0.05, points="#2a1c18"),
    "wolf": Species("#7c8490", "#dfe3e6", "tall", "bushy", "#e3b341", 0.052, points="#4c525c"),
    "bear": Species("#8a5a35", "#d9b184", "round", "short", muzzle=0.036, builds=("stout",)),
    "panda": Species("#f6f4ef", "#f6f4ef", "round", "short", "#3b2a1e", 0.022, points=DARK,
                     dark_limbs=True, builds=("stout",)),
    "rabbit": Species("#efe6dc", "#ffffff", "long", "short", "#a04a58", 0.012),
    "mouse": Species("#a7a4ac", "#ebe6ea", "wide", "thin", "#2a2024", 0.028),
    "tiger": Species("#f0882c", "#fff4e2", "round", "thin", "#e0b12c", 0.024, "tiger", "#1f1512",
                     builds=("broad",)),
    "lion": Species("#e0ac5c", "#f8e3b8", "round", "tufted", "#b77b22", 0.032, mane="#8c4a1f",
                    builds=("broad",)),
}  # fmt: skip


def animal(name: str) -> Kind:
    """Return an upright animal of one of the ``SPECIES``."""
    species = SPECIES[name]
    limbs = "points" if species.dark_limbs else "skin"
    body = [
        piece.but(material=limbs if _is_limb(piece.part) else "skin",
                  group="limbs" if species.dark_limbs and _is_limb(piece.part) else "body")
        for piece in human() if not piece.part.endswith(("hand", "foot"))
    ]  # fmt: skip
    of = {"half": (1.06, 1.0, 1.0), **group("belly")}
    belly = (
        Piece("torso", ("chest", 0, -0.16, 0.05), ("waist", 0, 0.1, 0.049), (0.072, 0.07), **of),
        Piece("hips", ("waist", 0, 0.06, 0.049), ("pelvis", 0, 0.06, 0.05), (0.08, 0.09), **of),
    )
    paws = [piece for side, _ in SIDES for piece in _paws(side, limbs)]
    pieces = (
        *body,
        *belly,
        *paws,
        *_head(species, name),
        *EARS[species.ears](species),
        *TAILS[species.tail](species),
    )
    face = Face(iris=species.iris, eyes=1.02)
    second = ("belly",)
    return Kind(
        pieces, _materials(species), ("skin",), second, face, built(species.builds, ROUNDED)
    )


def _is_limb(part: str) -> bool:
    return part.startswith(("right", "left"))


def _materials(species: Species) -> dict[str, Material]:
    fur = Material(species.fur, "", "fur", rough=1.0, shine=0.08, soft=0.45, rim=0.18)
    fur = fur.but(second=_deeper(species.fur))
    if species.pattern == "tiger":
        fur = fur.but(second=species.points, pattern="tiger")
    plain = Material(species.belly, rough=1.0, shine=0.05, soft=0.45, rim=0.12)
    points = species.points or _deeper(species.fur)
    return {
        "skin": fur, "belly": plain, "points": plain.but(colour=points),
        "inner": plain.but(colour="#e9a39b"), "nose": Material(DARK
                                                               if species.ears not in ("long",
                                                                                       "wide") else
                                                               "#d9727e", rough=0.2, shine=0.9),
        "mane": plain.but(colour=species.mane or species.fur,
                          second=_deeper(species.mane or species.fur),
                          pattern="fur", scale=0.6),
    }  # fmt: skip


def _deeper(colour: str) -> str:
    from pose2video.stage.figures.fabrics import shaded

    return shaded(colour, 0.87)


def _paws(side: str, material: str) -> list[Piece]:
    wrist, ankle = f"{side}_{ARM[2]}", f"{side}_{LEG[2]}"
    palm, foot = f"{side}_hand", f"{side}_foot"
    of, toes = group(f"{side} paw", material, 0.03), (-0.026, 0.0, 0.026)
    under = group(f"{side} foot", material, 0.035)
    return [
        Piece(palm, (wrist, 0, 0.0, 0), (wrist, -0.004, 0.055, 0), (0.036, 0.046), **of),
        *(Piece(palm, (wrist, -0.012, 0.075, 1.1 * z), (wrist, -0.02, 0.098, 1.15 * z),
                (0.024, 0.019), **of)
          for z in toes),
        Piece(palm, (wrist, -0.006, 0.04, 0.035), (wrist, -0.016, 0.066, 0.055), (0.021, 0.017),
              **of),
        Piece(foot, (ankle, 0, -0.012, -0.012), (ankle, 0, -0.034, 0.085), (0.052, 0.05), **under),
        *(Piece(foot, (ankle, 1.15 * u, -0.045, 0.09), (ankle, 1.25 * u, -0.05, 0.135),
                (0.03, 0.025), **under)
          for u in toes),
    ]  # fmt: skip


def _head(species: Species, name: str) -> list[Piece]:
    """Return skull, cheeks, muzzle and nose, and a mane where there is one."""
    face = "panda" if name == "panda" else "animal"
    of = {"group": "head", "material": "skin", "face": face, "blend": 0.05}
    out, muzzle = species.muzzle, {**group("muzzle", "belly", 0.03), "face": face}
    pieces = [
        Piece("head", ("head", 0, 0.036, -0.004), ("head", 0, 0.018, 0.008), (0.1, 0.096), **of),
        *(Piece("head", ("head", 0.046 * x, -0.026, 0.018), radius=(0.064, 0.064), **of) for _,
          x in SIDES),
        Piece("head", ("head", 0, -0.034, 0.07), ("head", 0, -0.032, 0.082 + out),
              (0.044, 0.036 - 0.12 * out),
              **muzzle),
        *(Piece("head", ("head", 0.022 * x, -0.04, 0.082 + 0.7 * out), radius=(0.029, 0.029),
                **muzzle)
          for _, x in SIDES),
        Piece("head", ("head", 0, -0.013, 0.116 + out), ("head", 0, -0.02, 0.117 + out),
              (0.0145, 0.011),
              half=(1.3, 1, 1), **group("nose")),
    ]  # fmt: skip
    if species.mane:
        mane = group("mane", "", 0.06)
        places = ((0, 0.135, -0.03), (0.085, 0.105, -0.03), (0.125, 0.03, -0.03),
                  (0.115, -0.055, -0.02),
                  (0.065, -0.105, 0.0))  # fmt: skip
        pieces += [Piece("hair", ("head", s * x, y, z), radius=(0.062, 0.062), **mane)
                   for x, y, z in places for s in ((1, -1) if x else (1,))]  # fmt: skip
        pieces += [
            Piece("hair", ("head", 0, 0.04, -0.07), ("head", 0, -0.09, -0.06), (0.1, 0.1), **mane)
        ]
    return pieces


def _ear(
    name: str, ends: tuple, radii: tuple, material: str, half: tuple = (1.0, 1.0, 0.6)
) -> list[Piece]:
    """Return both ears, each from one point to another, with a lighter inner side."""
    (x0, y0, z0), (x1, y1, z1) = ends
    inner = tuple(0.6 * radius for radius in radii)
    found = []
    for side, s in SIDES:
        of = {"half": half, **group(f"{side} {name}", material, 0.02)}
        found.append(Piece("head", ("head", s * x0, y0, z0), ("head", s * x1, y1, z1), radii, **of))
        if name != "floppy":
            of = {"half": half, **group(f"{side} {name} inside", "inner", 0.02)}
            shift = 0.36 * half[2] * max(radii) + 0.004
            found.append(Piece("head", ("head", s * x0, y0, z0 + shift),
                               ("head", s * (0.25 * x0 + 0.75 * x1), 0.25 * y0 + 0.75 * y1,
                                z1 + 0.7 * shift),
                               inner, **of))  # fmt: skip
    return found


def _points(species: Species) -> str:
    return "points" if species.points and species.pattern != "tiger" else "skin"


EARS = {
    "pointed": lambda s: _ear("ear", ((0.056, 0.09, 0), (0.08, 0.165, -0.004)), (0.044, 0.008),
                              "skin"),
    "tall": lambda s: _ear("ear", ((0.055, 0.09, 0), (0.082, 0.19, -0.004)), (0.045, 0.008),
                           _points(s)),
    "floppy": lambda s: _ear("floppy", ((0.08, 0.095, -0.004), (0.118, -0.045, 0.006)),
                             (0.03, 0.042),
                             _points(s), (0.62, 1.0, 1.0)),
    "round": lambda s: _ear("ear", ((0.078, 0.105, -0.006), (0.081, 0.11, -0.006)), (0.042, 0.042),
                            _points(s)),
    "long": lambda s: _ear("ear", ((0.042, 0.115, -0.01), (0.066, 0.27, -0.03)), (0.03, 0.034),
                           "skin"),
    "wide": lambda s: _ear("ear", ((0.092, 0.115, -0.01), (0.1, 0.128, -0.01)), (0.074, 0.074),
                           "skin",
                           (1.0, 1.0, 0.3)),
}  # fmt: skip


def _tail(
    radii: tuple[float, float, float], last: str = "skin", tip: float = 0.0
) -> tuple[Piece, ...]:
    of = group("tail", "skin", 0.04)
    found = [
        Piece(
            "extra", ("pelvis", 0, 0.0, -0.09), ("tail", 0, -0.08, 0), (radii[0], radii[0]), **of
        ),
        Piece("extra", ("tail", 0, -0.08, 0), ("tail_end", 0, 0, 0), radii[:2], **of),
        Piece("extra", ("tail_end", 0, 0, 0), ("tail_end", 0, -0.2, 0), radii[1:], **of),
    ]
    if tip:
        found.append(Piece("extra", ("tail_end", 0, -0.17, 0), ("tail_end", 0, -0.27, 0),
                           (tip, 0.3 * tip),
                           **group("tip", last, 0.03)))  # fmt: skip
    return tuple(found)


TAILS = {
    "thin": lambda s: _tail((0.028, 0.024, 0.02), _points(s), 0.022),
    "bushy": lambda s: _tail((0.038, 0.07, 0.058), "belly", 0.06),
    "tufted": lambda s: _tail((0.022, 0.018, 0.016), "mane", 0.05),
    "short": lambda s: (Piece("extra", ("pelvis", 0, 0.0, -0.125), radius=(0.055, 0.055),
                              **group("tail", "belly" if s.ears == "long" else "skin")),),
}  # fmt: skip
