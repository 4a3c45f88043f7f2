"""What `stagewright new` writes: projects, recipes, plugins. Templates are copied as text, never imported."""
