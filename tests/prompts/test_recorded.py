"""What was painted when is kept beside the video, so that it can be made again."""

import json

import cli


def test_a_schedule_is_kept_with_the_video_and_found_from_anywhere(tmp_path, song, monkeypatch):
    text = '"0" = "a robot"\n"bar 2" = "a cat"\n'
    (tmp_path / "travel.toml").write_text(text)
    monkeypatch.chdir(tmp_path)
    command = ["music2video", "song.wav", "--prompt", "@travel.toml", "--renderer", "skeleton"]
    assert cli.main([*command, "-o", "out.mp4", "--size", "64x64", "--fps", "4"]) == 0
    record = json.loads((tmp_path / "out.run.json").read_text())
    assert record["schedule"] == text
    assert record["settings"]["prompt"] == f"@{tmp_path / 'travel.toml'}"


def test_a_file_of_prompts_that_is_not_there_is_explained(tmp_path, song, capsys):
    command = ["music2video", str(song), "-o", str(tmp_path / "out.mp4")]
    assert cli.main([*command, "--prompt", "@nothing.toml"]) == 2
    assert "no file of prompts at" in capsys.readouterr().err
