"""What is said of dances that are known to follow the music, and of some that do not."""

from functools import cache

import numpy as np
import pytest

from benchmarks.by_second import limb_rows, loudness_rows
from benchmarks.drum_breaks import Break
from benchmarks.families import sections_likeness
from benchmarks.listening import break_rows, checked, options, true_beat_row
from benchmarks.pieces import Piece, cut_piece, form_song
from music2pose.hearing.audio import SAMPLE_RATE, Waveform
from music2pose.pose import PoseSequence
from tests.dancers import joint, sequence, standing, swaying

SECONDS = 24


def loud_by_second(levels: np.ndarray) -> Waveform:
    noise = np.random.default_rng(0).standard_normal(SAMPLE_RATE * len(levels))
    amount = 0.1 * 10 ** (np.repeat(levels, SAMPLE_RATE) / 20)
    return Waveform((amount * noise).clip(-1, 1).astype(np.float32))


def moving(levels: np.ndarray, joints: tuple[str, ...]) -> PoseSequence:
    """A body whose joints run on at so many canvas heights a second."""
    keypoints = standing(len(levels))
    for name in joints:
        keypoints[:, joint(name), 0] += np.cumsum(np.repeat(levels, 25)) / 25
    return sequence(keypoints)


@cache
def silent_piece() -> Piece:
    return cut_piece("song", Waveform(np.zeros(2 * SAMPLE_RATE, np.float32)), np.arange(4), 0, 2)


def piece_of(sound: Waveform) -> Piece:
    """A song of which only the sound is asked for."""
    return silent_piece()._replace(sound=sound)


def value(text: str) -> float:
    return float(text.partition("/")[0])


def test_a_body_as_fast_as_its_song_is_loud_follows_it_and_no_other():
    rng = np.random.default_rng(1)
    levels = rng.uniform(-12, 0, (6, SECONDS))
    pieces = [piece_of(loud_by_second(row)) for row in levels]
    dances = [moving(0.02 * (row + 13), ("right_wrist", "left_knee")) for row in levels]
    own, other = loudness_rows(pieces, dances)
    assert value(own.value) > 0.9
    assert own.met
    assert abs(value(other.value)) < 0.2
    steady = piece_of(loud_by_second(np.zeros(SECONDS)))
    assert "of 6 songs" in loudness_rows([*pieces, steady], [*dances, dances[0]])[0].what


def test_the_beats_of_a_song_are_met_at_any_level():
    beats = np.arange(0.25, 30, 0.5)
    piece = piece_of(loud_by_second(np.zeros(30)))._replace(beat_times=beats)
    at_half, beside = swaying(beats[::2], 30.0), swaying(np.cumsum(np.full(40, 0.71)), 30.0)
    assert value(true_beat_row([piece], [at_half]).value) > 0.9
    assert value(true_beat_row([piece], [beside]).value) < 0.3


def test_a_dance_that_stands_in_breaks_is_known_by_its_name():
    piece = piece_of(loud_by_second(np.zeros(SECONDS)))._replace(breaks=[Break(8.0, 12.0)])
    levels = np.full(SECONDS, 0.2)
    levels[8:12] = 0.02
    rows = break_rows("real", [piece], [moving(levels, ("right_wrist", "left_wrist"))])
    assert value(rows[0].value) == pytest.approx(0.1, abs=0.01)
    assert rows[0].met
    assert "song" in rows[1].what
    assert break_rows("real", [], [])[0].met is False


def test_sections_of_one_name_are_alike_where_each_name_has_its_move():
    songs = [form_song(7)]
    verse, chorus, rng = standing(4), standing(4), np.random.default_rng(0)
    chorus[:, [joint("right_wrist"), joint("left_wrist")], 1] = 0.1
    alike, mixed = [], []
    for song in songs:
        bar = round(song.seconds * 25 / 32)
        for dances, order in ((alike, "vcvc"), (mixed, "vvcc")):
            parts = [(verse if name == "v" else chorus)[:1].repeat(8 * bar, 0) for name in order]
            keypoints = np.concatenate(parts)
            dances.append(sequence(keypoints + 0.001 * rng.standard_normal(keypoints.shape)))
    assert sections_likeness(songs, alike)["geometric"] < 0.2
    assert sections_likeness(songs, mixed)["geometric"] > 1


def test_what_the_kick_moves_is_told_from_what_it_does_not():
    rng = np.random.default_rng(2)
    levels = rng.uniform(0, 1, SECONDS)
    time = np.arange(SECONDS * SAMPLE_RATE) / SAMPLE_RATE
    pulse = np.exp(-20 * (time % 0.25)) * np.sin(2 * np.pi * 80 * time)
    hiss = 0.02 * np.exp(-20 * (time % 0.25)) * rng.standard_normal(len(time))
    loud = np.repeat([levels, 1 - levels], SAMPLE_RATE, axis=1)
    piece = piece_of(Waveform((loud * [0.8 * pulse, hiss]).sum(axis=0).astype(np.float32)))
    kick, snare = limb_rows("real", [piece], [moving(0.1 * levels, ("right_knee", "left_knee"))])
    legs, hands = (float(text) for text in kick.value.split("/"))
    assert legs > 0.9
    assert np.isnan(hands)
    assert value(snare.value) < -0.9


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--songs", "gone"], "--songs gone is no folder; give one of songs and NAME.beats.txt"),
        (["--songs", ".", "--seconds", "19"], "--seconds is 19; give 20 or more"),
        (["--songs", ".", "--seconds", "nan"], "--seconds is nan; give 20 or more"),
        (["--songs", ".", "--count", "1"], "--count is 1; give 2 or more"),
        (["--songs", ".", "--synthesised", "0"], "--synthesised is 0; give 1 or more"),
    ],
)
def test_what_cannot_be_measured_is_refused_in_one_line(given, message, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["listening", *given])
    with pytest.raises(SystemExit) as stopped:
        checked(options())
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err
