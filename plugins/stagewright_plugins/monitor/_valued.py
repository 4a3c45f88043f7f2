"""What a truth that came later says of an answer in words, where its label brings no values of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from stagewright.stages.monitor import Inputs
from stagewright_plugins.monitoring.windows import Window
from stagewright_plugins.packaging.columns import translates
from stagewright_plugins.replaying.samples import Sample, truth

Event = Mapping[str, Any]


def valued(inputs: Inputs, signature: Mapping[str, Any]) -> Callable[[Window], Window]:
    """A window whose labels hold the recipe's metrics; of translations, since for other tasks labels bring values.

    An answer that was hidden from the log, or a request of several texts, has none.
    """
    if not translates(signature):
        return lambda window: window
    value_of = truth(inputs.metrics, inputs.framing.task, inputs.context)

    def values(request: Event, label: Event) -> dict[str, Any]:
        said, true = (request.get("outputs") or {}).get("translation"), label.get("target")
        if not (isinstance(said, str) and isinstance(true, str)):
            return {}
        # The truth is part of the id: a label may be corrected, and an answer that was valued is not valued again.
        sample = Sample(f"{request['id']} {true}", {}, np.asarray(true))
        return dict(value_of.values(sample, {"translation": np.array([said], dtype=object)}))

    def of(window: Window) -> Window:
        found = dict(window.labels)
        for request in window.requests:
            if label := window.labels.get(request["id"]):
                given = values(request, label) | dict(label.get("values") or {})
                found[request["id"]] = {**label, "values": given}
        return replace(window, labels=found)

    return of
