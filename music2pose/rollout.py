"""Unroll the pose generator through a run of training frames, by a plan drawn beforehand."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from music2pose.conditioning import NUM_ACTIVATIONS, NUM_SOUND_CHANNELS
from music2pose.data.dataset import MARGIN, Batch
from music2pose.generator import GIVEN_FRAMES, Pose, PoseGenerator
from music2pose.hearing.features import NUM_MELS
from music2pose.layers import State
from music2pose.move_encoder import Codes
from music2pose.pose import NUM_JOINTS
from music2pose.train_settings import DancerTraining

CROPPED_SHARE = 0.05
"""Share of the frames whose previous pose is scaled and shifted, as another crop would show it."""
CROP_SPREAD = 0.03
"""Standard deviation of that scale and shift, as a share of the canvas."""
MISSING_SHARE = 0.01
"""Share of the joints that are missing from a previous pose that is shown."""
MUSIC_NOISE = 0.03
"""Standard deviation of the noise on the spectrogram, which is in [0, 1]."""
TILT = 0.12
"""Largest part of the range by which a stream's bands are louder or softer, as records differ."""
MASKED_MELS, MASKED_FRAMES = 8, 8
"""Width of the bands and times that are masked (SpecAugment, Park et al. 2019)."""
MASK_CHANCE = 0.5
"""How often a band, or a time, is masked."""
BACKGROUND_CHANCE = 0.3
"""How often another song plays in a stream's background; records play much that none dances to."""
BACKGROUND_LEVELS = (0.15, 0.35)
"""How much quieter it is, as a share of the range of 60 dB."""
RELATIVE_SCALE = 6.0
"""Spreads of a usual band in that range."""
MOST_SOFTENED, LOST_SHARE, ACTIVATION_NOISE = 0.7, 0.15, 0.12
"""How much softer activations are made, how many are made softest, and the standard deviation of
noise on them, all at most."""
UNHEARD_CHANCE, NO_BEATS_CHANCE = 0.12, 0.35
"""How often a stream does not hear the music; is not told the beats."""
LATE_FRAMES, LATE_CHANCE = 6, 0.5
"""Where no beats are told, codes often come up to so many poses too early or too late: else they
would tell the beats, and sound need not."""


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
    told: Tensor  # (B, T, 9), what the sound alone tells: sine and cosine of the beat; the manner


class Rollout(NamedTuple):
    """A run as the generator danced it; shapes as in ``Batch``, frame 0 being the pose before."""

    keypoints: Tensor  # (B, T + 1, 18, 2)
    confidence: Tensor  # (B, T + 1, 18)
    recalled: Tensor  # (B, T, C), the codes that the ConvLSTM's state remembers after each step
    wanted: Tensor  # (B, T, C), those that it should remember
    was_told: Tensor  # (B, T), whether any was given in this window up to here
    prior: Prior
    carry: Carry


class Plan(NamedTuple):
    """All that is random about one unroll, drawn before it starts.

    Shape:
        teacher_forced: (B, T) whether the true previous pose is given, not the generator's own
        code_given: (B, T) whether the code is given though no move begins
        is_heard: (B,) whether a stream hears the sound, beats_told: (B,) is told the beats
        late: (B,) poses by which a stream's codes come late, or below 0 early
        swapped: (B,) whether a stream dances with the codes of another stream's moves
        code_source: (B,) which stream these are of
        code_noise: (B, M, C)
        pose_noise: (B, T, 18, 2)
        placement: (B, T, 3), scale and shift of the previous pose
        hidden: (B, T, 18), joints missing from the previous pose
        shift: poses by which the discriminator is shown music too late
    """

    teacher_forced: Tensor
    code_given: Tensor
    is_heard: Tensor
    beats_told: Tensor
    late: Tensor
    swapped: Tensor
    code_source: Tensor
    code_noise: Tensor
    pose_noise: Tensor
    placement: Tensor
    hidden: Tensor
    shift: int


class Unroller(nn.Module):
    """The generator danced through a run of frames; a module, so that devices can share it."""

    def __init__(self, generator: PoseGenerator) -> None:
        super().__init__()
        self.generator = generator

    def forward(
        self, batch: Batch, plan: Plan, carry: Carry | None, prior_only: bool = False
    ) -> Rollout | Prior:
        """Dance through ``batch``, on from ``carry`` or from its first pose, or only guess it."""
        model = self.generator
        codes = model.move_encoder(batch.near_plain, batch.near_moves, batch.near_progress)
        danced_codes = swap_codes(codes, codes.sample(plan.code_noise), plan)
        moves, given = given_moves(batch, plan)
        each_frame = moves[..., None].expand(-1, -1, danced_codes.shape[-1])
        wanted = danced_codes.gather(1, each_frame)  # (B, T, C)
        beats = batch.beats * plan.beats_told[:, None, None]
        told = model.listener.listen(batch.sound)
        followed = told
        if prior_only:  # whatever sounds, the body rests on the beats that are told
            followed = torch.where(plan.swapped[:, None, None], told[plan.code_source], told)
        heard = model.listener.mix(followed, beats, batch.energy, plan.is_heard)
        prior = Prior(model.prior(model.condition(heard, wanted)), codes, told.float())
        if prior_only:
            return prior

        first = Pose(batch.keypoints[:, 0], batch.confidence[:, 0])
        pose, state = (first, None) if carry is None else carry
        given[:, 0] |= carry is None
        given_codes = torch.where(given[..., None], wanted, torch.nan)
        danced, recalled = [pose], []
        for frame in range(moves.shape[1]):
            previous = disturb(given_pose(batch, plan, frame, pose), plan, frame)
            pose, state = model(previous, heard[:, frame], given_codes[:, frame], state)
            danced.append(pose)
            recalled.append(model.recall(state))
        assert state is not None
        keypoints, confidence = (torch.stack(parts, 1) for parts in zip(*danced, strict=True))
        remembered = torch.stack(recalled, 1)
        was_told = given.cumsum(1) > 0
        return Rollout(
            keypoints, confidence, remembered, wanted, was_told, prior, Carry(pose, state)
        )


def given_moves(batch: Batch, plan: Plan) -> tuple[Tensor, Tensor]:
    """Return which move's code each frame has, (B, T), and whether it is given there, (B, T)."""
    frames = torch.arange(batch.moves.shape[1], device=batch.moves.device)
    places = MARGIN + frames - plan.late[:, None]
    moves = batch.near_moves.gather(1, places)
    begins = batch.near_moves.gather(1, places - GIVEN_FRAMES) != moves
    return moves, begins | plan.code_given


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
    """Draw the plan of training step ``step``.

    What a stream hears and is told, and how late, stays the same through the windows of a run.
    """
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
    in_time = torch.Generator().manual_seed(config.seed + 2**40 + step // config.windows_per_run)
    is_heard = torch.rand(size, generator=in_time) >= UNHEARD_CHANCE
    beats_told = torch.rand(size, generator=in_time) >= NO_BEATS_CHANCE
    late = torch.randint(-LATE_FRAMES, LATE_FRAMES + 1, (size,), generator=in_time)
    is_late = torch.rand(size, generator=in_time) < LATE_CHANCE
    plan = Plan(
        teacher_forced=teacher_forced & ~swapped[:, None],
        code_given=torch.rand(size, frames, generator=rng) < forced_share,
        is_heard=is_heard,
        beats_told=beats_told,
        late=late * is_late * ~beats_told,
        swapped=swapped,
        code_source=(torch.arange(size) + offset) % size,
        code_noise=torch.randn(size, num_moves, noise_channels, generator=rng),
        pose_noise=amplitude * torch.randn(size, frames, NUM_JOINTS, 2, generator=rng),
        placement=CROP_SPREAD * torch.randn(size, frames, 3, generator=rng) * cropped,
        hidden=(torch.rand(size, frames, NUM_JOINTS, generator=rng) < MISSING_SHARE) | hidden,
        shift=int(torch.randint(3, frames - 3, (1,), generator=rng)),
    )
    tensors = {name: part for name, part in plan._asdict().items() if isinstance(part, Tensor)}
    return plan._replace(**{name: part.to(batch.beats.device) for name, part in tensors.items()})


def disturb(pose: Pose, plan: Plan, frame: int) -> Pose:
    """Scale, shift and jitter the previous pose and hide joints of it.

    The generator's own poses are never perfect; trained on disturbed ones it corrects errors
    instead of adding to them.
    """
    scale, shift = plan.placement[:, frame, :1], plan.placement[:, frame, 1:]
    placed = (pose.keypoints - 0.5) * (1 + scale[..., None]) + 0.5 + shift[:, None]
    return Pose(placed + plan.pose_noise[:, frame], pose.confidence * ~plan.hidden[:, frame])


def augment_music(batch: Batch, rng: torch.Generator) -> Batch:
    """Disturb what is heard: another song in the background, noise, another balance of the bands,
    and masked times and bands."""
    sound = with_background(batch.sound, rng)
    size, frames, _ = sound.shape
    level, relative, activation = sound.split([NUM_MELS, NUM_MELS, NUM_ACTIVATIONS], dim=-1)
    ends = TILT * (2 * torch.rand(size, 2, generator=rng) - 1).to(sound)
    slope = torch.linspace(0, 1, NUM_MELS, device=sound.device)
    tilt = ends[:, :1] + (ends[:, 1:] - ends[:, :1]) * slope  # (B, 64)
    noise = MUSIC_NOISE * torch.randn(level.shape, generator=rng).to(sound)
    level += (tilt[:, None] + noise) * (level > 0)  # silence stays silence
    for index in range(size):
        band = int(torch.randint(NUM_MELS - MASKED_MELS, (1,), generator=rng))
        first = int(torch.randint(frames - MASKED_FRAMES, (1,), generator=rng))
        chance = torch.rand(2, generator=rng)
        for part in (level[index], relative[index]):
            usual = part.mean(0)
            if chance[0] < MASK_CHANCE:
                part[:, band : band + MASKED_MELS] = usual[band : band + MASKED_MELS]
            if chance[1] < MASK_CHANCE:
                part[first : first + MASKED_FRAMES] = usual
    level.clamp_(0, 1)
    blur_activation(activation, rng)
    return batch._replace(sound=sound)


def blur_activation(activation: Tensor, rng: torch.Generator) -> None:
    """Let beats be heard less clearly, as they are on records: softer, amid others, some not."""
    size, frames, _ = activation.shape
    strength, lost, noise = torch.rand(3, size, 1, 1, generator=rng).to(activation)
    missing = torch.rand(size, frames, 1, generator=rng).to(activation) < LOST_SHARE * lost
    activation *= torch.where(missing, 1 - MOST_SOFTENED, 1 - MOST_SOFTENED * strength)
    sounds = (activation > 0).any(1, keepdim=True)
    among = torch.randn(activation.shape, generator=rng).to(activation)
    activation += ACTIVATION_NOISE * noise * among * sounds
    activation.clamp_(0, 1)


def with_background(sound: Tensor, rng: torch.Generator) -> Tensor:
    """Let another stream's song play in the background of some songs that sound, (B, S, 130)."""
    size = len(sound)
    low, high = BACKGROUND_LEVELS
    quieter = low + (high - low) * torch.rand(size, 1, 1, generator=rng)
    chosen = torch.rand(size, 1, 1, generator=rng) < BACKGROUND_CHANCE
    scale = torch.ones(NUM_SOUND_CHANNELS)
    scale[NUM_MELS : 2 * NUM_MELS] = RELATIVE_SCALE
    scale[2 * NUM_MELS :] = torch.inf  # its beats are not heard as such
    background = sound.roll(1, 0) - (quieter * scale).to(sound)
    sounds = (sound[..., :NUM_MELS] > 0).any(-1).any(-1)[:, None, None]
    return torch.where(chosen.to(sounds.device) & sounds, sound.maximum(background), sound)
