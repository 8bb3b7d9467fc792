"""Words for places in a song."""

import pytest

from prompts import PromptError
from prompts.moments import parse_moment


@pytest.mark.parametrize(
    ("written", "unit", "number"),
    [
        ("12.5", "second", 12.5), ("12.5s", "second", 12.5), ("12 s", "second", 12),
        ("1:30", "second", 90), ("beat 16", "beat", 16), ("Bar 8", "bar", 8), ("bar8", "bar", 8),
        ("section 2", "section", 2),
    ],
)  # fmt: skip
def test_moments_are_read_as_musicians_write_them(written, unit, number):
    moment = parse_moment(written)
    assert (moment.unit, moment.number, moment.written) == (unit, number, written)


@pytest.mark.parametrize("written", ["section B", "Section B", "section b", " SECTION  B "])
def test_a_section_is_named_in_letters_of_any_size(written):
    moment = parse_moment(written)
    assert (moment.unit, moment.name, moment.written) == ("name", "B", written)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("-3", "unknown key '-3'; moments are \"12.5\", \"1:30\""),
        ("bar 0", "'bar 0': bars are counted from 1"),
        ("bar -1", "unknown key 'bar -1'"), ("sectionB", "unknown key 'sectionB'"),
        ("1e9", "unknown key '1e9'"), ("nan", "unknown key 'nan'"), ("", "unknown key ''"),
        ("holt", "unknown key 'holt'; did you mean hold[?] .*, others style, hold"),
    ],
)  # fmt: skip
def test_what_is_no_moment_is_refused(written, message):
    with pytest.raises(PromptError, match=message):
        parse_moment(written, ("style", "hold"))
