"""Paint faces on heads, in the head's own axes: left, up and forward, in metres."""

import math

import numpy as np

from pose2video.stage.compiled import called_by_loops
from pose2video.stage.noise import smooth

FACES = (
    "none", "human", "visor", "animal", "skull", "alien", "ghost", "panda", "helmet", "knight",
    "carved", "doll",
)  # fmt: skip
"""By their number in the drawing loops."""
FACE_ROW = 14
"""Numbers of a row: which of ``FACES``; colours of iris (1) and of lips or lamps (4), three
shares each; size of the eyes (7) and of the head (8); colour of brows (9); how long lashes and
how full lips are, from 0 to 1 (12); and how much the eyes glow (13)."""


@called_by_loops
def face(row: np.ndarray, albedo: tuple, x: float, y: float, z: float, time: float) -> tuple:
    """Return the colour (three shares, and how much of it glows) of a place on a head."""
    x, y, z = x / row[8], y / row[8], z / row[8]
    if z < 0.02:
        return albedo
    kind = int(row[0])
    if kind == 1:
        return _human(row, albedo, x, y, time)
    if kind > 9:
        return _carved(row, albedo, x, y) if kind == 10 else _doll(albedo, abs(x), y)
    if kind == 3 or kind == 7:
        return _animal(row, albedo, (x, y, z), time)
    if kind < 5:
        return _visor(row, albedo, x, y) if kind == 2 else _skull(row, albedo, abs(x), y)
    return _masked(row, albedo, kind, x, y)


@called_by_loops
def _masked(row: np.ndarray, albedo: tuple, kind: int, x: float, y: float) -> tuple:
    """Faces of few strokes: an alien's, a ghost's, and what closed helmets show."""
    side = abs(x)
    if kind == 5:
        return _alien(row, albedo, side, y)
    if kind == 6:
        return _ghost(row, albedo, side, y)
    if kind == 8:
        wide = math.sqrt((x / 0.1) ** 4 + ((y - 0.012) / 0.045) ** 4)
        return _spot(albedo, (0.01, 0.011, 0.016), 1.0 - smooth(0.95, 1.0, wide), 0.0)
    return _slits(row, albedo, side, y)


@called_by_loops
def _oval(u: float, v: float, wide: float, high: float) -> float:
    """Return 1 inside an oval and 0 outside, with a soft edge."""
    away = math.sqrt((u / wide) ** 2 + (v / high) ** 2)
    return 1.0 - smooth(0.88, 1.08, away)


@called_by_loops
def _line(away: float, thick: float) -> float:
    """Return 1 within ``thick`` metres and 0 beyond, with a soft edge."""
    return 1.0 - smooth(0.6 * thick, 1.4 * thick, abs(away))


@called_by_loops
def _spot(albedo: tuple, colour: tuple, share: float, glow: float) -> tuple:
    return (
        albedo[0] + share * (colour[0] - albedo[0]),
        albedo[1] + share * (colour[1] - albedo[1]),
        albedo[2] + share * (colour[2] - albedo[2]),
        albedo[3] + share * (glow - albedo[3]),
    )


@called_by_loops
def _open(time: float) -> float:
    """Return how wide eyes are open: lids close for a moment now and then."""
    return 1.0 - 0.92 * smooth(0.95, 0.975, math.sin(1.9 * time) * math.sin(0.7 * time + 1.0))


@called_by_loops
def _human(row: np.ndarray, albedo: tuple, x: float, y: float, time: float) -> tuple:
    side = abs(x)
    blush = _oval(side - 0.056, y + 0.026, 0.022, 0.015) * 0.25
    warm = (1.04 * albedo[0], 0.62 * albedo[1], 0.62 * albedo[2])
    result = _spot(albedo, warm, 2.0 * blush, 0.0)
    result = _eyes(row, result, x, y, time)
    result = _brows(row, result, side, y)
    return _mouth(row, result, x, y)


@called_by_loops
def _eyes(row: np.ndarray, albedo: tuple, x: float, y: float, time: float) -> tuple:
    """Whites, irises, pupils and glints under dark lids with lashes."""
    size, lash, wide = row[7], row[12], _open(time)
    u, v = abs(x) - 0.0365, y - 0.008
    high = 0.0155 * size * wide
    white = _oval(u, v, 0.0185 * size, high)
    result = _spot(albedo, (0.8, 0.79, 0.78), white, row[13])
    iris = min(_oval(u + 0.001, v, 0.0115 * size, 0.0135 * size), white)
    result = _spot(result, (row[1], row[2], row[3]), iris, 1.2 * row[13])
    pupil = min(_oval(u + 0.001, v, 0.0062 * size, 0.0078 * size), white)
    result = _spot(result, (0.008, 0.008, 0.01), pupil * (1.0 - row[13]), 0.0)
    glint = _oval(
        x - math.copysign(0.0365, x) - 0.0045 * size, v - 0.006 * size, 0.0036 * size, 0.004 * size
    )
    result = _spot(result, (1.0, 1.0, 1.0), glint * (wide > 0.5), 0.0)
    arch = v - high * math.sqrt(max(1.0 - (u / (0.0205 * size)) ** 2, 0.0))
    lid = _line(arch - 0.001, 0.0022 + 0.0014 * lash) * (1.0 - smooth(0.019, 0.021, abs(u) / size))
    flick = _line(v - 0.006 - 0.55 * (u - 0.016), 0.0022) * _oval(
        u - 0.021, v - 0.009, 0.0075, 0.009
    )
    return _spot(result, (0.014, 0.01, 0.01), max(lid, flick * lash), 0.0)


@called_by_loops
def _brows(row: np.ndarray, albedo: tuple, side: float, y: float) -> tuple:
    u = side - 0.038
    away = y - 0.0435 - 0.002 * row[12] + 6.0 * u * u + 0.07 * u
    thick = (0.0046 - 0.0018 * row[12]) * (1.0 - 12.0 * max(u, 0.0))
    brow = _line(away, thick) * (1.0 - smooth(0.018, 0.022, abs(u)))
    return _spot(albedo, (0.7 * row[9], 0.7 * row[10], 0.7 * row[11]), 0.9 * brow, 0.0)


@called_by_loops
def _mouth(row: np.ndarray, albedo: tuple, x: float, y: float) -> tuple:
    """A closed smile: two lips and the line between them."""
    full = 0.6 + 0.4 * row[12]
    v = y + 0.063 - 11.0 * x * x
    inside = 1.0 - smooth(0.8, 1.05, abs(x) / 0.0265)
    taper = math.sqrt(max(1.0 - (x / 0.029) ** 2, 0.0))
    lips = 1.0 - smooth(0.75, 1.15, abs(v + 0.001) / (0.0088 * full * taper + 1e-5))
    result = _spot(albedo, (row[4], row[5], row[6]), lips * inside * (0.55 + 0.4 * row[12]), 0.0)
    dark = (0.22 * row[4], 0.22 * row[5], 0.22 * row[6])
    return _spot(result, dark, 0.85 * _line(v, 0.0016) * inside, 0.0)


@called_by_loops
def _carved(row: np.ndarray, albedo: tuple, x: float, y: float) -> tuple:
    """A face in the tones of the material alone, as of a statue."""
    side = abs(x)
    u, v = side - 0.0365, y - 0.008
    light = (0.78 * albedo[0], 0.78 * albedo[1], 0.78 * albedo[2])
    dark = (0.3 * albedo[0], 0.3 * albedo[1], 0.3 * albedo[2])
    lit = row[13]
    result = _spot(albedo, light, _oval(u, v, 0.0175, 0.0135), max(albedo[3], lit))
    iris = _oval(u + 0.001, v, 0.0085, 0.0095)
    result = _spot(
        result,
        (row[1], row[2], row[3]) if lit > 0 else dark,
        iris * max(0.6, lit),
        max(albedo[3], lit),
    )
    arch = v - 0.0145 * math.sqrt(max(1.0 - (u / 0.0205) ** 2, 0.0))
    lines = _line(arch, 0.0026) * (1.0 - smooth(0.0185, 0.0205, abs(u)))
    brow = _line(y - 0.0435 + 6.0 * u * u + 0.07 * u, 0.0034) * (1.0 - smooth(0.018, 0.022, abs(u)))
    mouth = _line(y + 0.063 - 11.0 * x * x, 0.0026) * (1.0 - smooth(0.8, 1.05, side / 0.0265))
    return _spot(result, dark, max(lines, 0.6 * brow, 0.9 * mouth), albedo[3])


@called_by_loops
def _doll(albedo: tuple, side: float, y: float) -> tuple:
    """Two buttons for eyes and a stitched smile."""
    u, v = side - 0.038, y - 0.01
    result = _spot(albedo, (0.012, 0.01, 0.012), _oval(u, v, 0.0165, 0.0165), 0.0)
    glint = _oval(u - 0.005, v - 0.006, 0.0045, 0.0045)
    result = _spot(result, (0.75, 0.75, 0.75), glint, 0.0)
    result = _spot(
        result, (0.75, 0.2, 0.2), 0.35 * _oval(side - 0.058, y + 0.026, 0.017, 0.013), 0.0
    )
    smile = _line(y + 0.056 - 9.0 * side * side, 0.0028) * (1.0 - smooth(0.028, 0.031, side))
    return _spot(result, (0.05, 0.02, 0.02), smile, 0.0)


@called_by_loops
def _animal(row: np.ndarray, albedo: tuple, place: tuple, time: float) -> tuple:
    """Large shining eyes, and the mouth below the nose on the muzzle."""
    x, y, z = place
    side, size, wide = abs(x), row[7], _open(time)
    u, v = side - 0.043, y - 0.017
    result = albedo
    if row[0] == 7:
        result = _spot(
            result, (0.012, 0.012, 0.014), _oval(u - 0.004 + 0.35 * v, v + 0.004, 0.025, 0.033), 0.0
        )
    result = _spot(
        result, (0.012, 0.01, 0.01), _oval(u, v, 0.0198 * size, 0.0228 * size * wide), 0.0
    )
    iris = _oval(u, v - 0.001, 0.0172 * size, 0.02 * size * wide)
    result = _spot(result, (row[1], row[2], row[3]), iris, 1.2 * row[13])
    pupil = _oval(u, v - 0.001, 0.0105 * size, 0.0145 * size * wide)
    result = _spot(result, (0.008, 0.008, 0.01), pupil * (1.0 - row[13]), 0.0)
    centre = x - math.copysign(0.043, x)
    glint = _oval(centre - 0.006 * size, v - 0.0085 * size, 0.0058 * size, 0.0064 * size)
    small = _oval(centre + 0.006 * size, v + 0.0085 * size, 0.003 * size, 0.003 * size)
    result = _spot(result, (1.0, 1.0, 1.0), max(glint, 0.7 * small) * (wide > 0.5), 0.0)
    smile = _line(y + 0.047 + 0.0125 * math.sin(side * 85.0), 0.0025) * (side < 0.047)
    parting = _line(x, 0.0022) * (-0.048 < y < -0.028)
    return _spot(result, (0.02, 0.012, 0.012), max(smile, parting) * (z > 0.085), 0.0)


@called_by_loops
def _visor(row: np.ndarray, albedo: tuple, x: float, y: float) -> tuple:
    """A dark glass with two lamps for eyes and a mouth of light."""
    across = math.sqrt(math.sqrt((x / 0.08) ** 4 + ((y - 0.006) / 0.05) ** 4))
    result = _spot(albedo, (0.01, 0.011, 0.015), 1.0 - smooth(0.94, 1.0, across), 0.0)
    eye = _oval(abs(x) - 0.034, y - 0.018, 0.0135 * row[7], 0.0165 * row[7])
    smile = _line(y + 0.026 - 9.0 * x * x, 0.003) * (1.0 - smooth(0.02, 0.024, abs(x)))
    return _spot(result, (row[4], row[5], row[6]), max(eye, smile), 1.0)


@called_by_loops
def _skull(row: np.ndarray, albedo: tuple, side: float, y: float) -> tuple:
    """Sockets with lamps far inside, the hole of the nose, and teeth."""
    dark = (0.012, 0.01, 0.01)
    result = _spot(albedo, dark, _oval(side - 0.037, y - 0.01, 0.025, 0.026), 0.0)
    lamp = (row[1], row[2], row[3])
    result = _spot(
        result, lamp, _oval(side - 0.037, y - 0.01, 0.008, 0.008) * row[13], 1.2 * row[13]
    )
    nose = _oval(side - 0.0055, y + 0.026 - 0.6 * side, 0.0065, 0.016)
    result = _spot(result, dark, nose, 0.0)
    teeth = (1.0 - smooth(0.013, 0.015, abs(y + 0.066))) * (1.0 - smooth(0.034, 0.038, side))
    gap = side * 100.0 - math.floor(side * 100.0)
    line = max(1.0 - smooth(0.0, 0.2, abs(gap - 0.5)), _line(y + 0.066, 0.002))
    return _spot(result, dark, teeth * line * 0.9, 0.0)


@called_by_loops
def _alien(row: np.ndarray, albedo: tuple, side: float, y: float) -> tuple:
    """Large dark slanting eyes and a small mouth."""
    u, v = side - 0.044, y - 0.006
    turned = _oval(0.85 * u + 0.52 * v, 0.85 * v - 0.52 * u, 0.034 * row[7], 0.021 * row[7])
    result = _spot(albedo, (row[1], row[2], row[3]), turned, row[13])
    glint = _oval(u + 0.004, v - 0.011, 0.006, 0.005)
    result = _spot(result, (0.9, 0.95, 1.0), glint, 0.0)
    mouth = _line(y + 0.066 - 6.0 * side * side, 0.0022) * (1.0 - smooth(0.014, 0.017, side))
    nostril = _oval(side - 0.006, y + 0.036, 0.0022, 0.0032)
    return _spot(result, (0.02, 0.03, 0.02), max(mouth, nostril), 0.0)


@called_by_loops
def _ghost(row: np.ndarray, albedo: tuple, side: float, y: float) -> tuple:
    """Two round eyes and a small round mouth."""
    dark = (row[1], row[2], row[3])
    holes = max(_oval(side - 0.036, y - 0.012, 0.017 * row[7], 0.025 * row[7]),
                _oval(side, y + 0.046, 0.014, 0.019))  # fmt: skip
    return _spot(albedo, dark, holes, row[13])


@called_by_loops
def _slits(row: np.ndarray, albedo: tuple, side: float, y: float) -> tuple:
    """The slit for the eyes and the holes for the breath of a closed helmet."""
    dark = (0.008, 0.008, 0.01)
    slit = _line(y - 0.014 + 0.08 * side, 0.0075) * (1.0 - smooth(0.068, 0.072, side))
    slit *= smooth(0.004, 0.008, side)
    result = _spot(albedo, (row[1], row[2], row[3]) if row[13] > 0 else dark, slit, row[13])
    column, level = side * 75.0, (y + 0.05) * 75.0
    u, v = column - math.floor(column) - 0.5, level - math.floor(level) - 0.5
    hole = (1.0 - smooth(0.18, 0.28, math.sqrt(u * u + v * v))) * (0.012 < side < 0.054)
    return _spot(result, dark, hole * (-0.078 < y < -0.022), 0.0)
