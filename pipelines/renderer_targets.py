"""Find whom a renderer should learn: a performer's folder, a video, or the mannequin."""

from pathlib import Path

from pipelines.mannequin import make_mannequin_performer
from pipelines.mannequin_plan import MannequinPlan
from pipelines.target import TargetConfig, make_performer
from pose2video import RenderError
from pose2video.performer.performer import RECORD, Performer, load_performer
from pose2video.performer.target import CropConfig

MANNEQUIN = "mannequin"


def load_target(name: str, output: Path, size: int, device: str) -> Performer:
    """Return the performer that a target stands for; one that must be made is kept in ``output``.

    Raises:
        RenderError, VideoError, MusicError: there is no such target, or it cannot be used.
    """
    check_target(name)
    if Path(name).is_dir():
        return load_performer(name)
    folder = output / f"performer_{Path(name).stem}"
    if name == MANNEQUIN:  # goes on where it stopped, and keeps one that is done
        return make_mannequin_performer(folder, MannequinPlan(size=size))
    if (folder / RECORD).exists():
        return load_performer(folder)
    config = TargetConfig(CropConfig(size), device=device)
    return make_performer(Path(name), folder, config=config)


def check_target(name: str) -> None:
    """Raise for what is neither a performer, nor a video, nor the mannequin."""
    if name != MANNEQUIN and not Path(name).exists():
        raise RenderError(
            f"there is no target {name}; give a performer's folder, a video, or {MANNEQUIN}"
        )
