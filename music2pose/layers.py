"""Building blocks of the pose generator."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

State = tuple[Tensor, Tensor]  # hidden h and cell c, each (B, C_hidden, H, W)

LEAK = 0.2
CLOSED = 6.0
"""Logit of a gate that lets 1/400 pass."""
CODE_GAIN = 0.25
"""How strongly codes are written into cells, where tanh is nearly straight."""


def initialise(module: nn.Module) -> None:
    """Draw weights that keep the strength of a signal through LeakyReLUs (He et al. 2015).

    PyTorch's own draw loses more than half of it at every layer: after ten layers the music would
    hardly reach the pose.
    """
    if isinstance(module, nn.Conv1d | nn.Conv2d | nn.Linear):
        nn.init.kaiming_normal_(module.weight, a=LEAK)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


class ConvLSTMCell(nn.Module):
    """One step of an LSTM whose state is an image, so each joint keeps its place (Shi et al. 2015).

    Condition and code are the same everywhere in the image, so they enter the gates as a bias.

    Shape:
        x: (B, C_in, H, W)
        condition: (B, C_condition)
        code: (B, C_code), to be remembered; NaN where there is none
        state: (h, c), each (B, C_hidden, H, W)
        returns: the next (h, c)
    """

    def __init__(
        self, in_channels: int, hidden_channels: int, condition_channels: int, code_channels: int
    ) -> None:
        super().__init__()
        self.hidden_channels = hidden_channels
        self.gates = nn.Conv2d(in_channels + hidden_channels, 4 * hidden_channels, 3, padding=1)
        self.condition = nn.Linear(condition_channels, 4 * hidden_channels, bias=False)
        self.code = nn.Linear(code_channels + 1, 4 * hidden_channels, bias=False)

    @torch.no_grad()
    def start_to_remember(self, channels: int) -> None:
        """Let the first channels keep a code of as many, as long as nothing else is learned.

        Their gates are closed until a code comes, which then takes the place of what they held.
        The others forget nothing until they learn to (Jozefowicz et al. 2015).
        """
        assert self.gates.bias is not None
        i, f, _, g = (
            slice(n * self.hidden_channels, (n + 1) * self.hidden_channels) for n in range(4)
        )
        nn.init.ones_(self.gates.bias[f])
        self.code.weight.zero_()
        for gate, is_open in ((i, 1.0), (f, -1.0), (g, 0.0)):
            own = slice(gate.start, gate.start + channels)
            self.gates.weight[own] = 0
            self.condition.weight[own] = 0
            self.gates.bias[own] = -is_open * CLOSED
            self.code.weight[own, -1] = 2 * is_open * CLOSED
        written = nn.init.orthogonal_(self.code.weight.new_empty(channels, channels))
        self.code.weight[g][:channels, :-1] = CODE_GAIN * written

    def reading_of_codes(self) -> dict[str, Tensor]:
        """Return weight and bias of a layer that reads the code off the mean of the cells, (B, C).

        As long as nothing else is learned it is right to a few percent.
        """
        written = self.code.weight[3 * self.hidden_channels :, :-1].detach()
        return {
            "weight": written.T / CODE_GAIN**2,
            "bias": written.new_zeros(written.shape[1]),
        }

    def forward(self, x: Tensor, condition: Tensor, code: Tensor, state: State) -> State:
        h, c = state
        is_given = (~code[:, :1].isnan()).to(x.dtype)
        told = torch.cat([code.nan_to_num().to(x.dtype), is_given], dim=1)
        gates = self.gates(torch.cat([x, h.to(x.dtype)], dim=1))
        gates = gates + (self.condition(condition) + self.code(told))[:, :, None, None]
        i, f, o, g = gates.float().chunk(4, dim=1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
        return h, c

    def initial_state(self, batch: int, size: int) -> State:
        """Return zeros (B, C_hidden, size, size), always float32: nothing is remembered."""
        device = self.gates.weight.device
        zeros = torch.zeros(batch, self.hidden_channels, size, size, device=device)
        return zeros, zeros


class ResidualBlock(nn.Module):
    """Two convolutions beside an identity; ``dilation`` above 1 widens what they see.

    Shape:
        x, returns: (B, C, H, W)
    """

    def __init__(self, channels: int, dilation: int = 1) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(4, channels)
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=dilation, dilation=dilation)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        h = F.leaky_relu(self.conv1(F.leaky_relu(self.norm(x), LEAK)), LEAK)
        return x + self.conv2(h)


class DownBlock(nn.Module):
    """Halve the image: strided convolution, LeakyReLU, residual block.

    Shape:
        x: (B, C_in, H, W)
        returns: (B, C_out, H / 2, W / 2)
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, 4, stride=2, padding=1)
        self.residual = ResidualBlock(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.residual(F.leaky_relu(self.conv(x), LEAK))


class UpBlock(nn.Module):
    """Double the image by pixel shuffle (Shi et al. 2016), steered by the condition.

    The condition scales and shifts every channel (FiLM, Perez et al. 2018).

    Shape:
        x: (B, C_in, H, W)
        condition: (B, C_condition)
        returns: (B, C_out, 2 H, 2 W)
    """

    def __init__(
        self, in_channels: int, out_channels: int, condition_channels: int, dropout: float
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, 4 * out_channels, 3, padding=1)
        self.shuffle = nn.PixelShuffle(2)
        self.dropout = nn.Dropout2d(dropout)
        self.film = nn.Linear(condition_channels, 2 * out_channels)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        x = self.dropout(self.shuffle(self.conv(x)))
        scale, shift = self.film(condition)[:, :, None, None].chunk(2, dim=1)
        return F.leaky_relu(x * (1 + scale) + shift, LEAK)


class SelfAttention(nn.Module):
    """Let every place look at every other one; starts as the identity (SAGAN, Zhang et al. 2019).

    Shape:
        x, returns: (B, C, H, W)
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(4, channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.gain = nn.Parameter(torch.zeros(1))

    def forward(self, x: Tensor) -> Tensor:
        places = self.qkv(self.norm(x)).flatten(2).transpose(1, 2)  # (B, H * W, 3 C)
        attended = F.scaled_dot_product_attention(*places.chunk(3, dim=-1))
        return x + self.gain * attended.transpose(1, 2).reshape(x.shape)


class SpatialAttention(nn.Module):
    """Weigh every place by its mean and largest channel (CBAM, Woo et al. 2018).

    Shape:
        x, returns: (B, C, H, W)
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 1, 7, padding=3)

    def forward(self, x: Tensor) -> Tensor:
        summary = torch.cat([x.mean(1, keepdim=True), x.amax(1, keepdim=True)], dim=1)
        return x * (2 * self.conv(summary).sigmoid())
