"""Files of cues: the words of prompt schedules, times of the song, and one line for each slip."""

from pathlib import Path

import numpy as np
import pytest

from music2pose import MusicError
from music2pose.cue_sheet import CueSheet, read_cue_sheet, resolved_cues
from music2pose.direction import Cue
from music2pose.hearing.moments import SongTimes
from music2pose.hearing.sections import SongSection
from music2pose.pose_files import save_poses
from tests.stand_in import swaying

TIMES = SongTimes(
    seconds=30.0,
    beats=np.arange(0.25, 30, 0.5),
    bars=np.arange(0.25, 30, 2.0),
    sections=[SongSection(0.0, "A"), SongSection(8.25, "B"), SongSection(16.25, "A")],
)
KNOWN = ("robot", "salsa", "floss")


def sheet(folder: Path, text: str) -> CueSheet:
    (folder / "dance.toml").write_text(text)
    return read_cue_sheet(folder / "dance.toml")


def cues(folder: Path, text: str) -> list[Cue]:
    return list(resolved_cues(sheet(folder, text), TIMES))


def test_a_cue_lasts_until_the_next_one_or_the_end(tmp_path):
    found = cues(tmp_path, '"bar 5" = "free"\n"beat 3" = "robot, salsa"\n"section 3" = "freeze"')
    assert found == [
        Cue(1.25, 8.25, ("robot", "salsa")),
        Cue(16.25, 30.0, is_frozen=True),
    ]


@pytest.mark.parametrize(
    ("length", "stop"),
    [
        ('"2 beats"', 5.25), ('"1 beat"', 4.75), ('"2 bars"', 8.25), ('"0.5 bars"', 5.25),
        ('"1 section"', 8.25), ("3", 7.25), ("1.4", 5.75), ('"1.4 s"', 5.75), ("0.1", 4.75),
        ('"2.6 beats"', 5.75), ('"0.1 beats"', 4.75), ('"0.3 bars"', 4.75),
        ('"0.9 sections"', 7.25),
        ('"20 bars"', 12.25), ('"1000 beats"', 12.25), ("1000", 12.25),
    ],
)  # fmt: skip
def test_or_as_long_as_it_says(tmp_path, length, stop):
    text = f'"bar 3" = {{ energy = 1, for = {length} }}\n"bar 7" = {{ energy = -0.5 }}'
    assert cues(tmp_path, text) == [
        Cue(4.25, stop, energy=1.0), Cue(12.25, 30.0, energy=-0.5)
    ]  # fmt: skip


def test_what_starts_with_the_song_before_its_first_beat_ends_on_a_beat_too(tmp_path):
    late = TIMES._replace(beats=np.arange(0.1, 30, 0.5), bars=np.arange(0.1, 30, 2.0))
    for length, stop in (("2 beats", 1.1), ("1 bar", 2.1), ("0.01 beats", 0.1)):
        read = sheet(tmp_path, f'"0" = {{ energy = 1, for = "{length}" }}')
        assert [(cue.start, cue.stop) for cue in resolved_cues(read, late)] == [(0.0, stop)]


def test_a_length_may_run_to_the_end_of_the_song(tmp_path):
    for length in ('"3 bars"', "4.7", '"1 section"'):
        found = cues(tmp_path, f'"bar 14" = {{ freeze = true, for = {length} }}')
        assert found == [Cue(26.25, 30.0, is_frozen=True)]


def test_seconds_mean_the_nearest_beat_and_0_the_start(tmp_path):
    found = cues(tmp_path, '"0" = "robot"\n"10.1" = "salsa"\n"0:20.4" = "freeze"')
    assert [cue.start for cue in found] == [0.0, 10.25, 20.25]


def test_a_name_of_sections_stands_for_all_of_them(tmp_path):
    found = cues(tmp_path, '"section A" = { moves = "salsa", for = "1 section" }')
    assert found == [Cue(0.0, 8.25, ("salsa",)), Cue(16.25, 30.0, ("salsa",))]


def test_a_pose_is_read_from_beside_the_sheet(tmp_path):
    poses = swaying(40, 25.0)
    (tmp_path / "poses").mkdir()
    save_poses(poses, tmp_path / "poses" / "hero.npz")
    read = sheet(tmp_path, '"bar 2" = { pose = "poses/hero.npz", frame = 7, for = "1 bar" }')
    assert read.pose_files == (tmp_path / "poses" / "hero.npz",)
    (cue,) = resolved_cues(read, TIMES)
    assert cue.pose is not None
    assert (cue.start, cue.stop) == (2.25, 4.25)
    arm = poses.keypoints[7, 4] - poses.keypoints[7, 2]
    torso = 0.22  # neck to mid-hip of ``swaying``
    assert np.allclose(cue.pose.keypoints[4] - cue.pose.keypoints[2], arm / torso, atol=1e-4)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "dance.toml holds no cues; give some, at"),
        ("0 = ", "cannot read .*dance.toml"),
        ('"verse 2" = "robot"', "cue at 'verse 2': unknown key 'verse 2'; moments are"),
        ('"bar 0" = "robot"', "cue at 'bar 0': 'bar 0': bars are counted from 1"),
        ('"bar 2" = 3', "cue at 'bar 2': 3 is not possible; give names of moves, 'free', 'freeze'"),
        ('"1" = {energi = 1}', "cue at '1': unknown key 'energi'; did you mean energy[?] keys are"),
        ('"1" = {energy = 1.5}', "cue at '1': energy is 1.5; give -1 .calmest. to 1"),
        ('"1" = {energy = true}', "energy is True"),
        ('"1" = {energy = nan}', "energy is nan"),
        ('"1" = {freeze = 1}', "freeze is 1; give true or false"),
        ('"1" = {freeze = true, moves = "robot"}', "who holds a pose does not dance"),
        ('"1" = {freeze = true, pose = "p.npz"}', "leave out freeze, or the pose"),
        ('"1" = {frame = 3}', "it has a frame, but no pose"),
        ('"1" = {for = 3}', "it asks for nothing; give moves"),
        ('"1" = {moves = ["robot"]}', "moves must be a text, got"),
        ('"1" = {moves = " , "}', "moves is empty"),
        ('"1" = "robot, free"', "'free' is no move; it stands alone"),
        ('"1" = "robot, no-floss"', "a cue names what to dance; give --moves what to avoid"),
        ('12.5 = "robot"', "cue at '12': unknown key '5'; put quotes around .* as \"12.5\"; keys"),
        ('"1:30" = "robot"\n"90.0" = "free"', "'1:30' and '90.0' are at the same moment"),
        ('"bar 2" = "robot"\n"Bar 2" = "free"', "'bar 2' and 'Bar 2' are at the same moment"),
        ('"section b" = "robot"\n"section B" = "free"', "are at the same moment"),
        ('"-1" = "robot"', "cue at '-1': unknown key '-1'; moments are"),
        ('"1" = {energy = inf}', "energy is inf"),
        ('"1" = {energy = 1e300}', r"energy is 1e\+300"),
        ('"1" = {energy = "1"}', "energy is '1'"),
        ('"1" = {energy = 99999999999999999999}', "dance.toml: it holds a whole number"),
        ('"1" = {energy = 1, for = inf}', "for is inf"),
        ('"1" = {energy = 1, for = true}', "for is True"),
        ('"1" = {pose = "hero.npz", frame = -1}', "hero.npz: frame -1 is not there; give 0 to 39"),
        ('"1" = {pose = 3}', "pose must be a text, got 3"),
        ('"1" = {energy = 1, for = "3 verses"}', "for is '3 verses'; give seconds, \"4 beats\""),
        ('"1" = {energy = 1, for = -1}', "for is -1"),
        ('"1" = {energy = 1, for = 0}', "for is 0"),
        ('"1" = {pose = "gone.npz"}', "cue at '1': no poses at .*gone.npz"),
        ('"1" = {pose = "dance.toml"}', "dance.toml is no pose file"),
        ('"1" = {pose = "hero.npz", frame = 40}', "hero.npz: frame 40 is not there; give 0 to 39"),
        ('"1" = {pose = "hero.npz", frame = 1.5}', "frame is 1.5; give a whole number"),
    ],
)
def test_a_cue_that_cannot_be_understood_is_named(tmp_path, text, message):
    save_poses(swaying(40, 25.0), tmp_path / "hero.npz")
    with pytest.raises(MusicError, match=message):
        sheet(tmp_path, text)


def test_what_a_dancer_cannot_do_is_known_before_the_song_is_heard(tmp_path):
    sheet(tmp_path, '"0" = "robot"\n"30" = "salsa"\n"bar 99" = "free"').check(KNOWN, 30.0)
    with pytest.raises(MusicError, match=r"dance.toml: cue at '0': .* did you mean robot\?"):
        sheet(tmp_path, '"0" = "robto"').check(KNOWN, 30.0)
    with pytest.raises(MusicError, match=r"cue at '1:00': .* the video is 30\.0 s long"):
        sheet(tmp_path, '"1:00" = "freeze"').check(KNOWN, 30.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('"bar 16" = "free"', "dance.toml: nothing can be at 'bar 16': the song has 15 bars"),
        ('"section C" = "free"', "the song's sections are A, B"),
        ('"8.3" = "free"\n"section 2" = "robot"', "'8.3' and 'section 2' are on the same beat"),
    ],
)
def test_what_the_song_does_not_have_is_explained_when_it_is_heard(tmp_path, text, message):
    with pytest.raises(MusicError, match=message):
        cues(tmp_path, text)
