"""Unroll the pose generator through a run of training frames, by a plan drawn beforehand."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from music2pose.data.dataset import Batch
from music2pose.generator import Pose, PoseGenerator
from music2pose.layers import State
from music2pose.move_encoder import Codes
from music2pose.pose import NUM_JOINTS
from music2pose.train_settings import DancerTraining

CROPPED_SHARE = 0.05
"""Of the frames whose previous pose is scaled and shifted, as another crop would show it."""
CROP_SPREAD = 0.03
"""Standard deviation of that scale and shift, as a share of the canvas."""
MISSING_SHARE = 0.01
"""Of the joints that are missing from a previous pose that is shown."""
MUSIC_NOISE = 0.03
"""Standard deviation of the noise on the spectrogram, which is in [0, 1]."""
MASKED_MELS, MASKED_COLUMNS = 8, 4
"""Width of the bands and times that are masked (SpecAugment, Park et al. 2019)."""
MASK_CHANCE, SILENCE_CHANCE, NO_BEATS_CHANCE = 0.3, 0.1, 0.15
"""How often a band, or a time, is masked; no music is heard at all; no beats are known."""


class Carry(NamedTuple):
    """Where a stream of training stands between two windows."""

    pose: Pose
    state: State  # of the ConvLSTM

    def detached(self) -> "Carry":
        """Cut the gradient: the next window does not reach back into this one."""
        h, c = self.state
        return Carry(Pose(*(part.detach() for part in self.pose)), (h.detach(), c.detach()))


class Prior(NamedTuple):
    """The poses that the pose prior guesses for a run, and the codes that it guesses them from."""

    keypoints: Tensor  # (B, T, 18, 2)
    codes: Codes


class Rollout(NamedTuple):
    """A run as the generator danced it; shapes as in ``Batch``, frame 0 being the pose before."""

    keypoints: Tensor  # (B, T + 1, 18, 2)
    confidence: Tensor  # (B, T + 1, 18)
    prior: Prior
    carry: Carry


class Plan(NamedTuple):
    """All that is random about one unroll, drawn before it starts.

    Shape:
        teacher_forced: (B, T) whether the true previous pose is given, not the generator's own
        swapped: (B,) whether a stream dances with the codes of another stream's moves
        code_source: (B,) which stream these are of
        code_noise: (B, M, C)
        pose_noise: (B, T, 18, 2)
        placement: (B, T, 3), scale and shift of the previous pose
        hidden: (B, T, 18), joints missing from the previous pose
    """

    teacher_forced: Tensor
    swapped: Tensor
    code_source: Tensor
    code_noise: Tensor
    pose_noise: Tensor
    placement: Tensor
    hidden: Tensor


class Unroller(nn.Module):
    """The generator danced through a run of frames; a module, so that devices can share it."""

    def __init__(self, generator: PoseGenerator) -> None:
        super().__init__()
        self.generator = generator

    def forward(
        self, batch: Batch, plan: Plan, carry: Carry | None, prior_only: bool = False
    ) -> Rollout | Prior:
        """Dance through ``batch``, on from ``carry`` or from its first pose, or only guess it."""
        codes = self.generator.move_encoder(
            batch.near_keypoints, batch.near_moves, batch.near_progress
        )
        danced_codes = swap_codes(codes, codes.sample(plan.code_noise), plan)
        each_frame = batch.moves[..., None].expand(-1, -1, danced_codes.shape[-1])
        condition = self.generator.condition(
            batch.windows, batch.beats, danced_codes.gather(1, each_frame)
        )
        prior = Prior(self.generator.sketcher(condition), codes)
        if prior_only:
            return prior

        first = Pose(batch.keypoints[:, 0], batch.confidence[:, 0])
        pose, state = (first, None) if carry is None else carry
        danced = [pose]
        for frame in range(batch.moves.shape[1]):
            previous = disturb(given_pose(batch, plan, frame, pose), plan, frame)
            pose, state = self.generator(previous, condition[:, frame], state)
            danced.append(pose)
        assert state is not None
        keypoints, confidence = (torch.stack(parts, 1) for parts in zip(*danced, strict=True))
        return Rollout(keypoints, confidence, prior, Carry(pose, state))


def given_pose(batch: Batch, plan: Plan, frame: int, own: Pose) -> Pose:
    """Return the previous pose of a frame: the true one where teacher forced, else ``own``."""
    forced = plan.teacher_forced[:, frame, None]
    return Pose(
        torch.where(forced[..., None], batch.keypoints[:, frame], own.keypoints),
        torch.where(forced, batch.confidence[:, frame], own.confidence),
    )


def swap_codes(codes: Codes, sampled: Tensor, plan: Plan) -> Tensor:
    """Give the swapped streams the codes of another stream's moves, one after the other.

    Its first and last move are not used, as they may be seen only in part.

    Shape:
        sampled, returns: (B, M, C)
    """
    whole_moves = (codes.valid.sum(1) - 2).clamp(min=1).long()[plan.code_source]  # (B,)
    order = torch.arange(sampled.shape[1], device=sampled.device)
    taken = 1 + order % whole_moves[:, None]  # (B, M)
    others = sampled[plan.code_source].gather(1, taken[..., None].expand_as(sampled))
    return torch.where(plan.swapped[:, None, None], others, sampled)


def draw_plan(
    batch: Batch, config: DancerTraining, noise_channels: int, step: int, rng: torch.Generator
) -> Plan:
    """Draw the plan of training step ``step``."""
    size, frames = batch.moves.shape
    num_moves = int(batch.near_moves.max()) + 1
    progress = config.progress(step)
    forced_share = max(0.0, 1 - progress / config.teacher_forcing_until)
    num_swapped = size // 2 if progress >= config.swapped_codes_from else 0
    swapped = torch.arange(size) < num_swapped
    teacher_forced = torch.rand(size, frames, generator=rng) < forced_share
    amplitude = config.pose_noise * torch.rand(size, 1, 1, 1, generator=rng)
    cropped = torch.rand(size, frames, 1, generator=rng) < CROPPED_SHARE
    offset = int(torch.randint(1, size, (1,), generator=rng))
    hidden = torch.rand(size, frames, 1, generator=rng) < config.hidden_share
    plan = Plan(
        teacher_forced=teacher_forced & ~swapped[:, None],
        swapped=swapped,
        code_source=(torch.arange(size) + offset) % size,
        code_noise=torch.randn(size, num_moves, noise_channels, generator=rng),
        pose_noise=amplitude * torch.randn(size, frames, NUM_JOINTS, 2, generator=rng),
        placement=CROP_SPREAD * torch.randn(size, frames, 3, generator=rng) * cropped,
        hidden=(torch.rand(size, frames, NUM_JOINTS, generator=rng) < MISSING_SHARE) | hidden,
    )
    return Plan(*(part.to(batch.beats.device) for part in plan))


def disturb(pose: Pose, plan: Plan, frame: int) -> Pose:
    """Scale, shift and jitter the previous pose and hide joints of it.

    The generator's own poses are never perfect; trained on disturbed ones it corrects errors
    instead of adding to them.
    """
    scale, shift = plan.placement[:, frame, :1], plan.placement[:, frame, 1:]
    placed = (pose.keypoints - 0.5) * (1 + scale[..., None]) + 0.5 + shift[:, None]
    return Pose(placed + plan.pose_noise[:, frame], pose.confidence * ~plan.hidden[:, frame])


def augment_music(batch: Batch, rng: torch.Generator) -> Batch:
    """Disturb what is heard: noise, masked times and bands, and at times no music or no beats."""
    windows, beats = batch.windows.clone(), batch.beats.clone()
    size, _, mels, columns = windows.shape
    windows += MUSIC_NOISE * torch.randn(windows.shape, generator=rng).to(windows)
    for index in range(size):
        band = int(torch.randint(mels - MASKED_MELS, (1,), generator=rng))
        column = int(torch.randint(columns - MASKED_COLUMNS, (1,), generator=rng))
        chance = torch.rand(4, generator=rng)
        if chance[0] < MASK_CHANCE:
            windows[index, :, band : band + MASKED_MELS] = 0
        if chance[1] < MASK_CHANCE:
            windows[index, :, :, column : column + MASKED_COLUMNS] = 0
        if chance[2] < SILENCE_CHANCE:
            windows[index] = 0
        if chance[3] < NO_BEATS_CHANCE:
            beats[index] = 0
    return batch._replace(windows=windows.clamp(0, 1), beats=beats)
