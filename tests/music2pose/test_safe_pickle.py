"""Pickles of arrays are read; whatever else a pickle asks for is refused, and nothing crashes."""

import io
import pickle
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from music2pose import MusicError
from music2pose.safe_pickle import load_pickle

ARRAYS = {
    "numbers": np.arange(6.0).reshape(2, 3), "turned": np.asfortranarray(np.ones((2, 3), int)),
    "small": np.float32([1.5]), "one": np.float64(2.5), "none": np.empty((0, 3)),
    "yes": np.array([True]),
    "list": [np.arange(3), np.arange(2)], "name": "abc", "loss": [0.5, 1],
}  # fmt: skip


def written(folder: Path, content: bytes) -> Path:
    path = folder / "a.pkl"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("protocol", range(6))
def test_arrays_come_back_as_they_were(tmp_path, protocol):
    found = load_pickle(written(tmp_path, pickle.dumps(ARRAYS, protocol)))
    assert found.keys() == ARRAYS.keys()
    for name in ("numbers", "turned", "small", "one", "none", "yes"):
        np.testing.assert_array_equal(found[name], ARRAYS[name])
        assert found[name].dtype == ARRAYS[name].dtype
    np.testing.assert_array_equal(found["list"][1], [0, 1])
    assert found["name"] == "abc" and found["loss"] == [0.5, 1]


def test_what_python_2_wrote_is_read(tmp_path):
    raw = np.arange(128, 136, dtype=np.uint8).tobytes()
    content = (
        b"(dp0\nS'x'\np1\ncnumpy.core.multiarray\n_reconstruct\np2\n(cnumpy\nndarray\np3\n(I0\ntp4\n"
        b"S'b'\np5\ntp6\nRp7\n(I1\n(I8\ntp8\ncnumpy\ndtype\np9\n(S'u1'\np10\nI0\nI1\ntp11\nRp12\n"
        b"(I3\nS'|'\np13\nNNNI-1\nI-1\nI0\ntp14\nbI00\nU\x08" + raw + b"tp16\nbs."
    )  # fmt: skip
    np.testing.assert_array_equal(load_pickle(written(tmp_path, content))["x"], range(128, 136))


def text(word: str) -> bytes:
    return b"\x8c" + bytes([len(word)]) + word.encode()


def call(module: str, name: str) -> bytes:
    return text(module) + text(name) + b"\x93"


DTYPE = call("numpy", "dtype") + text("f8") + b"\x89\x88\x87R"
OBJECT_DTYPE = call("numpy", "dtype") + text("O8") + b"\x89\x88\x87R"
STATE = b"(K\x03" + text("|") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
NDARRAY = call("numpy", "ndarray")
EMPTY = call("numpy.core.multiarray", "_reconstruct") + NDARRAY + b"K\x00\x85C\x01b\x87R"
POINTERS = b"C\x08" + struct.pack("<Q", 0x4141414141414141)


def as_value(*parts: bytes) -> bytes:
    """A dict with one value under "x"."""
    return b"\x80\x04}" + text("x") + b"".join(parts) + b"s."


BAD = {
    "an object array from bytes": as_value(
        EMPTY, b"(K\x01K\x01\x85", OBJECT_DTYPE, STATE, b"\x89", POINTERS, b"tb"
    ),
    "an object array from a buffer": as_value(
        call("numpy.core.numeric", "_frombuffer"), b"(", POINTERS, OBJECT_DTYPE, STATE,
        b"K\x01\x85", text("C"), b"tR",
    ),
    "an object scalar": as_value(
        call("numpy.core.multiarray", "scalar"), OBJECT_DTYPE, STATE, POINTERS, b"\x86R"
    ),
    "an object array of a list": as_value(EMPTY, b"(K\x01K\x01\x85", OBJECT_DTYPE, b"\x89]Natb"),
    "a dtype whose flags are cleared": as_value(
        EMPTY, b"(K\x01K\x01\x85", call("numpy", "dtype"), text("V8"), b"\x89\x88\x87R",
        b"(K\x04", text("|"), b"N", text("f"), b"\x85}NJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb",
        b"\x89", POINTERS, b"tb",
    ),
    "an array beyond its bytes": as_value(
        EMPTY, b"(K\x01\x8a\x08", struct.pack("<q", 2**40), b"\x85", DTYPE, b"\x89", POINTERS, b"tb"
    ),
    "an array of negative sides": as_value(
        EMPTY, b"(K\x01J\xff\xff\xff\xffJ\xff\xff\xff\xff\x86", DTYPE, b"\x89", POINTERS, b"tb"
    ),
    "an array of an array": as_value(
        call("numpy.core.numeric", "_frombuffer"), b"(", EMPTY, DTYPE, b"K\x00\x85",
        text("C"), b"tR",
    ),
    "the array's class itself": as_value(NDARRAY, b")R.", b"s."),
    "a function changed": as_value(call("numpy", "dtype"), b"}", text("function"), b"Nsb"),
    "a new object": as_value(NDARRAY, b")\x81"),
    "lists in lists": as_value(b"]]]aa"),
    "a key of tuples without end": b"\x80\x04}" + b")" + b"\x85" * 3_000_000 + b"Ns.",
    "a key of many tuples": b"\x80\x04}" + b")" + b"\x85" * 7_990 + b"Ns.",
    "a far place in the memo": b"\x80\x02}r\xff\xff\xff\xff.",
    "a negative place in the memo": b"}p-5\n.",
    "an endless text": b"\x80\x04\x8d" + struct.pack("<Q", 2**62) + b".",
    "an endless bytearray": b"\x80\x05\x96" + struct.pack("<Q", 2**40) + b".",
    "a long row of nothing": b"\x80\x04" + b"N0" * 200_000 + b"}.",
    "no dict": pickle.dumps([1, 2]),
    "bytes in another encoding": as_value(
        call("_codecs", "encode"), text("abc"), text("rot13"), b"\x86R"
    ),
    "an extension": b"\x80\x02\x82\x01.",
    "another's class": pickle.dumps({"x": Path("a")}),
    "big-endian numbers": pickle.dumps({"x": np.arange(3, dtype=">f8")}),
    "texts": pickle.dumps({"x": np.array(["a"])}),
    "records": pickle.dumps({"x": np.zeros(2, "f4,f4")}),
    "nothing": b"",
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_anything_else_is_refused_in_a_few_words(tmp_path, name):
    with pytest.raises(MusicError) as caught:
        load_pickle(written(tmp_path, BAD[name]))
    assert len(str(caught.value)) < 400


def test_the_same_bytes_a_thousand_times_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("music2pose.safe_pickle.LARGEST_DATA", 2**20)
    data = bytearray(2**19)
    several = {str(number): np.frombuffer(data, np.uint8) for number in range(20)}
    buffer = io.BytesIO()
    pickle.Pickler(buffer, 5).dump({"x": list(several.values())})
    with pytest.raises(MusicError):
        load_pickle(written(tmp_path, buffer.getvalue()))


def test_no_crafted_pickle_ends_the_process(tmp_path):
    """In a process of its own, where a crash is a result and not the end of the suite."""
    rng = np.random.default_rng(0)
    base = [content for content in BAD.values() if len(content) < 1000]
    base += [pickle.dumps(ARRAYS, protocol) for protocol in (0, 2, 5)]
    for number in range(300):
        content = bytearray(base[number % len(base)])
        for _ in range(rng.integers(1, 4)):
            if content:
                content[rng.integers(len(content))] = rng.integers(256)
        (tmp_path / f"{number}.pkl").write_bytes(bytes(content))
    program = (
        "import sys; from pathlib import Path\n"
        "from music2pose import MusicError\n"
        "from music2pose.safe_pickle import load_pickle\n"
        "for path in sorted(Path(sys.argv[1]).glob('*.pkl')):\n"
        "    try: repr(load_pickle(path))\n"
        "    except MusicError: pass\n"
        "print('whole')"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], cwd=root, capture_output=True, text=True
    )
    assert done.stdout == "whole\n", done.stderr[-500:]
