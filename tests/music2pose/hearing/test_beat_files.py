"""Beat times go through files and back, and what is no such file is refused in one line."""

import json
from pathlib import Path

import numpy as np
import pytest

from music2pose import MusicError
from music2pose.hearing.beat_files import (
    LARGEST_FILE,
    beats_as_json,
    beats_as_labels,
    beats_as_text,
    read_beats,
)
from music2pose.hearing.beats import BeatGrid
from music2pose.hearing.given_beats import BeatMarks
from tests.music2pose.hearing.test_charts import OSU, SM


def read(folder: Path, text: str | bytes, name: str = "beats.txt", until: float = 60.0):
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_beats(path, until, until)


def starts_of_bars(marks: BeatMarks) -> list[int] | None:
    return None if marks.is_downbeat is None else np.flatnonzero(marks.is_downbeat).tolist()


@pytest.mark.parametrize(
    ("text", "downbeats"),
    [
        ("0.5\n1.0\n1.5\n", None),
        ("# heard by somebody\r\n0.5\r\n\r\n1\r\n1.5", None),
        ("\ufeff0.5\t2\n1.0\t1\n1.5\t2\n", [1]),
        ("0.5 4\n1.0 1.0\n1.5 2", [1]),
        ("0.5,1\n1.0,2\n1.5,1\n", [0, 2]),
        ("0.5\t0.5\t\n1.0\t1.0\t\n1.5\t1.5\t\n", None),
        ("0.5\t0.6\tbar\n1.0\t1.0\tbeat\n1.5\t1.5\t\n", [0]),
        ("0.5\t0.5\t1\n\\\t100\t200\n1.0\t1.0\t2\n1.5\t1.5\tDownbeat\n", [0, 2]),
        ('0.5,120.0,"2"\n1.0,120.0,"1"\n1.5,120.0,"2"\n', [1]),
        ("0,50\n1,00\n1,50\n", None),
        ("0,500\t0,500\t2\r1,000\t1,000\t1\r1,500\t1,500\t2", [1]),
        ("[0.5, 1.0, 1.5]", None),
        ('{"beats": [0.5, 1, 1.5], "downbeats": [1.001]}', [1]),
    ],
)
def test_beats_are_read_from_each_form(tmp_path, text, downbeats):
    found = read(tmp_path, text)
    assert found.times.tolist() == [0.5, 1.0, 1.5]
    assert starts_of_bars(found) == downbeats


def test_beats_are_read_in_the_coding_that_their_file_says(tmp_path):
    assert read(tmp_path, "0.5\n1.0\n".encode("utf-16")).times.tolist() == [0.5, 1.0]


@pytest.mark.parametrize(("text", "first"), [(OSU, 1.0), (SM, 0.5), (SM.replace("\n", "\r"), 0.5)])
def test_a_chart_is_one_under_any_name(tmp_path, text, first):
    assert read(tmp_path, text).times[0] == first


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("0.5\nnan\n1.5\n", "beats.txt line 2: 'nan' is not a time in seconds"),
        ("0.5\ninf\n", "line 2: 'inf' is not"),
        ("-0.5\n1.0\n", "line 1: '-0.5' is not"),
        ("time,beat\n0.5,1\n", "line 1: 'time' is not"),
        ("0.5\n1.5\n\n1.0\n", "line 4: 1 s does not come after 1.5 s"),
        ("0.5\n0.5\n", "line 2: 0.5 s does not come after 0.5 s"),
        ("0.5\n1.0\n99\n", r"line 3: 99 s is past the end of the song \(60.00 s\)"),
        ("0.5\n1.0\n1.01\n", "less than 0.05 s apart"),
        ("0.5\n", "has 1 beats; give at least 2"),
        ("", "has 0 beats"),
        ("# nothing\n", "has 0 beats"),
        ("0\n0.1\n0.2\n", "600 beats per minute; give 20 to 400"),
        ("0\n5\n10\n", "12 beats per minute; give 20 to 400"),
        (b"RIFF\0\0\0\0WAVE", "is not text"),
        (b"\xff" * 200, "line 1"),
        (b"1\n" * (LARGEST_FILE // 2 + 1), "cannot be read: it is larger than 16 MiB"),
        ("{", "damaged JSON"),
        ("[" * 100_000, "damaged JSON"),
        ("{}", "beats must be a list of times"),
        ('[0.5, "1"]', "beats must be a list of times"),
        ("[0.5, NaN]", "beats must be a list of times"),
        ("[0.5, true]", "beats must be a list of times"),
        ("[[0.5], [1.0]]", "beats must be a list of times"),
        ("[1.0, 0.5]", "beats must increase"),
        ("[0.5, 1.0, 99]", "99 s is past the end"),
        ('{"beats": [0.5, 1.0], "downbeats": [0.75]}', "none of the beats"),
    ],
)
def test_what_is_no_file_of_beats_is_refused_in_one_line(tmp_path, content, complaint):
    with pytest.raises(MusicError, match=complaint) as error:
        read(tmp_path, content)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 400


@pytest.mark.parametrize("name", ["nowhere.txt", "", "/dev/zero"])
def test_what_is_no_file_is_refused(tmp_path, name):
    with pytest.raises(MusicError, match=r"cannot be read: (No such file|it is a (folder|device))"):
        read_beats(tmp_path / name, 10.0)


@pytest.mark.parametrize("form", [beats_as_text, beats_as_labels, beats_as_json])
def test_what_is_written_can_be_read_back(tmp_path, form):
    beats = np.cumsum([1.25, *np.linspace(0.4, 0.7, 20)])
    grid = BeatGrid(beats, beats[2::3], bpm=110.0, confidence=0.5)
    found = read(tmp_path, form(grid, "song.mp3", 10.0), until=90.0)
    assert found.times == pytest.approx(beats + 10.0, abs=1e-4)
    assert starts_of_bars(found) == list(range(2, 21, 3))


def test_the_text_and_the_labels_say_the_place_in_the_bar():
    grid = BeatGrid(np.arange(4.0), np.array([1.0]), bpm=60.0, confidence=0.5)
    text = beats_as_text(grid, "song.mp3").splitlines()
    assert text[0] == "# beats of song.mp3"
    assert text[-4:] == ["0.0000\t4", "1.0000\t1", "2.0000\t2", "3.0000\t3"]
    assert beats_as_labels(grid, "").splitlines()[1] == "1.000000\t1.000000\t1"
    known = json.loads(beats_as_json(grid, "song.mp3"))
    assert list(known) == [
        "song", "bpm", "bpm_range", "metre", "confidence", "beats", "downbeats",
    ]  # fmt: skip
