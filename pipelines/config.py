"""What can be set for a video; light to import, because the command line reads its defaults."""

import math
from dataclasses import dataclass

from pipelines import VideoError
from pose2video.diffusion.settings import DiffusionSettings

FPS_RANGE = (1.0, 60.0)
SIDE_RANGE = (16, 4096)
SEED_RANGE = (0, 2**31 - 1)


@dataclass(frozen=True)
class Music2VideoConfig(DiffusionSettings):
    """All settings of a video; those it inherits concern the diffusion renderer alone."""

    prompt: str = ""
    """What the renderer should paint over the poses; the skeleton renderer only records it."""
    renderer: str = "auto"
    performer: str | None = None
    """Folder of who is shown, for renderers that show a performer; None is the one that ships."""
    model: str = "checkpoints/music2pose"
    """The dancer: folder or Hugging Face repository of a trained pose model."""
    poses: str | None = None
    """A pose file to show instead of dancing anew."""
    seed: int = 0
    """Other seeds give other dances; the same seed gives the same one."""
    fps: float = 25.0
    width: int = 512
    height: int = 512
    start: float = 0.0
    """Seconds into the song where the video begins."""
    duration: float | None = None
    """Seconds of video; None goes on to the end of the song."""
    bpm: float | None = None
    """The song's tempo, where it is known."""
    first_beat: float | None = None
    """Seconds from the start of the video to a beat, where it is known."""
    device: str = "auto"

    def __post_init__(self) -> None:
        super().__post_init__()
        _check("--fps", self.fps, *FPS_RANGE, "frames per second")
        _check("--size", self.width, *SIDE_RANGE, "pixels wide, as in 512x512")
        _check("--size", self.height, *SIDE_RANGE, "pixels high, as in 512x512")
        _check("--seed", self.seed, *SEED_RANGE, "as a whole number")
        _check("--start", self.start, 0, 86400, "seconds")
        if self.duration is not None:
            _check("--duration", self.duration, 1, 3600, "seconds")
        if self.bpm is not None:
            _check("--bpm", self.bpm, 30, 300, "beats per minute")
        if self.first_beat is not None:
            _check("--first-beat", self.first_beat, 0, 86400, "seconds")


def _check(option: str, value: float, low: float, high: float, unit: str) -> None:
    if not (isinstance(value, int | float) and math.isfinite(value) and low <= value <= high):
        raise VideoError(f"{option} {value!r} is not possible; give {low:g} to {high:g} {unit}")
