"""Neon: in the dark, only edges glow."""

import cv2
import numpy as np

from pose2video.stage.compiled import compiled, in_bands
from pose2video.stage.developing import PLAIN, brightness, curves, on_curve
from pose2video.stage.materials import linear
from pose2video.stage.painting.lines import dancers_lines, scenery_lines
from pose2video.stage.painting.shot import Shot
from pose2video.stage.people import Layers
from prompts.scene.scene import Scene

TUBES = ("#ff2bd6", "#19e3ff", "#7a3cff")
"""On one side of the dancers, on the other, and in the set, where the scene names no colours."""

FAINT = 0.5
"""Light of a halo below which it soon ends."""


def neon(shot: Shot) -> np.ndarray:
    """Glowing tubes along all edges, in two colours from side to side, and a dark rest."""
    height, width = shot.size
    outer, inner = dancers_lines(shot, 2.6, 1.7)
    body = cv2.max(outer, (0.75 * inner).astype(np.uint8))
    room = scenery_lines(shot, 2.0, 12.0)
    one, two, third = tubes(shot.scene)
    turned = _turned(shot)
    glow = np.empty((height, width, 3), np.float32)
    in_bands(_lit, height, (body, room), turned, np.stack([one, two, third]), glow)
    small = cv2.resize(
        glow, (max(width // 4, 1), max(height // 4, 1)), interpolation=cv2.INTER_AREA
    )
    halo = 0.7 * cv2.GaussianBlur(small, (0, 0), max(height / 260, 0.5))
    halo += 0.3 * cv2.GaussianBlur(small, (0, 0), max(height / 125, 0.5))
    # Faint light would be seen to flicker far from where it comes from.
    halo *= halo / (halo + FAINT)
    halo = cv2.resize(halo, (width, height), interpolation=cv2.INTER_LINEAR)
    out = np.empty((height, width, 3), np.uint8)
    film = (shot.exposure, third, curves(PLAIN)[0])
    in_bands(_night, height, shot.layers, (glow, halo), film, out)
    return out


def tubes(scene: Scene) -> tuple[np.ndarray, ...]:
    """Return the light of the tubes, three times (3,)."""
    named = (*scene.light.colours[:3], *TUBES[len(scene.light.colours[:3]) :])
    return tuple(linear(colour) + 0.02 for colour in named)


def _turned(shot: Shot) -> np.ndarray:
    """Return (H, W) float32 from 0 to 1, how far surfaces are turned to the picture's right."""
    height, width = shot.size
    small = cv2.resize(shot.layers.normal[..., 0], (max(width // 4, 1), max(height // 4, 1)),
                       interpolation=cv2.INTER_AREA)  # fmt: skip
    wide = cv2.GaussianBlur(small, (0, 0), max(height / 200, 0.5))
    across = np.linspace(-0.5, 0.5, width, dtype=np.float32)
    turned = 0.5 + 1.3 * cv2.resize(wide, (width, height)) + 0.5 * across
    return np.clip(turned, 0, 1)


@compiled
def _lit(
    first: int, stop: int, lines: tuple, turned: np.ndarray, colours: np.ndarray, glow: np.ndarray
) -> None:
    body, room = lines
    for y in range(first, stop):
        for x in range(body.shape[1]):
            strong, faint, side = body[y, x] / 255.0, room[y, x] / 255.0, turned[y, x]
            side = side * side * (3.0 - 2.0 * side)
            for k in range(3):
                tube = colours[0, k] + side * (colours[1, k] - colours[0, k])
                glow[y, x, k] = 3.2 * strong * tube + 0.55 * faint * colours[2, k]


@compiled
def _night(
    first: int, stop: int, layers: Layers, shining: tuple, film: tuple, out: np.ndarray
) -> None:
    exposure, tint, curve = film
    glow, halo = shining
    for y in range(first, stop):
        for x in range(out.shape[1]):
            light = layers.light[y, x]
            grey = min(exposure * brightness(light[0], light[1], light[2]), 1.5)
            dim = 0.028 if layers.part[y, x] < 0 else 0.05
            hot = 0.05 * (glow[y, x, 0] + glow[y, x, 1] + glow[y, x, 2])
            for k in range(3):
                rest = dim * (0.45 * grey + 0.4 * exposure * light[k] + grey * tint[k])
                out[y, x, k] = on_curve(curve, rest + glow[y, x, k] + hot + halo[y, x, k], 0.0)
