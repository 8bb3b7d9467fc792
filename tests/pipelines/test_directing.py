"""What is asked for reaches the dancer, resolved for the song, or is refused before the work."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

import cli
from music2pose import MusicError
from music2pose.direction import Cue, Direction
from music2pose.hearing.beats import even_grid
from music2pose.hearing.features import FEATURE_FPS, SongFeatures, beat_phase
from music2pose.pose_files import load_poses, save_poses
from pipelines import VideoError
from pipelines.config import Music2VideoConfig as Config
from pipelines.directing import cues_in, files_asked_for, load_director
from pipelines.painting import files_read, resolved
from pipelines.video import read_frames
from tests.stand_in import clicks, swaying

KNOWN = ("robot", "salsa", "floss")


@pytest.fixture
def heard() -> SongFeatures:
    """Twenty seconds of silence, with beats every half second from the start."""
    times = np.arange(20 * FEATURE_FPS) / FEATURE_FPS
    grid, none = even_grid(20.0, 120.0), np.zeros(len(times), np.float32)
    phase = beat_phase(grid, times)
    mel, nothing = (np.zeros((len(times), width), np.float32) for width in (64, 2))
    return SongFeatures(mel, none, none, nothing, phase, phase, grid, 20)


@pytest.fixture
def sheet(tmp_path):
    (tmp_path / "dance.toml").write_text(
        '"bar 3" = { moves = "salsa", energy = 0.5, for = "4 beats" }\n"8" = "freeze"'
    )
    return str(tmp_path / "dance.toml")


def test_the_dancer_is_told_all_that_was_asked_for(heard, sheet):
    config = Config(follow=2.0, energy=-0.25, moves="robot,no-floss", choreography=sheet)
    assert load_director(config, KNOWN, 20.0)(heard) == Direction(
        2.0, -0.25, ("robot",), ("floss",),
        (Cue(4.0, 6.0, ("salsa",), energy=0.5), Cue(8.0, 20.0, is_frozen=True)),
    )  # fmt: skip
    assert load_director(Config(), (), 20.0)(heard) == Direction()


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"moves": "robto"}, "--moves: no move is called 'robto'; did you mean robot[?]"),
        ({"moves": "no-flos"}, "--moves: no move is called 'flos'; did you mean floss[?]"),
        ({"moves": "no-floss,no-robot,no-salsa"}, "avoids all moves that there are"),
        ({"choreography": "gone.toml"}, "cannot read gone.toml: No such file"),
    ],
)
def test_what_cannot_be_danced_is_refused(asked, message):
    with pytest.raises(MusicError, match=message):
        load_director(Config(**asked), KNOWN, 20.0)


def test_a_choreography_is_checked_against_dancer_and_song(sheet, heard):
    config = Config(choreography=sheet)
    with pytest.raises(MusicError, match="cue at 'bar 3': no move is called 'salsa'"):
        load_director(config, ("robot",), 20.0)
    with pytest.raises(MusicError, match=r"cue at '8': nothing can be at '8': the video is 7\.0 s"):
        load_director(config, KNOWN, 7.0)


def test_a_choreography_in_the_home_folder_is_found_by_all_who_read_it(sheet, monkeypatch):
    monkeypatch.setenv("HOME", str(Path(sheet).parent))
    config = Config(choreography="~/dance.toml")
    assert files_asked_for(config) == [Path(sheet)]
    assert cues_in(config) == {"cues": Path(sheet).read_text()}


def test_what_is_no_text_or_empty_is_refused(tmp_path):
    path = tmp_path / "dance.toml"
    for content, message in (
        (b'"0" = "rob\xff\xfeot"', "cannot read .*dance.toml: it is no text"),
        (b"", "dance.toml holds no cues; give some, at"),
    ):
        path.write_bytes(content)
        with pytest.raises(MusicError, match=message):
            load_director(Config(choreography=str(path)), KNOWN, 20.0)
    path.with_suffix(".json").write_text("[1]")
    with pytest.raises(MusicError, match=r"dance\.json holds no cues"):
        load_director(Config(choreography=str(path.with_suffix(".json"))), KNOWN, 20.0)


@pytest.mark.parametrize(
    "asked", [{"follow": 0.0}, {"energy": 1.0}, {"moves": "robot"}, {"choreography": "d.toml"}]
)
def test_whoever_dances_already_is_asked_for_nothing(asked):
    with pytest.raises(VideoError, match=r"--poses p\.npz is danced already"):
        Config(poses="p.npz", **asked)


def test_a_record_names_its_files_from_everywhere_and_none_is_written_over(tmp_path, monkeypatch):
    save_poses(swaying(5, 25.0), tmp_path / "hero.npz")
    (tmp_path / "dance.toml").write_text('"0" = { pose = "hero.npz" }')
    (tmp_path / "beats.txt").write_text("0\n1\n")
    monkeypatch.chdir(tmp_path)
    config = Config(choreography="dance.toml", beats="beats.txt", renderer="skeleton")
    found, _ = resolved(config, tmp_path / "a.mp4")
    assert found.choreography == str(tmp_path / "dance.toml")
    assert found.beats == str(tmp_path / "beats.txt")
    assert files_asked_for(found) == [tmp_path / "dance.toml", tmp_path / "hero.npz"]
    assert {tmp_path / name for name in ("dance.toml", "hero.npz")} < set(files_read(found))


@pytest.fixture
def song(tmp_path):
    soundfile.write(tmp_path / "song.wav", clicks(3.0), 24_000)
    return tmp_path / "song.wav"


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ('"5" = "freeze"', (), "dance.toml: cue at '5': nothing can be at '5': the video is 3.0 s"),
        ('"bar 40" = "freeze"', (), "dance.toml: nothing can be at 'bar 40': the song has"),
        ('"1" = { energy = 2 }', (), "dance.toml: cue at '1': energy is 2; give -1"),
        ('"1" = { speed = 2 }', (), "dance.toml: cue at '1': unknown key 'speed'; keys are"),
        ('"1" = "robto"', (), "no move is called 'robto'; did you mean robot?"),
        ('"1" = "free"', ("--moves", "no-flos"), "did you mean floss?"),
        ('"1" = "free"', ("--follow", "4"), "--follow 4.0 is not possible; give 0 to 3"),
        ('"1" = "free"', ("--energy", "-1.5"), "--energy -1.5 is not possible; give -1 to 1"),
        ('"1" = "free"', ("--energy", "nan"), "--energy nan is not possible; give -1 to 1"),
        ('"1" = "free"\n"1.0" = "freeze"', (), "cues at '1' and '1.0' are at the same moment"),
        ('"1" = { pose = "hero.npz" }', ("--overwrite",), "would overwrite what it is made from"),
    ],
)
def test_a_slip_is_one_line_before_the_work(
    tmp_path, song, capfd, monkeypatch, text, options, message
):
    monkeypatch.setattr("pipelines.dancing.families_of", lambda model: KNOWN)
    (tmp_path / "dance.toml").write_text(text)
    save_poses(swaying(5, 25.0), tmp_path / "hero.npz")
    output = "hero.npz" if "hero" in text else "a.npz"
    asked = ["--choreography", str(tmp_path / "dance.toml"), *options]
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert cli.main(["music2pose", str(song), "-o", str(tmp_path / output), *asked]) == 2
    said = capfd.readouterr()
    assert said.err.startswith("error: ") and message in said.err and said.err.count("\n") == 1
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_freeze_is_danced_and_recorded_and_the_record_dances_it_again(
    tmp_path, song, monkeypatch, capsys
):
    """The shipped dancer, held from the third click, at 1 s, to the fifth, at 2 s."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dance.toml").write_text('"1" = { freeze = true, for = "2 beats" }')
    command = ["music2pose", "song.wav", "--bpm", "120", "--first-beat", "0", "--seed", "1"]
    assert cli.main([*command, "-o", "free.npz"]) == 0
    assert cli.main([*command, "-o", "held.npz", "--choreography", "dance.toml"]) == 0
    free, held = load_poses(tmp_path / "free.npz"), load_poses(tmp_path / "held.npz")
    assert np.allclose(held.keypoints[25:51], free.keypoints[25], atol=1e-5)
    assert np.ptp(free.keypoints[25:51], axis=0).max() > 0.02
    assert np.array_equal(held.keypoints[:12], free.keypoints[:12])

    small = ["--size", "64x64", "--renderer", "skeleton"]
    made = ["music2video", *command[1:], *small, "--choreography", "dance.toml"]
    assert cli.main([*made, "-o", "a.mp4"]) == 0
    record = json.loads((tmp_path / "a.run.json").read_text())
    assert record["cues"] == '"1" = { freeze = true, for = "2 beats" }'
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert cli.main(["music2video", "--config", str(tmp_path / "a.run.json"), "-o", "b.mp4"]) == 0
    one, other = (list(read_frames(path)) for path in (tmp_path / "a.mp4", Path("b.mp4")))
    assert np.array_equal(one, other)
    apart = [np.abs(one[a].astype(int) - one[b]).mean() for a, b in ((30, 45), (0, 24))]
    assert apart[0] < 0.2 * apart[1], "the same but for what the video loses"
