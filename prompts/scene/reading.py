"""From words to a scene: the prompt, its style, and what must not be there."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from checkpoints.foreign import is_text, short
from prompts import PromptError, load_style, split_style
from prompts.moments import Moment
from prompts.scene.compose import compose
from prompts.scene.lexicon import load_lexicon
from prompts.scene.parse import Fact, soft_facts, understand, unwanted
from prompts.scene.scene import Scene
from prompts.scene.words import COMMA, take_signs
from prompts.schedule import PromptSchedule

MOST_NAMED = 8
"""Words that one remark names; of others it tells the number."""


class Word(NamedTuple):
    """A word of a prompt, or a run of them, and what the stage makes of it."""

    text: str
    became: str
    """In words of the scene; empty: nothing."""
    is_known: bool
    instead: str = ""
    """The known word that it is taken for, where it is none itself."""


@dataclass(frozen=True)
class Reading:
    """What a prompt was understood to mean."""

    scene: Scene
    words: tuple[Word, ...] = ()
    remarks: tuple[str, ...] = ()
    """Lines for people: what is not known, what was at odds, what says nothing to a stage."""


def scene_of(text: str, style: str = "", negative: str = "") -> Scene:
    """Return what a prompt asks for; raises as ``read_scene``."""
    return read_scene(text, style, negative).scene


def scenes_of(schedule: PromptSchedule) -> list[tuple[Moment, Scene]]:
    """Return what a schedule asks for at each of its moments; raises as ``read_scene``."""
    return [(moment, reading.scene) for moment, reading in read_scenes(schedule)]


def read_scenes(schedule: PromptSchedule) -> list[tuple[Moment, Reading]]:
    """Return how each prompt of a schedule is understood; raises as ``read_scene``."""
    return [
        (item.moment, read_scene(item.subject, item.style, schedule.unwanted))
        for item in schedule.prompts
    ]


def read_scene(text: str, style: str = "", negative: str = "") -> Reading:
    """Return what a prompt asks for, and how each of its words was understood.

    A style is the way of painting, and suggests a place or a light where the prompt names none.
    An empty prompt asks for nothing in particular. Time grows with the length of the text.

    Args:
        negative: what must not be there, in words as in a prompt.

    Raises:
        PromptError: the style is unknown, a bracket has no partner, a weight is not possible, or
            the text is no text.

    >>> read_scene("a robot in a red coat").scene.figure.wears[0].kind
    'coat'
    """
    if not is_text(text + negative):
        raise PromptError(
            f"the prompt {short(text)} holds a NUL or half of a letter; write letters"
        )
    text, style = split_style(text, style)
    plain, signs = take_signs(text)
    found = understand(plain)
    facts = [*found.facts, *_facts_of_style(style), *unwanted(take_signs(negative)[0])]
    scene, decided = compose(facts)
    scene = replace(scene, painting=style or scene.painting)
    words = tuple(
        Word(piece.text, meaning, bool(piece.senses), piece.instead)
        for piece, meaning in sorted(found.meanings, key=lambda item: item[0].place)
        if piece.text != COMMA
    )
    return Reading(scene, words, tuple(_remarks(words, decided, signs)))


def _facts_of_style(style: str) -> list[Fact]:
    if not style:
        return []
    load_style(style)  # complains of an unknown one
    return soft_facts(load_lexicon().phrases["styles"].get(style, ""))


def _remarks(words: Iterable[Word], decided: list[str], signs: list[str]) -> list[str]:
    unknown = [word.text for word in words if not word.is_known]
    guessed = [f"{word.text} (for {word.instead})" for word in words if word.instead]
    said = {
        "not known, and left out": unknown,
        "taken for another": guessed,
        "no matter to the stage": signs,
    }
    titled = [f"{title}: {_listed(dict.fromkeys(names))}" for title, names in said.items() if names]
    return ["; ".join(titled)] * bool(titled) + decided


def _listed(names: Iterable[str]) -> str:
    """
    >>> _listed(map(str, range(10)))
    '0, 1, 2, 3, 4, 5, 6, 7 and 2 more'
    """
    all_names = list(names)
    more = len(all_names) - MOST_NAMED
    return ", ".join(all_names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
