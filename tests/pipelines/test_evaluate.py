"""The report says what was measured, warns where figures mean nothing, and can be read back."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from music2pose import MusicError
from music2pose.hearing.audio import Waveform, load_audio
from music2pose.hearing.beats import even_grid
from music2pose.hearing.features import extract_features, features_from_grid
from music2pose.keypoints.openpose import openpose_document
from music2pose.pose_files import save_poses
from pipelines import VideoError
from pipelines.evaluate import EvaluationConfig, evaluate_dance, load_reference, run_evaluate
from pipelines.evaluate_plot import plot
from tests.dancers import improvised, sequence, standing, swaying

SECONDS, BPM = 16.0, 100.0
RATE = 24_000
BEATS = np.arange(0.2, SECONDS, 60 / BPM)
KNOWN = EvaluationConfig(bpm=BPM, first_beat=BEATS[0])


def click_track(beats=BEATS, seconds=SECONDS) -> np.ndarray:
    samples = np.zeros(round(seconds * RATE), np.float32)
    click = np.random.default_rng(0).normal(0, 0.3, 1200) * np.exp(-np.arange(1200) / 200)
    for beat in beats:
        first = round(beat * RATE)
        samples[first : first + 1200] += click[: len(samples) - first]
    return samples.clip(-1, 1)


@pytest.fixture(scope="module")
def features():
    grid = even_grid(SECONDS, BPM, first_downbeat=BEATS[0], confidence=0.9)
    return features_from_grid(Waveform(click_track(), RATE), grid)


@pytest.fixture(scope="module")
def dancer():
    swings = BEATS + np.random.default_rng(1).normal(0, 0.03, len(BEATS))
    return swaying(swings, SECONDS)


@pytest.fixture(scope="module")
def reference():
    rng = np.random.default_rng(0)
    return [improvised(12, rng) for _ in range(5)]


@pytest.fixture
def files(tmp_path, dancer):
    soundfile.write(tmp_path / "song.wav", click_track(), RATE)
    return save_poses(dancer, tmp_path / "dance.npz"), tmp_path / "song.wav"


def test_a_dancer_on_the_beat_reads_well(features, dancer):
    report = evaluate_dance(dancer, features)
    assert report.beats.bas > 0.8
    assert report.beats.shift_gain > 0.5
    assert report.warnings == ()
    assert report.song.bpm == BPM
    assert report.comparison is None


def test_every_beat_score_in_the_table_stands_beside_chance(features, dancer):
    table = evaluate_dance(dancer, features).table()
    for name in ("Bailando", "FACT", "best lag", "coherence", "F-measure", "coverage"):
        line = next(line for line in table.splitlines() if name in line)
        assert "chance 0." in line
    assert "says nothing by itself" in table
    assert max(map(len, table.splitlines())) <= 120


def test_a_reference_puts_real_figures_beside_the_dances(features, dancer, reference):
    report = evaluate_dance(dancer, features, reference)
    table = report.table()
    assert f"real {report.comparison.reference_motion.mean_speed:.2f}" in table
    assert "Frechet distance, kinetic" in table
    assert "Frechet" not in evaluate_dance(dancer, features).table()


def test_a_still_dancer_is_warned_about(features):
    report = evaluate_dance(swaying(BEATS, SECONDS, amount=0.004), features)
    assert report.beats.bas > 0.8
    assert any("hardly moves" in warning for warning in report.warnings)
    assert "! The dancer hardly moves" in report.table()
    assert report.as_dict()["beats"]["is_still"] is True


def test_a_song_without_a_clear_beat_is_warned_about(features, dancer):
    unclear = replace(features, grid=replace(features.grid, confidence=0.02))
    assert any("No clear beat" in warning for warning in evaluate_dance(dancer, unclear).warnings)


def test_a_dance_of_another_length_is_warned_about(features):
    short = swaying(BEATS[:10], 6.0)
    assert any("ends at 6.0 s" in warning for warning in evaluate_dance(short, features).warnings)


def test_a_dance_may_start_inside_the_song(features):
    late = swaying(BEATS[BEATS >= 4] - 4, SECONDS - 4)
    aligned, shifted = (
        evaluate_dance(late, features, start=4.0),
        evaluate_dance(late, features, start=4.3),
    )
    assert aligned.beats.bas > 0.9 > 0.3 > shifted.beats.bas
    assert aligned.warnings == ()


def test_the_dictionary_is_json_and_unknown_figures_are_null(features, reference):
    footless = swaying(BEATS, SECONDS)
    footless.confidence[:, [10, 13]] = 0
    report = evaluate_dance(footless, features, reference)
    written = json.loads(json.dumps(report.as_dict(), allow_nan=False))
    assert written["motion"]["foot_slide"] is None
    assert written["motion"]["bone_variation"]["neck-nose"] == pytest.approx(0, abs=1e-6)
    assert written["beats"]["bas"] == report.beats.bas
    assert written["comparison"]["frechet_kinetic"]["low"] >= 0
    assert written["comparison"]["reference_motion"]["mean_speed"] > 0
    assert " - " in next(line for line in report.table().splitlines() if "foot slide" in line)


def test_the_same_seed_gives_the_same_report(features, dancer, reference):
    one, other = (evaluate_dance(dancer, features, reference, seed=3).as_dict() for _ in range(2))
    assert one == other


def png_size(path) -> tuple[int, int]:
    data = path.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")


@pytest.fixture
def drawn(monkeypatch) -> list[Figure]:
    """Keep the figures instead of turning them into pixels."""
    figures = []

    class Canvas(FigureCanvasAgg):
        def print_png(self, path, **_) -> None:
            figures.append(self.figure)
            Path(path).touch()

    monkeypatch.setattr("matplotlib.backends.backend_agg.FigureCanvasAgg", Canvas)
    return figures


def test_the_picture_gets_a_row_for_each_20_seconds_and_at_most_12(tmp_path, features, drawn):
    for seconds in (15, 35, 400):
        plot(sequence(standing(seconds, fps=5.0), fps=5.0), features, tmp_path / "plot.png")
    assert [len(figure.axes) for figure in drawn] == [1, 2, 12]
    one, two, most = (figure.get_figheight() for figure in drawn)
    assert two - one == pytest.approx((most - one) / 11)


def test_the_picture_shows_the_dance_and_the_music(tmp_path, features, dancer):
    plot(dancer, features, tmp_path / "one.png")
    plot(replace(dancer, keypoints=dancer.keypoints[::-1].copy()), features, tmp_path / "two.png")
    late = replace(features, grid=even_grid(SECONDS, BPM, first_downbeat=0.5))
    plot(dancer, late, tmp_path / "three.png")
    assert len({path.read_bytes() for path in tmp_path.iterdir()}) == 3  # and nothing else


def test_files_in_report_and_picture_out(tmp_path, files):
    poses, song = files
    picture = tmp_path / "plot.png"
    report = run_evaluate(poses, song, KNOWN, plot_path=picture)
    assert report.beats.bas > 0.8
    assert png_size(picture)[0] > 1000


def test_what_is_given_reaches_the_figures(tmp_path, files, dancer, reference):
    poses, song = files
    plain = run_evaluate(poses, song, KNOWN).as_dict()
    assert plain["song"]["bpm"] == pytest.approx(BPM) and plain["comparison"] is None
    assert run_evaluate(poses, song, replace(KNOWN, seed=1)).as_dict() != plain
    late = run_evaluate(poses, song, replace(KNOWN, first_beat=BEATS[0] + 0.15)).beats
    assert late.best_lag == pytest.approx(-0.15, abs=0.05)
    (tmp_path / "real").mkdir()
    for number, dance in enumerate(reference):
        save_poses(dance, tmp_path / "real" / f"{number}.npz")
    compared = run_evaluate(poses, song, KNOWN, reference=tmp_path / "real").comparison
    assert compared == evaluate_dance(dancer, known_features(song), reference).comparison
    frames = openpose_document(dancer)["frames"]
    (tmp_path / "bare.json").write_text(json.dumps(frames))
    half = run_evaluate(tmp_path / "bare.json", song, replace(KNOWN, fps=12.5))
    assert half.motion.seconds == pytest.approx(2 * SECONDS)


def known_features(song):
    return extract_features(load_audio(song), bpm=BPM, first_beat=BEATS[0])


def test_the_picture_puts_dance_and_beats_at_their_seconds_of_the_song(tmp_path, features, drawn):
    plot(swaying(BEATS[BEATS >= 4] - 4, SECONDS - 4), features, tmp_path / "plot.png", start=4.0)
    (axes,) = drawn[0].axes
    lines = {line.get_label(): line.get_xdata() for line in axes.lines}
    speed, slow = lines["body speed"], lines["kinematic beats"]
    assert (speed[0], speed[-1]) == pytest.approx((4.0, SECONDS), abs=0.1)
    assert all(np.abs(BEATS - moment).min() < 0.06 for moment in slow)
    beats = next(c for c in axes.collections if c.get_label() == "beats")
    assert [segment[0][0] for segment in beats.get_segments()] == pytest.approx(BEATS)
    assert axes.get_xlim() == pytest.approx((4.0, SECONDS))


def test_an_existing_picture_is_kept_unless_told_otherwise(tmp_path, files):
    picture = tmp_path / "plot.png"
    picture.write_text("mine")
    with pytest.raises(VideoError, match="--overwrite"):
        run_evaluate(*files, plot_path=picture)
    assert picture.read_text() == "mine"
    run_evaluate(*files, plot_path=picture, overwrite=True)
    assert png_size(picture)


def test_a_picture_is_a_png(tmp_path, files):
    with pytest.raises(VideoError, match=r"ends in \.png"):
        run_evaluate(*files, plot_path=tmp_path / "plot.gif")


@pytest.mark.parametrize("start", [-1.0, SECONDS, float("nan")])
def test_a_start_outside_the_song_is_refused(files, start):
    with pytest.raises(MusicError, match="cannot start at"):
        run_evaluate(*files, EvaluationConfig(start=start))


def test_a_reference_folder_may_hold_other_files_too(tmp_path, reference, caplog):
    save_poses(reference[0], tmp_path / "one.npz")
    save_poses(reference[1], tmp_path / "two.json")
    (tmp_path / "record.json").write_text('{"seed": 3}')
    (tmp_path / "readme.txt").write_text("real dances")
    assert len(load_reference(tmp_path)) == 2
    assert "record.json" in caplog.text


def test_a_reference_without_dances_is_refused(tmp_path):
    with pytest.raises(MusicError, match="holds no dances"):
        load_reference(tmp_path)
    with pytest.raises(MusicError, match="is no folder"):
        load_reference(tmp_path / "nowhere")
