"""What decides a mannequin's pictures; light to import, because the command line reads it."""

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar

from music2pose.settings import Settings, option
from pipelines import VideoError


@dataclass(frozen=True)
class MannequinPlan(Settings):
    """All that decides the pictures: the same plan gives the same performer."""

    error: ClassVar[type[ValueError]] = VideoError

    num_frames: int = option(2400, "in all", within=(2, math.inf), unit="frames", flag="--frames")
    size: int = option(256, "pixels a side", within=(64, 1024), unit="pixels")
    prompt: str = option(
        "a woman in a red hoodie and blue jeans in a studio", "who dances, where and in what light",
        metavar="TEXT",
    )  # fmt: skip
    seed: int = option(
        0, "another seed dances other takes, and dresses otherwise", within=(0, 2**31 - 1)
    )
    motion: str | None = option(
        None, "motion capture to dance beside written moves", metavar="DIR", none="written moves"
    )
    left_out: tuple[str, ...] = option(
        (), "do not use takes whose name holds one of these words", flag="--leave-out",
        metavar="WORD",
    )  # fmt: skip

    def as_dict(self) -> dict:
        """Return the settings as JSON holds them, without the place of the motion folder."""
        values = json.loads(json.dumps(asdict(self)))
        return values | {"motion": self.motion and Path(self.motion).name}

    @property
    def source(self) -> str:
        motion = f", {Path(self.motion).name}" if self.motion else ""
        left_out = f" but {', '.join(self.left_out)}" if self.left_out else ""
        return (
            f"{self.num_frames} pictures of {self.size}x{self.size} drawn by the stage, "
            f"{self.prompt!r}, dancing written moves{motion}{left_out}, seed {self.seed}"
        )
