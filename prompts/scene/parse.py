"""Understand a prompt: which adjective belongs to which noun, and what both say of the scene.

A prompt is read in runs of words, each of which begins at a comma or at a word such as ``in`` or
``with``. Adjectives and colours belong to the next noun of their run that can have them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, NamedTuple

from prompts.scene.lexicon import MOST_GUESSES, Match, Senses, load_lexicon
from prompts.scene.scene import Item
from prompts.scene.words import COMMA, Token, tokens_of

MANNER = ("material", "colours", "pattern", "fabric")
HAIR = ("hair_shape", "hair_colours", "colours", "pattern", "material")
ADJECTIVES = {
    "body": ("build", *MANNER, "hair_shape", "hair_colours"),
    "wears": MANNER, "clothes": MANNER, "hair": HAIR, "skin": ("skin", "colours"),
    "stage": ("light", *MANNER), "feature": ("light", "colours"),
    "weather": ("strength", "colours"), "lights": ("strength", "colours"),
    "light": ("strength", "colours"), "time": ("colours",), "painting": ("grade",),
    "of": ("material", "colours", "pattern"),
    "unknown": ("number", "build", *MANNER, "hair_shape", "hair_colours", "strength"),
}  # fmt: skip
"""What may be said of each kind of noun, the likelier sense of a word first."""
NOUNS = ("body", "wears", "hair", "feature", "weather", "stage", "noun")
WIDE = ("painting", "time", "light", "grade", "wet", "dancers")
"""What holds for all of a scene, wherever it is said."""
LOOSE = (*MANNER, "build", "hair_shape", "hair_colours")
"""What can be said of the dancer without a noun."""
CHARACTER = ("build", "hair_shape", "hair_colours")
"""What can be said of a body alone: a giant is a person, and a giant sun none."""
PART_OF_CLOTHES = ("colours", "pattern", "fabric")
BASE_GROUPS = (*NOUNS, *WIDE, "material")
COUNTED = ("wet", "dancers", "number")
BESIDE = ("with", "on", "at", "holding")
"""Words before somebody who is there besides the dancer."""
OPAQUE = ("body", "wears", "clothes", "hair", "skin")
"""Before which a word for light is none: soft hair, a dramatic coat."""
SHINING = ("feature", "light", "weather", "time", "stage")


class Fact(NamedTuple):
    """Something that a prompt says of a scene."""

    slot: str
    value: Any
    strength: float = 1.0
    soft: bool = False
    """Only meant along with another word: what is said itself goes before it."""


class Piece(NamedTuple):
    """A run of words that has a meaning together."""

    text: str
    senses: Senses
    weight: float = 1.0
    is_plural: bool = False
    instead: str = ""
    """The known word that an unknown one is taken for."""
    place: int = 0
    """Its number in the prompt."""


class Role(NamedTuple):
    """What a piece is in its run."""

    piece: Piece
    part: str
    """adjective, noun, wide, loose, unknown or filler."""
    group: str = ""
    ahead: str = ""
    """The kind of the noun that comes next."""

    @property
    def value(self) -> str:
        return self.piece.senses.get(self.group, "")


class Run(NamedTuple):
    """Pieces between two commas or words such as ``in``."""

    word: str
    """What it begins with; empty after a comma."""
    is_negated: bool
    pieces: list[Piece]


@dataclass
class Understood:
    """What has been understood so far."""

    facts: list[Fact] = field(default_factory=list)
    meanings: list[tuple[Piece, str]] = field(default_factory=list)
    """Each piece and what it became; empty: nothing."""
    last: int | None = None
    """The fact of the noun that words after it may still be said of."""

    def say(self, slot: str, value: Any, piece: Piece, soft: bool = False) -> None:
        self.facts.append(Fact(slot, value, piece.weight, soft))

    def mean(self, piece: Piece, *meanings: str) -> None:
        self.meanings.append((piece, ", ".join(filter(None, meanings))))


def understand(text: str) -> Understood:
    """Return what a prompt says.

    Raises:
        PromptError: its brackets or weights cannot be read.
    """
    return _understood(pieces_of(tokens_of(text)))


def unwanted(text: str) -> list[Fact]:
    """Return what a negative prompt keeps out: all that it names, and nothing of how it looks."""
    found = Understood()
    for run in runs_of(pieces_of(tokens_of(text))):
        _negate(found, roles_of(run))
    return found.facts


@lru_cache(maxsize=1024)
def _phrase(text: str) -> tuple[Fact, ...]:
    """Return what a phrase of the lexicon says; there a word is never one of its phrases."""
    pieces = pieces_of(tokens_of(text))
    plain = [piece._replace(senses=_plain(piece.senses)) for piece in pieces]
    return tuple(_understood(plain).facts)


def soft_facts(phrase: str) -> list[Fact]:
    """Return what a phrase of the lexicon says, to count where nothing else is said."""
    return [fact._replace(soft=True) for fact in _phrase(phrase)]


def _plain(senses: Senses) -> Senses:
    plain = {group: value for group, value in senses.items() if group != "compounds"}
    return plain if any(group in plain for group in (*BASE_GROUPS, *LOOSE)) else senses


def pieces_of(tokens: Sequence[Token]) -> list[Piece]:
    """Return the longest runs of words that are known, and the unknown words between them."""
    lexicon = load_lexicon()
    words = [token.word for token in tokens]
    pieces, start, guesses = [], 0, 0
    while start < len(words):
        match = None if words[start] == COMMA else lexicon.find(words, start)
        if match is None and words[start] != COMMA and guesses < MOST_GUESSES:
            guesses += 1
            match = lexicon.instead(words[start])
        match = match or Match(1, {})
        text = " ".join(words[start : start + match.length])
        weight = max(token.weight for token in tokens[start : start + match.length])
        pieces.append(Piece(text, match.senses, weight, match.is_plural, match.instead, start))
        start += match.length
    return pieces


def runs_of(pieces: Iterable[Piece]) -> Iterator[Run]:
    """Yield the runs of a prompt; one that begins inside a negation is negated as well."""
    run = Run("", False, [])
    for piece in pieces:
        word = "" if piece.text == COMMA else _run_word(piece)
        if word is not None:
            yield run
            is_still = run.is_negated and not run.pieces and word in ("in", "with")
            run = Run(word, word == "without" or is_still, [])
        if piece.senses.get("word") in (None, "and") and piece.text != COMMA:
            run.pieces.append(piece)
    yield run


def _run_word(piece: Piece) -> str | None:
    """Return the word that a piece begins a run with: itself, or the first of its words."""
    word = piece.senses.get("word")
    if word is None and " " in piece.text:
        first = load_lexicon().entries.get((piece.text.split()[0],), {})
        word = first.get("word")
    return None if word == "and" else word


def _understood(pieces: list[Piece]) -> Understood:
    found = Understood()
    for run in runs_of(pieces):
        if not run.word:
            found.last = None
        roles = roles_of(run)
        if run.is_negated:
            _negate(found, roles)
        else:
            _affirm(found, run, roles)
    return found


def roles_of(run: Run) -> list[Role]:
    """Return what each piece of a run is, found from its end to its beginning."""
    roles, ahead = [], "of" if run.word == "of" else ""
    is_before_body = is_apart = False
    for piece in reversed(run.pieces):
        role = _role(piece, ahead)
        if is_before_body and "number" in piece.senses:
            role = Role(piece, "wide", "number")
        elif role.part == "loose" and ahead not in ("", "of") and not is_before_body:
            role = Role(piece, "filler")
        if kind := _kind(role):
            role = role._replace(ahead="") if is_apart else role
            ahead, is_apart = kind, False
            is_before_body = is_before_body or kind == "body"
        is_apart = is_apart or piece.senses.get("word") == "and"
        roles.append(role)
    return roles[::-1]


def _kind(role: Role) -> str:
    """Return which adjectives may stand before a piece, by the key of ``ADJECTIVES``."""
    if role.part == "unknown":
        return "unknown"
    if role.group == "noun":
        return role.value
    if role.group == "compounds":
        return _main_slot(role.value)
    if role.part == "noun":
        return role.group
    return role.group if role.group in ("time", "light", "painting") else ""


def _role(piece: Piece, ahead: str) -> Role:
    senses = piece.senses
    for group in ADJECTIVES.get(ahead, ()):
        if group in senses:
            return Role(piece, "wide" if group in WIDE else "adjective", group, ahead)
    is_character = any(group in senses for group in CHARACTER)
    if "compounds" in senses and not (ahead and is_character):
        return Role(piece, "noun", "compounds", ahead)
    if "light" in senses and ahead in OPAQUE:
        return Role(piece, "filler")
    for part, groups in (("noun", NOUNS), ("wide", WIDE), ("loose", LOOSE)):
        if group := next((group for group in groups if group in senses), ""):
            return Role(piece, part, group, ahead)
    is_unknown = not senses and piece.text != COMMA
    is_head = is_unknown and ahead in ("", "of")
    return Role(piece, "unknown" if is_head else "filler", "", ahead)


def _affirm(found: Understood, run: Run, roles: list[Role]) -> None:
    """Add what a run says."""
    waiting: list[Role] = []
    has_noun = False
    for role in roles:
        if role.part == "adjective" and role.ahead != "of":
            waiting.append(role)
        elif role.part in ("adjective", "loose"):
            _say_loose(found, run, role, has_noun)
        elif role.part == "wide":
            _say_wide(found, role, waiting)
        elif role.part == "noun":
            _say_noun(found, run, role, waiting)
            has_noun = True
        else:
            found.mean(role.piece)
        if role.part in ("noun", "unknown") or role.group in ("time", "light"):
            waiting = []


def _say_wide(found: Understood, role: Role, waiting: list[Role]) -> None:
    """Say what holds for the whole scene; a light or a time may have a colour."""
    value: Any = role.value
    if role.group in COUNTED:
        value = float(value) if role.group == "wet" else int(value)
    slot = "dancers" if role.group == "number" else role.group
    found.say(slot, value, role.piece, soft=role.group == "dancers")
    found.mean(role.piece, f"{slot} {value}")
    if role.group in ("light", "time"):
        _say_light_colours(found, waiting)
        found.last = len(found.facts) - 1


def _say_light_colours(found: Understood, adjectives: Iterable[Role]) -> None:
    for role in adjectives:
        if role.group == "colours":
            found.say("light-colour", role.value, role.piece)
        found.mean(role.piece, f"{role.group} {role.value}")


def _say_noun(found: Understood, run: Run, role: Role, waiting: list[Role]) -> None:
    """Say what a noun with its adjectives is."""
    waiting = _as_colours(waiting)
    if role.group == "compounds":
        _say_compound(found, run, role, waiting)
        return
    kind = role.value if role.group == "noun" else role.group
    if kind == "body":
        _say_body(found, run, role, waiting)
    elif kind in ("wears", "weather", "hair", "clothes"):
        _say_item(found, role, kind, waiting)
    elif kind == "skin":
        for adjective in waiting:
            found.say("skin", adjective.value, adjective.piece)
            found.mean(adjective.piece, f"skin {adjective.value}")
        found.mean(role.piece, "skin")
    elif kind == "stage":
        _say_stage(found, role, waiting)
    else:
        if kind == "feature":
            found.say("feature", role.value, role.piece)
        found.mean(role.piece, f"{kind} {role.value}" if kind == "feature" else kind)
        found.last = None
        _say_light_colours(found, waiting)


def _as_colours(adjectives: list[Role]) -> list[Role]:
    """Return adjectives with gold a colour where another is beside it, as in red and gold."""
    if not any(role.group == "colours" for role in adjectives):
        return adjectives
    return [
        role._replace(group="colours") if "colours" in role.piece.senses else role
        for role in adjectives
    ]


def _say_body(found: Understood, run: Run, role: Role, adjectives: list[Role]) -> None:
    """Say who dances, and how many where a number or a plural says so."""
    slot = _body_slot(found, run, role)
    found.say(slot, role.value, role.piece)
    found.mean(role.piece, f"{slot} {role.value}")
    found.last = len(found.facts) - 1
    if slot not in ("body", "body-before"):
        return
    if role.piece.is_plural:
        found.say("dancers", 3, role.piece, soft=True)
    for adjective in adjectives:
        _say_of_figure(found, adjective)


def _body_slot(found: Understood, run: Run, role: Role) -> str:
    """Return whether somebody is the dancer, or only there besides or in another word."""
    if role.ahead in ("wears", "stage"):
        return "adjective-body"
    if run.word in BESIDE and any(fact.slot == "body" for fact in found.facts):
        return "companion"
    if role.ahead == "body":
        return "body-before"
    return "body"


def _say_of_figure(found: Understood, role: Role) -> None:
    slot, value = role.group, role.value
    if slot == "hair_shape":
        slot, value = "hair", Item(value)
    elif slot == "hair_colours":
        slot, value = "hair", Item("", value)
    elif slot == "colours":
        slot = "colour"
    elif slot == "fabric":
        slot, value = "clothes", Item("", value)
    found.say(slot, value, role.piece)
    found.mean(role.piece, f"{role.group} {role.value}")


def _say_item(found: Understood, role: Role, kind: str, adjectives: list[Role]) -> None:
    """Say that something is worn, grown or falling."""
    name = "" if role.group == "noun" else role.value
    item = Item(name, strength=role.piece.weight)
    for adjective in adjectives:
        item = with_adjective(item, adjective)
        found.mean(adjective.piece, f"{adjective.group} {adjective.value}")
    found.say(kind, item, role.piece)
    found.mean(role.piece, f"{kind} {name}".strip())
    found.last = len(found.facts) - 1


def with_adjective(item: Item, role: Role) -> Item:
    """Return an item with what an adjective says of it; a second colour is its second."""
    match role.group:
        case "colours" | "hair_colours":
            return replace(item, **{"second" if item.colour else "colour": role.value})
        case "hair_shape":
            return item if item.kind else replace(item, kind=role.value)
        case "fabric":
            return replace(item, colour=item.colour or role.value)
        case "strength":
            return replace(item, strength=item.strength * float(role.value))
        case "material" | "pattern":
            return replace(item, **{role.group: role.value})
    return item


def _say_stage(found: Understood, role: Role, adjectives: list[Role]) -> None:
    """Say where they dance; a background alone is a place, but any other goes before it."""
    found.say("stage", role.value, role.piece, soft=role.value == "void")
    found.mean(role.piece, f"stage {role.value}")
    found.last = len(found.facts) - 1
    for adjective in adjectives:
        if adjective.group != "pattern":
            slot = "place-colour" if adjective.group == "colours" else "place-material"
            found.say(slot, adjective.value, adjective.piece)
        found.mean(adjective.piece, f"{adjective.group} {adjective.value}")


def _say_compound(found: Understood, run: Run, role: Role, adjectives: list[Role]) -> None:
    """Say all that a word stands for, with its adjectives put where they belong."""
    facts = soft_facts(role.value)
    slot = _main_slot(role.value)
    found.mean(role.piece, role.value)
    if slot == "body":
        _say_character(found, run, role, facts, adjectives)
        return
    found.facts += [_meant_as(fact, role.piece) for fact in facts]
    found.last = None
    if slot in SHINING and slot != "stage":
        _say_light_colours(found, adjectives)
        return
    for adjective in adjectives:
        if slot == "stage" and adjective.group == "colours":
            found.say("place-colour", adjective.value, adjective.piece)
        found.mean(adjective.piece, f"{adjective.group} {adjective.value}")


def _meant_as(fact: Fact, piece: Piece) -> Fact:
    """Return a fact of a phrase as strong as the word was that stands for it."""
    return fact._replace(strength=fact.strength * piece.weight)


def _say_character(
    found: Understood, run: Run, role: Role, facts: list[Fact], adjectives: list[Role]
) -> None:
    """Say who dances in which clothes; a colour before the word is that of the clothes."""
    slot = _body_slot(found, run, role)
    if slot in ("companion", "adjective-body"):
        body = next(fact.value for fact in facts if fact.slot == "body")
        found.say(slot, body, role.piece)
        return
    clothes = [place for place, fact in enumerate(facts) if fact.slot == "wears"]
    for adjective in adjectives:
        if adjective.group in PART_OF_CLOTHES and clothes:
            dressed = facts[clothes[0]]
            plain = replace(dressed.value, colour="", second="")
            bare = plain if adjective.group == "colours" else dressed.value
            facts[clothes[0]] = dressed._replace(value=with_adjective(bare, adjective))
            found.mean(adjective.piece, f"{adjective.group} {adjective.value}")
        else:
            _say_of_figure(found, adjective)
    for fact in facts:
        is_body = fact.slot == "body"
        found.facts.append(_meant_as(fact, role.piece)._replace(soft=not is_body))
        if is_body:
            found.facts[-1] = found.facts[-1]._replace(slot=slot)
            found.last = len(found.facts) - 1
    if role.piece.is_plural:
        found.say("dancers", 3, role.piece, soft=True)


@lru_cache(maxsize=1024)
def _main_slot(phrase: str) -> str:
    """Return what a phrase of the lexicon is mainly about."""
    slots = [fact.slot for fact in _phrase(phrase)]
    return next((slot for slot in ("body", "stage", *NOUNS, *WIDE) if slot in slots), "")


def _say_loose(found: Understood, run: Run, role: Role, has_noun: bool) -> None:
    """Say what an adjective without a noun after it means; what comes before it tells."""
    found.mean(role.piece, f"{role.group} {role.value}")
    if run.word == "of" or has_noun or _run_word(role.piece):
        _say_of_last(found, role)
    elif run.word == "in":
        if role.group in (*PART_OF_CLOTHES, "material"):
            found.say("clothes", with_adjective(Item(""), role), role.piece)
    elif run.word == "on":
        if role.group == "colours":
            found.say("stage", "void", role.piece, soft=True)
            found.say("place-colour", role.value, role.piece)
    elif run.word == "with":
        if any("pattern" in piece.senses for piece in run.pieces):
            _say_of_last(found, role)
    elif run.word == "" and _stands_alone(role):
        found.meanings.pop()
        _say_of_figure(found, role)


def _stands_alone(role: Role) -> bool:
    if role.group == "colours":
        words = set(role.piece.text.split())
        return bool(words & load_lexicon().colours_alone) or role.value == role.piece.text
    return role.group != "hair_shape" or role.value == "bald"


def _say_of_last(found: Understood, role: Role) -> None:
    """Say something of the noun before it: hair of gold, a dress with polka dots."""
    fact = found.facts[found.last] if found.last is not None else Fact("body", "")
    if isinstance(fact.value, Item):
        assert found.last is not None
        found.facts[found.last] = fact._replace(value=with_adjective(fact.value, role))
    elif fact.slot in ("body", "body-before"):
        found.meanings.pop()
        _say_of_figure(found, role)
    elif fact.slot == "stage" and role.group in ("colours", "material"):
        slot = "place-colour" if role.group == "colours" else "place-material"
        found.say(slot, role.value, role.piece)
    elif fact.slot in ("light", "time") and role.group == "colours":
        found.say("light-colour", role.value, role.piece)


def _negate(found: Understood, roles: list[Role]) -> None:
    """Add what a run keeps out of the scene."""
    for role in roles:
        found.mean(role.piece, f"without {role.value}" if role.part in ("noun", "wide") else "")
        found.facts += [Fact("without", name) for name in names_kept_out(role)]


def names_kept_out(role: Role) -> list[str]:
    """Return the names that a word means where it is said to be kept out."""
    if role.part not in ("noun", "wide"):
        return []
    if role.group == "compounds":
        values = [fact.value for fact in soft_facts(role.value)]
        names = [value.kind if isinstance(value, Item) else str(value) for value in values]
        return [name for name in names if name and name != "human"]
    return [role.value]
