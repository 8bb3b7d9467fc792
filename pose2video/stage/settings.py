"""What can be set for the stage; light to import, because the command line reads its options."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import ClassVar

from checkpoints.foreign import short
from music2pose.settings import Settings, option
from pose2video import RenderError

CAMERAS = ("still", "follow", "orbit", "handheld", "music")
MOST_DANCERS = 5
MAPS = ("depth", "normal", "segmentation", "pose")
"""What can be drawn of the lifted body; see ``pose2video.stage.maps``."""


def checked_maps(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names of maps, each once.

    Raises:
        RenderError: there is no such map.
    """
    for name in names:
        if name not in MAPS:
            near = get_close_matches(name, MAPS, n=1, cutoff=0.4)
            hint = f"did you mean {near[0]}? " if near else ""
            raise RenderError(f"no map {short(name)}; {hint}choose from {', '.join(MAPS)}")
    return tuple(dict.fromkeys(names))


@dataclass(frozen=True)
class StageSettings(Settings):
    """How the stage is filmed, and who dances on it."""

    error: ClassVar = RenderError

    camera: str = option(
        "music",
        "what the camera does; music cuts and moves with the song, or with the dance alone",
        choices=CAMERAS,
    )
    dancers: int | None = option(
        None, "how many dance, in formation",
        within=(1, MOST_DANCERS), unit="dancers", none="as the prompt says, or one",
    )  # fmt: skip
    crew: str = option(
        "unison",
        "several dancers dance together, or in canon, each a beat after the one before",
        choices=("unison", "canon"),
    )
