"""Every combination of swept values, composed and checked before the first of them runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from stagewright.check.loading import load
from stagewright.errors import Problem, RecipeError
from stagewright.recipe.overrides import override_place, parsed_overrides
from stagewright.recipe.recipe import RecipeFile


def check_all(file: RecipeFile, combinations: Sequence[Sequence[str]], typed: Sequence[str]) -> None:
    """Raise RecipeError with the problems of all combinations, each once, at the word as it was typed.

    `combinations` are the overrides of each job, `typed` what the command line says. What is wrong in some
    combinations only, and stands at none of their words, names the first that it is wrong in.
    """
    found: dict[Problem, list[int]] = {}
    for i, words in enumerate(combinations):
        try:
            load(file, words)
        except RecipeError as error:
            for item in error.problems:
                found.setdefault(item, []).append(i)
    if not found:
        return
    swept = {
        item.get_key_element(): item.input_line or ""
        for item in parsed_overrides(typed)
        if item.is_sweep_override()
    }
    problems = []
    for item, wrong_in in found.items():
        words = [word for word in combinations[wrong_in[0]] if _key(word) in swept]
        at = {override_place(word): override_place(swept[_key(word)]) for word in words}
        if item.place in at:
            problems.append(replace(item, place=at[item.place]))
        elif len(set(wrong_in)) < len(combinations):
            problems.append(replace(item, message=f"with {' '.join(words)}: {item.message}"))
        else:
            problems.append(item)
    raise RecipeError(list(dict.fromkeys(problems)))


def _key(text: str) -> str:
    return text.partition("=")[0]
