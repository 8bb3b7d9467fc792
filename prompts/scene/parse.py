"""Understand a prompt: what its nouns, with their adjectives, say of a scene."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, NamedTuple

from prompts.scene.grammar import (
    LOOSE,
    NOUNS,
    WIDE,
    Piece,
    Role,
    Run,
    main_slot,
    pieces_of,
    roles_of,
    run_word,
    runs_of,
)
from prompts.scene.lexicon import Senses, load_lexicon
from prompts.scene.scene import BEARDS, Item
from prompts.scene.words import tokens_of

OF_CLOTHES = ("colours", "pattern", "fabric")
"""What a word for somebody in usual clothes takes for these: a red superhero."""
BESIDE = ("with", "on", "at", "holding")
"""Words before somebody who is there besides the dancer."""
SEVERAL = 3
"""Dancers, where somebody says that there are some."""


class Fact(NamedTuple):
    """Something that a prompt says of a scene."""

    slot: str
    value: Any
    strength: float = 1.0
    soft: bool = False
    """Only meant along with another word: what is said itself goes before it."""


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

    def name(self, slot: str, value: Any, piece: Piece, soft: bool = False) -> None:
        """Say something that words after it may be said of."""
        self.say(slot, value, piece, soft)
        self.last = len(self.facts) - 1

    def mean(self, role: Role) -> None:
        """Note what a piece was taken for."""
        self.meanings.append((role.piece, f"{role.group} {role.value}".strip()))

    def mean_all(self, roles: Iterable[Role]) -> None:
        for role in roles:
            self.mean(role)


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


def soft_facts(phrase: str) -> list[Fact]:
    """Return what a phrase of the lexicon says, to count where nothing else is said."""
    return [fact._replace(soft=True) for fact in _phrase(phrase)]


@lru_cache(maxsize=1024)
def _phrase(text: str) -> tuple[Fact, ...]:
    pieces = pieces_of(tokens_of(text))
    return tuple(_understood([item._replace(senses=_plain(item.senses)) for item in pieces]).facts)


def _plain(senses: Senses) -> Senses:
    """Return what a word means inside a phrase of the lexicon, where it stands for no other."""
    plain = {group: value for group, value in senses.items() if group != "compounds"}
    return plain if set(plain) & {*NOUNS, *WIDE, *LOOSE} else senses


def _understood(pieces: list[Piece]) -> Understood:
    found = Understood()
    for run in runs_of(pieces):
        if not run.word:
            found.last = None
        if run.is_negated:
            _negate(found, roles_of(run))
        else:
            _affirm(found, run, roles_of(run))
    return found


def _affirm(found: Understood, run: Run, roles: list[Role]) -> None:
    """Add what a run says; adjectives wait for their noun."""
    waiting: list[Role] = []
    word = "of" if _has_pattern(run) else run.word
    for role in roles:
        match role.part:
            case "adjective" if role.ahead != "of":
                waiting.append(role)
            case "adjective" | "loose":
                _say_loose(found, word, role)
            case "wide":
                _say_wide(found, role, waiting)
            case "noun":
                _say_noun(found, run, role, waiting)
                word = "of"
            case _:
                found.mean(role)
        waiting = [] if role.takes_adjectives else waiting


def _negate(found: Understood, roles: list[Role]) -> None:
    """Add what a run keeps out of the scene."""
    for role in roles:
        found.meanings.append((role.piece, f"without {role.value}" if role.value else ""))
        if role.part in ("noun", "wide"):
            found.facts += [Fact("without", name) for name in _names_in(role) if name != "human"]


def _names_in(role: Role) -> list[str]:
    if role.group != "compounds":
        return [role.value]
    values = [fact.value for fact in soft_facts(role.value)]
    return [value.kind if isinstance(value, Item) else str(value) for value in values]


# What holds for the whole scene


def _say_wide(found: Understood, role: Role, waiting: list[Role]) -> None:
    """Say what holds for the whole scene; a light or a time may have a colour."""
    value = float(role.value) if role.group == "wet" else role.value
    if role.group in ("dancers", "number"):
        found.say("dancers", int(role.value), role.piece, soft=role.group == "dancers")
    else:
        found.name(role.group, value, role.piece)
    found.mean(role)
    if role.group in ("light", "time"):
        _say_light_colours(found, waiting)


def _say_light_colours(found: Understood, adjectives: Iterable[Role]) -> None:
    for role in adjectives:
        for colour in role.value.split() if role.group == "colours" else ():
            found.say("light-colour", colour, role.piece)
        found.mean(role)


# Nouns


def _say_noun(found: Understood, run: Run, role: Role, waiting: list[Role]) -> None:
    """Say what a noun with its adjectives is."""
    adjectives = _as_colours(waiting)
    kind = role.value if role.group == "noun" else role.group
    if kind == "compounds":
        _say_compound(found, run, role, adjectives)
        return
    found.mean(role)
    if kind == "body":
        _say_body(found, _body_slot(found, run, role), role, adjectives)
    else:
        SAYING[kind](found, role, adjectives)


def _as_colours(adjectives: list[Role]) -> list[Role]:
    """Return adjectives with gold a colour where another is beside it, as in red and gold."""
    if not any(role.group == "colours" for role in adjectives):
        return adjectives
    return [
        role._replace(group="colours") if "colours" in role.piece.senses else role
        for role in adjectives
    ]


def _body_slot(found: Understood, run: Run, role: Role) -> str:
    """Return whether somebody is the dancer, or only there besides or in another word."""
    if role.ahead in ("wears", "stage"):
        return "adjective-body"
    if run.word in BESIDE and any(fact.slot == "body" for fact in found.facts):
        return "companion"
    return "body-before" if role.ahead == "body" else "body"


def _say_body(found: Understood, slot: str, role: Role, adjectives: list[Role]) -> None:
    """Say who dances, and that there are several where the word is a plural."""
    found.name(slot, role.value, role.piece)
    if slot in ("companion", "adjective-body"):
        found.mean_all(adjectives)
        return
    if role.piece.is_plural:
        found.say("dancers", SEVERAL, role.piece, soft=True)
    for adjective in adjectives:
        _say_of_figure(found, adjective)


def _say_of_figure(found: Understood, role: Role) -> None:
    """Say what an adjective tells of the dancer."""
    slot, value = role.group, role.value
    match role.group:
        case "hair_shape" | "hair_colours":
            slot, value = "hair", with_adjective(Item(""), role)
        case "fabric":
            slot, value = "clothes", Item("", value)
        case "colours":
            for colour in value.split():
                found.say("colour", colour, role.piece)
    if slot != "colours":
        found.say(slot, value, role.piece)
    found.mean(role)


def _say_item(found: Understood, role: Role, adjectives: list[Role]) -> None:
    """Say that something is worn, grown or falling."""
    is_named = role.group != "noun"
    item = Item(role.value if is_named else "", strength=role.piece.weight)
    for adjective in adjectives:
        item = with_adjective(item, adjective)
    found.mean_all(adjectives)
    found.name(role.group if is_named else role.value, item, role.piece)


def with_adjective(item: Item, role: Role) -> Item:
    """Return an item with what an adjective says of it; a second colour is its second."""
    match role.group:
        case "colours" | "hair_colours":
            first, *others = [*filter(None, (item.colour,)), *role.value.split()]
            return replace(item, colour=first, second=(others or [item.second])[0])
        case "fabric":
            return replace(item, colour=item.colour or role.value)
        case "hair_shape":
            return replace(item, kind=_shape(item.kind, role.value))
        case "strength":
            return replace(item, strength=item.strength * float(role.value))
        case "material" | "pattern":
            return replace(item, **{role.group: role.value})
    return item


def _shape(kind: str, said: str) -> str:
    """Return what hair or a beard becomes whose shape is said: there are long beards."""
    longer = f"{said}-{kind}"
    return longer if longer in BEARDS else kind or said


def _say_skin(found: Understood, role: Role, adjectives: list[Role]) -> None:
    for adjective in adjectives:
        found.say("skin", adjective.value.split()[0], adjective.piece)
    found.mean_all(adjectives)


def _say_feature(found: Understood, role: Role, adjectives: list[Role]) -> None:
    """Say what is to be seen; its colour is that of its light."""
    if role.group == "feature":
        found.say("feature", role.value, role.piece)
    found.last = None
    _say_light_colours(found, adjectives)


def _say_stage(found: Understood, role: Role, adjectives: list[Role]) -> None:
    """Say where they dance; a background alone is a place, but any other goes before it."""
    found.name("stage", role.value, role.piece, soft=role.value == "void")
    for adjective in adjectives:
        _say_of_place(found, adjective)
    found.mean_all(adjectives)


def _say_of_place(found: Understood, role: Role) -> None:
    slots = {"colours": "place-colour", "material": "place-material"}
    if role.group in slots:
        found.say(slots[role.group], role.value.split()[0], role.piece)


SAYING: dict[str, Callable[[Understood, Role, list[Role]], None]] = {
    "wears": _say_item, "weather": _say_item, "hair": _say_item, "clothes": _say_item,
    "skin": _say_skin, "stage": _say_stage, "feature": _say_feature, "lights": _say_feature,
}  # fmt: skip
"""Kind of noun -> how it is said."""


# Words that stand for several


def _say_compound(found: Understood, run: Run, role: Role, adjectives: list[Role]) -> None:
    """Say all that a word stands for, with its adjectives put where they belong."""
    facts = [
        fact._replace(strength=fact.strength * role.piece.weight) for fact in soft_facts(role.value)
    ]
    found.meanings.append((role.piece, role.value))
    slot = main_slot(role.value)
    if slot == "body":
        _say_character(found, _body_slot(found, run, role), role, facts, adjectives)
        return
    found.facts += facts
    found.last = None
    if slot == "stage":
        for adjective in adjectives:
            _say_of_place(found, adjective)
        found.mean_all(adjectives)
    else:
        _say_light_colours(found, adjectives)


def _say_character(
    found: Understood, slot: str, role: Role, facts: list[Fact], adjectives: list[Role]
) -> None:
    """Say who dances in which clothes; a colour before the word is that of the clothes."""
    slots = [fact.slot for fact in facts]
    body = facts.pop(slots.index("body"))
    of_clothes = [item for item in adjectives if item.group in OF_CLOTHES and "wears" in slots]
    piece = role.piece._replace(senses={"body": body.value})
    others = [item for item in adjectives if item not in of_clothes]
    _say_body(found, slot, Role(piece, "noun", "body", role.ahead), others)
    if slot not in ("companion", "adjective-body"):
        found.facts += _redressed(facts, of_clothes)
        found.mean_all(of_clothes)


def _redressed(facts: list[Fact], adjectives: list[Role]) -> list[Fact]:
    """Return what is usually worn with its first thing in other colours or another pattern."""
    slots = [fact.slot for fact in facts]
    if not adjectives:
        return facts
    first = slots.index("wears")
    item = facts[first].value
    if any(role.group == "colours" for role in adjectives):
        item = replace(item, colour="", second="")
    for role in adjectives:
        item = with_adjective(item, role)
    return [*facts[:first], facts[first]._replace(value=item), *facts[first + 1 :]]


# Adjectives without a noun


def _has_pattern(run: Run) -> bool:
    """Return whether a run says with which pattern a thing before it is, in which colours."""
    return run.word == "with" and any("pattern" in piece.senses for piece in run.pieces)


def _say_loose(found: Understood, word: str, role: Role) -> None:
    """Say what an adjective without a noun after it means.

    Args:
        word: what tells: the run's first word, or ``of`` where there is a noun before.
    """
    if word == "of" or run_word(role.piece):
        _say_of_last(found, role)
    elif word == "in":
        found.say("clothes", with_adjective(Item(""), role), role.piece)
        found.mean(role)
    elif word == "on" and role.group == "colours":
        found.say("stage", "void", role.piece, soft=True)
        _say_of_place(found, role)
        found.mean(role)
    elif word == "" and _stands_alone(role):
        _say_of_figure(found, role)
    else:
        found.meanings.append((role.piece, ""))


def _stands_alone(role: Role) -> bool:
    if role.group == "colours":
        words = set(role.piece.text.split())
        return bool(words & load_lexicon().colours_alone) or role.value == role.piece.text
    return role.group != "hair_shape" or role.value == "bald"


def _say_of_last(found: Understood, role: Role) -> None:
    """Say something of the noun before it: hair of gold, a dress with polka dots."""
    fact = found.facts[found.last] if found.last is not None else Fact("body", "")
    if fact.slot in ("body", "body-before"):
        _say_of_figure(found, role)
        return
    if isinstance(fact.value, Item) and found.last is not None:
        found.facts[found.last] = fact._replace(value=with_adjective(fact.value, role))
    elif fact.slot == "stage":
        _say_of_place(found, role)
    else:
        _say_light_colours(found, [role])
        return
    found.mean(role)
