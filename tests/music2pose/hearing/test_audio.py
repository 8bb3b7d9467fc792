"""Any sound file becomes the same mono waveform; anything else is explained in one line."""

import logging
import subprocess
import tracemalloc

import imageio_ffmpeg
import numpy as np
import pytest
import soundfile

from music2pose import MusicError
from music2pose.hearing.audio import SAMPLE_RATE, Waveform, load_audio, open_song, song_seconds
from music2pose.hearing.features import relative_level
from music2pose.hearing.onsets import find_onsets, onsets_from

SECONDS = 2.0


def tone(sample_rate: int = 44_100, seconds: float = SECONDS, hz: float = 440.0) -> np.ndarray:
    """A sine that starts at 0, half of full scale."""
    return 0.5 * np.sin(2 * np.pi * hz * np.arange(round(seconds * sample_rate)) / sample_rate)


def write(path, samples, sample_rate=44_100, **options):
    soundfile.write(path, samples, sample_rate, **options)
    return path


def ffmpeg(*arguments) -> None:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *map(str, arguments)]
    subprocess.run(command, check=True)


def pitch(waveform: Waveform) -> float:
    """Frequency of the strongest partial in hertz."""
    spectrum = np.abs(np.fft.rfft(waveform.samples * np.hanning(len(waveform.samples))))
    return float(spectrum.argmax() / waveform.seconds)


def refused(path, **span) -> str:
    """Return the message of the refusal, which must be a single line."""
    with pytest.raises(MusicError) as caught:
        load_audio(path, **span)
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg", ".mp3"])
def test_every_format_gives_the_same_tone(tmp_path, suffix):
    waveform = load_audio(write(tmp_path / f"song{suffix}", tone()))
    assert pitch(waveform) == pytest.approx(440, abs=1)
    assert waveform.seconds == pytest.approx(SECONDS, abs=0.03)
    assert np.abs(waveform.samples).max() == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("suffix", [".m4a", ".mp4", ".mkv", ".mov"])
def test_the_sound_of_videos_and_m4a_is_heard(tmp_path, suffix):
    wav = write(tmp_path / "tone.wav", tone())
    picture = [] if suffix == ".m4a" else ["-f", "lavfi", "-i", "color=s=64x64:r=10:d=2"]
    song = tmp_path / f"song{suffix}"
    ffmpeg("-i", wav, *picture, "-c:a", "aac", song)
    waveform = load_audio(song)
    assert pitch(waveform) == pytest.approx(440, abs=1)
    assert waveform.seconds == pytest.approx(SECONDS, abs=0.05)
    assert song_seconds(song) == pytest.approx(waveform.seconds, abs=1e-3)


def test_sound_that_starts_late_in_a_video_stays_late(tmp_path):
    wav = write(tmp_path / "tone.wav", tone())
    video = tmp_path / "late.mkv"
    picture = ["-f", "lavfi", "-i", "color=s=64x64:r=10:d=3"]
    ffmpeg(*picture, "-itsoffset", 1, "-i", wav, "-c:a", "flac", video)
    samples = load_audio(video).samples
    assert np.flatnonzero(np.abs(samples) > 0.1)[0] / SAMPLE_RATE == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(
    ("name", "delay"), [("click.mp3", 0), ("click.m4a", 0), ("click.ts", 481 / 44_100)]
)
def test_a_click_is_heard_at_its_time_wherever_a_container_counts_from(tmp_path, name, delay):
    """An mp3 counts from its encoder's delay; a transport stream from 1.4 s, MP2's delay unsaid."""
    click = np.zeros(2 * 44_100)
    click[22_050 : 22_050 + 40] = 0.9
    ffmpeg("-i", write(tmp_path / "click.wav", click), tmp_path / name)
    heard = np.abs(load_audio(tmp_path / name).samples).argmax() / SAMPLE_RATE
    assert heard == pytest.approx(0.5 + delay, abs=0.003)


@pytest.mark.parametrize("sample_rate", [8_000, 22_050, 24_000, 48_000, 192_000])
@pytest.mark.parametrize("channels", [1, 6])
def test_rate_and_channels_do_not_move_the_sound_in_time(tmp_path, sample_rate, channels):
    click = np.zeros((2 * sample_rate, channels))
    click[sample_rate // 2] = 0.9
    waveform = load_audio(write(tmp_path / "click.wav", click, sample_rate))
    assert waveform.seconds == 2
    assert np.abs(waveform.samples).argmax() / SAMPLE_RATE == pytest.approx(0.5, abs=1e-4)


def test_a_part_is_exactly_that_part_of_the_whole(tmp_path):
    noise = 0.1 * np.random.default_rng(0).standard_normal(4 * 44_100)
    song = write(tmp_path / "noise.flac", noise)
    whole = load_audio(song).samples
    part = load_audio(song, start=1.25, duration=1.5).samples
    assert np.array_equal(part, whole[30_000:66_000])


def test_a_duration_past_the_end_stops_at_the_end(tmp_path):
    song = write(tmp_path / "song.wav", tone())
    assert load_audio(song, start=0.5, duration=60).seconds == pytest.approx(1.5)


def test_song_seconds_is_exact_to_the_sample(tmp_path):
    song = write(tmp_path / "song.wav", np.zeros(44_101))
    assert song_seconds(song) == 44_101 / 44_100


def test_names_may_hold_spaces_signs_and_other_alphabets(tmp_path):
    for name in ("ein Lied für Zoë.wav", "-y.wav", "http:песня.wav"):
        assert load_audio(write(tmp_path / name, tone())).seconds == SECONDS
    song = tmp_path / "http:песня %d.m4a"
    ffmpeg("-i", tmp_path / "-y.wav", "-c:a", "aac", f"file:{song}")
    assert pitch(load_audio(song)) == pytest.approx(440, abs=1)


def test_silence_is_a_song(tmp_path):
    waveform = load_audio(write(tmp_path / "silence.wav", np.zeros(44_100)))
    assert not waveform.samples.any()


def test_channels_that_cancel_are_still_heard(tmp_path, caplog):
    song = write(tmp_path / "karaoke.wav", np.stack([tone(), -tone()], axis=1))
    assert np.abs(load_audio(song).samples).max() == pytest.approx(0.5, abs=0.01)
    assert "cancel" in caplog.text


def test_samples_that_are_not_numbers_become_silence(tmp_path, caplog):
    samples = tone(24_000)
    samples[1000:1010] = np.nan
    samples[2000] = np.inf
    waveform = load_audio(write(tmp_path / "nan.wav", samples, 24_000, subtype="FLOAT"))
    assert np.isfinite(waveform.samples).all()
    assert not waveform.samples[1000:1010].any()
    assert np.abs(waveform.samples).max() <= 1
    assert "11 samples" in caplog.text


@pytest.mark.parametrize("scale", [4.0, 32768.0])
def test_floats_beyond_full_scale_keep_their_shape(tmp_path, caplog, scale):
    song = write(tmp_path / "loud.wav", scale * tone(24_000), 24_000, subtype="FLOAT")
    samples = load_audio(song).samples
    assert np.abs(samples).max() == pytest.approx(1, abs=1e-3)
    assert np.corrcoef(samples, tone(24_000))[0, 1] > 0.999
    assert "full scale" in caplog.text


def test_one_broken_sample_does_not_silence_the_song(tmp_path):
    samples = tone(24_000)
    samples[100] = 1e30
    song = write(tmp_path / "spike.wav", samples, 24_000, subtype="FLOAT")
    assert np.abs(load_audio(song).samples[200:]).max() == pytest.approx(0.5, abs=0.01)


def test_a_truncated_file_is_used_as_far_as_it_goes(tmp_path):
    noise = 0.1 * np.random.default_rng(0).standard_normal(8 * 44_100)
    for suffix in (".wav", ".flac", ".ogg", ".mp3"):
        song = write(tmp_path / f"song{suffix}", noise)
        song.write_bytes(song.read_bytes()[: song.stat().st_size // 2])
        assert 3 < load_audio(song).seconds < 5


def test_a_truncated_video_is_refused(tmp_path):
    wav = write(tmp_path / "tone.wav", tone())
    song = tmp_path / "song.m4a"
    ffmpeg("-i", wav, "-c:a", "aac", song)
    song.write_bytes(song.read_bytes()[: song.stat().st_size // 2])
    assert "not sound that can be read" in refused(song)


def test_a_missing_file_a_folder_and_an_empty_file_are_told_apart(tmp_path):
    empty = tmp_path / "empty.wav"
    empty.touch()
    assert "no such song" in refused(tmp_path / "missing.wav")
    assert "is a folder" in refused(tmp_path)
    assert "is empty" in refused(empty)


def test_text_is_not_a_song_whatever_it_is_called(tmp_path):
    for name in ("notes.mp3", "notes.wav", "notes.txt", "notes.raw"):
        text = tmp_path / name
        text.write_text("This is not a song.\n" * 200)
        message = refused(text)
        assert name in message
        assert "mp3" in message


def test_a_video_without_sound_is_refused(tmp_path):
    video = tmp_path / "silent.mp4"
    ffmpeg("-f", "lavfi", "-i", "color=s=64x64:r=10:d=2", video)
    assert "no sound" in refused(video)


@pytest.mark.parametrize("num_samples", [0, 1, 44_000])
def test_less_than_a_second_is_refused(tmp_path, num_samples):
    message = refused(write(tmp_path / "short.wav", np.zeros(num_samples)))
    assert "at least 1 s" in message


@pytest.mark.slow
def test_more_than_an_hour_is_refused_but_a_part_of_it_is_not(tmp_path):
    song = write(tmp_path / "long.wav", np.zeros(3700 * 1000, np.int16), 1000)
    assert "--duration" in refused(song)
    assert load_audio(song, start=3600, duration=50).seconds == 50


@pytest.mark.parametrize(
    "span", [{"start": -1}, {"start": np.nan}, {"start": 2.5}, {"start": 1.5}, {"duration": -3},
             {"duration": 0}, {"duration": np.inf}],
)  # fmt: skip
def test_a_part_outside_the_song_is_refused(tmp_path, span):
    message = refused(write(tmp_path / "song.wav", tone()), **span)
    assert f"{next(iter(span.values())):g} s" in message


def test_loading_holds_about_one_mono_copy(tmp_path):
    song = write(tmp_path / "long.flac", np.zeros((60 * 48_000, 2), np.int16), 48_000)
    tracemalloc.start()
    samples = load_audio(song).samples
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.5 * samples.nbytes


def test_a_good_file_is_read_without_a_warning(tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        load_audio(write(tmp_path / "song.mp3", tone()))
    assert not caplog.records


@pytest.mark.parametrize("scale", [1.0, 3.0])
def test_a_song_in_its_file_is_the_same_each_time_and_as_in_memory(tmp_path, scale, caplog):
    samples = scale * np.stack([tone(), 0.2 * tone(hz=900)], axis=1)
    samples[1000] = np.nan
    path = write(tmp_path / "song.wav", samples, subtype="FLOAT")
    song = open_song(path, start=0.25, duration=1.5)
    first, again = (np.concatenate(list(song.blocks())) for _ in range(2))
    whole = load_audio(path).samples
    assert np.array_equal(first, again)
    assert song.seconds == len(first) / SAMPLE_RATE == 1.5
    likeness = np.corrcoef(first, whole[6000:][: len(first)])[0, 1]
    assert likeness > 0.9999
    assert np.abs(first).max() <= 1


@pytest.mark.parametrize("suffix", [".flac", ".mp3"])
def test_damage_is_said_once_however_often_a_song_is_heard(tmp_path, caplog, suffix):
    path = write(
        tmp_path / "song.flac", tone(seconds=4.0) + 0.01 * np.random.default_rng(0).random(176_400)
    )
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 20_000] = np.random.default_rng(1).bytes(len(data[middle:][:20_000]))
    path.write_bytes(data)
    song = open_song(path)
    said = len(caplog.records)
    assert said >= 1
    for _ in range(2):
        list(song.blocks())
    assert len(caplog.records) == said


def test_listening_takes_little_more_memory_for_a_long_song(tmp_path, rng):
    """What is kept of a second, and what is made of it on the way, is less than its samples."""
    peaks = []
    for seconds in (10, 70):
        samples = rng.uniform(-0.5, 0.5, seconds * SAMPLE_RATE)
        path = write(tmp_path / "song.flac", samples, SAMPLE_RATE)
        del samples
        tracemalloc.start()
        find_onsets(open_song(path))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert (peaks[1] - peaks[0]) / 60 < 30_000  # bytes; the samples alone are 96,000


def test_onsets_and_levels_take_less_memory_than_the_spectra_they_come_from(rng):
    mel, notes = (rng.random(shape, np.float32) for shape in ((40_000, 40), (10_000, 60)))
    for make in (lambda: onsets_from(mel, notes), lambda: relative_level(mel, 1.0, 80.0)):
        tracemalloc.start()
        made = make()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        kept = made.nbytes if isinstance(made, np.ndarray) else made.bands.nbytes
        assert peak - kept < mel.nbytes
