"""Read the arrays of a foreign ``.npz``, whose claims of size are held against what is there."""

import math
import warnings
import zipfile
from pathlib import Path
from typing import IO

import numpy as np

from checkpoints.foreign import (
    BROKEN_DATA,
    LARGEST_DATA,
    ForeignFileError,
    open_file,
    short,
    why,
)

PLAIN_KINDS = "biufSU"
"""numpy's letters for numbers and texts."""
_STORED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 1


def read_arrays(path: Path, most: int = LARGEST_DATA) -> dict[str, np.ndarray]:
    """Return the arrays of an ``.npz`` by their names: numbers and texts, no objects.

    Raises:
        ForeignFileError: it is broken, encrypted, or holds something else or more than ``most``
            bytes, once unpacked.
    """
    with open_file(path) as file:
        try:
            with zipfile.ZipFile(file) as archive:
                members = archive.infolist()
                if sum(member.file_size for member in members) > most:
                    raise ForeignFileError(f"it unpacks to more than {most / 2**20:.0f} MiB")
                return {m.filename.removesuffix(".npy"): _array(archive, m) for m in members}
        except ForeignFileError:
            raise
        except (*BROKEN_DATA, NotImplementedError, RuntimeError) as error:
            raise ForeignFileError(f"it is no npz file of plain arrays ({why(error)})") from error


def one_number(arrays: dict[str, np.ndarray], name: str, default: float | None = None) -> float:
    """Return an array that is a single number.

    Raises:
        ForeignFileError: it is none, or not there and there is no ``default``.
    """
    if name not in arrays and default is not None:
        return default
    if name not in arrays or arrays[name].size != 1 or arrays[name].dtype.kind in "SU":
        raise ForeignFileError(f"it holds no number called {name}")
    return float(arrays[name].reshape(-1)[0])


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> np.ndarray:
    """Return one array, after its header was compared with what is there."""
    if member.flag_bits & _ENCRYPTED:
        raise ForeignFileError("it is encrypted")
    if member.compress_type not in _STORED:
        raise ForeignFileError("it is packed by an unknown method")
    with archive.open(member) as file:
        shape, is_fortran, dtype = _header(file)
        data = file.read()
    count = math.prod(shape)
    if min(shape, default=0) < 0 or count * dtype.itemsize != len(data):
        raise ForeignFileError(
            f"{member.filename} claims another shape than it has, {short(shape)}"
        )
    flat = np.frombuffer(bytearray(data), dtype) if data else np.empty(0, dtype)
    return flat.reshape(shape, order="F" if is_fortran else "C")


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype]:
    version = np.lib.format.read_magic(file)  # type: ignore[arg-type]
    read = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }.get(version)
    if read is None:
        raise ForeignFileError(f"it is of the unknown version {version}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of headers that Python 2 wrote
        shape, is_fortran, dtype = read(file)  # type: ignore[arg-type]
    if dtype.kind not in PLAIN_KINDS or dtype.itemsize == 0:
        raise ForeignFileError(f"it holds {short(str(dtype))}, not plain numbers")
    return shape, is_fortran, dtype
