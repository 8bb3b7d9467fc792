"""Which phrases are danced to a song: by tempo, liveliness, section and wish."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from music2pose.conditioning import NUM_BEAT_CHANNELS, Conditioning, condition_on
from music2pose.data.pairs import song
from music2pose.generator import PHRASE_MOVES, POSE_PRESETS, PoseGenerator
from music2pose.phrases import (
    PASSAGE_MOVES,
    Wish,
    danced_bpm,
    liveliness,
    move_beats,
    move_codes,
    move_energies,
    passages_of,
)

FRAMES_PER_MOVE = 25
"""Two beats at 120 BPM."""
PHRASES = 64


def numbered() -> PoseGenerator:
    """A model whose codes tell the number of their phrase and their place in it."""
    model = PoseGenerator(POSE_PRESETS["tiny"]).eval().requires_grad_(False)
    places = torch.arange(PHRASES * PHRASE_MOVES).reshape(PHRASES, PHRASE_MOVES, 1)
    model.phrases.copy_(places.expand_as(model.phrases))
    return model


def music_of(kinds: list[int], level: list[float] | None = None) -> Conditioning:
    """A song at 120 BPM whose moves are of sections of these kinds, and as loud as ``level``."""
    numbers = np.concatenate([[0], np.cumsum(np.diff(kinds) != 0)])
    moves = np.repeat(np.arange(len(kinds)), FRAMES_PER_MOVE)
    loud = np.array(level or [0.5] * len(kinds), np.float32)[moves]
    return Conditioning(
        spectrogram=np.repeat(loud[:, None], 64, 1),
        activation=np.zeros((len(moves), 2), np.float32),
        beats=np.zeros((len(moves), NUM_BEAT_CHANNELS), np.float32),
        energy=np.zeros(len(moves), np.float32),
        position=np.arange(len(moves)) * 2 / FRAMES_PER_MOVE,
        moves=moves,
        progress=np.zeros(len(moves), np.float32),
        sections=numbers[moves],
        kinds=np.array(kinds)[moves],
    )


def danced(
    model: PoseGenerator, music: Conditioning, seed: int = 0, wishes: list[Wish] | None = None
) -> list[tuple[int, int]]:
    """Which phrase each move is danced with, and which of its moves."""
    codes = move_codes(model, music, seed, wishes or [])[:, 0]
    return [divmod(int(code), PHRASE_MOVES) for code in codes]


def test_phrases_are_danced_twice_in_order_and_seeds_choose_them():
    music = music_of([0] * 20)
    chosen = danced(numbered(), music)
    phrases = [phrase for phrase, _ in chosen]
    assert len(chosen) == 20
    assert [place for _, place in chosen] == [0, 1, 2, 3] * 5
    for start in range(0, 20, PASSAGE_MOVES):
        assert len(set(phrases[start : start + PASSAGE_MOVES])) == 1
    assert danced(numbered(), music) == chosen
    assert any(danced(numbered(), music, seed) != chosen for seed in range(1, 4))


def test_sections_of_one_kind_are_danced_with_the_same_phrases():
    """Verse, chorus, verse, chorus: the second verse is longer, and dances on with another."""
    kinds = [0] * 10 + [1] * 8 + [0] * 20 + [1] * 8
    for seed in range(5):
        chosen = danced(numbered(), music_of(kinds), seed)
        verse, chorus, again, chorus_again = (
            chosen[0:10], chosen[10:18], chosen[18:38], chosen[38:46],
        )  # fmt: skip
        assert again[:10] == verse
        assert chorus_again == chorus
    starts = [danced(numbered(), music_of(kinds), seed)[10] for seed in range(8)]
    firsts = [danced(numbered(), music_of(kinds), seed)[0] for seed in range(8)]
    assert starts != firsts


def test_a_phrase_begins_anew_with_each_section():
    places = [place for _, place in danced(numbered(), music_of([0] * 3 + [1] * 6 + [0] * 3))]
    assert places == [0, 1, 2, 0, 1, 2, 3, 0, 1, 0, 1, 2]


def test_passages_are_told_by_kind_number_and_wish():
    robot = Wish(frozenset({"robot"}))
    wishes = [Wish()] * 10 + [robot] * 4
    found = passages_of(music_of([3] * 14), wishes)
    assert [(p.kind, p.number, p.wish, place) for p, place in found] == [
        *((3, 0, Wish(), k % 4) for k in range(8)),
        *((3, 1, Wish(), k) for k in range(2)),
        *((3, 0, robot, k) for k in range(4)),
    ]


def test_phrases_fit_the_tempo_and_the_liveliness_of_the_music():
    model = numbered()
    number = torch.arange(PHRASES)
    fast, lively = number % 2 == 1, number % 4 >= 2
    model.phrase_bpm.copy_(torch.where(fast, 240.0, 120.0))
    model.phrase_energy.copy_(lively.float())
    for level, remainder in ((0.0, 0), (1.0, 2)):
        for seed in range(4):
            chosen = danced(model, music_of([0] * 16, [level] * 16), seed)
            assert {phrase % 4 for phrase, _ in chosen} == {remainder}


def test_each_passage_is_danced_as_lively_as_its_own_music():
    model = numbered()
    lively = torch.arange(PHRASES) % 2 == 1
    model.phrase_energy.copy_(lively.float())
    chosen = danced(model, music_of([0] * 8 + [1] * 8, [0.0] * 8 + [1.0] * 8))
    assert [phrase % 2 for phrase, _ in chosen] == [0] * 8 + [1] * 8


def with_families() -> PoseGenerator:
    """Phrases of four sorts: of no family, robot, salsa and twist."""
    model = numbered()
    model.config = replace(model.config, families=("robot", "salsa", "twist"))
    model.phrase_family.copy_(torch.arange(PHRASES) % 4 - 1)
    return model


@pytest.mark.parametrize(
    ("wish", "sorts"),
    [
        pytest.param(Wish(), {0, 1, 2, 3}, id="none"),
        pytest.param(Wish(avoided=frozenset({"salsa"})), {1, 3}, id="one avoided"),
        pytest.param(Wish(avoided=frozenset({"robot", "twist"})), {2}, id="two avoided"),
        pytest.param(Wish(favoured=frozenset({"robot"})), {1}, id="one favoured"),
        pytest.param(Wish(favoured=frozenset({"twist", "salsa"})), {2, 3}, id="two favoured"),
    ],
)
def test_of_families_only_wanted_ones_are_danced_and_with_a_wish_no_mixed_phrases(wish, sorts):
    model, music = with_families(), music_of([0] * 16)
    found = {
        phrase % 4 for seed in range(40) for phrase, _ in danced(model, music, seed, [wish] * 16)
    }
    assert found == sorts


def test_a_wanted_family_is_danced_though_no_phrase_of_it_has_the_tempo():
    model = with_families()
    model.phrase_bpm.fill_(120.0)
    model.phrase_family.fill_(0)
    model.phrase_family[7], model.phrase_bpm[7] = 1, 60.0
    wanted = [Wish(favoured=frozenset({"salsa"}))] * 4
    assert {phrase for phrase, _ in danced(model, music_of([0] * 4), 0, wanted)} == {7}
    nobody = [Wish(favoured=frozenset({"twist"}))] * 4
    assert len(danced(model, music_of([0] * 4), 0, nobody)) == 4  # and none is no reason to stop
    model.phrase_family.fill_(-1)
    assert len(danced(model, music_of([0] * 4), 0, wanted)) == 4  # nor is that all are mixed


def test_wishes_are_those_of_their_moves():
    wishes = [Wish(frozenset({"robot"}))] * 4 + [Wish(frozenset({"twist"}))] * 4
    model = with_families()
    for seed in range(6):
        sorts = [phrase % 4 for phrase, _ in danced(model, music_of([0] * 8), seed, wishes)]
        assert (set(sorts[:4]), set(sorts[4:])) == ({1}, {3})


def test_the_tempo_is_that_of_the_danced_beats():
    assert danced_bpm(music_of([0] * 16)) == pytest.approx(120, rel=0.01)
    music = condition_on(song(0, 20.0).features)
    beats = np.floor(music.position).max() - np.floor(music.position).min()
    assert danced_bpm(music) == pytest.approx(3 * beats, abs=6)  # in 20 s


def test_what_begins_is_livelier_than_what_goes_on():
    steady = np.full((50, 64), 0.5)
    beating = steady + 0.2 * (np.arange(50) % 10 < 5)[:, None]
    assert liveliness(beating).mean() > liveliness(steady).mean() + 0.15
    assert liveliness(steady) == pytest.approx(np.full(50, 0.5))


def test_the_liveliness_of_a_move_is_the_mean_over_its_frames():
    energies = move_energies(music_of([0, 0, 0], [0.2, 0.6, 0.1]))
    assert energies == pytest.approx([0.2, 0.6 + 4 * 0.4 / FRAMES_PER_MOVE, 0.1], abs=1e-5)


def test_a_song_longer_than_all_known_phrases_is_danced():
    assert len(danced(numbered(), music_of([0] * (PHRASES * PASSAGE_MOVES + 5)))) == 517


def in_three(music: Conditioning) -> Conditioning:
    """The same moves, each three beats long."""
    return music._replace(position=1.5 * music.position)


def test_phrases_are_in_the_metre_of_the_song_if_there_are_any():
    model, music = numbered(), music_of([0] * 16)
    model.phrase_beats[5] = 3
    model.phrase_bpm[5] = 60.0  # however far its tempo
    assert {phrase for phrase, _ in danced(model, in_three(music))} == {5}
    assert 5 not in {phrase for seed in range(20) for phrase, _ in danced(model, music, seed)}
    model.phrase_beats[:] = 2
    assert len({phrase for phrase, _ in danced(model, in_three(music))}) > 1


def test_moves_last_as_many_beats_as_most_of_them_do():
    music = music_of([0] * 8)
    assert move_beats(music) == 2
    assert move_beats(in_three(music)) == 3
    upbeat = music._replace(moves=np.maximum(music.moves - 2, 0))  # a first move of six beats
    assert move_beats(upbeat) == 2
    assert move_beats(music_of([0])) == 2
