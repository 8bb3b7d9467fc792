"""What can be set for the stage; light to import, because the command line reads its options."""

from dataclasses import dataclass
from typing import ClassVar

from music2pose.settings import Settings, option
from pose2video import RenderError

CAMERAS = ("still", "follow", "orbit", "handheld", "music")
MOST_DANCERS = 5


@dataclass(frozen=True)
class StageSettings(Settings):
    """How the stage is filmed, and who dances on it."""

    error: ClassVar = RenderError

    camera: str = option(
        "still",
        "what the camera does; music cuts and moves with the song",
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
