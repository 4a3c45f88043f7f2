"""Every recipe of the project passes `stagewright check`."""

from stagewright.testing import recipe_tests

test_recipe = recipe_tests("recipes")
