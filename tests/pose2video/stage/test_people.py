"""What rays see of dancers, against balls of which it is known where their pictures end."""

import math

import numpy as np
import pytest

from pose2video.stage.backdrop import Moment
from pose2video.stage.compiled import in_bands
from pose2video.stage.draw import people_window, trace
from pose2video.stage.field import (
    ALONG,
    BLEND,
    COLUMNS,
    GROUP,
    HALF,
    MATERIAL,
    MIDDLE,
    RADIUS,
    REACH,
    SQUARE,
    START,
)
from pose2video.stage.maps import DARK
from pose2video.stage.materials import Material, table
from pose2video.stage.people import (
    NOBODY,
    WHOLE,
    Layers,
    People,
    Subject,
    empty_layers,
    light_people,
    smooth_colours,
)
from pose2video.stage.view import View

SIDE, FOCAL, AWAY = 96, 2.0, 5.0
VIEW = View(np.array([0.0, 0.0, AWAY]), np.eye(3), FOCAL, 0.5, 0.5, SIDE, SIDE)
"""A camera that looks at the origin from a few metres before it."""
RED, GREEN = "#ff0000", "#00ff00"
BLUE = np.array([0, 0, 1], np.float32)


def balls(*rows: tuple[tuple[float, float, float], float, str]) -> People:
    """Return balls, each of a place, a radius and the colour of the light that it gives off."""
    shapes = np.zeros((len(rows), COLUMNS))
    for number, (shape, (place, radius, _)) in enumerate(zip(shapes, rows, strict=True)):
        shape[START : START + 3] = shape[MIDDLE : MIDDLE + 3] = place
        shape[ALONG + 1], shape[SQUARE] = 1e-4, 1e8
        shape[HALF : HALF + 3] = 1
        shape[RADIUS], shape[REACH], shape[BLEND] = radius, radius + 0.01, 0.01
        shape[GROUP] = shape[MATERIAL] = number
    lamps = [Material(colour, glow=1.0, shine=0.0) for *_, colour in rows]
    return People(shapes, np.zeros((0, 9)), table(lamps))


def drawn(people: People) -> Layers:
    """Return the layers of balls in the dark, before blue."""
    out = empty_layers(SIDE, SIDE)
    out.depth.fill(100)
    out.behind[:] = out.light[:] = BLUE
    subject = Subject(people, Moment(DARK, 0.0), people_window(VIEW, people))
    trace(subject, out)
    in_bands(light_people, SIDE, subject, out)
    in_bands(smooth_colours, SIDE, subject, out)
    return out


def radius_seen(radius: float, away: float = AWAY) -> float:
    """Return the radius in pixels of the circle in which a ball straight ahead is seen."""
    return FOCAL * SIDE * radius / math.sqrt(away**2 - radius**2)


@pytest.mark.parametrize("radius", [0.05, 0.31, 0.8])
def test_edges_cover_the_share_of_each_pixel_that_a_circle_does(radius):
    """Aliased edges, or edges of one ray that lie outwards or inwards, have another area."""
    light = drawn(balls(((0.0, 0.0, 0.0), radius, RED))).light
    area = math.pi * radius_seen(radius) ** 2
    assert light[..., 0].sum() == pytest.approx(area, rel=0.01, abs=0.5)
    assert np.allclose(light.sum(-1), 1, atol=1e-4), "the rest of each pixel is what is behind"
    y, x = np.mgrid[:SIDE, :SIDE] + 0.5 - SIDE / 2
    covered = np.clip(radius_seen(radius) - np.hypot(x, y) + 0.5, 0, 1)
    assert abs(light[..., 0] - covered).max() < 0.12


def test_each_pixel_is_as_far_and_faces_as_the_ball_does_there():
    """Most pixels take the mean of four around them; it must be what their own ray would find."""
    radius = 0.8
    out = drawn(balls(((0.0, 0.0, 0.0), radius, RED)))
    y, x = np.mgrid[:SIDE, :SIDE] + 0.5 - SIDE / 2
    rays = np.stack([x, -y, np.full_like(x, -FOCAL * SIDE)], -1)
    rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
    half = AWAY * rays[..., 2]
    under = half**2 - AWAY**2 + radius**2
    passed = -half - np.sqrt(np.maximum(under, 0))
    normal = (VIEW.origin + passed[..., None] * rays) / radius
    inside = (out.known == WHOLE) & ((normal * rays).sum(-1) < -0.4)
    assert inside.sum() > 1500
    assert abs(out.depth - passed)[inside].max() < 0.004
    assert abs(out.normal - normal)[inside].max() < 0.02


def test_an_edge_before_another_dancer_shows_the_one_behind_through_it():
    near, far = ((0.0, 0.0, 1.0), 0.3, RED), ((0.0, 0.0, -1.0), 0.8, GREEN)
    light = drawn(balls(near, far)).light
    y, x = np.mgrid[:SIDE, :SIDE] + 0.5 - SIDE / 2
    within = np.hypot(x, y) < radius_seen(0.8, AWAY + 1) - 1
    assert light[within][:, 2].max() < 1e-4, "no blue shines through"
    area = math.pi * radius_seen(0.3, AWAY - 1) ** 2
    assert light[..., 0].sum() == pytest.approx(area, rel=0.02)
    mixed = within & (light[..., 0] > 0.1) & (light[..., 1] > 0.1)
    assert mixed.sum() > 40


def test_a_border_of_two_colours_on_one_surface_is_smooth():
    """Of two balls that touch each other side by side, as cloth and skin do."""
    left, right = ((-0.02, 0.0, 0.0), 0.8, RED), ((0.02, 0.0, 0.0), 0.8, GREEN)
    light = drawn(balls(left, right)).light
    middle = light[SIDE // 2, SIDE // 2 - 6 : SIDE // 2 + 6]
    assert middle[0] == pytest.approx([1, 0, 0], abs=1e-4)
    assert middle[-1] == pytest.approx([0, 1, 0], abs=1e-4)
    turned = drawn(balls(((-0.02, 0.013, 0.0), 0.8, RED), ((0.02, -0.013, 0.0), 0.8, GREEN))).light
    border = (turned[..., 0] > 0.1) & (turned[..., 1] > 0.1)
    assert border.sum() > SIDE // 3, "a slanted border has pixels of both colours"


def test_what_stands_before_a_dancer_hides_them():
    people = balls(((0.0, 0.0, 0.0), 0.8, RED))
    out = empty_layers(SIDE, SIDE)
    out.depth.fill(100)
    out.depth[:, : SIDE // 2] = 1.0
    out.behind[:] = out.light[:] = BLUE
    subject = Subject(people, Moment(DARK, 0.0), people_window(VIEW, people))
    trace(subject, out)
    in_bands(light_people, SIDE, subject, out)
    assert np.array_equal(out.light[:, : SIDE // 2], np.broadcast_to(BLUE, (SIDE, SIDE // 2, 3)))
    assert (out.part[:, : SIDE // 2] == NOBODY).all()
    assert out.light[SIDE // 2, SIDE // 2 + 3] == pytest.approx([1, 0, 0], abs=1e-4)
