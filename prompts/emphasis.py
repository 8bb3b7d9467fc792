"""Weighted words: from a prompt with brackets to phrases, each with its weight."""

import re
from typing import NamedTuple

from prompts import PromptError

BRACKET_FACTORS = {")": 1.1, "]": 1 / 1.1}
"""What a pair of brackets multiplies weights by, as in AUTOMATIC1111's web UI."""
MAX_WEIGHT = 3.0
"""A bound against slips such as (word:13); weights in use end at about 1.5."""
PIECE = re.compile(
    r"\\([()\[\]\\:])"
    r"|:\s*([+-]?(?:\d+(?:\.\d+)?|\.\d+))\s*\)"
    r"|([()\[\]])"
    r"|([^\\()\[\]:]+|.)",
    re.S,
)
"""An escaped sign, the end of a weighted phrase, a bracket, or plain text."""
CLOSING = {")": "(", "]": "["}


class WeightedText(NamedTuple):
    """A part of a prompt, and how much its words count."""

    text: str
    weight: float = 1.0


class OpenBracket(NamedTuple):
    """A bracket that has not been closed yet."""

    sign: str
    first: int
    """Number of the first phrase inside."""


def parse_emphasis(prompt: str) -> list[WeightedText]:
    r"""Return the phrases of a prompt, neighbours of equal weight joined.

    ``(word)`` is 1.1 times as strong, ``[word]`` 1.1 times weaker, ``(word:1.3)`` 1.3 times as
    strong; brackets may stand in brackets; ``\(`` is a bracket itself.

    Raises:
        PromptError: a bracket has no partner, or a weight is not possible.

    >>> [(text, round(weight, 2)) for text, weight in parse_emphasis(r"a ((big)) [dim] \(b\)")]
    [('a ', 1.0), ('big', 1.21), (' ', 1.0), ('dim', 0.91), (' (b)', 1.0)]
    """
    phrases: list[WeightedText] = []
    opened: list[OpenBracket] = []
    for match in PIECE.finditer(prompt):
        escaped, weight, bracket, text = match.groups()
        if bracket in CLOSING.values():
            opened.append(OpenBracket(bracket, len(phrases)))
        elif bracket or weight:
            first = close_bracket(opened, bracket or ")", prompt)
            factor = float(weight or BRACKET_FACTORS[bracket])
            phrases[first:] = [WeightedText(t, w * factor) for t, w in phrases[first:]]
        else:
            phrases.append(WeightedText(escaped or text))
    check_emphasis(phrases, opened, prompt)
    return merged(phrases)


def check_emphasis(phrases: list[WeightedText], opened: list[OpenBracket], prompt: str) -> None:
    """
    Raises:
        PromptError: a bracket was left open, or a weight is not possible.
    """
    if opened:
        raise unpaired(prompt, opened[-1].sign)
    for phrase in phrases:
        if not 0 <= phrase.weight <= MAX_WEIGHT:
            raise PromptError(
                f"prompt {prompt!r}: {phrase.text.strip()!r} has the weight {phrase.weight:g}; "
                f"give 0 to {MAX_WEIGHT:g}"
            )


def close_bracket(opened: list[OpenBracket], bracket: str, prompt: str) -> int:
    """Take the bracket that ``bracket`` closes off the list; return its first phrase's number."""
    if not opened or opened[-1].sign != CLOSING[bracket]:
        raise unpaired(prompt, bracket)
    return opened.pop().first


def unpaired(prompt: str, bracket: str) -> PromptError:
    return PromptError(
        f"prompt {prompt!r}: a {bracket} has no partner; write \\{bracket} for the sign itself"
    )


def merged(phrases: list[WeightedText]) -> list[WeightedText]:
    """Return the phrases with neighbours of equal weight made one."""
    together: list[WeightedText] = []
    for phrase in phrases:
        if together and together[-1].weight == phrase.weight:
            phrase = WeightedText(together.pop().text + phrase.text, phrase.weight)
        together.append(phrase)
    return together
