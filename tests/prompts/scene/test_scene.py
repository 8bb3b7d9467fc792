"""A scene is data: it survives being written down, and the lexicon names only what it knows."""

import json
import random
import re

import pytest

from prompts import read_table, style_names
from prompts.scene import scene as names
from prompts.scene.grammar import pieces_of
from prompts.scene.lexicon import (
    FOLDER,
    LEXICON,
    NAMES,
    VALUES,
    colour_names,
    kinds,
    load_lexicon,
    split_names,
)
from prompts.scene.reading import read_scene, scene_of
from prompts.scene.scene import Scene
from prompts.scene.telling import described
from prompts.scene.words import COMMA, tokens_of, words_of

DRAWN = {
    "body": names.BODIES, "material": names.MATERIALS, "build": names.BUILDS,
    "wears": names.WEARS, "stage": names.STAGES, "feature": names.FEATURES, "time": names.TIMES,
    "light": names.LIGHTS, "weather": names.WEATHERS, "grade": names.GRADES,
    "pattern": names.PATTERNS, "painting": style_names(),
}  # fmt: skip
TABLE = read_table(FOLDER / LEXICON)


@pytest.mark.parametrize("group", DRAWN)
def test_the_lexicon_has_words_for_all_that_is_drawn_and_for_nothing_else(group):
    assert set(TABLE[group]) == set(DRAWN[group])


def test_hair_may_be_any_of_its_kinds():
    assert {*TABLE["hair"], *TABLE["hair_shape"]} == set(names.HAIRS)


def test_every_drawn_thing_is_called_by_its_own_name():
    for kind in (*names.WEARS, *names.WEATHERS):
        scene = scene_of(kind)
        found = {item.kind for item in (*scene.figure.wears, *scene.weather)}
        assert kind in found, kind
    assert all(scene_of(body).figure.body == body for body in names.BODIES)


@pytest.mark.parametrize("group", [*NAMES, *VALUES])
def test_no_word_stands_twice_in_a_table(group):
    words = [words_of(text) for line in TABLE[group].values() for text in split_names(line)]
    assert len(words) == len(set(words))
    assert () not in words


def test_phrases_of_the_lexicon_are_of_its_own_words():
    phrases = [TABLE[name].values() for name in ("compounds", "implies", "styles", "before_a_body")]
    for phrase in (text for group in phrases for text in group):
        pieces = pieces_of(tokens_of(phrase))
        unknown = [piece.text for piece in pieces if not piece.senses and piece.text != COMMA]
        assert not unknown, phrase


def test_colours_are_those_that_people_named():
    """Of xkcd.com/color/rgb.txt and the CSS specification, read by hand."""
    read = {"red": "#e50000", "dusty rose": "#c0737a", "tomato": "#ef4026", "peru": "#cd853f"}
    assert {name: colour_names()[name] for name in read} == read
    assert colour_names()["rebecca purple"] == colour_names()["rebeccapurple"] == "#663399"
    assert len(colour_names()) > 1000


def test_wordnet_widens_the_lexicon_and_never_contradicts_it():
    assert scene_of("a beagle").figure.body == "dog"
    assert scene_of("two accountants").figure.body == "human"
    assert not set(kinds()) & set(load_lexicon().entries)


def test_a_scene_comes_back_from_json_as_it_was():
    scene = scene_of("(two:1.2) red robots in striped coats, pink hair, heavy rain, night, no hat")
    assert Scene.from_dict(json.loads(json.dumps(scene.as_dict()))) == scene


def test_a_scene_is_told_in_lines():
    scene = scene_of("three knights in red capes on a wet street, pink neon lights, anime, no hat")
    who, where, light, painted, without = described(scene).splitlines()
    assert who == "who: 3 knight; cape (red)"
    assert where == "where: street; wet 0.6"
    assert light == "light: neon; pink"
    assert painted == "painted: anime"
    assert "top-hat" in without


def test_any_words_in_any_order_are_a_scene_of_known_names():
    rng = random.Random(0)
    words = [" ".join(key) for key in load_lexicon().entries]
    marks = [",", "no", "of", "in", "with", "and", "two", "qqq", "holding", "on", "\n", "|", "is"]
    for _ in range(400):
        chosen = (rng.choice(words if rng.random() < 0.7 else marks) for _ in range(10))
        scene = scene_of(" ".join(chosen))
        figure = scene.figure
        assert figure.body in ("", *names.BODIES)
        assert figure.material in ("", *names.MATERIALS)
        assert {item.kind for item in figure.wears} <= set(names.WEARS)
        assert figure.hair is None or figure.hair.kind in ("", *names.HAIRS)
        assert {item.kind for item in scene.weather} <= set(names.WEATHERS)
        assert scene.place.stage in ("", *names.STAGES)
        assert set(scene.place.features) <= set(names.FEATURES)
        colours = (figure.colour, figure.second, scene.place.colour, *scene.light.colours)
        assert all(re.fullmatch(r"(#[0-9a-f]{6})?", colour) for colour in colours)
        assert Scene.from_dict(scene.as_dict()) == scene


def test_an_empty_prompt_asks_for_nothing():
    assert read_scene(" ").scene == Scene()
    assert described(Scene()).count("as the seed will have it") == 3
