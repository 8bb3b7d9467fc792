"""Choose what is danced to a song: phrases of the training dances, passage by passage."""

import math
from collections.abc import Collection
from typing import NamedTuple

import numpy as np
import torch

from music2pose.conditioning import Conditioning
from music2pose.generator import PHRASE_MOVES, PoseGenerator
from music2pose.hearing.features import FEATURE_FPS

PASSAGE_MOVES = 2 * PHRASE_MOVES
"""Each phrase is danced twice."""
TEMPO_SHARE = 0.25
"""A song is danced with the share of the phrases in its metre that were made at nearest tempi."""
ENERGY_SHARE = 0.25
"""Of these, each passage takes one of the share whose music was most nearly as lively."""
ONSET_WEIGHT = 4.0
"""What begins counts as much as what sounds."""


class Wish(NamedTuple):
    """Which families of moves to dance; with any wish, no phrase of several families."""

    favoured: frozenset[str] = frozenset()
    """Only these; by default all."""
    avoided: frozenset[str] = frozenset()


class Passage(NamedTuple):
    """What is danced with one phrase; passages that are alike are danced with the same one."""

    kind: int
    """Of the section."""
    number: int
    """Counted from 0 within the section."""
    wish: Wish


def move_codes(
    model: PoseGenerator, music: Conditioning, seed: int, wishes: Collection[Wish] = ()
) -> torch.Tensor:
    """Choose a code for each move: phrases of four moves, each danced twice.

    A phrase is one whose moves last as many beats as the song's, made at nearly its tempo, to
    music about as lively as what the song plays here. A section that comes back is danced with the
    phrases that it had before.

    Args:
        wishes: one for each move; by default no family is favoured.

    Shape:
        returns: (M, C), one row per move of the song
    """
    rng = torch.Generator().manual_seed(seed)
    near = phrases_in_time(model, music)
    energies = move_energies(music)
    chosen: dict[Passage, int] = {}
    codes = []
    for move, (passage, place) in enumerate(passages_of(music, wishes)):
        if passage not in chosen:
            energy = float(energies[move : move + PASSAGE_MOVES].mean())
            chosen[passage] = choose_phrase(model, near, energy, passage.wish, rng)
        codes.append(model.phrases[chosen[passage], place])
    return torch.stack(codes)


def phrases_in_time(model: PoseGenerator, music: Conditioning) -> torch.Tensor:
    """Return the numbers of phrases, (N,), in the song's metre and made at nearly its tempo.

    Any metre will do if the song's is unknown to all of them: a move of two beats does not rest on
    the beats of three.
    """
    same = model.phrase_beats.cpu() == move_beats(music)
    fitting = (same if same.any() else torch.ones_like(same)).nonzero()[:, 0]
    tempi = model.phrase_bpm.cpu()[fitting].log()
    return fitting[nearest(tempi, math.log(danced_bpm(music)), TEMPO_SHARE)]


def passages_of(music: Conditioning, wishes: Collection[Wish] = ()) -> list[tuple[Passage, int]]:
    """Return the passage that each move belongs to, and its place in the phrase."""
    first = np.unique(music.moves, return_index=True)[1]
    sections, kinds = music.sections[first], music.kinds[first]
    wishes = list(wishes) or [Wish()] * len(first)
    found, start = [], 0
    for move, wish in enumerate(wishes):
        if move and (sections[move] != sections[move - 1] or wish != wishes[move - 1]):
            start = move
        number, place = divmod(move - start, PASSAGE_MOVES)
        found.append((Passage(int(kinds[move]), number, wish), place % PHRASE_MOVES))
    return found


def choose_phrase(
    model: PoseGenerator, near: torch.Tensor, energy: float, wish: Wish, rng: torch.Generator
) -> int:
    """Return the number of a phrase: of a wanted family, and of music that was about as lively.

    Where no wanted one has nearly the song's tempo, the tempo may be any; where there is none at
    all, the family may be.

    Shape:
        near: (N,) numbers of phrases in time with the song
    """
    families = model.config.families
    wanted = [name in wish.favoured if wish.favoured else name not in wish.avoided
              for name in families]  # fmt: skip
    fits = torch.tensor([wish == Wish(), *wanted])[model.phrase_family.cpu() + 1]
    candidates = next(some for some in (near[fits[near]], fits.nonzero()[:, 0], near) if len(some))
    fitting = candidates[nearest(model.phrase_energy.cpu()[candidates], energy, ENERGY_SHARE)]
    return int(fitting[torch.randint(len(fitting), (), generator=rng)])


def nearest(values: torch.Tensor, wanted: float, share: float) -> torch.Tensor:
    """Return where the ``share`` of ``values`` (N,) that are nearest to ``wanted`` are, (M,).

    >>> nearest(torch.tensor([1.0, 5.0, 2.0, 9.0]), 1.8, share=0.5).tolist()
    [2, 0]
    """
    return (values - wanted).abs().argsort(stable=True)[: max(1, round(share * len(values)))]


def move_energies(music: Conditioning) -> np.ndarray:
    """Return how lively the music of each move is, (M,)."""
    energy = liveliness(music.spectrogram)
    return np.bincount(music.moves, energy) / np.bincount(music.moves)


def liveliness(spectrogram: np.ndarray) -> np.ndarray:
    """Return how loud music is at each frame and how much begins there.

    Shape:
        spectrogram: (T, 64) log-mel in [0, 1]
        returns: (T,)
    """
    rise = np.diff(spectrogram, axis=0)
    np.maximum(rise, 0, out=rise)
    risen = np.concatenate([np.zeros(1, rise.dtype), rise.mean(1)])
    return spectrogram.mean(1) + ONSET_WEIGHT * risen


def danced_bpm(music: Conditioning) -> float:
    """Return how many beats are danced in a minute of a song, 1 at least."""
    position = music.position
    return max(1.0, float(position[-1] - position[0]) / len(position) * FEATURE_FPS * 60)


def move_beats(music: Conditioning) -> int:
    """Return how many danced beats most moves of a song last; 2 where there is only a part of one.

    The first and the last move are not counted, as they may be cut.
    """
    begins = np.unique(music.moves, return_index=True)[1]
    lengths = np.diff(music.position[begins])[1:]
    return round(float(np.median(lengths))) if len(lengths) else 2
