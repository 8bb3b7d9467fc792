"""Exact maps of the lifted body, as ControlNets and other tools for pictures read them.

Every map shows the body before the very camera that gives the poses again, framed as their
skeleton is drawn, so that it lies over the picture that ``pose`` draws.

``depth``
    As MiDaS sees (``MidasDetector`` of controlnet-aux): relative inverse depth, near is bright.
    Its limits stay the same all through the dance, so that nothing flickers: what is nearest to the
    camera in any frame is white, the wall behind is black.
``normal``
    As NormalBae sees (``NormalBaeDetector`` of controlnet-aux): where a surface faces, in the
    camera's axes. Red is to the left of the picture, green is up, blue is towards the camera; a
    number n from -1 to 1 is the level (n + 1) / 2 * 255, cut off.
``segmentation``
    Which part of the body is seen, in these colours; right and left are the dancer's own, and
    differ in red against blue:

    ============  ===============  =============
    Part          Right            Left
    ============  ===============  =============
    upper_arm     255, 0, 0        0, 0, 255
    forearm       255, 128, 0      0, 128, 255
    hand          255, 224, 0      0, 224, 255
    thigh         128, 0, 0        0, 0, 128
    shin          160, 96, 32      32, 96, 160
    foot          255, 128, 128    128, 128, 255
    head          255, 255, 255
    hair          128, 128, 128
    neck          192, 255, 192
    torso         0, 224, 0
    hips          0, 128, 0
    background    0, 0, 0
    ============  ===============  =============
``pose``
    The skeleton, as OpenPose shows it.

Depth and normals have a plain background: a floor that bends up into a wall, as a roll of paper
behind somebody who is photographed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from music2pose.lifting.lift import FEWEST_SEEN, Lifted, lift
from music2pose.motion.camera import Camera
from music2pose.motion.motion import Motion
from music2pose.motion.posture import posture
from music2pose.pose import VISIBLE, PoseSequence
from pose2video.draw import Framing, draw_skeleton, framing, reframed
from pose2video.stage.backdrop import Moment
from pose2video.stage.draw import people_window, trace
from pose2video.stage.figures.bodies import head, human
from pose2video.stage.figures.clothes import trainers
from pose2video.stage.figures.hairs import short
from pose2video.stage.light import ENVIRONMENT_SIDE, SHARPNESS, Lights
from pose2video.stage.materials import Material
from pose2video.stage.people import NOBODY, Subject, empty_layers
from pose2video.stage.pieces import PARTS, Build, Figure, places_of
from pose2video.stage.view import View, view_by

BODY_REACH = 0.3
"""Metres of the body around its joints: hands go on beyond wrists."""
NEAREST = 0.3
"""Metres from the camera that can be told apart."""
ROOM = 3.0
"""Metres of floor behind the dancer, up to the wall."""
BEND = 2.0
"""Radius in metres of the bend between floor and wall."""
RIGHT_COLOURS = {
    "upper_arm": (255, 0, 0), "forearm": (255, 128, 0), "hand": (255, 224, 0),
    "thigh": (128, 0, 0), "shin": (160, 96, 32), "foot": (255, 128, 128),
}  # fmt: skip
PART_COLOURS = {
    "head": (255, 255, 255), "hair": (128, 128, 128), "neck": (192, 255, 192),
    "torso": (0, 224, 0), "hips": (0, 128, 0), "extra": (64, 64, 64),
    **{f"right_{part}": colour for part, colour in RIGHT_COLOURS.items()},
    **{f"left_{part}": colour[::-1] for part, colour in RIGHT_COLOURS.items()},
}  # fmt: skip
DARK = Lights(
    np.zeros((4, 6)), 1.0, np.zeros((9, 3)),
    np.zeros((len(SHARPNESS), ENVIRONMENT_SIDE, ENVIRONMENT_SIDE, 3), np.float32), np.zeros((0, 7)),
)  # fmt: skip


@dataclass(frozen=True)
class Background:
    """What stands behind the dancer.

    Shape:
        distance: (H, W) float32 metres from the camera along the ray
        normal: (H, W, 3) float32, in the camera's axes: right, up and backward
    """

    distance: np.ndarray
    normal: np.ndarray


class BodyMaps:
    """Draws maps of the body in a dance, frame by frame.

    Frames in which nobody is seen show the background alone.

    Args:
        frames: which frames of the dance are drawn, counted anew from 0; None: all.
        lifted: what ``lift`` makes of the poses; None: it is asked.

    Raises:
        MusicError: nobody is seen in any frame.
    """

    def __init__(
        self,
        poses: PoseSequence,
        size: tuple[int, int],
        frames: np.ndarray | None = None,
        lifted: Lifted | None = None,
    ) -> None:
        lifted = lift(poses) if lifted is None else lifted
        aspect = size[0] / size[1]
        chosen = slice(None) if frames is None else frames
        shown = reframed(poses, aspect)
        self.size = size
        self.joints = lifted.motion.joints[chosen]
        self.keypoints, self.confidence = shown.keypoints[chosen], shown.confidence[chosen]
        self.view = view_of(lifted.camera, poses.aspect, framing(poses, aspect), size)
        self.near, self.wall = limits_of(lifted.motion, self.view)
        self._posture = posture(lifted.motion.joints)
        self._number = np.arange(len(poses))[chosen]
        self._build = Build(plain_figure())
        self._layers = empty_layers(*size[::-1])
        self._ahead = 1 / np.linalg.norm(_aside(self.view), axis=-1)
        self._background = background_of(self.view, self.wall)

    def __len__(self) -> int:
        return len(self._number)

    def arrays(self) -> list[np.ndarray]:
        """Return everything that the maps depend on."""
        view, limits = self.view, np.array([self.near, self.wall])
        lens = np.array([view.focal, view.centre_x, view.centre_y])
        return [self.joints, self.keypoints, self.confidence, view.origin, view.axes, lens, limits]

    def draw(self, frame: int, kinds: Sequence[str]) -> np.ndarray:
        """Return some of the maps, by name, of one frame.

        Shape:
            returns: (N, H, W, 3) uint8 RGB, in the order of ``kinds``
        """
        self._trace(frame)
        drawn = {
            "depth": self._depth, "normal": self._normal, "segmentation": self._segmentation,
            "pose": lambda: draw_skeleton(*self._pose(frame), *self.size),
        }  # fmt: skip
        return np.stack([drawn[kind]() for kind in kinds])

    def _pose(self, frame: int) -> tuple[np.ndarray, np.ndarray]:
        return self.keypoints[frame], self.confidence[frame]

    def _trace(self, frame: int) -> None:
        """Find what each pixel shows of the body."""
        out = self._layers
        np.copyto(out.depth, self._background.distance)
        if (self.confidence[frame] >= VISIBLE).sum() < FEWEST_SEEN:
            out.part.fill(NOBODY)
            return
        places = places_of(self._posture, self._number[frame])
        people = self._build.place(*places, self._posture.scale)
        window = people_window(self.view, people)
        trace(Subject(people, Moment(DARK, 0.0), window), out)

    def _depth(self) -> np.ndarray:
        inverse = 1 / (self._layers.depth * self._ahead)
        share = (inverse - 1 / self.wall) / (1 / self.near - 1 / self.wall)
        levels = (share * 255).clip(0, 255).astype(np.uint8)
        return np.repeat(levels[..., None], 3, axis=-1)

    def _normal(self) -> np.ndarray:
        seen = self._layers.normal @ self.view.axes.T.astype(np.float32)
        facing = np.where((self._layers.part != NOBODY)[..., None], seen, self._background.normal)
        return ((facing * [-1, 1, 1] + 1) / 2 * 255).clip(0, 255).astype(np.uint8)

    def _segmentation(self) -> np.ndarray:
        colours = [PART_COLOURS[part] for part in PARTS] + [(0, 0, 0)]
        return np.array(colours, np.uint8)[self._layers.part]  # NOBODY, -1, is the last


def plain_figure() -> Figure:
    """Return a person with short hair and shoes, of whom only the shape counts."""
    pieces = (*human(), *head(), *short(), *trainers(0.0).pieces)
    return Figure(pieces, dict.fromkeys({piece.material for piece in pieces}, Material()))


def view_of(camera: Camera, aspect: float, shown: Framing, size: tuple[int, int]) -> View:
    """Return the view of ``camera``, of a canvas of an aspect, as a picture frames it.

    It shows each point where ``shown.of`` puts what ``project(motion, camera, aspect)`` says.
    """
    view = view_by(camera, size, aspect)
    x, y = shown.of(np.array([view.centre_x, view.centre_y]))
    return view._replace(focal=view.focal * shown.scale, centre_x=float(x), centre_y=float(y))


def limits_of(motion: Motion, view: View) -> tuple[float, float]:
    """Return how far ahead of the camera the body is at its nearest, and the wall behind it."""
    ahead = (view.origin - motion.joints) @ view.axes[2]
    near = max(float(ahead.min()) - BODY_REACH, NEAREST)
    return near, max(float(ahead.max()), near) + ROOM


def background_of(view: View, wall: float) -> Background:
    """Return a floor at y = 0 that bends up into a wall, ``wall`` metres before the camera.

    It is the same to any side, so rays are followed in the plane of the camera's heading and up.
    """
    aside = _aside(view)
    rays = aside / np.linalg.norm(aside, axis=-1, keepdims=True) @ view.axes
    heading = -view.axes[2] * [1, 0, 1]
    heading /= np.linalg.norm(heading)
    along, up, height, start = rays @ heading, rays[..., 1], view.origin[1], wall - BEND
    with np.errstate(divide="ignore"):
        to_floor = np.where(up < 0, max(height, 0) / -up, np.inf)
        to_wall = np.where(along > 0, wall / along, np.inf)
    straight = np.minimum(to_floor, to_wall)
    # The far side of the circle that touches floor and wall.
    square, half = along**2 + up**2, along * -start + up * (height - BEND)
    rest = start**2 + (height - BEND) ** 2 - BEND**2
    to_bend = (np.sqrt(np.maximum(half**2 - square * rest, 0)) - half) / square
    is_bent = (straight * along > start) & (height + straight * up < BEND)
    distance = np.where(is_bent, to_bend, straight)
    into = np.stack([start - distance * along, BEND - height - distance * up], -1) / BEND
    flat = np.where((to_floor < to_wall)[..., None], [0.0, 1.0], [-1.0, 0.0])
    facing = np.where(is_bent[..., None], into, flat)
    normal = facing @ (np.stack([heading, [0.0, 1.0, 0.0]]) @ view.axes.T)
    return Background(distance.astype(np.float32), normal.astype(np.float32))


def _aside(view: View) -> np.ndarray:
    """Return where the rays of all pixels end, (H, W, 3) in the camera's axes, 1 m ahead."""
    y, x = (np.mgrid[: view.height, : view.width] + 0.5) / view.height
    return np.stack(
        [(x - view.centre_x) / view.focal, (view.centre_y - y) / view.focal, -np.ones_like(x)], -1
    )
