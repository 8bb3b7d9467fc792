"""Write a dance as BVH, the text form in which motion capture is exchanged.

The file is as most motion capture in this form is (that of CMU, LAFAN1, 100STYLE): centimetres, y
up; only the root moves, and every joint turns, by degrees about z, x and y in this order, each
about axes that the ones before have turned. Blender takes a unit for a metre unless the scale of
its importer is set to 0.01 (``global_scale`` in its ``import_bvh.py``). The root's offset is 0,
because some programs add it to the root's place and some do not.
"""

import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from checkpoints.files import whole_file
from music2pose.motion.humanoid import PARENTS, Humanoid

UNITS_PER_METRE = 100
ORDER = "ZXY"
"""In which angles are listed and applied. With x in the middle arms that hang down or point
ahead, and turns on the spot, are far from where the other two angles become one."""
FRAMES_AT_ONCE = 2048
"""So many lines are text at the same time."""


def write_bvh(dancer: Humanoid, path: Path) -> Path:
    """Write ``dancer`` to ``path``, whole or not at all.

    Places are written to a micrometre and angles to a ten-thousandth of a degree, which moves a
    wrist by at most a hundredth of a millimetre. Angles go on past half a turn, so that they may
    be interpolated.
    """
    with whole_file(path) as partial, partial.open("w", encoding="ascii", newline="\n") as file:
        file.write("HIERARCHY\n")
        file.writelines(_joint_lines(dancer, "Hips", 0))
        file.write(f"MOTION\nFrames: {len(dancer)}\nFrame Time: {1 / dancer.fps!r}\n")
        file.writelines(_motion_lines(dancer))
    return path


def _joint_lines(dancer: Humanoid, name: str, depth: int) -> Iterator[str]:
    """Yield the lines of a joint and of all below it."""
    tab, parent = "\t" * depth, PARENTS[name]
    offset = dancer.offsets[name] if parent else np.zeros(3)
    moves = "" if parent else "Xposition Yposition Zposition "
    turns = " ".join(f"{axis}rotation" for axis in ORDER)
    yield f"{tab}{'JOINT' if parent else 'ROOT'} {name}\n{tab}{{\n"
    yield f"{tab}\tOFFSET {_place(offset)}\n{tab}\tCHANNELS {3 if parent else 6} {moves}{turns}\n"
    for child in PARENTS:
        if PARENTS[child] == name:
            yield from _joint_lines(dancer, child, depth + 1)
    if name in dancer.ends:
        end = _place(dancer.ends[name])
        yield f"{tab}\tEnd Site\n{tab}\t{{\n{tab}\t\tOFFSET {end}\n{tab}\t}}\n"
    yield f"{tab}}}\n"


def _place(metres: np.ndarray) -> str:
    return " ".join(f"{value:.4f}" for value in UNITS_PER_METRE * metres + 0.0)


def _motion_lines(dancer: Humanoid) -> Iterator[str]:
    """Yield a line of text for each frame."""
    columns = [UNITS_PER_METRE * dancer.root.astype(np.float64)]
    columns += [joint_angles(dancer.turns[name]) for name in PARENTS]
    form = " ".join(["%.4f"] * sum(column.shape[1] for column in columns)) + "\n"
    for start in range(0, len(dancer), FRAMES_AT_ONCE):
        part = slice(start, start + FRAMES_AT_ONCE)
        rows = np.concatenate([column[part] for column in columns], axis=1)
        for row in (rows.round(4) + 0.0).tolist():  # no -0
            yield form % tuple(row)


def joint_angles(quaternions: np.ndarray) -> np.ndarray:
    """Return degrees (T, 3) in ``ORDER`` that change as little as they can from frame to frame.

    A turn by z, x, y is the same as one by z + 180, 180 - x, y + 180. Which of the two is nearer
    to the frame before does not depend on which was taken there.

    Shape:
        quaternions: (T, 4)
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # with x at 90 degrees any z fits, if y fits to it
        angles = Rotation.from_quat(quaternions).as_euler(ORDER)
    other = angles * [1, -1, 1] + np.pi
    stay, change = (_apart(ends[1:], angles[:-1]) for ends in (angles, other))
    is_other = np.concatenate([[False], np.cumsum(change < stay) % 2 == 1])
    return np.degrees(np.unwrap(np.where(is_other[:, None], other, angles), axis=0))


def _apart(angles: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Return how far apart angles (T, 3) are, whole turns left out, as a sum over the three."""
    return np.abs((angles - before + np.pi) % (2 * np.pi) - np.pi).sum(-1)
