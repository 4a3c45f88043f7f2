"""The deployment's part of the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagewright.report.blocks import Block, Facts, Interval, Intervals, Table, Text
from stagewright.stages.deploy import Inputs
from stagewright_plugins.scoring.axes import charts, missing

from ._choosing import Choice
from ._measured import Group, Measured

if TYPE_CHECKING:
    from .local import Fairness

MOST = 4000  # characters of a manifest on the page


def package_block(package: Path, signature: Mapping[str, Any], hashes: Mapping[str, str]) -> Block:
    """The files, with their sizes and the beginning of their hashes."""
    rows = [[name, (package / name).stat().st_size, digest[:12]] for name, digest in hashes.items()]
    takes, gives = (_tensors(signature[name]) for name in ("inputs", "outputs"))
    caption = f"Takes {takes}. Gives {gives}. Nothing in it is a pickle."
    return Table("Package", columns=["file", "bytes", "sha256"], rows=rows, caption=caption, folded=True)


def parity_block(found: Mapping[str, Any]) -> Block:
    """Differences from the model, and from the one as trained."""
    names = {"model": "the model it was made from", "trained": "the model as trained"}
    rows = [
        [
            names[name],
            f"{found[name]['largest_difference']:.2g}",
            f"{found[name]['mean_difference']:.2g}",
            f"{found[name]['same_decisions']:.4%}",
        ]
        for name in names
        if name in found
    ]
    caption = (
        f"The package, with pre- and post-processing inside, on {found['samples']} {found['split']} samples."
    )
    columns = ["against", "largest difference", "mean difference", "equal decisions"]
    return Table("Parity", columns=columns, rows=rows, caption=caption)


def score_blocks(found: Measured, inputs: Inputs) -> list[Block]:
    """The package's own scores on the test split."""
    rows = {
        key: Interval(key, score.value, score.low, score.high, score.n) for key, score in found.scores.items()
    }
    trained = inputs.evaluate.values.get(found.key)
    caption = f"{found.samples} test samples, predicted by the package itself. 95 % intervals."
    return [
        *charts(
            "Scores of the package",
            rows,
            inputs.metrics.metrics,
            reference=trained.value if trained else None,
            reference_name=f"{found.key} as trained",
            reference_of=found.key,
            caption=caption,
        )
    ]


def card_blocks(card: Mapping[str, Any], found: Measured, fairness: Fairness | None) -> list[Block]:
    """What people said of it, and the declared groups."""
    said = ("intended_use", "out_of_scope", "limitations", "licence", "owner", "contact")
    facts = {name.replace("_", " "): card[name] for name in said if card[name]}
    facts |= {"data": card["data"]["title"], "personal data": card["data"]["personal_data"]}
    blocks: list[Block] = [Facts("Model card", facts=facts, caption="All of it: `card.md` in the package.")]
    if fairness is not None:
        rows = [_group(group) for group in found.groups]
        caption = (
            f"{found.key} per group, test split; groups of fewer than {fairness.minimum} are not judged."
            f"{missing(found.key, [row.value for row in rows])}"
        )
        blocks.append(Intervals("Fairness", rows=rows, caption=caption))
    return blocks


def _group(group: Group) -> Interval:
    name, score = f"{group.tag}: {group.value}", group.score
    if score is None:
        return Interval(name, None, n=group.samples)
    return Interval(name, score.value, score.low, score.high, group.samples)


def choice_block(choice: Choice) -> Block:
    """Every target that was considered."""
    names = sorted({name for item in choice.considered for name in item.figures})
    rows = [
        [item.target.type, *(item.figures.get(name) for name in names), ", ".join(item.misses) or "meets all"]
        for item in choice.considered
    ]
    at = [item.target for item in choice.considered].index(choice.target)
    columns = ["target", *names, "constraints"]
    caption = f"Chosen: {choice.target.type}, {choice.reason}."
    return Table("Choice of the target", columns=columns, rows=rows, highlight=at, caption=caption)


def target_blocks(folder: Path, name: str, files: Sequence[str]) -> list[Block]:
    """What a target wrote, as far as it is text."""
    return [
        Text(f"{name}: {file}", text=_text(folder / file), folded=True)
        for file in files
        if Path(file).suffix in (".yaml", ".json", ".md", ".py", ".txt", "") and (folder / file).is_file()
    ]


def _text(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    return text if len(text) <= MOST else f"{text[:MOST]}\n..."


def _tensors(tensors: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(f"{item['name']} {item['datatype']} {item['shape']}" for item in tensors)
