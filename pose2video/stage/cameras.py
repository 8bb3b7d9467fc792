"""What the camera does through a whole dance: rests, follows, swings around, or cuts with music."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from music2pose.hearing.features import SongFeatures
from music2pose.motion.camera import Camera
from music2pose.motion.motion import Body, Motion
from pose2video import RenderError
from pose2video.stage.bars import danced_bars, heard_bars
from pose2video.stage.director import CREW_ANGLE, USUAL_ANGLE, WIDEST_ANGLE, Planned, direct
from pose2video.stage.framing import Cast, cast_of
from pose2video.stage.settings import CAMERAS
from pose2video.stage.shots import Ask, View, steady, take
from pose2video.stage.view import view_by

USUAL = Camera(pitch=0.04)
"""Seen from the front, from a little above the waist."""
LAZY = 0.8
"""Seconds over which a moving camera follows."""
AROUND = 2 * LAZY
"""Seconds before and after a shot in which its camera follows already, and still."""
SWING = 0.9
"""Radians to each side of a swinging camera."""
TURNS = {"orbit": SWING, "music": 0.65}
"""What is left to the sides of where the camera usually stands, for it to turn."""
SWING_BARS, CIRCLE_BARS = 8, 16
LEAST_PERIOD = 16.0
"""Seconds of a swing from one side to the other and back, at least; bars are doubled until then."""
SHAKE = (0.012, 0.010, 0.007, 0.006, 0.004)
"""Standard deviation of a hand's shake: right and up in metres, yaw, pitch and roll in radians."""
SHAKE_HZ = (0.12, 1.6)
BREATH_HZ, BREATH = 0.27, (0.0, 0.006, 0.0, 0.002, 0.0)
"""Breaths a second, and what they move."""


@dataclass(frozen=True)
class Shooting:
    """How a dance is filmed."""

    style: str = "still"
    """One of ``CAMERAS``."""
    aspect: float = 1.0
    """Width of the picture against its height."""
    seed: int = 0
    base: Camera = USUAL
    """Its yaw, height over the floor and size of the dancer for its distance are the usual ones."""
    is_open: bool = False
    """The set has no back, so the camera may go all around it."""

    def __post_init__(self) -> None:
        if self.style not in CAMERAS:
            known = ", ".join(CAMERAS)
            raise RenderError(f"camera {self.style!r} is unknown; choose one of {known}")

    @property
    def ahead(self) -> float:
        """Radians at which the camera usually stands, never behind a set that has a back."""
        if self.is_open and self.style != "music":
            return self.base.yaw
        most = WIDEST_ANGLE - TURNS.get(self.style, 0.0)
        return float(np.clip(self.base.yaw, -most, most))

    @property
    def height(self) -> float:
        return self.base.waist + self.base.distance * float(np.sin(self.base.pitch))

    @property
    def focal(self) -> float:
        return self.base.body_height / Body().height * self.base.distance


@dataclass(frozen=True)
class CameraPath:
    """One view a frame.

    Shape:
        origin: (T, 3) the pinhole, metres
        axes: (T, 3, 3), rows: right, up, backward
        focal: (T,) picture heights at a distance of one picture height
        centre: (T, 2) where the picture shows what lies straight ahead, in picture heights from
            its upper left corner
        shot: (T,) int, grows by one at each cut
    """

    origin: np.ndarray
    axes: np.ndarray
    focal: np.ndarray
    centre: np.ndarray
    shot: np.ndarray

    def __len__(self) -> int:
        return len(self.focal)

    def project(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return where points appear, in picture heights, x right and y down, and how far ahead.

        Shape:
            points: (T, P, 3) metres
            returns: (T, P, 2); (T, P) metres
        """
        seen = np.einsum("tpc,trc->tpr", points - self.origin[:, None], self.axes)
        depth = -seen[..., 2]
        scale = self.focal[:, None, None] / np.maximum(depth, 1e-3)[..., None]
        return self.centre[:, None] + scale * seen[..., :2] * [1, -1], depth


def at_rest(camera: Camera, count: int, aspect: float) -> CameraPath:
    """Return what exactly this camera sees in each of ``count`` frames."""
    view = view_by(camera, (1, 1), aspect)
    centre = np.array([view.centre_x, view.centre_y])
    parts = (view.origin, view.axes, np.array(view.focal), centre, np.array(0))
    return CameraPath(*(np.repeat(part[None], count, axis=0) for part in parts))


def film(
    crew: Sequence[Motion], shooting: Shooting, song: SongFeatures | None = None
) -> CameraPath:
    """Return the camera's way through a dance around the origin of the set.

    In every frame all dancers are in the picture, from head to feet, or to hips and hands in a
    near shot of ``music``. The camera keeps 1.2 m away from them and 0.15 m above the floor, and
    within 8 m of the origin unless dancers come too near to its edge. Within a shot it moves
    smoothly. Seeds change ``music``, ``handheld`` and the side to which ``orbit`` begins.

    Args:
        crew: dancers who dance together on one set, with as many frames a second.
        song: what is heard from frame 0 on; without it bars are taken from the first one's dance.
    """
    cast = cast_of(crew)
    if shooting.style == "music":
        bars = heard_bars(song) if song is not None else danced_bars(crew[0].joints, cast.fps)
        angle = USUAL_ANGLE if len(crew) == 1 else CREW_ANGLE
        planned = direct(bars, shooting.ahead, shooting.seed, angle)
        cuts, views = _directed(cast, planned, shooting)
    else:
        ask = _styled(len(cast), cast.fps, shooting, song)
        cuts, views = [0], [take(cast, ask, shooting.aspect)]
    origin, axes, focal = (np.concatenate(parts) for parts in zip(*views, strict=True))
    centre = np.tile([shooting.aspect / 2, 0.5], (len(focal), 1))
    shot = np.searchsorted(cuts, np.arange(len(focal)), side="right") - 1
    return CameraPath(origin, axes, focal, centre, shot)


def _styled(count: int, fps: float, shooting: Shooting, song: SongFeatures | None) -> Ask:
    """Return what is asked of the camera in each style that never cuts."""
    lazy = np.inf if shooting.style == "still" else LAZY
    ask = steady(count, shooting.ahead, shooting.height, shooting.focal, lazy)
    times, rng = np.arange(count) / fps, np.random.default_rng(shooting.seed)
    if shooting.style == "orbit":
        return replace(ask, bearing=_around(times, shooting, song, rng))
    if shooting.style == "handheld":
        return replace(ask, shake=_shake(times, rng))
    return ask


def _around(
    times: np.ndarray, shooting: Shooting, song: SongFeatures | None, rng: np.random.Generator
) -> np.ndarray:
    """Return bearings (T,) that swing to both sides, or go all around a set that is open."""
    period = (CIRCLE_BARS if shooting.is_open else SWING_BARS) * _usual_bar(song)
    while period < LEAST_PERIOD:
        period *= 2
    turn = rng.choice([-1.0, 1.0]) * 2 * np.pi * times / period
    return shooting.ahead + (turn if shooting.is_open else SWING * np.sin(turn))


def _usual_bar(song: SongFeatures | None) -> float:
    """Return the seconds of a bar."""
    if song is None:
        return 2.0
    bars = heard_bars(song)
    return float(np.median(np.diff([*bars.starts, bars.seconds])))


def _shake(times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return how a breathing hand moves a camera, (T, 5): slow waves of many rates, less of fast
    ones."""
    rates = np.geomspace(*SHAKE_HZ, 12)[:, None] * rng.uniform(0.9, 1.1, (12, len(SHAKE)))
    size = rates**-0.5
    size *= np.array(SHAKE) * np.sqrt(2 / (size**2).sum(axis=0))
    phase = rng.uniform(0, 2 * np.pi, rates.shape)
    waves = [s * np.sin(2 * np.pi * times[:, None] * r + p)
             for s, r, p in zip(size, rates, phase, strict=True)]  # fmt: skip
    breath = np.sin(2 * np.pi * BREATH_HZ * times + phase[0, 0])
    return np.sum(waves, axis=0) + breath[:, None] * np.array(BREATH)


def _directed(
    cast: Cast, planned: list[Planned], shooting: Shooting
) -> tuple[list[int], list[View]]:
    """Return the frames at which shots begin, and the shots."""
    # The next frame, never the one before: the first picture of a shot shows the beat.
    starts = [int(np.ceil(shot.start * cast.fps - 1e-6)) for shot in planned]
    edges = [*(min(start, len(cast)) for start in starts[1:]), len(cast)]
    cuts, views = [], []
    for shot, start, stop in zip(planned, starts, edges, strict=True):
        if start < stop:
            cuts.append(start)
            views.append(_shot(cast, shot, (start, stop), shooting))
    return cuts, views


def _shot(cast: Cast, shot: Planned, frames: tuple[int, int], shooting: Shooting) -> View:
    """Return a planned shot; the camera follows from before it begins until after it ends."""
    start, stop = frames
    around = round(AROUND * cast.fps)
    first, last = max(start - around, 0), min(stop + around, len(cast))
    ask = _asked(shot, np.arange(first, last) / cast.fps, shooting)
    view = take(cast.part(first, last), ask, shooting.aspect)
    return View(*(part[start - first : stop - first] for part in view))


def _asked(shot: Planned, times: np.ndarray, shooting: Shooting) -> Ask:
    """Return what a planned shot asks of the camera at each time (T,) of its frames."""
    first, last = shot.framings
    moved = _eased((times - shot.start) / (shot.moves_until - shot.start))
    turned = _eased((times - shot.start) / (shot.stop - shot.start))

    def between(start: float, end: float) -> np.ndarray:
        return start + (end - start) * moved

    return Ask(
        bearing=shot.bearing[0] + (shot.bearing[1] - shot.bearing[0]) * turned,
        height=shooting.height + between(first.lift, last.lift),
        closeness=between(first.closeness, last.closeness),
        fill=between(first.fill, last.fill),
        focal=shooting.focal * between(first.lens, last.lens),
        shake=np.zeros((len(times), len(SHAKE))),
        lazy=LAZY,
    )


def _eased(share: np.ndarray) -> np.ndarray:
    """Return the way from 0 to 1 that starts and ends at rest (Perlin, "Improving Noise", 2002)."""
    share = np.clip(share, 0, 1)
    return share**3 * (share * (6 * share - 15) + 10)
