"""A video shows the right frame at the right time, with the sound where it belongs."""

import os
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
import pytest
import soundfile

from music2pose.hearing.audio import SAMPLE_RATE, load_audio
from pipelines import VideoError
from pipelines.video import (
    Sound,
    check_sound,
    open_video,
    read_frames,
    video_info,
    write_video,
)
from tests.stand_in import clicks

BT709 = 1
"""Its number for matrix, primaries and transfer alike, in ITU-T H.273."""
COLORS = np.array([(200, 30, 30), (30, 200, 30), (30, 30, 200), (220, 220, 220), (128, 128, 20)])


def frames(count: int, width: int = 64, height: int = 48) -> Iterator[np.ndarray]:
    """One plain color after the other."""
    for index in range(count):
        yield np.full((height, width, 3), COLORS[index % len(COLORS)], np.uint8)


def ffmpeg(*arguments: object) -> bytes:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True).stdout


def sound_of(video: Path) -> np.ndarray:
    """Decode as a player does: samples of mono sound at 24 kHz."""
    data = ffmpeg("-i", video, "-f", "f32le", "-ac", 1, "-ar", SAMPLE_RATE, "-")
    return np.frombuffer(data, np.float32)


def delay_ms(sound: np.ndarray, original: np.ndarray) -> float:
    """By how much ``sound`` comes later than ``original``, from their cross-correlation."""
    size = 1 << (len(sound) + len(original)).bit_length()
    spectrum = np.fft.rfft(sound, size) * np.conj(np.fft.rfft(original, size))
    lag = int(np.argmax(np.fft.irfft(spectrum, size)))
    return (lag if lag < size // 2 else lag - size) / SAMPLE_RATE * 1000


def noise_song(path: Path, seconds: float = 3.0, sample_rate: int = 44_100) -> Path:
    samples = np.random.default_rng(1).normal(0, 0.1, (round(seconds * sample_rate), 2))
    soundfile.write(path, samples, sample_rate)
    return path


@pytest.mark.parametrize("fps", [1.0, 12.5, 24000 / 1001, 60.0])
def test_frame_k_is_shown_at_k_over_fps(tmp_path, fps):
    path = write_video(tmp_path / "a.mp4", frames(7), fps)
    shown = [frame.mean(axis=(0, 1)) for frame in read_frames(path)]
    assert shown == pytest.approx(np.resize(COLORS, (7, 3)), abs=6)
    assert video_info(path).fps == pytest.approx(fps, abs=0.005)
    assert not video_info(path).has_sound
    times = ffmpeg("-i", path, "-f", "framehash", "-").decode().splitlines()
    base = next(line.split()[2] for line in times if line.startswith("#tb 0"))
    stamps = [int(line.split(",")[2]) for line in times if not line.startswith("#")]
    numerator, denominator = map(int, base.split("/"))
    assert np.array(stamps) * numerator / denominator == pytest.approx(
        np.arange(7) / fps, abs=0.001
    )


@pytest.mark.parametrize("suffix", ["mp4", "m4v", "mov"])
@pytest.mark.parametrize("has_sound", [True, False])
def test_colours_are_those_of_bt709_and_say_so(tmp_path, suffix, has_sound):
    """Matrix, primaries and transfer, for players that read the container or the stream alone."""
    song = Sound(noise_song(tmp_path / "song.wav", 0.2), 0.0, 0.2) if has_sound else None
    path = write_video(tmp_path / f"a.{suffix}", frames(3, width=63), 25, song)
    in_container = path.read_bytes().partition(b"colr")[2]
    assert in_container[:4] in (b"nclx", b"nclc")  # primaries, transfer, matrix follow
    assert struct.unpack(">3H", in_container[4:10]) == (BT709, BT709, BT709)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        for told in (stream.codec_context, next(container.decode(stream))):
            tags = (told.colorspace, told.color_primaries, told.color_trc, told.color_range)
            assert tags == (BT709, BT709, BT709, 1)
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-i", str(path)]
    said = subprocess.run(command, capture_output=True, text=True).stderr
    assert "yuv420p(tv, bt709, progressive)" in said


def test_the_index_stands_at_the_front(tmp_path):
    data = write_video(tmp_path / "a.mp4", frames(5), 25).read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize("suffix", ["wav", "ogg", "mp3", "m4a", "mkv"])
def test_the_sound_is_as_long_as_the_song_and_in_time_with_it(tmp_path, suffix):
    song = noise_song(tmp_path / "song.wav")
    if suffix != "wav":
        song = tmp_path / f"song.{suffix}"
        ffmpeg("-i", tmp_path / "song.wav", song)
    waveform = load_audio(song)
    sound = Sound(song, 0.0, waveform.seconds)
    video = write_video(tmp_path / "a.mp4", frames(75), 25, sound)
    heard = sound_of(video)
    assert len(heard) / SAMPLE_RATE == pytest.approx(waveform.seconds, abs=0.001)
    assert abs(delay_ms(heard, waveform.samples)) < 1


@pytest.mark.parametrize("start", [0.4, 1.2345])
def test_a_piece_of_a_song_begins_where_it_should(tmp_path, start):
    song = noise_song(tmp_path / "song.ogg")
    video = write_video(tmp_path / "a.mp4", frames(30), 30, Sound(song, start, 1.0))
    heard = sound_of(video)
    assert len(heard) / SAMPLE_RATE == pytest.approx(1.0, abs=0.001)
    assert abs(delay_ms(heard, load_audio(song, start, 1.0).samples)) < 1


def test_a_click_is_heard_with_the_frame_it_belongs_to(tmp_path):
    song = tmp_path / "song.wav"
    soundfile.write(song, np.roll(clicks(2), 6000), SAMPLE_RATE)  # at 0.25, 0.75 ...
    flashes = (np.full((48, 64, 3), 255 * (k % 10 == 5), np.uint8) for k in range(40))
    video = write_video(tmp_path / "a.mp4", flashes, 20, Sound(song, 0.0, 2.0))
    bright = [k / 20 for k, frame in enumerate(read_frames(video)) if frame.mean() > 128]
    loud = np.flatnonzero(np.abs(sound_of(video)) > 0.2) / SAMPLE_RATE
    starts = loud[np.diff(loud, prepend=-1) > 0.2]
    assert starts == pytest.approx(bright, abs=0.005)


def test_silence_fills_up_what_the_song_does_not_have(tmp_path):
    song = noise_song(tmp_path / "song.wav", seconds=1.0)
    heard = sound_of(write_video(tmp_path / "a.mp4", frames(50), 25, Sound(song, 0.0, 2.0)))
    assert len(heard) / SAMPLE_RATE == pytest.approx(2.0, abs=0.001)
    assert np.abs(heard[: SAMPLE_RATE // 2]).max() > 0.1
    assert np.abs(heard[-SAMPLE_RATE // 2 :]).max() < 1e-3


@pytest.mark.parametrize(
    ("channels", "sample_rate", "subtype"),
    [(1, 8000, "PCM_16"), (6, 192_000, "PCM_24"), (2, 44_100, "FLOAT"), (1, 11_025, "PCM_U8")],
)
def test_any_sound_is_taken(tmp_path, channels, sample_rate, subtype):
    samples = np.repeat(clicks(1.0, sample_rate)[:, None], channels, axis=1)
    if subtype == "FLOAT":
        samples = samples * 5  # beyond full scale
        samples[100] = np.nan
    soundfile.write(tmp_path / "song.wav", samples, sample_rate, subtype=subtype)
    song = Sound(tmp_path / "song.wav", 0.0, 1.0)
    check_sound(song.path)
    heard = sound_of(write_video(tmp_path / "a.mp4", frames(25), 25, song))
    assert len(heard) / SAMPLE_RATE == pytest.approx(1.0, abs=0.001)
    assert np.isfinite(heard).all()
    assert np.abs(heard[12_000:12_500]).max() > 0.2


@pytest.mark.parametrize(("width", "height"), [(65, 48), (64, 49), (65, 49), (16, 16)])
def test_an_odd_side_gets_one_more_row_or_column(tmp_path, width, height, caplog):
    video = write_video(tmp_path / "a.mp4", frames(3, width, height), 25)
    first = next(read_frames(video))
    assert first.shape == (height + height % 2, width + width % 2, 3)
    assert first[:height, :width].mean(axis=(0, 1)) == pytest.approx(COLORS[0], abs=12)
    assert ("needs even sides" in caplog.text) == bool(height % 2 or width % 2)


def test_names_may_hold_anything(tmp_path):
    song = noise_song(tmp_path / "-ein Lied: 100% Ü 歌's [x].wav", 1.0)
    video = tmp_path / '-täñz #1 "q" %d [x].mp4'
    write_video(video, frames(25), 25, Sound(song, 0.0, 1.0), {"title": "a=b; 'c'\nd"})
    assert len(list(read_frames(video))) == 25
    assert video_info(video).has_sound


def test_tags_are_kept_and_those_of_the_song_are_not(tmp_path):
    song = tmp_path / "song.flac"
    ffmpeg("-i", noise_song(tmp_path / "song.wav", 1.0), "-metadata", "artist=Nobody", song)
    video = write_video(
        tmp_path / "a.mp4", frames(5), 25, Sound(song, 0, 0.2), {"comment": "seed 7"}
    )
    tags = ffmpeg("-i", video, "-f", "ffmetadata", "-").decode()
    assert "comment=seed 7" in tags
    assert "Nobody" not in tags


def failing_frames() -> Iterator[np.ndarray]:
    yield from frames(3)
    raise RuntimeError("the renderer broke")


def test_when_rendering_fails_nothing_is_left(tmp_path):
    with pytest.raises(RuntimeError, match="the renderer broke"):
        write_video(tmp_path / "a.mp4", failing_frames(), 25)
    assert list(tmp_path.iterdir()) == []


def test_a_renderer_that_comes_to_the_end_of_a_file_does_not_end_the_video(tmp_path):
    def frames_of_a_cut_file() -> Iterator[np.ndarray]:
        yield from frames(3)
        raise EOFError("a stored picture is cut short")

    with pytest.raises(EOFError, match="cut short"):
        write_video(tmp_path / "a.mp4", frames_of_a_cut_file(), 25)
    assert list(tmp_path.iterdir()) == []


def test_what_goes_wrong_beside_an_open_video_is_not_blamed_on_it(tmp_path):
    path = write_video(tmp_path / "a.mp4", frames(3), 25)
    with pytest.raises(OSError, match="no weights"), open_video(path):
        raise OSError("no weights")


def test_a_full_disk_is_explained_in_one_line(tmp_path, monkeypatch):
    full = tmp_path / "full"
    full.symlink_to("/dev/full")
    monkeypatch.setattr("pipelines.video.whole_file", lambda path: _As(full))
    with pytest.raises(VideoError, match=r"cannot write .*a\.mp4: .*No space left") as caught:
        write_video(tmp_path / "a.mp4", frames(500, 512, 512), 25)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "a.mp4").exists()


class _As:
    """A context manager that yields one thing."""

    def __init__(self, thing: Path) -> None:
        self.thing = thing

    def __enter__(self) -> Path:
        return self.thing

    def __exit__(self, *_: object) -> None:
        return None


@pytest.mark.parametrize(
    ("name", "count", "complaint"),
    [
        ("a.avi", 3, r"cannot write a\.avi; use a name in \.mp4"),
        ("a", 3, "cannot write a; use a name"),
        ("a.mp4", 0, "there are no frames"),
    ],
)
def test_what_cannot_be_written_is_explained(tmp_path, name, count, complaint):
    with pytest.raises(VideoError, match=complaint):
        write_video(tmp_path / name, frames(count), 25)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["gone.mp4", "text.mp4", "sound.wav", "empty.mp4"])
def test_what_is_no_video_is_explained(tmp_path, name):
    (tmp_path / "text.mp4").write_text("no video " * 100)
    (tmp_path / "empty.mp4").touch()
    noise_song(tmp_path / "sound.wav", 1.0)
    for look in (video_info, lambda path: list(read_frames(path))):
        with pytest.raises(VideoError, match=name) as caught:
            look(tmp_path / name)
        assert "\n" not in str(caught.value)


def test_a_sound_that_cannot_be_read_is_told_before_the_work(tmp_path):
    (tmp_path / "song.mp3").write_text("no song " * 100)
    said = r"the sound of .*song\.mp3 cannot be put into a video \(Invalid data found [^/]*\); "
    with pytest.raises(VideoError, match=said):
        check_sound(tmp_path / "song.mp3")


def test_reading_at_another_rate_shows_the_same_times(tmp_path):
    path = write_video(tmp_path / "a.mp4", frames(10), 10)
    halved = [frame.mean(axis=(0, 1)) for frame in read_frames(path, fps=5)]
    assert len(halved) == 5
    doubled = [frame.mean(axis=(0, 1)) for frame in read_frames(path, fps=20)]
    assert doubled[::2] == pytest.approx(np.resize(COLORS, (10, 3)), abs=6)


def test_a_video_that_counts_from_elsewhere_begins_with_its_first_frame(tmp_path):
    write_video(tmp_path / "a.mp4", frames(10), 10)
    ffmpeg("-i", tmp_path / "a.mp4", "-c", "copy", tmp_path / "a.ts")  # counts from 1.4 s
    shown = [frame.mean(axis=(0, 1)) for frame in read_frames(tmp_path / "a.ts")]
    assert shown == pytest.approx(np.resize(COLORS, (10, 3)), abs=6)


SLOW = """
import sys, time
from pathlib import Path
import numpy as np
from pipelines.video import write_video
def frames():
    for k in range(10_000):
        yield np.full((48, 64, 3), k % 255, np.uint8)
        time.sleep(0.002)
        if k == 100: print("running", flush=True)
write_video(Path(sys.argv[1]), frames(), 25)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_stopped_leaves_no_half_video(tmp_path, how):
    path = tmp_path / "a.mp4"
    command = [sys.executable, "-c", SLOW, str(path)]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    ) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == b"running\n"
        run.send_signal(how)
        run.wait()
    assert not path.exists()
    if how == signal.SIGINT:
        assert list(tmp_path.iterdir()) == []

    write_video(path, frames(3), 25)
    assert [file.name for file in tmp_path.iterdir()] == ["a.mp4"]
    assert len(list(read_frames(path))) == 3


def test_of_two_runs_at_once_to_one_name_the_last_wins_and_the_video_is_whole(tmp_path):
    path = tmp_path / "a.mp4"

    def with_another_run_inside() -> Iterator[np.ndarray]:
        yield from frames(2)
        write_video(path, frames(5), 25)
        assert len(list(read_frames(path))) == 5
        yield from frames(2)

    write_video(path, with_another_run_inside(), 25)
    assert len(list(read_frames(path))) == 4
    assert [file.name for file in tmp_path.iterdir()] == ["a.mp4"]
