"""Whatever comes in: a clear line and exit code 2, or a sensible dance; never half a file."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
import soundfile

import cli
from music2pose import MusicError
from music2pose.hearing.audio import load_audio
from music2pose.pose_files import load_poses, save_poses
from pipelines import VideoError
from pipelines.config import Music2VideoConfig as Config
from pipelines.music2video import music2pose
from pipelines.video import Sound, check_sound, read_frames, write_video
from pose2video.performer.performer import PerformerRecord, save_performer
from tests.stand_in import clicks, swaying

RATE = 24_000
ROOT = Path(__file__).parents[1]
SMALL = ("--size", "64x48", "--fps", "10", "--renderer", "skeleton")


def run(song: Path | str, output: Path | str, *options: str) -> int:
    return cli.main(["music2video", str(song), "-o", str(output), *SMALL, *options])


def wav(path: Path, samples: np.ndarray, rate: int = RATE, subtype: str = "PCM_16") -> Path:
    soundfile.write(path, samples, rate, subtype=subtype)
    return path


def ffmpeg(*arguments: object) -> None:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *map(str, arguments)]
    subprocess.run(command, check=True)


def one_line(capfd: pytest.CaptureFixture[str]) -> str:
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    return err


def whole_video(path: Path, seconds: float) -> None:
    """The video has all its frames and its sound, and nothing else was left in the folder."""
    assert len(list(read_frames(path))) / 10 == pytest.approx(seconds, abs=0.1)
    assert load_audio(path).seconds == pytest.approx(seconds, abs=0.06)
    assert not [file for file in path.parent.iterdir() if file.suffix == ".part"]


# Songs that are none.


def missing(folder: Path) -> Path:
    return folder / "gone.mp3"


def a_folder(folder: Path) -> Path:
    return folder


def text(folder: Path) -> Path:
    path = folder / "song.mp3"
    path.write_text("This is not music.\n" * 50)
    return path


def zero_bytes(folder: Path) -> Path:
    (folder / "song.wav").touch()
    return folder / "song.wav"


def only_a_head(folder: Path) -> Path:
    data = wav(folder / "song.flac", clicks(2)).read_bytes()
    (folder / "song.flac").write_bytes(data[:60])
    return folder / "song.flac"


def one_sample(folder: Path) -> Path:
    return wav(folder / "song.wav", np.array([0.5]))


def too_short(folder: Path) -> Path:
    return wav(folder / "song.wav", clicks(0.5))


def video_without_sound(folder: Path) -> Path:
    ffmpeg("-f", "lavfi", "-i", "testsrc=d=2:s=64x48", folder / "song.mp4")
    return folder / "song.mp4"


def picture(folder: Path) -> Path:
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=64x48", "-frames:v", 1, folder / "song.png")
    return folder / "song.png"


def list_of_other_files(folder: Path) -> Path:
    (folder / "song.m3u8").write_text("#EXTM3U\n#EXTINF:10,\nhttp://localhost:9/secret.ts\n")
    return folder / "song.m3u8"


def pipe(folder: Path) -> Path:
    os.mkfifo(folder / "song.wav")
    return folder / "song.wav"


def device(folder: Path) -> Path:
    (folder / "song.mp3").symlink_to("/dev/zero")
    return folder / "song.mp3"


NO_SONGS = [
    missing, a_folder, text, zero_bytes, only_a_head, one_sample, too_short, video_without_sound,
    picture, list_of_other_files, pipe, device,
]  # fmt: skip


@pytest.mark.parametrize("song", NO_SONGS)
def test_what_is_no_song_is_explained(tmp_path, capfd, song: Callable[[Path], Path]):
    (tmp_path / "songs").mkdir()
    assert run(song(tmp_path / "songs"), tmp_path / "a.mp4") == 2
    one_line(capfd)
    assert [file.name for file in tmp_path.iterdir()] == ["songs"]


LISTS = {
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nsecret.{0}\n#EXT-X-ENDLIST\n",
    "ffconcat": "ffconcat version 1.0\nfile secret.{0}\n",
    "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
    'mediaPresentationDuration="PT2S" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011">'
    '<Period><AdaptationSet mimeType="audio/{0}"><Representation id="1" bandwidth="9">'
    "<BaseURL>secret.{0}</BaseURL></Representation></AdaptationSet></Period></MPD>",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 9 RTP/AVP 0\n",
}


@pytest.mark.parametrize("suffix", [".mp3", ".wav", ".txt", ".mp4", ".m3u8", ".mpd"])
@pytest.mark.parametrize("kind", LISTS)
def test_a_list_of_other_files_opens_none_of_them_under_any_name(tmp_path, kind, suffix):
    wav(tmp_path / "secret.wav", clicks(2))
    video = [np.zeros((48, 64, 3), np.uint8)] * 10
    write_video(tmp_path / "secret.mp4", video, 5.0, Sound(tmp_path / "secret.wav", 0, 2.0))
    path = tmp_path / f"list{suffix}"
    for secret in ("wav", "mp4"):
        path.write_text(LISTS[kind].format(secret))
        with pytest.raises(MusicError):
            load_audio(path)
        for read in (check_sound, lambda path: list(read_frames(path))):
            with pytest.raises(VideoError):
                read(path)


def test_pictures_of_a_kind_that_nobody_knows_are_refused(tmp_path):
    path = write_video(tmp_path / "a.mp4", [np.zeros((48, 64, 3), np.uint8)] * 10, 5.0)
    path.write_bytes(path.read_bytes().replace(b"avc1", b"zzzz").replace(b"avcC", b"zzzC"))
    with pytest.raises(VideoError, match="is no video that can be read"):
        next(read_frames(path))


def test_tags_that_are_no_text_do_not_keep_a_video_from_being_read(tmp_path):
    frames = [np.zeros((48, 64, 3), np.uint8)] * 5
    path = write_video(tmp_path / "a.mp4", frames, 5.0, tags={"title": "telltale"})
    assert b"telltale" in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(b"telltale", b"tell\xfb\xfale"))
    assert len(list(read_frames(path))) == 5


def test_pictures_of_a_hundred_megapixels_are_not_decoded(tmp_path, monkeypatch):
    video = write_video(tmp_path / "a.mp4", [np.zeros((48, 64, 3), np.uint8)] * 3, 5.0)
    assert len(list(read_frames(video))) == 3
    monkeypatch.setattr("pipelines.video.MOST_PIXELS", 64 * 48 - 1)
    with pytest.raises(VideoError, match="has pictures of 64x48; up to"):
        read_frames(video).__next__()


NAMES = [
    "Artist: Title", "12:30", "http:x", "-dir/o", "pipe:0", "file:x", "%d", "a#b?c&d", "a\nb",
    "crypto:x", "concat:x|y", "x,y;z", "~", "a'b\"c", "-i",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_paths_are_paths_whatever_ffmpeg_thinks_of_them(tmp_path, monkeypatch, song, name):
    monkeypatch.chdir(tmp_path)
    Path("-dir").mkdir()
    output = Path(f"{name}.mp4")
    write_video(output, [np.zeros((48, 64, 3), np.uint8)] * 8, 5.0, Sound(song, 0, 1.0))
    assert len(list(read_frames(output))) == 8
    assert load_audio(output).seconds == pytest.approx(1.6, abs=0.7)
    copy = song.rename(f"{name}.wav")
    assert load_audio(copy).seconds == pytest.approx(1.5, abs=0.01)
    check_sound(copy)


def test_a_song_named_like_an_address_becomes_a_video_of_its_name(tmp_path, monkeypatch, song):
    monkeypatch.chdir(tmp_path)
    named = song.rename("Artist: Title.wav")
    assert cli.main(["music2video", str(named), *SMALL]) == 0
    assert Path("Artist: Title.mp4").is_file() and Path("Artist: Title.run.json").is_file()


@pytest.mark.parametrize(
    ("channels", "subtype"),
    [(9, "PCM_U8"), (17, "PCM_16"), (32, "PCM_24"), (100, "FLOAT"), (255, "PCM_16")],
)
def test_more_channels_than_have_names_are_heard_together(tmp_path, channels, subtype):
    samples = np.tile(0.6 * clicks(2)[:, None], (1, channels))
    path = wav(tmp_path / "song.wav", samples, subtype=subtype)
    check_sound(path)
    video = [np.zeros((48, 64, 3), np.uint8)] * 10
    write_video(tmp_path / "a.mp4", video, 5.0, Sound(path, 0, 2.0))
    written, heard = load_audio(tmp_path / "a.mp4").samples, 0.6 * clicks(2)
    count = min(len(written), len(heard))
    assert np.corrcoef(written[:count], heard[:count])[0, 1] > 0.9


def test_telephone_sound_that_cannot_be_wound_back_is_heard(tmp_path):
    path = wav(tmp_path / "song.wav", clicks(2, 8000), 8000, "GSM610")
    assert load_audio(path).seconds == pytest.approx(2, abs=0.05)
    check_sound(path)


def test_a_song_a_little_too_short_is_said_to_be_so(tmp_path):
    path = wav(tmp_path / "song.wav", clicks(1)[: RATE - 1])
    with pytest.raises(MusicError, match=r"has 0\.99 s of sound; a song needs at least 1 s"):
        load_audio(path)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--start", "60"), "past the end"),
        (("--start", "1.2"), "needs at least 1 s"),
    ],
)
def test_a_start_outside_the_song_is_explained(tmp_path, song, capfd, options, complaint):
    assert run(song, tmp_path / "a.mp4", *options) == 2
    assert complaint in one_line(capfd)


# Songs that are strange.


def silence(folder: Path) -> Path:
    return wav(folder / "song.wav", np.zeros(2 * RATE))


def not_numbers(folder: Path) -> Path:
    samples = clicks(2)
    samples[1000:1100] = np.nan
    samples[5000] = np.inf
    return wav(folder / "song.wav", samples, subtype="FLOAT")


def all_not_numbers(folder: Path) -> Path:
    return wav(folder / "song.wav", np.full(2 * RATE, np.nan), subtype="FLOAT")


def far_too_loud(folder: Path) -> Path:
    return wav(folder / "song.wav", clicks(2) * 8, subtype="FLOAT")


def telephone(folder: Path) -> Path:
    return wav(folder / "song.wav", clicks(2, 8000), 8000)


def studio(folder: Path) -> Path:
    samples = np.repeat(clicks(2, 192_000)[:, None], 6, axis=1)
    return wav(folder / "song.wav", samples, 192_000, "PCM_24")


def drone(folder: Path) -> Path:
    return wav(folder / "song.wav", 0.3 * np.sin(2 * np.pi * 110 * np.arange(2 * RATE) / RATE))


def speech_like(folder: Path) -> Path:
    rng = np.random.default_rng(0)
    loudness = np.repeat(rng.random(40), RATE // 20)
    return wav(folder / "song.wav", 0.2 * loudness * rng.normal(size=2 * RATE).clip(-3, 3))


def constant_offset(folder: Path) -> Path:
    return wav(folder / "song.wav", np.full(2 * RATE, 0.7))


def unicode_and_spaces(folder: Path) -> Path:
    return wav(folder / "Ein schönes Lied - 歌 #1 100% 'q\".wav", clicks(2))


def like_an_option(folder: Path) -> Path:
    return wav(folder / "-i song.wav", clicks(2))


def wrong_suffix(folder: Path) -> Path:
    return wav(folder / "song.wav", clicks(2)).rename(folder / "song.mp3")


def sound_of_a_video(folder: Path) -> Path:
    wav(folder / "song.wav", clicks(2))
    video = folder / "song.mkv"
    ffmpeg("-f", "lavfi", "-i", "testsrc=d=2:s=64x48", "-i", folder / "song.wav", video)
    return video


STRANGE_SONGS = [
    silence, not_numbers, all_not_numbers, far_too_loud, telephone, studio, drone, speech_like,
    constant_offset, unicode_and_spaces, like_an_option, wrong_suffix, sound_of_a_video,
]  # fmt: skip


@pytest.mark.parametrize("song", STRANGE_SONGS)
def test_any_sound_is_heard_and_danced_to(tmp_path, song: Callable[[Path], Path]):
    path = song(tmp_path)
    check_sound(path)  # ffmpeg, which puts it into the video, takes it as well
    music2pose(path, tmp_path / "a.npz", Config(fps=10, device="cpu"))
    poses = load_poses(tmp_path / "a.npz")
    assert len(poses) == 20
    assert (poses.confidence[:, :14] > 0).mean() > 0.9
    inside = (poses.keypoints > -0.1) & (poses.keypoints < 1.1)
    assert inside.mean() > 0.99
    assert np.abs(np.diff(poses.keypoints, axis=0)).max() > 0.005


@pytest.mark.parametrize("song", [not_numbers, sound_of_a_video, unicode_and_spaces])
def test_any_sound_gets_a_video(tmp_path, song: Callable[[Path], Path]):
    (tmp_path / "songs").mkdir()
    path = song(tmp_path / "songs")
    output = tmp_path / f"{path.stem}.mp4"
    assert run(path, output) == 0
    whole_video(output, 2.0)


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3"])
def test_a_song_that_breaks_off_is_heard_as_far_as_it_goes(tmp_path, suffix):
    path = wav(tmp_path / "whole.wav", np.random.default_rng(0).normal(0, 0.1, 4 * RATE))
    cut = tmp_path / f"cut.{suffix}"
    ffmpeg("-i", path, cut)
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size * 6 // 10])
    check_sound(cut)
    seconds = load_audio(cut).seconds
    assert 1.5 < seconds < 3.0
    if suffix == "flac":  # to its end, video and all
        assert run(cut, tmp_path / "a.mp4") == 0
        whole_video(tmp_path / "a.mp4", seconds)


# Outputs that cannot be.


@pytest.mark.parametrize(
    ("output", "complaint"),
    [
        ("/proc/a.mp4", "cannot write /proc/a.mp4"),
        ("/dev/null/a.mp4", "cannot write /dev/null/a.mp4"),
        ("song.wav/a.mp4", "cannot write song.wav/a.mp4"),
        ("x" * 300 + ".mp4", "File name too long"),
        ("folder.mp4", "is a folder"),
        ("", "give a name that ends in"),
    ],
)
def test_an_output_that_cannot_be_written_is_explained(
    tmp_path, song, capfd, monkeypatch, output, complaint
):
    monkeypatch.chdir(tmp_path)
    Path("folder.mp4").mkdir()
    assert run(song, output) == 2
    assert complaint in one_line(capfd)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_explained(tmp_path, song, capfd):
    (tmp_path / "locked").mkdir(mode=0o500)
    assert run(song, tmp_path / "locked" / "a.mp4") == 2
    assert "Permission denied" in one_line(capfd)


@pytest.fixture
def tiny_disk(tmp_path: Path):
    """A disk of 128 KiB, where the system lets us make one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=128k", "none", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("may not mount a disk here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_is_explained_and_left_clean(tmp_path, song, tiny_disk, capfd):
    (tiny_disk / "ballast").write_bytes(bytes(112_000))
    assert run(song, tiny_disk / "a.mp4") == 2
    assert "No space left on device" in one_line(capfd)
    assert cli.main(["music2pose", str(song), "-o", str(tiny_disk / "a.json"), "--fps", "60"]) == 2
    assert "No space left on device" in one_line(capfd)
    assert [file.name for file in tiny_disk.iterdir()] == ["ballast"]


def test_a_full_disk_ends_a_performer_with_what_the_system_says(tiny_disk):
    frames = np.random.default_rng(0).integers(0, 256, (20, 64, 64, 3), np.uint8)
    record = PerformerRecord("noise", "made up", "none", validation_from=10)
    with pytest.raises(OSError, match="No space left on device"):
        save_performer(tiny_disk / "noise", swaying(20, 1.0), frames, record)
    assert list(tiny_disk.iterdir()) == []


def test_a_link_to_nowhere_is_not_written_over(tmp_path, song, capfd):
    link = tmp_path / "a.mp4"
    link.symlink_to("unplugged/a.mp4")
    assert run(song, link) == 2
    assert "exists; give --overwrite" in one_line(capfd)
    assert link.is_symlink()


# Runs that are stopped.


def start_a_run(song: Path, poses: Path, output: Path) -> subprocess.Popen[bytes]:
    """Start a long run and return once it writes frames."""
    command = [sys.executable, "cli.py", "music2video", song, "--poses", poses, "-o", output]
    options = ["--renderer", "skeleton", "--size", "512x512", "--fps", "60"]
    run = subprocess.Popen(
        [*map(str, command), *options],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    while run.poll() is None and not list(output.parent.glob(".a.mp4.*.part")):
        time.sleep(0.02)
    return run


@pytest.mark.slow
@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_a_stopped_run_leaves_nothing_and_the_next_one_succeeds(tmp_path, how, code):
    song = wav(tmp_path / "song.wav", clicks(30))
    poses = save_poses(swaying(30, 1.0), tmp_path / "poses.npz")
    output = tmp_path / "out" / "a.mp4"
    output.parent.mkdir()
    run_in_progress = start_a_run(song, poses, output)
    run_in_progress.send_signal(how)
    _, err = run_in_progress.communicate()
    assert run_in_progress.returncode == code
    assert not output.exists()
    assert not output.with_suffix(".run.json").exists()
    if how == signal.SIGINT:
        assert list(output.parent.iterdir()) == []
        assert err.decode().strip().splitlines()[-1].startswith("error: interrupted")

    assert run(song, output, "--duration", "1") == 0
    assert sorted(file.name for file in output.parent.iterdir()) == ["a.mp4", "a.run.json"]
