"""What is true of every synthesised song, and of the truth that comes with it."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import soundfile
from scipy.signal import stft

from music2pose import MusicError
from music2pose.hearing.features import SAMPLE_RATE
from music2pose.synth.drums import Hit
from music2pose.synth.form import LEVELS
from music2pose.synth.player import Player
from music2pose.synth.samples import loop_slices, sample_kit
from music2pose.synth.score import Harmony
from music2pose.synth.song import Song, SongSpec, demo_song, resolve_spec, save_song, synthesise
from music2pose.synth.styles import SCALES, STYLES
from music2pose.synth.timing import TempoChange, Timeline, swung
from tests.shared_data import SHARED, needs_shared

PLAIN = SongSpec(
    seed=5, seconds=24, style="house", bpm=124, swing=0, drift=0, breaks=False, lead_seconds=0.3,
    jitter_seconds=0, level_db=0, hiss=0, room=0.1,
)  # fmt: skip


def offsets_of_onsets(song: Song, moments: np.ndarray) -> np.ndarray:
    """Return, for each moment, how far from it the steepest rise within 60 ms is, in seconds."""
    hop = SAMPLE_RATE // 250
    power = (song.waveform[: len(song.waveform) // hop * hop].reshape(-1, hop) ** 2).mean(1)
    rise = np.diff(np.log(power + 1e-4), prepend=0)
    reach = np.arange(-15, 16)
    around = np.round(moments * 250).astype(int)[:, None] + reach
    inside = around[(around.min(1) >= 0) & (around.max(1) < len(rise))]
    return np.abs(reach[rise[inside].argmax(1)]) / 250


def energy(song: Song, name: str) -> float:
    """Return the mean square of all sections called ``name``."""
    edges = [start for start, _ in song.sections] + [song.seconds]
    parts = [
        song.waveform[int(a * SAMPLE_RATE) : int(b * SAMPLE_RATE)]
        for a, b, (_, section) in zip(edges, edges[1:], song.sections, strict=False)
        if section == name
    ]
    return float((np.concatenate(parts).astype(float) ** 2).mean())


def onset_energy(song: Song) -> tuple[np.ndarray, np.ndarray]:
    """Return frame times and the summed rise of the log spectrum, 100 frames a second."""
    hop = SAMPLE_RATE // 100
    _, times, spectrum = stft(song.waveform, SAMPLE_RATE, nperseg=512, noverlap=512 - hop)
    log = np.log1p(100 * np.abs(spectrum))
    return times, np.diff(log, axis=1, prepend=log[:, :1]).clip(0).sum(0)


@pytest.mark.parametrize("drift", [0.0, 0.04])
def test_kicks_of_a_four_on_the_floor_song_lie_on_its_beats(drift: float) -> None:
    song = synthesise(replace(PLAIN, drift=drift, fills=False, form=(("chorus", 12),)))
    beats = song.beat_times[:-4]
    assert np.median(offsets_of_onsets(song, beats)) < 0.010
    assert np.median(offsets_of_onsets(song, beats + 0.03)) > 0.020  # the measure can fail


DRUMS = replace(PLAIN, fills=False, form=(("chorus", 12),))


def test_what_was_played_starts_to_sound_when_it_says() -> None:
    song = synthesise(DRUMS)
    moments = song.played["kick"][:, 0]
    moments = moments[moments < 23]
    assert len(moments) > 30
    assert np.median(offsets_of_onsets(song, moments)) < 0.010
    assert np.median(offsets_of_onsets(song, moments + 0.03)) > 0.020


@pytest.mark.parametrize("swing", [0.0, 0.6])
def test_hits_beside_the_beat_are_said_with_swing_and_human_deviations(swing: float) -> None:
    song = synthesise(replace(DRUMS, swing=swing, jitter_seconds=0.01))
    every = np.concatenate([rows[:, 0] for name, rows in song.played.items() if name != "chords"])
    times, onsets = onset_energy(song)
    found = np.interp(every[every < 23], times, np.maximum.reduce(
        [np.roll(onsets, -shift) for shift in range(4)]))  # fmt: skip
    rng = np.random.default_rng(0)
    anywhere = np.interp(rng.uniform(1, 23, 500), times, onsets)
    assert np.median(found) > 3 * np.median(anywhere)


def test_what_was_played_is_in_order_within_the_song_and_as_strong_as_it_is_said() -> None:
    song = synthesise(SongSpec(seed=3, seconds=16))
    assert {"kick", "bass", "chords", "lead", "arpeggio"} & set(song.played)
    for name, rows in song.played.items():
        assert rows.shape == (len(rows), 3), name
        assert (np.diff(rows[:, 0]) >= 0).all(), name
        if len(rows):
            assert rows[0, 0] >= 0 and rows[-1, 0] < song.seconds, name
            assert rows[:, 1].min() > 0 and rows[:, 1].max() <= 1, name
        is_part = name in ("bass", "chords", "lead", "arpeggio")
        assert (rows[:, 2] > 0).all() if is_part else not rows[:, 2].any(), name
    assert song.played["bass"][:, 2].mean() < song.played["chords"][:, 2].mean()


def test_the_bass_sounds_as_high_as_it_is_said() -> None:
    """The strongest low frequency of a long bass note is that of its MIDI pitch, or an octave."""
    song = synthesise(replace(PLAIN, style="ballad", bpm=70, form=(("verse", 8),)))
    notes = song.played["bass"]
    long = np.append(np.diff(notes[:, 0]), 0) > 0.5
    errors = []
    for start, _, midi in notes[long]:
        sound = song.waveform[round((start + 0.05) * SAMPLE_RATE) :][: round(0.4 * SAMPLE_RATE)]
        spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 2**16))
        frequencies = np.fft.rfftfreq(2**16, 1 / SAMPLE_RATE)
        low = (frequencies > 30) & (frequencies < 160)
        found = frequencies[low][spectrum[low].argmax()]
        away = 12 * np.log2(found / 440) + 69 - midi
        errors.append(abs((away + 6) % 12 - 6))
    assert len(errors) > 3
    assert np.median(errors) < 0.6


def test_drums_stop_for_bars_when_asked_and_what_else_plays_goes_on() -> None:
    form = (("verse", 8), ("chorus", 8))
    plain = synthesise(replace(PLAIN, seconds=32, form=form))
    stopped = synthesise(replace(PLAIN, seconds=32, form=form, drum_stops=0.3))
    bar = 4 * 60 / 124
    bars = (plain.downbeat_times[plain.downbeat_times >= 0.29])[:16]

    def drums_in(song: Song, start: float) -> int:
        return sum(
            int(((rows[:, 0] > start - 0.05) & (rows[:, 0] < start + bar - 0.05)).sum())
            for name, rows in song.played.items()
            if name not in ("bass", "chords", "lead", "arpeggio", "riser")
        )

    silent = [number for number, start in enumerate(bars) if drums_in(stopped, start) == 0]
    assert len(silent) >= 2
    assert all(drums_in(plain, start) > 0 for start in bars)
    assert 0 not in silent  # the first bar of a section is played, unless a pair runs into it
    for part in ("bass", "chords", "lead"):
        assert np.array_equal(plain.played[part], stopped.played[part])
    low, high = (np.mean([
        (song.waveform[round(start * SAMPLE_RATE) : round((start + bar) * SAMPLE_RATE)] ** 2).mean()
        for start in bars[silent]]) for song in (stopped, plain))  # fmt: skip
    assert low < 0.7 * high
    with pytest.raises(MusicError, match="drum_stops"):
        SongSpec(seed=0, drum_stops=0.6)


def test_loops_stop_with_the_drums(monkeypatch) -> None:
    hits, loops = [], []

    def silent_drums(player: Player, given: list[Hit]) -> tuple[np.ndarray, np.ndarray]:
        hits.extend(given)
        return np.zeros(player.length, np.float32), np.zeros(0)

    monkeypatch.setattr(Player, "_loop_slices", lambda _: [np.ones(500, np.float32)])
    monkeypatch.setattr(Player, "_play_drums", silent_drums)
    monkeypatch.setattr(Player, "_mix", lambda _, drums, *__: loops.append(drums) or drums)
    form = (("verse", 8), ("chorus", 8))
    synthesise(replace(PLAIN, seconds=32, form=form, drum_stops=0.3))
    drummed = {hit.beat // 4 for hit in hits if hit.drum != "riser"}
    places = (np.flatnonzero(loops[0]) / SAMPLE_RATE - 0.3) / (4 * 60 / 124) + 0.01
    bars = set(range(16))
    assert set(np.floor(places).astype(int)) & bars == drummed & bars < bars


@pytest.mark.parametrize("bpm", [60.0, 97.0, 133.3, 190.0])
def test_beats_have_the_tempo_that_was_asked_for(bpm: float) -> None:
    song = synthesise(SongSpec(seed=1, seconds=10, bpm=bpm, drift=0))
    np.testing.assert_allclose(np.diff(song.beat_times), 60 / bpm, rtol=1e-9)
    assert song.bpm == pytest.approx(bpm)


@pytest.mark.parametrize("beats_per_bar", [3, 4, 5, 6, 7])
def test_bars_have_as_many_beats_as_asked(beats_per_bar: int) -> None:
    song = synthesise(SongSpec(seed=2, seconds=12, beats_per_bar=beats_per_bar, drift=0.03))
    places = np.searchsorted(song.beat_times, song.downbeat_times)
    np.testing.assert_array_equal(song.beat_times[places], song.downbeat_times)
    assert set(np.diff(places)) == {beats_per_bar}


def test_tempo_changes_at_once_or_within_some_beats() -> None:
    changes = (TempoChange(8, 130), TempoChange(16, 65, num_beats=4))
    spec = SongSpec(seed=3, seconds=16, bpm=100, drift=0, lead_seconds=0, tempo_changes=changes)
    periods = np.diff(synthesise(spec).beat_times)
    np.testing.assert_allclose(periods[:8], 60 / 100)
    np.testing.assert_allclose(periods[8:16], 60 / 130)
    # The period doubles evenly: in the middle of its four beats it is one and a half times as long.
    np.testing.assert_allclose(periods[16:20], 60 / 130 * (1 + np.array([1, 3, 5, 7]) / 8))
    np.testing.assert_allclose(periods[20:], 60 / 65)


EACH_STYLE = [
    pytest.param(
        style, marks=() if style in ("house", "reggae", "waltz", "ballad") else pytest.mark.slow
    )
    for style in STYLES
    if style != "chamber"  # bowed strings swell too slowly for this measure
]


@cache
def song_of(style: str) -> Song:
    plain = SongSpec(0, 7, drift=0, breaks=False, lead_seconds=0, peak=0.7, hiss=0)
    return synthesise(replace(plain, seed=list(STYLES).index(style), style=style))


@pytest.mark.parametrize("style", EACH_STYLE)
def test_more_starts_to_sound_on_beats_than_between_them_in_every_style(style: str) -> None:
    song = song_of(style)
    times, onsets = onset_energy(song)

    def mean_at(moments: np.ndarray) -> float:
        return float(np.interp(moments, times, onsets).mean())

    beats = song.beat_times[2:-2]
    shifts = np.array([0.3, 0.4, 0.6, 0.7]) * 60 / song.bpm
    on_beat = max(mean_at(beats + delay) for delay in (0.0, 0.01, 0.02))
    assert on_beat > 1.2 * mean_at((beats[:, None] + shifts).ravel())


def test_beats_cover_the_song_through_silence_before_the_first_bar() -> None:
    song = synthesise(replace(PLAIN, lead_seconds=2.0))
    assert song.beat_times[0] < 60 / 124
    assert song.seconds - song.beat_times[-1] <= 60 / 124
    assert song.downbeat_times == pytest.approx(np.arange(2.0 - 240 / 124, 24, 240 / 124))
    assert np.abs(song.waveform[: int(1.9 * SAMPLE_RATE)]).max() < 1e-6


def test_breaks_go_on_counting_beats() -> None:
    form = (("verse", 2), ("break", 6), ("outro", 2))
    song = synthesise(replace(PLAIN, form=form, breaks=True))
    np.testing.assert_allclose(np.diff(song.beat_times), 60 / 124)


def test_drift_varies_the_beat_within_its_bounds() -> None:
    song = synthesise(SongSpec(seed=4, seconds=36, bpm=300, drift=0.05))
    intervals = np.diff(song.beat_times) * 5
    assert intervals.min() > 0.95 and intervals.max() < 1.05
    assert intervals.max() - intervals.min() > 0.04
    assert np.abs(np.diff(intervals)).max() < 0.02  # slow: never a jump from beat to beat


def test_beat_times_are_the_integral_of_the_tempo_curve() -> None:
    timeline = Timeline.draw(100, 0.1, 0.5, np.random.default_rng(0))
    fine = np.linspace(0, 200, 200_001)
    period = np.gradient(timeline.seconds(fine), fine)
    sines = zip(timeline.weights, timeline.cycles_per_beat, timeline.phases, strict=True)
    wander = sum(w * np.sin(2 * np.pi * cycles * fine + phase) for w, cycles, phase in sines)
    assert timeline.seconds(np.array([0.0]))[0] == 0.5
    np.testing.assert_allclose(period[1:-1], (0.6 * (1 + 0.1 * wander))[1:-1], atol=1e-6)


def test_swing_moves_off_beats_and_no_beat() -> None:
    beats = np.array([3.0, 3.25, 3.5, 3.75, 4.0])
    np.testing.assert_allclose(swung(beats, 0), beats)
    np.testing.assert_allclose(swung(beats, 1), [3, 3 + 1 / 3, 3 + 2 / 3, 3 + 5 / 6, 4])


def test_swing_is_heard_on_the_off_beats() -> None:
    """The ride of a swing song sounds at 2/3 of the beat if it swings, at 1/2 if it does not."""
    form = (("verse", 4), ("outro", 4))
    for swing, place, other in ((0.0, 1 / 2, 2 / 3), (1.0, 2 / 3, 1 / 2)):
        spec = replace(PLAIN, style="shuffle", bpm=100, swing=swing, form=form, fills=False)
        song = synthesise(spec)
        times, onsets = onset_energy(song)
        beats = song.beat_times[:14]

        def heard(part: float, beats=beats, times=times, onsets=onsets) -> float:
            return float(np.interp(beats + part * 0.6 + 0.01, times, onsets).mean())

        assert heard(place) > 1.5 * heard(other)


@pytest.mark.parametrize("seconds", [0.1, 1.0, 7.7773, 40.0])
def test_length_is_exact(seconds: float) -> None:
    assert len(synthesise(SongSpec(seed=9, seconds=seconds)).waveform) == round(seconds * 24000)


@pytest.mark.parametrize("style", EACH_STYLE)
def test_every_style_is_bounded_finite_and_audible(style: str) -> None:
    song = song_of(style)
    assert song.waveform.dtype == np.float32
    assert np.isfinite(song.waveform).all()
    assert 0.5 < np.abs(song.waveform).max() <= 0.7 + 1e-6
    assert song.waveform.std() > 0.03


def test_same_seed_same_bytes_and_another_seed_another_song() -> None:
    spec = SongSpec(seed=11, seconds=6)
    song = synthesise(spec)
    assert synthesise(spec).waveform.tobytes() == song.waveform.tobytes()
    assert synthesise(song.spec).waveform.tobytes() == song.waveform.tobytes()
    other = synthesise(replace(song.spec, seed=12))
    assert abs(np.corrcoef(other.waveform, song.waveform)[0, 1]) < 0.5


def test_asking_for_one_thing_changes_no_other_draw() -> None:
    free, asked = resolve_spec(SongSpec(seed=8)), resolve_spec(SongSpec(seed=8, room=0.9))
    assert asked.room == 0.9 and replace(asked, room=free.room) == free


def test_seeds_cover_tempi_metres_and_styles() -> None:
    specs = [resolve_spec(SongSpec(seed)) for seed in range(200)]
    tempi = np.array([spec.bpm for spec in specs])
    assert 60 <= tempi.min() < 70 and 170 < tempi.max() <= 190
    assert len({spec.style for spec in specs}) >= 20
    assert 0.05 < np.mean([spec.beats_per_bar == 3 for spec in specs]) < 0.3
    assert len({spec.swing for spec in specs}) > 10
    assert {spec.breaks for spec in specs} == {True, False}


@pytest.mark.parametrize(
    "style",
    [
        "house",
        "waltz",
        *(pytest.param(s, marks=pytest.mark.slow) for s in ("rock", "salsa", "ballad")),
    ],
)
def test_chorus_is_louder_than_intro_and_break(style: str) -> None:
    form = (("intro", 2), ("chorus", 2), ("break", 2), ("outro", 1))
    song = synthesise(replace(PLAIN, style=style, bpm=120, seconds=14, form=form))
    assert energy(song, "chorus") > 1.3 * energy(song, "intro")
    assert energy(song, "chorus") > 1.3 * energy(song, "break")


MANY_STYLES = (
    "house", "rock", "salsa", "reggae", "waltz", "swing", "drum_and_bass", "reggaeton",
)  # fmt: skip


@pytest.mark.parametrize(
    ("styles", "least"),
    [
        (("house", "reggae", "waltz"), 3),
        pytest.param(MANY_STYLES, 6, marks=pytest.mark.slow),
    ],
)
def test_styles_sound_different(styles: tuple[str, ...], least: int) -> None:
    """The spectra of two styles differ by more than those of two songs of one style, mostly."""

    def fingerprint(style: str, seed: int) -> np.ndarray:
        form = (("chorus", 9),)
        spec = SongSpec(seed, 8, style=style, lead_seconds=0, drift=0, form=form, hiss=0, peak=0.9)
        song = synthesise(spec)
        times, onsets = onset_energy(song)
        beats = song.beat_times[: len(song.beat_times) // 2 * 2 - 4]
        grid = np.linspace(0, 1, 16, endpoint=False) * STYLES[style].beats_per_bar * 60 / song.bpm
        starts = beats[:: STYLES[style].beats_per_bar]
        rhythm = np.interp(starts[:, None] + grid, times, onsets).mean(0)
        return (rhythm - rhythm.mean()) / rhythm.std()

    first = np.array([fingerprint(style, 1) for style in styles])
    second = np.array([fingerprint(style, 2) for style in styles])
    found = np.linalg.norm(first[:, None] - second[None], axis=-1).argmin(1)
    assert (found == np.arange(len(styles))).sum() >= least


def test_sections_tile_the_song_in_whole_bars() -> None:
    song = synthesise(SongSpec(seed=21, seconds=50, bpm=240, drift=0.02))
    starts = np.array([start for start, _ in song.sections])
    gaps = np.abs(starts[:, None] - song.downbeat_times).min(1)
    assert gaps.max() < 1e-9
    names = [name for _, name in song.sections]
    assert names[0] == "intro" and names[-1] == "outro" and {"verse", "chorus"} < set(names)
    assert set(names) <= set(LEVELS)


def test_chords_are_stacked_thirds_of_the_key() -> None:
    harmony = Harmony(key=0, scale=SCALES["major"], degrees=(0, 4, 5), chord_size=3)
    pitches = [[harmony.pitch(degree) for degree in harmony.chord(bar)] for bar in range(3)]
    assert pitches == [[0, 4, 7], [7, 11, 14], [9, 12, 16]]  # C, G, A minor


def test_demo_song_builds_up_to_a_drop() -> None:
    song = demo_song()
    assert song.seconds == 20
    assert [name for _, name in song.sections] == ["intro", "verse", "build", "chorus", "outro"]
    drop = dict((name, start) for start, name in song.sections)["chorus"]
    before = song.waveform[int((drop - 0.4) * SAMPLE_RATE) : int(drop * SAMPLE_RATE)]
    after = song.waveform[int(drop * SAMPLE_RATE) : int((drop + 0.4) * SAMPLE_RATE)]
    assert after.std() > 2 * before.std()
    assert energy(song, "chorus") > 2 * energy(song, "intro")


def test_saved_song_reads_back_and_leaves_nothing_else(tmp_path) -> None:
    song = synthesise(SongSpec(seed=1, seconds=2))
    save_song(song, tmp_path / "a song.wav")
    waveform, rate = soundfile.read(tmp_path / "a song.wav")
    assert rate == SAMPLE_RATE
    np.testing.assert_allclose(waveform, song.waveform, atol=1.1 / 32768)
    assert [path.name for path in tmp_path.iterdir()] == ["a song.wav"]
    with pytest.raises(MusicError, match="cannot write"):
        save_song(song, tmp_path / "a song.wav" / "song.wav")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"bpm": 0}, "bpm is 0; give a number from 30 to 300"),
        ({"seconds": float("nan")}, "seconds is nan"),
        ({"beats_per_bar": 8}, "beats_per_bar is 8; give a number from 3 to 7"),
        ({"style": "polkka"}, "no style named 'polkka'; choose from house"),
        ({"form": (("solo", 2),)}, "form has 2 bars of 'solo'"),
        ({"tempo_changes": (TempoChange(4, 900),)}, "bpm of a change is 900; give"),
    ],
)
def test_nonsense_is_refused_in_words(fields: dict, message: str) -> None:
    with pytest.raises(MusicError, match=message):
        synthesise(SongSpec(seed=0, **fields))


@needs_shared
def test_recorded_drums_change_the_sound_and_not_the_beats() -> None:
    assert SHARED is not None
    folder = SHARED / "data/music/sonic_pi"
    spec = replace(PLAIN, seconds=16, form=(("verse", 6), ("outro", 2)), fills=False)
    song, own = synthesise(spec, folder), synthesise(spec)
    assert synthesise(spec, folder).waveform.tobytes() == song.waveform.tobytes()
    assert np.abs(song.waveform - own.waveform).max() > 0.1
    np.testing.assert_array_equal(song.beat_times, own.beat_times)
    times, onsets = onset_energy(song)
    beats = song.beat_times[:22]
    assert np.interp(beats + 0.01, times, onsets).mean() > 2 * onsets.mean()


def test_recordings_start_with_their_attack_and_loops_are_cut_at_half_beats(tmp_path) -> None:
    rate, rng = 44_100, np.random.default_rng(0)
    burst = rng.standard_normal(2000) * np.exp(-np.arange(2000) / 300) / 4
    hit = np.concatenate([np.zeros(5000), burst])
    loop = np.zeros(round(4 * 60 / 97 * rate))
    for beat in range(4):
        start = round(beat * 60 / 97 * rate)
        loop[start : start + 2000] = burst
    soundfile.write(tmp_path / "bd_own.wav", hit, rate)
    soundfile.write(tmp_path / "loop_perc1.wav", loop, rate)

    kits = [sample_kit(tmp_path, ["kick", "hat"], SAMPLE_RATE, rng) for _ in range(20)]
    kick = next(kit["kick"][0] for kit in kits if kit)
    assert all("hat" not in kit for kit in kits)
    assert np.abs(kick[:100]).max() > 0.5 and 0.9 < np.abs(kick).max() <= 1

    slices = loop_slices(tmp_path, 110, SAMPLE_RATE, rng)
    energies = np.array([(part[:1200] ** 2).sum() for part in slices])
    assert len(slices) == 8
    assert energies[::2].min() > 100 * energies[1::2].max()
    assert len(loop_slices(tmp_path, 200, SAMPLE_RATE, rng)) == 16  # its beats count double
    assert loop_slices(tmp_path, 138, SAMPLE_RATE, rng) == []  # 42 % too fast, 29 % too slow


def test_a_missing_sample_folder_is_named(tmp_path) -> None:
    with pytest.raises(MusicError, match="no folder of samples"):
        synthesise(SongSpec(seed=0, seconds=2), tmp_path / "none")
