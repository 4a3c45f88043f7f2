"""No-ML rules for texts, as plain JSON: `rules.py` for translation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from stagewright.errors import StagewrightError
from stagewright.nearest import suggestion
from stagewright_plugins.texts.memory import Memory
from stagewright_plugins.texts.normalising import normalised
from stagewright_plugins.texts.translator import Translation

# texts → translations, one each
Translate = Callable[[Sequence[str]], list[Translation]]


def rebuilt(spec: Mapping[str, Any]) -> Translate:
    """The function of a rule; raises StagewrightError for a rule that nothing here knows."""
    name = str(spec.get("rule"))
    if name not in RULES:
        raise StagewrightError(
            f"no rule {name!r} can be rebuilt for texts, {suggestion(name, RULES, 'rule')}"
        )
    return RULES[name](spec)


def translation_memory(memory: Memory, least: float) -> dict[str, Any]:
    """The memory as a rule; a text less like all of it than `least` stays as it is."""
    return {"rule": "translation_memory", "least": least, "pairs": memory.to_json()}


def _translation_memory(spec: Mapping[str, Any]) -> Translate:
    memory, least = Memory.from_json(spec["pairs"]), float(spec["least"])

    def translate(texts: Sequence[str]) -> list[Translation]:
        return [_recalled(memory, normalised(text), least) for text in texts]

    return translate


def _recalled(memory: Memory, text: str, least: float) -> Translation:
    found, likeness = memory.translated(text)
    return Translation(found if likeness >= least else text, likeness, likeness)


RULES: dict[str, Callable[[Mapping[str, Any]], Translate]] = {"translation_memory": _translation_memory}
