"""Styles: each file is whole, and an unknown name is answered with those near it."""

import pytest

from pose2video.diffusion.weights.presets import BASE_MODELS
from prompts import PLACEHOLDER, SUBJECT, PromptError, load_prompt, load_style, style_names
from prompts.emphasis import parse_emphasis


@pytest.mark.parametrize("name", style_names())
def test_every_style_takes_a_subject_and_names_a_painter_we_know(name):
    style = load_style(name)
    assert PLACEHOLDER in style.positive
    assert style.base_model in BASE_MODELS
    shown = style.about("a robot").positive
    assert "a robot" in shown
    assert PLACEHOLDER not in shown
    for text in (shown, style.negative):
        assert text
        assert "\n" not in text
        assert len(text.split()) < 50, "longer than the text encoder reads at once"
        parse_emphasis(text)


def test_no_two_styles_say_the_same():
    texts = [load_style(name).positive for name in style_names()]
    assert len(set(texts)) == len(texts) >= 10


def test_a_style_alone_shows_somebody_dancing():
    assert SUBJECT in load_prompt("", "neon").positive
    assert load_prompt("neon") == load_prompt("", "neon")


def test_words_alone_are_painted_as_they_are():
    assert load_prompt("  a robot ").positive == "a robot"


@pytest.mark.parametrize(
    ("text", "style", "message"),
    [
        ("a robot", "anme", r"no style 'anme'; did you mean anime"),
        ("a robot", "Water-Color", "did you mean watercolour"),
        ("a robot", "qqq", "no style 'qqq'; there are anime, cinematic"),
        ("a robot", "../anime", "no style"),
        (" ", "", "the prompt is empty; give --prompt"),
    ],
)
def test_what_cannot_be_painted_is_explained(text, style, message):
    with pytest.raises(PromptError, match=message):
        load_prompt(text, style)
