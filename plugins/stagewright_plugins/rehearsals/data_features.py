"""data.features: values of entities over time, as Feast understands them."""

from __future__ import annotations

from typing import Any

from stagewright.contract import Component
from stagewright.stages.data import FeatureView
from stagewright.testing import Bench
from stagewright_plugins.rehearsals._small import a_table


def rehearse(plugin: Component[Any, Any], _bench: Bench) -> object:
    """The view's rows hold its entities, its features and `event_timestamp`."""
    import pandas as pd

    view = plugin(a_table())
    assert isinstance(view, FeatureView), f"gives {type(view).__name__}, not FeatureView"
    assert view.columns, "it has no feature"
    missing = {*view.entities, *view.columns, "event_timestamp"} - set(view.rows.columns)
    assert not missing, f"the rows have no column {', '.join(sorted(missing))}"
    assert str(view.rows["event_timestamp"].dtype).startswith("datetime64"), (
        "event_timestamp is a naive UTC time"
    )
    return view.name, list(view.columns), int(pd.util.hash_pandas_object(view.rows).sum())
