"""The picture networks: shapes, what each one looks at, even upsampling, saving and loading."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from checkpoints.store import load_model
from music2pose.pose import JOINT
from pose2video.learned.discriminator import PictureDiscriminator, PictureDiscriminatorConfig
from pose2video.learned.generator import NETWORKS, PICTURE_PRESETS, PictureGenerator
from pose2video.learned.networks import (
    BilinearUpBlock,
    GeneratorInput,
    NetworkConfig,
    PictureNetwork,
    VectorGenerator,
)
from pose2video.learned.renderer import paint_poses
from pose2video.learned.spade import SpadeBlock, condition_maps
from pose2video.retarget import measure_build
from tests.pose2video.made_performer import dancing

TINY = PICTURE_PRESETS["tiny"]


def generator(kind: str, **changes: object) -> PictureGenerator:
    torch.manual_seed(0)
    return PictureGenerator(replace(TINY, kind=kind, **changes)).eval()


def shown(num_poses: int = 2, seed: int = 0, **others: Tensor) -> GeneratorInput:
    poses = dancing(num_poses * 10, seed=seed)
    keypoints, confidence = poses.keypoints[::10], poses.confidence[::10]
    code = torch.zeros(num_poses, TINY.code_channels)
    given = GeneratorInput(torch.tensor(keypoints), torch.tensor(confidence), code=code)
    return given._replace(**others)


@pytest.fixture(params=NETWORKS)
def kind(request) -> str:
    return request.param


@pytest.mark.parametrize("size", [64, 96])
def test_pictures_have_the_configured_size_and_range(kind, size):
    if kind == "vector" and size % 64:
        size = 128
    pictures = generator(kind, size=size)(shown()).pictures
    assert pictures.shape == (2, 3, size, size)
    assert pictures.abs().max() <= 1


def test_a_pose_moves_the_picture_as_other_weights_do(kind):
    network, given = generator(kind), shown()
    pictures = network(given).pictures
    torch.manual_seed(1)
    others = PictureGenerator(network.config).eval()(given).pictures
    change = (pictures[0] - pictures[1]).abs().mean()
    assert change > SHARES[kind] * (pictures - others).abs().mean()


SHARES = {"vector": 0.1, "vanilla": 0.03, "gan": 0.3, "spade": 0.15}
"""How much another pose moves the picture of an untrained network, at least, against what another
network would paint; a network that does not look at the pose would have nothing."""


def test_a_joint_that_is_not_seen_may_be_anywhere(kind):
    network, given = generator(kind), shown()
    elbow = JOINT["right_elbow"]
    hidden, far = given.confidence.clone(), given.keypoints.clone()
    hidden[:, elbow] = 0
    far[:, elbow] = torch.tensor([0.9, 0.1])
    here = network(given._replace(confidence=hidden)).pictures
    there = network(given._replace(confidence=hidden, keypoints=far)).pictures
    assert torch.equal(here, there)
    poses = network(given).pictures
    assert (here - poses).abs().mean() > 0.05 * (poses[0] - poses[1]).abs().mean()


def test_a_pose_is_painted_alike_alone_and_among_others(kind):
    network, both = generator(kind), shown()
    alone = network(GeneratorInput(*(None if x is None else x[:1] for x in both))).pictures
    assert torch.allclose(network(both).pictures[:1], alone, atol=1e-4)


def test_only_the_gan_looks_at_the_frame_before(kind):
    """It moves the picture about as much as another pose does."""
    network = generator(kind)
    before = 2 * torch.rand(2, 3, 64, 64) - 1
    plain = network(shown()).pictures
    change = (network(shown(previous=before)).pictures - plain).abs().mean()
    assert network.uses_previous == (kind == "gan")
    if kind == "gan":
        assert change > 0.3 * (plain[0] - plain[1]).abs().mean()
    else:
        assert change == 0


def test_where_nothing_covers_it_the_backdrop_shows():
    network = generator("vanilla")
    network.backdrop.copy_(torch.rand(1, 3, 64, 64))
    network.network.tail.head.weight.data.zero_()
    network.network.tail.head.bias.data[3] = -20
    assert torch.allclose(network(shown()).pictures, network.backdrop, atol=1e-4)


def test_without_a_backdrop_nothing_is_kept_of_one():
    network = generator("gan", has_backdrop=False)
    assert "backdrop" not in network.state_dict()
    assert network(shown()).pictures.shape == (2, 3, 64, 64)


def test_vanilla_can_do_without_skips_and_attention():
    plain = generator("vanilla", has_skips=False, has_attention=False)
    full = generator("vanilla")
    assert plain(shown()).pictures.shape == (2, 3, 64, 64)
    assert sum(p.numel() for p in plain.parameters()) < sum(p.numel() for p in full.parameters())


def test_spade_takes_its_look_from_a_code_or_a_picture():
    network = generator("spade")
    network.network.start.weight.data *= 20
    plain = network(shown()).pictures
    coded = network(shown(code=torch.ones(2, TINY.code_channels))).pictures
    assert (coded - plain).abs().mean() > 0.5 * (plain[0] - plain[1]).abs().mean()
    reference = torch.rand(2, 3, 64, 64)
    painted = network(shown(code=None, reference=reference))
    assert painted.style is not None
    expected = network(shown(code=network.encode_style(reference))).pictures
    assert torch.allclose(painted.pictures, expected, atol=1e-5)
    with pytest.raises(ValueError, match="code"):
        network(shown(code=None))


def test_spade_draws_a_code_around_the_look_of_a_picture():
    network = generator("spade")
    reference, noise = torch.rand(2, 3, 64, 64), torch.randn(2, TINY.code_channels)
    look = network.network.style(reference)
    assert torch.equal(network.encode_style(reference), look.mean)
    code = look.mean + (0.5 * look.log_variance).exp() * noise
    drawn = network(shown(code=None, reference=reference, code_noise=noise)).pictures
    assert torch.allclose(drawn, network(shown(code=code)).pictures, atol=1e-6)


def test_every_layer_of_spade_hears_the_look_and_the_pose():
    """A block that begins from the same grid makes something else of it."""
    torch.manual_seed(0)
    block = SpadeBlock(8, 8, 16, TINY.code_channels).eval()
    for norm in (block.norm1, block.norm2):
        norm.modulation.weight.data *= 10  # as training makes them
    x, given = torch.randn(2, 8, 16, 16), shown()
    condition, code = condition_maps(given, 16), torch.randn(2, TINY.code_channels)
    plain = block(x, condition, code)
    fresh = SpadeBlock(8, 8, 16, TINY.code_channels).eval()(x, condition, code)
    for other in (block(x, condition.flip(0), code), block(x, condition, code.flip(0))):
        assert (other - plain).abs().mean() > 0.03 * (fresh - plain).abs().mean()


def test_spade_obeys_a_mask_that_is_given():
    """The mask is the last map, as large as the layer."""
    mask = torch.zeros(2, 1, 64, 64)
    mask[:, :, 16:32, 32:48] = 1
    maps = condition_maps(shown(mask=mask), 16)
    assert torch.equal(maps[:, -1:, 4:8, 8:12], torch.ones(2, 1, 4, 4))
    assert maps[:, -1].sum() == 2 * 16
    guessed = condition_maps(shown(), 16)
    assert torch.equal(guessed[:, :-1], maps[:, :-1])
    column, row = (shown().keypoints[0, JOINT["right_knee"]] * 16).long().tolist()
    assert guessed[0, -1, row, column] > 0.5
    network = generator("spade")
    poses = network(shown()).pictures
    change = (network(shown(mask=mask)).pictures - poses).abs().mean()
    assert change > 0.05 * (poses[0] - poses[1]).abs().mean()


def test_upsampling_leaves_no_checkerboard():
    """A flat input stays flat wherever the border is far."""
    torch.manual_seed(0)
    up = BilinearUpBlock(8, 0, 8)
    flat = up(torch.ones(1, 8, 8, 8))[..., 4:-4, 4:-4]
    assert flat.std(dim=(2, 3)).max() < 1e-5
    layer = VectorGenerator(replace(TINY, kind="vector")).layers[0][0]
    taps = torch.nn.functional.conv_transpose2d(
        torch.ones(1, 1, 8, 8), torch.ones(1, 1, *layer.kernel_size), stride=2, padding=1
    )
    assert taps[..., 2:-2, 2:-2].std() == 0


def test_a_network_and_its_performer_survive_saving(kind, tmp_path):
    build = measure_build(dancing(20))
    network = generator(kind, build=build)
    network.save_pretrained(tmp_path)
    loaded = load_model(PictureGenerator, tmp_path)
    assert loaded.config == network.config
    assert torch.equal(loaded(shown()).pictures, network(shown()).pictures)


class MeanGenerator(PictureNetwork):
    """A kind of its own: the frame before, faded by how much of the body is seen."""

    size_multiple = 16
    uses_previous = True

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.head = torch.nn.Conv2d(3, 4, 1)
        self.size = config.size

    def forward(self, given: GeneratorInput) -> tuple[Tensor, None]:
        previous = given.previous
        if previous is None:
            previous = given.keypoints.new_zeros(len(given.keypoints), 3, self.size, self.size)
        return self.head(previous + given.confidence.mean(1)[:, None, None, None]), None


def test_a_new_kind_is_a_class_and_a_line_in_the_table(monkeypatch, tmp_path):
    monkeypatch.setitem(NETWORKS, "mean", MeanGenerator)
    network = generator("mean", size=80)
    assert network.uses_previous
    pictures = list(paint_poses(network, dancing(3)))
    assert [picture.shape for picture in pictures] == [(80, 80, 3)] * 3
    assert "codes" not in network.state_dict()
    network.save_pretrained(tmp_path)
    assert load_model(PictureGenerator, tmp_path).config == network.config
    with pytest.raises(ValueError, match=r"mean learns one performer, not 2; .* by spade"):
        generator("mean", size=80, num_looks=2)


def test_nonsense_is_refused():
    for wrong in ({"kind": "oil"}, {"size": 100}, {"size": 32}, {"width": 12},
                  {"kind": "vector", "size": 96}):  # fmt: skip
        with pytest.raises(ValueError, match=r"kind|size|width"):
            replace(TINY, **wrong)


def test_the_discriminator_judges_patches_beside_their_condition_at_each_scale():
    torch.manual_seed(0)
    config = PictureDiscriminatorConfig(width=8, num_scales=2)
    whole = PictureDiscriminator(config).whole
    pictures, condition = torch.rand(2, 2, 3, 64, 64).unbind()
    outputs = whole(torch.cat([pictures, condition], dim=1))
    assert [tuple(output.logits.shape) for output in outputs] == [(2, 1, 8, 8), (2, 1, 4, 4)]
    assert [len(output.feature_maps) for output in outputs] == [3, 3]
    others = whole(torch.cat([pictures, condition.flip(0)], dim=1))
    of_pictures = whole(torch.cat([pictures.flip(0), condition], dim=1))
    for other, output, painted in zip(others, outputs, of_pictures, strict=True):
        change = (other.logits - output.logits).abs().mean()
        assert change > 0.3 * (painted.logits - output.logits).abs().mean()
