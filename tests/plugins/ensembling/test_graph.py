"""Graphs of a table joined to one: it says what numpy makes of the members' own answers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import parser

from stagewright.errors import StagewrightError
from stagewright_plugins.ensembling.combination import TINY, Combination
from stagewright_plugins.ensembling.graph import joined

# Both use the same names inside, know other categories, and take a missing number their own way.
MEMBER = """
<ir_version: 10, opset_import: ["" : 18, "ai.onnx.ml" : 3]>
member (float[N, 1] wind, string[N, 1] place) => (float[N, {classes}] probability)
<float[1] instead = {{{instead}}}, float[1, {classes}] weight = {{{weight}}}>
{{
    missing = IsNaN (wind)
    known = Where (missing, instead, wind)
    code = ai.onnx.ml.LabelEncoder <keys_strings = ["{key}"], values_floats = [1.0], default_float = 0.5> (place)
    sum = Add (known, code)
    logits = Mul (sum, weight)
    probability = Softmax <axis = 1> (logits)
}}
"""
INPUTS = {
    "wind": np.array([[1.0], [np.nan], [-2.0], [0.3], [90.0]], np.float32),
    "place": np.array([["north"], ["south"], [""], ["never seen"], ["south"]], object),
}


def member(key: str, instead: float, *weight: float) -> onnx.ModelProto:
    words = {"key": key, "instead": instead, "classes": len(weight), "weight": ", ".join(map(str, weight))}
    return parser.parse_model(MEMBER.format(**words))


def said(model: onnx.ModelProto) -> np.ndarray:
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    names = [item.name for item in session.get_inputs()]
    return session.run(["probability"], {name: INPUTS[name] for name in names})[0]


def members(classes: int) -> list[onnx.ModelProto]:
    weights: Sequence[Sequence[float]] = ((0.2, -0.4, 1), (-0.7, 0.1, 0.5), (0.3, 0.9, -1))
    keys = ("north", "south", "west")
    return [member(key, i - 0.5, *weights[i][:classes]) for i, key in enumerate(keys)]


@pytest.mark.parametrize("classes", [2, 3])
def test_a_mean_is_the_mean_of_the_members(classes: int) -> None:
    parts = members(classes)
    wanted = np.average([said(part) for part in parts], axis=0, weights=[0.5, 0.2, 0.3])
    found = said(joined(parts, Combination((0.5, 0.2, 0.3)), classes))
    np.testing.assert_allclose(found, wanted, atol=1e-6)
    np.testing.assert_allclose(found.sum(1), 1, atol=1e-6)


@pytest.mark.parametrize("classes", [2, 3])
def test_stacking_is_a_logistic_model_over_logarithms(classes: int) -> None:
    parts = members(classes)
    random = np.random.default_rng(0)
    scale, bias = random.normal(0, 1, (3, classes)), random.normal(0, 1, classes)
    given = np.array([said(part) for part in parts], np.float64)
    assert given.min() < TINY, "a member is so sure that its logarithm is bounded"
    logits = (np.log(np.maximum(given, TINY)) * scale[:, None]).sum(0) + bias
    wanted = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    stacked = Combination((1 / 3,) * 3, tuple(map(tuple, scale)), tuple(bias))
    found = said(joined(parts, stacked, classes))
    np.testing.assert_allclose(found, wanted, atol=1e-5)
    np.testing.assert_allclose(found, stacked(given.astype(np.float32)), atol=1e-5)


def test_one_member_is_itself() -> None:
    (part, *_) = members(2)
    np.testing.assert_array_equal(said(joined([part], Combination((1.0,)), 2)), said(part))


def test_an_ensemble_can_be_a_member() -> None:
    parts = members(2)
    inner = joined(parts[:2], Combination((0.5, 0.5)), 2)
    found = said(joined([inner, parts[2]], Combination((0.5, 0.5)), 2))
    wanted = np.average([said(part) for part in parts], axis=0, weights=[0.25, 0.25, 0.5])
    np.testing.assert_allclose(found, wanted, atol=1e-6)


def test_a_column_of_some_members_is_a_column_of_all() -> None:
    text = """
    <ir_version: 10, opset_import: ["" : 18, "ai.onnx.ml" : 3]>
    one (float[N, 1] other) => (float[N, 2] probability)
    { twice = Concat <axis = 1> (other, other)  probability = Softmax <axis = 1> (twice) }
    """
    whole = joined([members(2)[0], parser.parse_model(text)], Combination((0.5, 0.5)), 2)
    assert [item.name for item in whole.graph.input] == ["wind", "place", "other"]


def test_members_that_do_not_fit_are_told() -> None:
    good, half = members(2)[0], Combination((0.5, 0.5))
    named = parser.parse_model(MEMBER.format(key="a", instead=0, classes=2, weight="1, 2"))
    named.graph.output[0].name = named.graph.node[-1].output[0] = "chance"
    with pytest.raises(StagewrightError, match="member 1 gives chance"):
        joined([good, named], half, 2)
    text = MEMBER.format(key="a", instead=0, classes=2, weight="1, 2")
    older = parser.parse_model(text.replace('"" : 18', '"" : 17'))
    with pytest.raises(
        StagewrightError, match=r"member 1 is written in version 17 of the operators ai.onnx,"
    ):
        joined([good, older], half, 2)
    typed = parser.parse_model(text.replace("float[N, 1] wind", "double[N, 1] wind"))
    with pytest.raises(StagewrightError, match="member 1 takes the column 'wind' as another type"):
        joined([good, typed], half, 2)
