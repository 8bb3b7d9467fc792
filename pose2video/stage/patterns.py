"""What materials are covered with: patterns in space, each a number from 0 to 1 at every point.

0 shows a material's colour and 1 its second colour. Points are in the axes of the thing itself, in
metres times the material's ``scale``, so that a pattern moves with what it is painted on.
"""

import math

from pose2video.stage.compiled import called_by_loops
from pose2video.stage.noise import chance, noise2, noise3, rough2, rough3, smooth

PATTERNS = (
    "plain", "striped", "checked", "dotted", "floral", "camouflage", "gradient", "sparkly",
    "knit", "fur", "wood", "marble", "grain", "cracks", "ice", "flames",
    "planks", "tiles", "bricks", "asphalt", "grass", "sand", "snow", "water",
    "windows", "lit-tiles", "circuit", "scan-lines", "wires", "folds", "mural", "lattice",
    "craters", "pebbles", "leaves", "bark", "papers", "brushed", "scales", "signs",
    "cobbles", "chequer", "litter", "rock", "crowd", "caustics", "tiger", "prints",
)  # fmt: skip
"""By their number in the drawing loops."""
MOVING = ("flames", "water", "lit-tiles", "scan-lines", "caustics")
"""Those that change with time."""


@called_by_loops
def pattern(kind: int, x: float, y: float, z: float, time: float) -> float:
    """Return how much of the second colour shows at a point, from 0 to 1."""
    if kind == 0:
        return 0.0
    if kind < 8:
        return _of_cloth(kind, x, y, z)
    if kind < 16:
        return _of_matter(kind, x, y, z, time)
    if kind < 24:
        return _of_ground(kind, x, y, z, time)
    if kind < 32:
        return _of_light(kind, x, y, z, time)
    if kind < 40:
        return _of_nature(kind, x, y, z)
    return _of_places(kind, x, y, z, time)


@called_by_loops
def _of_cloth(kind: int, x: float, y: float, z: float) -> float:
    if kind == 1:
        return _band(y * 22.0, 0.5, 0.06)
    if kind == 2:
        return abs(_band(x * 12.0, 0.5, 0.04) - _band(y * 12.0, 0.5, 0.04))
    if kind == 3:
        return _dots(x * 16.0, y * 16.0, z * 16.0, 0.3)
    if kind == 4:
        return _flowers(x * 9.0, y * 9.0, z * 9.0)
    if kind == 5:
        return smooth(0.48, 0.52, noise3(x * 9.0, y * 9.0, z * 9.0 + 4.0))
    if kind == 6:
        return smooth(-0.35, 0.35, y)
    spark = chance(math.floor(x * 160), math.floor(y * 160), math.floor(z * 160))
    return smooth(0.9, 0.97, spark)


@called_by_loops
def _band(value: float, share: float, soft: float) -> float:
    """Return 1 in the first ``share`` of every unit, with edges ``soft`` wide."""
    place = value - math.floor(value)
    return smooth(0.0, soft, place) * (1.0 - smooth(share, share + soft, place))


@called_by_loops
def _dots(x: float, y: float, z: float, radius: float) -> float:
    """Return 1 inside balls on a grid of which every other row is shifted."""
    row = math.floor(y)
    u = x + 0.5 * (int(row) & 1)
    u, v, w = u - math.floor(u) - 0.5, y - row - 0.5, z - math.floor(z) - 0.5
    return 1.0 - smooth(radius, radius + 0.08, math.sqrt(u * u + v * v + 0.3 * w * w))


@called_by_loops
def _flowers(x: float, y: float, z: float) -> float:
    """Return 1 on blossoms of five petals, scattered over a grid."""
    column, row = math.floor(x + 0.3 * z), math.floor(y + 0.2 * z)
    u = x + 0.3 * z - column - 0.3 - 0.4 * chance(column, row, 1)
    v = y + 0.2 * z - row - 0.3 - 0.4 * chance(column, row, 2)
    petals = 0.24 + 0.09 * math.cos(5.0 * math.atan2(v, u) + 6.0 * chance(column, row, 3))
    away = math.sqrt(u * u + v * v)
    return (1.0 - smooth(petals, petals + 0.06, away)) * smooth(0.04, 0.09, away)


@called_by_loops
def _of_matter(kind: int, x: float, y: float, z: float, time: float) -> float:
    if kind == 8:
        return _knit(x * 60.0 + z * 60.0, y * 60.0)
    if kind == 9:
        return noise3(x * 70.0, y * 25.0, z * 70.0)
    if kind == 10:
        ring = 6.0 * math.sqrt(x * x + z * z) + 0.6 * noise3(x * 5, y * 1.5, z * 5)
        return 0.5 + 0.5 * math.sin(30.0 * ring) * (0.6 + 0.4 * noise3(x * 40, y * 4, z * 40))
    if kind == 11:
        wave = rough3(x * 4.0, y * 4.0, z * 4.0, 4)
        vein = abs(math.sin(9.0 * (x + 0.7 * y + 0.4 * z) + 9.0 * wave))
        return 1.0 - smooth(0.0, 0.35, vein)
    if kind == 12:
        return rough3(x * 22.0, y * 22.0, z * 22.0, 3)
    if kind == 13:
        return _cracks(x * 7.0, y * 7.0, z * 7.0)
    if kind == 14:
        return rough3(x * 9.0, y * 5.0, z * 9.0, 3) * smooth(0.3, 0.7, noise3(x * 3, y * 3, z * 3))
    rising = rough3(x * 8.0, y * 5.0 - 2.2 * time, z * 8.0, 4)
    return smooth(0.3, 0.75, rising)


@called_by_loops
def _knit(x: float, y: float) -> float:
    """Return the shade between the loops of a knitted surface."""
    column = x - math.floor(x) - 0.5
    row = y + 0.9 * abs(column)
    row = row - math.floor(row) - 0.5
    return smooth(0.1, 0.5, max(abs(column) * 0.9, abs(row)))


@called_by_loops
def _cracks(x: float, y: float, z: float) -> float:
    """Return 1 in thin lines between cells (borders of noise, which look like cooled crust)."""
    first = abs(rough3(x, y, z, 3) - 0.5)
    second = abs(rough3(x + 31.0, y, z + 11.0, 3) - 0.5)
    return 1.0 - smooth(0.0, 0.07, min(first, second))


@called_by_loops
def _of_ground(kind: int, x: float, y: float, z: float, time: float) -> float:
    if kind == 16:
        return _planks(x, z)
    if kind == 17:
        return max(_joint(x, 0.02), _joint(z, 0.02), _joint(y, 0.02))
    if kind == 18:
        shift = 0.5 * (math.floor(y * 6.0) & 1)
        return max(_joint(y * 6.0, 0.09), _joint((x + z) * 2.6 + shift, 0.045))
    if kind == 19:
        speck = chance(math.floor(x * 60), math.floor(z * 60), 3)
        return 0.5 * rough2(x * 1.3, z * 1.3, 7, 4) + 0.5 * speck * speck
    if kind == 20:
        return 0.6 * rough2(x * 2.0, z * 2.0, 5, 3) + 0.4 * noise2(x * 38.0, z * 14.0, 9)
    if kind == 21:
        ripple = math.sin(14.0 * (x * 0.4 + z) + 5.0 * rough2(x * 0.7, z * 0.7, 3, 3))
        return 0.5 + 0.35 * ripple * noise2(x * 0.5, z * 0.5, 8) + 0.15 * noise2(x * 50, z * 50, 2)
    if kind == 22:
        return smooth(0.25, 0.8, rough2(x * 0.8, z * 0.8, 13, 4))
    wave = rough2(x * 1.4 + 0.3 * time, z * 2.2 + 0.21 * time, 4, 3)
    return smooth(0.5, 0.75, wave + 0.25 * noise2(x * 6.0 - 0.4 * time, z * 9.0, 6) - 0.12)


@called_by_loops
def _joint(value: float, width: float) -> float:
    """Return 1 in the gaps between units, ``width`` wide."""
    place = abs(value - math.floor(value) - 0.5)
    return smooth(0.5 - width, 0.5 - 0.4 * width, place)


@called_by_loops
def _planks(x: float, z: float) -> float:
    """Return the gaps and the grain of boards that run towards the viewer."""
    board = math.floor(x * 5.0)
    tone = chance(int(board), 0, 5)
    ends = _joint((z + 3.0 * tone) * 0.45, 0.006)
    grain = noise2(x * 60.0, z * 1.6 + 9.0 * tone, 4)
    return max(_joint(x * 5.0, 0.05), ends, 0.45 * tone + 0.3 * grain)


@called_by_loops
def _of_light(kind: int, x: float, y: float, z: float, time: float) -> float:
    if kind == 24:
        return _windows(x + z, y)
    if kind == 25:
        return _lit_tiles(x, z, time)
    if kind == 26:
        return _circuit(x * 14.0 + z * 9.0, y * 14.0)
    if kind == 27:
        return 0.5 + 0.5 * math.sin(260.0 * y - 9.0 * time)
    if kind == 28:
        return max(_joint(x * 11.0 + 0.5, 0.13), _joint(y * 11.0 + 0.5, 0.13))
    if kind == 29:
        return 0.5 + 0.5 * math.sin(9.5 * x + 0.8 * math.sin(2.1 * x) + 0.2 * y)
    if kind == 30:
        return _mural(x, y)
    return max(_joint(x * 1.6, 0.06), _joint(y * 1.6, 0.06))


@called_by_loops
def _windows(x: float, y: float) -> float:
    """Return how bright the windows of a tower are: some are dark, some half lit."""
    column, row = math.floor(x * 0.9), math.floor(y * 0.55)
    lit = chance(int(column), int(row), 17)
    u, v = abs(x * 0.9 - column - 0.5), abs(y * 0.55 - row - 0.5)
    inside = (1 - smooth(0.27, 0.33, u)) * (1 - smooth(0.24, 0.3, v))
    return inside * (smooth(0.5, 0.56, lit) * (0.45 + 0.55 * chance(int(column), int(row), 5)))


@called_by_loops
def _lit_tiles(x: float, z: float, time: float) -> float:
    """Return how bright the tiles of a disco floor are; other ones light up at each beat."""
    column, row = math.floor(x * 1.6), math.floor(z * 1.6)
    beat = math.floor(time * 2.0)
    fade = time * 2.0 - beat
    old = chance(int(column), int(row), int(beat) - 1)
    new = chance(int(column), int(row), int(beat))
    level = old + (new - old) * smooth(0.0, 0.3, fade)
    edge = max(abs(x * 1.6 - column - 0.5), abs(z * 1.6 - row - 0.5))
    return (1 - smooth(0.43, 0.47, edge)) * (0.15 + 0.85 * level * level)


@called_by_loops
def _circuit(x: float, y: float) -> float:
    """Return 1 on lines that turn at right angles, as on a printed circuit."""
    column, row = math.floor(x), math.floor(y)
    u, v = x - column - 0.5, y - row - 0.5
    if chance(int(column), int(row), 3) < 0.5:
        u, v = v, u
    line = 1 - smooth(0.04, 0.08, abs(u))
    node = 1 - smooth(0.1, 0.14, math.sqrt(u * u + v * v))
    return max(line, node) * smooth(0.35, 0.36, chance(int(column), int(row), 8))


@called_by_loops
def _mural(x: float, y: float) -> float:
    """Return the bands of a wall painting, in five steps."""
    wave = y + 0.28 * math.sin(1.35 * x + 0.6) + 0.35 * x
    return min(max(math.floor((wave - 0.3) / 0.62) / 4.0, 0.0), 1.0)


@called_by_loops
def _of_nature(kind: int, x: float, y: float, z: float) -> float:
    if kind == 32:
        return _craters(x, z)
    if kind == 33:
        return smooth(0.35, 0.65, noise2(x * 7.0, z * 7.0, 3)) * (
            0.6 + 0.4 * noise2(x * 30, z * 30, 4)
        )
    if kind == 34:
        return smooth(0.35, 0.65, noise3(x * 7.0, y * 7.0, z * 7.0))
    if kind == 35:
        return rough3(x * 14.0, y * 2.5, z * 14.0, 3)
    if kind == 36:
        crease = noise3(x * 4.0, y * 4.0, z * 4.0) + 0.5 * noise3(x * 9.0, y * 9.0, z * 9.0)
        return smooth(0.0, 0.08, abs(crease - 0.75))
    if kind == 37:
        return noise3(x * 8.0, y * 220.0, z * 8.0)
    if kind == 38:
        return _dots(x * 40.0, y * 40.0, z * 40.0, 0.34)
    return _signs(x + z, y)


@called_by_loops
def _tiger(x: float, y: float, z: float) -> float:
    """Return 1 on stripes of uneven width that wave and end here and there."""
    wave = 15.0 * y + 1.6 * noise3(x * 7.0, y * 5.0, z * 7.0 + 3.0)
    thick = 0.62 - 0.75 * noise3(x * 9.0, y * 3.0, z * 9.0 + 40.0)
    return smooth(thick - 0.08, thick + 0.08, 0.5 + 0.5 * math.sin(6.2832 * wave) - 0.45)


@called_by_loops
def _craters(x: float, z: float) -> float:
    """Return the rims and floors of craters of two sizes."""
    total = 0.35 * rough2(x * 2.0, z * 2.0, 21, 3)
    for size in range(2):
        scale = 0.55 + 1.3 * size
        column, row = math.floor(x * scale), math.floor(z * scale)
        u = x * scale - column - 0.35 - 0.3 * chance(int(column), int(row), 31 + size)
        v = z * scale - row - 0.35 - 0.3 * chance(int(column), int(row), 41 + size)
        radius = 0.12 + 0.18 * chance(int(column), int(row), 51 + size)
        away = math.sqrt(u * u + v * v) / radius
        total += 0.5 * (1 - smooth(0.55, 0.95, away)) - 0.3 * math.exp(-25 * (away - 1.05) ** 2)
    return min(max(total + 0.25, 0.0), 1.0)


@called_by_loops
def _signs(x: float, y: float) -> float:
    """Return 1 on strokes that look like writing on a sign."""
    column, row = math.floor(x * 5.0), math.floor(y * 5.0)
    u, v = x * 5.0 - column, y * 5.0 - row
    total = 0.0
    for stroke in range(3):
        level = 0.2 + 0.6 * chance(int(column), int(row), stroke)
        upright = chance(int(column), int(row), 10 + stroke) < 0.5
        away = abs(u - level) if upright else abs(v - level)
        along = v if upright else u
        total = max(
            total, (1 - smooth(0.05, 0.08, away)) * smooth(0.1, 0.14, min(along, 1 - along))
        )
    return total


@called_by_loops
def _of_places(kind: int, x: float, y: float, z: float, time: float) -> float:
    if kind == 40:
        return _cobbles(x * 3.2, z * 3.2)
    if kind == 41:
        square = 1.0 * ((math.floor(x) + math.floor(z)) & 1)
        vein = abs(rough2(x * 1.7, z * 1.7, 19, 3) - 0.5)
        return 0.06 + 0.8 * square + 0.14 * (1.0 - smooth(0.0, 0.06, vein))
    if kind == 42:
        return _litter(x * 5.0, z * 5.0)
    if kind == 43:
        layer = rough3(x * 0.9, y * 3.4, z * 0.9, 3)
        return 0.65 * layer + 0.35 * rough3(x * 7.0, y * 9.0, z * 7.0, 2)
    if kind == 44:
        return _audience((x + z) * 2.6, y * 2.6)
    if kind == 45:
        return _caustics(x * 1.5, z * 1.5, time)
    return _tiger(x, y, z) if kind == 46 else _prints(x, y, z)


@called_by_loops
def _cobbles(x: float, z: float) -> float:
    """Return the gaps between stones in rows, each of which has a tone of its own."""
    row = math.floor(z)
    along = x + 0.5 * (row & 1) + 0.17 * chance(row, 3, 8)
    tone = chance(math.floor(along), row, 9)
    u, v = abs(along - math.floor(along) - 0.5), abs(z - row - 0.5)
    corner = math.sqrt(max(u - 0.3, 0.0) ** 2 + max(v - 0.3, 0.0) ** 2)
    return max(smooth(0.1, 0.2, corner), 0.45 * tone)


@called_by_loops
def _litter(x: float, z: float) -> float:
    """Return 1 on petals or leaves that lie scattered on the ground."""
    total = 0.0
    for layer in range(2):
        u, v = x * (1.0 + 0.37 * layer) + 0.43 * layer, z * (1.0 + 0.29 * layer)
        column, row = math.floor(u), math.floor(v)
        u = u - column - 0.3 - 0.4 * chance(column, row, 61 + layer)
        v = v - row - 0.3 - 0.4 * chance(column, row, 63 + layer)
        turn = 6.3 * chance(column, row, 65 + layer)
        along = u * math.cos(turn) + v * math.sin(turn)
        across = v * math.cos(turn) - u * math.sin(turn)
        there = 0.55 + 0.45 * chance(column, row, 67 + layer)
        away = math.sqrt(along * along + 4.0 * across * across)
        total = max(total, there * (1.0 - smooth(0.16, 0.24, away)))
    return total


@called_by_loops
def _audience(x: float, y: float) -> float:
    """Return heads and shoulders in rows, each of a brightness of its own; 0 between them."""
    row = math.floor(y)
    along = x + 0.5 * (row & 1)
    column = math.floor(along)
    u = along - column - 0.5 + 0.12 * (chance(column, row, 71) - 0.5)
    v = y - row
    head = 1.0 - smooth(0.15, 0.19, math.sqrt(u * u + 0.8 * (v - 0.62) ** 2))
    body = (1.0 - smooth(0.3, 0.36, abs(u) + 0.25 * v)) * (1.0 - smooth(0.42, 0.48, v))
    return max(head * (0.55 + 0.45 * chance(column, row, 72)), body * chance(column, row, 73))


@called_by_loops
def _caustics(x: float, z: float, time: float) -> float:
    """Return the net of bright lines that waves throw on the ground below water."""
    u = x + 0.5 * noise2(x * 1.3 + 0.3 * time, z * 1.3, 81) + 0.2 * time
    v = z + 0.5 * noise2(x * 1.3, z * 1.3 - 0.3 * time, 82)
    first = abs(rough2(u, v, 83, 2) - 0.5)
    second = abs(rough2(u * 1.4 - 0.2 * time, v * 1.4, 87, 2) - 0.5)
    return 0.75 * (1.0 - smooth(0.0, 0.09, first)) + 0.45 * (1.0 - smooth(0.0, 0.08, second))


@called_by_loops
def _prints(x: float, y: float, z: float) -> float:
    """Return how high clay stands that fingers pressed: dents, and a print here and there."""
    column, row = math.floor(x * 8.0), math.floor(y * 8.0)
    layer = math.floor(z * 8.0)
    i, j, k = int(column), int(row), int(layer)
    u = x * 8.0 - column - 0.4 - 0.2 * chance(i, j, k)
    v = y * 8.0 - row - 0.4 - 0.2 * chance(j, k, i)
    w = z * 8.0 - layer - 0.5
    away = math.sqrt(u * u + 0.6 * v * v + w * w)
    shown = (chance(k, i, j) > 0.45) * (1.0 - smooth(0.22, 0.4, away))
    ridges = 0.5 + 0.5 * math.sin(48.0 * away + 3.0 * v)
    return 0.75 * noise3(x * 13.0, y * 13.0, z * 13.0) + 0.05 * shown * ridges + 0.1
