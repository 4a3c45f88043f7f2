from __future__ import annotations

import optuna

from searching import SPACE, quality
from stagewright.stages.sweep import Search
from stagewright_plugins.sweep.sampler._tpe import KnownSpace
from stagewright_plugins.sweep.sampler.tpe import tpe
from stagewright_plugins.sweeping.drawing import drawn
from stagewright_plugins.sweeping.quiet import quiet


def test_the_known_space_is_the_one_that_optuna_would_find():
    with quiet():
        study = optuna.create_study(direction="maximize")
        study.optimize(lambda trial: quality(drawn(trial, SPACE)), n_trials=5)
        ours = tpe(Search(SPACE, ("maximize",), 25, 1))
        found = optuna.samplers.TPESampler().infer_relative_search_space(study, study.trials[-1])
    assert isinstance(ours, KnownSpace)
    assert ours.infer_relative_search_space(study, study.trials[-1]) == found
    assert len(found) == len(SPACE)
