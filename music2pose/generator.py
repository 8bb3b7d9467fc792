"""The pose generator: what is heard, the previous pose and what is remembered of a move's code
become the next pose."""

from dataclasses import asdict, dataclass
from typing import NamedTuple

import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn

from checkpoints.store import check_sizes
from music2pose.hearing.features import FEATURE_FPS
from music2pose.layers import (
    LEAK,
    ConvLSTMCell,
    DownBlock,
    ResidualBlock,
    SelfAttention,
    SpatialAttention,
    State,
    UpBlock,
    initialise,
)
from music2pose.listener import POSE_STRIDE, Listener
from music2pose.move_encoder import MoveEncoder
from music2pose.pose import NUM_JOINTS
from music2pose.pose_maps import draw_pose_maps, guess_pose_maps, read_pose_maps

POSE_FPS = FEATURE_FPS / POSE_STRIDE
PHRASE_MOVES = 4
"""Moves, of two or three beats each, that make a phrase."""
GIVEN_FRAMES = 2
"""Poses at a move's beginning for which its code is given; after them it must be remembered."""

SEEN_LEVEL = 3.0
"""Level of the maps at first: joints are seen unless there is a reason against it."""


@dataclass(frozen=True)
class GeneratorConfig:
    width: int = 16
    """Channels after the first down block; the deeper ones have two and four times as many."""
    hidden_channels: int = 96
    """Channels of the ConvLSTM's state, an image of 4x4 for a ``map_size`` of 32."""
    condition_channels: int = 160
    noise_channels: int = 48
    """Length of the code that names a move."""
    map_size: int = 32
    """Height and width of a pose map; three halvings lead to the bottleneck."""
    dropout: float = 0.1
    num_start_poses: int = 16
    num_phrases: int = 1024
    """Phrases that the generator knows by their codes."""
    families: tuple[str, ...] = ()
    """Names of the kinds of moves that its phrases are made of."""

    def __post_init__(self) -> None:
        check_sizes(
            self, width=(4, 256), hidden_channels=(1, 2048), condition_channels=(1, 2048),
            noise_channels=(1, 2048), map_size=(8, 512), num_start_poses=(1, 65536),
            num_phrases=(1, 65536),
        )  # fmt: skip
        if self.map_size % 8:
            raise ValueError(f"map_size must be a multiple of 8, got {self.map_size}")
        if self.width % 4:
            raise ValueError(f"width must be a multiple of 4, got {self.width}")
        object.__setattr__(self, "families", tuple(self.families))  # a list where read from a file


POSE_PRESETS = {
    "tiny": GeneratorConfig(
        width=8,
        hidden_channels=16,
        condition_channels=32,
        noise_channels=8,
        map_size=16,
        num_phrases=64,
    ),
    "base": GeneratorConfig(),
    "large": GeneratorConfig(
        width=32, hidden_channels=128, condition_channels=128, noise_channels=48, map_size=64
    ),
}


class Pose(NamedTuple):
    """Poses as the networks see them, on a square canvas."""

    keypoints: Tensor  # (B, 18, 2), in [0, 1]
    confidence: Tensor  # (B, 18), in [0, 1]


class PosePrior(nn.Module):
    """Guess a pose from the condition alone, for the U-Net to correct.

    The condition is the same everywhere in a map; drawn as a pose it gets places. The U-Net sees
    the guess beside the previous pose, and what it draws multiplies the guess.

    Shape:
        condition: (..., C)
        returns: keypoints (..., 18, 2), most of them in [0, 1]
    """

    def __init__(self, condition_channels: int, width: int = 384) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(condition_channels, width),
            nn.LeakyReLU(LEAK),
            nn.Linear(width, width),
            nn.LeakyReLU(LEAK),
            nn.Linear(width, width),
            nn.LeakyReLU(LEAK),
            nn.Linear(width, 2 * NUM_JOINTS),
        )

    def forward(self, condition: Tensor) -> Tensor:
        return 0.5 + 0.2 * self.layers(condition).float().unflatten(-1, (NUM_JOINTS, 2))


class PoseGenerator(
    nn.Module,
    PyTorchModelHubMixin,
    coders={GeneratorConfig: (asdict, lambda data: GeneratorConfig(**data))},
):
    """A U-Net with a ConvLSTM at its bottleneck that draws the next pose, one map per joint.

    ``listener`` hears a whole run of frames at once; ``forward`` then takes one step through time.
    The code of a move is given where the move begins; from then on it is read off the ConvLSTM's
    state. The next step should be given the keypoints that this one decoded: they are drawn as
    clean spots again, so no smear can build up.
    """

    start_keypoints: Tensor
    start_confidence: Tensor
    phrases: Tensor
    phrase_bpm: Tensor
    phrase_beats: Tensor
    phrase_energy: Tensor
    phrase_family: Tensor

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.config = config
        c1, c2, c3 = config.width, 2 * config.width, 4 * config.width
        cond, hidden = config.condition_channels, config.hidden_channels

        self.code_encoder = nn.Linear(config.noise_channels, cond)
        self.gain = nn.Linear(cond, cond)
        self.mixer = nn.Sequential(
            nn.LeakyReLU(LEAK), nn.Linear(cond, cond), nn.LeakyReLU(LEAK), nn.Linear(cond, cond)
        )
        self.prior = PosePrior(cond)
        self.down1 = DownBlock(2 * NUM_JOINTS, c1)
        self.down2 = DownBlock(c1, c2)
        self.down3 = DownBlock(c2, c3)
        self.dilated = ResidualBlock(c3, dilation=2)
        self.memory = ConvLSTMCell(c3, hidden, cond, config.noise_channels)
        self.recalled = nn.Linear(hidden, config.noise_channels)
        self.attention2 = SelfAttention(c2)
        self.attention3 = SelfAttention(c3)
        self.gate = SpatialAttention()
        self.up3 = UpBlock(hidden + c3, c2, cond, config.dropout)
        self.up2 = UpBlock(c2 + c2, c1, cond, config.dropout)
        self.up1 = UpBlock(c1 + c1, c1, cond, dropout=0.0)
        self.head = nn.Conv2d(c1, NUM_JOINTS, 3, padding=1)
        self.apply(initialise)
        self.listener = Listener(cond)
        self.move_encoder = MoveEncoder(config.noise_channels)
        self.memory.start_to_remember(config.noise_channels)
        self.recalled.load_state_dict(self.memory.reading_of_codes())
        nn.init.zeros_(self.gain.weight)
        nn.init.zeros_(self.head.weight)  # at first the next pose is the guess
        assert self.head.bias is not None
        nn.init.constant_(self.head.bias, SEEN_LEVEL)
        self._add_learned_dances(config)

    def _add_learned_dances(self, config: GeneratorConfig) -> None:
        """Make room for the poses that dances begin with, and for phrases of the training dances.

        They are part of the weights; phrases are codes, with tempo and liveliness of their music,
        beats that a move lasts, and which of the config's families they are of, -1 for several.
        """
        self.register_buffer("start_keypoints", torch.full((config.num_start_poses, 18, 2), 0.5))
        self.register_buffer("start_confidence", torch.ones(config.num_start_poses, 18))
        phrases = torch.zeros(config.num_phrases, PHRASE_MOVES, config.noise_channels)
        self.register_buffer("phrases", phrases)
        self.register_buffer("phrase_bpm", torch.full((config.num_phrases,), 120.0))
        self.register_buffer("phrase_beats", torch.full((config.num_phrases,), 2))
        self.register_buffer("phrase_energy", torch.zeros(config.num_phrases))
        self.register_buffer("phrase_family", torch.full((config.num_phrases,), -1))

    def condition(self, heard: Tensor, codes: Tensor) -> Tensor:
        """Let what is heard scale and shift (FiLM) the code of the move to dance.

        Shape:
            heard: (..., C_condition), from ``listener``
            codes: (..., C_noise)
            returns: (..., C_condition)
        """
        return self.mixer(heard + self.code_encoder(codes) * (1 + self.gain(heard)))

    def recall(self, state: State) -> Tensor:
        """Return the code that the ConvLSTM's state remembers: (B, C_noise)."""
        return self.recalled(state[1].mean((2, 3))).float()

    def forward(
        self, previous: Pose, heard: Tensor, code: Tensor, state: State | None = None
    ) -> tuple[Pose, State]:
        """Take one step through time.

        Shape:
            previous: keypoints (B, 18, 2), confidence (B, 18)
            heard: (B, C_condition), from ``listener``
            code: (B, C_noise), NaN where it is not given
            returns: the next pose, same shapes, and the ConvLSTM's next state
        """
        size = self.config.map_size
        if state is None:
            state = self.memory.initial_state(len(heard), size // 8)
        danced = torch.where(code.isnan(), self.recall(state), code)
        condition = self.condition(heard, danced)
        guess = self.prior(condition)
        guessed = draw_pose_maps(guess, torch.ones_like(previous.confidence), size)
        maps = torch.cat([draw_pose_maps(*previous, size), guessed], dim=1)
        down1 = self.down1(maps)
        down2 = self.down2(down1)
        down3 = self.dilated(self.down3(down2))
        next_state: State = self.memory(down3, condition, code, state)
        deepest = torch.cat([next_state[0].to(down3.dtype), self.attention3(down3)], dim=1)
        up3 = self.gate(self.up3(deepest, condition))
        up2 = self.up2(torch.cat([up3, self.attention2(down2)], dim=1), condition)
        up1 = self.up1(torch.cat([up2, down1], dim=1), condition)
        logits = self.head(up1).float() + guess_pose_maps(guess, size)
        return Pose(*read_pose_maps(logits)), next_state

    def start_pose(self, index: int, batch_size: int = 1) -> Pose:
        """Return a pose to begin a dance with, taken from the training dances."""
        which = index % len(self.start_keypoints)
        return Pose(
            self.start_keypoints[which].expand(batch_size, -1, -1),
            self.start_confidence[which].expand(batch_size, -1),
        )
