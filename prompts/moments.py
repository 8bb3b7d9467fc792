"""Words for places in a song: seconds, beats, bars and sections."""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import NamedTuple

from checkpoints.foreign import short
from prompts import PromptError

MOMENT_EXAMPLES = '"12.5", "1:30", "beat 16", "bar 8", "section 2" or "section B"'
CLOCK = re.compile(r"(?:(\d{1,9}):)?(\d{1,9}(?:\.\d{0,9})?)\s*s?")
COUNTED = re.compile(r"(beat|bar|section)\s*(\d{1,9})")
NAMED = re.compile(r"section\s+([a-z]{1,2})")


class Moment(NamedTuple):
    """A place in a song."""

    unit: str
    """second, beat, bar, section, or name: every section of that name."""
    number: float
    """Seconds from the start of the video, or a count from 1."""
    written: str
    """As the user put it."""
    name: str = ""
    """Of sections, in capitals."""


def parse_moment(text: str, others: Sequence[str] = ()) -> Moment:
    """Return the moment that a key of a file names.

    Args:
        others: keys of that file which are no moments.

    Raises:
        PromptError: it names none.

    >>> parse_moment("1:30").number, parse_moment("bar 8").number, parse_moment("section B").name
    (90.0, 8.0, 'B')
    """
    plain = text.strip().lower()
    if match := CLOCK.fullmatch(plain):
        return Moment("second", 60 * int(match[1] or 0) + float(match[2]), text)
    if match := COUNTED.fullmatch(plain):
        if int(match[2]) < 1:
            raise PromptError(f"{text!r}: {match[1]}s are counted from 1")
        return Moment(match[1], float(match[2]), text)
    if match := NAMED.fullmatch(plain):
        return Moment("name", 0.0, text, match[1].upper())
    near = get_close_matches(plain, others, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    known = f", others {', '.join(others)}" if others else ""
    raise PromptError(f"unknown key {short(text)}; {hint}moments are {MOMENT_EXAMPLES}{known}")
