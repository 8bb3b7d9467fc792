"""What to train, on what, and where to keep it; light, as the command line reads it."""

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from music2pose.lifting.train_settings import LifterLossWeights, LifterTraining
from music2pose.settings import Settings, option
from music2pose.train_settings import (
    DancerLossWeights,
    DancerTraining,
    LossWeights,
    TrainingSettings,
)
from pipelines import VideoError
from pose2video.learned.train_settings import RendererLossWeights, RendererTraining
from pose2video.nadsnet.train_settings import EstimatorLossWeights, EstimatorTraining

if TYPE_CHECKING:
    from music2pose.lifting.network import LifterConfig
    from pose2video.learned.generator import PictureGeneratorConfig
    from pose2video.nadsnet.estimator import EstimatorConfig

PRESET_NAMES = ("tiny", "base", "large")
"""The keys of ``POSE_PRESETS`` and ``PICTURE_PRESETS``, which need torch."""
ESTIMATOR_PRESET_NAMES = ("tiny", "base", "pvt-tiny")
"""The keys of ``ESTIMATOR_PRESETS``."""
LIFTER_PRESET_NAMES = ("tiny", "base")
"""The keys of ``LIFTER_PRESETS``."""


@dataclass(frozen=True, kw_only=True)
class TrainingRun(Settings):
    """What every training has; each kind of it adds what it learns from."""

    error: ClassVar = VideoError
    places: ClassVar[tuple[str, ...]] = ("device", "output")
    """What may differ when a run is resumed, and is not told with the weights."""

    output: Path
    preset: str = option("base", "size of the network", choices=PRESET_NAMES)
    model: str | None = option(
        None, "folder or Hub name of trained weights to go on from", metavar="DIR"
    )
    train: TrainingSettings
    weights: LossWeights
    device: str = option("auto", "cpu, cuda, cuda:1 ... or auto")
    mixed_precision: str = option(
        "bf16", "of the networks in training", choices=("no", "bf16"), flag="--precision"
    )

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as JSON knows it."""
        return json.loads(json.dumps(asdict(self), default=str))

    def about(self) -> dict[str, Any]:
        """Return what may be told with the weights: all but the places of this machine."""
        told = {name: value for name, value in self.as_dict().items() if name not in self.places}
        for name in ("model", "generator"):
            if told.get(name) is not None:
                told[name] = Path(told[name]).name
        for name in ("targets", "folders"):
            if name in told:
                told[name] = [Path(place).name for place in told[name]]
        return told


@dataclass(frozen=True, kw_only=True)
class DancerRun(TrainingRun):
    """A training of the pose generator."""

    places: ClassVar = ("device", "output", "dances")

    dances: Path
    """Folder with ``train`` and ``validation`` dances."""
    train: DancerTraining = field(default_factory=DancerTraining)
    weights: DancerLossWeights = field(default_factory=DancerLossWeights)


@dataclass(frozen=True, kw_only=True)
class RendererRun(TrainingRun):
    """A training of a picture network on performers."""

    targets: tuple[str, ...]
    """Performers' folders, videos, or ``mannequin``; several only for a kind with style codes."""
    kind: str = option("gan", "of network: vector, vanilla, gan or spade")
    size: int = 256
    """Height and width of the pictures, in pixels."""
    has_skips: bool = option(True, "vanilla as a plain encoder-decoder", flag="--no-skips")
    has_attention: bool = option(True, "vanilla without self-attention", flag="--no-attention")
    train: RendererTraining = field(default_factory=RendererTraining)
    weights: RendererLossWeights = field(default_factory=RendererLossWeights)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.network()

    def network(self) -> "PictureGeneratorConfig":
        """Return the settings of the network, without the performer's build.

        Raises:
            RenderError, VideoError: there is no such network.
        """
        from pose2video.learned.generator import PICTURE_PRESETS

        try:
            return replace(
                PICTURE_PRESETS[self.preset], kind=self.kind, size=self.size,
                num_looks=len(self.targets), has_backdrop=len(self.targets) == 1,
                has_skips=self.has_skips, has_attention=self.has_attention,
            )  # fmt: skip
        except ValueError as error:
            raise VideoError(str(error)) from error


@dataclass(frozen=True, kw_only=True)
class EstimatorRun(TrainingRun):
    """A training of the pose estimator."""

    targets: tuple[str, ...] = ()
    """Performers' folders, videos, or ``mannequin``; figures are always drawn beside them."""
    output: Path = Path("runs/pose_estimator")
    preset: str = option("base", "size of the network", choices=ESTIMATOR_PRESET_NAMES)
    size: int | None = None
    """Height and width of the pictures it looks at, in pixels; None: as the preset or ``model``."""
    generator: str | None = option(
        None,
        "a trained spade renderer, which draws half of each batch in changed arm poses",
        metavar="DIR",
    )
    train: EstimatorTraining = field(default_factory=EstimatorTraining)
    weights: EstimatorLossWeights = field(default_factory=EstimatorLossWeights)
    mixed_precision: str = option(
        "no", "of the network in training", choices=("no", "bf16", "fp16"), flag="--precision"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        self.network()
        if (self.generator is None) != (self.train.limb_poses is None):
            raise VideoError(
                "limb poses need both: --limb-poses slight or high, and --generator with the "
                "folder of a trained spade renderer"
            )
        if self.generator is not None and not self.targets:
            raise VideoError("limb poses change those of a performer; give one with --target")

    def network(self, trained: "EstimatorConfig | None" = None) -> "EstimatorConfig":
        """Return the settings of the network: the preset's, or those of weights to go on from.

        Raises:
            VideoError: it cannot look at pictures of this size.
        """
        from pose2video.nadsnet.estimator import ESTIMATOR_PRESETS

        config = ESTIMATOR_PRESETS[self.preset] if trained is None else trained
        if self.size is None:
            return config
        try:
            return replace(config, picture_size=self.size)
        except ValueError as error:
            raise VideoError(str(error)) from error


@dataclass(frozen=True, kw_only=True)
class LifterRun(TrainingRun):
    """A training of the lifter."""

    folders: tuple[str, ...] = ()
    """Of motion capture; written moves are always among what is learned."""
    held_out: tuple[str, ...] = ()
    """Groups of takes to validate on; when empty, as the data's publishers say, or drawn."""
    left_out: tuple[str, ...] = ()
    """Takes whose name contains one of these words are not used at all."""
    output: Path = Path("runs/lifter")
    preset: str = option("base", "size of the network", choices=LIFTER_PRESET_NAMES)
    train: LifterTraining = field(default_factory=LifterTraining)
    weights: LifterLossWeights = field(default_factory=LifterLossWeights)

    def network(self) -> "LifterConfig":
        """Return the settings of the network."""
        from music2pose.lifting.network import LIFTER_PRESETS

        return LIFTER_PRESETS[self.preset]
