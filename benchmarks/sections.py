"""How well are the sections of a song found? Synthesised songs, whose form is known."""

import argparse

import numpy as np
from tqdm import tqdm

from music2pose.hearing.audio import Waveform
from music2pose.hearing.features import extract_features
from music2pose.hearing.sections import detect_sections
from music2pose.synth.song import Song, SongSpec, synthesise

FIRST_SEED = 1000
"""The detector was fitted on seeds below 24."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--songs", type=int, default=40, metavar="N", help="how many")
    parser.add_argument("--seconds", type=float, default=75.0, metavar="S", help="of each song")
    args = parser.parse_args()
    counts = np.zeros(3)
    pairs = np.zeros(3)
    for seed in tqdm(range(FIRST_SEED, FIRST_SEED + args.songs), unit="song"):
        song = synthesise(SongSpec(seed=seed, seconds=args.seconds))
        sections = detect_sections(extract_features(Waveform(song.waveform)))
        counts += boundary_counts(np.array([s.start for s in sections][1:]), song)
        times = song.downbeat_times[:-1] + 0.5 * np.diff(song.downbeat_times)
        names = names_at([(s.start, s.label) for s in sections], times)
        pairs += pair_counts(names, names_at(list(song.sections), times))
    print(f"{args.songs} songs of {args.seconds:g} s; beats and bars are heard, not known")
    print("section starts within half a bar: " + rates(counts))
    print("pairs of bars said to be alike:   " + rates(pairs))


def boundary_counts(found: np.ndarray, song: Song) -> np.ndarray:
    """Return (right, found, true); a true start counts once."""
    truth = np.array([time for time, _ in song.sections if 1 < time < song.seconds - 1])
    half_bar = np.diff(song.downbeat_times).mean() / 2
    near = np.abs(found[:, None] - truth) <= half_bar
    return np.array([near.any(axis=0).sum(), len(found), len(truth)])


def names_at(sections: list[tuple[float, str]], times: np.ndarray) -> np.ndarray:
    starts = [start for start, _ in sections]
    return np.array([sections[max(0, n - 1)][1] for n in np.searchsorted(starts, times)])


def pair_counts(found: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Return (right, found, true) over all pairs of bars."""
    is_pair = np.triu(np.ones((len(true), len(true)), bool), 1)
    alike, truly = found[:, None] == found, true[:, None] == true
    return np.array([(a & is_pair).sum() for a in (alike & truly, alike, truly)])


def rates(counts: np.ndarray) -> str:
    right, found, true = counts
    return (
        f"precision {right / found:.3f}, recall {right / true:.3f}, "
        f"F {2 * right / (found + true):.3f}"
    )


if __name__ == "__main__":
    main()
