"""Detectors: what they find, what they leave alone, and how often they cry wolf."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from stagewright.stages.monitor import DetectorInputs, Finding
from stagewright_plugins.monitor.detector.categorical import categorical
from stagewright_plugins.monitor.detector.domain_classifier import domain_classifier
from stagewright_plugins.monitor.detector.mmd import mmd
from stagewright_plugins.monitor.detector.numeric import numeric
from stagewright_plugins.monitor.detector.prediction import prediction
from stagewright_plugins.monitor.detector.rules import rules
from stagewright_plugins.monitoring import shift
from stagewright_plugins.monitoring.correction import corrected


def frame(seed, rows, columns=4, move=0.0):
    values = np.random.default_rng(seed).normal(size=(rows, columns))
    values[:, 0] += move
    return pd.DataFrame(values, columns=[f"c{i}" for i in range(columns)])


def asked(reference, window, seed=0):
    return DetectorInputs(reference, window, 0.05, seed)


def found(findings):
    return {(item.detector, item.column) for item in findings if item.drifted}


@pytest.mark.parametrize(("n", "m"), [(200, 300), (1000, 77), (500, 500), (50, 4000)])
def test_statistics_are_those_of_scipy(n, m):
    one, other = np.sort(frame(1, n)["c0"].to_numpy()), np.sort(frame(2, m, move=0.3)["c0"].to_numpy())
    own = shift.numeric_shift(one, other)
    shape = stats.ks_2samp(one, other, method="asymp")
    level = stats.mannwhitneyu(one, other, method="asymptotic")
    assert own.statistic == pytest.approx(shape.statistic)
    assert own.p_value == pytest.approx(min(1, 2 * min(shape.pvalue, level.pvalue)))
    assert own.effect == pytest.approx(stats.wasserstein_distance(one, other) / one.std())


def test_large_samples_are_compared_nearly_exactly():
    one, other = (
        np.sort(frame(1, 150_000)["c0"].to_numpy()),
        np.sort(frame(2, 90_000, move=0.05)["c0"].to_numpy()),
    )
    expected = stats.wasserstein_distance(one, other) / one.std()
    assert shift.numeric_shift(one, other).effect == pytest.approx(expected, rel=1e-3)


def test_ties_are_counted_right():
    random = np.random.default_rng(0)
    one, other = np.sort(random.integers(0, 5, 300) * 1.0), np.sort(random.integers(0, 6, 200) * 1.0)
    ranks = shift._Ranks.of(one, other)
    assert ranks.distance == pytest.approx(stats.ks_2samp(one, other).statistic)
    one, other = one, np.sort(random.integers(0, 5, 200) * 1.0)
    ranks = shift._Ranks.of(one, other)
    assert ranks.wilcoxon() == pytest.approx(stats.mannwhitneyu(one, other, method="asymptotic").pvalue)


def test_numeric_names_the_column_that_moved():
    assert found(numeric(asked(frame(1, 3000), frame(2, 3000, move=0.3)))) == {("numeric", "c0")}


def test_numeric_needs_size_besides_significance():
    reference, window = frame(1, 200_000), frame(2, 200_000, move=0.02)
    (first, *_) = numeric(asked(reference, window))
    assert first.p_value < 1e-6
    assert not first.drifted
    assert numeric(asked(reference, window), floor=0.01)[0].drifted


def test_a_constant_that_changes_is_drift():
    reference, window = pd.DataFrame({"a": [3.0] * 500}), pd.DataFrame({"a": [3.0] * 400 + [4.0] * 100})
    (finding,) = numeric(asked(reference, window))
    assert finding.effect == pytest.approx(0.2)
    assert finding.drifted


@pytest.mark.parametrize("values", [[np.nan] * 20, [np.inf] * 20])
def test_columns_without_values_are_left_out(values):
    assert numeric(asked(pd.DataFrame({"a": values}), pd.DataFrame({"a": [1.0] * 20}))) == []


def kinds(seed, rows, shares):
    random = np.random.default_rng(seed)
    return pd.DataFrame({"k": random.choice(list(shares), rows, p=list(shares.values()))})


def test_categorical_finds_shares_and_new_kinds():
    reference = kinds(1, 2000, {"a": 0.5, "b": 0.5})
    assert found(categorical(asked(reference, kinds(2, 2000, {"a": 0.5, "b": 0.5})))) == set()
    assert found(categorical(asked(reference, kinds(2, 2000, {"a": 0.7, "b": 0.3})))) == {
        ("categorical", "k")
    }
    window = kinds(2, 2000, {"a": 0.48, "b": 0.48, "c": 0.04})
    assert ("new_kinds", "k") in found(categorical(asked(reference, window)))


def test_many_rare_kinds_are_no_drift():
    shares = {f"k{i}": 1 / 400 for i in range(400)}
    alarms = [
        bool(found(categorical(asked(kinds(seed, 600, shares), kinds(seed + 1000, 600, shares)), new=0.5)))
        for seed in range(40)
    ]
    assert np.mean(alarms) <= 0.1


def test_rules_find_gaps_and_values_out_of_range():
    reference, window = frame(1, 1000), frame(2, 1000)
    assert found(rules(asked(reference, window))) == set()
    window.loc[:100, "c1"] = np.nan
    window.loc[:50, "c2"] = 40.0
    assert found(rules(asked(reference, window))) == {("missing", "c1"), ("range", "c2")}


def test_prediction_looks_at_outputs_only():
    reference, window = frame(1, 2000), frame(2, 2000, move=1.0)
    reference["output.label"] = kinds(1, 2000, {"0": 0.5, "1": 0.5})["k"]
    window["output.label"] = kinds(2, 2000, {"0": 0.8, "1": 0.2})["k"]
    assert found(prediction(asked(reference, window))) == {("prediction", "output.label")}
    assert found(categorical(asked(reference, window))) == set()


@pytest.mark.parametrize("detector", [domain_classifier, mmd])
def test_what_no_column_shows_is_found(detector):
    """Two columns, each still normal: only their correlation broke."""
    random = np.random.default_rng(0)
    together = random.multivariate_normal([0, 0], [[1, 0.9], [0.9, 1]], 1500)
    apart = random.normal(size=(1500, 2))
    reference, window = (pd.DataFrame(values, columns=["a", "b"]) for values in (together, apart))
    assert found(numeric(asked(reference, window))) == set()
    assert found(detector(asked(reference, window))) == {(detector.__name__, "*")}
    same = pd.DataFrame(random.multivariate_normal([0, 0], [[1, 0.9], [0.9, 1]], 1500), columns=["a", "b"])
    assert found(detector(asked(reference, same))) == set()


def test_mmd_is_gretton_s_unbiased_estimate():
    from stagewright_plugins.monitoring.two_samples import discrepancy

    random = np.random.default_rng(1)
    x, y = random.normal(size=(30, 2)), random.normal(1, 1, size=(40, 2))
    pooled = np.concatenate([x, y])
    squared = ((pooled[:, None] - pooled[None]) ** 2).sum(-1)
    kernel = np.exp(-squared / np.median(squared[np.triu_indices(70, 1)]))
    a, b, c = kernel[:30, :30], kernel[30:, 30:], kernel[:30, 30:]
    expected = (a.sum() - 30) / (30 * 29) + (b.sum() - 40) / (40 * 39) - 2 * c.mean()
    assert discrepancy(x, y, 100, 100, 0)[0] == pytest.approx(expected)


def test_correction_shares_alpha_between_detectors_and_steps_down():
    def finding(detector, p, effect=1.0):
        return Finding(detector, "c", 0.0, p, effect, 0.5, False)

    one = [finding("a", p) for p in (0.001, 0.012, 0.02)] + [finding("b", 0.024), finding("b", None, 0.6)]
    # a: alpha 0.025: 0.001 <= 0.025/3, 0.012 <= 0.0125, 0.02 <= 0.025; b: 0.024 <= 0.025
    assert [item.drifted for item in corrected(one, 0.05)] == [True] * 5
    stopped = corrected([finding("a", 0.02), finding("a", 0.026), finding("a", 0.2)], 0.05)
    assert [item.drifted for item in stopped] == [False, False, False]
    assert not corrected([finding("a", 0.001, effect=0.4)], 0.05)[0].drifted


@pytest.mark.slow
def test_at_most_five_percent_of_quiet_windows_alarm_and_small_shifts_are_seen():
    detectors = (numeric, rules)
    alarms, seen, windows = 0, 0, 200
    for seed in range(windows):
        reference = frame(seed, 5000, 20)
        for move in (0.0, 0.1):
            window = frame(seed + 10_000, 5000, 20, move)
            both = [item for detector in detectors for item in detector(asked(reference, window))]
            hits = {item.column for item in corrected(both, 0.05) if item.drifted}
            alarms += bool(hits) and not move
            seen += "c0" in hits and bool(move)
    assert alarms / windows <= 0.05 + 1.64 * np.sqrt(0.05 * 0.95 / windows)
    assert seen / windows >= 0.8
