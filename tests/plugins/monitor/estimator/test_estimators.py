"""Estimates without labels: near the truth under covariate shift, with bands that hold what they say."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from stagewright.stages.monitor import EstimatorInputs
from stagewright_plugins.monitor.estimator.cbpe import cbpe
from stagewright_plugins.monitor.estimator.dle import dle
from stagewright_plugins.monitoring.calibration import expected, realised


def requests(seed, rows, move=0.0, sharpen=1.0):
    """Two classes; `sharpen` makes the model more confident than it should be."""
    random = np.random.default_rng(seed)
    x = random.normal(move, 1, rows)
    truth = (random.random(rows) < 1 / (1 + np.exp(-2 * x))).astype(int)
    score = 1 / (1 + np.exp(-2 * sharpen * x))
    frame = {"x": x, "output.probability.a": 1 - score, "output.probability.b": score, "target": truth}
    return pd.DataFrame(
        frame | {"output.label": (score > 0.5).astype(int), "value.loss": (truth - score) ** 2}
    )


def by_metric(estimates):
    return {item.metric: item for item in estimates}


def unlabelled(frame):
    return frame.drop(columns=["target", "value.loss"])


def truth_of(frame):
    accuracy = (frame["target"] == frame["output.label"]).mean()
    return {"accuracy": accuracy, "auroc": roc_auc_score(frame["target"], frame["output.probability.b"])}


@pytest.mark.parametrize("move", [0.0, 0.7])
def test_cbpe_follows_covariate_shift_of_an_overconfident_model(move):
    reference, window = requests(1, 4000, sharpen=3.0), requests(2, 4000, move, sharpen=3.0)
    found = by_metric(cbpe(EstimatorInputs(reference, unlabelled(window), 0)))
    for name, value in truth_of(window).items():
        assert found[name].value == pytest.approx(value, abs=0.025)
        assert found[name].low < found[name].value < found[name].high


def test_cbpe_bands_cover():
    reference = requests(1, 2000)
    inside = []
    for seed in range(40):
        window = requests(100 + seed, 400)
        (one,) = cbpe(EstimatorInputs(reference, unlabelled(window), seed), metrics=["accuracy"])
        inside.append(one.low <= truth_of(window)["accuracy"] <= one.high)
        assert one.coverage >= 0.6
    assert np.mean(inside) >= 0.85


def test_cbpe_says_nothing_where_it_cannot_know():
    reference, window = requests(1, 500), unlabelled(requests(2, 100))
    assert cbpe(EstimatorInputs(reference.iloc[:50], window, 0)) == []
    assert cbpe(EstimatorInputs(reference.drop(columns="target"), window, 0)) == []
    assert cbpe(EstimatorInputs(reference.assign(target=1), window, 0)) == []
    assert cbpe(EstimatorInputs(reference, window.drop(columns="output.label"), 0)) == []


def test_expected_metrics_with_certain_truth_are_the_metrics():
    frame = requests(3, 700)
    scores = frame[["output.probability.a", "output.probability.b"]].to_numpy()
    target, answers = frame["target"].to_numpy(), frame["output.label"].to_numpy()
    assert realised("auroc", target, answers, scores) == pytest.approx(roc_auc_score(target, scores[:, 1]))
    assert realised("accuracy", target, answers, scores) == pytest.approx((target == answers).mean())
    certain = np.eye(2)[target]
    from sklearn.metrics import f1_score

    assert expected("f1", certain, answers, scores) == pytest.approx(
        f1_score(target, answers, average="macro")
    )


def test_dle_estimates_any_metric_of_a_request():
    reference, window = requests(1, 3000), requests(2, 1500, move=1.0)
    (one,) = dle(EstimatorInputs(reference, unlabelled(window), 0), metrics=["loss"])
    truth = window["value.loss"].mean()
    assert one.value == pytest.approx(truth, abs=0.02)
    assert abs(reference["value.loss"].mean() - truth) > 0.02  # the reference itself is a worse answer
    assert one.low <= truth <= one.high
    assert one.coverage is not None


def test_dle_says_nothing_of_few_labels():
    reference, window = requests(1, 60), unlabelled(requests(2, 100))
    assert dle(EstimatorInputs(reference, window, 0)) == []
