"""Options of the command line say what the fields of settings say, and set them."""

import argparse
import math
from dataclasses import MISSING, dataclass, field
from pathlib import Path

import pytest

from music2pose.settings import Settings, option
from pipelines.commands.options import add_fields, add_size, changed, given


@dataclass(frozen=True)
class Icing(Settings):
    sugar: float = option(0.5, "how sweet", within=(0, 1))
    is_white: bool = option(True, "of another colour", flag="--coloured")


@dataclass(frozen=True)
class Cake(Settings):
    eggs: int = option(3, "how many", within=(0, math.inf))
    flour: str = option("wheat", "100% of it", choices=("wheat", "rye"))
    minutes: float | None = option(None, "in the oven", none="until brown", metavar="M")
    fruit: tuple[str, ...] = option((), "to put in", flag="--with")
    recipe: Path | None = option(None, "to go by")
    layers: str = option("jam", "from below", separator=",", in_a_row=True)
    width: int = option(20, "of the tin")
    height: int = option(10, "of the tin")
    vegan: bool = option(False, "no eggs")
    icing: Icing = field(default_factory=Icing)


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_fields(parser, Cake, "eggs", "flour", "minutes", "fruit", "recipe", "layers", "vegan")
    add_size(parser, Cake)
    add_fields(parser, Icing)
    return parser.parse_args(words)


def test_nothing_given_is_nothing_set():
    assert given(parsed(), Cake) == {}
    assert changed(Cake(eggs=5, icing=Icing(0.2)), parsed()) == Cake(eggs=5, icing=Icing(0.2))


@pytest.mark.parametrize(
    ("words", "cake"),
    [
        ("--eggs 4", Cake(eggs=4)),
        ("--minutes 12.5", Cake(minutes=12.5)),
        ("--layers cream jam,nuts --layers cream", Cake(layers="cream,jam,nuts,cream")),
        ("--with figs dates", Cake(fruit=("figs", "dates"))),
        ("--recipe a/b.txt", Cake(recipe=Path("a/b.txt"))),
        ("--vegan", Cake(vegan=True)),
        ("--size 30x12", Cake(width=30, height=12)),
        ("--sugar 1 --coloured", Cake(icing=Icing(1.0, is_white=False))),
    ],
)
def test_an_option_sets_its_field_here_or_in_what_is_held(words, cake):
    assert changed(Cake(), parsed(*words.split())) == cake


def test_help_says_what_is_accepted_and_what_is_taken_without(capsys):
    with pytest.raises(SystemExit):
        parsed("--help")
    said = " ".join(capsys.readouterr().out.split())
    for words in (
        "--eggs N how many (0 or more; default: 3)",
        "--flour NAME 100% of it (wheat, rye; default: wheat)",
        "--minutes M in the oven (default: until brown)",
        "--with NAME [NAME ...] to put in",
        "--size WxH of the picture (default: 20x10)",
        "--sugar X how sweet (0 to 1; default: 0.5)",
        "--coloured of another colour",
    ):
        assert words in said


def test_a_command_may_take_another_default_than_the_field(capsys):
    parser = argparse.ArgumentParser()
    add_fields(parser, Cake, "eggs", eggs="those in the fridge")
    assert "how many (0 or more; default: those in the fridge)" in parser.format_help()


def test_what_has_no_default_must_be_given():
    @dataclass(frozen=True)
    class Guest(Settings):
        name: str = option(MISSING, "who comes")

    parser = argparse.ArgumentParser(exit_on_error=False)
    add_fields(parser, Guest)
    with pytest.raises((argparse.ArgumentError, SystemExit)):
        parser.parse_args([])
    assert Guest(**given(parser.parse_args(["--name", "Ada"]), Guest)).name == "Ada"
