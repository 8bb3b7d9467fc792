"""Settings as dataclass fields that carry default, range, choices and help: each stands once.

The command line reads its options from these fields, and every object checks its own values, so
that a library call and a command refuse the same things in the same words.
"""

import math
from collections.abc import Iterator
from dataclasses import Field, dataclass, field, fields
from types import UnionType
from typing import Any, ClassVar, get_args, get_type_hints

from music2pose import MusicError

_OPTION = "option"


@dataclass(frozen=True)
class Option:
    """What is known of a setting beside its name, type and default."""

    about: str
    within: tuple[float, float] | None
    choices: tuple[str, ...]
    unit: str
    flag: str


def option(
    default: Any,
    about: str,
    within: tuple[float, float] | None = None,
    choices: tuple[str, ...] = (),
    unit: str = "",
    flag: str = "",
) -> Any:
    """Return a dataclass field of a setting.

    Args:
        about: one line of help.
        within: lowest and highest value, both allowed; the highest may be ``math.inf``.
        choices: the names that are accepted, where it is a name out of few.
        unit: what a number counts, or what it means, as it stands behind a range in an error.
        flag: the option of the command line; empty is ``--`` and the field's name.
    """
    return field(default=default, metadata={_OPTION: Option(about, within, choices, unit, flag)})


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
                raise self.error(f"{flag_of(item)} {value!r} {reason}")


def options_of(settings: type) -> Iterator[tuple[Field, Option]]:
    """Yield the fields of a settings class that are options, in their order."""
    for item in fields(settings):
        if (found := item.metadata.get(_OPTION)) is not None:
            yield item, found


def flag_of(item: Field) -> str:
    """Return the option of the command line that sets a field."""
    return item.metadata[_OPTION].flag or "--" + item.name.replace("_", "-")


def value_type(settings: type, name: str) -> type:
    """Return the type of a field's values, without None."""
    hint = get_type_hints(settings)[name]
    if isinstance(hint, UnionType):
        return next(kind for kind in get_args(hint) if kind is not type(None))
    return hint


def is_optional(settings: type, name: str) -> bool:
    """Return whether a field may be None."""
    return type(None) in get_args(get_type_hints(settings)[name])


def _complaint(found: Option, value: Any, kind: type) -> str:
    """Return what is wrong with a value, as it goes on behind flag and value; empty is nothing."""
    if found.choices:
        known = ", ".join(found.choices)
        return "" if value in found.choices else f"is unknown; choose one of {known}"
    if kind not in (int, float):
        return "" if isinstance(value, kind) else f"is not possible; give a {kind.__name__}"
    low, high = found.within or (-math.inf, math.inf)
    accepted = int if kind is int else (int, float)
    is_number = isinstance(value, accepted) and not isinstance(value, bool)
    if is_number and math.isfinite(value) and low <= value <= high:
        return ""
    whole = "a whole number" if kind is int else "a number"
    if math.isfinite(high):
        return f"is not possible; give {low:g} to {high:g} {found.unit}".rstrip()
    least = f" of {low:g} or more" if math.isfinite(low) else ""
    return f"is not possible; give {whole}{least} {found.unit}".rstrip()
