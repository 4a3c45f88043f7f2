"""Addresses of MLflow stores."""

from __future__ import annotations

from pathlib import Path

import pytest

from stagewright_plugins.tracking._address import located, page, shown, sqlite_file
from stagewright_plugins.tracking._names import cut, model_name, name, numbers

PROJECT, HOME = Path("/project"), Path("/elsewhere")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("sqlite:///runs.db", "sqlite:////project/runs.db"),
        ("sqlite:///./a/../runs.db?timeout=9", "sqlite:////project/runs.db?timeout=9"),
        ("sqlite:///.stagewright/mlflow.db", "sqlite:////elsewhere/mlflow.db"),
        ("sqlite:////data/runs.db", "sqlite:////data/runs.db"),
        ("sqlite:///file:/data/runs.db?mode=ro&uri=true", "sqlite:///file:/data/runs.db?mode=ro&uri=true"),
        ("postgresql://db/runs", "postgresql://db/runs"),
        ("http://tracking:5000", "http://tracking:5000"),
    ],
)
def test_relative_paths_start_at_the_project_and_the_store_where_it_is(said: str, meant: str) -> None:
    assert located(said, PROJECT, HOME) == meant


def test_only_a_plain_path_is_a_file() -> None:
    assert sqlite_file("sqlite:////data/runs.db?timeout=9") == Path("/data/runs.db")
    assert sqlite_file("sqlite:///file:/data/runs.db?uri=true") is None
    assert sqlite_file("postgresql://db/runs") is None


def test_a_password_is_never_shown() -> None:
    assert shown("postgresql://me:p%40ss@db:5432/runs") == "postgresql://db:5432/runs"
    assert shown("sqlite:////data/a@b.db") == "sqlite:////data/a@b.db"


def test_a_server_has_a_page_for_every_run() -> None:
    assert page("https://me:secret@host/", "1", "ab") == "https://host/#/experiments/1/runs/ab"
    assert page("sqlite:////data/runs.db", "1", "ab") == "sqlite:////data/runs.db"


@pytest.mark.parametrize(
    ("parts", "made"),
    [
        (("epoch", "", "iou_mean"), "epoch/iou_mean"),
        (("test", "iou.größer"), "test/iou.größer"),
        (("a", "b?c=d"), "a/b_c_d"),
        (("../up",), "up"),
        (("a", "/b/",), "a/b"),
        (("",), "_"),
        (("x" * 300,), "x" * 250),
    ],
)  # fmt: skip
def test_names_are_ones_that_mlflow_takes(parts: tuple[str, ...], made: str) -> None:
    from mlflow.utils.validation import _validate_metric_name, _validate_param_name

    assert name(*parts) == made
    _validate_metric_name(made)
    _validate_param_name(made)


def test_model_names_are_ones_that_mlflow_takes() -> None:
    from mlflow.utils.validation import _validate_logged_model_name

    made = model_name("cells.v2", "50% 'large'/deep")
    _validate_logged_model_name(made)
    assert made == "cells_v2-50_ _large__deep"


def test_only_numbers_are_metrics() -> None:
    values = {"a": 1, "b": None, "c": True, "d": "x", "e": float("inf"), "f": 0.5}
    assert numbers(values, "test") == {"test/a": 1.0, "test/f": 0.5}


def test_a_long_value_is_cut_visibly() -> None:
    assert cut("abcdef", 4) == "abc…"
    assert cut("abcd", 4) == "abcd"
