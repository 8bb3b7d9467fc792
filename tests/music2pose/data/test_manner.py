"""How a song asks to be danced: songs are written here, and what they ask for is known."""

import numpy as np
import pytest

from music2pose.data.manner import (
    ARRIVAL_SECONDS,
    DROP_METRES,
    KICK_METRES,
    LEAST_ENERGY,
    MOST_METRES,
    Manner,
    Played,
    manner_of,
    off_beat_accents,
)
from music2pose.data.pairs import song
from music2pose.hearing.beats import BeatGrid
from music2pose.hearing.features import (
    FEATURE_FPS,
    LOUDNESS_RANGE_DB,
    NUM_MELS,
    SongFeatures,
    bar_phase,
    beat_phase,
)

BEAT, BAR = 0.5, 2.0
SECONDS = 32.0
TIMES = np.arange(round(SECONDS * FEATURE_FPS)) / FEATURE_FPS
LOUD_DB = -12.0


def sounding(decibels: np.ndarray | float = LOUD_DB, mel: np.ndarray | None = None) -> SongFeatures:
    """A song at 120 BPM in four that is as loud as told."""
    beats = np.arange(0, SECONDS + BEAT, BEAT)
    grid = BeatGrid(beats, beats[::4], 120.0, confidence=1.0)
    loudness = np.clip(1 + np.broadcast_to(decibels, TIMES.shape) / LOUDNESS_RANGE_DB, 0, 1)
    return SongFeatures(
        mel=np.zeros((len(TIMES), NUM_MELS), np.float32) if mel is None else mel,
        onset=np.zeros(len(TIMES), np.float32),
        loudness=loudness.astype(np.float32),
        activation=np.zeros((len(TIMES), 2), np.float32),
        beat_phase=beat_phase(grid, TIMES),
        bar_phase=bar_phase(grid, TIMES),
        grid=grid,
        seconds=SECONDS,
    )


def hits(*moments: float, strength: float = 0.9, midi: float = 0) -> np.ndarray:
    return np.array([(moment, strength, midi) for moment in moments]).reshape(-1, 3)


def groove(without: tuple[float, float] = (99, 99)) -> Played:
    """Kick on one and three, snare on two and four, hats on eighths; silent within ``without``."""

    def every(start: float, step: float) -> np.ndarray:
        moments = np.arange(start, SECONDS, step)
        return hits(*moments[(moments < without[0]) | (moments >= without[1])])

    return {"kick": every(0, 1), "snare": every(0.5, 1), "hat": every(0, 0.25)}


def at(values: np.ndarray, second: float) -> float:
    return float(values[round(second * FEATURE_FPS)])


def mean(values: np.ndarray, start: float, stop: float) -> float:
    return float(values[round(start * FEATURE_FPS) : round(stop * FEATURE_FPS)].mean())


STOP = (12.0, 16.0)
"""Two bars without drums, while the rest of the song goes on as loud."""


def stopped(with_hats: bool = False) -> Manner:
    played = groove(STOP)
    return manner_of(sounding(), played | ({"hat": groove()["hat"]} if with_hats else {}))


def test_a_song_whose_drums_stop_for_two_bars_asks_for_little_there():
    energy = stopped().energy
    before, inside, after = mean(energy, 8, 11.4), mean(energy, 13, 15.5), mean(energy, 16.5, 20)
    assert inside < 0.5 * before
    assert inside < 0.5 * after
    assert before == pytest.approx(mean(manner_of(sounding(), groove()).energy, 8, 11.4), rel=0.02)


def test_the_dancer_is_back_at_the_first_hit():
    energy = stopped().energy
    usual = mean(energy, 17, 22)
    assert at(energy, 15.5) < 0.5 * usual
    assert at(energy, 16.0) > 0.95 * usual
    assert at(energy, 15.85) < at(energy, 15.95) < at(energy, 16.0)  # breath is taken before it


def test_the_dancer_comes_to_a_stop_within_a_fifth_of_a_bar_after_the_last_hit():
    energy = stopped().energy
    usual, held = mean(energy, 8, 11.4), mean(energy, 13, 15.5)
    last = 11.5  # the snare on the last beat before the stop
    assert at(energy, last + 0.03 * BAR) == pytest.approx(usual, rel=0.02)
    assert held < at(energy, last + 0.12 * BAR) < usual
    assert at(energy, last + 0.2 * BAR) == pytest.approx(held, rel=0.05)


def test_before_the_first_drum_of_a_song_half_the_energy_is_danced():
    """More than in a stop of the drums: nobody has stopped yet."""
    energy = manner_of(sounding(), groove((-1, 8))).energy
    usual = mean(manner_of(sounding(), groove()).energy, 1, 7.5)
    assert mean(energy, 1, 7.5) == pytest.approx(0.5 * usual, rel=0.02)
    assert mean(energy, 1, 7.5) > 1.5 * mean(stopped().energy, 13, 15.5)
    assert at(energy, 7.8) < 0.6 * usual
    assert at(energy, 8.0) > 0.95 * usual


def test_the_bass_line_sways_the_hips_while_drums_stop_but_less_than_before():
    high = np.array([(moment, 0.9, 48) for moment in np.arange(8, 16, BEAT)])
    usual = np.array([(moment, 0.9, 40) for moment in np.arange(16, SECONDS, BEAT)])
    sway = manner_of(sounding(), groove(STOP) | {"bass": np.concatenate([high, usual])}).sway
    dancing, held = mean(sway, 8.5, 11.4), mean(sway, 13, 15.5)
    assert dancing > 0.7
    assert 0.1 < held < 0.4 * dancing


def test_channels_are_the_parts_of_a_manner_in_order_the_giving_as_a_share_of_the_most():
    parts = {"energy": 1.2, "legs": 0.9, "arms": 0.8, "give": MOST_METRES / 2, "hits": 0.6,
             "reach": -0.7, "sway": 0.4}  # fmt: skip
    asked = Manner(**{name: np.full(3, value) for name, value in parts.items()}, accents=TIMES[:2])
    assert asked.channels.dtype == np.float32
    wanted = [1.2, 0.9, 0.8, 0.5, 0.6, -0.7, 0.4]
    assert asked.channels == pytest.approx(np.tile(wanted, (3, 1)))


def test_a_bar_with_hats_asks_for_more_than_one_without_and_less_than_drums():
    held, stepping = stopped().energy, stopped(with_hats=True).energy
    assert 1.4 * mean(held, 13, 15.5) < mean(stepping, 13, 15.5) < 0.85 * mean(stepping, 8, 11.4)


def test_a_stop_of_less_than_a_bar_is_danced_through():
    short = manner_of(sounding(), groove((12.75, 13.9))).energy
    assert short == pytest.approx(manner_of(sounding(), groove()).energy, abs=1e-9)


def test_a_song_without_drums_is_danced_to_all_the_same():
    energy = manner_of(sounding(), {"lead": hits(*np.arange(0, 32, 0.5), midi=60)}).energy
    assert mean(energy, 2, 30) > 0.4


def test_loud_and_soft_halves_are_danced_large_and_small():
    halves = np.where(TIMES < 16, -24.0, LOUD_DB)
    energy = manner_of(sounding(halves), groove()).energy
    soft, loud = mean(energy, 4, 14), mean(energy, 18, 28)
    assert loud > 1.5 * soft
    assert soft >= LEAST_ENERGY
    changed = np.flatnonzero(energy > (soft + loud) / 2)[0] / FEATURE_FPS
    assert changed == pytest.approx(16, abs=0.3)


def test_how_loud_a_record_is_as_a_whole_makes_no_difference():
    halves = np.where(TIMES < 16, -24.0, LOUD_DB)
    quieter = manner_of(sounding(halves - 10), groove()).energy
    assert quieter == pytest.approx(manner_of(sounding(halves), groove()).energy, abs=0.01)


def test_silence_is_not_danced_to():
    halves = np.where(TIMES < 16, LOUD_DB, -80.0)
    energy = manner_of(sounding(halves), groove((16, 99)), asked=0.0).energy
    assert mean(energy, 17, 30) == pytest.approx(0, abs=1e-3)
    assert mean(energy, 4, 14) > 0.4
    assert not manner_of(sounding(-80.0), {}).energy.any()


def test_a_build_grows_and_its_end_drops():
    build = (8.0, 16.0)
    energy = manner_of(sounding(), groove(), (build,)).energy
    plain = manner_of(sounding(), groove()).energy
    growing = [mean(energy, start, start + 2) for start in (8, 10, 12, 14)]
    assert growing == sorted(growing)
    assert growing[0] < 0.7 * mean(plain, 8, 10)
    assert growing[3] > 1.1 * mean(plain, 14, 16)
    assert at(energy, 16.0) > 1.2 * at(plain, 16.0)
    assert at(energy, 19.0) == pytest.approx(at(plain, 19.0))
    assert energy.argmax() / FEATURE_FPS == pytest.approx(16, abs=0.1)


def test_a_drop_is_the_deepest_giving_of_all_and_right_on_its_downbeat():
    give = manner_of(sounding(), groove(), ((8.0, 16.0),)).give
    assert give.argmax() / FEATURE_FPS == pytest.approx(16, abs=0.05)
    assert DROP_METRES <= give.max() <= MOST_METRES
    assert give.max() > 1.8 * np.delete(give, slice(380, 425)).max()
    at_the_end = manner_of(sounding(), groove(), ((24.0, SECONDS),)).give  # the song ends there
    assert at_the_end.max() < DROP_METRES


def test_kicks_give_knees_at_their_own_time():
    kicks = (2.0, 5.24, 9.52)
    give = manner_of(sounding(), {"kick": hits(*kicks, strength=1.0)}).give
    for kick in kicks:
        around = give[round((kick - 0.3) * FEATURE_FPS) : round((kick + 0.3) * FEATURE_FPS)]
        assert (around.argmax() - 7.5) / FEATURE_FPS == pytest.approx(0, abs=0.03)
        assert around.max() == pytest.approx(KICK_METRES, rel=0.3)
    assert give[round(3.5 * FEATURE_FPS)] < 1e-6
    weak = manner_of(sounding(), {"kick": hits(*kicks, strength=0.3)}).give
    assert weak.max() == pytest.approx(0.3 * give.max(), rel=0.05)
    assert not manner_of(sounding(), {"snare": hits(*kicks)}).give.any()


@pytest.mark.parametrize("name", ["snare", "clap"])
def test_snares_and_claps_throw_arms_at_their_own_time(name):
    moments = (3.0, 7.48, 11.0)
    manner = manner_of(sounding(), {name: hits(*moments)})
    for moment in moments:
        assert at(manner.hits, moment) > 0.6
        assert at(manner.hits, moment + 0.3) < 0.05
        assert at(manner.hits, moment - 0.3) < 0.05
    assert not manner_of(sounding(), {"kick": hits(*moments)}).hits.any()


def scale(midi: np.ndarray) -> np.ndarray:
    """A note every half second."""
    return np.stack([np.arange(len(midi)) * BEAT, np.full(len(midi), 0.9), midi], axis=1)


def gliding(first: float, last: float) -> np.ndarray:
    """A tone that goes from one mel band to another, as the log-mel of a song: (T, 64)."""
    centre = np.linspace(first, last, len(TIMES))[:, None]
    return np.exp(-0.5 * ((np.arange(NUM_MELS) - centre) / 1.5) ** 2).astype(np.float32)


def test_what_rises_leads_the_arms_up_and_a_falling_bass_line_the_hips_aside():
    down = np.linspace(46, 30, 64)
    manner = manner_of(sounding(mel=gliding(10, 35)), groove() | {"bass": scale(down)})
    assert (np.diff(manner.reach[100:-100:25]) > 0).all()
    assert manner.reach[25:75].mean() < -0.5
    assert manner.reach[-75:-25].mean() > 0.5
    assert (np.diff(manner.sway[50:-50:25]) < 0).all()
    alone = manner_of(sounding(), groove())
    assert not alone.reach.any()
    assert not alone.sway.any()


def test_hits_and_what_lies_above_or_below_a_voice_do_not_lead_the_arms():
    steady = gliding(20, 20)
    struck, bright = steady.copy(), steady.copy()
    struck[::12] = 1.0  # a hit every half second
    bright[:, 45:] = np.linspace(0, 1, len(TIMES))[:, None]
    for mel in (steady, struck, bright):
        assert np.abs(manner_of(sounding(mel=mel), groove()).reach).max() < 0.1


def test_a_note_counts_until_the_next_and_for_a_second_and_a_half_at_most():
    notes = np.array([(0, 0.9, 60), (2, 0.9, 60), (4, 0.9, 60), (10, 0.9, 68)], float)
    sway = manner_of(sounding(), {"bass": notes}).sway
    assert at(sway, 10.7) > 0.5
    assert at(sway, 11.3) > 0.5
    assert abs(at(sway, 12.3)) < 0.02
    assert abs(at(sway, 5.0)) < 1e-6


def test_legs_dance_with_kick_and_bass_and_arms_with_snare_and_melody():
    early, late = np.arange(0, 14, 1.0), np.arange(18, 32, 1.0)
    manner = manner_of(sounding(), {"kick": hits(*early), "snare": hits(*late)})
    assert mean(manner.legs, 3, 12) > 2 * mean(manner.legs, 21, 30)
    assert mean(manner.arms, 21, 30) > 2 * mean(manner.arms, 3, 12)
    parts = manner_of(sounding(), {"bass": hits(*early), "lead": hits(*late, midi=60)})
    assert mean(parts.legs, 3, 12) > 2 * mean(parts.legs, 21, 30)
    assert mean(parts.arms, 21, 30) > 2 * mean(parts.arms, 3, 12)


def test_hits_beside_the_beat_become_accents_and_those_on_it_do_not():
    on_beat = hits(*np.arange(0, 32, 0.5), strength=1.0)
    off = [4.25, 9.75, 20.3]
    core = np.concatenate([on_beat, hits(*off)])[:, :2]
    accents = off_beat_accents(core, sounding())
    assert accents == pytest.approx(np.array(off) + ARRIVAL_SECONDS)
    weak = np.concatenate([on_beat, hits(*off, strength=0.5)])[:, :2]
    assert not len(off_beat_accents(weak, sounding()))
    near = np.concatenate([on_beat, hits(8.09, 12.92)])[:, :2]  # danced with the beat
    assert not len(off_beat_accents(near, sounding()))


def test_of_two_accents_at_once_the_stronger_one_is_danced():
    core = np.concatenate([hits(4.2, strength=0.7), hits(4.3), hits(4.75, strength=0.8)])[:, :2]
    assert off_beat_accents(core, sounding()) == pytest.approx([4.3 + ARRIVAL_SECONDS])
    apart = np.concatenate([hits(4.25), hits(4.75, strength=0.8)])[:, :2]
    assert len(off_beat_accents(apart, sounding())) == 2


def test_hats_are_no_accents_and_drums_are():
    for name, count in (("hat", 0), ("lead", 0), ("tom_mid", 1), ("snare", 1), ("kick", 1)):
        assert len(manner_of(sounding(), groove() | {name: hits(4.25)}).accents) == count


def test_asked_for_calm_and_wild_changes_the_energy_beside_the_music():
    calm, usual, wild = (
        manner_of(sounding(), groove(STOP), asked=asked).energy for asked in (-1.0, 0.0, 1.0)
    )
    assert mean(usual, 4, 10) == pytest.approx(0.5, abs=0.1)
    assert mean(calm, 4, 10) < 0.4 * mean(usual, 4, 10)
    assert mean(wild, 4, 10) > 1.8 * mean(usual, 4, 10)
    assert mean(wild, 13, 15.5) > 1.5 * mean(usual, 13, 15.5)


def test_a_manner_is_within_its_bounds_for_songs_of_any_kind():
    for seed in range(3):
        danced = song(seed, 12.0)
        manner = danced.manner
        for name in ("energy", "legs", "arms", "give", "hits", "reach", "sway"):
            values = getattr(manner, name)
            assert values.shape == (len(danced.features),), name
            assert np.isfinite(values).all(), name
        assert manner.energy.min() >= 0 and manner.energy.max() <= 1.2
        for part in (manner.legs, manner.arms, manner.hits):
            assert part.min() >= 0 and part.max() <= 1
        assert manner.give.min() >= 0 and manner.give.max() <= MOST_METRES
        assert np.abs(manner.reach).max() <= 1 and np.abs(manner.sway).max() <= 1
        assert (np.diff(manner.accents) >= 0.5 - 1e-9).all()
