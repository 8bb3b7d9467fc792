"""Make a performer that is nobody's: choreographed dances, drawn by the stage."""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from checkpoints.files import locked_folder, whole_file
from checkpoints.foreign import ForeignFileError, read_json
from music2pose.data.choreography import (
    ChoreographyConfig,
    MotionLibrary,
    SongBeats,
    perform,
    plan_marks,
)
from music2pose.data.expression import joints_of
from music2pose.data.pairs import hold_out, lively_library
from music2pose.hearing.bars import BEATS_PER_BAR
from music2pose.hearing.features import FEATURE_FPS
from music2pose.motion.camera import project
from music2pose.motion.mocap import load_motions
from music2pose.motion.motion import Motion, random_body
from music2pose.moves.perform import authored_moves
from music2pose.pose import PoseSequence
from pipelines import VideoError
from pipelines.mannequin_plan import MannequinPlan
from pose2video.performer.performer import (
    RECORD,
    Performer,
    PerformerRecord,
    check_place,
    load_performer,
    save_performer,
)
from pose2video.pictures import save_picture
from pose2video.renderer import RenderOptions
from pose2video.stage.cameras import USUAL
from pose2video.stage.crew import turned
from pose2video.stage.renderer import StageRenderer

HELD_OUT_SHARE = 0.15
"""Of the frames; they show moves and takes that no other frame shows."""
TAKE_FRAMES = 200
WRITTEN_SHARE = 0.45
"""How much of the dancing is written moves, beside motion capture."""
TEMPO = (85.0, 130.0)
TURN = 0.4
"""Radians by which each take is turned at most; the camera rests, and so does what is behind."""
PLAN = "plan.json"
LICENCE = "drawn by this project; free to use, with credit to the makers of the motion it names"


def make_mannequin_performer(
    folder: Path | str,
    plan: MannequinPlan | None = None,
    overwrite: bool = False,
    progress: bool = True,
) -> Performer:
    """Draw a performer into ``folder``; after a kill the same call goes on where it stopped.

    The last frames, for validation, dance to moves and takes of their own. A folder that the same
    plan has made before is left as it is.

    Args:
        progress: show a bar.

    Raises:
        PromptError: the prompt cannot be understood.
        VideoError: the motion folder holds no motion.
        RenderError: the folder holds something else.
    """
    folder, plan = Path(folder), plan or MannequinPlan()
    if (folder / RECORD).exists() and not overwrite:
        made = load_performer(folder)
        if made.source == plan.source:
            return made
    renderer = _renderer(plan)
    check_place(folder, overwrite)
    motions = _motions(plan)
    training, validation = (_takes(plan, side, motions) for side in ("train", "validation"))
    takes = [*training, *validation]
    drawn = folder.with_name(f".{folder.name}.drawn")
    with locked_folder(drawn):
        _forget_other_plans(drawn, plan)
        frames = _frames(takes, renderer, plan.seed, drawn)
        shown = tqdm(frames, "mannequin", plan.num_frames, unit="frame", disable=not progress)
        record = _record(plan, training, validation)
        performer = save_performer(folder, _poses(takes), shown, record, overwrite=overwrite)
        shutil.rmtree(drawn)
    return performer


def _record(
    plan: MannequinPlan, training: list[Motion], validation: list[Motion]
) -> PerformerRecord:
    lengths = [len(take) for take in (*training, *validation)]
    return PerformerRecord(
        f"mannequin, {plan.prompt}", plan.source, LICENCE,
        validation_from=sum(lengths[: len(training)]),
        starts=np.cumsum([0, *lengths[:-1]]).tolist(),
    )  # fmt: skip


def _forget_other_plans(drawn: Path, plan: MannequinPlan) -> None:
    """Remove from the folder of pictures drawn so far those of another plan.

    Raises:
        VideoError: the folder holds something else.
    """
    record = drawn / PLAN
    with suppress(ForeignFileError):
        if read_json(record) == plan.as_dict():
            return
    for path in drawn.iterdir():
        if path != record and not re.fullmatch(r"\d{6}\.png|\..*\.part", path.name):
            raise VideoError(f"{drawn}, where pictures are kept, holds {path.name}; move it away")
        path.unlink()
    with whole_file(record) as path:
        path.write_text(json.dumps(plan.as_dict()))


def _takes(plan: MannequinPlan, side: str, motions: list[Motion]) -> list[Motion]:
    """Return the dances of one side of the split, together as long as the plan says."""
    held = max(1, round(HELD_OUT_SHARE * plan.num_frames))
    left = held if side == "validation" else plan.num_frames - held
    library = _library(motions, side)
    takes: list[Motion] = []
    while left > 0:
        rng = np.random.default_rng((plan.seed, side == "validation", len(takes)))
        count = min(TAKE_FRAMES, left)
        dance = _dance(f"{side}_{len(takes)}", library, count, rng)
        takes.append(turned(dance, rng.uniform(-TURN, TURN)))
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


def _library(motions: list[Motion], side: str) -> MotionLibrary:
    kept_back = hold_out(sorted({motion.group for motion in motions}), ())
    return lively_library(
        [motion for motion in motions if (motion.group in kept_back) == (side == "validation")],
        WRITTEN_SHARE,
    )


def _dance(name: str, library: MotionLibrary, count: int, rng: np.random.Generator) -> Motion:
    """Return ``count`` frames of dancing to a beat of its own, now wild, now calm."""
    bpm = rng.uniform(*TEMPO)
    numbers = np.arange(int(count / FEATURE_FPS * bpm / 60) + 3)
    energy, one_section = rng.uniform(0, 1, len(numbers)), 0 * numbers
    beats = SongBeats(numbers * 60 / bpm, energy, one_section, numbers % BEATS_PER_BAR == 0)
    phrases = plan_marks(beats, library, rng, ChoreographyConfig())
    position = np.arange(count) / FEATURE_FPS * bpm / 60
    tracks = perform(phrases, position, library, ChoreographyConfig())
    return Motion(joints_of(tracks, random_body(rng)), FEATURE_FPS, name, group=name)


def _poses(takes: list[Motion]) -> PoseSequence:
    seen = [project(take, USUAL) for take in takes]
    return PoseSequence(
        np.concatenate([poses.keypoints for poses in seen]),
        np.concatenate([poses.confidence for poses in seen]),
        FEATURE_FPS,
    )


def _renderer(plan: MannequinPlan) -> StageRenderer:
    """Return what draws the pictures, and say which words of the prompt it does not know.

    Raises:
        PromptError: the prompt cannot be understood.
    """
    renderer = StageRenderer(RenderOptions(plan.size, plan.size, plan.prompt))
    renderer.plan(plan.num_frames, FEATURE_FPS)
    return renderer


def _frames(
    takes: list[Motion], renderer: StageRenderer, seed: int, drawn: Path
) -> Iterator[np.ndarray]:
    """Yield the pictures of all takes; those that ``drawn`` holds are read, others added to it."""
    number = 0
    for take in takes:
        files = [drawn / f"{number + index:06d}.png" for index in range(len(take))]
        done = next((index for index, path in enumerate(files) if not path.exists()), len(files))
        for path in files[:done]:
            yield _read_drawn(path)
        rest = np.arange(done, len(files))
        shown = renderer.shown(renderer.posed(take, USUAL), seed, rest) if len(rest) else ()
        for path, frame in zip(files[done:], shown, strict=True):
            save_picture(path, frame)
            yield frame
        number += len(files)


def _read_drawn(path: Path) -> np.ndarray:
    picture = cv2.imread(str(path))
    if picture is None:
        raise VideoError(f"{path} is broken; delete {path.parent} and draw again")
    return picture[..., ::-1]
