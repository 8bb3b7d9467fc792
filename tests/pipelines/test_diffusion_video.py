"""From a song to a painted video by small random networks, through the command line."""

import json
import re
import subprocess
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest

import cli
from music2pose.hearing.audio import load_audio
from music2pose.pose_files import save_poses
from pipelines.video import read_frames
from pose2video.diffusion.renderer import DiffusionRenderer
from tests.stand_in import SONG_SECONDS, swaying

pytestmark = pytest.mark.usefixtures("tiny_hub")

SMALL = (
    "--renderer", "diffusion", "--prompt", "a neon robot", "--size", "64x48", "--steps", "2",
    "--context", "8", "--overlap", "2", "--device", "cpu", "--fps", "10",
)  # fmt: skip


def run(song: Path, output: Path, *options: str) -> int:
    return cli.main(["music2video", str(song), "-o", str(output), *SMALL, *options])


def test_a_song_becomes_a_painted_video_of_its_length_with_its_sound(tmp_path, song):
    look = ("--style", "neon", "--base-model", "toonyou", "--motion-adapter", "v1-5-2")
    assert run(song, tmp_path / "a.mp4", *look) == 0
    frames = list(read_frames(tmp_path / "a.mp4"))
    assert len(frames) / 10 == pytest.approx(SONG_SECONDS, abs=1 / 10)
    assert frames[0].shape == (48, 64, 3)
    assert all((a != b).any() for a, b in zip(frames[:-1:2], frames[1::2], strict=False))
    assert abs(sound_offset(song, tmp_path / "a.mp4")) < 0.010
    assert [file.name for file in sorted(tmp_path.iterdir())] == ["a.mp4", "a.run.json", "song.wav"]

    record = json.loads((tmp_path / "a.run.json").read_text())
    assert record["settings"]["words"]["style"] == "neon"
    motion = "guoyww/animatediff-motion-adapter-v1-5-2"
    assert set(record["painters"]) >= {
        motion,
        "frankjoshua/toonyou_beta6/toonyou_beta6.safetensors",
    }
    assert all(re.fullmatch("[0-9a-f]{40}", commit) for commit in record["painters"].values())
    comment = tags(tmp_path / "a.mp4")
    assert "a neon robot (seed 0, style neon)" in comment
    for name, commit in record["painters"].items():
        assert f"{name} {commit}" in comment


def sound_offset(song: Path, video: Path) -> float:
    """Return how many seconds later the video's sound is than the song's."""
    heard, played = load_audio(song), load_audio(video)
    length = min(len(heard.samples), len(played.samples))
    spectra = [np.fft.rfft(sound.samples[:length], 2 * length) for sound in (played, heard)]
    likeness = np.fft.irfft(spectra[0] * spectra[1].conj())
    shift = int(np.argmax(likeness))
    return (shift - 2 * length if shift > length else shift) / heard.sample_rate


def tags(video: Path) -> str:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-i", str(video), "-f", "ffmetadata", "-"]
    return subprocess.run(command, capture_output=True, text=True).stdout


def test_after_an_interrupt_the_same_command_makes_the_same_video(tmp_path, song, monkeypatch):
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    assert run(song, tmp_path / "whole.mp4") == 0
    with monkeypatch.context() as patch:
        patch.setattr("pose2video.diffusion.decode.decode", interrupt)
        assert run(song, tmp_path / "a.mp4") == 130
    assert (tmp_path / ".a.mp4.unfinished" / "latents.safetensors").is_file()
    assert not (tmp_path / "a.mp4").exists()
    assert run(song, tmp_path / "a.mp4") == 0
    assert not (tmp_path / ".a.mp4.unfinished").exists()
    pairs = zip(*(read_frames(tmp_path / f"{n}.mp4") for n in ("whole", "a")), strict=True)
    assert all(np.array_equal(one, other) for one, other in pairs)


def test_the_painter_hears_the_piece_of_the_song_that_is_shown(tmp_path, song, monkeypatch):
    heard, hear = [], DiffusionRenderer.hear

    def noted(renderer: DiffusionRenderer, features) -> None:
        heard.append((features.seconds, features.grid.bpm))
        hear(renderer, features)

    monkeypatch.setattr(DiffusionRenderer, "hear", noted)
    piece = ("--start", "0.5", "--bpm", "90", "--react", "1")
    assert run(song, tmp_path / "a.mp4", *piece, "--fps", "8") == 0
    poses = save_poses(swaying(8, 8.0), tmp_path / "poses.npz")
    command = ["render", str(poses), "--audio", str(song), "-o", str(tmp_path / "b.mp4"), *SMALL]
    assert cli.main([*command, "--start", "0.5", "--react", "1", "--fps", "8"]) == 0
    assert [seconds for seconds, _ in heard] == pytest.approx([1.0, 1.0])
    assert heard[0][1] == 90


def test_a_plan_is_printed_and_nothing_is_made(tmp_path, song, capsys):
    assert run(song, tmp_path / "a.mp4", "--dry-run") == 0
    said = capsys.readouterr().out
    for words in ("painted frames: ", "windows per step: ", "estimated time: ", "downloads: "):
        assert words in said
    assert "downloads: none\n" in said
    assert [file.name for file in tmp_path.iterdir()] == ["song.wav"]


def test_a_preview_is_one_picture(tmp_path, song):
    assert run(song, tmp_path / "a.mp4", "--preview") == 0
    assert [file.name for file in sorted(tmp_path.iterdir())] == ["a.png", "song.wav"]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (
            ["--preset", "sd51"],
            "no preset 'sd51'; did you mean sd15? choose one of sd15,",
        ),
        (["--style", "neno"], "no style 'neno'; did you mean neon or "),
        (["--size", "100x48"], "sides must be divisible by 8, 100x48 is not; give --size 96x48"),
        (["--prompt", ""], "give a --prompt or a --style"),
        (["--base-model", "nobody/nothing"], "nobody/nothing"),
        (["--context", "40"], "--context 40 is not possible; give 2 to 32 frames"),
        (["--guidance", "-1"], "--guidance -1.0 is not possible; give 1 to 30"),
        (
            ["--reference-image", "gone.png"],
            "gone.png is no picture that can be read",
        ),
        (["--motion-adapter", "v3"], "no motion adapter 'v3'; did you mean v1-5-3? choose one of"),
        (["--precision", "int8"], "--precision 'int8' is unknown; choose one of auto, fp16, bf16"),
        (["--renderer", "skeleton", "--preview"], "--preview shows what a prompt becomes"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(tmp_path, song, capfd, options, complaint):
    assert run(song, tmp_path / "a.mp4", *options) == 2
    said = capfd.readouterr().err
    assert said.startswith("error: ")
    assert said.count("\n") == 1
    assert complaint in said
    assert [file.name for file in tmp_path.iterdir()] == ["song.wav"]


@pytest.mark.parametrize("options", [[], ["--dry-run"]])
def test_a_prompt_past_the_end_of_the_song_is_refused_before_the_work(
    tmp_path, song, capfd, monkeypatch, options
):
    monkeypatch.setattr(
        "pose2video.diffusion.weights.models.load_models", lambda *_: pytest.fail("loaded")
    )
    (tmp_path / "trip.json").write_text('{"0": "a robot", "70": "a statue"}')
    trip = ("--prompt", f"@{tmp_path / 'trip.json'}")
    assert run(song, tmp_path / "a.mp4", *trip, *options) == 2
    assert "nothing can be at '70': the video is 1.5 s long" in capfd.readouterr().err
