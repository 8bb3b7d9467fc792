"""Measure a dancer's body and the camera before it on some stretches of a dance."""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from scipy.ndimage import gaussian_filter1d

from music2pose.lifting.belief import beliefs_of
from music2pose.lifting.build import Build
from music2pose.lifting.fit import floating_fit
from music2pose.lifting.inputs import LIFTING_FPS, somebody_seen
from music2pose.motion.camera import Camera
from music2pose.motion.motion import Body, body_lengths, from_directions, joints_along
from music2pose.motion.skeletons import SIDES, floor_below
from music2pose.pose import JOINT, VISIBLE, PoseSequence

STRETCHES, STRETCH = 6, 125
"""So many stretches of so many frames, 5 s each, are looked at."""
SIZE_SMOOTHING = 12
"""Frames, the standard deviation over which a body's size in the picture is smoothed."""
USUAL = 25.0
"""Frames that say that a bone is as long as an average body's, beside those of the dance."""
LENGTHS = (0.65, 1.5)
"""Of an average body's: the shortest and the longest bones that are believed."""
USUAL_SCALE = Camera().body_height / Body().height
"""Canvas heights of a metre, where no whole bone is ever seen."""
CLEAR = 0.3
"""Of a bone's length, squared, what the picture must show of it to tell its length."""
STEEPEST = (-0.25, 0.6)
"""Radians by which a camera looks down."""
ON_FLOOR = 15
"""Percent of the frames in which the lowest part of the body is on the floor or below."""
ROUNDS = 3

Directions = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""From keypoints (T, 18, 2) and confidence (T, 18) to directions (T, 17, 3)."""


class Span(NamedTuple):
    """A length of a body, and between which joints it is seen."""

    field: str
    start: tuple[str, ...]
    end: tuple[str, ...]

    def joints(self) -> list[int]:
        return [JOINT[name] for name in (*self.start, *self.end)]

    def across(self, joints: np.ndarray) -> np.ndarray:
        """Return the way (..., N) from start to end among joints (..., 18, N)."""
        ends = (joints[..., [JOINT[n] for n in names], :].mean(-2)
                for names in (self.end, self.start))  # fmt: skip
        return next(ends) - next(ends)


SPANS = (
    Span("torso", ("right_hip", "left_hip"), ("neck",)),
    Span("shoulder", ("right_shoulder",), ("left_shoulder",)),
    Span("hip", ("right_hip",), ("left_hip",)),
    Span("head", ("neck",), ("nose",)),
    *(
        Span(field, (f"{side}_{start}",), (f"{side}_{end}",))
        for side in SIDES
        for field, start, end in (
            ("upper_arm", "shoulder", "elbow"), ("forearm", "elbow", "wrist"),
            ("thigh", "hip", "knee"), ("shin", "knee", "ankle"),
        )
    ),
    *(Span("face", (f"{side}_ear",), ("nose",)) for side in SIDES),
)  # fmt: skip


class Stretch(NamedTuple):
    """Part of a dance, and what the network tells of it."""

    keypoints: np.ndarray
    confidence: np.ndarray
    found: np.ndarray


def measured_build(poses: PoseSequence, directions: Directions, reach: int) -> Build:
    """Return the body and the camera of a dance at ``LIFTING_FPS``.

    The camera looks down as the network says on average. Bones are as long as the picture shows
    them, for where they point, in the frames that show them well; the body's size is told by its
    legs, which are as long as ``Body()``'s.

    Args:
        reach: frames to either side that a direction depends on.
    """
    stretches = list(_stretches(poses, directions, reach))
    body, scale = _measured_body(stretches)
    ankles = [JOINT[f"{side}_ankle"] for side in SIDES]
    below = np.concatenate([part.keypoints[:, ankles, 1].max(1) for part in stretches])
    floor = float(np.percentile(below, 100 - ON_FLOOR)) + Body().ankle_height * scale
    build = Build(body, _pitch(stretches), scale, floor)
    for _ in range(2):
        build = replace(build, floor=build.floor - scale * _hovering(stretches, build, poses))
    return build


def _stretches(poses: PoseSequence, directions: Directions, reach: int) -> list[Stretch]:
    """Return stretches spread evenly over what shows somebody of a dance."""
    shown = np.flatnonzero(somebody_seen(poses.confidence))
    count = min(STRETCHES, -(-len(shown) // STRETCH))
    middles = shown[((np.arange(count) + 0.5) / count * len(shown)).astype(int)]
    starts = np.clip(middles - STRETCH // 2, 0, max(0, len(poses) - STRETCH))
    parts = []
    for start in starts:
        stop = min(start + STRETCH, len(poses))
        wide = slice(max(0, start - reach), stop + reach)
        found = directions(poses.keypoints[wide], poses.confidence[wide])
        inner = slice(start - wide.start, stop - wide.start)
        columns = poses.keypoints[start:stop].astype(np.float64), poses.confidence[start:stop]
        parts.append(Stretch(*columns, found[inner].astype(np.float64)))
    return parts


def _pitch(stretches: list[Stretch]) -> float:
    up = np.concatenate([part.found[:, -1] for part in stretches]).mean(0)
    return float(np.clip(np.arctan2(up[2], up[1]), *STEEPEST))


def _measured_body(stretches: list[Stretch]) -> tuple[Body, float]:
    """Return the body, and the canvas heights of a metre where it usually is."""
    body, scale = Body(), 1.0
    for _ in range(ROUNDS):
        found = [_seen_lengths(part, body) for part in stretches]
        sizes = np.concatenate([size for size, _ in found])
        scale = max(float(np.median(sizes)), 1e-6) if sizes.size else USUAL_SCALE
        lengths = {field: _believed(field, *both) for field, both in _together(found).items()}
        grown = replace(body, **lengths).leg / Body().leg
        body = replace(body, **{field: length / grown for field, length in lengths.items()})
        scale *= grown
    return body, scale


def _together(found: list[tuple[np.ndarray, dict[str, np.ndarray]]]) -> dict[str, np.ndarray]:
    """Return the bones' lengths of all stretches as one, by the body's fields."""
    return {
        field: np.concatenate([lengths[field] for _, lengths in found], axis=1)
        for field in {span.field for span in SPANS}
    }


def _seen_lengths(part: Stretch, body: Body) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return the body's size in the picture, (N,) canvas heights of a metre, and bones' lengths.

    Shape:
        returns: of each field (2, M): lengths, and how clearly each is seen, from 0 to 1
    """
    bones = beliefs_of(part.found)[0]
    joints = joints_along(bones, np.zeros((len(bones), 3)), body_lengths(body))
    distance = Camera().distance
    flat = joints[..., :2] * (distance / (distance - joints[..., 2:])) * [1, -1]
    seen, fits, squares, clear = (np.zeros((len(SPANS), len(bones))) for _ in range(4))
    for row, span in enumerate(SPANS):
        believed, shown = span.across(flat), span.across(part.keypoints)
        seen[row] = (part.confidence[:, span.joints()] >= VISIBLE).all(1)
        fits[row], squares[row] = (believed * shown).sum(-1), np.square(believed).sum(-1)
        clear[row] = squares[row] / np.square(span.across(joints)).sum(-1).clip(1e-9)
    smooth = (gaussian_filter1d((seen * sums).sum(0), SIZE_SMOOTHING) for sums in (fits, squares))
    size = next(smooth) / np.maximum(next(smooth), 1e-9)
    clear = np.where((clear > CLEAR) & (size > 1e-6), clear, 0) * seen
    ratio = fits / np.maximum(squares * size, 1e-9)
    lengths: dict[str, np.ndarray] = {}
    for row, span in enumerate(SPANS):
        both = np.stack([ratio[row] * getattr(body, span.field), clear[row]])
        lengths[span.field] = np.concatenate([lengths.get(span.field, both[:, :0]), both], axis=1)
    return size[seen.any(0)], lengths


def _believed(field: str, lengths: np.ndarray, clear: np.ndarray) -> float:
    """Return a bone's length: the weighted median of what is seen, and what is usual."""
    usual = getattr(Body(), field)
    order = np.argsort(lengths)
    total = np.cumsum(clear[order])
    if not total.size or not total[-1]:
        return usual
    median = lengths[order][np.searchsorted(total, total[-1] / 2)]
    length = (total[-1] * median + USUAL * usual) / (total[-1] + USUAL)
    return float(np.clip(length, LENGTHS[0] * usual, LENGTHS[1] * usual))


def _hovering(stretches: list[Stretch], build: Build, poses: PoseSequence) -> float:
    """Return how high, in metres, the body is on average over the floor that it rests on."""
    heights = []
    for part in stretches:
        floating = floating_fit(*part, build, poses.aspect)
        joints = from_directions(*floating.in_world(build), build.body)
        heights.append(floor_below(joints, LIFTING_FPS))
    return float(np.concatenate(heights).mean())
