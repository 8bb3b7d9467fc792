"""Paper-cut: flat sheets of coloured paper that lie over each other and cast small shadows."""

import math

import cv2
import numpy as np

from pose2video.stage.compiled import called_by_loops, compiled, in_bands
from pose2video.stage.developing import PLAIN, brightness, curves, on_curve
from pose2video.stage.painting.cel import light_levels
from pose2video.stage.painting.palettes import richer
from pose2video.stage.painting.shot import Shot
from pose2video.stage.painting.smoothing import enlarged, patched
from pose2video.stage.painting.surfaces import fibres, kept, paper
from pose2video.stage.people import Layers

SHEETS = 5
"""Of the set, from dark and near to light and far."""


@kept
def card(height: int, width: int) -> np.ndarray:
    """Return the relief of heavy paper, (H, W) float32."""
    rough = 0.7 * paper(height, width, 81) + 0.5 * fibres(height, width, 82, 20.0, 14.0)
    return rough.astype(np.float32)


def paper_cut(shot: Shot) -> np.ndarray:
    """Each thing is a sheet of one colour; what is nearer lies above and shades what is below."""
    height, width = shot.size
    background = richer(patched(shot.scenery, 6.0 * shot.unit), 1.25, 1.06)
    picture = np.ascontiguousarray(enlarged(background, shot.size))
    level = np.empty((height, width), np.float32)
    sheets = np.empty_like(picture)
    full = shot.exposure * 0.62 * sum(light_levels(shot.staged))
    look = (full, curves(PLAIN)[0])
    in_bands(_cut, height, picture, shot.layers, look, (sheets, level))
    sheets = cv2.GaussianBlur(sheets, (0, 0), max(0.55 * shot.unit, 0.35))
    away = max(4.5 * shot.unit, 1.0)
    move = np.array([[1, 0, 0.75 * away], [0, 1, away]], np.float32)
    above = cv2.warpAffine(level, move, (width, height), borderMode=cv2.BORDER_REPLICATE)
    above = cv2.GaussianBlur(above, (0, 0), max(2.6 * shot.unit, 0.6))
    out = np.empty_like(sheets)
    surface = (card(height, width), max(round(1.2 * shot.unit), 1))
    in_bands(_glued, height, sheets, (level, above), surface, out)
    return out


@compiled
def _cut(
    first: int, stop: int, picture: np.ndarray, layers: Layers, look: tuple, out: tuple
) -> None:
    """Write the colour of the sheet at every pixel of rows, and how high it lies."""
    full, curve = look
    sheets, level = out
    depth, part = layers.depth, layers.part
    for y in range(first, stop):
        for x in range(part.shape[1]):
            if part[y, x] >= 0:
                own = layers.albedo[y, x]
                grey = brightness(own[0], own[1], own[2])
                for k in range(3):
                    colour = max(grey + 1.15 * (own[k] - grey), 0.0)
                    sheets[y, x, k] = on_curve(curve, full * (0.97 * colour + 0.012), 0.0)
                level[y, x] = 3.4 + 5.0 * max(6.0 - depth[y, x], -1.0) * 0.35
                continue
            grey = 0.3 * picture[y, x, 0] + 0.59 * picture[y, x, 1] + 0.11 * picture[y, x, 2]
            step = _sheet(grey / 255.0)
            scale = 255.0 * (0.1 + 0.86 * step) / max(grey, 4.0)
            for k in range(3):
                sheets[y, x, k] = int(min(picture[y, x, k] * scale, 255.0))
            level[y, x] = 1.6 * (1.0 - step) + 1.2 / (1.0 + 0.3 * min(depth[y, x], 50.0))


@called_by_loops
def _sheet(grey: float) -> float:
    """Return one of a few tones, with edges as sharp as scissors leave them."""
    place = grey * SHEETS
    step = math.floor(place)
    rest = min(max((place - step - 0.44) / 0.12, 0.0), 1.0)
    return min((step + rest) / SHEETS, 1.0)


@compiled
def _glued(
    first: int, stop: int, sheets: np.ndarray, heights: tuple, surface: tuple, out: np.ndarray
) -> None:
    """Write sheets with their shadows, bright cut edges, and the grain of the paper."""
    level, above = heights
    card, step = surface
    for y in range(first, stop):
        up = max(y - step, 0)
        for x in range(level.shape[1]):
            left = max(x - step, 0)
            higher = max(above[y, x] - level[y, x] - 0.03, 0.0)
            dark = 1.0 - 0.55 * (1.0 - math.exp(-2.6 * higher))
            edge = max(level[y, x] - 0.5 * (level[up, x] + level[y, left]) - 0.12, 0.0)
            light = 3.6 * card[y, x] + 34.0 * min(2.0 * edge, 1.0)
            for k in range(3):
                out[y, x, k] = int(min(max(sheets[y, x, k] * dark + light, 0.0), 255.0))
