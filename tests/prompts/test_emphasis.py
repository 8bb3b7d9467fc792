"""Weighted words: brackets become weights, and every other sign stays what it is."""

import pytest

from prompts import PromptError
from prompts.emphasis import parse_emphasis


def weights(prompt: str) -> list[tuple[str, float]]:
    return [(text, round(weight, 4)) for text, weight in parse_emphasis(prompt)]


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("a robot", [("a robot", 1)]),
        ("", []),
        ("a (red) robot", [("a ", 1), ("red", 1.1), (" robot", 1)]),
        ("(red:1.5)", [("red", 1.5)]),
        ("(red : .5 )", [("red ", 0.5)]),
        ("[red]", [("red", 0.9091)]),
        ("((red))", [("red", 1.21)]),
        ("((red:1.5) robot)", [("red", 1.65), (" robot", 1.1)]),
        ("([red])", [("red", 1.0)]),
        ("(a, b:1.2), c", [("a, b", 1.2), (", c", 1)]),
        (r"\(red\) \[x\] \\ 3:4", [(r"(red) [x] \ 3:4", 1)]),
        (r"back\slash", [(r"back\slash", 1)]),
        ("at 12:30 (time: late)", [("at 12:30 ", 1), ("time: late", 1.1)]),
    ],
)
def test_brackets_become_weights(prompt, expected):
    assert weights(prompt) == expected


def test_words_without_brackets_come_back_whole():
    text = "a robot, 4k: it's \\good\\ & loud; <b> 100%!"
    assert weights(text) == [(text, 1)]


@pytest.mark.parametrize(
    "prompt", ["(red", "red)", "[red", "red]", "(red]", "a :) smile", "red:2)"]
)
def test_a_bracket_without_its_partner_is_explained(prompt):
    with pytest.raises(PromptError, match=r"has no partner; write \\"):
        parse_emphasis(prompt)


@pytest.mark.parametrize("prompt", ["(red:9)", "(red:-1)", "((red:2):2)"])
def test_a_weight_that_would_burn_the_picture_is_refused(prompt):
    with pytest.raises(PromptError, match=r"'red' has the weight .*; give 0 to 3"):
        parse_emphasis(prompt)
