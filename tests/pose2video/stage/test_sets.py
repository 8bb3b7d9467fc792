"""Places show what they were asked for: every stage, time, light, feature, weather and grade."""

from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from music2pose.motion.camera import follow
from music2pose.motion.posture import posture
from music2pose.moves.perform import authored_moves
from pose2video.stage.draw import Draughtsman
from pose2video.stage.grading import graded
from pose2video.stage.outlines import corners_of, outlined
from pose2video.stage.painting import painted_frame
from pose2video.stage.particles import fall
from pose2video.stage.people import NOBODY, People
from pose2video.stage.pieces import Build, places_of
from pose2video.stage.sets import SETS, place_of, stage_of, time_of
from pose2video.stage.sets.features import FEATURES
from pose2video.stage.sets.lighting import LIGHTS
from pose2video.stage.staging import Place, staged
from pose2video.stage.view import View
from pose2video.stage.wardrobe import figure_of
from pose2video.stage.weather import KINDS, weather_of, weather_rows
from prompts.scene import scene as words
from prompts.scene.scene import Item, Light, Scene

SIDE = 48
MOST_SOLIDS = 200


def asked(stage: str = "", features: tuple[str, ...] = (), **more: Any) -> Scene:
    return Scene(place=words.Place(stage, features=features), **more)


@cache
def dancer() -> People:
    """Return somebody who stands at ease."""
    pose = posture(follow(authored_moves(np.random.default_rng(0), 1)[3]).joints)
    return Build(figure_of(words.Figure(), 0)).place(*places_of(pose, 0), pose.scale)


def shown(scene: Scene, time: float = 0.0) -> np.ndarray:
    """Return a picture of a scene as a screen shows it, (SIDE, SIDE, 3) from 0 to 1."""
    return drawn(scene, time)[0]


@cache
def drawn(scene: Scene, time: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Return such a picture, and where the dancer is in it."""
    axes = np.array([[0.94, 0, -0.34], [0, 1, 0], [0.34, 0, 0.94]])
    view = View(np.array([1.7, 1.2, 4.7]), axes, 1.75, 0.5, 0.5, SIDE, SIDE)
    ready = staged(place_of(scene, 0))
    layers = Draughtsman(SIDE, SIDE).draw(ready, dancer(), view, time)
    fall(layers, view, weather_rows(weather_of(scene), ready.lights), time)
    assert np.isfinite(layers.light).all()
    picture = painted_frame(layers, ready, scene, time).astype(np.float32) / 255
    return picture, layers.part != NOBODY


def differ(one: Scene, other: Scene) -> float:
    """Return the mean difference of two scenes' pictures, in grey levels of 255."""
    return 255 * float(np.abs(shown(one) - shown(other)).mean())


def test_every_name_has_a_maker():
    assert set(SETS) == set(words.STAGES)
    assert set(FEATURES) == set(words.FEATURES)
    assert set(LIGHTS) == set(words.LIGHTS)
    assert set(KINDS) | {"fog", "haze"} == set(words.WEATHERS)


@pytest.mark.slow
@pytest.mark.parametrize("stage", words.STAGES)
def test_stages_can_be_told_apart_and_are_neither_dark_nor_burnt(stage: str):
    mean = 255 * float(shown(asked(stage)).mean())
    assert 38 < mean < 215
    assert all(differ(asked(stage), asked(other)) > 14 for other in words.STAGES if other != stage)


@pytest.mark.slow
@pytest.mark.parametrize("light", ["", *words.LIGHTS])
@pytest.mark.parametrize("stage", ["studio", "street", "forest"])
def test_the_dancer_can_be_read_in_every_light(stage: str, light: str):
    kinds = (light,) if light else ()
    picture, there = drawn(asked(stage, light=Light(time="night", kinds=kinds)))
    assert there.sum() > 30 and 255 * picture[there].mean() > 50


@pytest.mark.parametrize("stage", words.STAGES)
def test_nothing_stands_between_camera_and_dancer(stage: str):
    place = place_of(asked(stage), 0)
    assert len(place.solids) < 120
    for solid in place.solids:
        corners = corners_of(solid.kind, solid.numbers)
        (left, low, back), (right, top, front) = corners.min(0), corners.max(0)
        lies = top < 0.12
        assert lies or low > 2.6 or front < -1.9 or left > 2.2 or right < -2.2 or back > 8, solid


def test_a_box_is_seen_in_the_tiles_that_its_corners_span():
    view = View(np.array([0, 1.0, 5.0]), np.eye(3), 1.0, 0.5, 0.5, 64, 64)
    cube = corners_of("box", (1.0, 1.0, 0.0, 0.5, 0.5, 0.5, 1.0, 0.0))
    behind = cube + np.array([0, 0, 9])
    tiles = outlined(view, np.stack([cube, behind]), 8)
    seen = [tiles.things[a:b].tolist() for a, b in pairwise(tiles.first)]
    # From 5 m it spans 0.5 / 5.5 to 1.5 / 4.5 picture heights to the right of the middle.
    across = {k % 8 for k, things in enumerate(seen) if things == [0]}
    assert across == {4, 5, 6} and all(things in ([], [0]) for things in seen)


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["street", "beach", "room", "temple"])
def test_times_of_day_differ(stage: str):
    scenes = [asked(stage, light=Light(time=time)) for time in words.TIMES]
    for k, one in enumerate(scenes):
        assert all(differ(one, other) > 6 for other in scenes[:k])
    assert shown(scenes[3]).mean() < 0.9 * shown(scenes[0]).mean()


@pytest.mark.slow
@pytest.mark.parametrize("kind", words.LIGHTS)
@pytest.mark.parametrize("stage", ["studio", "meadow"])
def test_every_light_changes_the_picture(stage: str, kind: str):
    assert differ(asked(stage), asked(stage, light=Light(kinds=(kind,)))) > 4


@pytest.mark.slow
@pytest.mark.parametrize("feature", words.FEATURES)
@pytest.mark.parametrize("stage", ["studio", "meadow"])
def test_every_feature_can_be_seen(stage: str, feature: str):
    time = Light(time="night")
    assert differ(asked(stage, light=time), asked(stage, (feature,), light=time)) > 0.3


@pytest.mark.slow
@pytest.mark.parametrize("kind", words.WEATHERS)
def test_every_weather_can_be_seen_and_moves(kind: str):
    scene = asked("meadow", weather=(Item(kind),))
    assert differ(asked("meadow"), scene) > 0.1
    if kind in KINDS:
        assert np.abs(shown(scene) - shown(scene, 0.5)).mean() > 1e-4


def test_weather_is_hidden_by_what_is_nearer():
    view = View(np.array([0, 1.2, 5.0]), np.eye(3), 1.75, 0.5, 0.5, SIDE, SIDE)
    ready = staged(Place())
    layers = Draughtsman(SIDE, SIDE).draw(ready, dancer(), view, 0.0)
    layers.depth[:] = 0.5
    before = layers.light.copy()
    fall(layers, view, weather_rows((KINDS["snow"],), ready.lights), 1.0)
    assert (layers.light == before).all()


@pytest.mark.parametrize(
    ("scene", "stage"),
    [
        (Scene(), "studio"),
        (Scene(weather=(Item("rain"),)), "street"),
        (Scene(weather=(Item("snow"),), without=("snow",)), "studio"),
        (Scene(place=words.Place(features=("sea", "moon"))), "beach"),
        (Scene(light=Light("night")), "street"),
        (Scene(place=words.Place("club"), weather=(Item("rain"),)), "club"),
    ],
)
def test_where_only_weather_or_things_are_said_the_place_has_them(scene: Scene, stage: str):
    assert stage_of(scene) == stage


def test_colours_that_are_asked_for_show():
    red = shown(Scene(place=words.Place("studio", "#ff0000")))
    assert red[..., 0].mean() > 2 * red[..., 1].mean()
    green = shown(asked("studio", light=Light(kinds=("spotlight",), colours=("#00ff00",))))
    assert green[-12:, 16:32, 1].mean() > 1.3 * green[-12:, 16:32, 0].mean()


@pytest.mark.parametrize("stage", words.STAGES)
def test_every_word_changes_every_place(stage: str):
    night = Light(time="night")
    plain = place_of(asked(stage, light=night), 0)
    others = [
        *(asked(stage, (feature,), light=night) for feature in words.FEATURES),
        *(asked(stage, light=Light("night", (kind,))) for kind in words.LIGHTS),
        *(asked(stage, light=night, weather=(Item(kind),)) for kind in ("fog", "smoke")),
        asked(stage, light=night, wet=1.0),
        Scene(place=words.Place(stage, "#12ab9f"), light=night),
    ]
    made = [place_of(other, 0) for other in others]
    assert all(place != plain and len(place.solids) < MOST_SOLIDS for place in made)
    assert all(place != other for k, place in enumerate(made) for other in made[:k])


def test_wet_floors_mirror():
    floor = place_of(asked("street", light=Light(time="day"), wet=1.0), 0).floor
    assert floor is not None and floor.rough < 0.1 and floor.shine > 0.8


def test_times_follow_what_is_said_then_the_light_then_the_stage():
    assert time_of(asked("rooftop")) == "night"
    assert time_of(asked("meadow", light=Light(kinds=("golden",)))) == "sunset"
    assert time_of(asked("rooftop", light=Light("day", ("candle",)))) == "day"


def test_the_same_seed_makes_the_same_place_and_another_another():
    for stage in ("forest", "street", "snow"):
        assert place_of(asked(stage), 3) == place_of(asked(stage), 3)
        assert place_of(asked(stage), 3) != place_of(asked(stage), 4)


def test_grades_change_colours_as_their_names_say():
    picture = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    means = {name: graded(picture, [name]).mean((0, 1)) for name in words.GRADES}
    spread = {name: graded(picture, [name]).std(-1).mean() for name in words.GRADES}
    plain = picture.mean((0, 1))
    assert graded(picture, []) is picture
    assert spread["vivid"] > picture.std(-1).mean() > spread["pastel"] > spread["monochrome"] == 0
    assert means["dark"].max() < 0.85 * plain.min() and means["pastel"].min() > 1.1 * plain.max()
    for name, up in (("warm", 0), ("sepia", 0), ("cold", 2)):
        assert means[name][up] > means[name][1] > means[name][2 - up]


def test_without_is_obeyed():
    scene = asked("meadow", ("moon",), weather=(Item("rain"),), without=("moon", "rain"))
    assert place_of(scene, 0) == place_of(asked("meadow"), 0)
    assert weather_of(scene) == ()
