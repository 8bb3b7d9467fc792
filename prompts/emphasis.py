"""Weighted words: from a prompt with brackets to phrases, each with its weight."""

import re
from typing import NamedTuple

from prompts import PromptError

STEP = 1.1
"""One pair of round brackets multiplies by it, one of square brackets divides."""
MOST = 3.0
PIECE = re.compile(r"\\([()\[\]\\:])|:\s*([+-]?\d*\.?\d+)\s*\)|([()\[\]])|([^\\()\[\]:]+|.)", re.S)
"""An escaped sign, the end of a weighted phrase, a bracket, or plain text."""
CLOSING = {")": "(", "]": "["}


class Phrase(NamedTuple):
    text: str
    weight: float = 1.0


class Open(NamedTuple):
    """A bracket that has not been closed yet."""

    sign: str
    first: int
    """Number of the first phrase inside."""


def parse_emphasis(prompt: str) -> list[Phrase]:
    r"""Return the phrases of a prompt, neighbours of equal weight joined.

    ``(word)`` is 1.1 times as strong, ``[word]`` 1.1 times weaker, ``(word:1.3)`` 1.3 times as
    strong; brackets may stand in brackets; ``\(`` is a bracket itself.

    Raises:
        PromptError: a bracket has no partner, or a weight is not possible.

    >>> [(text, round(weight, 2)) for text, weight in parse_emphasis(r"a ((big)) [dim] \(b\)")]
    [('a ', 1.0), ('big', 1.21), (' ', 1.0), ('dim', 0.91), (' (b)', 1.0)]
    """
    phrases: list[Phrase] = []
    opened: list[Open] = []
    for match in PIECE.finditer(prompt):
        escaped, weight, bracket, text = match.groups()
        if bracket in ("(", "["):
            opened.append(Open(bracket, len(phrases)))
        elif bracket or (weight and opened and opened[-1].sign == "("):
            factor = float(weight) if weight else STEP if bracket == ")" else 1 / STEP
            first = closed(opened, bracket or ")", prompt)
            phrases[first:] = [Phrase(t, w * factor) for t, w in phrases[first:]]
        elif weight:
            raise unpaired(prompt, ")")
        else:
            phrases.append(Phrase(escaped or text))
    if opened:
        raise unpaired(prompt, opened[-1].sign)
    for phrase in phrases:
        if not 0 <= phrase.weight <= MOST:
            raise PromptError(
                f"prompt {prompt!r}: {phrase.text.strip()!r} has the weight {phrase.weight:g}; "
                f"give 0 to {MOST:g}"
            )
    return joined(phrases)


def closed(opened: list[Open], bracket: str, prompt: str) -> int:
    """Take the bracket that ``bracket`` closes off the list; return its first phrase's number."""
    if not opened or opened[-1].sign != CLOSING[bracket]:
        raise unpaired(prompt, bracket)
    return opened.pop().first


def unpaired(prompt: str, bracket: str) -> PromptError:
    return PromptError(
        f"prompt {prompt!r}: a {bracket} has no partner; write \\{bracket} for the sign itself"
    )


def joined(phrases: list[Phrase]) -> list[Phrase]:
    together: list[Phrase] = []
    for phrase in phrases:
        if together and together[-1].weight == phrase.weight:
            phrase = Phrase(together.pop().text + phrase.text, phrase.weight)
        together.append(phrase)
    return together
