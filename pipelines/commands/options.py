"""Options of the command line, read from the fields of settings, and settings from what is given.

Options stay None until given, so that the settings alone know the defaults.
"""

import argparse
from collections.abc import Iterable
from dataclasses import MISSING, Field, fields, replace
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin

from music2pose.settings import (
    Option,
    Settings,
    flag_of,
    nested,
    option_of,
    options_of,
    said,
    value_type,
)

SWITCHES = {
    "--overwrite": "replace what exists",
    "--dry-run": "check all, say the plan, stop",
    "--json": "print for programs",
}
METAVARS = {int: "N", float: "X", str: "NAME", Path: "FILE"}
S = TypeVar("S", bound=Settings)

Parser = argparse._ActionsContainer
"""A parser, or a group of options in one."""


class UsageError(ValueError):
    """A command line that cannot be understood."""


def add_commands(parser: argparse.ArgumentParser, modules: Iterable[Any], title: str) -> None:
    """Add a command for each module: its name, its docstring, its ``add_arguments`` and ``run``."""
    parts = parser.add_subparsers(required=True, metavar=title.upper(), title=f"{title}s")
    for module in modules:
        name = module.__name__.rpartition(".")[2].replace("_", "-")
        command = parts.add_parser(name, help=module.__doc__, description=module.__doc__)
        command.set_defaults(run=getattr(module, "run", None))
        module.add_arguments(command)


def add_fields(parser: Parser, settings: type[Settings], *names: str, **defaults: str) -> None:
    """Add the options that set these fields of ``settings``, or all of its options.

    Args:
        defaults: what is taken without an option, where that is not the field's own default.
    """
    known = {item.name: item for item, _ in options_of(settings)}
    for name in names or known:
        item = known[name]
        parser.add_argument(
            flag_of(item), dest=name, **_argument(settings, item, defaults.get(name))
        )


def _argument(settings: type[Settings], item: Field, default: str | None) -> dict[str, Any]:
    kind, found = value_type(settings, item.name), option_of(item)
    about = {"help": described(item, default), "required": item.default is MISSING}
    if kind is bool:
        return {"action": "store_const", "const": not item.default, **about}
    if get_origin(kind) is tuple:
        about["nargs"] = "+"
        kind = get_args(kind)[0]
    if found.separator:
        about["action"] = _Joined
        about["const"] = found.separator
        about["nargs"] = "+" if found.in_a_row else None
    return {"type": kind, "metavar": found.metavar or METAVARS[kind], **about}


class _Joined(argparse.Action):
    """Join the values of an option that is given several times, or several at once."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: Any = None) -> None:
        before = getattr(namespace, self.dest)
        fresh = [values] if isinstance(values, str) else values
        given = fresh if before is None else [before, *fresh]
        setattr(namespace, self.dest, str(self.const).join(given))


def described(item: Field, default: str | None = None) -> str:
    """Return the help of an option: what it is, what is accepted, and what is taken without it."""
    found = option_of(item)
    notes = [accepted(found), default_of(item, found) if default is None else default]
    notes[1] = notes[1] and f"default: {notes[1]}"
    text = "; ".join(filter(None, notes))
    return (f"{found.about} ({text})" if text else found.about).replace("%", "%%")


def accepted(found: Option) -> str:
    """Return which values an option takes, as its help says it."""
    if found.choices:
        return ", ".join(found.choices)
    if found.within is None:
        return ""
    low, high = map(said, found.within)
    return f"{low} or more" if high == "inf" else f"{low} to {high}"


def default_of(item: Field, found: Option) -> str:
    """Return what is taken without an option, as its help says it."""
    if item.default is None:
        return found.none
    if isinstance(item.default, bool) or not isinstance(item.default, str | int | float):
        return ""
    return item.default if isinstance(item.default, str) else said(item.default)


def given(args: argparse.Namespace, settings: type) -> dict[str, Any]:
    """Return the options that were given and that ``settings``, a dataclass, has a field for."""
    names = {item.name for item in fields(settings)}
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in vars(args).items()
        if name in names and value is not None
    }


def changed(settings: S, args: argparse.Namespace) -> S:
    """Return settings, and those that they hold, with what was given on the command line."""
    inner = {name: changed(getattr(settings, name), args) for name in nested(type(settings))}
    return replace(settings, **inner, **given(args, type(settings)))


def add_output(
    parser: Parser, about: str, default: Path | None = None, metavar: str = "FILE"
) -> None:
    """Add ``-o``, where the result goes; it must be given where there is no default."""
    known = f" (default: {default})" if default else ""
    parser.add_argument(
        "-o", "--output", type=Path, metavar=metavar, default=default, required=default is None,
        help=about + known,
    )  # fmt: skip


def add_switches(parser: Parser, *names: str) -> None:
    """Add some of ``SWITCHES``."""
    for name in names:
        parser.add_argument(name, action="store_true", help=SWITCHES[name])


def add_detector(parser: Parser) -> None:
    """Add ``--detector``, what looks for people in a video."""
    parser.add_argument(
        "--detector", metavar="NAME", default="openpose",
        help="openpose, or nadsnet: small, less sure, no download (default: %(default)s)",
    )  # fmt: skip


def add_size(parser: Parser, settings: type[Settings]) -> None:
    """Add ``--size WxH``, which sets the fields ``width`` and ``height``."""
    sides = {item.name: item.default for item, _ in options_of(settings)}
    text = f"of the picture (default: {sides['width']}x{sides['height']})"
    parser.add_argument(
        "--size", action=_Sides, type=size, metavar="WxH", help=text, dest=argparse.SUPPRESS
    )


class _Sides(argparse.Action):
    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: Any = None) -> None:
        namespace.width, namespace.height = values


def add_square_size(parser: Parser) -> None:
    """Add ``--size N`` of pictures that are square."""
    parser.add_argument(
        "--size", type=square, metavar="N", help="of the square pictures, in pixels"
    )


def size(text: str) -> tuple[int, int]:
    """
    >>> size("640x360"), size("256")
    ((640, 360), (256, 256))
    """
    width, _, height = text.lower().partition("x")
    try:
        return int(width), int(height or width)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no size; give WxH, as 512x512") from error


def square(text: str) -> int:
    """
    >>> square("256"), square("96x96")
    (256, 96)
    """
    width, height = size(text)
    if width != height:
        raise argparse.ArgumentTypeError(f"{text!r} is not square; give one number, as 256")
    return width
