"""How dancers keep light from each other, against balls of which it is known how much they hide."""

import math

import numba
import numpy as np
import pytest

from pose2video.stage.shadows import OCCLUSION, lit_by, openness

UP = (0.0, 1.0, 0.0)


@numba.njit
def visible(shades: np.ndarray, towards: tuple, softness: float, limb: float) -> float:
    return lit_by(shades, (0.0, 0.0, 0.0), towards, softness, limb)


@numba.njit
def opened(shades: np.ndarray) -> float:
    return openness(shades, (0.0, 0.0, 0.0), (0.0, 1.0, 0.0))


def ball(x: float, y: float, radius: float, limb: int = 3) -> np.ndarray:
    return np.array([[x, y, 0, 0, 1e-6, 0, radius, 0, limb]])


@pytest.mark.parametrize(
    ("aside", "share"), [(0.0, 0.0), (0.5, 0.5), (1.2, 1.0), (0.6, 0.784), (0.4, 0.216)]
)
def test_a_ball_hides_a_lamp_as_far_as_it_reaches_over_its_disc(aside, share):
    """Two metres up, of half a metre; the lamp's disc there is 0.2 m to each side. At 0.1 m from
    the middle a smooth step of a quarter is 0.156, and 0.844 on the other side."""
    softness = 0.1
    expected = {0.6: 1 - 0.25**2 * 2.5, 0.4: 0.25**2 * 2.5}.get(aside, share)
    seen = visible(ball(aside, 2.0, 0.5), UP, softness, -1.0)
    assert seen == pytest.approx(expected, abs=0.01)


def test_a_limb_casts_no_shadow_on_itself():
    assert visible(ball(0.0, 2.0, 0.5), UP, 0.1, 3.0) == 1.0
    assert visible(ball(0.0, 2.0, 0.5), UP, 0.1, 2.0) == pytest.approx(0.0, abs=0.01)


def test_what_lies_behind_casts_no_shadow():
    assert visible(ball(0.0, -2.0, 0.5), UP, 0.1, -1.0) == 1.0


def test_a_ball_above_hides_its_share_of_the_sky():
    """A ball of radius r at d straight ahead hides r^2 / d^2 of cosine-weighted sky (Quilez)."""
    assert opened(ball(0.0, 2.0, 0.5)) == pytest.approx(math.exp(-OCCLUSION / 16), rel=1e-3)
    assert opened(ball(2.0, 0.0, 0.5)) == pytest.approx(1.0, abs=1e-3)
    assert opened(ball(0.0, -2.0, 0.5)) == 1.0
