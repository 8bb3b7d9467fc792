"""Every way of painting: unlike the others, steady, and sound at any size."""

from functools import cache

import cv2
import numpy as np
import pytest

from pose2video.stage.painting import PAINTINGS, own_look, painted_frame
from pose2video.stage.people import Layers, empty_layers
from pose2video.stage.staging import Place, Staged, staged
from prompts.scene.scene import Scene

STYLES = ("", *PAINTINGS)


@cache
def stage() -> Staged:
    return staged(Place())


def layers_of(height: int, width: int, moved: float = 0.0) -> Layers:
    """Return a ball for a head over one for a body, before a wall with a door, by hand."""
    layers = empty_layers(height, width)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / height
    x = x - 0.5 * width / height
    wall = np.where((x > 0.2) & (y > 0.3), 0.15, 0.75 - 0.3 * y)[..., None]
    layers.light[:] = wall * np.array([0.9, 0.8, 1.1])
    layers.depth[:] = 8.0
    balls = ((0.0, 0.35, 0.12, (0.7, 0.4, 0.3)), (0.0, 0.66, 0.22, (0.1, 0.2, 0.6)))
    for number, (across, down, radius, colour) in enumerate(balls):
        u, v = (x - across - moved) / radius, (y - down) / radius
        out = np.sqrt(np.maximum(1 - u * u - v * v, 0))
        seen = out > 0
        lit = 0.4 + 2.0 * np.maximum(0.5 * u - 0.6 * v + 0.6 * out, 0)
        layers.albedo[seen] = colour
        layers.light[seen] = (lit[..., None] * np.array(colour))[seen]
        layers.normal[seen] = np.stack([u, -v, out], -1)[seen]
        layers.depth[seen] = (5.0 - radius * 2 * out)[seen]
        layers.part[seen] = number
    return layers


def painted(style: str, layers: Layers, strength: float = 1.0) -> np.ndarray:
    return painted_frame(layers, stage(), Scene(painting=style, painting_strength=strength), 0.0)


def change(first: np.ndarray, second: np.ndarray) -> float:
    """Return the mean difference of two pictures in grey levels."""
    return float(abs(first.astype(int) - second).mean())


def test_all_styles_differ_clearly() -> None:
    pictures = {style: painted(style, layers_of(128, 128)) for style in STYLES}
    for one in STYLES:
        for other in STYLES:
            if one < other:
                assert change(pictures[one], pictures[other]) > 3, (one, other)


@pytest.mark.parametrize("style", STYLES)
def test_what_is_beside_a_moving_dancer_stands_still(style: str) -> None:
    first, second = layers_of(192, 192), layers_of(192, 192, moved=0.012)
    body = ((first.part >= 0) | (second.part >= 0)).astype(np.uint8)
    far = cv2.dilate(body, np.ones((9, 9), np.uint8)) == 0
    one, other = painted(style, first), painted(style, second)
    assert abs(one[far].astype(int) - other[far]).mean() <= 0.5
    assert change(one, other) > 0.02


@pytest.mark.parametrize("style", PAINTINGS)
def test_strength_goes_from_the_own_look_to_the_style_and_beyond(style: str) -> None:
    layers = layers_of(96, 96)
    own = own_look(layers, stage())
    assert np.array_equal(painted(style, layers, 0.0), own)
    away = [change(painted(style, layers, strength), own) for strength in (0.5, 1.0, 1.5)]
    assert 0 < away[0] < away[1] < away[2]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("size", [(64, 64), (90, 160), (321, 181)])
def test_any_size_and_aspect_is_painted(style: str, size: tuple[int, int]) -> None:
    picture = painted(style, layers_of(*size))
    assert picture.shape == (*size, 3)
    assert picture.dtype == np.uint8
    assert picture.std() > 8


@pytest.mark.parametrize("style", STYLES)
def test_the_dark_and_the_burnt_are_painted_too(style: str) -> None:
    for light in (0.0, 1e4):
        layers = empty_layers(64, 64)
        layers.light.fill(light)
        layers.depth.fill(1e4)
        assert painted(style, layers).shape == (64, 64, 3)
    assert painted("", layers).min() > 200


@pytest.mark.parametrize("style", STYLES)
def test_the_same_frame_gives_the_same_picture(style: str) -> None:
    layers = layers_of(96, 96)
    assert np.array_equal(painted(style, layers), painted(style, layers))


def test_an_unknown_style_is_the_own_look() -> None:
    layers = layers_of(64, 64)
    assert np.array_equal(painted("no-such", layers), own_look(layers, stage()))


def test_more_light_is_never_shown_darker() -> None:
    light = np.linspace(0, 6, 256, dtype=np.float32)[None, :, None].repeat(32, 0).repeat(3, 2)
    layers = replace_light(light)
    columns = painted("", layers)[8:24].mean((0, 2))
    middle = np.diff(cv2.GaussianBlur(columns[None], (0, 0), 4)[0][64:192])
    assert (middle > -0.5).all()


def replace_light(light: np.ndarray) -> Layers:
    height, width = light.shape[:2]
    return empty_layers(height, width)._replace(light=light)
