"""The names under which people ask for kinds of moves, told by the names of published takes."""

import re
from pathlib import Path

FAMILIES = {
    r"6[01]_\d\d.*": "salsa",
    r"05_\d\d.*": "modern",
    r"55_\d\d.*": "free_dance",
    r"85_\d\d.*": "breakdance",
    r"131_\d\d.*": "jackson",
    r"gBR_.*": "breakdance",
    r"gHO_.*": "house",
    r"gJB_.*": "ballet_jazz",
    r"gJS_.*": "street_jazz",
    r"gKR_.*": "krump",
    r"gLH_.*": "hip_hop",
    r"gLO_.*": "locking",
    r"gMH_.*": "middle_hip_hop",
    r"gPO_.*": "popping",
    r"gWA_.*": "waacking",
    r"does_the_robot_dance": "robot",
    r"moonwalks_backwards": "moonwalk",
    r"does_jumping_jacks": "jumping_jacks",
    r"dance00": "free_dance",
    r"jesse_dance": "jesse",
}
"""Name of a take, whole, to its family: subjects of the CMU motion capture database; genres of the
AIST dance database (Tsuchida et al. 2019); stick figures and Animated Drawings."""
OWN_NAME = r"[A-Z]_(?:Short)?(?:Dance\d+_)?(\w+?)(?:Dance)?"
"""Takes of G1 Moves: ``J_Dance18_TikTok``, ``B_SpiralDance``."""


def family_of(path: Path) -> str:
    """Return the family of a motion file: a known one, or the name of its folder.

    >>> [family_of(Path("a/b", name)) for name in ("60_12.bvh", "gPO_sBM_c01.npz", "take.bvh")]
    ['salsa', 'popping', 'b']
    >>> [family_of(Path("a", f"{name}.npz")) for name in ("J_Dance0_StepTouch", "B_SpiralDance")]
    ['step_touch', 'spiral']
    """
    for pattern, family in FAMILIES.items():
        if re.fullmatch(pattern, path.stem):
            return family
    own = re.fullmatch(OWN_NAME, path.stem)
    return plain_name(own[1] if own else path.absolute().parent.name)


def plain_name(name: str) -> str:
    """Return a name in small letters, digits and underscores.

    >>> plain_name("TikTok"), plain_name("My moves (new)"), plain_name("LetsGO")
    ('tik_tok', 'my_moves_new', 'lets_go')
    """
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    return re.sub(r"[^a-z0-9]+", "_", words).strip("_")
