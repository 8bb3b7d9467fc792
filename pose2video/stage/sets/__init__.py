"""The places of the stage, composed of solids, skies and light: one function each."""

from collections.abc import Callable

import numpy as np

from pose2video.stage.materials import Material
from pose2video.stage.staging import Place, box
from prompts.scene.scene import Scene


def studio(scene: Scene, rng: np.random.Generator) -> Place:
    """A roll of coloured paper hangs behind and runs on over the floor."""
    paper = Material(scene.place.colour or "#e8b59a", rough=0.9, shine=0.1)
    return Place(floor=paper, solids=(box((0, 2.5, -3.3), (16, 5, 0.2), paper),), closed=True)


SETS: dict[str, Callable[[Scene, np.random.Generator], Place]] = {"studio": studio}


def place_of(scene: Scene, seed: int) -> Place:
    """Return the set that a scene asks for, in its light and weather."""
    make = SETS.get(scene.place.stage or "studio", studio)
    return make(scene, np.random.default_rng(seed))
