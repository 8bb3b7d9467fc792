"""What is played and how the body moves, second by second, and how far one follows the other."""

import librosa
import numpy as np

from benchmarks.dance import Row, at_least, below, row
from benchmarks.pieces import Piece
from music2pose.hearing.audio import Waveform
from music2pose.metrics.body import body_speed, joint_speeds
from music2pose.pose import JOINT, PoseSequence

LEAST_VARIATION_DB = 3.0
"""From the 10th to the 90th percentile of the seconds of a piece."""
LOUDNESS_RANGE_DB = 60.0
"""What is further below a piece's loudest second is as silent as this."""
OTHER_SONGS = 5
LEGS = ("right_hip", "left_hip", "right_knee", "left_knee")
HANDS = ("right_wrist", "left_wrist")
BANDS_HZ = {"kick and bass": (20.0, 150.0), "snare and clap": (1500.0, 5000.0)}
INSTRUMENTS = {"kick and bass": ("kick", "bass"), "snare and clap": ("snare", "clap")}


def loudness_rows(pieces: list[Piece], dances: list[PoseSequence]) -> list[Row]:
    """Correlate the speed of the body with the loudness of the music, second by second."""
    loudness = [loudness_db(piece.sound) for piece in pieces]
    speeds = [by_second(body_speed(dance), dance.fps) for dance in dances]
    varied = [n for n, levels in enumerate(loudness) if variation(levels) >= LEAST_VARIATION_DB]
    own = [correlation(speeds[n], loudness[n]) for n in varied]
    other = [
        correlation(speeds[n], loudness[varied[(place + step) % len(varied)]])
        for place, n in enumerate(varied)
        for step in range(1, min(OTHER_SONGS + 1, len(varied)))
    ]
    count = f"{len(varied)} songs that vary by {LEAST_VARIATION_DB:g} dB or more"
    return [
        row(f"body speed against loudness: mean r of {count}", mean(own), at_least(0.35)),
        row("... against other songs' loudness", mean(other), below(0.1)),
    ]


def loudness_db(sound: Waveform) -> np.ndarray:
    """Return the level of each whole second, (N,) dB of its root mean square.

    >>> loud = np.repeat(np.float32([1, 0.1]), 24_000)
    >>> loudness_db(Waveform(loud)).round(3).tolist()
    [0.0, -20.0]
    """
    rate = sound.sample_rate
    rows = sound.samples[: len(sound.samples) // rate * rate].reshape(-1, rate)
    power = (rows.astype(np.float64) ** 2).mean(axis=1)
    least = max(power.max(), 1e-12) * 10 ** (-LOUDNESS_RANGE_DB / 10)
    return 10 * np.log10(np.maximum(power, least))


def variation(levels: np.ndarray) -> float:
    low, high = np.percentile(levels, (10, 90))
    return float(high - low)


def by_second(values: np.ndarray, fps: float) -> np.ndarray:
    """Return the mean of (T,) values over each second, of which the last may lack a frame.

    >>> by_second(np.array([1.0, 3.0, 5.0, 5.0, 6.0]), 2).tolist()
    [2.0, 5.0, 6.0]
    """
    starts = np.arange(0, len(values), round(fps))
    return np.add.reduceat(values, starts) / np.diff(starts, append=len(values))


def correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Return Pearson's r of two series, the longer one cut; NaN where one does not vary."""
    length = min(len(one), len(other))
    one, other = (values[:length] - values[:length].mean() for values in (one, other))
    scale = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return float((one * other).sum()) / scale if scale > 1e-12 else float("nan")


def mean(values: list[float]) -> float:
    """Return the mean of those that are known; NaN of none."""
    some = [value for value in values if np.isfinite(value)]
    return float(np.mean(some)) if some else float("nan")


def limb_rows(kind: str, pieces: list[Piece], dances: list[PoseSequence]) -> list[Row]:
    """Correlate what an instrument plays with how hips and knees, and wrists, move, by seconds."""
    rows = []
    for name in INSTRUMENTS:
        pairs = []
        for piece, dance in zip(pieces, dances, strict=True):
            loud = strength_by_second(piece, name)
            speeds = (limb_speed(dance, limbs) for limbs in (LEGS, HANDS))
            pairs.append([correlation(loud, by_second(speed, dance.fps)) for speed in speeds])
        legs, hands = (mean(list(column)) for column in np.transpose(pairs))
        what = f"{name}, {kind} songs: r with speed of hips and knees / of wrists"
        rows.append(Row(what, f"{legs:.3f} / {hands:.3f}", "report"))
    return rows


def strength_by_second(piece: Piece, name: str) -> np.ndarray:
    """Return how much some instruments play in each second, (N,) in any unit.

    In a synthesised song it is the sum of their hits' strengths; in a recording the rise of the
    spectrum in the band where they mostly are.
    """
    if piece.song is None:
        return by_second(band_onsets(piece.sound, *BANDS_HZ[name]), 50)
    events = piece.song.played
    rows = [events[part][:, :2] for part in INSTRUMENTS[name] if part in events]
    rows = np.concatenate([np.zeros((0, 2)), *rows])
    seconds = np.arange(int(np.ceil(piece.sound.seconds)) + 1)
    return np.histogram(rows[:, 0], bins=seconds, weights=rows[:, 1])[0]


def band_onsets(sound: Waveform, low: float, high: float) -> np.ndarray:
    """Return how much the magnitudes between two frequencies rise, (T,), 50 times a second."""
    magnitude = librosa.feature.melspectrogram(
        y=sound.samples, sr=sound.sample_rate, n_fft=4096, hop_length=sound.sample_rate // 50,
        n_mels=8, fmin=low, fmax=high, power=1,
    )  # fmt: skip
    return np.maximum(np.diff(magnitude, axis=1, prepend=0), 0).sum(axis=0)


def limb_speed(dance: PoseSequence, limbs: tuple[str, ...]) -> np.ndarray:
    """Return the mean speed of some joints between frames, (T - 1,) torsos per second."""
    speeds = joint_speeds(dance)[:, [JOINT[name] for name in limbs]]
    return np.ma.filled(speeds.mean(axis=1), 0.0)
