"""Settings as dataclass fields that carry default, range, choices and help: each stands once.

The command line reads its options from these fields, and every object checks its own values, so
that a library call and a command refuse the same things in the same words. Settings may hold
other settings, as fields without an ``option``.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, field, fields
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, ClassVar, Self, TypedDict, Unpack, get_args, get_origin, get_type_hints

from checkpoints.foreign import LARGEST_INTEGER, is_path, short
from music2pose import MusicError

_OPTION = "option"
_WORDS = {str: "text", bool: "true or false", Path: "a path", tuple: "a list"}


class Words(TypedDict, total=False):
    """What is said of a setting beside its help."""

    unit: str
    """What a number counts, or what it means, as it stands behind a range in an error."""
    flag: str
    """The option of the command line; empty is ``--`` and the field's name."""
    metavar: str
    """What stands for the value in help; empty is a word for the type."""
    none: str
    """What None stands for, as help says it."""
    separator: str
    """What joins the values of an option that may be given more than once."""
    in_a_row: bool
    """Whether such an option takes several values at once, too, as words one after the other."""


@dataclass(frozen=True)
class Option:
    """What is known of a setting beside its name, type and default."""

    about: str
    within: tuple[float, float] | None = None
    choices: tuple[str, ...] = ()
    unit: str = ""
    flag: str = ""
    metavar: str = ""
    none: str = ""
    separator: str = ""
    in_a_row: bool = False


def option(
    default: Any,
    about: str,
    within: tuple[float, float] | None = None,
    choices: tuple[str, ...] = (),
    **words: Unpack[Words],
) -> Any:
    """Return a dataclass field of a setting.

    Args:
        default: ``dataclasses.MISSING`` where a value must be given.
        about: one line of help.
        within: lowest and highest value, both allowed; the highest may be ``math.inf``.
        choices: the names that are accepted, where it is a name out of few.
    """
    return field(default=default, metadata={_OPTION: Option(about, within, choices, **words)})


@dataclass(frozen=True)
class Settings:
    """Base of the frozen dataclasses of settings, which check every ``option`` they hold.

    Raises:
        ``error``: a value is of another type, out of its range or none of its choices. None is
            accepted where the field's type has it.
    """

    error: ClassVar[type[ValueError]] = MusicError

    def __post_init__(self) -> None:
        for item, found in options_of(type(self)):
            value = getattr(self, item.name)
            if value is None and is_optional(type(self), item.name):
                continue
            if reason := _complaint(found, value, value_type(type(self), item.name)):
                raise self.error(f"{flag_of(item)} {short(value)} {reason}")

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return the settings that ``dataclasses.asdict`` made; what is not there is the default.

        Raises:
            ``error``: a name is unknown, or a value is not possible.
        """
        known = [item.name for item in fields(cls)]
        if unknown := [name for name in values if name not in known]:
            raise cls.error(
                f"no setting is called {short(unknown[0])}; known are {', '.join(known)}"
            )
        held = nested(cls)
        return cls(**{n: _held(cls, n, v) if n in held else v for n, v in values.items()})


def _held(settings: type[Settings], name: str, values: Any) -> Settings:
    """Return the settings that others hold under a name."""
    if not isinstance(values, Mapping):
        raise settings.error(f"{name} must be an object, got {short(values)}")
    return nested(settings)[name].from_dict(values)


def options_of(settings: type) -> Iterator[tuple[Field, Option]]:
    """Yield the fields of a settings class that are options, in their order."""
    for item in fields(settings):
        if (found := item.metadata.get(_OPTION)) is not None:
            yield item, found


def option_of(item: Field) -> Option:
    """Return what is known of a field that is an option."""
    return item.metadata[_OPTION]


@cache
def nested(settings: type) -> dict[str, type[Settings]]:
    """Return the fields of a settings class that hold settings themselves, with their classes."""
    hints = get_type_hints(settings)
    kinds = {item.name: hints[item.name] for item in fields(settings)}
    return {n: k for n, k in kinds.items() if isinstance(k, type) and issubclass(k, Settings)}


def flag_of(item: Field) -> str:
    """Return the option of the command line that sets a field."""
    return option_of(item).flag or "--" + item.name.replace("_", "-")


@cache
def value_type(settings: type, name: str) -> Any:
    """Return the type of a field's values, without None."""
    hint = get_type_hints(settings)[name]
    if isinstance(hint, UnionType):
        return next(kind for kind in get_args(hint) if kind is not type(None))
    return hint


@cache
def is_optional(settings: type, name: str) -> bool:
    """Return whether a field may be None."""
    return type(None) in get_args(get_type_hints(settings)[name])


def said(number: float) -> str:
    """
    >>> said(2147483647), said(0.5), said(1.0)
    ('2147483647', '0.5', '1')
    """
    return str(number) if isinstance(number, int) else f"{number:g}"


def _complaint(found: Option, value: Any, kind: Any) -> str:
    """Return what is wrong with a value, as it goes on behind flag and value; empty is nothing."""
    if found.choices:
        known = ", ".join(found.choices)
        return "" if value in found.choices else f"is unknown; choose one of {known}"
    if kind in (int, float):
        return _number_complaint(found, value, kind)
    kind = get_origin(kind) or kind
    if not isinstance(value, kind):
        return f"is not possible; give {_WORDS[kind]}"
    if isinstance(value, str) and not is_path(value):
        return "is not possible; it holds a NUL or half of a letter"
    return ""


def _number_complaint(found: Option, value: Any, kind: type) -> str:
    low, high = found.within or (-math.inf, math.inf)
    accepted = int if kind is int else (int, float)
    is_number = isinstance(value, accepted) and not isinstance(value, bool)
    # Not by ``isfinite``: a whole number may be too large to be a float.
    if is_number and low <= value <= high and abs(value) < LARGEST_INTEGER:
        return ""
    return f"is not possible; give {_accepted(kind, low, high)} {found.unit}".rstrip()


def _accepted(kind: type, low: float, high: float) -> str:
    if math.isfinite(high):
        return f"{said(low)} to {said(high)}"
    whole = "a whole number" if kind is int else "a number"
    return f"{whole} of {said(low)} or more" if math.isfinite(low) else whole
