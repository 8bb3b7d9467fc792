"""Dancers of all kinds: every word for them changes the picture, nothing is left out."""

from dataclasses import replace

import numpy as np
import pytest

from music2pose.motion.posture import posture
from pose2video.stage.field import ALONG, MOST_NEAR, RADIUS, START
from pose2video.stage.figures.fabrics import PAINTED, lightness, matter
from pose2video.stage.figures.taste import WRISTBAND
from pose2video.stage.materials import Material, linear
from pose2video.stage.pieces import Build, Figure, places_of
from pose2video.stage.wardrobe import figure_of
from prompts.scene.scene import (
    BEARDS,
    BODIES,
    BUILDS,
    HAIRS,
    MATERIALS,
    PATTERNS,
    TOPS,
    WEARS,
    Item,
)
from prompts.scene.scene import Figure as Asked
from tests.pose2video.stage.filmed import dance

MOST_SHAPES = 80
VIOLET = "#7f12e8"
LEGLESS = ("ghost",)


@pytest.fixture(scope="module")
def standing() -> tuple:
    """Return places of somebody who stands, their size and joints."""
    pose = posture(dance("standing").joints[:1])
    return *places_of(pose, 0), pose.scale, dance("standing").joints[0]


def everything() -> dict[str, Asked]:
    """Return a dancer for every word of the scene's vocabularies."""
    asked = {f"body {name}": Asked(body=name) for name in BODIES if name != "human"}
    asked |= {f"of {name}": Asked(material=name) for name in MATERIALS}
    asked |= {f"wears {name}": Asked(wears=(Item(name, colour=VIOLET),)) for name in WEARS}
    asked |= {f"{name} hair": Asked(hair=Item(name, colour=VIOLET)) for name in HAIRS}
    asked |= {f"build {name}": Asked(build=(name,)) for name in BUILDS}
    asked |= {f"{name} t-shirt": Asked(wears=(Item("t-shirt", pattern=name),)) for name in PATTERNS}
    return asked


EVERYTHING = everything()


def seen(figure: Figure) -> tuple:
    """Return all by which a dancer is drawn."""
    return (
        figure.pieces,
        tuple(sorted((name, repr(m)) for name, m in figure.materials.items())),
        figure.face,
    )


def table(figure: Figure) -> np.ndarray:
    return np.stack([material.row() for material in figure.materials.values()])


@pytest.mark.parametrize("name", EVERYTHING)
def test_every_word_is_drawn(name: str) -> None:
    figures = [figure_of(EVERYTHING[name], seed) for seed in (0, 1)]
    usual = [figure_of(Asked(), seed) for seed in (0, 1)]
    # One of two dancers may happen to be of that build, or wear that already.
    assert any(seen(one) != seen(other) for one, other in zip(figures, usual, strict=True))
    for figure in figures:
        assert {piece.material for piece in figure.pieces} == set(figure.materials)
        assert len(figure.pieces) <= MOST_SHAPES < MOST_NEAR


@pytest.mark.parametrize("name", BODIES)
def test_a_body_reaches_to_all_joints(name: str, standing: tuple) -> None:
    origin, axes, scale, joints = standing
    shapes = Build(figure_of(Asked(body=name), 0)).place(origin, axes, scale).shapes
    start, along, radius = (
        shapes[:, START : START + 3],
        shapes[:, ALONG : ALONG + 3],
        shapes[:, RADIUS],
    )
    ends = np.concatenate([start, start + along])
    around = np.concatenate([radius, radius])[:, None]
    low, high = (ends - around).min(0), (ends + around).max(0)
    body = joints if name not in LEGLESS else joints[[0, 1, 2, 3, 4, 5, 6, 7, 14, 15, 16, 17]]
    assert (body > low).all() and (body < high).all()
    assert low[1] > -0.03  # nothing goes through the floor
    assert high[1] < joints[:, 1].max() + 0.5


@pytest.mark.parametrize("wear", WEARS)
def test_the_colour_of_what_is_worn_is_seen(wear: str) -> None:
    figure = figure_of(Asked(wears=(Item(wear, colour=VIOLET),)), 3)
    colours = table(figure)[:, :3]
    if wear == "eyes":
        assert figure.face.iris == VIOLET
    else:
        assert np.abs(colours - linear(VIOLET)).sum(1).min() < 1e-6


@pytest.mark.parametrize("name", BODIES)
def test_a_body_takes_on_the_colour_that_is_said(name: str) -> None:
    colours = table(figure_of(Asked(body=name, colour=VIOLET), 0))[:, :3]
    assert np.abs(colours - linear(VIOLET)).sum(1).min() < 1e-6


def test_the_same_seed_gives_the_same_dancer() -> None:
    asked = Asked(wears=(Item("coat", "#cc2222"),))
    assert seen(figure_of(asked, 5)) == seen(figure_of(asked, 5))


def test_seeds_give_different_people() -> None:
    people = [figure_of(Asked(), seed) for seed in range(8)]
    skins = {one.materials["skin"].colour for one in people}
    builds = {len(one.pieces) for one in people}
    assert len({seen(one) for one in people}) == 8
    assert len(skins) >= 6
    assert len(builds) >= 4


def test_a_statue_is_all_of_one_matter() -> None:
    gold = figure_of(Asked(material="gold"), 0)
    assert all(material.metal == 1 for material in gold.materials.values())


def test_a_statue_wears_a_coat_of_cloth_where_one_is_named() -> None:
    dressed = figure_of(Asked(material="gold", wears=(Item("coat", "#cc2222"),)), 0)
    assert dressed.materials["coat"].metal == 0
    assert dressed.materials["skin"].metal == 1


def test_hair_does_not_stand_through_a_hat() -> None:
    def top(*wears: Item) -> float:
        figure = figure_of(Asked(hair=Item("mohawk"), wears=wears), 0)
        return max(end[2] for piece in figure.pieces if piece.part == "hair"
                   for end in (piece.start,
                               piece.end or piece.start) if end[0] == "head")  # fmt: skip

    assert top(Item("cap")) < 0.1 < top()


@pytest.mark.parametrize("build", [(), *((name,) for name in BUILDS), ("woman", "stout")])
@pytest.mark.parametrize("top", ["t-shirt", "hoodie", "tank-top"])
def test_a_top_hangs_over_trousers_whatever_the_build(build: tuple[str, ...], top: str) -> None:
    figure = figure_of(Asked(build=build, wears=(Item(top), Item("trousers"))), 1)

    waist = {top: [], "trousers": []}
    for piece in figure.pieces:
        if piece.part == "hips" and piece.start[0] == "waist" and piece.material in waist:
            waist[piece.material].append(piece.radius[0])
    assert min(waist[top]) > max(waist["trousers"])


@pytest.mark.parametrize("name", BODIES)
def test_limbs_mirror_each_other(name: str) -> None:
    figure = figure_of(Asked(body=name), 0)
    right, left = (
        sorted(
            repr(
                replace(
                    piece, part="", group="", start=piece.start[1:], end=piece.end and piece.end[1:]
                )
            )
            for piece in figure.pieces
            if piece.part.startswith(side)
            and piece.start[0].startswith(side)
            and piece.material != WRISTBAND
        )
        for side in ("right", "left")
    )
    assert right == left


def is_orange(material: Material) -> bool:
    red, green, blue = linear(material.colour)
    return red > 2 * green > 4 * blue


@pytest.mark.parametrize("material", ["", *PAINTED])
def test_a_fox_is_orange_with_a_white_belly_whatever_toy_it_is(material: str) -> None:
    for seed in range(6):
        fox = figure_of(Asked(body="fox", material=material), seed).materials
        assert is_orange(fox["skin"])
        assert linear(fox["belly"].colour).min() > 0.6


def test_a_toy_has_the_colour_that_is_said() -> None:
    fox = figure_of(Asked(body="fox", material="plush", colour=VIOLET), 0)
    assert fox.materials["skin"].colour == VIOLET


def test_a_tiger_of_clay_has_stripes() -> None:
    tiger = figure_of(Asked(body="tiger", material="clay"), 0).materials["skin"]
    assert tiger.pattern == "tiger"


@pytest.mark.parametrize("kind", BEARDS)
def test_a_beard_has_its_own_colour_or_that_of_the_hair(kind: str) -> None:
    said = figure_of(Asked(hair=Item("", "#cc2222"), wears=(Item(kind, VIOLET),)), 0).materials
    assert (said[kind].colour, said["hair"].colour) == (VIOLET, "#cc2222")
    hair_said = figure_of(Asked(hair=Item("", "#cc2222"), wears=(Item(kind),)), 0).materials
    assert hair_said[kind].colour == "#cc2222"
    beard_said = figure_of(Asked(wears=(Item(kind, VIOLET),)), 0).materials
    assert beard_said["hair"].colour == VIOLET


def test_a_long_beard_reaches_the_chest() -> None:
    def lowest(kind: str) -> float:
        pieces = figure_of(Asked(wears=(Item(kind, VIOLET),)), 0).pieces
        return min((p.end or p.start)[2] for p in pieces if p.material == kind)

    assert lowest("long-beard") < -0.3 < lowest("beard")


def test_a_white_tutu_has_a_white_top() -> None:
    dancer = figure_of(Asked(wears=(Item("tutu", "#ffffff"),)), 0)
    tops = [material for name, material in dancer.materials.items() if name in TOPS]
    assert [top.colour for top in tops] == ["#ffffff"]


@pytest.mark.parametrize("colour", ["", "#e50000", VIOLET])
@pytest.mark.parametrize("name", ["marble", "paper"])
def test_veins_and_folds_are_near_the_colour_they_lie_in(name: str, colour: str) -> None:
    made = matter(name, colour)
    assert abs(lightness(made.colour) - lightness(made.second)) < 0.15


def test_the_second_colour_of_folded_paper_is_no_crack() -> None:
    red, white = matter("paper", "#e50000", "#ffffff"), matter("paper", "#e50000")
    assert red == white


@pytest.mark.parametrize("wear", ["jacket", "suit"])
def test_what_shows_in_an_open_jacket_has_straight_borders(wear: str) -> None:
    figure = figure_of(Asked(wears=(Item(wear),)), 1)
    shown = [piece for piece in figure.pieces if piece.material == f"{wear} under"]
    assert shown
    assert all(piece.kind == "cone" for piece in shown)


def test_a_face_of_light_is_two_eyes_in_a_plain_head() -> None:
    lava = figure_of(Asked(material="lava", wears=()), 0)
    heads = [piece for piece in lava.pieces if piece.face]
    assert {piece.face for piece in heads} == {"alien"}
    assert all(lava.materials[piece.material].scale == 0 for piece in heads)


@pytest.mark.parametrize("top", ["t-shirt", "hoodie", "suit", "dress", "tank-top"])
def test_an_animals_belly_does_not_show_through_what_it_wears(top: str) -> None:
    groups = {piece.group for piece in figure_of(Asked(body="cat", wears=(Item(top),)), 0).pieces}
    bare = {piece.group for piece in figure_of(Asked(body="cat"), 0).pieces}
    assert "belly" in bare - groups
