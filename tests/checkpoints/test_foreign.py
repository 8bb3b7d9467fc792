"""Files that anybody may have made are read, or refused in words; none of them crashes or hangs."""

import io
import json
import os
import socket
import struct
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest

from checkpoints.arrays import read_arrays
from checkpoints.foreign import (
    ForeignFileError,
    expanded,
    no_file,
    read_bytes,
    read_json,
    read_text,
    read_toml,
)


def written(folder: Path, content: bytes | str) -> Path:
    path = folder / "file"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def npz(path: Path, member: bytes, method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("x.npy", member)
    return path


def npy(header: str, data: bytes = b"") -> bytes:
    text = header.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + data


def claimed(shape: str, dtype: str = "<f4") -> bytes:
    header = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}}}"
    return npy(header, np.zeros(6, np.float32).tobytes())


@pytest.mark.parametrize("kind", ["pipe", "folder", "socket", "device", "nothing", "loop"])
def test_only_plain_files_are_opened(tmp_path, kind):
    path = tmp_path / "file"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "socket":
        socket.socket(socket.AF_UNIX).bind(str(path))
    elif kind == "loop":
        path.symlink_to(path)
    elif kind == "device":
        path = Path("/dev/zero")
    with pytest.raises(ForeignFileError) as caught:
        read_bytes(path)
    assert no_file(path)
    if kind in ("pipe", "folder", "device"):
        assert f"it is a {kind}, not a file" == str(caught.value) == no_file(path)


def test_a_path_that_no_system_knows_is_refused():
    assert no_file(Path("a\0b"))
    with pytest.raises(ForeignFileError):
        read_bytes(Path("a\0b"))


def test_a_home_that_nobody_has_is_left_as_it_stands():
    assert expanded("~nosuchuser/x") == Path("~nosuchuser/x")
    assert expanded("~/x") == Path.home() / "x"


def test_no_more_is_read_than_was_allowed(tmp_path):
    path = written(tmp_path, "12345")
    assert read_bytes(path, 5) == b"12345"
    with pytest.raises(ForeignFileError, match="larger than"):
        read_bytes(path, 4)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_understood(tmp_path, encoding):
    assert read_json(written(tmp_path, '{"a": "ä"}'.encode(encoding))) == {"a": "ä"}
    assert read_toml(written(tmp_path, 'a = "ä"'.encode(encoding))) == {"a": "ä"}


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000, "[" * 100 + "]" * 100, '{"a":' * 90 + "1" + "}" * 90, "1" + "0" * 400,
        "[" + "1" * 5000 + "]", "{", "", "\xff\xfe",
    ],
)  # fmt: skip
def test_absurd_json_is_refused_in_a_few_words(tmp_path, text):
    with pytest.raises(ForeignFileError) as caught:
        read_json(written(tmp_path, text))
    assert 0 < len(str(caught.value)) < 150


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 100_000, "a = " + "[" * 100 + "]" * 100, ".".join("a" * 90) + " = 1",
        "a = 1" + "0" * 400, "a = 0x" + "f" * 9000, "a = ", b"\xff\xff",
    ],
)  # fmt: skip
def test_absurd_toml_is_refused_in_a_few_words(tmp_path, text):
    with pytest.raises(ForeignFileError) as caught:
        read_toml(written(tmp_path, text))
    assert 0 < len(str(caught.value)) < 150


def test_json_is_read_as_it_is(tmp_path):
    content = {"a": [1, 2.5, None, "x", {"b": []}], "c": -(2**63)}
    assert read_json(written(tmp_path, json.dumps(content))) == content
    assert read_json(written(tmp_path, "3")) == 3


def test_bytes_that_are_no_text_can_be_read_with_marks_in_their_place(tmp_path):
    path = written(tmp_path, b"a\xffb")
    assert read_text(path, errors="replace") == "a\ufffdb"
    with pytest.raises(ForeignFileError, match="no text"):
        read_text(path)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_arrays_come_back_as_they_were_saved(tmp_path, save):
    arrays = {
        "floats": np.arange(6.0).reshape(2, 3), "turned": np.asfortranarray(np.eye(3)[:2]),
        "one": np.array(3), "names": np.array(["a", "bc"]), "none": np.empty((0, 4)),
        "yes": np.array([True]), "big": np.arange(3, dtype=">i4"),
    }  # fmt: skip
    save(tmp_path / "a.npz", **arrays)
    found = read_arrays(tmp_path / "a.npz")
    assert found.keys() == arrays.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype


BAD_MEMBERS = [
    claimed("(10**30,)"), claimed("(1" + "0" * 30 + ",)"), claimed("(-2, -3)"), claimed("(7,)"),
    claimed("(0, 1" + "0" * 30 + ")"), claimed("(" * 2000 + ")" * 2000), claimed("(2, 3)", "|O"),
    claimed("(6,)", "(1000000000,)f4"), claimed("(6,)", "f4,f4"), claimed("(6,)", "<f3"), b"",
    claimed("(6, 'a')"), npy("{" * 500), npy("[" * 9000), b"\x93NUMPY\x09\x00\x00\x00",
    npy("x" * 20000), claimed("(True,)"), b"not an array at all",
]  # fmt: skip


@pytest.mark.parametrize("member", BAD_MEMBERS)
def test_an_array_that_is_not_what_it_says_is_refused(tmp_path, member):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ForeignFileError) as caught:
            read_arrays(npz(tmp_path / "a.npz", member))
    assert len(str(caught.value)) < 200


def test_archives_that_cannot_be_unpacked_are_refused(tmp_path):
    path = tmp_path / "a.npz"
    np.savez_compressed(path, x=np.arange(100.0))
    whole = path.read_bytes()
    flags = whole.index(b"PK\x01\x02") + 8
    encrypted = whole[:flags] + b"\x01" + whole[flags + 1 :]
    for place in range(0, len(whole), 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 255]) + whole[place + 1 :])
        try:  # some bytes of an archive mean nothing
            np.testing.assert_array_equal(read_arrays(path)["x"], np.arange(100.0))
        except (ForeignFileError, KeyError):
            continue
    for broken in (encrypted, whole[:-30], whole[:60], b"", b"PK\x05\x06" + bytes(10)):
        path.write_bytes(broken)
        with pytest.raises(ForeignFileError):
            read_arrays(path)
    with pytest.raises(ForeignFileError, match="unknown method"):
        read_arrays(npz(path, claimed("(6,)"), zipfile.ZIP_BZIP2))


def test_an_archive_that_unpacks_to_gigabytes_is_not_unpacked(tmp_path):
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(2**20, np.uint8))
    path = npz(tmp_path / "a.npz", buffer.getvalue())
    assert path.stat().st_size < 10_000
    assert len(read_arrays(path)["x"]) == 2**20
    with pytest.raises(ForeignFileError, match="unpacks to more"):
        read_arrays(path, most=2**20)
