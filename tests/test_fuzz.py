"""Files changed at random are read or refused in one line by every reader: no other way out.

A reader is given a good file, and variations of it from a fixed seed: bytes changed, cut out,
repeated or doubled, and words that mean trouble put in.
"""

import io
import json
import pickle
import shutil
import signal
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest
import soundfile

import cli
from checkpoints.store import load_model
from music2pose.cue_sheet import read_cue_sheet, resolved_cues
from music2pose.hearing.audio import load_audio
from music2pose.hearing.beat_files import read_beats
from music2pose.hearing.moments import SongTimes
from music2pose.hearing.sections import SongSection
from music2pose.keypoints.aist import read_keypoints2d
from music2pose.motion.mocap import read_motions
from music2pose.pose_files import load_poses, save_poses
from pipelines.record import MARK, read_record
from pipelines.video import check_sound, read_frames, write_video
from pose2video.diffusion.weights.reference import load_picture
from pose2video.learned.generator import PICTURE_PRESETS, PictureGenerator
from pose2video.performer.performer import load_performer
from prompts.schedule import load_schedule
from tests.music2pose.motion.test_mocap import bvh_text, smpl_take
from tests.pose2video.made_performer import made_performer
from tests.stand_in import clicks, swaying

SECONDS_A_CASE = 10
TROUBLE = [
    b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"NaN", b"1e999", b"-1", b"0", b"9" * 400, b"1e-300", b"{",
    b"[" * 300, b"]" * 300, b'"', b"\\ud800", b"null", b"true", b"\n", b"\x80\x04", b"PK\x03\x04",
    b"../../etc/passwd", b"%s%n", b"'''", b"\x7f\xff\xff\xff", b"\xff\xff\xff\xff",
]  # fmt: skip


def varied(content: bytes, rng: np.random.Generator) -> bytes:
    """Return a variation of a file."""
    data = bytearray(content)
    for _ in range(rng.integers(1, 4)):
        place, length = int(rng.integers(len(data) + 1)), int(rng.integers(1, 40))
        match rng.integers(6):
            case 0:
                del data[place : place + length]
            case 1:
                data[place:place] = data[place : place + length] * int(rng.integers(1, 4))
            case 2 | 3:
                data[place:place] = TROUBLE[rng.integers(len(TROUBLE))]
            case 4:
                data[place : place + 1] = bytes([rng.integers(256)])
            case _:
                del data[max(place, len(data) // 3) :]
    return bytes(data)


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """Let a reader that hangs fail the test, not the suite."""

    def hang(*_: object) -> None:
        raise AssertionError(f"it took more than {seconds} s")

    before = signal.signal(signal.SIGALRM, hang)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


Reader = Callable[[Path], object]


def song(suffix: str, subtype: str) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, clicks(1.2, 8000), 8000, format=suffix, subtype=subtype)
    return buffer.getvalue()


def both_ways(path: Path) -> None:
    """Hear a song, and see whether it can be put into a video."""
    load_audio(path)
    check_sound(path)


def saved(save: Callable[[Path], object], name: str, folder: Path) -> bytes:
    save(folder / name)
    return (folder / name).read_bytes()


def npz(**arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def stick() -> bytes:
    joints = np.random.default_rng(0).normal(size=(40, 30, 3)).round(2)
    turns = np.tile(np.eye(3), (40, 30, 1, 1))
    return npz(posed_joints=joints, global_rot_mats=turns, fps=np.array(30.0))


PROMPTS = b'before = "x"\nhold = 0.5\n"0" = "a robot"\n"bar 2" = "a (cat:1.2)"\n"1:30" = "a dog"\n'
CUES = b"""
"0" = "robot, salsa"
"bar 2" = { freeze = true, for = "2 beats" }
"section B" = { moves = "house", energy = 0.6, for = 1.5 }
"1:10" = "free"
"""
CHART = b"#OFFSET:0.1;\n#BPMS:0=120,16=90.5;\n#STOPS:8=0.5;\n#NOTES:x;\n"
RECORD = {**MARK, "song": "a.wav", "settings": {"fps": 12.5, "seed": 3, "prompt": "x",
          "diffusion": {"num_inference_steps": 4}}}  # fmt: skip
AIST = "gBR_sBM_cAll_d04_mBR0_ch01.pkl"


def read_cues(path: Path) -> object:
    """Read cues and find them in a song of two minutes."""
    times = np.arange(0.5, 120, 0.5)
    sections = [SongSection(0.0, "A"), SongSection(60.5, "B")]
    sheet = read_cue_sheet(path)
    sheet.check(("robot", "salsa", "house"), 120.0)
    return resolved_cues(sheet, SongTimes(120.0, times, times[::4], sections))


def single_files(folder: Path) -> dict[str, tuple[bytes, Reader]]:
    """Return for each name of a file what it holds, and who reads it."""
    poses, view = swaying(10, 12), np.random.default_rng(0).uniform(0, 900, (9, 5, 17, 3))
    black = [np.zeros((32, 32, 3), np.uint8)] * 4
    picture = cv2.imencode(".png", np.zeros((24, 24, 3), np.uint8))[1].tobytes()
    return {
        "song.wav": (song("WAV", "PCM_16"), both_ways),
        "song.flac": (song("FLAC", "PCM_16"), both_ways),
        "song.ogg": (song("OGG", "VORBIS"), both_ways),
        "song.mp3": (song("MP3", "MPEG_LAYER_III"), both_ways),
        "video.mp4": (
            saved(lambda path: write_video(path, black, 5.0), "v.mp4", folder),
            lambda path: list(read_frames(path)),
        ),
        "picture.png": (picture, load_picture),
        "poses.npz": (saved(lambda path: save_poses(poses, path), "p.npz", folder), load_poses),
        "poses.json": (saved(lambda path: save_poses(poses, path), "p.json", folder), load_poses),
        "view.pkl": (pickle.dumps({"keypoints2d": view}), read_keypoints2d),
        AIST: (pickle.dumps(smpl_take()), read_motions),
        "take.bvh": (bvh_text().encode(), read_motions),
        "take.npz": (stick(), read_motions),
        "show.run.json": (json.dumps(RECORD).encode(), read_record),
        "show.toml": (PROMPTS, lambda path: load_schedule(f"@{path}")),
        "show.json": (b'{"0": "a robot", "beat 8": "b"}', lambda path: load_schedule(f"@{path}")),
        "cues.toml": (CUES, read_cues),
        "beats.txt": (b"0.5 1\n1.0 2\n1.5 3\n2.0 4\n2.5 1\n", lambda path: read_beats(path, 60.0)),
        "chart.sm": (CHART, lambda path: read_beats(path, 60.0)),
    }


def refusals(read: Reader, path: Path, content: bytes) -> int:
    """Return 1 where a reader says in one line what is wrong, 0 where it reads.

    Raises:
        anything else: that is a fault.
    """
    path.write_bytes(content)
    with warnings.catch_warnings(), at_most(SECONDS_A_CASE):
        warnings.simplefilter("error")
        try:
            read(path)
        except cli.USER_ERRORS as error:
            assert str(error) and "\n" not in str(error)[:-1].replace(path.name, "")
            return 1
    return 0


NAMES = [
    "song.wav", "song.flac", "song.ogg", "song.mp3", "video.mp4", "picture.png", "poses.npz",
    "poses.json", "view.pkl", AIST, "take.bvh", "take.npz", "show.run.json", "show.toml",
    "show.json", "beats.txt", "chart.sm", "cues.toml",
]  # fmt: skip
CASES_A_FILE = 18


@pytest.mark.parametrize("name", NAMES)
def test_a_file_changed_at_random_is_read_or_refused_in_one_line(tmp_path, name):
    content, read = single_files(tmp_path)[name]
    rng = np.random.default_rng(NAMES.index(name))
    (tmp_path / "tried").mkdir()
    path = tmp_path / "tried" / name
    assert refusals(read, path, content) == 0  # as it is
    for _ in range(CASES_A_FILE):
        refusals(read, path, varied(content, rng))
    assert [file.name for file in path.parent.iterdir()] == [name]


FOLDERS = {
    "performer": ["performer.json", "poses.npz", "frames/000001.png"],
    "renderer": ["config.json", "model.safetensors"],
    "frames": ["poses_000000000001_keypoints.json"],
}
CASES_A_PART = 7


def made_folder(kind: str, folder: Path) -> Reader:
    """Write a folder and return who reads it."""
    if kind == "performer":
        made_performer(folder, num_frames=3)
        return load_performer
    if kind == "renderer":
        PictureGenerator(PICTURE_PRESETS["tiny"]).save_pretrained(folder)
        return lambda path: load_model(PictureGenerator, path)
    save_poses(swaying(10, 3), folder)
    return load_poses


@pytest.mark.parametrize("kind", FOLDERS)
def test_a_folder_of_which_a_file_is_changed_is_read_or_refused(tmp_path, kind):
    whole = tmp_path / "whole"
    read = made_folder(kind, whole)
    read(whole)
    rng = np.random.default_rng(7)
    for part in FOLDERS[kind]:
        content = (whole / part).read_bytes()
        folder = tmp_path / "tried"
        shutil.copytree(whole, folder)
        for _ in range(CASES_A_PART):
            refusals(lambda _, read=read, folder=folder: read(folder), folder / part,
                     varied(content, rng))  # fmt: skip
        shutil.rmtree(folder)
