"""Flat colours in a few steps of light, with ink lines, as drawn for television."""

import cv2
import numpy as np

from pose2video.stage.compiled import called_by_loops, compiled, in_bands
from pose2video.stage.developing import PLAIN, brightness, curves, on_curve
from pose2video.stage.painting.lines import dancers_lines, inked, scenery_lines
from pose2video.stage.painting.palettes import richer
from pose2video.stage.painting.shot import Shot
from pose2video.stage.painting.smoothing import enlarged, patched
from pose2video.stage.people import Layers
from pose2video.stage.staging import Staged

GREY = np.array([0.2126, 0.7152, 0.0722])
"""How bright red, green and blue are."""


def light_levels(staged: Staged) -> tuple[float, float]:
    """Return how bright a white surface is in shadow and in the set's full light."""
    lights = staged.lights
    around = float(lights.around[0] @ GREY)
    key, fill = (float(lamp[3:] @ GREY) for lamp in lights.lamps[:2])
    shade = max(around + 0.3 * fill, 0.05)
    return shade, shade + max(0.75 * key + 0.2 * fill, 0.2)


def cel_shaded(
    shot: Shot, steps: tuple[float, float, float], colours: float, onto: np.ndarray
) -> None:
    """Paint the dancers on a picture in three flat tones: shadow, light, and glints.

    Args:
        steps: how bright the tones are, as shares of the set's full light.
        colours: 1 leaves colours as they are, more makes them stronger.
        onto: (H, W, 3) uint8.
    """
    shade, full = light_levels(shot.staged)
    edge = shade + 0.36 * (full - shade)
    tones = (edge, 1.45 * full, steps[0] * full, steps[1] * full, steps[2] * full)
    look = (shot.exposure, colours, curves(PLAIN)[0])
    in_bands(_cel, len(onto), shot.layers, tones, look, onto)


@compiled
def _cel(first: int, stop: int, layers: Layers, tones: tuple, look: tuple, out: np.ndarray) -> None:
    exposure, colours, curve = look
    for y in range(first, stop):
        for x in range(out.shape[1]):
            if layers.part[y, x] < 0:
                continue
            light = layers.light[y, x]
            ratio = lit_at(layers, y, x)
            scale = exposure * banded(ratio, tones) / max(ratio, 1e-4)
            grey = (1.0 - colours) * brightness(light[0], light[1], light[2])
            out[y, x, 0] = on_curve(curve, scale * (grey + colours * light[0]), 0.0)
            out[y, x, 1] = on_curve(curve, scale * (grey + colours * light[1]), 0.0)
            out[y, x, 2] = on_curve(curve, scale * (grey + colours * light[2]), 0.0)


@called_by_loops
def lit_at(layers: Layers, y: int, x: int) -> float:
    """Return how much light falls on the surface of a dancer, whatever its colour."""
    light, own = layers.light[y, x], layers.albedo[y, x]
    return brightness(light[0], light[1], light[2]) / max(brightness(own[0], own[1], own[2]), 0.03)


@called_by_loops
def banded(ratio: float, tones: tuple) -> float:
    """Return a tone of three for how strongly a place is lit, with narrow steps between."""
    edge, glint, dark, usual, bright = tones
    first = min(max((ratio / edge - 0.93) / 0.14, 0.0), 1.0)
    second = min(max((ratio / glint - 0.93) / 0.14, 0.0), 1.0)
    tone = dark + first * first * (3.0 - 2.0 * first) * (usual - dark)
    return tone + second * second * (3.0 - 2.0 * second) * (bright - usual)


def anime(shot: Shot) -> np.ndarray:
    """Two tones and a glint, thin ink, a softly painted background in stronger colours."""
    background = patched(shot.scenery, 3.2 * shot.unit)
    picture = richer(enlarged(background, shot.size), 1.18, 1.06)
    picture = np.ascontiguousarray(picture)
    cel_shaded(shot, (0.42, 0.95, 1.6), 1.22, picture)
    outer, inner = dancers_lines(shot, 2.3, 1.5)
    picture = inked(picture, scenery_lines(shot, 1.6, 9.0) // 3, (60, 50, 80))
    return inked(picture, cv2.max(outer, inner), (34, 22, 40))
