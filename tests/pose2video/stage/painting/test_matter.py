"""Clay and marble change what things are made of."""

import pytest

from pose2video.stage.materials import Material, linear
from pose2video.stage.painting.matter import restyled_figure, restyled_place
from pose2video.stage.sets import place_of
from pose2video.stage.wardrobe import figure_of
from prompts.scene.scene import Figure, Scene


def colourful(material: Material) -> float:
    """Return the difference between the strongest and the weakest channel."""
    colour = linear(material.colour)
    return float(colour.max() - colour.min())


@pytest.mark.parametrize("painting", ["", "anime", "oil-painting"])
def test_other_paintings_leave_matter_as_it_is(painting: str) -> None:
    scene = Scene(painting=painting)
    figure, place = figure_of(Figure(), 0), place_of(scene, 0)
    assert restyled_figure(figure, scene) is figure
    assert restyled_place(place, scene) is place


def test_marble_has_no_colour_and_veins() -> None:
    scene = Scene(painting="marble")
    figure = restyled_figure(figure_of(Figure(), 0), scene)
    for material in figure.materials.values():
        assert colourful(material) < 0.1
        assert material.pattern == "marble"
    assert colourful(restyled_place(place_of(scene, 0), scene).floor or Material()) < 0.1


def test_clay_is_matt_and_keeps_its_colours() -> None:
    scene = Scene(painting="clay")
    before = figure_of(Figure(), 0).materials
    after = restyled_figure(figure_of(Figure(), 0), scene).materials
    assert after.keys() == before.keys()
    for name, material in after.items():
        assert material.metal == 0
        assert material.bump > 0
        assert abs(linear(material.colour) - linear(before[name].colour)).max() < 0.25


@pytest.mark.parametrize("painting", ["clay", "marble"])
def test_matter_changes_by_strength(painting: str) -> None:
    figure = figure_of(Figure(), 0)
    scenes = [Scene(painting=painting, painting_strength=share) for share in (0.0, 0.5, 1.0)]
    none, half, whole = (restyled_figure(figure, scene).materials["skin"] for scene in scenes)
    assert none == figure.materials["skin"]
    assert half.shine == pytest.approx((none.shine + whole.shine) / 2)
