"""What public models there are, what they cost, and which of them are here."""

from dataclasses import asdict, dataclass
from typing import Any

from pose2video.diffusion.weights.hub import Name, Need, find
from pose2video.diffusion.weights.needs import ModelChoices, base_need, list_needs
from pose2video.diffusion.weights.pairing import check_configs
from pose2video.diffusion.weights.presets import (
    BASE_MODELS,
    CONTROLNETS,
    MODEL_PRESETS,
    REPOSITORIES,
)

UNKNOWN = "see its page"
CONFIG_MEGABYTES = 2
"""Of configs and a tokenizer alone."""


@dataclass(frozen=True)
class ListedModel:
    """One model that is needed for something."""

    what: str
    name: str
    licence: str
    megabytes: int | None
    """At most; None for a model that we know nothing of."""
    is_here: bool
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def inventory() -> dict[str, list[ListedModel]]:
    """Return what each preset needs, and what else can be chosen, by heading."""
    found = {name: preset_items(ModelChoices(preset=name)) for name in MODEL_PRESETS}
    found["base models"] = [
        listed(base_need(repository), what=short) for short, repository in BASE_MODELS.items()
    ]
    extras = ModelChoices(
        controls=tuple(CONTROLNETS), draft=True, temporal_net=True, uses_reference=True
    )
    usual = {item.name for item in found[extras.preset]}
    found["options"] = [item for item in preset_items(extras) if item.name not in usual]
    return found


def preset_items(choices: ModelChoices) -> list[ListedModel]:
    return [listed(need) for of_part in list_needs(choices).values() for need in of_part]


def listed(need: Need, what: str = "") -> ListedModel:
    name = Name.parse(need.name)
    known = REPOSITORIES.get(name.repository)
    is_file = bool(name.file)
    return ListedModel(
        what=what or need.what,
        name=need.name,
        licence=known.licence if known else UNKNOWN,
        megabytes=megabytes_of(need),
        is_here=need.is_here(),
        note=known.note if known and need.holds_weights and not is_file else "",
    )


def megabytes_of(need: Need) -> int | None:
    """Return how much there is to fetch for a model, at most; None where it is not known."""
    name = Name.parse(need.name)
    known = REPOSITORIES.get(name.repository)
    if known is None:
        return None
    return known.size_of(name.file) if need.holds_weights else CONFIG_MEGABYTES


def missing_megabytes(items: list[ListedModel]) -> int:
    """Return how much there is to fetch, at most, as far as it is known."""
    return sum(item.megabytes or 0 for item in items if not item.is_here)


def pull(choices: ModelChoices) -> list[ListedModel]:
    """Fetch every model that ``choices`` need and that is not here; return them all.

    Raises:
        RenderError: there is no such preset.
        CheckpointError: a model cannot be had, or does not fit the others.
    """
    needs = list_needs(choices)
    check_configs(needs)
    for of_part in needs.values():
        for need in of_part:
            find(need)
    return preset_items(choices)
