"""Dance without motion capture: moves written as curves over beats, varied and put in a row."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from music2pose import MusicError
from music2pose.motion.motion import Body, Motion
from music2pose.moves.body import joints_of
from music2pose.moves.book import MOVES, Move
from music2pose.moves.tracks import ARMS, FEET, NEUTRAL, Arm, KeyPose, Score, mirrored_key

__all__ = ["MOVES", "Move", "authored_moves", "perform_move"]

PHRASE = 8
"""Beats for which one move is danced in one way."""
TAKE_FPS = 50.0
AMPLITUDES = (0.7, 1.3)
FOOT_AMPLITUDES = (0.75, 1.15)
ARM_AMPLITUDES = (0.8, 1.12)
"""How far steps and arms follow the amplitude; beyond, they would look forced."""


def perform_move(
    name: str,
    beats: int = PHRASE,
    bpm: float = 120.0,
    fps: float = 50.0,
    rng: np.random.Generator | None = None,
    amplitude: float = 1.0,
) -> Motion:
    """Return one move, danced again and again for ``beats``; the end runs on into the start.

    Args:
        beats: a multiple of 8.
        rng: draws the side, the arms, and small differences between the repeats; without one
            the move is danced exactly as it is written.
        amplitude: how large, from 0.7 to 1.3.
    """
    if name not in MOVES:
        raise MusicError(f"no move is called {name!r}; there are {', '.join(sorted(MOVES))}")
    if beats < PHRASE or beats % PHRASE or not bpm > 0:
        raise MusicError(
            f"moves are danced for 8, 16, 24, ... beats at a tempo above 0, got {beats} beats "
            f"at {bpm} BPM"
        )
    if not AMPLITUDES[0] <= amplitude <= AMPLITUDES[1]:
        raise MusicError(f"amplitude must be from 0.7 to 1.3, got {amplitude}")
    joints = _joints([name], beats, bpm, fps, rng, amplitude)
    label = _take_name(f"move_{name}", bpm, amplitude)
    return Motion(joints, fps, label, f"move_{name}", bpm, 0.0, name)


def authored_moves(rng: np.random.Generator, variations: int, mixed: bool = False) -> list[Motion]:
    """Return ``variations`` takes of each move, 16 or 32 beats long, no two the same.

    Args:
        mixed: let every other phrase of every second take be some other move. Such takes hold
            moves of two groups: leave this off where takes are split by group.
    """
    if variations < 1:
        raise MusicError(f"each move needs at least one variation, got {variations}")
    takes = []
    for name in MOVES:
        for number in range(variations):
            others = [str(rng.choice(sorted(MOVES)))] if mixed and number % 2 else []
            beats = int(rng.choice([2, 4])) * PHRASE
            bpm, amplitude = float(rng.uniform(85, 125)), float(rng.uniform(*AMPLITUDES))
            joints = _joints([name, *others], beats, bpm, TAKE_FPS, rng, amplitude)
            take = _take_name(f"move_{name}_{number}", bpm, amplitude)
            takes.append(Motion(joints, TAKE_FPS, take, f"move_{name}", bpm, 0.0, name))
    return takes


def _joints(
    names: list[str],
    beats: int,
    bpm: float,
    fps: float,
    rng: np.random.Generator | None,
    amplitude: float,
) -> np.ndarray:
    """Return the joints (T, 18, 3) of an average body that dances the named moves in turn."""
    score = write_score([MOVES[name] for name in names], beats, rng, amplitude)
    count = max(1, round(beats * 60 / bpm * fps))
    return joints_of(score, np.arange(count) / fps * bpm / 60, Body())


def _take_name(start: str, bpm: float, amplitude: float) -> str:
    return f"{start}_{bpm:.0f}bpm_{amplitude:.2f}"


def write_score(
    moves: list[Move], beats: int, rng: np.random.Generator | None, amplitude: float
) -> Score:
    """Return the keys of ``beats`` beats, a phrase of each move in turn, with small differences."""
    keys: list[KeyPose] = []
    snap, bounce = np.zeros(beats), np.zeros(beats)
    turned = 0.0
    flip = rng is not None and bool(rng.random() < 0.5)
    for number, start in enumerate(range(0, beats, PHRASE)):
        move = moves[number % len(moves)]
        stop = start + PHRASE
        arms = 0 if rng is None else int(rng.integers(2 * len(move.arms)) % len(move.arms))
        phrase, gained = _phrase(move, arms, amplitude)
        if flip:
            phrase, gained = tuple(mirrored_key(key) for key in phrase), -gained
        for key in phrase:
            parts = _differing(key.parts, rng)
            if "turn" in parts:
                parts["turn"] += turned
            keys.append(KeyPose(start + key.beat, parts))
        turned += gained
        snap[start:stop] = move.snap * (1 if rng is None else rng.uniform(0.9, 1.1))
        bounce[start:stop] = move.bounce * amplitude
    return Score(beats, _merged(keys), np.maximum(snap, 1.2), bounce, turned)


def _phrase(move: Move, arms: int, amplitude: float) -> tuple[tuple[KeyPose, ...], float]:
    """Return the keys of one phrase, from beat 0, and the degrees by which it turns.

    Parts that the move does not use are brought back to a plain stand.
    """
    length, pattern = move.pattern(arms)
    keys = [KeyPose(beat, _unused_parts(pattern)) for beat in range(0, PHRASE, 4)]
    turned = 0.0
    for start in range(0, PHRASE, length):
        for beat, parts in _at_amplitude(move, pattern, amplitude):
            if "turn" in parts:
                parts["turn"] += turned
            keys.append(KeyPose(start + beat, parts))
        turned += 0.0 if move.mirror else move.turn
    return _merged(keys), turned


def _unused_parts(pattern: list[KeyPose]) -> dict[str, float]:
    """Return the numbers of a plain stand that a pattern says nothing of."""
    used = {name for key in pattern for name in key.parts}
    return {name: value for name, value in NEUTRAL.items() if name not in used}


def _at_amplitude(
    move: Move, pattern: list[KeyPose], amplitude: float
) -> Iterator[tuple[float, dict[str, Any]]]:
    """Yield the beat and the parts of each key of a pattern, danced larger or smaller."""
    centre = {name: _mean_arm(pattern, name) for name in ARMS}
    for key in pattern:
        parts = {name: _scaled(name, value, amplitude, centre) for name, value in key.parts.items()}
        if "turn" in parts:
            parts["turn"] = key.parts["turn"] + _turned_before(move, key.beat)
        yield key.beat, parts


def _turned_before(move: Move, beat: float) -> float:
    """Return the heading, in degrees, with which the mirrored half of a pattern starts."""
    return move.turn if move.mirror and beat >= move.beats else 0.0


def _scaled(name: str, value: Any, amplitude: float, centre: dict[str, np.ndarray]) -> Any:
    """Return one part of a key pose, danced larger or smaller."""
    if name in FEET:
        share = float(np.clip(amplitude, *FOOT_AMPLITUDES))
        home = FEET[name]
        return tuple(h + share * (v - h) for v, h in zip((*value, 0.0)[:3], home, strict=True))
    if name in ARMS:
        share = float(np.clip(amplitude, *ARM_AMPLITUDES))
        return centre[name] + share * (np.array(_unit_arm(value)) - centre[name])
    return NEUTRAL[name] + amplitude * (value - NEUTRAL[name])


def _unit_arm(arm: Arm) -> np.ndarray:
    directions = np.array(arm, float)
    return directions / np.linalg.norm(directions, axis=1, keepdims=True)


def _mean_arm(pattern: list[KeyPose], name: str) -> np.ndarray:
    return np.mean([_unit_arm(key.parts[name]) for key in pattern if name in key.parts], axis=0)


def _differing(parts: dict, rng: np.random.Generator | None) -> dict:
    """Return one repeat's parts, a little unlike the others; feet stay where they belong."""
    if rng is None:
        return dict(parts)
    result = {}
    for name, value in parts.items():
        if name in ARMS:
            value = np.asarray(value) + rng.normal(0, 0.06, (2, 3))
        elif name not in FEET and name not in ("turn", "hop"):
            value = value * rng.normal(1, 0.1)
        result[name] = value
    return result


def _merged(keys: list[KeyPose]) -> tuple[KeyPose, ...]:
    """Return the keys in order of time, one for each moment."""
    moments: dict[float, KeyPose] = {}
    for key in keys:
        old = moments.get(key.beat, KeyPose(key.beat))
        moments[key.beat] = replace(old, parts={**old.parts, **key.parts})
    return tuple(moments[beat] for beat in sorted(moments))
