"""Write a Motion in the forms that 3D programs import."""

from pathlib import Path

from music2pose import MusicError
from music2pose.motion.gltf import write_glb
from music2pose.motion.humanoid import humanoid
from music2pose.motion.motion import Motion
from music2pose.motion.write_bvh import write_bvh

WRITERS = {".bvh": write_bvh, ".glb": write_glb}


def save_motion(motion: Motion, path: Path) -> Path:
    """Write ``motion`` as ``.bvh`` or as binary glTF, ``.glb``; whole or not at all.

    Raises:
        MusicError: the name ends in something else, or the motion has no frames or no size.
    """
    if path.suffix.lower() not in WRITERS:
        raise MusicError(f"cannot save motion as {path.name}; use a name in {', '.join(WRITERS)}")
    return WRITERS[path.suffix.lower()](humanoid(motion), path)
