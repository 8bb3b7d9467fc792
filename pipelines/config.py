"""What can be set for a video; light to import, because the command line reads its options."""

import re
from dataclasses import dataclass, field
from typing import ClassVar

from music2pose.controls import AVOIDED, ENERGY_RANGE, FOLLOW_RANGE
from music2pose.settings import Settings, nested, option
from pipelines import VideoError
from pose2video.diffusion.settings import DiffusionSettings
from pose2video.stage.settings import StageSettings
from pose2video.wording import Wording

FPS_RANGE = (1.0, 60.0)
SIDE_RANGE = (16, 4096)
SEED_RANGE = (0, 2**31 - 1)
DAY = 86400.0


@dataclass(frozen=True)
class Music2VideoConfig(Settings):
    """All settings of a video; those that only one renderer has stand under its name."""

    error: ClassVar = VideoError

    prompt: str = option(
        "", "what to paint over the poses; @FILE has several; only diffusion follows it",
        metavar="TEXT",
    )  # fmt: skip
    renderer: str = option("auto", "how to paint it; auto takes the best one here")
    performer: str | None = option(
        None, "folder of who is shown, or of a trained renderer, instead of what ships",
        metavar="DIR",
    )  # fmt: skip
    model: str = option(
        "checkpoints/music2pose",
        "the dancer: folder or Hugging Face name of a trained music2pose",
        metavar="DIR",
    )
    poses: str | None = option(None, "show these poses instead of dancing anew", metavar="FILE")
    canvas: str | None = option(
        None, "size of the video that the poses were found in, where their file lacks it",
        metavar="WxH",
    )  # fmt: skip
    follow: float = option(
        1.0, "how strictly the music is followed: not at all (0), as usual (1), or more",
        within=FOLLOW_RANGE, unit="(1 is as usual)",
    )  # fmt: skip
    energy: float = option(
        0.0, "from calmest (-1) over as the music asks (0) to wildest (1)",
        within=ENERGY_RANGE, unit="(0 is as the music asks)",
    )  # fmt: skip
    moves: str | None = option(
        None, f"to favour, or with {AVOIDED} before a name to avoid, as in robot,{AVOIDED}floss; "
        "see the command moves",
        metavar="NAMES", separator=",", none="any",
    )  # fmt: skip
    choreography: str | None = option(
        None, "what to dance when: a TOML file of lines such as "
        '"bar 9" = { moves = "robot", energy = 0.5, for = "2 bars" }; '
        "also freeze = true, pose = POSEFILE, frame = N; see music2pose/README.md",
        metavar="FILE",
    )  # fmt: skip
    seed: int = option(
        0, "other seeds give other dances, the same one the same dance",
        within=SEED_RANGE, unit="as a whole number",
    )  # fmt: skip
    fps: float = option(
        25.0, "frames per second", within=FPS_RANGE, unit="frames per second", metavar="N"
    )
    width: int = option(
        512, "of the picture", within=SIDE_RANGE, unit="pixels wide, as in 512x512", flag="--size"
    )
    height: int = option(
        512, "of the picture", within=SIDE_RANGE, unit="pixels high, as in 512x512", flag="--size"
    )
    start: float = option(
        0.0, "begin this many seconds into the song",
        within=(0, DAY), unit="seconds", metavar="S",
    )  # fmt: skip
    duration: float | None = option(
        None, "seconds to make", within=(1, 3600), unit="seconds", metavar="S", none="all"
    )
    bpm: float | None = option(
        None, "the song's tempo, if you know it",
        within=(30, 300), unit="beats per minute", metavar="N",
    )  # fmt: skip
    first_beat: float | None = option(
        None, "seconds into the song, not the video, to its first bar, if you know it",
        within=(0, DAY), unit="seconds", metavar="S",
    )  # fmt: skip
    beats: str | None = option(
        None, "take the beats of this file: seconds, Audacity labels, a .sm, .ssc or .osu chart",
        metavar="FILE",
    )  # fmt: skip
    device: str = option("auto", "cpu, cuda, cuda:1 ... or auto")
    words: Wording = field(default_factory=Wording)
    stage: StageSettings = field(default_factory=StageSettings)
    diffusion: DiffusionSettings = field(default_factory=DiffusionSettings)

    def __post_init__(self) -> None:
        super().__post_init__()
        _ = self.canvas_size
        if self.beats is not None and (self.bpm, self.first_beat) != (None, None):
            raise VideoError(
                f"--beats {self.beats} says where all beats are; "
                "give it, or --bpm and --first-beat, not both"
            )

        if self.poses is not None and self.is_directed:
            raise VideoError(
                f"--poses {self.poses} is danced already; leave it out, or --follow, --energy, "
                "--moves and --choreography"
            )

    @property
    def is_directed(self) -> bool:
        """Whether the dancer is asked for anything but to follow the music."""
        is_moved = (self.follow, self.energy) != (1.0, 0.0)
        return is_moved or bool(self.moves) or bool(self.choreography)

    @property
    def canvas_size(self) -> tuple[float, float] | None:
        """Width and height that ``canvas`` states.

        >>> Music2VideoConfig(canvas="1920x1080").canvas_size
        (1920.0, 1080.0)
        """
        if self.canvas is None:
            return None
        sides = re.fullmatch(r"([1-9][0-9]{0,4})x([1-9][0-9]{0,4})", self.canvas.strip().lower())
        if sides is None:
            raise VideoError(f"--canvas {self.canvas!r:.40} is no size; give WxH, as 1920x1080")
        return float(sides[1]), float(sides[2])

    @property
    def of_renderers(self) -> tuple[Settings, ...]:
        """The settings that single renderers have of their own."""
        return tuple(getattr(self, name) for name in nested(type(self)))
