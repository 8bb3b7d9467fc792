"""Ways of painting: a frame's layers in, its picture out; one function for each style."""

from collections.abc import Callable

import cv2
import numpy as np

from pose2video.stage.developing import OWN, developed
from pose2video.stage.grading import graded
from pose2video.stage.painting.cel import anime
from pose2video.stage.painting.comic import comic
from pose2video.stage.painting.lens import cinematic, photo
from pose2video.stage.painting.matter import clay, marble
from pose2video.stage.painting.neon import neon
from pose2video.stage.painting.oil import oil
from pose2video.stage.painting.papercut import paper_cut
from pose2video.stage.painting.pencil import pencil
from pose2video.stage.painting.pixelart import pixel_art
from pose2video.stage.painting.shot import Shot
from pose2video.stage.painting.watercolour import watercolour
from pose2video.stage.painting.woodblock import woodblock
from pose2video.stage.people import Layers
from pose2video.stage.staging import Staged
from prompts.scene.scene import Scene

PAINTINGS: dict[str, Callable[[Shot], np.ndarray]] = {
    "photo": photo,
    "cinematic": cinematic,
    "anime": anime,
    "comic": comic,
    "watercolour": watercolour,
    "oil-painting": oil,
    "pencil": pencil,
    "woodblock": woodblock,
    "paper-cut": paper_cut,
    "pixel-art": pixel_art,
    "neon": neon,
    "clay": clay,
    "marble": marble,
}
"""By the names of ``prompts.style_names()``; each paints (H, W, 3) uint8."""
STRONGEST = 1.5
"""How far a style may be exaggerated."""


def painted_frame(layers: Layers, staged: Staged, scene: Scene, time: float) -> np.ndarray:
    """Return the picture (H, W, 3), uint8 sRGB, of a frame, painted and graded as its scene asks.

    ``scene.painting_strength`` goes from the stage's own look (0) to the whole style (1), and
    beyond it up to ``STRONGEST``.
    """
    return graded(_painted(layers, staged, scene), scene.grade)


def _painted(layers: Layers, staged: Staged, scene: Scene) -> np.ndarray:
    strength = min(max(scene.painting_strength, 0.0), STRONGEST)
    paint = PAINTINGS.get(scene.painting)
    if paint is None or strength == 0:
        return own_look(layers, staged)
    picture = paint(Shot(layers, staged, scene))
    if strength == 1:
        return picture
    return cv2.addWeighted(picture, strength, own_look(layers, staged), 1 - strength, 0)


def own_look(layers: Layers, staged: Staged) -> np.ndarray:
    """Return the picture in the look of the stage itself."""
    return developed(layers.light, staged.place.exposure, staged.place.bloom, OWN)
