"""Read a file of cues: what is to be danced when, in the words that prompt schedules use."""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from checkpoints.foreign import expanded, short
from music2pose import MusicError
from music2pose.controls import AVOIDED, ENERGY_RANGE, check_moves, move_names
from music2pose.direction import Cue, HeldPose, held_pose
from music2pose.hearing.features import position_among
from music2pose.hearing.moments import SongTimes, moment_seconds
from music2pose.pose_files import load_poses
from prompts import PromptError, read_table
from prompts.moments import MOMENT_EXAMPLES, Moment, parse_moment

FREE, FREEZE = "free", "freeze"
"""Words for what is no move: to dance as the music has it, and to stand still."""
KEYS = ("moves", "pose", "frame", "freeze", "energy", "for")
LENGTH = re.compile(r"(\d{1,9}(?:\.\d{0,9})?)\s*(?:s|(beat|bar|section)s?)?")
USUAL_FPS = 25.0
"""Of pose files that do not say it; a pose that is held does not depend on it."""


@dataclass(frozen=True)
class Length:
    """How long a cue lasts; sections end where the next ones start."""

    number: float
    unit: str
    """second, beat, bar or section."""


@dataclass(frozen=True)
class WrittenCue:
    """A cue as it stands in a file; its fields are those of ``Cue``."""

    moment: Moment
    length: Length | None = None
    """None: until the next cue, or the end of the song."""
    moves: tuple[str, ...] = ()
    pose: HeldPose | None = None
    is_frozen: bool = False
    energy: float | None = None


@dataclass(frozen=True)
class CueSheet:
    """A file of cues."""

    path: Path
    cues: tuple[WrittenCue, ...]
    pose_files: tuple[Path, ...] = ()

    def check(self, known: Collection[str], seconds: float) -> None:
        """Make sure that a dancer can do it, as far as is known before the song is heard.

        Args:
            known: the names of moves that the dancer knows.
            seconds: the length of the song.

        Raises:
            MusicError: a move is unknown, or a moment in seconds lies past the end.
        """
        for cue in self.cues:
            try:
                check_moves(cue.moves, known)
                if cue.moment.unit == "second":
                    moment_seconds(cue.moment, SongTimes(seconds))
            except (MusicError, PromptError) as error:
                raise MusicError(f"{_place(self.path, cue.moment.written)}: {error}") from error


def read_cue_sheet(path: str | Path) -> CueSheet:
    """Read a TOML file, or JSON by its name, with moments for keys and cues for values.

    A cue is a table of ``KEYS``, or a text that names moves, or ``FREE`` or ``FREEZE``. Pose files
    are looked for from the folder of the sheet.

    Raises:
        MusicError: it, or a file that it names, cannot be read, a cue cannot be understood, or two
            are at the same moment; it says which.
    """
    path = expanded(path)
    try:
        content = read_table(path)
    except PromptError as error:
        raise MusicError(str(error)) from error
    if not isinstance(content, dict) or not content:
        raise MusicError(f"{path} holds no cues; give some, at {MOMENT_EXAMPLES}")
    cues, files = [], []
    for key, value in content.items():
        try:
            table = _table_of(value)
            if "pose" in table:
                files.append(_pose_file(table, path.parent))
            cues.append(_written_cue(parse_moment(key), table, path.parent))
        except (MusicError, PromptError) as error:
            raise MusicError(f"{_place(path, key)}: {error}") from error
    _check_apart(path, cues)
    return CueSheet(path, tuple(cues), tuple(files))


def resolved_cues(sheet: CueSheet, times: SongTimes) -> tuple[Cue, ...]:
    """Return the cues of a song in order of time; where none is, the dancer is free.

    Starts and ends are moved to the nearest beat, or the start or end of the song.

    Raises:
        MusicError: a cue lies past the end of the song, or on the same beat as another.
    """
    begun = _begun(sheet, times)
    nexts = [start for start, _ in begun[1:]] + [times.seconds]
    cues = [_cue(start, min(stop, _end_of(start, written.length, times)), written)
            for (start, written), stop in zip(begun, nexts, strict=True)]  # fmt: skip
    free = Cue(0.0, 0.0)
    return tuple(cue for cue in cues if replace(cue, start=0.0, stop=0.0) != free)


def _begun(sheet: CueSheet, times: SongTimes) -> list[tuple[float, WrittenCue]]:
    """Return the cues with the seconds at which they start, in order."""
    begun = []
    for written in sheet.cues:
        try:
            starts = moment_seconds(written.moment, times)
        except PromptError as error:
            raise MusicError(f"{sheet.path}: {error}") from error
        begun += [(_on_beat(start, times), written) for start in starts]
    begun.sort(key=lambda pair: pair[0])
    for (before, one), (after, other) in pairwise(begun):
        if before == after:
            raise MusicError(
                f"{sheet.path}: cues at {one.moment.written!r} and {other.moment.written!r} are on "
                f"the same beat, at {after:.2f} s; leave one out"
            )
    return begun


def _cue(start: float, stop: float, written: WrittenCue) -> Cue:
    return Cue(start, stop, written.moves, written.pose, written.is_frozen, written.energy)


def _end_of(start: float, length: Length | None, times: SongTimes) -> float:
    """Return the beat on which a cue ends by its own length, one after its start.

    Where the song ends before, it is any time from there on.
    """
    beats = np.asarray(times.beats)
    later = beats[beats > start]
    end = _stretched(start, length, times)
    if end >= times.seconds or not len(later):
        return np.inf
    return float(later[np.abs(later - end).argmin()])


def _stretched(start: float, length: Length | None, times: SongTimes) -> float:
    """Return the time that lies a length after a start, whatever is there."""
    if length is None:
        return np.inf
    if length.unit == "second":
        return start + length.number
    if length.unit == "section":
        sections = np.array([*(section.start for section in times.sections), times.seconds])
        begun = sections[sections <= start]
        return _moved(begun[-1], length.number, sections) if len(begun) else np.inf
    marks = np.asarray(times.beats if length.unit == "beat" else times.bars)
    return _moved(start, length.number, marks) if len(marks) > 1 else np.inf


def _moved(time: float, number: float, marks: np.ndarray) -> float:
    """Return the time that lies a number of marks (N,) later; after the last they go on evenly."""
    place = float(position_among(marks, np.array([time]))[0]) + number
    if place > len(marks) - 1:
        return float(marks[-1] + (place - len(marks) + 1) * (marks[-1] - marks[-2]))
    return float(np.interp(place, np.arange(len(marks)), marks))


def _on_beat(seconds: float, times: SongTimes) -> float:
    marks = np.array([0.0, *times.beats])
    return float(marks[np.abs(marks - seconds).argmin()])


def _place(path: Path, key: str) -> str:
    return f"{path}: cue at {short(key)}"


def _check_apart(path: Path, cues: Collection[WrittenCue]) -> None:
    """
    Raises:
        MusicError: two cues are at the same moment, whatever the song.
    """
    seen: dict[Moment, str] = {}
    for moment in (cue.moment for cue in cues):
        other = seen.setdefault(moment._replace(written=""), moment.written)
        if other != moment.written:
            raise MusicError(
                f"{path}: cues at {short(other)} and {short(moment.written)} are at the same "
                "moment; leave one out"
            )


def _table_of(value: Any) -> dict[str, Any]:
    """Return a cue as a table; a text is short for one."""
    if isinstance(value, str):
        plain = value.strip().lower()
        short_for = {FREE: {}, FREEZE: {"freeze": True}}
        return short_for.get(plain, {"moves": value})
    if isinstance(value, dict):
        return value
    raise MusicError(
        f"{short(value)} is not possible; give names of moves, {FREE!r}, {FREEZE!r}, or a table of "
        f"{', '.join(KEYS)}"
    )


def _written_cue(moment: Moment, table: dict[str, Any], folder: Path) -> WrittenCue:
    if unknown := [key for key in table if key not in KEYS]:
        near = get_close_matches(unknown[0], KEYS, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        if unknown[0].isdecimal():  # TOML has 12.5 = ... for a table within a table
            hint = 'put quotes around moments with a point, as "12.5"; '
        raise MusicError(f"unknown key {short(unknown[0])}; {hint}keys are {', '.join(KEYS)}")
    _check_together({key for key, value in table.items() if value is not False})
    return WrittenCue(
        moment,
        _length(table.get("for")),
        _moves(table),
        _pose(table, folder),
        _is_frozen(table),
        _energy(table.get("energy")),
    )


def _check_together(asked: set[str]) -> None:
    """
    Raises:
        MusicError: some keys of a cue have no meaning together.
    """
    held, danced = asked & {"pose", "freeze"}, asked & {"moves", "energy"}
    if held and danced:
        raise MusicError("who holds a pose does not dance; leave out moves and energy")
    if len(held) > 1:
        raise MusicError("freeze holds what is danced; leave out freeze, or the pose")
    if "for" in asked and not held | danced:
        raise MusicError(f"it asks for nothing; give moves, a pose, freeze or energy, or {FREE!r}")
    if "frame" in asked and "pose" not in held:
        raise MusicError("it has a frame, but no pose; give pose = FILE as well")


def _is_frozen(table: dict[str, Any]) -> bool:
    is_frozen = table.get("freeze", False)
    if not isinstance(is_frozen, bool):
        raise MusicError(f"freeze is {short(is_frozen)}; give true or false")
    return is_frozen


def _moves(table: dict[str, Any]) -> tuple[str, ...]:
    if "moves" not in table:
        return ()
    names = move_names(_text(table, "moves"))
    if not names:
        raise MusicError("moves is empty; give names with commas between")
    if words := {FREE, FREEZE} & set(names):
        raise MusicError(f"{words.pop()!r} is no move; it stands alone")
    if any(name.startswith(AVOIDED) for name in names):
        raise MusicError("a cue names what to dance; give --moves what to avoid in the whole song")
    return names


def _pose(table: dict[str, Any], folder: Path) -> HeldPose | None:
    if "pose" not in table:
        return None
    path = _pose_file(table, folder)
    frame = table.get("frame")
    if frame is not None and (isinstance(frame, bool) or not isinstance(frame, int)):
        raise MusicError(f"frame is {short(frame)}; give a whole number, counted from 0")
    poses = load_poses(path, USUAL_FPS)
    try:
        return held_pose(poses, frame)
    except MusicError as error:
        raise MusicError(f"{path}: {error}") from error


def _pose_file(table: dict[str, Any], folder: Path) -> Path:
    return folder / expanded(_text(table, "pose"))


def _energy(energy: Any) -> float | None:
    if energy is None:
        return None
    low, high = ENERGY_RANGE
    if isinstance(energy, bool) or not isinstance(energy, int | float) or not low <= energy <= high:
        raise MusicError(f"energy is {short(energy)}; give {low:g} (calmest) to {high:g} (wildest)")
    return float(energy)


def _length(written: Any) -> Length | None:
    """
    >>> _length("2 bars"), _length(1.5)
    (Length(number=2.0, unit='bar'), Length(number=1.5, unit='second'))
    """
    if written is None:
        return None
    match = LENGTH.fullmatch(str(written).strip().lower())
    if match is None or not float(match[1]) > 0:
        raise MusicError(f'for is {short(written)}; give seconds, "4 beats", "2 bars", "1 section"')
    return Length(float(match[1]), match[2] or "second")


def _text(table: dict[str, Any], key: str) -> str:
    if not isinstance(table[key], str):
        raise MusicError(f"{key} must be a text, got {short(table[key])}")
    return table[key]
