"""Everything that can be wrong with a recipe, found before any work; one file per question."""
