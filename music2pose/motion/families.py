"""The names under which people ask for kinds of dance, told by the names of files."""

import re
from pathlib import Path

FAMILIES = {
    r"^6[01]_\d\d": "salsa",
    r"^05_\d\d": "modern",
    r"^55_\d\d": "whirl",
    r"^85_\d\d": "breakdance",
    r"^131_\d\d": "jackson",
    r"^g_br": "breakdance",
    r"^g_ho": "house",
    r"^g_jb": "ballet_jazz",
    r"^g_js": "street_jazz",
    r"^g_kr": "krump",
    r"^g_lh": "hip_hop",
    r"^g_lo": "locking",
    r"^g_mh": "middle_hip_hop",
    r"^g_po": "popping",
    r"^g_wa": "waacking",
    r"robot": "robot",
    r"moonwalks?": "moonwalk",
    r"jumping_jacks?": "jumping_jacks",
    r"jump(?:s|ing)?": "jump",
    r"waves?_hello": "wave_hello",
    r"zombie": "zombie",
    r"dab": "dab",
    r"modern": "modern",
    r"disco": "disco",
    r"jazz_walk": "jazz_walk",
    r"walks?": "walk",
    r"step_touch": "step_touch",
    r"shuffle": "shuffle",
    r"tik_?tok": "tiktok",
    r"west_coast": "west_coast",
    r"woah": "woah",
    r"hype": "hype",
    r"sassy": "sassy",
    r"party": "party",
    r"nineties": "nineties",
    r"dad_dance": "dad_dance",
    r"wiggle_dance": "wiggle",
    r"stretch_dance": "stretch",
    r"spiral_dance": "spiral",
    r"^dance\d\d|^jesse_dance": "free_dance",
}
"""Whole words of a take's plain name, of which the first that fits counts, and its family.

Numbers are subjects of the CMU motion capture database, by its index. Letters after ``g`` are the
genres of the AIST dance database (Tsuchida et al., ISMIR 2019, and aistdancedb.ongaaccel.jp). The
rest are words that say by themselves how somebody dances."""


def family_of(path: Path) -> str:
    """Return the family of a motion file: what its name says, or the plain name of its folder.

    >>> [family_of(Path("a/b", name)) for name in ("60_12_scaled.bvh", "gPO_sBM_c01_d10.npz")]
    ['salsa', 'popping']
    >>> [family_of(Path("My moves (2)", name)) for name in ("J_Dance18_TikTok.npz", "take 60.bvh")]
    ['tiktok', 'my_moves_2']
    """
    name = plain_name(path.stem)
    for words, family in FAMILIES.items():
        if re.search(rf"(?:^|(?<=_))(?:{words})(?=_|$)", name):
            return family
    return plain_name(path.absolute().parent.name)


def plain_name(name: str) -> str:
    """Return a name in small letters, digits and underscores.

    >>> plain_name("StepTouch"), plain_name("My moves (new)"), plain_name("LetsGO")
    ('step_touch', 'my_moves_new', 'lets_go')
    """
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    return re.sub(r"[^a-z0-9]+", "_", words).strip("_")
