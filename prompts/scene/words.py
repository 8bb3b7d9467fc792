"""Take a prompt apart: its words, each with its weight, and the signs that are no words."""

import re
from typing import NamedTuple

from prompts.editing import texts_over_steps
from prompts.emphasis import parse_emphasis
from prompts.syntax import BREAK, EMBEDDING, TAG

COMMA = ","
"""Any sign that ends a phrase."""
ARTICLES = {
    "a", "an", "the", "my", "your", "his", "her", "their", "our", "its", "this", "these", "those",
    "some",
}  # fmt: skip
"""Words that tell no entry from another."""
SPELLINGS = {"gray": "grey", "color": "colour", "colors": "colours", "colored": "coloured"}
STEPS = 4
"""In which a text that changes while it is painted is read; what it says last counts."""
FLAG = re.compile(r"(?<!\S)--[a-z]\w*(?:\s+[\d.:]+)?", re.I)
"""As other systems have them at the end of a prompt: ``--ar 16:9``."""
WORD = re.compile(
    r"#[0-9a-f]{6}\b|\d+(?:[.:]\d+)+|[^\W_]+(?:'[^\W_]+)*|&|/|[,;.!?\n:|()\[\]{}<>]|\s-+\s"
)


class Token(NamedTuple):
    """A word of a prompt in small letters, or ``COMMA``."""

    word: str
    weight: float = 1.0


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a text as the lexicon has them.

    >>> words_of("The Ukiyo-e wizard's gray_hat")
    ('ukiyo', 'e', 'wizard', 'grey', 'hat')
    """
    return tuple(token.word for token in _tokens(text, 1.0) if token.word != COMMA)


def take_signs(text: str) -> tuple[str, list[str]]:
    """Return a text without the signs that say nothing to a stage, and these as they stood.

    >>> take_signs("a cat <lora:x:1>, embedding:bad --ar 16:9")
    ('a cat ,, ,  ', ['<lora:x:1>', 'embedding:bad', '--ar 16:9'])
    """
    signs = []
    for pattern, put in ((TAG, COMMA), (EMBEDDING, COMMA), (FLAG, " ")):
        signs += [match[0].strip(" ,") for match in pattern.finditer(text)]
        text = pattern.sub(put, text)
    return text, signs


def tokens_of(text: str) -> list[Token]:
    """Return the words of a prompt with their weights, and commas between its phrases.

    Raises:
        PromptError: a bracket has no partner, or a weight is not possible.
    """
    text = BREAK.sub(COMMA, texts_over_steps(text, STEPS)[-1])
    return [
        token
        for phrase in parse_emphasis(text)
        if phrase.weight > 0
        for token in _tokens(phrase.text, phrase.weight)
    ]


def _tokens(text: str, weight: float) -> list[Token]:
    plain = text.lower().replace("\u2019", "'").replace("_", " ")
    found = []
    for match in WORD.finditer(plain):
        word = match[0].removesuffix("'s")
        word = SPELLINGS.get(word, word)
        if word == "/":
            word = "&"
        elif not (word[0].isalnum() or word[0] in "&#"):
            word = COMMA
        if word not in ARTICLES:
            found.append(Token(word, weight))
    return found
