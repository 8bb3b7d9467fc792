"""A dance drawn over its song: strips in rows, and a video of as many frames as the song has."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from benchmarks.strips import (
    COLUMNS,
    FPS,
    MARK,
    SIDE,
    WAVE_HEIGHT,
    draw_strips,
    drawn_wave,
    frames,
    main,
)
from music2pose.hearing.audio import SAMPLE_RATE
from pipelines.video import Sound, read_frames, video_info, write_video
from tests.music2pose.made_dances import click_track, counting_dance

SONG = click_track(np.array([0.5, 1.5]), seconds=2.2)
POSES = counting_dance(55).poses


def test_strips_are_rows_of_twenty_over_their_sound():
    picture = draw_strips(POSES, SONG, [(1.0, "drop")], every=0.1)
    assert picture.size == (COLUMNS * SIDE, 2 * (SIDE + WAVE_HEIGHT))  # 22 strips
    pixels = np.asarray(picture)
    row = pixels[SIDE : SIDE + WAVE_HEIGHT]
    marked = (row == MARK).all(-1).any(0).nonzero()[0]
    assert 10 * SIDE - 2 <= marked.min() <= 10 * SIDE  # 1.0 s is where the eleventh begins
    assert (pixels[SIDE + WAVE_HEIGHT :, 2 * SIDE :] == 255).all()  # nothing after the song


def test_the_wave_is_high_where_something_sounds():
    wave = np.asarray(drawn_wave(SONG, [], 0.0, 2.0, width=200))
    heights = (wave < 200).all(-1).sum(0)
    loud = (heights > 5).nonzero()[0] / 100  # seconds
    assert loud.size
    assert all(min(abs(moment - 0.5), abs(moment - 1.5)) < 0.03 for moment in loud)
    before = np.asarray(drawn_wave(SONG, [], -4.0, -2.0, width=200))
    assert ((before < 200).all(-1).sum(0) <= 2).all()


def test_a_video_has_as_many_frames_as_the_song(tmp_path: Path):
    made = list(frames(POSES, SONG, []))
    assert len(made) == round(2.2 * FPS) == 55
    assert {frame.shape for frame in made} == {(256 + WAVE_HEIGHT, 256, 3)}
    song = tmp_path / "song.wav"
    soundfile.write(song, SONG.samples, SAMPLE_RATE)
    write_video(tmp_path / "dance.mp4", made, FPS, Sound(song, 0.0, SONG.seconds))
    assert sum(1 for _ in read_frames(tmp_path / "dance.mp4")) == 55
    assert (video_info(tmp_path / "dance.mp4").width) == 256


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["-o", "a.jpg"], "-o a.jpg is no place for strips or a video; give a .png or .mp4"),
        (["-o", "a.png", "--every", "0"], "--every is 0; give seconds, more than 0"),
        (["-o", "a.png", "--every", "nan"], "--every is nan"),
    ],
)
def test_what_cannot_be_drawn_is_refused_before_the_work(options, message, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["strips", "drop", *options])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err
