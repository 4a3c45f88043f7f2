"""The model card (Mitchell et al., 2019, doi:10.1145/3287560.3287596): what is said by people, what was measured."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagewright.stages.deploy import Inputs
from stagewright.stages.scores import Score

from ._measured import Measured

if TYPE_CHECKING:
    from .local import Card

DATA = ("title", "licence", "origin", "personal_data", "description", "citation")


def card(inputs: Inputs, told: Card, found: Measured, package: Path) -> dict[str, Any]:
    """Everything a person needs before using the package, as `card.json` holds it. No dates, no machine: equal
    packages have equal cards.
    """
    goal, framing, model = inputs.objective, inputs.framing, inputs.model
    said = told.model_dump() | {"owner": told.owner or goal.owner}
    return {
        "name": inputs.context.name,
        **said,
        "problem": goal.problem,
        "kpis": [kpi.model_dump(mode="json") for kpi in goal.kpis],
        "task": asdict(framing.task),
        "success": list(framing.success),
        "data": _data(inputs),
        "metrics": {
            "split": "test",
            "samples": found.samples,
            "resampled": inputs.data.group or "samples",
            "directions": {key: spec.direction for spec in inputs.metrics.metrics for key in spec.keys},
            "package": _scores(found.scores),
            "trained": _scores(inputs.evaluate.values),
        },
        "groups": [group.to_json() for group in found.groups],
        "slices": _slices(inputs.evaluate.path / "slices.json"),
        "model": {"spec": dict(model.spec), "format": model.format, "parameters": model.parameters},
        "fingerprints": {
            "data": inputs.data.version,
            "weights": {item.name: _digest(item) for item in _weights(model.path)},
            "graph": _digest(package / "model.onnx"),
        },
        "bytes": sum(path.stat().st_size for path in package.glob("*.onnx")),
    }


def as_text(card: Mapping[str, Any]) -> str:
    """The same for people, as Markdown."""
    data, metrics = card["data"], card["metrics"]
    parts = [
        f"# {card['name']}",
        card["problem"],
        _section("Intended use", card["intended_use"] or "Not stated."),
        _section("Out of scope", card["out_of_scope"] or "Not stated."),
        _section("Limitations", card["limitations"] or "Not stated."),
        _section("Owner", " · ".join(item for item in (card["owner"], card["contact"]) if item)),
        _section("Licence of this package", card["licence"] or "Not stated."),
        _section("Data", _data_text(data)),
        _section(
            "Measured",
            f"On {metrics['samples']} {metrics['split']} samples, by this package. 95 % intervals, "
            f"resampled by {metrics['resampled']}.\n\n{_score_table(metrics)}",
        ),
    ]
    if card["groups"]:
        parts.append(_section("By group", _group_table(card["groups"])))
    if card["slices"]:
        parts.append(_section("Slices", "Of the model as trained.\n\n" + _slice_table(card["slices"])))
    parts.append(_section("Fingerprints", _fingerprint_text(card)))
    return "\n\n".join(parts) + "\n"


def _data(inputs: Inputs) -> dict[str, Any]:
    told = json.loads((inputs.data.path / "card.json").read_text(encoding="utf-8"))
    kept = {name: told.get(name, "") for name in DATA}
    return kept | {
        "version": inputs.data.version,
        "counts": dict(inputs.data.counts),
        "group": inputs.data.group,
    }


def _scores(scores: Mapping[str, Score]) -> dict[str, Any]:
    return {key: asdict(score) for key, score in scores.items()}


def _slices(path: Path) -> list[dict[str, Any]]:
    """The headline metric per slice, as the evaluation found it; none where that stage leaves no slices."""
    if not path.is_file():
        return []
    told = json.loads(path.read_text(encoding="utf-8"))
    return [
        {
            "column": column["column"],
            "slice": item["name"],
            "samples": item["samples"],
            "score": item["scores"].get(told["metric"]),
            "weak": item["weak"],
        }
        for column in told["columns"]
        for item in column["slices"]
    ]


def _weights(folder: Path) -> list[Path]:
    return [folder / name for name in ("model.safetensors", "model.onnx") if (folder / name).is_file()]


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _section(title: str, text: str) -> str:
    return f"## {title}\n\n{text}"


def _data_text(data: Mapping[str, Any]) -> str:
    counts = ", ".join(f"{count} {split}" for split, count in data["counts"].items())
    lines = [
        f"{data['title']} ({counts}; version `{data['version'][:12]}`).",
        data["description"],
        f"Origin: {data['origin']}",
        f"Personal data: {data['personal_data']}.",
        f"Licence: {data['licence']}",
        f"Citation: {data['citation']}" if data["citation"] else "",
    ]
    return "\n\n".join(line for line in lines if line)


def _score_table(metrics: Mapping[str, Any]) -> str:
    rows = [
        [key, _shown(score), _shown(metrics["trained"].get(key)), metrics["directions"].get(key, "")]
        for key, score in metrics["package"].items()
    ]
    return _table(["metric", "package", "model as trained", "better"], rows)


def _group_table(groups: Sequence[Mapping[str, Any]]) -> str:
    rows = [[item["tag"], item["value"], str(item["samples"]), _shown(item["score"])] for item in groups]
    return _table(["tag", "group", "samples", "score"], rows)


def _slice_table(slices: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        [
            item["column"],
            item["slice"],
            str(item["samples"]),
            _shown(item["score"]),
            "weak" if item["weak"] else "",
        ]
        for item in slices
    ]
    return _table(["column", "slice", "samples", "score", ""], rows)


def _fingerprint_text(card: Mapping[str, Any]) -> str:
    prints = card["fingerprints"]
    weights = [f"- `{name}` of the model: `{digest}`" for name, digest in prints["weights"].items()]
    return "\n".join([f"- data: `{prints['data']}`", *weights, f"- graph: `{prints['graph']}`"])


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _shown(score: Mapping[str, Any] | None) -> str:
    if score is None:
        return "–"
    interval = f" ({score['low']:.3f} to {score['high']:.3f})" if score["low"] is not None else ""
    return f"{score['value']:.3f}{interval}"
