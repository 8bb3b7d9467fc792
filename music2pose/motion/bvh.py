"""Read a BVH motion capture file: the skeleton, its channels, and where every joint goes."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from checkpoints.foreign import ForeignFileError, read_text, why
from music2pose import MusicError

LARGEST_FILE = 2**28
"""Bytes."""
MOST_JOINTS = 1000
MOST_PLACES = 2**24
"""Joints times frames; each takes 100 bytes."""
CHANNEL = re.compile(r"[xyz](position|rotation)")


@dataclass(frozen=True)
class Bvh:
    """A file's skeleton and movement in the file's own units and axes.

    Shape:
        offsets: (J, 3), each joint from its parent with every angle at zero
        positions: (T, J, 3), where each joint starts
        rotations: (T, J, 3, 3), from the joint's own axes to the world's
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]
    """Index of each joint's parent, which stands before it; -1 for the root."""
    offsets: np.ndarray
    positions: np.ndarray
    rotations: np.ndarray
    fps: float

    def rest_positions(self) -> np.ndarray:
        """Return (J, 3), the joints with every angle at zero and the root at the origin."""
        rest = np.zeros_like(self.offsets)
        for joint, parent in enumerate(self.parents):
            if parent >= 0:
                rest[joint] = rest[parent] + self.offsets[joint]
        return rest


@dataclass(eq=False)  # two joints may have the same name
class _Joint:
    name: str
    parent: int
    offset: tuple[float, ...] = (0.0, 0.0, 0.0)
    channels: tuple[str, ...] = ()


_TOKEN = re.compile(r"\b(ROOT|JOINT|END)\s+([^\s{}][^\r\n{}]*)|([{}]|[^\s{}]+)", re.IGNORECASE)
"""A word and the name that goes on to the end of its line, blanks and all; or any other word."""
_HEADER = re.compile(r"Frames:\s*(\d{1,9})\s*Frame\s+Time:\s*([-+.\deE]+)", re.IGNORECASE)


def read_bvh(path: Path) -> Bvh:
    """Read ``path``; raise MusicError, in one line that names the file, if it is no whole BVH.

    Angles are applied in the order in which the channels are listed. Position channels of a joint
    that is not the root replace its offset.
    """
    try:
        text = read_text(path, LARGEST_FILE, errors="replace")
    except ForeignFileError as error:
        raise MusicError(f"{path} cannot be read: {error}") from error
    hierarchy, found, motion = text.partition("MOTION")
    header = _HEADER.search(motion[:300])
    if not found or header is None:
        raise MusicError(f"{path} is no BVH file: it has no MOTION part with Frames and Frame Time")
    joints = _parse_hierarchy(hierarchy, path)
    frames, seconds = int(header[1]), float(header[2])
    if frames < 1 or seconds <= 0:
        raise MusicError(f"{path} holds {frames} frames of {seconds} s; it needs at least one")
    values = _parse_values(motion[header.end() :], frames, joints, path)
    positions, rotations = _pose(joints, values)
    return Bvh(
        tuple(joint.name for joint in joints),
        tuple(joint.parent for joint in joints),
        np.array([joint.offset for joint in joints]),
        positions,
        rotations,
        1 / seconds,
    )


def _parse_hierarchy(text: str, path: Path) -> list[_Joint]:
    """Return the joints in the order of their channels; end sites are left out."""
    hierarchy = _Hierarchy(text)
    try:
        hierarchy.read()
    except (StopIteration, ValueError, IndexError) as error:
        reason = f" ({error})" if str(error) else ""
        raise MusicError(
            f"{path} has a broken HIERARCHY{reason:.80}; export the file again"
        ) from error
    if not hierarchy.joints or hierarchy.open_joints:
        raise MusicError(f"{path} has a HIERARCHY that is cut off; export the file again")
    return hierarchy.joints


class _Hierarchy:
    """The HIERARCHY part of a file, read word by word; each word that matters has a method."""

    def __init__(self, text: str) -> None:
        self.joints: list[_Joint] = []
        self.open_joints: list[_Joint | None] = []
        """Those whose bracket is open, outermost first; None stands for an end site."""
        self._named: _Joint | None = None
        self._tokens = (part.strip() for parts in _TOKEN.findall(text) for part in parts if part)

    def read(self) -> None:
        methods = {
            "ROOT": self._joint, "JOINT": self._joint, "END": self._end_site,
            "{": self._open, "}": self.open_joints.pop,
            "OFFSET": self._offset, "CHANNELS": self._channels,
        }  # fmt: skip
        for token in self._tokens:
            if method := methods.get(token.upper()):
                method()

    def _joint(self) -> None:
        parent = self.joints.index(self._current()) if self.open_joints else -1
        self._named = _Joint(next(self._tokens), parent)
        self.joints.append(self._named)
        if len(self.joints) > MOST_JOINTS:
            raise ValueError(f"more than {MOST_JOINTS} joints")

    def _end_site(self) -> None:
        next(self._tokens)
        self._named = None

    def _open(self) -> None:
        self.open_joints.append(self._named)

    def _offset(self) -> None:
        x, y, z = (next(self._tokens), next(self._tokens), next(self._tokens))
        if self.open_joints[-1] is not None:
            self._current().offset = (float(x), float(y), float(z))

    def _channels(self) -> None:
        count = int(next(self._tokens))
        channels = [next(self._tokens).lower() for _ in range(count)]
        if not all(map(CHANNEL.fullmatch, channels)):
            raise ValueError("channels are positions and rotations along x, y and z")
        self._current().channels = tuple(channels)

    def _current(self) -> _Joint:
        """Return the innermost joint; an end site has neither channels nor joints."""
        joint = self.open_joints[-1]
        if joint is None:
            raise ValueError("an end site with channels or joints of its own")
        return joint


def _parse_values(text: str, frames: int, joints: list[_Joint], path: Path) -> np.ndarray:
    """Return the table of channel values, (frames, channels)."""
    width = sum(len(joint.channels) for joint in joints)
    try:
        values = np.array(text.split(), dtype=np.float64)
    except ValueError as error:
        raise MusicError(f"{path} holds a value that is no number ({why(error)})") from error
    if width == 0 or frames * len(joints) > MOST_PLACES:
        raise MusicError(
            f"{path} declares {frames} frames of {len(joints)} joints with {width} channels; give "
            "a shorter take in which something moves"
        )
    if len(values) < frames * width:
        raise MusicError(
            f"{path} is cut off: it declares {frames} frames of {width} channels "
            f"and holds {len(values) / max(width, 1):.1f} frames"
        )
    values = values[: frames * width].reshape(frames, width)
    if not np.isfinite(values).all():
        raise MusicError(f"{path} holds values that are not finite")
    return values


def _pose(joints: list[_Joint], values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return world positions (T, J, 3) and rotations (T, J, 3, 3) of every joint."""
    positions = np.zeros((len(values), len(joints), 3))
    rotations = np.zeros((len(values), len(joints), 3, 3))
    column = 0
    for index, joint in enumerate(joints):
        local = values[:, column : column + len(joint.channels)]
        column += len(joint.channels)
        shift, turn = _local(joint, local)
        if joint.parent < 0:
            positions[:, index], rotations[:, index] = shift, turn
        else:
            parent = rotations[:, joint.parent]
            positions[:, index] = positions[:, joint.parent] + np.einsum(
                "tij,tj->ti", parent, shift
            )
            rotations[:, index] = parent @ turn
    return positions, rotations


def _local(joint: _Joint, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a joint's shift (T, 3) and turn (T, 3, 3) against its parent."""
    shift = np.tile(np.array(joint.offset, np.float64), (len(values), 1))
    turn = np.tile(np.eye(3), (len(values), 1, 1))
    for channel, column in zip(joint.channels, values.T, strict=True):
        axis = "xyz".index(channel[0])
        if channel.endswith("position"):
            shift[:, axis] = column
        else:
            turn = turn @ Rotation.from_euler(channel[0], column[:, None], degrees=True).as_matrix()
    return shift, turn
