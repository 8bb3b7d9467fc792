"""Read pickles of plain arrays and nothing else: a published data file must not run code."""

import io
import pickle
from importlib import import_module
from pathlib import Path
from typing import Any

from music2pose import MusicError

ALLOWED = {
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy.core.multiarray", "scalar"),
    ("numpy.core.numeric", "_frombuffer"),
    ("_codecs", "encode"),
}
"""What it takes to build arrays and numbers of any numpy version, in Python 2 and 3 pickles."""

BROKEN_PICKLE = (
    pickle.UnpicklingError, EOFError, ValueError, TypeError, AttributeError, IndexError, KeyError,
    ImportError, OverflowError, MemoryError,
)  # fmt: skip


class _ArrayUnpickler(pickle.Unpickler):
    def find_class(self, module_name: str, global_name: str) -> Any:
        module_name = module_name.replace("numpy._core", "numpy.core")
        if (module_name, global_name) not in ALLOWED:
            raise pickle.UnpicklingError(f"it wants to call {module_name}.{global_name}")
        return getattr(import_module(module_name.replace("numpy.core", "numpy._core")), global_name)


def load_pickle(path: Path) -> Any:
    """Return the numbers, texts, lists, dicts and numpy arrays of ``path``.

    Raises:
        MusicError: the file is broken, or asks for anything but plain data.
    """
    try:
        return _ArrayUnpickler(io.BytesIO(path.read_bytes()), encoding="latin1").load()
    except OSError as error:
        raise MusicError(f"{path} cannot be read: {error.strerror}") from error
    except BROKEN_PICKLE as error:
        raise MusicError(
            f"{path} is no pickle of plain arrays ({error}); only such data is read, never code"
        ) from error
