"""What holds of every plugin, one function a law; each raises AssertionError with what to do."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, get_args

from stagewright.contract import Component
from stagewright.errors import Problem, RecipeError, StagewrightError
from stagewright.plugin.binding import bind
from stagewright.plugin.settings import Setting, settings_of
from stagewright.testing.light import heavy_imports
from stagewright.testing.rehearsal import rehearsed, spoiled
from stagewright.testing.subject import Subject

Law = Callable[[Subject], None]
# No setting means any of them; a type that takes them all is none.
NONSENSE: tuple[Any, ...] = ({"no such thing": [None]}, [[{"no": "such"}]], "\x00 no such thing", -1.5e300)


def signature_is_schema(subject: Subject) -> None:
    """One input, then settings; each has a type and a description, and the plugin says what it does."""
    function = subject.plugin.function
    assert (function.__doc__ or "").strip(), f"{subject.found.path}: {subject.found.name} has no docstring"
    for setting in settings_of(function).values():
        described = setting.kind or any(_descriptions(setting.annotation))
        assert described, f"setting {setting.name!r} says nothing: Annotated[..., Field(description=...)]"


def defaults_fit_their_types(subject: Subject) -> None:
    """What a setting is when nobody says it would also be accepted from a recipe."""
    for name, value in _bound(subject).spec().items():
        problems: list[Problem] = []
        spec = {"type": subject.found.name, **subject.settings, name: value}
        bind(subject.registry, subject.found.kind, spec, (), problems)
        assert not problems, f"the default of {name!r} does not fit its own type: {problems[0]}"


def settings_survive_json(subject: Subject) -> None:
    """A component written down as JSON and built again is the same one."""
    component = _bound(subject)
    written = json.dumps(component.spec(), allow_nan=False)
    again = subject.registry.component(subject.found.kind, json.loads(written))
    assert again.spec() == component.spec()


def import_is_light(subject: Subject) -> None:
    """Importing its file loads no heavy library, so that `stagewright check` stays fast."""
    found, registry = subject.found, subject.registry
    heavy = heavy_imports(registry.project, found.root.path, tuple(sys.path))
    asked = heavy.get(f"{found.kind}/{found.name}")
    assert not asked, f"{found.path} imports {asked} when it is imported: import it inside the function"


def wrong_settings_are_refused(subject: Subject) -> None:
    """An unknown, a missing and a wrong setting are each one line that names its key."""
    _refused(subject, {"no_such_setting": 1}, "no_such_setting")
    for setting in settings_of(subject.plugin.function).values():
        if setting.required:
            _refused(subject, {setting.name: ...}, setting.name)
        if not _takes_anything(setting):
            refusals = [value for value in NONSENSE if _problems(subject, {setting.name: value})]
            assert refusals, f"setting {setting.name!r} takes {NONSENSE!r}: give it a narrower type"
            _refused(subject, {setting.name: refusals[0]}, setting.name)


def gives_what_its_contract_says(subject: Subject) -> None:
    """Called on small inputs, it gives the types, shapes and ranges of its contract."""
    _first(subject)


def same_seed_same_result(subject: Subject) -> None:
    """Called again on the same inputs with the same seed, it gives the same."""
    first, second = _first(subject), rehearsed(subject)
    assert first == second, "two calls with one seed differ: derive all randomness from the seed it is given"


def bad_input_is_a_clear_error(subject: Subject) -> None:
    """Handed what it cannot work with, it raises a StagewrightError that says so."""
    call = spoiled(subject)
    if call is None:
        return  # no input is wrong for every plugin of this kind
    try:
        call()
    except StagewrightError as error:
        if str(error).strip():
            return
        raise AssertionError("handed what it cannot work with, its error says nothing") from error
    raise AssertionError("handed what it cannot work with, it raised no StagewrightError")


LAWS: tuple[Law, ...] = (
    signature_is_schema,
    defaults_fit_their_types,
    settings_survive_json,
    import_is_light,
    wrong_settings_are_refused,
    gives_what_its_contract_says,
    same_seed_same_result,
    bad_input_is_a_clear_error,
)
# These call the plugin; the others only look at it.
CALLING: tuple[Law, ...] = LAWS[-3:]


@cache
def _first(subject: Subject) -> object:
    return rehearsed(subject)


def _bound(subject: Subject) -> Component[Any, Any]:
    try:
        return subject.component
    except RecipeError as error:
        raise AssertionError(f"give contract_tests(..., settings={{...}}): {error}") from error


def _problems(subject: Subject, changes: dict[str, Any]) -> list[Problem]:
    """What is wrong with the plugin's settings after changes; `...` leaves a setting out."""
    spec = {"type": subject.found.name, **subject.settings, **changes}
    problems: list[Problem] = []
    given = {name: value for name, value in spec.items() if value is not ...}
    bind(subject.registry, subject.found.kind, given, (), problems)
    return problems


def _refused(subject: Subject, changes: dict[str, Any], key: str) -> None:
    problems = _problems(subject, changes)
    assert problems, f"{changes} is accepted"
    for problem in problems:
        assert problem.path[:1] == (key,), f"{changes} is blamed on {problem.key!r}"
        assert "\n" not in str(problem)


def _takes_anything(setting: Setting) -> bool:
    return not setting.kind and any(part is Any or part is object for part in _parts(setting.annotation))


def _parts(annotation: Any) -> Iterator[Any]:
    yield annotation
    for part in get_args(annotation):
        yield from _parts(part)


def _descriptions(annotation: Any) -> Iterator[str]:
    for part in (annotation, *get_args(annotation)):
        for item in getattr(part, "__metadata__", ()):
            if text := getattr(item, "description", None):
                yield str(text)
    for part in get_args(annotation):
        yield from _descriptions(part)
