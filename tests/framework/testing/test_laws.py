"""Each law of the contract suite is broken by a plugin made for it, and by no other."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import pytest

from stagewright.errors import StagewrightError
from stagewright.testing import contract_tests, laws
from stagewright.testing.subject import subject

GOOD = """
'''Share of pixels that are bright.'''
from typing import Annotated
from pydantic import Field
from stagewright.stages import data

@data.quality(low=0, high=1)
def bright(view: object, /, *, limit: Annotated[float, Field(ge=0, le=1, description="grey value")] = 0.5) -> float:
    '''Share of pixels brighter than `limit`.'''
    return float((view.grey > limit).mean())
"""
BODY = "return float((view.grey > limit).mean())"
BREAKS = {
    "no docstring": ("'''Share of pixels brighter than `limit`.'''", "", laws.signature_is_schema, "no docstring"),
    "no description": (', description="grey value"', "", laws.signature_is_schema, "'limit' says nothing"),
    "default beyond its limit": ("] = 0.5", "] = 1.5", laws.defaults_fit_their_types, "less than or equal to 1"),
    "default of another type": ("] = 0.5", "] = 'half'", laws.defaults_fit_their_types, "valid number"),
    "heavy import": ("from typing", "import numpy\nfrom typing", laws.import_is_light, "imports numpy when"),
    "heavy import, hidden": (
        "from typing", "try:\n    import torch\nexcept ImportError:\n    pass\nfrom typing",
        laws.import_is_light, "imports torch when",
    ),
    "a type that takes everything": (
        "Annotated[float, Field(ge=0, le=1,", "Annotated[str | float | list | dict, Field(",
        laws.wrong_settings_are_refused, "narrower type",
    ),
    "out of its range": (BODY, "return 1.0 + limit", laws.gives_what_its_contract_says, "above the declared 1"),
    "no number": (BODY, "return 'bright'", laws.gives_what_its_contract_says, "could not convert"),
    "unseeded": (BODY, "import random; return random.random()", laws.same_seed_same_result, "two calls"),
}  # fmt: skip


def written(folder: Path, source: str = GOOD) -> Path:
    path = folder / "plugins" / "data" / "quality" / "bright.py"
    path.parent.mkdir(parents=True)
    path.write_text(textwrap.dedent(source).lstrip())
    return path


@pytest.mark.parametrize("law", laws.LAWS, ids=lambda law: law.__name__)
def test_a_good_plugin_keeps_every_law(law: laws.Law, tmp_path: Path) -> None:
    law(subject(written(tmp_path)))


@pytest.mark.parametrize("case", BREAKS)
def test_a_broken_plugin_breaks_its_law_and_says_how(case: str, tmp_path: Path) -> None:
    old, new, broken, said = BREAKS[case]
    assert old in GOOD
    tried = subject(written(tmp_path, GOOD.replace(old, new)))
    with pytest.raises((AssertionError, ValueError), match=said):
        broken(tried)
    for law in laws.LAWS[: laws.LAWS.index(broken)]:
        law(tried)


def test_a_setting_that_json_cannot_hold_is_caught(tmp_path: Path) -> None:
    source = GOOD.replace("ge=0, le=1, ", "").replace("] = 0.5", "] = float('nan')")
    tried = subject(written(tmp_path, source))
    with pytest.raises(ValueError, match="not JSON compliant"):
        laws.settings_survive_json(tried)


def test_a_required_setting_is_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD.replace("] = 0.5", "]"))
    with pytest.raises(AssertionError, match=r"give contract_tests\(\.\.\., settings=.*missing"):
        laws.settings_survive_json(subject(path))
    laws.settings_survive_json(subject(path, {"limit": 0.25}))


def test_an_error_on_bad_input_must_be_one_for_people(tmp_path: Path) -> None:
    path = tmp_path / "plugins" / "evaluate" / "careless.py"
    path.parent.mkdir(parents=True)
    path.write_text(
        "from stagewright.stages import evaluate\n"
        "@evaluate.stage\n"
        "def careless(inputs: evaluate.Inputs, /) -> evaluate.Scores:\n"
        "    '''Opens what is not there.'''\n"
        "    open(inputs.data.path / 'splits' / 'test' / 'rows')\n"
    )
    with pytest.raises(FileNotFoundError):
        laws.bad_input_is_a_clear_error(subject(path))


def test_an_author_can_call_the_plugin_otherwise(tmp_path: Path) -> None:
    seen: list[int] = []

    def rehearse(component: Any, bench: Any) -> object:
        seen.append(bench.seed)
        return component.type

    tried = subject(written(tmp_path), rehearse=rehearse)
    laws.same_seed_same_result(tried)
    assert seen == [0, 0]


def test_a_stage_for_tables_says_that_it_is_tried_on_pictures(tmp_path: Path) -> None:
    path = tmp_path / "plugins" / "train" / "ours.py"
    path.parent.mkdir(parents=True)
    path.write_text(
        "from stagewright.stages import train\n\n\n@train.stage(fits=('classification',))\n"
        'def ours(inputs: train.Inputs, /) -> train.Model:\n    "A model."\n    raise NotImplementedError\n'
    )
    with pytest.raises(AssertionError, match=r"fits classification only: give .*modality='table'"):
        laws.gives_what_its_contract_says(subject(path))


def test_one_line_makes_one_test_a_law(tmp_path: Path) -> None:
    made = contract_tests(written(tmp_path))
    (mark,) = made.pytestmark  # type: ignore[attr-defined]
    assert mark.args == ("law", laws.LAWS)
    made(laws.signature_is_schema)


@pytest.mark.parametrize(
    ("path", "said"),
    [("plugins/data/quality/none.py", "there is no file"), ("elsewhere/bright.py", "is no plugin's place")],
)
def test_a_file_that_is_no_plugin_is_told(path: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "bright.py").write_text(GOOD)
    with pytest.raises(StagewrightError, match=said):
        subject(path, near=tmp_path)
