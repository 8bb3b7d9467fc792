"""Words for places in a song."""

import pytest

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
