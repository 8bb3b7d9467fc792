"""Make a performer that is nobody's: choreographed dances, drawn as a ray-marched mannequin."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from tqdm import tqdm

from checkpoints.files import whole_file
from music2pose.data.choreography import ChoreographyConfig, Library, perform, plan_marks
from music2pose.data.pairs import hold_out, lively_library
from music2pose.hearing.features import FEATURE_FPS
from music2pose.motion.camera import Camera, project
from music2pose.motion.mocap import load_motions
from music2pose.motion.motion import Motion, random_body
from music2pose.moves.perform import authored_moves
from music2pose.pose import PoseSequence
from pipelines import VideoError
from pose2video.mannequin.looks import look_named
from pose2video.mannequin.renderer import MannequinRenderer
from pose2video.performer.performer import (
    RECORD,
    Performer,
    check_place,
    load_performer,
    save_performer,
)

HELD_OUT_SHARE = 0.15
"""Of the frames; they show moves and takes that no other frame shows."""
TAKE_FRAMES = 200
WRITTEN_SHARE = 0.45
"""How much of the dancing is written moves, beside motion capture."""
TEMPO = (85.0, 130.0)
CAMERAS = {
    "yaw": (-0.4, 0.4), "pitch": (0.0, 0.12), "distance": (4.0, 6.5), "body_height": (0.62, 0.7),
}  # fmt: skip
"""Between which values the fields of each take's ``Camera`` are drawn."""
PLAN = "plan.json"
LICENCE = "drawn by this project; free to use, with credit to the makers of the motion it names"


@dataclass(frozen=True)
class MannequinPlan:
    """All that decides the pictures: the same plan gives the same performer."""

    num_frames: int = 2400
    size: int = 256
    look: str = "clay"
    seed: int = 0
    motion: str | None = None
    """Folder of motion capture, beside the written moves."""
    left_out: tuple[str, ...] = ()
    """Takes whose name contains one of these words are not danced."""

    def __post_init__(self) -> None:
        look_named(self.look)
        if self.num_frames < 2 or self.seed < 0:
            raise VideoError(
                f"a performer needs 2 frames or more and a seed from 0 up, got {self.num_frames} "
                f"and {self.seed}"
            )
        if not 64 <= self.size <= 1024 or self.size % 4:
            raise VideoError(
                f"the size must be from 64 to 1024 in steps of 4 pixels, got {self.size}"
            )

    def as_dict(self) -> dict:
        """Return the settings as JSON holds them, without the place of the motion folder."""
        values = json.loads(json.dumps(asdict(self)))
        return values | {"motion": self.motion and Path(self.motion).name}

    @property
    def source(self) -> str:
        motion = f", {Path(self.motion).name}" if self.motion else ""
        left_out = f" but {', '.join(self.left_out)}" if self.left_out else ""
        return (
            f"{self.num_frames} pictures of {self.size}x{self.size} of a ray-marched mannequin, "
            f"look {self.look}, dancing written moves{motion}{left_out}, seed {self.seed}"
        )


class Take(NamedTuple):
    """One dance before one camera."""

    motion: Motion
    camera: Camera


def make_mannequin_performer(
    folder: Path | str,
    num_frames: int = 2400,
    size: int = 256,
    look: str = "clay",
    seed: int = 0,
    motion: Path | str | None = None,
    progress: bool = True,
    left_out: tuple[str, ...] = (),
    overwrite: bool = False,
    device: str = "cpu",
) -> Performer:
    """Draw a performer into ``folder``; after a kill the same call goes on where it stopped.

    The last frames, for validation, dance to moves and takes of their own. A folder that the same
    call has made before is left as it is.

    Args:
        size: width and height in pixels.
        motion: folder of motion capture to dance beside the written moves.
        progress: show a bar.
        left_out: takes whose name contains one of these words are not danced.

    Raises:
        VideoError: a setting is out of range, or the motion folder holds no motion.
        RenderError: there is no such look, or the folder holds something else.
    """
    folder = Path(folder)
    plan = MannequinPlan(num_frames, size, look, seed, motion and str(motion), left_out)
    if (folder / RECORD).exists() and not overwrite:
        made = load_performer(folder)
        if made.source == plan.source:
            return made
    check_place(folder, overwrite)
    motions = _motions(plan)
    sides = [_takes(plan, side, motions) for side in ("train", "validation")]
    drawn = _unfinished(folder, plan)
    takes = [take for side in sides for take in side]
    frames = partial(tqdm, desc="mannequin", unit="frame", total=num_frames, disable=not progress)
    performer = save_performer(
        folder, f"mannequin-{look}", _poses(takes),
        frames(_frames(takes, MannequinRenderer(look, size, device), drawn)),
        plan.source, LICENCE, sum(len(take.motion) for take in sides[0]),
        np.cumsum([0, *(len(take.motion) for take in takes[:-1])]).tolist(), overwrite=overwrite,
    )  # fmt: skip
    shutil.rmtree(drawn)
    return performer


def _unfinished(folder: Path, plan: MannequinPlan) -> Path:
    """Return the folder beside ``folder`` for pictures drawn so far, empty for another plan."""
    drawn = folder.with_name(f".{folder.name}.drawn")
    record = drawn / PLAN
    if not record.exists() or json.loads(record.read_text()) != plan.as_dict():
        shutil.rmtree(drawn, ignore_errors=True)
        drawn.mkdir(parents=True)
        with whole_file(record) as path:
            path.write_text(json.dumps(plan.as_dict()))
    return drawn


def _takes(plan: MannequinPlan, side: str, motions: list[Motion]) -> list[Take]:
    """Return the dances of one side of the split, together as long as the plan says."""
    held = max(1, round(HELD_OUT_SHARE * plan.num_frames))
    left = held if side == "validation" else plan.num_frames - held
    library = _library(motions, side)
    takes: list[Take] = []
    while left > 0:
        rng = np.random.default_rng((plan.seed, side == "validation", len(takes)))
        count = min(TAKE_FRAMES, left)
        camera = Camera(**{name: rng.uniform(*span) for name, span in CAMERAS.items()})
        takes.append(Take(_dance(f"{side}_{len(takes)}", library, count, rng), camera))
        left -= count
    return takes


def _motions(plan: MannequinPlan) -> list[Motion]:
    """Return all that may be danced."""
    captured = load_motions(Path(plan.motion)) if plan.motion else []
    if plan.motion and not captured:
        raise VideoError(
            f"{plan.motion} holds no motion; give a folder with .bvh, .npz or AIST++ .pkl files, "
            "or leave --motion out"
        )
    motions = [*authored_moves(np.random.default_rng(plan.seed), 2), *captured]
    return [m for m in motions if not any(word in m.name for word in plan.left_out)]


def _library(motions: list[Motion], side: str) -> Library:
    kept_back = hold_out(sorted({motion.group for motion in motions}), ())
    return lively_library(
        [motion for motion in motions if (motion.group in kept_back) == (side == "validation")],
        WRITTEN_SHARE,
    )


def _dance(name: str, library: Library, count: int, rng: np.random.Generator) -> Motion:
    """Return ``count`` frames of dancing to a beat of its own, now wild, now calm."""
    bpm = rng.uniform(*TEMPO)
    beats = np.arange(int(count / FEATURE_FPS * bpm / 60) + 3)
    energy = rng.uniform(0, 1, len(beats))
    marks = plan_marks(beats * 60 / bpm, energy, library, rng, ChoreographyConfig())
    position = np.arange(count) / FEATURE_FPS * bpm / 60
    return perform(name, marks, position, library, random_body(rng), ChoreographyConfig())


def _poses(takes: list[Take]) -> PoseSequence:
    seen = [project(take.motion, take.camera) for take in takes]
    return PoseSequence(
        np.concatenate([poses.keypoints for poses in seen]),
        np.concatenate([poses.confidence for poses in seen]),
        FEATURE_FPS,
    )


def _frames(takes: list[Take], renderer: MannequinRenderer, drawn: Path) -> Iterator[np.ndarray]:
    """Yield the pictures of all takes; those that ``drawn`` holds are read, others added to it."""
    number = 0
    for take in takes:
        files = [drawn / f"{number + index:06d}.png" for index in range(len(take.motion))]
        done = next((index for index, path in enumerate(files) if not path.exists()), len(files))
        for path in files[:done]:
            yield _read_drawn(path)
        rest = renderer.render(take.motion, take.camera, first=done)
        for path, frame in zip(files[done:], rest, strict=True):
            with whole_file(path) as whole:
                whole.write_bytes(cv2.imencode(".png", frame[..., ::-1])[1].tobytes())
            yield frame
        number += len(files)


def _read_drawn(path: Path) -> np.ndarray:
    picture = cv2.imread(str(path))
    if picture is None:
        raise VideoError(f"{path} is broken; delete {path.parent} and draw again")
    return picture[..., ::-1]
