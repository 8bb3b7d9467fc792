"""Settings of trainings name what is in modules that they do not load."""

import subprocess
import sys

from music2pose.generator import POSE_PRESETS
from music2pose.losses import OBJECTIVES
from music2pose.train_settings import OBJECTIVE_NAMES
from pipelines.training_settings import ESTIMATOR_PRESET_NAMES, PRESET_NAMES
from pose2video.learned.generator import PICTURE_PRESETS
from pose2video.nadsnet.estimator import ESTIMATOR_PRESETS


def test_the_names_that_are_offered_are_those_that_there_are():
    assert tuple(OBJECTIVES) == OBJECTIVE_NAMES
    assert tuple(POSE_PRESETS) == tuple(PICTURE_PRESETS) == PRESET_NAMES
    assert tuple(ESTIMATOR_PRESETS) == ESTIMATOR_PRESET_NAMES


def test_settings_load_no_networks():
    code = "import sys, pipelines.training_settings; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
