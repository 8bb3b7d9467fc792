"""Paint faces on heads, in the head's own axes: left, up and forward, in metres."""

import math

import numpy as np

from pose2video.stage.compiled import compiled
from pose2video.stage.noise import smooth

FACES = ("none", "human", "visor", "animal", "skull", "alien", "doll", "panda")
"""By their number in the drawing loops; the row of a face is its number, colours of iris (3) and
lips or lamps (3), and the size of its eyes."""


@compiled
def face(row: np.ndarray, albedo: tuple, x: float, y: float, z: float, time: float) -> tuple:
    """Return the colour (three shares, and how much of it glows) of a place on a head."""
    if z < 0.02:
        return albedo
    kind = int(row[0])
    side = abs(x)
    if kind == 2:
        return _visor(row, albedo, x, y, time)
    if kind == 4:
        return _skull(albedo, side, y)
    if kind == 5:
        return _spot(
            albedo,
            (0.01, 0.01, 0.015),
            _oval(side - 0.042, y - 0.012 - 0.35 * (side - 0.042), 0.027, 0.02),
            0.0,
        )
    result = albedo
    if kind == 7:
        result = _spot(
            result,
            (0.012, 0.012, 0.014),
            _oval(side - 0.042, y - 0.012 + 0.5 * (side - 0.042), 0.025, 0.03),
            0.0,
        )
    if kind == 1:
        result = _cheeks(row, result, side, y)
    result = _eyes(row, result, x, side, y, time)
    if kind == 1 or kind == 6:
        result = _mouth(row, result, x, y)
    return result


@compiled
def _oval(u: float, v: float, wide: float, high: float) -> float:
    """Return 1 inside an oval and 0 outside, with a soft edge."""
    away = math.sqrt((u / wide) ** 2 + (v / high) ** 2)
    return 1.0 - smooth(0.85, 1.1, away)


@compiled
def _spot(albedo: tuple, colour: tuple, share: float, glow: float) -> tuple:
    return (
        albedo[0] + share * (colour[0] - albedo[0]),
        albedo[1] + share * (colour[1] - albedo[1]),
        albedo[2] + share * (colour[2] - albedo[2]),
        albedo[3] + share * (glow - albedo[3]),
    )


@compiled
def _eyes(row: np.ndarray, albedo: tuple, x: float, side: float, y: float, time: float) -> tuple:
    """Whites, irises, pupils and a glint; lids close for a moment now and then, brows above."""
    size = row[7]
    blink = math.sin(1.9 * time) * math.sin(0.7 * time + 1.0)
    open_eye = 1.0 - 0.9 * smooth(0.94, 0.97, blink)
    u, v = side - 0.036, y - 0.013
    result = _spot(
        albedo, (0.85, 0.84, 0.83), _oval(u, v, 0.0165 * size, 0.0125 * size * open_eye), 0.0
    )
    iris = _oval(u, v, 0.0095 * size, 0.0115 * size * open_eye)
    result = _spot(result, (row[1], row[2], row[3]), iris, 0.0)
    result = _spot(
        result, (0.01, 0.01, 0.012), _oval(u, v, 0.005 * size, 0.0062 * size * open_eye), 0.0
    )
    glint = _oval(
        x - math.copysign(0.036, x) - 0.004 * size, v - 0.005 * size, 0.003 * size, 0.003 * size
    )
    result = _spot(result, (1.0, 1.0, 1.0), glint * (open_eye > 0.5), 0.0)
    lid = _oval(u, v - 0.0125 * size * open_eye, 0.018 * size, 0.0032)
    return _spot(result, (0.02, 0.015, 0.015), lid * 0.85, 0.0)


@compiled
def _cheeks(row: np.ndarray, albedo: tuple, side: float, y: float) -> tuple:
    blush = _oval(side - 0.053, y + 0.022, 0.02, 0.016) * 0.22
    result = _spot(albedo, (row[4], row[5], row[6]), blush, 0.0)
    brow = 1.0 - smooth(0.0028, 0.0055, abs(y - 0.043 + 7.0 * (side - 0.036) ** 2))
    brow *= 1.0 - smooth(0.015, 0.019, abs(side - 0.037))
    return _spot(result, (0.03, 0.02, 0.018), brow * 0.8, 0.0)


@compiled
def _mouth(row: np.ndarray, albedo: tuple, x: float, y: float) -> tuple:
    curve = y + 0.058 - 9.0 * x * x
    lips = (1.0 - smooth(0.004, 0.0075, abs(curve))) * (1.0 - smooth(0.02, 0.026, abs(x)))
    return _spot(albedo, (row[4], row[5], row[6]), lips * 0.85, 0.0)


@compiled
def _visor(row: np.ndarray, albedo: tuple, x: float, y: float, time: float) -> tuple:
    """A dark band with two lamps for eyes."""
    band = (1.0 - smooth(0.026, 0.03, abs(y - 0.014))) * (1.0 - smooth(0.072, 0.076, abs(x)))
    result = _spot(albedo, (0.012, 0.012, 0.016), band, 0.0)
    eye = _oval(abs(x) - 0.034, y - 0.014, 0.015, 0.012)
    result = _spot(result, (row[4], row[5], row[6]), eye, 1.0)
    grille = (1.0 - smooth(0.0, 0.002, abs(y + 0.052))) + (1.0 - smooth(0.0, 0.002, abs(y + 0.06)))
    return _spot(result, (0.03, 0.03, 0.035), min(grille, 1.0) * (abs(x) < 0.024), 0.0)


@compiled
def _skull(albedo: tuple, side: float, y: float) -> tuple:
    """Sockets, the hole of the nose, and teeth."""
    dark = (0.012, 0.01, 0.01)
    result = _spot(albedo, dark, _oval(side - 0.036, y - 0.012, 0.023, 0.024), 0.0)
    result = _spot(result, dark, _oval(side, y + 0.024 - 0.4 * side, 0.011, 0.017), 0.0)
    teeth = (1.0 - smooth(0.012, 0.014, abs(y + 0.062))) * (1.0 - smooth(0.034, 0.038, side))
    gap = side * 110.0 - math.floor(side * 110.0)
    line = max(1.0 - smooth(0.0, 0.18, abs(gap - 0.5)), 1.0 - smooth(0.0, 0.0025, abs(y + 0.062)))
    return _spot(result, dark, teeth * line * 0.9, 0.0)
