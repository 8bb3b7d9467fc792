"""The mean of two trainings' weights is the mean of every number."""

import torch

from benchmarks.mean_weights import mean_of
from music2pose.generator import POSE_PRESETS, PoseGenerator


def test_every_number_is_between_those_of_both():
    torch.manual_seed(0)
    one, other = (PoseGenerator(POSE_PRESETS["tiny"]) for _ in range(2))
    one.phrases.normal_()
    one.phrase_family.fill_(3)
    before = {name: value.clone() for name, value in one.state_dict().items()}
    mean = mean_of(one, other).state_dict()
    for name, value in other.state_dict().items():
        if value.is_floating_point():
            assert torch.allclose(mean[name], (before[name] + value) / 2, atol=1e-6), name
    assert (mean["phrase_family"] == 3).all()
