"""What hangs from a dancer: behind the body, as long as it is, and late as things with weight are."""

import numpy as np
import pytest

from music2pose.motion.posture import Posture, posture
from pose2video.stage.hanging import HANGING, LINKS, Swing
from pose2video.stage.pieces import PLACES, places_of
from tests.pose2video.stage.filmed import dance, moved

FPS = 25.0
CAPE, FIRST = PLACES.index("cape_end"), PLACES.index("skirt")


def pose_of(joints: np.ndarray) -> Posture:
    return posture(moved(joints, FPS).joints)


def stood(frames: int) -> np.ndarray:
    return np.repeat(dance("standing", FPS).joints[:1].astype(float), frames, axis=0)


def filmed(pose: Posture, fps: float = FPS) -> tuple[np.ndarray, np.ndarray]:
    """Return where everything hangs in every frame of a dance."""
    swing = Swing()
    frames = [places_of(pose, frame, swing, 1 / fps) for frame in range(len(pose.origin["head"]))]
    return tuple(np.stack(rows) for rows in zip(*frames, strict=True))


def test_at_rest_a_cape_hangs_down_behind() -> None:
    origin, axes = filmed(pose_of(stood(2)))
    hung = origin[-1, CAPE] - origin[-1, PLACES.index("cape")]
    assert hung[1] < -0.35 and -0.15 < hung[2] < 0
    np.testing.assert_allclose(axes[0], axes[1], atol=1e-3)


def test_links_keep_their_length_and_stay_behind_the_body() -> None:
    pose = posture(dance("travelling", FPS).joints[:200])
    origin, axes = filmed(pose)
    for upper, lower in (("cape", "cape_end"), ("hair", "hair_end"), ("tail", "tail_end")):
        length = next(link.length for link in LINKS if link.name == upper)
        gaps = np.linalg.norm(origin[:, PLACES.index(lower)] - origin[:, PLACES.index(upper)], axis=1)
        np.testing.assert_allclose(gaps, length * pose.scale, rtol=1e-6)
    down, forward = -axes[:, PLACES.index("cape"), 1], axes[:, PLACES.index("chest"), 2]
    assert (np.einsum("ti,ti->t", down, forward) < 0).all()


def test_axes_are_square() -> None:
    axes = filmed(posture(dance("travelling", FPS).joints[:60]))[1][:, FIRST:]
    squares = axes @ np.swapaxes(axes, -1, -2)
    np.testing.assert_allclose(squares, np.broadcast_to(np.eye(3), squares.shape), atol=1e-6)
    assert (np.linalg.det(axes) > 0.99).all()


def test_what_hangs_is_late_and_comes_to_rest() -> None:
    joints = stood(150)
    joints[50:60, :, 0] += np.linspace(0, 0.8, 10)[:, None]
    joints[60:, :, 0] += 0.8
    origin, _ = filmed(pose_of(joints))
    aside = origin[:, CAPE, 0] - origin[:, PLACES.index("chest"), 0]
    assert aside[55:60].min() < -0.1  # left behind while the body steps aside
    assert aside[60:90].max() > 0.02  # and swings on when it stops
    assert abs(aside[-1]) < 0.01


@pytest.mark.parametrize("fps", [12.0, 50.0])
def test_swing_hardly_depends_on_the_frame_rate(fps: float) -> None:
    def ends(rate: float) -> np.ndarray:
        times = np.arange(round(2 * rate)) / rate
        joints = np.repeat(stood(1), len(times), axis=0)
        joints[..., 0] += 0.2 * np.sin(2 * np.pi * 0.8 * times)[:, None]
        places = filmed(pose_of(joints), rate)[0][:, FIRST:, 0]
        return np.stack([np.interp(np.arange(0.5, 1.9, 0.1), times, row) for row in places.T])

    assert np.abs(ends(fps) - ends(100.0)).max() < 0.06


def test_all_places_are_there() -> None:
    origin, axes = places_of(pose_of(stood(1)), 0)
    assert len(origin) == len(axes) == len(PLACES)
    assert PLACES[FIRST:] == HANGING
