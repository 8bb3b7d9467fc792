"""Look words up: what each may mean on the stage, the longest run of words first."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from prompts import read_table
from prompts.scene.words import words_of

FOLDER = Path(__file__).parent
LEXICON, KINDS, COLOURS = "lexicon.toml", "kinds.toml", "colours.txt"
Key = tuple[str, ...]
Senses = dict[str, str]
"""Table of the lexicon -> the name, colour, number or phrase that a word has there."""

NAMES = (
    "body", "material", "build", "wears", "hair", "stage", "feature", "time", "light", "weather",
    "grade", "painting", "pattern", "hair_shape", "noun", "number", "word",
)  # fmt: skip
"""Tables whose keys are words themselves."""
VALUES = ("wet", "strength", "skin", "dancers", "filler")
"""Tables whose keys are not."""
SINGLE = ("colours", "fabric", "hair_colours", "compounds")
"""Tables of a word and what it means."""
NOT_ITSELF = {
    "stage": ("snow", "moon"), "feature": ("mountains",), "painting": ("neon", "clay", "marble"),
}  # fmt: skip
"""Names that as plain words mean something else first."""
BESIDE_COLOURS = {"material", "skin", "hair_colours"}
"""What a word may mean beside a colour; a word of other meanings is no colour."""
PLURALS = (("s", ""), ("es", ""), ("ies", "y"))
VERBS = (
    ("ing", ""), ("ing", "e"), ("nning", "n"), ("pping", "p"), ("tting", "t"),
    ("ed", ""), ("d", ""),
)  # fmt: skip
"""Endings, and what stands in their place in the lexicon."""
LEAST_LETTERS, LEAST_LIKENESS = 6, 0.84
"""Of words that are taken for others misspelt: shorter or less like ones are other words."""
MOST_GUESSES = 100
"""Words of a prompt that are looked at for that, so that time grows with length and no faster."""


class Match(NamedTuple):
    """What stands at a place of a prompt."""

    length: int
    """Words."""
    senses: Senses
    is_plural: bool = False
    instead: str = ""
    """The known word that an unknown one is taken for."""


@dataclass(frozen=True)
class Lexicon:
    """Words and their meanings."""

    entries: Mapping[Key, Senses]
    longest: Mapping[str, int]
    """First word -> most words of an entry that begins with it."""
    plurals: Mapping[str, str]
    colours_alone: frozenset[str]
    """Words of colours that are meant even where no noun follows."""
    phrases: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The tables ``before_a_body``, ``implies``, ``styles`` and ``behind``."""

    def find(self, words: Sequence[str], start: int = 0) -> Match | None:
        """Return the longest entry that begins at a word; the last one may be inflected."""
        word = words[start]
        for length in range(min(self.longest.get(word, 1), len(words) - start), 1, -1):
            *before, last = words[start : start + length]
            for form in (last, last.removesuffix("s"), last + "s"):
                if senses := self.entries.get((*before, form)):
                    return Match(length, senses, is_plural=form != last and last.endswith("s"))
        for form, is_plural in self.forms(word):
            if senses := self.senses(form):
                return Match(1, senses, is_plural)
        return Match(1, {"colours": word}) if word.startswith("#") else None

    def forms(self, word: str) -> Iterator[tuple[str, bool]]:
        """Yield a word and what it may come from, each with whether that makes it a plural.

        Only words by the way are verbs, so that nobody who is staring is a star.
        """
        yield word, word in self.plurals
        if word in self.plurals:
            yield self.plurals[word], True
        if len(word) < 4:
            return
        for ending, put in PLURALS:
            if word.endswith(ending) and not word.endswith("ss"):
                yield word.removesuffix(ending) + put, True
        for ending, put in VERBS:
            if word.endswith(ending) and "filler" in self.senses(
                stem := word[: -len(ending)] + put
            ):
                yield stem, False

    def senses(self, word: str) -> Senses:
        return self.entries.get((word,), {})

    def instead(self, word: str) -> Match | None:
        """Return what an unknown word is a kind of, or which one it may be misspelt."""
        for form, is_plural in self.forms(word):
            if senses := kinds().get((form,)):
                return Match(1, senses, is_plural)
        if len(word) < LEAST_LETTERS or not word.isalpha():
            return None
        near = get_close_matches(word, self.single_words.get(word[0], ()), 1, LEAST_LIKENESS)
        return Match(1, self.entries[(near[0],)], instead=near[0]) if near else None

    @property
    def single_words(self) -> Mapping[str, list[str]]:
        """First letter -> the words that begin with it."""
        return _by_letter()


@cache
def _by_letter() -> dict[str, list[str]]:
    found = defaultdict(list)
    for key in load_lexicon().entries:
        if len(key) == 1:
            found[key[0][0]].append(key[0])
    return found


@cache
def load_lexicon() -> Lexicon:
    """Return the lexicon that ships."""
    table = read_table(FOLDER / LEXICON)
    entries: dict[Key, Senses] = defaultdict(dict)
    for group in (*NAMES, *VALUES):
        _add_names(entries, group, table[group], group in NAMES)
    for group in SINGLE:
        for text, value in table[group].items():
            entries[words_of(text)][group] = value
    _add_colours(entries)
    entries.pop((), None)
    longest: dict[str, int] = defaultdict(int)
    for key in entries:
        longest[key[0]] = max(longest[key[0]], len(key))
    return Lexicon(
        entries,
        longest,
        table["plural"],
        frozenset(split_names(table["alone"]["colours"])),
        {name: table[name] for name in ("before_a_body", "implies", "styles", "behind")},
    )


def _add_names(
    entries: dict[Key, Senses], group: str, table: Mapping[str, Any], is_word: bool
) -> None:
    """Add a table of names, each with the words for it."""
    for name, words in table.items():
        if is_word and name not in NOT_ITSELF.get(group, ()):
            entries[words_of(name)].setdefault(group, name)
        for text in split_names(words):
            entries[words_of(text)].setdefault(group, name)


def split_names(text: str) -> list[str]:
    """
    >>> split_names("straw hat, sun hat,\\n boater")
    ['straw hat', 'sun hat', 'boater']
    """
    return [name for part in text.split(",") if (name := " ".join(part.split()))]


def _add_colours(entries: dict[Key, Senses]) -> None:
    for name, colour in colour_names().items():
        senses = entries.get(words_of(name), {})
        if "colours" not in senses and set(senses) <= BESIDE_COLOURS:
            entries[words_of(name)]["colours"] = colour


@cache
def colour_names() -> dict[str, str]:
    """Return the names that others gave to colours, each with its ``#rrggbb``."""
    lines = (FOLDER / COLOURS).read_text().splitlines()
    return {line[8:]: line[:7] for line in lines if not line.startswith("# ")}


@cache
def kinds() -> dict[Key, Senses]:
    """Return the kinds of things that WordNet knows and the lexicon does not."""
    path = FOLDER / KINDS
    entries: dict[Key, Senses] = defaultdict(dict)
    for group, names in read_table(path).items() if path.exists() else ():
        _add_names(entries, group, names, is_word=False)
    return entries
