"""For people who write plugins and recipes.

`contract_tests` holds a plugin to its contract, `recipe_tests` every recipe of a project to `stagewright check`;
`context` and `Heard` are what a test of your own needs to call a plugin as the framework does.
"""

from __future__ import annotations

from stagewright.testing.bench import Bench
from stagewright.testing.hearing import Heard, context
from stagewright.testing.recipes import recipe_tests
from stagewright.testing.suite import contract_tests

__all__ = ["Bench", "Heard", "context", "contract_tests", "recipe_tests"]
