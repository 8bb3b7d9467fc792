"""Read a .glb with pygltflib, and find where its nodes are at a frame, as a viewer does."""

from pathlib import Path

import numpy as np
import pygltflib
from scipy.spatial.transform import Rotation

NUMBERS = {"SCALAR": 1, "VEC3": 3, "VEC4": 4, "MAT4": 16}
FORMS = {pygltflib.FLOAT: "<f4", pygltflib.UNSIGNED_SHORT: "<u2", pygltflib.UNSIGNED_BYTE: "u1"}


class Glb:
    """One file with one animation and one skin."""

    def __init__(self, path: Path) -> None:
        loaded = pygltflib.GLTF2.load_binary(str(path))
        assert loaded is not None
        self.file = loaded
        self.blob = self.file.binary_blob()
        self.animation = self.file.animations[0]
        self.numbers = {node.name: index for index, node in enumerate(self.file.nodes)}
        self.parents = {
            child: index
            for index, node in enumerate(self.file.nodes)
            for child in node.children or []
        }

    def array(self, accessor: int) -> np.ndarray:
        """Return (count, numbers a row)."""
        entry = self.file.accessors[accessor]
        view = self.file.bufferViews[entry.bufferView]
        width = NUMBERS[entry.type]
        start = (view.byteOffset or 0) + (entry.byteOffset or 0)
        values = np.frombuffer(self.blob, FORMS[entry.componentType], entry.count * width, start)
        return values.reshape(entry.count, width)

    def times(self) -> np.ndarray:
        return self.array(self.animation.samplers[0].input)[:, 0]

    def channel(self, name: str, path: str) -> np.ndarray:
        """Return what the animation gives a node, (T, 3) or (T, 4)."""
        found = [
            self.animation.samplers[channel.sampler].output
            for channel in self.animation.channels
            if (channel.target.node, channel.target.path) == (self.numbers[name], path)
        ]
        assert len(found) == 1
        return self.array(found[0])

    def matrices(self, frame: int | None) -> dict[str, np.ndarray]:
        """Return node -> (4, 4) in the world, at a frame or, with None, at rest."""
        local = {}
        for index, node in enumerate(self.file.nodes):
            local[index] = np.eye(4)
            local[index][:3, 3] = node.translation or (0, 0, 0)
            assert node.rotation in (None, [0, 0, 0, 1]) and node.scale in (None, [1, 1, 1])
        for channel in self.animation.channels if frame is not None else ():
            value = self.array(self.animation.samplers[channel.sampler].output)[frame]
            if channel.target.path == "translation":
                local[channel.target.node][:3, 3] = value
            else:
                local[channel.target.node][:3, :3] = Rotation.from_quat(value).as_matrix()
        return {name: self._world(index, local) for name, index in self.numbers.items()}

    def _world(self, index: int, local: dict[int, np.ndarray]) -> np.ndarray:
        if index not in self.parents:
            return local[index]
        return self._world(self.parents[index], local) @ local[index]

    def places(self, frame: int | None) -> dict[str, np.ndarray]:
        return {name: matrix[:3, 3] for name, matrix in self.matrices(frame).items()}
