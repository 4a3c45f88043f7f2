"""A backend: packages run by ONNX's own reference implementation, slowly and by the book."""

from typing import Any

from stagewright.stages import deploy
from stagewright.stages.deploy import BackendInputs, Engine


@deploy.backend
def by_the_book(inputs: BackendInputs, /) -> Engine:
    """For packages whose signature says `platform: by_the_book`."""
    from onnx.reference import ReferenceEvaluator

    graph = ReferenceEvaluator(str(inputs.path / "model.onnx"))
    named = [item["name"] for item in inputs.signature["outputs"]]

    def engine(arrays: Any, outputs: Any = None) -> Any:
        wanted = list(outputs or named)
        return dict(zip(wanted, graph.run(wanted, dict(arrays)), strict=True))  # yours: how a batch is run

    return engine
