"""From what a scene says of a dancer to the shapes and materials of one."""

from pose2video.stage.bodies import both, hair, human, over, shoe
from pose2video.stage.materials import Material
from pose2video.stage.pieces import Figure
from prompts.scene.scene import Figure as Asked


def figure_of(asked: Asked, seed: int) -> Figure:
    """Return the dancer that a scene asks for; a seed chooses what it leaves open."""
    body = human()
    top = over(body, ("torso", *both("upper_arm")), 0.012, material="top", group="top")
    trousers = over(
        body, ("hips", *both("thigh", "shin")), 0.012, material="trousers", group="trousers"
    )
    pieces = (*body, *top, *trousers, *shoe("right"), *shoe("left"), *hair())
    materials = {
        "skin": Material(asked.skin or "#dc9470", soft=0.35, shine=0.25, rough=0.5),
        "top": Material("#e8453c", rough=0.8), "trousers": Material("#27406e", rough=0.85),
        "shoes": Material("#f5f5f5"), "soles": Material("#ffffff"),
        "hair": Material("#2b1b14", rough=0.4, shine=0.5),
    }  # fmt: skip
    return Figure(pieces, materials)
