"""Show how a renderer's training comes along: sheets of held-out frames and a page of them all."""

import html
from pathlib import Path

import numpy as np

from checkpoints.files import whole_file
from pose2video.draw import draw_skeleton
from pose2video.performer.performer import Performer
from pose2video.pictures import resized, save_picture

COLUMNS = 8
PAGE = """<!doctype html>
<meta charset="utf-8">
<title>{title}</title>
<style>body {{ font: 14px sans-serif; background: #222; color: #ddd }} img {{ width: 100% }}</style>
<h1>{title}</h1>
<p>Rows: the pose, the true frame, the painted frame. The newest sheet comes first.</p>
{figures}
"""


def sheet(performer: Performer, frames: list[int], painted: np.ndarray) -> np.ndarray:
    """Return skeletons, true and painted frames, one below the other, of a few moments.

    Shape:
        painted: (N, S, S, 3) uint8, of ``frames``
        returns: (3 S, 8 S, 3) uint8
    """
    size = painted.shape[1]
    shown = np.linspace(0, len(painted) - 1, COLUMNS).round().astype(int)
    numbers = [frames[index] for index in shown]
    poses = performer.poses
    skeletons = [
        draw_skeleton(poses.keypoints[n], poses.confidence[n], size, size) for n in numbers
    ]
    rows = (skeletons, resized(performer.frames(numbers), size), painted[shown])
    return np.concatenate([np.concatenate(list(row), axis=1) for row in rows])


def save_sheet(folder: Path, step: int, picture: np.ndarray, figures: dict[str, float]) -> None:
    """Save a sheet as ``samples/STEP.png``, its figures as its caption, and the page anew.

    Shape:
        picture: (H, W, 3) uint8
    """
    samples = folder / "samples"
    samples.mkdir(exist_ok=True)
    save_picture(samples / f"{step:06d}.png", picture)
    caption = ", ".join(f"{name} {value:.3f}" for name, value in figures.items())
    (samples / f"{step:06d}.txt").write_text(f"step {step}: {caption}\n")
    with whole_file(folder / "index.html") as path:
        path.write_text(page(folder))


def page(folder: Path) -> str:
    """Return the HTML page of all sheets in ``folder``, newest first."""
    figures = []
    for path in sorted((folder / "samples").glob("*.png"), reverse=True):
        caption = html.escape(path.with_suffix(".txt").read_text().strip())
        figures.append(f'<h2>{caption}</h2>\n<img src="samples/{path.name}" alt="{caption}">')
    return PAGE.format(title=html.escape(folder.name), figures="\n".join(figures))
