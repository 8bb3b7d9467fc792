"""Pixel art: large pixels of few colours, dithered in a fixed pattern, with dark outlines."""

import cv2
import numpy as np

from pose2video.stage.painting.cel import cel_shaded
from pose2video.stage.painting.lines import dancers_lines
from pose2video.stage.painting.palettes import printed, richer, table_to
from pose2video.stage.painting.shot import Shot
from pose2video.stage.painting.smoothing import patched
from pose2video.stage.painting.surfaces import kept

ROWS = 128
"""Large pixels from top to bottom of a square picture, about."""
COLOURS = [
    "#0d0b14", "#1f1b2e", "#373350", "#565475", "#82839f", "#b3b7c6", "#e0e4ea", "#ffffff",
    "#3b1220", "#701c2c", "#b02a32", "#e0484a", "#f58072", "#ffb9a3", "#5a2a27", "#8f4a35",
    "#c07a4e", "#e3ab78", "#f7d7ac", "#6e3d12", "#b3661a", "#e8952b", "#fcc651", "#fff0a0",
    "#183626", "#25603a", "#3f9447", "#7dc455", "#c9eb80", "#0f3a4a", "#147081", "#25aeb0",
    "#7ce3d0", "#131f52", "#1e3f94", "#2f6fd4", "#5aa9f4", "#a6daff", "#2e1650", "#5a2b8e",
    "#9150c8", "#c98df0", "#6b1a5c", "#b3348a", "#ee65b0", "#ffaedb", "#b99f93", "#7c675f",
    "#47543f", "#5f7f6a", "#8fae8e", "#a7b08a", "#c9bfae", "#8a7f8f",
    "#a86a48", "#d49a70", "#f0c49c",
]  # fmt: skip
"""Ramps of greys, reds, browns, yellows, greens, blues, purples, pinks, and some dull colours."""
OUTLINE = (18, 14, 28)


@kept
def colours() -> np.ndarray:
    return table_to(COLOURS, 0.0, 1.7)


@kept
def pattern(height: int, width: int) -> np.ndarray:
    """Return what is added before colours are chosen, (H, W) float32: Bayer's pattern (1973)."""
    two = np.array([[0, 2], [3, 1]])
    four = np.block([[4 * two, 4 * two + 2], [4 * two + 3, 4 * two + 1]])
    tiled = np.tile((four + 0.5) / 16 - 0.5, (height // 4 + 1, width // 4 + 1))
    return (9 * tiled[:height, :width]).astype(np.float32)


def pixel_art(shot: Shot) -> np.ndarray:
    """A small picture of few colours, shown in squares."""
    height, width = shot.size
    side = max(round(512 * shot.unit / ROWS), 1)
    rows, columns = -(-height // side), -(-width // side)
    behind = cv2.resize(
        patched(shot.scenery, 4.0 * shot.unit), (columns, rows), interpolation=cv2.INTER_AREA
    )
    few = printed(richer(behind, 1.2, 1.05), colours(), pattern(rows, columns))
    body = np.zeros((height, width, 3), np.uint8)
    cel_shaded(shot, (0.45, 1.0, 1.7), 1.2, body)
    cover = cv2.resize(shot.mask, (columns, rows), interpolation=cv2.INTER_AREA)
    mean = cv2.resize(body, (columns, rows), interpolation=cv2.INTER_AREA)
    mean = np.minimum(mean * (255 / np.maximum(cover, 1))[..., None], 255).astype(np.uint8)
    inner = cv2.resize(
        dancers_lines(shot, 2.0, 2.4)[1], (columns, rows), interpolation=cv2.INTER_AREA
    )
    mean = (mean * (1 - 0.6 * (inner > 90))[..., None]).astype(np.uint8)
    front = printed(mean, colours(), np.zeros((rows, columns), np.float32))
    is_body = cover > 127
    around = (
        cv2.dilate(is_body.astype(np.uint8), np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8))
        > 0
    )
    few = np.where(
        is_body[..., None], front, np.where(around[..., None], np.array(OUTLINE, np.uint8), few)
    )
    large = cv2.resize(few, (columns * side, rows * side), interpolation=cv2.INTER_NEAREST)
    return np.ascontiguousarray(large[:height, :width])
