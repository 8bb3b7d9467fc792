"""Pencil: hatching in three directions, darker where more of them meet, on rough paper."""

import cv2
import numpy as np

from pose2video.stage.compiled import compiled, in_bands
from pose2video.stage.painting.lines import dancers_lines, scenery_lines
from pose2video.stage.painting.shot import Shot
from pose2video.stage.painting.surfaces import clouds, fibres, kept, paper, unit_of

DIRECTIONS = (52.0, 118.0, 12.0)
"""Degrees in which the hand draws: first everywhere, then where it is darker, then darkest."""


LINE = 5.2
"""Pixels from line to line in a picture 512 high."""


@kept
def hatching(height: int, width: int) -> np.ndarray:
    """Return (3, H, W) float32: high where lines of a direction are drawn even by a light hand."""
    unit = unit_of(height, width)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    layers = []
    for k, angle in enumerate(DIRECTIONS):
        across = x * np.sin(np.radians(angle)) - y * np.cos(np.radians(angle))
        bent = 1.3 * unit * clouds(height, width, 70 * unit + 1, 20 + k, 2)
        line = np.cos((across + bent) * (2 * np.pi / max(LINE * unit, 2.2)))
        hand = 0.55 * fibres(height, width, 23 + k, angle, 40.0)
        layers.append(line + hand + 0.25 * clouds(height, width, 30 * unit + 1, 26 + k, 2))
    return np.stack(layers).astype(np.float32)


def pencil(shot: Shot) -> np.ndarray:
    """Graphite on white paper, with firm contours."""
    height, width = shot.size
    grey = cv2.cvtColor(shot.plain, cv2.COLOR_RGB2GRAY)
    soft = cv2.GaussianBlur(grey, (0, 0), max(1.3 * shot.unit, 0.5))
    outer, inner = dancers_lines(shot, 2.4, 1.5)
    lines = cv2.max(cv2.max(outer, inner), scenery_lines(shot, 1.7, 10.0))
    out = np.empty_like(shot.plain)
    seen = (soft, lines, shot.mask)
    strokes = hatching(height, width)
    in_bands(_hatched, height, seen, strokes, paper(height, width), out)
    return out


@compiled
def _hatched(
    first: int, stop: int, seen: tuple, strokes: np.ndarray, relief: np.ndarray, out: np.ndarray
) -> None:
    grey, lines, mask = seen
    for y in range(first, stop):
        for x in range(grey.shape[1]):
            dark = 1.0 - grey[y, x] / 255.0
            if mask[y, x] == 0:
                dark = 0.06 + 0.74 * dark
            ink = 0.16 * dark
            for k in range(3):
                amount = (dark - 0.12 - 0.21 * k) / 0.6
                if amount > 0:
                    reached = 0.55 * (strokes[k, y, x] + 2.6 * amount - 0.75)
                    ink += 0.33 * min(max(reached, 0.0), 1.0) * min(0.4 + 0.9 * amount, 1.0)
            grain = relief[y, x]
            ink = ink * min(max(0.86 + 0.22 * grain, 0.25), 1.35)
            contour = lines[y, x] / 255.0 * min(max(0.82 + 0.2 * grain, 0.3), 1.0)
            ink = 1.0 - (1.0 - min(ink, 0.93)) * (1.0 - 0.88 * contour)
            light = 1.0 + 0.008 * grain
            out[y, x, 0] = int(min((250.0 - 205.0 * ink) * light, 255.0))
            out[y, x, 1] = int(min((248.0 - 204.0 * ink) * light, 255.0))
            out[y, x, 2] = int(min((242.0 - 194.0 * ink) * light, 255.0))
