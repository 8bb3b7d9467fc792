"""Make a set ready to be drawn: its tables, its light, and what it looks like from its middle."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np

from pose2video.stage.backdrop import Air, Moment, Set, look_around, shade_floor
from pose2video.stage.compiled import in_bands
from pose2video.stage.light import (
    ENVIRONMENT_SIDE,
    SHARPNESS,
    Lights,
    octahedral_directions,
    spherical_harmonics,
)
from pose2video.stage.materials import PATTERN, PLAIN, Material, linear, table
from pose2video.stage.outlines import corners_of
from pose2video.stage.patterns import MOVING, PATTERNS
from pose2video.stage.sky import RIDGE_KINDS
from pose2video.stage.solids import SOLID_KINDS

Vector = tuple[float, float, float]
SHADED_SIDE, SHADED_METRES = 160, 16.0
"""Pixels and metres of the map of shadows on the floor."""
EYE = (0.0, 1.2, 0.0)
"""From where the surroundings are looked at that dancers reflect."""


@dataclass(frozen=True)
class Solid:
    """A thing of the set; see ``pose2video.stage.solids`` for what its numbers mean."""

    kind: str
    numbers: tuple[float, ...]
    material: Material


def box(middle: Vector, sides: Vector, material: Material, turn: float = 0.0) -> Solid:
    """Return a box of whole ``sides`` in metres, turned by degrees about the vertical."""
    angle = np.radians(turn)
    half = tuple(side / 2 for side in sides)
    return Solid("box", (*middle, *half, float(np.cos(angle)), float(np.sin(angle))), material)


def cylinder(
    foot: Vector, radius: float, height: float, material: Material, top: float = -1.0
) -> Solid:
    """Return a standing cylinder, or a cone whose upper radius is ``top``."""
    upper = radius if top < 0 else top
    return Solid("cylinder", (*foot, radius, height, max(upper, 1e-3), 0.0, 0.0), material)


def ball(
    middle: Vector, radii: Vector | float, material: Material, holes: float = 0.0, fine: float = 4.0
) -> Solid:
    """Return a ball or ellipsoid; with ``holes`` (0.3 to 0.5) it is ragged like leaves or cloud.

    Args:
        fine: how many holes there are a metre.
    """
    sides = (radii, radii, radii) if isinstance(radii, float | int) else radii
    return Solid("ball", (*middle, *sides, holes, fine), material)


def tube(start: Vector, end: Vector, radius: float, material: Material) -> Solid:
    """Return a bar with round ends."""
    way = tuple(b - a for a, b in zip(start, end, strict=True))
    return Solid("tube", (*start, *way, radius, 0.0), material)


@dataclass(frozen=True)
class Lamp:
    """Light from far away."""

    colour: str = "#ffffff"
    strength: float = 1.0
    towards: Vector = (0.0, 1.0, 0.0)
    """Where it comes from: of key and fill in the world (the dancer's left, up, towards the usual
    camera); of rims to the camera's right, up, and towards the camera."""


@dataclass(frozen=True)
class Bulb:
    """A small lamp in the set."""

    at: Vector
    colour: str
    strength: float
    reach: float = 1.5
    """Metres within which it is bright."""


@dataclass(frozen=True)
class Beam:
    """A cone of visible light."""

    start: Vector
    end: Vector
    colour: str
    strength: float
    width: float
    """Metres at its end."""


@dataclass(frozen=True)
class Ridge:
    """What stands on the horizon; see ``pose2video.stage.sky``."""

    kind: str
    colour: str
    height: float = 0.1
    rough: float = 0.1
    bumps: float = 2.0
    seed: int = 1
    windows: float = 0.0
    """Light of windows; of mountains, the share of their height that snow covers."""


@dataclass(frozen=True)
class Sky:
    top: str = "#4a7ec2"
    horizon: str = "#cfe3f5"
    strength: float = 1.0
    sun_at: Vector = (0.3, 0.5, -0.8)
    sun: str = "#fff4e0"
    sun_strength: float = 0.0
    sun_size: float = 0.03
    """Half the angle in radians under which it is seen."""
    sun_glow: float = 0.3
    clouds: float = 0.0
    cloud: str = "#ffffff"
    stars: float = 0.0
    aurora: float = 0.0
    curve: float = 0.5
    """How quickly the horizon's colour gives way to that above: below 1 quickly."""
    nebula: float = 0.0
    """Of clouds among stars all around, in the colours of ``cloud`` and ``sun``."""
    ridges: tuple[Ridge, ...] = ()


@dataclass(frozen=True)
class Place:
    """A whole set and its light."""

    floor: Material | None = PLAIN
    solids: tuple[Solid, ...] = ()
    sky: Sky = Sky()
    key: Lamp = Lamp("#fff1dc", 2.2, (-0.5, 0.8, 0.6))
    fill: Lamp = Lamp("#bcd7ff", 0.45, (0.8, 0.3, 0.6))
    rims: tuple[Lamp, Lamp] = (Lamp("#ffe2c0", 1.4, (0.75, 0.45, -0.6)),
                               Lamp("#d8e6ff", 1.0, (-0.8, 0.35, -0.6)))  # fmt: skip
    softness: float = 0.08
    """Half the angle, in radians, under which the key light is seen; blurs the edge of shadows."""
    ambient: float = 0.6
    """How much of what surrounds the dancers lights them."""
    fog: str = "#d8e2ee"
    density: float = 0.0
    """Of fog, a metre."""
    low: float = 0.0
    """Share of the fog that lies near the floor."""
    bulbs: tuple[Bulb, ...] = ()
    beams: tuple[Beam, ...] = ()
    pool: float = 0.0
    """Metres around the middle that the key light reaches, as of a spotlight; 0: everywhere."""
    exposure: float = 1.0
    bloom: float = 0.25
    """How far bright things shine over their edges."""
    closed: bool = field(default=False)
    """Whether walls stand around, so that the camera must stay in front."""


@dataclass(frozen=True)
class Staged:
    """A set ready to be drawn."""

    place: Place
    set: Set
    lights: Lights
    corners: np.ndarray
    """Of boxes around its solids, (S, 8, 3)."""
    rims: tuple[np.ndarray, np.ndarray]

    @cached_property
    def is_moving(self) -> bool:
        """Whether something of the set moves by itself."""
        patterns = set(self.set.table[:, PATTERN].astype(int))
        moves = bool(patterns & {PATTERNS.index(name) for name in MOVING})
        return moves or self.place.sky.aurora > 0

    def lights_for(self, axes: np.ndarray) -> Lights:
        """Return the lights as they are for a camera: rims stay behind the dancer it sees."""
        right = axes[0]
        back = np.array([-right[2], 0.0, right[0]])
        back /= np.linalg.norm(back) + 1e-9
        upright = np.stack([right, [0.0, 1.0, 0.0], back])
        lamps = self.lights.lamps.copy()
        for k, towards in enumerate(self.rims):
            lamps[2 + k, :3] = towards @ upright
        return self.lights._replace(lamps=lamps)


def staged(place: Place) -> Staged:
    """Make a set ready: this looks around once from the dancer's place."""
    empty = _unlit(place)
    lamps = np.stack([_lamp(lamp) for lamp in (place.key, place.fill, *place.rims)])
    shaded = np.ones((SHADED_SIDE, SHADED_SIDE), np.float32)
    if place.floor is not None and place.solids:
        in_bands(shade_floor, SHADED_SIDE, empty, lamps[0], place.softness, shaded)
        shaded = cv2.GaussianBlur(shaded, (0, 0), 0.8)
    shaded = _within_pool(shaded, place.pool)
    ready = empty._replace(shaded=shaded)
    lights = _surrounded(ready, place, lamps)
    corners = [corners_of(solid.kind, solid.numbers) for solid in place.solids]
    corners = np.array(corners, np.float64).reshape(-1, 8, 3)
    return Staged(place, ready, lights, corners, (lamps[2, :3], lamps[3, :3]))


def _unlit(place: Place) -> Set:
    """Return the tables of a set on whose floor no shadow falls."""
    solids, materials = place.solids, list(dict.fromkeys(one.material for one in place.solids))
    return Set(
        np.array([one.numbers for one in solids], np.float64).reshape(-1, 8),
        np.array([SOLID_KINDS.index(one.kind) for one in solids], np.int64),
        np.array([1 + materials.index(one.material) for one in solids], np.int64),
        table([place.floor or PLAIN, *materials]),
        _sky_row(place.sky), _ridge_rows(place.sky.ridges), np.ones((1, 1), np.float32),
        SHADED_METRES, _air(place), place.floor is not None,
    )  # fmt: skip


def _within_pool(shaded: np.ndarray, pool: float) -> np.ndarray:
    """Return a map of shadows with the floor dark outside a pool of light.

    Where there is no pool it is lit at its borders, as floor beyond them is lit as they are.
    """
    shaded = shaded.copy()
    if pool <= 0:
        shaded[[0, -1]], shaded[:, [0, -1]] = 1.0, 1.0
        return shaded
    places = ((np.arange(SHADED_SIDE) + 0.5) / SHADED_SIDE - 0.5) * SHADED_METRES
    away = np.hypot(places[:, None], places)
    share = np.clip((1.15 * pool - away) / (0.3 * pool), 0.0, 1.0)
    return (shaded * (0.06 + 0.94 * share * share * (3 - 2 * share))).astype(np.float32)


def _surrounded(ready: Set, place: Place, lamps: np.ndarray) -> Lights:
    """Return the lights with what is seen around the dancer's place, looked at twice."""
    directions = octahedral_directions(ENVIRONMENT_SIDE)
    bulbs = [(*bulb.at, *(bulb.strength * linear(bulb.colour)), bulb.reach) for bulb in place.bulbs]
    side = ENVIRONMENT_SIDE
    lights = Lights(
        lamps, place.softness, _first_guess(place),
        np.zeros((len(SHARPNESS), side, side, 3), np.float32),
        np.array(bulbs, np.float64).reshape(-1, 7),
    )  # fmt: skip
    rays = np.concatenate([np.tile(EYE, (len(directions), 1)), directions], axis=1)
    for _ in range(2):
        seen = np.zeros((len(directions), 3))
        in_bands(look_around, len(rays), ready, Moment(lights.for_sets(), 0.0), rays, seen)
        around = place.ambient * spherical_harmonics(directions, np.minimum(seen, 4.0))
        lights = lights._replace(around=around, environment=_blurred(directions, seen))
    return lights


def _first_guess(place: Place) -> np.ndarray:
    """Return light from all around as of the sky alone."""
    around = np.zeros((9, 3))
    around[0] = place.ambient * 0.5 * (linear(place.sky.top) + linear(place.sky.horizon))
    return around


def _blurred(directions: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Return maps (4, N, N, 3) of the surroundings, each as a rougher surface reflects them."""
    side = ENVIRONMENT_SIDE
    sharp = seen.reshape(side, side, 3).astype(np.float32)
    coarse = cv2.resize(sharp, (side // 2, side // 2), interpolation=cv2.INTER_AREA)
    few = octahedral_directions(side // 2).astype(np.float32)
    towards = np.maximum(few @ few.T, 0)
    maps = [sharp]
    for sharpness in SHARPNESS[1:]:
        lobe = towards**sharpness
        image = (lobe / lobe.sum(1, keepdims=True)) @ coarse.reshape(-1, 3)
        image = image.reshape(side // 2, side // 2, 3)
        maps.append(cv2.resize(image, (side, side), interpolation=cv2.INTER_LINEAR))
    return np.stack(maps)


def _lamp(lamp: Lamp) -> np.ndarray:
    towards = np.array(lamp.towards) / np.linalg.norm(lamp.towards)
    return np.array([*towards, *(lamp.strength * linear(lamp.colour))])


def _air(place: Place) -> Air:
    beams = [
        (*beam.start, *(b - a for a, b in zip(beam.start, beam.end, strict=True)),
         *(beam.strength * linear(beam.colour)), beam.width)
        for beam in place.beams
    ]  # fmt: skip
    return Air(
        linear(place.fog), place.density, place.low, np.array(beams, np.float64).reshape(-1, 10)
    )


def _sky_row(sky: Sky) -> np.ndarray:
    at = np.array(sky.sun_at) / np.linalg.norm(sky.sun_at)
    glow = sky.sun_glow if sky.sun_strength else 0.0
    return np.array([
        *(sky.strength * linear(sky.top)), *(sky.strength * linear(sky.horizon)), *at,
        *(sky.sun_strength * linear(sky.sun)), *(sky.strength * linear(sky.cloud)),
        sky.sun_size if sky.sun_strength else 0.0, glow, sky.stars, sky.clouds, sky.aurora,
        sky.curve, sky.nebula,
    ], np.float64)  # fmt: skip


def _ridge_rows(ridges: Sequence[Ridge]) -> np.ndarray:
    rows = [
        (*linear(ridge.colour), RIDGE_KINDS.index(ridge.kind), ridge.height, ridge.rough,
         ridge.bumps, ridge.seed, ridge.windows)
        for ridge in ridges
    ]  # fmt: skip
    return np.array(rows, np.float64).reshape(-1, 9)
