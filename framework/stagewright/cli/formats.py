"""Flags of verbs whose other words are a recipe and Hydra's overrides: `--format text|json`, `-m`."""

from __future__ import annotations

from collections.abc import Sequence

from stagewright.errors import RecipeError

MULTIRUN = ("-m", "--multirun")


def several(args: Sequence[str]) -> tuple[list[str], bool]:
    """The words without `-m`, and whether it is among them: swept values, as `run -m` takes them."""
    return [word for word in args if word not in MULTIRUN], any(word in MULTIRUN for word in args)


def chosen(args: Sequence[str]) -> tuple[list[str], bool]:
    """The words without `--format ...`, and whether JSON is asked for; raises RecipeError for another flag."""
    words, name = list(args), "text"
    while (at := next((i for i, word in enumerate(words) if word.startswith("--format")), None)) is not None:
        word, said, value = words.pop(at).partition("=")
        name = value if said else words.pop(at) if at < len(words) else ""
        if word != "--format" or name not in ("text", "json"):
            raise RecipeError(f"--format is `text` or `json`, got {name!r}")
    refuse_flags(words)
    return words, name == "json"


def refuse_flags(words: Sequence[str]) -> None:
    """Raise RecipeError for a flag that is left; an override never begins with a dash."""
    wrong = next((word for word in words if word.startswith("-") and word not in ("-h", "--help")), None)
    if wrong:
        raise RecipeError(f"there is no flag {wrong!r} here; --help lists those there are")
