"""What a body brings along before it is dressed, whichever kind it is."""

from dataclasses import dataclass, field
from typing import Any

from pose2video.stage.figures.bodies import Proportions
from pose2video.stage.materials import Material
from pose2video.stage.pieces import Face, Piece


@dataclass(frozen=True)
class Kind:
    """A body of one kind, made for the average proportions."""

    pieces: tuple[Piece, ...]
    materials: dict[str, Material]
    """By the names that the pieces use."""
    main: tuple[str, ...] = ("skin",)
    """Materials that take on a colour or matter which is said of the body."""
    second: tuple[str, ...] = ()
    """And those that take on the second colour."""
    face: Face = field(default_factory=Face)
    proportions: Proportions = field(default_factory=Proportions)
    casts_shadow: float = 1.0
    dressed: bool = False
    """Whether it wears clothes of its own unless told otherwise, as people do."""


def group(name: str, material: str = "", blend: float = 0.03) -> dict[str, Any]:
    """Return what pieces of a group of one material have in common."""
    return {"group": name, "material": material or name, "blend": blend}
