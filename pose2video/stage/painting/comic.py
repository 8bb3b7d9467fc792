"""Comics: strong flat colours, dots in the shade, black ink."""

import math

import cv2
import numpy as np

from pose2video.stage.compiled import called_by_loops, compiled, in_bands
from pose2video.stage.developing import brightness
from pose2video.stage.painting.cel import cel_shaded, light_levels, lit_at
from pose2video.stage.painting.lines import dancers_lines, inked, scenery_lines
from pose2video.stage.painting.shot import Shot
from pose2video.stage.painting.smoothing import enlarged, patched
from pose2video.stage.people import Layers

DOT = 6.0
"""Pixels from dot to dot, in a picture 512 high."""


def comic(shot: Shot) -> np.ndarray:
    """Strong flat colours on cream paper, rows of dots in the shade, bold ink."""
    picture = np.ascontiguousarray(enlarged(patched(shot.scenery, 3.0 * shot.unit), shot.size))
    cel_shaded(shot, (0.85, 1.0, 1.5), 1.35, picture)
    shade, full = light_levels(shot.staged)
    out = np.empty_like(picture)
    dot = max(DOT * shot.unit, 3.0)
    in_bands(_printed, len(out), picture, shot.layers, (shade, full, dot), out)
    outer, inner = dancers_lines(shot, 4.0, 2.2)
    lines = cv2.max(cv2.max(outer, inner), scenery_lines(shot, 2.2, 14.0))
    return inked(out, lines, (18, 14, 22))


@compiled
def _printed(
    first: int, stop: int, picture: np.ndarray, layers: Layers, numbers: tuple, out: np.ndarray
) -> None:
    shade, full, dot = numbers
    turn = math.sqrt(0.5) * 2.0 * math.pi / dot
    for y in range(first, stop):
        for x in range(out.shape[1]):
            r, g, b = picture[y, x, 0] / 255.0, picture[y, x, 1] / 255.0, picture[y, x, 2] / 255.0
            grey = brightness(r, g, b)
            screen = 0.5 + 0.25 * (math.cos(turn * (x + y)) + math.cos(turn * (x - y)))
            if layers.part[y, x] < 0:
                tone = _steps(grey)
                scale = tone / max(grey, 0.02)
                dark, strong = 0.52 - 0.9 * grey, 0.5
                r, g, b = _richer(r * scale, g * scale, b * scale, tone)
            else:
                share = (lit_at(layers, y, x) - shade) / (full - shade)
                dark, strong = 0.78 - 1.15 * share, 0.68
            ink = min(max((screen + dark - 1.0) * dot * 0.28 + 0.5, 0.0), 1.0) if dark > 0 else 0.0
            paint = 1.0 - strong * ink
            out[y, x, 0] = int(255.0 * min(r * paint, 1.0) * 0.995)
            out[y, x, 1] = int(255.0 * min(g * paint, 1.0) * 0.975)
            out[y, x, 2] = int(255.0 * min(b * (paint + 0.05 * ink), 1.0) * 0.92)


@called_by_loops
def _steps(grey: float) -> float:
    """Return a tone in five, with soft edges."""
    place = grey * 4.5
    step = math.floor(place)
    rest = min(max((place - step - 0.4) / 0.2, 0.0), 1.0)
    return (step + rest * rest * (3.0 - 2.0 * rest)) / 4.5 + 0.06


@called_by_loops
def _richer(r: float, g: float, b: float, grey: float) -> tuple:
    r, g, b = grey + 1.3 * (r - grey), grey + 1.3 * (g - grey), grey + 1.3 * (b - grey)
    return max(r, 0.0), max(g, 0.0), max(b, 0.0)
