"""Prompts that travel: right at the beat, weights that add up, and moments that must exist."""

import numpy as np
import pytest

from music2pose.hearing.beats import even_grid
from music2pose.hearing.features import FEATURE_FPS, SongFeatures, beat_phase
from music2pose.hearing.moments import SongTimes, song_times
from music2pose.hearing.sections import SongSection
from pose2video.diffusion.reaction import pulse
from pose2video.prompt_interpolation import (
    Keyframe,
    interpolate_prompts,
    resolve_keyframes,
)
from prompts import PromptError
from prompts.moments import parse_moment
from prompts.schedule import PromptSchedule, ScheduledPrompt

TIMES = SongTimes(
    seconds=30.0,
    beats=np.arange(0.25, 30, 0.5),
    bars=np.arange(0.25, 30, 2.0),
    sections=[SongSection(0.0, "A"), SongSection(8.25, "B"), SongSection(16.25, "A")],
)


def schedule(**texts: str) -> PromptSchedule:
    return PromptSchedule(
        tuple(ScheduledPrompt(parse_moment(key.replace("_", " ")), t) for key, t in texts.items())
    )


def song(seconds: float = 20.0) -> SongFeatures:
    """Return a song of 120 BPM with a hit on every beat, silent in its second half."""
    grid = even_grid(seconds, 120)
    num_frames = round(seconds * FEATURE_FPS)
    times = np.arange(num_frames) / FEATURE_FPS
    loudness = (times < seconds / 2).astype(np.float32)
    phase = beat_phase(grid, times)
    onset = (phase < 0.08).astype(np.float32) * loudness
    mel = np.tile(loudness[:, None], (1, 64))
    nothing = np.zeros((num_frames, 2), np.float32)
    return SongFeatures(mel, onset, loudness, nothing, phase, phase, grid, seconds)


def test_moments_become_the_seconds_they_name():
    keyframes = resolve_keyframes(
        schedule(bar_3="c", beat_2="b", section_2="d", **{"0": "a"}), TIMES
    )
    assert keyframes == [
        Keyframe(0, "a"),
        Keyframe(0.75, "b"),
        Keyframe(4.25, "c"),
        Keyframe(8.25, "d"),
    ]


def test_a_name_of_sections_stands_for_all_of_them():
    keyframes = resolve_keyframes(schedule(section_A="a", section_B="b"), TIMES)
    assert keyframes == [Keyframe(0, "a"), Keyframe(8.25, "b"), Keyframe(16.25, "a")]


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({"31": "x"}, "at '31': the video is 30.0 s long; give an earlier moment"),
        ({"bar_16": "x"}, "the song has 15 bars"),
        ({"beat_99": "x"}, "the song has 60 beats"),
        ({"section_4": "x"}, "the song has 3 sections"),
        ({"section_C": "x"}, "the song's sections are A, B"),
        ({"0.25": "x", "beat_1": "y"}, "'0.25' and 'beat 1' are at the same moment"),
    ],
)
def test_a_moment_that_the_song_does_not_have_is_explained(texts, message):
    with pytest.raises(PromptError, match=message):
        resolve_keyframes(schedule(**texts), TIMES)


@pytest.mark.parametrize("moment", ["beat_1", "bar_1", "section_1", "section_A"])
def test_without_a_song_only_seconds_are_moments(moment):
    silent = SongTimes(30.0, np.zeros(0), np.zeros(0), ())
    with pytest.raises(PromptError, match="needs a song to be found in; give --audio"):
        resolve_keyframes(schedule(**{moment: "x"}), silent)


def test_marks_are_those_that_are_heard():
    times = song_times(song())
    assert times.seconds == 20
    assert np.allclose(np.diff(times.beats), 0.5)
    assert [section.label for section in times.sections] == ["A", "B"]


@pytest.mark.parametrize("hold", [0.0, 0.5, 1.0])
def test_shares_add_up_and_each_text_stands_alone_at_its_moment(hold):
    keyframes = [Keyframe(1.0, "a"), Keyframe(3.0, "b"), Keyframe(7.0, "c")]
    times = np.linspace(0, 10, 101)
    texts, weights = interpolate_prompts(keyframes, times, hold)
    assert texts == ["a", "b", "c"]
    assert np.allclose(weights.sum(axis=1), 1)
    assert weights.min() >= 0
    for number, time in enumerate((1, 3, 7)):
        assert weights[np.abs(times - time).argmin(), number] == pytest.approx(1, abs=1e-6)
    assert weights[0, 0] == 1
    assert weights[-1, 2] == 1


def test_half_of_the_way_is_held_and_the_rest_fades_evenly():
    _, weights = interpolate_prompts(
        [Keyframe(0.0, "a"), Keyframe(8.0, "b")], np.arange(9.0), hold=0.5
    )
    assert weights[:, 1].tolist() == [0, 0, 0, 0, 0, 0.25, 0.5, 0.75, 1]


def test_a_full_hold_cuts_at_the_moment():
    _, weights = interpolate_prompts(
        [Keyframe(0.0, "a"), Keyframe(8.0, "b")], np.array([7.999, 8.0]), hold=1.0
    )
    assert weights[:, 1].tolist() == [0, 1]


def test_a_text_that_returns_is_one_text():
    texts, weights = interpolate_prompts(
        [Keyframe(0, "a"), Keyframe(2, "b"), Keyframe(4, "a")], np.arange(5.0), hold=0.0
    )
    assert texts == ["a", "b"]
    assert weights[:, 0].tolist() == [1, 0.5, 0, 0.5, 1]


def test_the_frame_rate_changes_no_moment():
    keyframes = [Keyframe(0.0, "a"), Keyframe(4.0, "b")]
    slow, fast = (
        interpolate_prompts(keyframes, np.arange(0, 5, 1 / fps), 0.5).weights for fps in (5, 25)
    )
    assert np.allclose(slow, fast[::5], atol=1e-6)


def test_the_pulse_peaks_on_beats_and_rests_between_them():
    heard = song()
    beats = np.arange(0.5, 9.5, 0.5)
    assert (pulse(heard, beats) > pulse(heard, beats + 0.4) + 0.3).all()
    assert (pulse(heard, beats) > 0.5).all()


def test_the_pulse_stays_in_range_and_changes_nothing_on_average():
    heard = song()
    curve = pulse(heard, np.arange(0, 20, 0.04))
    assert curve.min() >= 0
    assert curve.max() <= 1
    assert curve.mean() == pytest.approx(0.5, abs=0.06)
    assert np.ptp(pulse(heard, np.arange(12, 20, 0.04))) < 0.05, "silence has no beat"


def test_a_silent_song_has_no_pulse():
    heard = song()
    quiet = SongFeatures(
        heard.mel, 0 * heard.onset, 0 * heard.loudness, heard.activation, heard.beat_phase,
        heard.bar_phase, heard.grid, heard.seconds,
    )  # fmt: skip
    assert np.allclose(pulse(quiet, np.arange(0, 20, 0.1)), 0.5)
