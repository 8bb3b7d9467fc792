"""Flat colours in a few steps of light, with ink lines: as of a television series, or a comic."""

import math

import cv2
import numpy as np

from pose2video.stage.compiled import compiled, in_bands
from pose2video.stage.developing import PLAIN, curves
from pose2video.stage.developing import KNEE, STEPS
from pose2video.stage.painting.lines import dancers_lines, scenery_lines
from pose2video.stage.painting.shot import Shot
from pose2video.stage.painting.smoothing import enlarged, patched
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


def cel_shaded(shot: Shot, steps: tuple[float, float, float], colours: float, onto: np.ndarray) -> None:
    """Paint the dancers on a picture in three flat tones: shadow, light, and glints.

    Args:
        steps: how bright the tones are, as shares of the set's full light.
        colours: 1 leaves colours as they are, more makes them stronger.
        onto: (H, W, 3) uint8.
    """
    shade, full = light_levels(shot.staged)
    edge = shade + 0.36 * (full - shade)
    tones = (edge, 1.45 * full, steps[0] * full, steps[1] * full, steps[2] * full)
    layers = shot.layers
    numbers = (shot.exposure, colours)
    in_bands(_cel, len(onto), layers.light, layers.albedo, layers.part, tones, numbers, curves(PLAIN)[0], onto)


@compiled
def _cel(
    first: int, stop: int, light: np.ndarray, albedo: np.ndarray, part: np.ndarray,
    tones: tuple, numbers: tuple, curve: np.ndarray, out: np.ndarray,
) -> None:  # fmt: skip
    exposure, colours = numbers
    for y in range(first, stop):
        for x in range(part.shape[1]):
            if part[y, x] < 0:
                continue
            r, g, b = light[y, x, 0], light[y, x, 1], light[y, x, 2]
            lit = 0.2126 * r + 0.7152 * g + 0.0722 * b
            own = 0.2126 * albedo[y, x, 0] + 0.7152 * albedo[y, x, 1] + 0.0722 * albedo[y, x, 2]
            ratio = lit / max(own, 0.03)
            scale = exposure * banded(ratio, tones) / max(ratio, 1e-4)
            grey = (1.0 - colours) * lit
            out[y, x, 0] = shown(curve, scale * (grey + colours * r))
            out[y, x, 1] = shown(curve, scale * (grey + colours * g))
            out[y, x, 2] = shown(curve, scale * (grey + colours * b))


@compiled
def banded(ratio: float, tones: tuple) -> float:
    """Return a tone of three for how strongly a place is lit, with narrow steps between."""
    edge, glint, dark, usual, bright = tones
    first = min(max((ratio / edge - 0.93) / 0.14, 0.0), 1.0)
    second = min(max((ratio / glint - 0.93) / 0.14, 0.0), 1.0)
    tone = dark + first * first * (3.0 - 2.0 * first) * (usual - dark)
    return tone + second * second * (3.0 - 2.0 * second) * (bright - usual)


@compiled
def shown(curve: np.ndarray, value: float) -> int:
    """Return the grey level of light; ``curve`` as of ``pose2video.stage.developing``."""
    value = min(max(value, 0.0), 1e6)
    return int(curve[int(value / (value + KNEE) * STEPS)])


@compiled
def _inked(
    first: int, stop: int, picture: np.ndarray, lines: np.ndarray, ink: tuple, out: np.ndarray
) -> None:
    for y in range(first, stop):
        for x in range(lines.shape[1]):
            share = lines[y, x] / 255.0
            for k in range(3):
                out[y, x, k] = int(picture[y, x, k] + share * (ink[k] - picture[y, x, k]) + 0.5)


def inked(picture: np.ndarray, lines: np.ndarray, ink: tuple[float, float, float]) -> np.ndarray:
    """Return a picture with lines (H, W) uint8 drawn over it in a colour."""
    out = np.empty_like(picture)
    in_bands(_inked, len(picture), picture, lines, ink, out)
    return out


def anime(shot: Shot) -> np.ndarray:
    """Two tones and a glint, thin ink, a softly painted background in stronger colours."""
    background = patched(shot.scenery, 3.2 * shot.unit)
    picture = _brightened(enlarged(background, shot.size), 1.18, 1.06)
    picture = np.ascontiguousarray(picture)
    cel_shaded(shot, (0.42, 0.95, 1.6), 1.22, picture)
    outer, inner = dancers_lines(shot, 2.3, 1.5)
    picture = inked(picture, scenery_lines(shot, 1.6, 9.0) // 3, (60, 50, 80))
    return inked(picture, cv2.max(outer, inner), (34, 22, 40))


def _brightened(picture: np.ndarray, colours: float, light: float) -> np.ndarray:
    """Return a picture with stronger colours and more light, as a matrix of the channels."""
    grey = np.tile(GREY, (3, 1))
    return cv2.transform(picture, light * (colours * np.eye(3) + (1 - colours) * grey))


DOT = 6.0
"""Pixels from dot to dot, in a picture 512 high."""


def comic(shot: Shot) -> np.ndarray:
    """Strong flat colours on cream paper, rows of dots in the shade, black where it is dark, bold ink."""
    picture = np.ascontiguousarray(enlarged(patched(shot.scenery, 3.0 * shot.unit), shot.size))
    cel_shaded(shot, (0.85, 1.0, 1.5), 1.35, picture)
    shade, full = light_levels(shot.staged)
    layers = shot.layers
    out = np.empty_like(picture)
    dot = max(DOT * shot.unit, 3.0)
    in_bands(_printed, len(out), picture, layers.light, layers.albedo, layers.part, (shade, full, dot), out)
    outer, inner = dancers_lines(shot, 4.0, 2.2)
    lines = cv2.max(cv2.max(outer, inner), scenery_lines(shot, 2.2, 14.0))
    return inked(out, lines, (18, 14, 22))


@compiled
def _printed(
    first: int, stop: int, picture: np.ndarray, light: np.ndarray, albedo: np.ndarray,
    part: np.ndarray, numbers: tuple, out: np.ndarray,
) -> None:  # fmt: skip
    shade, full, dot = numbers
    turn = math.sqrt(0.5) * 2.0 * math.pi / dot
    for y in range(first, stop):
        for x in range(part.shape[1]):
            r, g, b = picture[y, x, 0] / 255.0, picture[y, x, 1] / 255.0, picture[y, x, 2] / 255.0
            grey = 0.2126 * r + 0.7152 * g + 0.0722 * b
            screen = 0.5 + 0.25 * (math.cos(turn * (x + y)) + math.cos(turn * (x - y)))
            if part[y, x] < 0:
                tone = _steps(grey)
                scale = tone / max(grey, 0.02)
                dark = 0.62 - 0.85 * grey
                r, g, b = _richer(r * scale, g * scale, b * scale, tone)
            else:
                lit = 0.2126 * light[y, x, 0] + 0.7152 * light[y, x, 1] + 0.0722 * light[y, x, 2]
                own = 0.2126 * albedo[y, x, 0] + 0.7152 * albedo[y, x, 1] + 0.0722 * albedo[y, x, 2]
                share = (lit / max(own, 0.03) - shade) / (full - shade)
                dark = 0.78 - 1.15 * share
            ink = min(max((screen + dark - 1.0) * dot * 0.28 + 0.5, 0.0), 1.0) if dark > 0 else 0.0
            paint = 1.0 - 0.68 * ink
            out[y, x, 0] = int(255.0 * min(r * paint, 1.0) * 0.995)
            out[y, x, 1] = int(255.0 * min(g * paint, 1.0) * 0.975)
            out[y, x, 2] = int(255.0 * min(b * (paint + 0.05 * ink), 1.0) * 0.92)


@compiled
def _steps(grey: float) -> float:
    """Return a tone in five, with soft edges."""
    place = grey * 4.5
    step = math.floor(place)
    rest = min(max((place - step - 0.4) / 0.2, 0.0), 1.0)
    return (step + rest * rest * (3.0 - 2.0 * rest)) / 4.5 + 0.06


@compiled
def _richer(r: float, g: float, b: float, grey: float) -> tuple:
    r, g, b = grey + 1.3 * (r - grey), grey + 1.3 * (g - grey), grey + 1.3 * (b - grey)
    return max(r, 0.0), max(g, 0.0), max(b, 0.0)
