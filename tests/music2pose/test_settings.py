"""Settings: every value is checked against what its field says, in words for the user."""

import math
from dataclasses import asdict, dataclass, field

import pytest

from music2pose import MusicError
from music2pose.settings import Settings, flag_of, option, options_of, value_type


@dataclass(frozen=True)
class Oven(Settings):
    degrees: float = option(180.0, "how hot", within=(50, 300), unit="degrees")
    trays: int = option(1, "how many", within=(1, math.inf), flag="--n")
    mode: str = option("fan", "which air", choices=("fan", "still"))
    minutes: int | None = option(None, "how long", within=(1, 600), unit="minutes")
    name: str | None = option(None, "of the cake")
    light: bool = option(False, "on or off")


def test_what_is_in_range_is_taken():
    oven = Oven(50, 7, "still", 600, "plum", True)
    assert (oven.degrees, oven.trays, oven.minutes) == (50, 7, 600)
    assert Oven().minutes is None


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"degrees": 301}, "--degrees 301 is not possible; give 50 to 300 degrees"),
        ({"degrees": math.nan}, "--degrees nan is not possible; give 50 to 300 degrees"),
        ({"degrees": "hot"}, "--degrees 'hot' is not possible; give 50 to 300 degrees"),
        ({"degrees": None}, "--degrees None is not possible"),
        ({"degrees": True}, "--degrees True is not possible"),
        ({"trays": 0}, "--n 0 is not possible; give a whole number of 1 or more"),
        ({"trays": 1.5}, "--n 1.5 is not possible"),
        ({"mode": "grill"}, "--mode 'grill' is unknown; choose one of fan, still"),
        ({"minutes": 0}, "--minutes 0 is not possible; give 1 to 600 minutes"),
        ({"name": 3}, "--name 3 is not possible; give text"),
        ({"light": 1}, "--light 1 is not possible; give true or false"),
    ],
)
def test_what_is_not_is_refused_in_words(values, words):
    with pytest.raises(MusicError) as caught:
        Oven(**values)
    assert words in str(caught.value)


@dataclass(frozen=True)
class Kitchen(Settings):
    hours: int = option(8, "open")
    oven: Oven = field(default_factory=Oven)


def test_settings_come_back_from_what_they_are_written_as():
    kitchen = Kitchen(9, Oven(60, name="plum"))
    assert Kitchen.from_dict(asdict(kitchen)) == kitchen
    assert Kitchen.from_dict({"oven": {"trays": 2}}) == Kitchen(oven=Oven(trays=2))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"ovens": {}}, "no setting is called 'ovens'; known are hours, oven"),
        ({"oven": 3}, "oven must be an object, got 3"),
        ({"oven": {"tray": 2}}, "no setting is called 'tray'; known are degrees, trays"),
        ({"oven": {"degrees": 9}}, "--degrees 9 is not possible"),
        ({"hours": "long"}, "--hours 'long' is not possible; give a whole number"),
    ],
)
def test_what_cannot_come_back_is_refused_in_words(values, words):
    with pytest.raises(MusicError) as caught:
        Kitchen.from_dict(values)
    assert words in str(caught.value)


def test_fields_tell_flag_and_type():
    found = {
        item.name: (flag_of(item), value_type(Oven, item.name)) for item, _ in options_of(Oven)
    }
    assert found["trays"] == ("--n", int)
    assert found["minutes"] == ("--minutes", int)
