"""A new plugin: its kind's example under a name of its own, with its contract test, and how a recipe names it."""

from __future__ import annotations

from stagewright import lifecycle
from stagewright.errors import RecipeError
from stagewright.nearest import suggestion
from stagewright.plugin.registry import Registry
from stagewright.scaffold.example import example
from stagewright.scaffold.naming import named

TEST = '''"""`{name}` keeps the contract of {kind}; what it should do beyond that is tested here, too."""

from stagewright.testing import contract_tests

test_contract = contract_tests("{path}")
'''
# Where a recipe, or something else, names a plugin of a kind.
PLACES = {
    "objective": "objective: {{type: {name}}}",
    "objective.baseline": "objective: {{baseline: {{type: {name}}}}}",
    "framing": "framing: {{type: {name}}}",
    "framing.task": "framing: {{task: {{type: {name}}}}}",
    "data": "data: {{type: {name}}}",
    "data.source": "data: {{source: {{type: {name}}}}}",
    "data.table": "data: {{type: tabular, source: {{type: {name}}}}}",
    "data.features": "data: {{type: tabular, features: [{name}]}}",
    "data.quality": "data: {{quality: [{name}]}}",
    "data.duplicates": "data: {{duplicates: {{type: {name}}}}}",
    "data.split": "data: {{split: {{type: {name}}}}}",
    "metrics": "metrics: {{type: {name}}}",
    "metrics.metric": "metrics: [{name}]",
    "train": "train: {{type: {name}}}",
    "train.model": "train: {{model: {{type: {name}}}}}",
    "train.loss": "train: {{loss: {{type: {name}}}}}",
    "train.optimizer": "train: {{optimizer: {{type: {name}}}}}",
    "train.scheduler": "train: {{scheduler: {{type: {name}}}}}",
    "train.augment": "train: {{augment: [{name}]}}",
    "sweep": "sweep: {{type: {name}}}",
    "sweep.sampler": "sweep: {{sampler: {{type: {name}}}}}",
    "sweep.pruner": "sweep: {{pruner: {{type: {name}}}}}",
    "sweep.stop": "sweep: {{stop: [{name}]}}",
    "sweep.launcher": "sweep: {{launcher: {{type: {name}}}}}",
    "evaluate": "evaluate: {{type: {name}}}",
    "evaluate.runtime": "a model whose handle says `format: {name}`",
    "compress": "compress: {{type: {name}}}",
    "compress.step": "compress: {{steps: [{name}]}}",
    "deploy": "deploy: {{type: {name}}}",
    "deploy.target": "deploy: {{targets: [{name}]}}",
    "deploy.backend": "a package whose signature says `platform: {name}`",
    "deploy.server": "deploy: {{server: {{type: {name}}}}}",
    "deploy.predictor": "a caller of `resolve('deploy.predictor', {{'type': '{name}'}})`",
    "rollout": "rollout: {{type: {name}}}",
    "rollout.test": "rollout: {{analysis: {{guards: [{{name: ours, metric: request.error, test: {name}}}]}}}}",
    "rollout.exporter": "stagewright export RECIPE {name}",
    "monitor": "monitor: {{type: {name}}}",
    "monitor.detector": "monitor: {{detectors: [{name}]}}",
    "monitor.estimator": "monitor: {{estimators: [{name}]}}",
    "monitor.notify": "monitor: {{notify: [{name}]}}",
    "monitor.explainer": "monitor: {{explainer: {{type: {name}}}}}",
    "monitor.exporter": "stagewright export RECIPE {name}",
    "tracking": "tracking: {{type: {name}}}",
}


def plugin_files(kind: str, name: str, registry: Registry | None = None) -> dict[str, str]:
    """The plugin's file and its test's, by path below the project.

    Raises:
        RecipeError: no such kind, a name that no file can have, or one that another plugin has.
    """
    if kind not in lifecycle.contracts():
        raise RecipeError(
            f"there is no kind {kind[:80]!r}, {suggestion(kind, lifecycle.contracts(), 'kind')}"
        )
    named(name, "plugin")
    for found in registry.names(kind) if registry else ():
        if found.name == name:
            raise RecipeError(f"{kind} has a plugin {name!r} already, in {found.path}; choose another name")
    folder = kind.replace(".", "/")
    path = f"plugins/{folder}/{name}.py"
    test = TEST.format(name=name, kind=kind, path=path)
    return {path: example(kind).named(name), f"tests/plugins/{folder}/test_{name}.py": test}


def place(kind: str, name: str) -> str:
    """How a recipe names it, or whatever else does."""
    return PLACES[kind].format(name=name) if kind in PLACES else f"{kind}: {name}"
