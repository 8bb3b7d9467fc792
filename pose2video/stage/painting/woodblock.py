"""Woodblock prints: few flat inks, lines of the key block, grain of the wood, washi paper."""

import cv2
import numpy as np

from pose2video.stage.compiled import compiled, in_bands
from pose2video.stage.painting.cel import cel_shaded
from pose2video.stage.painting.lines import dancers_lines, scenery_lines
from pose2video.stage.painting.palettes import printed, richer, table_to
from pose2video.stage.painting.shot import Shot
from pose2video.stage.painting.smoothing import enlarged, patched
from pose2video.stage.painting.surfaces import clouds, fibres, kept, unit_of

INKS = [
    "#f0e4c9", "#dccba5", "#efcdb0", "#d9a47f", "#b5734f", "#7a4a35",  # paper, beige, skins
    "#c8402f", "#8e2a27", "#e08d6f", "#e7b3ad",  # vermilion, madder, rose
    "#d9a03c", "#a9772f", "#ecd28b",  # ochre
    "#1f3a68", "#3d6896", "#86a9bd", "#bccdcb", "#d8dccb", "#14233f",  # Prussian blue
    "#5f7d52", "#99a873", "#bcc492", "#7f9a7d", "#34503f", "#2f7d78",  # greens
    "#6a4a73", "#a58aa5", "#8c8577", "#55524e", "#24242b",  # purple, greys, ink
]  # fmt: skip
KEY = (29.0, 32.0, 46.0)
"""Ink of the key block."""


@kept
def inks() -> np.ndarray:
    return table_to(INKS, 0.006, 2.0)


@kept
def block(height: int, width: int) -> tuple[np.ndarray, ...]:
    """Return, (H, W) float32 each: how evenly the wood takes ink, paper's fibres, the gradient at
    the top, and what is added to colours so that flats have edges cut by hand."""
    unit = unit_of(height, width)
    grain = 0.75 * fibres(height, width, 71, 0.0, 150.0) + 0.45 * clouds(
        height, width, 60 * unit + 2, 72, 3
    )
    washi = 0.6 * fibres(height, width, 73, 35.0, 22.0) + 0.6 * fibres(
        height, width, 74, -50.0, 16.0
    )
    wave = 0.02 * clouds(height, width, 90 * unit + 2, 75, 2)
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None] + wave
    fading = np.clip(1 - down / 0.24, 0, 1) ** 1.4
    return grain.astype(np.float32), washi.astype(np.float32), fading.astype(np.float32), (
        1.2 * clouds(height, width, 14 * unit + 1, 76, 2)).astype(np.float32)  # fmt: skip


def woodblock(shot: Shot) -> np.ndarray:
    """Flat inks in two tones, key-block lines, and a gradient of blue wiped onto the top."""
    height, width = shot.size
    grain, washi, fading, cut = block(height, width)
    calm = cv2.GaussianBlur(patched(shot.scenery, 7.0 * shot.unit), (0, 0), 2.2 * shot.unit + 0.3)
    picture = np.ascontiguousarray(enlarged(calm, shot.size))
    picture = richer(picture, 1.5, 1.06)
    cel_shaded(shot, (0.5, 0.95, 1.25), 1.5, picture)
    flat = printed(picture, inks(), cut)
    flat = cv2.GaussianBlur(flat, (0, 0), max(0.7 * shot.unit, 0.4))
    outer, inner = dancers_lines(shot, 2.8, 1.8)
    lines = cv2.max(cv2.max(outer, inner), scenery_lines(shot, 2.4, 12.0))
    out = np.empty_like(flat)
    in_bands(_pressed, height, flat, (lines, shot.mask), (grain, washi, fading), out)
    return out


@compiled
def _pressed(
    first: int, stop: int, flat: np.ndarray, over: tuple, surface: tuple, out: np.ndarray
) -> None:
    lines, mask = over
    grain, washi, fading = surface
    paper = (240.0, 228.0, 201.0)
    blue = (33.0, 66.0, 112.0)
    for y in range(first, stop):
        for x in range(lines.shape[1]):
            wiped = fading[y, x] * (0.75 if mask[y, x] == 0 else 0.0)
            taken = min(max(0.93 + 0.04 * grain[y, x], 0.6), 1.0)
            key = min(lines[y, x] / 255.0, 1.0) * min(max(0.95 + 0.06 * grain[y, x], 0.6), 1.0)
            light = 1.6 * washi[y, x]
            for k in range(3):
                value = flat[y, x, k] + wiped * (blue[k] - flat[y, x, k])
                value = paper[k] + taken * (value - paper[k])
                value = value + key * (KEY[k] - value) + light
                out[y, x, k] = int(min(max(value, 0.0), 255.0))
