"""The timing of charts, against times worked out by hand from what their formats say."""

import numpy as np
import pytest

from music2pose import MusicError
from music2pose.hearing.charts import is_osu, is_stepmania, osu_marks, stepmania_marks
from music2pose.hearing.given_beats import BeatMarks

SM = """#TITLE:A song #1;
#OFFSET:-0.500; // beat 0 is half a second into the music
#BPMS:0.000=120.000,4.000=60.000;
#STOPS:2.000=0.200;
"""
SSC = SM + "#DELAYS:6.000=0.500;\n#WARPS:8.000=2.000;\n"
OSU = """osu file format v14

[General]
AudioFilename: a.mp3

[TimingPoints]
1000,500,4,2,1,60,1,0
2000,-50,4,2,1,60,0,0
3100,400,3,2,1,60,1,0

[HitObjects]
256,192,1000,5,0
"""


def downbeats(marks: BeatMarks) -> list[int]:
    assert marks.is_downbeat is not None
    return np.flatnonzero(marks.is_downbeat).tolist()


def sm(text: str, until: float = 9.0) -> BeatMarks:
    return stepmania_marks(text, "a.sm", until)


def osu(text: str, until: float = 5.0) -> BeatMarks:
    return osu_marks(text, "a.osu", until)


def test_a_stop_comes_after_its_beat():
    found = sm(SM)
    assert found.times[:9] == pytest.approx([0.5, 1.0, 1.5, 2.2, 2.7, 3.7, 4.7, 5.7, 6.7])
    assert found.times[-1] >= 9
    assert downbeats(found)[:3] == [0, 4, 8]


def test_a_delay_comes_before_its_beat_and_a_warp_takes_no_time():
    found = sm(SSC)
    assert found.times[5:11] == pytest.approx([3.7, 5.2, 6.2, 7.2, 8.2, 9.2])
    # Beats 8 and 9 are passed over: beat 10, the third of its bar, is where 8 would be.
    assert downbeats(found)[:3] == [0, 4, 10]


def test_an_offset_above_0_begins_the_song_within_the_chart():
    assert sm("#OFFSET:0.25;\n#BPMS:0=120;").times[:3] == pytest.approx([-0.25, 0.25, 0.75])


@pytest.mark.parametrize(
    "text",
    [
        "#OFFSET:0;#BPMS:0=120;\n#WARPS:2=1;\n#STOPS:2=0.5;",  # stands still for a beat
        "#OFFSET:0;\n#BPMS:0=120,8.5=-120,9.5=120;",  # back by half a second, and again forwards
        "#OFFSET:0;\n#BPMS:0=120,4=999999999,6=120;",  # two beats in no time
        "#OFFSET:0;\n#BPMS:0=120;\n#STOPS:3=-0.5;",  # a negative stop is a warp of a beat
        "#OFFSET:0;\n#BPMS:0=120;\n#WARPS:4=2,5=1,5.5=0.25;",  # warps within a warp
    ],
)
def test_tricks_of_the_display_leave_the_music_even(text):
    found = sm(text)
    assert np.diff(found.times) == pytest.approx(0.5, abs=1e-5)
    assert (found.num_beats == 1).all()


def test_the_music_goes_on_in_a_stop_of_whole_beats():
    found = sm("#OFFSET:0;\n#BPMS:0=120;\n#STOPS:2=1.0;")
    assert found.times[2:4].tolist() == [1.0, 2.5]
    assert found.num_beats.tolist()[:4] == [1, 1, 3, 1]


def test_bars_follow_the_time_signatures():
    found = sm("#BPMS:0=120;\n#TIMESIGNATURES:0=3=4,6=7=8;")
    assert downbeats(found)[:4] == [0, 3, 6, 13]


@pytest.mark.parametrize(
    ("song", "expected"), [("#OFFSET:-1;\n#BPMS:0=100;", 1.0), ("#OFFSET:-1;", 2.0)]
)
def test_the_timing_of_a_chart_counts_where_the_song_has_none(song, expected):
    chart = "#NOTEDATA:;\n#OFFSET:-2;\n#BPMS:0=100;\n#NOTES:0000,0000;"
    assert sm(f"#VERSION:0.83;\n{song}\n{chart}").times[0] == expected


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("#OFFSET:0;\n#BPMS:0=fast;", "line 2: 'fast' is not a number"),
        ("#OFFSET:nan;\n#BPMS:0=100;", "line 1: 'nan' is not a number"),
        ("\n#BPMS:0;", "line 2: #BPMS must be a list of BEAT=NUMBER"),
        ("#BPMS:;", "line 1: #BPMS gives no tempo"),
        ("#BPMS:0=0;", "line 1: #BPMS gives no tempo"),
        ("#BPMS:0=1e-300;", "line 1: #BPMS gives no tempo"),
        ("#BPMS:0=1e9;", "tempo that no music has"),
        ("#BPMS:0=900;", "900 beats per minute"),
        ("#BPMS:0=2;", "2 beats per minute; give 20 to 400"),
        ("#BPMS:0=100;\n#TIMESIGNATURES:0=0=4;", "line 2"),
    ],
)
def test_a_timing_that_is_none_is_refused(text, line):
    with pytest.raises(MusicError, match=line):
        sm(text)


def test_the_beats_of_a_timing_point_go_on_to_the_next():
    found = osu(OSU)
    # 3.0 s is a beat of the first one, but the second begins just after.
    assert found.times[:7] == pytest.approx([1.0, 1.5, 2.0, 2.5, 3.1, 3.5, 3.9])
    assert downbeats(found) == [0, 4, 7]
    assert 5.0 <= found.times[-1] <= 5.4


def test_charts_of_the_oldest_versions_are_24_ms_late():
    found = osu("osu file format v3\r\n[TimingPoints]\r\n1000,500\r\n")
    assert found.times[:2] == pytest.approx([1.024, 1.524])


def test_a_beat_of_a_minute_that_hides_bar_lines_is_not_a_tempo():
    found = osu(OSU.replace("3100,400", "3100,60000"), until=20.0)
    assert found.times[:5] == pytest.approx([1.0, 1.5, 2.0, 2.5, 3.1])


@pytest.mark.parametrize(
    ("points", "line"),
    [
        ("", "no tempo in its"),
        ("1000,-50,4,2,1,60,0,0", "no tempo in its"),
        ("1000", "line 3: a timing point has a time"),
        ("1000,abc,4", "line 3: 'abc' is not a number"),
        ("1000,nan,4,1,1,60,1,0", "line 3: 'nan' is not a number"),
        ("0,1e-9,4,1,1,60,1,0", "tempo that no music has"),
        ("-1e12,500,4,1,1,60,1,0", "tempo that no music has"),
        ("0,40,4,1,1,60,1,0", "less than 0.05 s apart"),
    ],
)
def test_timing_points_that_are_none_are_refused(points, line):
    with pytest.raises(MusicError, match=line):
        osu(f"osu file format v14\n[TimingPoints]\n{points}\n")


def test_charts_are_known_by_their_content():
    assert is_osu(OSU)
    assert is_stepmania(SM)
    assert not is_osu(SM)
    assert not is_stepmania(OSU)
    assert not is_stepmania("0.5\n1.0\n# the #BPMS: are unknown")
