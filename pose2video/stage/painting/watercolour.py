"""Watercolour: thin pigment that gathers at edges and in the hollows of paper."""

import cv2
import numpy as np

from pose2video.stage.compiled import compiled, in_bands
from pose2video.stage.painting.lines import dancers_lines
from pose2video.stage.painting.shot import Shot
from pose2video.stage.painting.smoothing import enlarged, patched
from pose2video.stage.painting.surfaces import clouds, kept, paper


@kept
def wash(height: int, width: int) -> tuple[np.ndarray, ...]:
    """Return, each (H, W) float32: where paint runs to, in pixels across and down; how thick
    washes lie; how much of the paper is painted, which is left white towards its edges."""
    unit = height / 512
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    size = max(9 * unit, 2.0)
    across = x + 1.1 * unit * clouds(height, width, size, 3, 3)
    down = y + 1.1 * unit * clouds(height, width, size, 9, 3)
    thick = 0.24 * clouds(height, width, 70 * unit, 5, 4)
    border = np.minimum(np.minimum(x, width - x), np.minimum(y, height - y)) / height
    rough = 0.010 * clouds(height, width, 60 * unit, 7, 4)
    painted = np.clip((border - 0.034 + 1.5 * rough) / 0.012, 0, 1)
    return across, down, thick, painted.astype(np.float32)


def watercolour(shot: Shot) -> np.ndarray:
    """Light washes with dark rims, colours that run a little, white paper, a few pencil lines."""
    height, width = shot.size
    across, down, thick, painted = wash(height, width)
    behind = patched(
        cv2.GaussianBlur(shot.scenery, (0, 0), max(1.2 * shot.unit, 0.5)), 7 * shot.unit
    )
    behind = enlarged(behind, shot.size)
    front, box = shot.plain.copy(), shot.box
    front[box] = patched(front[box], 2.2 * shot.unit)
    cover = cv2.GaussianBlur(shot.mask, (0, 0), max(0.9 * shot.unit, 0.6))
    washed = np.empty_like(front)
    in_bands(_over, height, front, np.ascontiguousarray(behind), cover, washed)
    run = cv2.remap(washed, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    soft = cv2.GaussianBlur(run, (0, 0), max(2.6 * shot.unit, 0.8))
    wet = cv2.remap(cover, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    outer, inner = dancers_lines(shot, 1.3, 1.1)
    out = np.empty_like(front)
    lines = cv2.max(outer, inner)
    in_bands(_dried, height, (run, soft), (wet, lines), (thick, painted, paper(height, width)), out)
    return out


@compiled
def _over(
    first: int, stop: int, front: np.ndarray, behind: np.ndarray, cover: np.ndarray, out: np.ndarray
) -> None:
    for y in range(first, stop):
        for x in range(cover.shape[1]):
            share = cover[y, x] / 255.0
            for k in range(3):
                out[y, x, k] = int(
                    behind[y, x, k] + share * (float(front[y, x, k]) - behind[y, x, k]) + 0.5
                )


PAPER_COLOUR = (0.985, 0.97, 0.935)


@compiled
def _dried(
    first: int, stop: int, washes: tuple, over: tuple, surface: tuple, out: np.ndarray
) -> None:
    """Lay pigment on paper, by how much of it there is (Bousseau et al. 2006)."""
    run, soft = washes
    wet, lines = over
    thick, painted, relief = surface
    for y in range(first, stop):
        for x in range(thick.shape[1]):
            own = wet[y, x] / 255.0
            edge = 0.0
            for k in range(3):
                edge += max(float(soft[y, x, k]) - float(run[y, x, k]), 0.0)
            rim = min(edge / 90.0, 0.8) + 1.1 * max(1.0 - abs(own - 0.72) / 0.26, 0.0) * 0.45
            grain = relief[y, x]
            amount = 1.0 + thick[y, x] * (1.0 - 0.35 * own) + rim + 0.10 * grain
            amount = max(amount * painted[y, x] * (0.80 + 0.2 * own), 0.0)
            pencil = 1.0 - lines[y, x] / 255.0 * min(max(0.42 + 0.16 * grain, 0.1), 0.8)
            light = 1.0 + 0.012 * grain
            for k in range(3):
                colour = run[y, x, k] / 255.0
                colour = 1.0 - (1.0 - colour) * 0.88
                colour = (
                    colour * (1.0 - (1.0 - colour) * (amount - 1.0)) if painted[y, x] > 0 else 1.0
                )
                colour = 1.0 - (1.0 - min(max(colour, 0.0), 1.0)) * painted[y, x]
                out[y, x, k] = int(
                    255.0 * min(max(colour * PAPER_COLOUR[k] * light * pencil, 0.0), 1.0)
                )
