"""Answers and the truth that comes later."""

import pytest

from stagewright_plugins.serving.truths import Truths, unknown_class


def request(name, label, shares=None, arm="stable"):
    return {"kind": "request", "id": name, "arm": arm, "outputs": {"label": label, "probability": shares}}


def label(name, target, **more):
    return {"kind": "label", "id": name, "values": {}, "target": target, **more}


def heard(*requests, most=9):
    truths = Truths(("no", "yes", "2"), most)
    truths.remember(requests)
    return lambda told: dict(truths.valued(told)["values"])


@pytest.mark.parametrize("target", ["yes", 1, "1", 1.0])
def test_a_class_is_said_by_name_or_index(target):
    value = heard(request("a", 1, [0.2, 0.7, 0.1]), request("b", 0))
    assert value(label("a", target)) == {"correct": 1.0, "brier": pytest.approx((0.04 + 0.09 + 0.01) / 2)}
    assert value(label("b", target)) == {"correct": 0.0}


@pytest.mark.parametrize("target", ["maybe", None, 7, 1.5, True, {"ref": "masks/a.npz"}])
def test_a_truth_that_is_no_class_says_nothing(target):
    assert heard(request("a", 1))(label("a", target)) == {}


def test_what_a_label_brings_itself_stays():
    value = heard(request("a", 1))
    assert value(label("a", "no", values={"correct": 0.5, "cost": 3.0})) == {"correct": 0.5, "cost": 3.0}


def test_copies_hidden_answers_and_requests_of_several_rows_have_none():
    odd = [request("a", 1, arm="shadow"), request("b", "h4sh"), request("c", [0, 1]), request("d", 3)]
    value = heard(*odd, {"kind": "request", "id": "e", "arm": "canary"})
    assert [value(label(name, "yes")) for name in "abcdex"] == [{}] * 6


def test_only_the_last_answers_are_remembered():
    value = heard(*(request(f"r{n}", 1) for n in range(5)), most=2)
    assert [bool(value(label(f"r{n}", 1))) for n in range(5)] == [False, False, False, True, True]


@pytest.mark.parametrize("target", ["yes", 0, "1", 2.0, "2"])
def test_a_class_that_one_of_the_packages_knows_is_no_mistake(target):
    assert unknown_class(target, [("old",), ("no", "yes", "2")]) == ""


@pytest.mark.parametrize("packages", [[], [()], [("no", "yes"), ()]])
def test_without_classes_any_truth_may_be(packages):
    assert unknown_class("nope", packages) == ""


@pytest.mark.parametrize("target", ["nope", 2, 1.5, -1, True, ""])
def test_an_unknown_class_is_told_with_the_known_ones(target):
    assert unknown_class(target, [("early", "late")]).endswith(
        "is no class; known by name or number: 'early' (0), 'late' (1)"
    )


def test_a_misspelt_class_is_told_the_nearest_and_of_many_not_all_are_named():
    said = unknown_class("c_7x", [[f"c_{i}" for i in range(40)]])
    assert "did you mean 'c_7'?" in said
    assert said.endswith("'c_11' (11) and 28 more")
