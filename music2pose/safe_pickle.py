"""Read pickles of plain numeric arrays and nothing else: a published data file must not run code.

numpy's own constructors trust what a pickle tells them of an array, its memory among it. So none of
them is within a pickle's reach: stand-ins take the same arguments, and build an array only of
numbers and of bytes that are there.
"""

import io
import math
import pickle
import pickletools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from checkpoints.foreign import BROKEN_DATA, LARGEST_DATA, ForeignFileError, read_bytes, why
from music2pose import MusicError

OPERATIONS = {
    "PROTO", "FRAME", "STOP", "MARK", "POP", "POP_MARK", "DUP", "NONE", "NEWTRUE", "NEWFALSE",
    "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT", "STRING",
    "BINSTRING", "SHORT_BINSTRING", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8",
    "UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "EMPTY_TUPLE", "TUPLE", "TUPLE1",
    "TUPLE2", "TUPLE3", "EMPTY_LIST", "LIST", "APPEND", "APPENDS", "EMPTY_DICT", "DICT", "SETITEM",
    "SETITEMS", "PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE", "GET", "BINGET", "LONG_BINGET",
    "GLOBAL", "STACK_GLOBAL", "REDUCE", "BUILD",
}  # fmt: skip
"""What pickles of any protocol are made of, without all that makes objects of classes."""
MOST_OPERATIONS, MOST_TUPLES = 200_000, 8_000
"""An array takes about 25 operations, 4 of them tuples."""
PLAIN = re.compile(r"[<=|]?([biuf][1248]|\?)")
"""numpy's names of numbers, in this machine's order of bytes."""
ORDERS = ("<", "=", "|", b"<", b"=", b"|")


class _Dtype:
    """Stands for ``numpy.dtype``: the name of a kind of number."""

    __slots__ = ("plain",)

    def __init__(self, name: object, *_: object) -> None:
        if isinstance(name, bytes):
            name = name.decode("latin1")
        if not isinstance(name, str) or not PLAIN.fullmatch(name):
            raise pickle.UnpicklingError("it holds arrays of something else than numbers")
        self.plain = np.dtype(name)

    def __setstate__(self, state: Any) -> None:
        if state[1] not in ORDERS or any(part is not None for part in state[2:5]):
            raise pickle.UnpicklingError("it holds arrays of something else than numbers")


class _Array(np.ndarray):
    """An array that takes no other state than numbers."""

    builder: "_Builder"

    def __setstate__(self, state: Any) -> None:
        _, shape, dtype, is_fortran, data = state
        array = self.builder.of_bytes(data, dtype, shape)
        whole: Any = (1, shape, array.dtype, bool(is_fortran), array.tobytes())
        super().__setstate__(whole)


class _Call:
    """Something that a pickle may call; nothing about it can be set."""

    __slots__ = ("function",)

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def __call__(self, *arguments: Any) -> Any:
        return self.function(*arguments)

    def __setstate__(self, state: object) -> None:
        raise pickle.UnpicklingError("it wants to change a function")


class _Builder:
    """What stands for numpy's functions, and how many bytes one pickle may still make of its own.

    A pickle can name the same bytes again and again.
    """

    def __init__(self) -> None:
        self.bytes_left = 2 * LARGEST_DATA
        self.calls: dict[tuple[str, str], Callable[..., Any]] = {
            ("numpy", "ndarray"): self.empty,
            ("numpy", "dtype"): _Dtype,
            ("numpy.core.multiarray", "_reconstruct"): self.empty,
            ("numpy.core.multiarray", "scalar"): self.scalar,
            ("numpy.core.numeric", "_frombuffer"): self.from_buffer,
            ("_codecs", "encode"): self.encoded,
            ("__builtin__", "bytes"): lambda: b"",
        }

    def of_bytes(self, data: Any, dtype: Any, shape: Any) -> np.ndarray:
        """Return the array of a shape that the bytes of ``data`` are, no more and no fewer."""
        if isinstance(data, str):  # as Python 2 wrote bytes
            data = self.encoded(data)
        if not isinstance(data, bytes | bytearray) or not isinstance(dtype, _Dtype):
            raise pickle.UnpicklingError("it holds an array of something else than bytes")
        if not all(type(side) is int and side >= 0 for side in shape):
            raise pickle.UnpicklingError("it holds an array without a shape")
        if math.prod(shape) * dtype.plain.itemsize != len(data):
            raise pickle.UnpicklingError("it holds an array that is not as large as it says")
        return np.frombuffer(bytes(self.paid(data)), dtype.plain).reshape(shape)

    def paid(self, data: Any) -> Any:
        """Return ``data``, which is about to be copied."""
        self.bytes_left -= len(data)
        if self.bytes_left < 0:
            raise pickle.UnpicklingError(f"it makes more than {LARGEST_DATA / 2**19:.0f} MiB")
        return data

    def empty(self, *_: object) -> np.ndarray:
        made = np.ndarray.__new__(_Array, 0, np.uint8)
        made.builder = self
        return made

    def from_buffer(self, data: Any, dtype: Any, shape: Any, order: Any) -> np.ndarray:
        flat = self.of_bytes(data, dtype, shape).reshape(-1)
        return flat.reshape(shape, order="F" if order == "F" else "C")

    def scalar(self, dtype: Any, data: Any) -> Any:
        return self.of_bytes(data, dtype, ())[()]

    def encoded(self, text: Any, encoding: Any = "latin1") -> bytes:
        if encoding != "latin1":
            raise pickle.UnpicklingError(f"it holds bytes in {encoding!s:.20}")
        return self.paid(text).encode("latin1")


class _ArrayUnpickler(pickle.Unpickler):
    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data), encoding="latin1")
        self.builder = _Builder()

    def find_class(self, module_name: str, global_name: str) -> Any:
        name = module_name.replace("numpy._core", "numpy.core"), global_name
        if name not in self.builder.calls:
            raise pickle.UnpicklingError(f"it wants to call {module_name}.{global_name}")
        return _Call(self.builder.calls[name])


def load_pickle(path: Path) -> dict[str, Any]:
    """Return the arrays, numbers, texts, and lists of these, of a pickled dict.

    Raises:
        MusicError: the file is broken, or asks for anything but plain data.
    """
    try:
        data = read_bytes(path, LARGEST_DATA)
    except ForeignFileError as error:
        raise MusicError(f"{path} cannot be read: {error}") from error
    try:
        _check_operations(data)
        content = _ArrayUnpickler(data).load()
        _check_content(content)
    except (*BROKEN_DATA, pickle.UnpicklingError) as error:
        raise MusicError(
            f"{path} is no pickle of plain arrays ({why(error)}); nothing else is read, and no code"
        ) from error
    return content


def _check_operations(data: bytes) -> None:
    """Make sure, before anything is built, that a pickle is short and asks for nothing unusual.

    Each array costs few operations. Tuples within tuples without end, and a place in the memo that
    is far beyond all others, would take memory by themselves.
    """
    tuples = 0
    for number, (operation, value, _) in enumerate(pickletools.genops(data), 1):
        if operation.name not in OPERATIONS or number > MOST_OPERATIONS:
            raise pickle.UnpicklingError(f"it asks for {operation.name.lower()}, number {number}")
        tuples += "TUPLE" in operation.name
        is_far = operation.name.endswith("PUT") and not 0 <= (value or 0) <= number
        if tuples > MOST_TUPLES or is_far:
            raise pickle.UnpicklingError(f"it asks for too much by {operation.name.lower()}")


def _check_content(content: Any) -> None:
    """Make sure that a pickle holds a dict of arrays, which together are not too large."""
    if not isinstance(content, dict) or not all(isinstance(name, str) for name in content):
        raise pickle.UnpicklingError("it holds no dict of arrays")
    size = 0
    for value in content.values():
        for part in value if isinstance(value, list) else [value]:
            if not isinstance(part, np.ndarray | np.generic | float | int | str | None):
                raise pickle.UnpicklingError("it holds more than arrays and lists of them")
            size += getattr(part, "nbytes", 8)
    if size > LARGEST_DATA:
        raise pickle.UnpicklingError(f"it holds more than {LARGEST_DATA / 2**20:.0f} MiB")
