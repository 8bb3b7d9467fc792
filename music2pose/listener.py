"""What the dancer hears at each moment: sound, beats, and how wildly it is asked to dance."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from music2pose.conditioning import NUM_ACTIVATIONS, NUM_BEAT_CHANNELS
from music2pose.hearing.features import NUM_MELS
from music2pose.layers import LEAK, initialise

POSE_STRIDE = 2
"""The generator takes every second feature frame; poses in between are interpolated."""
FIRST_KERNEL = 7
DILATIONS = (1, 2, 4, 8, 16, 32)
NUM_PHASES, NUM_HARMONICS = 3, 4
"""Of beat, bar and move; a series of so many sines and cosines (Fourier) draws what is danced in a
move, rests on its beats included, where a first alone is too round."""
NUM_MANNERS = 7
"""How the music asks to be danced, see ``music2pose.data.manner.Manner.channels``."""
PULSE_CHANNELS = 48
UNSURE = 0.1
"""A pulse, of length 1 where it is sure, that counts as much less where it is shorter than this."""
SOUND_REACH = FIRST_KERNEL // 2 + POSE_STRIDE * sum(DILATIONS)
"""Feature frames before and after a pose whose sound reaches it: 129, 5.2 s."""


def with_harmonics(beats: Tensor) -> Tensor:
    """Append sines and cosines of 2 to 4 times the phases of beat, bar and move.

    Shape:
        beats: (..., 8), see ``conditioning.beat_channels``; zeros stay zeros
        returns: (..., 26)

    >>> beats = torch.tensor([0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.5, 1.0])  # a quarter of the move
    >>> with_harmonics(beats)[8:].view(3, 3, 2)[:, 2].int().tolist()
    [[0, -1], [-1, 0], [0, 1]]
    """
    sine, cosine = beats[..., : 2 * NUM_PHASES].unflatten(-1, (NUM_PHASES, 2)).unbind(-1)
    first = turned = torch.complex(cosine, sine)
    higher = []
    for _ in range(NUM_HARMONICS - 1):
        turned = turned * first
        higher.append(torch.stack([turned.imag, turned.real], dim=-1).flatten(-2))
    return torch.cat([beats, *higher], dim=-1)


def knows_beats(beats: Tensor) -> Tensor:
    """Return where beats are told, (..., 8) -> (..., 1): they are zeros elsewhere."""
    return beats[..., :2].square().sum(-1, keepdim=True) > 0.5


def clock(told: Tensor, beats: Tensor) -> Tensor:
    """Return the phase of the beat that is danced to: as told, or else the pulse of the sound.

    Shape:
        told: (..., 9), from ``Listener.listen``
        beats: (..., 8), zeros where none are told
        returns: (..., 2), sine and cosine, about zero where there is no pulse
    """
    pulse = told[..., :2]
    pulse = pulse / (pulse.square().sum(-1, keepdim=True) + UNSURE**2).sqrt()
    return torch.where(knows_beats(beats), beats[..., :2], pulse)


class SoundBlock(nn.Module):
    """A dilated convolution over time beside an identity; its ends are cut off.

    Shape:
        x: (B, C, T)
        returns: (B, C, T - 2 dilation)
    """

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.dilation = dilation
        self.conv = nn.Conv1d(channels, channels, 3, dilation=dilation)
        self.mix = nn.Conv1d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = self.mix(F.leaky_relu(self.conv(x), LEAK))
        return x[..., self.dilation : -self.dilation] + h


class Ear(nn.Module):
    """Dilated convolutions over time (TCN, Davies & Boeck 2019) that tell something of a sound.

    Shape:
        x: (B, S, C_in) at the feature rate, ``SOUND_REACH`` frames before the first pose to as
            many after the last
        returns: (B, T, C_out)
    """

    def __init__(self, in_channels: int, channels: int, out_channels: int) -> None:
        super().__init__()
        self.first = nn.Conv1d(in_channels, channels, FIRST_KERNEL, stride=POSE_STRIDE)
        blocks = [SoundBlock(channels, dilation) for dilation in DILATIONS]
        self.blocks = nn.ModuleList(blocks)
        self.told = nn.Linear(channels, out_channels)
        self.apply(initialise)
        for block in blocks:
            nn.init.zeros_(block.mix.weight)

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x.transpose(1, 2))
        for block in self.blocks:
            x = block(x)
        return self.told(F.leaky_relu(x, LEAK).transpose(1, 2))


class Listener(nn.Module):
    """Hear a run of frames.

    Shape:
        sound: (B, S, 130) at the feature rate, ``SOUND_REACH`` frames before the first pose to as
            many after the last
        beats: (B, T, 8), energy: (B, T)
        returns: (B, T, C)
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.pulse_ear = Ear(NUM_ACTIVATIONS, PULSE_CHANNELS, 2)
        self.manner_ear = Ear(2 * NUM_MELS, channels, NUM_MANNERS)
        higher = 2 * NUM_PHASES * (NUM_HARMONICS - 1)
        self.beats = nn.Linear(NUM_BEAT_CHANNELS + higher, channels)
        self.manner = nn.Linear(NUM_MANNERS, channels)
        self.energy = nn.Linear(1, channels)
        self.unheard = nn.Parameter(torch.zeros(channels))
        for layer in (self.beats, self.manner, self.energy):
            initialise(layer)

    def forward(self, sound: Tensor, beats: Tensor, energy: Tensor) -> Tensor:
        return self.mix(self.listen(sound), beats, energy)

    def listen(self, sound: Tensor) -> Tensor:
        """Return what the sound alone tells at each pose: its pulse and how it asks to be danced.

        The pulse is read off the activations, which hold for records as for synthesised songs.

        Shape:
            sound: (B, S, 130)
            returns: (B, T, 9), sine and cosine of the beat's phase, shorter where it is unsure, and
                the manner
        """
        level, relative, activation = sound.split([NUM_MELS, NUM_MELS, NUM_ACTIVATIONS], dim=-1)
        manner = self.manner_ear(torch.cat([2 * level - 1, relative / 2], dim=-1))
        return torch.cat([self.pulse_ear(2 * activation), manner], dim=-1)

    def mix(
        self, told: Tensor, beats: Tensor, energy: Tensor, is_heard: Tensor | None = None
    ) -> Tensor:
        """Return what is heard and asked together.

        Of the sound no more gets on than how it asks to be danced, and where no beats are known its
        pulse in place of their phase: what else records hold would only disturb.

        Args:
            is_heard: (B,) bool, which streams hear their sound; by default each does.

        Shape:
            told: (B, T, 9), from ``listen``
            returns: (B, T, C)
        """
        heard = self.manner(told[..., 2:])
        if is_heard is not None:
            heard = torch.where(is_heard[:, None, None], heard, self.unheard.to(heard.dtype))
            told = told * is_heard[:, None, None]
        beats = torch.cat([clock(told, beats), beats[..., 2:]], -1)
        return heard + self.beats(with_harmonics(beats)) + self.energy(energy[..., None])

    def unheard_mix(self, energy: Tensor) -> Tensor:
        """Return what is asked where neither sound nor beats are heard: (B, T) -> (B, T, C)."""
        assert self.beats.bias is not None
        return self.unheard + self.beats.bias + self.energy(energy[..., None])
