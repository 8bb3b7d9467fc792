"""Options of the command line, read from the fields of settings, and settings from what is given.

Options stay None until given, so that the settings alone know the defaults.
"""

import argparse
from dataclasses import MISSING, Field, fields, replace
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin

from music2pose.settings import Option, Settings, flag_of, nested, options_of, said, value_type

METAVARS = {int: "N", float: "X", str: "NAME", Path: "FILE"}
S = TypeVar("S", bound=Settings)

Parser = argparse._ActionsContainer
"""A parser, or a group of options in one."""


def add_fields(parser: Parser, settings: type[Settings], *names: str) -> None:
    """Add the options that set these fields of ``settings``, or all of its options."""
    known = {item.name: (item, found) for item, found in options_of(settings)}
    for name in names or known:
        item, found = known[name]
        parser.add_argument(flag_of(item), dest=name, **_argument(settings, item, found))


def _argument(settings: type[Settings], item: Field, found: Option) -> dict[str, Any]:
    kind = value_type(settings, item.name)
    about = {"help": described(item, found), "required": item.default is MISSING}
    if kind is bool:
        return {"action": "store_const", "const": not item.default, **about}
    if get_origin(kind) is tuple:
        about["nargs"] = "+"
        kind = get_args(kind)[0]
    return {"type": kind, "metavar": found.metavar or METAVARS[kind], **about}


def described(item: Field, found: Option) -> str:
    """Return the help of an option: what it is, what is accepted, and what is taken without it."""
    notes = []
    if found.choices:
        notes.append(", ".join(found.choices))
    elif found.within is not None:
        low, high = map(said, found.within)
        notes.append(f"{low} or more" if high == "inf" else f"{low} to {high}")
    if item.default is None and found.none:
        notes.append(f"default: {found.none}")
    elif isinstance(item.default, str | int | float) and item.default not in ("", True, False):
        notes.append(f"default: {item.default}")
    text = f"{found.about} ({'; '.join(notes)})" if notes else found.about
    return text.replace("%", "%%")


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
