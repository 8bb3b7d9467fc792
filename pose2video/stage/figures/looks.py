"""Colours that bodies come in where none is said: one of a few for each seed."""

from dataclasses import replace

from pose2video.stage.figures.colouring import recoloured
from pose2video.stage.figures.kinds import Kind
from prompts.scene.scene import Figure

LOOKS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "robot": (
        ("", "", ""), ("#39414f", "#39d0c8", ""), ("#f4c63f", "#2f3a56", ""),
        ("#e9eef2", "#e8558a", ""), ("#c7483f", "#f2e6d8", ""), ("#7fb2e0", "#f5f7fa", ""),
    ),
    "mannequin": (("", "", ""), ("#8f5d38", "#6b4226", ""), ("#e3c092", "#c1965f", "")),
    "alien": (("", "", ""), ("#78b4d8", "", ""), ("#b39be0", "", ""), ("#aab5ae", "", "")),
    "astronaut": (("", "", ""), ("", "#2f6fd0", ""), ("#ea7f38", "#f4f4f4", "")),
    "knight": (
        ("", "", ""), ("", "#2f5fb0", ""), ("#454952", "#c22f3e", ""), ("#d8ae55", "#f5f3ee", ""),
    ),
    "cat": (
        ("", "", ""), ("#8d939c", "#eef0f2", "#62686f"), ("#2f2c31", "#f4f2f0", "#1d1b1f"),
        ("#e6cda6", "#fffaf0", "#c39f70"), ("#f3efe9", "#ffffff", "#d6cfc4"),
    ),
    "dog": (
        ("", "", ""), ("#e7cfa3", "#fff5e0", "#c79d62"), ("#3a3436", "#f3efe8", "#221e20"),
        ("#9a9389", "#f2efe9", "#6f6860"), ("#b5602f", "#fbeede", "#7d3d1c"),
    ),
    "fox": (("", "", ""), ("#f08a34", "#fffaf2", "#3a2418"), ("#c2541d", "#fbeedd", "#241612")),
    "wolf": (("", "", ""), ("#3d4148", "#9aa0a8", "#25282d"), ("#e9e9ea", "#ffffff", "#b9bcc2")),
    "bear": (("", "", ""), ("#6b4526", "#c79c6c", ""), ("#3f322d", "#a98667", ""),
             ("#b5793f", "#eccb98", "")),
    "rabbit": (("", "", ""), ("#b08a66", "#f4e8d8", ""), ("#8f9096", "#f2f2f4", ""),
               ("#4f464a", "#e8e2e0", "")),
    "mouse": (("", "", ""), ("#c9a37e", "#f6ead9", ""), ("#f0ece8", "#ffffff", "")),
}  # fmt: skip
"""Of the main material, of the second one and of points or stripes; empty ones are the usual."""


def with_look(kind: Kind, asked: Figure, seed: int) -> Kind:
    """Return a body in one of the looks of its kind, unless a colour or a matter is said."""
    if asked.body not in LOOKS or asked.colour or asked.material:
        return kind
    looks = LOOKS[asked.body]
    main, second, points = looks[seed % len(looks)]
    materials = dict(kind.materials)
    for names, colour in ((kind.main, main), (kind.second, second), (("points",), points)):
        for name in set(names) & set(materials):
            materials[name] = recoloured(materials[name], colour)
    for name in kind.main:
        if points and materials[name].pattern == "tiger":
            materials[name] = materials[name].but(second=points)
    return replace(kind, materials=materials)
