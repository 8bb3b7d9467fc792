"""What hangs from a dancer: behind the body, as long as it is, and late as heavy things are."""

import numpy as np
import pytest

from music2pose.motion.posture import Posture, posture
from pose2video.stage.hanging import HANGING, LINKS, swung
from pose2video.stage.pieces import PLACES, places_of
from tests.pose2video.stage.filmed import dance, moved

FPS = 25.0


def stood(frames: int) -> np.ndarray:
    return np.repeat(dance("standing", FPS).joints[:1].astype(float), frames, axis=0)


def danced(joints: np.ndarray, fps: float = FPS) -> Posture:
    return swung(posture(moved(joints, fps).joints), fps)


@pytest.fixture(scope="module")
def travelling() -> Posture:
    return danced(dance("travelling", FPS).joints[:200])


def test_at_rest_a_cape_hangs_down_behind() -> None:
    pose = danced(stood(3))
    hung = pose.origin["cape_end"] - pose.origin["cape"]
    assert (hung[:, 1] < -0.35).all()
    assert ((hung[:, 2] > -0.15) & (hung[:, 2] < 0)).all()
    np.testing.assert_allclose(hung[0], hung[-1], atol=1e-4)


def test_links_keep_their_length(travelling: Posture) -> None:
    for upper, lower in (("cape", "cape_end"), ("hair", "hair_end"), ("tail", "tail_end")):
        length = next(link.length for link in LINKS if link.name == upper)
        gaps = np.linalg.norm(travelling.origin[lower] - travelling.origin[upper], axis=1)
        np.testing.assert_allclose(gaps, length * travelling.scale, rtol=1e-6)


def test_what_hangs_stays_behind_the_body(travelling: Posture) -> None:
    for link in LINKS:
        down, forward = -travelling.axes[link.name][:, 1], travelling.axes[link.body][:, 2]
        assert ((down * forward).sum(axis=1) < -link.slope + 0.05).all()


def test_axes_are_square(travelling: Posture) -> None:
    for name in HANGING:
        axes = travelling.axes[name]
        squares = axes @ np.swapaxes(axes, -1, -2)
        np.testing.assert_allclose(squares, np.broadcast_to(np.eye(3), squares.shape), atol=1e-6)
        assert (np.linalg.det(axes) > 0.99).all()


def test_what_hangs_is_late_and_comes_to_rest() -> None:
    joints = stood(150)
    joints[50:60, :, 0] += np.linspace(0, 0.8, 10)[:, None]
    joints[60:, :, 0] += 0.8
    pose = danced(joints)
    aside = pose.origin["cape_end"][:, 0] - pose.origin["chest"][:, 0]
    assert aside[55:60].min() < -0.1  # left behind while the body steps aside
    assert aside[60:90].max() > 0.02  # and swings on when it stops
    assert abs(aside[-1]) < 0.01


@pytest.mark.parametrize("fps", [12.0, 50.0])
def test_swing_hardly_depends_on_the_frame_rate(fps: float) -> None:
    def ends(rate: float) -> np.ndarray:
        times = np.arange(round(2 * rate)) / rate
        joints = np.repeat(stood(1), len(times), axis=0)
        joints[..., 0] += 0.2 * np.sin(2 * np.pi * 0.8 * times)[:, None]
        pose = danced(joints, rate)
        rows = [pose.origin[name][:, 0] for name in HANGING]
        return np.stack([np.interp(np.arange(0.5, 1.9, 0.1), times, row) for row in rows])

    assert np.abs(ends(fps) - ends(100.0)).max() < 0.06


def test_a_posture_that_does_not_know_is_hung_at_rest(travelling: Posture) -> None:
    bare = posture(dance("travelling", FPS).joints[:200])
    origin, axes = places_of(bare, 0)
    known = places_of(travelling, 0)
    assert len(origin) == len(PLACES)
    np.testing.assert_allclose(origin, known[0], atol=1e-6)
    np.testing.assert_allclose(axes, known[1], atol=1e-6)
