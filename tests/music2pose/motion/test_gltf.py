"""Binary glTF that other readers read: pygltflib finds a body that dances as the dancer does."""

import json
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from music2pose import MusicError
from music2pose.motion.humanoid import MARKED, PARENTS
from music2pose.motion.motion import Motion, hip_centre
from music2pose.motion.motion_files import save_motion
from music2pose.moves.perform import perform_move
from music2pose.pose import JOINT
from tests.music2pose.motion.glb_reader import Glb


def moved(name: str = "charleston", fps: float = 25.0) -> Motion:
    return perform_move(name, 8, 118.0, fps, np.random.default_rng(2))


def written(motion: Motion, folder: Path) -> Path:
    return save_motion(motion, folder / "dance.glb")


@pytest.mark.parametrize("name", ["charleston", "arm_wave", "windmill"])
def test_every_joint_is_where_the_dancer_has_it_within_a_millimetre(tmp_path, name):
    motion = moved(name)
    file = Glb(written(motion, tmp_path))
    for frame in (0, 11, len(motion) // 2, len(motion) - 1):
        places = file.places(frame)
        for joint, marked in MARKED.items():
            assert places[joint] == pytest.approx(motion.joints[frame, JOINT[marked]], abs=1e-3)


@pytest.mark.parametrize("fps", [25.0, 29.97, 60.0])
def test_frames_are_at_their_times(tmp_path, fps):
    motion = replace(moved(), fps=fps)
    file = Glb(written(motion, tmp_path))
    assert file.times() == pytest.approx(np.arange(len(motion)) / fps, rel=1e-6)
    assert {sampler.interpolation for sampler in file.animation.samplers} == {"LINEAR"}
    assert file.channel("Hips", "translation") == pytest.approx(hip_centre(motion.joints), abs=1e-5)


def test_turns_are_of_unit_length_and_go_the_short_way(tmp_path):
    file = Glb(written(moved("windmill", 50.0), tmp_path))
    for name in PARENTS:
        turns = file.channel(name, "rotation")
        assert np.linalg.norm(turns, axis=1) == pytest.approx(1, abs=1e-5)
        assert (turns[1:] * turns[:-1]).sum(axis=1).min() > 0


def test_nodes_stand_in_the_t_pose_and_the_skin_rests_there(tmp_path):
    file = Glb(written(moved(), tmp_path))
    skin, rest = file.file.skins[0], file.matrices(None)
    names = [file.file.nodes[joint].name for joint in skin.joints]
    assert names == list(PARENTS)
    assert all(
        file.parents[file.numbers[name]] == file.numbers[PARENTS[name]] for name in names[1:]
    )
    assert file.file.scenes[0].nodes == [file.numbers["Hips"], file.numbers["Dancer"]]
    binds = file.array(skin.inverseBindMatrices).reshape(-1, 4, 4).transpose(0, 2, 1)
    for name, bind in zip(names, binds, strict=True):
        assert rest[name] @ bind == pytest.approx(np.eye(4), abs=1e-6)


def test_the_surface_is_a_person_on_the_floor_seen_from_outside(tmp_path):
    file = Glb(written(moved(), tmp_path))
    part = file.file.meshes[0].primitives[0]
    points, normals = file.array(part.attributes.POSITION), file.array(part.attributes.NORMAL)
    faces = file.array(part.indices).reshape(-1, 3)
    low, high = points.min(axis=0), points.max(axis=0)
    assert low[1] == pytest.approx(0, abs=0.02)
    assert high[1] == pytest.approx(1.75, abs=0.06)
    assert high[0] - low[0] == pytest.approx(high[1], rel=0.1)  # as Vitruvius has it
    corners = points[faces]
    square = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert ((square * normals[faces].sum(axis=1)).sum(axis=1) > 0).all()
    assert np.linalg.norm(normals, axis=1) == pytest.approx(1, abs=1e-5)


def test_every_point_follows_one_joint_and_every_joint_has_points(tmp_path):
    file = Glb(written(moved(), tmp_path))
    part = file.file.meshes[0].primitives[0]
    assert (file.array(part.attributes.WEIGHTS_0) == [1, 0, 0, 0]).all()
    joints = file.array(part.attributes.JOINTS_0)
    assert set(joints[:, 0].tolist()) == set(range(len(PARENTS)))
    assert not joints[:, 1:].any()
    faces = file.array(part.indices).reshape(-1, 3)
    assert np.unique(faces).tolist() == list(range(len(joints)))
    assert (np.ptp(joints[faces, 0], axis=1) == 0).all()  # no face spans two joints


def test_bounds_are_those_of_the_numbers(tmp_path):
    file = Glb(written(moved(), tmp_path))
    stated = [index for index, entry in enumerate(file.file.accessors) if entry.min]
    position = file.file.meshes[0].primitives[0].attributes.POSITION
    assert {position, file.animation.samplers[0].input} <= set(stated)
    for index in stated:
        entry = file.file.accessors[index]
        assert np.float32(entry.min) == pytest.approx(file.array(index).min(axis=0), abs=0)
        assert np.float32(entry.max) == pytest.approx(file.array(index).max(axis=0), abs=0)


def test_chunks_are_aligned_and_the_lengths_add_up(tmp_path):
    data = written(moved("floss", 24.0), tmp_path).read_bytes()
    magic, version, length = struct.unpack_from("<4sII", data)
    assert (magic, version, length) == (b"glTF", 2, len(data))
    size, kind = struct.unpack_from("<I4s", data, 12)
    document = json.loads(data[20 : 20 + size])
    rest, last = struct.unpack_from("<I4s", data, 20 + size)
    assert (kind, last, size % 4, rest % 4) == (b"JSON", b"BIN\0", 0, 0)
    assert document["buffers"] == [{"byteLength": rest}]
    assert 28 + size + rest == len(data)
    assert all(view["byteOffset"] % 4 == 0 for view in document["bufferViews"])
    assert document["asset"] == {"version": "2.0", "generator": "music2dance"}


def test_the_same_dance_gives_the_same_bytes(tmp_path):
    first = written(moved(), tmp_path).read_bytes()
    assert written(moved(), tmp_path).read_bytes() == first
    assert [file.name for file in tmp_path.iterdir()] == ["dance.glb"]


def test_one_frame_is_a_file(tmp_path):
    file = Glb(written(moved().part(4, 5), tmp_path))
    assert file.times().tolist() == [0.0]


def test_motion_is_saved_under_no_other_name(tmp_path):
    with pytest.raises(
        MusicError, match=r"cannot save motion as a\.fbx; use a name in \.bvh, \.glb"
    ):
        save_motion(moved(), tmp_path / "a.fbx")
    assert not list(tmp_path.iterdir())
