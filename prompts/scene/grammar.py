"""Find out what each word of a prompt is: an adjective of which noun, a noun, or by the way.

A prompt is read in runs of words, each of which begins at a comma or at a word such as ``in`` or
``with``. Adjectives and colours belong to the next noun of their run that can have them.
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from prompts.scene.lexicon import MOST_GUESSES, Match, Senses, load_lexicon
from prompts.scene.scene import BEARDS
from prompts.scene.words import COMMA, Token, tokens_of

MANNER = ("material", "colours", "pattern", "fabric")
HAIR = ("hair_shape", "hair_colours", "colours", "pattern", "material")
LIT = ("strength", "colours")
ADJECTIVES = {
    "body": ("build", *MANNER, "hair_shape", "hair_colours"),
    "wears": MANNER, "clothes": MANNER,
    "hair": HAIR, "beard": ("hair_colours", *MANNER, "hair_shape"),
    "skin": ("skin", "colours"),
    "stage": ("light", *MANNER), "feature": ("light", "colours"),
    "weather": LIT, "lights": LIT, "light": LIT, "time": ("colours",), "painting": ("grade",),
    "of": ("material", "colours", "pattern"),
    "unknown": ("build", *MANNER, "hair_shape", "hair_colours", "strength"),
}  # fmt: skip
"""What may be said of each kind of noun, the likelier sense of a word first."""
NOUNS = ("body", "wears", "hair", "feature", "weather", "stage", "noun")
WIDE = ("painting", "time", "light", "grade", "wet", "dancers")
"""What holds for all of a scene, wherever it is said."""
LOOSE = (*MANNER, "build", "hair_shape", "hair_colours")
"""What can be said of the dancer without a noun."""
PARTS = (("noun", ("compounds", *NOUNS)), ("wide", WIDE), ("loose", LOOSE))
CHARACTER = {"build", "hair_shape", "hair_colours"}
"""What can be said of a body alone: a giant is somebody, and a giant sun nobody."""
OPAQUE = ("body", "wears", "clothes", "hair", "skin")
"""Before which a word for light is none: soft hair, a dramatic coat."""
NO_NOUN = ("", "of")
"""What comes after the last noun of a run."""


class Piece(NamedTuple):
    """A run of words that has a meaning together."""

    text: str
    senses: Senses
    weight: float = 1.0
    is_plural: bool = False
    instead: str = ""
    """The known word that an unknown one is taken for."""
    place: int = 0
    """Its first word's number in the prompt."""


class Run(NamedTuple):
    """Pieces between two commas or words such as ``in``."""

    word: str
    """What it begins with; empty after a comma."""
    is_negated: bool
    pieces: list[Piece]


class Role(NamedTuple):
    """What a piece is in its run."""

    piece: Piece
    part: str
    """adjective, noun, wide, loose, unknown or filler."""
    group: str = ""
    """The table of the lexicon that has the sense in which it is meant."""
    ahead: str = ""
    """The kind of the noun that comes next."""

    @property
    def value(self) -> str:
        return self.piece.senses.get(self.group, "")

    @property
    def takes_adjectives(self) -> bool:
        """Whether the adjectives before it are its own, even if it cannot have them."""
        return self.part in ("noun", "unknown") or self.group in ("time", "light")


def pieces_of(tokens: Sequence[Token]) -> list[Piece]:
    """Return the longest runs of words that are known, and the unknown words between them."""
    lexicon = load_lexicon()
    words = [token.word for token in tokens]
    pieces, start, guesses = [], 0, 0
    while start < len(words):
        match = Match(1, {}) if words[start] == COMMA else lexicon.find(words, start)
        if match is None:
            guesses += 1
            match = lexicon.instead(words[start]) if guesses <= MOST_GUESSES else None
        match = match or Match(1, {})
        end = start + match.length
        weight = max(token.weight for token in tokens[start:end])
        text = " ".join(words[start:end])
        pieces.append(Piece(text, match.senses, weight, match.is_plural, match.instead, start))
        start = end
    return pieces


def runs_of(pieces: Iterable[Piece]) -> Iterator[Run]:
    """Yield the runs of a prompt; one that begins inside a negation is negated as well."""
    run = Run("", False, [])
    for piece in pieces:
        word = "" if piece.text == COMMA else run_word(piece)
        if word is not None:
            yield run
            is_still = run.is_negated and not run.pieces and word in ("in", "with")
            run = Run(word, word == "without" or is_still, [])
        if piece.senses.get("word") in (None, "and") and piece.text != COMMA:
            run.pieces.append(piece)
    yield run


def run_word(piece: Piece) -> str | None:
    """Return the word that a piece begins a run with: itself, or the first of its words."""
    word = piece.senses.get("word")
    if word is None and " " in piece.text:
        word = load_lexicon().senses(piece.text.split()[0]).get("word")
    return None if word == "and" else word


def roles_of(run: Run) -> list[Role]:
    """Return what each piece of a run is, found from its end to its beginning."""
    roles, ahead = [], "of" if run.word == "of" else ""
    is_before_body = is_apart = False
    for piece in reversed(run.pieces):
        role = _role(piece, ahead, is_before_body)
        if kind := _kind(role):
            role = role._replace(ahead="") if is_apart else role
            ahead, is_apart = kind, False
            is_before_body = is_before_body or kind == "body"
        is_apart = is_apart or piece.senses.get("word") == "and"
        roles.append(role)
    return roles[::-1]


def _role(piece: Piece, ahead: str, is_before_body: bool) -> Role:
    if is_before_body and "number" in piece.senses:
        return Role(piece, "wide", "number")
    if group := first_in(ADJECTIVES.get(ahead, ()), piece.senses):
        return Role(piece, "wide" if group in WIDE else "adjective", group, ahead)
    part, group = _own_part(piece, ahead)
    is_of_nothing = part == "loose" and ahead not in NO_NOUN and not is_before_body
    return Role(piece, "filler") if is_of_nothing else Role(piece, part, group, ahead)


def _own_part(piece: Piece, ahead: str) -> tuple[str, str]:
    """Return what a piece is where it says nothing of the noun ahead."""
    senses = set(piece.senses)
    if not senses and ahead in NO_NOUN:
        return "unknown", ""
    if ahead in OPAQUE and "light" in senses:
        return "filler", ""
    if ahead not in NO_NOUN and senses & CHARACTER:
        senses.discard("compounds")
    for part, groups in PARTS:
        if group := first_in(groups, senses):
            return part, group
    return "filler", ""


def first_in(groups: Iterable[str], senses: Container[str]) -> str:
    """Return the first of some groups in which a word has a sense."""
    return next((group for group in groups if group in senses), "")


def _kind(role: Role) -> str:
    """Return which adjectives may stand before a piece, by the key of ``ADJECTIVES``."""
    if role.part == "unknown":
        return "unknown"
    if role.group == "noun":
        return role.value
    if role.group == "compounds":
        return main_slot(role.value)
    if role.value in BEARDS:
        return "beard"
    is_noun = role.part == "noun" or role.group in ("time", "light", "painting")
    return role.group if is_noun else ""


@lru_cache(maxsize=1024)
def main_slot(phrase: str) -> str:
    """Return what a phrase of the lexicon is mainly about.

    >>> main_slot("street at night with signs")
    'stage'
    """
    groups = {group for piece in pieces_of(tokens_of(phrase)) for group in piece.senses}
    return first_in(("body", "stage", *NOUNS, *WIDE), groups)
