"""Hydra's own command line behind `stagewright run`: its flags, its views, and `-m` with its launchers."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

from hydra import version
from hydra._internal.config_search_path_impl import ConfigSearchPathImpl
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra._internal.hydra import Hydra
from hydra._internal.utils import get_args_parser
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.core.plugins import Plugins
from hydra.errors import HydraException
from hydra.types import RunMode

from stagewright.check.combinations import check_all
from stagewright.errors import Problem, RecipeError, StagewrightError
from stagewright.frozen import frozen
from stagewright.recipe.compose import compose, removes_key
from stagewright.recipe.hydra_rules import wrong_override
from stagewright.recipe.overrides import is_group, override_place, parsed_overrides
from stagewright.recipe.recipe import RecipeFile
from stagewright.store import Store

Job = Callable[[Sequence[str]], Any]
Worded = Callable[[Sequence[str]], list[str]]
REFUSED = ("config_path", "config_name", "experimental_rerun", "shell_completion")


@frozen
class Flags:
    """What Hydra's flags ask for; `shows` is set where the command only prints something."""

    shows: bool
    multirun: bool
    config_dir: str | None
    parsed: argparse.Namespace


def parse_args(args: Sequence[str]) -> tuple[Flags, list[str]]:
    """Hydra's flags and the overrides between them; raises RecipeError for an unknown flag."""
    parser = get_args_parser()
    parser.error = _refuse  # type: ignore[method-assign]
    parsed = parser.parse_intermixed_args(list(args))
    for name in REFUSED:
        if getattr(parsed, name):
            flag = name.replace("_", "-")
            raise RecipeError(f"--{flag} does not apply here: the recipe is named right after the verb")
    shows = bool(parsed.cfg or parsed.info or parsed.hydra_help)
    return Flags(shows, bool(parsed.multirun), parsed.config_dir, parsed), list(parsed.overrides)


def _refuse(message: str) -> NoReturn:
    raise RecipeError(f"command line: {message}; see `stagewright run --help`")


def show(file: RecipeFile, flags: Flags, overrides: Sequence[str]) -> None:
    """`--cfg`, `--info`, `--hydra-help`: what Hydra says about the composition."""
    parsed = flags.parsed
    _hold_to_rules(file, overrides)
    with _hydra(file) as hydra:
        words = _for_hydra(file, hydra, overrides)
        if parsed.hydra_help:
            hydra.hydra_help(config_name=file.name, args_parser=get_args_parser(), args=parsed)
        elif parsed.info:
            hydra.show_info(parsed.info, config_name=file.name, overrides=words)
        else:
            hydra.show_cfg(
                config_name=file.name,
                overrides=words,
                cfg_type=parsed.cfg,
                package=parsed.package,
                resolve=parsed.resolve,
            )


def multirun(file: RecipeFile, overrides: Sequence[str], job: Job) -> list[Any]:
    """One job per combination of swept values, by Hydra's sweeper and launcher.

    `job` is called with the overrides of one combination, as a user would type them. Gives what each job
    returned, or the exception it raised. Raises RecipeError, before any job, where a combination is wrong.
    """
    with _checked(file, overrides) as (hydra, said, worded):

        def task(_: Any) -> Any:
            from hydra.core.hydra_config import HydraConfig

            try:
                return job(worded(HydraConfig.get().overrides.task))
            except StagewrightError as error:
                return error  # Hydra's sweeper would end with the first job that raises

        batches = hydra.multirun(file.name, task, said)
    return [_outcome(returned) for batch in batches for returned in batch]


def combinations(file: RecipeFile, overrides: Sequence[str]) -> list[list[str]]:
    """The overrides of each job of a `-m`, nothing run; raises RecipeError where a combination is wrong."""
    with _checked(file, overrides) as (hydra, said, worded):
        return [worded(words) for words in _combinations(file, hydra, said)]


@contextmanager
def _checked(file: RecipeFile, overrides: Sequence[str]) -> Iterator[tuple[Hydra, list[str], Worded]]:
    """Hydra, the words for its sweeper, and what makes of a job's words those that a user would type.

    Raises RecipeError where a combination is wrong.
    """
    sweeps = [item.input_line for item in parsed_overrides(overrides) if item.is_sweep_override()]
    compose(file, [text for text in overrides if text not in sweeps])  # its errors have places
    _hold_to_rules(file, overrides)
    with _hydra(file) as hydra:
        # Hydra would look for a group where `~key` means the recipe's own key: those go around it, to every job.
        around = [item.input_line or "" for item in parsed_overrides(overrides) if removes_key(file, item)]
        passed = [text for text in overrides if text not in around]
        typed = dict(zip(_for_hydra(file, hydra, passed), passed, strict=True))
        forced = {_key(ours) for ours, own in typed.items() if ours != own}

        def worded(words: Sequence[str]) -> list[str]:
            return [*(word[2:] if _key(word) in forced else word for word in words), *around]

        said = [*_quiet(file), *typed]
        check_all(file, [worded(words) for words in _combinations(file, hydra, said)], overrides)
        yield hydra, said, worded


def _combinations(file: RecipeFile, hydra: Hydra, words: list[str]) -> list[list[str]]:
    """The words of each job of Hydra's basic sweeper; empty for a sweeper that chooses as it goes."""
    node = hydra.compose_config(
        file.name, words, RunMode.MULTIRUN, with_log_configuration=False
    ).hydra.sweeper
    if not str(node._target_).endswith(f".{BasicSweeper.__name__}"):
        return []
    params = [f"{key}={value}" for key, value in (node.params or {}).items()]
    parser = OverridesParser.create(config_loader=hydra.config_loader)
    parsed = [item for item in parser.parse_overrides([*params, *words]) if not item.is_hydra_override()]
    return BasicSweeper.split_arguments(parsed, None)[0]


def _outcome(returned: Any) -> Any:
    try:
        return returned.return_value
    except Exception as error:  # of one job; the caller says what became of each
        return error


def _hold_to_rules(file: RecipeFile, overrides: Sequence[str]) -> None:
    """Raise RecipeError where the recipe or an override says about Hydra what could make it run code."""
    parsed = parsed_overrides(overrides)
    problems = [
        Problem(item.key_or_group, said, override_place(item.input_line))
        for item in parsed
        if (said := wrong_override(item))
    ]
    fixed = [
        item.input_line or "" for item in parsed if not item.is_sweep_override() and not wrong_override(item)
    ]
    found = compose(file, fixed)
    problems += [item for item in found.problems if item.path[:1] == ("hydra",) or not item.key]
    if problems:
        raise RecipeError(problems)


@contextmanager
def _hydra(file: RecipeFile) -> Iterator[Hydra]:
    version.setbase("1.3")
    Plugins.instance()  # registers the kinds of config sources, sweepers and launchers
    path = ConfigSearchPathImpl()
    path.append("hydra", "pkg://hydra.conf")
    for i, folder in enumerate(file.search):
        if folder.is_dir():
            path.append("main" if i == 0 else "stagewright", f"file://{folder}")
    path.append("schema", "structured://")
    try:
        yield Hydra.create_main_hydra2(task_name=file.name, config_search_path=path)
    except HydraException as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        raise RecipeError([Problem("", " ".join(lines) or type(error).__name__)]) from error
    finally:
        GlobalHydra.instance().clear()


def _for_hydra(file: RecipeFile, hydra: Hydra, overrides: Sequence[str]) -> list[str]:
    """`a.b=v` as `++a.b=v`, as everywhere else (see `compose`); groups and Hydra's own keys as they are."""
    repository = hydra.config_loader.repository  # type: ignore[attr-defined]

    def worded(item: Override) -> str:
        text = item.input_line or ""
        plain = not (item.is_add() or item.is_delete() or item.is_force_add())
        group = is_group(repository, item)
        return f"++{text}" if plain and not group and not item.is_hydra_override() else text

    return [worded(item) for item in parsed_overrides(overrides)]


def _key(text: str) -> str:
    return text.partition("=")[0]


def _quiet(file: RecipeFile) -> list[str]:
    """Hydra's own folders below the project's store, and no log of its own: the run record has it all."""
    folder = Store(file.project).home / "hydra" / f"{file.name}-{time.strftime('%Y%m%d-%H%M%S')}"
    return [
        f"hydra.sweep.dir='{folder}'",
        f"hydra.run.dir='{folder}'",
        "hydra.output_subdir=null",
        "hydra/job_logging=none",
        "hydra/hydra_logging=none",
    ]
