"""JSON without NaN and Infinity."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from stagewright import json_text

INFINITE = {"a": [1.5, math.inf], "b": {"c": (-math.inf, None)}, "d": True, "e": "NaN"}


class Scalar:
    """What an array library calls a number."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def item(self) -> Any:
        return self.value


def strict(text: str) -> Any:
    def refused(word: str) -> None:
        raise AssertionError(f"{word} is not JSON")

    return json.loads(text, parse_constant=refused)


def test_what_is_no_number_is_null() -> None:
    told = strict(json_text.text(INFINITE | {"nan": math.nan, math.inf: 1}))
    assert told == {"a": [1.5, None], "b": {"c": [None, None]}, "d": True, "e": "NaN", "nan": None, "inf": 1}
    assert json_text.plain(math.nan) is None


def test_exact_text_is_json_and_comes_back_as_it_was() -> None:
    text = json_text.exact(INFINITE)
    strict(text)
    assert json_text.read_exact(text) == json.loads(json.dumps(INFINITE))
    assert math.isnan(json_text.read_exact(json_text.exact([math.nan]))[0])


def test_what_python_wrote_before_is_still_read() -> None:
    assert json_text.read_exact('{"loss": Infinity, "acc": 0.5}') == {"loss": math.inf, "acc": 0.5}
    assert json_text.read('{"loss": -Infinity, "rare": NaN, "acc": 0.5}') == {
        "loss": None,
        "rare": None,
        "acc": 0.5,
    }


@pytest.mark.parametrize(
    ("value", "told"),
    [(Scalar(0.5), 0.5), (Scalar(math.nan), None), (Scalar([1, 2]), "[1, 2]"), (Path("a/b"), "a/b")],
)
def test_scalars_of_other_libraries_are_numbers_and_the_rest_is_text(value: Any, told: Any) -> None:
    assert strict(json_text.text([value])) == [told]
    assert strict(json_text.text([value, math.inf])) == [told, None]
