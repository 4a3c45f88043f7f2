"""What `stagewright new` writes: projects, recipes, plugins. Examples and templates are copied as text, never imported."""
