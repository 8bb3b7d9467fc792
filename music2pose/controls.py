"""How much can be asked of a dancer, and for which moves; light, as the command line reads it."""

from collections.abc import Collection, Iterable
from difflib import get_close_matches

from checkpoints.foreign import short
from music2pose import MusicError

FOLLOW_RANGE = (0.0, 3.0)
"""How strictly the music is followed; 1 is as usual, 0 not at all."""
ENERGY_RANGE = (-1.0, 1.0)
"""From calmest to wildest; 0 is as the music asks."""
AVOIDED = "no-"
"""Stands before the name of a move that is not wanted."""


def wanted_moves(names: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of moves to favour and to avoid, with commas between.

    Raises:
        MusicError: one is both, or begins with a sign.

    >>> wanted_moves("robot, salsa,no-floss")
    (('robot', 'salsa'), ('floss',))
    """
    listed = move_names(names or "")
    avoided = tuple(name.removeprefix(AVOIDED) for name in listed if name.startswith(AVOIDED))
    favoured = tuple(name for name in listed if not name.startswith(AVOIDED))
    _check_wanted(favoured, avoided)
    return favoured, avoided


def _check_wanted(favoured: tuple[str, ...], avoided: tuple[str, ...]) -> None:
    for name in favoured:
        if name.startswith("-"):
            raise MusicError(f"{short(name)} is no name; write {AVOIDED} before what to avoid")
        if name in avoided:
            raise MusicError(f"{short(name)} is both favoured and avoided; leave one out")


def move_names(names: str) -> tuple[str, ...]:
    """Return the names of a list with commas between."""
    return tuple(dict.fromkeys(filter(None, (name.strip() for name in names.split(",")))))


def check_moves(names: Iterable[str], known: Collection[str]) -> None:
    """
    Raises:
        MusicError: a name is not among those that a dancer knows.
    """
    if not (unknown := [name for name in names if name not in known]):
        return
    if not known:
        raise MusicError(
            f"this dancer knows no moves by name, so not {short(unknown[0])}; give another --model"
        )
    plain = unknown[0].lower().replace("-", "_").replace(" ", "_")
    near = get_close_matches(plain, known, n=3)
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    raise MusicError(
        f"no move is called {short(unknown[0])}; {hint}there are {', '.join(sorted(known))}"
    )
