"""Print whether Blender finds the joints of exported dances where the dancer has them.

    python -m benchmarks.blender --python PYTHON [--move charleston] [--fps 25]

Blender comes as a package of 800 MB that wants an environment of its own, under the version of
Python that it is made for: ``python3.11 -m venv b && b/bin/pip install "bpy<5"`` for Blender 4.5;
PYTHON is then ``b/bin/python``. A written move is saved as .glb and .bvh. Blender imports both as
by its menus, the .bvh with a scale of 0.01 and its rate, and says where the bones' heads are.
"""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from music2pose.motion.humanoid import MARKED
from music2pose.motion.motion_files import WRITERS, save_motion
from music2pose.moves.perform import MOVES, perform_move
from music2pose.pose import JOINT

IMPORT = """
import bpy, json, sys
path, fps, frames, names = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
bpy.ops.wm.read_factory_settings(use_empty=True)
scene = bpy.context.scene
scene.render.fps = fps
if path.endswith(".glb"):
    bpy.ops.import_scene.gltf(filepath=path)
    first = 0
else:
    bpy.ops.import_anim.bvh(filepath=path, global_scale=0.01, update_scene_fps=True)
    first = 1
body = next(thing for thing in bpy.data.objects if thing.type == "ARMATURE")
places = []
for frame in range(first, first + frames):
    scene.frame_set(frame)
    places.append([list(body.matrix_world @ body.pose.bones[name].head) for name in names])
found = {"version": bpy.app.version_string, "bones": len(body.data.bones),
         "places": places,
         "range": list(bpy.data.actions[0].frame_range)}
print("FOUND" + json.dumps(found))
"""
"""What Blender's Python runs; Blender's z is up, and its -y is our z."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--python", required=True, help="of an environment with bpy")
    parser.add_argument("--move", default="charleston", choices=sorted(MOVES), metavar="NAME")
    parser.add_argument("--fps", type=int, default=25)
    args = parser.parse_args()
    motion = perform_move(args.move, fps=float(args.fps), rng=np.random.default_rng(0))
    true = motion.joints[:, [JOINT[joint] for joint in MARKED.values()]]
    with tempfile.TemporaryDirectory() as folder:
        for suffix in WRITERS:
            path = save_motion(motion, Path(folder) / f"dance{suffix}")
            found = imported(args.python, path, args.fps, len(motion))
            places = np.array(found["places"])[..., [0, 2, 1]] * [1, 1, -1]
            apart = 1000 * np.linalg.norm(places - true, axis=-1).max()
            first, last = found["range"]
            print(
                f"Blender {found['version']}, {suffix}: {found['bones']} bones, frames {first:g} "
                f"to {last:g} for {len(motion)}; farthest joint {apart:.4f} mm away"
            )


def imported(python: str, path: Path, fps: int, frames: int) -> dict:
    """Return what Blender finds in a file."""
    command = [python, "-c", IMPORT, str(path), str(fps), str(frames), *MARKED]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return json.loads(said.rpartition("FOUND")[2].splitlines()[0])


if __name__ == "__main__":
    main()
