"""What is said beside the prompt; light to import, because the command line reads its options."""

from dataclasses import dataclass
from typing import ClassVar

from music2pose.settings import Settings, option
from pose2video import RenderError


@dataclass(frozen=True)
class Wording(Settings):
    """Words that go with the prompt, for all renderers that follow one."""

    error: ClassVar = RenderError

    style: str | None = option(None, "a look from prompts/, wrapped around the prompt")
    negative_prompt: str | None = option(
        None,
        "what no picture should show; diffusion does without it where --guidance is 1",
        metavar="TEXT",
        none="faults of pictures and bodies",
    )
