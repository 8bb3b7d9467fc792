"""Write a dance as glTF 2.0 in one binary file (.glb): a skeleton, its animation and a plain body.

Written here with numpy and json, because it is one fixed document: ``pygltflib`` would bring five
packages for what is a dictionary, and packs no arrays either. Tests read the files with it. The
specification is https://registry.khronos.org/glTF/specs/2.0/glTF-2.0.html.
"""

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np

from checkpoints.files import whole_file
from music2pose.motion.humanoid import PARENTS, Humanoid
from music2pose.motion.limb_shapes import body_mesh

GENERATOR = "music2dance"
COLOUR = (0.58, 0.62, 0.70, 1.0)
"""Of the body; red, green, blue, opacity, 0 to 1, linear."""
_TYPES = {np.dtype("<f4"): 5126, np.dtype("<u2"): 5123, np.dtype("u1"): 5121}
_ARRAY_BUFFER, _ELEMENT_ARRAY_BUFFER = 34962, 34963
_MAGIC, _VERSION, _JSON_CHUNK, _BINARY_CHUNK = 0x46546C67, 2, 0x4E4F534A, 0x004E4942


def write_glb(dancer: Humanoid, path: Path) -> Path:
    """Write ``dancer`` to ``path``, whole or not at all; the same dance gives the same bytes.

    Metres, y up, the body looks along +z at rest, as glTF has it. The nodes stand in the T-pose,
    the feet on the floor; frame k of the animation is at k / fps seconds.
    """
    document, binary = document_of(dancer)
    text = json.dumps(document, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    length = 12 + 8 + len(text) + 8 + len(binary)
    with whole_file(path) as partial, partial.open("wb") as file:
        file.write(struct.pack("<III", _MAGIC, _VERSION, length))
        file.write(struct.pack("<II", len(text), _JSON_CHUNK) + text)
        file.write(struct.pack("<II", len(binary), _BINARY_CHUNK))
        file.write(binary)
    return path


def document_of(dancer: Humanoid) -> tuple[dict[str, Any], bytes]:
    """Return the JSON and the binary part of a dance."""
    arrays = _Arrays()
    names = list(PARENTS)
    nodes = [_node(name, dancer) for name in names]
    nodes.append({"name": "Dancer", "mesh": 0, "skin": 0})
    document = {
        "asset": {"version": "2.0", "generator": GENERATOR},
        "scene": 0,
        "scenes": [{"nodes": [names.index("Hips"), len(names)]}],
        "nodes": nodes,
        "meshes": [{"name": "Dancer", "primitives": [_primitive(dancer, arrays)]}],
        "materials": [{"name": "Body", "pbrMetallicRoughness": {
            "baseColorFactor": COLOUR, "metallicFactor": 0.0, "roughnessFactor": 0.6}}],
        "skins": [{"inverseBindMatrices": arrays.add(_inverse_binds(dancer)),
                   "joints": list(range(len(names))), "skeleton": names.index("Hips")}],
        "animations": [_animation(dancer, arrays)],
        "accessors": arrays.accessors,
        "bufferViews": arrays.views,
    }  # fmt: skip
    binary = b"".join(arrays.parts)
    return document | {"buffers": [{"byteLength": len(binary)}]}, binary


class _Arrays:
    """The arrays of a file, one after the other, and what tells where and what they are."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.views: list[dict[str, Any]] = []
        self.accessors: list[dict[str, Any]] = []

    def add(self, values: np.ndarray, target: int | None = None, bounds: bool = False) -> int:
        """Add an array of 1, 3, 4 or 16 numbers a row and return the index of its accessor.

        Args:
            target: what a renderer keeps it for, where it is a part of a mesh.
            bounds: whether the least and the largest of each column are stated.
        """
        rows = values.reshape(len(values), -1)
        data = rows.tobytes()
        start = sum(map(len, self.parts))
        self.parts.append(data + b"\0" * (-len(data) % 4))
        view = {"buffer": 0, "byteOffset": start, "byteLength": len(data)}
        self.views.append(view if target is None else view | {"target": target})
        kind = {1: "SCALAR", 3: "VEC3", 4: "VEC4", 16: "MAT4"}[rows.shape[1]]
        accessor = {"bufferView": len(self.views) - 1, "componentType": _TYPES[values.dtype],
                    "count": len(rows), "type": kind}  # fmt: skip
        if bounds:
            accessor |= {"min": rows.min(0).tolist(), "max": rows.max(0).tolist()}
        self.accessors.append(accessor)
        return len(self.accessors) - 1


def _node(name: str, dancer: Humanoid) -> dict[str, Any]:
    node: dict[str, Any] = {"name": name, "translation": dancer.offsets[name].tolist()}
    children = [index for index, child in enumerate(PARENTS) if PARENTS[child] == name]
    return node | ({"children": children} if children else {})


def _primitive(dancer: Humanoid, arrays: _Arrays) -> dict[str, Any]:
    """Return the body's surface, of which each part follows one joint."""
    mesh = body_mesh(dancer)
    joints = np.zeros((len(mesh.joints), 4), np.uint8)
    joints[:, 0] = mesh.joints
    weights = np.zeros((len(mesh.joints), 4), np.float32)
    weights[:, 0] = 1
    return {
        "attributes": {
            "POSITION": arrays.add(mesh.positions, _ARRAY_BUFFER, bounds=True),
            "NORMAL": arrays.add(mesh.normals, _ARRAY_BUFFER),
            "JOINTS_0": arrays.add(joints, _ARRAY_BUFFER),
            "WEIGHTS_0": arrays.add(weights, _ARRAY_BUFFER),
        },
        "indices": arrays.add(mesh.triangles.reshape(-1, 1), _ELEMENT_ARRAY_BUFFER),
        "material": 0,
    }


def _inverse_binds(dancer: Humanoid) -> np.ndarray:
    """Return (J, 4, 4) float32, stored column by column: from the T-pose to each joint's axes."""
    matrices = np.tile(np.eye(4, dtype=np.float32), (len(PARENTS), 1, 1))
    matrices[:, 3, :3] = [-place for place in dancer.rest_places().values()]
    return matrices


def _animation(dancer: Humanoid, arrays: _Arrays) -> dict[str, Any]:
    """Return what moves: every joint turns, and the hips go where the dancer goes."""
    times = (np.arange(len(dancer)) / dancer.fps).astype(np.float32)
    clock = arrays.add(times[:, None], bounds=True)
    moved = [("Hips", "translation", dancer.root)]
    moved += [(name, "rotation", dancer.turns[name]) for name in PARENTS]
    names = list(PARENTS)
    return {
        "name": dancer.name,
        "samplers": [
            {"input": clock, "output": arrays.add(values), "interpolation": "LINEAR"}
            for _, _, values in moved
        ],
        "channels": [
            {"sampler": index, "target": {"node": names.index(name), "path": path}}
            for index, (name, path, _) in enumerate(moved)
        ],
    }
